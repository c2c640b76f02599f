"""What takes long, in a real Chromium: it is watched and cancelled, and other pages do not wait."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import Visit
from tests.conftest import start_app, stop_app, workers_of

pytestmark = pytest.mark.browser

SCAN = "hotspot?metode=scan&tingkat=desa&periode=week&ulangan=9999&keluarga=unjuk_rasa"
LONG_MS = 180_000


@pytest.fixture
def server(installation: Path) -> Iterator[tuple[int, str]]:
    """Process and address of a server of its own."""
    process, url = start_app(installation)
    yield process.pid, url
    stop_app(process)
    deadline = time.monotonic() + 10
    while workers_of_store():
        assert time.monotonic() < deadline, "a worker outlives its server"
        time.sleep(0.05)


def workers_of_store() -> list[int]:
    """Return the workers that have the store of the test open."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            mine = f"SIAGA_VAR={os.environ['SIAGA_VAR']}\0" in environ.read_text()
            command = environ.with_name("cmdline").read_text()
        except OSError:
            continue
        if mine and "services.worker.child" in command:
            found.append(int(environ.parent.name))
    return found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    visit = Visit.start(browser)
    yield visit.page
    visit.assert_clean()
    visit.page.context.close()


def test_a_scan_is_watched_cancelled_and_made_while_others_read(
    server: tuple[int, str], page: Page, browser: Browser
) -> None:
    pid, address = server
    page.goto(f"{address}/ringkasan")
    page.locator("iframe").first.wait_for()
    assert workers_of(pid) == []  # nobody asked for anything that takes long
    page.goto(f"{address}/{SCAN}")
    page.get_by_text("langkah").wait_for(timeout=LONG_MS)
    (worker,) = workers_of(pid)

    other = Visit.start(browser)
    other.open(f"{address}/linimasa", "Linimasa")
    other.assert_clean()
    assert workers_of(pid) == [worker]

    page.get_by_role("button", name="Batal").click()
    page.get_by_text("perhitungan dibatalkan").wait_for()
    assert worker not in workers_of(pid)

    page.goto(f"{address}/{SCAN.replace('9999', '99')}")
    page.get_by_role("tab", name="Klaster").wait_for(timeout=LONG_MS)
    page.get_by_text("Tidak ada klaster unjuk rasa").wait_for()
    assert page.get_by_role("button", name="Batal").count() == 0

    other.page.goto(f"{address}/{SCAN}")
    other.page.get_by_text("langkah").wait_for(timeout=LONG_MS)
    other.page.goto(f"{address}/linimasa")  # the reader leaves, and the scan goes on
    other.page.get_by_text("Linimasa").first.wait_for()
    other.page.goto(f"{address}/{SCAN}")
    other.page.get_by_role("tab", name="Klaster").wait_for(timeout=LONG_MS)
    other.page.context.close()


def test_a_worker_that_is_killed_is_said_and_the_next_does_it(
    server: tuple[int, str], page: Page
) -> None:
    pid, address = server
    page.goto(f"{address}/{SCAN}")
    page.get_by_text("langkah").wait_for(timeout=LONG_MS)
    (worker,) = workers_of(pid)
    os.kill(worker, signal.SIGKILL)
    said = "Pemindaian ruang-waktu: unjuk rasa (kejadian): perhitungan berhenti sebelum selesai"
    page.get_by_text(said).wait_for()
    frame = next(f for f in page.frames if "st_folium" in f.url)
    frame.evaluate("() => { window.stayed = true; }")
    page.get_by_role("button", name="Hitung lagi").click()
    page.get_by_role("tab", name="Klaster").wait_for(timeout=LONG_MS)
    assert workers_of(pid) not in ([], [worker])
    assert frame.evaluate("() => window.stayed")  # the map never blinked
