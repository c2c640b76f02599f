"""Where the parts of a slide stand, and whether they fit: one drawing for screen, file and paper.

Measures are pixels of a slide of 1280 by 720. Text is never smaller than `SMALLEST_PX`; what does
not fit is an error when the deck is built, not a cut in the hall.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

WIDTH_PX, HEIGHT_PX = 1280, 720
SMALLEST_PX = 24
TITLE_PX, BODY_PX = 40, 28
LINE = 1.25
"""Height of a line over the size of its type."""
MOST_WORDS = 60
PAPER, INK, QUIET, RULE, ACCENT = "#ffffff", "#17242d", "#4b5d69", "#c9d6de", "#b3261e"
HEAD = "#eaf0f4"
"""Behind the headings of a table."""
ACCESS = {"terbatas": "#7a4a00", "terbuka": QUIET}
"""Behind the access of a slide; its marks have the accent behind them."""


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
COVER = Box(48, 492, 1184, 160)
"""What the first slide says of the deck; its blocks end a `GAP` above."""
TITLE_LINES = 2
GAP = 24
"""Between blocks, and between numbers that stand side by side."""
TEXT_LINES = 3
"""Most lines of a cell, of a label or note of a number, and of a row of a legend."""
CELL_X = 10
"""Left and right of the words of a cell."""
CAPTION_GAP = 8
"""Above the line that says which part of a table is shown."""
LEGEND_WIDTH, SWATCH = 240, 36
"""Of the legend of a map, and of the sign before the words of a row."""
LEGEND_GAP = 12
LEAST_LAND_PX = 120
"""Of the land of a map, in both directions."""
CHART_AXIS, CHART_LABELS = 96, 0.42
"""Width of the numbers beside a chart, and the most that names beside bars take of it."""
COVER_RULE = Box(COVER.left, COVER.top - 15, COVER.width, 3)
FOOT_RULE = Box(FOOT.left, FOOT.top - 7, FOOT.width, 1)
FOOT_GAP, TAG_X = 16, 10
"""Between the parts of the foot, and left and right of the words of a tag."""


def line_px(size: int, lines: int = 1) -> int:
    """Return the height of lines of type of a size, in pixels."""
    return math.ceil(size * LINE * lines)
