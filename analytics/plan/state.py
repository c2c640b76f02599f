"""What has happened when a plan is made again: events, trips that have left, what is left to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from analytics.plan.document import Plan, frame_of
from analytics.plan.inputs import PlanInputs, records, typed
from analytics.plan.solver.timing import LegTable


@dataclass(frozen=True)
class VehicleFails:
    """A vehicle is out of order from a time on.

    What it has on board then comes back to where the trip began after ``recovery_min`` minutes
    (towed, or fetched by others: an assumption), not sooner than it could itself, and travels on
    from there. ``until``: when it is repaired and back at its base; None: it goes nowhere any more.
    """

    vehicle_id: str
    at: pd.Timestamp
    recovery_min: float = 180.0
    until: pd.Timestamp | None = None


@dataclass(frozen=True)
class SeaCloses:
    """A sea area is closed between two times, for every vessel; ``area`` None: all waters."""

    area: str | None
    since: pd.Timestamp
    until: pd.Timestamp


@dataclass(frozen=True)
class RoadCut:
    """No truck comes to or from a place any more."""

    place_code: str


@dataclass(frozen=True)
class WarehouseLate:
    """What has not left a warehouse can be loaded so many minutes later only."""

    warehouse: str
    minutes: float


@dataclass(frozen=True, eq=False)
class ExtraTps:
    """TPS that were not in the plan: ``tps_id``, ``place_code``, ``boxes``."""

    tps: pd.DataFrame


NO_AREA = "*"
"""Stands for the waters of boat legs that name no sea area, when all waters are closed."""

Event = VehicleFails | SeaCloses | RoadCut | WarehouseLate | ExtraTps


def left_by(plan: Plan, now: pd.Timestamp) -> Plan:
    """Return the trips that have departed by now."""
    gone = set(plan.trips.loc[plan.trips["depart"] <= now, "trip_id"])
    return only(plan, gone)


def untouched(plan: Plan, left: set[str], inputs: PlanInputs, events: Iterable[Event]) -> set[str]:
    """Return the trips that have not left and that no event touches.

    An event touches trips, these their loads, and these every other trip they are on.
    """
    waiting = set(plan.trips["trip_id"]) - left
    touched = {name for event in events for name in _touched(plan, inputs, event)}
    return waiting - linked(plan, touched)


def linked(plan: Plan, names: set[str]) -> set[str]:
    """Return trips with all that share a load with them, and those that share one with these."""
    loads: dict[str, set[str]] = {}
    trips: dict[str, set[str]] = {}
    for trip, tps in zip(plan.cargo["trip_id"], plan.cargo["tps_id"], strict=True):
        loads.setdefault(trip, set()).add(tps)
        trips.setdefault(tps, set()).add(trip)
    queue = list(names)
    found: set[str] = set()
    while queue:
        name = queue.pop()
        if name not in found:
            found.add(name)
            queue += [t for tps in loads.get(name, ()) for t in trips[tps] if t not in found]
    return found


def _touched(plan: Plan, inputs: PlanInputs, event: Event) -> set[str]:
    """Return the trips an event is about."""
    trips, visits = plan.trips, plan.visits
    if isinstance(event, VehicleFails):
        chosen = trips["vehicle_id"].eq(event.vehicle_id)
    elif isinstance(event, SeaCloses):
        chosen = trips["trip_id"].isin(_on_the_water(visits, trips, inputs.legs, event.area))
    elif isinstance(event, RoadCut):
        at = set(visits.loc[visits["place_code"].eq(event.place_code), "trip_id"])
        chosen = trips["mode"].eq("truck") & trips["trip_id"].isin(at)
    elif isinstance(event, WarehouseLate):
        chosen = trips["origin"].eq(event.warehouse)
    else:
        return set()
    return set(trips.loc[chosen, "trip_id"])


def _on_the_water(
    visits: pd.DataFrame, trips: pd.DataFrame, legs: pd.DataFrame, area: str | None
) -> set[str]:
    """Return the trips with a leg over a sea area (None: any), trucks on a ferry too."""
    wet = legs[legs["mode"].eq("boat") | legs["area"].notna()]
    wet = wet if area is None else wet[wet["area"].eq(area)]
    ends = set(zip(wet["mode"], wet["from_code"], wet["to_code"], strict=True))
    ends |= {(mode, b, a) for mode, a, b in ends}
    rows = visits.merge(trips[["trip_id", "mode"]], on="trip_id").sort_values(["trip_id", "seq"])
    after = rows.groupby("trip_id")["place_code"].shift(-1)
    pairs = zip(rows["trip_id"], rows["mode"], rows["place_code"], after, strict=True)
    return {trip for trip, mode, a, b in pairs if (mode, a, b) in ends}


def joined(one: Plan, other: Plan) -> Plan:
    """Return the trips of two plans together; the rest is that of the first."""

    def both(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
        parts = [frame for frame in (first, second) if len(frame)]
        return pd.concat(parts, ignore_index=True) if parts else first

    trips = both(one.trips, other.trips).sort_values("load_start", ignore_index=True)
    visits, cargo = both(one.visits, other.visits), both(one.cargo, other.cargo)
    return replace(one, trips=trips, visits=visits, cargo=cargo)


def only(plan: Plan, names: set[str]) -> Plan:
    """Return some trips of a plan."""
    trips, visits, cargo = (
        frame[frame["trip_id"].isin(names)].reset_index(drop=True)
        for frame in (plan.trips, plan.visits, plan.cargo)
    )
    return replace(plan, trips=trips, visits=visits, cargo=cargo, unserved=plan.unserved.iloc[:0])


def interrupted(kept: Plan, inputs: PlanInputs, events: Iterable[Event]) -> Plan:
    """Cut short the trips during which their vehicle failed, and bring their cargo back."""
    for event in events:
        if not isinstance(event, VehicleFails):
            continue
        own = kept.trips[kept.trips["vehicle_id"].eq(event.vehicle_id)]
        late = own[own["depart"] >= event.at]["trip_id"]
        kept = only(kept, set(kept.trips["trip_id"]) - set(late))
        for row in records(own[(own["depart"] < event.at) & (own["back"] > event.at)]):
            kept = _cut_short(kept, row, inputs, event)
    return kept


def _cut_short(kept: Plan, trip: dict[str, Any], inputs: PlanInputs, event: VehicleFails) -> Plan:
    name = trip["trip_id"]
    own = kept.visits["trip_id"].eq(name)
    made = kept.visits[own & (kept.visits["done"] <= event.at)]
    made = made.assign(depart=made["depart"].where(made["depart"] <= event.at, event.at))
    last = int(made["seq"].max()) + 1
    aboard = kept.cargo["trip_id"].eq(name) & (kept.cargo["unload_seq"] >= last)
    boxes = int(kept.cargo.loc[aboard, "boxes"].sum())
    minute = pd.Timedelta(minutes=1)
    start = records(made.sort_values("seq"))[-1]
    leg = LegTable(inputs.legs).find(
        trip["mode"], start["place_code"], trip["origin"], trip["vessel_class"]
    )
    back = max(
        event.at + event.recovery_min * minute,
        start["depart"] + (leg.minutes if leg else 0) * minute,
    )
    done = back + (inputs.rules.unload_of(boxes) if boxes else 0) * minute
    home = frame_of(
        "visits",
        [
            {
                "trip_id": name,
                "seq": last,
                "place_code": trip["origin"],
                "arrive": back,
                "done": done,
                "depart": done,
                "load_boxes": 0,
                "unload_boxes": boxes,
            }
        ],
    )
    trips = kept.trips.copy()
    trips.loc[trips["trip_id"].eq(name), "back"] = back
    cargo = kept.cargo.assign(unload_seq=kept.cargo["unload_seq"].mask(aboard, last))
    visits = pd.concat([kept.visits[~own], made, home], ignore_index=True)
    return replace(kept, trips=trips, visits=visits, cargo=cargo)


def _where(kept: Plan) -> dict[str, tuple[str, pd.Timestamp]]:
    """Return where each TPS stands after the trips that have left, and from when."""
    ends = kept.cargo.merge(
        kept.visits[["trip_id", "seq", "place_code", "done"]],
        left_on=["trip_id", "unload_seq"],
        right_on=["trip_id", "seq"],
    ).sort_values("done")
    rows = zip(ends["tps_id"], ends["place_code"], ends["done"], strict=True)
    return {tps: (place, when) for tps, place, when in rows}


def rest_of(
    kept: Plan, stands: Plan, inputs: PlanInputs, now: pd.Timestamp, events: Sequence[Event]
) -> dict[str, pd.DataFrame]:
    """Return the frames of what is left to do, with what has happened in them.

    ``kept`` has left; ``stands`` has not, but goes as it was planned.
    """
    where = _where(joined(kept, stands))
    late: dict[str, pd.Timedelta] = {}
    for event in events:
        if isinstance(event, WarehouseLate):
            late[event.warehouse] = pd.Timedelta(minutes=event.minutes)
    stop_of = {row["place_code"]: row for row in records(inputs.stops)}
    rows = []
    for row in records(inputs.tps):
        stop = stop_of[row["place_code"]]
        at, since = where.get(row["tps_id"], (row["at_code"], row["available"]))
        if at == row["place_code"]:
            continue
        times = [now, stop["release"], *([] if pd.isna(since) else [since])]
        ready = max(times)
        if at in (None, stop["warehouse"]):
            ready += late.get(stop["warehouse"], pd.Timedelta(0))
        rows.append(row | {"at_code": at, "available": ready})
    tps = pd.DataFrame(rows, columns=inputs.tps.columns)
    stops = inputs.stops[inputs.stops["place_code"].isin(tps["place_code"])]
    stops = stops.assign(release=stops["release"].where(stops["release"] > now, now))
    rest = pd.Timedelta(minutes=inputs.rules.least_rest_min)
    legs, windows = inputs.legs, inputs.windows
    for event in events:
        if isinstance(event, RoadCut):
            touches = legs["from_code"].eq(event.place_code) | legs["to_code"].eq(event.place_code)
            legs = legs[~(touches & legs["mode"].eq("truck"))]
        elif isinstance(event, SeaCloses):
            if event.area is None:
                nameless = legs["mode"].eq("boat") & legs["area"].isna()
                legs = legs.assign(area=legs["area"].mask(nameless, NO_AREA))
            for area in sorted(set(legs["area"].dropna())):
                if event.area in (None, area):
                    windows = _closed(windows, replace(event, area=area))
    return {
        "stops": stops,
        "tps": tps,
        "legs": _reachable(legs, stops),
        "fleet": _fleet_left(inputs.fleet, kept, stands, stops, events, rest),
        "windows": windows,
    }


def _reachable(legs: pd.DataFrame, stops: pd.DataFrame) -> pd.DataFrame:
    """Return the legs between places that still matter."""
    columns = ("place_code", "warehouse", "pier", "landing")
    codes = {code for name in columns for code in stops[name].dropna()}
    return legs[legs["from_code"].isin(codes) & legs["to_code"].isin(codes)]


def _days_under_way(plan: Plan, rest: pd.Timedelta) -> dict[str, pd.Timestamp]:
    """Return since when each crew has worked without a pause of at least ``rest``."""
    rows = plan.visits.merge(plan.trips[["trip_id", "vehicle_id"]], on="trip_id")
    out: dict[str, pd.Timestamp] = {}
    for name, own in rows.sort_values(["arrive", "seq"]).groupby("vehicle_id", sort=True):
        free: pd.Timestamp | None = None
        for visit in records(own):
            rested = free is None or visit["arrive"] - free >= rest
            if visit["seq"] == 0 and rested:
                out[str(name)] = visit["arrive"]
            if visit["depart"] - visit["done"] >= rest:
                out[str(name)] = visit["depart"]
            free = visit["depart"]
    return out


def _fleet_left(
    fleet: pd.DataFrame,
    kept: Plan,
    stands: Plan,
    stops: pd.DataFrame,
    events: Iterable[Event],
    rest: pd.Timedelta,
) -> pd.DataFrame:
    """Return the vehicles with when they are back, without those that failed.

    A vehicle with trips that stand is free until the day of the first of them: what its crew could
    do besides on that day is not worked out. A local carrier is free after the last of them.
    """
    failed = [event for event in events if isinstance(event, VehicleFails)]
    broken = {event.vehicle_id for event in failed if event.until is None}
    repaired = {event.vehicle_id: event.until for event in failed if event.until is not None}
    columns = ("place_code", "warehouse", "pier", "landing")
    codes = {code for name in columns for code in stops[name].dropna()}
    out = fleet[~fleet["vehicle_id"].isin(broken) & fleet["base"].isin(codes)]
    local = stands.trips["mode"].eq("local")
    busy = joined(kept, only(stands, set(stands.trips.loc[local, "trip_id"])))
    ends = busy.visits.groupby("trip_id")["depart"].max()
    back: dict[str, pd.Timestamp] = {}
    for trip in records(busy.trips):
        name = trip["vehicle_id"]
        back[name] = max(back.get(name, ends[trip["trip_id"]]), ends[trip["trip_id"]])
    began = _days_under_way(busy, rest)
    taken: dict[str, pd.Timestamp] = {}
    for trip in records(stands.trips[~local]):
        name, day = trip["vehicle_id"], trip["load_start"].floor("D")
        taken[name] = min(taken.get(name, day), day)
    rows = records(out)
    for row in rows:
        until = (row["available_until"], taken.get(row["vehicle_id"]))
        row["available_until"] = min((t for t in until if not pd.isna(t)), default=None)
        name, since = row["vehicle_id"], row["available_from"]
        times = [t for t in (since, back.get(name), repaired.get(name)) if not pd.isna(t)]
        row |= {"available_from": max(times, default=None), "worked_from": began.get(name)}
    return typed("fleet", pd.DataFrame(rows, columns=list(out.columns)))


def fleet_of_all(fleet: pd.DataFrame, kept: Plan, events: Iterable[Event]) -> pd.DataFrame:
    """Return ``fleet`` (`PlanInputs`), a failed vehicle until it is back from its last trip."""
    out = fleet.copy()
    for event in events:
        if isinstance(event, VehicleFails) and event.until is None:
            own = kept.trips.loc[kept.trips["vehicle_id"].eq(event.vehicle_id), "back"]
            until = max([event.at, *own])
            out.loc[out["vehicle_id"].eq(event.vehicle_id), "available_until"] = until
    return out


def _closed(windows: pd.DataFrame, event: SeaCloses) -> pd.DataFrame:
    """Return windows in which an area is closed for a time, for every vessel."""
    shut = {"scope": "area", "key": event.area, "opens": event.since, "closes": event.until}
    row = typed("windows", pd.DataFrame([shut | {"is_open": False}]))
    return typed("windows", pd.concat([windows, row], ignore_index=True))
