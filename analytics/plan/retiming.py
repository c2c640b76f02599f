"""The trips of a plan laid out to be changed, and timed again.

Trips keep the time they have unless a change or what they wait for moves them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from analytics.network.open_times import Minutes
from analytics.plan.document import Plan, assemble, last_unloadings
from analytics.plan.inputs import PlanInputs, records
from analytics.plan.solver.loads import World, build_world
from analytics.plan.solver.timing import Stop, Trip, TripTimes, forward, in_order
from analytics.plan.state import only
from analytics.plan.trips import ready_minutes, structure
from geo.errors import ParameterError


def one_of(name: str, value: str, known: Iterable[str]) -> None:
    """Refuse a value that is not among those known, with a `ParameterError`."""
    every = set(known)
    if value not in every:
        raise ParameterError(name, value, "one of " + ", ".join(sorted(every)))


def leg_words(mode: str, start: str, end: str) -> str:
    """Return a leg as an error names it."""
    return f"{start} → {end} ({mode})"


def without_way(plan: Plan, inputs: PlanInputs) -> frozenset[str]:
    """Return the trips that use a leg the inputs do not have."""
    return frozenset(_broken(structure(plan, inputs), build_world(inputs)))


def _broken(trips: Iterable[Trip], world: World) -> Iterator[str]:
    for trip in trips:
        if _missing(trip, world) is not None:
            yield trip.trip_id


def _missing(trip: Trip, world: World) -> tuple[str, str] | None:
    """Return the first leg of a trip that does not exist."""
    for start, end in pairwise(trip.route()):
        if world.legs.find(trip.mode, start, end, trip.vessel_class) is None:
            return start, end
    return None


class Table:
    """The trips of a plan laid out to be changed.

    Attributes
    ----------
    trips
        By id, in the order of their loading; ``needs`` and ``after`` are worked out again from
        ``waits`` and ``order`` when they are timed.
    waits
        Which trip brings a TPS to where a trip loads it.
    order
        The trips of each vehicle, in order.
    starts
        Minute before which a trip does not load.
    was, stops
        Times and stops of the trips before the edit.
    fixed
        Times of the trips that keep them: locked, or on a way that is not there any more.
    """

    def __init__(
        self, plan: Plan, inputs: PlanInputs, locked: frozenset[str], vehicles: frozenset[str]
    ) -> None:
        self.before, self.inputs, self.vehicles = plan, inputs, vehicles
        self.world = build_world(inputs)
        trips = structure(plan, inputs)
        self.trips = {trip.trip_id: trip for trip in trips}
        self.ready = ready_minutes(inputs, self.world.calendar)
        rows = plan.trips.sort_values(["load_start", "trip_id"])
        self.order: dict[str, list[str]] = {}
        for name, vehicle in zip(rows["trip_id"], rows["vehicle_id"], strict=True):
            self.order.setdefault(vehicle, []).append(name)
        self.waits = self._who_brings(trips)
        visits = {str(k): records(v) for k, v in plan.visits.groupby("trip_id", sort=False)}
        self.was = {name: self._times(visits[name]) for name in self.trips}
        self.starts = {name: float(own.load_start[0]) for name, own in self.was.items()}
        self.stops = {name: trip.stops for name, trip in self.trips.items()}
        self.locked = locked | {t.trip_id for t in trips if t.vehicle_id in vehicles}
        still = self.locked | set(_broken(trips, self.world))
        self.fixed = {name: self.was[name] for name in still}
        for name, trip in self.trips.items():
            # A night at the landing stays one; a shorter wait follows from tide and sea.
            was, count = self.was[name], len(trip.stops)
            home = float(was.depart[count][0])
            if count and home - float(was.done[count - 1][0]) >= inputs.rules.least_rest_min:
                self.trips[name] = replace(trip, home_from=home)

    def _who_brings(self, trips: Iterable[Trip]) -> dict[tuple[str, str], str]:
        cargo = self.before.cargo
        keys = zip(cargo["trip_id"], cargo["unload_seq"], strict=True)
        aboard: dict[tuple[str, int], set[str]] = {}
        for (name, seq), tps in zip(keys, cargo["tps_id"], strict=True):
            aboard.setdefault((name, int(seq) - 1), set()).add(tps)
        found: dict[tuple[str, str], str] = {}
        for trip in trips:
            own = {tps for stop in trip.stops for tps in stop.tps}
            for name, n in trip.needs:
                found |= {(trip.trip_id, tps): name for tps in own & aboard[name, n]}
        return found

    def _times(self, visits: Sequence[Mapping[str, pd.Timestamp]]) -> TripTimes:
        def minutes(rows: Iterable[Mapping[str, pd.Timestamp]], key: str) -> list[Minutes]:
            return [np.array([self.world.calendar.minute(row[key])]) for row in rows]

        return TripTimes(
            minutes(visits[:1], "arrive")[0],
            minutes(visits[:-1], "depart"),
            minutes(visits[1:], "arrive"),
            minutes(visits[1:], "done"),
        )

    def stop(self, place: str, tps: Sequence[str]) -> Stop:
        """Return an unloading of some TPS at a place."""
        boxes = sum(self.world.boxes[name] for name in tps)
        return Stop(place, tuple(tps), boxes, self.inputs.rules.unload_of(boxes))

    def linked(self) -> list[Trip]:
        """Return the trips in an order in which each follows what it waits for.

        Raises
        ------
        ParameterError
            When trips wait for each other in a circle.
        """
        before = {b: a for names in self.order.values() for a, b in pairwise(names)}
        out = []
        for name, trip in self.trips.items():
            own = [tps for stop in trip.stops for tps in stop.tps]
            needs = {
                self._need(self.waits[name, tps], tps) for tps in own if (name, tps) in self.waits
            }
            free = [self.ready[tps] for tps in own if (name, tps) not in self.waits]
            release = max(free, default=-np.inf)
            after = before.get(name)
            out.append(replace(trip, needs=tuple(sorted(needs)), release=release, after=after))
        try:
            return in_order(out)
        except ValueError as err:
            raise ParameterError(
                "to_trip", str(err), "trips that do not wait for each other"
            ) from err

    def _need(self, name: str, tps: str) -> tuple[str, int]:
        stops = self.trips[name].stops
        at = next((n for n, stop in enumerate(stops) if tps in stop.tps), len(stops))
        return name, at

    def timed(self) -> tuple[list[Trip], dict[str, TripTimes]]:
        """Return the trips and when they run: as they did, or as early as possible after that."""
        trips = self.linked()
        times: dict[str, TripTimes] = {}
        for trip in trips:
            name = trip.trip_id
            if name in self.fixed:
                times[name] = self.fixed[name]
                continue
            ready = [self.starts[name], trip.release]
            ready += [float(times[other].done[n][0]) for other, n in trip.needs]
            if trip.after is not None:
                ready.append(float(times[trip.after].back[0]))
            if self._as_it_was(trip, max(ready)):
                times[name] = self.was[name]
                continue
            alone = replace(trip, needs=(), after=None, release=max(ready))
            times |= forward([alone], self.world.legs, self.world.calendar)
        return trips, times

    def _as_it_was(self, trip: Trip, ready: float) -> bool:
        """Return whether nothing moves a trip."""
        name = trip.trip_id
        if name not in self.was or trip.stops != self.stops[name]:
            return False
        start = float(self.was[name].load_start[0])
        return self.starts[name] == start and ready <= start

    def checked(self) -> tuple[list[Trip], dict[str, TripTimes]]:
        """Return what `timed` does.

        Raises
        ------
        ParameterError
            When a trip has no way, or never an open one.
        """
        trips, times = self.timed()
        for trip in trips:
            if not np.isfinite(float(times[trip.trip_id].back[0])):
                gap = _missing(trip, self.world)
                if gap is not None:
                    raise ParameterError("leg", leg_words(trip.mode, *gap), "a leg that exists")
                expected = "a trip for which hours, sea and places are open"
                raise ParameterError("trip_id", trip.trip_id, expected)
        return trips, times

    def plan(self) -> Plan:
        """Return the plan as it lies here; errors are those of `checked`."""
        trips, times = self.checked()
        made = assemble(self.world, trips, times, [], {})
        before, new = only(self.before, set(self.fixed)), set(self.trips) - set(self.fixed)
        after = only(made, new)
        unserved = self.before.unserved
        figures = dict(self.before.figures) | made.figures
        figures |= {"unserved_tps": int(unserved["tps_count"].sum())}
        return replace(
            made,
            visits=_both(before.visits, after.visits),
            cargo=_both(before.cargo, after.cargo),
            unserved=unserved,
            figures=figures,
        )


def _both(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    parts = [frame for frame in (one, other) if len(frame)]
    return pd.concat(parts, ignore_index=True) if parts else one


def take_out(table: Table, source: Trip, place: str, tps: Sequence[str]) -> None:
    """Take TPS off a trip; a trip that has none left is not made."""
    stops = []
    for stop in source.stops:
        left = [name for name in stop.tps if stop.place != place or name not in tps]
        if left:
            stops.append(table.stop(stop.place, left))
    if stops:
        table.trips[source.trip_id] = replace(source, stops=tuple(stops))
        return
    del table.trips[source.trip_id]
    table.order[source.vehicle_id].remove(source.trip_id)


def new_trip(table: Table, like: Trip, vehicle_id: str) -> Trip:
    """Return a trip more of a vehicle, with nothing aboard yet.

    Raises
    ------
    ParameterError
        For a vehicle that is locked, or not of the mode and base of the trip it is to be like.
    """
    one_of("to_vehicle", vehicle_id, table.inputs.fleet["vehicle_id"])
    if vehicle_id in table.vehicles:
        raise ParameterError("to_vehicle", vehicle_id, "a vehicle that is not locked")
    there = table.world.at_base(like.mode, like.origin)
    own = next((v for v in there if v.vehicle_id == vehicle_id), None)
    if own is None:
        expected = f"a {like.mode} from {like.origin}"
        raise ParameterError("to_vehicle", vehicle_id, expected)
    names = (f"{vehicle_id}+{n}" for n in range(1, len(table.trips) + 2))
    name = next(one for one in names if one not in table.trips)
    return Trip(name, vehicle_id, like.mode, like.origin, (), like.load_min, own.vessel_class)


def put_on(table: Table, target: Trip, place: str, tps: Sequence[str]) -> None:
    """Put TPS on a trip where they cost least: at its stops, and of a new trip in the day.

    The least is least of minutes late in all, minutes on the way in all, and when it is unloaded.

    Raises
    ------
    ParameterError
        When no place for them has a way that is open.
    """
    name, vehicle = target.trip_id, target.vehicle_id
    day = list(table.order.get(vehicle, []))
    days = [day]
    if name not in table.trips:
        days = [[*day[:n], name, *day[n:]] for n in range(len(day) + 1)]
        table.starts[name] = -np.inf
    best: tuple[tuple[float, float, float], Trip, list[str]] | None = None
    error: ParameterError | None = None
    for order in days:
        for stops in _with_stop(table, target, place, tps):
            trip = replace(target, stops=stops)
            table.trips[name], table.order[vehicle] = trip, order
            try:
                worth = _worth(table, trip, place)
            except ParameterError as err:
                error = err
                continue
            if best is None or worth < best[0]:
                best = (worth, trip, order)
    if best is None:
        raise error or ParameterError("place_code", place, "a place on a way")
    table.trips[name], table.order[vehicle] = best[1:]


def _with_stop(
    table: Table, trip: Trip, place: str, tps: Sequence[str]
) -> Iterator[tuple[Stop, ...]]:
    """Yield the stops of a trip with TPS more: where it stops anyway, or between two stops."""
    stops = trip.stops
    for n, stop in enumerate(stops):
        if stop.place == place:
            yield (*stops[:n], table.stop(place, [*stop.tps, *tps]), *stops[n + 1 :])
            return
    new = table.stop(place, tps)
    for n in range(len(stops) + 1):
        yield (*stops[:n], new, *stops[n:])


def _worth(table: Table, trip: Trip, place: str) -> tuple[float, float, float]:
    trips, times = table.checked()
    due = last_unloadings(table.world, trips)
    late = sum(max(0.0, float(times[name].done[n][0]) - end) for (name, n), end in due.items())
    out = sum(float(own.back[0] - own.load_start[0]) for own in times.values())
    at = next(n for n, stop in enumerate(trip.stops) if stop.place == place)
    return late, out, float(times[trip.trip_id].done[at][0])
