"""Vehicles one by one from the rows of a fleet, and the legs each kind of them needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from data.plan_settings import FleetRow, PlanSettings
from services.place_status import Restrictions


def vehicle_class(row: FleetRow) -> str:
    """Return the class a vehicle's legs and windows go by: its vessel, and its speed if unusual."""
    vessel = row.vessel_class if row.mode == "boat" else ""
    speed = "" if row.speed_class == "biasa" else row.speed_class
    return " ".join(part for part in (vessel, speed) if part)


def leg_classes(legs: pd.DataFrame, settings: PlanSettings, limits: Restrictions) -> pd.DataFrame:
    """Return legs with rows of their own for vehicles that are slower or faster than usual.

    A boat leg that touches a place with a greatest vessel is there for the admitted classes of the
    fleet only.
    """
    parts = [legs.assign(vessel_class=None)]
    kinds = {(row.mode, vehicle_class(row), row.speed_class) for row in settings.fleet}
    for mode, label, speed in sorted(kinds):
        if speed == "biasa":
            continue
        own, factor = legs[legs["mode"].eq(mode)], settings.speed[speed]
        times = {name: own[name] * factor for name in ("low_min", "usual_min", "high_min")}
        parts.append(own.assign(vessel_class=label, **times))
    made = pd.concat(parts, ignore_index=True)
    return _admitted(made, settings, limits) if limits.largest else made


def _admitted(legs: pd.DataFrame, settings: PlanSettings, limits: Restrictions) -> pd.DataFrame:
    touched = legs["from_code"].isin(limits.largest) | legs["to_code"].isin(limits.largest)
    tight = legs["mode"].eq("boat") & touched
    parts = [legs[~tight]]
    for row in (row for row in settings.fleet if row.mode == "boat"):
        name = vehicle_class(row)
        own = legs[tight & legs["vessel_class"].eq(name)]
        own = legs[tight & legs["vessel_class"].isna()] if own.empty else own
        fits = [
            limits.admits(a, row.vessel_class) and limits.admits(b, row.vessel_class)
            for a, b in zip(own["from_code"], own["to_code"], strict=True)
        ]
        parts.append(own[fits].assign(vessel_class=name))
    return pd.concat(parts, ignore_index=True)


def fleet_rows(settings: PlanSettings, stops: pd.DataFrame) -> pd.DataFrame:
    """Return vehicles one by one, each at its base.

    Boats without a base are shared out over the piers by the number of their stops, one at each
    pier first; carriers without one stand at every landing, as many as the row counts.
    """
    by_pier = stops.loc[stops["pier"].ne(""), "pier"].value_counts()
    landings = stops.loc[stops["landing"].ne(""), "landing"].unique().tolist()
    first = str(stops["warehouse"].iloc[0])
    rows: list[dict[str, Any]] = []
    used: dict[str, int] = {}
    for row in settings.fleet:
        if row.base:
            bases = [row.base] * row.count
        elif row.mode == "truck":
            bases = [first] * row.count
        elif row.mode == "boat":
            bases = _shared(by_pier, row.count)
        else:
            bases = np.repeat(landings, row.count).tolist()
        for base in bases:
            used[row.name] = used.get(row.name, 0) + 1
            rows.append(_vehicle(row, f"{row.name}-{used[row.name]:02}", str(base)))
    return pd.DataFrame(rows, columns=list(_vehicle(_NO_ROW, "", "")))


def _shared(by_pier: pd.Series, count: int) -> list[str]:
    if by_pier.empty:
        return []
    piers = [str(pier) for pier in by_pier.index]
    shares = by_pier.to_numpy(dtype=float)
    given = np.zeros(len(piers), dtype=int)
    for n in range(count):
        # The pier with most stops per boat is next; one without a boat goes before all others.
        load = np.where(given == 0, np.inf, shares / np.maximum(given, 1))
        given[int(np.argmax(load))] += 1 if n < count else 0
    return np.repeat(piers, given).tolist()


def _vehicle(row: FleetRow, name: str, base: str) -> dict[str, Any]:
    return {
        "vehicle_id": name,
        "mode": row.mode,
        "base": base,
        "capacity_boxes": row.capacity_boxes,
        "escort_seats": row.escort_seats,
        "cost_per_hour": row.cost_per_hour,
        "crew_hours": row.crew_hours,
        "vessel_class": vehicle_class(row),
    }


_NO_ROW = FleetRow("", "truck", 0, 1)
