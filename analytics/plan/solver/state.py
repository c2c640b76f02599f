"""A plan while it grows: rounds made so far, where each vehicle stands, and what has come when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from analytics.plan.solver.loads import Vehicle, World
from analytics.plan.solver.rounds import Crew, Round, Visit, Yard, crew_of, make_round, occupy


class Made(NamedTuple):
    """A round with what it carries: per stop the place and the loads unloaded there."""

    vehicle: Vehicle
    stops: tuple[tuple[str, tuple[int, ...]], ...]
    round: Round

    @property
    def cost(self) -> float:
        """Return its cost from loading to being back, in the unit of ``cost_per_hour``."""
        return self.vehicle.cost_per_min * (self.round.back - self.round.load_start)


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

    def try_round(self, vehicle: Vehicle, visits: Sequence[Visit], ready: float) -> Round | None:
        """Return the earliest round of a vehicle from where it stands, ``ready`` in minutes."""
        return make_round(self.world, vehicle, self.crew(vehicle), visits, ready, self.yard)

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
