"""Three kinds of silence: zero reported, watched without a report, not covered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analytics.reports.dates import day64, days_of, spans
from analytics.reports.places import LEVELS, code_depth, codes_of, depth_of, place_codes, unit_at
from geo.errors import ParameterError


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known about the silence of a window.

    Attributes
    ----------
    date_from, date_to
        The window, both days included.
    nihil
        Zero reports known on the day (rows of the table of reports).
    coverage
        Who watched which unit when (rows of ``coverage_periods``).
    """

    date_from: dt.date
    date_to: dt.date
    nihil: pd.DataFrame = field(repr=False)
    coverage: pd.DataFrame = field(repr=False)

    def __post_init__(self) -> None:
        if day64(self.date_from) > day64(self.date_to):
            raise ParameterError("date_from", self.date_from, f"at most {self.date_to}")


def nihil_intervals(nihil: pd.DataFrame) -> pd.DataFrame:
    """Return the zero reports among ``nihil`` as intervals: ``unit_code``, ``first``, ``last``.

    A zero that a page quotes (``verification`` ``dikutip``) fills no day: an official spoke of
    hours, places or matters of his own, and nobody reported for the whole area.
    """
    rows = nihil[nihil["kind"].eq("nihil") & nihil["verification"].ne("dikutip").fillna(True)]
    return spans(rows).assign(unit_code=place_codes(rows, "kejadian"))


def coverage_intervals(coverage: pd.DataFrame) -> pd.DataFrame:
    """Return rows of ``coverage_periods`` as intervals: ``unit_code``, ``first``, ``last``.

    ``coverage`` has the columns of that table.
    """
    return pd.DataFrame(
        {
            "first": pd.to_datetime(coverage["date_start"]),
            "last": pd.to_datetime(coverage["date_end"]),
            "unit_code": coverage["unit_code"].astype("str"),
        },
        index=coverage.index,
    )


def watched_until(coverage: pd.DataFrame, units: pd.DataFrame, level: str) -> pd.Series:
    """Return the last day on which each unit was watched, NaT where it never was.

    ``coverage`` has the columns of ``coverage_periods``, ``units`` those of the registry. On the
    sorted codes of the level; a unit is watched with the units that it lies in.
    """
    last = coverage_intervals(coverage).groupby("unit_code")["last"].max()
    return _of_units(last, units, level).max(axis=1)


def watched_from(coverage: pd.DataFrame, units: pd.DataFrame, level: str) -> pd.Series:
    """Return the first day on which each unit was watched; as for `watched_until`.

    ``coverage`` has the columns of ``coverage_periods``, ``units`` those of the registry.
    """
    first = coverage_intervals(coverage).groupby("unit_code")["first"].min()
    return _of_units(first, units, level).min(axis=1)


def _of_units(days: pd.Series, units: pd.DataFrame, level: str) -> pd.DataFrame:
    """Return the days of each unit of a level, and of the units that it lies in as columns."""
    codes = pd.Series(codes_of(units, level))
    above = LEVELS[: depth_of(level) + 1]
    return pd.DataFrame(
        {name: days.reindex(unit_at(codes, name)).array for name in above}, index=pd.Index(codes)
    )


def _union_share(
    intervals: pd.DataFrame, codes: pd.Index, date_from: dt.date, date_to: dt.date
) -> pd.Series:
    """Return the share of the window that intervals of a unit or its ancestors fill."""
    start, end = (int(day64(value).astype(np.int64)) for value in (date_from, date_to))
    rows = intervals.dropna(subset=["unit_code", "first", "last"]).drop_duplicates()
    first = np.maximum(days_of(rows["first"]).astype(np.int64), start)
    last = np.minimum(days_of(rows["last"]).astype(np.int64), end)
    rows = pd.DataFrame({"unit_code": rows["unit_code"], "first": first, "last": last})
    if (first > last).all():
        return pd.Series(0.0, index=codes)
    chain = pd.concat(
        pd.DataFrame({"code": codes, "unit_code": unit_at(pd.Series(codes), level).array})
        for level in LEVELS
    )
    joined = chain.dropna().drop_duplicates().merge(rows[first <= last], on="unit_code")
    joined = joined.sort_values(["code", "first", "last"], ignore_index=True)
    code = joined["code"]
    reached = joined.groupby(code)["last"].cummax().groupby(code).shift(fill_value=start - 1)
    begin = np.maximum(joined["first"], reached + 1)
    filled = (joined["last"] - begin + 1).clip(lower=0).groupby(code).sum()
    return filled.reindex(codes, fill_value=0) / (end - start + 1)


def window_share(
    intervals: pd.DataFrame, units: pd.DataFrame, level: str, date_from: dt.date, date_to: dt.date
) -> pd.Series:
    """Return which share of the window is spoken for, per unit.

    Parameters
    ----------
    intervals
        Columns ``unit_code``, ``first``, ``last`` (days, both included).
    units
        The registry: ``code``, ``level``, ``parent_code``.
    level
        Level of the units returned.
    date_from, date_to
        The window, both days included.

    Returns
    -------
    Series
        0 to 1 on the sorted codes of the level. A unit is spoken for by its own intervals, those
        of the units it lies in, and wholly when each of its parts in the registry is.
    """
    depth = depth_of(level)
    finest = max([depth, *map(code_depth, intervals["unit_code"].dropna().unique())])
    share = pd.Series(dtype="float64")
    for current in reversed(LEVELS[depth : finest + 1]):
        codes = codes_of(units, current)
        own = _union_share(intervals, codes, date_from, date_to)
        if not share.empty:
            weakest = share.groupby(_parents(units, share.index)).min().reindex(codes)
            own = own.where(~weakest.ge(1.0), 1.0)
        share = own
    return share


def _parents(units: pd.DataFrame, codes: pd.Index) -> pd.Series:
    parents = units.drop_duplicates("code").set_index("code")["parent_code"]
    return parents.reindex(codes)


def states(
    has_reports: pd.Series, units: pd.DataFrame, level: str, evidence: Evidence | None
) -> pd.DataFrame:
    """Say for each unit what is known: a report, zero reported, nothing reported, not covered.

    Parameters
    ----------
    has_reports
        Boolean per unit code.
    units, level
        Registry (``code``, ``level``) and level of the codes.
    evidence
        The window with its zero reports and coverage. Without it, a unit without a report is not
        covered: nothing says that anybody looked.

    Returns
    -------
    DataFrame
        On the same index. ``state``: ``ada_laporan``, ``nihil`` (zero reports fill the window),
        ``tidak_ada_laporan`` (watched through the whole window, nothing came), or
        ``tidak_tercakup``. ``nihil_share`` and ``covered_share``: 0 to 1 of the window's days.
    """
    zero = pd.Series(0.0, index=has_reports.index)
    nihil_share, covered_share = zero, zero
    if evidence is not None:
        window = (evidence.date_from, evidence.date_to)
        silent, watched = nihil_intervals(evidence.nihil), coverage_intervals(evidence.coverage)
        both = pd.concat([silent, watched])
        nihil_share = window_share(silent, units, level, *window).reindex(has_reports.index)
        covered_share = window_share(both, units, level, *window).reindex(has_reports.index)
    shares = {"nihil_share": nihil_share, "covered_share": covered_share}
    found = pd.DataFrame(shares, index=has_reports.index)
    found.insert(0, "state", silences(found).mask(has_reports.astype(bool), "ada_laporan"))
    return found


def silences(shares: pd.DataFrame) -> pd.Series:
    """Return what is known of units if they have no report, on the same index.

    ``shares`` has ``nihil_share`` and ``covered_share``, each 0 to 1.
    """
    state = np.select(
        [shares["nihil_share"].ge(1.0), shares["covered_share"].ge(1.0)],
        ["nihil", "tidak_ada_laporan"],
        default="tidak_tercakup",
    )
    return pd.Series(state, index=shares.index)
