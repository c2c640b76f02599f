"""The trips of a finished plan again as a structure that can be timed: what waits for what."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Any

import pandas as pd

from analytics.open_times import Calendar
from analytics.plan_frames import Plan
from analytics.plan_inputs import PlanInputs, records
from analytics.plan_timing import Stop, Trip, in_order


def calendar_of(inputs: PlanInputs) -> Calendar:
    """Return the windows of the inputs in minutes since the first day anything may happen."""
    times = [inputs.stops["release"].min(), inputs.windows["opens"].min()]
    times += [inputs.tps["available"].min(), inputs.fleet["available_from"].min()]
    return Calendar(inputs.windows, min(t for t in times if not pd.isna(t)).floor("D"))


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
            brought.setdefault(key, []).append((visit["depart"], name, item["unload_seq"] - 1))
    since = _ready(inputs, calendar)
    last: dict[str, str] = {}
    trips = []
    for row in records(plan.trips.sort_values(["load_start", "trip_id"])):
        name = row["trip_id"]
        trip = _trip(row, visits[name], cargo.get(name, []), inputs)
        needs: set[tuple[str, int]] = set()
        release = -inf
        for item in cargo.get(name, []):
            before = brought.get((item["tps_id"], trip.origin), [])
            before = [entry for entry in before if entry[1] != name]
            if before:
                needs.add(max(before)[1:])
            else:
                release = max(release, since[item["tps_id"]])
        after = last.get(trip.vehicle_id)
        last[trip.vehicle_id] = name
        trips.append(replace(trip, needs=tuple(sorted(needs)), release=release, after=after))
    return in_order(trips)


def _ready(inputs: PlanInputs, calendar: Calendar) -> dict[str, float]:
    release = inputs.tps["place_code"].map(inputs.stops.set_index("place_code")["release"])
    when = pd.concat([release, inputs.tps["available"]], axis=1).max(axis=1)
    return {
        name: calendar.minute(moment)
        for name, moment in zip(inputs.tps["tps_id"], when, strict=True)
    }


def _trip(
    row: dict[str, Any], visits: list[dict[str, Any]], cargo: list[dict[str, Any]],
    inputs: PlanInputs,
) -> Trip:  # fmt: skip
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
