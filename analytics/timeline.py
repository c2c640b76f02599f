"""Reports along the elections: by stage, by month, before and after the vote, and the bars."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analytics.dates import day, day64, span_days
from analytics.stages import DEFAULTS, StageParams, bounds
from analytics.tally import require_families, tally
from geo.errors import ParameterError

SIDES = ("sebelum", "hari_h", "sesudah", "tidak_tentu")
FAR_DAYS = 3650


def counts_by_month(
    reports: pd.DataFrame, families: Sequence[str], date_from: dt.date, date_to: dt.date
) -> pd.DataFrame:
    """Count reports and affairs per month and family.

    Parameters
    ----------
    reports
        Selected rows. Day and month precision count in their month; a row known only to its year
        counts in none.
    families
        Families to count.
    date_from, date_to
        First and last month listed are those of these days; months without a report are listed
        too. Whole months count, whatever the day.

    Returns
    -------
    DataFrame
        Index ``month`` (first day). ``reports_<family>``, ``affairs_<family>``: an affair counts
        in each month it has a report in.
    """
    require_families(reports, families)
    if day64(date_from) > day64(date_to):
        raise ParameterError("date_from", date_from, f"at most {date_to}")
    start = day(date_from).replace(day=1)
    index = pd.date_range(start, day(date_to), freq="MS", name="month", unit="s")
    first, last = span_days(reports)
    month = first.astype("datetime64[M]")
    offset = (month - day64(start).astype("datetime64[M]")).astype(np.int64)
    whole = (month == last.astype("datetime64[M]")) & ~np.isnat(first)
    keys = np.where(whole & (offset >= 0) & (offset < len(index)), offset, -1)
    return tally(keys, index, reports, families)


def around_vote(
    reports: pd.DataFrame, voting_date: dt.date, families: Sequence[str], days: int
) -> pd.DataFrame:
    """Count reports and affairs before, on and after a voting day.

    Parameters
    ----------
    reports
        Selected rows.
    voting_date
        The day of the vote.
    families
        Families to count.
    days
        1 to 3650: how far before and after it; rows that do not lie wholly inside are left out.

    Returns
    -------
    DataFrame
        Index ``side``: ``sebelum``, ``hari_h``, ``sesudah``, and ``tidak_tentu`` for rows of
        month or year precision that hold the voting day among others. ``reports_<family>``,
        ``affairs_<family>``: an affair counts on each side it has a report on.
    """
    if not 1 <= days <= FAR_DAYS:
        raise ParameterError("days", days, f"1 to {FAR_DAYS}")
    require_families(reports, families)
    first, last = span_days(reports)
    vote, reach = day64(voting_date), np.timedelta64(days, "D")
    inside = (first >= vote - reach) & (last <= vote + reach)
    side = np.select([last < vote, (first == vote) & (last == vote), first > vote], [0, 1, 2], 3)
    index = pd.Index(SIDES, name="side", dtype="str")
    return tally(np.where(inside, side, -1).astype(np.int64), index, reports, families)


def stage_bars(
    stages: pd.DataFrame,
    axis_from: dt.date,
    axis_to: dt.date,
    params: StageParams = DEFAULTS,
) -> pd.DataFrame:
    """Return each stage row as a bar on an axis of days.

    Parameters
    ----------
    stages
        The table of stages.
    axis_from, axis_to
        First and last day of the axis.
    params
        How open rows are read.

    Returns
    -------
    DataFrame
        The rows that touch the axis and the undated ones, on their own index: ``bar_start``,
        ``bar_end`` (exclusive: the day after the last, so that a stage of one day has a width; an
        undated stage spans the axis), ``bound`` (`stages.bounds`), ``open_start``, ``open_end``
        (the date is not known, the side is drawn open) and ``clipped`` (the axis cuts the bar).
    """
    left, right = day(axis_from), day(axis_to)
    if left > right:
        raise ParameterError("axis_from", axis_from, f"at most {axis_to}")
    rows = stages.join(bounds(stages, params))
    is_undated = rows["bound"].eq("tanpa_tanggal")
    on_axis = rows["first"].le(right) & rows["last"].ge(left)
    rows = rows[on_axis | is_undated]
    start = rows["first"].fillna(left)
    end = rows["last"].fillna(right)
    return rows.drop(columns=["first", "last"]).assign(
        bar_start=start.where(start.ge(left), left),
        bar_end=end.where(end.le(right), right) + pd.Timedelta(days=1),
        open_start=rows["date_start"].isna(),
        open_end=rows["date_end"].isna(),
        clipped=start.lt(left) | end.gt(right),
    )
