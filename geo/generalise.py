"""From labelled cells to a simplified coverage, and from one level to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.crs import METRIC_CRS, STORAGE_CRS, require_storage_crs
from geo.errors import GeometryError, ParameterError
from geo.grid import Grid, regions

if TYPE_CHECKING:
    from numpy.typing import NDArray


def polygonise(
    labels: NDArray[np.int16], codes: Sequence[str], grid: Grid, tolerance_m: float
) -> gpd.GeoDataFrame:
    """Return one simplified polygon or multipolygon per code, edges shared exactly.

    Parameters
    ----------
    labels
        0 for water, i + 1 for `codes[i]`.
    codes
        Unique unit codes.
    tolerance_m
        Square root of the area of the triangles removed (Visvalingam-Whyatt), at least 0.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns code, geometry; in `METRIC_CRS`; in the order of the codes.

    Raises
    ------
    GeometryError
        If a code has no cell: the unit would vanish.
    """
    if not tolerance_m >= 0:
        raise ParameterError("tolerance_m", tolerance_m, "at least 0")
    polygons, values = regions(labels, labels > 0, grid)
    # Cell outlines meet in T-junctions where one side has a corner and the other a straight edge;
    # with a vertex at every cell both sides have the same vertices and form a coverage.
    polygons = shapely.segmentize(polygons, grid.cell_m)
    lost = [code for i, code in enumerate(codes) if not (values == i + 1).any()]
    if lost:
        raise GeometryError([f"{code}: no cell left" for code in lost])
    merged = [shapely.multipolygons(polygons[values == i + 1]) for i in range(len(codes))]
    simple = shapely.coverage_simplify(np.array(merged, dtype=object), tolerance_m)
    return gpd.GeoDataFrame({"code": list(codes)}, geometry=_plain(simple), crs=METRIC_CRS)


def to_storage(units: gpd.GeoDataFrame, decimals: int) -> gpd.GeoDataFrame:
    """Return the frame in longitude and latitude with rounded coordinates.

    Rounding moves a shared vertex the same way on both sides, so neighbours still meet.
    """
    stored = units.to_crs(STORAGE_CRS)
    rounded = shapely.transform(stored.geometry.to_numpy(), lambda xy: np.round(xy, decimals))
    return stored.set_geometry(gpd.GeoSeries(rounded, index=stored.index, crs=STORAGE_CRS))


def dissolve_to_parents(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the parents of dotted codes, each the exact union of its units.

    Parameters
    ----------
    units
        Columns code (19.01.04.2004 has the parent 19.01.04) and geometry, a valid coverage.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns code, geometry; same CRS; ordered by code. No vertex is added or moved.
    """
    parent = units["code"].str.rsplit(".", n=1).str[0]
    codes = sorted(parent.unique())
    geometry = units.geometry.to_numpy()
    merged = [shapely.coverage_union_all(geometry[(parent == code).to_numpy()]) for code in codes]
    return gpd.GeoDataFrame({"code": codes}, geometry=_plain(merged), crs=units.crs)


def with_measures(units: gpd.GeoDataFrame, decimals: int = 5) -> gpd.GeoDataFrame:
    """Add a label point and the area of each unit.

    Parameters
    ----------
    units
        Columns code, geometry in longitude and latitude.

    Returns
    -------
    geopandas.GeoDataFrame
        With lon, lat (degrees; centre of the largest circle inside the largest part) and area_km2
        (in the equal-area `METRIC_CRS`, rounded to 0.0001).
    """
    require_storage_crs(units)
    metric = units.to_crs(METRIC_CRS).geometry
    largest = [_largest(geometry) for geometry in metric]
    circles = shapely.maximum_inscribed_circle(np.array(largest, dtype=object), tolerance=5.0)
    centres = gpd.GeoSeries(shapely.get_point(circles, 0), index=units.index, crs=METRIC_CRS)
    points = centres.to_crs(STORAGE_CRS)
    return units.assign(
        lon=points.x.round(decimals),
        lat=points.y.round(decimals),
        area_km2=(metric.area / 1e6).round(4),
    )


def iou_by_code(units: gpd.GeoDataFrame, reference: gpd.GeoDataFrame) -> pd.Series[float]:
    """Return intersection over union of each code in two frames, by area in `METRIC_CRS`.

    A code that only one frame has gets 0. The result is ordered by code.
    """
    one = _metric_by_code(units)
    two = _metric_by_code(reference)
    codes = sorted(one.keys() | two.keys())
    empty = shapely.Polygon()
    first = np.array([one.get(c, empty) for c in codes], dtype=object)
    second = np.array([two.get(c, empty) for c in codes], dtype=object)
    both = shapely.area(shapely.intersection(first, second))
    either = shapely.area(shapely.union(first, second))
    return pd.Series(both / either, index=pd.Index(codes, name="code"), name="iou")


def _metric_by_code(units: gpd.GeoDataFrame) -> dict[str, BaseGeometry]:
    geometry = shapely.make_valid(units.to_crs(METRIC_CRS).geometry.to_numpy())
    return dict(zip(units["code"], geometry, strict=True))


def _largest(geometry: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(geometry)
    largest: BaseGeometry = parts[shapely.area(parts).argmax()]
    return largest


def _plain(geometries: Iterable[BaseGeometry]) -> list[BaseGeometry]:
    """Return multipolygons of one part as that part."""
    plain: list[BaseGeometry] = []
    for geometry in geometries:
        parts: list[Polygon] = list(shapely.get_parts(geometry))
        plain.append(parts[0] if len(parts) == 1 else MultiPolygon(parts))
    return plain
