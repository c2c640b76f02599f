"""Take pictures of the slides of an example, and of the pages about a rakor, for ``docs/img``.

``python -m tests.slide_pictures [FOLDER] [WIDTH HEIGHT]``; without a folder those of the
documentation are replaced, at 1280x720.
"""

from __future__ import annotations

import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from data.briefing.examples import shipped_contents
from data.outlook.lodged import canonical, digest_of
from services.briefing.files.html import html_file
from services.briefing.slides.build import deck_of
from services.briefing.snapshot import Snapshot
from tests.browser import READY_MS, Visit, chromium_browser
from tests.conftest import chromium, start_app, stop_app
from tests.screenshots import OUT

COLOURS = 128
"""Of a picture: it is flat, and small this way."""
MEETING = "rkr-contoh-b04-2024"
PAGES = (
    ("briefing", f"briefing?rakor={MEETING}&langkah=sajikan", "Rakor"),
    ("tindakan", "tindakan?tanggal=2024-01-31", "Peringatan"),
)


def save(page: Page, path: Path) -> None:
    """Write what a page shows as a PNG of few colours."""
    with Image.open(BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def slides(browser: Browser, folder: Path, width: int, height: int) -> None:
    """Write ``slide-01.png`` and so on of the newest example, from its HTML file."""
    *_, content = shipped_contents()
    deck = deck_of(Snapshot(content, digest_of(canonical(content))))
    page = browser.new_page(viewport={"width": width, "height": height})
    with tempfile.TemporaryDirectory() as at:
        file = Path(at) / "rakor.html"
        file.write_bytes(html_file(deck))
        page.goto(file.as_uri())
        for number in range(1, len(deck.slides) + 1):
            page.locator(f"#slide-{number}.now").wait_for()
            save(page, folder / f"slide-{number:02}.png")
            page.keyboard.press("ArrowRight")
    page.close()


def pages(browser: Browser, folder: Path, width: int, height: int) -> None:
    """Write the pages about a rakor, from the real app."""
    with tempfile.TemporaryDirectory() as at:
        process, address = start_app(Path(at))
        try:
            for name, path, words in PAGES:
                visit = Visit.start(browser, width, height)
                visit.open(f"{address}/{path}", words, 8 * READY_MS)
                if name == "briefing":
                    deck = visit.page.frame_locator(".st-key-present iframe")
                    deck.locator("#slide-1.now").wait_for()
                    visit.page.locator(".st-key-present iframe").focus()
                    visit.page.keyboard.press("3")
                    visit.page.keyboard.press("Enter")
                    deck.locator("#slide-3.now").wait_for()
                expect(visit.page.get_by_test_id("stSkeleton")).to_have_count(0)
                save(visit.page, folder / f"{name}.png")
                visit.page.context.close()
        finally:
            stop_app(process)


def main(folder: Path = OUT, width: int = 1280, height: int = 720) -> int:
    executable = chromium()
    if executable is None:
        print("no Chromium: set CHROMIUM or install it", file=sys.stderr)
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    with chromium_browser(executable) as browser:
        slides(browser, folder, width, height)
        pages(browser, folder, width, height)
    return 0


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(Path(given[0]) if given else OUT, *map(int, given[1:])))
