"""Shapes of units in the store: WKB rows to GeoDataFrames and back."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Connection, select, update

from data.paths import shipped_dir
from data.store import tables as schema
from data.store.engine import Reader
from geo.crs import STORAGE_CRS, metric_crs_of, require_storage_crs


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
