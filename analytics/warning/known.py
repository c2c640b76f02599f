"""What a past day believed: which potensi were open, which affairs had not been peaceful."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from analytics.reports.dates import day, spans
from analytics.reports.places import levels_of
from analytics.reports.review.replay import HISTORY, STATUS, status_on
from analytics.reports.selection import is_calm, known_on, known_since
from analytics.reports.watch import unpeaceful, watched_place


def believed_on(reports: pd.DataFrame, as_of: dt.date, became_days: int) -> pd.DataFrame:
    """Return the reports known on a day with the ``status`` that was believed then.

    Where the day of a change is not on record the latest status counts: a potensi that became an
    incident was open until the incident was known; one that came to nothing, or was calmed, counts
    as settled from the start.

    Parameters
    ----------
    reports
        The table ``reports`` without totals.
    as_of
        The day of knowledge.
    became_days
        0 or more: where no incident of the affair is known, the potensi stays open for so long.

    Returns
    -------
    DataFrame
        The known rows, and ``place`` (`analytics.reports.watch.watched_place`), ``first`` and
        ``last`` (days that the event may mean), ``known`` (since when) and ``unpeaceful``
        (a conflict, or a disorderly assembly, that happened).
    """
    rows = reports[known_on(reports, as_of)]
    span = spans(rows)
    rows = rows.assign(
        status=status_on(rows, as_of),
        place=watched_place(rows),
        first=span["first"],
        last=span["last"],
        known=known_since(rows),
        unpeaceful=rows["kind"].eq("kejadian") & unpeaceful(rows),
    )
    became = rows["kind"].eq("potensi") & rows["status"].eq("menjadi_kejadian")
    if HISTORY[STATUS] in rows:
        became &= rows[HISTORY[STATUS]].isna()
    if not became.any():
        return rows
    happened = rows[rows["kind"].eq("kejadian")].groupby("perkara_id")["last"].max()
    incident = pd.Series(happened.reindex(rows["perkara_id"]).array, index=rows.index)
    turned = incident.ge(rows["first"]).fillna(False).astype(bool)
    over = (day(as_of) - rows["known"]).dt.days.gt(became_days)
    open_still = became & ~turned & ~over
    return rows.assign(status=rows["status"].mask(open_still, "terbuka"))


def open_ones(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the open potensi of ``rows`` (`believed_on`); assemblies among them weigh nothing."""
    return rows[rows["kind"].eq("potensi") & rows["status"].eq("terbuka")]


def weighing(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` (`believed_on`) without the potensi of lawful assembly, which weigh nothing.

    An assembly that is planned is taken for peaceful unless it is said that it will not be.
    """
    return rows[~(rows["kind"].eq("potensi") & is_calm(rows))]


def turned_violent(rows: pd.DataFrame, as_of: dt.date, days: int) -> pd.DataFrame:
    """Return ``rows`` (`believed_on`) of what was not peaceful in so many days before a day."""
    recent: pd.DataFrame = rows[rows["unpeaceful"] & (day(as_of) - rows["last"]).dt.days.le(days)]
    return recent


def in_a_kabupaten(codes: pd.Series) -> pd.Series:
    """Return which ``codes``, on their index, are finer than the province."""
    return levels_of(codes).ne("provinsi")
