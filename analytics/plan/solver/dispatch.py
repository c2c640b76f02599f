"""Trucks to the desa by road: a truck that is free takes what is most pressing and fills up.

Kits are not cut into loads beforehand: each truck takes as many TPS of a place as it has room for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import inf
from random import Random
from typing import Literal, NamedTuple

from analytics.plan.solver.loads import Vehicle, World
from analytics.plan.solver.rounds import Round, Visit
from analytics.plan.solver.state import Due, Growing, Made, Score, score_of

Filling = Literal["none", "whole", "part"]
"""With what a truck that has room left is filled: nothing, all that waits at another place, or as
much of it as fits."""
NEAREST = 6
"""So many nearest places are looked at to fill a truck."""


@dataclass(frozen=True)
class Task:
    """The loads of one warehouse that go by road alone."""

    warehouse: str
    ids: tuple[int, ...]


class Rule(NamedTuple):
    """How trucks are dispatched: places in order of priority, and how trucks are filled."""

    places: tuple[str, ...]
    filling: Filling
    large_first: bool


def dispatch(growing: Growing, task: Task, rule: Rule, due: Due) -> Growing:
    """Return a plan grown by trucks from a warehouse; what cannot be in time stays behind."""
    own = growing.copy()
    world = own.world
    left: dict[str, list[int]] = {place: [] for place in rule.places}
    for i in task.ids:
        left[world.loads[i].stop.place].append(i)
    trucks = list(world.at_base("truck", task.warehouse))
    while trucks and any(left.values()):
        truck = min(trucks, key=lambda v: _turn(own, v, rule))
        made = _round_of(own, truck, left, rule, due)
        if made is None:
            idle = own.crew(truck)
            trucks = [v for v in trucks if v[1:] != truck[1:] or own.crew(v) != idle]
            continue
        own.add(made)
        for (place, ids), done in zip(made.stops, made.round.done, strict=True):
            own.delivered.update(dict.fromkeys(ids, done))
            left[place] = [i for i in left[place] if i not in ids]
    return own


def _turn(growing: Growing, truck: Vehicle, rule: Rule) -> tuple[float, int, str]:
    size = -truck.boxes if rule.large_first else truck.boxes
    return growing.crew(truck).free, size, truck.vehicle_id


def _round_of(
    growing: Growing, truck: Vehicle, left: dict[str, list[int]], rule: Rule, due: Due
) -> Made | None:
    """Return the round a truck makes: to the first place it can serve, then filled up."""
    for place in rule.places:
        stops = _extended(growing.world, truck, (), place, left[place], "part")
        made = None if stops is None else _made(growing, truck, stops, due)
        if made is not None:
            break
    else:
        return None
    return made if rule.filling == "none" else _filled(growing, made, left, rule, due)


def _filled(growing: Growing, made: Made, left: dict[str, list[int]], rule: Rule, due: Due) -> Made:
    """Return a round with places near its last stop, as long as there is room and time."""
    world, truck = growing.world, made.vehicle
    while True:
        last = made.stops[-1][0]
        had = {place for place, _ in made.stops}
        near = sorted(
            (world.way("truck", last, place, truck.vessel_class)[0], place)
            for place, ids in left.items()
            if ids and place not in had
        )
        for minutes, place in near[:NEAREST]:
            stops = _extended(world, truck, made.stops, place, left[place], rule.filling)
            more = None if stops is None or minutes == inf else _made(growing, truck, stops, due)
            if more is not None:
                made = more
                break
        else:
            return made


Stops = tuple[tuple[str, tuple[int, ...]], ...]


def _extended(
    world: World, truck: Vehicle, stops: Stops, place: str, ids: Sequence[int], filling: Filling
) -> Stops | None:
    """Return stops and one more, with as much of it as fits; None where nothing does."""
    boxes, units = world.amount([i for _, some in stops for i in some])
    taken: list[int] = []
    for i in ids:
        load = world.loads[i]
        if truck.takes(boxes + load.boxes, units + load.stop.escort_units):
            boxes, units = boxes + load.boxes, units + load.stop.escort_units
            taken.append(i)
    if not taken or (filling == "whole" and len(taken) < len(ids)):
        return None
    return (*stops, (place, tuple(taken)))


def _made(growing: Growing, truck: Vehicle, stops: Stops, due: Due) -> Made | None:
    """Return a round if all of it is in time."""
    world = growing.world
    visits: list[Visit] = [(place, world.unload(world.amount(ids)[0])) for place, ids in stops]
    ready = max(world.loads[i].release for _, ids in stops for i in ids)
    found: Round | None = growing.try_round(truck, visits, ready)
    if found is None:
        return None
    times = zip(stops, found.done, strict=True)
    late = any(done > due[i] for (_, ids), done in times for i in ids)
    return None if late else Made(truck, stops, found)


def plan_trucks(
    growing: Growing, task: Task, due: Due, enough: float, rounds: int, seed: int
) -> Growing:
    """Return the best plan found for the trucks of a warehouse, added to what there is.

    Parameters
    ----------
    rounds
        How many orders of places are tried, 0 or more, beside the first ones.
    """
    if not task.ids:
        return growing
    best: tuple[Score, Growing, Rule] | None = None
    for rule in _first_rules(growing.world, task, due):
        found = dispatch(growing, task, rule, due)
        value = score_of(found, task.ids, due, enough)
        if best is None or value < best[0]:
            best = value, found, rule
    assert best is not None
    rng = Random(seed)
    for _ in range(rounds):
        rule = _changed(best[2], rng)
        found = dispatch(growing, task, rule, due)
        value = score_of(found, task.ids, due, enough)
        if value <= best[0]:
            best = value, found, rule
    return best[1]


def _first_rules(world: World, task: Task, due: Due) -> Iterator[Rule]:
    """Yield far places first, near ones first, and what is due soonest; each way to fill."""
    places = sorted({world.loads[i].stop.place for i in task.ids})

    def far(place: str) -> float:
        return world.way("truck", task.warehouse, place, None)[0]

    latest = {world.loads[i].stop.place: due[i] for i in task.ids}
    orders = [
        sorted(places, key=lambda p: (-far(p), p)),
        sorted(places, key=lambda p: (far(p), p)),
        sorted(places, key=lambda p: (latest[p] - far(p), p)),
    ]
    sizes = {v.boxes for v in world.at_base("truck", task.warehouse)}
    fillings: tuple[Filling, ...] = ("part", "whole", "none")
    for order, filling, large in product(
        dict.fromkeys(map(tuple, orders)), fillings, (True, False)[: max(1, len(sizes))]
    ):
        yield Rule(order, filling, large)


def _changed(rule: Rule, rng: Random) -> Rule:
    places = list(rule.places)
    if len(places) > 1 and rng.random() < 0.5:
        a, b = rng.sample(range(len(places)), 2)
        places[a], places[b] = places[b], places[a]
    else:
        place = places.pop(rng.randrange(len(places)))
        places.insert(rng.randrange(len(places) + 1), place)
    fillings: tuple[Filling, ...] = ("part", "whole", "none")
    filling = rng.choice(fillings) if rng.random() < 0.1 else rule.filling
    return Rule(tuple(places), filling, rule.large_first)
