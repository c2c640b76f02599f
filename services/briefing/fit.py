"""Where the blocks of a slide stand, and whether everything on it fits.

`services.briefing.slides.fitted` brings slides down to what they can show; `check_fit` is the last
word before anything is drawn, so that nothing is ever cut when drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from geo.errors import SiagaError
from services.briefing.deck import Bullets, Chart, Deck, Figure, Figures, Grid, Main, Map, Slide
from services.briefing.foot import Foot, cover_lines, foot
from services.briefing.layout import (
    BODY_PX,
    CAPTION_GAP,
    CELL_X,
    CHART_AXIS,
    CHART_LABELS,
    COVER,
    FOOT,
    FOOT_GAP,
    GAP,
    LEAST_LAND_PX,
    LEGEND_GAP,
    LEGEND_WIDTH,
    MAIN,
    MAIN_ALONE,
    MOST_WORDS,
    SIDE,
    SMALLEST_PX,
    SWATCH,
    TAG_X,
    TEXT_LINES,
    TITLE,
    TITLE_LINES,
    TITLE_PX,
    Box,
    line_px,
)
from services.briefing.measure import plain, widest_word, width, wrapped
from services.briefing.setting import (
    Set,
    Setting,
    block_height,
    chosen_settings,
    column_widths,
    figure_width,
)
from services.texts import text

MOST_FIGURES, MOST_LABEL, MAP_LINES = 4, 3, 2


@dataclass(eq=False)
class DoesNotFitError(SiagaError, ValueError):
    """Something of a slide has no room; all fields are words in the language of the deck.

    Attributes
    ----------
    slide
        Number and key.
    part
        Such as the title or the table.
    measured, fits
        What it takes, and what there is.
    """

    key = "does_not_fit"
    form = "slide {slide}, {part}: {measured}, room for {fits}"
    slide: str
    part: str
    measured: str
    fits: str


@dataclass(frozen=True)
class Placed:
    """A block and where it stands; what is drawn of it is no higher than its box.

    Attributes
    ----------
    setting
        How words are set; None for a map or a chart, which fills its box.
    """

    block: Main
    box: Box
    setting: Setting | None = None

    @property
    def way(self) -> Setting:
        """How its words are set.

        Raises
        ------
        TypeError
            For a map or a chart.
        """
        if self.setting is None:
            raise TypeError(type(self.block).__name__)
        return self.setting


def placed(slide: Slide, first: bool) -> tuple[Placed, ...]:
    """Return where the blocks of a slide stand: what takes the width, then its side downwards.

    What is much lower than its box stands a little above the middle of it; maps and charts fill it.

    Parameters
    ----------
    first
        Whether it is the first slide, which keeps `layout.COVER` free.
    """
    main, side = rooms(slide, first)
    ways = side_settings(slide, side)
    heights = [block_height(b, side.width, way) for b, way in zip(slide.side, ways, strict=True)]
    way, spare = None, [side.height - _stacked(heights)] if slide.side else []
    if isinstance(slide.main, Map | Chart):
        spare = [0]
    elif slide.main:
        (way,) = chosen_settings((slide.main,), main.width, main.height)
        spare.append(main.height - block_height(slide.main, main.width, way))
    down = _lowered(min(spare, default=0), main.height)
    out = []
    if slide.main:
        room = replace(main, top=main.top + down, height=main.height - down)
        out.append(Placed(slide.main, room, way))
    top, bottom = side.top + down, side.top + side.height
    for block, one, high in zip(slide.side, ways, heights, strict=True):
        box = Box(side.left, top, side.width, min(high, bottom - top))
        out.append(Placed(block, box, one))
        top += high + GAP
    return tuple(out)


def rooms(slide: Slide, first: bool) -> tuple[Box, Box]:
    """Return the boxes of what takes the width, and of the side."""
    main, side = MAIN if slide.side else MAIN_ALONE, SIDE if slide.main else MAIN_ALONE
    if not first:
        return main, side
    room = COVER.top - GAP - main.top
    return replace(main, height=room), replace(side, height=room)


def side_settings(slide: Slide, side: Box) -> list[Setting]:
    """Return how the blocks at the side of a slide are set; they share the height of its box."""
    return chosen_settings(slide.side, side.width, side.height)


def _stacked(heights: list[int]) -> int:
    return sum(heights) + GAP * (len(heights) - 1)


def _lowered(spare: int, height: int) -> int:
    """Return how far blocks go down that leave so much of a height free."""
    return spare * 2 // 5 if spare > height // 5 else 0


@dataclass(frozen=True)
class MapBoxes:
    """Where the parts of a map stand in its box: title above, source below.

    The legend stands to the right of the land or below it, wherever the land is drawn larger.
    """

    title: Box
    land: Box
    legend: tuple[Box, ...]
    source: Box


def map_boxes(shown: Map, box: Box) -> MapBoxes:
    """Return where the parts of a map stand; a map without a legend has the whole width."""
    title = line_px(SMALLEST_PX, len(wrapped(shown.title, SMALLEST_PX, box.width, True)))
    source = line_px(SMALLEST_PX, len(wrapped(shown.source, SMALLEST_PX, box.width)))
    top, bottom = box.top + title + CAPTION_GAP, box.top + box.height - source
    room = Box(box.left, top, box.width, bottom - CAPTION_GAP - top)
    beside, below = _legend_beside(shown, room), _legend_below(shown, room)
    within = all(row.top + row.height <= room.top + room.height for row in beside[1])
    larger = _land_scale(shown, below[0]) > _land_scale(shown, beside[0])
    land, legend = beside if within and not larger else below
    return MapBoxes(
        Box(box.left, box.top, box.width, title),
        land,
        legend,
        Box(box.left, bottom, box.width, source),
    )


_Laid = tuple[Box, tuple[Box, ...]]


def _legend_beside(shown: Map, room: Box) -> _Laid:
    """Return land and rows of the legend, one below the other to its right."""
    wide = room.width - (LEGEND_WIDTH + GAP if shown.legend else 0)
    rows, top = [], room.top
    for high in _legend_heights(shown):
        rows.append(Box(room.left + wide + GAP, top, LEGEND_WIDTH, high))
        top += high + LEGEND_GAP
    return replace(room, width=wide), tuple(rows)


def _legend_below(shown: Map, room: Box) -> _Laid:
    """Return land and rows of the legend, from left to right below it."""
    columns = max(1, (room.width + GAP) // (LEGEND_WIDTH + GAP))
    heights = _legend_heights(shown)
    lines = [max(heights[n : n + columns]) for n in range(0, len(heights), columns)]
    land = replace(room, height=room.height - sum(lines) - LEGEND_GAP * len(lines))
    rows = []
    for n, high in enumerate(heights):
        line, column = divmod(n, columns)
        top = land.top + land.height + sum(lines[:line]) + LEGEND_GAP * (line + 1)
        rows.append(Box(room.left + column * (LEGEND_WIDTH + GAP), top, LEGEND_WIDTH, high))
    return land, tuple(rows)


def _legend_heights(shown: Map) -> list[int]:
    room = LEGEND_WIDTH - SWATCH
    return [
        line_px(SMALLEST_PX, len(wrapped(row.words, SMALLEST_PX, room))) for row in shown.legend
    ]


def _land_scale(shown: Map, land: Box) -> float:
    """Return about how many pixels a degree takes; 0 without room or bounds."""
    west, south, east, north = shown.bounds
    if not all(map(math.isfinite, shown.bounds)) or min(land.width, land.height) <= 0:
        return 0.0
    across = (east - west) * math.cos(math.radians((south + north) / 2))
    if across <= 0 or north <= south:
        return 0.0  # whoever draws the map refuses it
    return min(land.width / across, land.height / (north - south))


def words_of(slide: Slide) -> list[str]:
    """Return the words of a slide that a reader has to read.

    These are title, heads of maps and charts, numbers with their labels, lines, headings and
    cells. A word holds a letter: figures and signs are none. Foot, legend, axis, source, what the
    first slide says of the deck, and the notes do not count.
    """
    texts = [slide.title]
    for block in (slide.main, *slide.side):
        if isinstance(block, Figures):
            texts += [words for f in block.items for words in (f.value, f.label, f.note)]
        elif isinstance(block, Bullets):
            texts += block.items
        elif isinstance(block, Grid):
            texts += [cell for row in (block.columns, *block.rows) for cell in row]
        elif block:
            texts.append(block.title)
    return [
        word
        for words in texts
        for word in plain(words).split()
        if any(letter.isalpha() for letter in word)
    ]


def check_fit(deck: Deck) -> None:
    """Refuse a deck of which anything would be cut, overlap or be too much to read.

    Raises
    ------
    DoesNotFitError
        With the slide, the part, what was measured and what fits.
    """
    for at, slide in enumerate(deck.slides):
        where = f"{at + 1} ({slide.key})"
        for part, measured, fits in faults(deck, at):
            raise DoesNotFitError(
                where, text(f"fit.{part}", deck.lang), _told(measured, deck), _told(fits, deck)
            )


@dataclass(frozen=True)
class _Amount:
    """What was measured: a key of ``[fit]``, how many, and of which words."""

    key: str
    n: float
    words: str = ""


_Fault = tuple[str, _Amount, _Amount]


def _told(amount: _Amount, deck: Deck) -> str:
    n = -int(-amount.n // 1)
    if amount.words:
        return text("fit.wide_words", deck.lang, n=n, words=amount.words[:40])
    return text(f"fit.{amount.key}", deck.lang, n=n)


def faults(deck: Deck, at: int) -> Iterator[_Fault]:
    """Yield what of a slide, at a place in the deck from 0, has no room: part, takes, has."""
    slide = deck.slides[at]
    yield from _lines("title", slide.title, TITLE_PX, TITLE.width, TITLE_LINES, True)
    words = len(words_of(slide))
    if words > MOST_WORDS:
        yield "load", _Amount("words", words), _Amount("words", MOST_WORDS)
    for block in (slide.main, *slide.side):
        # Nothing can be placed of a number of figures that has no places.
        if isinstance(block, Figures) and not 1 <= len(block.items) <= MOST_FIGURES:
            yield "figures", _Amount("items", len(block.items)), _Amount("items", MOST_FIGURES)
    _, side = rooms(slide, at == 0)
    ways = side_settings(slide, side)
    heights = [block_height(b, side.width, way) for b, way in zip(slide.side, ways, strict=True)]
    yield from _high("side", _stacked(heights), side.height)
    for one in placed(slide, at == 0):
        yield from _block(one)
    wide = foot_width(foot(deck, at))
    if wide > FOOT.width:
        yield "foot", _Amount("wide", wide), _Amount("wide", FOOT.width)
    if at == 0:
        for line in cover_lines(deck):
            yield from _lines("cover", line, BODY_PX, COVER.width, 1)


def foot_width(shown: Foot) -> float:
    """Return how wide a foot is, in pixels: tags, words and page with the gaps between them."""
    tags = sum(tag_width(tag) + FOOT_GAP for tag in (shown.access, *shown.marks))
    return tags + width(shown.words, SMALLEST_PX) + FOOT_GAP + width(shown.page, SMALLEST_PX)


def tag_width(words: str) -> int:
    """Return the width of a tag of the foot, in pixels."""
    return round(width(plain(words), SMALLEST_PX, True) + 0.5) + 2 * TAG_X


def _lines(
    part: str, words: str, size: int, room: float, most: int, bold: bool = False
) -> Iterator[_Fault]:
    """Yield a fault for a word wider than the room, and for too many lines."""
    word = widest_word(words, size, bold)
    wide = width(word, size, bold)
    if wide > room:
        yield part, _Amount("wide", wide, word), _Amount("wide", room)
    lines = len(wrapped(words, size, room, bold))
    if lines > most:
        yield part, _Amount("lines", lines), _Amount("lines", most)


def _high(part: str, high: float, room: float) -> Iterator[_Fault]:
    if high > room:
        yield part, _Amount("high", high), _Amount("high", max(room, 0))


def _block(one: Placed) -> Iterator[_Fault]:
    block, box = one.block, one.box
    if isinstance(block, Chart):
        yield from _chart(block, box)
    elif isinstance(block, Map):
        yield from _map(block, box)
    else:
        yield from _words(block, box, one.way)


def _words(block: Set, box: Box, way: Setting) -> Iterator[_Fault]:
    part = "bullets"
    if isinstance(block, Bullets):
        for item in block.items:
            yield from _lines(part, item, way.size, box.width - way.indent, 99)
    elif isinstance(block, Figures):
        part = "figures"
        for figure in block.items:
            yield from _figure(figure, figure_width(box.width, way), way)
    else:
        part = "grid"
        yield from _cells(block, box, way)
        if any(len(row) != len(block.widths) for row in (block.columns, *block.rows)):
            return
    yield from _high(part, block_height(block, box.width, way), box.height)


def _figure(figure: Figure, room: int, way: Setting) -> Iterator[_Fault]:
    yield from _lines("figures", figure.value, way.value, room, 1, True)
    yield from _lines("figures", figure.label, way.size, room, TEXT_LINES)
    yield from _lines("figures", figure.note, way.note, room, TEXT_LINES)


def _cells(grid: Grid, box: Box, way: Setting) -> Iterator[_Fault]:
    for n, row in enumerate((grid.columns, *grid.rows)):
        if not len(row) == len(grid.columns) == len(grid.widths):
            yield "grid", _Amount("items", len(row)), _Amount("items", len(grid.widths))
            return
        for cell, column in zip(row, column_widths(grid, box.width), strict=True):
            yield from _lines("grid", cell, way.size, column - 2 * CELL_X, TEXT_LINES, n == 0)


def chart_label_step(chart: Chart, box: Box) -> int:
    """Return which labels of a line are written, every first, second and so on; others: every."""
    if chart.kind != "line" or not chart.categories:
        return 1
    slot = (box.width - CHART_AXIS) / len(chart.categories)
    widest = max(width(plain(c), SMALLEST_PX) for c in chart.categories)
    return max(1, -int(-(widest + GAP / 2) // slot))


def _chart(chart: Chart, box: Box) -> Iterator[_Fault]:
    yield from _lines("chart", chart.title, SMALLEST_PX, box.width, 1, True)
    n = max(1, len(chart.categories))
    widest = max(
        (plain(c) for c in chart.categories), key=lambda c: width(c, SMALLEST_PX), default=""
    )
    wide = width(widest, SMALLEST_PX)
    room = {
        "bar": CHART_LABELS * box.width,
        "column": (box.width - CHART_AXIS) / n,
        "line": box.width - CHART_AXIS,
    }[chart.kind]
    if wide > room:
        yield "labels", _Amount("wide", wide, widest), _Amount("wide", room)
    if chart.kind == "bar":
        inner = box.height - line_px(SMALLEST_PX) * (3 if len(chart.series) > 1 else 2) - 2 * GAP
        most = inner // line_px(SMALLEST_PX)
        if n > most:
            yield "labels", _Amount("items", n), _Amount("items", most)
    if len(chart.series) > 1:
        keys = sum(width(plain(s.name), SMALLEST_PX) + SWATCH + GAP for s in chart.series)
        if keys > box.width:
            yield "legend", _Amount("wide", keys), _Amount("wide", box.width)


def _map(shown: Map, box: Box) -> Iterator[_Fault]:
    yield from _lines("map_title", shown.title, SMALLEST_PX, box.width, MAP_LINES, True)
    yield from _lines("map_source", shown.source, SMALLEST_PX, box.width, MAP_LINES)
    boxes = map_boxes(shown, box)
    for row in shown.legend:
        yield from _lines("legend", row.words, SMALLEST_PX, LEGEND_WIDTH - SWATCH, TEXT_LINES)
    room = box.height - boxes.title.height - boxes.source.height - 2 * CAPTION_GAP
    yield from _high("legend", room - boxes.land.height + LEAST_LAND_PX, room)
    for marker in shown.markers:
        if len(marker.label) > MOST_LABEL:
            yield "map_label", _Amount("letters", len(marker.label)), _Amount("letters", MOST_LABEL)
