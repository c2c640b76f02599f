"""Where trucks are short: all they bring, to desa and to piers, routed in one search.

The boats are planned as if there were trucks enough. Backward from what is due that says until
when each kit has to stand at the pier, and the trucks there are are routed against that, together
with the desa by road. Then the boats are planned again, with the kits as these trucks bring them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf

from analytics.plan.solver import dispatch
from analytics.plan.solver.drafts import as_trips
from analytics.plan.solver.loads import World
from analytics.plan.solver.model import Effort
from analytics.plan.solver.state import Due, Goal, Growing, Made, score_of
from analytics.plan.solver.timing import backward
from analytics.plan.solver.trucks import Trucks, routed
from analytics.plan.solver.voyage_search import Task, plan_pier

MORE_TRUCKS = 3
"""How many times the trucks there are, to plan boats as if there were trucks enough."""
FEWEST = 200
"""Iterations of a search for any answer at the least."""
TRIES = 6
"""How often the range is halved in which the most slack lies."""


def trucks_are_short(growing: Growing, goal: Goal) -> bool:
    """Return whether something is left, or trucks to piers and to desa are in each other's way.

    They are where no truck stands idle while others go to a pier, and kits for the road could be
    loaded meanwhile.
    """
    world = growing.world
    if any(i not in growing.delivered for i in goal[0]):
        return True
    rounds = [made for made in growing.made if made.vehicle.mode == "truck"]
    ends = [made.round.back for made in rounds if _to_pier(world, made)]
    roads = [world.loads[i].release for i in goal[0] if world.loads[i].stop.pier is None]
    if not ends or not roads or min(roads) >= max(ends):
        return False
    busy = {made.vehicle.vehicle_id for made in rounds if made.round.load_start < max(ends)}
    return len(busy) == len(world.vehicles["truck"])


def _to_pier(world: World, made: Made) -> bool:
    return any(world.loads[ids[0]].stop.place != place for place, ids in made.stops)


def with_trucks(world: World) -> World:
    """Return the world with several times the trucks."""
    trucks = world.vehicles["truck"]
    more = [
        truck._replace(vehicle_id=f"{truck.vehicle_id}+{n}")
        for n in range(1, MORE_TRUCKS)
        for truck in trucks
    ]
    return replace(world, vehicles=world.vehicles | {"truck": [*trucks, *more]})


def route_together(
    world: World,
    rich: Growing,
    piers: Sequence[Task],
    goal: Goal,
    slack: float,
    rounds: int,
    seed: int,
) -> Iterator[Growing]:
    """Yield plans with the trucks of a world, sought for different slacks of the tightest load.

    Parameters
    ----------
    slack
        Minutes that are there already.
    rich
        A plan of the same loads in `with_trucks`.
    """
    ids, due, enough = goal
    served = [i for i in ids if i in rich.delivered]
    score = score_of(rich, served, due, enough)
    high = max(slack, -score[1][0] if score[1] else 0.0)
    low, level = slack, min(high, enough)
    for n in range(TRIES):
        found = _at_level(world, rich, level, goal, rounds, seed)
        yield _with_boats(world, rich, found, piers, goal, rounds, seed)
        if all(i in found.delivered for i in served):
            low = level
        else:
            high = level
        if high - low < 1:
            return
        level = low if n == 0 and low == slack else (low + high) / 2


def _at_level(
    world: World, rich: Growing, level: float, goal: Goal, rounds: int, seed: int
) -> Growing:
    """Return the rounds of all trucks that leave so much slack, or those that bring the most.

    Kits that come to their pier count as delivered here.
    """
    _, due, _ = goal
    limits = _limits(rich, due, level)
    growing = Growing(world)
    for house in sorted({made.vehicle.base for made in rich.made if made.vehicle.mode == "truck"}):
        made = rich.rounds_from("truck", house)
        stops = [stop for one in made for stop in one.stops]
        trucks = Trucks(house, growing, (), {})
        effort = Effort(max(FEWEST, 4 * rounds), 3, first_feasible=True)
        found = routed(trucks, stops, limits, (), effort, seed)
        if found is None:
            task = dispatch.Task(house, tuple(_groups(world, stops)))
            found = dispatch.plan_trucks(growing, task, (task.ids, limits, 0.0), rounds, seed)
        growing = found
    return growing


def _groups(world: World, stops: Sequence[tuple[str, tuple[int, ...]]]) -> Iterator[dispatch.Group]:
    """Yield what is unloaded at a pier for one voyage, and all of a desa together."""
    by_place: dict[str, list[int]] = {}
    for n, (place, ids) in enumerate(stops):
        if world.loads[ids[0]].stop.place == place:
            by_place.setdefault(place, []).extend(ids)
        else:
            yield dispatch.Group(f"{place}/{n}", place, ids)
    for place, ids_of in sorted(by_place.items()):
        yield dispatch.Group(place, place, tuple(ids_of))


def _limits(rich: Growing, due: Due, level: float) -> Due:
    """Return until when a truck must have unloaded each load for all to be in time."""
    world = rich.world
    trips, _ = as_trips(world, rich.made)
    names = {load.tps: load for load in world.loads}
    dues: dict[tuple[str, int], float] = {}
    for trip in trips:
        for n, stop in enumerate(trip.stops):
            loads = [names[tps] for tps in stop.tps]
            if stop.place == loads[0].stop.place:
                dues[trip.trip_id, n] = min(due[load.load_id] for load in loads) - level
    latest = backward(trips, world.legs, world.calendar, dues)
    return {
        names[tps].load_id: latest.done.get((trip.trip_id, n), inf)
        for trip in trips
        if trip.mode == "truck"
        for n, stop in enumerate(trip.stops)
        for tps in stop.tps
    }


def _with_boats(
    world: World, rich: Growing, trucks: Growing, piers: Sequence[Task], goal: Goal,
    rounds: int, seed: int,
) -> Growing:  # fmt: skip
    """Return the plan with boats for what the trucks bring to the piers."""
    brought = {
        i: done
        for made in trucks.made
        for i, done in made.unloaded.items()
        if world.loads[i].stop.pier
    }
    loads = [
        load._replace(at=str(load.stop.pier), release=brought[load.load_id])
        if load.load_id in brought
        else load
        for load in world.loads
    ]
    growing = trucks.copy()
    for i in brought:
        growing.delivered.pop(i, None)
    growing.world = replace(world, loads=loads)
    for task in piers:
        known = [
            made.stops
            for made in sorted(
                rich.rounds_from("boat", task.pier), key=lambda m: m.round.load_start
            )
        ]
        ids = tuple(i for i in task.ids if i in brought or world.loads[i].at == task.pier)
        own = Task(task.pier, ids, task.waiting)
        growing = plan_pier(growing, own, goal, max(10, rounds // 2), seed, known)
    growing.world = world
    return _without(growing, {i for i in brought if i not in growing.delivered})


def _without(growing: Growing, gone: set[int]) -> Growing:
    """Return the plan without loads that no boat takes on: trucks do not bring them either."""
    if not gone:
        return growing
    own = Growing(growing.world, delivered=growing.delivered)
    for made in sorted(growing.made, key=lambda m: (m.round.load_start, m.vehicle.vehicle_id)):
        stops = tuple((place, rest) for place, ids in made.stops if (rest := _minus(ids, gone)))
        if stops == made.stops:
            own.add(made)
        elif stops:
            again = own.try_round(made.vehicle, stops, made.round.load_start)
            if again is not None:
                own.add(again)
    return own


def _minus(ids: tuple[int, ...], gone: set[int]) -> tuple[int, ...]:
    return tuple(i for i in ids if i not in gone)
