"""A stand-in for the roads: a graph over points of desa, drawn where no file of roads is at hand.

No open road file of the province ships with the product. Neighbouring desa are taken to be joined
by a road where no third desa lies between them (Gabriel graph) and no wide water does. Lengths are
straight; `geo.network.fit` measures how far they are from published distances and times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.boundaries.coast import Land
from geo.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_NEIGHBOURS = 3


@dataclass(frozen=True)
class ProxyParams:
    """How the proxy is drawn.

    Attributes
    ----------
    max_water_m
        An edge over more metres of water than this is removed, at least 0. Rivers are narrower.
    town_spacing_m
        An edge is a town's where the three nearest desa of its denser end lie closer than this
        on average, at least 0.
    """

    max_water_m: float = 400.0
    town_spacing_m: float = 1000.0

    def __post_init__(self) -> None:
        for name in ("max_water_m", "town_spacing_m"):
            if not getattr(self, name) >= 0:
                raise ParameterError(name, getattr(self, name), "at least 0")


@dataclass(frozen=True, eq=False)
class ProxyRoads:
    """The proxy before it is fitted.

    Attributes
    ----------
    vertices
        Indexed from 0: ``x_m``, ``y_m`` and ``island`` (position in the land's islands).
    vertex_of
        Vertex by desa code; two desa at one point share it.
    edges
        ``start``, ``end``, ``straight_km``, ``is_town``.
    parts
        Connected component of each vertex, 0 the largest.
    """

    vertices: pd.DataFrame
    vertex_of: pd.Series
    edges: pd.DataFrame
    parts: Ints


def gabriel_edges(xy: Floats) -> Ints:
    """Return the edges of the Gabriel graph: no third point within the circle over an edge.

    Parameters
    ----------
    xy
        Distinct points, shape (n, 2).

    Returns
    -------
    ndarray
        Shape (m, 2) of positions, the lower one first, sorted. A point on the circle itself
        does not part its ends.

    Notes
    -----
    Gabriel and Sokal, Systematic Zoology 18 (1969). It is a subgraph of the Delaunay graph, so only
    those edges are tried; two or three points, or points in a line, are handled without it.
    """
    from scipy.spatial import KDTree

    n = len(xy)
    if n < 2:
        return np.empty((0, 2), dtype=np.int64)
    pairs = _candidates(xy)
    middle = (xy[pairs[:, 0]] + xy[pairs[:, 1]]) / 2
    radius = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T) / 2
    nearest = KDTree(xy).query(middle)[0]
    kept: Ints = pairs[nearest >= radius * (1 - 1e-9)]
    return kept


def _candidates(xy: Floats) -> Ints:
    from scipy.spatial import Delaunay

    n = len(xy)
    spread = np.linalg.matrix_rank(xy - xy.mean(axis=0), tol=1e-6)
    if n < 4 or spread < 2:
        start, end = np.triu_indices(n, 1)
        return np.column_stack([start, end]).astype(np.int64)
    corners = Delaunay(xy).simplices
    pairs = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
    return np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int64)


def proxy_roads(
    codes: Sequence[str], xy: Floats, land: Land, params: ProxyParams | None = None
) -> ProxyRoads:
    """Return the proxy of the roads between desa.

    Parameters
    ----------
    codes
        Desa codes, each once.
    xy
        Their points in metres, shape (n, 2); several desa may stand at one point.
    land
        The land of the province.
    params
        How the proxy is drawn.

    Raises
    ------
    ParameterError
        When there is no desa, or points and codes differ in number.
    """
    from scipy.spatial import KDTree

    chosen = params or ProxyParams()
    if not len(codes) or xy.shape != (len(codes), 2):
        raise ParameterError("xy", xy.shape, f"shape ({max(len(codes), 1)}, 2)")
    points, which = np.unique(np.round(xy, 3), axis=0, return_inverse=True)
    pairs = gabriel_edges(points)
    ends = np.stack([points[pairs[:, 0]], points[pairs[:, 1]]], axis=1)
    lines = np.asarray(shapely.linestrings(ends), dtype=object)
    pairs = pairs[land.water_m(lines) <= chosen.max_water_m]
    length = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T)
    near = KDTree(points).query(points, k=min(_NEIGHBOURS + 1, len(points)))[0]
    spacing = near.reshape(len(points), -1)[:, 1:].mean(axis=1) if len(points) > 1 else np.inf
    spacing = np.broadcast_to(spacing, len(points))
    edges = pd.DataFrame(
        {
            "start": pairs[:, 0],
            "end": pairs[:, 1],
            "straight_km": length / 1000,
            "is_town": np.minimum(spacing[pairs[:, 0]], spacing[pairs[:, 1]])
            < chosen.town_spacing_m,
        }
    )
    vertices = pd.DataFrame(
        {"x_m": points[:, 0], "y_m": points[:, 1], "island": land.island_of(points)}
    )
    vertex_of = pd.Series(
        which.astype(np.int64), index=pd.Index(list(codes), dtype="str", name="code"), name="vertex"
    )
    return ProxyRoads(vertices, vertex_of, edges, components(len(points), pairs))


def components(n: int, pairs: Ints) -> Ints:
    """Return the connected component of each of n vertices, numbered by size, 0 the largest.

    ``pairs`` are positions of vertices, shape (m, 2).
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(pairs))
    matrix = csr_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    labels = connected_components(matrix, directed=False)[1]
    order = np.argsort(-np.bincount(labels), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return np.asarray(rank[labels], dtype=np.int64)
