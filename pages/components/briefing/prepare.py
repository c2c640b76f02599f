"""Preparing a meeting: the list of all, and the form of one."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import date

import pandas as pd
import streamlit as st

from data.store.meeting.rules import DATE_BASES
from pages.components import cards, show
from pages.components.access.offers import offered
from pages.components.briefing import state
from pages.components.shell import language, plain, problem, t
from services.briefing.meetings import EXAMPLE, Meeting, prepare_next, save_meeting
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.texts import label

_OPENED, _NOTHING = "b_opened", "–"


def next_button(data: Dataset, as_of: date, place: st.delta_generator.DeltaGenerator) -> None:
    """Draw the button that begins the next meeting."""
    if not offered("meeting.write", told=False):
        return

    def begin() -> None:
        try:
            state.begin(prepare_next(data, as_of, state.office()))
        except EXPLAINED as error:
            st.session_state["b_fault"] = error

    place.button(
        t("rakor.prepare"), type="primary", key="b_prepare", on_click=begin, width="stretch"
    )
    fault = st.session_state.pop("b_fault", None)
    if fault is not None:
        problem(fault)


def meetings_table(meetings: list[Meeting], data: Dataset) -> None:
    """Draw past and coming meetings as a table."""
    lang = language()
    yes_no = {True: t("rakor.yes"), False: t("rakor.no")}
    rows = [
        {
            t("rakor.col_day"): state.held_words(one),
            t("rakor.col_basis"): label("slide_basis", one.date_basis, lang),
            t("rakor.col_unit"): str(data.names.get(one.unit_code, one.unit_code)),
            t("rakor.col_period"): one.period or _NOTHING,
            t("rakor.col_title"): one.title or _NOTHING,
            t("rakor.col_snapshot"): yes_no[one.snapshots > 0] if one.prepared else _NOTHING,
            t("rakor.col_decisions"): one.decisions if one.prepared else None,
            t("rakor.col_outcome"): one.outcome or _NOTHING,
            t("rakor.col_source"): data.source_urls.get(one.source_id) or _NOTHING,
        }
        for one in meetings
    ]
    frame = pd.DataFrame(rows)
    frame[t("rakor.col_decisions")] = frame[t("rakor.col_decisions")].astype("Int64")
    show.table(frame, height=320)


def draw(data: Dataset, meeting: Meeting) -> None:
    """Draw the form of a meeting, and store it when it is sent.

    What is replaced is the version that was opened: who saved meanwhile is named. Who may not
    prepare meetings sees who comes and what is on the agenda.
    """
    if not offered("meeting.write"):
        for words, lines in (("agencies", meeting.agencies), ("agenda", meeting.agenda)):
            show.title(t(f"rakor.{words}"))
            show.items(map(html.escape, lines))
        if meeting.date_basis == EXAMPLE:
            show.note(t("rakor.example"))
        return
    opened = _opened(meeting)
    if meeting.version != opened.version:
        _changed(meeting)
    key = f"{opened.meeting_id}|{opened.version}"
    with st.form(f"b_form|{key}", border=False):
        left, right = st.columns(2)
        day = left.date_input(
            t("rakor.col_day"), opened.held_on, format="DD/MM/YYYY", key=f"b_day|{key}"
        )
        first = DATE_BASES.index(opened.date_basis)
        basis = cards.choice(
            right, "rakor.basis", DATE_BASES, "slide_basis", f"b_basis|{key}", first
        )
        title = st.text_input(t("rakor.col_title"), opened.title, key=f"b_title|{key}")
        left, right = st.columns(2)
        agencies = _lines(left, "rakor.agencies", opened.agencies, f"b_agencies|{key}")
        agenda = _lines(right, "rakor.agenda", opened.agenda, f"b_agenda|{key}")
        sent = st.form_submit_button(t("rakor.save"), type="primary")
    if opened.date_basis == EXAMPLE:
        show.note(t("rakor.example"))
    if not sent:
        return
    wanted = replace(
        opened, held_on=day, date_basis=basis, title=title, agencies=agencies, agenda=agenda
    )
    try:
        saved = save_meeting(data, wanted, state.office())
    except EXPLAINED as error:
        problem(error)
        return
    st.session_state.pop(_OPENED, None)
    st.toast(plain(t("rakor.saved", title=saved.title)))
    state.turn_to(saved.meeting_id, state.PREPARE)


def _lines(
    place: st.delta_generator.DeltaGenerator, words: str, lines: tuple[str, ...], key: str
) -> tuple[str, ...]:
    said = place.text_area(t(words), "\n".join(lines), height=230, key=key, help=t("rakor.a_line"))
    return tuple(str(said or "").split("\n"))


def _opened(meeting: Meeting) -> Meeting:
    """Return the version that this reader opened, which stays until it is saved or loaded anew."""
    kept: Meeting | None = st.session_state.get(_OPENED)
    if kept is None or kept.meeting_id != meeting.meeting_id:
        kept = st.session_state[_OPENED] = meeting
    return kept


def _changed(meeting: Meeting) -> None:
    said, button = st.columns([5, 1.4], vertical_alignment="center")
    said.warning(plain(t("rakor.meanwhile", office=meeting.office)))
    button.button(
        t("rakor.load"),
        key="b_load",
        on_click=st.session_state.pop,
        args=(_OPENED, None),
        width="stretch",
    )
