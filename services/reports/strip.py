"""What lies under the date cursor: weeks of affairs, stages, votes, and time nobody watched."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

from analytics.reports.by_day import watched_by_day
from analytics.reports.dates import days_of
from analytics.reports.periods import counts_by_period, weeks
from analytics.reports.timeline import stage_bars
from data.vocabulary import FAMILIES, WATCHED_STAGES
from services.dataset import Dataset
from services.memo import memo

LANES = 3
"""Rows of stages; a stage that finds none free lies under those of the last."""
_EMPTY_DAYS = 365
"""How far back the cursor reaches where nothing is known."""


@dataclass(frozen=True, eq=False)
class Strip:
    """What is drawn under the cursor.

    Attributes
    ----------
    first, last
        The days the cursor can stand on.
    days
        The last day of each week, and ``last``: the days that are played.
    weeks
        Index: ISO weeks. One column per family: affairs of the week in the province.
    undated
        Reports that belong to no week, since only their month or year is known.
    stages
        Dated rows as `stage_bars` returns them, with ``lane`` from 0 and ``watched``, in the order
        in which they are drawn.
    jumps
        The first row of each stage of each election that has a beginning, earliest first.
    unwatched
        ``first``, ``last`` (days) and ``whole``: whether nobody watched any kabupaten, or only
        some were watched.
    votes
        Rows of the table of elections, earliest first.
    """

    first: date
    last: date
    days: tuple[date, ...]
    undated: int
    weeks: pd.DataFrame = field(repr=False)
    stages: pd.DataFrame = field(repr=False)
    jumps: pd.DataFrame = field(repr=False)
    unwatched: pd.DataFrame = field(repr=False)
    votes: pd.DataFrame = field(repr=False)


@memo(2)
def strip(data: Dataset, today: date) -> Strip:
    """Return what lies under the cursor, from the first day known of to the last one planned."""
    first, last = bounds(data, today)
    whole = weeks(first, last)
    reports = data.standing[data.standing["kind"].ne("nihil")]
    dated = data.stages.dropna(subset=["date_start"]).sort_values(["date_start", "stage_id"])
    return Strip(
        first,
        last,
        tuple(min(end.date(), last) for end in whole["end"]),
        int(reports["date_precision"].ne("day").sum()),
        _by_family(data, reports, whole),
        _in_lanes(stage_bars(data.stages, first, last)),
        dated.drop_duplicates(["election", "stage"]),
        _unwatched(data, first, last),
        data.elections.sort_values("voting_date"),
    )


@memo(2)
def bounds(data: Dataset, today: date) -> tuple[date, date]:
    """Return the first and last day the cursor can stand on."""
    starts = pd.concat([data.stages["date_start"], data.reports["date_event"]]).dropna()
    ends = pd.concat([data.stages["date_end"], data.agenda["date_start"]]).dropna()
    first = starts.min().date() if len(starts) else today - timedelta(days=_EMPTY_DAYS)
    last = ends.max().date() if len(ends) else today
    return min(first, today), max(last, today)


def _by_family(data: Dataset, reports: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    of_units = {
        family: counts_by_period(reports, data.units, "provinsi", family, whole)
        for family in FAMILIES
    }
    return pd.DataFrame({family: counts.sum(axis=0) for family, counts in of_units.items()})


def _in_lanes(bars: pd.DataFrame) -> pd.DataFrame:
    """Give each dated stage the first lane that is free; those that the team watches choose first.

    Drawn in the order of the rows, a watched stage is never covered by another.
    """
    rows = bars[bars["bound"].ne("tanpa_tanggal")]
    rows = rows.assign(watched=rows["stage"].isin(WATCHED_STAGES))
    rows = rows.sort_values(["watched", "bar_start", "bar_end"], ascending=[False, True, True])
    rows = rows.drop_duplicates(["stage", "bar_start", "bar_end"])
    taken: list[list[tuple[pd.Timestamp, pd.Timestamp]]] = [[] for _ in range(LANES)]
    lanes = []
    for start, end in zip(rows["bar_start"], rows["bar_end"], strict=True):
        free = (n for n, lane in enumerate(taken) if all(end <= a or start >= b for a, b in lane))
        lanes.append(next(free, LANES - 1))
        taken[lanes[-1]].append((start, end))
    return rows.assign(lane=lanes).iloc[::-1]


def _unwatched(data: Dataset, first: date, last: date) -> pd.DataFrame:
    days = days_of(pd.Series(pd.date_range(first, last, unit="s")))
    watched = watched_by_day(data.standing, data.units, "kabupaten", days, data.coverage_periods)
    # 0: all kabupaten are watched, 1: some are, 2: none is.
    grade = np.where(watched.all(axis=1), 0, np.where(watched.any(axis=1), 1, 2))
    starts = np.flatnonzero(np.diff(grade, prepend=-1))
    ends = np.append(starts[1:], len(days)) - 1
    spans = pd.DataFrame(
        {"first": days[starts].astype("datetime64[s]"), "last": days[ends].astype("datetime64[s]")}
    )
    spans = spans.assign(whole=grade[starts] == 2)
    return spans[grade[starts] > 0].reset_index(drop=True)
