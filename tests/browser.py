"""A Chromium that records what a page asks for and complains about."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Frame,
    Locator,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
READY_MS = 30_000
READY_S = READY_MS / 1000
expect.set_options(timeout=READY_MS)
QUIET = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  const now = performance.now();
  const beside = document.querySelector('.st-key-beside_cancel');  // a result is still to come
  if (!app || beside || app.getAttribute('data-test-script-state') !== 'notRunning') {
    window.__quietSince = null;
    return false;
  }
  window.__quietSince = window.__quietSince ?? now;
  return now - window.__quietSince > 500;
}"""
# On a deep link the frontend looks for its server below the page's own path first.
PROBES = ("/_stcore/health", "/_stcore/host-config")

SOON_S = 8.0
T = TypeVar("T")


def soon(
    page: Page | Frame, found: Callable[[], T], right: Callable[[T], bool], most_s: float = SOON_S
) -> T:
    """Return what is found once it is right, else what is found when patience ends.

    For what a page puts right a moment after it is drawn: words of tables for those who hear
    them, places of what stands on a map.
    """
    deadline = time.monotonic() + most_s
    while not right(last := found()) and time.monotonic() < deadline:
        page.evaluate("() => new Promise(requestAnimationFrame)")
    return last


@contextmanager
def chromium_browser(executable: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """One page in a fresh context, with everything that went wrong on it."""

    page: Page
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @classmethod
    def start(cls, browser: Browser, width: int = 1280, height: int = 720) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": height})
        visit = cls(context.new_page())
        visit.page.set_default_timeout(READY_MS)
        visit.page.on("request", visit._on_request)
        visit.page.on("requestfailed", visit._on_failed)
        visit.page.on("response", visit._on_response)
        visit.page.on("console", visit._on_console)
        visit.page.on("pageerror", lambda e: visit.errors.append(str(e)))
        return visit

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.hostname != "127.0.0.1":
            self.outside.append(request.url)

    def _on_failed(self, request: Request) -> None:
        # A map that gives way to another while it is fetched is no fault.
        parts = ("/component/", "/app/static/")
        gave_way = request.failure == "net::ERR_ABORTED" and any(p in request.url for p in parts)
        if not gave_way:
            self.failed.append(f"{request.url} {request.failure}")

    def _on_response(self, response: Response) -> None:
        probe = urlsplit(response.url).path.endswith(PROBES)
        if response.status >= 400 and not probe:
            self.failed.append(f"{response.status} {response.url}")

    def _on_console(self, message: ConsoleMessage) -> None:
        probe = str(message.location.get("url", "")).endswith(PROBES)
        if message.type == "error" and not probe:
            self.errors.append(message.text)

    def assert_clean(self) -> None:
        assert self.outside == [], "requests left the machine"
        assert self.failed == [], "requests failed"
        assert self.errors == [], "errors in the console"

    def open(self, address: str, words: str, most_ms: float = READY_MS) -> None:
        """Go to an address and wait until the page is drawn and says some words."""
        self.page.goto(address)
        self.page.get_by_text(words).first.wait_for(timeout=most_ms)
        self.settle()

    def settle(self) -> None:
        """Wait until the app has had nothing left to run for half a second.

        A map reports itself once it is drawn, which runs the page again: a click before that run
        may hit a button that is about to be replaced.
        """
        for frame in self.page.frames:
            if "st_folium" in frame.url:
                try:
                    frame.wait_for_function("() => window.map")
                except PlaywrightError:
                    if not frame.is_detached():  # a map that gave way to another part is no fault
                        raise
        self.page.evaluate("() => { window.__quietSince = null; }")
        self.page.wait_for_function(QUIET)

    def choose(self, box: str, words: str) -> None:
        """Choose by the keyboard in the box of a name."""
        self.page.get_by_role("combobox", name=box, exact=True).click()
        self.page.keyboard.type(words)
        self.page.keyboard.press("Enter")
        self.settle()

    def download(self, button: Locator) -> Path:
        """Press a download button and return the file, once more when the press went unheard."""
        for _ in range(2):
            try:
                with self.page.expect_download(timeout=READY_MS / 2) as waiting:
                    button.click()
                return Path(waiting.value.path())
            except PlaywrightTimeoutError:
                self.settle()
        raise AssertionError("no file came after two presses")

    def map_frame(self) -> Frame:
        """Return the frame of the map, once Leaflet is in it."""
        self.page.locator("iframe").first.wait_for()
        frame = next(f for f in self.page.frames if "st_folium" in f.url)
        frame.wait_for_function("() => window.map && window.feature_group")
        return frame

    def view(self) -> list[float]:
        """Return zoom, latitude and longitude of the map."""
        found: list[float] = self.map_frame().evaluate(
            "() => [window.map.getZoom(), window.map.getCenter().lat, window.map.getCenter().lng]"
        )
        return found

    def click_map(self, lat: float, lon: float) -> None:
        """Click the map at a place, as a user does."""
        self._mouse(lat, lon)
        self.page.mouse.down()
        self.page.mouse.up()
        self.page.wait_for_timeout(700)
        self.settle()

    def hover_map(self, lat: float, lon: float) -> None:
        self._mouse(lat, lon)
        self.page.wait_for_timeout(400)

    def _mouse(self, lat: float, lon: float) -> None:
        point = self.map_frame().evaluate(
            "([lat, lon]) => { const p = window.map.latLngToContainerPoint([lat, lon]);"
            " return [p.x, p.y]; }",
            [lat, lon],
        )
        box = self.page.locator("iframe").first.bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + point[0] - 1, box["y"] + point[1])
        self.page.mouse.move(box["x"] + point[0], box["y"] + point[1])
