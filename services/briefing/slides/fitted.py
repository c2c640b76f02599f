"""Slides brought down to what a slide can show, least first, so that nothing is cut when drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.briefing.deck import Bullets, Chart, Deck, Figures, Grid, Main, Map, Side, Slide
from services.briefing.fit import MAP_LINES, faults, foot_width, rooms, tag_width
from services.briefing.foot import cover_lines, foot
from services.briefing.layout import (
    BODY_PX,
    CELL_X,
    COVER,
    FOOT,
    FOOT_GAP,
    LEGEND_WIDTH,
    SMALLEST_PX,
    SWATCH,
    TAG_X,
    TEXT_LINES,
    TITLE,
    TITLE_LINES,
    TITLE_PX,
    Box,
)
from services.briefing.measure import shortened, width
from services.briefing.setting import Set, column_widths, figure_width, settings

_MOST_STEPS = 60
_BULLET_LINES = 4


def fitted(deck: Deck) -> Deck:
    """Return a deck whose words, feet, tables and lines are shortened until they fit.

    Words end in an ellipsis; numbers are never cut. A foot gives up its sources before its marks.
    A table says how many rows it has in all. What still does not fit is left as it is, and
    `services.briefing.fit.check_fit` refuses it.
    """
    deck = replace(deck, office=_office(deck))
    for at, slide in enumerate(deck.slides):
        deck = _footed(_with(deck, at, _bounded(slide, at == 0)), at)
        for _ in range(_MOST_STEPS):
            less = _less(deck.slides[at]) if any(True for _ in faults(deck, at)) else None
            if less is None:
                break
            deck = _with(deck, at, less)
    return deck


def _with(deck: Deck, at: int, slide: Slide) -> Deck:
    return replace(deck, slides=(*deck.slides[:at], slide, *deck.slides[at + 1 :]))


def _office(deck: Deck) -> str:
    """Return the office as the line of the first slide has room for it."""
    bare = max(width(line, BODY_PX) for line in cover_lines(replace(deck, office="")))
    lines = (width(line, BODY_PX) for line in cover_lines(deck))
    if max(lines) <= COVER.width or bare > COVER.width:
        return deck.office
    words = next(
        line for line in cover_lines(replace(deck, office="\0")) if line.endswith("\0")
    ).removesuffix("\0")
    return shortened(deck.office, BODY_PX, COVER.width - width(words, BODY_PX))


def _footed(deck: Deck, at: int) -> Deck:
    """Return a deck with a foot that fits: sources go from their end, then marks are cut."""
    while foot_width(foot(deck, at)) > FOOT.width and deck.slides[at].sources:
        slide = deck.slides[at]
        deck = _with(deck, at, replace(slide, sources=", ".join(slide.sources.split(", ")[:-1])))
    slide = deck.slides[at]
    left = FOOT.width - foot_width(foot(_with(deck, at, replace(slide, marks=())), at))
    marks = dict(enumerate(slide.marks))
    for n, (place, mark) in enumerate(sorted(marks.items(), key=lambda item: len(item[1]))):
        room = left / (len(marks) - n) - FOOT_GAP - 2 * TAG_X - 1  # short ones leave more to long
        marks[place] = shortened(mark, SMALLEST_PX, room, bold=True)
        left -= tag_width(marks[place]) + FOOT_GAP
    return _with(deck, at, replace(slide, marks=tuple(marks.values())))


def _bounded(slide: Slide, first: bool) -> Slide:
    """Return a slide none of whose words need more lines, or are wider, than there is room for."""
    main, side = rooms(slide, first)
    blocks: list[Side] = [_block(block, side) for block in slide.side]
    return replace(
        slide,
        title=shortened(slide.title, TITLE_PX, TITLE.width, TITLE_LINES, bold=True),
        main=None if slide.main is None else _main(slide.main, main),
        side=tuple(blocks),
    )


def _main(block: Main, box: Box) -> Main:
    if isinstance(block, Chart):
        return replace(block, title=shortened(block.title, SMALLEST_PX, box.width, bold=True))
    if not isinstance(block, Map):
        words: Main = _block(block, box)
        return words
    room = LEGEND_WIDTH - SWATCH
    rows = (
        replace(row, words=shortened(row.words, SMALLEST_PX, room, TEXT_LINES))
        for row in block.legend
    )
    return replace(
        block,
        title=shortened(block.title, SMALLEST_PX, box.width, MAP_LINES, bold=True),
        source=shortened(block.source, SMALLEST_PX, box.width, MAP_LINES),
        legend=tuple(rows),
    )


def _block(block: Set, box: Box) -> Any:
    """Return a block of words, of the same kind, that fits in the least type."""
    way = settings(block, box.width)[-1]
    if isinstance(block, Bullets):
        room = box.width - way.indent
        return Bullets(tuple(shortened(w, way.size, room, _BULLET_LINES) for w in block.items))
    if isinstance(block, Figures):
        room = figure_width(box.width, way)
        return Figures(
            tuple(
                replace(
                    one,
                    label=shortened(one.label, way.size, room, TEXT_LINES),
                    note=shortened(one.note, way.note, room, TEXT_LINES),
                )
                for one in block.items
            )
        )
    return _grid(block, [wide - 2 * CELL_X for wide in column_widths(block, box.width)], way.size)


def _grid(grid: Grid, widths: list[int], size: int) -> Grid:
    if any(len(cells) != len(widths) for cells in (grid.columns, *grid.rows)):
        return grid
    numeric = grid.numeric or (False,) * len(widths)

    def row(cells: tuple[str, ...], head: bool) -> tuple[str, ...]:
        return tuple(
            cell if number and not head else shortened(cell, size, room, TEXT_LINES, head)
            for cell, room, number in zip(cells, widths, numeric, strict=True)
        )

    rows = tuple(row(cells, False) for cells in grid.rows)
    return replace(grid, columns=row(grid.columns, True), rows=rows)


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
