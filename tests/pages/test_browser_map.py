"""The land by address in a real browser: painted, clicked, told by other scripts, and put away."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Frame, Route, expect

from services.dataset import Dataset
from services.maps import framing_of, land_order
from tests.browser import Visit
from tests.pages.test_browser import middle_of

pytestmark = pytest.mark.browser

TWO_PIXELS = 0.004
"""In degrees at the zoom that the tests choose."""
DAY = "tanggal=2025-10-29"
HIDDEN = """() => ['overlay', 'marker', 'tooltip', 'popup'].map(
  pane => getComputedStyle(document.querySelector(`.leaflet-${pane}-pane`)).visibility)"""
FILLS = """() => Object.fromEntries(Object.values(window.map?._layers ?? {})
  .filter(l => l.siagaUnit && l._path)
  .map(l => [l.feature.properties.code, l._path.getAttribute('fill')]))"""


def fills(frame: Frame) -> dict[str, str]:
    """Return the fill of every unit on the map by code."""
    found: dict[str, str] = frame.evaluate(FILLS)
    return found


def wait_for_units(frame: Frame, level: str, n: int) -> None:
    frame.wait_for_function(
        f"n => Object.keys(({FILLS})()).filter(c => c.split('.').length === n[0]).length === n[1]",
        arg=[{"kabupaten": 2, "kecamatan": 3, "desa": 4}[level], n],
    )


def test_a_map_that_has_no_room_yet_fills_it_once_it_has(app_url: str, visit: Visit) -> None:
    visit.page.add_init_script(
        """window.top === window && addEventListener('DOMContentLoaded', () => {
          const hidden = document.createElement('style');
          hidden.id = 'no-room';
          hidden.textContent = 'iframe { display: none !important; }';
          document.head.append(hidden);
        });"""
    )
    visit.open(f"{app_url}/hotspot?{DAY}&metode=counts", "Metode")
    frame = next(one for one in visit.page.frames if "st_folium" in one.url)
    wait_for_units(frame, "kecamatan", 47)
    assert frame.evaluate("() => window.map.getSize().x") == 0
    visit.page.evaluate("() => document.getElementById('no-room').remove()")
    frame.wait_for_function("() => window.map.getSize().x > 0 && window.map.getZoom() > 7")
    frame.wait_for_function("() => document.querySelector('.siaga-legend.placed')")
    visit.assert_clean()


def test_a_change_of_filter_paints_the_same_land_again_and_keeps_the_view(
    app_url: str, visit: Visit
) -> None:
    visit.open(f"{app_url}/hotspot?{DAY}&metode=counts", "Metode")
    frame = visit.map_frame()
    wait_for_units(frame, "kecamatan", 47)
    before = fills(frame)
    assert "url(#siaga-hatch)" in before.values()
    assert any(fill.startswith("#") for fill in before.values())
    frame.evaluate(
        "() => { window.mine = 1; window.map.setView([-2.55, 106.55], 9.5, {animate: false}); }"
    )
    visit.page.wait_for_url("**lihat=-2.55*")
    view = visit.view()
    visit.choose("Warna peta", "Unjuk rasa")
    frame.wait_for_function(
        f"old => JSON.stringify(({FILLS})()) !== JSON.stringify(old)", arg=before
    )
    visit.choose("Wilayah", "Desa")
    wait_for_units(frame, "desa", 391)
    assert frame.evaluate("() => window.mine") == 1
    # The map's height follows the headline's lines: its middle stays, but for the rounding.
    assert visit.view() == pytest.approx(view, abs=TWO_PIXELS)
    visit.page.wait_for_url(re.compile(r"lihat=-2\.5[45]\d*,106\.5[45]\d*,9\.50"))
    legend = frame.locator(".siaga-legend")
    assert "Unjuk rasa: perkara per desa" in legend.inner_text()
    assert frame.evaluate("() => window.frameElement.title").startswith("Peta: Unjuk rasa")
    view = visit.view()
    visit.page.reload()
    visit.settle()
    assert visit.view() == pytest.approx(view, abs=0.001)
    visit.assert_clean()


HOLD = """() => {
  const send = WebSocket.prototype.send, held = [];
  WebSocket.prototype.send = function (said) {
    if (window.__hold) { held.push([this, said]); } else { send.call(this, said); }
  };
  window.__release = () => {
    window.__hold = false;
    for (const [socket, said] of held.splice(0)) { send.call(socket, said); }
    return true;
  };
  window.__held = () => held.length;
}"""
"""Lets a test keep back what the page says to the server."""


def choose_unheard(visit: Visit, box: str, words: str) -> None:
    """Choose in a box with the mouse while the server hears nothing."""
    visit.page.evaluate("() => { window.__hold = true; }")
    visit.page.get_by_role("combobox", name=box, exact=True).click()
    visit.page.get_by_role("option", name=words, exact=True).click()
    visit.page.wait_for_function("() => window.__held() > 0")


NOTE_FRAMES = """channel => {
  window.__frames = [];
  window.__noted = new BroadcastChannel('siaga-' + channel);
  window.__noted.onmessage = ({data}) => data.chosen && window.__frames.push(data.level);
}"""
"""Notes the levels of what is painted ahead."""
CHOICES = (
    ("Warna peta", "Logistik", "kecamatan", 47),
    ("Warna peta", "Unjuk rasa", "kecamatan", 47),
    ("Wilayah", "Desa", "desa", 391),
    ("Wilayah", "Kabupaten", "kabupaten", 7),
)


def test_a_choice_is_painted_before_the_server_hears_of_it(app_url: str, visit: Visit) -> None:
    visit.page.add_init_script(f"({HOLD})()")
    visit.open(f"{app_url}/hotspot?{DAY}&metode=counts", "Metode")
    frame = visit.map_frame()
    wait_for_units(frame, "kecamatan", 47)
    legend, labels = frame.locator(".siaga-legend"), frame.locator(".siaga-label")
    for box, words, level, n in CHOICES:
        before = fills(frame)
        choose_unheard(visit, box, words)
        of_family = box == "Warna peta"
        title = f"{words}: perkara per kecamatan" if of_family else f"per {words.lower()}"
        expect(legend).to_contain_text(title)
        wait_for_units(frame, level, n)
        ahead, said = fills(frame), legend.inner_text()
        assert ahead != before
        assert labels.count() > 0 or level == "desa"  # too small for words at this zoom
        assert set(frame.evaluate(HIDDEN)) == {"visible"}, "dots of the same day are put away"
        visit.page.evaluate("() => window.__release()")
        visit.settle()
        assert fills(frame) == ahead
        assert legend.inner_text() == said
    # What is chosen already brings no answer that would take the place of a frame.
    visit.page.evaluate(NOTE_FRAMES, frame.evaluate("() => siaga.channel()"))
    for words in ("Kabupaten", "Kecamatan"):
        visit.page.get_by_role("combobox", name="Wilayah", exact=True).click()
        visit.page.get_by_role("option", name=words, exact=True).click()
    expect(legend).to_contain_text("per kecamatan")
    assert visit.page.evaluate("() => window.__frames") == ["kecamatan"]
    visit.assert_clean()


def test_what_was_sent_ahead_of_another_state_is_not_painted(app_url: str, visit: Visit) -> None:
    visit.page.add_init_script(f"({HOLD})()")
    visit.open(f"{app_url}/hotspot?{DAY}&metode=counts", "Metode")
    frame = visit.map_frame()
    wait_for_units(frame, "kecamatan", 47)
    visit.page.evaluate(
        """() => {
          const place = new URL(location);
          place.searchParams.set('tanggal', '2024-01-01');
          history.replaceState(history.state, '', place);
        }"""
    )
    frame.evaluate(
        """() => {
          const panels = document.querySelector('.siaga-panels');
          window.__titles = [];
          new MutationObserver(() => window.__titles.push(
            [parent.__hold, panels.querySelector('summary').textContent]
          )).observe(panels, {childList: true, subtree: true});
        }"""
    )
    choose_unheard(visit, "Warna peta", "Logistik")
    visit.page.evaluate("() => window.__release()")
    expect(frame.locator(".siaga-legend")).to_contain_text("Logistik:")
    titles = frame.evaluate("() => window.__titles")
    assert titles
    assert not any(unheard for unheard, title in titles if "Logistik:" in title)
    visit.assert_clean()


def test_a_frame_whose_land_comes_late_does_not_cover_what_the_server_painted_since(
    app_url: str, visit: Visit, dataset: Dataset
) -> None:
    kept: list[Route] = []

    def keep(route: Route) -> None:
        kept.append(route)

    visit.page.route("**/geo/desa-*.json", keep)
    visit.open(f"{app_url}/hotspot?{DAY}&metode=counts", "Metode")
    frame = visit.map_frame()
    wait_for_units(frame, "kecamatan", 47)
    late = {
        "kind": "frame",
        "map": "hotspot_map",
        "level": "desa",
        "palette": ["#123456"],
        "fills": "0" * len(land_order(dataset, "desa").codes),
        "legend": {"title": "Terlambat", "rows": []},
    }
    send = "([to, what]) => new BroadcastChannel('siaga-' + to).postMessage(what)"
    with visit.page.expect_request("**/geo/desa-*.json"):
        visit.page.evaluate(send, [frame.evaluate("() => siaga.channel()"), late])
    visit.choose("Ukuran", "Laporan")
    expect(frame.locator(".siaga-legend")).to_contain_text("laporan per kecamatan")
    frame.evaluate(
        """() => {
          const panels = document.querySelector('.siaga-panels');
          window.__titles = [];
          new MutationObserver(() => {
            window.__titles.push(panels.querySelector('summary').textContent);
          }).observe(panels, {childList: true, subtree: true});
        }"""
    )
    with visit.page.expect_response("**/geo/desa-*.json"):
        kept[0].continue_()
    # A frame that is asked for now waits for the same land, and is painted after the late one.
    now = {**late, "legend": {"title": "Sekarang", "rows": []}}
    visit.page.evaluate(send, [frame.evaluate("() => siaga.channel()"), now])
    wait_for_units(frame, "desa", len(late["fills"]))
    assert "Terlambat" not in frame.evaluate("() => window.__titles")
    visit.assert_clean()


def test_an_inset_is_painted_like_the_map_and_opens_its_unit(
    app_url: str, visit: Visit, dataset: Dataset
) -> None:
    visit.open(f"{app_url}/hotspot?{DAY}&metode=counts&tingkat=desa", "Metode")
    frame = visit.map_frame()
    wait_for_units(frame, "desa", 391)
    panels = frame.locator(".siaga-inset")
    assert panels.count() == len(framing_of(dataset).insets)
    pongok = next(c for c in framing_of(dataset).remote if "19.03.08.2001" in c)
    panel = panels.nth(framing_of(dataset).remote.index(pongok))
    unit = panel.locator("path.unit").first
    unit.wait_for()
    unit.click()
    visit.page.get_by_text("Pongok: ", exact=False).first.wait_for()
    assert "wilayah=19.03.08" in visit.page.url
    frame.evaluate("() => { window.map.setZoom(11); }")
    panel.wait_for(state="hidden")
    visit.assert_clean()


def test_frames_of_the_own_session_are_painted_and_taken_back(
    app_url: str, visit: Visit, dataset: Dataset
) -> None:
    visit.open(f"{app_url}/hotspot?{DAY}&metode=counts", "Metode")
    frame = visit.map_frame()
    wait_for_units(frame, "kecamatan", 47)
    before = fills(frame)
    codes = land_order(dataset, "kecamatan").codes
    # The channel is in the script of the base map; another session's has another name.
    channel = frame.evaluate("() => siaga.channel()")
    legend = {"title": "Film", "sub": "hari lain", "rows": [["hatch", "tidak tercakup", "45"]]}
    said = {
        "kind": "frame",
        "map": "hotspot_map",
        "level": "kecamatan",
        "palette": ["hatch", "#123456", "nihil"],
        "legend": legend,
    }
    send = "([to, what]) => new BroadcastChannel('siaga-' + to).postMessage(what)"
    visit.page.evaluate(send, ["another", {**said, "fills": "1" * len(codes)}])
    visit.page.evaluate(send, [channel, {**said, "fills": "12" + "0" * (len(codes) - 2)}])
    frame.wait_for_function(f"code => ({FILLS})()[code] === '#123456'", arg=codes[0])
    painted = fills(frame)
    assert painted[codes[1]] == "#ffffff"
    assert {painted[code] for code in codes[2:]} == {"url(#siaga-hatch)"}
    assert frame.locator(".siaga-label", has_text="0").count() == 1
    assert "hari lain" in frame.locator(".siaga-legend").inner_text()
    visit.page.evaluate(send, [channel, {**said, "fills": None}])
    frame.wait_for_function(
        f"old => JSON.stringify(({FILLS})()) === JSON.stringify(old)", arg=before
    )
    assert "hari lain" not in frame.locator(".siaga-legend").inner_text()
    visit.assert_clean()


def test_a_tooltip_names_the_unit_and_its_figures(
    app_url: str, visit: Visit, dataset: Dataset
) -> None:
    visit.open(f"{app_url}/hotspot?{DAY}&metode=counts", "Metode")
    wait_for_units(visit.map_frame(), "kecamatan", 47)
    visit.hover_map(*middle_of(dataset, "19.02.01"))
    words = visit.map_frame().locator(".leaflet-tooltip").inner_text()
    assert words.startswith("Tanjungpandan")
    assert "perkara" in words
    visit.assert_clean()
