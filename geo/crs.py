"""Coordinate reference systems: one for storage, one metric for each province."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.errors import CrsError

if TYPE_CHECKING:
    import geopandas as gpd

STORAGE_CRS = "EPSG:4326"
"""Longitude and latitude on WGS84; every stored and exported geometry uses it."""

LON_0 = 107.0
LAT_0 = -2.5


def _metric_crs(lon_0: float = LON_0, lat_0: float = LAT_0) -> str:
    """Return an equal-area projection in metres centred on a province.

    Parameters
    ----------
    lon_0, lat_0
        Centre in degrees. The default lies between Bangka and Belitung: UTM 48S is 0.25 % off in
        area in the east of the province.

    Returns
    -------
    str
        PROJ string of a Lambert azimuthal equal-area projection.
    """
    return f"+proj=laea +lat_0={lat_0} +lon_0={lon_0} +datum=WGS84 +units=m +no_defs"


METRIC_CRS = _metric_crs()


def require_storage_crs(frame: gpd.GeoDataFrame) -> None:
    """Raise `CrsError` unless a frame is in longitude and latitude on WGS84.

    OGC:CRS84, which GeoJSON readers report, has the same axis order and datum and passes. ``frame``
    may have any columns.
    """
    found = frame.crs
    if found is None or not found.equals(STORAGE_CRS, ignore_axis_order=True):
        raise CrsError(None if found is None else found.to_string(), STORAGE_CRS)
