"""A plan while it grows: rounds made so far, where each vehicle stands, and what has come when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from analytics.plan.solver.loads import Vehicle, World
from analytics.plan.solver.rounds import Crew, Round, Yard, crew_of, make_round, occupy

Stops = tuple[tuple[str, tuple[int, ...]], ...]
"""Places in order, each with the loads unloaded there."""


class Made(NamedTuple):
    """A round with what it carries."""

    vehicle: Vehicle
    stops: Stops
    round: Round

    @property
    def cost(self) -> float:
        """Return its cost from loading to being back, in the unit of ``cost_per_hour``."""
        return self.vehicle.cost_per_min * (self.round.back - self.round.load_start)

    @property
    def unloaded(self) -> dict[int, float]:
        """Return the minute in which each load is unloaded."""
        stops = zip(self.stops, self.round.done, strict=True)
        return {i: done for (_, ids), done in stops for i in ids}


Due = dict[int, float]
"""Latest end of unloading at its place by load, in minutes."""


Goal = tuple[Sequence[int], Due, float]
"""Loads, when each is due, and the slack in minutes beyond which none is sought."""


@dataclass
class Growing:
    """A plan under construction; `copy` before trying something.

    Attributes
    ----------
    delivered
        By load: the minute in which it was unloaded at its place.
    """

    world: World
    crews: dict[str, Crew] = field(default_factory=dict)
    yard: Yard = field(default_factory=dict)
    made: list[Made] = field(default_factory=list)
    delivered: dict[int, float] = field(default_factory=dict)

    def copy(self) -> Growing:
        """Return a copy that can be changed without changing this one."""
        yard = {base: list(taken) for base, taken in self.yard.items()}
        return Growing(self.world, dict(self.crews), yard, list(self.made), dict(self.delivered))

    def crew(self, vehicle: Vehicle) -> Crew:
        """Return where a vehicle stands."""
        return self.crews.get(vehicle.vehicle_id) or crew_of(vehicle)

    def try_round(self, vehicle: Vehicle, stops: Stops, ready: float) -> Made | None:
        """Return the earliest round of a vehicle from where it stands, ``ready`` in minutes."""
        world = self.world
        visits = [(place, world.unload(world.amount(ids)[0])) for place, ids in stops]
        found = make_round(world, vehicle, self.crew(vehicle), visits, ready, self.yard)
        return None if found is None else Made(vehicle, stops, found)

    def rounds_from(self, mode: str, base: str) -> list[Made]:
        """Return the rounds of the vehicles of a mode from a base."""
        return [m for m in self.made if m.vehicle.mode == mode and m.vehicle.base == base]

    def add(self, made: Made) -> None:
        """Add a round."""
        self.made.append(made)
        self.crews[made.vehicle.vehicle_id] = made.round.crew
        occupy(self.world, made.vehicle, made.round, self.yard)

    def alike(self, vehicles: Iterable[Vehicle]) -> list[Vehicle]:
        """Return one vehicle of each kind that stands where others of its kind stand too."""
        seen: dict[tuple[object, ...], Vehicle] = {}
        for vehicle in vehicles:
            seen.setdefault((*vehicle[1:], self.crew(vehicle)), vehicle)
        return list(seen.values())

    def cost(self) -> float:
        """Return the cost of all rounds, in the unit of ``cost_per_hour``."""
        return sum(made.cost for made in self.made)


Score = tuple[int, tuple[float, ...], float]
"""How good a plan is, the smaller the better: loads not brought, the slack of each place turned
round from the tightest on (`score_of`), cost."""


def score_of(growing: Growing, ids: Iterable[int], due: Due, enough: float) -> Score:
    """Return the score for some loads; slack beyond ``enough`` minutes counts as that much."""
    loads, missing = growing.world.loads, 0
    slack: dict[str, float] = {}
    for i in ids:
        done = growing.delivered.get(i)
        if done is None:
            missing += 1
            continue
        place = loads[i].stop.place
        left = min(due[i] - done, enough)
        if left < slack.get(place, float("inf")):
            slack[place] = left
    return missing, tuple(sorted((-left for left in slack.values()), reverse=True)), growing.cost()
