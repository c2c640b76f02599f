"""Hexagons over the land: units of one size, for what is known to its desa or better.

Cells are those of H3 (Uber, 2018); a cell's code is its H3 index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import STORAGE_CRS, metric_crs_of, require_storage_crs
from geo.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable

RESOLUTIONS = range(4, 9)
"""From about 1,770 km2 to about 0.7 km2 per cell."""

FINE_PRECISIONS = ("desa", "tps")
"""Precisions of a place that are fine enough for a cell."""


def _check_resolution(resolution: int) -> None:
    if resolution not in RESOLUTIONS:
        raise ParameterError("resolution", resolution, "4 to 8")


def hexagons(land: gpd.GeoDataFrame, resolution: int, also: Iterable[str] = ()) -> gpd.GeoDataFrame:
    """Return the hexagons that hold any land.

    Parameters
    ----------
    land
        Polygons in EPSG:4326.
    resolution
        4 to 8; mean area 1,770, 253, 36, 5.2 and 0.74 km2.
    also
        Cells to add although no land of the coverage lies in them: those of points on islets that
        it does not draw (`cells_of`).

    Returns
    -------
    GeoDataFrame
        In EPSG:4326, sorted by ``code``: ``code``, ``lon`` and ``lat`` of the centre, ``land_km2``
        inside the cell, ``geometry`` (the whole hexagon, sea included).

    Raises
    ------
    CrsError
        When the land is not in EPSG:4326.
    ParameterError
        For a resolution out of range, no land, or a cell of another resolution.
    """
    import h3

    _check_resolution(resolution)
    require_storage_crs(land)
    whole = shapely.union_all(land.geometry.to_numpy())
    if shapely.is_empty(whole):
        raise ParameterError("land", "empty", "at least one polygon")
    codes = {str(code) for code in also}
    wrong = sorted(c for c in codes if not (h3.is_valid_cell(c) and _level(c) == resolution))
    if wrong:
        raise ParameterError("also", wrong[0], f"cells of resolution {resolution}")
    for part in shapely.get_parts(whole):
        shape = h3.geo_to_h3shape(part)
        codes |= set(h3.h3shape_to_cells_experimental(shape, resolution, contain="overlap"))
    ordered = sorted(codes)
    rings = [[(lon, lat) for lat, lon in h3.cell_to_boundary(code)] for code in ordered]
    centres = np.array([h3.cell_to_latlng(code) for code in ordered])
    frame = gpd.GeoDataFrame(
        {"code": pd.array(ordered, dtype="str"), "lon": centres[:, 1], "lat": centres[:, 0]},
        geometry=shapely.polygons(rings),
        crs=STORAGE_CRS,
    )
    crs = metric_crs_of(land)
    metric = gpd.GeoSeries([whole], crs=STORAGE_CRS).to_crs(crs).iloc[0]
    shapely.prepare(metric)
    cells = frame.geometry.to_crs(crs).to_numpy()
    frame["land_km2"] = shapely.area(shapely.intersection(cells, metric)) / 1e6
    return frame[["code", "lon", "lat", "land_km2", "geometry"]]


def _level(code: str) -> int:
    import h3

    return int(h3.get_resolution(code))


def cells_of(points: pd.DataFrame, resolution: int) -> pd.Series:
    """Return the hexagon of each point that is known finely enough.

    Parameters
    ----------
    points
        ``lon``, ``lat`` in degrees (EPSG:4326) and ``location_precision``.
    resolution
        As for `hexagons`.

    Returns
    -------
    Series
        Codes on the same index; NaN without coordinates, or for a precision coarser than desa: a
        report known to its kecamatan is in no hexagon.
    """
    import h3

    _check_resolution(resolution)
    lon, lat = points["lon"].to_numpy("float64"), points["lat"].to_numpy("float64")
    fine = points["location_precision"].isin(FINE_PRECISIONS).to_numpy(dtype=bool)
    known = fine & np.isfinite(lon) & np.isfinite(lat)
    codes = np.full(len(points), None, dtype=object)
    codes[known] = [
        h3.latlng_to_cell(y, x, resolution) for x, y in zip(lon[known], lat[known], strict=True)
    ]
    return pd.Series(codes, index=points.index, name="cell").astype("str")
