"""Plans of small archipelagos: near the optimum, and never worse for having more."""

from __future__ import annotations

import pytest

from analytics.plan.solver.solve import solve_plan
from tests.exact_voyages import optimum
from tests.plan_islands import EXACT, archipelago, broken, gap_of


@pytest.mark.parametrize("seed", EXACT)
def test_a_plan_is_within_a_hundredth_of_the_optimum(seed: int) -> None:
    inputs = archipelago(seed)
    best = optimum(inputs)
    assert best is not None
    gap = gap_of(inputs, solve_plan(inputs, 1, 10), best)
    assert 0 <= gap.slack <= 0.01, gap
    assert -1e-9 <= gap.cost <= 0.01, gap


@pytest.mark.parametrize("seed", range(5))
def test_more_is_never_worse_and_idle_vehicles_may_go(seed: int) -> None:
    """One more boat, longer hours at sea, no idle vehicle; and never worse than a clerk's plan."""
    assert broken(archipelago(seed, large=True)) == []
