"""The real app in a real Chromium, used as its users do."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from analytics.reports.selection import Selection
from data.store import tables as schema
from data.store.engine import Store
from services.dataset import Dataset
from services.hotspots.counts import HotspotQuery, hotspot
from services.ingest.imports import Asked, import_file
from tests.browser import Visit
from tests.conftest import copy_store, start_app, stop_app
from tests.simulated import PLANTED, simulated

pytestmark = pytest.mark.browser

BESIDE_MS = 120_000
"""What is worked out beside the server stands back behind all that the machine does."""
PAGES = {
    "": "Lima tempat",
    "hotspot": "Metode",
    "linimasa": "Yang diawasi tim",
    "prakiraan": "Nilai terhadap lima pembanding",
    "distribusi": "Dari yang paling terpencil",
    "kerawanan": "Siapa tahu apa",
}
NAMES = {
    "hotspot": "Hotspot",
    "linimasa": "Linimasa",
    "prakiraan": "Prakiraan",
    "distribusi": "Distribusi",
    "kerawanan": "Kerawanan TPS",
}


def middle_of(dataset: Dataset, code: str) -> tuple[float, float]:
    row = dataset.units.set_index("code").loc[code]
    return float(row["lat"]), float(row["lon"])


def test_a_deep_link_works_as_the_first_request_to_a_fresh_server(
    browser: Browser, installation: Path
) -> None:
    """One page after the first; tests/pages/test_pages.py holds that all are entered so."""
    process, address = start_app(installation)
    visit = Visit.start(browser)
    try:
        visit.open(f"{address}/linimasa?tanggal=2024-02-13", PAGES["linimasa"])
        assert visit.page.get_by_text("TINJAU ULANG").first.is_visible()
        assert "tanggal=2024-02-13" in visit.page.url
        visit.assert_clean()
    finally:
        visit.page.context.close()
        stop_app(process)


def test_on_no_page_a_request_leaves_the_machine_or_fails_and_none_is_wider_than_its_screen(
    app_url: str, visit: Visit, dataset: Dataset
) -> None:
    for path, name in {"": "", **NAMES}.items():
        if path:
            ways = visit.page.locator(".st-key-ways")
            ways.get_by_role("link", name=name).click()
            visit.page.get_by_text(PAGES[path]).first.wait_for(timeout=BESIDE_MS)
            visit.settle()
        else:
            visit.open(f"{app_url}/?tanggal=2025-10-29", PAGES[""])
        if path in {"", "hotspot"}:
            code, word = {"": ("19.02", "Belitung"), "hotspot": ("19.02.01", "Tanjungpandan")}[path]
            visit.hover_map(*middle_of(dataset, code))
            assert word in visit.map_frame().locator(".leaflet-tooltip").inner_text()
        for width, height in ((1920, 1080), (390, 844), (1280, 720)):
            visit.page.set_viewport_size({"width": width, "height": height})
            assert_fits(visit, path, width)
    visit.assert_clean()


def assert_fits(visit: Visit, path: str, width: int) -> None:
    """Hold that a page is no wider than the screen, and that its map has the room there is."""
    visit.page.wait_for_function(
        "() => document.documentElement.scrollWidth <= window.innerWidth", timeout=5_000
    )
    if path in {"linimasa", "prakiraan"}:
        return
    visit.map_frame().locator(".leaflet-land-pane path").first.wait_for(state="attached")
    visit.page.wait_for_function(
        "least => document.querySelector('iframe').getBoundingClientRect().width > least",
        arg=0.85 * width * (0.6 if width > 640 else 1),
        timeout=10_000,
    )


def test_a_click_opens_a_unit_and_drills_down_without_losing_the_view(
    app_url: str, visit: Visit, dataset: Dataset
) -> None:
    visit.open(f"{app_url}/hotspot?tanggal=2025-10-29", PAGES["hotspot"])
    visit.choose("Metode", "Jumlah dan laju")
    visit.map_frame().evaluate(
        "() => { window.map.setView([-2.55, 106.55], 9.5, {animate: false}); }"
    )
    visit.settle()
    view = visit.view()
    visit.click_map(-2.49, 106.40)  # in Koba, beside its dots
    visit.page.get_by_text("Koba: ", exact=False).first.wait_for()
    assert visit.view() == view
    units = visit.map_frame().locator(".leaflet-units-pane path.unit")
    assert units.count() > 47  # Koba has given way to its desa
    visit.page.get_by_role("button", name="Bangka Tengah", exact=True).click()
    visit.page.get_by_text("Bangka Tengah: ", exact=False).first.wait_for()
    visit.page.get_by_role("button", name="Seluruh provinsi").click()
    visit.settle()
    assert visit.view() == view
    visit.assert_clean()


def test_reports_at_one_point_open_one_by_one_with_their_source(
    app_url: str, visit: Visit, dataset: Dataset
) -> None:
    visit.open(f"{app_url}/hotspot?tanggal=2025-10-29", PAGES["hotspot"])
    visit.choose("Metode", "Jumlah dan laju")
    visit.click_map(*middle_of(dataset, "19.04.06.2002"))  # Batu Beriga
    popup = visit.map_frame().locator(".leaflet-popup-content")
    popup.wait_for()
    entries = popup.locator("details")
    assert entries.count() >= 3
    entries.nth(1).locator("summary").click()
    assert entries.nth(1).locator("a").first.get_attribute("href").startswith("http")
    assert "titik wakil desa" in popup.inner_text()
    visit.assert_clean()


def test_a_filter_narrows_map_and_table_and_can_be_cleared(app_url: str, visit: Visit) -> None:
    visit.open(f"{app_url}/hotspot?tanggal=2025-10-29", PAGES["hotspot"])
    visit.choose("Metode", "Jumlah dan laju")
    everything = visit.page.locator(".sb-sub").inner_text()
    visit.page.get_by_role("button", name="Saringan").click()
    visit.page.locator(".st-key-tahapan input").click()
    visit.page.keyboard.type("Pelantikan")
    visit.page.keyboard.press("Enter")
    visit.page.get_by_text("konflik n = 0 perkara (0 laporan)").wait_for()
    visit.page.get_by_text("bukan berarti aman").first.wait_for()
    visit.page.keyboard.press("Escape")
    visit.page.get_by_role("button", name="Hapus saringan").click()
    visit.page.get_by_text(everything).wait_for()
    visit.assert_clean()


def test_the_language_can_be_switched_without_losing_what_was_chosen(
    app_url: str, visit: Visit
) -> None:
    visit.open(f"{app_url}/hotspot?tanggal=2025-10-29", PAGES["hotspot"])
    visit.choose("Metode", "Jumlah dan laju")
    visit.page.get_by_role("combobox", name="Wilayah", exact=True).click()
    visit.page.get_by_role("option", name="Desa", exact=True).click()
    visit.page.get_by_text("pada tingkat desa").wait_for(state="attached")
    visit.page.get_by_text("EN", exact=True).click()
    visit.page.get_by_text("reports can be placed at the level of desa").wait_for(state="attached")
    # The boxes speak the language too, also those that were not touched.
    method = visit.page.get_by_role("combobox", name="Method", exact=True)
    expect(method).to_have_value("Counts and rates")
    visit.assert_clean()


def test_the_table_downloads_with_the_figures_of_the_map(
    app_url: str, visit: Visit, shipped_dataset: Dataset
) -> None:
    visit.open(f"{app_url}/hotspot?tanggal=2025-10-29", PAGES["hotspot"])
    visit.choose("Metode", "Jumlah dan laju")
    visit.page.get_by_role("radio", name="Tabel wilayah").click()
    file = visit.download(visit.page.locator(".st-key-wilayah_csv button").first)
    content = file.read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    kecamatan = [row for row in rows if row["Kode"].count(".") == 2]
    assert len(kecamatan) == 47
    day = date(2025, 10, 29)
    chosen = Selection(as_of=day, date_to=day, families=("konflik", "unjuk_rasa"))
    map_of = hotspot(shipped_dataset, HotspotQuery(chosen, "kecamatan"))
    shown = {row["Kode"]: int(row["Konflik (perkara)"]) for row in kecamatan}
    assert shown == map_of.units["affairs_konflik"].to_dict()
    assert sum(shown.values()) > 0
    visit.assert_clean()


ATTACK = "<img src=x onerror=window.top.__ran=1> `${window.top.__ran=1}` </script> \\"


@pytest.fixture(scope="module")
def simulated_url(
    tmp_path_factory: pytest.TempPathFactory, shipped_store: Store, dataset: Dataset
) -> Iterator[str]:
    """Address of an app with SIMULASI reports, a planted hot spot, and an attack in a file."""
    folder = tmp_path_factory.mktemp("simulasi")
    copy_store(shipped_store, folder / "siaga.db")
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    reports = simulated(dataset).read("reports")
    with store.begin("setup.prepare") as connection:
        store.insert_frame(connection, schema.reports, reports.assign(import_id="simulasi"))
    file = folder / "serangan.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["Tanggal", "Kabupaten", "Kecamatan", "Desa", "Jenis", "Uraian", "Sumber"])
        place = ["Bangka Tengah", "Koba", "Nibung"]
        writer.writerow(["2025-10-01", *place, "konflik_agraria_tambang", ATTACK, ATTACK])
    quoted = Asked(fixed={"verification": "dikutip"})  # what waits for review is on no map
    assert import_file(store, "reports", file, quoted).accepted == 1
    store.close()
    process, address = start_app(folder)
    yield address
    stop_app(process)


def test_text_from_a_file_never_runs_in_the_page(
    simulated_url: str, visit: Visit, dataset: Dataset
) -> None:
    """A report whose text is an attack is shown as the text it is, in list and popup."""
    visit.open(f"{simulated_url}/hotspot?tanggal=2025-10-29", PAGES["hotspot"])
    visit.choose("Metode", "Jumlah dan laju")
    units = dataset.units[dataset.units["parent_code"].eq("19.04.01")].set_index("name")
    visit.click_map(float(units["lat"]["Nibung"]), float(units["lon"]["Nibung"]))
    popup = visit.map_frame().locator(".leaflet-popup-content")
    popup.locator("summary").first.click()
    assert "<img src=x onerror" in popup.inner_text()
    assert "`${window.top.__ran=1}` </script> \\" in popup.inner_text()
    assert visit.page.evaluate("() => window.__ran") is None
    assert visit.page.locator("img[src=x]").count() == 0
    visit.assert_clean()


def test_on_the_cited_reports_each_method_answers_or_says_why_not(
    app_url: str, visit: Visit
) -> None:
    visit.open(f"{app_url}/hotspot?tanggal=2025-10-29", PAGES["hotspot"])
    for method in ("Gi*", "Moran"):
        visit.choose("Metode", method)
        visit.page.get_by_text("baru dijalankan mulai 30 perkara").first.wait_for()
    for method in ("Pemindaian ruang-waktu", "Isyarat saat ini"):
        visit.choose("Metode", method)
        visit.page.get_by_text("dalam pemberitaan").first.wait_for()
        visit.page.get_by_text("Ini bukan berarti aman").first.wait_for()
    visit.choose("Metode", "Kepadatan")
    visit.page.get_by_text("bukan uji").first.wait_for(state="attached")
    visit.assert_clean()


def test_a_statistic_that_cannot_be_made_keeps_the_banner_and_the_ways_out(
    app_url: str, visit: Visit
) -> None:
    visit.open(f"{app_url}/hotspot?tanggal=2022-01-05", PAGES["hotspot"])
    visit.choose("Metode", "Gi*")
    visit.page.get_by_text("Tidak ada laporan pada rentang dan saringan ini").wait_for()
    assert visit.page.get_by_text("TINJAU ULANG 5 Jan 2022").is_visible()
    visit.page.get_by_role("button", name="Hari ini").first.click()
    visit.settle()
    assert visit.page.get_by_text("TINJAU ULANG").count() == 0
    visit.assert_clean()


def test_a_rate_over_estimated_voters_says_so_in_the_title(app_url: str, visit: Visit) -> None:
    visit.open(f"{app_url}/hotspot?tanggal=2025-10-29", PAGES["hotspot"])
    visit.choose("Metode", "Jumlah dan laju")
    visit.choose("Ukuran", "Laju")
    visit.choose("Wilayah", "Kecamatan")
    title = visit.page.locator(".sb-date").first
    title.filter(has_text="perkara per 10.000 pemilih (perkiraan)").wait_for()
    visit.page.get_by_role("button", name="Saringan").click()
    visit.page.get_by_text("Tahapan", exact=True).first.wait_for()
    assert visit.page.get_by_text("Choose options").count() == 0
    visit.assert_clean()


def test_a_planted_cluster_is_found_clicked_and_opened(
    simulated_url: str, visit: Visit, dataset: Dataset
) -> None:
    visit.open(f"{simulated_url}/hotspot?tanggal=2025-03-01", PAGES["hotspot"])
    visit.choose("Metode", "Pemindaian ruang-waktu")
    visit.page.get_by_text("klaster: di sana dan pada waktu itu").wait_for()
    view = visit.view()
    visit.click_map(*middle_of(dataset, PLANTED))
    visit.page.get_by_role("tab", name="Laporan").click()
    visit.page.get_by_text("Airgegas: ", exact=False).first.wait_for()
    assert visit.page.get_by_text("SIMULASI").first.is_visible()
    assert visit.view() == view
    visit.page.get_by_role("tab", name="Metode").click()
    visit.page.get_by_text("Hasil terbitan yang dihitung ulang").first.wait_for(state="attached")
    visit.assert_clean()


def test_two_dates_stand_side_by_side_with_one_view(app_url: str, visit: Visit) -> None:
    visit.open(f"{app_url}/hotspot?tanggal=2025-10-29", PAGES["hotspot"])
    visit.choose("Metode", "Dua tanggal")
    visit.page.get_by_text("pandangan kedua peta terhubung").wait_for()
    visit.page.wait_for_function(
        "() => document.querySelectorAll('iframe[src*=st_folium]').length === 2"
    )
    visit.settle()
    frames = [frame for frame in visit.page.frames if "st_folium" in frame.url]
    assert len(frames) == 2
    for frame in frames:
        frame.wait_for_function("() => window.map && window.feature_group")
    frames[0].evaluate("() => { window.map.setView([-2.9, 107.9], 9.5); }")
    frames[1].wait_for_function(
        "() => Math.abs(window.map.getCenter().lat + 2.9) < 0.01 && window.map.getZoom() === 9.5"
    )
    visit.assert_clean()
