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
from analytics.plan.solver.state import Due, Goal, Growing, Made, Score, score_of

Filling = Literal["none", "whole", "part"]
"""With what a truck that has room left is filled: nothing, all that waits at another place, or as
much of it as fits."""
FILLINGS: tuple[Filling, ...] = ("part", "whole", "none")
NEAREST = 6
"""So many nearest places are looked at to fill a truck."""


class Group(NamedTuple):
    """Loads that a truck unloads at one place: those of a desa, or of a voyage at its pier."""

    name: str
    place: str
    ids: tuple[int, ...]


@dataclass(frozen=True)
class Task:
    """What the trucks of one warehouse have to bring."""

    warehouse: str
    groups: tuple[Group, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        """Return all loads."""
        return tuple(i for group in self.groups for i in group.ids)


def tasks_by_road(world: World, ids: Sequence[int]) -> list[Task]:
    """Return for each warehouse what of some loads goes from it to their desa by road alone."""
    houses: dict[str, dict[str, list[int]]] = {}
    for i in ids:
        stop = world.loads[i].stop
        if stop.pier is None:
            houses.setdefault(stop.warehouse, {}).setdefault(stop.place, []).append(i)
    return [
        Task(house, tuple(Group(place, place, tuple(own)) for place, own in sorted(some.items())))
        for house, some in sorted(houses.items())
    ]


class Rule(NamedTuple):
    """How trucks are dispatched: the order of groups by position, and how trucks are filled."""

    order: tuple[int, ...]
    filling: Filling
    large_first: bool


Part = tuple[int, tuple[int, ...]]
"""Position of a group, and the loads of it that go together."""


def dispatch(growing: Growing, task: Task, rule: Rule, due: Due) -> Growing:
    """Return a plan grown by trucks from a warehouse; what cannot be in time stays behind."""
    own = growing.copy()
    left = {n: list(group.ids) for n, group in enumerate(task.groups)}
    trucks = own.world.at_base("truck", task.warehouse)
    while trucks and any(left.values()):
        truck = min(trucks, key=lambda v: _turn(own, v, rule))
        found = _round_of(own, task, truck, left, (rule, due))
        if found is None:
            idle = own.crew(truck)
            trucks = [v for v in trucks if v[1:] != truck[1:] or own.crew(v) != idle]
            continue
        made, parts = found
        own.add(made)
        own.delivered |= made.unloaded
        for n, ids in parts:
            left[n] = [i for i in left[n] if i not in ids]
    return own


def _turn(growing: Growing, truck: Vehicle, rule: Rule) -> tuple[float, int, str]:
    size = -truck.boxes if rule.large_first else truck.boxes
    return growing.crew(truck).free, size, truck.vehicle_id


Found = tuple[Made, tuple[Part, ...]]


def _round_of(
    growing: Growing, task: Task, truck: Vehicle, left: dict[int, list[int]], how: tuple[Rule, Due]
) -> Found | None:
    """Return the round a truck makes: to the first group it can serve, then filled up."""
    rule, due = how
    for n in rule.order:
        parts = _extended(growing.world, truck, (), n, left[n], "part")
        made = None if parts is None else _made(growing, task, truck, parts, due)
        if made is not None and parts is not None:
            break
    else:
        return None
    if rule.filling == "none":
        return made, parts
    return _filled(growing, task, (made, parts), left, how)


def _filled(
    growing: Growing, task: Task, found: Found, left: dict[int, list[int]], how: tuple[Rule, Due]
) -> Found:
    """Return a round with groups near its last stop, as long as there is room and time."""
    rule, due = how
    made, parts = found
    world, truck = growing.world, made.vehicle
    while True:
        last, had = made.stops[-1][0], {n for n, _ in parts}
        near = sorted(
            (world.way("truck", last, task.groups[n].place, truck.vessel_class)[0], n)
            for n, ids in left.items()
            if ids and n not in had
        )
        for minutes, n in near[:NEAREST]:
            longer = _extended(world, truck, parts, n, left[n], rule.filling)
            if longer is None or minutes == inf:
                continue
            more = _made(growing, task, truck, longer, due)
            if more is not None:
                made, parts = more, longer
                break
        else:
            return made, parts


def _extended(
    world: World,
    truck: Vehicle,
    parts: tuple[Part, ...],
    group: int,
    ids: Sequence[int],
    filling: Filling,
) -> tuple[Part, ...] | None:
    """Return parts and one more, with as much of it as fits; None where nothing does."""
    boxes, units = world.amount([i for _, some in parts for i in some])
    taken: list[int] = []
    for i in ids:
        load = world.loads[i]
        if truck.takes(boxes + load.boxes, units + load.stop.escort_units):
            boxes, units = boxes + load.boxes, units + load.stop.escort_units
            taken.append(i)
    if not taken or (filling == "whole" and len(taken) < len(ids)):
        return None
    return (*parts, (group, tuple(taken)))


def _made(
    growing: Growing, task: Task, truck: Vehicle, parts: tuple[Part, ...], due: Due
) -> Made | None:
    """Return a round if all of it is in time."""
    world = growing.world
    stops = tuple((task.groups[n].place, ids) for n, ids in parts)
    ready = max(world.loads[i].release for _, ids in stops for i in ids)
    made = growing.try_round(truck, stops, ready)
    if made is None or any(done > due[i] for i, done in made.unloaded.items()):
        return None
    return made


def plan_trucks(growing: Growing, task: Task, goal: Goal, rounds: int, seed: int) -> Growing:
    """Return the best plan found for the trucks of a warehouse, added to what there is.

    Parameters
    ----------
    goal
        Of its loads those of the task count.
    rounds
        How many orders of groups are tried, 0 or more, beside the first ones.
    """
    ids, (_, due, enough) = task.ids, goal
    if not ids:
        return growing
    best: tuple[Score, Growing, Rule] | None = None
    for rule in _first_rules(growing.world, task, due):
        found = dispatch(growing, task, rule, due)
        value = score_of(found, ids, due, enough)
        if best is None or value < best[0]:
            best = value, found, rule
    assert best is not None
    rng = Random(seed)  # repeats, keeps no secret  # nosec B311
    for _ in range(rounds):
        rule = _changed(best[2], rng)
        found = dispatch(growing, task, rule, due)
        value = score_of(found, ids, due, enough)
        if value <= best[0]:
            best = value, found, rule
    return best[1]


def struck_out(growing: Growing, rich: Growing, task: Task) -> Growing:
    """Return a plan with one truck more than there are without the truck that brings least.

    Parameters
    ----------
    growing
        The plan before the trucks of the task, in the world as it is.
    rich
        That plan with them, in a world with one truck more.
    """
    fleet = {v.vehicle_id: v for v in growing.world.at_base("truck", task.warehouse)}
    added = rich.made[len(growing.made) :]
    extra = next(
        v for v in rich.world.at_base("truck", task.warehouse) if v.vehicle_id not in fleet
    )
    brings = {v.vehicle_id: 0 for v in (*fleet.values(), extra) if v[1:] == extra[1:]}
    for made in added:
        if made.vehicle.vehicle_id in brings:
            brings[made.vehicle.vehicle_id] += sum(len(ids) for _, ids in made.stops)
    least = min(brings, key=lambda name: (brings[name], name))
    own = growing.copy()
    for made in added:
        name = made.vehicle.vehicle_id
        if name == least:
            continue
        vehicle = fleet.get(name) or fleet[least]
        own.add(made._replace(vehicle=vehicle))
        own.delivered |= made.unloaded
    return own


def _first_rules(world: World, task: Task, due: Due) -> Iterator[Rule]:
    """Yield far groups first, near ones first, and what is due soonest; each way to fill."""
    ways = [world.way("truck", task.warehouse, group.place, None)[0] for group in task.groups]
    latest = [min(due[i] for i in group.ids) for group in task.groups]
    numbers = range(len(task.groups))
    orders = [
        sorted(numbers, key=lambda n: (-ways[n], n)),
        sorted(numbers, key=lambda n: (ways[n], n)),
        sorted(numbers, key=lambda n: (latest[n] - ways[n], n)),
    ]
    sizes = {v.boxes for v in world.at_base("truck", task.warehouse)}
    larges = (True, False)[: max(1, len(sizes))]
    for order, filling, large in product(dict.fromkeys(map(tuple, orders)), FILLINGS, larges):
        yield Rule(order, filling, large)


def _changed(rule: Rule, rng: Random) -> Rule:
    order = list(rule.order)
    if len(order) > 1 and rng.random() < 0.5:
        a, b = rng.sample(range(len(order)), 2)
        order[a], order[b] = order[b], order[a]
    else:
        group = order.pop(rng.randrange(len(order)))
        order.insert(rng.randrange(len(order) + 1), group)
    filling = rng.choice(FILLINGS) if rng.random() < 0.1 else rule.filling
    return Rule(tuple(order), filling, rule.large_first)
