"""Points of reports: inside the province, and in the unit that the row names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from data.parse import parse_decimal
from data.report_rows import Mask, Rows
from geo.codes import level_of

_SEA_MARGIN_DEGREES = 0.25
_BORDER_DEGREES = 0.02
"""Some 2 km: the official sources differ by as much about where a border runs."""


@dataclass(frozen=True)
class Ground:
    """The polygons that points are held against.

    Attributes
    ----------
    bounds
        West, south, east and north in degrees, a margin of sea included.
    desa, kabupaten
        Polygons by code in EPSG:4326; empty when the store holds none, and then points are held
        against the bounds alone.
    """

    bounds: tuple[float, float, float, float]
    desa: pd.Series
    kabupaten: pd.Series

    def desa_of(self, lon: Mask, lat: Mask) -> list[str | None]:
        """Return the desa each point lies in, None for a point in none of them."""
        out: list[str | None] = [None] * len(lon)
        tree = shapely.STRtree(self.desa.to_numpy())
        points, polygons = tree.query(shapely.points(lon, lat), predicate="intersects")
        # On a shared border both desa are hit: the first code decides, so that it is repeatable.
        for point, polygon in sorted(zip(points, polygons, strict=True), reverse=True):
            out[point] = str(self.desa.index[polygon])
        return out


def make_ground(units: pd.DataFrame, polygons: pd.Series) -> Ground:
    """Return the ground of a province.

    Parameters
    ----------
    units
        Registry with ``lon`` and ``lat``; its points count for the bounds as well.
    polygons
        Polygons of desa and kabupaten by code, EPSG:4326; may be empty.
    """
    polygons = polygons.sort_index()
    points = shapely.points(units["lon"], units["lat"])
    west, south, east, north = shapely.total_bounds([*polygons, *points])
    margin = _SEA_MARGIN_DEGREES
    levels = np.array([level_of(code) for code in polygons.index], dtype=object)
    return Ground(
        (float(west) - margin, float(south) - margin, float(east) + margin, float(north) + margin),
        polygons[levels == "desa"],
        polygons[levels == "kabupaten"],
    )


def read_points(rows: Rows, ground: Ground) -> tuple[pd.Series, pd.Series]:
    """Return longitude and latitude in degrees; missing where there are none or they are wrong."""
    lon = rows.read("lon", parse_decimal, "lon_unreadable", "float64")
    lat = rows.read("lat", parse_decimal, "lat_unreadable", "float64")
    rows.fault("lon", rows.filled("lat") & ~rows.filled("lon"), "lonlat_incomplete")
    rows.fault("lat", rows.filled("lon") & ~rows.filled("lat"), "lonlat_incomplete")
    given = (lon.notna() & lat.notna()).to_numpy()
    outside = given & ~_inside(ground, lon, lat)
    swapped = outside & _inside(ground, lat, lon)
    rows.fault("lon", swapped, "lonlat_swapped")
    rows.fault("lon", outside & ~swapped, "point_outside_area")
    usable = given & ~outside
    return lon.where(usable), lat.where(usable)


def _inside(ground: Ground, lon: pd.Series, lat: pd.Series) -> Mask:
    west, south, east, north = ground.bounds
    return (lon.between(west, east) & lat.between(south, north)).to_numpy()


def place_points(rows: Rows, ground: Ground, lon: pd.Series, lat: pd.Series) -> pd.Series:
    """Return the desa of each point; a point in none of them is noted as a fault."""
    out = pd.Series(None, index=lon.index, dtype="str")
    given = lon.notna().to_numpy()
    if not given.any() or not len(ground.desa):
        return out
    out[given] = ground.desa_of(lon[given].to_numpy(), lat[given].to_numpy())
    rows.fault("lon", given & out.isna().to_numpy(), "point_in_no_unit")
    return out


def check_points(
    rows: Rows, ground: Ground, unit: pd.Series, lon: pd.Series, lat: pd.Series
) -> None:
    """Note points that lie in another kabupaten than the row names, well past the border."""
    given = (lon.notna() & unit.notna()).to_numpy()
    if not given.any() or not len(ground.kabupaten):
        return
    stated = unit.str.split(".", n=2).str[:2].str.join(".").where(given)
    wrong = np.zeros(len(unit), dtype=bool)
    for code in stated.dropna().unique():
        polygon = ground.kabupaten.get(code)
        if polygon is None:
            continue
        here = np.flatnonzero((stated == code).to_numpy())
        points = shapely.points(lon.iloc[here], lat.iloc[here])
        shapely.prepare(polygon)
        astray = ~shapely.intersects(polygon, points)
        far = np.zeros(len(here), dtype=bool)
        far[astray] = shapely.distance(polygon, points[astray]) > _BORDER_DEGREES
        others = ground.kabupaten.drop(code).to_numpy()
        tree = shapely.STRtree(others)
        hit = tree.query(points[far], predicate="intersects")[0]
        wrong[here[np.flatnonzero(far)[hit]]] = True
    rows.fault("lon", wrong, "point_not_in_kabupaten")
