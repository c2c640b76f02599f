"""The cursor while it plays: dates a second, dates that go backwards, what is sent meanwhile."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass

from services.texts import text
from tests.benchmarks.browser.pages import Reader

_FRAMES = 40
_MOST_MS = 20_000
_WATCH = """() => {
  const within = [...document.querySelectorAll('.st-key-player *')].map((node) => node.shadowRoot);
  const handle = within.map((root) => root?.querySelector('.handle')).find((found) => found);
  window.__dates = [handle.dataset.date];
  new MutationObserver(() => window.__dates.push(handle.dataset.date))
    .observe(handle, {attributes: true, attributeFilter: ['data-date']});
}"""


@dataclass(frozen=True)
class Played:
    """What was seen of one play.

    Attributes
    ----------
    dates_per_s
        How often the handle moved to another date.
    colours_per_s
        How often the map changed its colours; a week may look like the week before.
    backwards
        How many dates were before the date before them.
    messages
        Sent by the browser or by the server until pause was pressed.
    """

    dates_per_s: float
    colours_per_s: float
    backwards: int
    messages: int


def play(one: Reader, address: str) -> Played:
    """Open a page of a past day, let it play for a while, and return what was seen."""
    page = one.page
    one.first_map(address)
    one.settle()
    page.evaluate(_WATCH)
    colours, told = page.evaluate("() => window.siagaBench.changes"), one.messages
    began = time.perf_counter()
    page.get_by_role("button", name=text("cursor.play"), exact=True).click()
    page.wait_for_function(f"() => window.__dates.length > {_FRAMES}", timeout=_MOST_MS)
    spent = time.perf_counter() - began
    dates = page.evaluate("() => window.__dates")
    changed = page.evaluate("() => window.siagaBench.changes") - colours
    messages = one.messages - told
    page.get_by_role("button", name=text("cursor.pause"), exact=True).click()
    one.settle()
    after = page.evaluate("() => window.__dates")
    backwards = sum(b < a for a, b in itertools.pairwise(after))
    return Played((len(dates) - 1) / spent, changed / spent, backwards, messages)
