"""Clusters of affairs in space and time: kecamatan by month of one province, one family at a time.

The scans of the pages (`analytics.hotspots.scan`): of the whole time, and of what is alive on the
day. Circles are straight distances between the points of the units.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from analytics.hotspots.scan import (
    ALIVE_DAYS,
    FEWEST_AFFAIRS,
    ScanParams,
    ScanResult,
    scan_space_time,
)
from analytics.hotspots.scan_windows import Separation, separation_km
from analytics.nation.relative import LEVELS
from analytics.nation.rows import FAMILIES, as_reports
from analytics.reports.periods import first_reports, months
from analytics.reports.places import unit_at
from geo.crs import STORAGE_CRS
from geo.errors import ParameterError

METHODS = ("ruang_waktu", "prospektif")
COLUMNS = (
    "family", "method", "cluster", "centre", "radius_km", "n_units", "period_start", "period_end",
    "observed", "expected", "relative_risk", "rr_low", "rr_high", "llr", "p", "members",
)  # fmt: skip


@dataclass(frozen=True)
class ProvinceScan:
    """How the provinces are scanned.

    Attributes
    ----------
    families
        Each is scanned by itself.
    kind
        ``kejadian`` or ``potensi``.
    level
        kecamatan or kabupaten.
    months
        2 to 120 calendar months that end with that of the day.
    replicates
        9 to 99,999 Monte Carlo replicates.
    alive_days
        1 to 3,660: longest window of what is alive on the day.
    seed
        0 or above.
    """

    families: tuple[str, ...] = FAMILIES
    kind: str = "kejadian"
    level: str = "kecamatan"
    months: int = 24
    replicates: int = 999
    alive_days: int = ALIVE_DAYS
    seed: int = 1

    def __post_init__(self) -> None:
        if not self.families or len(set(self.families)) != len(self.families):
            raise ParameterError("families", self.families, "at least one family, each once")
        if self.kind not in ("kejadian", "potensi"):
            raise ParameterError("kind", self.kind, "kejadian or potensi")
        if self.level not in LEVELS:
            raise ParameterError("level", self.level, "one of " + ", ".join(LEVELS))
        if not 2 <= self.months <= 120:
            raise ParameterError("months", self.months, "2 to 120")
        self.of_method("prospektif")

    def of_method(self, method: str) -> ScanParams:
        """Return the parameters of one of `METHODS`, checked as `ScanParams` checks them."""
        alive = method == "prospektif"
        return ScanParams(
            alive=alive,
            max_days=self.alive_days if alive else None,
            replicates=self.replicates,
            seed=self.seed,
        )


def scan_province(
    placed: pd.DataFrame, units: pd.DataFrame, as_of: dt.date, params: ProvinceScan | None = None
) -> pd.DataFrame:
    """Scan each family of a province, over the whole time and for what is alive.

    Parameters
    ----------
    placed
        As for `analytics.nation.rows.as_reports`. Reports that were not known on the day, of
        another kind, or placed more coarsely than the level are left out.
    units
        ``code``, ``level``, ``voters``, ``lon``, ``lat``: all units of the province. Those
        without voters are left out.
    as_of
        The day of knowledge, and the last one.
    params
        See `ProvinceScan`.

    Returns
    -------
    DataFrame
        `COLUMNS`: the clusters of each family and method as
        `analytics.hotspots.scan.ScanResult` describes them, the most likely first, with whatever
        p; ``members`` are codes joined by ``|``. An affair counts once, where and when it was
        first reported. A family of fewer than `FEWEST_AFFAIRS` affairs has no rows.
    """
    params = params or ProvinceScan()
    level = units[units["level"].eq(params.level) & units["voters"].gt(0)]
    level = level.set_index("code").sort_index()
    steps = _steps(as_of, params.months)
    reports = as_reports(placed[placed["kind"].eq(params.kind)])
    reports = reports[~reports["date_reported"].gt(pd.Timestamp(as_of))]
    area = unit_at(reports["unit_kejadian"], params.level)
    reports = reports.assign(area=area)[area.isin(level.index)]
    apart = separation_km(
        gpd.GeoSeries(gpd.points_from_xy(level["lon"], level["lat"]), level.index, STORAGE_CRS)
    )
    parts = [
        _rows(result, family)
        for family in params.families
        for result in _scans(
            reports[reports["family"].eq(family)], level["voters"], apart, steps, params
        )
    ]
    empty = pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)] if parts else empty


def _steps(as_of: dt.date, number: int) -> pd.DataFrame:
    """Return calendar months up to that of a day, which ends with the day."""
    first = (pd.Timestamp(as_of).to_period("M") - (number - 1)).to_timestamp().date()
    steps = months(first, as_of)
    last = pd.Timestamp(as_of)
    return steps.assign(end=steps["end"].where(steps["end"].le(last), last)).set_index("period")


def _scans(
    reports: pd.DataFrame,
    voters: pd.Series,
    apart: Separation,
    steps: pd.DataFrame,
    params: ProvinceScan,
) -> Iterator[ScanResult]:
    first = first_reports(reports, steps)
    if len(first) < FEWEST_AFFAIRS or len(voters) < 2:
        return
    at = np.searchsorted(steps["start"].to_numpy(), first["date_event"].to_numpy(), "right") - 1
    counts = pd.crosstab(first["area"], steps.index.to_numpy()[at])
    cases = counts.reindex(index=voters.index, columns=steps.index, fill_value=0)
    for method in METHODS:
        yield scan_space_time(cases, voters, apart, steps, params.of_method(method))


def _rows(result: ScanResult, family: str) -> pd.DataFrame:
    found = result.clusters.reset_index().rename(columns={"radius": "radius_km"})
    members = ["|".join(codes) for codes in found["members"]]
    return found.assign(family=family, method=result.method, members=members)
