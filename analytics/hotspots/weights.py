"""Spatial weights: which units are neighbours, by shared edges, distance or travel time.

Weights are binary, never hold a unit itself, and leave no unit without a neighbour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import metric_crs_around, require_storage_crs
from geo.errors import CodeError, ParameterError

if TYPE_CHECKING:
    import geopandas as gpd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_OVER_WATER = 2
"""To how many nearest units one without a shared edge is linked."""
_CHUNK = 512


@dataclass(frozen=True, eq=False)
class Weights:
    """Binary spatial weights.

    Attributes
    ----------
    codes
        The units, in the order of rows and columns; at least two, each once.
    matrix
        ``scipy.sparse.csr_array`` of ones, shape (n, n), zero diagonal, no empty row. Row i holds
        the neighbours of unit i. Nearest-neighbour weights need not be symmetric.
    kind
        ``contiguity``, ``knn``, ``travel_time``, ``distance_band`` or ``given``.
    params
        What the weights were built with.

    Raises
    ------
    ParameterError
        For fewer than two units, a repeated code, a wrong shape, a weight that is not 1, a unit
        that is its own neighbour, a unit without a neighbour.
    """

    codes: tuple[str, ...]
    matrix: Any = field(repr=False)
    kind: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _require_codes(self.codes)
        n = len(self.codes)
        if self.matrix.shape != (n, n):
            raise ParameterError("matrix", self.matrix.shape, f"shape {(n, n)}")
        if not np.all(self.matrix.data == 1.0):
            raise ParameterError("matrix", self.matrix.data.max(), "weights of 1 only")
        if self.matrix.diagonal().any():
            own = self.codes[int(self.matrix.diagonal().argmax())]
            raise ParameterError("matrix", own, "no unit that is its own neighbour")
        if not self.cardinality.all():
            alone = self.codes[int(self.cardinality.argmin())]
            raise ParameterError("matrix", alone, "at least one neighbour for every unit")

    @property
    def n(self) -> int:
        """Number of units."""
        return len(self.codes)

    @property
    def cardinality(self) -> Ints:
        """Number of neighbours of each unit, itself not counted."""
        return np.asarray(np.diff(self.matrix.indptr), dtype=np.int64)

    def star(self) -> Any:
        """Return the matrix with every unit as its own neighbour as well (csr)."""
        from scipy.sparse import csr_array, eye_array

        return csr_array(self.matrix + eye_array(self.n, format="csr"))

    def reordered(self, codes: Sequence[str]) -> Weights:
        """Return the same weights with the units in another order.

        Raises
        ------
        CodeError
            When ``codes`` are not the units of these weights; names the first that differs.
        """
        wanted = tuple(str(code) for code in codes)
        if wanted == self.codes:
            return self
        _require_codes(wanted)
        different = sorted(set(wanted) ^ set(self.codes))
        if different:
            raise CodeError(different[0], f"the {self.n} units of the weights, no other")
        order = pd.Index(self.codes).get_indexer(pd.Index(wanted))
        return Weights(wanted, self.matrix[order][:, order], self.kind, self.params)


def _require_codes(codes: Sequence[str]) -> None:
    """Raise `ParameterError` unless there are two codes or more, each once."""
    if len(codes) < 2:
        raise ParameterError("codes", tuple(codes), "at least two units")
    seen = pd.Index(codes)
    if seen.has_duplicates:
        raise ParameterError("codes", seen[seen.duplicated()][0], "each unit once")


def from_pairs(
    codes: Sequence[str],
    pairs: Ints,
    kind: str = "given",
    params: Mapping[str, object] | None = None,
) -> Weights:
    """Return weights from pairs of positions.

    Parameters
    ----------
    codes
        The units.
    pairs
        Shape (m, 2): unit and neighbour. Repeated pairs and a unit with itself are dropped.
    kind, params
        How the pairs were found.
    """
    from scipy.sparse import csr_array

    n = len(codes)
    packed = np.unique(pairs[:, 0] * n + pairs[:, 1])
    row, column = packed // max(n, 1), packed % max(n, 1)
    keep = row != column
    ones = np.ones(int(keep.sum()))
    matrix = csr_array((ones, (row[keep], column[keep])), shape=(n, n))
    matrix.sort_indices()
    return Weights(tuple(str(code) for code in codes), matrix, kind, dict(params or {}))


def metric_points(points: pd.DataFrame, crs: str | None = None) -> Floats:
    """Return the points of units in metres.

    Parameters
    ----------
    points
        Columns ``lon``, ``lat`` in degrees (EPSG:4326), one row per unit, index code.
    crs
        Metric projection; None: the one around these points.

    Returns
    -------
    ndarray
        Shape (n, 2): x and y in metres.

    Raises
    ------
    ParameterError
        When a coordinate is missing; names the unit.
    """
    from pyproj import Transformer

    missing = points[["lon", "lat"]].isna().any(axis=1).to_numpy()
    if missing.any():
        raise ParameterError("points", str(points.index[missing][0]), "a lon and a lat")
    lon, lat = points["lon"].to_numpy("float64"), points["lat"].to_numpy("float64")
    if crs is None:
        crs = metric_crs_around(lon.min(), lat.min(), lon.max(), lat.max())
    to_metres = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return np.column_stack(to_metres.transform(lon, lat))


def _check_k(k: int, n: int) -> None:
    if not 1 <= k < n:
        raise ParameterError("k", k, f"1 to {n - 1} (fewer than the {n} units)")


def _nearest(costs: Floats, rows: Ints, order: Ints, k: int) -> Ints:
    """Return the pairs (row, neighbour) of the k cheapest columns; ties go to the lower code.

    ``costs`` has a row per entry of ``rows``; a cost of infinity is no neighbour.
    """
    costs = costs.copy()
    costs[np.arange(len(rows)), rows] = np.inf
    cheapest = order[np.argsort(costs[:, order], axis=1, kind="stable")[:, :k]]
    pairs = np.column_stack([np.repeat(rows, k), cheapest.ravel()])
    reachable = np.isfinite(np.take_along_axis(costs, cheapest, axis=1).ravel())
    return pairs[reachable]


def _knn_pairs(xy_m: Floats, rows: Ints, codes: Sequence[str], k: int) -> Ints:
    order = np.argsort(np.array(codes, dtype=object), kind="stable")
    parts = []
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        offset = xy_m[chunk, None, :] - xy_m[None, :, :]
        parts.append(_nearest(np.hypot(offset[..., 0], offset[..., 1]), chunk, order, k))
    return np.concatenate(parts) if parts else np.zeros((0, 2), dtype=np.int64)


def _require_xy(codes: Sequence[str], xy_m: Floats) -> None:
    _require_codes(codes)
    if xy_m.shape != (len(codes), 2) or not np.isfinite(xy_m).all():
        raise ParameterError("xy_m", xy_m.shape, f"{len(codes)} points of finite metres")


def knn_weights(codes: Sequence[str], xy_m: Floats, k: int = 6) -> Weights:
    """Return the k nearest units of each unit, by straight distance.

    Parameters
    ----------
    codes
        The units.
    xy_m
        Shape (n, 2), metres (`metric_points`).
    k
        1 to n - 1. Of equally near units the one with the lower code is taken.
    """
    _require_xy(codes, xy_m)
    _check_k(k, len(codes))
    rows = np.arange(len(codes), dtype=np.int64)
    return from_pairs(codes, _knn_pairs(xy_m, rows, codes, k), "knn", {"k": k})


def distance_band_weights(codes: Sequence[str], xy_m: Floats, threshold_m: float) -> Weights:
    """Return all units within a distance of each unit, or the nearest one where there is none.

    Parameters
    ----------
    codes, xy_m
        As for `knn_weights`.
    threshold_m
        Above 0; a unit at exactly this distance is a neighbour.

    Raises
    ------
    ParameterError
        When the distance is not above 0, or the points do not fit the codes.
    """
    _require_xy(codes, xy_m)
    if not threshold_m > 0:
        raise ParameterError("threshold_m", threshold_m, "above 0")
    from scipy.spatial import cKDTree

    found = cKDTree(xy_m).query_pairs(threshold_m, output_type="ndarray").astype(np.int64)
    pairs = np.concatenate([found, found[:, ::-1]])
    pairs = _fill(codes, xy_m, pairs, k=1)
    return from_pairs(codes, pairs, "distance_band", {"threshold_m": threshold_m})


def travel_time_weights(
    codes: Sequence[str], minutes: pd.DataFrame | Floats, k: int = 6
) -> Weights:
    """Return the k units that each unit reaches first.

    Parameters
    ----------
    codes
        The units.
    minutes
        Travel time from row to column. A frame is matched by its labels (index and columns are
        codes and may hold more); an array stands in the order of ``codes``. NaN and infinity
        mean no connection; the diagonal is not read.
    k
        1 to n - 1. A unit that reaches fewer has fewer neighbours. Ties go to the lower code.

    Raises
    ------
    CodeError
        When the frame lacks a unit.
    ParameterError
        For a negative time, a wrong shape, k out of range, or a unit that reaches no other.
    """
    _require_codes(codes)
    n = len(codes)
    _check_k(k, n)
    if isinstance(minutes, pd.DataFrame):
        for axis in (minutes.index, minutes.columns):
            missing = [code for code in codes if code not in axis]
            if missing:
                raise CodeError(missing[0], "a row and a column of the travel times")
        minutes = minutes.loc[list(codes), list(codes)].to_numpy("float64")
    costs = np.array(minutes, dtype=np.float64)
    if costs.shape != (n, n):
        raise ParameterError("minutes", costs.shape, f"shape {(n, n)}")
    if (costs < 0).any():
        raise ParameterError("minutes", float(np.nanmin(costs)), "0 or more")
    order = np.argsort(np.array(codes, dtype=object), kind="stable")
    costs[np.isnan(costs)] = np.inf
    pairs = _nearest(costs, np.arange(n, dtype=np.int64), order, k)
    lonely = np.flatnonzero(np.bincount(pairs[:, 0], minlength=n) == 0)
    if lonely.size:
        raise ParameterError("minutes", str(codes[lonely[0]]), "a unit that reaches another")
    return from_pairs(codes, pairs, "travel_time", {"k": k})


def shared_edges(geometries: Sequence[Any]) -> Ints:
    """Return the pairs of geometries that touch, if only in a point (queen contiguity).

    Parameters
    ----------
    geometries
        Polygons of one coverage, any CRS. Gaps between polygons part them.

    Returns
    -------
    ndarray
        Shape (m, 2) of positions, each pair in both directions.

    Raises
    ------
    ParameterError
        For an unknown rule.
    """
    array = np.asarray(geometries, dtype=object)
    pairs = shapely.STRtree(array).query(array, predicate="intersects").T.astype(np.int64)
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    return np.concatenate([pairs, pairs[:, ::-1]])


def contiguity_weights(shapes: gpd.GeoDataFrame, points: pd.DataFrame) -> Weights:
    """Return neighbours by `shared_edges`; units without any are linked over water.

    Such a unit is linked to its two nearest; of two units to the other one. The link counts for
    both ends, so that the weights stay symmetric.

    Parameters
    ----------
    shapes
        The coverage: ``code`` and ``geometry`` in EPSG:4326. Units without a polygon are missing.
    points
        All units: index code, ``lon``, ``lat`` in degrees.

    Raises
    ------
    CodeError
        When a shape has no point.
    CrsError
        When the shapes are not in EPSG:4326.
    ParameterError
        For fewer than two units, or a repeated code.
    """
    codes = [str(code) for code in points.index]
    _require_codes(codes)
    require_storage_crs(shapes)
    nearest = min(_OVER_WATER, len(codes) - 1)
    own = [str(code) for code in shapes["code"]]
    if len(set(own)) < len(own):
        raise ParameterError("shapes", len(own) - len(set(own)), "each unit once")
    position = pd.Index(codes).get_indexer(pd.Index(own))
    if (position < 0).any():
        raise CodeError(own[int(position.argmin())], "a unit with a point")
    pairs = position[shared_edges(shapes.geometry.to_numpy())].astype(np.int64)
    pairs = _fill(codes, metric_points(points), pairs, nearest)
    return from_pairs(codes, pairs, "contiguity", {"k_over_water": nearest})


def _fill(codes: Sequence[str], xy_m: Floats, pairs: Ints, k: int) -> Ints:
    """Link units without neighbours to their k nearest, both ways."""
    few = np.flatnonzero(np.bincount(pairs[:, 0], minlength=len(codes)) == 0)
    links = _knn_pairs(xy_m, few.astype(np.int64), codes, k)
    return np.concatenate([pairs, links, links[:, ::-1]])
