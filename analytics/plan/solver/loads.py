"""The world of one plan in minutes: places, ways, vehicles, and the kit of each TPS as a load."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf, lcm
from typing import NamedTuple

import pandas as pd

from analytics.network.open_times import Calendar, Open
from analytics.plan.inputs import PlanInputs, PlanRules, records
from analytics.plan.solver.timing import LegTable


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
    """The kit of one TPS.

    ``at`` is where it stands now (warehouse, pier or landing of its stop), ``release`` from when.
    """

    load_id: int
    stop: StopRow
    at: str
    tps: str
    boxes: int
    release: float


class Vehicle(NamedTuple):
    """A vehicle, and the minutes between which it may be out.

    ``worked_from``: since when its crew has worked on a day under way when it becomes free.
    """

    vehicle_id: str
    mode: str
    base: str
    vessel_class: str | None
    boxes: int
    escort_units: int | None
    cost_per_min: float
    crew_min: float
    since: float = -inf
    until: float = inf
    worked_from: float | None = None

    def takes(self, boxes: int, units: int) -> bool:
        """Return whether it has the room and the escort seats."""
        seats = self.escort_units
        return boxes <= self.boxes and (seats is None or units <= seats)


class Unserved(NamedTuple):
    """TPS of one place that cannot be planned.

    ``reason`` is one of `analytics.plan.remedies.REASONS`; ``found`` is what it was found by.
    """

    place: str
    tps: tuple[str, ...]
    reason: str
    found: dict[str, object]


@dataclass
class World:
    """Everything the planner looks up, in minutes since ``calendar.origin``.

    ``taken``: when trips that stand already load at a place.
    """

    legs: LegTable
    calendar: Calendar
    rules: PlanRules
    stops: dict[str, StopRow]
    vehicles: dict[str, list[Vehicle]]
    boxes: dict[str, int]
    escort_unit: int
    loads: list[Load] = field(default_factory=list)
    ways: dict[tuple[str, str, str, str | None], tuple[float, Open]] = field(default_factory=dict)
    taken: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def at_base(self, mode: str, base: str) -> list[Vehicle]:
        """Return the vehicles of a mode that are stationed at a base, in order of their ids."""
        return [v for v in self.vehicles[mode] if v.base == base]

    def way(self, mode: str, start: str, end: str, cls: str | None) -> tuple[float, Open]:
        """Return the usual minutes of a leg (infinite: none) and when it may be under way."""
        key = (mode, start, end, cls)
        found = self.ways.get(key)
        if found is None:
            leg = self.legs.find(mode, start, end, cls)
            found = (
                (inf, ())
                if leg is None
                else (leg.minutes, self.calendar.of_leg(mode, leg.area, cls))
            )
            self.ways[key] = found
        return found

    def unload(self, boxes: int) -> int:
        """Return the minutes of unloading so many boxes at one stop."""
        return self.rules.unload_of(boxes)

    def amount(self, ids: tuple[int, ...] | list[int]) -> tuple[int, int]:
        """Return boxes and escort units of loads."""
        rows = [self.loads[i] for i in ids]
        return sum(row.boxes for row in rows), sum(row.stop.escort_units for row in rows)


def origin_of(inputs: PlanInputs) -> pd.Timestamp:
    """Return the start of the first day on which anything of a plan may happen."""
    times = [inputs.stops["release"], inputs.stops["deadline"], inputs.windows["opens"]]
    times += [inputs.tps["available"], inputs.fleet["available_from"]]
    first: pd.Timestamp = min(t.min() for t in times if t.notna().any())
    return first.floor("D")


def build_world(inputs: PlanInputs) -> World:
    """Turn checked inputs into minutes, vehicles and loads."""
    calendar = Calendar(inputs.windows, origin_of(inputs))
    unit = lcm(1, *(int(n) for n in inputs.stops["tps_per_escort"].dropna().unique()))
    stops = {row.place: row for row in _stop_rows(inputs.stops, calendar, unit)}
    vehicles = list(_vehicles(inputs.fleet, calendar, unit))
    return World(
        legs=LegTable(inputs.legs),
        calendar=calendar,
        rules=inputs.rules,
        stops=stops,
        vehicles={mode: [v for v in vehicles if v.mode == mode] for mode in _MODES},
        boxes=dict(zip(inputs.tps["tps_id"], map(int, inputs.tps["boxes"]), strict=True)),
        escort_unit=unit,
        loads=list(_loads(inputs.tps, stops, calendar)),
    )


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


def _vehicles(fleet: pd.DataFrame, calendar: Calendar, unit: int) -> Iterator[Vehicle]:
    def minute(when: pd.Timestamp, missing: float) -> float:
        return missing if pd.isna(when) else calendar.minute(when)

    for row in records(fleet.sort_values("vehicle_id")):
        seats, worked = row["escort_seats"], row["worked_from"]
        yield Vehicle(
            vehicle_id=row["vehicle_id"],
            mode=row["mode"],
            base=row["base"],
            vessel_class=row["vessel_class"],
            boxes=int(row["capacity_boxes"]),
            escort_units=None if pd.isna(seats) else int(seats) * unit,
            cost_per_min=float(row["cost_per_hour"]) / 60,
            crew_min=inf if pd.isna(row["crew_hours"]) else float(row["crew_hours"]) * 60,
            since=minute(row["available_from"], -inf),
            until=minute(row["available_until"], inf),
            worked_from=None if pd.isna(worked) else calendar.minute(worked),
        )


def _loads(tps: pd.DataFrame, stops: dict[str, StopRow], calendar: Calendar) -> Iterator[Load]:
    rows = records(tps.sort_values(["place_code", "tps_id"]))
    for load_id, row in enumerate(rows):
        stop = stops[row["place_code"]]
        since = row["available"]
        release = stop.release if pd.isna(since) else max(stop.release, calendar.minute(since))
        at = row["at_code"]
        here = stop.warehouse if at is None or pd.isna(at) else str(at)
        yield Load(load_id, stop, here, row["tps_id"], int(row["boxes"]), release)


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
