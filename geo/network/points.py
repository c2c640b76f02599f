"""Points of piers, warehouses and seats of units: published, moved by the planner, or guessed.

A guessed point is the unit's coast nearest to the other end of its leg, or the seat of its unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.boundaries.coast import nearest_coast
from geo.crs import STORAGE_CRS
from geo.errors import CodeError, GeometryError, ParameterError

if TYPE_CHECKING:
    from geo.boundaries.coast import Land

PUBLISHED, AT_SEAT = "terbit", "pusat"
Moves = Mapping[str, tuple[float, float]]


def to_metres(lon: Any, lat: Any, crs: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return x and y in a metric projection, shape (n, 2), of longitudes and latitudes."""
    points = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=STORAGE_CRS).to_crs(crs)
    return np.column_stack([points.x, points.y])


def to_degrees(xy: Any, crs: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return longitude and latitude, shape (n, 2), of points in a metric projection."""
    array = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    points = gpd.GeoSeries(gpd.points_from_xy(array[:, 0], array[:, 1]), crs=crs)
    back = points.to_crs(STORAGE_CRS)
    return np.column_stack([back.x, back.y])


def place_piers(
    piers: pd.DataFrame,
    outlines: Mapping[str, Any],
    seat_xy: Mapping[str, tuple[float, float]],
    land: Land,
    moves: Moves | None = None,
) -> pd.DataFrame:
    """Return the piers with a point each.

    Parameters
    ----------
    piers
        Columns ``pier_id``, ``unit_code``, ``toward``, ``lon``, ``lat``, ``coordinates``.
    outlines
        Polygon in metres by unit code.
    seat_xy
        x and y in metres of the seat of a unit, by code.
    land
        The land.
    moves
        Longitude and latitude by pier, where the planner put it.

    Returns
    -------
    DataFrame
        The rows with ``x_m``, ``y_m``, ``lon``, ``lat`` and ``approximate``: True unless the point
        is published or was set by the planner.

    Raises
    ------
    CodeError
        When a pier without a point is in a unit without outline or seat.
    GeometryError
        When its unit is land-locked.
    """
    moved = dict(moves or {})
    rows = piers.set_index("pier_id", drop=False)
    given = rows.assign(
        lon=[moved[i][0] if i in moved else lon for i, lon in rows["lon"].items()],
        lat=[moved[i][1] if i in moved else lat for i, lat in rows["lat"].items()],
    )
    exact = to_metres(given["lon"], given["lat"], land.crs)
    known = {i: (x, y) for i, (x, y) in zip(given.index, exact, strict=True) if not np.isnan(x)}
    points = {}
    for pier, row in given.iterrows():
        if pier in known:
            points[pier] = known[pier]
            continue
        unit = str(row["unit_code"])
        if unit not in outlines or unit not in seat_xy:
            raise CodeError(unit, f"a unit with an outline, for pier {pier}")
        if row["coordinates"] == AT_SEAT:
            points[pier] = seat_xy[unit]
            continue
        other = row["toward"]
        toward = seat_xy[unit]
        if isinstance(other, str) and other in given.index:
            toward = known.get(other) or seat_xy[str(given.loc[other, "unit_code"])]
        try:
            points[pier] = nearest_coast(outlines[unit], land, toward, seat_xy[unit])
        except GeometryError as err:
            raise GeometryError([f"{pier} in {unit}: {fault}" for fault in err.faults]) from err
    xy = np.array([points[i] for i in given.index]).reshape(-1, 2)
    lonlat = to_degrees(xy, land.crs)
    approximate = ~(given["coordinates"].eq(PUBLISHED) | given.index.isin(list(moved)))
    return given.assign(
        x_m=xy[:, 0], y_m=xy[:, 1], lon=lonlat[:, 0], lat=lonlat[:, 1], approximate=approximate
    ).reset_index(drop=True)


def place_depots(
    depots: pd.DataFrame,
    seat_xy: Mapping[str, tuple[float, float]],
    crs: str,
    moves: Moves | None = None,
) -> pd.DataFrame:
    """Return the warehouses with a point each: published, moved, or the seat of their place.

    Parameters
    ----------
    depots
        Columns ``depot_id``, ``place_code``, ``lon``, ``lat``.
    seat_xy
        x and y in metres of the seat of a unit, by code.
    crs
        The metric projection of the seats.
    moves
        Longitude and latitude by warehouse, where the planner put it.

    Returns
    -------
    DataFrame
        The warehouses with ``lon``, ``lat``, ``x_m``, ``y_m`` and ``approximate``.

    Raises
    ------
    CodeError
        When a warehouse without a point is in a unit without a seat.
    """
    moved = dict(moves or {})
    points, guessed = [], []
    for row in depots.to_dict("records"):
        lonlat = moved.get(row["depot_id"])
        if lonlat is None and not pd.isna(row["lon"]):
            lonlat = (row["lon"], row["lat"])
        guessed.append(lonlat is None)
        if lonlat is not None:
            points.append(tuple(to_metres([lonlat[0]], [lonlat[1]], crs)[0]))
        elif row["place_code"] in seat_xy:
            points.append(seat_xy[row["place_code"]])
        else:
            raise CodeError(row["place_code"], f"a unit with a seat, for {row['depot_id']}")
    xy = np.array(points).reshape(-1, 2)
    lonlats = to_degrees(xy, crs)
    return depots.assign(
        x_m=xy[:, 0], y_m=xy[:, 1], lon=lonlats[:, 0], lat=lonlats[:, 1], approximate=guessed
    )


_COLUMNS = ("code", "level", "kind", "name", "x_m", "y_m", "tps_count")


def seats(units: pd.DataFrame) -> pd.Series:
    """Return the desa that stands for each unit.

    Parameters
    ----------
    units
        Columns ``code``, ``level``, ``kind``, ``name``, ``x_m``, ``y_m`` (metres, of desa) and
        ``tps_count``.

    Returns
    -------
    Series
        Desa code by unit code: a desa stands for itself, and for the kecamatan that bears its
        name. Any other unit is represented by the desa from which the sum of distances to all its
        TPS is least (the median place); so is a kecamatan that bears the name of a kelurahan, for
        its town has several, and the outline of that one may reach far out of it. That is an
        assumption: seats of offices are not published with coordinates, and a unit's own point may
        lie far from its town.

    Raises
    ------
    ParameterError
        When a column is missing.
    """
    if missing := [c for c in _COLUMNS if c not in units.columns]:
        raise ParameterError("units", missing, "columns " + ", ".join(_COLUMNS))
    desa = units[units["level"].eq("desa")]
    codes, named, kinds = (desa[column].tolist() for column in ("code", "name", "kind"))
    xy = desa[["x_m", "y_m"]].to_numpy(dtype=np.float64)
    tps = desa["tps_count"].fillna(0).to_numpy(dtype=np.float64)
    below: dict[str, list[int]] = {}
    for n, code in enumerate(codes):
        parts = code.split(".")
        for depth in range(1, len(parts)):
            below.setdefault(".".join(parts[:depth]), []).append(n)
    found = dict(zip(codes, codes, strict=True))
    rest = units[~units["level"].eq("desa")]
    for code, name, level in zip(rest["code"], rest["name"], rest["level"], strict=True):
        rows = below.get(code, [])
        if not rows:
            continue
        same = [n for n in rows if named[n] == name and kinds[n] == "desa"]
        if level == "kecamatan" and len(same) == 1:
            found[code] = codes[same[0]]
            continue
        weight = tps[rows] if tps[rows].any() else np.ones(len(rows))
        apart = np.hypot(*(xy[rows][:, None] - xy[rows][None]).transpose(2, 0, 1))
        found[code] = codes[rows[int((apart @ weight).argmin())]]
    return pd.Series(found, dtype="str", name="desa_code").rename_axis("code")
