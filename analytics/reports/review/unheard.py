"""Areas of which an agency has said nothing lately, neither that something happened nor nihil."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
import pandas as pd

from analytics.reports.dates import day64, span_days
from geo.codes import descends_from

WITHIN_DAYS = 30
_TAKEN_OUT = ("ditolak", "ditarik")


def unheard(reports: pd.DataFrame, areas: Iterable[str], agency: str, as_of: dt.date) -> list[str]:
    """Return the areas of which an agency reported nothing in the last `WITHIN_DAYS`.

    Parameters
    ----------
    reports
        Rows of ``reports``: ``kind``, ``date_event``, ``date_end``, ``date_precision``,
        ``unit_kejadian``, ``verification``, ``agency``. What was rejected or withdrawn says
        nothing; what waits for review does.
    areas
        Codes of units.
    agency
        Who reports.
    as_of
        The last day that is looked at.

    Returns
    -------
    list of str
        Those of ``areas`` with no report in them and no nihil of them, or of what they lie in.
    """
    own = reports[reports["agency"].eq(agency) & ~reports["verification"].isin(_TAKEN_OUT)]
    first, last = span_days(own)
    begin = day64(as_of) - np.timedelta64(WITHIN_DAYS - 1, "D")
    recent = own[(last >= begin) & (first <= day64(as_of))]
    heard = recent["unit_kejadian"].astype(str).unique()
    zero = recent.loc[recent["kind"].eq("nihil"), "unit_kejadian"].astype(str).unique()
    return [
        area
        for area in areas
        if not any(descends_from(code, area) for code in heard)
        and not any(descends_from(area, code) for code in zero)
    ]
