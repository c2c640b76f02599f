"""Figures of the first page: change by family, open potensi, freshness of the sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analytics.reports.counts import require_families
from analytics.reports.dates import day, spans
from analytics.reports.review.replay import believed_then, is_open
from analytics.reports.selection import in_window, known_on, known_since
from analytics.reports.silence import coverage_intervals, nihil_intervals, window_share
from geo.errors import ParameterError

STALE_POTENSI_DAYS = 90
"""Days after which an open potensi that nobody renewed is to be looked at again. The team meets
about three times a year, so that one never spoken of between two meetings is marked at the second.
"""


def _period_figures(
    reports: pd.DataFrame, families: Sequence[str], first: pd.Timestamp, last: pd.Timestamp
) -> pd.DataFrame:
    rows = reports[in_window(reports, first, last)]
    happened = rows[rows["kind"].eq("kejadian")]
    feared = rows[rows["kind"].eq("potensi") & ~rows["perkara_id"].isin(happened["perkara_id"])]
    figures = {
        "n_affairs": happened.groupby("family")["perkara_id"].nunique(),
        "n_reports": happened.groupby("family").size(),
        "n_potensi": feared.groupby("family")["perkara_id"].nunique(),
    }
    index = pd.Index(list(families), name="family", dtype="str")
    return pd.DataFrame({k: v.reindex(index, fill_value=0) for k, v in figures.items()})


def family_figures(
    reports: pd.DataFrame,
    as_of: dt.date,
    since: dt.date,
    families: Sequence[str],
    units: pd.DataFrame,
    coverage: pd.DataFrame,
) -> pd.DataFrame:
    """Return what happened since the mark, by family, and in the equally long time before it.

    Parameters
    ----------
    reports
        The table ``reports``.
    as_of
        The day of knowledge and the last day of the period.
    since
        The mark, such as the previous rakor; the period begins on the day after. Before ``as_of``.
    units
        The registry: ``code``, ``level``.
    coverage
        The table ``coverage_periods``.

    Returns
    -------
    DataFrame
        Index ``family``. ``n_affairs`` and ``n_reports`` of kejadian since the mark, ``n_before``
        affairs in the period before, ``change`` (their difference), ``n_potensi`` affairs known
        as potensi only; ``covered`` and ``before_covered``: whether every kabupaten was watched
        (or reported zero) through the period and the one before. Where ``before_covered`` is
        False a rise may only mean that more was watched. Both periods are seen with the knowledge
        of ``as_of``, so late reports are still missing from the newer one. Month rows count where
        their whole month lies in a period. There is no total over families.

    Raises
    ------
    ParameterError
        When the mark is not before the day, or a family is missing or repeated.
    """
    first, last = day(since) + pd.Timedelta(days=1), day(as_of)
    if first > last:
        raise ParameterError("since", since, f"before {as_of}")
    require_families(reports, families)
    before_last = first - pd.Timedelta(days=1)
    before_first = before_last - (last - first)
    known = reports[known_on(reports, as_of)]
    now = _period_figures(known, families, first, last)
    before = _period_figures(known, families, before_first, before_last)["n_affairs"]
    watched = pd.concat([coverage_intervals(coverage), nihil_intervals(known)])
    covered, before_covered = (
        bool(window_share(watched, units, "kabupaten", *window).ge(1.0).all())
        for window in ((first, last), (before_first, before_last))
    )
    return now.assign(
        n_before=before,
        change=now["n_affairs"] - before,
        covered=covered,
        before_covered=before_covered,
    )


def last_renewed(reports: pd.DataFrame, as_of: dt.date) -> pd.Series:
    """Return by affair the last day on which anybody reported of it, as known on a day.

    Parameters
    ----------
    reports
        The table ``reports``; zero reports renew nothing.
    as_of
        The day of knowledge.

    Returns
    -------
    Series
        Days, index ``perkara_id``: ``date_reported`` where known, else the last day that the event
        may mean.
    """
    rows = reports[known_on(reports, as_of) & reports["kind"].ne("nihil")]
    said: pd.Series = known_since(rows, 0).groupby(rows["perkara_id"]).max()
    return said.rename("renewed")


def open_potensi(
    reports: pd.DataFrame, as_of: dt.date, stale_days: int = STALE_POTENSI_DAYS
) -> pd.DataFrame:
    """Return the potensi that are open, most severe and newest first.

    Replayed, a day lists those that were open on it, as far as the day of a change is on record.

    Parameters
    ----------
    reports
        The table ``reports``.
    as_of
        The day of knowledge.
    stale_days
        1 to 3650: for how many days a potensi stands without a word about its affair.

    Returns
    -------
    DataFrame
        The columns of ``reports`` and ``age_days`` since the event (negative for a planned one),
        ``renewed`` (`last_renewed`), ``unrenewed_days`` since then and ``stale``: whether these
        are more than ``stale_days``.

    Raises
    ------
    ParameterError
        When ``stale_days`` is out of range.
    """
    if not 1 <= stale_days <= 3650:
        raise ParameterError("stale_days", stale_days, "1 to 3650")
    rows = reports[is_open(reports, as_of) & known_on(reports, as_of)]
    rows = believed_then(rows, as_of)
    said = last_renewed(reports, as_of).reindex(rows["perkara_id"])
    renewed = pd.Series(said.array, index=rows.index, dtype="datetime64[s]")
    age = (day(as_of) - pd.to_datetime(rows["date_event"])).dt.days.astype("Int64")
    unrenewed = (day(as_of) - renewed).dt.days.astype("Int64")
    return rows.assign(
        age_days=age,
        renewed=renewed,
        unrenewed_days=unrenewed,
        stale=unrenewed.gt(stale_days).astype(bool),
    ).sort_values(["severity", "date_event", "report_id"], ascending=[False, False, True])


def freshness(
    reports: pd.DataFrame, sources: pd.DataFrame, imports: pd.DataFrame, as_of: dt.date
) -> pd.DataFrame:
    """Return how fresh each group of sources is.

    Parameters
    ----------
    reports, sources, imports
        The tables ``reports``, ``sources`` and ``imports``; ``at`` of the imports in the zone whose
        days count.
    as_of
        The day of knowledge.

    Returns
    -------
    DataFrame
        One row per group, the stalest first: ``group`` (an agency where the report names one,
        else the kind of its source: ``publik``, ``berkas``, ``instansi``; ``tidak_diketahui``
        where it has none), ``origin`` (``agency`` or ``source``), ``n_reports``,
        ``n_reported_unknown`` (no reporting date), ``last_event`` and
        ``last_precision`` (latest day an event of the past may mean), ``last_reported``,
        ``last_import`` (also when an earlier day is
        replayed), ``age_days`` (from the later of event and reporting date to the day).
    """
    today = day(as_of)
    rows = reports[known_on(reports, as_of)]
    kind = rows["source_id"].map(
        sources.drop_duplicates("source_id").set_index("source_id")["kind"]
    )
    agency = rows["agency"].astype("str")
    at = pd.to_datetime(imports["at"]).dt.tz_localize(None)
    imported = pd.Series(at.dt.normalize().array, index=imports["import_id"].astype("str"))
    import_days = imported.reindex(rows["import_id"].astype("str")).array
    last = spans(rows)["last"]
    table = pd.DataFrame(
        {
            "group": agency.where(agency.notna(), kind.astype("str")).fillna("tidak_diketahui"),
            "origin": np.where(agency.notna(), "agency", "source"),
            "event": last.where(last.le(today)),
            "precision": rows["date_precision"],
            "reported": pd.to_datetime(rows["date_reported"]),
            "imported": import_days,
        },
        index=rows.index,
    )
    table = table.sort_values("event", kind="stable", na_position="first")
    grouped = table.groupby(["group", "origin"], as_index=False).agg(
        n_reports=("event", "size"),
        n_reported=("reported", "count"),
        last_event=("event", "max"),
        last_precision=("precision", "last"),
        last_reported=("reported", "max"),
        last_import=("imported", "max"),
    )
    newest = grouped[["last_event", "last_reported"]].max(axis=1)
    grouped["n_reported_unknown"] = grouped["n_reports"] - grouped.pop("n_reported")
    grouped["age_days"] = (today - newest).dt.days.astype("Int64")
    return grouped.sort_values(["age_days", "group"], ascending=[False, True], ignore_index=True)
