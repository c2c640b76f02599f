"""Every page and tab in both languages, walked once.

Axe finds nothing, there is no foreign word and room for a finger; each screen is read at a glance,
and presented from the back of a hall.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from data.briefing.examples import shipped_contents
from data.paths import shipped_dir
from data.store.engine import Store
from data.texts import LANGUAGES, catalogue
from services.briefing.meetings import prepare_next, save_meeting
from services.dataset import load_dataset
from tests.browser import soon
from tests.conftest import ROOT, copy_store
from tests.presented import assert_read_from_afar
from tests.walk import DAY, Stop, Walk, stops, walking

pytestmark = pytest.mark.browser

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
RUN = """tags => axe.run(document, {
  runOnly: {type: 'tag', values: tags},
  resultTypes: ['violations'],
}).then(found => found.violations.flatMap(one => one.nodes.map(node =>
  `${one.id}: ${node.target.flat(9).join(' ')} ${node.html.slice(0, 160)}`)))"""
WORDS = """() => {
  const lang = document.documentElement.lang;
  const mine = node => {
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    return !element.closest('script, style, noscript, [role=img]')
      && !getComputedStyle(element).fontFamily.includes('Material Symbols')
      && element.closest('[lang]').lang === lang;
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (mine(walker.currentNode)) found.add(walker.currentNode.nodeValue);
  for (const name of ['aria-label', 'placeholder', 'title', 'alt'])
    for (const one of document.querySelectorAll(`[${name}]`))
      if (mine(one) && one.tagName !== 'IFRAME') found.add(one.getAttribute(name));
  return [...found];
}"""
TABLES_SAID = """() => [...document.querySelectorAll('canvas[data-testid=data-grid-canvas]')]
  .filter(one => one.checkVisibility() && one.getBoundingClientRect().width > 50)
  .every(one => one.querySelector('td, th'))"""
"""Tables are drawn on a canvas; their words for those who hear them come a moment later."""
SMALL = """() => {
  const shown = one => one.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
  const field = one => one.closest('label, [data-baseweb=input], [role=group], '
    + '[data-testid=stFileUploaderDropzone]');
  const found = new Set();
  for (const one of document.querySelectorAll('main :is(button, a[href], summary, [role=tab], '
      + 'input:not([type=hidden], [type=file]), textarea)')) {
    const target = one.matches('input, textarea') ? field(one) || one : one;
    const box = target.getBoundingClientRect();
    if (shown(one) && box.width > 1 && box.height < 43.5)
      found.add(`${one.tagName} ${one.getAttribute('aria-label') || one.textContent.slice(0, 40)} `
        + `${Math.round(box.width)}x${Math.round(box.height)} `
        + one.closest('[data-testid]')?.dataset.testid);
  }
  return [...found];
}"""
FITS = """() => [document.documentElement, document.querySelector('main')]
  .every(one => one.scrollWidth <= window.innerWidth)"""
WIDE = """() => [...document.querySelectorAll('main *')].filter(one => {
  if (one.getBoundingClientRect().right <= window.innerWidth + 1) return false;
  for (let up = one.parentElement; up.tagName !== 'MAIN'; up = up.parentElement)
    if (getComputedStyle(up).overflowX !== 'visible') return false;
  return true;
}).slice(0, 5).map(one => `${one.tagName}.${one.className} ${one.textContent.slice(0, 40)}`)"""
TEMPLATE = ROOT / "data" / "briefing" / "template.toml"
PART_OF_NAMES = {"pulau", "tni"}
"""Words of names of islands and offices, which are the same in both languages."""
NARROW = {390: 844, 820: 1180}


@pytest.fixture(scope="module")
def folder(shipped_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("walk")
    copy_store(shipped_store, made / "siaga.db")
    return made


@pytest.fixture(scope="module")
def prepared(folder: Path) -> str:
    """The rakor that is prepared in the store of the walk, of which nothing is taken yet."""
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    data = load_dataset(store)
    meeting = save_meeting(data, prepare_next(data, date.fromisoformat(DAY), "KPU"), "KPU")
    store.close()
    return meeting.meeting_id


@pytest.fixture(scope="module")
def walk(browser: Browser, folder: Path, prepared: str) -> Iterator[Walk]:
    """One server, the rakor that ships with a snapshot, and a page that goes from stop to stop."""
    del prepared  # before the server reads the store
    meeting = list(shipped_contents())[-1]["meeting"]["meeting_id"]
    with walking(browser, folder, rakor=meeting) as one:
        yield one


def said(words: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[^\W\d_]{3,}", re.sub(r"\{[^}]*\}", " ", words))}


def strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
    elif isinstance(value, str):
        yield value


@lru_cache(maxsize=1)
def quoted() -> list[str]:
    """Return what comes from files as it was written there, the longest first: no text of ours."""
    found: set[str] = set()
    for path in shipped_dir().rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            found.update(cell for row in csv.reader(lines) for cell in row)
    for path in (*shipped_dir().rglob("*.toml"), TEMPLATE):
        found.update(strings(tomllib.loads(path.read_text(encoding="utf-8"))))
        for key in re.findall(r"^\[parameter\.(.+)\]$", path.read_text(encoding="utf-8"), re.M):
            found.update((key, key.replace(".", " › ").replace("_", " ")))  # as pages show it
    cut = {line.strip().rstrip(".") for one in found for line in (one, *one.splitlines())}
    return sorted((one for one in cut if len(one) > 3 and said(one)), key=len, reverse=True)


@lru_cache(maxsize=1)
def foreign() -> dict[str, set[str]]:
    """Return, by language, the words that only texts of the other language have."""
    known = {
        lang: set().union(*(said(texts[lang]) for texts in catalogue().values()))
        for lang in LANGUAGES
    }
    first, second = LANGUAGES
    return {
        first: known[second] - known[first],
        second: known[first] - known[second] - PART_OF_NAMES,
    }


def foreign_words(lines: list[str], lang: str) -> list[str]:
    """Return the lines that hold a word of the other language which no file brought."""
    found = []
    for line in lines:
        rest = line
        cut = line.removesuffix("…").rstrip()
        if cut != line and any(words.startswith(cut) for words in quoted()):
            continue
        if said(rest) & foreign()[lang]:
            for words in quoted():
                if words in rest:
                    rest = rest.replace(words, " ")
        if wrong := said(rest) & foreign()[lang]:
            found.append(f"{sorted(wrong)}: {line[:200]}")
    return found


def foreign_on(page: Page, lang: str) -> list[str]:
    """Return the lines of a page that hold a word of the other language, tables among them."""
    page.wait_for_function(TABLES_SAID)
    return soon(page, lambda: foreign_words(page.evaluate(WORDS), lang), lambda found: not found)


def violations(walk: Walk) -> list[str]:
    """Return what axe finds on the page and inside its frames."""
    for frame in walk.page.frames:
        if not frame.evaluate("() => Boolean(window.axe)"):
            frame.evaluate(AXE)
    found: list[str] = walk.page.evaluate(RUN, TAGS)
    return found


def test_the_search_for_foreign_words_finds_and_spares() -> None:
    assert foreign_words(["Choose an area…"], "en") == []
    assert foreign_words(["Pilih wilayah…"], "id") == []
    assert foreign_words(["Pilih wilayah…"], "en") != []
    assert foreign_words(["Choose an area…"], "id") != []


@pytest.mark.parametrize(("place", "stop"), list(enumerate(stops())), ids=str)
def test_a_page_is_open_to_everyone_and_read_from_afar(
    walk: Walk, prepared: str, place: int, stop: Stop
) -> None:
    """The languages take turns in which is looked at whole, so that no page is drawn thrice."""
    first, second = LANGUAGES if place % 2 else LANGUAGES[::-1]
    page = walk.page
    walk.go(stop, first)
    if stop.part == "sajikan":  # the slides are looked at with the page around them
        page.frame_locator(".st-key-present iframe").locator(".slide.now").wait_for()
    assert page.evaluate("() => document.documentElement.lang") == first
    assert page.locator("[data-testid=stException]").count() == 0
    assert foreign_on(page, first) == []
    assert violations(walk) == []
    for width, height in NARROW.items():
        page.set_viewport_size({"width": width, "height": height})
        try:
            page.wait_for_function(FITS, timeout=8_000)
        except PlaywrightTimeoutError:
            assert page.evaluate(WIDE) == [], f"wider than {width}"
            raise
        if width == min(NARROW):
            assert page.evaluate(SMALL) == []
    page.set_viewport_size({"width": 1280, "height": 720})
    walk.go(stop, second)
    assert page.evaluate("() => document.documentElement.lang") == second
    assert foreign_on(page, second) == []
    if stop.page == "briefing":
        walk.go(stop, second, rakor=prepared)
    assert_read_from_afar(page, stop)
