"""Collect every fault of a boundary frame at once; raise once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import STORAGE_CRS, metric_crs_of
from geo.errors import GeometryError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

POLYGONAL = {"Polygon", "MultiPolygon"}


@dataclass(frozen=True)
class CoverageReport:
    """What is wrong with a coverage; every field is empty when nothing is.

    Attributes
    ----------
    crs
        The wrong coordinate reference system as a sentence, or "".
    unusable
        Rows without a polygon, with an invalid one, or with coordinates that are no longitude
        and latitude; one sentence each.
    duplicate, unknown, missing
        Codes, sorted.
    mismatched
        Units whose edges do not match their neighbours' (overlap, vertices that differ, or a gap
        where asked for); one sentence each, with the neighbours and the overlap in hectares.
    """

    crs: str = ""
    unusable: tuple[str, ...] = ()
    duplicate: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    mismatched: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[str, ...]:
        """Return all faults as sentences, in the order of the fields."""
        return (
            *([self.crs] if self.crs else []),
            *self.unusable,
            *(f"{code}: code occurs more than once" for code in self.duplicate),
            *(f"{code}: unknown code" for code in self.unknown),
            *(f"{code}: missing" for code in self.missing),
            *self.mismatched,
        )


def check_coverage(
    units: gpd.GeoDataFrame,
    required: Collection[str] | None = None,
    known: Collection[str] | None = None,
    gap_width: float = 0.0,
) -> CoverageReport:
    """Return every fault of a coverage of administrative units.

    Parameters
    ----------
    units
        Columns code and geometry, expected in longitude and latitude on WGS84.
    required
        Codes that must be there (None: no check).
    known
        Codes that may be there (None: those required, or no check).
    gap_width
        Gaps narrower than this many degrees count as a mismatch. With 0 a gap is taken for water,
        as `shapely.coverage_is_valid` does; official files have hairline gaps. Overlaps, and
        vertices that only one side of a shared edge has, always count.
    """
    crs = _crs_fault(units)
    codes = units["code"].astype("string").fillna("").to_numpy(dtype=object)
    unusable, usable = unusable_rows(units)
    present = {str(code) for code in codes if code}
    allowed = known if known is not None else required
    return CoverageReport(
        crs=crs,
        unusable=unusable,
        duplicate=tuple(sorted(c for c in present if int((codes == c).sum()) > 1)),
        unknown=() if allowed is None else tuple(sorted(present - set(allowed))),
        missing=() if required is None else tuple(sorted(set(required) - present)),
        mismatched=_mismatched(units[usable], gap_width),
    )


def unusable_rows(units: gpd.GeoDataFrame) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    """Return a sentence per row whose shape cannot be used, and which rows (N,) can.

    ``units`` is as for `check_coverage`; a row is named by position, the first is 1, and by code.
    """
    check_range = not _crs_fault(units)
    codes = units["code"].astype("string").fillna("").to_numpy(dtype=object)
    reasons = [_row_fault(g, check_range) for g in units.geometry.to_numpy()]
    told = tuple(
        f"row {i + 1} ({code or 'no code'}): {reason}"
        for i, (code, reason) in enumerate(zip(codes, reasons, strict=True))
        if reason
    )
    return told, np.array([not reason for reason in reasons], dtype=bool)


def require_coverage(
    units: gpd.GeoDataFrame,
    required: Collection[str] | None = None,
    known: Collection[str] | None = None,
) -> None:
    """Raise `GeometryError` with all faults unless a coverage has none.

    ``units`` and the rest are as for `check_coverage`.
    """
    faults = check_coverage(units, required, known).faults
    if faults:
        raise GeometryError(faults)


def _crs_fault(units: gpd.GeoDataFrame) -> str:
    if units.crs is None:
        return f"no coordinate reference system, expected {STORAGE_CRS}"
    if not units.crs.equals(STORAGE_CRS, ignore_axis_order=True):
        return f"coordinate reference system {units.crs.to_string()}, expected {STORAGE_CRS}"
    return ""


def _row_fault(geometry: BaseGeometry | None, check_range: bool) -> str:
    """Return why a row cannot be used, or ""."""
    if geometry is None:
        return "no geometry"
    if geometry.is_empty:
        return "empty geometry"
    if geometry.geom_type not in POLYGONAL:
        return f"{geometry.geom_type}, expected a polygon"
    if not geometry.is_valid:
        return f"invalid geometry: {shapely.is_valid_reason(geometry)}"
    west, south, east, north = geometry.bounds
    if check_range and (west < -180 or east > 180 or south < -90 or north > 90):
        return f"bounds {geometry.bounds}, not longitude and latitude"
    return ""


def _mismatched(units: gpd.GeoDataFrame, gap_width: float) -> tuple[str, ...]:
    geometry: NDArray[np.object_] = units.geometry.to_numpy()
    edges = shapely.coverage_invalid_edges(geometry, gap_width)
    bad = np.flatnonzero(~shapely.is_empty(edges))
    if not bad.size:
        return ()
    codes = units["code"].to_numpy(dtype=object)
    metric = geometry
    if units.crs is not None:
        metric = units.geometry.to_crs(metric_crs_of(units)).to_numpy()
    tree = shapely.STRtree(geometry)
    sentences = []
    for i in bad:
        near = tree.query(edges[i], predicate="dwithin", distance=gap_width)
        others = sorted(int(j) for j in np.intersect1d(near, bad) if j != i)
        area = sum(shapely.area(shapely.intersection(metric[i], metric[j])) for j in others)
        names = ", ".join(str(codes[j]) for j in others)
        shared = "" if units.crs is None else f" (overlap {area / 1e4:.2f} ha)"
        sentences.append(f"{codes[i]}: edges do not match {names}{shared}")
    return tuple(sentences)
