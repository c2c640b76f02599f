"""The distribution plan: everything in time, then slack before the deadline, then cost.

Boats are routed against the deadline, trucks against the latest departures of the boats, and then
all of it is timed from the front, so that what is left of the time is slack before the deadline.
The slack of the tightest load is raised by trying earlier deadlines; among plans with the same
slack the cheapest found is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf, isfinite

from analytics.network.open_times import Open
from analytics.plan.document import Plan, assemble
from analytics.plan.inputs import PlanInputs, seas_not_known
from analytics.plan.solver.echelons import (
    best_arrival,
    chained,
    local_tail,
    local_trips,
    make_trips,
    pier_ready,
    route_boats,
    tie,
)
from analytics.plan.solver.loads import (
    GRACE_MIN,
    Candidate,
    Draft,
    Load,
    Search,
    Unserved,
    World,
    build_world,
    components,
)
from analytics.plan.solver.model import Job, solve_echelon
from analytics.plan.solver.timing import TripTimes, backward, forward, in_order, within_crew_hours


def _route_trucks(
    search: Search,
    due: Callable[[Load], float],
    pier_by: Mapping[int, float],
    together: Mapping[int, str],
    thorough: bool,
    optional: bool,
) -> Draft | None:
    """Return trucks that bring loads to their places in time and to piers by a given minute.

    Parameters
    ----------
    pier_by
        Latest end of unloading at the pier by load.
    together
        The boat trip a load goes on: what goes together is one job where a truck takes it.
    """
    world = search.world
    if not all(isfinite(minute) for minute in pier_by.values()):
        return None
    loads = [load for load in search.loads if load.at == load.stop.warehouse]
    draft = Draft()
    for warehouse in sorted({load.stop.warehouse for load in loads}):
        own = [load for load in loads if load.stop.warehouse == warehouse]
        own = [load for load in own if load.stop.pier is None or load.load_id in pier_by]
        trucks = world.at_base("truck", warehouse)
        bundles = _bundles(own, together, min((v.boxes for v in trucks), default=0))
        jobs = [_truck_job(world, n, some, due, pier_by) for n, some in enumerate(bundles)]
        classes = {v.vessel_class for v in trucks}
        jobs = [job._replace(arrive=dict.fromkeys(classes, job.arrive[None])) for job in jobs]

        def minutes(start: str, end: str, cls: str | None) -> float | None:
            leg = world.legs.find("truck", start, end, cls)
            return None if leg is None else leg.minutes

        routing = solve_echelon(
            jobs,
            trucks,
            warehouse,
            minutes,
            world.rules.truck_load_min,
            search.effort(thorough),
            search.seed,
            optional,
        )
        search.by_time |= routing.by_time
        if not routing.feasible:
            return None
        loads_of = dict(enumerate(bundles))
        ready = {load.load_id: load.release for load in own}
        draft.extend(make_trips(world, "truck", warehouse, routing.routes, loads_of, ready))
    return chained(draft)


def _truck_job(
    world: World,
    job_id: int,
    loads: tuple[Load, ...],
    due: Callable[[Load], float],
    pier_by: Mapping[int, float],
) -> Job:
    first = loads[0].stop
    place = first.pier or first.place
    boxes = sum(load.boxes for load in loads)
    service = world.unload(boxes)
    ends = [pier_by[x.load_id] if x.stop.pier else due(x) for x in loads]
    last = min(ends) - service
    gate = world.calendar.of("place", place)
    spans = ((opens, min(closes - service, last)) for opens, closes in gate)
    arrive: dict[str | None, Open] = {None: tuple((a, b) for a, b in spans if a <= b)}
    units = sum(load.escort_units for load in loads)
    return Job(job_id, place, boxes, units, service, max(x.release for x in loads), arrive)


def _bundles(
    loads: Sequence[Load], together: Mapping[int, str], room: int
) -> list[tuple[Load, ...]]:
    """Put the loads of one boat trip into one truck job where even the smallest truck takes it."""
    by_trip: dict[str, list[Load]] = {}
    single: list[tuple[Load, ...]] = []
    for load in loads:
        if load.load_id in together:
            by_trip.setdefault(together[load.load_id], []).append(load)
        else:
            single.append((load,))
    for some in by_trip.values():
        whole = sum(load.boxes for load in some) <= room
        single += [tuple(some)] if whole else [(load,) for load in some]
    return single


def solve_plan(inputs: PlanInputs, seed: int = 1, time_limit_s: float = 100.0) -> Plan:
    """Make the plan of all stops.

    Parameters
    ----------
    inputs
        From `analytics.plan.inputs.plan_inputs`.
    seed
        0 or more. The same inputs and seed give the same plan wherever the clock did not end a
        search (``figures["ended_by_clock"]``).
    time_limit_s
        Above 0; shared out over the groups of stops that share no vehicle, by size. The search
        for a group that finds itself done earlier leaves its time to the rest.

    Returns
    -------
    Plan
        Timed trips, and in ``unserved`` what could not be planned and why. It is not audited:
        `analytics.plan.audit.audit` does that.

    Notes
    -----
    A heuristic: that nothing better exists is not guaranteed, nor that a plan in time is found
    wherever one exists.
    """
    started = time.perf_counter()
    groups = components(inputs.stops)
    world = build_world(inputs)
    parts = [[x for x in world.loads if x.stop.warehouse in set(group)] for group in groups]
    found: list[Candidate] = []
    unserved = list(world.unserved)
    attempts, by_time = 0, False
    for n, loads in enumerate(parts):
        weight = len(loads) / max(1, sum(len(rest) for rest in parts[n:]))
        left = time_limit_s - (time.perf_counter() - started)
        ends = time.perf_counter() + max(0.2, left * weight)
        search = Search(world, loads, seed, ends)
        candidate, missing = _solve_component(search)
        found.append(candidate)
        unserved += missing
        attempts += search.attempts
        by_time |= search.by_time
    seconds = time.perf_counter() - started
    figures: dict[str, object] = {
        "seed": seed,
        "seconds": seconds,
        "attempts": attempts,
        "ended_by_clock": by_time,
    }
    figures["seas_not_known"] = seas_not_known(inputs)
    draft = Draft()
    times: dict[str, TripTimes] = {}
    for candidate in found:
        draft.extend(candidate.draft)
        times |= candidate.times
    return assemble(world, draft, times, unserved, figures)


def _solve_component(search: Search) -> tuple[Candidate, list[Unserved]]:
    """Plan the loads of one group: find the most slack, then the lowest cost at that slack."""
    missing = _set_hopeless_apart(search)
    ceiling = max(0.0, _best_slack(search))
    enough = search.world.rules.slack_enough_min
    if enough is not None:
        ceiling = min(ceiling, float(enough))
    best = attempt(search, ceiling)
    if best is None:
        best = attempt(search, 0.0)
        if best is None:
            return _short_of_vehicles(search, missing)
        best = _raise_slack(search, best, ceiling)
    target = min(best.slack, ceiling)
    cheap = attempt(search, target, thorough=True)
    if cheap is not None and (min(cheap.slack, ceiling), -cheap.cost) > (target, -best.cost):
        best = cheap
    return best, missing


def _raise_slack(search: Search, best: Candidate, ceiling: float) -> Candidate:
    """Halve the range in which the most slack lies until it is a minute, or the time is short."""
    low, high = max(best.slack, 0.0), ceiling
    half = search.ends - search.seconds() / 2
    while high - low > 1:
        if time.perf_counter() >= half:
            search.by_time = True
            break
        middle = float(round((low + high) / 2))
        found = attempt(search, middle)
        if found is None:
            high = middle
        else:
            best, low = found, max(middle, min(found.slack, high))
    return best


def _best_slack(search: Search) -> float:
    """Return the slack that the tightest load would have with every vehicle to itself."""
    slacks = (
        load.stop.deadline - best_arrival(search.world, load)
        for load in search.loads
        if load.load_id not in search.hopeless
    )
    return min(slacks, default=0.0)


def _set_hopeless_apart(search: Search) -> list[Unserved]:
    """Take out loads that have no way, and let those come late that cannot be in time."""
    missing: list[Unserved] = []
    kept: list[Load] = []
    for load in search.loads:
        arrival = best_arrival(search.world, load)
        if not isfinite(arrival):
            missing.append(Unserved(load.stop.place, load.tps, *_why(search.world, load)))
            continue
        kept.append(load)
        if arrival > load.stop.deadline:
            search.hopeless[load.load_id] = arrival + GRACE_MIN
    search.loads = kept
    return missing


def _why(world: World, load: Load) -> tuple[str, dict[str, object]]:
    """Return why a load has no way at all: a missing leg or vehicle, or windows that never fit."""
    stop = load.stop
    ways = [("truck", stop.warehouse, str(stop.pier or stop.place))]
    if stop.pier is not None:
        ways += [("boat", stop.pier, str(stop.landing)), ("local", str(stop.landing), stop.place)]
    at = {stop.warehouse: 0, stop.pier: 1, stop.landing: 2}[load.at]
    for mode, start, end in ways[at:]:
        classes = {v.vessel_class for v in world.at_base(mode, start)} or {None}
        values: dict[str, object] = {"mode": mode, "from": start, "to": end}
        if all(world.legs.find(mode, start, end, cls) is None for cls in classes):
            return "no_leg", values
        if start != end and not world.at_base(mode, start):
            return "no_vehicle", values
    return "never_open", {"from": load.at, "to": stop.place}


def attempt(
    search: Search, slack: float, thorough: bool = False, optional: bool = False
) -> Candidate | None:
    """Plan with ``slack`` minutes before every deadline; None where that was not found.

    Where crews may not work all day: first as if they could, which often does not take all day,
    then with their days begun at the first hour.
    """
    search.attempts += 1
    whole = search.world
    for world in (whole, whole.with_short_days()):
        if world is None:
            continue
        search.world = world
        found = _attempt(search, slack, thorough, optional)
        search.world = whole
        if found is not None:
            return found
    return None


def _attempt(search: Search, slack: float, thorough: bool, optional: bool) -> Candidate | None:
    """Plan with the working days as they are.

    Boats first, as late as they may; then trucks against their departures, if need be with the
    loads of one boat on several trucks. Where the trucks cannot keep up with these boats, trucks
    first and boats after them.
    """
    world, due = search.world, search.due(slack)
    afloat = [load for load in search.loads if load.stop.pier]
    ready = {load.load_id: pier_ready(world, load) for load in afloat}
    water = _plan_water(search, due, ready, thorough, optional)
    if water is None:
        return None
    latest = backward(in_order(water.trips), world.legs, world.calendar, _dues(water, due))
    boats = {trip.trip_id for trip in water.trips if trip.mode == "boat"}
    boat_of = {
        load: name for (name, _), some in water.loads.items() if name in boats for load in some
    }
    by = {
        load.load_id: latest.load_start[name]
        for load, name in boat_of.items()
        if load.at == load.stop.warehouse
    }
    together = {load.load_id: name for load, name in boat_of.items()}
    for bundles in (together, {}) if len(set(together.values())) < len(by) else ({},):
        trucks = _route_trucks(search, due, by, bundles, thorough, optional)
        found = None if trucks is None else timed(search, trucks, water, slack)
        if found is not None:
            return found
    return _trucks_first(search, slack, ready, thorough, optional)


def _trucks_first(
    search: Search, slack: float, ready: dict[int, float], thorough: bool, optional: bool
) -> Candidate | None:
    """Plan trucks against the latest any boat could leave, and boats from when the trucks come."""
    world, due = search.world, search.due(slack)
    rough = {
        load.load_id: due(load) - local_tail(world, load) - _least_voyage(world, load)
        for load in search.loads
        if load.at == load.stop.warehouse and load.stop.pier
    }
    trucks = _route_trucks(search, due, rough, {}, thorough, optional) if rough else None
    if trucks is None:
        return None
    times = forward(in_order(trucks.trips), world.legs, world.calendar)
    done = {i: float(times[name].done[n][0]) for i, (name, n) in trucks.where().items()}
    water = _plan_water(
        search, due, ready | {i: done[i] for i in rough if i in done}, thorough, optional
    )
    return None if water is None else timed(search, trucks, water, slack)


def _least_voyage(world: World, load: Load) -> float:
    """Return the minutes from loading a boat to unloaded at the landing, by the fastest boat."""
    stop = load.stop
    boats = world.at_base("boat", str(stop.pier))
    legs = (world.minutes("boat", str(stop.pier), str(stop.landing), b.vessel_class) for b in boats)
    return world.rules.boat_load_min + min(legs, default=inf) + world.unload(load.boxes)


def _plan_water(
    search: Search,
    due: Callable[[Load], float],
    ready: dict[int, float],
    thorough: bool,
    optional: bool,
) -> Draft | None:
    """Return boats and local carriers that bring everything from the piers in time, or None."""
    world = search.world
    draft = Draft()
    afloat = [x for x in search.loads if x.stop.pier is not None and x.at != x.stop.landing]
    for pier in sorted({str(load.stop.pier) for load in afloat}):
        loads = [load for load in afloat if load.stop.pier == pier]
        effort = replace(search.effort(thorough), first_feasible=False)
        boats, routing = route_boats(world, pier, loads, due, ready, effort, search.seed, optional)
        search.by_time |= routing.by_time
        if not routing.feasible:
            return None
        draft.extend(boats)
    waiting = [load for load in search.loads if load.at == load.stop.landing]
    draft.extend(local_trips(world, draft, waiting))
    return draft


def _dues(draft: Draft, due: Callable[[Load], float]) -> dict[tuple[str, int], float]:
    """Return the latest end of unloading of each stop where loads reach their place."""
    places = {
        (trip.trip_id, n): stop.place for trip in draft.trips for n, stop in enumerate(trip.stops)
    }
    return {
        key: min(due(load) for load in loads)
        for key, loads in draft.loads.items()
        if places[key] == loads[0].stop.place
    }


def timed(search: Search, trucks: Draft, water: Draft, slack: float) -> Candidate | None:
    """Time trucks, boats and carriers from the front; None where the slack does not come out.

    ``slack`` is in minutes.
    """
    world, due = search.world, search.due(slack)
    boats = Draft([t for t in water.trips if t.mode == "boat"], water.loads)
    carriers = [t for t in water.trips if t.mode == "local"]
    tied = tie(boats, trucks.where())
    draft = Draft([*trucks.trips, *tied.trips, *carriers], trucks.loads | water.loads)
    crew = {v.vehicle_id: v.crew_min for fleet in world.vehicles.values() for v in fleet}
    trips = in_order(draft.trips)
    for _ in range(3):
        times = forward(trips, world.legs, world.calendar)
        later = within_crew_hours(trips, times, crew)
        if later == trips:
            break
        trips = later
    else:
        return None
    limits = _dues(draft, due)
    if any(times[name].done[n][0] > limit + 1e-6 for (name, n), limit in limits.items()):
        return None
    held = ((trip, times[trip.trip_id]) for trip in trips)
    if any(not own.back[0] <= trip.closes or own.done[-1][0] > trip.out_by for trip, own in held):
        return None
    spare = _dues(draft, lambda x: inf if x.load_id in search.hopeless else x.stop.deadline)
    tightest = min((v - times[k[0]].done[k[1]][0] for k, v in spare.items()), default=inf)
    by_trip = {trip.trip_id: trip for trip in trips}
    rates = {v.vehicle_id: v.cost_per_min for fleet in world.vehicles.values() for v in fleet}
    cost = sum(
        rates[by_trip[name].vehicle_id] * float(own.back[0] - own.load_start[0])
        for name, own in times.items()
    )
    return Candidate(Draft(trips, draft.loads), times, float(tightest), cost, search.by_time)


def _short_of_vehicles(search: Search, missing: list[Unserved]) -> tuple[Candidate, list[Unserved]]:
    """Plan what can be planned when not everything can, and name the rest."""
    everything = search.loads
    while search.loads:
        found = attempt(search, 0.0, thorough=True, optional=True)
        if found is None:
            search.loads = _fewer(search.world, search.loads)
            continue
        left = _left_out(search.loads, found.draft)
        if not left:
            out = [load for load in everything if load not in search.loads]
            return found, [*missing, *(_too_few(search.world, load) for load in out)]
        search.loads = [load for load in search.loads if load not in left]
    empty = Candidate(Draft(), {}, -inf, 0.0, search.by_time)
    return empty, [*missing, *(_too_few(search.world, load) for load in everything)]


def _fewer(world: World, loads: Sequence[Load]) -> list[Load]:
    """Return fewer loads where no plan was found for some of them: half of those by boat go first.

    Those that have most time to spare stay.
    """
    afloat = [load for load in loads if load.stop.pier]
    others = [load for load in loads if not load.stop.pier]
    chosen = afloat or others
    spare = {load.load_id: load.stop.deadline - best_arrival(world, load) for load in chosen}
    chosen.sort(key=lambda load: (-spare[load.load_id], load.load_id))
    chosen = chosen[: len(chosen) // 2]
    return [*others, *chosen] if afloat else chosen


def _left_out(loads: Sequence[Load], draft: Draft) -> list[Load]:
    """Return the loads that lack a trip on some part of their way."""
    modes = {trip.trip_id: trip.mode for trip in draft.trips}
    has = {(x.load_id, modes[key[0]]) for key, some in draft.loads.items() for x in some}
    return [load for load in loads if any((load.load_id, mode) not in has for mode in _way(load))]


def _way(load: Load) -> list[str]:
    stop = load.stop
    if stop.pier is None:
        return ["truck"]
    modes = ["truck"] if load.at == stop.warehouse else []
    modes += ["boat"] if load.at != stop.landing else []
    return modes + (["local"] if stop.landing != stop.place else [])


def _too_few(world: World, load: Load) -> Unserved:
    stop = load.stop
    mode, base = ("boat", str(stop.pier)) if stop.pier else ("truck", stop.warehouse)
    values: dict[str, object] = {"mode": mode, "base": base, "boxes": load.boxes}
    values["vehicles"] = len(world.at_base(mode, base))
    values["deadline"] = world.calendar.time(stop.deadline)
    return Unserved(stop.place, load.tps, "too_few_vehicles", values)
