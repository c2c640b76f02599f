"""A map on paper, drawn as lines: land, values, ways, markers, and what a map must carry."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.maps.sheet import Points, fit, hatching, marker, north_arrow, rings
from services.briefing.deck import Area, Deck, Legend, Map
from services.briefing.files.drawing import Drawing
from services.briefing.files.ground import COAST, LAND, NEIGHBOUR, SEA
from services.briefing.files.signs import BAR_LEFT, DOT, RIM, Plate, Sign, on, plate_of, signs_of
from services.briefing.fit import map_boxes
from services.briefing.layout import (
    HEIGHT_PX,
    INK,
    PAPER,
    QUIET,
    SMALLEST_PX,
    SWATCH,
    WIDTH_PX,
    Box,
    line_px,
)
from services.briefing.measure import plain
from services.texts import text

_HATCH, _MANY = 9, 100
_DASHES, _BROKEN = (9, 6), (4, 3)
"""Of a line at sea, and of the outline of what is not covered."""


def draw_map(sheet: Drawing, shown: Map, box: Box, deck: Deck) -> tuple[Plate, list[Sign]]:
    """Draw a map that `ground.check_map` has passed; return where scale bar and markers stand.

    Raises
    ------
    CannotDrawError
        When its markers lack the room.
    """
    boxes = map_boxes(shown, box)
    sheet.block(shown.title, boxes.title, SMALLEST_PX, bold=True)
    view = fit(shown.bounds, boxes.land.width, boxes.land.height)
    land = view.shapes(deck.land[shown.level])
    with sheet.inside(boxes.land):
        _land(sheet, shown, land, view.shapes(deck.ground))
        for line in shown.lines:
            way = view.points(_array(line.points))
            sheet.lines([way], "#ffffff", width=6)
            sheet.lines([way], line.colour, width=3, dashes=_DASHES if line.dashed else ())
        plate = plate_of(shown, view, land.values(), deck.lang)
        _plate(sheet, plate, deck.lang)
        signs = signs_of(shown, view, plate)
        for sign in signs:
            draw_lead(sheet, sign)
        for sign in signs:
            draw_sign(sheet, sign)
    for row, at in zip(shown.legend, boxes.legend, strict=True):
        _legend(sheet, row, at)
    sheet.block(shown.source, boxes.source, SMALLEST_PX, ink=QUIET)
    return plate, signs


def _array(points: tuple[tuple[float, float], ...]) -> Points:
    return np.array(points, dtype=float)


def _land(
    sheet: Drawing, shown: Map, land: dict[str, BaseGeometry], ground: dict[str, BaseGeometry]
) -> None:
    sheet.rectangle(Box(0, 0, WIDTH_PX, HEIGHT_PX), SEA)
    for shape in ground.values():
        _shape(sheet, shape, NEIGHBOUR)
    areas = {code: shown.areas.get(code, Area("", "")) for code in land}
    for code, shape in land.items():
        _shape(sheet, shape, areas[code].fill or (PAPER if areas[code].hatched else LAND))
        if areas[code].hatched:
            sheet.lines(hatching(shape, _HATCH), COAST)
    # Outlines come after all fills, the dashed ones last: no neighbour covers half of one.
    edge = 1 if len(land) < _MANY else 0.5
    for code in sorted(land, key=lambda code: areas[code].hatched):
        dashes = _BROKEN if areas[code].hatched else ()
        sheet.polygon(_outlines(land[code]), edge=COAST, width=edge, dashes=dashes)


def _shape(sheet: Drawing, shape: BaseGeometry, fill: str) -> None:
    sheet.polygon(_outlines(shape), fill)


def _outlines(shape: BaseGeometry) -> list[Points]:
    """Return all rings of a unit: its polygons lie apart, so holes stay holes."""
    return [ring for polygon in rings(shape) for ring in polygon]


def draw_lead(sheet: Drawing, sign: Sign) -> None:
    """Draw a line from a marker that had to move to its place."""
    if sign.moved:
        sheet.lines([(sign.place, sign.spot)], PAPER, width=4)
        sheet.lines([(sign.place, sign.spot)], INK, width=2)
        sheet.polygon([marker("circle", *sign.place, DOT)], INK)


def draw_sign(sheet: Drawing, sign: Sign) -> None:
    """Draw a marker where it stands, with its label."""
    one, (x, y) = sign.marker, sign.spot
    corners = marker(one.shape, x, y, sign.radius)
    sheet.polygon([corners], one.colour, edge=PAPER, width=RIM)
    top = y - line_px(SMALLEST_PX) / 2
    words = plain(one.label)
    sheet.line(words, x, top, SMALLEST_PX, bold=True, ink=on(one.colour), align="middle")


def _plate(sheet: Drawing, plate: Plate, lang: str) -> None:
    """Draw north arrow and scale bar."""
    left, top = plate.box.left, plate.box.top
    sheet.rectangle(plate.box, PAPER)
    sheet.polygon([north_arrow(left + 22, top + 6, 28)], INK)
    sheet.line(
        text("picture.north", lang), left + 22, top + 35, SMALLEST_PX, bold=True, align="middle"
    )
    start, low = left + BAR_LEFT, top + plate.box.height - 16
    end = start + plate.bar
    sheet.lines([((start, low - 8), (start, low), (end, low), (end, low - 8))], INK, width=3)
    sheet.line(plate.words, start, low - 36, SMALLEST_PX)


def _legend(sheet: Drawing, row: Legend, at: Box) -> None:
    middle = at.top + line_px(SMALLEST_PX) / 2
    swatch = Box(at.left, round(middle) - 10, SWATCH - 10, 20)
    right, low = swatch.left + swatch.width, swatch.top + swatch.height
    if row.shape == "line":
        sheet.lines([((swatch.left, middle), (right, middle))], row.colour, width=3)
    elif row.shape == "area":
        shape = shapely.box(swatch.left, swatch.top, right, low)
        sheet.polygon(rings(shape)[0], row.colour or (PAPER if row.hatched else LAND))
        if row.hatched:
            sheet.lines(hatching(shape, _HATCH), COAST)
        sheet.polygon(rings(shape)[0], edge=COAST, dashes=_BROKEN if row.hatched else ())
    else:
        corners = marker(row.shape, (swatch.left + right) / 2, middle, 10)
        sheet.polygon([corners], row.colour)
    sheet.block(row.words, Box(at.left + SWATCH, at.top, at.width - SWATCH, at.height), SMALLEST_PX)
