"""Where the markers of a map stand, and where its scale bar covers the least.

All is in pixels of the slide from the left upper corner of the map's land, so that a picture and a
sheet of paper show the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.maps.sheet import View, marker, scale_bar
from services.briefing.deck import Map, Marker
from services.briefing.files.ground import CannotDrawError
from services.briefing.layout import INK, PAPER, SMALLEST_PX, Box
from services.briefing.measure import plain, width
from services.texts import number, text

DOT, RIM = 4, 2
"""Radius of the place that a marker has moved away from, and the white edge of a marker."""
BAR_LEFT = 52
"""Where the scale bar begins on its plate, to the right of the north arrow."""
_MARKER, _MARGIN, _BAR_MOST, _PLATE_HEIGHT = 11, 10, 150, 68
_RINGS, _SPOKES, _RING = 60, 24, 6


@dataclass(frozen=True)
class Plate:
    """What carries north arrow and scale bar.

    Attributes
    ----------
    words, bar
        Kilometres or metres of the bar, and its length in pixels.
    """

    box: Box
    words: str
    bar: float


@dataclass(frozen=True)
class Sign:
    """A marker as it is drawn.

    Attributes
    ----------
    place
        Where it belongs.
    spot
        Where it stands, so that it covers no other.
    radius
        As `ground.marker` takes it.
    """

    marker: Marker
    place: tuple[float, float]
    spot: tuple[float, float]
    radius: float

    @property
    def moved(self) -> bool:
        """Whether it needs a line to its place."""
        return math.dist(self.place, self.spot) > DOT


def plate_of(shown: Map, view: View, land: Iterable[BaseGeometry], lang: str) -> Plate:
    """Return the plate in the corner where it covers the least land and no marker.

    ``land``: shapes as `View.shapes` gives them.
    """
    km, bar = scale_bar(view, _BAR_MOST)
    words = (
        text("picture.km", lang, km=number(km, lang))
        if km >= 1
        else text("picture.m", lang, m=number(km * 1000, lang))
    )
    wide = math.ceil(BAR_LEFT + max(bar, width(words, SMALLEST_PX)) + _MARGIN)
    lefts = (_MARGIN, int(view.width) - wide - _MARGIN)
    tops = (int(view.height) - _PLATE_HEIGHT - _MARGIN, _MARGIN)
    shapes = list(land)
    points = shapely.points([view.point(m.lon, m.lat) for m in shown.markers] or [(-1e9, 0)])

    def covered(corner: Box) -> float:
        right, bottom = corner.left + corner.width, corner.top + corner.height
        plate = shapely.box(corner.left, corner.top, right, bottom)
        near = shapely.intersects(plate.buffer(3 * _MARGIN), points).sum()
        return float(near * plate.area + shapely.area(shapely.intersection(shapes, plate)).sum())

    corners = [Box(left, top, wide, _PLATE_HEIGHT) for top in tops for left in lefts]
    return Plate(min(corners, key=covered), words, bar)


def signs_of(shown: Map, view: View, plate: Plate) -> list[Sign]:
    """Return the markers within the view, none covering another or the plate.

    Raises
    ------
    CannotDrawError
        When they lack the room.
    """
    seen = [
        (one, place)
        for one in shown.markers
        for place in [view.point(one.lon, one.lat)]
        if 0 <= place[0] <= view.width and 0 <= place[1] <= view.height
    ]
    # A place without a label is exact only where it lies; a label can be led to its own by a line.
    seen.sort(key=lambda one: bool(one[0].label))
    signs: list[Sign] = []
    taken: list[tuple[float, float, float]] = []
    for one, place in seen:
        spot = _free_spot(place, marker_reach(one), taken, view, plate.box)
        if spot is None:
            raise CannotDrawError(shown.key, len(seen), f"at most {len(taken)}")
        taken.append((*spot, marker_reach(one)))
        signs.append(Sign(one, place, spot, marker_radius(one)))
    return signs


def marker_radius(one: Marker) -> float:
    """Return the radius of a marker in pixels of the slide, so that its label stands in it."""
    if not plain(one.label):
        return _MARKER
    half = width(plain(one.label), SMALLEST_PX, True) / 2
    inside = {"circle": 1.0, "square": 1.0, "diamond": 0.8, "triangle": 0.62}[one.shape]
    return max(half + 5, SMALLEST_PX * 0.72) / inside


def marker_reach(one: Marker) -> float:
    """Return how far, in pixels, a marker reaches from its middle."""
    corners = np.array(marker(one.shape, 0, 0, marker_radius(one)))
    return float(np.hypot(*corners.T).max()) + RIM


def _free_spot(
    place: tuple[float, float],
    reach: float,
    taken: list[tuple[float, float, float]],
    view: View,
    plate: Box,
) -> tuple[float, float] | None:
    """Return the nearest spot at which a marker covers no other, nor the plate, and is whole."""
    for ring in range(_RINGS):
        for spoke in range(_SPOKES if ring else 1):
            angle = 2 * math.pi * spoke / _SPOKES
            x = place[0] + ring * _RING * math.cos(angle)
            y = place[1] + ring * _RING * math.sin(angle)
            inside = reach <= x <= view.width - reach and reach <= y <= view.height - reach
            beside = plate.left - reach < x < plate.left + plate.width + reach
            level = plate.top - reach < y < plate.top + plate.height + reach
            if (
                inside
                and not (beside and level)
                and all(math.dist((x, y), (a, b)) >= reach + other for a, b, other in taken)
            ):
                return x, y
    return None


def on(colour: str) -> str:
    """Return ink or paper, whichever is read better on a colour (contrast of WCAG 2)."""
    below, ink, paper = (_light(c) for c in (colour, INK, PAPER))
    return PAPER if paper / below >= max(below / ink, ink / below) else INK


def _light(colour: str) -> float:
    """Return the relative luminance of a colour, 0 to 1, with the 0.05 that contrast adds."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05
