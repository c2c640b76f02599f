"""What a browser sees: the first map, new colours after a click, what was sent, how much land."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, WebSocket

from tests.words import visible_words

_WATCH = Path(__file__).with_name("watch.js").read_text(encoding="utf-8")
_PATIENCE_MS = 120_000
_LAND = """() => {
  const size = map.getSize();
  let [w, n, e, s] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const layer of Object.values(map._layers)) {
    if (!layer.feature || !layer.getBounds) continue;
    const box = layer.getBounds();
    const a = map.latLngToContainerPoint(box.getNorthWest());
    const b = map.latLngToContainerPoint(box.getSouthEast());
    [w, n] = [Math.min(w, a.x), Math.min(n, a.y)];
    [e, s] = [Math.max(e, b.x), Math.max(s, b.y)];
  }
  const cut = (v, most) => Math.max(0, Math.min(most, v));
  const wide = cut(e, size.x) - cut(w, size.x), high = cut(s, size.y) - cut(n, size.y);
  return (wide * high) / (size.x * size.y);
}"""


@dataclass
class Reader:
    """A fresh browser session, and what it was sent."""

    page: Page
    requests: int = 0
    fetched: int = 0
    by_socket: int = 0
    messages: int = 0

    def first_map(self, address: str) -> tuple[float, float]:
        """Open an address; return seconds to the coloured map, and to the first words."""
        began = time.time()
        self.page.goto(address, wait_until="commit")
        self.page.wait_for_function("() => window.siagaBench?.drawn", timeout=_PATIENCE_MS)
        drawn = self.page.evaluate("() => window.siagaBench.drawn / 1000") - began
        painted = self.page.evaluate(
            "() => (performance.timeOrigin +"
            " performance.getEntriesByName('first-contentful-paint')[0].startTime) / 1000"
        )
        return drawn, painted - began

    def settle(self) -> None:
        """Wait until the app has had nothing to run for a moment."""
        self.page.evaluate("() => { window.__since = null; }")
        self.page.wait_for_function(
            """() => {
              const state = document.querySelector('[data-testid=stApp]')
                ?.getAttribute('data-test-script-state');
              const now = performance.now();
              if (state !== 'notRunning') { window.__since = null; return false; }
              window.__since = window.__since ?? now;
              return now - window.__since > 700;
            }""",
            timeout=_PATIENCE_MS,
        )

    def new_colours(self, box: str, option: int) -> tuple[float, float, float] | None:
        """Choose the n-th option of a box by its name; return seconds to new colours, and kB sent.

        The last is what the server sent over its connections: compressed where the others are not.
        None where there is no such option, where it is taken, or where the map stays as it is.
        """
        place = self.page.get_by_role("combobox", name=box).first
        taken = place.input_value()
        place.click()
        choices = self.page.get_by_role("option")
        choices.first.wait_for()
        if choices.count() <= option or choices.nth(option).inner_text() == taken:
            return None
        port = urlsplit(self.page.url).port
        before, wire = self.by_socket, _sent_by(port)
        choices.nth(option).click()
        try:
            self.page.wait_for_function("() => window.siagaBench.changed", timeout=15_000)
        except Exception:
            return None
        spent = self.page.evaluate("() => window.siagaBench.changed - window.siagaBench.clicked")
        self.settle()
        over = sum(n - wire.get(there, 0) for there, n in _sent_by(port).items())
        return float(spent) / 1000, (self.by_socket - before) / 1000, over / 1000

    def words(self) -> int:
        """Return how many words stand on the first screen."""
        return len(visible_words(self.page))

    def land(self) -> float:
        """Return the share of the map that the box around the land takes."""
        frame = next(f for f in self.page.frames if "st_folium" in f.url)
        return float(frame.evaluate(_LAND))


def _sent_by(port: int | None) -> dict[str, int]:
    """Return the bytes that a server sent over each connection that it has, by the other end."""
    command = ["ss", "--tcp", "--info", "--no-header", "--oneline", "sport", "=", f":{port}"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = {}
    for line in told.splitlines():
        state, _received, _waiting, _here, there, *info = line.split()
        sent = re.search(r"bytes_sent:(\d+)", " ".join(info))
        if state == "ESTAB":
            found[there] = int(sent[1]) if sent else 0
    return found


@contextmanager
def reader(browser: Browser, width: int = 1280, height: int = 720) -> Iterator[Reader]:
    """Open a session that shares nothing with those before it."""
    context = browser.new_context(viewport={"width": width, "height": height})
    context.add_init_script(_WATCH)
    one = Reader(context.new_page())
    one.page.set_default_timeout(_PATIENCE_MS)
    session = context.new_cdp_session(one.page)
    session.send("Network.enable")

    def loaded(event: dict[str, Any]) -> None:
        one.requests += 1
        one.fetched += int(event["encodedDataLength"])

    def opened(socket: WebSocket) -> None:
        def got(payload: str | bytes) -> None:
            one.by_socket += len(payload)
            one.messages += 1

        def told(_: str | bytes) -> None:
            one.messages += 1

        socket.on("framereceived", got)
        socket.on("framesent", told)

    session.on("Network.loadingFinished", loaded)
    one.page.on("websocket", opened)
    try:
        yield one
    finally:
        context.close()
