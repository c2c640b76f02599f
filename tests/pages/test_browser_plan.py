"""Plans in a real Chromium: loads move, a job is cancelled, what if, and back or adopted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import pytest
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from data.plan.kept import delete_plan, load_plan, save_plan, saved_plans
from data.store.engine import Store
from services.dataset import Dataset
from services.plan.make import make_plan, scenario_settings
from tests.browser import Visit
from tests.conftest import ROOT, copy_store, start_app, stop_app, workers_of

REPLAY = "2024-02-11-sadai-pongok"

pytestmark = pytest.mark.browser

NAME = "Pongok 11 Februari"
CLOSED_UNTIL = "2024-02-11T17:00"


@pytest.fixture(scope="module")
def server(
    dataset: Dataset, shipped_store: Store, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, str]]:
    """Process and address of a server of its own, which has one small plan."""
    folder = tmp_path_factory.mktemp("plans")
    copy_store(shipped_store, folder / "siaga.db")
    with pytest.MonkeyPatch.context() as own:
        own.setenv("SIAGA_VAR", str(folder))
        settings = replace(scenario_settings(REPLAY), search_seconds=1.0)
        save_plan(NAME, make_plan(dataset, settings))
        process, url = start_app(folder)
        yield process.pid, url
        stop_app(process)


@pytest.fixture
def address(server: tuple[int, str]) -> str:
    """The server, with no other plan than the first: none that an earlier test has made."""
    for name in saved_plans():
        if name != NAME:
            delete_plan(name)
    return server[1]


def open_plans(address: str, visit: Visit) -> None:
    """Open the plans of Bangka Selatan."""
    visit.open(f"{address}/distribusi", "Dari yang paling terpencil")
    visit.choose("Tampilan", "Rencana")
    visit.choose("Kabupaten", "Bangka Selatan")


def _open_what_if(address: str, visit: Visit) -> None:
    open_plans(address, visit)
    visit.page.get_by_text("Andai", exact=True).click()
    visit.settle()


def test_a_boat_fails_the_plan_changes_and_can_be_undone(address: str, browser: Browser) -> None:
    visit = Visit.start(browser)
    page = visit.page
    try:
        _open_what_if(address, visit)
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


def test_the_sea_closes_the_plan_changes_and_is_adopted(address: str, browser: Browser) -> None:
    visit = Visit.start(browser)
    page = visit.page
    new = f"{NAME} andai 1"
    try:
        _open_what_if(address, visit)
        page.get_by_role("combobox", name="Laut tutup", exact=True).click()
        page.get_by_role("option", name="semua perairan").click()
        page.get_by_role("button", name="Susun ulang dari sekarang").click()
        page.get_by_text("LOLOS AUDIT dengan peristiwa ini").wait_for()
        expect(page.get_by_text("Laut tutup (semua perairan) sampai 11/02 17:00")).to_be_visible()
        expect(page.get_by_role("combobox", name="Rencana tersimpan")).to_have_value(new)
        trips = load_plan(new)["trips"]
        leaves = [trip["stops"][0]["depart"] for trip in trips if trip["mode"] == "boat"]
        assert leaves
        assert min(leaves) > CLOSED_UNTIL
        visit.settle()

        page.get_by_text("Sunting", exact=True).click()
        page.get_by_role("button", name="Sahkan", exact=True).wait_for()
        visit.settle()
        page.get_by_role("button", name="Sahkan", exact=True).click()
        page.get_by_text("Disahkan KPU Kabupaten Bangka Selatan, ").first.wait_for()
        cli = [sys.executable, "cli.py", "adopted", "--json"]
        kept = json.loads(subprocess.run(cli, check=True, capture_output=True, cwd=ROOT).stdout)
        assert kept[0]["plan_name"] == new
        assert kept[0]["office"] == "KPU Kabupaten Bangka Selatan"
        assert kept[0]["state"] == "in_force"
        visit.assert_clean()
    finally:
        page.context.close()


def test_loads_move_a_job_is_cancelled_and_the_view_is_kept(
    server: tuple[int, str], address: str, browser: Browser
) -> None:
    visit = Visit.start(browser)
    page = visit.page
    try:
        open_plans(address, visit)
        page.get_by_text("Semua perjalanan:").wait_for()
        visit.settle()
        visit.map_frame().evaluate("() => { window.map.setView([-2.95, 106.75], 10); }")
        visit.settle()
        kept = visit.view()

        slider = page.get_by_role("slider").first
        slider.focus()
        for _ in range(12):
            page.keyboard.press("ArrowRight")
        page.get_by_text("TPS sudah tiba").wait_for()
        visit.settle()
        assert visit.view() == kept
        drawn = visit.map_frame().evaluate(
            "() => document.querySelectorAll('.glyph rect, .glyph circle, .glyph path').length"
        )
        assert drawn > 0

        page.get_by_role("button", name="Rencana baru").click()
        page.get_by_role("button", name="Susun rencana").click()
        page.get_by_text("Menyusun “pemilu2024 Bangka Selatan”").wait_for()
        assert len(workers_of(server[0])) == 1
        page.get_by_role("button", name="Batal").click()
        page.get_by_text("dibatalkan; rencana terakhir tetap ada").wait_for()
        visit.settle()
        assert visit.view() == kept
        assert saved_plans() == [NAME]
        assert workers_of(server[0]) == []

        page.get_by_text("Manifes", exact=True).click()
        visit.settle()
        paper = visit.download(page.get_by_role("button", name="Unduh PDF"))
        assert "TERBATAS" in PdfReader(BytesIO(paper.read_bytes())).pages[0].extract_text()
        visit.assert_clean()
    finally:
        page.context.close()
