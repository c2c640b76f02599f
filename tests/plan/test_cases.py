"""Kinds of faults that planners of other tools reported, each by an own small world.

What has a test beside the code it is about is not here: detached roads (network/test_pieces.py),
crossings in three minutes (network/test_import_sealegs.py), closed hours and night shifts
(test_open_hours.py), reasons, exit codes and words (test_failure.py), names in the Gantt
(test_motion.py).
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from typing import Any

import pandas as pd
import pytest

from analytics.plan.audit import audit
from analytics.plan.document import Plan, to_document
from analytics.plan.inputs import PlanInputs, plan_inputs
from analytics.plan.solver.solve import solve_plan
from services.dataset import Dataset
from services.plan.inputs import setup
from services.plan.settings import default_settings, fleet_counts
from services.plan.what_if import WhatIf, moment, replan_document
from tests.conftest import ROOT
from tests.plan_peers import carriage
from tests.plan_world import RULES, at

CASE_23 = ROOT.parent / "shared" / "cases" / "23-closure-of-the-sea" / "plan.json"
Parts = tuple[tuple[str, str], ...]


@pytest.mark.skipif(not CASE_23.is_file(), reason="../shared/cases is absent: case 23 is not tried")
def test_a_closed_sea_leaves_nobody_out_whatever_the_plan_before(dataset: Dataset) -> None:
    """By hand the four boats that lie idle bring all by 15:02."""
    before = json.loads(CASE_23.read_text(encoding="utf-8"))
    now = moment("2024-02-11T09:00")
    events = WhatIf(sea="2024-02-13T12:00").events(before, now)
    after = replan_document(dataset, before, "plan", now, events, 1.0)
    assert after["verdict"]["passed"], after["verdict"]["faults"][:3]
    assert audit(after).passed
    assert sum(row["tps_count"] for row in after["deliveries"]) == 555
    assert max(pd.Timestamp(row["delivered"]) for row in after["deliveries"]) <= moment(
        "2024-02-13T15:02"
    )


def by_boat(dataset: Dataset, kabupaten: str, boats: int | None = None) -> tuple[PlanInputs, Plan]:
    """Return the plan of a kabupaten whose islands are all served by boat, three seconds long."""
    base = fleet_counts(default_settings(kabupaten), boats=boats)
    settings = replace(base, ferries=replace(base.ferries, use=False))
    inputs, _ = setup(dataset, settings)
    return inputs, solve_plan(inputs, 1, 3)


@pytest.mark.parametrize("kabupaten", ["19.02", "19.03"])
def test_what_lands_for_a_desa_is_carried_on_together(dataset: Dataset, kabupaten: str) -> None:
    carried = carriage(*by_boat(dataset, kabupaten))
    assert carried["bound"] > 1
    assert carried["carried"] <= 1.5 * carried["bound"]


def test_eight_boats_are_no_worse_for_any_island_than_four(dataset: Dataset) -> None:
    slacks = []
    for boats in (4, 8):
        inputs, plan = by_boat(dataset, "19.03", boats)
        islands = inputs.stops.loc[inputs.stops["pier"].notna(), "place_code"]
        own = plan.deliveries[plan.deliveries["place_code"].isin(islands)]
        assert len(own) == len(islands)
        slacks.append(sorted(own["slack_min"]))
    assert slacks[1] >= slacks[0]


def around(
    counts: dict[str, int],
    trucks: list[int],
    legs: dict[tuple[str, str], float],
    parts: Parts,
    crew_h: float = 12.0,
) -> PlanInputs:
    """Return a world of one warehouse, its desa with so many TPS of five boxes, and its trucks."""
    stops = pd.DataFrame({"place_code": list(counts), "kabupaten": "99.01", "warehouse": "G"})
    tps = [
        {"tps_id": f"{place}/{n}", "place_code": place, "boxes": 5}
        for place, count in counts.items()
        for n in range(count)
    ]
    fleet = pd.DataFrame({"vehicle_id": [f"T{n}" for n in range(len(trucks))], "mode": "truck"})
    ways = [(a, b, "truck", minutes) for (a, b), minutes in legs.items()]
    opened: list[dict[str, Any]] = [
        {"scope": "mode", "key": "truck", "opens": at(a), "closes": at(b), "is_open": True}
        for a, b in parts
    ]
    return plan_inputs(
        stops.assign(release=at(parts[0][0]), deadline=at(parts[-1][1])),
        pd.DataFrame(tps),
        pd.DataFrame(ways, columns=["from_code", "to_code", "mode", "usual_min"]),
        fleet.assign(base="G", capacity_boxes=trucks, cost_per_hour=60.0, crew_hours=crew_h),
        pd.DataFrame(opened),
        RULES,
    )


def served(plan: Plan, inputs: PlanInputs) -> int:
    """Return how many TPS a plan brings, after the audit of all but what it leaves out."""
    found = {fault.key for fault in audit(to_document(plan, inputs)).faults}
    assert found <= {"tps_missing"}
    return len(inputs.tps) - int(plan.unserved["tps_count"].sum())


def test_a_crew_has_one_day_though_it_has_two_parts() -> None:
    """One truck of one TPS, five hours, 06-11 and 13-18, 95 minutes a trip: three trips."""
    places = {f"S{n}": 1 for n in range(6)}
    legs = {("G", place): 30.0 for place in places}
    legs |= {(a, b): 30.0 for a in places for b in places if a < b}
    inputs = around(places, [5], legs, (("06:00", "11:00"), ("13:00", "18:00")), 5.0)
    assert served(solve_plan(inputs, 1, 5), inputs) == 3


@pytest.mark.parametrize(
    ("sizes", "count", "apart", "closes", "expected"),
    [
        ([100, 95], 20, 60, "03:20", 39),
        ([100, 20], 20, 60, "03:20", 24),
        ([100, 20], 12, 10, "03:50", 24),
    ],
)
def test_no_truck_stands_idle_while_a_desa_waits(
    sizes: list[int], count: int, apart: float, closes: str, expected: int
) -> None:
    """Time for one trip each: what both hold is brought, whichever is the larger."""
    legs = {("G", "A"): 60.0, ("G", "B"): 60.0, ("A", "B"): apart}
    inputs = around({"A": count, "B": count}, sizes, legs, (("00:00", closes),))
    plan = solve_plan(inputs, 1, 5)
    assert served(plan, inputs) == expected
    assert set(plan.trips["vehicle_id"]) == {"T0", "T1"}


def test_a_truck_less_loses_no_more_than_it_carried() -> None:
    """Of seven trucks six bring all; each truck less leaves no more than the least loaded had."""
    places = {f"S{n}": 3 + n % 4 for n in range(9)}
    legs = {("G", place): 25.0 + 5 * n for n, place in enumerate(places)}
    pairs = combinations(enumerate(places), 2)
    legs |= {(a, b): 10.0 + 5 * (m - n) for (n, a), (m, b) in pairs}
    inputs = around(places, [25] * 7, legs, (("06:00", "10:00"),))
    brought, least = [], []
    for trucks in (7, 6, 5, 4, 3):
        fleet = inputs.fleet.iloc[:trucks].reset_index(drop=True)
        less = replace(inputs, fleet=fleet)
        plan = solve_plan(less, 1, 1)
        brought.append(served(plan, less))
        carried = plan.cargo.merge(plan.trips, on="trip_id").groupby("vehicle_id")
        by_truck = carried["tps_id"].nunique().reindex(fleet["vehicle_id"], fill_value=0)
        least.append(int(by_truck.min()))
    assert brought[:2] == [39, 39]
    steps = zip(brought, least, brought[1:], strict=False)
    assert all(after >= before - lost for before, lost, after in steps)
