"""Reporting periods and the mark from which changes are counted."""

from __future__ import annotations

import datetime as dt
import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.reports.rakor import RakorMark, period_of, periods, previous_period, previous_rakor
from tests import tiny
from tests.tiny import day


@pytest.mark.parametrize(
    ("value", "key", "start", "end"),
    [
        ("2024-02-13", "B04 2024", "2024-01-01", "2024-04-30"),
        ("2024-04-30", "B04 2024", "2024-01-01", "2024-04-30"),
        ("2024-05-01", "B08 2024", "2024-05-01", "2024-08-31"),
        ("2024-12-31", "B12 2024", "2024-09-01", "2024-12-31"),
    ],
)
def test_periods_end_with_their_reporting_month(value: str, key: str, start: str, end: str) -> None:
    period = period_of(day(value))
    assert (period.key, period.start, period.end) == (key, pd.Timestamp(start), pd.Timestamp(end))


@pytest.mark.parametrize(
    ("as_of", "date", "period", "assumed"),
    [
        # K5 of 10 February; the row says which period it closed.
        ("2031-02-13", "2031-02-10", "B12 2030", False),
        # On the day of K5 the one before is asked for: K1 of October, in the period before.
        ("2031-02-10", "2030-10-16", "B12 2030", False),
        # From May on, K5 is in the period before.
        ("2031-08-31", "2031-02-10", "B12 2030", False),
        # In September K5 is two periods old: the end of B08 is assumed.
        ("2031-09-01", "2031-08-31", "B08 2031", True),
        # Nothing known yet: the end of April.
        ("2030-06-01", "2030-04-30", "B04 2030", True),
    ],
)
def test_the_previous_meeting_or_the_end_of_the_reporting_month(
    as_of: str, date: str, period: str, assumed: bool
) -> None:
    mark = previous_rakor(tiny.rakor(), day(as_of))
    assert mark == RakorMark(pd.Timestamp(date), period, assumed)


def test_a_meeting_of_a_kabupaten_is_not_that_of_the_province() -> None:
    rows = tiny.rakor()
    mark = previous_rakor(rows[rows["level"].ne("provinsi")], day("2031-02-13"))
    assert mark.assumed


def test_month_rows_and_other_kinds_of_meeting_are_never_the_mark() -> None:
    rows = tiny.rakor()
    mark = previous_rakor(rows[rows["rakor_id"].isin(["K3", "K4", "K6"])], day("2031-02-13"))
    assert mark.assumed


dates = st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1))


@given(dates, dates)
def test_periods_tile_the_calendar(one: dt.date, other: dt.date) -> None:
    first, last = min(one, other), max(one, other)
    found = periods(first, last)
    assert found[0].start <= pd.Timestamp(first) <= found[0].end
    assert found[-1].start <= pd.Timestamp(last) <= found[-1].end
    for before, after in itertools.pairwise(found):
        assert after.start - before.end == pd.Timedelta(days=1)
        assert previous_period(after) == before


@given(dates)
def test_the_mark_lies_before_the_day(as_of: dt.date) -> None:
    assert previous_rakor(tiny.rakor(), as_of).date < pd.Timestamp(as_of)
