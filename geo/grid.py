"""Boundaries on a metric grid: burn polygons into cells, spread labels, read polygons back.

Arrays are labels: 0 is water, i + 1 is row i of the frame they were burnt from. Row 0 of an array
is the northern edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.errors import ParameterError

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

    A geometry that holds no cell centre, a sliver for instance, leaves no trace.
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
        0 where there is nothing yet.
    into
        Cells that may be filled; only those whose label is 0 change.
    max_steps
        How many rings (None: until nothing changes). Cells of the mask that no label can reach
        through the mask stay 0.

    Returns
    -------
    numpy.ndarray
        A new array. Of several labels at the same step a side neighbour wins over a corner one,
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

    The polygons follow the cell edges; together they cover the mask exactly once.
    """
    from rasterio.features import shapes

    found = list(shapes(values, mask=mask, connectivity=4, transform=grid.transform))
    polygons = np.empty(len(found), dtype=object)
    for i, (outline, _) in enumerate(found):
        shell, *holes = outline["coordinates"]
        polygons[i] = shapely.Polygon(shell, holes)
    return polygons, np.array([value for _, value in found], dtype=np.int16)
