"""A report written by hand on the page Data in a real Chromium, with its warnings."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, expect

from data.store.engine import Store
from services.ingest.imports import undo_import
from tests.browser import Visit

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def nothing_written(folder: Path) -> None:
    """Take out what an earlier try of this test has sent."""
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    for key in store.read("imports")["import_id"]:
        undo_import(store, key)
    store.close()


def written(folder: Path) -> pd.DataFrame:
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    rows = store.read("reports")
    store.close()
    return rows[rows["agency"].eq("Polsek Contoh")]


def test_a_report_is_written_warned_about_sent_and_undone(
    server: str, browser: Browser, folder: Path
) -> None:
    visit = Visit.start(browser)
    page = visit.page
    send = page.get_by_role("button", name="Kirim untuk diperiksa")
    try:
        visit.open(f"{server}/data?bagian=tulis", "Kirim untuk diperiksa")
        expect(page.get_by_text("Belum diisi: instansi, kategori")).to_be_visible()
        expect(send).to_be_disabled()
        visit.choose("Instansi", "Polsek Contoh")
        visit.choose("Kategori", "Hoaks")
        visit.choose("Kabupaten atau kota", "Bangka Tengah")
        expect(page.get_by_text("disimpan sampai kabupaten saja")).to_be_visible()
        assert not page.get_by_role("combobox", name="Kecamatan", exact=True).count()
        summary = page.get_by_role("textbox", name="Uraian singkat")
        summary.fill("Kabar bohong tentang surat suara")
        summary.press("Tab")
        expect(send).to_be_enabled()
        visit.settle()
        send.click()
        expect(page.get_by_text("menunggu pemeriksaan orang lain")).to_be_visible()
        first = written(folder).iloc[0]
        assert (first["unit_kejadian"], first["verification"]) == ("19.04", "belum")
        expect(summary).to_have_value("")

        visit.settle()
        visit.choose("Kategori", "Hoaks")
        expect(page.get_by_text("1 laporan mungkin peristiwa yang sama")).to_be_visible()
        expect(page.get_by_text("Instansi: Polsek Contoh")).to_be_visible()

        visit.choose("Kategori", "Blokade")
        expect(page.get_by_text("mungkin peristiwa yang sama")).to_have_count(0)
        page.get_by_text("Titik di peta (boleh kosong)").click()
        # By key: the fold still opens, and what moves under the cursor hears no press.
        shown = page.get_by_role("switch", name="Tunjukkan peta")
        shown.press("Space")
        expect(shown).to_be_checked()
        visit.settle()
        page.locator("iframe").first.evaluate("one => one.scrollIntoView({block: 'center'})")
        visit.click_map(-2.4934, 106.4183)
        expect(page.get_by_text("Titik ini di")).to_be_visible()
        page.get_by_role("button", name="Pakai desa ini").click()
        visit.settle()
        # Sent with the words still under the cursor: what is typed last comes with the press.
        summary.fill("Jalan desa ditutup warga")
        summary.press("Tab")
        expect(send).to_be_enabled()
        visit.settle()
        page.set_viewport_size({"width": 390, "height": 844})
        visit.settle()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        summary.fill("Jalan desa ditutup warga sejak pagi")
        send.click()
        expect(page.get_by_text("Terkirim.")).to_be_visible()
        visit.settle()
        rows = written(folder).set_index("category")
        assert rows["unit_kejadian"]["blokade"].count(".") == 3
        assert rows["summary"]["blokade"] == "Jalan desa ditutup warga sejak pagi"
        assert rows["lat"]["blokade"] == pytest.approx(-2.4934, abs=0.01)
        page.get_by_role("button", name="Batalkan kiriman tadi").click()
        expect(page.get_by_text("Dibatalkan: kiriman tadi")).to_be_visible()
        assert written(folder)["category"].tolist() == ["hoaks_sara"]
        visit.assert_clean()
    finally:
        page.context.close()
