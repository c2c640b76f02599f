"""The register of actions in a real Chromium: added, closed, and a warning that is answered."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from data.store.engine import Store
from services.actions.register import save_action
from services.dataset import load_dataset
from tests.browser import Visit

pytestmark = pytest.mark.browser

DAY = "2024-01-31"
SLOW_MS = 120_000
"""A first page on a new store makes the store and works out the warnings of a day."""


def table(folder: Path, name: str) -> list[dict[str, object]]:
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    rows = store.read(name).astype("object").to_dict("records")
    store.close()
    return [{str(key): value for key, value in row.items()} for row in rows]


def fill(visit: Visit, label: str, words: str) -> None:
    visit.page.get_by_label(label, exact=True).fill(words)
    visit.page.keyboard.press("Tab")


def test_an_action_is_added_closed_and_seen_in_its_history(
    address: str, browser: Browser, folder: Path
) -> None:
    visit = Visit.start(browser)
    page = visit.page
    try:
        visit.open(f"{address}/tindakan?tab=tindakan&tanggal={DAY}", "Belum ada tindakan.", SLOW_MS)
        fill(visit, "Keputusan", "Siapkan kapal <b>cadangan</b>")
        fill(visit, "Risiko", "Kotak suara terlambat")
        page.get_by_role("combobox", name="Penanggung jawab").click()
        page.keyboard.type("KPU Bangka Selatan")
        page.keyboard.press("Enter")
        fill(visit, "Kantor yang mencatat", "Kesbangpol")
        page.get_by_role("button", name="Simpan").click()
        expect(page.get_by_text("Tersimpan.")).to_be_visible()
        visit.settle()
        (row,) = table(folder, "actions")
        assert (row["owner"], row["status"]) == ("KPU Bangka Selatan", "belum_mulai")
        assert str(row["opened_on"])[:10] == DAY

        visit.choose("Catat atau ubah", "Siapkan")
        assert f"tindakan={row['action_id']}" in page.url
        page.get_by_role("combobox", name="Status", exact=True).last.click()
        page.keyboard.type("selesai")
        page.keyboard.press("Enter")
        fill(visit, "Hasil", "Dua kapal siap")
        page.get_by_role("button", name="Simpan").click()
        expect(page.get_by_text("Tersimpan.")).to_be_visible()
        visit.settle()
        (row,) = table(folder, "actions")
        assert (row["status"], row["result"]) == ("selesai", "Dua kapal siap")
        page.get_by_text("Riwayat: 2 perubahan").click()
        expect(page.get_by_text("Status: belum mulai → selesai")).to_be_visible()
        assert len(table(folder, "action_changes")) == 2
        visit.assert_clean()
    finally:
        page.context.close()


def test_a_warning_is_taken_answered_and_closed_with_a_reason(
    address: str, browser: Browser, folder: Path
) -> None:
    visit = Visit.start(browser, 820, 1180)
    page = visit.page
    try:
        visit.open(f"{address}/tindakan?tanggal={DAY}", "belum punya pemilik", SLOW_MS)
        fill(visit, "Kantor yang mencatat", "Polda")
        page.get_by_role("button", name="Ambil").click()
        expect(page.get_by_text("Kantor Anda kini pemilik peringatan ini.")).to_be_visible()
        visit.settle()
        (warning,) = table(folder, "warnings")
        page.get_by_role("button", name="Buat tindakan").click()
        visit.settle()
        page.get_by_role("button", name="Simpan").click()
        expect(page.get_by_text("Tersimpan.")).to_be_visible()
        visit.settle()
        (action,) = table(folder, "actions")
        assert action["warning_id"] == warning["warning_id"]
        assert action["owner"] == "Polda"

        asked = f"tanggal={DAY}&peringatan={warning['warning_id']}"
        visit.open(f"{address}/tindakan?{asked}", "Pemilik: Polda", SLOW_MS)
        page.get_by_text("Tutup dengan alasan").click()
        fill(visit, "Kantor yang mencatat", "Polda")
        page.get_by_role("button", name="Tutup peringatan").click()
        visit.settle()
        assert not [one for one in table(folder, "warning_events") if one["kind"] == "ditutup"]
        fill(visit, "Alasan", "Logistik sudah lengkap")
        page.get_by_role("button", name="Tutup peringatan").click()
        expect(page.get_by_text("Peringatan ditutup; alasannya tersimpan.")).to_be_visible()
        closed = [one for one in table(folder, "warning_events") if one["kind"] == "ditutup"]
        assert [one["note"] for one in closed] == ["Logistik sudah lengkap"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 820
        visit.assert_clean()
    finally:
        page.context.close()


def test_two_who_change_one_action_lose_nothing(
    address: str, browser: Browser, folder: Path
) -> None:
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    values = {"risk": "Ombak", "decision": "Satu kapal", "owner": "KPU"}
    key = save_action(load_dataset(store), values, "KPU", "formulir", on=date.fromisoformat(DAY))
    store.close()
    both = [Visit.start(browser), Visit.start(browser)]
    try:
        for visit, office in zip(both, ("Polda", "Bawaslu"), strict=True):
            asked = f"tab=tindakan&tanggal={DAY}&tindakan={key}"
            visit.open(f"{address}/tindakan?{asked}", "Riwayat: 1 perubahan", SLOW_MS)
            fill(visit, "Kantor yang mencatat", office)
            visit.settle()
        for visit, decision in zip(both, ("Dua kapal", "Tiga kapal"), strict=True):
            fill(visit, "Keputusan", decision)
            visit.page.get_by_role("button", name="Simpan", exact=True).click()
        first, second = (visit.page for visit in both)
        expect(first.get_by_text("Tersimpan.")).to_be_visible()
        told = second.get_by_role("radiogroup", name="Keputusan: diubah Polda pukul")
        expect(told).to_be_visible()
        expect(second.get_by_text("dari “Satu kapal” menjadi “Dua kapal”")).to_be_visible()
        assert [one["decision"] for one in table(folder, "actions")] == ["Dua kapal"]
        second.get_by_text("Simpan isian saya: Tiga kapal").click()
        second.get_by_role("button", name="Simpan pilihan").click()
        expect(second.get_by_text("Tersimpan.")).to_be_visible()
        assert [one["decision"] for one in table(folder, "actions")] == ["Tiga kapal"]
        offices = [one["office"] for one in table(folder, "action_changes")]
        assert offices == ["KPU", "Polda", "Bawaslu"]
        for visit in both:
            visit.assert_clean()
    finally:
        for visit in both:
            visit.page.context.close()
