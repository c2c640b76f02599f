"""How likely a plan is to be late: many runs over leg times, breakdowns and shared weather."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.network.open_times import Interval, Open, earliest_start
from analytics.network.remoteness import pert_quantile
from analytics.plan.document import Plan
from analytics.plan.inputs import PlanInputs, records
from analytics.plan.solver.timing import DAY, Course, Leg, LegTable, Trip, forward
from analytics.plan.trips import calendar_of, structure
from analytics.reports.dates import in_one_zone
from geo.errors import ParameterError

Floats = npt.NDArray[np.float64]
_NODES = 1025


@dataclass(frozen=True)
class LatenessParams:
    """What is simulated; all but the leg times are assumptions of the planner.

    Attributes
    ----------
    runs
        100 to 200,000.
    shared_road, shared_sea
        0 to 1: correlation (of a Gaussian copula) between legs of one mode on one day, and at sea
        in one area: the weather that all of them have together.
    breakdown_truck_h, breakdown_boat_h
        0 to 1: breakdowns per hour under way.
    repair_min
        Above 0: mean minutes lost to a breakdown (exponential). The broken propeller of 11
        February 2024 cost up to ten hours.
    closing_per_day
        0 to 1: chance per sea area and day that the sea closes early, at an hour spread evenly over
        the day's daylight; who is out comes through, who is not waits for the next day.
    confidence
        Above 0, below 1: share of runs in time behind the latest departure.
    shift_step_min
        1 to 120: later departures are tried in steps of so many minutes.
    """

    runs: int = 2000
    shared_road: float = 0.3
    shared_sea: float = 0.6
    breakdown_truck_h: float = 0.002
    breakdown_boat_h: float = 0.01
    repair_min: float = 180.0
    closing_per_day: float = 0.05
    confidence: float = 0.95
    shift_step_min: int = 15

    def __post_init__(self) -> None:
        if not 100 <= self.runs <= 200_000:
            raise ParameterError("runs", self.runs, "100 to 200,000")
        for name in (
            "shared_road",
            "shared_sea",
            "breakdown_truck_h",
            "breakdown_boat_h",
            "closing_per_day",
        ):
            if not 0 <= getattr(self, name) <= 1:
                raise ParameterError(name, getattr(self, name), "0 to 1")
        if self.repair_min <= 0:
            raise ParameterError("repair_min", self.repair_min, "above 0")
        if not 1 <= self.shift_step_min <= 120:
            raise ParameterError("shift_step_min", self.shift_step_min, "1 to 120")
        if not 0 < self.confidence < 1:
            raise ParameterError("confidence", self.confidence, "above 0, below 1")


@dataclass(frozen=True, eq=False)
class Lateness:
    """Chances of being in time.

    Attributes
    ----------
    all_in_time, standard_error
        P(every TPS of the plan in time), and its standard error over the runs.
    by_kabupaten
        On kabupaten: ``in_time``, ``standard_error``, ``tps_count``, ``latest_shift_min``: by how
        much everything may leave later than planned and still be in time with the confidence
        asked (missing: not even as planned).
    by_stop
        On ``place_code``: ``in_time``, ``standard_error``, ``late_p95_min`` (95th percentile of
        the lateness, 0 when in time), ``latest_depart``: "batas berangkat (perhitungan)", the
        latest departure from the warehouse, pier or landing where its kits stand, for that
        confidence (NaT: not even as planned).
    runs, seed
        As asked.
    """

    all_in_time: float
    standard_error: float
    by_kabupaten: pd.DataFrame
    by_stop: pd.DataFrame
    runs: int
    seed: int


@dataclass
class _Runs(Course):
    """Random numbers of all runs; asked twice for the same thing they answer the same."""

    params: LatenessParams
    seed: int
    legs: Mapping[tuple[str, str, str, str | None], tuple[float, float]]
    days: Mapping[str, int]
    daylight: Sequence[Interval]
    off: Floats
    shared: dict[tuple[str, str | None, int], Floats] = field(default_factory=dict)
    drawn: dict[tuple[str, int], Floats] = field(default_factory=dict)
    tables: dict[float, Floats] = field(default_factory=dict)
    closings: dict[str, Floats] = field(default_factory=dict)

    def rng(self, *key: object) -> np.random.Generator:
        """Return a generator of its own for a key, the same on every machine."""
        text = "|".join(map(str, key)).encode()
        return np.random.default_rng([self.seed, *text])

    def minutes(self, trip: Trip, position: int, leg: Leg) -> Floats:
        """Return the minutes of a leg in every run, breakdowns included."""
        key = (trip.trip_id, position)
        if key not in self.drawn:
            self.drawn[key] = self._draw(trip, position, leg)
        return self.drawn[key]

    def _draw(self, trip: Trip, position: int, leg: Leg) -> Floats:
        route = trip.route()
        ends = (trip.mode, route[position], route[position + 1], trip.vessel_class)
        low, high = self.legs.get(ends, (leg.minutes, leg.minutes))
        rng = self.rng("leg", trip.trip_id, position)
        weight = self.params.shared_sea if trip.mode == "boat" else self.params.shared_road
        own = rng.standard_normal(self.params.runs)
        score = np.sqrt(weight) * self._weather(trip, leg) + np.sqrt(1 - weight) * own
        minutes = self._spread(min(low, leg.minutes), leg.minutes, max(high, leg.minutes), score)
        minutes = minutes if trip.mode == "boat" else minutes * self.off
        rate = {"truck": self.params.breakdown_truck_h, "boat": self.params.breakdown_boat_h}
        chance = 1 - np.exp(-rate.get(trip.mode, 0.0) * minutes / 60)
        broken = rng.random(self.params.runs) < chance
        repair = rng.exponential(self.params.repair_min, self.params.runs)
        return np.asarray(minutes + np.where(broken, repair, 0.0), dtype=np.float64)

    def _weather(self, trip: Trip, leg: Leg) -> Floats:
        key = (trip.mode, leg.area, self.days[trip.trip_id])
        if key not in self.shared:
            self.shared[key] = self.rng("weather", *key).standard_normal(self.params.runs)
        return self.shared[key]

    def leave(self, trip: Trip, leg: Leg, ready: Floats, lasts: Floats, when: Open) -> Floats:  # noqa: ARG002
        """Return when to set out: not where the sea has closed early that day."""
        start = earliest_start(ready, lasts, when)
        if leg.area is None or not self.params.closing_per_day:
            return start
        closed = self._closed_from(leg.area)
        for _ in range(len(self.daylight)):
            out = np.isfinite(start)
            day = np.where(out, start, 0.0) // DAY
            row = np.clip(day.astype(np.int64), 0, len(closed) - 1)
            late = out & (start >= closed[row, np.arange(len(start))])
            if not late.any():
                break
            start = np.where(late, earliest_start((day + 1) * DAY, lasts, when), start)
        return start

    def _closed_from(self, area: str) -> Floats:
        """Return the minute from which an area is closed, by day and run (infinite: not)."""
        if area not in self.closings:
            n = self.params.runs
            table = np.full((int(max(b for _, b in self.daylight) // DAY) + 1, n), np.inf)
            for day, parts in groupby(self.daylight, lambda part: part[0] // DAY):
                spans = list(parts)
                opens, closes = spans[0][0], spans[-1][1]
                rng = self.rng("closing", area, opens)
                hit = rng.random(n) < self.params.closing_per_day
                hour = rng.uniform(opens, closes, n)
                table[int(day)] = np.where(hit, hour, np.inf)
            self.closings[area] = table
        return self.closings[area]

    def _spread(self, low: float, usual: float, high: float, score: Floats) -> Floats:
        """Return quantiles of the PERT distribution by a table: many legs share a shape."""
        from scipy.special import ndtr

        if high <= low:
            return np.full_like(score, usual)
        shape = round((usual - low) / (high - low), 4)
        nodes = np.linspace(-5.0, 5.0, _NODES)
        if shape not in self.tables:
            self.tables[shape] = pert_quantile(0.0, shape, 1.0, ndtr(nodes))
        return low + (high - low) * np.interp(score, nodes, self.tables[shape])


def lateness(
    plan: Plan,
    inputs: PlanInputs,
    params: LatenessParams | None = None,
    seed: int = 1,
    road_error: float = 0.0,
) -> Lateness:
    """Simulate a plan.

    Parameters
    ----------
    plan, inputs
        The plan and what it was made from (legs with ``low_min`` and ``high_min``; a leg without
        them is certain).
    seed
        0 or more.
    road_error
        0 to 2: standard deviation of the logarithm of true over estimated time on land. One draw a
        run holds for every leg on land: where the roads are slower than thought, all are.

    Returns
    -------
    Lateness
        Vehicles leave as planned, or later when what they wait for comes later, never earlier;
        they follow the plan; there is no replanning. What is in no trip is never in time.

    Raises
    ------
    ParameterError
        For a road error out of range.

    Notes
    -----
    Leg times are PERT on low, usual and high, drawn by a Gaussian copula with one factor per mode,
    sea area and day. The master of a ship and the harbour master decide; this is arithmetic.
    """
    chosen = params or LatenessParams()
    if not 0 <= road_error <= 2:
        raise ParameterError("road_error", road_error, "0 to 2")
    model = _Model(plan, inputs, chosen, seed, road_error)
    late = model.lateness(0.0)
    shifts = _latest_shifts(model, late, plan)
    return _summary(model, late, shifts)


class _Model:
    """A plan to be run many times, with later and later departures."""

    def __init__(
        self, plan: Plan, inputs: PlanInputs, params: LatenessParams, seed: int, road_error: float
    ) -> None:
        self.plan, self.inputs, self.params, self.seed = plan, inputs, params, seed
        self.trips = structure(plan, inputs)
        self.calendar = calendar_of(inputs)
        self.table = LegTable(inputs.legs)
        starts = zip(plan.trips["trip_id"], plan.trips["load_start"], strict=True)
        self.planned = {name: self.calendar.minute(when) for name, when in starts}
        days = {name: int(minute // DAY) for name, minute in self.planned.items()}
        daylight = self.calendar.of("mode", "boat")
        self.runs = _Runs(params, seed, _spreads(inputs), days, daylight, np.ones(params.runs))
        if road_error:
            draws = self.runs.rng("roads").standard_normal(params.runs)
            self.runs.off = np.exp(road_error * draws)
        deadlines = zip(inputs.stops["place_code"], inputs.stops["deadline"], strict=True)
        self.deadline = {place: self.calendar.minute(when) for place, when in deadlines}
        by_boat = inputs.stops["landing"].eq(inputs.stops["place_code"])
        last = np.select([inputs.stops["landing"].isna(), by_boat], ["truck", "boat"], "local")
        self.last_mode = dict(zip(inputs.stops["place_code"], last, strict=True))

    def lateness(self, shift: float) -> dict[str, Floats]:
        """Return minutes of lateness (negative: early) of each stop in every run.

        Trips that wait for no other trip leave so many minutes later than planned.
        """
        first = {trip.trip_id for trip in self.trips if not trip.needs}
        planned = {name: at + shift * (name in first) for name, at in self.planned.items()}
        times = forward(self.trips, self.table, self.calendar, self.runs, planned)
        out: dict[str, Floats] = {}
        for trip in self.trips:
            for n, stop in enumerate(trip.stops):
                if self.last_mode.get(stop.place) == trip.mode:
                    behind = times[trip.trip_id].done[n] - self.deadline[stop.place]
                    out[stop.place] = np.maximum(out.get(stop.place, -np.inf), behind)
        return {place: np.broadcast_to(value, (self.params.runs,)) for place, value in out.items()}

    def groups(self) -> dict[str, list[str]]:
        """Return the stops of each kabupaten, those in no trip too."""
        pairs = self.inputs.stops.groupby("kabupaten", sort=True)["place_code"]
        return {str(kabupaten): list(places) for kabupaten, places in pairs}

    def complete(self) -> set[str]:
        """Return the stops of which every TPS is in a trip."""
        missing = set(self.plan.unserved["place_code"])
        return set(self.inputs.tps["place_code"]) - missing


def _spreads(inputs: PlanInputs) -> dict[tuple[str, str, str, str | None], tuple[float, float]]:
    """Return low and high minutes by mode, ends and vessel class, in both directions."""
    classes = {v for v in inputs.fleet["vessel_class"] if v is not None} | {None}
    out: dict[tuple[str, str, str, str | None], tuple[float, float]] = {}
    for general in (True, False):
        for backward in (True, False):
            for row in records(inputs.legs):
                if (row["vessel_class"] is None) != general:
                    continue
                ends = (row["from_code"], row["to_code"])
                start, end = ends[::-1] if backward else ends
                usual = float(row["usual_min"])
                low, high = (usual if pd.isna(v) else v for v in (row["low_min"], row["high_min"]))
                for cls in classes if general else [row["vessel_class"]]:
                    out[row["mode"], start, end, cls] = (float(low), float(high))
    return out


def _latest_shifts(model: _Model, planned: dict[str, Floats], plan: Plan) -> dict[str, float]:
    """Return by stop, and by kabupaten, how much later all may leave (missing: not at all)."""
    found: dict[str, float] = {}
    step, late, shift = model.params.shift_step_min, planned, 0.0
    most = max([0.0, *plan.deliveries["slack_min"].tolist()]) + step
    while shift <= most:
        good = {p: (v <= 0).mean() >= model.params.confidence for p, v in late.items()}
        found |= {place: shift for place, fine in good.items() if fine}
        for kabupaten, places in model.groups().items():
            if _share(model, late, places).mean() >= model.params.confidence:
                found[kabupaten] = shift
        if not any(good.values()):
            break
        shift += step
        late = model.lateness(shift)
    return found


def _share(model: _Model, late: Mapping[str, Floats], places: Sequence[str]) -> Floats:
    """Return 1 for each run in which all of some stops are in time, else 0."""
    if not set(places) <= set(late) & model.complete():
        return np.zeros(model.params.runs)
    return np.asarray(np.max([late[place] for place in places], axis=0) <= 0, dtype=np.float64)


def _error(share: float, runs: int) -> float:
    """Return the standard error of a share of runs."""
    return float(np.sqrt(share * (1 - share) / runs))


def _summary(model: _Model, late: dict[str, Floats], shifts: dict[str, float]) -> Lateness:
    runs, inputs = model.params.runs, model.inputs
    counts = inputs.tps.groupby("place_code").size()
    rows, kabupaten_rows = [], []
    leaves = _departures(model)
    for place in inputs.stops["place_code"]:
        share = float(_share(model, late, [place]).mean())
        leave = leaves.get(place) if place in shifts else None
        minutes = late.get(place)
        rows.append(
            {
                "place_code": place,
                "in_time": share,
                "standard_error": _error(share, runs),
                "late_p95_min": _tail(minutes),
                "latest_depart": None
                if leave is None
                else leave + pd.Timedelta(minutes=shifts[place]),
            }
        )
    for kabupaten, places in model.groups().items():
        share = float(_share(model, late, places).mean())
        kabupaten_rows.append(
            {
                "kabupaten": kabupaten,
                "in_time": share,
                "standard_error": _error(share, runs),
                "tps_count": int(counts.reindex(places).fillna(0).sum()),
                "latest_shift_min": shifts.get(kabupaten),
            }
        )
    together = float(_share(model, late, list(inputs.stops["place_code"])).mean())
    by_stop = pd.DataFrame(rows)
    by_stop["latest_depart"] = in_one_zone(by_stop["latest_depart"].tolist())
    return Lateness(
        all_in_time=together,
        standard_error=_error(together, runs),
        by_kabupaten=pd.DataFrame(kabupaten_rows)
        .astype({"latest_shift_min": "float64"})
        .set_index("kabupaten"),
        by_stop=by_stop.set_index("place_code"),
        runs=runs,
        seed=model.seed,
    )


def _tail(minutes: Floats | None) -> float:
    """Return the 95th percentile of lateness; infinite for what never comes."""
    if minutes is None:
        return float("inf")
    return max(0.0, float(np.quantile(minutes, 0.95, method="higher")))


def _departures(model: _Model) -> dict[str, pd.Timestamp]:
    """Return the earliest planned departure of the trips that start the way of each stop."""
    by_id = {trip.trip_id: trip for trip in model.trips}
    heads: dict[str, set[str]] = {}
    out: dict[str, pd.Timestamp] = {}
    depart = dict(zip(model.plan.trips["trip_id"], model.plan.trips["depart"], strict=True))
    for trip in model.trips:
        feeding = {head for name, _ in trip.needs for head in heads[name]}
        heads[trip.trip_id] = feeding or {trip.trip_id}
        for stop in by_id[trip.trip_id].stops:
            if model.last_mode.get(stop.place) == trip.mode:
                first = min(depart[head] for head in heads[trip.trip_id])
                out[stop.place] = min(out.get(stop.place, first), first)
    return out
