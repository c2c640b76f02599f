"""The scan of what is alive at each month end, as the rule of clusters asks for it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd

from analytics.hotspots.recurrence import recurrence_months
from analytics.reports.selection import Selection
from geo.errors import ParameterError
from services.dataset import Dataset
from services.hotspots.analysis import AnalysisQuery, AnalysisView, analyse
from services.hotspots.scan import affairs_in
from services.memo import memo

FAMILY = "konflik"
SCANNED_LEVELS = ("kabupaten", "kecamatan")
"""Two series of scans: many a conflict is known to its kabupaten only."""
COLUMNS = [
    "scan",
    "family",
    "level",
    "centre",
    "places",
    "affairs",
    "window_start",
    "window_end",
    "observed",
    "expected",
    "p",
    "recurrence_months",
]
_NOTHING = ("reports", "steps", "periods")
"""Parameters that are refused where nothing, or too short a time, was watched yet."""


def last_month_end(as_of: date) -> date:
    """Return the last day of a month that is not after a day."""
    after = as_of + timedelta(days=1)
    return after.replace(day=1) - timedelta(days=1)


@memo(256)
def clusters_on(data: Dataset, month_end: date, replicates: int, watched_days: int) -> pd.DataFrame:
    """Return the clusters of conflict that were alive at a month end, as known then.

    Scans are made at month ends only: between two of them nothing is asked, so chance alone raises
    at most 12 over the recurrence interval a year in each of the two series.

    Parameters
    ----------
    month_end
        Day of knowledge and of the scan.
    replicates
        Of each scan, 99 to 99,999.
    watched_days
        Where the record of watching ended longer before, nothing is alive that anybody knows of.

    Returns
    -------
    DataFrame
        `COLUMNS`, as `analytics.warning.clusters.cluster_signals` takes them; empty where there is
        nothing to scan.
    """
    rows = []
    for level in SCANNED_LEVELS:
        chosen = Selection(as_of=month_end, families=(FAMILY,), kinds=("kejadian",))
        query = AnalysisQuery(chosen, "scan_prospective", level, replicates=replicates)
        try:
            view = analyse(data, query)
        except ParameterError as error:
            if error.name not in _NOTHING:
                raise
            continue
        if view.reason or (pd.Timestamp(month_end) - view.end).days > watched_days:
            continue
        rows += [_row(view, int(n), month_end, level) for n in view.clusters.index]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(view: AnalysisView, n: int, month_end: date, level: str) -> dict[str, object]:
    found: Any = view.clusters.loc[n]
    affairs = affairs_in(view, n)
    inside = view.reports["area"].isin(found["members"]) & view.reports["perkara_id"].isin(affairs)
    return {
        "scan": f"{month_end.isoformat()}/{FAMILY}/{level}",
        "family": FAMILY,
        "level": level,
        "centre": found["centre"],
        "places": tuple(sorted(set(view.reports.loc[inside, "area"]))),
        "affairs": affairs,
        "window_start": found["period_start"],
        "window_end": found["period_end"],
        "observed": int(found["observed"]),
        "expected": float(found["expected"]),
        "p": float(found["p"]),
        "recurrence_months": recurrence_months(float(found["p"])),
    }
