"""What was done last on the page Data in a real Chromium: who, what, before, after, and undone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, expect

from data.store import tables as schema
from data.store.engine import Store
from data.store.ledger.acts import Actor, acting
from tests.browser import Visit

pytestmark = pytest.mark.browser
ROW = {
    "agenda_id": "riwayat-1",
    "kind": "sidang",
    "title": "Rapat <img src=x onerror=alert(1)>",
    "unit_code": "19.01",
    "date_start": pd.Timestamp(2024, 1, 1),
}


def titles(folder: Path) -> list[str]:
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    rows = store.read("agenda", schema.agenda.c.agenda_id == ROW["agenda_id"])
    store.close()
    return rows["title"].tolist()


def write(folder: Path, title: str) -> None:
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    with (
        acting(Actor("bawaslu.1", "Bawaslu", "verifikator")),
        store.begin("import.agenda", reason="salah judul") as connection,
    ):
        where = schema.agenda.c.agenda_id == ROW["agenda_id"]
        rows = pd.DataFrame([ROW | {"title": title}])
        store.replace(connection, schema.agenda, rows, where)
    store.close()


def test_an_act_is_looked_at_and_undone_with_a_reason(
    address: str, browser: Browser, folder: Path
) -> None:
    first = str(ROW["title"])
    write(folder, first)
    write(folder, "Sidang pleno")
    visit = Visit.start(browser)
    page = visit.page
    try:
        visit.open(f"{address}/data", "Riwayat")
        acts = page.locator("[class*=st-key-ledger_acts]").get_by_test_id("stDataFrame")
        box = acts.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 12, box["y"] + 52)  # the box before the newest act
        expect(page.get_by_label("Alasan mengurungkan")).to_be_visible()
        visit.settle()
        undo = page.get_by_role("button", name="Urungkan")
        undo.click()
        expect(page.get_by_text("Tulis alasannya dulu")).to_be_visible()
        assert titles(folder) == ["Sidang pleno"]
        visit.settle()
        page.get_by_label("Alasan mengurungkan").fill("judul semula benar")
        undo.click()
        expect(page.get_by_text("1 baris kembali seperti sebelumnya")).to_be_visible()
        assert titles(folder) == [first]
        expect(undo).to_have_count(0)  # the newest act is not the one that was chosen
        visit.assert_clean()
    finally:
        page.context.close()
