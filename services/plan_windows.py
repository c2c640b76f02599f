"""When a plan may use roads, sea and places: working hours, daylight, sea windows, what is shut."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analytics.plan_inputs import WIB
from analytics.sea_windows import daylight
from data.plan_settings import MODES, PlanSettings
from data.sea_facts import known_areas, pier_areas
from geo.errors import ParameterError
from services.dataset import Dataset
from services.network import NetworkSet
from services.plan_fleet import vehicle_class
from services.sea import caution, own_limits, series_of, windows_of_series

WINDOW_COLUMNS = ("scope", "key", "vessel_class", "opens", "closes", "is_open")


@dataclass(frozen=True, eq=False)
class Sea:
    """What is known of the sea on the days of a plan.

    Attributes
    ----------
    windows
        Rows of the windows of the plan, from the imported series.
    notes
        JSON-ready: ``areas`` of the plan, ``series`` (first and last time of the imported series
        by area), ``set`` (areas with windows of the settings), ``missing`` (neither),
        ``wave_factor``, ``strictest`` (limits of imported legs that hold for a whole area), and
        ``caution``: what was published of the missing ones in that month.
    """

    windows: pd.DataFrame = field(repr=False)
    notes: dict[str, Any]


def place_area(found: NetworkSet, settings: PlanSettings) -> dict[str, str]:
    """Return the sea area of each pier and landing; one that no table knows takes the nearest's."""
    table = pier_areas()
    areas = dict(zip(table["pier_id"], table["area"], strict=True)) | settings.sea.areas
    piers = found.piers.set_index("pier_id")[["lon", "lat"]]
    known = piers[piers.index.isin(areas)]
    for pier in piers.index.difference(known.index):
        apart = ((known - piers.loc[pier]) ** 2).sum(axis=1)
        areas[str(pier)] = areas[str(apart.idxmin())]
    return areas


def sea_of(
    data: Dataset, settings: PlanSettings, legs: pd.DataFrame, areas_at: dict[str, str],
    vote: dt.date,
) -> Sea:  # fmt: skip
    """Return what is known of the sea areas of a plan: from settings, from the series, or nothing.

    Windows of the settings go before the series of the same area. An imported leg with a limit of
    its own makes it that of the whole area, on the safe side.
    """
    areas = sorted(set(legs["area"].dropna()))
    boats = legs[legs["mode"].eq("boat")]
    used = set(boats["from_code"]) | set(boats["to_code"])
    strictest = own_limits(data.network, areas_at, used)
    own = {row.key for row in settings.windows if row.scope == "area"}
    days = max(settings.island_days, settings.land_days)
    first = _at(vote - dt.timedelta(days=days), "00:00")
    last = _at(vote - dt.timedelta(days=settings.deadline_days), settings.deadline)
    windows = pd.DataFrame(columns=list(WINDOW_COLUMNS))
    told: dict[str, list[str]] = {}
    asked = [area for area in areas if area not in own]
    if settings.sea.use_series and asked:
        series = series_of(data.store, asked, first, last)
        if len(series):
            windows = windows_of_series(series, settings.sea.wave_factor, strictest)
        ends = series.groupby("area")["time"].agg(["min", "max"])
        told = {str(area): [a.isoformat(), b.isoformat()] for area, a, b in ends.itertuples()}
    missing = [area for area in asked if area not in told]
    notes = {
        "areas": areas,
        "set": sorted(own & set(areas)),
        "series": told,
        "missing": missing,
        "wave_factor": settings.sea.wave_factor,
        "strictest": {area: list(own) for area, own in strictest.items() if area in told},
        "caution": caution(missing, vote.month),
    }
    return Sea(windows, notes)


def window_rows(data: Dataset, settings: PlanSettings, sea: Sea, vote: dt.date) -> pd.DataFrame:
    """Return all windows of a plan.

    Raises
    ------
    ParameterError
        For a window of a mode, sea area or place that nobody knows: it would hold nothing back.
    """
    known = {
        "mode": set(MODES),
        "area": {*known_areas(), *settings.sea.areas.values()},
        "place": set(data.network.network.ids),
    }
    for row in settings.windows:
        if row.key not in known[row.scope]:
            names = "a place of the network" if row.scope == "place" else sorted(known[row.scope])
            raise ParameterError(f"windows {row.scope}", row.key, str(names))
    days = max(settings.island_days, settings.land_days)
    last = vote - dt.timedelta(days=settings.deadline_days)
    first = vote - dt.timedelta(days=days)
    rows = [
        {"scope": "mode", "key": mode, "vessel_class": None, "opens": opens, "closes": closes,
         "is_open": True}
        for mode in MODES
        for day in (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
        for opens, closes in [_hours(data, settings, mode, day)]
    ]  # fmt: skip
    for row in settings.windows:
        rows.append(
            {"scope": row.scope, "key": row.key, "vessel_class": row.vessel_class or None,
             "opens": pd.Timestamp(row.opens), "closes": pd.Timestamp(row.closes),
             "is_open": row.is_open}
        )  # fmt: skip
    made = pd.DataFrame(rows, columns=list(WINDOW_COLUMNS))
    if len(sea.windows):
        made = pd.concat([made, sea.windows], ignore_index=True)
    return for_labels(made, settings)


def for_labels(windows: pd.DataFrame, settings: PlanSettings) -> pd.DataFrame:
    """Repeat the windows of a vessel class for boats of that class that are slow or fast."""
    parts = [windows]
    labels = {(row.vessel_class, vehicle_class(row)) for row in settings.fleet if row.vessel_class}
    for vessel, label in sorted(labels):
        if vessel != label:
            own = windows[windows["vessel_class"].eq(vessel)]
            parts += [own.assign(vessel_class=label)] if len(own) else []
    return pd.concat(parts, ignore_index=True)


def _hours(
    data: Dataset, settings: PlanSettings, mode: str, day: dt.date
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the working hours of a day, those of boats inside daylight."""
    opens, closes = (_at(day, clock) for clock in getattr(settings.hours, mode))
    if mode != "boat" or settings.hours.night_crossing:
        return opens, closes
    at = data.units.set_index("code").loc[settings.kabupaten]
    rise, fall = daylight(day, float(at["lon"]), float(at["lat"]))
    return max(opens, rise), min(closes, fall)


def _at(day: dt.date, clock: str) -> pd.Timestamp:
    return pd.Timestamp(f"{day.isoformat()}T{clock}:00").tz_localize(WIB)
