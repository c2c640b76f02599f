"""Where the parts of a slide stand, and whether they fit: one drawing for screen, file and paper.

Measures are pixels of a slide of 1280 by 720. Text is never smaller than `SMALLEST_PX`; what does
not fit is an error when the deck is built, not a cut in the hall.
"""

from __future__ import annotations

from dataclasses import dataclass

WIDTH_PX, HEIGHT_PX = 1280, 720
SMALLEST_PX = 24
TITLE_PX, BODY_PX, VALUE_PX = 40, 28, 56
LINE = 1.25
"""Height of a line over the size of its type."""
MOST_WORDS = 60
PAPER, INK, QUIET, RULE, ACCENT = "#ffffff", "#17242d", "#4b5d69", "#c9d6de", "#b3261e"


@dataclass(frozen=True)
class Box:
    """A rectangle from its left upper corner, in pixels of the slide."""

    left: int
    top: int
    width: int
    height: int


TITLE = Box(48, 28, 1184, 104)
"""Two lines of the title."""
MAIN_ALONE = Box(48, 144, 1184, 508)
MAIN = Box(48, 144, 768, 508)
SIDE = Box(840, 144, 392, 508)
FOOT = Box(48, 668, 1184, 36)
