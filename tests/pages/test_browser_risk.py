"""TPS risk in a real Chromium: a TPS is opened and says why, an hour of the voting day is run."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from services.dataset import Dataset
from tests.browser import Visit

pytestmark = pytest.mark.browser
MENDO = "19.01.04.2004"


def test_a_tps_is_opened_and_its_reasons_are_read(
    app_url: str, visit: Visit, dataset: Dataset
) -> None:
    page = visit.page
    visit.open(f"{app_url}/kerawanan?tanggal=2024-02-13&tab=peta", "n = 4.116 dari 4.116 TPS")
    view = visit.view()
    page.get_by_label("Cari desa, kecamatan atau nomor TPS").fill("pelempang 1")
    page.keyboard.press("Enter")
    page.get_by_text("n = 1 dari 4.116 TPS").wait_for()
    visit.settle()
    page.get_by_role("combobox", name="Buka satu").click()
    page.keyboard.press("Enter")
    page.get_by_text("TPS 001, Desa Aik Pelempang Jaya").first.wait_for()
    visit.settle()
    report = page.locator("ul.sb-list li", has_text="BBL-0026").first
    assert "Tanjungpandan" in report.inner_text()
    assert report.locator("a").get_attribute("href") == (
        "https://kilasbabel.com/2024/01/21/bawaslu-belitung-tangani-tujuh-laporan-temuan-"
        "perusakan-apk"
    )
    assert page.get_by_text("belum ada instansi yang melaporkan indikatornya").count() >= 1
    waterfall = page.locator(".js-plotly-plot").first
    assert "Indeks (jumlah)" in waterfall.inner_text()
    assert re.search(r"0,0\d\d", waterfall.inner_text())
    assert "tps=pemilu2024" in page.url
    assert visit.view() == view
    page.get_by_role("button", name="Kembali ke daftar").click()
    page.get_by_label("Cari desa, kecamatan atau nomor TPS").fill("")
    page.keyboard.press("Enter")
    page.get_by_text("n = 4.116 dari 4.116 TPS").wait_for()
    visit.settle()
    place = dataset.units.set_index("code").loc[MENDO]
    visit.click_map(float(place["lat"]), float(place["lon"]))
    page.get_by_role("button", name="Tutup Mendo").wait_for()
    assert page.get_by_text("n = 7 dari 4.116 TPS").count() == 1
    assert visit.view() == view
    visit.assert_clean()


def write(page: Page, line: str, answer: str) -> None:
    """Type a line where the cursor stands, hand it in, and wait for its echo."""
    page.keyboard.type(line)
    page.keyboard.press("Enter")
    page.locator(".sb-echo", has_text=answer).wait_for()


def test_an_hour_of_the_voting_day_is_run_by_the_keyboard_alone(address: str, visit: Visit) -> None:
    page = visit.page
    visit.open(
        f"{address}/kerawanan?tanggal=2024-02-14&tab=hari_h&pemilihan=pemilu2024", "Catat kabar"
    )
    page.get_by_role("combobox", name="Kabupaten").click()
    page.keyboard.type("Bangka")
    page.keyboard.press("Enter")
    counter = page.locator("#hh-counter")
    expect(counter).to_contain_text("0 dari 911 TPS sudah memberi kabar")
    visit.settle()
    line = page.get_by_role("textbox", name="Desa, TPS, keadaan")
    line.focus()
    lines = {
        "mendo 1-3 b 0705": "Tercatat: TPS 001, 002, 003 Mendo",
        "4 t 0710": "Tercatat: TPS 004 Mendo → ◆ terlambat",
        "5 m 0712 surat suara kurang": "▲ masalah, pukul 07.12 · surat suara kurang",
        "kota kapur 1 b 0720": "Tercatat: TPS 001 Kota Kapur",
    }
    for typed, answer in lines.items():
        write(page, typed, answer)
    expect(counter).to_contain_text("Pukul 07.20 WIB: 6 dari 911 TPS")
    expect(counter).to_contain_text("0 perlu dihubungi")
    write(page, "mendo 99 b", "TPS 099 tidak ada di Mendo")
    assert line.input_value() == "mendo 99 b"
    page.keyboard.press("Control+A")
    write(page, "u", "1 catatan dibatalkan")
    expect(counter).to_contain_text("Pukul 07.12 WIB: 5 dari 911 TPS")
    write(page, "mendo 4 b 0815", "Tercatat: TPS 004 Mendo → ● buka, pukul 08.15")
    # Past the hour of grace: 906 were never heard of, and the trouble of 07.12 is due again.
    expect(counter).to_contain_text("5 dari 911 TPS sudah memberi kabar, 907 perlu dihubungi")
    cards = page.locator(".sb-cards.five .sb-card b").all_inner_texts()
    assert cards == ["4", "0", "1", "0", "906"]
    assert page.evaluate("() => document.activeElement.tagName") == "INPUT"
    visit.settle()
    page.locator(".st-key-hh_tabs").get_by_text("Per jam", exact=True).click()
    page.locator(".js-plotly-plot", has_text="08.00").wait_for()
    visit.settle()
    page.locator(".st-key-hh_tabs").get_by_text("Peta", exact=True).click()
    visit.settle()
    assert "▲1" in visit.map_frame().locator(".leaflet-marker-pane").inner_text()
    visit.assert_clean()
