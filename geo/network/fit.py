"""Fit times and lengths of a road graph on published ones, and measure how far they are off.

The same fit serves the proxy of the roads and a file of roads. One pair of places is left out at a
time: the facts of a pair never help to predict it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import ParameterError
from geo.network.proxy import ProxyRoads
from geo.network.spread import DaySpread, SpreadParams, day_spread

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_LEAST_PAIRS = 3
_LEAST_H = 1e-9
NINE_OF_TEN = 1.645
"""Standard deviations to each side that hold nine tenths of a normal distribution."""


@dataclass(frozen=True)
class FitParams:
    """The grid that is searched, and how the error is measured.

    Attributes
    ----------
    speeds
        Above 0: of the proxy, kilometres per hour along straight open-country edges; of a file, how
        many times faster than its class roads are driven.
    town_factors
        How many times longer a kilometre in town takes, at least 1; 1 alone: no town class.
    trip_minutes
        Minutes per trip beside those along the edges (getting out and in), at least 0.
    scale_km
        Whether lengths are fitted too; those of a file are measured ones.
    draws
        Bootstrap draws over pairs for the intervals, at least 100.
    seed
        Seed of the draws.
    """

    speeds: tuple[float, ...] = tuple(np.arange(25.0, 65.1, 0.5).tolist())
    town_factors: tuple[float, ...] = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0)
    trip_minutes: tuple[float, ...] = tuple(range(0, 16))
    scale_km: bool = True
    draws: int = 5000
    seed: int = 20240214

    def __post_init__(self) -> None:
        for name, least in (("speeds", 1e-9), ("town_factors", 1.0), ("trip_minutes", 0.0)):
            values = getattr(self, name)
            if not values or min(values) < least:
                raise ParameterError(name, values, f"values of at least {least:g}")
        if self.draws < 100:
            raise ParameterError("draws", self.draws, "at least 100")


OF_A_FILE = FitParams(
    speeds=tuple(np.round(np.arange(0.4, 1.61, 0.02), 2).tolist()),
    town_factors=(1.0,),
    scale_km=False,
)


@dataclass(frozen=True, eq=False)
class RoadGraph:
    """What is fitted.

    Attributes
    ----------
    n
        Number of vertices.
    edges
        ``start``, ``end`` (vertices), ``km``, ``hours`` (at speed 1, which the fit scales),
        ``fixed_min`` (minutes that the fit leaves as they are), ``is_town``, ``one_way`` and
        ``is_own`` (whether facts about a way over it count).
    vertex_of
        Vertex by desa code.
    """

    n: int
    edges: pd.DataFrame = field(repr=False)
    vertex_of: pd.Series = field(repr=False)

    @classmethod
    def of_proxy(cls, roads: ProxyRoads) -> RoadGraph:
        """Return the proxy, whose hours are kilometres at 1 km/h."""
        edges = roads.edges.rename(columns={"straight_km": "km"})
        edges = edges.assign(hours=edges["km"], fixed_min=0.0, one_way=False, is_own=True)
        return cls(len(roads.vertices), edges, roads.vertex_of)


@dataclass(frozen=True, eq=False)
class RoadFit:
    """What the roads came to.

    Attributes
    ----------
    detour
        Kilometres by road per kilometre along the proxy, 1 or more.
    speed_kmh
        Kilometres along the proxy (straight) per hour in open country.
    town_factor
        How many times longer a kilometre in town takes.
    trip_min
        Minutes per trip beside those along the edges, half at each end.
    spread
        From day to day; it says nothing of how good the estimate is.
    error_sd
        Standard deviation of the logarithm of published over predicted time, over pairs, each
        predicted without itself and standing with the median of its facts. Sources that contradict
        each other about a pair are no error of ours.
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
        ``published``, ``predicted`` (without the pair), ``error`` (signed, 0.1 is 10 % too much).
    pace
        How many times faster than the speeds of its classes a file's roads are driven; 1 where
        fitting that was no better.
    at_class_speeds
        Median absolute error of times at pace 1; None for the proxy.
    is_of_file
        Whether all this was measured on the roads of a file; else on the proxy.
    """

    detour: float
    speed_kmh: float
    town_factor: float
    trip_min: float
    spread: DaySpread
    error_sd: float
    mape_distance: float
    mape_time: float
    interval_distance: tuple[float, float]
    interval_time: tuple[float, float]
    n_distance: int
    n_time: int
    seed: int
    errors: pd.DataFrame = field(repr=False)
    pace: float = 1.0
    at_class_speeds: float | None = None
    is_of_file: bool = False

    @property
    def error(self) -> tuple[float, float]:
        """Factors on a usual time that nine of ten true times lie between."""
        width = float(np.exp(NINE_OF_TEN * self.error_sd))
        return 1 / width, width


@dataclass(frozen=True, eq=False)
class _Facts:
    """Usable facts with their ways for each town factor (first axis)."""

    frame: pd.DataFrame
    hours: Floats
    fixed: Floats
    km: Floats

    def less(self, keep: Bools) -> _Facts:
        parts = (self.hours, self.fixed, self.km)
        return _Facts(self.frame[keep], *(part[:, keep] for part in parts))

    def pairs(self, column: str) -> int:
        return int(self.frame.loc[self.frame[column].notna(), "pair"].nunique())


@dataclass(frozen=True)
class _Choice:
    detour: float
    speed: float
    town: int
    trip: float

    def predict(self, facts: _Facts) -> dict[str, Floats]:
        """Return kilometres and minutes of the facts by kind."""
        along = 60 * facts.hours[self.town] / self.speed + facts.fixed[self.town]
        return {"distance_km": self.detour * facts.km[self.town], "time_min": along + self.trip}


def fit_roads(
    graph: RoadGraph,
    facts: pd.DataFrame,
    seat_of: pd.Series,
    params: FitParams | None = None,
    spread: SpreadParams | None = None,
) -> RoadFit:
    """Fit detour and speed of roads, and measure their error on pairs that were left out.

    Parameters
    ----------
    graph
        The roads.
    facts
        Published road facts, columns ``fact_id``, ``from_code``, ``to_code``, ``pair``,
        ``distance_km``, ``low_min`` and ``high_min``. The time of a fact is the middle of its low
        and high. Facts without both codes, or between places the roads do not join, are left out.
    seat_of
        Desa code by unit code, as `geo.network.points.seats` gives it.
    params
        The grid.
    spread
        What is assumed of the spread from day to day.

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
    known = _usable(graph, facts, seat_of, chosen)
    if known.pairs("distance_km") < _LEAST_PAIRS and chosen.scale_km:
        raise ParameterError("facts", "distance_km", "at least three pairs of places")
    if known.pairs("minutes") < _LEAST_PAIRS:
        raise ParameterError("facts", "low_min", "at least three pairs of places")
    errors = _left_out(known, chosen)
    return _result(_fit(known, chosen), errors, chosen, day_spread(facts, spread))


def _left_out(known: _Facts, params: FitParams) -> pd.DataFrame:
    """Return the errors on all facts, each pair predicted from the others."""
    pairs, names = pd.factorize(known.frame["pair"])
    owns = [np.flatnonzero(pairs == n) for n in range(len(names))]
    choices = _fits(known, params, [np.flatnonzero(pairs != n) for n in range(len(names))])
    return _errors(known, zip(owns, choices, strict=True))


def _result(choice: _Choice, errors: pd.DataFrame, params: FitParams, spread: DaySpread) -> RoadFit:
    distance = errors[errors["kind"].eq("distance_km")]
    time = errors[errors["kind"].eq("time_min")]
    return RoadFit(
        detour=choice.detour,
        speed_kmh=choice.speed,
        town_factor=params.town_factors[choice.town],
        trip_min=choice.trip,
        spread=spread,
        error_sd=_over_pairs(time),
        mape_distance=float(distance["error"].abs().median()),
        mape_time=float(time["error"].abs().median()),
        interval_distance=_interval(distance, params),
        interval_time=_interval(time, params),
        n_distance=len(distance),
        n_time=len(time),
        seed=params.seed,
        errors=errors,
    )


def fit_file(
    graph: RoadGraph,
    facts: pd.DataFrame,
    seat_of: pd.Series,
    proxy: RoadFit,
    params: FitParams = OF_A_FILE,
) -> RoadFit:
    """Fit the pace of a file's roads: by how much its classes are driven faster than assumed.

    Parameters
    ----------
    graph, facts, seat_of
        As for `fit_roads`; ``hours`` of edges whose speed the file itself states are 0.
    proxy
        The fit of the proxy, which ways up to the roads keep.
    params
        The grid.

    Returns
    -------
    RoadFit
        That of the proxy, unchanged, where fewer than three pairs with a time lie on the roads of
        the file: nothing can be measured there. Else with the error of the file's roads. Pace and
        minutes per trip are fitted where that predicts pairs that were left out better than the
        speeds assumed for the classes do, which have seen no fact; else these stay (pace 1).
    """
    known = _usable(graph, facts, seat_of, params)
    if known.pairs("minutes") < _LEAST_PAIRS:
        return proxy
    if not known.hours.any():
        params = replace(params, speeds=(1.0,))
    assumed = _Choice(1.0, 1.0, 0, proxy.trip_min)
    every = np.arange(len(known.frame))
    before, after = _errors(known, [(every, assumed)]), _left_out(known, params)
    is_better = _wrong(after) < _wrong(before)
    choice, errors = (_fit(known, params), after) if is_better else (assumed, before)
    fitted = _result(choice, errors, params, proxy.spread)
    times = before.loc[before["kind"].eq("time_min"), "error"]
    return replace(
        fitted,
        detour=proxy.detour,
        speed_kmh=proxy.speed_kmh,
        town_factor=proxy.town_factor,
        pace=choice.speed,
        at_class_speeds=float(times.abs().median()),
        is_of_file=True,
    )


def _wrong(errors: pd.DataFrame) -> float:
    """Return the mean absolute logarithm of predicted over published times."""
    times = errors.loc[errors["kind"].eq("time_min"), "error"]
    return float(np.abs(np.log1p(times)).mean())


def _usable(graph: RoadGraph, facts: pd.DataFrame, seat_of: pd.Series, params: FitParams) -> _Facts:
    ends = [facts[column].map(seat_of).map(graph.vertex_of) for column in ("from_code", "to_code")]
    named = ends[0].notna() & ends[1].notna() & ends[0].ne(ends[1])
    frame = facts[named].assign(minutes=facts[["low_min", "high_min"]].mean(axis=1))
    start, end = (column[named].to_numpy(dtype=np.int64) for column in ends)
    ways = [_along(graph, factor, start, end) for factor in params.town_factors]
    own = ways[0][:, 3] > 0
    hours, fixed, km = (np.array([way[:, n] for way in ways]) for n in range(3))
    return _Facts(frame, hours, fixed, km).less(own)


def _along(graph: RoadGraph, town_factor: float, start: Ints, end: Ints) -> Floats:
    """Return the fastest way from each start to its end: hours, fixed minutes, km, own km.

    Shape (n, 4); ways there are none of have no own km.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    edges = graph.edges
    hours = edges["hours"].to_numpy() * np.where(edges["is_town"], town_factor, 1.0)
    fixed, km = edges["fixed_min"].to_numpy(), edges["km"].to_numpy()
    own = np.where(edges["is_own"], km, 0.0)
    steps = np.column_stack([hours, fixed, km, own])
    weight = np.maximum(hours + fixed / 60, _LEAST_H)
    rows = _fastest(edges, weight)
    pairs = np.array(list(rows), dtype=np.int64).reshape(-1, 2)
    matrix = csr_array(
        (weight[list(rows.values())], (pairs[:, 0], pairs[:, 1])), shape=(graph.n, graph.n)
    )
    sources, row = np.unique(start, return_inverse=True)
    _, before = dijkstra(matrix, indices=sources, return_predecessors=True)
    out = np.zeros((len(start), 4))
    for i, (source, target) in enumerate(zip(row, end, strict=True)):
        at = int(target)
        while before[source, at] >= 0:
            previous = int(before[source, at])
            out[i] += steps[rows[previous, at]]
            at = previous
    return out


def _fastest(edges: pd.DataFrame, weight: Floats) -> dict[tuple[int, int], int]:
    """Return the position of the fastest edge from one vertex to another."""
    start, end = edges["start"].to_numpy(), edges["end"].to_numpy()
    one_way = edges["one_way"].to_numpy()
    rows: dict[tuple[int, int], int] = {}
    for i in np.argsort(-weight, kind="stable").tolist():
        rows[int(start[i]), int(end[i])] = i
        if not one_way[i]:
            rows[int(end[i]), int(start[i])] = i
    return rows


def _fit(facts: _Facts, params: FitParams) -> _Choice:
    return _fits(facts, params, [np.arange(len(facts.frame))])[0]


def _fits(facts: _Facts, params: FitParams, subsets: Sequence[Ints]) -> list[_Choice]:
    """Return the fit on each of some subsets of the facts, which are positions."""
    minutes = facts.frame["minutes"].to_numpy()
    timed = np.flatnonzero(~np.isnan(minutes))
    speeds, trips = np.array(params.speeds), np.array(params.trip_minutes)
    # Axes: town factor, trip minutes, speed, fact; summed for all subsets at once.
    along = 60 * facts.hours[:, None, None, timed] / speeds[None, None, :, None]
    along = along + facts.fixed[:, None, None, timed] + trips[None, :, None, None]
    wrong = np.abs(np.log(along / minutes[timed]))
    of_subset = np.array([np.isin(timed, rows) for rows in subsets], dtype=np.float64)
    sums = wrong.reshape(-1, len(timed)) @ of_subset.T
    km = facts.frame["distance_km"].to_numpy()
    found = []
    for rows, best in zip(subsets, sums.argmin(axis=0), strict=True):
        town, trip, speed = np.unravel_index(int(best), wrong.shape[:3])
        measured = rows[~np.isnan(km[rows])]
        detour = 1.0
        if params.scale_km:
            # No road is shorter than the straight line.
            detour = max(1.0, float(np.median(km[measured] / facts.km[town, measured])))
        found.append(_Choice(detour, float(speeds[speed]), int(town), float(trips[trip])))
    return found


def _errors(facts: _Facts, parts: Iterable[tuple[Ints, _Choice]]) -> pd.DataFrame:
    """Return how far facts are predicted off, a row for each distance and time.

    ``parts`` are positions of facts, and what predicts them.
    """
    rows, kinds, values = [], [], []
    for at, choice in parts:
        for kind, predicted in choice.predict(facts).items():
            rows.append(at)
            kinds += [kind] * len(at)
            values.append(predicted[at])
    frame = facts.frame.iloc[np.concatenate(rows)]
    of_kind = np.array(kinds)
    published = np.where(of_kind == "distance_km", frame["distance_km"], frame["minutes"])
    out = pd.DataFrame(
        {
            "fact_id": frame["fact_id"].to_numpy(),
            "pair": frame["pair"].to_numpy(),
            "kind": of_kind,
            "published": published,
            "predicted": np.concatenate(values),
        }
    ).dropna(subset=["published"], ignore_index=True)
    return out.assign(error=out["predicted"] / out["published"] - 1)


def _over_pairs(times: pd.DataFrame) -> float:
    """Return the root mean square over pairs of the logarithm of published over predicted."""
    ratio = times["published"] / times["predicted"]
    wrong = pd.Series(np.log(ratio), index=times.index).groupby(times["pair"]).median()
    return float(np.sqrt((wrong**2).mean()))


def _interval(errors: pd.DataFrame, params: FitParams) -> tuple[float, float]:
    """Return the 95 % interval of the median error when pairs are resampled with replacement."""
    groups = [np.abs(part.to_numpy()) for _, part in errors.groupby("pair")["error"]]
    if not groups:
        return float("nan"), float("nan")
    rng = np.random.default_rng(params.seed)
    picks = rng.integers(0, len(groups), size=(params.draws, len(groups)))
    drawn = np.eye(len(groups), dtype=int)[picks].sum(axis=1)
    # All draws hold the same few errors, some of them several times: sorted once, the median of
    # a draw is where half of its own have passed.
    values = np.concatenate(groups)
    order = np.argsort(values)
    of_group = np.repeat(np.arange(len(groups)), [len(group) for group in groups])[order]
    passed = drawn[:, of_group].cumsum(axis=1)
    middle = [(passed > (passed[:, -1:] - more) // 2).argmax(axis=1) for more in (1, 0)]
    medians = values[order][middle].mean(axis=0)
    low, high = np.quantile(medians, [0.025, 0.975])
    return float(low), float(high)
