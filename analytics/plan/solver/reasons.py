"""Why a load has no way, comes late or is left: found by trying it alone, and with one more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import inf

from analytics.plan.solver import dispatch
from analytics.plan.solver.carriage import largest
from analytics.plan.solver.loads import Load, Unserved, Vehicle, World
from analytics.plan.solver.state import Due, Growing
from analytics.plan.solver.voyage_search import first_lists, tasks_by_pier
from analytics.plan.solver.voyages import sail

GRACE_MIN = 240.0
"""How much later than its best a load may come that cannot be in time anyway."""


def told_apart(world: World, ids: Sequence[int]) -> tuple[list[int], Due, list[Unserved]]:
    """Return the loads that have a way, when each is due, and the others with their reasons.

    A load that could not be in time even with every vehicle to itself is due somewhat later than
    the best it can do: it is planned late, and shown as late.
    """
    hopeful: list[int] = []
    due: Due = {}
    best: dict[tuple[object, ...], float] = {}
    lost: list[tuple[tuple[str, str, dict[str, object]], int]] = []
    for i in ids:
        load = world.loads[i]
        key = (load.stop, load.at, load.boxes, load.release)
        if key not in best:
            best[key] = alone(world, i)
        if best[key] == inf:
            lost.append(((load.stop.place, *why_never(world, load)), i))
            continue
        late = best[key] > load.stop.deadline
        due[i] = best[key] + GRACE_MIN if late else load.stop.deadline
        hopeful.append(i)
    return hopeful, due, _together(world, lost)


def _together(
    world: World, rows: Iterable[tuple[tuple[str, str, dict[str, object]], int]]
) -> list[Unserved]:
    """Return one row per place and reason."""
    out: list[Unserved] = []
    for (place, reason, found), i in rows:
        name = world.loads[i].tps
        if out and out[-1][0] == place and out[-1][2:] == (reason, found):
            out[-1] = out[-1]._replace(tps=(*out[-1].tps, name))
        else:
            out.append(Unserved(place, (name,), reason, found))
    return out


def alone(world: World, i: int) -> float:
    """Return the minute a load is at its place with every vehicle to itself; infinite: never."""
    due = {i: inf}
    return with_rest(Growing(world), [i], due).delivered.get(i, inf)


def with_rest(growing: Growing, ids: Sequence[int], due: Due) -> Growing:
    """Return a plan grown by as many of some loads as find a place beside what is there."""
    world = growing.world
    for task in tasks_by_pier(world, ids):
        boats = world.at_base("boat", task.pier)
        tried = [
            sail(growing, task.pier, voyages, task.waiting, due)
            for voyages in first_lists(world, task.ids, boats, due)
        ]
        growing = max(tried, key=lambda found: len(found.delivered), default=growing)
    for road in dispatch.tasks_by_road(world, ids):
        growing = dispatch.plan_trucks(growing, road, (road.ids, due, inf), 0, 0)
    return growing


Why = tuple[str, dict[str, object]]


def why_never(world: World, load: Load) -> Why:
    """Return why a load has no way at all."""
    for mode, start, end in _steps(load):
        base: dict[str, object] = {"mode": mode, "base": start}
        fleet = world.at_base(mode, start)
        classes = {v.vessel_class for v in fleet} or world.legs.classes(mode)
        if all(world.way(mode, start, end, cls)[0] == inf for cls in classes):
            return "no_leg", {"mode": mode, "from": start, "to": end}
        if not fleet:
            return "no_vehicle", {"mode": mode, "from": start, "to": end}
        units = load.stop.escort_units if mode != "local" else 0
        if not any(v.takes(load.boxes, units) for v in fleet):
            found = {"boxes": load.boxes, "largest": largest(fleet), "vehicles": len(fleet)}
            return "no_vehicle_fits", base | found
        short = _day_too_short(world, load, fleet, end)
        if short is not None:
            return "day_too_short", base | short
    return "never_open", {"from": load.at, "to": load.stop.place}


def _steps(load: Load) -> list[tuple[str, str, str]]:
    """Return the parts of a load's way that are still to be done: mode, from, to."""
    stop = load.stop
    ways = [("truck", stop.warehouse, str(stop.pier or stop.place))]
    if stop.pier is not None:
        ways.append(("boat", stop.pier, str(stop.landing)))
        if stop.landing != stop.place:
            ways.append(("local", str(stop.landing), stop.place))
    at = {stop.warehouse: 0, stop.pier: 1, stop.landing: 2}[load.at]
    return ways[at:]


def _day_too_short(
    world: World, load: Load, fleet: Sequence[Vehicle], end: str
) -> dict[str, object] | None:
    """Return the least minutes of a round and those of the longest day, where they do not fit.

    A boat that may rest at the landing has to do only the longer half in a day.
    """
    best: tuple[float, dict[str, object]] | None = None
    for vehicle in fleet:
        way, _ = world.way(vehicle.mode, vehicle.base, end, vehicle.vessel_class)
        out = world.rules.load_min(vehicle.mode) + way + world.unload(load.boxes)
        needs = max(out, way) if vehicle.mode == "boat" else out + way
        hours = world.calendar.of("mode", vehicle.mode)
        longest = max((b - a for a, b in hours), default=0.0)
        has, limit = min((vehicle.crew_min, "crew"), (longest, "hours"))
        if needs <= has:
            return None
        found: dict[str, object] = {"needs_min": needs, "has_min": has, "limit": limit}
        if best is None or needs - has < best[0]:
            best = needs - has, found
    return None if best is None else best[1]


def why_left(growing: Growing, left: Sequence[int], due: Due) -> list[Unserved]:
    """Return why loads that could be in time alone are left: what one more vehicle would bring."""
    world = growing.world
    groups: dict[tuple[str, str], list[int]] = {}
    for i in left:
        stop = world.loads[i].stop
        groups.setdefault((stop.warehouse, str(stop.pier or "")), []).append(i)
    rows: list[tuple[tuple[str, str, dict[str, object]], int]] = []
    for own in groups.values():
        found = _lacks(growing, own, due)
        for i in own:
            about = found | _about(world, world.loads[i])
            rows.append(((world.loads[i].stop.place, "too_few_vehicles", about), i))
    return _together(world, rows)


def _about(world: World, load: Load) -> dict[str, object]:
    return {"boxes": load.boxes, "deadline": world.calendar.time(load.stop.deadline)}


def _lacks(growing: Growing, ids: Sequence[int], due: Due) -> dict[str, object]:
    """Return of which vehicles one more would bring most of what is left, and how many TPS."""
    world = growing.world
    steps = {(mode, base) for i in ids for mode, base, _ in _steps(world.loads[i])}
    bases = sorted(step for step in steps if world.at_base(*step))  # boats before trucks
    gains = {}
    for tried in [*([base] for base in bases), bases]:
        found = with_rest(with_more(growing, tried), ids, due)
        gains[tuple(tried)] = len(found.delivered) - len(growing.delivered)
    best = max(gains, key=lambda tried: (gains[tried], -len(tried)))
    alone = max(([base] for base in bases), key=lambda tried: gains[tuple(tried)])
    mode, base = alone[0] if gains[tuple(alone)] else best[0]
    out: dict[str, object] = {"mode": mode, "base": base}
    out |= {"vehicles": len(world.at_base(mode, base))}
    if gains[tuple(alone)]:
        return out | {"one_more_tps": gains[tuple(alone)]}
    return out | {"with": best[-1][0], "one_more_tps": gains[best]}


def with_more(growing: Growing, bases: Sequence[tuple[str, str]]) -> Growing:
    """Return the plan with one more of the largest vehicles at some bases, free all the time."""
    own = growing.copy()
    world = own.world
    vehicles = {mode: list(fleet) for mode, fleet in world.vehicles.items()}
    for mode, base in bases:
        fleet = world.at_base(mode, base)
        extra = max(fleet, key=lambda v: (v.boxes, v.vehicle_id))
        name = f"{extra.vehicle_id}+"
        free = extra._replace(vehicle_id=name, since=-inf, until=inf, worked_from=None)
        vehicles[mode].append(free)
    own.world = replace(world, vehicles=vehicles)
    return own
