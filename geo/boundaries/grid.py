"""Boundaries on a metric grid: polygons to labelled cells and back, and from level to level.

Arrays are labels: 0 is water, i + 1 is row i of the frame they were burnt from. Row 0 of an array
is the northern edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.crs import STORAGE_CRS, metric_crs_of, require_storage_crs
from geo.errors import GeometryError, ParameterError

if TYPE_CHECKING:
    from affine import Affine
    from numpy.typing import NDArray

MAX_LABEL = np.iinfo(np.int16).max


@dataclass(frozen=True)
class Grid:
    """A north-up grid of square cells in a metric projection.

    Attributes
    ----------
    west, north
        Outer corner in metres, a whole multiple of the cell.
    cell_m
        Side of a cell in metres, above 0.
    rows, columns
        Size of the arrays that belong to the grid.
    """

    west: float
    north: float
    cell_m: float
    rows: int
    columns: int

    @property
    def shape(self) -> tuple[int, int]:
        """Return the shape of the grid's arrays."""
        return self.rows, self.columns

    @property
    def transform(self) -> Affine:
        """Return the transform from (column, row) to metres."""
        from affine import Affine

        return Affine(self.cell_m, 0.0, self.west, 0.0, -self.cell_m, self.north)

    @property
    def cell_km2(self) -> float:
        """Return the area of a cell in square kilometres."""
        return self.cell_m**2 / 1e6


def grid_over(bounds: NDArray[np.float64], cell_m: float, margin_cells: int = 2) -> Grid:
    """Return the grid that covers bounding boxes with a rim of water around them.

    Parameters
    ----------
    bounds
        Shape (n, 4): west, south, east, north in metres.
    cell_m
        Side of a cell in metres, above 0.
    margin_cells
        Empty cells on each side, at least 1, so that no land touches the rim.

    Raises
    ------
    ParameterError
        When the cell or the margin is too small.
    """
    if not cell_m > 0:
        raise ParameterError("cell_m", cell_m, "above 0")
    if margin_cells < 1:
        raise ParameterError("margin_cells", margin_cells, "at least 1")
    box = np.asarray(bounds, dtype=float).reshape(-1, 4)
    west, south = np.floor(box[:, :2].min(axis=0) / cell_m) - margin_cells
    east, north = np.ceil(box[:, 2:].max(axis=0) / cell_m) + margin_cells
    return Grid(
        west=float(west * cell_m),
        north=float(north * cell_m),
        cell_m=float(cell_m),
        rows=int(north - south),
        columns=int(east - west),
    )


def burn(geometries: NDArray[np.object_], grid: Grid) -> NDArray[np.int16]:
    """Return the label of the geometry over each cell centre (the last one where they overlap).

    A geometry that holds no cell centre, a sliver for instance, leaves no trace. ``geometries`` are
    polygons in metres, (N,).

    Raises
    ------
    ParameterError
        When there are more than `MAX_LABEL`.
    """
    from rasterio.features import rasterize

    if len(geometries) > MAX_LABEL:
        raise ParameterError("geometries", len(geometries), f"at most {MAX_LABEL}")
    if not len(geometries):
        return np.zeros(grid.shape, dtype=np.int16)
    pairs = [(geometry, i + 1) for i, geometry in enumerate(geometries)]
    burnt: NDArray[np.int16] = rasterize(
        pairs, out_shape=grid.shape, transform=grid.transform, fill=0, dtype="int16"
    )
    return burnt


def grow(
    labels: NDArray[np.int16], into: NDArray[np.bool_], max_steps: int | None = None
) -> NDArray[np.int16]:
    """Spread labels into a mask, one ring of cells per step, from whatever cell is nearest.

    Parameters
    ----------
    labels
        Of shape (rows, columns); 0 where there is nothing yet.
    into
        Of the same shape: cells that may be filled; only those whose label is 0 change.
    max_steps
        How many rings (None: until nothing changes). Cells of the mask that no label can reach
        through the mask stay 0.

    Returns
    -------
    numpy.ndarray
        A new array of that shape. Of several labels at the same step a side neighbour wins over a
        corner one,
        and north, west, east, south is the order among sides: the result does not depend on chance.
    """
    padded = np.pad(labels, 1)
    width = padded.shape[1]
    flat = padded.ravel()
    pending = np.flatnonzero(np.pad(into, 1).ravel() & (flat == 0))
    offsets = (-width, -1, 1, width, -width - 1, -width + 1, width - 1, width + 1)
    step = 0
    while pending.size and (max_steps is None or step < max_steps):
        found = np.zeros(pending.size, dtype=flat.dtype)
        for offset in offsets:
            found = np.where(found == 0, flat[pending + offset], found)
        hit = found > 0
        if not hit.any():
            break
        flat[pending[hit]] = found[hit]
        pending = pending[~hit]
        step += 1
    return padded[1:-1, 1:-1].copy()


def regions(
    values: NDArray[np.int16], mask: NDArray[np.bool_], grid: Grid
) -> tuple[NDArray[np.object_], NDArray[np.int16]]:
    """Return the side-connected regions of equal value as polygons in metres, and their values.

    The polygons follow the cell edges; together they cover the mask exactly once. ``values`` and
    ``mask`` have the shape of the grid, the results one entry per region.
    """
    from rasterio.features import shapes

    found = list(shapes(values, mask=mask, connectivity=4, transform=grid.transform))
    polygons = np.empty(len(found), dtype=object)
    for i, (outline, _) in enumerate(found):
        shell, *holes = outline["coordinates"]
        polygons[i] = shapely.Polygon(shell, holes)
    return polygons, np.array([value for _, value in found], dtype=np.int16)


if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import CRS


def polygonise(
    labels: NDArray[np.int16], codes: Sequence[str], grid: Grid, tolerance_m: float, crs: CRS | str
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
    crs
        The metric projection of the grid.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns code, geometry; in that projection; in the order of the codes.

    Raises
    ------
    GeometryError
        If a code has no cell: the unit would vanish.
    ParameterError
        When the tolerance is below 0.
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
    return gpd.GeoDataFrame({"code": list(codes)}, geometry=_plain(simple), crs=crs)


def to_storage(units: gpd.GeoDataFrame, decimals: int) -> gpd.GeoDataFrame:
    """Return ``units`` (any columns) in `STORAGE_CRS` with coordinates rounded to decimals.

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
        Columns code (99.01.04.2004 has the parent 99.01.04) and geometry, a valid coverage.

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
        (in the equal-area `metric_crs_of`, rounded to 0.0001).
    """
    require_storage_crs(units)
    crs = metric_crs_of(units)
    metric = units.to_crs(crs).geometry
    largest = [_largest(geometry) for geometry in metric]
    circles = shapely.maximum_inscribed_circle(np.array(largest, dtype=object), tolerance=5.0)
    centres = gpd.GeoSeries(shapely.get_point(circles, 0), index=units.index, crs=crs)
    points = centres.to_crs(STORAGE_CRS)
    return units.assign(
        lon=points.x.round(decimals),
        lat=points.y.round(decimals),
        area_km2=(metric.area / 1e6).round(4),
    )


def iou_by_code(units: gpd.GeoDataFrame, reference: gpd.GeoDataFrame) -> pd.Series[float]:
    """Return intersection over union of each code in two frames, by area.

    A code that only one frame has gets 0. The result is ordered by code. Both ``units`` and
    ``reference`` have the columns ``code`` and ``geometry``.
    """
    crs = metric_crs_of(units)
    one = _metric_by_code(units, crs)
    two = _metric_by_code(reference, crs)
    codes = sorted(one.keys() | two.keys())
    empty = shapely.Polygon()
    first = np.array([one.get(c, empty) for c in codes], dtype=object)
    second = np.array([two.get(c, empty) for c in codes], dtype=object)
    both = shapely.area(shapely.intersection(first, second))
    either = shapely.area(shapely.union(first, second))
    return pd.Series(both / either, index=pd.Index(codes, name="code"), name="iou")


def _metric_by_code(units: gpd.GeoDataFrame, crs: str) -> dict[str, BaseGeometry]:
    geometry = shapely.make_valid(units.to_crs(crs).geometry.to_numpy())
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
