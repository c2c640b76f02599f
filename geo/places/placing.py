"""Where reports lie: each is placed once, from its point and the unit its source names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.errors import ParameterError

REASONS = ("titik_di_luar", "di_luar_batas", "bertentangan", "kode_tak_dikenal", "tanpa_tempat")
"""Why a report stands where it does. The first is placed by its name, the others nowhere."""
_NONE, _OUTSIDE, _BEYOND, _AGAINST, _UNKNOWN, _NOWHERE = range(6)
_Texts = npt.NDArray[np.object_]
_Floats = npt.NDArray[np.float64]


class Placed(NamedTuple):
    """What placing gives, a row per report and in their order.

    Attributes
    ----------
    place_code
        Finest unit that is certain; "" where none is.
    reason
        "" where point and name agree or only one is given; else one of `REASONS`.
    """

    place_code: _Texts
    reason: _Texts


@dataclass(frozen=True, eq=False)
class Coverage:
    """The desa that points are looked up in, and the codes that a source may name.

    Parameters
    ----------
    desa_codes
        Codes of the desa, one per shape.
    shapes
        Polygons in EPSG:4326, which do not overlap. A point on a border that several share lies in
        the one that comes first.
    codes
        All units that a report may name, of any level; those of ``desa_codes`` count without
        being named here.

    Raises
    ------
    ParameterError
        When codes and shapes differ in number.
    """

    desa_codes: _Texts
    shapes: npt.NDArray[np.object_]
    codes: Collection[str] = ()
    _tree: shapely.STRtree = field(init=False, repr=False)
    _known: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.desa_codes) != len(self.shapes):
            raise ParameterError(
                "shapes", len(self.shapes), f"{len(self.desa_codes)}, one per code"
            )
        shapely.prepare(self.shapes)
        object.__setattr__(self, "_tree", shapely.STRtree(self.shapes))
        object.__setattr__(self, "_known", frozenset(self.desa_codes) | frozenset(self.codes))

    def knows(self, codes: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
        """Return whether each text is the code of a unit; "" is none.

        Parameters
        ----------
        codes
            Shape (n,): texts.
        """
        return np.fromiter((code in self._known for code in codes), dtype=bool, count=len(codes))

    def desa_at(self, lon: _Floats, lat: _Floats) -> npt.NDArray[np.int64]:
        """Return the position of the desa of each point; -1 where it lies in none.

        Parameters
        ----------
        lon, lat
            Shape (n,), degrees; what is not finite lies nowhere.
        """
        at = np.full(len(lon), -1, dtype=np.int64)
        rows = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        point, desa = self._tree.query(shapely.points(lon[rows], lat[rows]), predicate="intersects")
        # From the last to the first, so that of several the first remains.
        order = np.argsort(-desa, kind="stable")
        at[rows[point[order]]] = desa[order]
        return at


def place_reports(lon: _Floats, lat: _Floats, unit_code: _Texts, coverage: Coverage) -> Placed:
    """Place each report in the finest unit that its point and the named unit support.

    Every report comes back: one that cannot be placed has no code and the reason. A point counts
    inside the named unit only; in a desa of another unit the two contradict each other and neither
    is believed.

    Parameters
    ----------
    lon, lat
        Shape (n,), degrees; NaN where the report has no point.
    unit_code
        Shape (n,): the unit its source names, "" without one.
    coverage
        Where points lie, and which codes there are.

    Returns
    -------
    Placed
        On the order of the arguments.

    Raises
    ------
    ParameterError
        When the three differ in length.
    """
    if not len(lon) == len(lat) == len(unit_code):
        raise ParameterError("lat", len(lat), f"{len(lon)} as lon, unit_code too")
    codes, named = pd.factorize(np.asarray(unit_code, dtype=object))
    named = np.asarray(named, dtype=object)
    has_name = (named != "")[codes] if len(named) else np.zeros(len(lon), dtype=bool)
    is_known = coverage.knows(named)[codes] if len(named) else has_name
    at = coverage.desa_at(lon, lat)
    inside = at >= 0
    has_point = np.isfinite(lon) & np.isfinite(lat)
    desa = np.append(coverage.desa_codes, "")[at]
    agrees = ~has_name | ~inside
    rows = np.flatnonzero(~agrees)
    agrees[rows] = _lies_in(coverage.desa_codes, at[rows], named, codes[rows])
    place = np.where(inside & agrees, desa, np.where(inside, "", unit_code))
    reason = np.select(
        [
            has_name & ~is_known,
            ~has_name & ~has_point,
            inside & ~agrees,
            has_point & ~inside & ~has_name,
            has_point & ~inside,
        ],
        [_UNKNOWN, _NOWHERE, _AGAINST, _BEYOND, _OUTSIDE],
        _NONE,
    )
    place[reason > _OUTSIDE] = ""
    return Placed(place.astype(object), np.array(["", *REASONS], dtype=object)[reason])


def _lies_in(
    desa_codes: _Texts, at: npt.NDArray[np.int64], named: _Texts, codes: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    """Return per row whether the desa at a position is the named unit or lies in it."""
    rows, pairs = pd.factorize(at * max(1, len(named)) + codes)
    desa, name = np.divmod(pairs, max(1, len(named)))
    found = [
        inner == outer or inner.startswith(outer + ".")
        for inner, outer in zip(desa_codes[desa], named[name], strict=True)
    ]
    return np.array(found, dtype=bool)[rows]
