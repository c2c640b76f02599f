"""Stages of the elections on a date: in force, to come, without dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.reports.dates import day
from geo.errors import ParameterError

SOCIAL_STAGE = "sosial_non_pemilu"


@dataclass(frozen=True)
class StageParams:
    """How dates that are not known are read.

    Attributes
    ----------
    open_days
        0 to 365: how long a stage with only a start (or only an end) is taken to run after (or
        before) it. An assumption, flagged in ``bound``; without it a stage that was never closed
        would be in force for ever.
    max_gap_days
        0 to 3650: how far from a stage of an election a report may lie and still belong to it.
    """

    open_days: int = 30
    max_gap_days: int = 365

    def __post_init__(self) -> None:
        for name, high in (("open_days", 365), ("max_gap_days", 3650)):
            value = getattr(self, name)
            if not 0 <= value <= high:
                raise ParameterError(name, value, f"0 to {high}")


DEFAULTS = StageParams()


@dataclass(frozen=True)
class Opening:
    """The state in which the product opens.

    Attributes
    ----------
    in_force
        Whether any stage is in force.
    stages
        Keys of the stages in force, in the order given; empty when none is.
    stage
        The stage to show when none is in force: ``sosial_non_pemilu``; else None.
    replay_date
        Eve of the latest past vote that may be replayed; None when a stage is in force or no vote
        has passed.
    """

    in_force: bool
    stages: tuple[str, ...]
    stage: str | None
    replay_date: pd.Timestamp | None


@dataclass(frozen=True)
class Window:
    """First and last known day of some stage rows; None where no row has one.

    Attributes
    ----------
    first, last
        Days, both included.
    """

    first: pd.Timestamp | None
    last: pd.Timestamp | None


def bounds(stages: pd.DataFrame, params: StageParams = DEFAULTS) -> pd.DataFrame:
    """Return from when to when each stage row is taken to run.

    Parameters
    ----------
    stages
        Columns ``date_start``, ``date_end``.
    params
        How open rows are read.

    Returns
    -------
    DataFrame
        On the same index: ``first``, ``last`` (NaT for undated rows) and ``bound``: ``tetap``
        (both dates known), ``tanpa_akhir``, ``tanpa_awal``, ``tanpa_tanggal``.
    """
    start, end = pd.to_datetime(stages["date_start"]), pd.to_datetime(stages["date_end"])
    assumed = pd.Timedelta(days=params.open_days)
    bound = np.select(
        [start.notna() & end.notna(), start.notna(), end.notna()],
        ["tetap", "tanpa_akhir", "tanpa_awal"],
        default="tanpa_tanggal",
    )
    return pd.DataFrame(
        {
            "first": start.where(start.notna(), end - assumed),
            "last": end.where(end.notna(), start + assumed),
            "bound": bound,
        },
        index=stages.index,
    )


def known_stages(stages: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Return the rows of the table ``stages`` that could be known on a day.

    Parameters
    ----------
    stages
        The table; a row with a later ``date_known`` is left out. Rows without one (or a table
        without the column) stand in a schedule that nobody had to wait for.
    as_of
        The day of knowledge.
    """
    if "date_known" not in stages:
        return stages
    known = pd.to_datetime(stages["date_known"])
    return stages[known.isna() | known.le(day(as_of))]


def _days_from(as_of: pd.Timestamp, dates: pd.Series) -> pd.Series:
    return (pd.to_datetime(dates) - as_of).dt.days.astype("Int64")


def stages_in_force(
    stages: pd.DataFrame, as_of: dt.date, params: StageParams = DEFAULTS
) -> pd.DataFrame:
    """Return the rows of ``stages``, the table, that are in force on a day, of all elections.

    Returns
    -------
    DataFrame
        The rows known by then (`known_stages`) with ``first``, ``last``, ``bound`` (`bounds`) and
        ``days_left`` (0 on the last day; NA where the end is not known), those that end first at
        the top. Undated rows are never in force by date: see `undated`.
    """
    today = day(as_of)
    rows = known_stages(stages, today)
    rows = rows.join(bounds(rows, params))
    rows = rows[rows["first"].le(today) & rows["last"].ge(today)]
    rows = rows.assign(days_left=_days_from(today, rows["date_end"]))
    return rows.sort_values(["last", "first", "stage_id"])


def undated(stages: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the table ``stages`` without any date, drawn as open bars."""
    return stages[stages["date_start"].isna() & stages["date_end"].isna()]


def next_stages(stages: pd.DataFrame, as_of: dt.date, n: int = 3) -> pd.DataFrame:
    """Return the next rows of ``stages`` to start after a day, with ``days_to`` their start.

    Rows whose start is not known are never among them, nor rows that nobody knew of on that day.

    Raises
    ------
    ParameterError
        For fewer than one.
    """
    if n < 1:
        raise ParameterError("n", n, "1 or more")
    today = day(as_of)
    rows = known_stages(stages, today)
    rows = rows[pd.to_datetime(rows["date_start"]).gt(today)]
    rows = rows.assign(days_to=_days_from(today, rows["date_start"]))
    return rows.sort_values(["date_start", "stage_id"]).head(n)


def window_of(stages: pd.DataFrame) -> Window:
    """Return first and last known day of rows of the table ``stages``, and which side is open."""
    start, end = pd.to_datetime(stages["date_start"]), pd.to_datetime(stages["date_end"])
    dates = pd.concat([start, end]).dropna()
    first = None if dates.empty else day(dates.min())
    last = None if dates.empty else day(dates.max())
    return Window(first, last)


def opening(
    stages: pd.DataFrame,
    elections: pd.DataFrame,
    as_of: dt.date,
    replayable: Sequence[str],
    params: StageParams = DEFAULTS,
) -> Opening:
    """Return how the product opens on a day.

    Parameters
    ----------
    stages, elections
        The tables; of the elections ``election`` and ``voting_date``.
    as_of
        Today.
    replayable
        Keys of the elections whose eve may be replayed, such as the general elections.
    params
        How open rows are read.

    Returns
    -------
    Opening
        With a stage in force, that; else social conflict outside elections and the eve of the
        latest past vote among ``replayable``.
    """
    today = day(as_of)
    current = stages_in_force(stages, today, params)
    if not current.empty:
        return Opening(True, tuple(dict.fromkeys(current["stage"])), None, None)
    votes = elections[elections["election"].isin(list(replayable))]
    votes = votes[pd.to_datetime(votes["voting_date"]).lt(today)]
    if votes.empty:
        return Opening(False, (), SOCIAL_STAGE, None)
    latest = votes.sort_values(["voting_date", "election"]).iloc[-1]
    eve = day(latest["voting_date"]) - pd.Timedelta(days=1)
    return Opening(False, (), SOCIAL_STAGE, eve)
