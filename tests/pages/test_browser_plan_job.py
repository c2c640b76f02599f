"""The view of plans in a real Chromium: loads move, a job is cancelled, the map stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from data.plan.kept import save_plan, saved_plans
from services.dataset import Dataset
from services.plan.make import PlanAsked, make_plan
from tests.browser import Visit
from tests.conftest import start_app, stop_app, workers_of

pytestmark = pytest.mark.browser

NAME = "Uji H-1"


@pytest.fixture
def server(dataset: Dataset, installation: Path) -> Iterator[tuple[int, str]]:
    """Process and address of a server of its own, which has one plan."""
    save_plan(NAME, make_plan(dataset, PlanAsked("19.03", seconds=1)))
    process, url = start_app(installation)
    yield process.pid, url
    stop_app(process)


def test_loads_move_a_job_is_cancelled_and_the_view_is_kept(
    server: tuple[int, str], browser: Browser
) -> None:
    pid, address = server
    visit = Visit.start(browser)
    page = visit.page
    try:
        visit.open(f"{address}/distribusi", "Dari yang paling terpencil")
        visit.choose("Tampilan", "Rencana")
        visit.choose("Kabupaten", "Bangka Selatan")
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
        assert len(workers_of(pid)) == 1
        page.get_by_role("button", name="Batal").click()
        page.get_by_text("dibatalkan; rencana terakhir tetap ada").wait_for()
        visit.settle()
        assert visit.view() == kept
        assert saved_plans() == [NAME]
        assert workers_of(pid) == []

        page.get_by_text("Manifes", exact=True).click()
        visit.settle()
        paper = visit.download(page.get_by_role("button", name="Unduh PDF"))
        assert "TERBATAS" in PdfReader(BytesIO(paper.read_bytes())).pages[0].extract_text()
        visit.assert_clean()
    finally:
        page.context.close()
