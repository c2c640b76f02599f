"""The geometry of a map that stands still: where degrees fall, and how long a kilometre is there.

Units are those of the drawing, pixels or points, from its left upper corner downwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from geo.crs import STORAGE_CRS, metric_crs_around

Points: TypeAlias = npt.NDArray[np.float64]
Bounds: TypeAlias = tuple[float, float, float, float]

_ROUND = 32
"""Corners of a circle."""


@dataclass(frozen=True)
class View:
    """A part of the earth on a drawing.

    Attributes
    ----------
    crs
        Equal-area projection in metres around what is shown.
    west_m, north_m
        Left upper corner in that projection.
    metres
        How many lie in one unit of the drawing, the same in every direction.
    width, height
        Of the drawing, in its units.
    """

    crs: str
    west_m: float
    north_m: float
    metres: float
    width: float
    height: float

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north in degrees of all that is shown."""
        east_m = self.west_m + self.metres * self.width
        south_m = self.north_m - self.metres * self.height
        found = _projection(self.crs).transform_bounds(
            self.west_m, south_m, east_m, self.north_m, direction="INVERSE"
        )
        return tuple(float(value) for value in found)  # type: ignore[return-value]

    def points(self, degrees: Points) -> Points:
        """Return where points of longitude and latitude fall: one row each, two columns."""
        x, y = _projection(self.crs).transform(degrees[:, 0], degrees[:, 1])
        across, down = (x - self.west_m) / self.metres, (self.north_m - y) / self.metres
        return np.column_stack([across, down])

    def point(self, lon: float, lat: float) -> tuple[float, float]:
        """Return where one point falls."""
        ((x, y),) = self.points(np.array([[lon, lat]]))
        return float(x), float(y)

    def shapes(self, land: dict[str, Any]) -> dict[str, BaseGeometry]:
        """Return the units by their code, cut at the edge; those outside are left out.

        Parameters
        ----------
        land
            FeatureCollection in degrees; a feature without a code is named by its place in it.
        """
        features = land["features"]
        cut = self.drawn([_geometry(f["geometry"]) for f in features])
        return {
            str(f["properties"].get("code", n)): shape
            for n, (f, shape) in enumerate(zip(features, cut, strict=True))
            if not shape.is_empty
        }

    def drawn(self, shapes: Sequence[BaseGeometry]) -> list[BaseGeometry]:
        """Return neighbours, in degrees, as they fall on the drawing, cut at its edge."""
        found = shapely.transform(list(shapes), self.points)
        # A quarter of a unit cannot be seen, and neighbours lose the same points.
        found = shapely.coverage_simplify(found, 0.25)
        cut: list[BaseGeometry] = list(shapely.clip_by_rect(found, 0, 0, self.width, self.height))
        return cut


@lru_cache(16)
def _projection(crs: str) -> Transformer:
    return Transformer.from_crs(STORAGE_CRS, crs, always_xy=True)


def _geometry(value: dict[str, Any]) -> BaseGeometry:
    return shapely.geometry.shape(value)


def fit(bounds: Bounds, width: float, height: float) -> View:
    """Return the view that shows all of the bounds in the middle of a drawing.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees.
    width, height
        Units of the drawing.
    """
    crs = metric_crs_around(*bounds)
    west, south, east, north = _projection(crs).transform_bounds(*bounds)
    metres = max((east - west) / width, (north - south) / height)
    west_m = (west + east - metres * width) / 2
    north_m = (south + north + metres * height) / 2
    return View(crs, west_m, north_m, metres, width, height)


def scale_bar(view: View, most: float) -> tuple[float, float]:
    """Return the kilometres of a scale bar, 1, 2 or 5 times a power of ten, and its length.

    Parameters
    ----------
    most
        Units of the drawing that the bar may take; its length is in the same.
    """
    room = view.metres * most / 1000
    ten = 10.0 ** math.floor(math.log10(room))
    km = max(step * ten for step in (1, 2, 5) if step * ten <= room)
    return km, km * 1000 / view.metres


def north_arrow(x: float, top: float, size: float) -> tuple[tuple[float, float], ...]:
    """Return the corners of an arrow that points up.

    Parameters
    ----------
    x, top
        Of its tip, units of the drawing.
    size
        Its height, units of the drawing.
    """
    return (
        (x, top),
        (x + size * 0.32, top + size),
        (x, top + size * 0.76),
        (x - size * 0.32, top + size),
    )


def marker(shape: str, x: float, y: float, radius: float) -> tuple[tuple[float, float], ...]:
    """Return the corners of a marker; all shapes cover about the same area.

    Parameters
    ----------
    shape
        ``circle``, ``square``, ``triangle`` or ``diamond``.
    x, y
        Of its middle, units of the drawing.
    radius
        Of the circle, units of the drawing.
    """
    corners, turn, grown = {
        "circle": (_ROUND, 0.0, 1.0),
        "square": (4, math.pi / 4, 1.25),
        "triangle": (3, -math.pi / 2, 1.5),
        "diamond": (4, 0.0, 1.3),
    }[shape]
    angles = (turn + 2 * math.pi * n / corners for n in range(corners))
    return tuple(
        (x + radius * grown * math.cos(a), y + radius * grown * math.sin(a)) for a in angles
    )


def hatching(shape: BaseGeometry, step: float) -> list[tuple[tuple[float, float], ...]]:
    """Return slanting lines inside a shape, on one grid for all shapes of a drawing.

    Parameters
    ----------
    step
        How far lines stand from each other, units of the drawing.
    """
    west, north, east, south = shape.bounds
    apart = step * math.sqrt(2)
    first, last = math.floor((west + north) / apart), math.ceil((east + south) / apart)
    lines = [
        shapely.LineString([(n * apart - north, north), (n * apart - south, south)])
        for n in range(first, last + 1)
    ]
    inside = shapely.get_parts(shapely.intersection(lines, shape))
    return [tuple(part.coords) for part in inside if part.geom_type == "LineString" and part.length]


def rings(shape: BaseGeometry) -> list[list[Points]]:
    """Return the polygons of a shape, each as its outer ring and then its holes."""
    return [
        [shapely.get_coordinates(ring) for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon"
    ]
