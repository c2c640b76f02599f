"""A stand-in for the roads: a graph over points of desa, fitted on published distances and times.

No open road file of the province ships with the product. Neighbouring desa are taken to be joined
by a road where no third desa lies between them (Gabriel graph) and no wide water does. Lengths are
straight; `fit_roads` measures how far they are from published distances and times.

One pair of places is left out at a time: the facts of a pair never help to predict it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import Delaunay, KDTree

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
    ones = np.ones(len(pairs))
    matrix = csr_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    labels = connected_components(matrix, directed=False)[1]
    order = np.argsort(-np.bincount(labels), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return np.asarray(rank[labels], dtype=np.int64)


_LEAST_PAIRS = 3


@dataclass(frozen=True)
class FitParams:
    """The grid that is searched, and how the error is measured.

    Attributes
    ----------
    speeds_kmh
        Speeds along straight open-country edges that are tried, above 0.
    town_factors
        How many times longer a kilometre in town takes, at least 1; 1 alone: no town class.
    trip_minutes
        Minutes per trip beside those along the edges (getting out and in), at least 0.
    draws
        Bootstrap draws over pairs for the intervals, at least 100.
    seed
        Seed of the draws.
    """

    speeds_kmh: tuple[float, ...] = tuple(np.arange(25.0, 65.1, 0.5).tolist())
    town_factors: tuple[float, ...] = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0)
    trip_minutes: tuple[float, ...] = tuple(range(0, 16))
    draws: int = 5000
    seed: int = 20240214

    def __post_init__(self) -> None:
        for name, least in (("speeds_kmh", 1e-9), ("town_factors", 1.0), ("trip_minutes", 0.0)):
            values = getattr(self, name)
            if not values or min(values) < least:
                raise ParameterError(name, values, f"values of at least {least:g}")
        if self.draws < 100:
            raise ParameterError("draws", self.draws, "at least 100")


@dataclass(frozen=True, eq=False)
class RoadFit:
    """What the proxy came to.

    Attributes
    ----------
    detour
        Kilometres by road per kilometre along the proxy.
    speed_kmh
        Kilometres along the proxy (straight) per hour in open country.
    town_factor
        How many times longer a kilometre in town takes.
    trip_min
        Minutes per trip beside those along the edges, half at each end.
    low_factor, high_factor
        Least and greatest published time over the predicted one, each pair predicted without it:
        the spread of the facts, taken as that of every road time.
    mape_distance, mape_time
        Median absolute percentage error (0.1 is 10 %) over facts, each pair left out in turn.
    interval_distance, interval_time
        95 % bootstrap intervals over pairs.
    n_distance, n_time
        Facts measured on.
    seed
        Seed of the intervals.
    errors
        Per fact: ``fact_id``, ``pair``, ``kind`` (``distance_km`` or ``time_min``),
        ``published``, ``predicted``, ``error`` (signed, 0.1 is 10 % too much).
    """

    detour: float
    speed_kmh: float
    town_factor: float
    trip_min: float
    low_factor: float
    high_factor: float
    mape_distance: float
    mape_time: float
    interval_distance: tuple[float, float]
    interval_time: tuple[float, float]
    n_distance: int
    n_time: int
    seed: int
    errors: pd.DataFrame = field(repr=False)


@dataclass(frozen=True, eq=False)
class _Facts:
    """Usable facts with what the proxy says of them for each town factor (first axis)."""

    frame: pd.DataFrame
    weighted_km: Floats
    straight_km: Floats

    def less(self, keep: npt.NDArray[np.bool_]) -> _Facts:
        return _Facts(self.frame[keep], self.weighted_km[:, keep], self.straight_km[:, keep])


@dataclass(frozen=True)
class _Choice:
    detour: float
    speed: float
    town: int
    trip: float


def fit_roads(
    roads: ProxyRoads, facts: pd.DataFrame, seat_of: pd.Series, params: FitParams | None = None
) -> RoadFit:
    """Fit detour and speed of the proxy, and measure their error on pairs that were left out.

    Parameters
    ----------
    roads
        The proxy.
    facts
        Published road facts, columns ``fact_id``, ``from_code``, ``to_code``, ``pair``,
        ``distance_km``, ``low_min`` and ``high_min``. The time of a fact is the middle of its low
        and high. Facts without both codes, or between places the proxy does not join, are left out.
    seat_of
        Desa code by unit code, as `geo.network.points.seats` gives it.
    params
        The grid.

    Returns
    -------
    RoadFit
        Factors fitted on all facts; errors with each pair left out. The fit makes the mean
        absolute logarithm of predicted over published least: half as long and twice as long are
        equally wrong.

    Raises
    ------
    ParameterError
        When fewer than three pairs have a distance, or a time.
    """
    chosen = params or FitParams()
    known = _usable(roads, facts, seat_of, chosen)
    if known.frame.loc[known.frame["distance_km"].notna(), "pair"].nunique() < _LEAST_PAIRS:
        raise ParameterError("facts", "distance_km", "at least three pairs of places")
    if known.frame.loc[known.frame["minutes"].notna(), "pair"].nunique() < _LEAST_PAIRS:
        raise ParameterError("facts", "low_min", "at least three pairs of places")
    whole = _fit(known, chosen)
    errors = pd.concat(
        [_held_out(known, pair, chosen) for pair in known.frame["pair"].unique()], ignore_index=True
    )
    distance = errors[errors["kind"].eq("distance_km")]
    time = errors[errors["kind"].eq("time_min")]
    ratio = time["published"] / time["predicted"]
    return RoadFit(
        detour=whole.detour,
        speed_kmh=whole.speed,
        town_factor=chosen.town_factors[whole.town],
        trip_min=whole.trip,
        low_factor=min(1.0, float(ratio.min())),
        high_factor=max(1.0, float(ratio.max())),
        mape_distance=float(distance["error"].abs().median()),
        mape_time=float(time["error"].abs().median()),
        interval_distance=_interval(distance, chosen),
        interval_time=_interval(time, chosen),
        n_distance=len(distance),
        n_time=len(time),
        seed=chosen.seed,
        errors=errors,
    )


def _usable(
    roads: ProxyRoads, facts: pd.DataFrame, seat_of: pd.Series, params: FitParams
) -> _Facts:
    ends = [facts[column].map(seat_of).map(roads.vertex_of) for column in ("from_code", "to_code")]
    named = ends[0].notna() & ends[1].notna() & ends[0].ne(ends[1])
    frame = facts[named].assign(minutes=facts[["low_min", "high_min"]].mean(axis=1))
    start, end = (column[named].to_numpy(dtype=np.int64) for column in ends)
    weighted, straight = [], []
    for factor in params.town_factors:
        by_time, length = _along(roads, factor, start, end)
        weighted.append(by_time)
        straight.append(length)
    joined = np.isfinite(weighted[0])
    known = _Facts(frame, np.array(weighted), np.array(straight))
    return known.less(joined)


def _along(
    roads: ProxyRoads, town_factor: float, start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Return weighted and straight kilometres along the fastest way from each start to its end."""
    n = len(roads.vertices)
    edges = roads.edges
    km = edges["straight_km"].to_numpy()
    weight = np.where(edges["is_town"], town_factor, 1.0) * km
    pairs = (edges["start"].to_numpy(), edges["end"].to_numpy())
    matrix = csr_array((weight, pairs), shape=(n, n))
    sources, row = np.unique(start, return_inverse=True)
    reached, before = dijkstra(matrix, directed=False, indices=sources, return_predecessors=True)
    length = dict(zip(zip(*(np.sort(pairs, axis=0)), strict=True), km, strict=True))
    straight = np.zeros(len(start))
    for i, (source, target) in enumerate(zip(row, end, strict=True)):
        at = int(target)
        while before[source, at] >= 0:
            previous = int(before[source, at])
            straight[i] += length[min(at, previous), max(at, previous)]
            at = previous
    return reached[row, end], straight


def _fit(facts: _Facts, params: FitParams) -> _Choice:
    timed = facts.frame["minutes"].notna().to_numpy()
    minutes = facts.frame["minutes"].to_numpy()[timed]
    speeds = np.array(params.speeds_kmh)
    trips = np.array(params.trip_minutes)
    # Axes: town factor, trip minutes, speed, fact.
    along = 60 * facts.weighted_km[:, None, None, timed] / speeds[None, None, :, None]
    wrong = np.abs(np.log((along + trips[None, :, None, None]) / minutes)).mean(axis=-1)
    town, trip, speed = np.unravel_index(int(wrong.argmin()), wrong.shape)
    km = facts.frame["distance_km"].to_numpy()
    measured = ~np.isnan(km)
    detour = float(np.median(km[measured] / facts.straight_km[town, measured]))
    return _Choice(detour, float(speeds[speed]), int(town), float(trips[trip]))


def _held_out(facts: _Facts, pair: str, params: FitParams) -> pd.DataFrame:
    """Return the errors on the facts of a pair when the others alone were fitted."""
    own = facts.frame["pair"].eq(pair).to_numpy()
    choice = _fit(facts.less(~own), params)
    rest = facts.less(own)
    predicted = {
        "distance_km": choice.detour * rest.straight_km[choice.town],
        "time_min": 60 * rest.weighted_km[choice.town] / choice.speed + choice.trip,
    }
    published = {"distance_km": rest.frame["distance_km"], "time_min": rest.frame["minutes"]}
    rows = [
        pd.DataFrame(
            {
                "fact_id": rest.frame["fact_id"].to_numpy(),
                "pair": pair,
                "kind": kind,
                "published": published[kind].to_numpy(),
                "predicted": predicted[kind],
            }
        )
        for kind in predicted
    ]
    out = pd.concat(rows, ignore_index=True).dropna(subset=["published"])
    return out.assign(error=out["predicted"] / out["published"] - 1)


def _interval(errors: pd.DataFrame, params: FitParams) -> tuple[float, float]:
    """Return the 95 % interval of the median error when pairs are resampled with replacement."""
    groups = [np.abs(part.to_numpy()) for _, part in errors.groupby("pair")["error"]]
    rng = np.random.default_rng(params.seed)
    picks = rng.integers(0, len(groups), size=(params.draws, len(groups)))
    medians = [float(np.median(np.concatenate([groups[i] for i in row]))) for row in picks]
    low, high = np.quantile(medians, [0.025, 0.975])
    return float(low), float(high)
