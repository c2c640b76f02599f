"""Snapshots of a meeting: taking one, and what a meeting is shown from."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from threading import Lock, Thread

import pandas as pd
import streamlit as st

from data.province import zone
from pages.components import show
from pages.components.access.offers import offered
from pages.components.briefing import state
from pages.components.briefing.compare import draw_corrections
from pages.components.briefing.present import page_of
from pages.components.shell import language, problem, t
from services.briefing.choice import Choice, chosen
from services.briefing.deck import Deck
from services.briefing.follow import freeze
from services.briefing.job import forget, job_of, start
from services.briefing.make import as_chosen
from services.briefing.meetings import Meeting
from services.briefing.slides.build import deck_of
from services.briefing.snapshot import Progress, Snapshot, last_snapshot, preview, snapshots_of
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.texts import day

_ONE = Lock()
"""Held while slides are made: whoever asks meanwhile takes what comes of it."""


def shown_from(data: Dataset, meeting: Meeting) -> Snapshot | None:
    """Return what a meeting is shown from: its last snapshot, else a preview once it is made."""
    kept = last_snapshot(data, meeting.meeting_id)
    if kept is not None:
        _ahead(_known(kept, chosen(data, meeting.meeting_id).choice))
        return kept
    as_of, office = state.known_on(meeting), state.office()
    key = ("preview", meeting.meeting_id, meeting.version, as_of)

    def make(report: Progress) -> Snapshot:
        return preview(data, meeting.row(), as_of, office, None, report)

    job = job_of(key)
    if job is None:  # one that was cancelled is begun again only when it is asked for
        try:
            job = start(key, make)
        except EXPLAINED as error:
            problem(error)
            return None
    if job.status == "running":
        state.watch(key, t("rakor.making_preview"))
        return None
    words, button = st.columns([5, 1.4], vertical_alignment="center")
    with words:
        if job.status == "done":
            show.note(t("rakor.preview", day=day(as_of, language())))
        else:
            state.say_ended(job, t("rakor.making_preview"))
    button.button(t("rakor.again"), key="b_again", on_click=forget, args=(key,), width="stretch")
    found: Snapshot | None = job.result
    return found


def deck_in(snapshot: Snapshot, choice: Choice | None = None) -> Deck | None:
    """Return the slides of a snapshot in the language of the page; None after a fault is told.

    Parameters
    ----------
    choice
        Which are shown and how; None: all, as they are. The same deck comes back as long as
        nothing changes.
    """
    try:
        with _ONE:
            return _deck(_known(snapshot, choice))
    except EXPLAINED as error:
        problem(error)
        return None


@dataclass(frozen=True)
class _Known:
    """What a deck is known by: its snapshot and its choice, each by what it holds."""

    digest: str
    lang: str
    chosen: str | None
    snapshot: Snapshot = field(compare=False)
    choice: Choice | None = field(compare=False)


def _known(snapshot: Snapshot, choice: Choice | None) -> _Known:
    said = None if choice is None else choice.to_json()
    return _Known(snapshot.digest, language(), said, snapshot, choice)


@lru_cache(maxsize=8)
def _deck(known: _Known) -> Deck:
    if known.choice is None:
        return deck_of(known.snapshot, known.lang)
    return as_chosen(_deck(replace(known, chosen=None, choice=None)), known.choice)


@lru_cache(maxsize=8)
def _ahead(known: _Known) -> None:
    """Begin to make what is presented, once, so that it opens at once when it is asked for."""

    def make() -> None:
        with _ONE, suppress(EXPLAINED):  # what does not fit is told when it is asked for
            page_of(_deck(known))

    Thread(target=make, name="ahead", daemon=True).start()


def draw(data: Dataset, meeting: Meeting) -> None:
    """Draw what a snapshot does, the button that takes one, and those that were taken."""
    as_of, lang = state.known_on(meeting), language()
    kept = snapshots_of(data, meeting.meeting_id)
    show.note(t("rakor.freeze_note", day=day(as_of, lang)))
    key = ("snapshot", meeting.meeting_id, as_of, len(kept))
    _button(data, meeting, as_of, key)
    job = state.watch(key, t("rakor.making_snapshot"))
    if job is not None:
        forget(key)
        st.toast(t("rakor.taken", day=day(as_of, lang)))
        st.rerun()
    last = last_snapshot(data, meeting.meeting_id)
    if last is None:
        show.empty(t("rakor.no_snapshot"))
        return
    show.table(_table(kept))
    if not last.sound:
        st.error(t("rakor.unsound"))
    draw_corrections(data, last)
    _ahead(_known(last, chosen(data, meeting.meeting_id).choice))


def _button(data: Dataset, meeting: Meeting, as_of: date, key: tuple[object, ...]) -> None:
    if not offered("meeting.snapshot"):
        return
    office = state.office()

    def take() -> None:
        def make(report: Progress) -> str:
            return freeze(data, meeting.meeting_id, as_of, office, report)

        try:
            start(key, make)
        except EXPLAINED as error:
            problem(error)

    st.button(t("rakor.take"), type="primary", key="b_take", on_click=take)


def _table(kept: pd.DataFrame) -> pd.DataFrame:
    lang = language()
    made = kept["made_at"].dt.tz_convert(zone())
    spans = zip(kept["period_start"], kept["period_end"], strict=True)
    return pd.DataFrame(
        {
            t("rakor.col_as_of"): [day(one, lang, "short") for one in kept["as_of"]],
            t("rakor.col_locks"): [
                f"{day(first, lang, 'short')} – {day(last, lang, 'short')}" for first, last in spans
            ],
            t("rakor.col_made"): [f"{day(one, lang, 'short')} {one:%H.%M}" for one in made],
            t("rakor.office"): kept["office"].tolist(),
            t("rakor.col_digest"): kept["digest"].str[:12].tolist(),
        }
    )[::-1]
