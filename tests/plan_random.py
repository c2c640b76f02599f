"""Random worlds with everything in them: islands over night, tides, escorts, splits. SIMULASI."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.plan.inputs import PlanInputs, PlanRules, plan_inputs
from tests.plan_world import at, hours

DAYS = ("2031-02-11", "2031-02-12", "2031-02-13")
Rng = np.random.Generator


def random_world(seed: int) -> PlanInputs:
    """Return 1-5 desa by road and 0-4 by boat over one to three days."""
    rng = np.random.default_rng(seed)
    days = DAYS[-int(rng.integers(1, 4)) :]
    land = [f"D{n}" for n in range(int(rng.integers(1, 6)))]
    sea = [f"P{n}" for n in range(int(rng.integers(0, 5)))]
    pier = {name: f"Q{int(rng.integers(2))}" for name in sea}
    landing = {name: f"L-{name}" if rng.random() < 0.5 else name for name in sea}
    piers = sorted(set(pier.values()))
    xy = {name: rng.uniform(0, 50, 2) for name in [*land, "G", *piers]}
    far = rng.random() < 0.3
    for name in sea:
        reach = 6.0 if far and name == "P0" else 1.0
        xy[landing[name]] = xy[pier[name]] + rng.uniform(-15, 15, 2) * reach
    legs = _legs([*land, "G", *piers], xy, "truck", 1.8, None)
    for base in piers:
        nodes = [base, *(landing[name] for name in sea if pier[name] == base)]
        legs += _legs(nodes, xy, "boat", 3.3, f"S-{base}")
    inland = [name for name in sea if landing[name] != name]
    legs += [(landing[n], n, "local", float(rng.integers(5, 30)), None) for n in inland]
    names = [*land, *sea]
    stops = pd.DataFrame({"place_code": names, "kabupaten": "99.01", "warehouse": "G"}).assign(
        pier=[pier.get(n) for n in names], landing=[landing.get(n) for n in names],
        release=at("06:00", days[0]), deadline=at("18:00", days[-1]),
        tps_per_escort=[int(rng.integers(1, 4)) if rng.random() < 0.3 else None for _ in names],
    )  # fmt: skip
    tps = [
        {"tps_id": f"{name}/{n}", "place_code": name, "boxes": 5}
        for name in names
        for n in range(int(rng.integers(1, 14)))
    ]
    fleet = _fleet(rng, piers, [landing[name] for name in inland])
    windows = _windows(rng, days, piers, list(landing.values()))
    columns = ["from_code", "to_code", "mode", "usual_min", "area"]
    return plan_inputs(
        stops, pd.DataFrame(tps), pd.DataFrame(legs, columns=columns),
        fleet.assign(crew_hours=float(rng.choice([8, 10, 12]))), windows,
        PlanRules(30, 20, 10, 5, 12.0),
    )  # fmt: skip


def _legs(
    nodes: list[str], xy: dict[str, np.ndarray], mode: str, minutes_km: float, area: str | None
) -> list[tuple[str, str, str, float, str | None]]:
    pairs = [(a, b) for n, a in enumerate(nodes) for b in nodes[n + 1 :]]
    return [
        (a, b, mode, max(1.0, round(float(np.hypot(*(xy[a] - xy[b]))) * minutes_km, 1)), area)
        for a, b in pairs
    ]


def _fleet(rng: Rng, piers: list[str], landings: list[str]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []

    def add(
        name: str, mode: str, base: str, boxes: list[int], seats: list[int], cost: float
    ) -> None:
        escorts = int(rng.choice(seats)) if seats and rng.random() < 0.4 else None
        vessel = str(rng.choice(["perahu", "feri"])) if mode == "boat" else None
        rows.append(
            {"vehicle_id": name, "mode": mode, "base": base, "vessel_class": vessel,
             "capacity_boxes": int(rng.choice(boxes)), "escort_seats": escorts,
             "cost_per_hour": cost}
        )  # fmt: skip

    for n in range(int(rng.integers(1, 4))):
        add(f"T{n}", "truck", "G", [30, 50, 80], [3, 8], 60.0)
    for base in piers:
        for n in range(int(rng.integers(1, 3))):
            add(f"B{base}{n}", "boat", base, [15, 30, 45], [2, 4], 120.0)
    for place in landings:
        add(f"C{place}", "local", place, [10, 20], [], 0.0)
    return pd.DataFrame(rows)


def _windows(
    rng: Rng, days: tuple[str, ...], piers: list[str], landings: list[str]
) -> pd.DataFrame:
    rows = [hours(mode, day=day) for mode in ("truck", "boat") for day in days]
    for base in piers:
        for day in days if rng.random() < 0.5 else ():
            opens, closes = sorted(int(h) for h in rng.choice(range(6, 19), 2, replace=False))
            for vessel, more in (("perahu", 0), ("feri", 2)):
                ends = at(f"{min(18, closes + more):02}:00", day)
                rows.append(
                    {"scope": "area", "key": f"S-{base}", "vessel_class": vessel,
                     "opens": at(f"{opens:02}:00", day), "closes": ends}
                )  # fmt: skip
    for place in landings:
        for day in days if rng.random() < 0.2 else ():
            tide = {"scope": "place", "key": place}
            rows.append(tide | {"opens": at("09:00", day), "closes": at("15:00", day)})
    return pd.DataFrame(rows).assign(is_open=True)
