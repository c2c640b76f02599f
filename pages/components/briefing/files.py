"""Files of a meeting: each is made when it is asked for, watched, and handed over whole."""

from __future__ import annotations

import streamlit as st

from pages.components import show
from pages.components.briefing import state
from pages.components.shell import language, plain, problem, t
from services.briefing.choice import Choice
from services.briefing.job import Progress, job_of, start
from services.briefing.make import FORMATS, MIME, SUFFIXES, file_of
from services.briefing.meetings import Meeting
from services.briefing.snapshot import Snapshot
from services.explain import EXPLAINED
from services.texts import label, number

_KIB = 1024


def draw(meeting: Meeting, snapshot: Snapshot, choice: Choice) -> None:
    """Draw a row for each kind of file: make it, watch it, take it."""
    show.note(t("rakor.files_note"))
    for kind in FORMATS:
        _row(kind, meeting, snapshot, choice)


def _row(kind: str, meeting: Meeting, snapshot: Snapshot, choice: Choice) -> None:
    lang = language()
    key = (kind, snapshot.digest, choice.to_json(), lang)
    name = label("rakor_file", kind, lang)
    job = job_of(key)
    if job is not None and job.status != "done":
        state.watch(key, t("rakor.making", what=name))
    words, button = st.columns([6, 2], vertical_alignment="center")
    if job is None or job.status != "done":
        words.markdown(plain(name))

        def make(report: Progress) -> bytes:
            return file_of(kind, snapshot, choice, lang, report)

        running = job is not None and job.status == "running"
        if button.button(t("rakor.make"), key=f"b_make|{kind}", disabled=running, width="stretch"):
            _begin(key, make)
        return
    size = number(len(job.result) / _KIB, lang)
    words.markdown(plain(t("rakor.made", what=name, kb=size, s=number(job.seconds, lang, 1))))
    button.download_button(
        t("rakor.download"),
        job.result,
        f"rakor-{meeting.held_on}{'-laporan' if kind == 'report' else ''}{SUFFIXES[kind]}",
        MIME[kind],
        key=f"b_file|{kind}",
        on_click="ignore",
        width="stretch",
    )


def _begin(key: tuple[object, ...], make: object) -> None:
    try:
        start(key, make)  # type: ignore[arg-type]
    except EXPLAINED as error:
        problem(error)
        return
    st.rerun()
