"""A map of a deck as a picture, drawn from the deck's own land and by no browser."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.maps.sheet import View, fit, hatching, marker, north_arrow, rings
from services.briefing.deck import Area, Deck, Legend, Map
from services.briefing.files.ground import COAST, LAND, NEIGHBOUR, SEA, CannotDrawError, check_map
from services.briefing.files.signs import BAR_LEFT, DOT, RIM, Plate, on, plate_of, signs_of
from services.briefing.fit import map_boxes
from services.briefing.layout import (
    INK,
    LEAST_LAND_PX,
    PAPER,
    RULE,
    SMALLEST_PX,
    SWATCH,
    Box,
    line_px,
)
from services.briefing.measure import BOLD, FONT, plain, wrapped
from services.paper import shown
from services.texts import text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path

SLIDE_DPI = 96
"""Pixels of the slide in an inch."""
_POINTS = 72 / SLIDE_DPI
_BASELINE = 0.77
"""Where letters stand in the height of a line."""


@dataclass(frozen=True, eq=False)
class _Sheet:
    """What a map is drawn on: axes in pixels of the slide, from the left upper corner down."""

    axes: Axes
    view: View
    land: Box
    order: list[int] = field(default_factory=lambda: [0])

    def above(self) -> int:
        """Return the next place in the order of drawing."""
        self.order[0] += 1
        return self.order[0]

    def moved(self, points: Iterable[Sequence[float]]) -> list[tuple[float, float]]:
        """Return points of the land where they stand on the sheet."""
        return [(x + self.land.left, y + self.land.top) for x, y in points]


def map_picture(map: Map, deck: Deck, width_px: int, height_px: int, dpi: int = 200) -> bytes:
    """Return a map as PNG: the same bytes for the same map.

    Title above, legend beside or below, source below, north arrow and scale bar in the emptiest
    corner. Markers that would cover each other move apart, with a line to their place.

    Parameters
    ----------
    width_px, height_px
        Pixels of the slide that it takes, 96 an inch; words are as large as on the slide.
    dpi
        Pixels of the picture an inch, 96 or more.

    Raises
    ------
    CannotDrawError
        With the key of the map: when it has no bounds, no land or no such unit, a colour is none,
        or it lacks the room.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    check_map(map, deck)
    boxes = map_boxes(map, Box(0, 0, width_px, height_px))
    land = boxes.land
    if min(land.width, land.height) < LEAST_LAND_PX:
        expected = f"{LEAST_LAND_PX} x {LEAST_LAND_PX}"
        raise CannotDrawError(map.key, f"{land.width} x {land.height}", expected)
    figure = Figure(figsize=(width_px / SLIDE_DPI, height_px / SLIDE_DPI), dpi=dpi)
    FigureCanvasAgg(figure)
    figure.patch.set_facecolor(PAPER)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, width_px), ylim=(height_px, 0))
    axes.axis("off")
    sheet = _Sheet(axes, fit(map.bounds, land.width, land.height), land)
    land_shapes = _draw_land(sheet, map, deck)
    plate = plate_of(map, sheet.view, land_shapes, deck.lang)
    _draw_lines(sheet, map)
    _draw_plate(sheet, plate, deck.lang)
    _draw_markers(sheet, map, plate)
    _frame(sheet)
    _write(sheet, boxes.title, map.title, bold=True)
    _write(sheet, boxes.source, map.source)
    for row, box in zip(map.legend, boxes.legend, strict=True):
        _draw_legend(sheet, row, box)
    out = BytesIO()
    figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None})
    return out.getvalue()


@cache
def _type(bold: bool) -> FontProperties:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=BOLD if bold else FONT)


def _write(sheet: _Sheet, box: Box, words: str, bold: bool = False) -> None:
    """Write words from the upper left of a box, in the lines that `map_boxes` counted."""
    for n, line in enumerate(wrapped(words, SMALLEST_PX, box.width, bold)):
        _letters(sheet, box.left, box.top + line_px(SMALLEST_PX) * (n + _BASELINE), line, bold=bold)


def _letters(
    sheet: _Sheet,
    x: float,
    y: float,
    words: str,
    *,
    bold: bool = False,
    colour: str = INK,
    middle: bool = False,
) -> None:
    sheet.axes.text(
        x,
        y,
        shown(words),
        fontproperties=_type(bold),
        fontsize=SMALLEST_PX * _POINTS,
        color=colour,
        ha="center" if middle else "left",
        va="center_baseline" if middle else "baseline",
        zorder=sheet.above(),
        parse_math=False,
    )


def _path(sheet: _Sheet, shape: BaseGeometry) -> Path:
    """Return the outline of a shape, holes as holes."""
    from matplotlib.path import Path

    corner = (sheet.land.left, sheet.land.top)
    drawn = [ring + corner for polygon in rings(shape) for ring in polygon]
    codes = [
        [Path.MOVETO, *[Path.LINETO] * (len(ring) - 2), Path.CLOSEPOLY]  # the last point closes it
        for ring in drawn
    ]
    if not drawn:
        return Path(np.empty((0, 2)))
    return Path(np.concatenate(drawn), [code for ring in codes for code in ring])


def _patch(
    sheet: _Sheet,
    path: Path,
    fill: str,
    edge: str = COAST,
    edge_px: float = 1,
    dashed: bool = False,
) -> None:
    from matplotlib.patches import PathPatch

    sheet.axes.add_artist(
        PathPatch(
            path,
            facecolor=fill,
            edgecolor=edge,
            linewidth=edge_px * _POINTS,
            linestyle=(0, (4, 3)) if dashed else "solid",
            joinstyle="round",
            zorder=sheet.above(),
        )
    )


def _line(
    sheet: _Sheet,
    points: Iterable[Sequence[float]],
    colour: str,
    wide_px: float,
    dashed: bool = False,
) -> None:
    from matplotlib.lines import Line2D

    x, y = zip(*points, strict=True)
    drawn = Line2D(
        x,
        y,
        color=colour,
        linewidth=wide_px * _POINTS,
        linestyle=(0, (3, 2)) if dashed else "solid",
        zorder=sheet.above(),
    )
    sheet.axes.add_artist(drawn)


def _draw_land(sheet: _Sheet, map: Map, deck: Deck) -> list[BaseGeometry]:
    """Draw sea, neighbours and the units of the map; return the units as they stand."""
    from matplotlib.path import Path

    box = sheet.land
    corners = ((0, 0), (box.width, 0), (box.width, box.height), (0, box.height))
    _patch(sheet, Path([*sheet.moved(corners), (0, 0)], closed=True), SEA, "none")
    if deck.ground["features"]:
        for shape in sheet.view.shapes(deck.ground).values():
            _patch(sheet, _path(sheet, shape), NEIGHBOUR, "none")
    shapes = sheet.view.shapes(deck.land[map.level])
    areas = {code: map.areas.get(code, Area("", "")) for code in shapes}
    edge_px = 1 if len(shapes) < 100 else 0.5
    # Dashed outlines come last, or a neighbour's would cover them.
    for code in sorted(shapes, key=lambda code: areas[code].hatched):
        shape, area = shapes[code], areas[code]
        if area.hatched:
            _patch(sheet, _path(sheet, shape), area.fill or PAPER, dashed=True, edge_px=1.5)
            _hatch(sheet, shape)
        else:
            _patch(sheet, _path(sheet, shape), area.fill or LAND, edge_px=edge_px)
    return list(shapes.values())


def _hatch(sheet: _Sheet, shape: BaseGeometry) -> None:
    from matplotlib.collections import LineCollection

    lines = [sheet.moved(line) for line in hatching(shape, 9)]
    sheet.axes.add_collection(
        LineCollection(lines, colors=COAST, linewidths=_POINTS, zorder=sheet.above()), autolim=False
    )


def _draw_lines(sheet: _Sheet, map: Map) -> None:
    window = (0, 0, sheet.land.width, sheet.land.height)
    for line in map.lines:
        if len(line.points) < 2:
            continue
        drawn = shapely.LineString(sheet.view.points(np.array(line.points, dtype=float)))
        for part in shapely.get_parts(shapely.clip_by_rect(drawn, *window)):
            points = sheet.moved(shapely.get_coordinates(part).tolist())
            _line(sheet, points, PAPER, 6)
            _line(sheet, points, line.colour, 3, line.dashed)


def _draw_plate(sheet: _Sheet, plate: Plate, lang: str) -> None:
    from matplotlib.patches import Rectangle

    ((left, top),) = sheet.moved([(plate.box.left, plate.box.top)])
    sheet.axes.add_artist(
        Rectangle(
            (left, top),
            plate.box.width,
            plate.box.height,
            facecolor=PAPER,
            alpha=0.85,
            linewidth=0,
            zorder=sheet.above(),
        )
    )
    from matplotlib.path import Path

    arrow = north_arrow(left + 22, top + 6, 28)
    _patch(sheet, Path([*arrow, (0, 0)], closed=True), INK, "none")
    middle = line_px(SMALLEST_PX) / 2
    _letters(
        sheet, left + 22, top + 34 + middle, text("picture.north", lang), bold=True, middle=True
    )
    x, y = left + BAR_LEFT, top + plate.box.height - 16
    _line(sheet, [(x, y - 8), (x, y), (x + plate.bar, y), (x + plate.bar, y - 8)], INK, 3)
    _letters(sheet, x, y - 14, plate.words)


def _draw_markers(sheet: _Sheet, map: Map, plate: Plate) -> None:
    signs = signs_of(map, sheet.view, plate)
    for sign in signs:
        if sign.moved:
            _line(sheet, sheet.moved([sign.place, sign.spot]), PAPER, 4)
            _line(sheet, sheet.moved([sign.place, sign.spot]), INK, 2)
            _draw_sign(sheet, "circle", *sheet.moved([sign.place])[0], DOT, INK)
    for sign in signs:
        ((left, top),) = sheet.moved([sign.spot])
        one = sign.marker
        _draw_sign(sheet, one.shape, left, top, sign.radius, one.colour)
        # A triangle's letters stand in its middle, which lies below that of its corners.
        _letters(sheet, left, top, plain(one.label), bold=True, colour=on(one.colour), middle=True)


def _draw_sign(sheet: _Sheet, shape: str, x: float, y: float, radius: float, colour: str) -> None:
    from matplotlib.path import Path

    corners = marker(shape, x, y, radius)
    _patch(sheet, Path([*corners, (0, 0)], closed=True), colour, PAPER, RIM)


def _frame(sheet: _Sheet) -> None:
    from matplotlib.patches import Rectangle

    box = sheet.land
    sheet.axes.add_artist(
        Rectangle(
            (box.left + 0.5, box.top + 0.5),
            box.width - 1,
            box.height - 1,
            facecolor="none",
            edgecolor=RULE,
            linewidth=_POINTS,
            zorder=sheet.above(),
        )
    )


def _draw_legend(sheet: _Sheet, row: Legend, box: Box) -> None:
    from matplotlib.path import Path

    high = line_px(SMALLEST_PX)
    x, y = box.left, box.top + high / 2
    colour = row.colour or (PAPER if row.hatched else LAND)
    if row.shape == "area":
        left, right, top, bottom = x + 1, x + SWATCH - 10, y - 11, y + 11
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        _patch(sheet, Path([*corners, (0, 0)], closed=True), colour, dashed=row.hatched)
        if row.hatched:
            for shift in (0, 9, 18):
                _line(
                    sheet,
                    [
                        (left + shift, bottom),
                        (min(left + shift + 22, right), top + max(0, left + shift + 22 - right)),
                    ],
                    COAST,
                    1,
                )
    elif row.shape == "line":
        _line(sheet, [(x + 1, y), (x + SWATCH - 8, y)], colour, 4)
    else:
        _draw_sign(sheet, row.shape, x + (SWATCH - 9) / 2, y, 9, colour)
    words = replace(box, left=box.left + SWATCH, width=box.width - SWATCH)
    _write(sheet, words, row.words)
