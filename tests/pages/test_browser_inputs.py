"""Inputs of a plan in a real Chromium: a scenario out as TOML, a pier moved by a click and back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from services.plan.settings import scenario_settings, settings_from_text
from tests.browser import Visit
from tests.pages.test_browser_plan import open_plans

pytestmark = pytest.mark.browser

CALM = "2024-02-12-sadai-lepar-pongok"


def test_a_scenario_goes_out_as_toml_and_a_pier_is_moved_by_a_click_and_back(
    address: str, browser: Browser
) -> None:
    visit = Visit.start(browser)
    page = visit.page
    try:
        open_plans(address, visit)
        page.get_by_text("Masukan", exact=True).click()
        visit.settle()
        visit.choose("Mulai dari", "12 Februari")
        page.get_by_role("button", name="Berkas TOML").click()
        file = visit.download(page.get_by_role("button", name="Unduh TOML"))
        settings = settings_from_text(file.read_text(encoding="utf-8"), "unduhan.toml")
        assert settings == scenario_settings(CALM)
        page.keyboard.press("Escape")

        page.get_by_text("Dermaga dan gudang", exact=True).click()
        visit.settle()
        longitude = page.get_by_role("spinbutton", name="Bujur")
        before = longitude.input_value()
        visit.click_map(-3.05, 106.60)
        expect(longitude).to_have_value(re.compile(r"106\.(59|60)"))
        page.get_by_role("button", name="Pindahkan ke sini").click()
        undo = page.locator("button:not([disabled])", has_text="Kembalikan letak")
        undo.wait_for()
        expect(longitude).not_to_have_value(before)
        undo.click()
        expect(longitude).to_have_value(before)
        visit.assert_clean()
    finally:
        page.context.close()
