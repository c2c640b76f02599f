"""What a map of islands shows first: the large ones filling the frame, the remote ones apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import metric_crs_of, require_storage_crs

Bounds = tuple[float, float, float, float]
"""South, west, north, east in degrees."""

MAIN_SHARE = 0.95
"""The largest pieces of land that hold this share of it are the main islands."""
INSET_SHARE = 0.9
"""An inset shows the largest pieces of each of its units that hold this share of it."""
_CORNER_SHARE = 0.4
"""Part of each side of the frame that a corner takes."""
_MARGIN = 0.08


@dataclass(frozen=True, eq=False)
class Framing:
    """What is shown first.

    Attributes
    ----------
    bounds
        Of the main islands.
    islands
        Bounds of each main island, the largest first.
    remote
        Codes of the units most of whose land is on no main island, by group.
    insets
        Bounds of the larger pieces of each group of remote units, in the order of ``remote``.
    emptier
        Side of the emptiest corner: -1 left, 1 right.
    """

    bounds: Bounds
    islands: tuple[Bounds, ...]
    remote: tuple[tuple[str, ...], ...]
    insets: tuple[Bounds, ...]
    emptier: int


def framing(shapes: gpd.GeoDataFrame) -> Framing:
    """Return how to frame a coverage.

    Parameters
    ----------
    shapes
        The units of the finest level: ``code`` and ``parent_code``, polygons in EPSG:4326 that
        overlap nowhere. Remote units of one parent make one group.
    """
    require_storage_crs(shapes)
    pieces = shapely.get_parts(shapely.coverage_union_all(shapes.geometry.to_numpy()))
    area = gpd.GeoSeries(pieces, crs=shapes.crs).to_crs(metric_crs_of(shapes)).area.to_numpy()
    order = np.argsort(-area, kind="stable")
    reached = np.cumsum(area[order]) / area.sum()
    main = pieces[order[: int(np.searchsorted(reached, MAIN_SHARE)) + 1]]
    remote = shapes[_off(shapes, main)]
    groups = [rows for _, rows in remote.groupby("parent_code", sort=True)]
    bounds = _joined(main)
    return Framing(
        bounds=bounds,
        islands=tuple(_joined([one]) for one in main),
        remote=tuple(tuple(rows["code"].sort_values()) for rows in groups),
        insets=tuple(_widened(_joined(_larger(rows.geometry.to_numpy()))) for rows in groups),
        emptier=_emptier_side(main, bounds),
    )


def _off(shapes: gpd.GeoDataFrame, main: np.ndarray) -> np.ndarray:
    """Tell of each unit whether less than half of its land is on the main islands."""
    parts, owner = shapely.get_parts(shapes.geometry.to_numpy(), return_index=True)
    tree = shapely.STRtree(main)
    inside = np.zeros(len(parts), dtype=bool)
    inside[tree.query(shapely.point_on_surface(parts), predicate="intersects")[0]] = True
    area = shapely.area(parts)
    on = np.bincount(owner, weights=area * inside, minlength=len(shapes))
    off: np.ndarray = on < 0.5 * np.bincount(owner, weights=area, minlength=len(shapes))
    return off


def _larger(shapes: np.ndarray) -> np.ndarray:
    """Return the largest pieces of each shape that hold `INSET_SHARE` of it."""
    kept = []
    for shape in shapes:
        pieces = np.asarray(sorted(shapely.get_parts(shape), key=shapely.area, reverse=True))
        reached = np.cumsum(shapely.area(pieces)) / shapely.area(shape)
        kept.append(pieces[: int(np.searchsorted(reached, INSET_SHARE)) + 1])
    return np.concatenate(kept)


def _joined(shapes: Sequence[shapely.Geometry] | np.ndarray) -> Bounds:
    west, south, east, north = shapely.total_bounds(np.asarray(shapes))
    return float(south), float(west), float(north), float(east)


def _widened(bounds: Bounds) -> Bounds:
    south, west, north, east = bounds
    across, up = _MARGIN * (east - west), _MARGIN * (north - south)
    found = (south - up, west - across, north + up, east + across)
    return tuple(round(value, 4) for value in found)  # type: ignore[return-value]


def _emptier_side(main: np.ndarray, bounds: Bounds) -> int:
    """Return the side of the emptiest corner, as `Framing.emptier` says."""
    south, west, north, east = bounds
    land = shapely.union_all(main)
    across, up = _CORNER_SHARE * (east - west), _CORNER_SHARE * (north - south)
    corners = [
        (side, shapely.box(left, low, left + across, low + up))
        for side, left in ((-1, west), (1, east - across))
        for low in (south, north - up)
    ]
    return min(corners, key=lambda one: float(shapely.intersection(land, one[1]).area))[0]
