"""Small archipelagos, and what must hold between two plans of them. SIMULASI.

Kits stand at their base, so that every question is one of vehicles, hours, seats and nights.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analytics.plan.audit import audit
from analytics.plan.document import Plan, to_document
from analytics.plan.inputs import PlanInputs, plan_inputs
from analytics.plan.remedies import in_time
from analytics.plan.solver.solve import solve_plan
from tests.exact_voyages import (
    ADDITIVE,
    BASE,
    TPS_BOXES,
    TPS_MIN,
    Base,
    Optimum,
    as_plan,
    bases,
    optimum,
)
from tests.plan_world import at, hours

DAYS = ("2031-02-12", "2031-02-13")
Rank = tuple[float, ...]
EXACT = (2, 4, 5, 6, 11)
"""Worlds solved exactly within two seconds: docks, seats, gaps in the sea, a night, and by road."""


def archipelago(seed: int, large: bool = False) -> PlanInputs:
    """Return two or three islets behind one pier, and sometimes a desa by road.

    One or two boats of two or three TPS; sea windows with a gap, or none; in one world of three an
    islet of five to six hours, over two days; escort seats in one of three; one dock in three of
    ten. A ``large`` one has three to five islets of up to five TPS and up to three boats: more than
    can be solved exactly.
    """
    rng = np.random.default_rng(seed)
    long = bool(rng.random() < 1 / 3)
    days = DAYS if long else DAYS[-1:]
    islets = [f"P{n}" for n in range(int(rng.integers(3, 6) if large else rng.integers(2, 4)))]
    xy = {name: _around(rng, 45.0, 110.0) for name in islets} | {"Q": np.zeros(2)}
    if long:
        xy["P0"] = _around(rng, 290.0, 350.0)
    road = ["D0"] if rng.random() < 0.5 else []
    legs = [
        (a, b, "boat", max(1.0, np.ceil(np.hypot(*(xy[a] - xy[b])))), "SELAT")
        for n, a in enumerate(["Q", *islets])
        for b in islets[n:]
    ]
    legs += [("G", name, "truck", float(rng.integers(30, 90)), None) for name in road]
    names = [*islets, *road]
    most = 5 if large else 2 if long else 3
    counts = {name: int(rng.integers(1, most + 1)) for name in names}
    seats = bool(rng.random() < 1 / 3)
    ready = {name: "09:00" if rng.random() < 0.3 else "06:00" for name in islets}
    stops = pd.DataFrame({"place_code": names, "kabupaten": "99.01", "warehouse": "G"}).assign(
        pier=["Q" if n in islets else None for n in names],
        landing=[n if n in islets else None for n in names],
        release=at("06:00", days[0]), deadline=at("18:00", days[-1]),
        tps_per_escort=[1 if seats and n in islets else None for n in names],
    )  # fmt: skip
    tps = [
        {"tps_id": f"{name}/{n}", "place_code": name, "boxes": TPS_BOXES,
         "at_code": "Q" if name in islets else None,
         "available": at(ready[name], days[0]) if name in islets else None}
        for name in names
        for n in range(counts[name])
    ]  # fmt: skip
    rules = replace(ADDITIVE, docks={"Q": 1} if rng.random() < 0.3 else {})
    return plan_inputs(
        stops, pd.DataFrame(tps),
        pd.DataFrame(legs, columns=["from_code", "to_code", "mode", "usual_min", "area"]),
        _fleet(rng, seats, road, 4 if large else 3), _windows(rng, days, long), rules,
    )  # fmt: skip


def _around(rng: np.random.Generator, low: float, high: float) -> np.ndarray:
    turn, away = rng.uniform(0, 2 * np.pi), rng.uniform(low, high)
    return away * np.array([np.cos(turn), np.sin(turn)])


def _fleet(rng: np.random.Generator, seats: bool, road: list[str], most: int) -> pd.DataFrame:
    crew = float(rng.choice([10.0, 12.0]))
    rows: list[dict[str, Any]] = [
        {"vehicle_id": f"KAPAL-{n}", "mode": "boat", "base": "Q", "cost_per_hour": 120.0,
         "capacity_boxes": int(rng.choice([10, 15])), "escort_seats": 2 if seats else None}
        for n in range(1, int(rng.integers(2, most + 1)))
    ]  # fmt: skip
    rows += [
        {"vehicle_id": f"TRUK-{n}", "mode": "truck", "base": "G", "cost_per_hour": 60.0,
         "capacity_boxes": 10}
        for n in range(1, len(road) + 1)
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(crew_hours=crew)


def _windows(rng: np.random.Generator, days: tuple[str, ...], long: bool) -> pd.DataFrame:
    rows = [hours(mode, day=day) for mode in ("truck", "boat") for day in days]
    if rng.random() < 0.7:
        shut = int(rng.integers(12 if long else 9, 15))
        for day in days:
            parts = [("06:00", f"{shut:02}:00"), (f"{shut + 1:02}:30", "18:00")]
            rows += [
                {"scope": "area", "key": "SELAT", "opens": at(a, day), "closes": at(b, day)}
                for a, b in parts
            ]
    return pd.DataFrame(rows).assign(is_open=True)


def one_more_boat(inputs: PlanInputs) -> PlanInputs:
    """Return a world with one more boat like the first."""
    boats = inputs.fleet[inputs.fleet["mode"].eq("boat")].iloc[:1]
    fleet = pd.concat([inputs.fleet, boats.assign(vehicle_id="KAPAL-9")], ignore_index=True)
    return replace(inputs, fleet=fleet)


def longer_sea(inputs: PlanInputs) -> PlanInputs:
    """Return a world in which the sea is open half an hour more at each end of a window."""
    windows, half = inputs.windows, pd.Timedelta(minutes=30)
    sea = windows["scope"].eq("area") | windows["key"].eq("boat")
    opens = windows["opens"].mask(sea, windows["opens"] - half)
    closes = windows["closes"].mask(sea, windows["closes"] + half)
    return replace(inputs, windows=windows.assign(opens=opens, closes=closes))


def without_idle(inputs: PlanInputs, plan: Plan) -> PlanInputs | None:
    """Return a world without the vehicles that a plan does not use; None where it uses all."""
    used = inputs.fleet["vehicle_id"].isin(plan.trips["vehicle_id"])
    return None if used.all() else replace(inputs, fleet=inputs.fleet[used].reset_index(drop=True))


def rank(plan: Plan) -> Rank:
    """Return what makes a plan better: TPS in time, then the slack of its stops, tightest first."""
    good = plan.deliveries[plan.deliveries["slack_min"] >= 0]
    return (float(good["tps_count"].sum()), *sorted(good["slack_min"]))


def worse(one: Rank, other: Rank, tolerance: float = 1e-6) -> bool:
    """Return whether one plan is worse than another.

    Of two that leave something, with as many TPS, neither is: they may serve other places.
    """
    if one[0] != other[0]:
        return one[0] < other[0]
    for a, b in zip(one[1:], other[1:], strict=False) if len(one) == len(other) else ():
        if abs(a - b) > tolerance:
            return a < b
    return False


def by_hand(inputs: PlanInputs) -> Plan:
    """Return the plan that a clerk would make: whoever unloads first goes next.

    Each time the place that is then reached first, with as many of its TPS as fit, and back the
    same day. What fits nowhere any more is left.
    """
    trips = [trip for base in bases(inputs) for trip in _clerk(base)]
    return as_plan(Optimum(0.0, 0.0, proven=False, trips=trips), inputs)


def _clerk(base: Base) -> list[dict[str, Any]]:
    left = {j: place.count for j, place in base.places.items()}
    began: dict[tuple[str, float], float] = {}
    free = {str(v["vehicle_id"]): 0.0 for v in base.fleet}
    dock, trips = 0.0, []
    while True:
        choices = [
            (*way, vehicle, j)
            for vehicle in base.fleet
            for j in base.places
            if (way := _way(base, vehicle, j, left[j], max(free[vehicle["vehicle_id"]], dock)))
            and way[2] - began.get((vehicle["vehicle_id"], way[1] // 1440), way[1])
            <= float(vehicle["crew_hours"]) * 60
        ]
        if not choices:
            return trips
        arrive, start, back, count, vehicle, j = min(choices, key=lambda c: (c[0], -c[3], c[5]))
        name, place = str(vehicle["vehicle_id"]), base.places[j].code
        began.setdefault((name, start // 1440), start)
        free[name], left[j] = back, left[j] - count
        if base.inputs.rules.docks.get(base.code):  # one loads after the other
            dock = start + base.load_min
        done = arrive + count * TPS_MIN
        stops = [(place, count, arrive, done, back - base.leg(j, BASE))]
        leave = arrive - base.leg(BASE, j)
        trips.append(
            {"vehicle": name, "start": start, "leave": leave, "back": back, "stops": stops}
        )


def _way(
    base: Base, vehicle: dict[str, Any], j: int, left: int, free: float
) -> tuple[float, float, float, int] | None:
    """Return when a trip arrives, loads and is back, each as early as it can, and its TPS."""
    place, seats = base.places[j], vehicle["escort_seats"]
    count = min(left, int(vehicle["capacity_boxes"]) // TPS_BOXES)
    if place.units and not pd.isna(seats):
        count = min(count, int(seats) * base.unit // place.units)
    ready = max(free, place.ready)
    load = _fits(base.hours, ready, base.load_min)
    leave = _fits(base.open, load + base.load_min, base.leg(BASE, j))
    arrive = leave + base.leg(BASE, j)
    home = _fits(base.open, arrive + count * TPS_MIN, base.leg(j, BASE))
    back, start = home + base.leg(j, BASE), max(load, leave - base.load_min)
    inside = any(a <= start and start + base.load_min <= b for a, b in base.hours)
    late = arrive + count * TPS_MIN > place.deadline
    if not count or late or back == np.inf or not inside or back // 1440 != start // 1440:
        return None
    return arrive, start, back, count


def _fits(spans: list[tuple[int, int]], since: float, lasts: float) -> float:
    starts = (max(since, opens) for opens, _ in spans)
    closes = (end for _, end in spans)
    return min(
        (s for s, end in zip(starts, closes, strict=True) if s + lasts <= end), default=np.inf
    )


PROPERTIES = ("sound", "one_more_boat", "longer_sea", "struck_out", "by_hand")
"""What `broken` looks at: the audit; one more boat; longer hours at sea; the vehicles that a plan
in time does not use taken away; the clerk's plan."""


def broken(inputs: PlanInputs, seconds: float = 10.0) -> list[str]:
    """Return the properties that the planner does not hold in a world."""
    plan = solve_plan(inputs, 1, seconds)
    known, out = rank(plan), []
    faults = {fault.key for fault in audit(to_document(plan, inputs)).faults}
    if faults - (set() if in_time(plan) else {"late", "tps_missing"}):
        out.append("sound")
    if worse(rank(solve_plan(one_more_boat(inputs), 1, seconds)), known):
        out.append("one_more_boat")
    if worse(rank(solve_plan(longer_sea(inputs), 1, seconds)), known):
        out.append("longer_sea")
    fewer = without_idle(inputs, plan)
    if in_time(plan) and fewer and worse(rank(solve_plan(fewer, 1, seconds)), known):
        out.append("struck_out")
    if worse(known, rank(by_hand(inputs))):
        out.append("by_hand")
    return out


@dataclass(frozen=True)
class Gap:
    """How far a plan is from the optimum, each as a share; 1 where it leaves something or is late.

    ``slack``: what the plan lacks of the greatest slack, over that greatest slack. ``cost``: what
    the plan costs above the least cost at the slack that the plan has, over that least cost.
    """

    slack: float
    cost: float
    proven: bool


def gap_of(inputs: PlanInputs, plan: Plan, best: Optimum, seconds: float = 60.0) -> Gap:
    """Return the gap of a plan; negative where the plan is better than the optimum."""
    if not in_time(plan):
        return Gap(1.0, 1.0, best.proven)
    slack = float(plan.figures["slack_min"])
    lacks = (best.slack - slack) / max(1.0, best.slack)
    cheapest = optimum(inputs, seconds, slack)
    if cheapest is None:  # no plan has this slack
        return Gap(lacks, float("nan"), best.proven)
    cost = float(plan.figures["cost"]) / cheapest.cost - 1
    return Gap(lacks, cost, best.proven and cheapest.proven)
