"""Refused rows on the page Data in a real Chromium: mended, looked at again, stored, undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from data.store.engine import Store
from services.ingest.imports import Asked, import_file
from tests.browser import Visit

pytestmark = pytest.mark.browser
MESSY = """desa,tps,jumlah
Air Duren,1,215
Penyak,1,2l5
Penyak,2,200
"""
DRAWN = """() => new Promise(done =>
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"""
PENYAK, AIR_DUREN = "pemilu2024/19.04.01.2007", "pemilu2024/19.01.05.2002"


def bring(folder: Path, tmp_path: Path) -> str:
    """Import a file of which two rows are refused, and return its id."""
    file = tmp_path / "pemilih_[x].csv"
    file.write_text(MESSY, encoding="utf-8")
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    done = import_file(store, "voters", file, Asked(election="pemilu2024"))
    store.close()
    assert (done.accepted, done.quarantined) == (1, 2)
    return done.import_id


def stored(folder: Path) -> dict[str, int]:
    """Return the voters of each TPS that is stored."""
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    rows = store.read("tps_voters")
    store.close()
    return dict(zip(rows["tps_id"], rows["total"].astype(int), strict=True))


def type_into(grid: Locator, column: float, row: int, text: str, visit: Visit) -> None:
    """Type over a cell of an editor; ``column`` is its place from the left, 0 to 1."""
    box = grid.bounding_box()
    assert box is not None
    visit.page.mouse.click(box["x"] + box["width"] * column, box["y"] + 35 * (row + 0.5))
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_function(
        "() => ['TEXTAREA', 'INPUT'].includes(document.activeElement.tagName)"
    )
    # The grid takes what its box says a moment after it says it: a key pressed sooner is not heard.
    visit.page.evaluate(DRAWN)
    visit.page.keyboard.press("Control+A")
    visit.page.keyboard.type(text)
    visit.page.wait_for_function("text => document.activeElement.value === text", arg=text)
    visit.page.evaluate(DRAWN)
    visit.page.keyboard.press("Enter")
    visit.settle()


def test_refused_rows_are_mended_looked_at_again_stored_and_undone(
    address: str, browser: Browser, folder: Path, tmp_path: Path
) -> None:
    bring(folder, tmp_path)
    visit = Visit.start(browser, 1280, 1400)
    page = visit.page
    try:
        visit.open(f"{address}/data", "Baris yang ditolak")
        store_it = page.get_by_role("button", name="baris yang benar")
        expect(store_it).to_be_disabled()
        grid = page.locator("[class*=st-key-held_imp]").get_by_test_id("stDataFrame").first
        grid.scroll_into_view_if_needed()
        type_into(grid, 0.9, 2, "216", visit)
        expect(page.get_by_text("desa: “Air Duren” di baris 2")).to_be_visible()
        visit.choose("Pilihan 1", "Kec. Pemali")
        page.get_by_role("button", name="Periksa lagi").click()
        expect(page.get_by_text("2 baris benar, 0 baris masih ditolak.")).to_be_visible()
        assert stored(folder) == {f"{PENYAK}/002": 200}
        visit.settle()
        store_it.click()
        expect(page.get_by_text("Tidak ada baris yang ditolak")).to_be_visible()
        mended = {f"{AIR_DUREN}/001": 215, f"{PENYAK}/001": 216}
        assert stored(folder) == {f"{PENYAK}/002": 200, **mended}
        visit.settle()
        page.get_by_role("button", name="Batalkan impor ini").first.click()
        expect(page.get_by_text("2 baris dikeluarkan")).to_be_visible()
        assert stored(folder) == {f"{PENYAK}/002": 200}
        expect(page.get_by_text("desa: “Air Duren” di baris 2").first).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)
        visit.assert_clean()
    finally:
        page.context.close()


def test_a_row_is_left_aside_with_a_reason_on_a_narrow_screen(
    address: str, browser: Browser, folder: Path, tmp_path: Path
) -> None:
    import_id = bring(folder, tmp_path)
    visit = Visit.start(browser, 390, 844)
    page = visit.page
    try:
        visit.open(f"{address}/data?lang=en", "Refused rows")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_text("Leave rows aside").first.click()
        leave = page.get_by_role("button", name="Leave aside", exact=True)
        leave.click()
        expect(page.get_by_text("Choose the rows and write the reason first")).to_be_visible()
        visit.settle()
        visit.choose("Rows to leave aside", "3")
        page.get_by_label("Reason").fill("ditulis dua kali")
        leave.click()
        expect(page.get_by_text("1 row left aside")).to_be_visible()
        store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
        rows = store.read("quarantine").set_index("row_number")
        store.close()
        assert rows["import_id"].eq(import_id).all()
        assert rows["closed_as"].fillna("").to_dict() == {2: "", 3: "dismissed"}
        assert rows.loc[3, "closed_reason"] == "ditulis dua kali"
        expect(page.get_by_test_id("stException")).to_have_count(0)
        visit.assert_clean()
    finally:
        page.context.close()
