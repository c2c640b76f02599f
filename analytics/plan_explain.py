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

REMEDIES = ("one_more", "larger", "more", "day_earlier", "later_deadline")
"""What is tried: one more vehicle of the kind that lacks, one that takes the largest TPS, more of
every kind that lacks (2, 4, 8, 16 until it is enough), all of it a day earlier, the deadline later
by what is lacking."""

MORE = (1, 2, 4, 8, 16)

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
        For each of the trials: one for each remedy, of ``more`` up to five.

    Returns
    -------
    list
        Empty for a plan in which all is in time. A remedy that does not work alone is listed with
        ``works`` false; a missing leg has none here.
    """
    if in_time(plan):
        return []
    quick = replace(inputs, rules=replace(inputs.rules, slack_enough_min=0))
    lacking = lateness(plan)
    models = _models(quick, lacking)
    out = []
    for remedy, values, change in _changes(models, lacking):
        tried = solve_plan(change(quick), seed, time_limit_s)
        out.append(Remedy(remedy, values, in_time(tried)))
    vehicles = [r for r in out if r.remedy in ("one_more", "larger")]
    if vehicles and not any(r.works for r in vehicles):
        out.append(_more(quick, models, seed, time_limit_s))
    return out


Change = Callable[[PlanInputs], PlanInputs]


Models = list[tuple[str, dict[str, Any], dict[str, Any]]]
"""Remedy, its numbers, and the vehicle that would be added, for each kind that lacks."""


def _models(inputs: PlanInputs, lacking: pd.DataFrame) -> Models:
    found = [row["found"] for row in records(lacking) if "mode" in row["found"]]
    needs: dict[tuple[str, str], int] = {}
    for row in found:
        kind = (row["mode"], row.get("base") or row["from"])
        most = row["boxes"] if "largest" in row else 0
        needs[kind] = max(needs.get(kind, 0), most)
    out: Models = []
    for (mode, base), most in sorted(needs.items()):
        fleet = inputs.fleet
        own = fleet[fleet["mode"].eq(mode) & fleet["base"].eq(base)]
        own = own if len(own) else fleet[fleet["mode"].eq(mode)]
        if own.empty:
            continue
        model = records(own.sort_values("capacity_boxes"))[-1] | {"base": base}
        room = int(model["capacity_boxes"])
        remedy = "one_more" if room >= most else "larger"
        if remedy == "larger":
            model |= {"capacity_boxes": most, "escort_seats": None}
        values = {"mode": mode, "base": base, "boxes": max(room, most)}
        out.append((remedy, values, model))
    return out


def _changes(models: Models, lacking: pd.DataFrame) -> Iterator[tuple[str, dict[str, Any], Change]]:
    for remedy, values, model in models:
        yield remedy, values, _added([model])
    yield "day_earlier", {"days": 1}, _a_day_earlier
    most_late = lacking["late_min"].max()
    wait = 60.0 * 24 if pd.isna(most_late) else float(most_late)
    yield "later_deadline", {"minutes": wait}, _deadline_later(wait)


def _more(inputs: PlanInputs, models: Models, seed: int, time_limit_s: float) -> Remedy:
    """Try more and more vehicles of every kind that lacks."""
    kinds = [(values["mode"], values["base"]) for _, values, _ in models]
    for count in MORE:
        if count == 1 and len(models) == 1:
            continue
        change = _added([model for _, _, model in models for _ in range(count)])
        works = in_time(solve_plan(change(inputs), seed, time_limit_s))
        if works:
            break
    return Remedy("more", {"count": count, "kinds": kinds}, works)


def _added(vehicles: list[dict[str, Any]]) -> Change:
    free = {"available_from": None, "available_until": None, "worked_from": None}
    row = pd.DataFrame(
        [
            vehicle | free | {"vehicle_id": f"+{n}{vehicle['vehicle_id']}"}
            for n, vehicle in enumerate(vehicles)
        ]
    )

    def change(inputs: PlanInputs) -> PlanInputs:
        fleet = pd.concat([inputs.fleet, typed("fleet", row)], ignore_index=True)
        return replace(inputs, fleet=fleet)

    return change


def _a_day_earlier(inputs: PlanInputs) -> PlanInputs:
    """Release everything a day earlier, with the working hours of the day before."""
    stops = inputs.stops.assign(release=inputs.stops["release"] - ONE_DAY)
    tps = inputs.tps.assign(available=inputs.tps["available"] - ONE_DAY)
    return replace(inputs, stops=stops, tps=tps, windows=_hours_too(inputs.windows, -ONE_DAY))


def _hours_too(windows: pd.DataFrame, shift: pd.Timedelta) -> pd.DataFrame:
    """Return windows with working hours of a day before or after too; no sea is foretold."""
    hours = windows[windows["scope"].eq("mode")]
    other = hours.assign(opens=hours["opens"] + shift, closes=hours["closes"] + shift)
    both = pd.concat([windows, other], ignore_index=True)
    return both.drop_duplicates(ignore_index=True)


def _deadline_later(minutes: float) -> Change:
    def change(inputs: PlanInputs) -> PlanInputs:
        later = inputs.stops["deadline"] + pd.Timedelta(minutes=minutes)
        windows = _hours_too(inputs.windows, ONE_DAY)
        return replace(inputs, stops=inputs.stops.assign(deadline=later), windows=windows)

    return change
