"""A plan under the planner's hands: stops moved, trips locked, legs forbidden, departures set.

Each edit gives a new plan, timed again; whether it holds is the auditor's to say, not this
module's. Trips keep the time they have unless an edit or what they wait for moves them, and what
is locked keeps it in any case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import pandas as pd

from analytics.plan.document import Plan
from analytics.plan.inputs import MODES, PlanInputs
from analytics.plan.retiming import (
    Table,
    leg_words,
    new_trip,
    one_of,
    put_on,
    take_out,
    without_way,
)
from analytics.plan.solver.timing import Trip
from analytics.plan.state import joined, only
from analytics.plan.what_if import plan_rest, with_deliveries
from geo.errors import ParameterError


@dataclass(frozen=True)
class MoveStop:
    """Some TPS that a trip unloads at a place travel with another trip instead.

    Attributes
    ----------
    trip_id, place_code
        The trip that has them, and where it unloads them.
    tps
        Which of them; none named: all.
    to_trip, to_vehicle
        Another trip of the same mode from the same base, or a vehicle there, which makes a trip
        more; one of the two.
    """

    trip_id: str
    place_code: str
    tps: tuple[str, ...] = ()
    to_trip: str | None = None
    to_vehicle: str | None = None

    def __post_init__(self) -> None:
        if (self.to_trip is None) == (self.to_vehicle is None):
            raise ParameterError("to_trip", self.to_trip, "either a trip or a vehicle")
        if self.to_trip == self.trip_id:
            raise ParameterError("to_trip", self.to_trip, "another trip")
        if len(set(self.tps)) != len(self.tps):
            raise ParameterError("tps", self.tps, "each TPS once")


@dataclass(frozen=True)
class Lock:
    """A trip, or a vehicle with all its trips, stays as it is when the rest is planned again.

    Attributes
    ----------
    trip_id, vehicle_id
        One of the two. A locked vehicle gets no other trip.
    on
        False takes the lock off again, of a trip that was changed by hand too.
    """

    trip_id: str | None = None
    vehicle_id: str | None = None
    on: bool = True

    def __post_init__(self) -> None:
        if (self.trip_id is None) == (self.vehicle_id is None):
            raise ParameterError("trip_id", self.trip_id, "either a trip or a vehicle")


@dataclass(frozen=True)
class ForbidLeg:
    """No vehicle of a mode goes from one place straight to another, either way round."""

    from_code: str
    to_code: str
    mode: str

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ParameterError("mode", self.mode, ", ".join(MODES))
        if self.from_code == self.to_code:
            raise ParameterError("to_code", self.to_code, "another place")


@dataclass(frozen=True)
class SetDeparture:
    """A trip departs as soon as it can, but not before a time with zone.

    ``exact``: at that time and no other.
    """

    trip_id: str
    at: pd.Timestamp
    exact: bool = False

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ParameterError("at", self.at.isoformat(), "a time with zone")


Edit = MoveStop | Lock | ForbidLeg | SetDeparture


@dataclass(frozen=True, eq=False)
class Desk:
    """A plan being edited.

    Attributes
    ----------
    plan, inputs
        As they are now; the legs of the inputs lack what is forbidden.
    locked, vehicles
        Trips and vehicles that the planner locked.
    by_hand
        Trips that were changed by hand: they too stand when the rest is planned again.
    """

    plan: Plan = field(repr=False)
    inputs: PlanInputs = field(repr=False)
    locked: frozenset[str] = frozenset()
    vehicles: frozenset[str] = frozenset()
    by_hand: frozenset[str] = frozenset()

    def stands(self) -> frozenset[str]:
        """Return the trips that stay, with those that bring what they load."""
        rows = self.plan.trips
        own = set(rows.loc[rows["vehicle_id"].isin(self.vehicles), "trip_id"])
        known = set(rows["trip_id"])
        return with_feeders(self.plan, known & (own | self.locked | self.by_hand))


def edited(desk: Desk, edit: Edit) -> Desk:
    """Return the plan after one edit.

    Raises
    ------
    ParameterError
        For a trip, vehicle, place, TPS or leg that the plan does not have, for what is locked, and
        for what has no way or cannot be at the time asked.
    """
    if isinstance(edit, Lock):
        return _with_lock(desk, edit)
    if isinstance(edit, ForbidLeg):
        return _without_leg(desk, edit)
    table = Table(desk.plan, desk.inputs, desk.locked, desk.vehicles)
    if isinstance(edit, SetDeparture):
        plan = _departing(table, edit)
        return replace(desk, plan=plan, by_hand=desk.by_hand | {edit.trip_id})
    plan, target = _moved(table, edit)
    return replace(desk, plan=plan, by_hand=desk.by_hand | {target})


def rest_again(
    desk: Desk,
    seed: int = 1,
    effort_s: float = 8.0,
    turn: int = 0,
    since: pd.Timestamp | None = None,
) -> Desk:
    """Plan everything again but what stands.

    Parameters
    ----------
    desk
        What is locked or was changed by hand stands, with the trips that bring what it loads.
    seed, effort_s
        Of the search (`analytics.plan.solver.solve.solve_plan`).
    turn
        How often that was done before, 0 or more: it keeps names of trips apart.
    since
        Nothing new is loaded before it, with zone; None: before anything is released.

    Raises
    ------
    ParameterError
        When a trip that stands uses a leg that is forbidden.
    """
    stands, inputs = desk.stands(), desk.inputs
    if lost := sorted(stands & without_way(desk.plan, inputs)):
        raise ParameterError("locked", lost[0], "a trip without a forbidden leg, or no lock on it")
    first = inputs.stops["release"].min() if since is None else since
    now = first.floor("min") - pd.Timedelta(minutes=1 + turn)
    open_fleet = inputs.fleet[~inputs.fleet["vehicle_id"].isin(desk.vehicles)]
    asked = replace(inputs, fleet=open_fleet.reset_index(drop=True))
    found = plan_rest(desk.plan, asked, now, (), set(stands), (seed, effort_s))
    return replace(desk, plan=found.plan)


def with_feeders(plan: Plan, names: Iterable[str]) -> frozenset[str]:
    """Return trips, and those that bring what they load to where they load it."""
    origin = dict(zip(plan.trips["trip_id"], plan.trips["origin"], strict=True))
    ends = plan.cargo.merge(
        plan.visits[["trip_id", "seq", "place_code"]],
        left_on=["trip_id", "unload_seq"],
        right_on=["trip_id", "seq"],
    )
    brings: dict[tuple[str, str], set[str]] = {}
    for trip, tps, place in zip(ends["trip_id"], ends["tps_id"], ends["place_code"], strict=True):
        brings.setdefault((tps, place), set()).add(trip)
    loads = plan.cargo.groupby("trip_id")["tps_id"].agg(list).to_dict()
    found: set[str] = set()
    queue = list(names)
    while queue:
        name = queue.pop()
        if name not in found:
            found.add(name)
            for tps in loads.get(name, ()):
                queue += brings.get((tps, origin[name]), set()) - found
    return frozenset(found)


def _with_lock(desk: Desk, edit: Lock) -> Desk:
    if edit.vehicle_id is not None:
        one_of("vehicle_id", edit.vehicle_id, desk.inputs.fleet["vehicle_id"])
        own = {edit.vehicle_id}
        vehicles = desk.vehicles | own if edit.on else desk.vehicles - own
        return replace(desk, vehicles=vehicles)
    one_of("trip_id", str(edit.trip_id), desk.plan.trips["trip_id"])
    names = {str(edit.trip_id)}
    if edit.on:
        return replace(desk, locked=desk.locked | names)
    return replace(desk, locked=desk.locked - names, by_hand=desk.by_hand - names)


def _without_leg(desk: Desk, edit: ForbidLeg) -> Desk:
    """Take a leg out of the inputs; trips that use it stay until they are planned again."""
    legs = desk.inputs.legs
    ends = {edit.from_code, edit.to_code}
    gone = legs["mode"].eq(edit.mode) & legs["from_code"].isin(ends) & legs["to_code"].isin(ends)
    if not gone.any():
        leg = leg_words(edit.mode, edit.from_code, edit.to_code)
        raise ParameterError("leg", leg, "a leg of the plan")
    return replace(desk, inputs=replace(desk.inputs, legs=legs[~gone].reset_index(drop=True)))


def _free(table: Table, trip_id: str) -> Trip:
    """Return a trip that may be changed."""
    one_of("trip_id", trip_id, table.trips)
    if trip_id in table.locked:
        raise ParameterError("trip_id", trip_id, "a trip that is not locked")
    return table.trips[trip_id]


def _departing(table: Table, edit: SetDeparture) -> Plan:
    trip = _free(table, edit.trip_id)
    table.fixed.pop(edit.trip_id, None)
    minute = table.world.calendar.minute(edit.at)
    table.starts[edit.trip_id] = minute - trip.load_min
    plan = table.plan()
    leaves = plan.trips.set_index("trip_id")["depart"][edit.trip_id]
    if edit.exact and leaves != edit.at:
        expected = f"{leaves.isoformat()} or later"
        raise ParameterError("depart", edit.at.isoformat(), expected)
    return plan


def _moved(table: Table, edit: MoveStop) -> tuple[Plan, str]:
    """Return the plan with TPS moved to another trip, and that trip."""
    source = _free(table, edit.trip_id)
    aboard = [tps for stop in source.stops if stop.place == edit.place_code for tps in stop.tps]
    if not aboard:
        places = {stop.place for stop in source.stops}
        raise ParameterError("place_code", edit.place_code, "one of " + ", ".join(sorted(places)))
    for name in edit.tps:
        one_of("tps", name, aboard)
    tps = [name for name in aboard if name in (edit.tps or aboard)]
    if edit.to_trip is not None:
        target = _free(table, edit.to_trip)
        if (target.mode, target.origin) != (source.mode, source.origin):
            raise ParameterError("to_trip", edit.to_trip, f"a {source.mode} from {source.origin}")
    else:
        target = new_trip(table, source, str(edit.to_vehicle))
    name = target.trip_id
    for one in (edit.trip_id, name):
        table.fixed.pop(one, None)
    brought = {one: table.waits.pop((edit.trip_id, one), None) for one in tps}
    table.waits |= {(name, one): trip for one, trip in brought.items() if trip is not None}
    # What loads these TPS where they are set down waits for the new trip from now on.
    table.waits |= {
        key: name for key, trip in table.waits.items() if trip == edit.trip_id and key[1] in tps
    }
    take_out(table, source, edit.place_code, tps)
    put_on(table, target, edit.place_code, tps)
    return table.plan(), name


def in_whole(whole: Plan, before: Plan, part: Plan, inputs: PlanInputs) -> Plan:
    """Return a plan made again in which the part that was edited stands for what it was before."""
    kept = set(whole.trips["trip_id"]) - set(before.trips["trip_id"])
    both = joined(only(whole, kept), part)
    both = replace(
        both, deliveries=part.deliveries, unserved=part.unserved, figures=dict(part.figures)
    )
    return with_deliveries(both, inputs)
