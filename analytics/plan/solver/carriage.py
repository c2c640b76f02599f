"""From the landing to the desa office: one hand-over per landing and desa where the room allows."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import NamedTuple

from analytics.plan.solver.loads import Vehicle, World
from analytics.plan.solver.state import Due, Growing, Made

WAIT_MIN = 240.0
"""How long a carrier waits for the next boat with kits of the same desa. Longer, and they would lie
at the landing; an assumption."""


class _Batch(NamedTuple):
    ready: float
    landing: str
    place: str
    ids: tuple[int, ...]


def carry_on(growing: Growing, landed: dict[int, float], due: Due) -> None:
    """Bring what has landed to its place, as few rounds as there is room for, the first first.

    What cannot be there when it is due stays at the landing and is not among the delivered.

    Parameters
    ----------
    landed
        By load: when it was unloaded at its landing.
    """
    for batch in sorted(_batches(growing.world, landed)):
        _carry(growing, batch, due)


def _carry(growing: Growing, batch: _Batch, due: Due) -> None:
    world = growing.world
    boxes, _ = world.amount(batch.ids)
    carriers = [v for v in world.at_base("local", batch.landing) if boxes <= v.boxes]
    best: tuple[float, float, str, Made] | None = None
    for carrier in growing.alike(carriers):
        made = growing.try_round(carrier, ((batch.place, batch.ids),), batch.ready)
        if made is not None:
            key = (made.round.done[0], made.cost, carrier.vehicle_id, made)
            best = key if best is None or key[:3] < best[:3] else best
    limit = min(due[i] for i in batch.ids)
    if best is not None and best[0] <= limit:
        growing.add(best[3])
        growing.delivered.update(dict.fromkeys(batch.ids, best[0]))


def _batches(world: World, landed: dict[int, float]) -> Iterator[_Batch]:
    """Yield what goes together: until a carrier is full, or the next boat is long in coming."""
    by_place: dict[tuple[str, str], list[tuple[float, int]]] = {}
    for i, when in landed.items():
        stop = world.loads[i].stop
        by_place.setdefault((str(stop.landing), stop.place), []).append((when, i))
    for (landing, place), some in by_place.items():
        room = largest(world.at_base("local", landing))
        batch: list[int] = []
        held, since = 0, -inf
        for when, i in sorted(some):
            boxes = world.loads[i].boxes
            if batch and (held + boxes > room or when - since > WAIT_MIN):
                yield _Batch(since, landing, place, tuple(batch))
                batch, held = [], 0
            batch.append(i)
            held, since = held + boxes, when
        if batch:
            yield _Batch(since, landing, place, tuple(batch))


def largest(vehicles: list[Vehicle]) -> int:
    """Return the boxes that the largest of some vehicles takes, 0 where there is none."""
    return max((v.boxes for v in vehicles), default=0)


def least_carriage(world: World, i: int) -> float:
    """Return the minutes from landed to unloaded at its place at the least; infinite: no way."""
    stop = world.loads[i].stop
    if stop.landing in (None, stop.place):
        return 0.0
    minutes, _ = world.way("local", str(stop.landing), stop.place, None)
    return world.rules.local_load_min + minutes + world.unload(world.loads[i].boxes)
