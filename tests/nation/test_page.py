"""The page of the nation: what it shows and says where there is none, and drilling by click."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from data.nation.connection import nation_connection
from data.store.engine import Store
from pages.components import loaders
from services.prepare import prepare
from tests.browser import Visit
from tests.conftest import START_SECONDS, free_port, stop_app
from tests.nation.postgis import temporary_nation, url_of
from tests.nation.published import publish_all
from tests.pages.test_pages import ROOT, open_page, shown

PUBLISHED = pytest.mark.postgres


@pytest.fixture(scope="module")
def nation(nation_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with temporary_nation() as store:
        prepare(store)
        publish_all(store, nation_dir, tmp_path_factory.mktemp("out"))
        yield store


@pytest.fixture
def on_nation(nation: Store, shared_installation: object, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(loaders, "store", lambda: nation)
    return nation


def _menu(test) -> list[str]:
    return [link.proto.label for link in test.get("page_link")]


def test_a_store_of_a_file_says_what_it_takes(shared_installation: object) -> None:
    for lang, words in (("id", "PostgreSQL dengan PostGIS"), ("en", "PostgreSQL with PostGIS")):
        test = open_page("nasional", lang=lang)
        assert not test.exception
        assert words in shown(test)
    # The menu leads there only because one stands there already.
    assert "Nasional" not in _menu(open_page("hotspot"))


@PUBLISHED
def test_a_database_without_a_nation_names_the_command(
    shared_installation: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with temporary_nation() as store:
        monkeypatch.setattr(loaders, "store", lambda: store)
        assert "cli.py nation places" in shown(open_page("nasional"))
        with nation_connection(store) as connection:
            connection.execute("DROP SCHEMA nation CASCADE")
        assert "cli.py nation places" in shown(open_page("nasional"))


@PUBLISHED
@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("scope", ["", "22", "22.01", "22.01.01", "22.01.01.2001"])
def test_each_depth_in_both_languages(on_nation: Store, scope: str, lang: str) -> None:
    test = open_page("nasional", lang=lang, daerah=scope, warna="risk")
    assert not test.exception
    page = shown(test)
    assert "SIMULASI" in page
    assert len(test.get("dataframe")) + len(test.get("arrow_data_frame")) == 1
    crumbs = [button for button in test.button if str(button.key).startswith("nation_crumb_")]
    assert len(crumbs) == 1 + (scope.count(".") + 1 if scope else 0)
    assert crumbs[-1].disabled
    assert ("Nation" if lang == "en" else "Nasional") in _menu(test)


@PUBLISHED
def test_the_address_is_the_state(on_nation: Store) -> None:
    test = open_page(
        "nasional", daerah="22", keluarga="pelanggaran", jenis="potensi", hari="30",
        satuan="kecamatan", warna="reports", bingkai="94,-12,106,-6,7",
    )  # fmt: skip
    page = shown(test)
    assert "pelanggaran (potensi)" in page
    assert "kecamatan" in page
    assert test.selectbox(key="nation_days").value == "30"
    test.button(key="nation_crumb_0").click().run()
    assert "daerah" not in test.query_params
    assert "bingkai" not in test.query_params
    assert "Indonesia:" in shown(test)


@PUBLISHED
@pytest.mark.parametrize(
    "query",
    [
        {"daerah": "99"}, {"daerah": "<b>"}, {"bingkai": "1,2,3"}, {"bingkai": "nan,0,1,1,5"},
        {"bingkai": "9,9,1,1,5"}, {"bingkai": "94,-12,106,-6,1e9"}, {"hari": "1e9"},
        {"satuan": "dusun"}, {"jenis": "nihil"},
    ],
)  # fmt: skip
def test_an_address_that_says_nonsense_is_answered(on_nation: Store, query: dict[str, str]) -> None:
    test = open_page("nasional", **query)
    assert not test.exception
    assert "sb-date" in shown(test)


@PUBLISHED
def test_without_figures_it_names_the_command(nation: Store, on_nation: Store) -> None:
    with nation_connection(nation) as connection, connection.transaction():
        connection.execute("CREATE TABLE kept AS SELECT * FROM nation.meta")
        connection.execute("DELETE FROM nation.meta WHERE key = 'revision:figures'")
    try:
        assert "cli.py nation figures" in shown(open_page("nasional"))
    finally:
        with nation_connection(nation) as connection, connection.transaction():
            connection.execute(
                "INSERT INTO nation.meta SELECT * FROM kept ON CONFLICT (key) DO NOTHING"
            )
            connection.execute("DROP TABLE kept")


@pytest.fixture(scope="module")
def address(nation: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose store has the nation."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    environment = os.environ | {"SIAGA_VAR": str(folder), "DATABASE_URL": url_of(nation)}
    command = [sys.executable, "-m", "streamlit", "run", "serve.py", "--server.port", str(port)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            break
    yield url
    stop_app(process)


SHOWN = """code => { let at = null; window.map.eachLayer(layer => {
  if (layer.feature && layer.feature.properties.code === code && layer.getLatLngs) {
    const parts = layer.feature.geometry.type === "Polygon" ? [layer.getLatLngs()]
      : layer.getLatLngs();
    const widest = parts.map(part => L.latLngBounds(part[0])).sort((a, b) =>
      (b.getEast() - b.getWest()) - (a.getEast() - a.getWest()))[0];
    at = [widest.getCenter().lat, widest.getCenter().lng];
  } }); return at; }"""
"""The middle of the widest piece of land of a unit that is drawn."""


@pytest.mark.browser
@PUBLISHED
def test_clicks_drill_down_and_back_leads_up(address: str, browser: Browser) -> None:
    visit = Visit.start(browser)
    visit.open(f"{address}/nasional?satuan=provinsi", "SIMULASI · Indonesia")
    frame = visit.map_frame()
    frame.evaluate("() => { window.__same = true; }")
    views = [visit.view()]
    for code in ("22", "22.01"):
        at = visit.map_frame().wait_for_function(SHOWN, arg=code).json_value()
        visit.click_map(*at)
        visit.page.locator(".sb-date", has_text=f"SIMULASI {code}:").wait_for()
        visit.settle()
        assert f"daerah={code}" in visit.page.url
        assert "bingkai" not in visit.page.url  # only what the reader moved stands there
        views.append(visit.view())
    assert views[0] != views[1]
    # A move of the reader loads what the frame holds, and the map stays where it was put.
    visit.map_frame().evaluate("() => window.map.panBy([150, 0], {animate: false})")
    visit.page.wait_for_url("**bingkai=**")
    visit.settle()
    moved = visit.view()
    assert moved[2] > views[2][2]
    assert visit.map_frame().evaluate("() => window.__same") is True  # never made anew
    visit.page.go_back()
    visit.page.wait_for_url(lambda url: "bingkai" not in url)
    visit.settle()
    assert visit.view() == pytest.approx(views[2], abs=0.01)
    visit.page.go_back()
    visit.page.locator(".sb-date", has_text="SIMULASI 22:").wait_for()
    visit.settle()
    assert visit.view() == pytest.approx(views[1], abs=0.01)
    visit.assert_clean()
    visit.page.context.close()


LABELS = """() => {
  const all = [...document.querySelectorAll(".nation-label")], boxes = [];
  all.filter(label => getComputedStyle(label).opacity !== "0").forEach(label => {
    const range = document.createRange();
    range.selectNodeContents(label.querySelector(".siaga-label").firstChild);
    const box = range.getBoundingClientRect();
    boxes.push([box.left, box.top, box.right, box.bottom]);
  });
  return {zoom: window.map.getZoom(), all: all.length, boxes: boxes};
}"""
"""Where the texts of the labels that are seen stand, left, top, right and bottom."""


def _meet(boxes: list[list[float]]) -> bool:
    return any(
        one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
        for n, one in enumerate(boxes)
        for other in boxes[:n]
    )


@pytest.mark.browser
@PUBLISHED
def test_labels_do_not_lie_on_each_other_at_any_zoom(address: str, browser: Browser) -> None:
    visit = Visit.start(browser)
    visit.open(f"{address}/nasional?satuan=kecamatan&hari=3660", "SIMULASI · Indonesia")
    shown = []
    for zoom in (3, 5, 7, 9):
        visit.map_frame().evaluate("zoom => window.map.setZoom(zoom, {animate: false})", zoom)
        visit.settle()
        found = visit.map_frame().evaluate(LABELS)
        assert found["zoom"] == zoom
        assert found["boxes"]
        assert not _meet(found["boxes"])
        shown.append(len(found["boxes"]) / found["all"])
    assert shown[0] < 1  # some give way
    assert shown[0] <= shown[1] <= shown[2]
    visit.assert_clean()
    visit.page.context.close()


HIDDEN = """() => [document.documentElement, ...document.querySelectorAll(".dvn-scroller")]
  .map(place => place.scrollWidth - place.clientWidth)"""
"""How much of the page, and of its table, lies beyond the right edge, in pixels."""


@pytest.mark.browser
@PUBLISHED
@pytest.mark.parametrize(
    ("width", "height"), [(1280, 720), (1920, 1080), (820, 1180), (390, 844)]
)  # fmt: skip
def test_nothing_lies_beyond_the_edge(
    address: str, browser: Browser, width: int, height: int
) -> None:
    visit = Visit.start(browser, width, height)
    for scope, lang in (("", "id"), ("22.01", "en"), ("22.01", "id")):
        visit.open(f"{address}/nasional?lang={lang}&daerah={scope}&hari=3660", "SIMULASI")
        visit.page.locator(".dvn-scroller").wait_for(state="attached")
        assert visit.page.evaluate(HIDDEN) == [0, 0], (scope, lang)
        head = visit.page.locator(".sb-date").bounding_box()
        shown = visit.page.locator("iframe").first.bounding_box()
        assert head is not None
        assert shown is not None
        assert head["y"] < shown["y"] < height  # the finding first, the map without scrolling
    visit.assert_clean()
    visit.page.context.close()


FRAMES = """() => { window.__least = Infinity; const look = () => {
  let n = 0;
  window.map.eachLayer(layer => { n += layer.feature && layer.getLatLngs ? 1 : 0; });
  window.__least = Math.min(window.__least, n);
  requestAnimationFrame(look); }; look(); }"""
"""Counts the units on the map in every frame that the browser draws."""


@pytest.mark.browser
@PUBLISHED
def test_the_map_is_never_empty_while_the_reader_moves_it(address: str, browser: Browser) -> None:
    visit = Visit.start(browser)
    visit.open(f"{address}/nasional?daerah=22", "SIMULASI 22:")
    frame = visit.map_frame()
    frame.evaluate(FRAMES)
    for move in ("panBy([60, 20])", "zoomIn(1)", "panBy([-40, 0])", "zoomOut(1)"):
        frame.evaluate(f"() => {{ window.map.{move}; }}")
        visit.page.wait_for_url("**bingkai=**")
        visit.settle()
        at = visit.view()
        visit.settle()
        assert visit.view() == at  # nothing takes it elsewhere afterwards
    assert frame.evaluate("() => window.__least") > 0
    visit.assert_clean()
    visit.page.context.close()
