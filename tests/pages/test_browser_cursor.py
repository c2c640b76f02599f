"""The date cursor in a real Chromium: by mouse and keyboard, and while it plays."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.browser import Visit
from tests.pages.test_browser_map import HIDDEN, TWO_PIXELS

pytestmark = pytest.mark.browser

FRAMES = 8
# What the page showed, noted in the page itself: every date of the handle, and every frame.
WATCH = """channel => {
  const within = [...document.querySelectorAll('.st-key-player *')].map(node => node.shadowRoot);
  const root = within.find(shadow => shadow?.querySelector('.handle'));
  const handle = root.querySelector('.handle');
  window.__dates = [handle.dataset.date];
  root.querySelector('.play')
    .addEventListener('click', () => { window.__pressed = window.__dates.length; });
  new MutationObserver(() => window.__dates.push(handle.dataset.date))
    .observe(handle, {attributes: true, attributeFilter: ['data-date']});
}"""


STATE = """() => ({
  pale: Number(getComputedStyle(
    document.querySelector('.st-key-top [data-testid=stElementContainer]')).opacity),
  map: Number(getComputedStyle(document.querySelector('iframe')).opacity),
})"""


@pytest.fixture
def words(visit: Visit) -> list[str]:
    """What the page sends over its websocket, from its start."""
    sent: list[str] = []
    visit.page.on("websocket", lambda ws: _note(ws, sent))
    return sent


def _note(socket: WebSocket, sent: list[str]) -> None:
    socket.on("framesent", lambda _: sent.append(urlsplit(socket.url).path))


def asked(page: Page) -> dict[str, str]:
    return {name: said[0] for name, said in parse_qs(urlsplit(page.url).query).items()}


def test_the_cursor_plays_in_the_browser_and_tells_its_date_once(
    app_url: str, visit: Visit, words: list[str]
) -> None:
    page = visit.page
    # A view of the reader's own stays; the first view fits the frame, which the headline changes.
    start = f"{app_url}/?tanggal=2023-11-01&lihat=-2.5500,106.5500,9.50"
    visit.open(start, "Hari ini", most_ms=90_000)
    view = visit.view()
    page.evaluate(WATCH)
    told = len(words)
    page.get_by_role("button", name="Putar").click()
    page.wait_for_function(f"() => window.__dates.length > {FRAMES}")
    shown = page.evaluate(STATE)
    legend = visit.map_frame().locator(".siaga-legend").inner_text()
    assert len(words) == told, "something was sent while it played"
    assert shown["pale"] < 0.5, "the headline of another day is not pale"
    assert shown["map"] == 1
    hidden = visit.map_frame().evaluate(HIDDEN)
    assert set(hidden) == {"hidden"}, "dots and marks of another day are seen"
    assert "1 Nov 2023" not in legend
    page.get_by_role("button", name="Jeda").click()
    page.wait_for_function("() => new URL(location).searchParams.get('tanggal') !== '2023-11-01'")
    visit.settle()
    dates = page.evaluate("() => window.__dates")
    assert dates == sorted(dates)
    assert len(dates) - page.evaluate("() => window.__pressed") <= 1, "it went on after the pause"
    assert dates[-1] == asked(page)["tanggal"]
    expect(page.get_by_role("slider").first).to_have_attribute("data-date", dates[-1])
    assert visit.view() == pytest.approx(view, abs=TWO_PIXELS)
    page.wait_for_function("() => !document.documentElement.classList.contains('sb-moving')")
    assert set(visit.map_frame().evaluate(HIDDEN)) == {"visible"}
    page.go_back()
    expect(page.get_by_role("slider").first).to_have_attribute("data-date", "2023-11-01")
    page.go_forward()
    expect(page.get_by_role("slider").first).to_have_attribute("data-date", dates[-1])
    visit.assert_clean()


def test_the_date_is_set_by_keys_by_typing_by_a_stage_and_by_a_mark(
    app_url: str, visit: Visit
) -> None:
    page = visit.page
    visit.open(f"{app_url}/?tanggal=2024-02-13", "Hari ini", most_ms=90_000)
    slider = page.get_by_role("slider", name="Tanggal yang dilihat")
    for key, day in (("ArrowRight", "2024-02-14"), ("PageUp", "2024-02-07")):
        slider.press(key)
        page.wait_for_url(f"**tanggal={day}")
    typed = page.get_by_role("textbox", name="Tanggal, hari/bulan/tahun")
    typed.fill("31/02/2024")
    typed.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("13/02/2024")
    typed.fill("15/2/2024")
    typed.press("Enter")
    page.wait_for_url("**tanggal=2024-02-15")
    stages = page.get_by_role("combobox", name="Loncat ke awal tahapan")
    name = next(n for n in stages.locator("option").all_text_contents() if "25 Sep 2024" in n)
    stages.select_option(label=name)
    page.wait_for_url("**tanggal=2024-09-25")
    visit.settle()
    box = slider.locator("..").bounding_box()
    assert box is not None
    for x, move in ((0.3, page.mouse.move), (0.42, page.mouse.move)):
        move(box["x"] + x * box["width"], box["y"] + 20)
        (page.mouse.down if x == 0.3 else page.mouse.up)()
    page.wait_for_url("**rentang=pilihan**")
    visit.settle()
    query = asked(page)
    assert query["dari"] < query["tanggal"] < "2024-09-25"
    page.get_by_role("button", name="Saringan").last.click()
    expect(page.get_by_role("combobox", name="Rentang waktu")).to_have_value("Pilihan di kursor")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Hapus rentang").click()
    page.wait_for_function("() => !new URL(location).searchParams.has('dari')")
    visit.assert_clean()


def test_the_legend_of_the_map_says_the_day_of_the_cursor_while_it_plays(
    app_url: str, visit: Visit
) -> None:
    page = visit.page
    visit.open(f"{app_url}/hotspot?tanggal=2024-06-01&metode=counts&wilayah=19.01.01", "Hari ini")
    frame = visit.map_frame()
    frame.wait_for_function("() => document.querySelector('.siaga-legend.placed')")
    page.get_by_role("button", name="Putar").click()
    page.wait_for_function("() => document.documentElement.classList.contains('sb-film')")
    page.get_by_role("button", name="Jeda").click()
    # The frame that was shown last stands until the server's colours of that day have come.
    page.wait_for_function("() => !document.documentElement.classList.contains('sb-moving')")
    visit.settle()
    ended = f"{date.fromisoformat(asked(page)['tanggal']).day} "
    assert f"sampai {ended}" in frame.locator(".siaga-legend").inner_text()
    box = page.get_by_role("slider").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 20, steps=4)
    frame.wait_for_function("() => document.querySelector('.leaflet-container.playing')")
    # Held between two weeks, the map shows the week before, and both name its day.
    of_map = re.search(r"peta per (\d+) (\w{3})", page.locator(".says").inner_text())
    assert of_map is not None
    expect(frame.locator(".siaga-legend")).to_contain_text(f"sampai {of_map[1]} {of_map[2]}")
    page.mouse.up()
    visit.assert_clean()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("hotspot?tanggal=2025-10-29&metode=risk", "Dihitung ulang tiap tanggal"),
        ("hotspot?tanggal=2025-10-29&metode=counts&bulan=2025-03", "Lepas saringan bulan"),
        ("kerawanan?tanggal=2024-02-13", "Putar hanya di peta jumlah"),
    ],
)
def test_where_nothing_plays_the_cursor_says_why(
    app_url: str, visit: Visit, path: str, words: str
) -> None:
    visit.open(f"{app_url}/{path}", words)
    expect(visit.page.get_by_role("button", name="Putar")).to_be_disabled()
    visit.assert_clean()
