"""A map as a file to take along: finding, legend, scale, north and source, drawn by no browser."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import font_source_sans_pro
import shapely
from shapely.geometry.base import BaseGeometry

from data.province import province
from geo.maps.framing import Framing
from geo.maps.land import Legend
from geo.maps.layers import SEA
from geo.maps.paper import LINE, Paper
from geo.maps.sheet import View, fit, marker, north_arrow, scale_bar
from geo.maps.still import (
    EDGE,
    FILLS,
    INK,
    NIHIL_EDGE,
    Layer,
    Window,
    draw_ground,
    draw_hatching,
    draw_layers,
)
from services.dataset import Dataset
from services.maps import framing_of, inset_names
from services.paper import shown
from services.texts import day, number, text

WIDTH_PX, HEIGHT_PX, DPI = 2000, 1400, 200
"""A picture grows in height when its words need it; nothing is ever cut."""
_FONTS = (
    font_source_sans_pro.font_files_ttf["SourceSansPro"],
    font_source_sans_pro.font_files_ttf["SourceSansProBold"],
)
_QUIET, _RULE, _PAPER = "#4b5d69", "#c9d6de", "#ffffff"
_MARGIN, _GAP = 44, 14
_TITLE, _SUB, _BODY, _NOTE = 46, 29, 27, 23
_LEAST_LAND_PX = 620
_LEGEND_PX, _SWATCH, _PAD = 430, 60, 16
_BAR_MOST, _PLATE_PX = 300, 104
_INSET_PX, _INSET_HEAD, _INSET_NAME = 172, 30, 21
_LAND = "kabupaten"


@dataclass(frozen=True, eq=False)
class MapPicture:
    """What a picture of a map says and shows.

    Attributes
    ----------
    title
        The finding.
    sub
        Period and n.
    layers
        As they lie on the map of the screen.
    legend
        As it stands there.
    notes
        Source, day of knowledge and caveats, a line each.
    bounds
        South, west, north, east of the part that is shown; None: the main islands, and the remote
        ones in insets.
    """

    title: str
    layers: Sequence[Layer] = field(repr=False)
    legend: Legend | None = None
    sub: str = ""
    notes: tuple[str, ...] = ()
    bounds: tuple[float, float, float, float] | None = None


class _Box(NamedTuple):
    left: float
    top: float
    width: float
    height: float

    def shape(self) -> BaseGeometry:
        return shapely.box(self.left, self.top, self.left + self.width, self.top + self.height)


class _Inset(NamedTuple):
    name: str
    bounds: tuple[float, float, float, float]
    width: float


class _Board(NamedTuple):
    """Insets in rows, each with its place from the left upper corner of all."""

    width: float
    height: float
    places: tuple[tuple[_Inset, _Box], ...]


@dataclass(frozen=True, eq=False)
class _Words:
    """The words of a picture in their lines."""

    title: list[str]
    sub: list[str]
    notes: list[str]
    rows: list[tuple[str, list[str], str]]
    heads: list[tuple[str, int, bool]]

    @property
    def above(self) -> float:
        return _MARGIN + LINE * (_TITLE * len(self.title) + _SUB * len(self.sub)) + _GAP * 0.8

    @property
    def below(self) -> float:
        return LINE * _NOTE * len(self.notes) + _GAP + _MARGIN * 0.6

    @property
    def legend_height(self) -> float:
        heads = sum(LINE * size for _, size, _ in self.heads)
        lines = sum(len(lines) for _, lines, _ in self.rows)
        return heads + LINE * _BODY * lines + 6 * len(self.rows) + 2 * _PAD


@dataclass(frozen=True, eq=False)
class _Layout:
    """Where the parts of a picture stand."""

    height: int
    land: _Box
    view: View
    legend: _Box
    insets: list[tuple[_Inset, _Box]]
    plate: _Box


def source_words(as_of: date, lang: str) -> str:
    """Return what every picture says of its source: product, day of knowledge, boundaries."""
    product = province().product_name
    return text("picture.source", lang, product=product, day=day(as_of, lang))


def legend_of(
    title: str,
    rows: Iterable[tuple[str | None, str, int | None]],
    dots: Iterable[tuple[str, str]],
    sub: str,
    lang: str,
) -> Legend:
    """Return a legend without the classes of which there is no unit.

    Parameters
    ----------
    rows
        Fill, words and number of units of each class; None for one that counts none.
    """
    said = [
        (fill, words, None if n is None else number(n, lang)) for fill, words, n in rows if n != 0
    ]
    return Legend(title, said, sub, tuple(dots))


def draw_picture(data: Dataset, picture: MapPicture, lang: str) -> bytes:
    """Return a map as PNG, `WIDTH_PX` wide: the same bytes for the same map."""
    ruler = Paper(WIDTH_PX, HEIGHT_PX, DPI, *_FONTS)
    words = _words(ruler, picture)
    land = data.display_shapes[_LAND]
    frame = framing_of(data)
    plan = _plan(ruler, data, picture, words, frame)
    paper = Paper(WIDTH_PX, plan.height, DPI, *_FONTS)
    box = plan.land
    paper.shapes([box.shape()], SEA)
    window = _window(plan.view, box)
    draw_ground(paper, window, land)
    draw_layers(paper, window, picture.layers, data.display_shapes)
    for inset, place in plan.insets:
        _draw_inset(paper, data, picture, window, inset, place)
    paper.shapes([box.shape()], None, _RULE, 2)
    if picture.legend is not None:
        _draw_legend(paper, words, plan.legend)
    _draw_plate(paper, plan, lang)
    _write(paper, words, plan)
    notes = " ".join(picture.notes)
    return paper.png(Title=picture.title, Description=f"{picture.sub} {notes}".strip())


def _words(ruler: Paper, picture: MapPicture) -> _Words:
    room = WIDTH_PX - 2 * _MARGIN

    def lines(words: str, size: float, wide: float, bold: bool = False) -> list[str]:
        return ruler.wrapped(shown(words), size, wide, bold)

    rows, heads = [], []
    if picture.legend is not None:
        inner = _LEGEND_PX - 2 * _PAD
        entries = [
            *((fill or "none", said, n or "") for fill, said, n in picture.legend.rows),
            *((f"dot:{colour}", said, "") for colour, said in picture.legend.dots),
        ]
        for fill, said, n in entries:
            taken = _SWATCH + (ruler.width_of(n, _BODY) + _GAP if n else 0)
            rows.append((fill, lines(said, _BODY, inner - taken) or [""], n))
        for said, size, bold in (
            (picture.legend.title, _BODY, True),
            (picture.legend.sub, _NOTE, False),
        ):
            heads += [(line, size, bold) for line in lines(said, size, inner, bold)]
    return _Words(
        title=lines(picture.title, _TITLE, room, bold=True),
        sub=lines(picture.sub, _SUB, room),
        notes=[line for note in picture.notes for line in lines(note, _NOTE, room)],
        rows=rows,
        heads=heads,
    )


def _insets(ruler: Paper, data: Dataset, frame: Framing) -> list[_Inset]:
    """Return the insets, each wide enough for its land and for its name."""
    found = []
    for name, bounds in zip(inset_names(data), frame.insets, strict=True):
        south, west, north, east = bounds
        across = (east - west) * math.cos(math.radians((south + north) / 2)) / (north - south)
        said = ruler.width_of(shown(name), _INSET_NAME, bold=True) + 12
        found.append(_Inset(name, bounds, max(_INSET_PX * min(max(across, 0.9), 1.7), said)))
    return found


def _plan(
    ruler: Paper, data: Dataset, picture: MapPicture, words: _Words, frame: Framing
) -> _Layout:
    """Return where all stands: on the sea where it hides no land, else in a column at the right."""
    insets = _insets(ruler, data, frame) if picture.bounds is None else []
    bounds = picture.bounds or frame.bounds
    room = WIDTH_PX - 2 * _MARGIN
    height = max(HEIGHT_PX, math.ceil(words.above + words.below + _LEAST_LAND_PX))
    land = _Box(_MARGIN, words.above, room, height - words.above - words.below)
    legend = (_LEGEND_PX, words.legend_height) if picture.legend is not None else (0.0, 0.0)
    view = _fitted(bounds, land)
    apart = [shapely.box(w, s, e, n) for s, w, n, e in frame.insets] if insets else []
    spots = _Spots(land, _obstacles(data, view, land, apart))
    boards = [_board(insets, n * _INSET_PX * 1.35) for n in (5, 4, 3, 2, 1)]
    own = spots.first([legend])
    board = spots.first([(one.width, one.height) for one in boards])
    plate = spots.first([(_PLATE_PX + _BAR_MOST, _PLATE_PX)])
    if own is not None and board is not None and plate is not None:
        shown_board = next(b for b in boards if (b.width, b.height) == (board.width, board.height))
        places = _moved(shown_board, board.left, board.top)
        return _Layout(height, land, view, own, places, plate)
    narrow = _board(insets, _LEGEND_PX)
    column = legend[1] + narrow.height + _PLATE_PX + 3 * _GAP
    height += max(0, math.ceil(column - land.height))
    land = _Box(_MARGIN, words.above, room - _LEGEND_PX - _GAP, height - words.above - words.below)
    right, top = land.left + land.width + _GAP, land.top
    places = _moved(narrow, right, top + legend[1] + _GAP)
    foot = _Box(right, land.top + land.height - _PLATE_PX, _LEGEND_PX, _PLATE_PX)
    return _Layout(height, land, _fitted(bounds, land), _Box(right, top, *legend), places, foot)


def _board(insets: Sequence[_Inset], most: float) -> _Board:
    """Return insets in rows no wider than ``most``, but for a single one."""
    places: list[tuple[_Inset, _Box]] = []
    left = top = wide = 0.0
    for inset in insets:
        if left and left + inset.width > most:
            left, top = 0.0, top + _INSET_PX + _GAP
        places.append((inset, _Box(left, top, inset.width, _INSET_PX)))
        left += inset.width + _GAP
        wide = max(wide, left - _GAP)
    return _Board(wide, top + _INSET_PX if places else 0.0, tuple(places))


def _moved(board: _Board, left: float, top: float) -> list[tuple[_Inset, _Box]]:
    return [
        (inset, box._replace(left=box.left + left, top=box.top + top))
        for inset, box in board.places
    ]


def _fitted(bounds: tuple[float, float, float, float], land: _Box) -> View:
    """Return the view of bounds with a rim of sea around them."""
    south, west, north, east = bounds
    across, up = 0.012 * (east - west), 0.012 * (north - south)
    wide = (west - across, south - up, east + across, north + up)
    return fit(wide, land.width, land.height)


def _obstacles(
    data: Dataset, view: View, land: _Box, apart: Sequence[BaseGeometry]
) -> list[BaseGeometry]:
    """Return the land that must be seen, but for what insets show."""
    shapes = shapely.get_parts(data.display_shapes[_LAND].geometry.to_numpy())
    if apart:
        shapes = shapes[~shapely.covers(shapely.union_all(apart), shapes)]
    drawn = _window(view, land).shapes(list(shapes))
    return [shape for shape in drawn if not shape.is_empty]


class _Spots:
    """The free places of a map, given away one after the other."""

    def __init__(self, land: _Box, obstacles: list[BaseGeometry]) -> None:
        self._land, self._taken = land, list(obstacles)
        self._placed: list[_Box] = []

    def first(self, sizes: Sequence[tuple[float, float]]) -> _Box | None:
        """Return the place of the first of some sizes that hides nothing; None where none does.

        Corners are tried first, then places beside what stands already.
        """
        for wide, high in sizes:
            if not wide:
                return _Box(0, 0, 0, 0)
            for left, top in self._corners(wide, high):
                box = _Box(left, top, wide, high)
                shape = box.shape()
                if self._inside(box) and not shapely.intersects(self._taken, shape).any():
                    self._placed.append(box)
                    self._taken.append(shape)
                    return box
        return None

    def _corners(self, wide: float, high: float) -> list[tuple[float, float]]:
        land = self._land
        rows = (land.top + _GAP, land.top + land.height - high - _GAP)
        columns = (land.left + land.width - wide - _GAP, land.left + _GAP)
        found = [(left, top) for top in rows for left in columns]
        for box in self._placed:
            found.append((box.left - _GAP - wide, box.top))
            found.append((box.left + box.width + _GAP, box.top))
            found.append((box.left + box.width - wide, box.top + box.height + _GAP))
            found.append((box.left, box.top + box.height + _GAP))
            found.append((box.left - _GAP - wide, box.top + box.height - high))
        return found

    def _inside(self, box: _Box) -> bool:
        land = self._land
        return (
            land.left < box.left
            and land.top < box.top
            and box.left + box.width < land.left + land.width
            and box.top + box.height < land.top + land.height
        )


def _window(view: View, box: _Box) -> Window:
    return Window(view, box.left, box.top, shapely.box(*view.bounds))


def _write(paper: Paper, words: _Words, plan: _Layout) -> None:
    top: float = _MARGIN
    for line in words.title:
        paper.words(line, _MARGIN, top, _TITLE, bold=True)
        top += LINE * _TITLE
    for line in words.sub:
        paper.words(line, _MARGIN, top, _SUB, ink=_QUIET)
        top += LINE * _SUB
    top = plan.land.top + plan.land.height + _GAP
    for line in words.notes:
        paper.words(line, _MARGIN, top, _NOTE, ink=_QUIET)
        top += LINE * _NOTE


def _draw_legend(paper: Paper, words: _Words, box: _Box) -> None:
    paper.shapes([box.shape()], _PAPER, _RULE, 2)
    top, left = box.top + _PAD, box.left + _PAD
    for line, size, bold in words.heads:
        paper.words(line, left, top, size, bold=bold)
        top += LINE * size
    for fill, lines, n in words.rows:
        middle = top + LINE * _BODY / 2 + 3
        _draw_swatch(paper, fill, left, middle)
        if n:
            right = box.left + box.width - _PAD
            paper.words(n, right, top + 3, _BODY, ink=_QUIET, align="right")
        for line in lines:
            paper.words(line, left + _SWATCH, top + 3, _BODY)
            top += LINE * _BODY
        top += 6


def _draw_swatch(paper: Paper, fill: str, left: float, middle: float) -> None:
    """Draw the sign of a class: a colour, a silence, an outline, or a dot."""
    if fill.startswith("dot:"):
        ring = shapely.Polygon(marker("circle", left + 23, middle, 12))
        paper.shapes([ring], fill[4:], _PAPER, 2)
        return
    box = shapely.box(left, middle - 14, left + 46, middle + 14)
    dashes = (6, 6) if fill == "none" else ()
    if fill != "none":
        paper.shapes([box], FILLS.get(fill, fill))
    if fill == "hatch":
        draw_hatching(paper, [box])
    edge, width = (NIHIL_EDGE, 4) if fill == "nihil" else (EDGE, 2)
    paper.shapes([box], None, edge, width, dashes)
    if fill == "nihil":
        size = 22
        paper.words("0", left + 23, middle - size * LINE / 2, size, bold=True, align="center")


def _draw_inset(
    paper: Paper, data: Dataset, picture: MapPicture, main: Window, inset: _Inset, box: _Box
) -> None:
    """Draw remote units apart, larger, and where they lie on the map."""
    south, west, north, east = inset.bounds
    around = shapely.box(west, south, east, north)
    paper.lines([[*way, way[0]] for way in main.ways(around.exterior)], INK, 2, (8, 6))
    paper.shapes([box.shape()], SEA)
    inner = _Box(box.left, box.top + _INSET_HEAD, box.width, box.height - _INSET_HEAD)
    view = fit((west, south, east, north), inner.width, inner.height)
    window = _window(view, inner)
    draw_ground(paper, window, data.display_shapes[_LAND])
    draw_layers(paper, window, picture.layers, data.display_shapes, labelled=False)
    paper.shapes([shapely.box(box.left, box.top, box.left + box.width, inner.top)], _PAPER)
    paper.words(shown(inset.name), box.left + 6, box.top + 3, _INSET_NAME, bold=True)
    paper.shapes([box.shape()], None, "#46565f", 2.5)


def _draw_plate(paper: Paper, plan: _Layout, lang: str) -> None:
    """Draw north arrow and scale bar."""
    box = plan.plate
    km, bar = scale_bar(plan.view, _BAR_MOST)
    said = number(km, lang) if km >= 1 else number(km * 1000, lang)
    words = text("picture.km", lang, km=said) if km >= 1 else text("picture.m", lang, m=said)
    wide = box._replace(width=bar + _PLATE_PX)
    if box.left > WIDTH_PX / 2:
        wide = wide._replace(left=box.left + box.width - wide.width)
    paper.shapes([wide.shape()], _PAPER, _RULE, 2)
    x = wide.left + 40
    paper.shapes([shapely.Polygon(north_arrow(x, wide.top + 10, 46))], INK)
    paper.words(text("picture.north", lang), x, wide.top + 60, _BODY, bold=True, align="center")
    start, low = wide.left + 80, wide.top + 78
    end = start + bar
    paper.lines([[(start, low - 14), (start, low), (end, low), (end, low - 14)]], INK, 4)
    paper.words(words, start, low - 56, _BODY)
