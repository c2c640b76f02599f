"""Voyages of the boats of a pier, with the trucks that bring to the pier what each takes aboard.

A list of voyages in order of priority becomes a plan: each goes with the boat that lands it first,
and trucks bring the kits in the order in which the voyages need them. With boats that are alike,
one more boat, or a sea that is open longer, then makes no voyage of the list later.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from math import inf

from analytics.plan.solver.carriage import carry_on, least_carriage
from analytics.plan.solver.loads import Vehicle, World
from analytics.plan.solver.state import Due, Growing, Made

Voyage = tuple[tuple[str, tuple[int, ...]], ...]
"""Landings in order, each with the loads unloaded there."""


def sail(
    growing: Growing, pier: str, voyages: Sequence[Voyage], waiting: Sequence[int], due: Due
) -> Growing:
    """Return a plan grown by voyages from a pier, what feeds them and what carries on from them.

    A load that would come later than it is due stays behind: no boat goes out for it. ``waiting``
    are the loads that stand at their landing already.
    """
    own, left = growing.copy(), [i for voyage in voyages for _, ids in voyage for i in ids]
    supply = _Supply(own, pier, voyages)
    landed = {i: own.world.loads[i].release for i in waiting}
    for n, voyage in enumerate(voyages):
        ready = supply.ready(n)
        rest = _in_reach(voyage, ready)
        while rest:
            made = _first_to_land(own, pier, rest, max(ready[i] for _, ids in rest for i in ids))
            if made is None:
                break
            late = _late(own.world, made, due)
            if not late:
                own.add(made)
                landed |= made.unloaded
                break
            rest = _without(rest, late)
    final = {i: t for i, t in landed.items() if _at_place(own.world, i)}
    own.delivered.update(final)
    carry_on(own, {i: t for i, t in landed.items() if i not in final}, due)
    missing = [i for i in left if i not in own.delivered]
    if missing and any(i in landed or i in supply.brought for i in missing):
        kept = [v for voyage in voyages if (v := _without(voyage, set(missing)))]
        return sail(growing, pier, kept, waiting, due)  # nothing is moved that does not arrive
    return own


def _in_reach(voyage: Voyage, ready: dict[int, float]) -> Voyage:
    """Return the part of a voyage whose kits can be at the pier."""
    return _without(voyage, {i for i, when in ready.items() if when == inf})


def _without(voyage: Voyage, gone: set[int]) -> Voyage:
    """Return a voyage without some loads."""
    if not gone:
        return voyage
    kept = ((place, tuple(i for i in ids if i not in gone)) for place, ids in voyage)
    return tuple((place, ids) for place, ids in kept if ids)


def _at_place(world: World, i: int) -> bool:
    stop = world.loads[i].stop
    return stop.landing == stop.place


def _first_to_land(growing: Growing, pier: str, voyage: Voyage, ready: float) -> Made | None:
    """Return the voyage with the boat that has it landed first, and is back first."""
    world = growing.world
    boxes, units = world.amount([i for _, ids in voyage for i in ids])
    best: tuple[tuple[float, float, float, str], Made] | None = None
    for boat in growing.alike(world.at_base("boat", pier)):
        if not boat.takes(boxes, units):
            continue
        made = growing.try_round(boat, voyage, ready)
        if made is None:
            continue
        key = (made.round.done[-1], made.round.back, made.cost, boat.vehicle_id)
        if best is None or key < best[0]:
            best = key, made
    return None if best is None else best[1]


def _late(world: World, made: Made, due: Due) -> set[int]:
    unloaded = made.unloaded.items()
    return {i for i, done in unloaded if done + least_carriage(world, i) > due[i]}


class _Supply:
    """Trucks that bring kits to a pier in the order in which its voyages need them."""

    def __init__(self, growing: Growing, pier: str, voyages: Sequence[Voyage]) -> None:
        self.growing, self.pier = growing, pier
        self.voyages = voyages
        self.brought: dict[int, float] = {}
        self._queues: dict[str, list[tuple[int, int]]] = {}
        loads = growing.world.loads
        for n, voyage in enumerate(voyages):
            for _, ids in voyage:
                for i in ids:
                    if loads[i].at == loads[i].stop.warehouse:
                        self._queues.setdefault(loads[i].at, []).append((n, i))

    def ready(self, n: int) -> dict[int, float]:
        """Return by load when the kits of a voyage stand at the pier; infinite: never."""
        out: dict[int, float] = {}
        loads = self.growing.world.loads
        for _, ids in self.voyages[n]:
            for i in ids:
                if loads[i].at != loads[i].stop.warehouse:
                    out[i] = loads[i].release
                    continue
                queue = self._queues[loads[i].at]
                while i not in self.brought:
                    self._send(loads[i].at, queue)
                out[i] = self.brought[i]
        return out

    def _send(self, warehouse: str, queue: list[tuple[int, int]]) -> None:
        """Send the next truck; where there is none, the first of the queue never comes."""
        growing, best = self.growing, None
        for truck in growing.alike(growing.world.at_base("truck", warehouse)):
            taken = self._taken(truck, queue)
            if not taken:
                continue
            stops = tuple(
                (self.pier, tuple(i for _, i in some))
                for _, some in groupby(taken, key=lambda item: item[0])
            )
            ready = max(growing.world.loads[i].release for _, i in taken)
            made = growing.try_round(truck, stops, ready)
            if made is not None:
                found = made.round
                key = (found.arrive[0], -len(taken), found.back, truck.vehicle_id)
                if best is None or key < best[0]:
                    best = key, made, len(taken)
        if best is None:
            self.brought[queue.pop(0)[1]] = inf
            return
        _, made, count = best
        growing.add(made)
        self.brought |= made.unloaded
        del queue[:count]

    def _taken(self, truck: Vehicle, queue: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return the first of the queue that a truck has room for, those ready much later aside."""
        loads = self.growing.world.loads
        boxes = units = 0
        taken: list[tuple[int, int]] = []
        first = max(0.0, loads[queue[0][1]].release)
        for item in queue:
            load = loads[item[1]]
            boxes, units = boxes + load.boxes, units + load.stop.escort_units
            if not truck.takes(boxes, units) or load.release > first:
                break
            taken.append(item)
        return taken
