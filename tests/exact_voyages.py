"""The vehicles of one base as an exact model in OR-Tools CP-SAT, written apart from the planner.

For small worlds whose kits stand at the base: any number of TPS of a place on any trip, several
trips a vehicle, escort seats, disjoint hours and sea windows, nights at a landing, crews that rest,
docks. All TPS have as many boxes, and unloading takes as long apart as together (`ADDITIVE`).

All is served; then the slack of the tightest unloading is greatest; then the cost is least. A trip
visits a place once, as no second visit helps where ways are metric; the number of trips a vehicle
may make is bounded by its TPS and by the open time, never by a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pandas as pd
from ortools.sat.python import cp_model

from analytics.plan.document import Plan, frame_of
from analytics.plan.inputs import PlanInputs, PlanRules, records
from tests.exact_plan import legs_of

BASE = -1
ADDITIVE = PlanRules(30, 20, 10, 0, 12.0)
"""Unloading of one minute per five boxes: the same whether loads are unloaded apart or together."""
TPS_BOXES, TPS_MIN = 5, 1


@dataclass(frozen=True)
class Optimum:
    """Slack of the tightest unloading in minutes, cost, whether both are proven, and the trips.

    ``trips`` are dictionaries: ``vehicle``, ``start``, ``leave`` (from the base), ``back`` and
    ``stops`` of (place, number of TPS, arrival, end of unloading, departure), all in minutes.
    """

    slack: float
    cost: float
    proven: bool
    trips: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    """TPS of one stop: how many, from when they may be loaded, until when, and escort units."""

    code: str
    count: int
    ready: int
    deadline: int
    units: int


class Minutes:
    """Times of a world in minutes from its first midnight."""

    def __init__(self, inputs: PlanInputs) -> None:
        self.origin = inputs.windows["opens"].min().floor("D")

    def of(self, when: pd.Timestamp) -> int:
        return int((when - self.origin) / pd.Timedelta(minutes=1))

    def at(self, minute: int) -> pd.Timestamp:
        return self.origin + pd.Timedelta(minutes=minute)


def spans(inputs: PlanInputs, clock: Minutes, scope: str, key: str | None) -> list[tuple[int, int]]:
    """Return the open rows of a key, joined; an empty list where nothing is said of it."""
    rows = inputs.windows
    rows = rows[rows["scope"].eq(scope) & rows["key"].eq(str(key))].sort_values("opens")
    out: list[tuple[int, int]] = []
    for row in records(rows):
        opens, closes = clock.of(row["opens"]), clock.of(row["closes"])
        if out and opens <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], closes))
        else:
            out.append((opens, closes))
    return out


class Base:
    """One base with its places, vehicles and hours, as a model of CP-SAT."""

    def __init__(self, inputs: PlanInputs, mode: str, code: str) -> None:
        self.inputs, self.mode, self.code = inputs, mode, code
        self.clock = Minutes(inputs)
        self.load_min = inputs.rules.load_min(mode)
        self.legs = legs_of(inputs, mode)
        self.places = dict(enumerate(self._places()))
        fleet = inputs.fleet
        self.fleet = records(fleet[fleet["mode"].eq(mode) & fleet["base"].eq(code)])
        self.hours = spans(inputs, self.clock, "mode", mode)
        self.end = self.hours[-1][1]
        areas = inputs.legs.loc[inputs.legs["mode"].eq(mode), "area"].dropna().unique()
        sea = spans(inputs, self.clock, "area", areas[0]) if len(areas) else []
        met = [(max(a, c), min(b, d)) for a, b in self.hours for c, d in sea or self.hours]
        self.open = [(a, b) for a, b in met if a < b]

    def _places(self) -> Iterator[Place]:
        stops = self.inputs.stops
        unit = int(stops["tps_per_escort"].dropna().prod()) if len(stops) else 1
        own = stops["landing"].isna() if self.mode == "truck" else stops["pier"].eq(self.code)
        for row in records(stops[own.fillna(value=False)]):
            tps = self.inputs.tps[self.inputs.tps["place_code"].eq(row["place_code"])]
            since = tps["available"].max()
            ready = row["release"] if pd.isna(since) else max(row["release"], since)
            per = row["tps_per_escort"]
            units = 0 if pd.isna(per) else unit // int(per)
            times = self.clock.of(ready), self.clock.of(row["deadline"])
            yield Place(row["place_code"], len(tps), *times, units)
        self.unit = unit

    def most_trips(self) -> int:
        """Return how many trips a vehicle can make at most: each takes a TPS, and open time."""
        shortest = min(self.leg(BASE, j) + self.leg(j, BASE) for j in self.places)
        time = sum(closes - opens for opens, closes in self.hours)
        return min(sum(p.count for p in self.places.values()), time // (self.load_min + shortest))

    def leg(self, a: int, b: int) -> int:
        here, there = (self.code if n == BASE else self.places[n].code for n in (a, b))
        return 0 if here == there else self.legs[here, there]


@dataclass
class Round:
    """One trip of one vehicle in the model."""

    start: Any
    leave: Any
    back: Any
    used: Any
    begins: Any
    ends: Any
    visits: dict[int, Any]
    counts: dict[int, Any]
    arrive: dict[int, Any]
    depart: dict[int, Any]


class Model:
    """CP-SAT model of a base; `solve` asks it twice."""

    def __init__(self, base: Base) -> None:
        self.base, self.model = base, cp_model.CpModel()
        self.rest = base.inputs.rules.rest_min
        rounds = base.most_trips()
        self.rounds = {
            v["vehicle_id"]: [self._round(v, k) for k in range(rounds)] for v in base.fleet
        }
        self.slack = self._int("slack", low=-base.end)
        for j, place in base.places.items():
            mine = [r for some in self.rounds.values() for r in some]
            self.model.add(sum(r.counts[j] for r in mine) == place.count)
            for r in mine:
                done = r.arrive[j] + TPS_MIN * r.counts[j]
                self.model.add(done + self.slack <= place.deadline).only_enforce_if(r.visits[j])
        self.cost = sum(self._vehicle(v, self.rounds[v["vehicle_id"]]) for v in base.fleet)
        self._alike()
        self._docks()

    def _int(self, name: str, low: int = 0, high: int | None = None) -> Any:
        return self.model.new_int_var(low, self.base.end if high is None else high, name)

    def _bool(self, name: str) -> Any:
        return self.model.new_bool_var(name)

    def _within(self, allowed: list[tuple[int, int]], literal: Any, start: Any) -> Any:
        """Choose the span something starts in where a literal holds; return when it closes."""
        chosen = [self._bool("span") for _ in allowed]
        self.model.add(sum(chosen) == 1).only_enforce_if(literal)
        for (opens, _), one in zip(allowed, chosen, strict=True):
            self.model.add(start >= opens).only_enforce_if(one)
        closes = self._int("closes")
        for (_, end), one in zip(allowed, chosen, strict=True):
            self.model.add(closes == end).only_enforce_if(one)
        return closes

    def _round(self, vehicle: dict[str, Any], k: int) -> Round:
        base, model = self.base, self.model
        name = f"{vehicle['vehicle_id']}/{k}"
        used = self._bool(f"used {name}")
        r = Round(
            *(self._int(f"{what} {name}") for what in ("start", "leave", "back")), used,
            self._int(f"begins {name}"), self._int(f"ends {name}"),
            {j: self._bool(f"in {name} {j}") for j in base.places},
            {j: self._int(f"n {name} {j}", 0, p.count) for j, p in base.places.items()},
            {j: self._int(f"arrive {name} {j}") for j in base.places},
            {j: self._int(f"depart {name} {j}") for j in base.places},
        )  # fmt: skip
        loading = self._within(base.hours, used, r.start)
        model.add(r.start + base.load_min <= loading).only_enforce_if(used)
        model.add(r.leave >= r.start + base.load_min)
        closes = {BASE: self._within(base.open, used, r.leave)}
        begun = {BASE: r.begins}  # of the crew's day, as it leaves a place
        crew = 24 * 60 if pd.isna(vehicle["crew_hours"]) else int(vehicle["crew_hours"] * 60)
        before = {}
        for j, place in base.places.items():
            literal, done = r.visits[j], r.arrive[j] + TPS_MIN * r.counts[j]
            model.add(r.counts[j] >= 1).only_enforce_if(literal)
            model.add(r.counts[j] == 0).only_enforce_if(~literal)
            model.add_implication(literal, used)
            model.add(r.start >= place.ready).only_enforce_if(literal)
            model.add(r.depart[j] >= done)
            closes[j] = self._within(base.open, literal, r.depart[j])
            before[j], begun[j] = self._int("day"), self._int("day after")
            model.add(done - before[j] <= crew).only_enforce_if(literal)
            night = self._bool(f"night {name} {j}")
            model.add(r.depart[j] - done >= self.rest).only_enforce_if(night)
            model.add(begun[j] == r.depart[j]).only_enforce_if(night)
            model.add(begun[j] == before[j]).only_enforce_if(~night)
        self._ways(r, closes, begun, before)
        model.add(sum(TPS_BOXES * n for n in r.counts.values()) <= int(vehicle["capacity_boxes"]))
        if not pd.isna(vehicle["escort_seats"]):
            units = sum(p.units * r.counts[j] for j, p in base.places.items())
            model.add(units <= int(vehicle["escort_seats"]) * base.unit)
        model.add(r.back - r.ends <= crew).only_enforce_if(used)
        return r

    def _ways(
        self, r: Round, closes: dict[int, Any], begun: dict[int, Any], before: dict[int, Any]
    ) -> None:
        """Order the visits of a trip; each leg is inside one open span."""
        base, model = self.base, self.model
        nodes = {BASE: 0} | {j: n + 1 for n, j in enumerate(base.places)}
        arcs = [(0, 0, ~r.used)] + [(nodes[j], nodes[j], ~r.visits[j]) for j in base.places]
        for a in nodes:
            for b in nodes:
                if a == b:
                    continue
                arc = self._bool(f"{a}-{b}")
                arcs.append((nodes[a], nodes[b], arc))
                leave = r.leave if a == BASE else r.depart[a]
                arrive = r.back if b == BASE else r.arrive[b]
                model.add(arrive == leave + base.leg(a, b)).only_enforce_if(arc)
                model.add(arrive <= closes[a]).only_enforce_if(arc)
                handed = r.ends if b == BASE else before[b]
                model.add(handed == begun[a]).only_enforce_if(arc)
        model.add_circuit(arcs)

    def _vehicle(self, vehicle: dict[str, Any], rounds: list[Round]) -> Any:
        """Tie the trips of a vehicle; return their cost per 60."""
        model = self.model
        model.add(rounds[0].begins == rounds[0].start)
        for one, other in pairwise(rounds):
            model.add(other.start >= one.back).only_enforce_if(other.used)
            model.add_implication(other.used, one.used)
            rested = self._bool("rested")
            model.add(other.start - one.back >= self.rest).only_enforce_if(rested)
            model.add(other.begins == other.start).only_enforce_if(rested)
            model.add(other.begins == one.ends).only_enforce_if(~rested)
        out = []
        for r in rounds:
            spent = self._int("spent")
            model.add(spent == r.back - r.start).only_enforce_if(r.used)
            model.add(spent == 0).only_enforce_if(~r.used)
            out.append(int(vehicle["cost_per_hour"]) * spent)
        return sum(out)

    def _alike(self) -> None:
        """Of vehicles that are alike the first sets out first, so that they are not exchanged."""
        for one, other in pairwise(self.base.fleet):
            if {**one, "vehicle_id": ""} == {**other, "vehicle_id": ""} or _same(one, other):
                a, b = (self.rounds[v["vehicle_id"]][0] for v in (one, other))
                self.model.add_implication(b.used, a.used)
                self.model.add(a.start <= b.start).only_enforce_if(b.used)

    def _docks(self) -> None:
        docks = self.base.inputs.rules.docks.get(self.base.code)
        if docks is None:
            return
        size = self.base.load_min
        loading = [
            self.model.new_optional_fixed_size_interval_var(r.start, size, r.used, "loading")
            for some in self.rounds.values()
            for r in some
        ]
        self.model.add_cumulative(loading, [1] * len(loading), docks)

    def solve(self, seconds: float, slack_at_least: int | None) -> Optimum | None:
        """Return the greatest slack, or the least cost with a slack; None where none is found."""
        if slack_at_least is None:
            self.model.maximize(self.slack)
        else:
            self.model.add(self.slack >= slack_at_least)
            self.model.minimize(self.cost)
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = seconds
        solver.parameters.num_workers = 2
        solver.parameters.random_seed = 1
        status = solver.solve(self.model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        trips = [
            self._trip(solver, name, r)
            for name, some in self.rounds.items()
            for r in some
            if solver.value(r.used)
        ]
        cost = solver.value(self.cost) / 60
        proven = status == cp_model.OPTIMAL
        return Optimum(float(solver.value(self.slack)), cost, proven, trips)

    def _trip(self, solver: cp_model.CpSolver, name: str, r: Round) -> dict[str, Any]:
        stops = []
        for j, place in self.base.places.items():
            if solver.value(r.visits[j]):
                arrive, n = solver.value(r.arrive[j]), solver.value(r.counts[j])
                leave = solver.value(r.depart[j])
                stops.append((place.code, n, arrive, arrive + TPS_MIN * n, leave))
        keys = ("start", "leave", "back")
        times = {key: solver.value(getattr(r, key)) for key in keys}
        return {"vehicle": name, **times, "stops": sorted(stops, key=lambda s: s[2])}


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether two vehicles differ in their name only; what is missing is alike."""
    return all(
        (pd.isna(one[key]) and pd.isna(other[key])) or one[key] == other[key]
        for key in one
        if key != "vehicle_id"
    )


def bases(inputs: PlanInputs) -> list[Base]:
    """Return the warehouses with places by road, and the piers with islets."""
    stops = inputs.stops
    land = sorted(set(stops.loc[stops["pier"].isna(), "warehouse"]))
    found = [Base(inputs, "truck", code) for code in land]
    return found + [Base(inputs, "boat", code) for code in sorted(set(stops["pier"].dropna()))]


def optimum(
    inputs: PlanInputs, seconds: float = 60.0, slack_at_least: float | None = None
) -> Optimum | None:
    """Return the greatest slack with its least cost; with a slack given, the least cost for that.

    None where not all can be served, or nothing was found in the time.
    """
    wanted: float
    proven = True
    if slack_at_least is None:
        first = [Model(base).solve(seconds, None) for base in bases(inputs)]
        if any(found is None for found in first):
            return None
        wanted = min(found.slack for found in first if found)
        proven = all(found.proven for found in first if found)
    else:
        wanted = slack_at_least
    cheap = [Model(base).solve(seconds, int(wanted // 1)) for base in bases(inputs)]
    if any(found is None for found in cheap):
        return None
    parts = [found for found in cheap if found]
    return Optimum(
        wanted,
        sum(found.cost for found in parts),
        proven and all(found.proven for found in parts),
        [trip for found in parts for trip in found.trips],
    )


def as_plan(found: Optimum, inputs: PlanInputs) -> Plan:
    """Return an optimum as a plan, for the auditor."""
    clock, fleet = Minutes(inputs), inputs.fleet.set_index("vehicle_id")
    left = {str(p): list(t["tps_id"]) for p, t in inputs.tps.groupby("place_code")}
    trips: list[dict[str, Any]] = []
    visits: list[dict[str, Any]] = []
    cargo: list[dict[str, Any]] = []
    ends: dict[str, int] = {}
    counts: dict[str, int] = {}
    for n, trip in enumerate(found.trips):
        vehicle, name = fleet.loc[trip["vehicle"]], f"{trip['vehicle']}/{n}"
        keys = ("mode", "vessel_class", "capacity_boxes", "escort_seats")
        start, leave, back = (clock.at(trip[key]) for key in ("start", "leave", "back"))
        trips.append(
            {"trip_id": name, "vehicle_id": trip["vehicle"], "origin": vehicle["base"],
             **{k: None if pd.isna(vehicle[k]) else vehicle[k] for k in keys},
             "load_start": start, "depart": leave, "back": back, "latest_depart": None,
             "cost": (trip["back"] - trip["start"]) * vehicle["cost_per_hour"] / 60}
        )  # fmt: skip
        loaded = clock.at(trip["start"] + inputs.rules.load_min(vehicle["mode"]))
        total = sum(count for _, count, *_ in trip["stops"]) * TPS_BOXES
        rows = [(vehicle["base"], start, loaded, leave, total, 0)]
        for seq, (place, count, arrive, done, depart) in enumerate(trip["stops"], 1):
            rows.append(
                (place, clock.at(arrive), clock.at(done), clock.at(depart), 0, count * TPS_BOXES)
            )
            ends[place] = max(ends.get(place, done), done)
            counts[place] = counts.get(place, 0) + count
            for _ in range(count):
                cargo.append(
                    {"trip_id": name, "tps_id": left[place].pop(0), "load_seq": 0,
                     "unload_seq": seq, "boxes": TPS_BOXES}
                )  # fmt: skip
        rows.append((vehicle["base"], back, back, back, 0, 0))
        names = ("place_code", "arrive", "done", "depart", "load_boxes", "unload_boxes")
        for seq, values in enumerate(rows):
            visits.append({"trip_id": name, "seq": seq} | dict(zip(names, values, strict=True)))
    deadline = inputs.stops.set_index("place_code")["deadline"]
    deliveries = [
        {"place_code": place, "tps_count": counts[place], "delivered": clock.at(done),
         "deadline": deadline[place],
         "slack_min": (deadline[place] - clock.at(done)) / pd.Timedelta(minutes=1)}
        for place, done in sorted(ends.items())
    ]  # fmt: skip
    frames = {"trips": trips, "visits": visits, "cargo": cargo, "deliveries": deliveries}
    cost = sum(trip["cost"] for trip in trips)
    slack = min((row["slack_min"] for row in deliveries), default=None)
    figures = {"slack_min": slack, "cost": cost, "late": 0, "unserved_tps": 0}
    made = {name: frame_of(name, rows) for name, rows in frames.items()}
    return Plan(**made, unserved=frame_of("unserved", []), figures=figures)
