"""Days, and the days a report may mean when its date is known to the month or year only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Days = npt.NDArray[np.datetime64]
ONE_DAY = np.timedelta64(1, "D")


def day(value: dt.date) -> pd.Timestamp:
    """Return the calendar day (midnight, without zone) of a date or timestamp."""
    return pd.Timestamp(value.year, value.month, value.day)


def in_one_zone(values: Sequence[Any]) -> pd.Series:
    """Return moments as a column in the offset of the first; in UTC where there is none.

    Parameters
    ----------
    values
        Moments with a zone, as timestamps or ISO 8601; missing ones stay missing.

    Returns
    -------
    Series
        As many moments in the same order, index from 0.
    """
    moments = pd.to_datetime(pd.Series(list(values), dtype="object"), utc=True)
    first = next((pd.Timestamp(v) for v in values if not pd.isna(v)), None)
    offset = None if first is None else first.utcoffset()
    return moments.dt.tz_convert(dt.UTC if offset is None else dt.timezone(offset))


def days_of(column: pd.Series) -> Days:
    """Return ``column``, any index, as (N,) numpy days; what is empty becomes NaT."""
    return np.asarray(pd.to_datetime(column).to_numpy(), dtype="datetime64[D]")


def day64(value: dt.date) -> np.datetime64:
    """Return a date as a numpy day."""
    return np.datetime64(day(value), "D")


def span_days(reports: pd.DataFrame) -> tuple[Days, Days]:
    """Return the first and last day that each report may mean, as numpy days.

    Parameters
    ----------
    reports
        Columns ``kind``, ``date_event``, ``date_end``, ``date_precision`` (day, month or year).

    Returns
    -------
    tuple
        Two arrays in the order of the rows. A day is itself; a month runs from its first to its
        last day, a year likewise, whatever placeholder day the row carries. A ``nihil`` with a
        ``date_end`` runs to that day.
    """
    event = days_of(reports["date_event"])
    precision = reports["date_precision"]
    month = precision.eq("month").to_numpy(dtype=bool)
    year = precision.eq("year").to_numpy(dtype=bool)
    first, last = event.copy(), event.copy()
    for mask, unit in ((month, "datetime64[M]"), (year, "datetime64[Y]")):
        if mask.any():
            start = event[mask].astype(unit)
            first[mask] = start.astype("datetime64[D]")
            last[mask] = (start + 1).astype("datetime64[D]") - ONE_DAY
    end = days_of(reports["date_end"])
    period = reports["kind"].eq("nihil").to_numpy(dtype=bool) & ~np.isnat(end)
    last[period] = end[period]
    return first, last


def spans(reports: pd.DataFrame) -> pd.DataFrame:
    """Return `span_days` as a frame, ``first`` and ``last`` on the index of ``reports``."""
    first, last = span_days(reports)
    return pd.DataFrame(
        {"first": first.astype("datetime64[s]"), "last": last.astype("datetime64[s]")},
        index=reports.index,
    )
