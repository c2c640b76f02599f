"""Coordination meetings and the periods the team reports for (B04, B08, B12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.reports.dates import day, day64

REPORTING_MONTHS = (4, 8, 12)
"""The team reports for April, August and December: targets of a report, not meeting dates."""


@dataclass(frozen=True)
class ReportingPeriod:
    """Four months that end with a reporting month.

    Attributes
    ----------
    key
        Such as ``B04 2024``.
    start, end
        First and last day.
    """

    key: str
    start: pd.Timestamp
    end: pd.Timestamp


@dataclass(frozen=True)
class RakorMark:
    """The day from which changes are counted.

    Attributes
    ----------
    date
        Day of the meeting, or the last day of the reporting month where ``assumed``.
    period
        Key of the reporting period, such as ``B12 2023``.
    assumed
        True when no meeting with a known day was found.
    """

    date: pd.Timestamp
    period: str
    assumed: bool


def period_of(value: dt.date) -> ReportingPeriod:
    """Return the reporting period a day lies in."""
    when = day(value)
    month = next(m for m in REPORTING_MONTHS if m >= when.month)
    start = pd.Timestamp(when.year, month - 3, 1)
    end = pd.Timestamp(when.year, month, 1) + pd.offsets.MonthEnd(0)
    return ReportingPeriod(f"B{month:02d} {when.year}", start, end)


def previous_period(period: ReportingPeriod) -> ReportingPeriod:
    """Return the reporting period before one."""
    return period_of(period.start - pd.Timedelta(days=1))


def periods(date_from: dt.date, date_to: dt.date) -> list[ReportingPeriod]:
    """Return the reporting periods that touch a window, oldest first."""
    found = []
    current = period_of(date_from)
    while current.start <= day(date_to):
        found.append(current)
        current = period_of(current.end + pd.Timedelta(days=1))
    return found


def known_meetings(rakor: pd.DataFrame) -> pd.DataFrame:
    """Return the meetings of the province whose day is known, oldest first.

    ``rakor`` has the columns ``rakor_id``, ``date``, ``date_precision``, ``kind`` (``rakor``) and
    ``level`` (``provinsi``); ``date`` is a Timestamp in the result.
    """
    rows = rakor[
        rakor["kind"].eq("rakor")
        & rakor["level"].eq("provinsi")
        & rakor["date_precision"].eq("day")
    ]
    return rows.assign(date=pd.to_datetime(rows["date"])).sort_values(["date", "rakor_id"])


def previous_rakor(rakor: pd.DataFrame, as_of: dt.date) -> RakorMark:
    """Return the province's meeting before a day, or, assumed, the end of the reporting month.

    Parameters
    ----------
    rakor
        Columns ``rakor_id``, ``date``, ``date_precision``, ``kind``, ``level``, ``period``.
    as_of
        The day looked from. A meeting on that very day is not "previous": who presents in it asks
        what changed since the one before.

    Returns
    -------
    RakorMark
        The latest meeting (kind ``rakor``, known to the day) in the reporting period of the day
        or the one before; else the last day of the last completed reporting period, assumed.
    """
    today = day(as_of)
    completed = previous_period(period_of(today))
    known = known_meetings(rakor)
    known = known[known["date"].lt(today) & known["date"].ge(completed.start)]
    if known.empty:
        return RakorMark(completed.end, completed.key, True)
    row = known.iloc[-1]
    date = day(row["date"])
    period = row["period"] if pd.notna(row["period"]) else period_of(date).key
    return RakorMark(date, str(period), False)


def previous_rakors(rakor: pd.DataFrame, days: Sequence[dt.date]) -> list[RakorMark]:
    """Return `previous_rakor` of each of ``days``, worked out once for days that share it.

    ``rakor`` has the columns that it asks for.
    """
    meetings = known_meetings(rakor)["date"].to_numpy(dtype="datetime64[D]")
    found: dict[tuple[str, int], RakorMark] = {}
    marks = []
    for one in days:
        # The mark changes with the reporting period, and when a meeting has become past.
        shared = period_of(one).key, int(np.searchsorted(meetings, day64(one)))
        if shared not in found:
            found[shared] = previous_rakor(rakor, one)
        marks.append(found[shared])
    return marks


def next_rakor(rakor: pd.DataFrame, as_of: dt.date) -> RakorMark:
    """Return the province's meeting after a day, or, assumed, the end of the reporting month.

    Parameters
    ----------
    rakor
        As for `previous_rakor`. Since when the day of a meeting was known is not recorded.
    as_of
        The day looked from. On the last day of a reporting month the next one is meant.

    Returns
    -------
    RakorMark
        The earliest meeting (kind ``rakor``, known to the day) up to the end of the reporting
        period of the following day; else the last day of that period, assumed.
    """
    today = day(as_of)
    period = period_of(today + pd.Timedelta(days=1))
    known = known_meetings(rakor)
    known = known[known["date"].gt(today) & known["date"].le(period.end)]
    if known.empty:
        return RakorMark(period.end, period.key, True)
    row = known.iloc[0]
    named = row["period"] if pd.notna(row["period"]) else period.key
    return RakorMark(day(row["date"]), str(named), False)
