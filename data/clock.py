"""The one clock: what time it is, and what day it is in the province.

The server may stand in any time zone. ``SIAGA_NOW`` (ISO 8601 with a zone) stops the clock, so that
a test or a drill sees the product as of that moment.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta

import pandas as pd

from data.province import zone
from geo.errors import ParameterError

STAMP = "%Y%m%dT%H%M%S%f"
"""Form of a moment in UTC as text that sorts like it."""


def utc_now() -> datetime:
    """Return the present moment in UTC, as the store keeps times.

    Raises
    ------
    ParameterError
        When ``SIAGA_NOW`` is no moment with a zone.
    """
    stopped = os.environ.get("SIAGA_NOW")
    if not stopped:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(stopped)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ParameterError("SIAGA_NOW", stopped, "such as 2024-02-14T23:30:00+00:00")
    return at.astimezone(UTC)


def utc_after(last: str) -> datetime:
    """Return now, or a microsecond after a moment as `STAMP` has it: the clock may stand still.

    ``last`` may be empty.
    """
    found = utc_now()
    if last and found.strftime(STAMP) <= last:
        return datetime.strptime(last, STAMP).replace(tzinfo=UTC) + timedelta(microseconds=1)
    return found


def now() -> datetime:
    """Return the present moment in the time zone of the province."""
    return utc_now().astimezone(zone())


def today() -> date:
    """Return the day it is in the province."""
    return now().date()


def start_of(day: date) -> pd.Timestamp:
    """Return when a day begins in the province."""
    return pd.Timestamp(day.year, day.month, day.day, tz=zone())


def end_of(day: date) -> pd.Timestamp:
    """Return the last moment of a day in the province."""
    return start_of(day + timedelta(days=1)) - pd.Timedelta(microseconds=1)


def noted_on(day: date) -> datetime:
    """Return when something that is noted on a day holds: now, or the start of a day gone by."""
    if day >= today():
        return now()
    begins: datetime = start_of(day).to_pydatetime()
    return begins
