"""SIMULASI: the land, units and TPS of an invented province."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from analytics.nation.simulate.sizes import CODES, Ints, ProvinceSize, deal, island_sizes
from geo.boundaries.lattice import cell_shapes, grow_islands, split_compactly

WEST, SOUTH, SLOT_WIDTH, SLOT_HEIGHT, SLOTS = 95.0, -11.0, 4.6, 4.25, 10
"""Provinces stand in a grid of slots of so many degrees over the archipelago."""
_WIDEST_CELL = 0.05
_FILLED = 0.3
"""Share of a slot that is land, where cells are smaller than the widest."""
_VOTERS_PER_TPS, _MOST_PER_TPS = 248, 300
KM_PER_DEGREE = 111.2


@dataclass(frozen=True, eq=False)
class Places:
    """An invented province.

    Attributes
    ----------
    units
        ``code``, ``name``, ``level``, ``parent_code`` ("" for the province), ``voters``, ``tps``,
        ``lon``, ``lat`` (a point inside), ``area_km2``; sorted by code.
    desa
        EPSG:4326: ``code`` and outline, a valid coverage; sorted by code.
    tps
        ``tps_id``, ``desa_code``, ``number``, ``voters``, ``lon``, ``lat``.
    islands
        ``desa_code``, ``island_id``, ``is_main`` (on the largest island of its kabupaten).
    side
        Of a desa, degrees: a point within `geo.boundaries.lattice.INSIDE` of it lies in the desa.
    """

    units: pd.DataFrame = field(repr=False)
    desa: gpd.GeoDataFrame = field(repr=False)
    tps: pd.DataFrame = field(repr=False)
    islands: pd.DataFrame = field(repr=False)
    side: float


def simulate_places(size: ProvinceSize, election: str, rng: np.random.Generator) -> Places:
    """Make land, units and TPS of a province.

    Parameters
    ----------
    size
        What it has.
    election
        Goes into the ids of TPS.
    rng
        All that is drawn.
    """
    n_desa = sum(size.desa)
    slot = CODES.index(size.code)
    side = min(_WIDEST_CELL, float(np.sqrt(SLOT_WIDTH * SLOT_HEIGHT * _FILLED / n_desa)))
    columns, rows = int(SLOT_WIDTH / side), int(SLOT_HEIGHT / side)
    mainland = float(rng.choice([0.35, 0.7, 0.95]))
    cells, island = grow_islands(island_sizes(n_desa, rng, mainland), columns, rows, rng)
    west = WEST + SLOT_WIDTH * (slot % SLOTS)
    south = SOUTH + SLOT_HEIGHT * (slot // SLOTS)
    codes = _codes(size, cells)
    shapes = cell_shapes(cells, west, south, side, rng)
    middle = np.round((cells + 0.5) * side + (west, south), 6)
    order = np.argsort(codes)
    desa = pd.DataFrame(
        {"code": codes, "lon": middle[:, 0], "lat": middle[:, 1], "island_id": island}
    ).iloc[order]
    tps = _tps(desa, size, election, side, rng)
    units = _units(desa, tps, _area_km2(side, middle[:, 1].mean()))
    outline = gpd.GeoDataFrame(
        {"code": desa["code"].to_numpy()}, geometry=shapes[order], crs="EPSG:4326"
    )
    return Places(units, outline, tps, _islands(desa), side)


def _area_km2(side: float, lat: float) -> float:
    """Return the area of a cell: how corners move makes single desa up to a third larger."""
    return float((side * KM_PER_DEGREE) ** 2 * np.cos(np.radians(lat)))


def _codes(size: ProvinceSize, cells: Ints) -> np.ndarray:
    """Return the code of the desa on each cell."""
    kabupaten = split_compactly(cells, size.desa)
    codes = np.empty(len(cells), dtype=object)
    for n, n_kecamatan in enumerate(size.kecamatan):
        rows = np.flatnonzero(kabupaten == n)
        sizes = deal(len(rows), np.ones(n_kecamatan), 1)
        kecamatan = split_compactly(cells[rows], [int(k) for k in sizes])
        # Numbers within the kecamatan, in the order of the cells.
        number = pd.Series(kecamatan).groupby(kecamatan).cumcount().to_numpy() + 2001
        codes[rows] = [
            f"{size.code}.{n + 1:02d}.{k + 1:02d}.{i}"
            for k, i in zip(kecamatan, number, strict=True)
        ]
    return codes


def _tps(
    desa: pd.DataFrame, size: ProvinceSize, election: str, side: float, rng: np.random.Generator
) -> pd.DataFrame:
    per_desa = deal(size.tps, rng.lognormal(0.0, 0.6, len(desa)), 1)
    code = np.repeat(desa["code"].to_numpy(), per_desa)
    first = np.cumsum(per_desa) - per_desa
    number = np.arange(len(code)) - np.repeat(first, per_desa) + 1
    near = np.round(rng.uniform(-0.18, 0.18, (len(code), 2)) * side, 6)
    text = [f"{n:03d}" for n in number]
    return pd.DataFrame(
        {
            "tps_id": [f"{election}-{c}-{n}" for c, n in zip(code, text, strict=True)],
            "desa_code": code,
            "number": text,
            "voters": np.minimum(_MOST_PER_TPS, rng.normal(_VOTERS_PER_TPS, 30, len(code)).round())
            .clip(20)
            .astype("int32"),
            "lon": np.repeat(desa["lon"].to_numpy(), per_desa) + near[:, 0],
            "lat": np.repeat(desa["lat"].to_numpy(), per_desa) + near[:, 1],
        }
    )


def _units(desa: pd.DataFrame, tps: pd.DataFrame, area_km2: float) -> pd.DataFrame:
    by_desa = tps.groupby("desa_code")["voters"].agg(["sum", "size"])
    parts = desa.assign(
        voters=desa["code"].map(by_desa["sum"]).astype("int64"),
        tps=desa["code"].map(by_desa["size"]).astype("int64"),
        area_km2=area_km2,
    )
    levels = []
    words = {1: "provinsi", 2: "kabupaten", 3: "kecamatan", 4: "desa"}
    for depth, level in words.items():
        code = parts["code"].str.split(".").str[:depth].str.join(".")
        grouped = parts.groupby(code.to_numpy())
        sums = grouped[["voters", "tps", "area_km2"]].sum()
        # A point that lies inside for certain: the middle of one of its desa.
        points = grouped[["lon", "lat"]].nth(0).set_axis(sums.index)
        levels.append(sums.join(points).assign(level=level).rename_axis("code").reset_index())
    units = pd.concat(levels, ignore_index=True)
    title = units["level"].str.capitalize()
    units["name"] = title + " SIMULASI " + units["code"]
    units["parent_code"] = units["code"].str.rpartition(".")[0].fillna("")
    columns = ["code", "name", "level", "parent_code", "voters", "tps", "lon", "lat", "area_km2"]
    typed = units[columns].astype({"tps": "int32", "voters": "int64"})
    return typed.sort_values("code", ignore_index=True)


def _islands(desa: pd.DataFrame) -> pd.DataFrame:
    kabupaten = desa["code"].str.slice(0, 5)
    cells = desa.groupby([kabupaten, "island_id"])["code"].transform("size")
    largest = cells.groupby(kabupaten).transform("max")
    # Of islands of one size the one with the lowest number is the main one.
    candidates = desa["island_id"].where(cells.eq(largest))
    main = candidates.groupby(kabupaten).transform("min")
    return pd.DataFrame(
        {
            "desa_code": desa["code"].to_numpy(),
            "island_id": desa["island_id"].to_numpy(),
            "is_main": desa["island_id"].eq(main).to_numpy(),
        }
    )
