"""How many words a reader sees on a screen, counted in the browser."""

from __future__ import annotations

from playwright.sync_api import Page

MAP_CHROME = ".sb-legend, .js-plotly-plot"
"""What belongs to a map or chart wherever it stands."""

_VISIBLE = r"""(left_out) => {
  const screen = {left: 0, top: 0, right: window.innerWidth, bottom: window.innerHeight};
  const meet = (a, b) => ({
    left: Math.max(a.left, b.left), top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom),
  });
  const windows = new Map([[null, screen]]);
  // What is left of an element's box once each scrolling ancestor has cut off its part.
  const seen = (element) => {
    if (!windows.has(element)) {
      let part = seen(element.parentElement);
      const style = getComputedStyle(element);
      if (style.overflowX !== 'visible' || style.overflowY !== 'visible') {
        if (element !== document.body && element !== document.documentElement) {
          part = meet(part, element.getBoundingClientRect());
        }
      }
      windows.set(element, part);
    }
    return windows.get(element);
  };
  const shown = (element, box) => {
    if (!element.checkVisibility({opacityProperty: true, visibilityProperty: true})) return false;
    const part = meet(box, seen(element));
    // A line of which less than half is on the screen cannot be read.
    return part.right - part.left > 1 && part.bottom - part.top > (box.bottom - box.top) / 2;
  };
  const isWord = (token) => /[\p{L}\p{N}]/u.test(token);
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const parent = node.parentElement;
    if (!parent || parent.closest('script,style,noscript') || parent.closest(left_out)) continue;
    if (getComputedStyle(parent).fontFamily.includes('Material Symbols')) continue;
    for (const match of node.data.matchAll(/\S+/g)) {
      if (!isWord(match[0])) continue;
      const range = document.createRange();
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      const box = range.getBoundingClientRect();
      if (box.height > 2 && shown(parent, box)) found.push(match[0]);
    }
  }
  for (const field of document.querySelectorAll('input, textarea')) {
    const words = field.value || field.placeholder || '';
    if (['checkbox', 'radio', 'range', 'file', 'hidden'].includes(field.type)) continue;
    if (shown(field, field.getBoundingClientRect())) {
      found.push(...words.split(/\s+/).filter(isWord));
    }
  }
  return found;
}"""


def visible_words(page: Page) -> list[str]:
    """Return the words that can be read on the screen without scrolling, in reading order.

    A word has a letter or a digit. The menu, the labels of boxes and what is chosen in them count;
    what a map or chart says of itself does not: its frame or axes, and its legend.
    """
    found: list[str] = page.evaluate(_VISIBLE, MAP_CHROME)
    return found
