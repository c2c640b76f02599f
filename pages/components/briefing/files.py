"""Files of a meeting: each is made when it is asked for, watched, and handed over whole."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import streamlit as st

from pages.components import show
from pages.components.briefing import state
from pages.components.shell import language, plain, problem, t
from services.briefing.choice import Choice
from services.briefing.deck import Deck
from services.briefing.job import Progress, job_of, start
from services.briefing.make import (
    FORMATS,
    MIME,
    NOTES,
    PDF,
    PPTX,
    REPORT,
    SUFFIXES,
    deck_file,
    file_of,
)
from services.briefing.meetings import Meeting
from services.briefing.snapshot import Snapshot
from services.explain import EXPLAINED
from services.texts import label, number

_KIB = 1024
_ENDINGS = {NOTES: "-catatan", REPORT: "-laporan"}
Make = Callable[[Progress], bytes]


def draw(meeting: Meeting, snapshot: Snapshot, choice: Choice) -> None:
    """Draw a row for each kind of file: make it, watch it, take it."""
    show.note(t("rakor.files_note"))
    lang = language()

    def row(kind: str) -> None:
        def make(report: Progress) -> bytes:
            return file_of(kind, snapshot, choice, lang, report)

        key = (kind, snapshot.digest, choice.to_json(), lang)
        _row(kind, f"rakor-{meeting.held_on}{_ENDINGS.get(kind, '')}", key, make)

    for kind in FORMATS:
        row(kind)


def draw_compared(deck: Deck, key: Hashable) -> None:
    """Draw the rows of the slides that compare two snapshots, which ``key`` names."""

    def row(kind: str) -> None:
        def make(report: Progress) -> bytes:
            return deck_file(kind, deck, report)

        _row(kind, f"banding-{deck.as_of}", (kind, key, deck.lang), make)

    for kind in (PPTX, PDF):
        row(kind)


def _row(kind: str, name: str, key: tuple[object, ...], make: Make) -> None:
    """Draw a row; ``name`` is that of the file without its suffix."""
    lang = language()
    what = label("rakor_file", kind, lang)
    job = job_of(key)
    if job is not None and job.status != "done":
        state.watch(key, t("rakor.making", what=what))
    words, button = st.columns([6, 2], vertical_alignment="center")
    if job is None or job.status != "done":
        words.markdown(plain(what))
        running = job is not None and job.status == "running"
        if button.button(t("rakor.make"), key=f"b_make|{kind}", disabled=running, width="stretch"):
            _begin(key, make)
        return
    size = number(len(job.result) / _KIB, lang)
    words.markdown(plain(t("rakor.made", what=what, kb=size, s=number(job.seconds, lang, 1))))
    button.download_button(
        t("rakor.download"),
        job.result,
        f"{name}{SUFFIXES[kind]}",
        MIME[kind],
        key=f"b_file|{kind}",
        on_click="ignore",
        width="stretch",
    )


def _begin(key: tuple[object, ...], make: Make) -> None:
    try:
        start(key, make)
    except EXPLAINED as error:
        problem(error)
        return
    st.rerun()
