"""What if in a real Chromium: from a click to a changed plan, and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from data.plan.kept import load_plan, save_plan, saved_plans
from services.dataset import Dataset
from services.plan.make import make_plan, scenario_settings
from tests.browser import Visit
from tests.conftest import start_app, stop_app

REPLAY = "2024-02-11-sadai-pongok"

pytestmark = pytest.mark.browser

NAME = "Pongok 11 Februari"


@pytest.fixture
def address(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server of its own, which has one small plan."""
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    settings = replace(scenario_settings(REPLAY), search_seconds=1.0)
    save_plan(NAME, make_plan(dataset, settings))
    process, url = start_app(tmp_path)
    yield url
    stop_app(process)


def test_a_boat_fails_the_plan_changes_and_can_be_undone(address: str, browser: Browser) -> None:
    visit = Visit.start(browser)
    page = visit.page
    try:
        visit.open(f"{address}/distribusi", "Dari yang paling terpencil")
        visit.choose("Tampilan", "Rencana")
        visit.choose("Kabupaten", "Bangka Selatan")
        page.get_by_text("Andai", exact=True).click()
        visit.settle()
        visit.choose("Kendaraan rusak", "PERAHU-01")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Susun ulang dari sekarang").click()
        page.get_by_text(f"Rencana pengganti dari “{NAME}” sejak 11/02 05:00 WIB").wait_for()
        visit.settle()
        expect(page.get_by_text("LOLOS AUDIT dengan peristiwa ini")).to_be_visible()
        expect(page.get_by_text("PERAHU-01 rusak 11/02 05:00; tidak jalan lagi")).to_be_visible()
        expect(page.get_by_text("Siapa yang harus diberi tahu")).to_be_visible()
        new = f"{NAME} andai 1"
        assert saved_plans()[0] == new
        used = {trip["vehicle_id"] for trip in load_plan(new)["trips"]}
        assert "PERAHU-01" not in used
        assert "PERAHU-01" in {trip["vehicle_id"] for trip in load_plan(NAME)["trips"]}
        page.get_by_role("button", name=f"Batalkan: buka “{NAME}”").click()
        page.get_by_text("Rencana pengganti dari").wait_for(state="hidden")
        expect(page.get_by_role("combobox", name="Rencana tersimpan")).to_have_value(NAME)
        assert set(saved_plans()) == {NAME, new}
        visit.assert_clean()
    finally:
        page.context.close()
