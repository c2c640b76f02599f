"""Up to which day each agency has told of each area: what happened, or that nothing did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
import pandas as pd

from analytics.reports.dates import day64, span_days
from analytics.reports.places import inside
from geo.codes import descends_from

WITHIN_DAYS = 30
"""Days after which an agency that told nothing of an area is silent about it (assumption)."""
NO_AGENCY = ""
_TAKEN_OUT = ("ditolak", "ditarik")


def last_told(reports: pd.DataFrame, areas: Iterable[str], as_of: dt.date) -> pd.DataFrame:
    """Return the last day that each agency told of each area.

    Parameters
    ----------
    reports
        Rows of ``reports``: ``kind``, ``date_event``, ``date_end``, ``date_precision``,
        ``unit_kejadian``, ``verification``, ``agency``. What was rejected or withdrawn says
        nothing; what waits for review does.
    areas
        Codes of units.
    as_of
        The last day that is looked at; what was to come by then says nothing yet.

    Returns
    -------
    DataFrame
        Index ``agency``, sorted (`NO_AGENCY` where a report names none); one column per area: the
        last day of a report in it, or of a nihil of it or of what it lies in; NaT where there is
        none.
    """
    first, last = span_days(reports)
    told = ~reports["verification"].isin(_TAKEN_OUT).to_numpy() & (first <= day64(as_of))
    rows = reports.loc[told, ["kind", "unit_kejadian"]]
    day = pd.Series(np.minimum(last[told], day64(as_of)).astype("datetime64[s]"), index=rows.index)
    agency = reports.loc[told, "agency"].fillna(NO_AGENCY).astype("str")
    nihil, units = rows["kind"].eq("nihil"), rows["unit_kejadian"].astype("str")
    found = pd.DataFrame(index=pd.Index(sorted(agency.unique()), name="agency", dtype="str"))
    for area in areas:
        above = [code for code in units.unique() if descends_from(area, code)]
        of_area = inside(units, area) | (nihil & units.isin(above))
        found[area] = day[of_area].groupby(agency[of_area]).max().astype("datetime64[s]")
    return found


def unheard(reports: pd.DataFrame, areas: Iterable[str], agency: str, as_of: dt.date) -> list[str]:
    """Return the areas of which an agency told nothing in the last `WITHIN_DAYS`.

    ``reports``, ``areas`` and ``as_of`` are those of `last_told`.
    """
    own = reports[reports["agency"].eq(agency).fillna(False)]
    told = last_told(own, areas, as_of)
    return [str(area) for area in told if is_silent(told[area].max(), as_of)]


def is_silent(last: pd.Timestamp, as_of: dt.date) -> bool:
    """Tell whether the last word (NaT: none) lies `WITHIN_DAYS` or more before a day."""
    return pd.isna(last) or (pd.Timestamp(as_of) - last).days >= WITHIN_DAYS
