"""The day itself: the last report of each polling station, and who has not reported.

What counts is the latest answer at or before a moment. An unanswered call is no answer: the
station keeps its last answer, and the call is marked beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from geo.codes import is_one_of
from geo.errors import ParameterError

ANSWERS = ("buka", "terlambat", "masalah", "selesai")
SILENT = "belum_menjawab"
STATUSES = (*ANSWERS, SILENT)
DUE = ("masalah", "terlambat", "belum_buka", "tidak_menjawab", "belum_selesai")
"""Why a station should be called, the most urgent first."""


@dataclass(frozen=True)
class HariHParams:
    """When a station is expected to answer. Hours of the voting day; all assumptions.

    Attributes
    ----------
    open_hour
        When stations should be open, 0 to 24.
    grace_min
        Minutes after opening during which silence is not yet a reason to call, 0 to 720.
    follow_up_min
        Minutes after which a late or troubled station is called again, 1 to 720.
    finish_hour
        From when an open station that has not finished is called, 0 to 48 (36 is noon next day).
    """

    open_hour: float = 7.0
    grace_min: float = 60.0
    follow_up_min: float = 60.0
    finish_hour: float = 20.0

    def __post_init__(self) -> None:
        bounds = {
            "open_hour": (0, 24),
            "grace_min": (0, 720),
            "follow_up_min": (1, 720),
            "finish_hour": (0, 48),
        }
        for field in fields(self):
            value, (low, high) = getattr(self, field.name), bounds[field.name]
            if not low <= value <= high:
                raise ParameterError(field.name, value, f"{low} to {high}")
        if self.finish_hour <= self.open_hour:
            raise ParameterError("finish_hour", self.finish_hour, "after open_hour")


def moment(midnight: pd.Timestamp, hour: float) -> pd.Timestamp:
    """Return an hour of a day as a moment in UTC; 7.5 is 07:30, 24 the midnight after.

    Parameters
    ----------
    midnight
        When the day begins, with a time zone.
    hour
        0 or more.
    """
    return (midnight + pd.Timedelta(minutes=round(60 * hour))).tz_convert("UTC")


def _heard(entries: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """Return the entries valid at a moment, in the order of the times they report."""
    rows = entries[~entries["undone"].astype(bool) & entries["at"].le(at)]
    return rows.sort_values(["at", "entered_at"], kind="stable")


def state_at(
    tps_ids: pd.Index,
    entries: pd.DataFrame,
    at: pd.Timestamp,
    midnight: pd.Timestamp,
    params: HariHParams | None = None,
) -> pd.DataFrame:
    """Return what is known of each station at a moment.

    Parameters
    ----------
    tps_ids
        Ids of all stations of the election.
    entries
        The table ``tps_status``; entries of other stations are left out.
    at
        The moment, with a time zone.
    midnight
        When the voting day begins, with a time zone.
    params
        When answers are expected.

    Returns
    -------
    DataFrame
        Index ``tps_id`` in the given order. ``status`` of `STATUSES`; ``at`` of the last answer;
        ``note`` of it; ``missed``: a later unanswered call; ``silent_min`` minutes since
        the last answer, or since opening when there is none (0 before it); ``due`` of `DUE` or
        missing; ``due_min`` minutes by which the call is overdue.

    Notes
    -----
    By hand: opening 07:00, one hour of grace. At 08:30 a station that never reported is due
    as ``belum_buka`` since 08:00, thus by 30 minutes. One that was late at 07:10 is due again as
    ``terlambat`` since 08:10, by 20 minutes. One that opened at 07:05 is not due.
    """
    p = params or HariHParams()
    heard = _heard(entries, at)
    heard = heard[is_one_of(heard["tps_id"], tps_ids)]
    answers = heard[heard["status"].ne(SILENT)].drop_duplicates("tps_id", keep="last")
    last = answers.set_index("tps_id")[["status", "at", "note"]].reindex(tps_ids)
    calls = heard.drop_duplicates("tps_id", keep="last").set_index("tps_id")
    state = last.assign(status=last["status"].fillna(SILENT))
    state["missed"] = calls["status"].reindex(tps_ids).eq(SILENT).to_numpy(dtype=bool)
    opening = moment(midnight, p.open_hour)
    since = state["at"].fillna(opening)
    minutes = (at - since).dt.total_seconds() / 60
    state["silent_min"] = minutes.clip(lower=0)
    return state.join(_due(state, at, midnight, p)).rename_axis("tps_id")


def _due(
    state: pd.DataFrame, at: pd.Timestamp, midnight: pd.Timestamp, p: HariHParams
) -> pd.DataFrame:
    """Return why each station should be called, and for how long the call has been overdue."""
    status, silent = state["status"], state["silent_min"]
    unheard_min = (at - moment(midnight, p.open_hour)).total_seconds() / 60 - p.grace_min
    unfinished_min = (at - moment(midnight, p.finish_hour)).total_seconds() / 60
    overdue = {
        "masalah": (silent - p.follow_up_min).where(status.eq("masalah")),
        "terlambat": (silent - p.follow_up_min).where(status.eq("terlambat")),
        "belum_buka": pd.Series(unheard_min, index=state.index).where(status.eq(SILENT)),
        "tidak_menjawab": silent.where(state["missed"] & status.ne(SILENT)),
        "belum_selesai": pd.Series(unfinished_min, index=state.index).where(status.eq("buka")),
    }
    table = pd.DataFrame(overdue)[list(DUE)].to_numpy(dtype="float64")
    hit = np.nan_to_num(table, nan=-1.0) >= 0
    first = hit.argmax(axis=1)
    some = hit.any(axis=1)
    reason = np.where(some, np.array(DUE, dtype=object)[first], None)
    minutes = np.where(some, table[np.arange(len(table)), first], np.nan)
    return pd.DataFrame(
        {"due": pd.Series(reason, index=state.index, dtype="str"), "due_min": minutes},
        index=state.index,
    )


def by_hour(
    tps_ids: pd.Index,
    entries: pd.DataFrame,
    midnight: pd.Timestamp,
    hours: range,
    until: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Return how many stations are in each state at the end of each hour.

    Parameters
    ----------
    tps_ids, entries, midnight
        As for `state_at`.
    hours
        Hours of the voting day that begin at the given whole hours, such as ``range(6, 24)``.
    until
        Hours that end after this moment are left out.

    Returns
    -------
    DataFrame
        Index ``hour`` (the hour at whose end the count stands, 8 is 08:00): one column per status
        of `STATUSES`, which add up to the number of stations, and ``answers``, the answers that
        came within the hour.
    """
    rows = {}
    kept = entries[is_one_of(entries["tps_id"], tps_ids)]
    kept = _heard(kept, moment(midnight, hours.stop)) if len(hours) else kept
    kept = kept[kept["status"].ne(SILENT)]
    for hour in hours:
        start, end = moment(midnight, hour), moment(midnight, hour + 1)
        if until is not None and end > until:
            break
        now = kept[kept["at"].le(end)].drop_duplicates("tps_id", keep="last")
        counts = now["status"].value_counts().reindex(ANSWERS, fill_value=0).to_dict()
        within = int((kept["at"].gt(start) & kept["at"].le(end)).sum())
        rows[hour + 1] = {**counts, SILENT: len(tps_ids) - len(now), "answers": within}
    columns = [*STATUSES, "answers"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.astype("int64").rename_axis("hour")


def counts_of(state: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    """Return how many stations of each group are in each state.

    Parameters
    ----------
    state
        What `state_at` returns.
    group
        Group of each station, such as its kecamatan, on the same index.

    Returns
    -------
    DataFrame
        Index: the groups, sorted. One column per status of `STATUSES`, ``due`` (stations to
        call) and ``total``; the statuses add up to the total.
    """
    table = pd.crosstab(group, state["status"]).reindex(columns=list(STATUSES), fill_value=0)
    table["due"] = state["due"].notna().groupby(group).sum()
    table["total"] = table[list(STATUSES)].sum(axis=1)
    out = pd.DataFrame(table.astype("int64"))
    out.columns.name = None
    return out
