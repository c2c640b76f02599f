"""Trucks and the roads that take small ones only: a plan's legs by what a truck may use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import pandas as pd

from data.plan.settings import PlanSettings
from services.network.restricted import RoadLimit


def days_of(settings: PlanSettings, vote: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and the last day on which anything of a plan is under way."""
    first = vote - dt.timedelta(days=max(settings.island_days, settings.land_days))
    return first, vote - dt.timedelta(days=settings.deadline_days)


def by_road_limits(
    fleet: pd.DataFrame,
    legs: pd.DataFrame,
    roads: Sequence[RoadLimit],
    legs_for: Callable[[int], pd.DataFrame],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return fleet and legs of `PlanInputs` in which each truck has legs over roads that take it.

    Parameters
    ----------
    fleet, legs
        Of `PlanInputs`; trucks without regard to what roads take.
    roads
        Those closed for every truck are in the legs already.
    legs_for
        The legs over what trucks for so many boxes may use.

    Notes
    -----
    A truck's class then names the roads it is too large for, so that the auditor sees it too.
    """
    bounds = sorted({one.boxes for one in roads if one.boxes is not None})
    truck = fleet["mode"].eq("truck")
    room = fleet["capacity_boxes"].astype("int64")
    barred = room.map(lambda boxes: sum(bound < boxes for bound in bounds)).where(truck, 0)
    if not barred.any():
        return fleet, legs
    groups = sorted(int(n) for n in barred[truck].unique())
    label = {n: "" if n == 0 else f"> {bounds[n - 1]}" for n in groups}
    label |= {0: f"<= {bounds[0]}"} if len(groups) > 1 and 0 in groups else {}
    parts = [legs[legs["mode"].ne("truck")]]
    for n in groups:
        own = legs_for(int(room[truck & barred.eq(n)].max()))
        own = own[own["mode"].eq("truck")]
        named = own["vessel_class"].fillna("")
        both = (named + " " + label[n]).str.strip() if len(groups) > 1 else named
        parts.append(own.assign(vessel_class=both.where(both.ne(""), None)))
    if len(groups) > 1:
        words = fleet["vessel_class"].fillna("") + " " + barred.map(lambda n: label.get(int(n), ""))
        named = fleet["vessel_class"].mask(truck, words.str.strip())
        fleet = fleet.assign(vessel_class=named)
    return fleet, pd.concat(parts, ignore_index=True)
