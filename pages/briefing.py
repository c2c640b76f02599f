"""Briefing: a rakor prepared, shown, kept as files, and followed up at the next one."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.components import cursor, loaders, shell, show
from pages.components.briefing import content, decide, files, freeze, prepare, state, two
from pages.components.briefing.present import present
from pages.components.shell import language, problem, t
from pages.components.top import top
from services.briefing.choice import chosen
from services.briefing.meetings import Meeting, meetings_on, standing
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.texts import day, number


def main() -> None:
    shell.enter("briefing")
    data, as_of = loaders.dataset(), cursor.as_of()
    head = top(back=False)
    meetings = meetings_on(data, as_of)
    prepared = [one for one in meetings if one.prepared]
    with st.container(key="bar"):
        bar = st.columns([2.2, 1.5, 1.3], vertical_alignment="bottom")
    state.office_box(bar[1])
    state.meeting_box(prepared, bar[0])
    prepare.next_button(data, as_of, bar[2])
    draft: Meeting | None = st.session_state.get(state.DRAFT)
    meeting = state.chosen_meeting(prepared)
    with head:
        _head(data, meetings)
    if draft is not None:
        show.title(t("rakor.draft", period=draft.period))
        prepare.draw(data, draft)
    elif meeting is not None:
        step = state.step_box()
        if step not in (state.PRESENT, state.COMPARE):  # these have exhibits of their own
            show.presented(pd.DataFrame({t("rakor.agenda"): list(meeting.agenda)}), "rakor")
        _step(data, meeting, step)
    with st.expander(t("rakor.all", n=len(meetings)), expanded=meeting is None and draft is None):
        prepare.meetings_table(meetings, data)
    cursor.cursor(data)


def _head(data: Dataset, meetings: list[Meeting]) -> None:
    lang = language()
    stands = standing(data, cursor.as_of())
    coming = stands.coming
    found = t("rakor.coming", period=coming.period) if coming else t("rakor.none_coming")
    late = t("rakor.late", n=stands.overdue) if stands.overdue else t("rakor.none_late")
    sub = t(
        "rakor.sub",
        n=number(sum(one.prepared for one in meetings), lang),
        cited=number(sum(not one.prepared for one in meetings), lang),
        day=day(cursor.as_of(), lang),
    )
    show.heading(f"{found}; {late}", sub, replay=cursor.replay_words())


def _step(data: Dataset, meeting: Meeting, step: str) -> None:
    if step == state.PREPARE:
        prepare.draw(data, meeting)
    elif step == state.FREEZE:
        freeze.draw(data, meeting)
    elif step == state.DECIDE:
        decide.draw(data, meeting)
    elif step == state.LAST:
        decide.draw_last(data, meeting)
    elif step == state.COMPARE:
        two.draw(data, meeting)
    else:
        _shown(data, meeting, step)


def _shown(data: Dataset, meeting: Meeting, step: str) -> None:
    """Draw a step that needs the slides."""
    snapshot = freeze.shown_from(data, meeting)
    if snapshot is None:
        return
    known = chosen(data, meeting.meeting_id)
    if step == state.FILES:
        files.draw(meeting, snapshot, known.choice)
        return
    deck = freeze.deck_in(snapshot, None if step == state.CONTENT else known.choice)
    if deck is None:
        return
    if step == state.CONTENT:
        content.draw(data, meeting, deck, known)
        return
    try:
        present(deck)
    except EXPLAINED as error:
        problem(error)


main()
