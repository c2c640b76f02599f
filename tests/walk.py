"""Every page and tab of the product, and a browser that walks them in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser import READY_S, Visit, soon
from tests.conftest import start_app, stop_app

DAY = "2024-02-13"
PARTS = {
    ("hotspot", "metode"): (
        "risk", "counts", "gistar", "moran", "density", "scan", "scan_prospective",
        "scan_poisson", "scan_space", "compare",
    ),
    ("tindakan", "tab"): ("peringatan", "tindakan", "rekam"),
    ("distribusi", "tampilan"): ("remote", "plan", "procurement", "progress", "proof"),
    ("kerawanan", "tab"): (
        "gambaran", "peta", "perubahan", "personel", "panggilan", "langsung", "perkara", "cakupan",
        "uji_balik", "metode",
    ),
    ("briefing", "langkah"): (
        "siapkan", "isi", "snapshot", "sajikan", "berkas", "putuskan", "hasil", "banding",
    ),
}  # fmt: skip
"""The parts of a page by the name under which the address keeps the one that is open."""
PAGES = (
    "ringkasan", "hotspot", "linimasa", "tindakan", "prakiraan", "distribusi", "kerawanan",
    "briefing", "data",
)  # fmt: skip

WATCH = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  window.__since = performance.now();
  new MutationObserver(() => { window.__since = performance.now(); })
    .observe(app, {attributes: true, attributeFilter: ['data-test-script-state']});
}"""
DRAWN = """quiet => {
  const app = document.querySelector('[data-testid=stApp]');
  return app.getAttribute('data-test-script-state') === 'notRunning'
    && performance.now() - window.__since > quiet
    && document.querySelector('h1')
    && !document.querySelector('[data-testid=stSpinner], .st-key-beside_cancel');
}"""
GO = """address => {
  history.pushState({}, '', address);
  window.dispatchEvent(new PopStateEvent('popstate', {state: {}}));
}"""
QUIET_MS = 200
FIRST_MS = 120_000
"""A server that was just started reads all that ships before it draws its first page."""


@dataclass(frozen=True)
class Stop:
    """A page with the part of it that is open."""

    page: str
    name: str = ""
    part: str = ""

    def __str__(self) -> str:
        return f"{self.page} {self.part}".strip()

    def address(self, lang: str, **more: str) -> str:
        """Return path and query in a language."""
        part = {self.name: self.part} if self.part else {}
        return f"/{self.page}?{urlencode({'tanggal': DAY, 'lang': lang, **part, **more})}"


def stops() -> Iterator[Stop]:
    """Yield every page and part in the order of the menu."""
    for page in PAGES:
        parts = [(name, values) for (of, name), values in PARTS.items() if of == page]
        yield from (Stop(page, name, one) for name, values in parts for one in values)
        if not parts:
            yield Stop(page)


class Walk:
    """One page that goes from stop to stop as Back and Forward do, without loading anew."""

    def __init__(self, visit: Visit, server: str, **always: str) -> None:
        self.page: Page = visit.page
        self._always = always
        self._ended = 0
        self.page.on("websocket", lambda line: line.on("framereceived", self._heard))
        self.page.goto(f"{server}{next(stops()).address('id', **always)}")
        self.page.locator("h1").first.wait_for(timeout=FIRST_MS)
        self.page.evaluate(WATCH)
        self._wait(0)

    def go(self, stop: Stop, lang: str, **more: str) -> None:
        """Go to a page in a language and wait until it is drawn, maps included."""
        ended = self._ended
        self.page.evaluate(GO, stop.address(lang, **self._always | more))
        self._wait(ended)

    def _heard(self, packed: str | bytes) -> None:
        """Take note of a run that ended; the page itself may hide one that was short."""
        if isinstance(packed, bytes):
            said = ForwardMsg.FromString(packed)
            if said.WhichOneof("type") == "script_finished":
                self._ended += said.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY

    def _wait(self, ended: int) -> None:
        """Wait until more runs have ended than before, and the page is drawn."""
        assert soon(self.page, lambda: self._ended, lambda now: now > ended, READY_S) > ended
        self.page.wait_for_function(DRAWN, arg=QUIET_MS)
        for frame in self.page.frames[1:]:
            try:
                if "st_folium" in frame.url:
                    frame.wait_for_function("() => window.map")
            except PlaywrightError:
                if not frame.is_detached():
                    raise
        self.page.wait_for_function(DRAWN, arg=QUIET_MS)


@contextmanager
def walking(browser: Browser, folder: Path, **always: str) -> Iterator[Walk]:
    """Start a server on the store in a folder, and a page that goes from stop to stop."""
    process, server = start_app(folder)
    visit = Visit.start(browser)
    try:
        yield Walk(visit, server, **always)
    finally:
        visit.page.context.close()
        stop_app(process)
