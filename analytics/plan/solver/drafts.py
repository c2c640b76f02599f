"""A grown plan as trips that wait for each other, with their times."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np

from analytics.network.open_times import Open
from analytics.plan.solver.loads import World
from analytics.plan.solver.state import Made
from analytics.plan.solver.timing import Stop, Trip, TripTimes


def as_trips(world: World, made: Sequence[Made]) -> tuple[list[Trip], dict[str, TripTimes]]:
    """Return rounds as trips named after their vehicles, and the times of each."""
    ordered = sorted(made, key=lambda m: (m.round.load_start, m.vehicle.vehicle_id))
    names: dict[int, str] = {}
    counts: dict[str, int] = {}
    unloaded: dict[tuple[int, str], tuple[str, int]] = {}
    for n, one in enumerate(ordered):
        vehicle = one.vehicle.vehicle_id
        counts[vehicle] = counts.get(vehicle, 0) + 1
        names[n] = f"{vehicle}/{counts[vehicle]}"
        for position, (place, ids) in enumerate(one.stops):
            unloaded.update({(i, place): (names[n], position) for i in ids})
    trips, times = [], {}
    last: dict[str, str] = {}
    for n, one in enumerate(ordered):
        trip = _trip(world, one, names[n], unloaded, last.get(one.vehicle.vehicle_id))
        last[one.vehicle.vehicle_id] = trip.trip_id
        trips.append(trip)
        times[trip.trip_id] = _times(one)
    return trips, times


def _trip(
    world: World,
    one: Made,
    name: str,
    unloaded: dict[tuple[int, str], tuple[str, int]],
    after: str | None,
) -> Trip:
    vehicle, found = one.vehicle, one.round
    ids = [i for _, some in one.stops for i in some]
    needs = {unloaded[i, vehicle.base] for i in ids if (i, vehicle.base) in unloaded}
    here = [world.loads[i].release for i in ids if (i, vehicle.base) not in unloaded]
    hours = world.calendar.of("mode", vehicle.mode)
    first, out, leaves = found.load_start, found.done[-1], found.depart[-1]
    stays = leaves - out >= world.rules.least_rest_min
    return Trip(
        trip_id=name,
        vehicle_id=vehicle.vehicle_id,
        mode=vehicle.mode,
        origin=vehicle.base,
        stops=tuple(
            Stop(
                place,
                tuple(world.loads[i].tps for i in some),
                world.amount(some)[0],
                float(world.unload(world.amount(some)[0])),
            )
            for place, some in one.stops
        ),
        load_min=world.rules.load_min(vehicle.mode),
        vessel_class=vehicle.vessel_class,
        opens=max(vehicle.since, _opened(hours, first)),
        closes=min(vehicle.until, _closed(hours, found.back)),
        release=max(here, default=-inf),
        needs=tuple(sorted(needs)),
        after=after,
        out_by=_closed(hours, out),
        home_from=_opened(hours, leaves) if stays else -inf,
    )


def _opened(hours: Open, minute: float) -> float:
    """Return when the working hours began that hold a minute."""
    return max((a for a, _ in hours if a <= minute), default=-inf)


def _closed(hours: Open, minute: float) -> float:
    """Return when the working hours end that hold a minute."""
    return min((b for _, b in hours if b >= minute), default=inf)


def _times(one: Made) -> TripTimes:
    def array(minute: float) -> np.ndarray:
        return np.array([minute])

    found = one.round
    return TripTimes(
        load_start=array(found.load_start),
        depart=[array(minute) for minute in found.depart],
        arrive=[array(minute) for minute in found.arrive],
        done=[array(minute) for minute in found.done],
    )
