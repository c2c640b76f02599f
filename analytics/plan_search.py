"""What a search for a plan carries along: its loads, its clock, and the plan it found."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from analytics.plan_loads import Draft, Load, World
from analytics.plan_model import Effort
from analytics.plan_timing import TripTimes

GRACE_MIN = 240.0
"""How much later than its best a load may come that cannot be in time anyway."""


@dataclass(frozen=True)
class Candidate:
    """A complete timed plan of one component.

    ``slack`` is that of the tightest load that could be in time at all.
    """

    draft: Draft
    times: dict[str, TripTimes]
    slack: float
    cost: float
    by_time: bool


@dataclass
class Search:
    """One component being planned: its loads, its clock and what was tried."""

    world: World
    loads: list[Load]
    seed: int
    ends: float
    hopeless: dict[int, float] = field(default_factory=dict)
    attempts: int = 0
    by_time: bool = False

    def seconds(self) -> float:
        """Return what is left of the time."""
        return max(0.05, self.ends - time.perf_counter())

    def effort(self, thorough: bool) -> Effort:
        """Return how long to search: fewer rounds and starts for more loads."""
        n = max(1, len(self.loads))
        if thorough:
            starts = max(1, min(6, 60 // n))
            rounds = 400 if starts > 1 else min(4000, 120_000 // n)
            return Effort(rounds, starts, self.seconds())
        rounds, starts = min(80, max(60, 10_000 // n)), max(2, min(8, 80 // n))
        return Effort(rounds, starts, self.seconds(), first_feasible=True)

    def due(self, slack: float) -> Callable[[Load], float]:
        """Return the latest end of unloading that leaves so much slack."""

        def of(load: Load) -> float:
            return self.hopeless.get(load.load_id, load.stop.deadline - slack)

        return of
