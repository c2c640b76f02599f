"""What was chosen stays over pages, reload, Back and Forward, and any page can be presented."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser import Visit

pytestmark = pytest.mark.browser


def said(visit: Visit) -> tuple[str, dict[str, str]]:
    """Return page and parameters of the address."""
    parts = urlsplit(visit.page.url)
    return parts.path.strip("/"), dict(parse_qsl(parts.query))


def go(visit: Visit, name: str) -> None:
    visit.page.locator(".st-key-ways").get_by_role("link", name=name, exact=False).click()
    visit.settle()


def test_choices_and_language_stay_over_pages_reload_back_and_forward(
    app_url: str, visit: Visit
) -> None:
    page, menu = visit.page, visit.page.locator(".st-key-ways")
    page.set_viewport_size({"width": 1440, "height": 800})
    visit.open(f"{app_url}/hotspot?tanggal=2024-02-13&metode=counts", "Metode")
    visit.choose("Warna peta", "Logistik")
    page.locator(".st-key-language").get_by_text("EN").click()
    visit.settle()
    chosen = {"tanggal": "2024-02-13", "metode": "counts", "keluarga": "logistik", "lang": "en"}
    assert said(visit) == ("hotspot", chosen)
    go(visit, "Timeline")
    assert said(visit)[0] == "linimasa"
    expect(menu.get_by_text("Actions")).to_be_visible()
    go(visit, "Hotspot")
    assert said(visit) == ("hotspot", chosen)
    page.reload()
    page.get_by_text("Method").first.wait_for()
    visit.settle()
    assert page.get_by_role("combobox", name="Map colour").input_value() == "Logistics"
    assert said(visit) == ("hotspot", chosen)
    page.go_back()
    visit.settle()
    assert said(visit)[0] == "linimasa"
    page.go_back()
    visit.settle()
    page.go_back()
    expect(menu.get_by_text("Linimasa")).to_be_visible()
    visit.settle()
    assert said(visit) == ("hotspot", {k: v for k, v in chosen.items() if k != "lang"})
    page.go_forward()
    expect(menu.get_by_text("Timeline")).to_be_visible()
    visit.settle()
    assert said(visit) == ("hotspot", chosen)


def test_the_link_is_copied_and_the_page_presented_stepped_and_blanked(
    app_url: str, visit: Visit
) -> None:
    page = visit.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.open(f"{app_url}/hotspot?tanggal=2024-02-13", "Metode")
    page.locator("#sb-link").click()
    expect(page.locator("#sb-link")).to_have_text("Tersalin")
    assert page.evaluate("() => navigator.clipboard.readText()") == page.url
    menu = page.locator(".st-key-menu")
    page.keyboard.press("p")
    expect(menu).to_be_hidden()
    expect(page.get_by_role("combobox").first).to_be_hidden()
    shape = page.locator("iframe").first.bounding_box()
    assert shape is not None
    assert shape["height"] >= 0.7 * 720
    assert shape["y"] + shape["height"] <= 720
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**tanggal=2024-02-14**")
    visit.settle()
    expect(menu).to_be_hidden()
    page.keyboard.press("b")
    black = "() => getComputedStyle(document.documentElement, '::after').backgroundColor"
    assert page.evaluate(black) == "rgb(0, 0, 0)"
    page.keyboard.press("b")
    assert page.evaluate(black) != "rgb(0, 0, 0)"
    page.keyboard.press("Escape")
    expect(menu).to_be_visible()


def test_a_bar_of_each_chart_is_a_filter_and_its_chip_takes_it_off(
    app_url: str, visit: Visit
) -> None:
    page = visit.page
    start = {"tanggal": "2024-02-14", "metode": "counts", "panel": "grafik"}
    visit.open(f"{app_url}/hotspot?{urlencode(start)}", "Metode")
    visit.map_frame().evaluate("() => { window.sameMap = true; }")
    charts = page.locator(".js-plotly-plot")
    for n, name, bar in ((1, "keluarga", 1), (2, "wilayah", 0), (0, "bulan", 0)):
        charts.nth(2).wait_for()
        keys = charts.nth(n).evaluate("chart => chart.data[0].customdata")
        path = charts.nth(n).locator(".bars .point path").nth(bar)
        path.scroll_into_view_if_needed()
        box = path.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2 - 1, box["y"] + box["height"] / 2)
        charts.nth(n).locator(".hoverlayer .hovertext").wait_for()
        page.mouse.down()
        page.mouse.up()
        page.wait_for_url(f"**{name}={keys[bar]}**")
        visit.settle()
        assert said(visit)[1] == {**start, name: keys[bar]}
        page.locator(f".st-key-chip_{name}").get_by_role("button").first.click()
        expect(page.locator(f".st-key-chip_{name}")).to_have_count(0)
        visit.settle()
        assert said(visit)[1] == start
    assert visit.map_frame().evaluate("() => window.sameMap"), "the map was made anew"
    visit.assert_clean()
