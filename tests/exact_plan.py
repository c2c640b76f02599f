"""The two echelons as one exact model in OR-Tools CP-SAT, written apart from the planner.

For small worlds: one warehouse, at most one pier, one working day, every stop in one load, the
landing of an island its place. Trucks and boats are decided together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pandas as pd
from ortools.sat.python import cp_model

from analytics.plan.inputs import PlanInputs

HORIZON = 24 * 60
BASE = -1


@dataclass(frozen=True)
class Exact:
    """Optimum: last unloading in minutes of the day, cost, and whether it was proven."""

    last: float
    cost: float
    proven: bool


@dataclass
class Echelon:
    """Jobs of one mode: place, boxes, unloading minutes, and the vehicles that may take them."""

    mode: str
    base: str
    load_min: int
    jobs: dict[int, tuple[str, int, int]]
    vehicles: list[dict[str, Any]]
    trips: int
    done: dict[int, Any] = field(default_factory=dict)
    loaded: dict[int, Any] = field(default_factory=dict)
    cost: list[Any] = field(default_factory=list)


def minute(when: pd.Timestamp) -> int:
    return int(when.hour * 60 + when.minute)


def legs_of(inputs: PlanInputs, mode: str) -> dict[tuple[str, str], int]:
    rows = inputs.legs[inputs.legs["mode"].eq(mode)]
    out: dict[tuple[str, str], int] = {}
    for a, b, m in zip(rows["to_code"], rows["from_code"], rows["usual_min"], strict=True):
        out.setdefault((a, b), -int(-m // 1))
    for a, b, m in zip(rows["from_code"], rows["to_code"], rows["usual_min"], strict=True):
        out[a, b] = -int(-m // 1)
    return out


def solve_exactly(
    inputs: PlanInputs, seconds: float = 40.0, last_at_most: float | None = None
) -> Exact:
    """Return the least last unloading, or the least cost when that is given.

    Parameters
    ----------
    last_at_most
        Minute of the day by which everything is unloaded; then the cost is what is made least.
    """
    model = cp_model.CpModel()
    stops = inputs.stops.reset_index(drop=True)
    boxes = inputs.tps.groupby("place_code")["boxes"].sum()
    trucks, boats = _echelons(inputs, stops, boxes)
    releases = {j: minute(row["release"]) for j, row in stops.iterrows()}
    _add(model, inputs, trucks, releases, {})
    _add(model, inputs, boats, {}, trucks.done)
    last = model.new_int_var(0, HORIZON, "last")
    for j, row in stops.iterrows():
        final = boats.done[j] if j in boats.jobs else trucks.done[j]
        model.add(final <= minute(row["deadline"]))
        model.add(last >= final)
    total = sum(trucks.cost + boats.cost)
    if last_at_most is None:
        model.minimize(last)
    else:
        model.add(last <= int(last_at_most))
        model.minimize(total)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    solver.parameters.random_seed = 1
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Exact(float("nan"), float("nan"), status == cp_model.INFEASIBLE)
    cost = solver.value(total) / 60
    return Exact(solver.value(last), cost, status == cp_model.OPTIMAL)


def _echelons(inputs: PlanInputs, stops: pd.DataFrame, boxes: pd.Series) -> tuple[Echelon, Echelon]:
    rules = inputs.rules
    land, sea = {}, {}
    for j, row in stops.iterrows():
        n = int(boxes[row["place_code"]])
        service = rules.unload_of(n)
        if row["pier"] is None:
            land[j] = (row["place_code"], n, service)
        else:
            land[j] = (row["pier"], n, service)
            sea[j] = (row["landing"], n, service)
    fleet = inputs.fleet.to_dict("records")
    trucks = [v for v in fleet if v["mode"] == "truck"]
    boats = [v for v in fleet if v["mode"] == "boat"]
    pier = boats[0]["base"] if boats else ""
    return (
        Echelon("truck", trucks[0]["base"], rules.truck_load_min, land, trucks, 3),
        Echelon("boat", pier, rules.boat_load_min, sea, boats, len(sea)),
    )


def _add(
    model: cp_model.CpModel,
    inputs: PlanInputs,
    echelon: Echelon,
    release: dict[int, int],
    before: dict[int, Any],
) -> None:
    rows = inputs.windows
    rows = rows[rows["scope"].eq("mode") & rows["key"].eq(echelon.mode)]
    opens, closes = minute(rows["opens"].iloc[0]), minute(rows["closes"].iloc[0])
    times = legs_of(inputs, echelon.mode)
    places = {j: job[0] for j, job in echelon.jobs.items()} | {BASE: echelon.base}
    taken: dict[int, list[Any]] = {j: [] for j in echelon.jobs}
    for j in echelon.jobs:
        echelon.done[j] = model.new_int_var(0, HORIZON, f"done {echelon.mode} {j}")
    for vehicle in echelon.vehicles:
        rounds = [
            _round(model, echelon, vehicle, k, places, times, taken, release, before)
            for k in range(echelon.trips)
        ]
        for start, back, _, _ in rounds:
            model.add(start >= opens)
            model.add(back <= closes)
        for (_, back, used, _), (start, _, then, _) in pairwise(rounds):
            model.add(start >= back)
            model.add_implication(then, used)
        if not pd.isna(vehicle["crew_hours"]):
            crew = int(vehicle["crew_hours"] * 60)
            for (start, *_), (_, back, used, _) in [
                (a, b) for n, a in enumerate(rounds) for b in rounds[n:]
            ]:
                model.add(back - start <= crew).only_enforce_if(used)
        rate = int(vehicle["cost_per_hour"])
        for start, back, used, name in rounds:
            spent = model.new_int_var(0, HORIZON, f"spent {name}")
            model.add(spent == back - start).only_enforce_if(used)
            model.add(spent == 0).only_enforce_if(~used)
            echelon.cost.append(rate * spent)
    for literals in taken.values():
        model.add_exactly_one(literals)


def _round(  # noqa: PLR0917
    model: cp_model.CpModel, echelon: Echelon, vehicle: dict[str, Any], k: int,
    places: dict[int, str], times: dict[tuple[str, str], int], taken: dict[int, list[Any]],
    release: dict[int, int], before: dict[int, Any],
) -> tuple[Any, Any, Any, str]:  # fmt: skip
    """Add one trip of one vehicle; return its loading start, being back, and whether it is made."""
    name = f"{vehicle['vehicle_id']}/{k}"
    start = model.new_int_var(0, HORIZON, f"start {name}")
    back = model.new_int_var(0, HORIZON, f"back {name}")
    used = model.new_bool_var(f"used {name}")
    nodes = {BASE: 0} | {j: n + 1 for n, j in enumerate(echelon.jobs)}
    arcs = [(0, 0, ~used)]
    done = {j: model.new_int_var(0, HORIZON, f"done {name} {j}") for j in echelon.jobs}
    literal = {j: model.new_bool_var(f"in {name} {j}") for j in echelon.jobs}
    for j in echelon.jobs:
        arcs.append((nodes[j], nodes[j], ~literal[j]))
        taken[j].append(literal[j])
        model.add_implication(literal[j], used)
        model.add(echelon.done[j] == done[j]).only_enforce_if(literal[j])
        if j in release:
            model.add(start >= release[j]).only_enforce_if(literal[j])
        if j in before:
            model.add(start >= before[j]).only_enforce_if(literal[j])
    for a in nodes:
        for b in nodes:
            if a == b:
                continue
            lasts = 0 if places[a] == places[b] else times.get((places[a], places[b]))
            if lasts is None:
                continue
            arc = model.new_bool_var(f"{name} {a}-{b}")
            arcs.append((nodes[a], nodes[b], arc))
            leave = start + echelon.load_min if a == BASE else done[a]
            arrive = leave + lasts
            if b == BASE:
                model.add(back >= arrive).only_enforce_if(arc)
            else:
                model.add(done[b] >= arrive + echelon.jobs[b][2]).only_enforce_if(arc)
    model.add_circuit(arcs)
    model.add(
        sum(job[1] * literal[j] for j, job in echelon.jobs.items())
        <= int(vehicle["capacity_boxes"])
    )
    model.add(back >= start)
    return start, back, used, name
