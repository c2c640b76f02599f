"""Weeks, months, stages and reporting periods, and the affairs of each unit in each of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analytics.reports.counts import require_families, tally
from analytics.reports.dates import day, days_of, span_days
from analytics.reports.places import codes_of, place_codes, unit_at
from analytics.reports.rakor import periods as reporting_periods
from geo.errors import CodeError, ParameterError

COLUMNS = ["period", "start", "end"]


def _frame(rows: Sequence[tuple[str, dt.date, dt.date]]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=COLUMNS)
    return frame.astype({"period": "str", "start": "datetime64[s]", "end": "datetime64[s]"})


def _window(date_from: dt.date, date_to: dt.date) -> tuple[pd.Timestamp, pd.Timestamp]:
    first, last = day(date_from), day(date_to)
    if first > last:
        raise ParameterError("date_from", date_from, f"at most {date_to}")
    return first, last


def weeks(date_from: dt.date, date_to: dt.date) -> pd.DataFrame:
    """Return the ISO weeks (Monday to Sunday) that touch a window, whole, oldest first.

    Returns
    -------
    DataFrame
        ``period`` such as ``2024-W07``, ``start``, ``end`` (the last day, included).
    """
    first, last = _window(date_from, date_to)
    starts = pd.date_range(first - pd.Timedelta(days=first.weekday()), last, freq="7D")
    return _frame([(f"{s:%G-W%V}", s, s + pd.Timedelta(days=6)) for s in starts])


def month_ends(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the ends of the months that lie between two days, both included."""
    return [stamp.date() for stamp in pd.date_range(day(first), day(last), freq="ME")]


def months(date_from: dt.date, date_to: dt.date) -> pd.DataFrame:
    """Return the months that touch a window, whole: ``period`` such as ``2024-02``."""
    first, last = _window(date_from, date_to)
    starts = pd.date_range(first.replace(day=1), last, freq="MS")
    return _frame([(f"{s:%Y-%m}", s, s + pd.offsets.MonthEnd(0)) for s in starts])


def rakor_periods(date_from: dt.date, date_to: dt.date) -> pd.DataFrame:
    """Return the reporting periods that touch a window, whole: ``period`` such as ``B04 2024``."""
    first, last = _window(date_from, date_to)
    return _frame([(p.key, p.start, p.end) for p in reporting_periods(first, last)])


def first_reports(placed: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """Return of each affair its first report that lies inside one of the steps of time.

    An affair in several places or months would be several cases that are one, which no model of
    chance allows for.

    Parameters
    ----------
    placed
        Rows of ``reports`` with ``report_id``, ``perkara_id`` and their dates.
    steps
        ``start`` and ``end``, one after the other without overlap.

    Returns
    -------
    DataFrame
        Rows of ``placed``, each ``perkara_id`` once, by ``date_event`` and ``report_id``.
    """
    first, last = span_days(placed)
    start, end = days_of(steps["start"]), days_of(steps["end"])
    at = np.searchsorted(start, first, side="right") - 1
    inside = placed[(at >= 0) & (last <= end[np.maximum(at, 0)])]
    ordered = inside.sort_values(["date_event", "report_id"], kind="stable")
    return ordered.drop_duplicates("perkara_id")


def counts_by_period(
    reports: pd.DataFrame,
    units: pd.DataFrame,
    level: str,
    family: str,
    periods: pd.DataFrame,
    place: str = "pokok",
) -> pd.DataFrame:
    """Count the affairs of one family per unit and period.

    Parameters
    ----------
    reports
        Selected rows of the table ``reports``; zero reports among them are not counted.
    units
        The registry: ``code``, ``level``.
    level
        kabupaten, kecamatan or desa.
    family
        The family; families are never added up.
    periods
        ``period`` (each once), ``start``, ``end``, both days included; they may overlap.
    place
        As for `places.place_codes`.

    Returns
    -------
    DataFrame
        Whole numbers; index ``code``: every unit of the level, sorted; columns ``period`` in the
        order given. An affair counts once in each unit and period it has a report in. A report
        known to the month or year counts only where all of it lies inside the period; one known
        to a coarser unit nowhere (`counts.coarser_by_unit`).

    Raises
    ------
    CodeError
        When a report stands in a unit that the registry does not have.
    ParameterError
        For an unknown level or place, a repeated period, one that ends before it starts, none.
    """
    codes = codes_of(units, level)
    at = _positions(reports, codes, level, place)
    return _count(reports, at, codes, family, periods)


def counts_by_cell(
    reports: pd.DataFrame,
    cells: pd.Series,
    codes: Sequence[str],
    family: str,
    periods: pd.DataFrame,
) -> pd.DataFrame:
    """Count affairs as `counts_by_period` does, in areas that are no units, such as hexagons.

    Parameters
    ----------
    reports, family, periods
        As for `counts_by_period`.
    cells
        On the index of the reports: the area each lies in, NaN where its place is not known finely
        enough.
    codes
        All areas, each once.

    Raises
    ------
    CodeError
        When a report lies in an area that is not among the codes.
    ParameterError
        For a repeated code, and as `counts_by_period`.
    """
    index = pd.Index(list(codes), name="code", dtype="str")
    if index.has_duplicates:
        raise ParameterError("codes", index[index.duplicated()][0], "each area once")
    at = index.get_indexer(pd.Index(cells.reindex(reports.index)))
    unknown = (at < 0) & cells.reindex(reports.index).notna().to_numpy()
    if unknown.any():
        raise CodeError(cells.reindex(reports.index)[unknown].iloc[0], "one of the areas")
    return _count(reports, at.astype(np.int64), index, family, periods)


def _positions(reports: pd.DataFrame, codes: pd.Index, level: str, place: str) -> np.ndarray:
    own = unit_at(place_codes(reports, place), level)
    at = codes.get_indexer(pd.Index(own))
    unknown = (at < 0) & own.notna().to_numpy()
    if unknown.any():
        raise CodeError(str(own[unknown].iloc[0]), "a unit of the registry")
    return at.astype(np.int64)


def _count(
    reports: pd.DataFrame, at: np.ndarray, codes: pd.Index, family: str, periods: pd.DataFrame
) -> pd.DataFrame:
    require_families(reports, [family])
    start, end = days_of(periods["start"]), days_of(periods["end"])
    if not len(periods) or periods["period"].duplicated().any():
        raise ParameterError("periods", list(periods["period"]), "at least one, each once")
    if not (start <= end).all():
        wrong = int(np.flatnonzero(~(start <= end))[0])
        raise ParameterError("periods", periods["period"].iloc[wrong], "a start up to its end")
    usable = (at >= 0) & reports["family"].eq(family).fillna(False).to_numpy(dtype=bool)
    rows = np.flatnonzero(usable)
    first, last = (days[rows] for days in span_days(reports))
    n_periods = len(periods)
    inside = [
        np.flatnonzero((first >= one) & (last <= other))
        for one, other in zip(start, end, strict=True)
    ]
    which = np.repeat(np.arange(n_periods), [len(part) for part in inside])
    row = rows[np.concatenate(inside)]
    index = pd.RangeIndex(len(codes) * n_periods)
    counted = tally(at[row] * n_periods + which, index, reports.iloc[row], [family])
    table = counted[f"affairs_{family}"].to_numpy().reshape(len(codes), n_periods)
    columns = pd.Index(periods["period"], name="period", dtype="str")
    return pd.DataFrame(table, index=codes, columns=columns)
