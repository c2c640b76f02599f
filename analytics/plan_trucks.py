"""The first echelon: trucks from the warehouse to desa offices by road and to piers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite

from analytics.open_times import Open
from analytics.plan_echelons import chained, make_trips
from analytics.plan_loads import Draft, Load, World
from analytics.plan_model import Job, solve_echelon
from analytics.plan_search import Search


def route_trucks(
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
            jobs, trucks, warehouse, minutes, world.rules.truck_load_min,
            search.effort(thorough), search.seed, optional,
        )  # fmt: skip
        search.by_time |= routing.by_time
        if not routing.feasible:
            return None
        loads_of = dict(enumerate(bundles))
        ready = {load.load_id: load.release for load in own}
        draft.extend(make_trips(world, "truck", warehouse, routing.routes, loads_of, ready))
    return chained(draft)


def _truck_job(
    world: World, job_id: int, loads: tuple[Load, ...], due: Callable[[Load], float],
    pier_by: Mapping[int, float],
) -> Job:  # fmt: skip
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
