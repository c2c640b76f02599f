"""What comes in the next days: planned events, and starts and ends of stages."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from analytics.reports.dates import day
from analytics.reports.stages import known_stages
from geo.errors import ParameterError

AHEAD_MAX_DAYS = 366
UNFORESEEN = ("psu", "hitung_ulang")
"""Kinds that follow from what went wrong in a vote, so that nobody knew of them long before."""

NOTICE_DAYS = 3
"""Days before an unforeseen event from which it is taken as known where that is not said."""

TOLD_BY = {
    "logistik": ("distribusi",),
    "psu": ("psu",),
    "rekapitulasi": ("penetapan",),
    "sengketa_hasil": ("sidang", "putusan", "tenggat"),
    "pelantikan": ("pelantikan",),
}
"""Kinds of agenda rows that are themselves the first or last day of a stage: a delivery on the
first day of deliveries, the ruling that ends a dispute. The agenda row has the place and the
office, so that day of the stage is not listed beside it."""

_ROW = [
    "date_start",
    "date_end",
    "origin",
    "row_id",
    "kind",
    "title",
    "unit_code",
    "election",
    "expected_crowd",
    "owner",
    "permit",
    "source_id",
    "known_since",
]
COLUMNS = [*_ROW[:2], "days_to", *_ROW[2:]]


def planned(agenda: pd.DataFrame, as_of: dt.date, days: int = 14) -> pd.DataFrame:
    """Return the agenda rows that touch a day and so many days after it.

    Parameters
    ----------
    agenda
        The table ``agenda``.
    as_of
        The day of knowledge: rows with a later ``date_known`` are left out. Rows without one are
        listed, since nothing says they were not known; but a vote that is repeated (`UNFORESEEN`)
        only from `NOTICE_DAYS` before it, so that a replay of the eve does not know of it.
    days
        1 to 366.

    Returns
    -------
    DataFrame
        Columns as in `agenda_ahead`, by date, then title.
    """
    start, end = pd.to_datetime(agenda["date_start"]), pd.to_datetime(agenda["date_end"])
    rows = agenda.assign(
        date_start=start,
        date_end=end.where(end.notna(), start),
        origin="agenda",
        row_id=agenda["agenda_id"],
        election=pd.Series(pd.NA, index=agenda.index, dtype="str"),
        known_since=pd.to_datetime(agenda["date_known"]),
    )
    notice = start - pd.Timedelta(days=NOTICE_DAYS)
    assumed = rows["known_since"].isna() & ~(rows["kind"].isin(UNFORESEEN) & notice.gt(day(as_of)))
    return _ahead(rows[assumed | rows["known_since"].le(day(as_of))], as_of, days)


def _stage_days(stages: pd.DataFrame, as_of: dt.date, days: int = 14) -> pd.DataFrame:
    """Return the first and last days of stages that fall on a day or so many days after it.

    Columns as in `agenda_ahead`; ``kind`` is ``tahapan`` for a stage of one day, else
    ``tahapan_mulai`` and ``tahapan_selesai``.
    """
    start, end = pd.to_datetime(stages["date_start"]), pd.to_datetime(stages["date_end"])
    single = start.eq(end)
    parts = [
        stages.assign(date_start=date, date_end=date, kind=kind)[rows]
        for date, kind, rows in (
            (start, "tahapan", single),
            (start, "tahapan_mulai", start.notna() & ~single),
            (end, "tahapan_selesai", end.notna() & ~single),
        )
    ]
    rows = pd.concat(parts)
    unknown = pd.Series(pd.NA, index=rows.index, dtype="str")
    rows = rows.assign(
        origin="stage",
        row_id=rows["stage_id"],
        title=rows["name"],
        unit_code=unknown,
        expected_crowd=pd.Series(pd.NA, index=rows.index, dtype="Int64"),
        owner=unknown,
        permit=unknown,
        known_since=pd.Series(pd.NaT, index=rows.index, dtype="datetime64[s]"),
    )
    return _ahead(rows, as_of, days)


def _ahead(rows: pd.DataFrame, as_of: dt.date, days: int) -> pd.DataFrame:
    if not 1 <= days <= AHEAD_MAX_DAYS:
        raise ParameterError("days", days, f"1 to {AHEAD_MAX_DAYS}")
    today = day(as_of)
    until = today + pd.Timedelta(days=days)
    rows = rows.loc[rows["date_start"].le(until) & rows["date_end"].ge(today), _ROW]
    days_to = (rows["date_start"] - today).dt.days.clip(lower=0).astype("Int64")
    rows = rows.assign(days_to=days_to)[COLUMNS]
    return rows.sort_values(["date_start", "title", "row_id"], ignore_index=True)


def agenda_ahead(
    agenda: pd.DataFrame, stages: pd.DataFrame, as_of: dt.date, days: int = 14
) -> pd.DataFrame:
    """Return what comes from a day to so many days later: agenda, and starts and ends of stages.

    Parameters
    ----------
    agenda, stages
        The tables ``agenda`` and ``stages``.
    as_of
        The day of knowledge; what goes on or falls on that very day is listed.
    days
        1 to 366.

    Returns
    -------
    DataFrame
        ``date_start``, ``date_end``, ``days_to`` (0 today or already going on), ``origin``
        (``agenda`` or ``stage``), ``row_id``, ``kind``, ``title``, ``unit_code`` (NA for
        stages), ``election`` (NA for the agenda), ``expected_crowd``, ``owner``, ``permit``,
        ``source_id``, ``known_since`` (NaT: unknown). By date, then title. Each event once: an
        agenda row stands for a stage row of the same day and title and for a day of a stage that
        its kind tells of (`TOLD_BY`); equal stage rows are listed once. Stages that were not
        known yet (`stages.known_stages`) are left out.
    """
    rows = pd.concat(
        [planned(agenda, as_of, days), _stage_days(known_stages(stages, as_of), as_of, days)],
        ignore_index=True,
    )
    from_stage = rows["origin"].eq("stage")
    key = rows["date_start"].astype("str") + " " + rows["title"].str.strip().str.casefold()
    repeated = (key.duplicated() | _told(rows, agenda, stages)) & from_stage
    return rows[~repeated].sort_values(["date_start", "title", "row_id"], ignore_index=True)


def _told(rows: pd.DataFrame, agenda: pd.DataFrame, stages: pd.DataFrame) -> pd.Series:
    """Return which rows are days of a stage that a listed agenda row tells of."""
    stage = rows["row_id"].map(stages.set_index("stage_id")["stage"])
    listed = agenda[agenda["agenda_id"].isin(rows["row_id"])]
    start = pd.to_datetime(listed["date_start"])
    end = pd.to_datetime(listed["date_end"])
    days = pd.concat([listed.assign(at=start), listed.assign(at=end.where(end.notna(), start))])
    told = {
        (at, stage)
        for at, kind in zip(days["at"], days["kind"], strict=True)
        for stage, kinds in TOLD_BY.items()
        if kind in kinds
    }
    pairs = zip(rows["date_start"], stage, strict=True)
    return pd.Series([pair in told for pair in pairs], index=rows.index, dtype="bool")
