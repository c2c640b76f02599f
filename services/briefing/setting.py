"""How large the blocks of a slide are set: in the largest type, then the widest gaps, that fit.

Every drawing of a slide asks here, so that screen, file and paper show the same. Who sits at the
far end of a dim room reads a short list as large as the slide can hold it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.briefing.deck import Bullets, Figures, Grid
from services.briefing.layout import (
    CAPTION_GAP,
    CELL_X,
    GAP,
    SIDE,
    SMALLEST_PX,
    TEXT_LINES,
    Box,
    line_px,
)
from services.briefing.measure import widest_word, width, wrapped

Set = Bullets | Figures | Grid
"""Blocks of words, which may be set larger; maps and charts fill their box."""
_MOST_ACROSS = 4
"""Numbers of a slide; as many may stand in two rows of two, where they are larger."""


@dataclass(frozen=True)
class Setting:
    """How a block is set, in pixels of the slide.

    Attributes
    ----------
    size
        Type of lines, labels and cells.
    gap
        Between lines, between rows of numbers, or above and below the words of a cell.
    value
        Type of numbers.
    columns
        Numbers that stand side by side.
    """

    size: int
    gap: int
    value: int = 0
    columns: int = 1

    @property
    def note(self) -> int:
        """Type of the notes of numbers, a step below that of their labels."""
        return max(SMALLEST_PX, self.size - 4)

    @property
    def indent(self) -> int:
        """Width of the sign before a line and its gap."""
        return self.size


_ALONE = ((44, 36), (44, 24), (36, 30), (36, 18), (32, 24), (32, 14), (28, 18), (28, 10))
_BESIDE = ((32, 28), (32, 18), (32, 12), (28, 18), (28, 10))
_NUMBERS = ((110, 32), (88, 32), (72, 32), (72, 28), (56, 32), (56, 28))
_STACKED = ((72, 32), (72, 28), (56, 32), (56, 28))
_CELLS = ((36, 12), (32, 10), (30, 8), (28, 8), (26, 8), (24, 6))
"""Type of cells, and the least above and below."""
_CELL_GAPS = (22, 18, 14, 10)
_ROW_GAPS = (48, 30, 18, 12)


def settings(block: Set, room: int) -> list[Setting]:
    """Return the ways to set a block in a box so wide: largest type first, then widest gaps."""
    wide = room > SIDE.width
    if isinstance(block, Bullets):
        return [Setting(*pair) for pair in (_ALONE if wide else _BESIDE)]
    if isinstance(block, Grid):
        return [Setting(size, gap) for size, least in _CELLS for gap in (*_CELL_GAPS, least)]
    n = max(1, len(block.items))
    across = ((n, 2) if n == _MOST_ACROSS else (n,)) if wide else (1,)
    return [
        Setting(size, gap, value, columns)
        for value, size in (_NUMBERS if wide else _STACKED)
        for columns in across
        for gap in _ROW_GAPS
    ] + [Setting(28, 12, 56, across[0])]  # the least is told of where nothing fits


def chosen_settings(blocks: Sequence[Set], room: int, height: int) -> list[Setting]:
    """Return how blocks that stand one below the other are set in a box: as large as they fit.

    Where nothing fits, the least of each: `services.briefing.fit.check_fit` then says what lacks
    room.

    Parameters
    ----------
    room, height
        Of the box; a `layout.GAP` is between the blocks.
    """
    ways = [
        [one for one in settings(block, room) if _words_fit(block, room, one)]
        or settings(block, room)[-1:]
        for block in blocks
    ]
    for step in range(max(map(len, ways), default=0)):
        found = [way[min(step, len(way) - 1)] for way in ways]
        heights = [block_height(b, room, one) for b, one in zip(blocks, found, strict=True)]
        if sum(heights) + GAP * (len(heights) - 1) <= height:
            return found
    return [way[-1] for way in ways]


def _words_fit(block: Set, room: int, one: Setting) -> bool:
    """Return whether no word is wider than its line, and no label or cell has too many lines."""
    if isinstance(block, Bullets):
        return all(_fits(item, one.size, room - one.indent) for item in block.items)
    if isinstance(block, Grid):
        rows = (block.columns, *block.rows)
        widths = column_widths(block, room)
        return all(
            _fits(cell, one.size, wide - 2 * CELL_X, TEXT_LINES, n == 0)
            for n, row in enumerate(rows)
            for cell, wide in zip(row, widths, strict=False)
        )
    wide = figure_width(room, one)
    return all(
        _fits(f.value, one.value, wide, 1, bold=True)
        and _fits(f.label, one.size, wide, TEXT_LINES)
        and _fits(f.note, one.note, wide, TEXT_LINES)
        for f in block.items
    )


def _fits(words: str, size: int, room: int, most: int = 99, bold: bool = False) -> bool:
    word = widest_word(words, size, bold)
    return width(word, size, bold) <= room and len(wrapped(words, size, room, bold)) <= most


def block_height(block: Set, room: int, one: Setting) -> int:
    """Return how high a block is, in pixels, in a box so wide."""
    if isinstance(block, Bullets):
        heights = bullet_heights(block, room, one)
        return sum(heights) + one.gap * (len(heights) - 1)
    if isinstance(block, Grid):
        return sum(row_heights(block, room, one)) + caption_height(block)
    cells = figure_boxes(block, Box(0, 0, room, 0), one)
    return max(note.top + note.height for _, _, note in cells) if cells else 0


def caption_height(grid: Grid) -> int:
    """Return how high the line is that says which part of a table is shown; 0 without one."""
    return line_px(SMALLEST_PX) + CAPTION_GAP if grid.total > len(grid.rows) else 0


def bullet_heights(block: Bullets, room: int, one: Setting) -> list[int]:
    """Return the height of each line of `Bullets`, in pixels; the gap of the setting is between."""
    return [
        line_px(one.size, len(wrapped(item, one.size, room - one.indent))) for item in block.items
    ]


def figure_width(room: int, one: Setting) -> int:
    """Return how wide each number stands, in pixels, in a box so wide."""
    return (room - GAP * (one.columns - 1)) // one.columns


def figure_boxes(block: Figures, box: Box, one: Setting) -> list[tuple[Box, Box, Box]]:
    """Return where value, label and note of each number stand, the note's box 0 high without one.

    Labels and notes of a row are level.
    """
    room, top = figure_width(box.width, one), box.top
    out: list[tuple[Box, Box, Box]] = []
    for start in range(0, len(block.items), one.columns):
        row = block.items[start : start + one.columns]
        below = max(len(wrapped(f.label, one.size, room)) for f in row)
        for at, figure in enumerate(row):
            left = box.left + at * (room + GAP)
            value = Box(left, top, room, line_px(one.value))
            label = Box(left, top + value.height, room, line_px(one.size, below))
            lines = len(wrapped(figure.note, one.note, room)) if figure.note else 0
            note = Box(left, label.top + label.height, room, line_px(one.note, lines))
            out.append((value, label, note))
        top = max(note.top + note.height for _, _, note in out[start:]) + one.gap
    return out


def column_widths(grid: Grid, room: int) -> list[int]:
    """Return the width of each column, in pixels; together they take all the room."""
    edges = [0.0]
    for share in grid.widths:
        edges.append(edges[-1] + share / sum(grid.widths) * room)
    return [round(b) - round(a) for a, b in pairwise(edges)]


def row_heights(grid: Grid, room: int, one: Setting) -> list[int]:
    """Return the height of the headings and of each row, in pixels, in a box so wide."""
    widths = column_widths(grid, room)

    def high(cells: tuple[str, ...], bold: bool) -> int:
        counts = [
            len(wrapped(cell, one.size, column - 2 * CELL_X, bold))
            for cell, column in zip(cells, widths, strict=False)
        ]
        return line_px(one.size, max(counts, default=1)) + 2 * one.gap

    return [high(grid.columns, True), *(high(row, False) for row in grid.rows)]
