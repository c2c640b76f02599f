"""Slides brought down to what a slide can show, least first, so that nothing is cut when drawn."""

from __future__ import annotations

from dataclasses import replace

from services.briefing.deck import Bullets, Deck, Grid, Side, Slide
from services.briefing.fit import faults
from services.briefing.layout import TITLE, TITLE_LINES, TITLE_PX
from services.briefing.measure import shortened

_MOST_STEPS = 60


def fitted(deck: Deck) -> Deck:
    """Return a deck whose tables and lines are shortened, from their ends, until they fit.

    A table says how many rows it has in all. What still does not fit is left as it is, and
    `services.briefing.fit.check_fit` refuses it.
    """
    slides = list(deck.slides)
    for at, slide in enumerate(deck.slides):
        title = shortened(slide.title, TITLE_PX, TITLE.width, TITLE_LINES, bold=True)
        found = replace(slide, title=title)
        for _ in range(_MOST_STEPS):
            less = _less(found) if any(True for _ in faults(deck, at, found)) else None
            if less is None:
                break
            found = less
        slides[at] = found
    return replace(deck, slides=tuple(slides))


def _less(slide: Slide) -> Slide | None:
    """Return a slide with one row or line less; None where nothing can be spared."""
    main = slide.main
    if isinstance(main, Grid) and len(main.rows) > 1:
        return replace(slide, main=replace(main, rows=main.rows[:-1]))
    for at, block in enumerate(slide.side):
        if isinstance(block, Bullets) and len(block.items) > 1:
            side: list[Side] = list(slide.side)
            side[at] = Bullets(block.items[:-1])
            return replace(slide, side=tuple(side))
    if isinstance(main, Bullets) and len(main.items) > 1:
        return replace(slide, main=Bullets(main.items[:-1]))
    return None
