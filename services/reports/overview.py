"""The first page: what is in force, what changed, what comes, and where to look."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd

from analytics.reports.agenda import agenda_ahead
from analytics.reports.overview import family_figures, freshness, open_potensi
from analytics.reports.rakor import RakorMark, previous_rakor
from analytics.reports.silence import watched_until
from analytics.reports.stages import (
    Opening,
    known_stages,
    next_stages,
    opening,
    stages_in_force,
    undated,
)
from data.province import province, zone
from services.dataset import Dataset
from services.memo import memo
from services.reports.watch import watch_list

HEADLINE_FAMILIES = ("konflik", "unjuk_rasa", "pelanggaran", "logistik")
"""The four figures of the page; the other families are on the Hotspot page."""

AGENDA_DAYS = 14

VOTING_STAGES = ("pemungutan_penghitungan", "psu")
"""Stages that begin with a day of voting."""

WINDOWS = ("rakor", "bulan_3", "tahun", "semua")
_WINDOW_DAYS = {"bulan_3": 91, "tahun": 365}


@dataclass(frozen=True, eq=False)
class Overview:
    """What the page draws; see the functions of `analytics` for the columns of the frames.

    Attributes
    ----------
    mark
        The previous rakor, or the end of its reporting month as an assumption.
    opening
        Whether stages are in force, and what to offer when none is.
    open_stages
        Keys of the stages without fixed dates of the elections that have a stage in force.
    last_covered
        Last day that anybody is known to have watched the whole province; None when there is none,
        and while watching goes on: a replay does not know when it will end.
    last_word
        Last day that anything is known of, watched or reported, where watching has ended
        everywhere; None while it goes on anywhere, and where there never was any.
    vote
        The next day of voting, this day included, and its stage; None where none is known.
    """

    mark: RakorMark
    opening: Opening
    open_stages: list[str]
    last_covered: pd.Timestamp | None
    last_word: pd.Timestamp | None
    vote: tuple[pd.Timestamp, str] | None
    in_force: pd.DataFrame = field(repr=False)
    coming: pd.DataFrame = field(repr=False)
    figures: pd.DataFrame = field(repr=False)
    potensi: pd.DataFrame = field(repr=False)
    agenda: pd.DataFrame = field(repr=False)
    watch: pd.DataFrame = field(repr=False)
    sources: pd.DataFrame = field(repr=False)


@memo(32)
def overview(data: Dataset, as_of: date, mark: RakorMark | None = None) -> Overview:
    """Return the first page as known on a day.

    ``mark`` is the day from which changes are counted; None: the previous rakor.
    """
    mark = previous_rakor(data.rakor, as_of) if mark is None else mark
    imports = data.imports.assign(at=data.imports["at"].dt.tz_convert(zone()))
    watched = watched_until(data.coverage_periods, data.units, "kabupaten")
    before = watched.min() < pd.Timestamp(as_of)
    in_force = stages_in_force(data.stages, as_of)
    loose = undated(known_stages(data.stages, as_of))
    sources = freshness(data.reports, data.sources, imports, as_of)
    return Overview(
        mark=mark,
        opening=opening(data.stages, data.elections, as_of, province().replayable),
        last_covered=None if watched.isna().any() or not before else watched.min(),
        last_word=_last_word(watched, sources, as_of),
        vote=_next_vote(data.stages, as_of),
        open_stages=list(loose["stage"][loose["election"].isin(in_force["election"])].unique()),
        in_force=in_force,
        coming=next_stages(data.stages, as_of, 2),
        figures=family_figures(
            data.countable, as_of, mark.date, HEADLINE_FAMILIES, data.units, data.coverage_periods
        ),
        potensi=open_potensi(data.countable, as_of),
        agenda=agenda_ahead(data.agenda, data.stages, as_of, AGENDA_DAYS),
        watch=watch_list(data, as_of),
        sources=sources,
    )


def _last_word(watched: pd.Series, sources: pd.DataFrame, as_of: date) -> pd.Timestamp | None:
    last: pd.Timestamp = watched.max()
    if pd.isna(last) or last >= pd.Timestamp(as_of):
        return None
    told = sources["last_event"].max()
    return last if pd.isna(told) else max(last, told)


def _next_vote(stages: pd.DataFrame, as_of: date) -> tuple[pd.Timestamp, str] | None:
    rows = known_stages(stages, as_of)
    rows = rows[rows["stage"].isin(VOTING_STAGES) & rows["date_start"].ge(pd.Timestamp(as_of))]
    if rows.empty:
        return None
    first = rows.sort_values(["date_start", "stage_id"]).iloc[0]
    return first["date_start"], str(first["stage"])


def window_start(window: str, as_of: date, mark: RakorMark) -> date | None:
    """Return the first day of a window that ends on a day; None for everything known."""
    if window == "semua":
        return None
    if window == "rakor":
        return (mark.date + pd.Timedelta(days=1)).date()
    return as_of - timedelta(days=_WINDOW_DAYS[window])
