"""Where land ends: islands, the coast of a unit, and the point of it nearest to a place.

Everything here is in metres, in the metric CRS of the province.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.crs import metric_crs_of, require_storage_crs
from geo.errors import GeometryError

if TYPE_CHECKING:
    import geopandas as gpd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
AT_SEA = -1
_NEAREST_M = 3000.0
"""A point this far off every island still belongs to the nearest: generalised coasts move."""


@dataclass(frozen=True, eq=False)
class Land:
    """The land of a coverage, one polygon per island, largest first.

    Attributes
    ----------
    islands
        Polygons in metres.
    whole
        All of them as one geometry, prepared for tests.
    crs
        The metric projection they are in.
    """

    islands: npt.NDArray[Any]
    whole: Any
    crs: str

    @classmethod
    def of(cls, shapes: gpd.GeoDataFrame, crs: str | None = None) -> Land:
        """Return the land of ``shapes``, a coverage in EPSG:4326.

        Parameters
        ----------
        shapes
            The coverage, one row per unit; only the geometry column is read.
        crs
            The metric projection; None for the one around the coverage.

        Raises
        ------
        CrsError
            When the coverage has another CRS or none.
        """
        require_storage_crs(shapes)
        crs = crs or metric_crs_of(shapes)
        units = shapes.geometry.to_crs(crs).to_numpy()
        # Units that share their borders exactly are joined in a tenth of the time.
        exact = shapely.coverage_is_valid(units)
        whole = shapely.coverage_union_all(units) if exact else shapely.union_all(units)
        islands = shapely.get_parts(whole)
        order = np.argsort(-shapely.area(islands), kind="stable")
        shapely.prepare(whole)
        return cls(islands[order], whole, crs)

    def island_of(self, xy: Floats, nearest_m: float = _NEAREST_M) -> Ints:
        """Return the position in ``islands`` of each point, `AT_SEA` off every island.

        Parameters
        ----------
        xy
            Shape (n, 2), metres.
        nearest_m
            How far off the land a point may lie and still belong to it.
        """
        points = np.atleast_1d(np.asarray(shapely.points(xy), dtype=object))
        found = np.full(len(points), AT_SEA, dtype=np.int64)
        tree = shapely.STRtree(self.islands)
        if len(points):
            which, where = tree.query_nearest(points, max_distance=nearest_m, all_matches=False)
            found[which] = where
        return found

    def water_m(self, lines: npt.NDArray[Any]) -> Floats:
        """Return the metres of each of ``lines``, (N,) in `crs`, that lie off the land."""
        water = np.zeros(len(lines))
        out = ~shapely.covers(self.whole, lines)
        dry = shapely.length(shapely.intersection(lines[out], self.whole))
        water[out] = shapely.length(lines[out]) - dry
        return water


def coast_of(unit: Any, land: Land, island: int | None = None) -> Any:
    """Return the part of a unit's outline that is coast, as lines; empty when it is land-locked.

    Parameters
    ----------
    unit
        Polygon of the coverage that ``land`` was made of, in metres.
    land
        The land.
    island
        Position of the one island that counts; None: all of them.
    """
    ground = land.whole if island is None else land.islands[island]
    touching = shapely.intersection(shapely.boundary(unit), shapely.boundary(ground))
    parts = shapely.get_parts(touching)
    lines = [part for part in parts if part.geom_type == "LineString"]
    return shapely.multilinestrings(lines) if lines else shapely.MultiLineString()


def is_landlocked(unit: Any, land: Land) -> bool:
    """Return whether a unit has no coast at all."""
    return bool(coast_of(unit, land).is_empty)


def nearest_coast(
    unit: Any, land: Land, toward: Sequence[float], seat: Sequence[float] | None = None
) -> tuple[float, float]:
    """Return the point of a unit's coast nearest to a place.

    Parameters
    ----------
    unit, land
        As in `coast_of`.
    toward
        x and y in metres of the place.
    seat
        x and y of a point of the unit: only the coast of the island under it counts, so that an
        islet of a mainland desa is not taken for its shore. None: every coast.

    Raises
    ------
    GeometryError
        When the unit is land-locked (on that island).
    """
    island = None if seat is None else int(land.island_of(np.array([seat], dtype=np.float64))[0])
    coast = coast_of(unit, land, island)
    if coast.is_empty:
        raise GeometryError(["land-locked, expected a unit with a coast"])
    point = shapely.shortest_line(coast, shapely.Point(*toward)).coords[0]
    return float(point[0]), float(point[1])
