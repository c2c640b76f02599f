"""The queue on the page Data in a real Chromium: reports reviewed by keyboard, one by one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import delete

from data.store.engine import Store
from data.store.tables import reports
from services.ingest.imports import Asked, import_upload
from tests.browser import Visit
from tests.imports import PENYAK

pytestmark = pytest.mark.browser
N = 6
HEAD = "id,tanggal,jenis,kategori,tingkat,kode desa,ringkasan,instansi\n"
SECONDS_EACH = 6
"""200 reports in 20 minutes."""


def opened(folder: Path) -> Store:
    return Store.open(f"sqlite:///{folder / 'siaga.db'}")


def verifications(folder: Path) -> list[str]:
    store = opened(folder)
    rows = store.read("reports")
    store.close()
    own = rows[rows["report_id"].str.startswith("antre-")].sort_values("report_id")
    return own["verification"].tolist()


def test_reports_are_reviewed_by_keyboard(address: str, browser: Browser, folder: Path) -> None:
    lines = [
        f"antre-{n:02d},{n + 1}/06/2024,kejadian,intimidasi,{3 if n else 5},{PENYAK},"
        f"Keributan ke-{n},Polres Bangka Tengah\n"
        for n in range(N)
    ]
    store = opened(folder)
    content = (HEAD + "".join(lines)).encode()
    with store.begin("setup.prepare") as connection:  # what the test before, or this one, left
        connection.execute(delete(reports).where(reports.c.report_id.startswith("antre-")))
    import_upload(store, "reports", "polres.csv", content, Asked(scheme="kemendagri"))
    store.close()
    visit = Visit.start(browser)
    page = visit.page
    try:
        visit.open(f"{address}/data", f"{N} laporan menunggu Anda")
        card = page.locator(".sb-report").first
        expect(card).to_contain_text("Keributan ke-0")  # the most severe one
        visit.settle()
        began = time.perf_counter()
        for n in range(N - 2):
            page.keyboard.press("v")
            left = N - 1 - n
            expect(page.get_by_text(f"{left} laporan menunggu Anda")).to_be_visible()
            visit.settle()
        each = (time.perf_counter() - began) / (N - 2)
        print(f"{each:.2f} s per report by keyboard")
        assert each < SECONDS_EACH
        visit.settle()
        page.get_by_label("Alasan", exact=True).first.fill("sudah dilaporkan polisi lain")
        page.get_by_role("button", name="Tolak").first.click()
        expect(page.get_by_text("1 laporan ditolak")).to_be_visible()
        assert verifications(folder).count("terverifikasi") == N - 2
        assert verifications(folder).count("ditolak") == 1
        visit.settle()
        page.get_by_role("button", name="Batalkan").click()
        expect(page.get_by_text("Dibatalkan")).to_be_visible()
        assert verifications(folder).count("belum") == 2
        visit.settle()
        page.locator("summary").filter(has_text="Sudah diputuskan").click()
        search = page.get_by_label("Laporan (nomor atau kata)")
        search.fill("Keributan ke-1")
        search.press("Enter")
        correct = page.get_by_role("button", name="Koreksi")
        expect(correct).to_have_count(2)  # of the report in turn, and of the one that was found
        visit.settle()
        correct.last.click()
        expect(page.get_by_text("Koreksi laporan antre-01")).to_be_visible()
        visit.assert_clean()
    finally:
        page.context.close()
