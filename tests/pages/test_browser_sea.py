"""What stands in the frame of a map hides no land, on every page and at every width."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame

from tests.benchmarks.browser.pages import Reader
from tests.browser import Visit, soon

pytestmark = pytest.mark.browser

SIZES = ((1280, 720), (1920, 1080), (820, 1180), (390, 844))
PAGES = {
    "ringkasan": ("?tanggal=2024-02-13", "Lima tempat"),
    "hotspot": ("hotspot?tanggal=2025-10-29&metode=counts", "Hari ini"),
    "distribusi": ("distribusi", "Dari yang paling terpencil"),
    "kerawanan": ("kerawanan?tanggal=2024-02-13&tab=peta", "Cari desa"),
    "cakupan": ("kerawanan?tanggal=2024-02-13&tab=cakupan", "Cakupan"),
}
MOST_LAND = 0.005
"""Of a panel: what its corners, taken to whole pixels, may hide."""
LEAST_BOX = 0.6
"""Of the map that the box around the land takes."""
LEAST_OF_SQUARE = {("cakupan", 820): 0.55, ("cakupan", 1920): 0.58}
"""The same where a column is about as high as wide."""
# Of every panel that is seen the share of its points that lie on land, and whether two overlap.
PANELS = """() => {
  const frame = window.map.getContainer().getBoundingClientRect();
  const rings = Object.values(window.map._layers)
    .filter(l => l.feature && /Polygon/.test(l.feature.geometry.type) && l._pxBounds !== null)
    .flatMap(l => l.feature.geometry.type === 'Polygon'
      ? [l.feature.geometry.coordinates] : l.feature.geometry.coordinates)
    .map(rings => rings[0].map(([x, y]) => window.map.latLngToContainerPoint([y, x])));
  const onLand = (x, y) => rings.some(ring => ring.reduce((inside, a, n) => {
    const b = ring[(n || ring.length) - 1];
    const cut = (a.y > y) !== (b.y > y) && x < (b.x - a.x) * (y - a.y) / (b.y - a.y) + a.x;
    return cut ? !inside : inside;
  }, false));
  const seen = [...document.querySelectorAll('.siaga-panels > *')]
    .filter(e => e.offsetWidth && getComputedStyle(e).visibility !== 'hidden')
    .map(e => [e.className.split(' ')[0], e.getBoundingClientRect()]);
  return seen.map(([name, box], n) => {
    let hidden = 0, all = 0;
    for (let x = box.left + 1; x < box.right; x += 3) {
      for (let y = box.top + 1; y < box.bottom; y += 3) {
        all += 1;
        hidden += onLand(x - frame.left, y - frame.top);
      }
    }
    const apart = seen.every(([, o], k) => k === n || box.left >= o.right || o.left >= box.right
      || box.top >= o.bottom || o.top >= box.bottom);
    const inside = box.left >= 0 && box.top >= 0 && box.right <= innerWidth
      && box.bottom <= innerHeight;
    return {name, land: hidden / all, apart, inside};
  });
}"""
PLACED = "() => document.querySelector('.siaga-legend.placed') !== null"


@pytest.fixture(scope="module")
def visit_of(browser: Browser) -> Iterator[Callable[[int, int], Visit]]:
    """Give the one page of a size: what it has read once, it need not read and compile again."""
    opened: dict[tuple[int, int], Visit] = {}

    def start(width: int, height: int) -> Visit:
        if (width, height) not in opened:
            opened[width, height] = Visit.start(browser, width, height)
        return opened[width, height]

    yield start
    for one in opened.values():
        one.page.context.close()


def panels(frame: Frame) -> list[dict[str, Any]]:
    frame.wait_for_function(PLACED)

    def right(found: list[dict[str, Any]]) -> bool:
        return all(one["land"] <= MOST_LAND and one["apart"] and one["inside"] for one in found)

    return soon(frame, lambda: frame.evaluate(PANELS), right)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("page", PAGES)
def test_legend_scale_buttons_and_insets_hide_no_land(
    app_url: str, visit_of: Callable[[int, int], Visit], page: str, width: int, height: int
) -> None:
    visit = visit_of(width, height)
    path, words = PAGES[page]
    visit.page.goto(f"{app_url}/{path}")
    visit.page.get_by_text(words).first.wait_for(state="attached")
    visit.settle()
    found = panels(visit.map_frame())
    names = {str(one["name"]) for one in found}
    assert {"siaga-legend", "leaflet-control-zoom", "leaflet-control-scale"} <= names
    for one in found:
        assert one["land"] <= MOST_LAND, one
        assert one["apart"], one
        assert one["inside"], one
    assert Reader(visit.page).land() >= LEAST_OF_SQUARE.get((page, width), LEAST_BOX)
    if page in {"ringkasan", "distribusi"}:
        assert sum(one["name"] == "siaga-inset" for one in found) == 5
    visit.assert_clean()


def test_an_opened_legend_stays_inside_a_narrow_map_and_is_remembered(
    app_url: str, visit_of: Callable[[int, int], Visit]
) -> None:
    visit = visit_of(390, 844)
    visit.page.goto(f"{app_url}/hotspot?tanggal=2025-10-29&metode=counts")
    visit.settle()
    frame = visit.map_frame()
    frame.wait_for_function(PLACED)
    legend = frame.locator(".siaga-legend")
    assert legend.get_attribute("open") is None
    legend.locator("summary").click()
    frame.wait_for_function("() => document.querySelector('.siaga-legend').open")
    assert all(one["inside"] and one["apart"] for one in panels(frame))
    assert frame.locator(".leaflet-control-zoom-in").bounding_box()["width"] >= 44  # type: ignore[index]


def test_words_on_a_presented_map_are_read_from_afar(
    app_url: str, visit_of: Callable[[int, int], Visit]
) -> None:
    visit = visit_of(1280, 720)
    visit.open(f"{app_url}/?tanggal=2024-02-13", "Lima tempat")
    frame = visit.map_frame()
    frame.wait_for_function(PLACED)
    size = "() => parseFloat(getComputedStyle(document.querySelector('.siaga-legend')).fontSize)"
    assert frame.evaluate(size) < 20
    visit.page.keyboard.press("p")
    frame.wait_for_function(f"() => ({size})() >= 20")
    for one in panels(frame):
        assert one["land"] <= MOST_LAND, one
        assert one["inside"], one
    visit.page.keyboard.press("Escape")
    frame.wait_for_function(f"() => ({size})() < 20")
