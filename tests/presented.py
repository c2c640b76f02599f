"""A page on its first screen, and presented: few words, large letters, a large map."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.walk import Stop
from tests.words import visible_words

MOST_WORDS, MOST_PRESENTED = 110, 60
COUNTED = {"ringkasan", "hotspot", "kerawanan"}
"""Pages that a governor opens: their first screen is read at a glance."""
SMALLEST_PX, LEAST_HEIGHT = 20, 0.75
OWN_KEYS = Stop("briefing", "langkah", "sajikan")
"""Slides are presented by keys of their own."""
SMALL = r"""least => {
  const found = [];
  const look = page => {
    const walk = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const node = walk.currentNode, at = node.parentElement;
      const style = page.defaultView.getComputedStyle(at);
      if (!node.data.trim() || at.closest('script, style, [data-testid=stSkipToContent]')) continue;
      if (!at.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
      if (style.fontFamily.includes('Material Symbols')) continue;
      const range = page.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      if (box.width < 3 || box.bottom <= 0 || box.top >= innerHeight) continue;
      const size = parseFloat(style.fontSize) * (at.currentCSSZoom || 1);
      if (size < least - 0.1) found.push(`${node.data.trim().slice(0, 40)}: ${size}`);
    }
  };
  look(document);
  for (const frame of document.querySelectorAll('iframe'))
    if (frame.checkVisibility()) look(frame.contentDocument);
  return found;
}"""
MAPS = """() => [...document.querySelectorAll('iframe[src*=streamlit_folium]')]
  .filter(one => one.checkVisibility()).map(one => one.getBoundingClientRect())
  .map(box => [box.height / innerHeight, box.bottom - innerHeight])"""
EXHIBITS = """() => [...document.querySelectorAll('[class*=st-key-exhibit]')]
  .filter(one => one.checkVisibility() && one.getBoundingClientRect().height > 20).length"""
IS_SHOWN = "() => document.documentElement.classList.contains('sb-presenting')"
ZOOMS = """() => [...document.querySelectorAll('iframe[src*=streamlit_folium]')]
  .map(one => Math.round(100 * one.contentWindow.map.getZoom()))"""
STILL = f"""async () => {{
  const before = JSON.stringify(({ZOOMS})());
  for (let n = 0; n < 5; n++) await new Promise(done => requestAnimationFrame(done));
  return before === JSON.stringify(({ZOOMS})());
}}"""


def drawn_larger(page: Page) -> None:
    """Wait until a presented page has the room it asked for: two frames, and what they began."""
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    page.wait_for_function(f"least => !({SMALL})(least).length", arg=SMALLEST_PX)


def assert_read_from_afar(page: Page, stop: Stop) -> None:
    """Hold that a screen is read at a glance, and presented from the back of a hall."""
    if stop.page in COUNTED:
        words = visible_words(page)
        assert len(words) <= MOST_WORDS, words
    if stop == OWN_KEYS:
        return
    page.wait_for_function(STILL)
    before = page.evaluate(ZOOMS)
    page.locator("h1").first.click()
    page.keyboard.press("p")
    page.wait_for_function(IS_SHOWN)
    drawn_larger(page)
    words = visible_words(page)
    assert len(words) <= MOST_PRESENTED, words
    assert page.evaluate(EXHIBITS) > 0, "the finding stands alone"
    for height, below in page.evaluate(MAPS):
        assert height >= LEAST_HEIGHT
        assert below <= 0
    page.keyboard.press("Escape")
    page.wait_for_function(f"() => !({IS_SHOWN})()")
    page.wait_for_function(
        f"before => JSON.stringify(({ZOOMS})()) === JSON.stringify(before)", arg=before
    )
