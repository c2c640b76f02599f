"""The worlds the planner is measured by are sound: the exact model, the clerk, what is worse."""

from __future__ import annotations

import pytest

from analytics.plan.audit import audit
from analytics.plan.document import to_document
from analytics.plan.inputs import plan_inputs
from tests.exact_voyages import as_plan, optimum
from tests.plan_islands import EXACT, archipelago, by_hand, rank, without_idle, worse


@pytest.mark.parametrize("seed", EXACT)
def test_the_optimum_passes_the_audit_and_no_clerk_does_better(seed: int) -> None:
    inputs = archipelago(seed)
    best = optimum(inputs)
    assert best is not None
    assert best.proven
    plan = as_plan(best, inputs)
    found = audit(to_document(plan, inputs))
    assert found.passed, found.faults
    assert plan.figures["slack_min"] >= best.slack
    assert plan.figures["cost"] == pytest.approx(best.cost)
    clerk = rank(by_hand(inputs))
    assert clerk[0] < len(inputs.tps) or clerk[1] <= best.slack


@pytest.mark.parametrize("seed", range(12))
def test_what_a_clerk_brings_is_brought_soundly(seed: int) -> None:
    inputs = archipelago(seed, large=True)
    found = audit(to_document(by_hand(inputs), inputs))
    assert {fault.key for fault in found.faults} <= {"tps_missing"}, found.faults


def test_an_optimum_by_hand() -> None:
    """A boat of two TPS, and three at an islet of 60 minutes; 20 of loading, one for each TPS.

    One first: back 08:21, loaded 08:41, there 09:41, two unloaded 09:43. Two first is no better:
    back 08:22, the last one unloaded 09:43 too. Either way 141 and 142 minutes of boat.
    """
    inputs = archipelago(5)
    only = inputs.stops["place_code"].eq("P0")
    stops = inputs.stops[only].assign(tps_per_escort=None)
    tps = inputs.tps.iloc[[0] * 3].assign(
        tps_id=["P0/0", "P0/1", "P0/2"], place_code="P0", available=stops["release"].iloc[0]
    )
    legs = inputs.legs[inputs.legs["to_code"].eq("P0")].assign(usual_min=60.0)
    boat = inputs.fleet[inputs.fleet["mode"].eq("boat")].iloc[:1].assign(capacity_boxes=10)
    windows = inputs.windows[inputs.windows["scope"].eq("mode")]
    world = plan_inputs(stops, tps, legs, boat, windows, inputs.rules)
    best = optimum(world)
    assert best is not None
    assert best.slack == 18 * 60 - (9 * 60 + 43)
    assert best.cost == pytest.approx((142 + 141) * boat["cost_per_hour"].iloc[0] / 60)


def test_worse_is_fewer_or_tighter_and_nothing_else() -> None:
    assert worse((3.0, 10.0), (4.0, 5.0))
    assert worse((4.0, 10.0, 20.0), (4.0, 10.0, 21.0))
    assert not worse((4.0, 11.0, 20.0), (4.0, 10.0, 30.0))
    assert not worse((4.0, 10.0), (4.0, 10.0))
    assert not worse((4.0, 10.0), (4.0, 20.0, 30.0))  # other places, as many TPS


def test_only_idle_vehicles_are_struck_out() -> None:
    inputs = archipelago(1, large=True)
    plan = by_hand(inputs)
    fewer = without_idle(inputs, plan)
    kept = set(plan.trips["vehicle_id"])
    assert kept == set((inputs if fewer is None else fewer).fleet["vehicle_id"])
