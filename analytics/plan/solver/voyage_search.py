"""Which kits go on which voyage, and in which order: a search by rounds, never by the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from random import Random

from analytics.plan.solver.loads import Load, Vehicle, World
from analytics.plan.solver.state import Due, Goal, Growing, Score, score_of
from analytics.plan.solver.voyages import Voyage, sail


@dataclass(frozen=True)
class Task:
    """The loads of one pier: those to be shipped, and those that stand at their landing."""

    pier: str
    ids: tuple[int, ...]
    waiting: tuple[int, ...]


def tasks_by_pier(world: World, ids: Sequence[int]) -> list[Task]:
    """Return for each pier what of some loads goes over it."""
    piers: dict[str, list[Load]] = {}
    for load in (world.loads[i] for i in ids):
        if load.stop.pier is not None:
            piers.setdefault(load.stop.pier, []).append(load)
    return [
        Task(
            pier,
            tuple(load.load_id for load in own if load.at != load.stop.landing),
            tuple(load.load_id for load in own if load.at == load.stop.landing),
        )
        for pier, own in sorted(piers.items())
    ]


def plan_pier(
    growing: Growing, task: Task, goal: Goal, rounds: int, seed: int, known: Sequence[Voyage] = ()
) -> Growing:
    """Return the best plan found for the boats of a pier, added to what there is.

    Parameters
    ----------
    goal
        Of its loads those of the task count.
    known
        A list of voyages to begin at too.
    rounds
        How many lists of voyages are tried, 0 or more, beside the first ones.

    Notes
    -----
    The boats come into use one after the other, and the search with one more begins at the best
    list of before: more boats of a kind are never worse.
    """
    world, (_, due, enough) = growing.world, goal
    boats = world.at_base("boat", task.pier)
    ids = [*task.ids, *task.waiting]

    def valued(fleet: set[str]) -> Callable[[list[Voyage]], Score]:
        own = _with_boats(growing, task.pier, fleet)

        def value(voyages: list[Voyage]) -> Score:
            return score_of(sail(own, task.pier, voyages, task.waiting, due), ids, due, enough)

        return value

    best = list(known)
    steps = _fleets(boats)
    starts = max(1, min(MOST_STARTS, FEW_LOADS // max(1, len(task.ids))))
    for n, fleet in enumerate(steps):
        used = [b for b in boats if b.vehicle_id in fleet]
        value = valued(fleet)
        firsts = sorted(
            [*([best] if best else []), *first_lists(world, task.ids, used, due)], key=value
        )
        share = rounds if n == len(steps) - 1 else rounds // (2 * len(steps))
        found = [
            _improved(first, value, used, world, share, Random(seed + m))  # repeats  # nosec B311
            for m, first in enumerate((firsts * starts)[:starts])
        ]
        best = min(found, key=value)
    everything = valued({boat.vehicle_id for boat in boats})
    if everything(best)[0]:  # where something is left, it is worth looking longer
        repeats = Random(seed + starts)  # keeps no secret  # nosec B311
        best = _improved(best, everything, boats, world, LONGER * rounds, repeats)
    return sail(growing, task.pier, best, task.waiting, due)


def _fleets(boats: Sequence[Vehicle]) -> list[set[str]]:
    """Return the boats in use step by step: one of each kind, two of each kind, and so on."""
    counts: dict[tuple[object, ...], int] = {}
    number: dict[str, int] = {}
    for boat in boats:
        kind = boat[1:]
        counts[kind] = counts.get(kind, 0) + 1
        number[boat.vehicle_id] = counts[kind]
    most = max(number.values(), default=0)
    return [{name for name, n in number.items() if n <= step} for step in range(1, most + 1)] or [
        set()
    ]


def _with_boats(growing: Growing, pier: str, fleet: set[str]) -> Growing:
    """Return the plan in a world in which only some boats are stationed at a pier."""
    world = growing.world
    boats = [v for v in world.vehicles["boat"] if v.base != pier or v.vehicle_id in fleet]
    if len(boats) == len(world.vehicles["boat"]):
        return growing
    fewer = replace(world, vehicles=world.vehicles | {"boat": boats})
    return Growing(fewer, growing.crews, growing.yard, growing.made, growing.delivered)


def first_lists(
    world: World, ids: Sequence[int], boats: Sequence[Vehicle], due: Due
) -> Iterator[list[Voyage]]:
    """Yield lists made by rule: full boats to one landing each, the far, near or urgent first."""
    sizes = sorted({(b.boxes, b.escort_units or inf) for b in boats}, reverse=True)
    for room, seats in sizes or [(0, inf)]:
        voyages = [v for some in _by_landing(world, ids) for v in _packed(some, room, seats)]
        yield from (sorted(voyages, key=key) for key in _orders(world, boats, due))


def _orders(
    world: World, boats: Sequence[Vehicle], due: Due
) -> list[Callable[[Voyage], tuple[float, ...]]]:
    def minutes(voyage: Voyage) -> float:
        landing, _ = voyage[0]
        ways = (world.way("boat", b.base, landing, b.vessel_class)[0] for b in boats)
        return min(ways, default=inf)

    def urgent(voyage: Voyage) -> float:
        return min(due[i] for _, ids in voyage for i in ids)

    return [
        lambda v: (-minutes(v), v[0][1][0]),
        lambda v: (minutes(v), v[0][1][0]),
        lambda v: (urgent(v) - minutes(v), v[0][1][0]),
    ]


def _by_landing(world: World, ids: Sequence[int]) -> list[list[Load]]:
    """Return loads by landing and by since when they can be loaded."""
    out: dict[tuple[str, float], list[Load]] = {}
    for i in ids:
        load = world.loads[i]
        out.setdefault((str(load.stop.landing), load.release), []).append(load)
    return [out[key] for key in sorted(out)]


def _packed(loads: Sequence[Load], room: float, seats: float) -> Iterator[Voyage]:
    """Yield full voyages to one landing, the kits of a desa together."""
    held: list[int] = []
    boxes = units = 0
    for load in sorted(loads, key=lambda x: (x.stop.place, -x.boxes, x.load_id)):
        more, escorts = boxes + load.boxes, units + load.stop.escort_units
        if held and (more > room or escorts > seats):
            yield ((str(load.stop.landing), tuple(held)),)
            held, more, escorts = [], load.boxes, load.stop.escort_units
        held.append(load.load_id)
        boxes, units = more, escorts
    if held:
        yield ((str(loads[0].stop.landing), tuple(held)),)


def _improved(
    start: list[Voyage],
    value: Callable[[list[Voyage]], Score],
    boats: Sequence[Vehicle],
    world: World,
    rounds: int,
    rng: Random,
) -> list[Voyage]:
    """Return the best list that small changes at random lead to.

    A list may be worse than the last if it is no worse than that of some rounds ago: late
    acceptance (Burke and Bykov 2017), which needs scores to be compared only.
    """
    best = now = start
    least = score = value(start)
    if not start or not boats:
        return best
    before = [score] * max(MEMORY, rounds // 40)
    for n in range(rounds):
        tried = _changed(now, world, boats, rng)
        if tried is not None:
            found = value(tried)
            if found <= max(score, before[n % len(before)]):
                now, score = tried, found
            if score < least:
                best, least = now, score
        before[n % len(before)] = score
    return best


MEMORY = 20
"""Rounds that a search looks back at the least."""
LONGER = 4
"""Times the rounds that are searched on where something is left."""
FEW_LOADS, MOST_STARTS = 60, 6
"""With few loads a search soon sticks where it began, so it begins at up to six lists."""


def _changed(
    voyages: Sequence[Voyage], world: World, boats: Sequence[Vehicle], rng: Random
) -> list[Voyage] | None:
    """Return voyages with one change drawn at random, None where what was drawn cannot be."""
    move = rng.choice(_MOVES)
    tried = move(list(voyages), rng)
    if tried is None:
        return None
    for voyage in tried:
        boxes, units = world.amount([i for _, ids in voyage for i in ids])
        if not any(boat.takes(boxes, units) for boat in boats):
            return None
    return tried


def _swap(voyages: list[Voyage], rng: Random) -> list[Voyage] | None:
    if len(voyages) < 2:
        return None
    a, b = rng.sample(range(len(voyages)), 2)
    voyages[a], voyages[b] = voyages[b], voyages[a]
    return voyages


def _move(voyages: list[Voyage], rng: Random) -> list[Voyage] | None:
    if len(voyages) < 2:
        return None
    voyage = voyages.pop(rng.randrange(len(voyages)))
    voyages.insert(rng.randrange(len(voyages) + 1), voyage)
    return voyages


def _merge(voyages: list[Voyage], rng: Random) -> list[Voyage] | None:
    """Let one voyage do what another does as well."""
    if len(voyages) < 2:
        return None
    a, b = rng.sample(range(len(voyages)), 2)
    voyages[a] = _joined(voyages[a], voyages[b], rng)
    del voyages[b]
    return voyages


def _joined(one: Voyage, other: Voyage, rng: Random) -> Voyage:
    """Return a voyage with the drops of another, new landings at random places."""
    drops = list(one)
    for landing, ids in other:
        at = next((n for n, (place, _) in enumerate(drops) if place == landing), None)
        if at is None:
            drops.insert(rng.randrange(len(drops) + 1), (landing, ids))
        else:
            drops[at] = (landing, drops[at][1] + ids)
    return tuple(drops)


def _split(voyages: list[Voyage], rng: Random) -> list[Voyage] | None:
    """Make two voyages of one: two landings apart, or the kits of one landing in two parts."""
    n = rng.randrange(len(voyages))
    voyage = voyages[n]
    if len(voyage) > 1:
        cut = rng.randrange(1, len(voyage))
        voyages[n : n + 1] = [voyage[:cut], voyage[cut:]]
        return voyages
    landing, ids = voyage[0]
    if len(ids) < 2:
        return None
    cut = rng.randrange(1, len(ids))
    voyages[n : n + 1] = [((landing, ids[:cut]),), ((landing, ids[cut:]),)]
    return voyages


def _shift(voyages: list[Voyage], rng: Random) -> list[Voyage] | None:
    """Move some kits of one landing from one voyage to another."""
    if len(voyages) < 2:
        return None
    a, b = rng.sample(range(len(voyages)), 2)
    drop = rng.randrange(len(voyages[a]))
    landing, ids = voyages[a][drop]
    count = rng.randrange(1, len(ids) + 1)
    goes = ids[-count:] if rng.random() < 0.5 else ids[:count]
    stays = tuple(i for i in ids if i not in goes)
    voyages[b] = _joined(voyages[b], ((landing, goes),), rng)
    rest = (*voyages[a][:drop], *(((landing, stays),) if stays else ()), *voyages[a][drop + 1 :])
    if rest:
        voyages[a] = rest
    else:
        del voyages[a]
    return voyages


def _trade(voyages: list[Voyage], rng: Random) -> list[Voyage] | None:
    """Let two voyages change a load for a load, so that the kits of a desa come together."""
    if len(voyages) < 2:
        return None
    a, b = rng.sample(range(len(voyages)), 2)
    one, other = rng.randrange(len(voyages[a])), rng.randrange(len(voyages[b]))
    (here, mine), (there, theirs) = voyages[a][one], voyages[b][other]
    x, y = rng.choice(mine), rng.choice(theirs)
    if here != there:
        return None
    voyages[a] = _put(voyages[a], one, tuple(y if i == x else i for i in mine))
    voyages[b] = _put(voyages[b], other, tuple(x if i == y else i for i in theirs))
    return voyages


def _put(voyage: Voyage, at: int, ids: tuple[int, ...]) -> Voyage:
    return (*voyage[:at], (voyage[at][0], ids), *voyage[at + 1 :])


def _turn(voyages: list[Voyage], rng: Random) -> list[Voyage] | None:
    """Go to the landings of a voyage in another order."""
    n = rng.randrange(len(voyages))
    if len(voyages[n]) < 2:
        return None
    drops = list(voyages[n])
    rng.shuffle(drops)
    voyages[n] = tuple(drops)
    return voyages


_MOVES: tuple[Callable[[list[Voyage], Random], list[Voyage] | None], ...] = (
    _swap, _move, _move, _merge, _split, _shift, _shift, _trade, _turn,
)  # fmt: skip
