"""The registry of units as a checked file, and shapes of units in the store as GeoDataFrames."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import pandas as pd
import shapely
from sqlalchemy import Connection, select, update

from data.errors import SchemaError, SourceMissingError
from data.paths import shipped_dir
from data.store import tables as schema
from data.store.engine import Reader
from geo.codes import LEVELS, is_code, level_of, parent_of
from geo.crs import STORAGE_CRS, metric_crs_of, require_storage_crs

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

UNIT_COLUMNS = (
    "code", "level", "name", "kind", "parent_code", "bps_code", "kpu_code", "variants",
    "lon", "lat", "point_approximate", "has_polygon",
)  # fmt: skip
KINDS = {
    "provinsi": {"provinsi"},
    "kabupaten": {"kabupaten", "kota"},
    "kecamatan": {"kecamatan"},
    "desa": {"desa", "kelurahan"},
}
_FLAGS = {"true": True, "false": False}


def read_units(path: Path | None = None) -> pd.DataFrame:
    """Read a registry of units and check every row.

    Parameters
    ----------
    path
        CSV file in UTF-8 with the columns `UNIT_COLUMNS`; by default the shipped registry.

    Returns
    -------
    pandas.DataFrame
        One row per unit, a fresh index from 0. Codes and names are text and blank when absent,
        never missing; ``lon`` and ``lat`` degrees (EPSG:4326); flags boolean.

    Raises
    ------
    SourceMissingError
        If there is no such file.
    SchemaError
        If columns are missing or rows are wrong; all faults together.
    """
    source = shipped_dir() / "units.csv" if path is None else path
    if not source.exists():
        raise SourceMissingError(source)
    raw = pd.read_csv(source, dtype=str, keep_default_na=False, encoding="utf-8")
    missing = [column for column in UNIT_COLUMNS if column not in raw.columns]
    if missing:
        raise SchemaError("units", [f"{source}: no column {column}" for column in missing])
    faults = _faults(raw)
    if faults:
        raise SchemaError("units", faults)
    return raw.assign(
        lon=raw["lon"].astype(float),
        lat=raw["lat"].astype(float),
        point_approximate=raw["point_approximate"].map(_FLAGS).astype(bool),
        has_polygon=raw["has_polygon"].map(_FLAGS).astype(bool),
    )[list(UNIT_COLUMNS)]


def _faults(raw: pd.DataFrame) -> list[str]:
    codes = set(raw["code"])
    faults = [f"code {code}: occurs twice" for code in raw.loc[raw["code"].duplicated(), "code"]]
    for number, row in enumerate(raw.to_dict("records"), start=2):
        faults += [f"row {number}: {text}" for text in _row_faults(row, codes)]
    return faults


def _row_faults(row: dict[Hashable, str], codes: set[str]) -> list[str]:
    code = row["code"]
    if not is_code(code):
        return [f"code {code!r}, expected a dotted Kemendagri code"]
    level, parent = level_of(code), parent_of(code)
    faults = []
    if row["level"] != level:
        faults.append(f"{code}: level {row['level']!r}, expected {level}")
    if row["kind"] not in KINDS[level]:
        faults.append(f"{code}: kind {row['kind']!r}, expected one of {sorted(KINDS[level])}")
    if not row["name"].strip():
        faults.append(f"{code}: no name")
    if row["parent_code"] != (parent or ""):
        faults.append(f"{code}: parent_code {row['parent_code']!r}, expected {parent or 'blank'}")
    if level != LEVELS[0] and parent not in codes:
        faults.append(f"{code}: its parent {parent} is not in the file")
    return [*faults, *_value_faults(row)]


def _value_faults(row: dict[Hashable, str]) -> list[str]:
    code, faults = row["code"], []
    for column in ("point_approximate", "has_polygon"):
        if row[column] not in _FLAGS:
            faults.append(f"{code}: {column} {row[column]!r}, expected true or false")
    for column, low, high in (("lon", -180, 180), ("lat", -90, 90)):
        if not _is_within(row[column], low, high):
            faults.append(f"{code}: {column} {row[column]!r}, expected {low} to {high}")
    return faults


def _is_within(text: str, low: float, high: float) -> bool:
    try:
        return low <= float(text) <= high
    except ValueError:
        return False


def shipped_source() -> str:
    """Return the value of ``source`` for the coverage that ships with the province."""
    return f"siaga-{shipped_dir().name}"


def shape_rows(frame: gpd.GeoDataFrame, level: str, source: str) -> pd.DataFrame:
    """Return rows of ``unit_shapes`` for a coverage.

    Parameters
    ----------
    frame
        Columns ``code`` and ``geometry`` in EPSG:4326.
    level
        Level of the units.
    source
        Where the shapes come from.
    """
    require_storage_crs(frame)
    return pd.DataFrame(
        {
            "code": frame["code"].to_numpy(),
            "level": level,
            "area_km2": frame.geometry.to_crs(metric_crs_of(frame)).area.to_numpy() / 1e6,
            "wkb": shapely.to_wkb(frame.geometry.to_numpy()),
            "source": source,
        }
    )


def read_shapes(tables: Reader, level: str) -> gpd.GeoDataFrame:
    """Return the coverage of a level with names, in EPSG:4326, one row per unit with a polygon.

    Columns ``code``, ``name``, ``parent_code``, ``area_km2``, ``source`` and ``geometry``.
    """
    import geopandas as gpd

    rows = tables.read("unit_shapes")
    rows = rows[rows["level"].eq(level)].reset_index(drop=True)
    names = tables.read("units").set_index("code")[["name", "parent_code"]]
    geometry = shapely.from_wkb(rows["wkb"].to_numpy())
    frame = gpd.GeoDataFrame(
        rows.drop(columns=["wkb", "level"]), geometry=geometry, crs=STORAGE_CRS
    )
    return frame.join(names, on="code")


def refresh_points(connection: Connection) -> None:
    """Move the point of each unit into its imported shape, inside the caller's transaction.

    TPS that stand at the point of their desa move with it. Units of the shipped coverage keep the
    point that ships with the registry.
    """
    table = schema.unit_shapes
    found = connection.execute(
        select(table.c.code, table.c.wkb).where(table.c.source != shipped_source())
    ).fetchall()
    for code, wkb in found:
        point = shapely.point_on_surface(shapely.from_wkb(bytes(wkb)))
        place = {"lon": round(point.x, 6), "lat": round(point.y, 6)}
        connection.execute(
            update(schema.units)
            .where(schema.units.c.code == code)
            .values(**place, has_polygon=True)
        )
        at_desa = (schema.tps.c.desa_code == code) & (schema.tps.c.location_precision == "desa")
        connection.execute(update(schema.tps).where(at_desa).values(**place))
