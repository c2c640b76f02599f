"""Trips of trucks, boats and local carriers, tied by what they hand on; voyages overnight too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from math import ceil, inf

from analytics.network.open_times import Open, earliest
from analytics.plan.solver.loads import Draft, Load, World, fits
from analytics.plan.solver.model import DutyRoute, Effort, Job, Routing, Vehicle, solve_echelon
from analytics.plan.solver.timing import DAY, Stop, Trip, forward, in_order


def _needs_night(world: World, load: Load, boats: Sequence[Vehicle]) -> bool:
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


def _night_voyages(
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
    world: World,
    vehicle: Vehicle,
    pier: str,
    loads: Sequence[Load],
    ready: float,
    duty: tuple[float, float],
) -> Trip:
    """Return a voyage of one boat to one landing and back.

    It loads from minute ``ready`` on, and is out between the two minutes of ``duty``.
    """
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


Due = Callable[[Load], float]
"""Latest end of unloading at the place of a load's stop, in minutes."""


def pier_ready(world: World, load: Load) -> float:
    """Return the earliest minute a load can stand unloaded at its pier."""
    stop = load.stop
    if load.at == stop.pier:
        return load.release
    lasts = world.minutes("truck", stop.warehouse, str(stop.pier))
    begin = earliest(load.release, world.rules.truck_load_min, world.calendar.of("mode", "truck"))
    leave = earliest(
        begin + world.rules.truck_load_min, lasts, world.calendar.of_leg("truck", None, None)
    )
    gate = world.calendar.of("place", stop.pier)
    service = world.unload(load.boxes)
    return earliest(leave + lasts, service, gate) + service


def local_tail(world: World, load: Load) -> float:
    """Return the minutes from landed to unloaded at the place, with the carriers of the landing."""
    stop = load.stop
    if stop.landing in (None, stop.place):
        return 0.0
    carriers = world.at_base("local", str(stop.landing))
    if not carriers:
        return inf
    room = min(v.boxes for v in carriers)
    trips = ceil(load.boxes / room)
    leg = world.minutes("local", str(stop.landing), stop.place)
    once = world.rules.local_load_min + leg + world.unload(min(room, load.boxes))
    return (ceil(trips / len(carriers)) - 1) * (once + leg) + once


def best_arrival(world: World, load: Load) -> float:
    """Return the minute in which unloading could be over if every vehicle stood ready for it."""
    stop = load.stop
    if load.at == stop.landing and stop.landing is not None:
        return load.release + local_tail(world, load)
    if stop.pier is None:
        when = world.calendar.of_leg("truck", None, None)
        begin = earliest(load.release, world.rules.truck_load_min, when)
        lasts = world.minutes("truck", stop.warehouse, stop.place)
        leave = earliest(begin + world.rules.truck_load_min, lasts, when)
        service = world.unload(load.boxes)
        return earliest(leave + lasts, service, world.calendar.of("place", stop.place)) + service
    landed = (
        _landed(world, load, vehicle, pier_ready(world, load))
        for vehicle in world.at_base("boat", str(stop.pier))
        if fits(vehicle, load)
    )
    return min(landed, default=inf) + local_tail(world, load)


def _landed(world: World, load: Load, vehicle: Vehicle, ready: float) -> float:
    """Return the earliest landing of a voyage from which the boat comes back."""
    best = inf
    for duty in vehicle.duties:
        trip = voyage(world, vehicle, str(load.stop.pier), (load,), ready, duty)
        times = forward([trip], world.legs, world.calendar)[trip.trip_id]
        if times.back[0] < inf:
            best = min(best, float(times.done[0][0]))
    return best


def _boat_jobs(
    world: World,
    loads: Sequence[Load],
    boats: Sequence[Vehicle],
    due: Due,
    ready: Mapping[int, float],
) -> list[Job]:
    """Return the loads of a pier as jobs, with the arrival windows of each vessel class."""
    jobs = []
    for load in loads:
        service = world.unload(load.boxes)
        last = due(load) - local_tail(world, load) - service
        arrive = {
            cls: _arrivals(world, load, cls, service, last)
            for cls in {boat.vessel_class for boat in boats}
        }
        jobs.append(
            Job(
                load.load_id,
                str(load.stop.landing),
                load.boxes,
                load.escort_units,
                service,
                ready[load.load_id],
                arrive,
            )
        )
    return jobs


def _arrivals(world: World, load: Load, cls: str | None, service: int, last: float) -> Open:
    stop = load.stop
    out = world.legs.find("boat", str(stop.pier), str(stop.landing), cls)
    if out is None:
        return ()
    back = world.minutes("boat", str(stop.landing), str(stop.pier), cls)
    spans = [
        (opens + out.minutes, min(closes - back - service, last))
        for opens, closes in world.calendar.of("area", out.area, cls)
    ]
    gate = world.calendar.of("place", str(stop.landing))
    met = [
        (max(a, opens), min(b, closes - service)) for a, b in spans for opens, closes in gate
    ]  # a window of one minute is a window
    return tuple((a, b) for a, b in met if a <= b)


def make_trips(
    world: World,
    mode: str,
    base: str,
    routes: Iterable[DutyRoute],
    loads_of: Mapping[int, tuple[Load, ...]],
    ready: Mapping[int, float],
) -> Draft:
    """Return routes as trips that load no earlier than their loads are ready."""
    draft = Draft()
    classes = {v.vehicle_id: v.vessel_class for v in world.vehicles[mode]}
    counts: dict[str, int] = {}
    for route in sorted(routes, key=lambda r: (r.vehicle_id, r.duty)):
        for jobs in route.trips:
            name = route.vehicle_id
            counts[name] = counts.get(name, 0) + 1
            stops = _stops(world, mode, [loads_of[j] for j in jobs])
            trip = Trip(
                trip_id=f"{name}/{counts[name]}",
                vehicle_id=name,
                mode=mode,
                origin=base,
                stops=tuple(stop for stop, _ in stops),
                load_min=world.rules.load_min(mode),
                vessel_class=classes[name],
                opens=route.duty[0],
                closes=route.duty[1],
                release=max(ready[load.load_id] for j in jobs for load in loads_of[j]),
            )
            draft.add(trip, [loads for _, loads in stops])
    return draft


def chained(draft: Draft) -> Draft:
    """Let each vehicle make its trips one after the other, day by day."""
    last: dict[str, str] = {}
    trips = []
    for trip in sorted(draft.trips, key=lambda t: t.opens):
        trips.append(replace(trip, after=last.get(trip.vehicle_id)))
        last[trip.vehicle_id] = trip.trip_id
    return Draft(trips, draft.loads)


def _stops(
    world: World, mode: str, jobs: Sequence[tuple[Load, ...]]
) -> list[tuple[Stop, tuple[Load, ...]]]:
    """Return the stops of a trip; what one place gets in a row is one stop.

    Not so at a pier: there each boat waits for its own part only.
    """
    out: list[tuple[Stop, tuple[Load, ...]]] = []
    for loads in jobs:
        first = loads[0].stop
        place = str(first.landing if mode == "boat" else first.pier or first.place)
        boxes = sum(load.boxes for load in loads)
        service = float(world.unload(boxes))
        tps = tuple(name for load in loads for name in load.tps)
        final = mode == "boat" or place == first.place
        if out and final and out[-1][0].place == place:
            last, had = out.pop()
            whole = Stop(place, last.tps + tps, last.boxes + boxes, last.service_min + service)
            out.append((whole, had + loads))
        else:
            out.append((Stop(place, tps, boxes, service), loads))
    return out


def tie(draft: Draft, before: Mapping[int, tuple[str, int]]) -> Draft:
    """Let each trip wait for the trips that bring what it takes on, not for an estimate."""
    trips = []
    for trip in draft.trips:
        loads = [x for n in range(len(trip.stops)) for x in draft.loads[trip.trip_id, n]]
        needs = {before[load.load_id] for load in loads if load.load_id in before}
        here = [load.release for load in loads if load.load_id not in before]
        release = max(here, default=-inf)
        trips.append(replace(trip, needs=tuple(sorted(needs)), release=release))
    return Draft(trips, draft.loads)


def local_trips(world: World, boats: Draft, waiting: Sequence[Load]) -> Draft:
    """Carry what has landed to its place, first come first carried, by the carrier free first.

    Parameters
    ----------
    waiting
        Loads that stand at their landing already.
    """
    times = forward(in_order(boats.trips), world.legs, world.calendar)
    queue: list[tuple[float, tuple[str, int] | None, Load]] = []
    queue += [(load.release, None, load) for load in waiting]
    for key, loads in boats.loads.items():
        done = float(times[key[0]].done[key[1]][0])
        queue += [(done, key, x) for x in loads if x.stop.landing != x.stop.place]
    queue.sort(key=lambda item: (item[0], item[2].load_id))
    free: dict[str, float] = {}
    last: dict[str, str] = {}
    count: dict[str, int] = {}
    draft = Draft()
    for ready, brought, load in queue:
        carriers = world.at_base("local", str(load.stop.landing))
        for tps in _pieces(world, load, min((v.boxes for v in carriers), default=1)):
            leg = world.minutes("local", str(load.stop.landing), load.stop.place)
            lasts = world.rules.local_load_min + 2 * leg
            carrier, opens, closes = _carrier(world, carriers, free, ready, lasts)
            name = carrier.vehicle_id
            count[name] = count.get(name, 0) + 1
            boxes = sum(world.boxes[t] for t in tps)
            trip = Trip(
                trip_id=f"{name}/{count[name]}",
                vehicle_id=name,
                mode="local",
                origin=str(load.stop.landing),
                stops=(Stop(load.stop.place, tps, boxes, world.unload(boxes)),),
                load_min=world.rules.local_load_min,
                vessel_class=carrier.vessel_class,
                release=ready if brought is None else -inf,
                needs=() if brought is None else (brought,),
                after=last.get(name),
                opens=opens,
                closes=closes,
            )
            draft.add(trip, [(load,)])
            free[name] = max(free.get(name, -inf), ready, opens) + lasts
            last[name] = trip.trip_id
    return draft


def _carrier(
    world: World, carriers: Sequence[Vehicle], free: Mapping[str, float], ready: float, lasts: float
) -> tuple[Vehicle, float, float]:
    """Return the carrier that is done first, and the minutes it is bound to.

    Only a carrier that is not there all day is bound: what comes before and after its hours the
    timing knows already.
    """
    hours = world.calendar.of("mode", "local")
    usual = {a for a, _ in hours}, {b for _, b in hours}
    found = []
    for carrier in carriers:
        since = max(free.get(carrier.vehicle_id, -inf), ready)
        spans = ((max(since, a) + lasts, a, b) for a, b in carrier.duties)
        done, a, b = min((s for s in spans if s[0] <= s[2]), default=(inf, -inf, inf))
        bound = (-inf if a in usual[0] else a, inf if b in usual[1] else b)
        found.append((done, since, carrier.vehicle_id, carrier, *bound))
    best = min(found, key=lambda row: row[:3])
    return best[3], best[4], best[5]


def _pieces(world: World, load: Load, room: int) -> list[tuple[str, ...]]:
    pieces: list[list[str]] = []
    for name in load.tps:
        if pieces and sum(world.boxes[t] for t in pieces[-1]) + world.boxes[name] <= room:
            pieces[-1].append(name)
        else:
            pieces.append([name])
    return [tuple(piece) for piece in pieces]


def route_boats(
    world: World,
    pier: str,
    loads: Sequence[Load],
    due: Due,
    ready: Mapping[int, float],
    effort: Effort,
    seed: int,
    optional: bool = False,
) -> tuple[Draft, Routing]:
    """Route the loads of one pier over its boats, voyages over night first."""
    boats = world.at_base("boat", pier)
    far = [load for load in loads if _needs_night(world, load, boats)]
    night, boats, stranded = _night_voyages(world, far, boats, ready)
    near = [load for load in loads if load not in far]
    jobs = _boat_jobs(world, near, boats, due, ready)

    def minutes(start: str, end: str, cls: str | None) -> float | None:
        leg = world.legs.find("boat", start, end, cls)
        return None if leg is None else leg.minutes

    routing = solve_echelon(
        jobs, boats, pier, minutes, world.rules.boat_load_min, effort, seed, optional
    )
    own = {load.load_id: (load,) for load in near}
    draft = make_trips(world, "boat", pier, routing.routes, own, ready)
    draft.extend(night)
    left = (*routing.unserved, *(load.load_id for load in stranded))
    feasible = routing.feasible and (optional or not left)
    return chained(draft), Routing(routing.routes, left, feasible, routing.by_time)
