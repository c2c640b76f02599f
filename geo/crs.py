"""Coordinate reference systems: one for storage, one metric for each province."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.errors import CrsError

if TYPE_CHECKING:
    import geopandas as gpd

STORAGE_CRS = "EPSG:4326"
"""Longitude and latitude on WGS84; every stored and exported geometry uses it."""

_CENTRE_STEP = 0.5


def metric_crs(lon_0: float, lat_0: float) -> str:
    """Return an equal-area projection in metres.

    Parameters
    ----------
    lon_0, lat_0
        Centre in degrees. Two degrees from it a distance is 0.015 % off.

    Returns
    -------
    str
        PROJ string of a Lambert azimuthal equal-area projection.
    """
    return f"+proj=laea +lat_0={lat_0} +lon_0={lon_0} +datum=WGS84 +units=m +no_defs"


def metric_crs_of(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> str:
    """Return the metric projection centred on what a frame covers.

    Parameters
    ----------
    frame
        Any frame or column of geometries with a CRS, at least one not empty.

    Returns
    -------
    str
        As `metric_crs`. The centre is that of the bounds to half a degree, so that all levels and
        vintages of one coverage share a projection.

    Raises
    ------
    CrsError
        When the frame has no CRS.
    """
    if frame.crs is None:
        raise CrsError(None, "a CRS")
    stored = frame if frame.crs.equals(STORAGE_CRS) else frame.to_crs(STORAGE_CRS)
    west, south, east, north = stored.total_bounds
    return metric_crs_around(west, south, east, north)


def metric_crs_around(west: float, south: float, east: float, north: float) -> str:
    """Return the metric projection around bounds as of `metric_crs_of`.

    ``west``, ``south``, ``east`` and ``north`` are degrees of EPSG:4326.
    """
    lon, lat = (
        round((low + high) / 2 / _CENTRE_STEP) * _CENTRE_STEP
        for low, high in ((west, east), (south, north))
    )
    return metric_crs(lon, lat)


def require_storage_crs(frame: gpd.GeoDataFrame) -> None:
    """Raise `CrsError` unless a frame is in longitude and latitude on WGS84.

    OGC:CRS84, which GeoJSON readers report, has the same axis order and datum and passes. ``frame``
    may have any columns.
    """
    found = frame.crs
    if found is None or not found.equals(STORAGE_CRS, ignore_axis_order=True):
        raise CrsError(None if found is None else found.to_string(), STORAGE_CRS)
