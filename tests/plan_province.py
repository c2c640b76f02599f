"""The whole province as one planning problem, for speed only: SIMULASI fleet, roads and sea.

Places and TPS are the shipped ones; road times are the crow's distance times 1.35 at 40 km/h,
boats make 12 km/h, and the number of vehicles follows what the press reported where it did.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.plan.inputs import PlanInputs, PlanRules, plan_inputs
from data.boundaries.shapes import read_units
from data.store.shipped import load_shipped
from geo.places.tps import count_tps

H_1, H_3 = "2024-02-13", "2024-02-11"
TRUCKS = {"19.01": 33, "19.02": 36, "19.03": 30, "19.04": 26, "19.05": 28, "19.06": 20, "19.71": 32}
PIERS = {
    "19.03": ("P-SADAI", "19.03.06.2002", ("19.03.02", "19.03.08")),
    "19.02": ("P-TJRU", "19.02.05.2003", ("19.02.03", "19.02.02.2009", "19.02.02.2010")),
    "19.06": ("P-MANGGAR", "19.06.01.2001", ("19.06.01.2010",)),
}
"""Kabupaten: pier, the desa it stands in, and the places behind it."""


def minutes(a: pd.DataFrame, b: pd.DataFrame, factor: float, km_h: float) -> np.ndarray:
    """Return the minutes between all points of two frames."""
    lon, lat = np.radians(a[["lon", "lat"]].to_numpy("float64").T)
    lon2, lat2 = np.radians(b[["lon", "lat"]].to_numpy("float64").T)
    x = (lon[:, None] - lon2[None, :]) * np.cos((lat[:, None] + lat2[None, :]) / 2)
    km = 6371.0 * np.hypot(x, lat[:, None] - lat2[None, :])
    return np.maximum(1.0, km * factor / km_h * 60)


def matrix(points: pd.DataFrame, mode: str, factor: float, km_h: float) -> pd.DataFrame:
    """Return legs between all points, both ways."""
    table = minutes(points, points, factor, km_h)
    codes = points["code"].to_numpy()
    n = len(points)
    start, end = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
    keep = (start != end).ravel()
    frame = pd.DataFrame(
        {"from_code": codes[start.ravel()], "to_code": codes[end.ravel()],
         "usual_min": table.ravel()}
    )[keep]  # fmt: skip
    frame = frame.assign(mode=mode, low_min=frame["usual_min"] * 0.8)
    return frame.assign(high_min=frame["usual_min"] * 1.6)


def province(kabupaten: tuple[str, ...] | None = None) -> PlanInputs:
    """Return the inputs of some kabupaten, or of all seven."""
    units = read_units()
    counts = count_tps(load_shipped()["tps"], "pemilu2024", units["code"])
    units = units.assign(tps_count=counts["tps_count"].to_numpy())
    chosen = kabupaten or tuple(TRUCKS)
    parts = [_kabupaten(units, code) for code in chosen]
    frames = {
        name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]
    }
    days = [f"2024-02-{d}" for d in (11, 12, 13)]
    windows = [
        {"scope": "mode", "key": mode, "opens": _at(day, opens), "closes": _at(day, closes)}
        for mode, opens, closes in (("truck", "05:00", "19:00"), ("boat", "06:00", "18:00"))
        for day in days
    ]
    return plan_inputs(
        **frames, windows=pd.DataFrame(windows).assign(is_open=True), rules=PlanRules()
    )


def _at(day: str, clock: str) -> pd.Timestamp:
    return pd.Timestamp(f"{day}T{clock}:00+07:00")


def _kabupaten(units: pd.DataFrame, code: str) -> dict[str, pd.DataFrame]:
    desa = units[units["level"].eq("desa") & units["code"].str.startswith(code + ".")]
    pier, at_desa, behind = PIERS.get(code, (None, None, ()))
    island = desa["code"].str.startswith(tuple(behind)) if behind else desa["code"].eq("")
    seat = desa.sort_values("tps_count").iloc[-1]
    warehouse = pd.DataFrame([{"code": f"G-{code}", "lon": seat["lon"], "lat": seat["lat"]}])
    points = [desa.loc[~island, ["code", "lon", "lat"]], warehouse]
    sea = None
    if pier:
        place = desa[desa["code"].eq(at_desa)][["lon", "lat"]].assign(code=pier)
        points.append(place)
        sea = pd.concat([place, desa.loc[island, ["code", "lon", "lat"]]])
    legs = [matrix(pd.concat(points), "truck", 1.35, 40.0)]
    if sea is not None:
        legs.append(matrix(sea, "boat", 1.2, 12.0).assign(area="SELAT"))
    stops = pd.DataFrame(
        {
            "place_code": desa["code"], "kabupaten": code, "warehouse": f"G-{code}",
            "pier": np.where(island, pier or "", ""),
            "landing": np.where(island, desa["code"], ""),
            "release": [_at(H_3 if x else H_1, "06:00") for x in island],
            "deadline": _at(H_1, "18:00"),
        }
    )  # fmt: skip
    tps = [
        {"tps_id": f"pemilu2024/{row.code}/{n:03}", "place_code": row.code, "boxes": 5}
        for row in desa.itertuples()
        for n in range(1, int(row.tps_count) + 1)
    ]
    return {
        "stops": stops,
        "tps": pd.DataFrame(tps),
        "legs": pd.concat(legs, ignore_index=True),
        "fleet": pd.DataFrame(_fleet(code, pier)),
    }


def _fleet(code: str, pier: str | None) -> list[dict[str, Any]]:
    rows = [
        {"vehicle_id": f"{code}/TRUK-{n:02}", "mode": "truck", "base": f"G-{code}",
         "capacity_boxes": 100, "cost_per_hour": 150_000, "crew_hours": 12.0}
        for n in range(1, TRUCKS[code] + 1)
    ]  # fmt: skip
    for n in range(1, 4 if pier else 1):
        rows.append(
            {"vehicle_id": f"{code}/KAPAL-{n}", "mode": "boat", "base": str(pier),
             "capacity_boxes": 60, "cost_per_hour": 400_000, "crew_hours": 12.0,
             "vessel_class": "perahu"}
        )  # fmt: skip
    return rows
