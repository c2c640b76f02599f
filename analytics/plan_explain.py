"""Why a demand cannot be met and what would make it possible: remedies are tried, not guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd

from analytics.plan_frames import Plan
from analytics.plan_inputs import PlanInputs, records, typed
from analytics.plan_solve import solve_plan

REASONS = ("no_leg", "no_vehicle", "no_vehicle_fits", "never_open", "too_few_vehicles", "too_late")
"""Why a load is not brought in time.

``no_leg``: a leg of its way does not exist. ``no_vehicle``: none is stationed where one is needed.
``no_vehicle_fits``: one TPS is more than any vehicle takes. ``never_open``: working hours, sea and
places are never open long enough. ``too_few_vehicles``: not all fits into the vehicles' time.
``too_late``: even with every vehicle to itself it comes after its deadline.
"""

REMEDIES = ("one_more", "larger", "day_earlier", "later_deadline")
"""What is tried: one more vehicle of the kind that lacks, one that takes the largest TPS, all of it
a day earlier, the deadline later by what is lacking."""

ONE_DAY = pd.Timedelta(days=1)


class Remedy(NamedTuple):
    """A change that was tried: what it is, in numbers, and whether all is then in time."""

    remedy: str
    values: dict[str, Any]
    works: bool


def in_time(plan: Plan) -> bool:
    """Return whether nothing is left out and nothing late."""
    return plan.unserved.empty and not plan.figures["late"]


def lateness(plan: Plan) -> pd.DataFrame:
    """Return what is left out or late, one row per load or stop.

    Returns
    -------
    DataFrame
        ``place_code``, ``reason`` of `REASONS`, ``tps_count``, ``late_min`` (missing for what is
        left out) and ``found``.
    """
    late = plan.deliveries[plan.deliveries["slack_min"] < 0]
    rows = [
        {"place_code": row["place_code"], "reason": "too_late", "tps_count": row["tps_count"],
         "late_min": -row["slack_min"], "found": {"delivered": row["delivered"]}}
        for row in records(late)
    ]  # fmt: skip
    rows += [
        {"place_code": row["place_code"], "reason": row["reason"], "tps_count": row["tps_count"],
         "late_min": None, "found": row["found"]}
        for row in records(plan.unserved)
    ]  # fmt: skip
    columns = ["place_code", "reason", "tps_count", "late_min", "found"]
    return pd.DataFrame(rows, columns=columns).astype({"late_min": "float64"})


def remedies(
    inputs: PlanInputs, plan: Plan, seed: int = 1, time_limit_s: float = 5.0
) -> list[Remedy]:
    """Try what would bring everything in time.

    Parameters
    ----------
    time_limit_s
        For each of the trials (up to five).

    Returns
    -------
    list
        Empty for a plan in which all is in time. A remedy that does not work alone is listed with
        ``works`` false; a missing leg has none here.
    """
    if in_time(plan):
        return []
    quick = replace(inputs, rules=replace(inputs.rules, slack_enough_min=0))
    out = []
    for remedy, values, change in _changes(quick, lateness(plan)):
        tried = solve_plan(change(quick), seed, time_limit_s)
        out.append(Remedy(remedy, values, in_time(tried)))
    return out


Change = Callable[[PlanInputs], PlanInputs]


def _changes(
    inputs: PlanInputs, lacking: pd.DataFrame
) -> Iterator[tuple[str, dict[str, Any], Change]]:
    found = [row["found"] for row in records(lacking) if "mode" in row["found"]]
    kinds = sorted({(f["mode"], f.get("base") or f["from"]) for f in found})
    for mode, base in kinds:
        most = max((f["boxes"] for f in found if "boxes" in f), default=0)
        fleet = inputs.fleet
        own = fleet[fleet["mode"].eq(mode) & fleet["base"].eq(base)]
        own = own if len(own) else fleet[fleet["mode"].eq(mode)]
        if own.empty:
            continue
        model = records(own.sort_values("capacity_boxes"))[-1] | {"base": base}
        room = int(model["capacity_boxes"])
        if room >= most:
            yield "one_more", {"mode": mode, "base": base, "boxes": room}, _added(model)
        else:
            larger = model | {"capacity_boxes": most, "escort_seats": None}
            yield "larger", {"mode": mode, "base": base, "boxes": most}, _added(larger)
    yield "day_earlier", {"days": 1}, _a_day_earlier
    most_late = lacking["late_min"].max()
    wait = 60.0 * 24 if pd.isna(most_late) else float(most_late)
    yield "later_deadline", {"minutes": wait}, _deadline_later(wait)


def _added(vehicle: dict[str, Any]) -> Change:
    free = {"available_from": None, "available_until": None}
    row = pd.DataFrame([vehicle | free | {"vehicle_id": f"+{vehicle['vehicle_id']}"}])

    def change(inputs: PlanInputs) -> PlanInputs:
        fleet = pd.concat([inputs.fleet, typed("fleet", row)], ignore_index=True)
        return replace(inputs, fleet=fleet)

    return change


def _a_day_earlier(inputs: PlanInputs) -> PlanInputs:
    """Release everything a day earlier, with the working hours of the day before."""
    stops = inputs.stops.assign(release=inputs.stops["release"] - ONE_DAY)
    tps = inputs.tps.assign(available=inputs.tps["available"] - ONE_DAY)
    hours = inputs.windows[inputs.windows["scope"].eq("mode")]
    before = hours.assign(opens=hours["opens"] - ONE_DAY, closes=hours["closes"] - ONE_DAY)
    windows = pd.concat([inputs.windows, before], ignore_index=True)
    return replace(inputs, stops=stops, tps=tps, windows=windows)


def _deadline_later(minutes: float) -> Change:
    def change(inputs: PlanInputs) -> PlanInputs:
        later = inputs.stops["deadline"] + pd.Timedelta(minutes=minutes)
        return replace(inputs, stops=inputs.stops.assign(deadline=later))

    return change
