"""What if: from a moment on, what has left is kept and the rest is planned again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from analytics.plan.document import Plan, frame_of
from analytics.plan.inputs import PlanInputs, plan_inputs, records, typed
from analytics.plan.solver.solve import solve_plan
from analytics.plan.state import (
    Event,
    ExtraTps,
    RoadCut,
    SeaCloses,
    VehicleFails,
    WarehouseLate,
    fleet_of_all,
    interrupted,
    joined,
    left_by,
    linked,
    only,
    rest_of,
    untouched,
)
from geo.errors import ParameterError

__all__ = [
    "Event",
    "ExtraTps",
    "Replanned",
    "RoadCut",
    "SeaCloses",
    "VehicleFails",
    "WarehouseLate",
    "changes",
    "replan",
]

STATUSES = ("delivered", "kept", "moved", "added", "not_brought")


@dataclass(frozen=True, eq=False)
class Replanned:
    """The plan from now on.

    Attributes
    ----------
    plan
        What was kept and what is new, together.
    inputs
        Inputs of the whole, for the auditor: as before, with extra TPS, and with a failed vehicle
        until it is back. Closings that came while a boat was out are not in its windows.
    rest, rest_inputs
        The new part by itself and what it was planned from, events included; None when nothing is
        left to plan. Audit it for the events.
    changes
        Per stop: ``status`` of `STATUSES`, ``before`` and ``after`` (last unloading),
        ``later_min``, ``tell`` (codes of the places on its way that must be informed).
    """

    plan: Plan
    inputs: PlanInputs
    rest: Plan | None
    rest_inputs: PlanInputs | None
    changes: pd.DataFrame


def replan(
    plan: Plan,
    inputs: PlanInputs,
    now: pd.Timestamp,
    events: Sequence[Event],
    seed: int = 1,
    time_limit_s: float = 8.0,
    standing: Sequence[SeaCloses | RoadCut] = (),
    locked: frozenset[str] = frozenset(),
) -> Replanned:
    """Plan again what has not left by now.

    Trips that no event touches, not even through a load they share, stand as they were; if then
    something is left out or late, all that has not left is planned again as well, and the better
    of the two is taken.

    Parameters
    ----------
    plan, inputs
        The plan in force and its inputs (all legs, not only those it uses).
    now
        With zone. A trip has left when its departure is not after this.
    events
        What has happened or is assumed to.
    standing
        What the plan in force was made for already and still holds: it binds what is planned
        again, and moves nothing by itself.
    locked
        Ids of trips that stay as they are whatever happens, with those that bring them what they
        load, or carry it on.

    Raises
    ------
    ParameterError
        When an event names a vehicle, area, place or warehouse that does not exist.
    PlanInputError
        When a deadline of what is left has passed.
    """
    _check(inputs, events)
    inputs = _with_extra(inputs, events)
    left = left_by(plan, now)
    gone = set(left.trips["trip_id"])
    bound = linked(plan, set(locked)) - gone
    frozen = untouched(plan, gone, inputs, events) | bound
    events = [*events, *standing]
    first = plan_rest(plan, inputs, now, events, frozen, (seed, time_limit_s / 2))
    if frozen == bound or not any(_lacking(first)):
        return first
    second = plan_rest(plan, inputs, now, events, bound, (seed, time_limit_s / 2))
    return min(first, second, key=_lacking)


def _lacking(found: Replanned) -> tuple[int, int]:
    """Return how many TPS are left out, and how many stops late."""
    return int(found.plan.figures["unserved_tps"]), int(found.plan.figures["late"])


def plan_rest(
    plan: Plan,
    inputs: PlanInputs,
    now: pd.Timestamp,
    events: Sequence[Event],
    frozen: set[str],
    search: tuple[int, float],
) -> Replanned:
    """Plan again all but what has left and what stands as it was."""
    kept = interrupted(left_by(plan, now), inputs, events)
    stands = only(plan, frozen)
    rest_inputs = rest_of(kept, stands, inputs, now, events)
    whole, rest, checked = joined(kept, stands), None, None
    if len(rest_inputs["tps"]):
        checked = plan_inputs(**rest_inputs, rules=inputs.rules, now=now)
        loading = stands.visits[stands.visits["load_boxes"].gt(0)]
        rest = _renamed(solve_plan(checked, *search, standing=loading), now)
        whole = joined(whole, rest)
        whole = replace(
            whole, deliveries=rest.deliveries, unserved=rest.unserved, figures=dict(rest.figures)
        )
    whole = with_deliveries(whole, inputs)
    return Replanned(
        plan=whole,
        inputs=replace(
            inputs,
            fleet=fleet_of_all(inputs.fleet, kept, events),
            tps=_released_later(inputs.tps, rest_inputs["tps"], inputs.stops, events),
        ),
        rest=rest,
        rest_inputs=checked,
        changes=changes(plan, whole, inputs.stops, now),
    )


def _check(inputs: PlanInputs, events: Iterable[Event]) -> None:
    for event in events:
        known: set[Any] = set()
        value: str | None
        if isinstance(event, VehicleFails):
            name, value, known = "vehicle_id", event.vehicle_id, set(inputs.fleet["vehicle_id"])
            if event.until is not None and event.until <= event.at:
                raise ParameterError("until", event.until, f"after {event.at.isoformat()}")
        elif isinstance(event, SeaCloses):
            name, value, known = "area", event.area, {None, *inputs.legs["area"].dropna()}
            if event.until <= event.since:
                raise ParameterError("until", event.until, f"after {event.since.isoformat()}")
        elif isinstance(event, RoadCut):
            truck = inputs.legs[inputs.legs["mode"].eq("truck")]
            name, value = "place_code", event.place_code
            known = set(truck["from_code"]) | set(truck["to_code"])
        elif isinstance(event, WarehouseLate):
            name, value, known = "warehouse", event.warehouse, set(inputs.stops["warehouse"])
            if event.minutes < 0:
                raise ParameterError("minutes", event.minutes, "0 or more")
        else:
            continue
        if value not in known:
            raise ParameterError(name, value, "one of " + ", ".join(sorted(map(str, known))))


def _with_extra(inputs: PlanInputs, events: Iterable[Event]) -> PlanInputs:
    extra = [typed("tps", event.tps) for event in events if isinstance(event, ExtraTps)]
    if not extra:
        return inputs
    tps = pd.concat([inputs.tps, *extra], ignore_index=True)
    return plan_inputs(inputs.stops, tps, inputs.legs, inputs.fleet, inputs.windows, inputs.rules)


def _released_later(
    tps: pd.DataFrame, rest: pd.DataFrame, stops: pd.DataFrame, events: Iterable[Event]
) -> pd.DataFrame:
    """Return the TPS, those a late warehouse still holds with when they can be loaded there."""
    late = {event.warehouse for event in events if isinstance(event, WarehouseLate)}
    own = set(stops.loc[stops["warehouse"].isin(late), "place_code"])
    held = rest[rest["place_code"].isin(own) & ~rest["at_code"].isin(_waters(stops))]
    since = dict(zip(held["tps_id"], held["available"], strict=True))
    if not since:
        return tps
    rows = [row | {"available": since.get(row["tps_id"], row["available"])} for row in records(tps)]
    return typed("tps", pd.DataFrame(rows, columns=list(tps.columns)))


def _waters(stops: pd.DataFrame) -> set[str]:
    """Return the piers and landings of the stops."""
    return {str(code) for name in ("pier", "landing") for code in stops[name].dropna()}


def _renamed(rest: Plan, now: pd.Timestamp) -> Plan:
    """Give new trips names that no kept trip has."""
    mark = f"@{now:%d%H%M}"
    return replace(
        rest,
        trips=rest.trips.assign(trip_id=rest.trips["trip_id"] + mark),
        visits=rest.visits.assign(trip_id=rest.visits["trip_id"] + mark),
        cargo=rest.cargo.assign(trip_id=rest.cargo["trip_id"] + mark),
    )


def with_deliveries(plan: Plan, inputs: PlanInputs) -> Plan:
    """Return the plan with deliveries and figures of all of it, kept and new."""
    own = inputs.tps[["tps_id", "place_code"]]
    ends = plan.cargo.merge(own, on="tps_id").merge(
        plan.visits[["trip_id", "seq", "place_code", "done"]],
        left_on=["trip_id", "unload_seq", "place_code"],
        right_on=["trip_id", "seq", "place_code"],
    )
    found = (
        ends.groupby("place_code", sort=True)
        .agg(
            tps_count=("tps_id", "size"),
            boxes=("boxes", "sum"),
            trips=("trip_id", "nunique"),
            delivered=("done", "max"),
        )
        .reset_index()
    )
    deadline = inputs.stops.set_index("place_code")["deadline"]
    places, leave = plan.deliveries["place_code"], plan.deliveries["latest_depart"]
    latest: dict[str, Any] = dict(zip(places, leave, strict=True))
    found = found.assign(deadline=found["place_code"].map(deadline))
    slack = (found["deadline"] - found["delivered"]).dt.total_seconds() / 60
    found = found.assign(slack_min=slack)
    rows = [row | {"latest_depart": latest.get(row["place_code"])} for row in records(found)]
    figures = dict(plan.figures) | {
        "slack_min": float(found["slack_min"].min()) if len(found) else None,
        "late": int((found["slack_min"] < 0).sum()),
        "cost": float(plan.trips["cost"].sum()),
        "trips": len(plan.trips),
        "unserved_tps": int(plan.unserved["tps_count"].sum()),
    }
    return replace(plan, deliveries=frame_of("deliveries", rows), figures=figures)


def changes(before: Plan, after: Plan, stops: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """Return what a new plan changes for each stop; columns as in `Replanned`.

    ``stops`` is that of `PlanInputs`.
    """
    old = dict(zip(before.deliveries["place_code"], before.deliveries["delivered"], strict=True))
    new = dict(zip(after.deliveries["place_code"], after.deliveries["delivered"], strict=True))
    missing = set(after.unserved["place_code"])
    counts = (
        dict(zip(plan.deliveries["place_code"], plan.deliveries["tps_count"], strict=True))
        for plan in (before, after)
    )
    had, has = counts
    rows = []
    for stop in records(stops):
        place = stop["place_code"]
        was, will = old.get(place), new.get(place)
        status = "moved"
        if place in missing or will is None:
            status = "not_brought"
        elif has.get(place, 0) > had.get(place, 0):
            status = "added"
        elif was == will:
            status = "delivered" if will <= now else "kept"
        later = None if was is None or will is None else (will - was) / pd.Timedelta(minutes=1)
        way = (stop["warehouse"], stop["pier"], stop["landing"], place)
        tell = list(dict.fromkeys(c for c in way if c is not None))
        rows.append(
            {
                "place_code": place,
                "status": status,
                "before": was,
                "after": will,
                "later_min": later,
                "tell": [] if status in ("delivered", "kept") else tell,
            }
        )
    columns = ["place_code", "status", "before", "after", "later_min", "tell"]
    return pd.DataFrame(rows, columns=columns).astype({"later_min": "float64"})
