"""What a forecast may know on a day: the affairs that were new in each month, and who watched.

An affair (``perkara``) counts once, in the month and kabupaten of its earliest report that was
known on the day. What goes on from before is not new. A report known to its month counts in that
month, one known to its year nowhere. Days that nobody watched are no days: they are neither zero
nor exposure, and an affair that came from them is left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.reports.dates import day64, days_of, span_days
from analytics.reports.places import place_codes, unit_at
from analytics.reports.selection import known_since
from geo.errors import ParameterError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

KINDS = ("kejadian", "potensi")
NEVER = 2**62
"""A day that does not come."""


def number_of(value: dt.date) -> int:
    """Return a day as a whole number: days since 1 January 1970."""
    return int(day64(value).astype(np.int64))


def day_of(value: int) -> dt.date:
    """Return the day of a number of `number_of`."""
    found: dt.date = np.datetime64(value, "D").astype(object)
    return found


@dataclass(frozen=True, eq=False)
class Sightings:
    """Reports of one kind as arrays (N,), those of an affair together, the earliest first.

    Attributes
    ----------
    affair, family, area
        Positions; an area of -1 is known to the province only, a family of -1 is not asked for.
    first, last
        Days that the report may mean, as `number_of`.
    known
        Since which day it is known.
    """

    affair: Ints = field(repr=False)
    family: Ints = field(repr=False)
    area: Ints = field(repr=False)
    first: Ints = field(repr=False)
    last: Ints = field(repr=False)
    known: Ints = field(repr=False)


def sightings(
    reports: pd.DataFrame,
    kind: str,
    codes: Sequence[str],
    families: Sequence[str],
    lag_days: int = 1,
) -> Sightings:
    """Return the reports of a kind, ready to be counted as known on any day.

    Parameters
    ----------
    reports
        The table ``reports`` without totals.
    kind
        ``kejadian`` or ``potensi``; the two are never counted together.
    codes
        Codes of the kabupaten; a report counts in what it is about (`places.place_codes`).
    families
        Families to count.
    lag_days
        As for `selection.known_since`.

    Raises
    ------
    ParameterError
        For another kind.
    """
    if kind not in KINDS:
        raise ParameterError("kind", kind, "one of " + ", ".join(KINDS))
    rows = reports[reports["kind"].eq(kind)]
    first, last = (days.astype(np.int64) for days in span_days(rows))
    units = pd.Index(list(codes))
    area = units.get_indexer(pd.Index(unit_at(place_codes(rows), "kabupaten")))
    family = pd.Index(list(families)).get_indexer(pd.Index(rows["family"]))
    affair = pd.factorize(rows["perkara_id"])[0]
    known = days_of(known_since(rows, lag_days)).astype(np.int64)
    # Of two reports of one affair the one comes first whose days are over first: a month holds
    # all its days, and the fourteenth is earlier than its end.
    order = np.lexsort((rows["report_id"].to_numpy(dtype="str"), first, last, affair))
    return Sightings(
        *(np.asarray(a)[order].astype(np.int64) for a in (affair, family, area, first, last, known))
    )


def first_known(found: Sightings, day: int) -> Ints:
    """Return the positions of the earliest report of each affair among those known on a day."""
    rows = np.flatnonzero(found.known <= day)
    affair = found.affair[rows]
    fresh = np.ones(len(rows), dtype=bool)
    fresh[1:] = affair[1:] != affair[:-1]
    return rows[fresh & (found.family[rows] >= 0)]


@dataclass(frozen=True, eq=False)
class Calendar:
    """Who watched on which day, and on which days a vote was near.

    Attributes
    ----------
    codes
        The kabupaten, then the province.
    start
        First day of the columns, the first of a month, as `number_of`.
    watched
        (A, D): 1 where the area was watched; the province where all of it was.
    near_since
        (U, D): since which day it is known that a vote is near on a day; `NEVER` where none is.
    months
        (D,) position of the month of each day.
    """

    codes: tuple[str, ...]
    start: int
    watched: Floats = field(repr=False)
    near_since: Ints = field(repr=False)
    months: Ints = field(repr=False)

    def near(self, cut: int) -> Floats:
        """Return (A, D) 1 where a vote is near, of the province the share of its kabupaten.

        A vote that nobody knew of on the cut is not among them.
        """
        known = (self.near_since <= cut).astype(np.float64)
        return np.vstack([known, known.mean(axis=0, keepdims=True)])

    @property
    def end(self) -> int:
        """The last day of the columns."""
        return self.start + int(self.watched.shape[1]) - 1

    @property
    def last_watched(self) -> int | None:
        """The last day on which any area was watched; None without one."""
        days = np.flatnonzero(self.watched.any(axis=0))
        return self.start + int(days[-1]) if len(days) else None

    def watched_until(self, cut: int) -> list[int]:
        """Return the last watched day, up to a cut, of each kabupaten that has one."""
        part = self.watched[:-1, : max(0, cut - self.start + 1)] > 0
        return [self.start + int(np.flatnonzero(row)[-1]) for row in part if row.any()]


def calendar(
    coverage: pd.DataFrame, peaks: pd.DataFrame, codes: Sequence[str], province: str, until: dt.date
) -> Calendar:
    """Lay out the days from the first that anybody watched to a last one.

    Parameters
    ----------
    coverage
        Rows of ``coverage_periods``: of a kabupaten or the province. What watches a part of a
        kabupaten does not watch the kabupaten.
    peaks
        ``unit_code`` (kabupaten or province), ``first``, ``last``: when a vote is near; and
        ``known``, since when that was known (missing: from the start).
    codes, province
        Codes of the kabupaten, and of the province.
    until
        The last day needed.
    """
    starts = pd.to_datetime(coverage["date_start"])
    begin = starts.min().replace(day=1).date() if len(starts) else until.replace(day=1)
    begin = min(begin, until.replace(day=1))
    start = number_of(begin)
    days = number_of(until) - start + 1
    watched = _spans(
        coverage["unit_code"], days_of(coverage["date_start"]), days_of(coverage["date_end"]),
        codes, start, days,
    )  # fmt: skip
    near = np.full((len(codes), days), NEVER, dtype=np.int64)
    for since, rows in peaks.groupby(peaks["known"].fillna(pd.Timestamp(1970, 1, 1))):
        spans = _spans(
            rows["unit_code"], days_of(rows["first"]), days_of(rows["last"]), codes, start, days
        )
        near = np.where(spans, np.minimum(near, number_of(since)), near)
    index = pd.date_range(begin, until, freq="D")
    months = (index.year * 12 + index.month).to_numpy() - (begin.year * 12 + begin.month)
    return Calendar(
        (*codes, province),
        start,
        np.vstack([watched, watched.all(axis=0, keepdims=True)]).astype(np.float64),
        near,
        months.astype(np.int64),
    )


def _spans(
    units: pd.Series,
    first: npt.NDArray[np.datetime64],
    last: npt.NDArray[np.datetime64],
    codes: Sequence[str],
    start: int,
    days: int,
) -> Flags:
    """Return which area (U) lies on which day (D) in any of some spans."""
    found = np.zeros((len(codes), days), dtype=bool)
    for unit, one, other in zip(units, first.astype(np.int64), last.astype(np.int64), strict=True):
        rows = [n for n, code in enumerate(codes) if code == unit or code.startswith(f"{unit}.")]
        found[rows, max(0, one - start) : max(0, other - start + 1)] = True
    return found


@dataclass(frozen=True, eq=False)
class Record:
    """What was known on a day, by family (F), area (A) and month (B).

    Attributes
    ----------
    counts
        (F, A, B, 2): new affairs, on usual days and on days near a vote.
    days
        (A, B, 2): watched days, likewise.
    whole
        (A, B): months that were watched on every day.
    """

    counts: Ints = field(repr=False)
    days: Floats = field(repr=False)
    whole: Flags = field(repr=False)


def record_on(found: Sightings, days: Calendar, cut: int, n_families: int) -> Record:
    """Return the record as it was known on a day, with nothing of later days in it."""
    width = min(cut, days.end) - days.start + 1
    n_areas = len(days.codes)
    months = days.months[:width]
    n_months = int(months[-1]) + 1
    watched, peak = days.watched[:, :width], days.near(cut)[:, :width]
    starts = np.flatnonzero(np.diff(months, prepend=-1))
    near = np.add.reduceat(watched * peak, starts, axis=1)
    every = np.add.reduceat(watched, starts, axis=1)
    lengths = np.bincount(days.months)[:n_months]
    rows = first_known(found, cut)
    counts = np.zeros((n_families, n_areas, n_months, 2), dtype=np.int64)
    _add(counts, found, rows, days, peak)
    complete = every >= _month_lengths(days, n_months, lengths)
    return Record(counts, np.stack([every - near, near], axis=-1), complete)


def _month_lengths(days: Calendar, n_months: int, lengths: Ints) -> Ints:
    """Return the days of each month; the last column of days may stand in the midst of one."""
    first = np.datetime64(days.start, "D").astype("datetime64[M]")
    bounds = (first + np.arange(n_months + 1)).astype("datetime64[D]").astype(np.int64)
    return np.asarray(np.maximum(lengths, np.diff(bounds)), dtype=np.int64)


def _add(counts: Ints, found: Sightings, rows: Ints, days: Calendar, peak: Floats) -> None:
    """Add the affairs at some positions to a table of counts, in the area and in the province."""
    width = peak.shape[1]
    begin, end = found.first[rows] - days.start, found.last[rows] - days.start
    inside = (begin >= 0) & (end < width)
    rows, begin, end = rows[inside], begin[inside], end[inside]
    one_month = days.months[begin] == days.months[end]
    rows, begin, end = rows[one_month], begin[one_month], end[one_month]
    province = len(days.codes) - 1
    for area in (found.area[rows], np.full(len(rows), province)):
        placed = area >= 0
        at, first, last = area[placed], begin[placed], end[placed]
        seen = np.array(
            [days.watched[a, i : j + 1].all() for a, i, j in zip(at, first, last, strict=True)],
            dtype=bool,
        )
        near = np.array(
            [peak[a, i : j + 1].mean() >= 0.5 for a, i, j in zip(at, first, last, strict=True)],
            dtype=np.int64,
        )
        where = (found.family[rows][placed], at, days.months[first], near)
        np.add.at(counts, tuple(part[seen] for part in where), 1)


def outcomes(
    found: Sightings, days: Calendar, known: int, start: int, end: int, n_families: int
) -> Ints:
    """Return the affairs (F, A) that were new in a window, by what was known on a day.

    A report known to its month counts only where the whole month lies in the window. An affair of
    which anything happened before the window is not new in it.
    """
    rows = first_known(found, known)
    rows = rows[(found.first[rows] >= start) & (found.last[rows] <= end)]
    counts = np.zeros((n_families, len(days.codes)), dtype=np.int64)
    placed = rows[found.area[rows] >= 0]
    np.add.at(counts, (found.family[placed], found.area[placed]), 1)
    np.add.at(counts, (found.family[rows], np.full(len(rows), len(days.codes) - 1)), 1)
    return counts


def watched_whole(days: Calendar, start: int, end: int) -> Flags:
    """Return which areas (A) were watched on every day of a window."""
    if start < days.start or end > days.end:
        return np.zeros(len(days.codes), dtype=bool)
    part = days.watched[:, start - days.start : end - days.start + 1]
    return np.asarray(part.all(axis=1), dtype=bool)
