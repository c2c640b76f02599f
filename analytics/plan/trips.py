"""Trips of a finished plan as a structure to time, and where vehicles and loads are at a moment."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.network.open_times import Calendar, Minutes
from analytics.plan.document import Plan, assemble, last_unloadings
from analytics.plan.inputs import PlanInputs, records
from analytics.plan.solver.drafts import closed, opened
from analytics.plan.solver.loads import World, build_world, origin_of
from analytics.plan.solver.rounds import busiest
from analytics.plan.solver.timing import Stop, Trip, TripTimes, backward, forward, in_order


def calendar_of(inputs: PlanInputs) -> Calendar:
    """Return the windows of the inputs in minutes since `analytics.plan.solver.loads.origin_of`."""
    return Calendar(inputs.windows, origin_of(inputs))


def structure(plan: Plan, inputs: PlanInputs) -> list[Trip]:
    """Return the trips of a plan in an order in which each follows what it waits for.

    A trip waits for the unloading of what it loads at the place where it loads it, and for the
    trip its vehicle makes before. Loading never starts before the release of what is loaded.
    """
    calendar = calendar_of(inputs)
    visits = {str(k): records(v) for k, v in plan.visits.groupby("trip_id", sort=False)}
    cargo = {str(k): records(v) for k, v in plan.cargo.groupby("trip_id", sort=False)}
    brought: dict[tuple[str, str], list[tuple[pd.Timestamp, str, int]]] = {}
    for name, items in cargo.items():
        for item in items:
            visit = visits[name][item["unload_seq"]]
            key = (item["tps_id"], visit["place_code"])
            brought.setdefault(key, []).append((visit["done"], name, item["unload_seq"] - 1))
    since = ready_minutes(inputs, calendar)
    last: dict[str, str] = {}
    trips = []
    for row in records(plan.trips.sort_values(["load_start", "trip_id"])):
        name = row["trip_id"]
        starts = row["load_start"]
        trip = _trip(row, visits[name], cargo.get(name, []), inputs)
        trip = replace(trip, home_from=_after_night(visits[name], inputs, calendar))
        needs: set[tuple[str, int]] = set()
        release = -inf
        for item in cargo.get(name, []):
            before = brought.get((item["tps_id"], trip.origin), [])
            before = [entry for entry in before if entry[1] != name and entry[0] <= starts]
            if before:
                needs.add(max(before)[1:])
            else:
                release = max(release, since[item["tps_id"]])
        after = last.get(trip.vehicle_id)
        last[trip.vehicle_id] = name
        trips.append(replace(trip, needs=tuple(sorted(needs)), release=release, after=after))
    return in_order(trips)


def _after_night(
    visits: Sequence[Mapping[str, pd.Timestamp]], inputs: PlanInputs, calendar: Calendar
) -> float:
    """Return from when a trip that lies over night at its last stop goes home, else no limit.

    A night at the landing stays one; a shorter wait follows from tide and sea.
    """
    last = visits[-2]
    stays = (last["depart"] - last["done"]) / pd.Timedelta(minutes=1)
    night = len(visits) > 2 and stays >= inputs.rules.least_rest_min
    return calendar.minute(last["depart"]) if night else -inf


def ready_minutes(inputs: PlanInputs, calendar: Calendar) -> dict[str, float]:
    """Return by TPS the minute from which it may be loaded where it stands at first."""
    release = inputs.tps["place_code"].map(inputs.stops.set_index("place_code")["release"])
    when = pd.concat([release, inputs.tps["available"]], axis=1).max(axis=1)
    return {
        name: calendar.minute(moment)
        for name, moment in zip(inputs.tps["tps_id"], when, strict=True)
    }


def _trip(
    row: dict[str, Any],
    visits: list[dict[str, Any]],
    cargo: list[dict[str, Any]],
    inputs: PlanInputs,
) -> Trip:
    stops = []
    for seq, visit in enumerate(visits[1:-1], start=1):
        tps = tuple(item["tps_id"] for item in cargo if item["unload_seq"] == seq)
        boxes = int(visit["unload_boxes"])
        stops.append(Stop(visit["place_code"], tps, boxes, inputs.rules.unload_of(boxes)))
    return Trip(
        trip_id=row["trip_id"],
        vehicle_id=row["vehicle_id"],
        mode=row["mode"],
        origin=row["origin"],
        stops=tuple(stops),
        load_min=inputs.rules.load_min(row["mode"]),
        vessel_class=None if pd.isna(row["vessel_class"]) else row["vessel_class"],
    )


def planned_times(plan: Plan, calendar: Calendar) -> dict[str, TripTimes]:
    """Return the times of the trips of a plan as it says them, by trip id."""

    def minutes(moments: pd.Series) -> list[Minutes]:
        return [np.array([calendar.minute(moment)]) for moment in moments]

    found = {}
    for name, own in plan.visits.groupby("trip_id", sort=False):
        found[str(name)] = TripTimes(
            minutes(own["arrive"][:1])[0],
            minutes(own["depart"][:-1]),
            minutes(own["arrive"][1:]),
            minutes(own["done"][1:]),
        )
    return found


def as_late_as_possible(plan: Plan, inputs: PlanInputs) -> Plan:
    """Return the plan with every trip as late as its working day and the deadlines allow.

    Where docks are few, one trip loads before the other. The trips of a crew that would then work
    longer than it may stay as they were.
    """
    world = build_world(inputs)
    was = planned_times(plan, world.calendar)
    first = {name: float(own.load_start[0]) for name, own in was.items()}
    trips = [_on_its_day(t, was[t.trip_id], world) for t in structure(plan, inputs)]
    due = last_unloadings(world, trips)
    held: dict[str, float] = {}
    while True:
        latest = backward(trips, world.legs, world.calendar, due, held).load_start
        starts = {name: max(minute, first[name]) for name, minute in latest.items()}
        stay = {name for name, minute in starts.items() if minute == first[name]}
        times = forward(trips, world.legs, world.calendar, not_before=starts)
        times |= {name: was[name] for name in stay}
        more = _earlier_for_docks(world, trips, times, stay)
        more |= {name: first[name] for name in _overworked(world, trips, times) - stay}
        if not more:
            break
        # What was held and is still in the way stays as it was, so that this ends.
        held |= {name: first[name] if name in held else end for name, end in more.items()}
    done = assemble(world, trips, times, [], {})
    left = int(plan.unserved["tps_count"].sum())
    figures = dict(plan.figures) | done.figures | {"unserved_tps": left}
    return replace(done, unserved=plan.unserved, figures=figures)


def _earlier_for_docks(
    world: World, trips: Sequence[Trip], times: Mapping[str, TripTimes], stay: Container[str]
) -> dict[str, float]:
    """Return when trips must begin to load at the latest so that each finds a dock."""
    found: dict[str, float] = {}
    for base, docks in world.rules.docks.items():
        start = {
            t.trip_id: float(times[t.trip_id].load_start[0]) for t in trips if t.origin == base
        }
        lasts = {t.trip_id: t.load_min for t in trips}
        taken = list(world.taken.get(base, ()))
        for name in sorted(start, key=lambda name: (name not in stay, -start[name], name)):
            begin, load = start[name], lasts[name]
            while name not in stay and busiest(taken, begin, begin + load) >= docks:
                begin = max(a for a, b in taken if a < begin + load and begin < b) - load
            taken.append((begin, begin + load))
            if begin < start[name]:
                found[name] = begin
    return found


def _overworked(world: World, trips: Sequence[Trip], times: Mapping[str, TripTimes]) -> set[str]:
    """Return the trips of working days, a rest apart, in which a crew works longer than it may."""
    rest = world.rules.least_rest_min
    work: dict[str, list[tuple[float, float, str]]] = {}
    for trip in trips:
        own, spans = times[trip.trip_id], work.setdefault(trip.vehicle_id, [])
        began = float(own.load_start[0])
        ends = [*(float(done[0]) for done in own.done[: len(trip.stops)]), float(own.back[0])]
        spans.append((began, began + trip.load_min, trip.trip_id))
        legs = zip(own.depart, ends, strict=True)
        spans += [(float(leave[0]), end, trip.trip_id) for leave, end in legs]
    found: set[str] = set()
    for vehicle in (v for fleet in world.vehicles.values() for v in fleet):
        since = until = -inf
        names: set[str] = set()
        for start, end, name in sorted(work.get(vehicle.vehicle_id, [])):
            if start > until and start - until >= rest:
                since, names = start, set()
            until, names = max(until, end), names | {name}
            found |= names if until - since > vehicle.crew_min else set()
    return found


def _on_its_day(trip: Trip, times: TripTimes, world: World) -> Trip:
    """Return a trip that may not move to another working day of its mode."""
    hours = world.calendar.of("mode", trip.mode)
    until = next(v.until for v in world.vehicles[trip.mode] if v.vehicle_id == trip.vehicle_id)
    return replace(
        trip,
        opens=opened(hours, float(times.load_start[0])),
        closes=min(until, closed(hours, float(times.back[0]))),
        out_by=closed(hours, float(times.done[len(trip.stops) - 1][0])),
    )


LonLat = npt.NDArray[np.float64]
"""(N, 2) degrees, longitude first."""
Paths = Mapping[tuple[str, str, str], LonLat]

_COLUMNS = [
    "trip_id",
    "vehicle_id",
    "mode",
    "state",
    "place",
    "toward",
    "until",
    "boxes",
    "tps",
    "lon",
    "lat",
]


def positions(stops: pd.DataFrame, paths: Paths, at: pd.Timestamp) -> pd.DataFrame:
    """Return each vehicle that is out at a time.

    Parameters
    ----------
    stops
        Stops of the trips in order: ``trip_id``, ``vehicle_id``, ``mode``, ``seq``, ``place``,
        ``arrive``, ``done``, ``depart``, and ``boxes_aboard`` and ``tps_aboard`` when it leaves.
    paths
        Longitude and latitude of the points of each leg, in degrees, by start, end and mode; none
        where no point is known.
    at
        In the zone of the times of the stops.

    Returns
    -------
    DataFrame
        One row per trip that has begun and is not back: ``state`` (``loading``, ``under_way``,
        ``unloading`` or ``waiting``), the ``place`` it is at or comes from, ``toward`` (None while
        it stands) and ``until`` when, what is aboard, and its point (missing where none is known).
        A vehicle is taken to go at one speed along a leg.
    """
    rows = []
    for _, some in stops.sort_values(["trip_id", "seq"]).groupby("trip_id", sort=False):
        if some["arrive"].iloc[0] <= at < some["arrive"].iloc[-1]:
            rows.append(_one(some, paths, at))
    return pd.DataFrame(rows, columns=_COLUMNS)


def _one(some: pd.DataFrame, paths: Paths, at: pd.Timestamp) -> dict[str, Any]:
    here = some[some["arrive"].le(at)].iloc[-1]
    seq = int((some["arrive"] <= at).sum())
    after = some.iloc[seq]
    way = (str(here["place"]), str(after["place"]), str(here["mode"]))
    row = {key: here[key] for key in ("trip_id", "vehicle_id", "mode", "place")}
    row |= {"toward": None, "boxes": here["boxes_aboard"], "tps": here["tps_aboard"]}
    if at < here["depart"]:
        handling = at < here["done"]
        state = "waiting" if not handling else "loading" if seq == 1 else "unloading"
        lon, lat = along(paths[way], 0.0)
        until = here["done"] if handling else here["depart"]
        return row | {"state": state, "until": until, "lon": lon, "lat": lat}
    share = (at - here["depart"]) / max(after["arrive"] - here["depart"], pd.Timedelta(seconds=1))
    lon, lat = along(paths[way], float(share))
    return row | {
        "state": "under_way",
        "toward": after["place"],
        "until": after["arrive"],
        "lon": lon,
        "lat": lat,
    }


def along(path: LonLat, share: float) -> tuple[float, float]:
    """Return the point at a share, 0 to 1, of the length of a path.

    Degrees count alike in both directions, which near the equator they nearly are.
    """
    if not len(path):
        return float("nan"), float("nan")
    steps = np.hypot(*np.diff(path, axis=0).T)
    reached = np.concatenate([[0.0], np.cumsum(steps)])
    want = min(max(share, 0.0), 1.0) * reached[-1]
    return (
        float(np.interp(want, reached, path[:, 0])),
        float(np.interp(want, reached, path[:, 1])),
    )


def arrived(deliveries: pd.DataFrame, at: pd.Timestamp) -> pd.Series:
    """Return which places have all they get by a time, by index of ``deliveries`` (see `Plan`)."""
    return deliveries["delivered"].le(at)


def moments(stops: pd.DataFrame, step_min: int = 15) -> list[pd.Timestamp]:
    """Return the times on the clock, so many minutes apart, at which anything is out.

    The first is the last before anything begins, and nights in which nothing is out are left out.
    ``stops`` has ``trip_id`` and ``arrive``.
    """
    if stops.empty:
        return []
    step = f"{step_min}min"
    spans = stops.groupby("trip_id")["arrive"].agg(["min", "max"])
    first, last = spans["min"].min().floor(step), spans["max"].max().ceil(step)
    found: list[pd.Timestamp] = []
    for at in pd.date_range(first, last, freq=step):
        out = (spans["min"].le(at) & spans["max"].gt(at)).any()
        if out or at in (first, last):
            found.append(at)
    return found
