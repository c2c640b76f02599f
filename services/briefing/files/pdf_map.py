"""A map on paper, drawn as lines: land, values, ways, markers, and what a map must carry."""

from __future__ import annotations

import numpy as np
import shapely

from services.briefing.deck import Deck, Legend, Map, Marker
from services.briefing.files.ground import (
    COAST,
    LAND,
    NEIGHBOUR,
    SEA,
    Points,
    View,
    fit,
    free_corner,
    hatching,
    marker,
    north_arrow,
    rings,
    scale_bar,
)
from services.briefing.files.sheet import Sheet, readable
from services.briefing.fit import map_boxes
from services.briefing.layout import INK, QUIET, SMALLEST_PX, SWATCH, Box, line_px
from services.texts import number, text

_RADIUS, _HATCH = 15, 9
_DASHES = (9, 6)
_PANEL, _EDGE, _ARROW = Box(0, 0, 190, 44), 10, 30
"""Of the scale bar with its arrow, how far it stays from the edge, and the arrow's height."""


def draw_map(sheet: Sheet, shown: Map, box: Box, deck: Deck) -> None:
    """Draw a map that `ground.check_map` has passed."""
    boxes = map_boxes(shown, box)
    sheet.block(shown.title, boxes.title, SMALLEST_PX, bold=True)
    view = fit(shown.bounds, boxes.land.width, boxes.land.height)
    with sheet.inside(boxes.land):
        _land(sheet, shown, view, deck)
        for line in shown.lines:
            way = view.points(_array(line.points))
            sheet.lines([way], "#ffffff", width=6)
            sheet.lines([way], line.colour, width=3, dashes=_DASHES if line.dashed else ())
        # The first is the gravest and lies on top.
        for one in reversed(shown.markers):
            _marker(sheet, one, *view.point(one.lon, one.lat))
        _scale(sheet, shown, view, deck)
    for row, at in zip(shown.legend, boxes.legend, strict=True):
        _legend(sheet, row, at)
    sheet.block(shown.source, boxes.source, SMALLEST_PX, ink=QUIET)


def _array(points: tuple[tuple[float, float], ...]) -> Points:
    return np.array(points, dtype=float)


def _land(sheet: Sheet, shown: Map, view: View, deck: Deck) -> None:
    sheet.rectangle(Box(0, 0, round(view.width), round(view.height)), SEA)
    for shape in view.shapes(deck.ground).values():
        for polygon in rings(shape):
            sheet.polygon(polygon, NEIGHBOUR)
    shapes = view.shapes(deck.land[shown.level])
    for code, shape in shapes.items():
        area = shown.areas.get(code)
        hatched = area is not None and area.hatched
        fill = (area.fill if area else "") or LAND
        for polygon in rings(shape):
            sheet.polygon(polygon, fill)
        if hatched:
            sheet.lines(hatching(shape, _HATCH), COAST)
    # Outlines last, so that no neighbour covers half of one.
    for code, shape in shapes.items():
        area = shown.areas.get(code)
        dashes = (4, 3) if area and area.hatched else ()
        for polygon in rings(shape):
            sheet.polygon(polygon, edge=COAST, dashes=dashes)


def _marker(sheet: Sheet, one: Marker, x: float, y: float) -> None:
    radius = _RADIUS + (len(one.label) > 1) * 3 + (len(one.label) > 2) * 5
    corners = marker(one.shape, x, y, radius if one.label else _RADIUS * 0.6)
    sheet.polygon([corners], one.colour, edge="#ffffff", width=2)
    if one.label:
        ink = readable(one.colour)
        top = y - line_px(SMALLEST_PX) / 2
        sheet.line(one.label, x, top, SMALLEST_PX, bold=True, ink=ink, align="middle")


def _scale(sheet: Sheet, shown: Map, view: View, deck: Deck) -> None:
    """Draw scale bar and north arrow where they cover the least."""
    places = [view.point(m.lon, m.lat) for m in shown.markers]
    shapes = view.shapes(deck.land[shown.level]).values()
    left, top = free_corner(
        view, _PANEL.width + 2 * _EDGE, _PANEL.height + 2 * _EDGE, shapes, places
    )
    left, top = left + _EDGE, top + _EDGE
    sheet.rectangle(Box(round(left), round(top), _PANEL.width, _PANEL.height), "#ffffff")
    sheet.polygon([north_arrow(left + 20, top + 7, _ARROW)], INK)
    sheet.line(text("paper.north", deck.lang), left + 34, top + 7, SMALLEST_PX, bold=True)
    km, length = scale_bar(view, 100)
    digits = 0 if km >= 1 else 1
    words = text("paper.km", deck.lang, km=number(km, deck.lang, digits))
    start, low = left + 68, top + 34
    bar = ((start, low - 5), (start, low), (start + length, low), (start + length, low - 5))
    sheet.lines([bar], INK, width=2)
    sheet.line(words, start + length / 2, top - 1, SMALLEST_PX, align="middle")


def _legend(sheet: Sheet, row: Legend, at: Box) -> None:
    middle = at.top + line_px(SMALLEST_PX) / 2
    swatch = Box(at.left, round(middle) - 10, SWATCH - 10, 20)
    right, low = swatch.left + swatch.width, swatch.top + swatch.height
    if row.shape == "line":
        sheet.lines([((swatch.left, middle), (right, middle))], row.colour, width=3)
    elif row.shape == "area":
        shape = shapely.box(swatch.left, swatch.top, right, low)
        sheet.polygon(rings(shape)[0], row.colour or LAND)
        if row.hatched:
            sheet.lines(hatching(shape, _HATCH), COAST)
        sheet.polygon(rings(shape)[0], edge=COAST, dashes=(4, 3) if row.hatched else ())
    else:
        corners = marker(row.shape, (swatch.left + right) / 2, middle, 10)
        sheet.polygon([corners], row.colour)
    sheet.block(row.words, Box(at.left + SWATCH, at.top, at.width - SWATCH, at.height), SMALLEST_PX)
