"""When the trips of a plan run: forward from what is ready, backward from what is due.

The structure (who carries what where, in which order) is given; times follow from legs, handling,
windows and precedence. The forward pass takes many simulated runs at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from analytics.network.open_times import (
    Calendar,
    Minutes,
    Open,
    earliest_start,
    latest_start,
    latest_starts,
)

DAY = 24 * 60.0


class Stop(NamedTuple):
    """One place a trip unloads at."""

    place: str
    tps: tuple[str, ...]
    boxes: int
    service_min: float


@dataclass(frozen=True)
class Trip:
    """One round of one vehicle: load at ``origin``, unload at ``stops``, come back.

    Attributes
    ----------
    opens, closes
        Minutes between which it runs (the working day or days of its vehicle).
    release
        Minute before which loading may not start.
    needs
        Unloadings that must be over before it loads: (trip id, position of the stop).
    after
        The trip its vehicle makes before.
    out_by
        Minute by which its last stop must be unloaded, whatever is due.
    home_from
        Minute before which it does not set out on its last leg (a night at the landing).
    """

    trip_id: str
    vehicle_id: str
    mode: str
    origin: str
    stops: tuple[Stop, ...]
    load_min: float
    vessel_class: str | None = None
    opens: float = -np.inf
    closes: float = np.inf
    release: float = -np.inf
    needs: tuple[tuple[str, int], ...] = ()
    after: str | None = None
    out_by: float = np.inf
    home_from: float = -np.inf

    def route(self) -> tuple[str, ...]:
        """Return the places in order, the origin first and last."""
        return (self.origin, *(stop.place for stop in self.stops), self.origin)


@dataclass
class TripTimes:
    """Times of one trip in minutes, one array entry per run."""

    load_start: Minutes
    depart: list[Minutes] = field(default_factory=list)
    arrive: list[Minutes] = field(default_factory=list)
    done: list[Minutes] = field(default_factory=list)

    @property
    def back(self) -> Minutes:
        """Return the arrival at the origin."""
        return self.arrive[-1]


class Leg(NamedTuple):
    """One leg as usual: whole minutes, rounded up, and its sea area."""

    minutes: float
    area: str | None


class LegTable:
    """Look-up of legs by mode, ends and vessel class.

    A leg in one direction only holds both ways; a leg of the vessel's class goes before one for
    every vessel. ``legs`` are those of `PlanInputs`. No way from a place to itself is needed: it
    takes no time.
    """

    def __init__(self, legs: pd.DataFrame) -> None:
        columns = ("mode", "from_code", "to_code", "vessel_class", "usual_min", "area")
        self._legs: dict[tuple[str, str, str, str | None], Leg] = {}
        rows = list(zip(*(legs[name].tolist() for name in columns), strict=True))
        for backward in (True, False):
            for mode, start, end, vessel, minutes, area in rows:
                ends = (end, start) if backward else (start, end)
                leg = Leg(float(np.ceil(round(minutes, 6))), area)
                self._legs[mode, ends[0], ends[1], vessel] = leg

    def classes(self, mode: str) -> set[str | None]:
        """Return the vessel classes of the legs of a mode; None is every vessel."""
        return {vessel for own, _, _, vessel in self._legs if own == mode}

    def find(self, mode: str, start: str, end: str, vessel_class: str | None = None) -> Leg | None:
        """Return the leg, or None where there is none."""
        if start == end:
            return Leg(0.0, None)
        own = self._legs.get((mode, start, end, vessel_class)) if vessel_class else None
        return own or self._legs.get((mode, start, end, None))


class Course:
    """How legs go: as usual. A simulation answers with one entry per run instead."""

    def minutes(self, trip: Trip, position: int, leg: Leg) -> Minutes:  # noqa: ARG002
        """Return the time of the leg at a position of a trip."""
        return np.array([leg.minutes])

    def leave(self, trip: Trip, leg: Leg, ready: Minutes, lasts: Minutes, when: Open) -> Minutes:  # noqa: ARG002
        """Return when a trip that is ready sets out on a leg that may be under way ``when``."""
        return earliest_start(ready, lasts, when)


def forward(
    trips: Sequence[Trip],
    legs: LegTable,
    calendar: Calendar,
    course: Course | None = None,
    not_before: Mapping[str, float] | None = None,
) -> dict[str, TripTimes]:
    """Return the earliest times of every trip.

    Parameters
    ----------
    trips
        In an order in which each comes after the trips it needs and the one before it.
    course
        How legs go; as usual by default, which is one run.
    not_before
        Loading of a trip starts no earlier than this minute (a published time).

    Returns
    -------
    dict
        By trip id. What can never happen is at infinity. A vehicle loads inside its working hours,
        and as late as its departure allows, so it does not wait loaded for the sea to open.
    """
    times: dict[str, TripTimes] = {}
    how = course or Course()
    for trip in trips:
        first = max(trip.release, trip.opens, (not_before or {}).get(trip.trip_id, -np.inf))
        ready = np.array([first])
        for name, stop in trip.needs:
            ready = np.maximum(ready, times[name].done[stop])
        if trip.after is not None:
            ready = np.maximum(ready, times[trip.after].back)
        times[trip.trip_id] = _run(trip, ready, legs, calendar, how)
    return times


def _run(
    trip: Trip, ready: Minutes, legs: LegTable, calendar: Calendar, course: Course
) -> TripTimes:
    route = trip.route()
    loading = calendar.of_loading(trip.mode, trip.origin)
    now = earliest_start(ready, np.full(1, trip.load_min), loading) + trip.load_min
    times = TripTimes(load_start=now)
    for position, (here, there) in enumerate(pairwise(route)):
        leg = legs.find(trip.mode, here, there, trip.vessel_class)
        if leg is None:
            now = np.full_like(now, np.inf)
            leg = Leg(0.0, None)
        if position == len(trip.stops):
            now = np.maximum(now, trip.home_from)
        lasts = course.minutes(trip, position, leg)
        now = course.leave(trip, leg, now, lasts, _leg_open(trip, leg, calendar))
        times.depart.append(now)
        now = now + lasts
        times.arrive.append(now)
        if position < len(trip.stops):
            lasts_service = np.full(1, trip.stops[position].service_min)
            gate = calendar.of("place", there)
            now = earliest_start(now, lasts_service, gate) + lasts_service
            times.done.append(now)
    times.load_start = latest_starts(times.depart[0], trip.load_min, loading)
    return times


def _leg_open(trip: Trip, leg: Leg, calendar: Calendar) -> Open:
    """Return when a trip may be under way on a leg."""
    return calendar.of_leg(trip.mode, leg.area, trip.vessel_class)


@dataclass(frozen=True)
class Latest:
    """How late things may happen, in minutes; minus infinity where it is already too late."""

    load_start: dict[str, float]
    done: dict[tuple[str, int], float]


def backward(
    trips: Sequence[Trip],
    legs: LegTable,
    calendar: Calendar,
    due: Mapping[tuple[str, int], float],
    not_after: Mapping[str, float] | None = None,
) -> Latest:
    """Return how late every trip may load and unload so that all that is due is in time.

    Parameters
    ----------
    trips
        In the order of `forward`.
    due
        Latest end of unloading by (trip id, position of the stop), for what is due there.
    not_after
        Loading of a trip starts no later than this minute.
    """
    load_start: dict[str, float] = {}
    done = dict(due)
    back: dict[str, float] = {}
    for trip in reversed(trips):
        limit = min(trip.closes, back.get(trip.trip_id, np.inf))
        route = trip.route()
        for position in range(len(trip.stops), -1, -1):
            leg = legs.find(trip.mode, route[position], route[position + 1], trip.vessel_class)
            leg = leg or Leg(np.inf, None)
            limit = latest_start(limit, leg.minutes, _leg_open(trip, leg, calendar))
            if position:
                key = (trip.trip_id, position - 1)
                end = min(limit, trip.out_by, done.get(key, np.inf))
                done[key] = end
                gate = calendar.of("place", route[position])
                limit = latest_start(end, trip.stops[position - 1].service_min, gate)
        end = (not_after or {}).get(trip.trip_id, np.inf) + trip.load_min
        limit = latest_start(
            min(limit, end), trip.load_min, calendar.of_loading(trip.mode, trip.origin)
        )
        limit = limit if limit >= max(trip.opens, trip.release) else -np.inf
        load_start[trip.trip_id] = limit
        for need in trip.needs:
            done[need] = min(done.get(need, np.inf), limit)
        if trip.after is not None:
            back[trip.after] = min(back.get(trip.after, np.inf), limit)
    return Latest(load_start, done)


def in_order(trips: Iterable[Trip]) -> list[Trip]:
    """Return trips so that each follows what it needs and the one before it.

    Raises
    ------
    ValueError
        When trips wait for each other in a circle.
    """
    waiting = {trip.trip_id: trip for trip in trips}
    placed: dict[str, Trip] = {}
    while waiting:
        free = [
            trip
            for trip in waiting.values()
            if trip.after not in waiting and not any(name in waiting for name, _ in trip.needs)
        ]
        if not free:
            raise ValueError(f"trips wait for each other: {', '.join(sorted(waiting))}")
        for trip in free:
            placed[trip.trip_id] = waiting.pop(trip.trip_id)
    return list(placed.values())
