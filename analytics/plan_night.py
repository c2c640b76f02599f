"""Voyages from which a boat comes back another day: islands too far for a day there and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from math import inf

from analytics.open_times import earliest
from analytics.plan_loads import Draft, Load, World, fits
from analytics.plan_model import Vehicle
from analytics.plan_timing import DAY, Stop, Trip, forward


def needs_night(world: World, load: Load, boats: Sequence[Vehicle]) -> bool:
    """Return whether no boat is back the same day from the landing of a load."""
    stop = load.stop
    for boat in boats:
        out = world.legs.find("boat", str(stop.pier), str(stop.landing), boat.vessel_class)
        if out is None or not fits(boat, load):
            continue
        back = world.minutes("boat", str(stop.landing), str(stop.pier), boat.vessel_class)
        sea = world.calendar.of("area", out.area, boat.vessel_class)
        away = out.minutes + world.unload(load.boxes) + back
        for opens, closes in boat.duties:
            day = min(closes - opens, boat.crew_min) >= away + world.rules.boat_load_min
            fit = earliest(opens + world.rules.boat_load_min, away, sea) + away <= closes
            if day and fit:
                return False
    return True


def night_voyages(
    world: World, loads: Sequence[Load], boats: Sequence[Vehicle], ready: Mapping[int, float]
) -> tuple[Draft, list[Vehicle], list[Load]]:
    """Send boats to landings from which they come back another day, each as early as it can.

    Returns
    -------
    tuple
        The voyages; the boats with the days they are still free; loads no boat was left for.
    """
    draft, free, left = Draft(), {boat.vehicle_id: boat for boat in boats}, []
    counts: dict[str, int] = {}
    ordered = sorted(loads, key=lambda load: (str(load.stop.landing), -load.boxes))
    waiting = {key: list(some) for key, some in groupby(ordered, key=lambda x: x.stop.landing)}
    for queue in waiting.values():
        while queue:
            chosen = _best_voyage(world, queue, free.values(), ready)
            if chosen is None:
                left += queue
                break
            trip, taken, start, leave, back = chosen
            name = trip.vehicle_id
            counts[name] = counts.get(name, 0) + 1
            draft.add(replace(trip, trip_id=f"{name}/n{counts[name]}"), [tuple(taken)])
            free[name] = _without(free[name], start, leave, back)
            queue[:] = [load for load in queue if load not in taken]
    return draft, list(free.values()), left


def _without(boat: Vehicle, start: float, leave: float, back: float) -> Vehicle:
    """Return a boat without the days of a voyage, but for what its crew may still do once back."""
    duties = [(a, b) for a, b in boat.duties if b <= start or a >= back]
    if leave // DAY > start // DAY:
        rest = ((back, min(b, leave + boat.crew_min)) for a, b in boat.duties if a < back < b)
        duties += [(a, b) for a, b in rest if a < b]
    return boat._replace(duties=tuple(sorted(duties)))


def _best_voyage(
    world: World, queue: Sequence[Load], boats: Iterable[Vehicle], ready: Mapping[int, float]
) -> tuple[Trip, list[Load], float, float, float] | None:
    best = None
    for boat in boats:
        taken: list[Load] = []
        for load in queue:
            room = inf if boat.escort_units is None else boat.escort_units
            boxes = sum(x.boxes for x in taken) + load.boxes
            units = sum(x.escort_units for x in taken) + load.escort_units
            if boxes <= boat.boxes and units <= room:
                taken.append(load)
        if not taken:
            continue
        since = max(ready[load.load_id] for load in taken)
        for start, end in boat.duties:
            pier = str(taken[0].stop.pier)
            trip = voyage(world, boat, pier, taken, since, (start, end + DAY * 2))
            for way in (trip, replace(trip, home_from=(start // DAY + 1) * DAY)):
                begin, out, leave, back = _legs_of(world, way, boat.crew_min)
                key = (out, back, -sum(x.boxes for x in taken))
                fit = begin >= start and out <= end and back < inf
                if fit and (best is None or key < best[0]):
                    # Held to these days: a day later, the crew's hours may not do.
                    home = back // DAY * DAY if back // DAY > begin // DAY else way.home_from
                    closes = (back // DAY + 1) * DAY
                    bound = replace(way, out_by=end, home_from=home, closes=closes)
                    best = (key, (bound, taken, begin, leave, back))
    return None if best is None else best[1]


def _legs_of(world: World, trip: Trip, crew_min: float) -> tuple[float, float, float, float]:
    """Return when a voyage loads, has unloaded, leaves and is back (infinite: not within hours)."""
    times = forward([trip], world.legs, world.calendar)[trip.trip_id]
    begin, out = float(times.load_start[0]), float(times.done[0][0])
    leave, back = float(times.depart[1][0]), float(times.back[0])
    if back == inf:
        return begin, out, leave, inf
    works = max(out - begin, back - leave) if leave // DAY > begin // DAY else back - begin
    return begin, out, leave, back if works <= crew_min else inf


def voyage(
    world: World, vehicle: Vehicle, pier: str, loads: Sequence[Load], ready: float,
    duty: tuple[float, float],
) -> Trip:  # fmt: skip
    """Return a voyage of one boat to one landing and back, between two minutes."""
    boxes = sum(load.boxes for load in loads)
    service = sum(world.unload(load.boxes) for load in loads)
    tps = tuple(name for load in loads for name in load.tps)
    return Trip(
        trip_id=f"{vehicle.vehicle_id}/0",
        vehicle_id=vehicle.vehicle_id,
        mode="boat",
        origin=pier,
        stops=(Stop(str(loads[0].stop.landing), tps, boxes, service),),
        load_min=world.rules.boat_load_min,
        vessel_class=vehicle.vessel_class,
        opens=duty[0],
        closes=duty[1],
        release=ready,
    )
