"""Small invented provinces for the tests of the capability ``nation``. SIMULASI."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import box

FAMILIES = ("konflik", "unjuk_rasa", "pelanggaran")
STEP = 0.05
"""Degrees between the middles of neighbouring desa."""


def grid_units(
    kabupaten: int, kecamatan: int, desa: int, province: str = "20", voters: int = 2000
) -> pd.DataFrame:
    """Return a province of stripes: a kabupaten per column block, kecamatan up, desa across.

    ``code``, ``name``, ``level``, ``parent_code``, ``voters``, ``tps``, ``lon``, ``lat``,
    ``area_km2``; 8 TPS a desa.
    """
    rows = []
    for k in range(kabupaten):
        for c in range(kecamatan):
            for d in range(desa):
                code = f"{province}.{k + 1:02d}.{c + 1:02d}.{2001 + d}"
                lon = 105.0 + STEP * (k * desa + d + 0.5)
                rows.append((code, voters, 8, lon, -2.0 + STEP * (c + 0.5), 30.0))
    columns = ["code", "voters", "tps", "lon", "lat", "area_km2"]
    parts = pd.DataFrame(rows, columns=columns)
    frames = []
    for depth, level in enumerate(("provinsi", "kabupaten", "kecamatan", "desa"), start=1):
        own = parts["code"].str.split(".").str[:depth].str.join(".")
        grouped = parts.groupby(own.to_numpy())
        sums = grouped[["voters", "tps", "area_km2"]].sum()
        points = grouped[["lon", "lat"]].mean()
        frames.append(sums.join(points).assign(level=level).rename_axis("code").reset_index())
    units = pd.concat(frames, ignore_index=True)
    units["name"] = "SIMULASI " + units["code"]
    units["parent_code"] = units["code"].str.rpartition(".")[0].fillna("")
    return units.sort_values("code", ignore_index=True)


def desa_shapes(units: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the desa of `grid_units` as squares that meet exactly."""
    desa = units[units["level"].eq("desa")]
    west = np.round((desa["lon"] - 105.0) / STEP - 0.5).astype(int)
    south = np.round((desa["lat"] + 2.0) / STEP - 0.5).astype(int)
    x, y = 105.0 + STEP * np.arange(500), -2.0 + STEP * np.arange(500)
    shapes = [box(x[i], y[j], x[i + 1], y[j + 1]) for i, j in zip(west, south, strict=True)]
    return gpd.GeoDataFrame({"code": desa["code"].to_numpy()}, geometry=shapes, crs="EPSG:4326")


def tps_of(units: pd.DataFrame) -> pd.DataFrame:
    """Return the TPS of the desa of ``units``: as many as ``tps`` says."""
    desa = units[units["level"].eq("desa")]
    rows = [
        (f"simulasi2029-{code}-{n:03d}", code, f"{n:03d}", 250, lon, lat)
        for code, count, lon, lat in desa[["code", "tps", "lon", "lat"]].itertuples(index=False)
        for n in range(1, int(count) + 1)
    ]
    columns = ["tps_id", "desa_code", "number", "voters", "lon", "lat"]
    return pd.DataFrame(rows, columns=columns)


def placed_reports(
    units: pd.DataFrame,
    number: int,
    rng: np.random.Generator,
    first: str = "2028-01-01",
    days: int = 360,
    families: Sequence[str] = FAMILIES,
) -> pd.DataFrame:
    """Return reports, each an affair of its own, that fall on desa by voters and on any day."""
    desa = units[units["level"].eq("desa")]
    share = desa["voters"].to_numpy("float64")
    at = rng.choice(len(desa), number, p=share / share.sum())
    day = pd.Timestamp(first) + pd.to_timedelta(rng.integers(0, days, number), unit="D")
    return pd.DataFrame(
        {
            "report_id": [f"S{n:07d}" for n in range(number)],
            "perkara_id": [f"P{n:07d}" for n in range(number)],
            "kind": "kejadian",
            "family": rng.choice(list(families), number),
            "severity": rng.integers(1, 6, number).astype("int8"),
            "date_event": day,
            "date_reported": day,
            "unit_code": desa["code"].to_numpy()[at],
            "lon": np.nan,
            "lat": np.nan,
            "place_code": desa["code"].to_numpy()[at],
        }
    )


def moved_into(
    placed: pd.DataFrame, inside: Sequence[str], chosen: pd.Series, rng: np.random.Generator
) -> pd.DataFrame:
    """Return reports of which the ``chosen`` ones lie in some desa instead of where they were."""
    code = placed["place_code"].mask(
        chosen, pd.Series(rng.choice(list(inside), len(placed)), index=placed.index)
    )
    return placed.assign(place_code=code, unit_code=code)


def with_islands(units: pd.DataFrame, overseas: Sequence[str]) -> pd.DataFrame:
    """Return the islands of the desa of ``units``: ``overseas`` kecamatan lie on one each.

    ``desa_code``, ``island_id``, ``is_main``.
    """
    desa = units.loc[units["level"].eq("desa"), "code"]
    number = {code: n for n, code in enumerate(overseas, start=1)}
    island = desa.str.slice(0, 8).map(number).fillna(0).astype("int64")
    return pd.DataFrame(
        {"desa_code": desa.to_numpy(), "island_id": island, "is_main": island.eq(0)}
    ).reset_index(drop=True)
