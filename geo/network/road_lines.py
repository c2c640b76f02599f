"""Cut road lines at their junctions, so that they become the edges of a graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import metric_crs_of
from geo.errors import ParameterError
from geo.network.points import to_degrees
from geo.network.proxy import components

if TYPE_CHECKING:
    import geopandas as gpd

Floats = npt.NDArray[np.float64]
_SAME_M = 0.05
"""Vertices closer than this are one: coordinates of seven decimals are a centimetre apart."""


@dataclass(frozen=True, eq=False)
class RoadEdges:
    """Edges between junctions, and how well the lines hang together.

    Attributes
    ----------
    edges
        ``line`` (label of the line), ``start``, ``end``, ``start_lon``, ``start_lat``,
        ``end_lon``, ``end_lat``, ``length_km``.
    junctions
        x and y in metres, shape (n, 2).
    crs
        The metric projection of the junctions.
    parts
        Connected part of each junction, 0 the one with most junctions.
    part_km
        Kilometres of road by part.
    snapped
        Ends of lines that were joined to a line nearby.
    widest_snap_m
        The widest gap so closed.
    """

    edges: pd.DataFrame = field(repr=False)
    junctions: Floats = field(repr=False)
    crs: str
    parts: npt.NDArray[np.int64] = field(repr=False)
    part_km: pd.Series
    snapped: int
    widest_snap_m: float


def road_edges(lines: gpd.GeoDataFrame, snap_m: float = 5.0) -> RoadEdges:
    """Return the edges of a road graph.

    Parameters
    ----------
    lines
        LineStrings with a CRS; the index labels them.
    snap_m
        An end that lies on no other line is joined to the nearest one within this many metres,
        0 to 100. Lines that cross without a shared vertex stay apart: they may be a bridge.

    Raises
    ------
    ParameterError
        For a snapping distance out of range.
    """
    if not 0 <= snap_m <= 100:
        raise ParameterError("snap_m", snap_m, "0 to 100")
    crs = metric_crs_of(lines)
    shapes = lines.geometry.to_crs(crs).to_numpy()
    joined, gaps = _snapped(shapes, snap_m)
    xy, line = shapely.get_coordinates(joined, return_index=True)
    vertex_xy, vertex = _vertices(xy)
    last = np.append(line[1:] != line[:-1], True)
    first = np.append(True, line[1:] != line[:-1])
    shared = np.bincount(vertex) > 1
    cut = first | last | shared[vertex]
    along = np.zeros(len(xy))
    along[1:] = np.hypot(*np.diff(xy, axis=0).T)
    along[first] = 0.0
    total = np.cumsum(along)
    at = np.flatnonzero(cut)
    from_at, to_at = at[:-1], at[1:]
    same = line[from_at] == line[to_at]
    from_at, to_at = from_at[same], to_at[same]
    length = (total[to_at] - total[from_at]) / 1000
    used, number = np.unique(np.concatenate([vertex[from_at], vertex[to_at]]), return_inverse=True)
    start, end = number[: len(from_at)], number[len(from_at) :]
    real = (start != end) & (length > 0)
    lonlat = to_degrees(vertex_xy[used], crs)
    edges = pd.DataFrame(
        {
            "line": lines.index.to_numpy()[line[from_at]],
            "start": start,
            "end": end,
            "start_lon": lonlat[start, 0],
            "start_lat": lonlat[start, 1],
            "end_lon": lonlat[end, 0],
            "end_lat": lonlat[end, 1],
            "length_km": length,
        }
    )[real].reset_index(drop=True)
    parts = components(len(used), edges[["start", "end"]].to_numpy(dtype=np.int64))
    part_km = edges["length_km"].groupby(parts[edges["start"]]).sum()
    return RoadEdges(
        edges, vertex_xy[used], crs, parts, part_km, len(gaps), float(max(gaps, default=0.0))
    )


def _vertices(xy: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the distinct vertices and the one of each coordinate."""
    cells = np.round(xy / _SAME_M).astype(np.int64)
    _, first, inverse = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    return xy[first], inverse.reshape(-1).astype(np.int64)


def _snapped(shapes: npt.NDArray[Any], snap_m: float) -> tuple[npt.NDArray[Any], list[float]]:
    """Return the lines with loose ends brought onto the line next to them, and the gaps closed."""
    ends = np.concatenate(
        [
            shapely.get_coordinates(shapely.get_point(shapes, 0)),
            shapely.get_coordinates(shapely.get_point(shapes, -1)),
        ]
    )
    owner = np.tile(np.arange(len(shapes)), 2)
    xy, line = shapely.get_coordinates(shapes, return_index=True)
    loose = _loose(ends, owner, xy, line)
    if snap_m == 0 or not loose.any():
        return shapes, []
    tree = shapely.STRtree(shapes)
    points = np.asarray(shapely.points(ends[loose]), dtype=object)
    hit, target = tree.query(points, predicate="dwithin", distance=snap_m)
    own = owner[loose][hit] == target
    hit, target = hit[~own], target[~own]
    gap = shapely.distance(points[hit], shapes[target])
    order = np.lexsort((target, gap, hit))
    hit, target, gap = hit[order], target[order], gap[order]
    nearest = np.append(True, hit[1:] != hit[:-1]) if len(hit) else np.zeros(0, dtype=bool)
    inserts: dict[int, list[tuple[float, float, float]]] = {}
    for point, into in zip(hit[nearest], target[nearest], strict=True):
        place = shapely.line_locate_point(shapes[into], points[point])
        x, y = ends[loose][point]
        inserts.setdefault(int(into), []).append((float(place), float(x), float(y)))
    out = shapes.copy()
    for into, found in inserts.items():
        out[into] = _with_vertices(shapes[into], found)
    return out, [float(g) for g in gap[nearest]]


def _loose(
    ends: Floats, owner: npt.NDArray[np.int64], xy: Floats, line: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Return which ends coincide with no vertex of another line."""
    from scipy.spatial import KDTree

    near = KDTree(xy).query_ball_point(ends, _SAME_M)
    return np.array(
        [
            not (set(line[found].tolist()) - {int(own)})
            for found, own in zip(near, owner, strict=True)
        ],
        dtype=bool,
    )


def _with_vertices(line: Any, found: list[tuple[float, float, float]]) -> Any:
    """Return a line with vertices put in at distances along it."""
    xy = shapely.get_coordinates(line)
    steps = np.append(0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T)))
    places = np.array([f[0] for f in found])
    new = np.array([f[1:] for f in found])
    order = np.argsort(np.concatenate([steps, places]), kind="stable")
    return shapely.LineString(np.concatenate([xy, new])[order])
