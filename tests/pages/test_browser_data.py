"""A file on the page Data in a real Chromium: looked at, questioned, stored, undone."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, expect

from data.store.engine import Store
from tests.browser import Visit

pytestmark = pytest.mark.browser

VOTERS = "No,Kode Desa,No. TPS,Jumlah\n1,19.03.01.1001,5,215\n2,19.03.01.1001,900,80\n"
AMBIGUOUS = "Kode Desa,TPS,Total,Jumlah Pemilih\n19.03.01.1001,5,215,216\n"


def stored(folder: Path) -> list[tuple[str, int]]:
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    rows = store.read("tps_voters")
    store.close()
    return list(zip(rows["tps_id"], rows["total"].astype(int), strict=True))


def test_a_file_is_looked_at_questioned_stored_and_undone(
    address: str, browser: Browser, folder: Path, tmp_path: Path
) -> None:
    visit = Visit.start(browser)
    page = visit.page
    try:
        visit.open(f"{address}/data", "Impor terakhir")
        visit.choose("Isi berkas", "Pemilih per TPS")
        upload = page.locator("input[type=file]").first
        unclear = tmp_path / "ragu.csv"
        unclear.write_text(AMBIGUOUS, encoding="utf-8")
        upload.set_input_files(unclear)
        expect(page.get_by_text("Total, Jumlah Pemilih")).to_be_visible()
        assert not page.get_by_role("button", name="Simpan").count()

        clear = tmp_path / "pemilih_[x](y).csv"
        clear.write_text(VOTERS, encoding="utf-8")
        upload.set_input_files(clear)
        words = "Pemilih per TPS: 1 baris baru, 0 koreksi, 1 dikarantina, 0 sudah ada."
        expect(page.get_by_text(words)).to_be_visible()
        assert stored(folder) == []
        visit.settle()
        page.get_by_role("button", name="Simpan 1 baris").click()
        expect(page.get_by_text(f"pemilih_[x](y).csv: {words}")).to_be_visible()
        assert stored(folder) == [("pemilu2024/19.03.01.1001/005", 215)]
        visit.settle()
        page.get_by_role("button", name="Batalkan impor ini").first.click()
        expect(page.get_by_text("1 baris dikeluarkan")).to_be_visible()
        assert stored(folder) == []
        visit.assert_clean()
    finally:
        page.context.close()


def test_a_template_can_be_downloaded_and_holds_the_headings(
    address: str, browser: Browser
) -> None:
    visit = Visit.start(browser, 390, 844)
    page = visit.page
    try:
        visit.open(f"{address}/data?lang=en", "Last imports")
        file = visit.download(page.get_by_role("button", name="Download template"))
        sheet = load_workbook(BytesIO(file.read_bytes())).worksheets[0]
        assert "tanggal kejadian" in [cell.value for cell in sheet[1]]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        visit.assert_clean()
    finally:
        page.context.close()


def test_a_column_chosen_by_the_keyboard_answers_the_question(
    address: str, browser: Browser, folder: Path, tmp_path: Path
) -> None:
    visit = Visit.start(browser)
    page = visit.page
    try:
        visit.open(f"{address}/data", "Impor terakhir")
        visit.choose("Isi berkas", "Pemilih per TPS")
        unclear = tmp_path / "ragu.csv"
        unclear.write_text(AMBIGUOUS, encoding="utf-8")
        page.locator("input[type=file]").first.set_input_files(unclear)
        expect(page.get_by_text("Pilih isi tiap kolom di bawah")).to_be_visible()
        visit.settle()
        table = page.get_by_test_id("stDataFrame").first
        table.scroll_into_view_if_needed()
        box = table.bounding_box()
        assert box is not None
        row = box["height"] / 5  # a heading and four columns of the file
        page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + 3.5 * row)
        page.keyboard.press("Enter")
        page.locator("[role=option], .gdg-portal input").first.wait_for()
        page.keyboard.type("total")
        page.keyboard.press("Enter")
        words = "Pemilih per TPS: 1 baris baru, 0 koreksi, 0 dikarantina, 0 sudah ada."
        expect(page.get_by_text(words)).to_be_visible()
        visit.settle()
        page.keyboard.press("Delete")  # a cleared cell is not an error
        visit.settle()
        page.get_by_role("button", name="Simpan 1 baris").click()
        expect(page.get_by_text(f"ragu.csv: {words}")).to_be_visible()
        assert stored(folder) == [("pemilu2024/19.03.01.1001/005", 215)]
        visit.assert_clean()
    finally:
        page.context.close()


def test_a_refused_layer_is_told_by_its_name_without_a_folder(
    address: str, browser: Browser, tmp_path: Path
) -> None:
    visit = Visit.start(browser, 820, 1180)
    page = visit.page
    try:
        visit.open(f"{address}/data", "Impor terakhir")
        page.get_by_text("Impor batas wilayah atau jalan").click()
        layer = tmp_path / "batas_rekaan.geojson"
        layer.write_text(
            '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"apa":"x"},'
            '"geometry":{"type":"Polygon","coordinates":[[[106,-2],[106.1,-2],[106,-2.1],[106,-2]]]}}]}',
            encoding="utf-8",
        )
        page.locator("input[type=file]").nth(1).set_input_files(layer)
        page.get_by_role("button", name="Pasang", exact=True).click()
        expect(page.get_by_text("Berkas batas batas_rekaan.geojson ditolak")).to_be_visible()
        for word in ("ID", "EN"):
            expect(page.get_by_text(word, exact=True).first).to_be_in_viewport(ratio=1)
        visit.assert_clean()
    finally:
        page.context.close()
