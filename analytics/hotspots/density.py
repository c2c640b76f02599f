"""Kernel density of events on land: what falls on the sea is given back to the land near by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.boundaries.grid import grid_over
from geo.crs import STORAGE_CRS, metric_crs_of, require_storage_crs
from geo.errors import ParameterError

if TYPE_CHECKING:
    import geopandas as gpd

Floats = npt.NDArray[np.float64]

KERNELS = ("quartic", "gaussian")
FINE = ("tps", "desa")
"""Values of ``location_precision`` fine enough for a density."""

GAUSSIAN_REACH = 4.0
"""Standard deviations at which the Gaussian kernel is cut."""

QUARTIC_PER_SD = np.sqrt(8)
"""Radius of the quartic kernel whose spread along an axis is 1: its variance is radius^2 / 8."""

MAX_CELLS = 1_000_000
COLUMNS = ["x_m", "y_m", "land_km2", "density_per_km2", "bandwidth_km", "geometry"]


@dataclass(frozen=True)
class DensityParams:
    """How to smooth.

    Attributes
    ----------
    kernel
        ``quartic`` (zero from the bandwidth on) or ``gaussian`` (bandwidth = standard deviation,
        cut at four).
    bandwidth_km
        0.1 to 200; None: Scott's rule, at least ``floor_km``.
    floor_km
        0.1 to 200: smallest bandwidth of the rule. Events stand at the point of their desa, and
        the mean desa has the area of a circle of 3.7 km: with less, the map would show the points
        of desa rather than the events.
    cell_m
        100 to 10,000: side of a cell, at most half the bandwidth.
    """

    kernel: Literal["quartic", "gaussian"] = "quartic"
    bandwidth_km: float | None = None
    floor_km: float = 4.0
    cell_m: float = 1000.0

    def __post_init__(self) -> None:
        if self.kernel not in KERNELS:
            raise ParameterError("kernel", self.kernel, "one of " + ", ".join(KERNELS))
        if self.bandwidth_km is not None and not 0.1 <= self.bandwidth_km <= 200:
            raise ParameterError("bandwidth_km", self.bandwidth_km, "0.1 to 200 or none")
        if not 0.1 <= self.floor_km <= 200:
            raise ParameterError("floor_km", self.floor_km, "0.1 to 200")
        if not 100 <= self.cell_m <= 10_000:
            raise ParameterError("cell_m", self.cell_m, "100 to 10000")


@dataclass(frozen=True, eq=False)
class DensityResult:
    """A density and what it rests on.

    Attributes
    ----------
    cells
        One row per cell that holds land and a density above 0: centre ``x_m``, ``y_m`` in the
        metric projection of the land, ``land_km2`` of the cell, ``density_per_km2`` (events per
        square kilometre of land), ``bandwidth_km``, ``geometry`` (the whole cell, EPSG:4326).
        The sum of density x land is the total weight of the events used.
    bandwidth_km
        Bandwidth in use.
    rule
        ``given``, ``scott`` or ``floor``: where it comes from.
    used, coarse
        Events used, and left out because their place is coarser than a desa; the others have no
        land within reach.
    params
        The parameters.
    """

    cells: gpd.GeoDataFrame = field(repr=False)
    bandwidth_km: float
    rule: Literal["given", "scott", "floor"]
    used: int
    coarse: int
    params: DensityParams


def kernel_density(
    events: gpd.GeoDataFrame,
    land: gpd.GeoSeries,
    params: DensityParams | None = None,
    weights: pd.Series | None = None,
) -> DensityResult:
    """Return the density of events over land.

    The kernel of each event is scaled so that what it gives to land sums to the event: near a
    coast nothing is lost to the sea. It reaches across water as the crow flies.

    Parameters
    ----------
    events
        Points in EPSG:4326 with ``location_precision``; those coarser than desa are left out.
    land
        Polygons in EPSG:4326 that do not overlap (units of one level).
    params
        None for the defaults.
    weights
        Weight of each event on the index of ``events``, above 0; None counts each as 1.

    Raises
    ------
    CrsError
        When events or land are not in EPSG:4326.
    ParameterError
        No event of desa precision within reach of land, no land, a bandwidth of less than two
        cells, more than `MAX_CELLS` cells, a weight that is not above 0.
    """
    params = params or DensityParams()
    require_storage_crs(events)
    require_storage_crs(land)
    fine = events["location_precision"].isin(list(FINE)) & ~events.geometry.is_empty
    points = events[fine & events.geometry.notna()].geometry
    if points.empty:
        raise ParameterError("events", 0, "at least 1 event known to the desa")
    centres, land_km2 = land_cells(land, params.cell_m)
    crs = metric_crs_of(land)
    points = points.to_crs(crs)
    xy = np.column_stack([points.x.to_numpy(), points.y.to_numpy()]).astype(np.float64)
    mass = _weights(weights, points.index)
    bandwidth_km, rule = _bandwidth(xy, params)
    if bandwidth_km * 1000 < 2 * params.cell_m:
        raise ParameterError("bandwidth_km", bandwidth_km, f"at least {2 * params.cell_m / 1000:g}")
    density, placed = _spread(xy, mass, centres, land_km2, bandwidth_km, params.kernel)
    if not placed.any():
        raise ParameterError("events", len(points), "at least 1 event within reach of land")
    return DensityResult(
        cells=_frame(centres, land_km2, density, bandwidth_km, params.cell_m, crs),
        bandwidth_km=bandwidth_km,
        rule=rule,
        used=int(placed.sum()),
        coarse=len(events) - len(points),
        params=params,
    )


def land_cells(land: gpd.GeoSeries, cell_m: float) -> tuple[Floats, Floats]:
    """Return the cells of a metric grid that hold land.

    Parameters
    ----------
    land
        Polygons in EPSG:4326 that do not overlap.
    cell_m
        Side of a cell in metres.

    Returns
    -------
    tuple
        Centres, shape (m, 2), metres in the metric projection of the land, and the land of each
        cell in square kilometres, above 0. The land adds up to the area of the polygons: the
        smallest islet counts.

    Raises
    ------
    ParameterError
        For no land, or more than `MAX_CELLS` cells.
    """
    known = land[land.notna() & ~land.is_empty]
    parts = known.to_crs(metric_crs_of(known)).to_numpy() if len(known) else known.to_numpy()
    parts = shapely.get_parts(parts)
    parts = parts[shapely.area(parts) > 0]
    if not len(parts):
        raise ParameterError("land", 0, "at least 1 polygon")
    grid = grid_over(shapely.bounds(parts), cell_m, margin_cells=1)
    if grid.rows * grid.columns > MAX_CELLS:
        raise ParameterError("cell_m", cell_m, f"a grid of at most {MAX_CELLS} cells")
    row, column = np.divmod(np.arange(grid.rows * grid.columns), grid.columns)
    centres = np.column_stack(
        [grid.west + (column + 0.5) * cell_m, grid.north - (row + 0.5) * cell_m]
    )
    boxes = _boxes(centres, cell_m)
    tree = shapely.STRtree(parts)
    cell, part = tree.query(boxes, predicate="intersects")
    whole = np.unique(tree.query(boxes, predicate="covered_by")[0])
    rim = ~np.isin(cell, whole)
    shapely.prepare(parts)
    cut = shapely.area(shapely.intersection(boxes[cell[rim]], parts[part[rim]]))
    area = np.bincount(cell[rim], weights=cut, minlength=len(boxes))
    area[whole] = cell_m**2
    land_km2 = area / 1e6
    has_land = land_km2 > 0
    return centres[has_land], land_km2[has_land]


def _boxes(centres: Floats, cell_m: float) -> npt.NDArray[np.object_]:
    x, y = centres.T
    half = cell_m / 2
    return np.asarray(shapely.box(x - half, y - half, x + half, y + half), dtype=object)


def _points(xy: Floats) -> npt.NDArray[np.object_]:
    return np.asarray(shapely.points(xy), dtype=object)


def _height(squared: Floats, kernel: str) -> Floats:
    """Return the kernel, not scaled, at squared distances in bandwidths."""
    if kernel == "gaussian":
        return np.exp(-squared / 2)
    return np.maximum(1 - squared, 0) ** 2


def _weights(weights: pd.Series | None, index: pd.Index) -> Floats:
    if weights is None:
        return np.ones(len(index))
    found = weights.reindex(index)
    bad = ~(found > 0) | ~np.isfinite(found.astype("float64"))
    if bad.any():
        at = index[bad.to_numpy(dtype=bool)][0]
        raise ParameterError("weights", (str(at), found[at]), "above 0 for every event")
    return found.to_numpy(dtype="float64")


def _bandwidth(
    xy: Floats, params: DensityParams
) -> tuple[float, Literal["given", "scott", "floor"]]:
    """Return the bandwidth in kilometres and where it comes from.

    Scott's rule in two dimensions is ``sd * n^(-1/6)`` (Scott 1992, "Multivariate Density
    Estimation", equation 6.42), with the mean variance of both axes; the quartic kernel gets the
    radius of the same spread.
    """
    if params.bandwidth_km is not None:
        return params.bandwidth_km, "given"
    n = len(xy)
    sd_km = float(np.sqrt(xy.var(axis=0, ddof=1).mean())) / 1000 if n > 1 else 0.0
    scott = sd_km * n ** (-1 / 6)
    if params.kernel == "quartic":
        scott *= float(QUARTIC_PER_SD)
    return (scott, "scott") if scott > params.floor_km else (params.floor_km, "floor")


def _spread(
    xy: Floats, mass: Floats, centres: Floats, land_km2: Floats, bandwidth_km: float, kernel: str
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return density per cell, and which events found land within reach."""
    width = bandwidth_km * 1000
    reach = width * (GAUSSIAN_REACH if kernel == "gaussian" else 1.0)
    places, which = np.unique(xy, axis=0, return_inverse=True)
    which = which.ravel()
    total = np.bincount(which, weights=mass)
    tree = shapely.STRtree(_points(centres))
    density, placed = np.zeros(len(centres)), np.zeros(len(places), dtype=np.bool_)
    for i, (place, point) in enumerate(zip(places, _points(places), strict=True)):
        near = np.sort(tree.query(point, predicate="dwithin", distance=reach))
        squared = ((centres[near] - place) ** 2).sum(axis=1) / width**2
        height = _height(squared, kernel)
        on_land = float((height * land_km2[near]).sum())
        if on_land > 0:
            density[near] += total[i] * height / on_land
            placed[i] = True
    return density, placed[which]


def _frame(
    centres: Floats, land_km2: Floats, density: Floats, bandwidth_km: float, cell_m: float, crs: str
) -> gpd.GeoDataFrame:
    import geopandas as gpd

    keep = density > 0
    columns = {
        "x_m": centres[keep, 0],
        "y_m": centres[keep, 1],
        "land_km2": land_km2[keep],
        "density_per_km2": density[keep],
        "bandwidth_km": bandwidth_km,
    }
    boxes = gpd.GeoSeries(_boxes(centres[keep], cell_m), crs=crs).to_crs(STORAGE_CRS)
    return gpd.GeoDataFrame(columns, geometry=boxes, crs=STORAGE_CRS)[COLUMNS]
