"""Two people who correct one report from the queue, in a real Chromium: the second is asked."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Locator, expect

from data.store.engine import Store
from services.ingest.imports import Asked, import_upload, undo_import
from tests.browser import Visit
from tests.imports import PENYAK

pytestmark = pytest.mark.browser
CONTENT = (
    "id,tanggal,jenis,kategori,tingkat,kode desa,ringkasan,instansi\n"
    f"dua-1,11/06/2024,kejadian,intimidasi,3,{PENYAK},Ancaman di balai desa,Polres Bangka Tengah\n"
)
WIDTHS = (1280, 1920, 820, 390)


@pytest.fixture(autouse=True)
def one_report(folder: Path) -> None:
    """Keep one report only, whatever an earlier try has written."""
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    for key in store.read("imports").sort_values("at", ascending=False)["import_id"]:
        undo_import(store, key)
    import_upload(store, "reports", "polres.csv", CONTENT.encode(), Asked(scheme="kemendagri"))
    store.close()


def stored(folder: Path) -> pd.Series:
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    rows = store.read("reports").set_index("report_id")
    store.close()
    return rows.loc["dua-1"]


def corrected(visit: Visit, server: str) -> Locator:
    """Open the report from the queue, and return the field of its summary."""
    visit.open(f"{server}/data?bagian=antrean", "1 laporan menunggu Anda")
    visit.settle()
    visit.page.get_by_role("button", name="Koreksi").first.click()
    expect(visit.page.get_by_text("Koreksi laporan dua-1")).to_be_visible()
    visit.settle()
    summary = visit.page.get_by_role("textbox", name="Uraian singkat")
    expect(summary).to_have_value("Ancaman di balai desa")
    return summary


def test_the_second_of_two_is_asked_and_nothing_is_lost(
    server: str, browser: Browser, folder: Path
) -> None:
    first, second = Visit.start(browser), Visit.start(browser)
    try:
        one, other = corrected(first, server), corrected(second, server)
        one.fill("Ancaman lewat pesan")
        one.press("Tab")
        first.settle()
        first.page.get_by_role("button", name="Kirim untuk diperiksa").click()
        expect(first.page.get_by_text("Terkirim.")).to_be_visible()

        second.choose("Kategori", "Blokade")
        other.fill("Ancaman di balai desa Penyak")
        other.press("Tab")
        second.settle()
        second.page.get_by_role("button", name="Kirim untuk diperiksa").click()
        expect(second.page.get_by_text("Belum ada yang disimpan")).to_be_visible()
        assert stored(folder)["summary"] == "Ancaman lewat pesan"
        save = second.page.get_by_role("button", name="Simpan pilihan")
        expect(save).to_be_disabled()
        for width in WIDTHS:
            second.page.set_viewport_size({"width": width, "height": 900})
            second.settle()
            assert second.page.evaluate("document.documentElement.scrollWidth") <= width
            save.scroll_into_view_if_needed()
            if shots := os.environ.get("SIAGA_SHOTS"):
                second.page.screenshot(path=f"{shots}/conflict_{width}.png")
        second.page.get_by_text("Simpan isian saya").click()
        expect(save).to_be_enabled()
        second.settle()
        save.click()
        expect(second.page.get_by_text("Terkirim.")).to_be_visible()
        row = stored(folder)
        assert (row["summary"], row["category"]) == ("Ancaman di balai desa Penyak", "blokade")
        first.assert_clean()
        second.assert_clean()
    finally:
        first.page.context.close()
        second.page.context.close()
