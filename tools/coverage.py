"""A generalised coverage of administrative units, decided cell by cell from two vintages.

The first vintage has the codes, so it says which unit a cell belongs to. The second says where
land ends: it moves the coast where the two differ by more than a band, adds islands the first
lacks and closes gaps between units. Islands that only the first has are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geo.boundaries.grid import Grid, burn, grid_over, grow, polygonise, regions, to_storage
from geo.errors import CodeError, CrsError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class CoverageParams:
    """How coarse the coverage is. Areas in hectares, lengths in metres.

    Attributes
    ----------
    cell_m
        Side of a grid cell, above 0.
    tolerance_m
        Simplification: square root of the area of the triangles that are removed, at least 0.
    coast_band_m
        Where the two coasts lie within this distance the first vintage's stands, at least 0.
    hole_ha
        Water enclosed by land up to this size is filled, at least 0.
    speck_ha
        A part of a unit up to this size with land beside it goes to its neighbour, at least 0.
        Islets stay: dropping those of one or two cells saves 1 % of the file and loses named ones.
    decimals
        Decimals of longitude and latitude, 4 to 8 (5 is about a metre).
    """

    cell_m: float = 30.0
    tolerance_m: float = 60.0
    coast_band_m: float = 90.0
    hole_ha: float = 2.0
    speck_ha: float = 1.0
    decimals: int = 5

    def __post_init__(self) -> None:
        if not self.cell_m > 0:
            raise ParameterError("cell_m", self.cell_m, "above 0")
        for name in ("tolerance_m", "coast_band_m", "hole_ha", "speck_ha"):
            if not getattr(self, name) >= 0:
                raise ParameterError(name, getattr(self, name), "at least 0")
        if not 4 <= self.decimals <= 8:
            raise ParameterError("decimals", self.decimals, "4 to 8")

    def cells(self, hectares: float) -> float:
        """Return an area as a number of cells."""
        return hectares * 1e4 / self.cell_m**2


@dataclass(frozen=True)
class Decision:
    """What each cell became and why.

    Attributes
    ----------
    labels
        Row of the first vintage plus 1, or 0 for water.
    cells
        Number of cells per reason; the reasons exclude one another.
    """

    labels: NDArray[np.int16]
    cells: Mapping[str, int]


@dataclass(frozen=True)
class Coverage:
    """A built coverage and how it came about.

    Attributes
    ----------
    units
        Columns code, geometry; in `STORAGE_CRS`, coordinates rounded.
    grid
        The grid on which cells were decided.
    area_km2
        Square kilometres of cells per reason.
    strays
        One sentence per part that was dropped as an error of the first vintage.
    """

    units: gpd.GeoDataFrame
    grid: Grid
    area_km2: Mapping[str, float]
    strays: tuple[str, ...]


def drop_strays(
    units: gpd.GeoDataFrame, max_area_ha: float = 1.0, min_distance_km: float = 100.0
) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Drop small parts that lie very far from the rest of their unit: errors of a source.

    Parameters
    ----------
    units
        Columns code and geometry, in a metric projection.
    max_area_ha, min_distance_km
        A part is dropped when it is no larger than the one and no nearer than the other to the
        largest part of its unit.

    Returns
    -------
    tuple
        The frame without the strays (same index) and one sentence per dropped part.
    """
    kept = units.copy()
    notes: list[str] = []
    for i, (code, geometry) in enumerate(zip(units["code"], units.geometry, strict=True)):
        parts = shapely.get_parts(geometry)
        area_ha = shapely.area(parts) / 1e4
        far_km = shapely.distance(parts, parts[area_ha.argmax()]) / 1e3
        stray = (area_ha <= max_area_ha) & (far_km >= min_distance_km)
        if stray.any():
            kept.iloc[i, kept.columns.get_loc("geometry")] = shapely.multipolygons(parts[~stray])
            notes += [
                f"{code}: {a:.2f} ha, {d:.0f} km from the rest"
                for a, d in zip(area_ha[stray], far_km[stray], strict=True)
            ]
    return kept, notes


def _differs(
    own: NDArray[np.bool_], other: NDArray[np.bool_], band_cells: int
) -> NDArray[np.bool_]:
    """Return the cells of own land, not of the other's, in patches that leave the coast band.

    A patch is the cells further than the band from the other's land, with those within the band
    that join them to it; a strip that stays within the band is no difference.
    """
    only = own & ~other
    near = grow(other.astype(np.int16), only, band_cells) > 0
    far = only & ~near
    return grow(far.astype(np.int16), only, band_cells) > 0


def decide(
    first: NDArray[np.int16],
    second: NDArray[np.int16],
    second_to_first: NDArray[np.int16],
    band_cells: int = 0,
) -> Decision:
    """Decide each cell of two vintages on one grid.

    Parameters
    ----------
    first, second
        Labels of the two vintages, same shape, 0 for water.
    second_to_first
        Label of the first vintage for each label of the second; entry 0 is 0.
    band_cells
        Coasts within this many cells of each other count as the same, at least 0.

    Returns
    -------
    Decision
        In this order: where both have land, the first's unit. Land of the first alone stays,
        unless it leaves the coast band and is joined to land of both (then the second's sea
        stands); an island of the first alone always stays. Land of the second alone that leaves
        the band is added: joined to a unit it is that unit's, nearest over land; an island of
        the second alone goes to the unit that its code stands for.
    """
    if first.shape != second.shape:
        raise ParameterError("second", second.shape, f"the shape of first, {first.shape}")
    land, other = first > 0, second > 0
    joined = grow((land & other).astype(np.int16), land) > 0
    sea = joined & _differs(land, other, band_cells)
    added = _differs(other, land, band_cells)
    labels = np.where(sea, 0, first).astype(np.int16)
    grown = grow(labels, added)
    island = added & (grown == 0)
    grown[island] = second_to_first[second[island]]
    alone = land & ~other
    reasons = {
        "both": land & other,
        "first_only_coast_kept": alone & joined & ~sea,
        "first_only_island_kept": alone & ~joined,
        "first_only_made_sea": sea,
        "second_only_added": added & ~island,
        "second_only_island_added": island,
        "second_only_left_sea": other & ~land & ~added,
    }
    return Decision(grown, {name: int(mask.sum()) for name, mask in reasons.items()})


def fill_holes(labels: NDArray[np.int16], grid: Grid, max_cells: float) -> NDArray[np.int16]:
    """Give water of at most `max_cells` cells that land encloses to the nearest unit."""
    water = labels == 0
    polygons, _ = regions(water.astype(np.int16), water, grid)
    small = polygons[_cells(polygons, grid) <= max_cells]
    return grow(labels, burn(small, grid) > 0)


def absorb_specks(labels: NDArray[np.int16], grid: Grid, max_cells: float) -> NDArray[np.int16]:
    """Give parts of at most `max_cells` cells to the land beside them.

    A unit keeps its largest part, whatever its size, and an islet with no land beside it stays.
    """
    polygons, values = regions(labels, labels > 0, grid)
    cells = _cells(polygons, grid)
    largest = np.zeros(int(labels.max()) + 1)
    np.maximum.at(largest, values, cells)
    is_speck = (cells <= max_cells) & (cells < largest[values])
    specks = burn(polygons[is_speck], grid) > 0
    grown = grow(np.where(specks, 0, labels).astype(np.int16), specks)
    return np.where(grown == 0, labels, grown).astype(np.int16)


def build_coverage(
    first: gpd.GeoDataFrame,
    second: gpd.GeoDataFrame,
    code_of_second: Mapping[str, str],
    params: CoverageParams,
) -> Coverage:
    """Build the generalised coverage of the lowest level from two vintages.

    Parameters
    ----------
    first, second
        Columns code and geometry, both in one projection in metres, codes unique. Small
        overlaps and gaps inside a vintage are allowed.
    code_of_second
        Code of the first vintage for each code of the second.
    params
        Cell, tolerance and thresholds.

    Raises
    ------
    CrsError
        If a frame is not in a projection in metres, or not in that of the first.
    CodeError
        If a code of the second vintage stands for no unit of the first.
    GeometryError
        If a unit would vanish.
    """
    for frame in (first, second):
        if frame.crs is None or not frame.crs.is_projected or not frame.crs.equals(first.crs):
            found = None if frame.crs is None else frame.crs.to_string()
            raise CrsError(found, "one metric projection for both vintages")
    clean, strays = drop_strays(first)
    codes = [str(code) for code in clean["code"]]
    lookup = _labels_of_second(codes, second["code"], code_of_second)
    grid = grid_over(np.vstack([clean.total_bounds, second.total_bounds]), params.cell_m)
    decision = decide(
        burn(clean.geometry.to_numpy(), grid),
        burn(second.geometry.to_numpy(), grid),
        lookup,
        round(params.coast_band_m / params.cell_m),
    )
    filled = fill_holes(decision.labels, grid, params.cells(params.hole_ha))
    labels = absorb_specks(filled, grid, params.cells(params.speck_ha))
    cells = dict(decision.cells)
    cells["holes_filled"] = int(((decision.labels == 0) & (filled > 0)).sum())
    cells["specks_moved"] = int((filled != labels).sum())
    polygons = polygonise(labels, codes, grid, params.tolerance_m, first.crs)
    units = to_storage(polygons, params.decimals)
    km2 = {name: round(count * grid.cell_km2, 4) for name, count in cells.items()}
    return Coverage(units=units, grid=grid, area_km2=km2, strays=tuple(strays))


def _cells(polygons: NDArray[np.object_], grid: Grid) -> NDArray[np.float64]:
    """Return the number of cells in each polygon of cell outlines."""
    counts: NDArray[np.float64] = np.rint(shapely.area(polygons) / grid.cell_m**2)
    return counts


def _labels_of_second(
    codes: Sequence[str], second: Iterable[str], code_of_second: Mapping[str, str]
) -> NDArray[np.int16]:
    position = {code: i + 1 for i, code in enumerate(codes)}
    labels = [0]
    for code in second:
        label = position.get(code_of_second.get(code, ""))
        if label is None:
            raise CodeError(code, "a code of the second vintage that stands for a unit")
        labels.append(label)
    return np.array(labels, dtype=np.int16)
