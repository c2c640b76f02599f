"""The rules of early warning measured on past days, each as known on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd

from analytics.hotspots.recurrence import expected_false_signals
from analytics.reports.places import unit_at
from analytics.reports.selection import known_on
from analytics.reports.silence import watched_until
from analytics.warning.raisings import ALL, World, happened, judge, raisings
from analytics.warning.record import rule_record
from data.clock import today
from data.province import default_election
from data.warning.record import COLUMNS
from geo.errors import ParameterError
from services.dataset import Dataset
from services.hotspots.counts import exposure_of
from services.warning.scans import SCANNED_LEVELS
from services.warning.today import rules, warnings_through

EVERY_DAYS = 7
SCAN = "klaster"
"""The rule whose false signals follow from how rare chance makes what it warns of."""
_REPORTING_MONTHS = (5, 9, 1)
"""The months after those that the team reports for (B04, B08, B12)."""


def days_between(first: date, last: date, every: int = EVERY_DAYS) -> list[date]:
    """Return the days to look at, ``every`` so many days from the first to the last.

    Raises
    ------
    ParameterError
        For a last day before the first, or an interval that is not 1 to 31 days.
    """
    if last < first:
        raise ParameterError("date_from", first, f"at most {last}")
    if not 1 <= every <= 31:
        raise ParameterError("every", every, "1 to 31")
    return [first + timedelta(days=n) for n in range(0, (last - first).days + 1, every)]


def last_watched(data: Dataset) -> date:
    """Return the last day that any kabupaten was watched; today where none was.

    Later warnings cannot be judged.
    """
    last = watched_until(data.coverage_periods, data.units, "kabupaten").max()
    return today() if pd.isna(last) else min(last.date(), today())


def judged_on(first: date, last: date) -> list[date]:
    """Return on which days the record is judged: ends of reporting months, and the last day."""
    months = pd.date_range(first, last, freq="MS")
    ends = [day.date() - timedelta(days=1) for day in months if day.month in _REPORTING_MONTHS]
    return [*(day for day in ends if first < day < last), last]


def measure(data: Dataset, days: list[date]) -> pd.DataFrame:
    """Return the record of the rules, as it could be known at the end of each reporting month.

    Parameters
    ----------
    days
        Days to look at, ascending; each is looked at as known on it.

    Returns
    -------
    DataFrame
        The columns of `data.warning.record.read_record`: for each day of `judged_on` what
        `analytics.warning.record.rule_record` says of the raisings up to then, by the reports
        known then; once by the place of each, once by its kabupaten.
    """
    raised = raisings(warnings_through(data, days), days)
    parts = [
        rows.assign(scope=scope)
        for scope, where in _scopes(raised).items()
        for rows in _records(data, where, days)
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(first=pd.Timestamp(days[0]), made=pd.Timestamp(today()))[list(COLUMNS)]


def _scopes(raised: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return raisings at their place, and at the kabupaten it lies in (the province stays)."""
    above = unit_at(raised["place_code"], "kabupaten").fillna(raised["place_code"])
    return {"tempat": raised, "kabupaten": raised.assign(place_code=above)}


def _records(data: Dataset, raised: pd.DataFrame, days: list[date]) -> Iterator[pd.DataFrame]:
    until = watched_until(data.coverage_periods, data.units, "kabupaten")
    voters = exposure_of(data, default_election())["voters"].fillna(0.0)
    for as_of in judged_on(days[0], days[-1]):
        known = data.countable[known_on(data.countable, as_of)]
        yesterday = pd.Timestamp(as_of) - pd.Timedelta(days=1)
        ended = until.mask(until.gt(yesterday), yesterday)
        world = World(happened(known), voters, ended)
        judged = judge(raised[raised["raised"].le(pd.Timestamp(as_of))], world)
        rows = rule_record(judged, world.happened, pd.Timestamp(days[0]), pd.Timestamp(as_of))
        yield _with_expected(rows).assign(as_of=pd.Timestamp(as_of), last=pd.Timestamp(as_of))


def _with_expected(rows: pd.DataFrame) -> pd.DataFrame:
    """Put what chance alone raises in place of the false signals counted for the scan."""
    scan = rules()[SCAN]
    least = dict(zip(("waspada", "siaga", "awas"), scan.levels, strict=True))
    months = {level: value for level, value in least.items() if value is not None}
    a_year = expected_false_signals(tuple(months.values()))["false_a_year"] * len(SCANNED_LEVELS)
    expected = dict(zip(months, a_year, strict=True))
    expected[ALL] = max(expected.values())
    is_scan = rows["rule"].eq(SCAN)
    false = rows["level"].map(expected).where(is_scan, rows["false_a_year"])
    basis = is_scan.map({True: "selang_ulang", False: "catatan"})
    return rows.assign(false_a_year=false, false_basis=basis)
