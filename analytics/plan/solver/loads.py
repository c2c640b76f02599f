"""The world of one plan in minutes: places, vehicles, loads, and what a search carries along."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import inf, lcm
from typing import NamedTuple

import pandas as pd

from analytics.network.open_times import Calendar, Interval, merged
from analytics.plan.inputs import PlanInputs, PlanRules, records
from analytics.plan.solver.model import Effort, Vehicle, split_load
from analytics.plan.solver.timing import DAY, LegTable, Trip, TripTimes


class StopRow(NamedTuple):
    """A stop with its times in minutes."""

    place: str
    warehouse: str
    pier: str | None
    landing: str | None
    release: float
    deadline: float
    escort_units: int


class Load(NamedTuple):
    """TPS of one stop that travel together through every echelon.

    ``at`` is where it stands now (warehouse, pier or landing of its stop), ``release`` from when.
    """

    load_id: int
    stop: StopRow
    at: str
    tps: tuple[str, ...]
    boxes: int
    release: float

    @property
    def escort_units(self) -> int:
        """Return the escort units of its TPS."""
        return self.stop.escort_units * len(self.tps)


@dataclass
class Draft:
    """Trips, and which loads each of their stops unloads."""

    trips: list[Trip] = field(default_factory=list)
    loads: dict[tuple[str, int], tuple[Load, ...]] = field(default_factory=dict)

    def add(self, trip: Trip, loads: Iterable[tuple[Load, ...]]) -> None:
        """Add a trip with the loads of its stops."""
        self.trips.append(trip)
        for position, some in enumerate(loads):
            self.loads[trip.trip_id, position] = some

    def extend(self, other: Draft) -> None:
        """Add the trips of another draft."""
        self.trips += other.trips
        self.loads |= other.loads

    def where(self) -> dict[int, tuple[str, int]]:
        """Return where each load is unloaded."""
        return {load.load_id: key for key, loads in self.loads.items() for load in loads}


class Unserved(NamedTuple):
    """A load that cannot be planned at all.

    ``reason`` is one of `analytics.plan.what_if.REASONS`; ``found`` is what it was found by.
    """

    place: str
    tps: tuple[str, ...]
    reason: str
    found: dict[str, object]


@dataclass
class World:
    """Everything the planner looks up, in minutes since ``calendar.origin``."""

    legs: LegTable
    calendar: Calendar
    rules: PlanRules
    stops: dict[str, StopRow]
    vehicles: dict[str, list[Vehicle]]
    bases: dict[str, str]
    boxes: dict[str, int]
    escort_unit: int
    loads: list[Load] = field(default_factory=list)
    unserved: list[Unserved] = field(default_factory=list)

    def with_short_days(self) -> World | None:
        """Return the world in which no working day is longer than its crew may work.

        Each day then begins with its first hour. None where that changes nothing.
        """
        fleets = {
            mode: [vehicle._replace(duties=_within_crew(vehicle)) for vehicle in fleet]
            for mode, fleet in self.vehicles.items()
        }
        return None if fleets == self.vehicles else replace(self, vehicles=fleets)

    def at_base(self, mode: str, base: str) -> list[Vehicle]:
        """Return the vehicles of a mode that are stationed at a base."""
        return [v for v in self.vehicles[mode] if self.bases[v.vehicle_id] == base]

    def minutes(self, mode: str, start: str, end: str, cls: str | None = None) -> float:
        """Return the usual minutes of a leg; infinity where there is no way."""
        leg = self.legs.find(mode, start, end, cls)
        return inf if leg is None else leg.minutes

    def unload(self, boxes: int) -> int:
        """Return the minutes of unloading a load of so many boxes."""
        return self.rules.unload_of(boxes)


def origin_of(inputs: PlanInputs) -> pd.Timestamp:
    """Return the start of the first day on which anything of a plan may happen."""
    times = [inputs.stops["release"], inputs.stops["deadline"], inputs.windows["opens"]]
    times += [inputs.tps["available"], inputs.fleet["available_from"]]
    first: pd.Timestamp = min(t.min() for t in times if t.notna().any())
    return first.floor("D")


def build_world(inputs: PlanInputs) -> World:
    """Turn checked inputs into minutes, vehicles with working days, and loads."""
    calendar = Calendar(inputs.windows, origin_of(inputs))
    unit = lcm(1, *(int(n) for n in inputs.stops["tps_per_escort"].dropna().unique()))
    world = World(
        legs=LegTable(inputs.legs),
        calendar=calendar,
        rules=inputs.rules,
        stops={row.place: row for row in _stop_rows(inputs.stops, calendar, unit)},
        vehicles={mode: _vehicles(inputs.fleet, mode, calendar, unit) for mode in _MODES},
        bases=dict(zip(inputs.fleet["vehicle_id"], inputs.fleet["base"], strict=True)),
        boxes=dict(zip(inputs.tps["tps_id"], map(int, inputs.tps["boxes"]), strict=True)),
        escort_unit=unit,
    )
    _make_loads(world, inputs.tps)
    return world


_MODES = ("truck", "boat", "local")


def _stop_rows(stops: pd.DataFrame, calendar: Calendar, unit: int) -> Iterator[StopRow]:
    for row in records(stops):
        per_escort = row["tps_per_escort"]
        yield StopRow(
            place=row["place_code"],
            warehouse=row["warehouse"],
            pier=row["pier"],
            landing=row["landing"],
            release=calendar.minute(row["release"]),
            deadline=calendar.minute(row["deadline"]),
            escort_units=0 if pd.isna(per_escort) else unit // int(per_escort),
        )


def _vehicles(fleet: pd.DataFrame, mode: str, calendar: Calendar, unit: int) -> list[Vehicle]:
    out = []
    hours = calendar.of("mode", mode)
    for row in records(fleet[fleet["mode"].eq(mode)].sort_values("vehicle_id")):
        start, end = row["available_from"], row["available_until"]
        since = -inf if pd.isna(start) else calendar.minute(start)
        until = inf if pd.isna(end) else calendar.minute(end)
        seats = row["escort_seats"]
        crew = inf if pd.isna(row["crew_hours"]) else float(row["crew_hours"]) * 60
        duties = clipped(hours, since, until)
        if not pd.isna(row["worked_from"]):
            duties = _rest_of_day(duties, calendar.minute(row["worked_from"]), crew)
        out.append(
            Vehicle(
                vehicle_id=row["vehicle_id"],
                vessel_class=row["vessel_class"],
                boxes=int(row["capacity_boxes"]),
                escort_units=None if pd.isna(seats) else int(seats) * unit,
                cost_per_min=float(row["cost_per_hour"]) / 60,
                crew_min=crew,
                duties=duties,
            )
        )
    return out


def _within_crew(vehicle: Vehicle) -> tuple[Interval, ...]:
    return tuple((a, min(b, a + vehicle.crew_min)) for a, b in vehicle.duties)


def _rest_of_day(duties: Iterable[Interval], began: float, crew: float) -> tuple[Interval, ...]:
    """Return working days of which the one that has begun ends with its crew's hours."""
    return tuple(
        (a, min(b, began + crew)) if a // DAY == began // DAY else (a, b)
        for a, b in duties
        if a // DAY != began // DAY or a < began + crew
    )


def clipped(duties: Iterable[Interval], since: float, until: float) -> tuple[Interval, ...]:
    """Return the parts of working days between the minutes ``since`` and ``until``."""
    parts = ((max(a, since), min(b, until)) for a, b in duties)
    return merged((a, b) for a, b in parts if a < b)


def fits(vehicle: Vehicle, load: Load) -> bool:
    """Return whether a vehicle takes a load by boxes and escort seats."""
    room = inf if vehicle.escort_units is None else vehicle.escort_units
    return load.boxes <= vehicle.boxes and load.escort_units <= room


def carries(vehicle: Vehicle, units: int, most_boxes: int) -> int:
    """Return the boxes of one stop that a vehicle can take, escort seats considered."""
    if vehicle.escort_units is None or units == 0:
        return vehicle.boxes
    return min(vehicle.boxes, vehicle.escort_units // units * most_boxes)


def _make_loads(world: World, tps: pd.DataFrame) -> None:
    keyed = tps.assign(at=tps["at_code"].fillna(""))
    for place, rows in keyed.groupby("place_code", sort=True):
        stop = world.stops[str(place)]
        for at, some in rows.groupby("at", sort=True):
            here = str(at) or stop.warehouse
            since = some["available"].max()
            release = stop.release
            if not pd.isna(since):
                release = max(release, world.calendar.minute(since))
            _split(world, stop, here, list(some["tps_id"]), release)


def _split(world: World, stop: StopRow, at: str, tps: list[str], release: float) -> None:
    boxes = [world.boxes[name] for name in tps]
    most = sum(boxes)
    if at != stop.landing:
        by_boat = stop.pier is not None
        mode, base = ("boat", str(stop.pier)) if by_boat else ("truck", stop.warehouse)
        fleet = world.at_base(mode, base)
        most = _typical(fleet, stop, max(boxes), smallest=by_boat)
        if most < max(boxes):
            largest = max((carries(v, stop.escort_units, max(boxes)) for v in fleet), default=0)
            found: dict[str, object] = {"mode": mode, "base": base, "boxes": max(boxes)}
            found |= {"largest": largest, "vehicles": len(fleet)} if fleet else {"from": base}
            reason = "no_vehicle_fits" if fleet else "no_vehicle"
            world.unserved.append(Unserved(stop.place, tuple(tps), reason, found))
            return
    for chosen in split_load(boxes, most, halves=stop.pier is not None):
        names = tuple(tps[i] for i in chosen)
        amount = sum(boxes[i] for i in chosen)
        world.loads.append(Load(len(world.loads), stop, at, names, amount, release))


def _typical(fleet: Sequence[Vehicle], stop: StopRow, most_boxes: int, smallest: bool) -> int:
    """Return the boxes a load may have: what the smallest vehicle takes, or a typical truck.

    Zero where no vehicle takes even one TPS.

    Cutting loads for the smallest truck would cut them all to pieces, so half the fleet's room
    must be in trucks that take a load whole.
    """
    takes = sorted(
        (c for v in fleet if (c := carries(v, stop.escort_units, most_boxes)) >= most_boxes),
        reverse=True,
    )
    if smallest or not takes:
        return min(takes, default=0)
    room = 0
    for capacity in takes:
        room += capacity
        if 2 * room >= sum(takes):
            return capacity
    return takes[-1]


def components(stops: pd.DataFrame) -> list[list[str]]:
    """Return the warehouses and piers that share stops, group by group.

    Stops of different groups share no vehicle and can be planned by themselves. ``stops`` as in
    `PlanInputs`.
    """
    parent: dict[str, str] = {}

    def root(code: str) -> str:
        while parent.setdefault(code, code) != code:
            code = parent[code]
        return code

    for columns in (("warehouse", "pier"), ("warehouse", "landing")):
        for warehouse, other in stops[list(columns)].itertuples(index=False):
            root(warehouse)
            if other is not None and not pd.isna(other):
                parent[root(other)] = root(warehouse)
    groups: dict[str, list[str]] = {}
    for code in sorted(parent):
        groups.setdefault(root(code), []).append(code)
    return sorted(groups.values())


GRACE_MIN = 240.0
"""How much later than its best a load may come that cannot be in time anyway."""


@dataclass(frozen=True)
class Candidate:
    """A complete timed plan of one component.

    ``slack`` is that of the tightest load that could be in time at all.
    """

    draft: Draft
    times: dict[str, TripTimes]
    slack: float
    cost: float
    by_time: bool


@dataclass
class Search:
    """One component being planned: its loads, its clock and what was tried."""

    world: World
    loads: list[Load]
    seed: int
    ends: float
    hopeless: dict[int, float] = field(default_factory=dict)
    attempts: int = 0
    by_time: bool = False

    def seconds(self) -> float:
        """Return what is left of the time."""
        return max(0.05, self.ends - time.perf_counter())

    def effort(self, thorough: bool) -> Effort:
        """Return how long to search: fewer rounds and starts for more loads."""
        n = max(1, len(self.loads))
        if thorough:
            starts = max(1, min(6, 60 // n))
            rounds = 400 if starts > 1 else min(4000, 120_000 // n)
            return Effort(rounds, starts, self.seconds())
        rounds, starts = min(80, max(60, 10_000 // n)), max(2, min(8, 80 // n))
        return Effort(rounds, starts, self.seconds(), first_feasible=True)

    def due(self, slack: float) -> Callable[[Load], float]:
        """Return the latest end of unloading that leaves ``slack`` minutes."""

        def of(load: Load) -> float:
            return self.hopeless.get(load.load_id, load.stop.deadline - slack)

        return of
