"""Decisions of a meeting as actions, and what came of those of the meeting before."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import streamlit as st

from data.clock import now, today
from data.store.meeting.rules import ENDED, WARNING_OUTCOMES
from pages.components import cards, show
from pages.components.access.offers import offered
from pages.components.briefing import state
from pages.components.shell import language, plain, problem, t
from services.actions.register import actions_on, close_action, history_of, row_of, save_action
from services.actions.words import actions_table
from services.briefing.facts.plain import Facts
from services.briefing.follow import left_by
from services.briefing.meetings import Meeting, previous_meeting
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.texts import day
from services.warning.register import close

_VIA = "rakor"
_DUE_DAYS = 14


def decided_day(meeting: Meeting) -> date:
    """Return the day on which what is decided holds: that of the meeting, today at the latest."""
    return min(meeting.held_on or today(), today())


def draw(data: Dataset, meeting: Meeting) -> None:
    """Draw the form of a decision, and what the meeting decided so far."""
    if offered("action.write"):
        _form(data, meeting)
    rows = actions_of(data, meeting, today())
    show.title(t("rakor.decided", n=len(rows)))
    if rows.empty:
        show.empty(t("rakor.none_decided"))
    else:
        show.table(actions_table(rows, language()))


def _form(data: Dataset, meeting: Meeting) -> None:
    on = decided_day(meeting)
    anew = int(data.read("actions")["meeting_id"].eq(meeting.meeting_id).sum())
    key = f"{meeting.meeting_id}|{anew}"  # fields are empty again once a decision is kept
    places = data.place_names
    with st.form(f"b_decide|{key}", border=False):
        left, right = st.columns(2)
        risk = left.text_input(t("action_column.risk"), key=f"b_risk|{key}")
        decision = right.text_input(t("action_column.decision"), key=f"b_decision|{key}")
        fields = st.columns([1.4, 1, 1.6])
        owner = fields[0].selectbox(
            t("action_column.owner"),
            meeting.agencies,
            index=None,
            accept_new_options=True,
            placeholder=t("rakor.choose"),
            key=f"b_owner|{key}",
        )
        due = fields[1].date_input(
            t("action_column.due"),
            on + timedelta(days=_DUE_DAYS),
            format="DD/MM/YYYY",
            key=f"b_due|{key}",
        )
        place = fields[2].selectbox(
            t("action_column.place"),
            list(places),
            index=None,
            format_func=places.__getitem__,
            placeholder=t("rakor.choose"),
            key=f"b_place|{key}",
        )
        reason = st.text_input(t("action_column.reason"), key=f"b_reason|{key}")
        if not st.form_submit_button(t("rakor.decide"), type="primary"):
            return
    values = {
        "meeting_id": meeting.meeting_id,
        "risk": risk.strip() or None,
        "decision": decision.strip() or None,
        "owner": (owner or "").strip() or None,
        "due": due,
        "place_code": place,
        "reason": reason.strip() or None,
        "opened_on": on,
    }
    try:
        save_action(data, values, state.office(), _VIA, on=on)
    except EXPLAINED as error:
        problem(error)
        return
    st.rerun()


def actions_of(data: Dataset, meeting: Meeting, as_of: date) -> pd.DataFrame:
    """Return the actions that a meeting decided; columns of `actions_on`."""
    rows = actions_on(data, as_of)
    return rows[rows["meeting_id"].eq(meeting.meeting_id)]


def draw_last(data: Dataset, meeting: Meeting) -> None:
    """Ask of every warning and action of the meeting before what came of it."""
    before = previous_meeting(data, meeting)
    if before is None:
        show.empty(t("rakor.no_last"))
        return
    left = left_by(data, before, today())
    going = left.actions[left.actions["going"]]
    words = state.meeting_words(before)
    total = len(left.actions)
    show.title(t("rakor.last_actions", meeting=words, n=len(going), total=total))
    for _, row in going.iterrows():
        _outcome(data, meeting, row)
    ended = left.actions[~left.actions["going"]]
    if len(ended):
        show.table(actions_table(ended, language()))
    total = len(left.warnings) + left.closed
    show.title(t("rakor.last_warnings", meeting=words, n=len(left.warnings), total=total))
    for warning in left.warnings:
        _warning(data, warning)


def _warning(data: Dataset, warning: Facts) -> None:
    """Ask what came of a warning, and close it with a reason."""
    key, lang = str(warning["warning_id"]), language()
    if not offered("warning.event", told=False):
        show.line(warning["title"][lang])
        return
    with st.form(f"b_warning|{key}", border=True):
        st.markdown(plain(warning["title"][lang]))
        fields = st.columns([1.4, 3.2, 1.2], vertical_alignment="bottom")
        outcome = cards.choice(
            fields[0], "rakor.outcome", WARNING_OUTCOMES, "warning_outcome", f"b_came|{key}"
        )
        reason = fields[1].text_input(t("rakor.why"), key=f"b_why|{key}")
        if not fields[2].form_submit_button(t("rakor.close"), width="stretch"):
            return
    try:
        close(data, key, state.office(), reason, outcome, now())
    except EXPLAINED as error:
        problem(error)
        return
    st.rerun()


def _outcome(data: Dataset, meeting: Meeting, row: pd.Series) -> None:
    key, lang = str(row["action_id"]), language()
    seen = str(history_of(data, key)["change_id"].iloc[0])
    due = day(row["due"], lang, "short")
    words = t("rakor.asked", decision=row["decision"], owner=row["owner"], due=due)
    if not offered("action.write", told=False):
        show.line(words)
        return
    with st.form(f"b_outcome|{key}|{seen}", border=True):
        st.markdown(plain(words))
        fields = st.columns([1.2, 3.4, 1.2], vertical_alignment="bottom")
        status = cards.choice(
            fields[0], "action_column.status", ENDED, "action_status", f"b_status|{key}|{seen}"
        )
        result = fields[1].text_input(t("action_column.result"), key=f"b_result|{key}|{seen}")
        if not fields[2].form_submit_button(t("rakor.close"), width="stretch"):
            return
    office, said = state.office(), result.strip() or None
    on = max(decided_day(meeting), row["opened_on"].date())
    try:
        close_action(data, key, office, status, said, on, _VIA, row_of(data, key))
    except EXPLAINED as error:
        problem(error)
        return
    st.rerun()
