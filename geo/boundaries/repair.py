"""Make a coverage of units whose edges miss each other by a little, and tell what that changed.

`shapely.coverage_clean` (GEOS 3.14) does it: it nodes all edges together, so that nothing is moved
by more than a hair, gives each overlap to one of its units and each narrow gap to a neighbour.
An overlap goes to the smaller unit, of which the same hectares are the larger share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from shapely import GEOSException

from geo.crs import metric_crs_of
from geo.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

USUAL_HA = 3.0
USUAL_SHARE = 0.03
USUAL_WIDTH_M = 600.0
"""What a unit may be changed without being asked: hectares, or this share of its own area where
that is more, in slivers no wider than this. Levels of Kemendagri that were simplified one polygon
at a time miss each other by up to 550 m; a unit drawn twice, or in the wrong place, is wider."""
GAP_M = 20.0
"""A gap narrower than this between units is a fault of drawing and no water."""
_METRES_PER_DEGREE = 111_320.0
_TOLD_HA = 0.005
_WIDTH_FROM_HA = 3.0


@dataclass(frozen=True, eq=False)
class Repair:
    """A coverage after its repair.

    Attributes
    ----------
    units
        The frame with its new shapes; the old ones where there was nothing to repair, or too much.
    changed_ha
        Hectares that changed by code: lost and won together; none below 0.01.
    faults
        One sentence per unit that would change by more than the tolerance.
    """

    units: gpd.GeoDataFrame
    changed_ha: Mapping[str, float]
    faults: Sequence[str] = ()


def repair_coverage(units: gpd.GeoDataFrame, tolerance_ha: float | None = None) -> Repair:
    """Close overlaps and narrow gaps between units, up to a tolerance.

    Parameters
    ----------
    units
        Columns ``code`` and valid polygons in EPSG:4326, one row per unit.
    tolerance_ha
        Hectares that a unit may change by, at least 0. None: `USUAL_HA` or `USUAL_SHARE` of the
        unit, whichever is more, in slivers no wider than `USUAL_WIDTH_M`.

    Raises
    ------
    ParameterError
        For a tolerance below 0.
    """
    if tolerance_ha is not None and not tolerance_ha >= 0:
        raise ParameterError("tolerance_ha", tolerance_ha, "0 or more")
    old = units.geometry.to_numpy()
    gap = GAP_M / _METRES_PER_DEGREE
    if not len(old) or shapely.coverage_is_valid(old, gap):
        return Repair(units, {})
    try:
        with np.errstate(invalid="ignore"):
            clean = shapely.coverage_clean  # type: ignore[attr-defined]
            new = clean(old, gap_width=gap, merge_strategy="min_area")
    except GEOSException as err:
        return Repair(units, {}, (f"edges cannot be matched: {err}",))
    crs = metric_crs_of(units)
    # The difference is taken in degrees: a border with one more vertex is the same border there.
    pieces = gpd.GeoSeries(shapely.symmetric_difference(old, new), crs=units.crs)
    pieces = pieces.to_crs(crs).to_numpy()
    changed = shapely.area(pieces) / 1e4
    area = shapely.area(units.geometry.to_crs(crs).to_numpy()) / 1e4
    codes = [str(code) for code in units["code"]]
    faults = _beyond(codes, pieces, changed, area, tolerance_ha)
    sound = shapely.coverage_is_valid(new) and shapely.is_valid(new).all()
    if not sound or shapely.is_empty(new).any():
        faults = faults or ("edges cannot be matched",)
    if faults:
        return Repair(units, {}, faults)
    told = {code: round(float(ha), 2) for code, ha in zip(codes, changed, strict=True)}
    told = {code: ha for code, ha in told.items() if ha > _TOLD_HA}
    return Repair(units.set_geometry(new, crs=units.crs), dict(sorted(told.items())))


def _beyond(
    codes: Sequence[str],
    pieces: NDArray[np.object_],
    changed: NDArray[np.float64],
    area: NDArray[np.float64],
    tolerance_ha: float | None,
) -> tuple[str, ...]:
    """Return a sentence per unit that would change by more hectares, or wider, than it may."""
    faults = []
    for code, piece, ha, own in zip(codes, pieces, changed, area, strict=True):
        allowed = max(USUAL_HA, USUAL_SHARE * own) if tolerance_ha is None else tolerance_ha
        words = f"{code}: {ha:.2f} ha ({ha / own:.2%} of it) would change to match its neighbours"
        if ha > allowed + _TOLD_HA:
            faults.append(f"{words}, at most {allowed:.2f} ha may")
        elif tolerance_ha is None and (width := _width(piece)) > USUAL_WIDTH_M:
            faults.append(f"{words}, {width:.0f} m wide; at most {USUAL_WIDTH_M:.0f} m may be")
    return tuple(faults)


def _width(piece: shapely.Geometry) -> float:
    """Return the width in metres of the widest part of a piece; small parts are not looked at."""
    parts = shapely.get_parts(piece)
    wide = parts[shapely.area(parts) > _WIDTH_FROM_HA * 1e4]
    circles = [shapely.maximum_inscribed_circle(part, tolerance=1.0) for part in wide]
    return max((2 * float(shapely.length(circle)) for circle in circles), default=0.0)
