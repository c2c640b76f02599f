"""A whole meeting from the keyboard: from preparing it to an action closed at the following one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect
from pptx import Presentation

from data.store.engine import Store
from tests.browser import Visit
from tests.conftest import start_app, stop_app

pytestmark = pytest.mark.browser

DAY, FOLLOWING = "04032024", "19082024"
SLOW_MS = 240_000
"""A first snapshot works out every part of the product once."""


@contextmanager
def app_on(folder: Path, now: str, patch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run the app as of a moment."""
    patch.setenv("SIAGA_VAR", str(folder))
    patch.setenv("SIAGA_NOW", now)
    process, address = start_app(folder)
    try:
        yield address
    finally:
        stop_app(process)


class Keyboard:
    """Somebody without a mouse: what is reached by Tab is pressed, filled and chosen by keys."""

    def __init__(self, visit: Visit) -> None:
        self.visit, self.page = visit, visit.page

    def reach(self, target: Locator) -> Locator:
        """Go to what Tab reaches, as a hand on the keyboard does, and fail where it does not."""
        target.wait_for()
        reachable = target.evaluate("e => e.tabIndex >= 0 && !e.disabled")
        assert reachable, "Tab passes it by"
        target.focus()
        return target

    def press(self, name: str, settle: bool = True) -> None:
        """Press a button; a page that watches what it makes never settles."""
        self.reach(self.page.get_by_role("button", name=name, exact=True).first)
        self.page.keyboard.press("Enter")
        if settle:
            self.visit.settle()

    def step(self, name: str, settle: bool = True) -> None:
        self.reach(self.page.get_by_role("radio", name=name, exact=True))
        self.page.keyboard.press("Enter")
        if settle:
            self.visit.settle()

    def fill(self, name: str, words: str) -> None:
        self.reach(self.page.get_by_label(name, exact=True).first)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(words)
        self.page.keyboard.press("Tab")

    def date(self, name: str, digits: str) -> None:
        """Type a day; each part of the field hands on to the next."""
        self.reach(self.page.get_by_role("spinbutton", name=f"tanggal, {name}"))
        self.page.keyboard.type(digits)
        self.page.keyboard.press("Tab")

    def pick(self, name: str, words: str) -> None:
        self.reach(self.page.get_by_role("combobox", name=name, exact=True).first)
        self.page.keyboard.type(words)
        self.page.keyboard.press("Enter")
        self.visit.settle()


def titles(page: object) -> list[str]:
    """Return the titles of the slides in their order, as the step of the slides lists them."""
    found: list[str] = page.locator(".st-key-slides p").all_inner_texts()  # type: ignore[attr-defined]
    return [words.split(". ", 1)[1] for words in found if ". " in words]


def test_a_meeting_from_preparing_it_to_what_came_of_it(
    installation: Path, monkeypatch: pytest.MonkeyPatch, browser: Browser
) -> None:
    visit = Visit.start(browser)
    try:
        with app_on(installation, "2024-03-04T01:00:00+00:00", monkeypatch) as address:
            first_meeting(visit, address)
        with app_on(installation, "2024-08-19T01:00:00+00:00", monkeypatch) as address:
            following_meeting(visit, address)
    finally:
        visit.page.context.close()
    store = Store.open(f"sqlite:///{installation / 'siaga.db'}")
    actions = store.read("actions")
    assert actions["status"].tolist() == ["selesai"]
    assert actions["result"].tolist() == ["Pos berdiri 11 Maret"]
    assert store.read("action_changes")["via"].tolist() == ["rakor", "rakor"]
    assert store.read("snapshots")["meeting_id"].eq(actions["meeting_id"].iloc[0]).sum() == 1
    store.close()


def prepared(visit: Visit, address: str) -> None:
    """Prepare the next meeting."""
    page, hand = visit.page, Keyboard(visit)
    visit.open(f"{address}/briefing", "Belum ada rakor yang disiapkan", SLOW_MS)
    hand.press("Siapkan rakor")
    page.get_by_text("Rakor B04 2024, belum tersimpan").wait_for()
    hand.date("Tanggal", DAY)
    hand.fill("Judul", "Rakor ketiga")
    hand.press("Simpan")
    page.get_by_text("Rakor B04 2024 disiapkan").first.wait_for()


def first_meeting(visit: Visit, address: str) -> None:
    page, hand = visit.page, Keyboard(visit)
    prepared(visit, address)
    assert "rakor=rakor-" in page.url

    hand.step("3 Snapshot")
    hand.press("Ambil snapshot", settle=False)
    page.get_by_text("sejak snapshot").first.wait_for(timeout=SLOW_MS)
    visit.settle()

    hand.step("2 Isi")
    page.locator(".st-key-slides p").first.wait_for()
    visit.settle()
    before = titles(page)
    assert before[0] == "Rakor ketiga"
    hand.reach(page.get_by_role("button", name="Turun").nth(1))
    page.keyboard.press("Enter")
    visit.settle()
    after = titles(page)
    assert after[:3] == [before[0], before[2], before[1]]
    page.get_by_role("button", name="Tinggalkan").nth(3).focus()
    page.keyboard.press("Enter")
    page.get_by_text("Ditinggalkan (1)").wait_for()
    visit.settle()
    hand.reach(page.locator("summary", has_text="Tambah slide sendiri"))
    page.keyboard.press("Enter")
    hand.fill("Judul", "Titipan Polda <b>")
    hand.press("Tambah slide")
    page.get_by_text("Titipan Polda <b>").first.wait_for()

    hand.step("4 Sajikan")
    shown(visit)

    hand.step("5 Berkas")
    hand.press("Susun", settle=False)  # the first: PPTX
    take = page.get_by_role("button", name="Unduh").first
    take.wait_for(timeout=SLOW_MS)
    slides = Presentation(BytesIO(visit.download(take).read_bytes())).slides
    words = [[s.text_frame.text for s in one.shapes if s.has_text_frame] for one in slides]
    assert any("Titipan Polda <b>" in one for one in words)
    assert len(words) == len(before)  # one left out, one added

    hand.step("6 Putuskan")
    hand.fill("Risiko", "SIMULASI: bentrok pendukung")
    hand.fill("Keputusan", "SIMULASI: pos bersama")
    hand.pick("Penanggung jawab", "Polda")
    hand.press("Catat keputusan")
    page.get_by_text("Keputusan rakor ini (1)").wait_for()
    visit.assert_clean()


def shown(visit: Visit) -> None:
    """Present with the keys; the presenter's window follows, and leads."""
    page = visit.page
    deck = page.frame_locator(".st-key-present iframe")
    expect(deck.locator(".slide.now")).to_contain_text("Rakor ketiga")
    page.locator(".st-key-present iframe").focus()
    page.keyboard.press("ArrowRight")
    expect(deck.locator(".slide.now")).to_have_id("slide-2")
    with page.context.expect_page() as opening:
        page.keyboard.press("p")
    presenter = opening.value
    presenter.locator(".desk .elapsed").wait_for()
    presenter.keyboard.press("End")
    expect(deck.locator(".slide.now")).not_to_have_id("slide-2")
    presenter.close()


def test_a_preview_is_cancelled_and_begun_again_only_when_asked_for(
    installation: Path, monkeypatch: pytest.MonkeyPatch, browser: Browser
) -> None:
    visit = Visit.start(browser)
    page, hand = visit.page, Keyboard(visit)
    try:
        with app_on(installation, "2024-03-04T01:00:00+00:00", monkeypatch) as address:
            prepared(visit, address)
            hand.step("2 Isi", settle=False)
            hand.reach(page.get_by_role("button", name="Batal", exact=True))
            page.keyboard.press("Enter")
            told = page.get_by_text("Menyusun pratinjau dibatalkan; tidak ada yang tersimpan.")
            told.wait_for(timeout=SLOW_MS)
            visit.settle()
            expect(page.get_by_role("button", name="Batal", exact=True)).to_have_count(0)
            hand.press("Perbarui", settle=False)
            page.get_by_role("button", name="Batal", exact=True).wait_for()
            visit.assert_clean()
    finally:
        page.context.close()


def following_meeting(visit: Visit, address: str) -> None:
    page, hand = visit.page, Keyboard(visit)
    visit.open(f"{address}/briefing", "1 tindakan lewat tenggat", SLOW_MS)
    hand.press("Siapkan rakor")
    page.get_by_text("Rakor B08 2024, belum tersimpan").wait_for()
    hand.date("Tanggal", FOLLOWING)
    hand.press("Simpan")
    page.get_by_text("Rakor B08 2024 disiapkan").first.wait_for()
    hand.step("Hasil rakor lalu")
    page.get_by_text("1 dari 1 belum berakhir").wait_for()
    hand.fill("Hasil", "Pos berdiri 11 Maret")
    hand.press("Tutup")
    page.get_by_text("0 dari 1 belum berakhir").wait_for()
    page.get_by_text("tidak ada tindakan lewat tenggat").first.wait_for()
    at = page.url
    visit.open(at, "0 dari 1 belum berakhir")  # the address leads back to meeting and step
