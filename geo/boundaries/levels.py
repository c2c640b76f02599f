"""Details of every level of a coverage: coarser shapes whose neighbours still meet exactly.

The desa are simplified as one coverage, kecamatan are joined from them by code, kabupaten from
kecamatan, provinsi from kabupaten, and what is joined is simplified once more by its own corners.
So two neighbours have one edge, and each point of a level is one of the level below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.codes import LEVELS, Level
from geo.errors import GeometryError, ParameterError

TOLERANCES = (0.0, 0.00068, 0.0027, 0.0109, 0.0439)
"""Degrees by which the shapes of each detail may be off, the finest first: 0 is the coverage
itself, the others are a pixel of the web map at zooms 11, 9, 7 and 5."""
_PIXEL_AT_0 = 360 / 256
"""Degrees of longitude of a pixel of the web map at zoom 0."""
Texts = npt.NDArray[np.object_]
Shapes = npt.NDArray[np.object_]


class LevelShapes(NamedTuple):
    """The shapes of one level in one detail.

    Attributes
    ----------
    detail
        Position in `TOLERANCES`.
    level
        One of `geo.codes.LEVELS`.
    codes
        Shape (n,): dotted codes, sorted.
    shapes
        Shape (n,): Polygon or MultiPolygon in EPSG:4326, on the order of ``codes``.
    """

    detail: int
    level: Level
    codes: Texts
    shapes: Shapes


def detail_at(zoom: float) -> int:
    """Return the coarsest detail that is off by at most a pixel at a zoom of the web map.

    Below the zoom of the coarsest one it is that, which is then off by less than a pixel.

    Parameters
    ----------
    zoom
        0 to 30, as web maps count it.

    Raises
    ------
    ParameterError
        For a zoom outside 0 to 30.
    """
    if not 0 <= zoom <= 30:
        raise ParameterError("zoom", zoom, "0 to 30")
    pixel = _PIXEL_AT_0 / 2**zoom
    return max(n for n, tolerance in enumerate(TOLERANCES) if tolerance <= pixel)


def touching_provinces(shapes: Mapping[str, Shapes]) -> list[list[str]]:
    """Return which provinces must be simplified together, because their desa meet.

    Parameters
    ----------
    shapes
        Desa of each province by its code, EPSG:4326.

    Returns
    -------
    list of lists
        Codes, each in one list; lists and codes sorted. Provinces with only water between them
        stand alone.
    """
    codes = sorted(shapes)
    group = {code: code for code in codes}

    def root(code: str) -> str:
        while group[code] != code:
            code = group[code]
        return code

    boxes = {code: shapely.box(*shapely.total_bounds(shapes[code])) for code in codes}
    for n, one in enumerate(codes):
        for other in codes[n + 1 :]:
            near = root(one) != root(other) and shapely.intersects(boxes[one], boxes[other])
            if near and _meet(shapes[one], shapes[other], boxes[one], boxes[other]):
                group[max(root(one), root(other))] = min(root(one), root(other))
    found: dict[str, list[str]] = {}
    for code in codes:
        found.setdefault(root(code), []).append(code)
    return list(found.values())


def _meet(one: Shapes, other: Shapes, box: shapely.Polygon, other_box: shapely.Polygon) -> bool:
    """Return whether any two of two sets of shapes have a point in common."""
    both = shapely.intersection(box, other_box)
    here = one[shapely.intersects(one, both)]
    there = other[shapely.intersects(other, both)]
    if not len(here) or not len(there):
        return False
    return bool(shapely.STRtree(here).query(there, predicate="intersects").size)


def level_details(codes: Texts, shapes: Shapes) -> Iterator[LevelShapes]:
    """Yield each level in each detail, of the desa of provinces that are simplified together.

    Parameters
    ----------
    codes
        Shape (n,): dotted codes of desa, each once.
    shapes
        Shape (n,): their polygons in EPSG:4326, an exactly valid coverage. What shares an edge
        must be in one call, also across provinces: see `touching_provinces`.

    Yields
    ------
    LevelShapes
        The finest detail first, in it the levels from desa up. Every unit is in every detail, an
        islet that is smaller than the tolerance as a small shape.

    Raises
    ------
    ParameterError
        When codes and shapes differ in number, a code is no desa's, or one comes twice.
    GeometryError
        When the shapes are no valid coverage.
    """
    order = _checked(codes, shapes)
    codes, shapes = codes[order], shapes[order]
    for detail, tolerance in enumerate(TOLERANCES):
        below = LevelShapes(detail, "desa", codes, _simplified(shapes, tolerance))
        yield below
        for level in reversed(LEVELS[:-1]):
            above, part = _owners(below.codes, level)
            joined = _joined(below.shapes, part, len(above))
            below = LevelShapes(detail, level, above, _simplified(joined, tolerance))
            yield below


def _simplified(shapes: Shapes, tolerance: float) -> Shapes:
    return np.asarray(shapely.coverage_simplify(shapes, tolerance)) if tolerance else shapes


def _checked(codes: Texts, shapes: Shapes) -> npt.NDArray[np.intp]:
    """Return the order by code, after what the arguments must be was held."""
    if len(codes) != len(shapes):
        raise ParameterError("shapes", len(shapes), f"{len(codes)}, one per code")
    depth = len(LEVELS) - 1
    for code in codes:
        if str(code).count(".") != depth:
            raise ParameterError("codes", code, "codes of desa, with three dots")
    order = np.argsort(codes.astype(str), kind="stable")
    twice = codes[order][1:][codes[order][1:] == codes[order][:-1]]
    if len(twice):
        raise ParameterError("codes", twice[0], "each code once")
    if not shapely.coverage_is_valid(shapes):
        edges = shapely.coverage_invalid_edges(shapes)
        wrong = codes[~shapely.is_empty(edges) & ~shapely.is_missing(edges)]
        raise GeometryError(
            [f"{code}: its edges do not meet those of neighbours" for code in wrong]
        )
    return order


def _owners(codes: Texts, level: Level) -> tuple[Texts, npt.NDArray[np.intp]]:
    """Return the sorted codes of a level, and for each unit below the position of its own there."""
    parts = LEVELS.index(level) + 1
    above = np.array([".".join(str(code).split(".")[:parts]) for code in codes], dtype=object)
    part, found = pd.factorize(above, sort=True)
    return np.asarray(found, dtype=object), part


def _joined(shapes: Shapes, part: npt.NDArray[np.intp], units: int) -> Shapes:
    """Return one shape per unit; the shapes stand in the order of their units."""
    joined = np.empty(units, dtype=object)
    for n, own in enumerate(np.split(shapes, np.searchsorted(part, np.arange(1, units)))):
        joined[n] = shapely.coverage_union_all(own)
    return joined
