"""Decisions of a meeting as actions, and what came of those of the meeting before."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import streamlit as st

from data.clock import today
from data.store.meeting.rules import ENDED
from pages.components import cards, show
from pages.components.briefing import state
from pages.components.shell import language, plain, problem, t
from services.actions.register import actions_on, close_action, history_of, save_action
from services.briefing.meetings import Meeting, previous_meeting
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.texts import day, label

_VIA = "rakor"
_DUE_DAYS = 14


def decided_day(meeting: Meeting) -> date:
    """Return the day on which what is decided holds: that of the meeting, today at the latest."""
    return min(meeting.held_on or today(), today())


def draw(data: Dataset, meeting: Meeting) -> None:
    """Draw the form of a decision, and what the meeting decided so far."""
    _form(data, meeting)
    rows = actions_of(data, meeting, today())
    show.title(t("rakor.decided", n=len(rows)))
    if rows.empty:
        show.empty(t("rakor.none_decided"))
    else:
        show.table(actions_table(rows))


def _form(data: Dataset, meeting: Meeting) -> None:
    on = decided_day(meeting)
    anew = int(data.read("actions")["meeting_id"].eq(meeting.meeting_id).sum())
    key = f"{meeting.meeting_id}|{anew}"  # fields are empty again once a decision is kept
    places = data.place_names
    with st.form(f"b_decide|{key}", border=False):
        left, right = st.columns(2)
        risk = left.text_input(t("rakor.risk"), key=f"b_risk|{key}")
        decision = right.text_input(t("rakor.decision"), key=f"b_decision|{key}")
        fields = st.columns([1.4, 1, 1.6])
        owner = fields[0].selectbox(
            t("rakor.owner"),
            meeting.agencies,
            index=None,
            accept_new_options=True,
            placeholder=t("rakor.choose"),
            key=f"b_owner|{key}",
        )
        due = fields[1].date_input(
            t("rakor.due"), on + timedelta(days=_DUE_DAYS), format="DD/MM/YYYY", key=f"b_due|{key}"
        )
        place = fields[2].selectbox(
            t("rakor.place"),
            list(places),
            index=None,
            format_func=places.__getitem__,
            placeholder=t("rakor.choose"),
            key=f"b_place|{key}",
        )
        reason = st.text_input(t("rakor.reason"), key=f"b_reason|{key}")
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


def actions_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return actions with words for the headings; ``rows`` as `actions_on` has them."""
    lang = language()
    return pd.DataFrame(
        {
            t("rakor.decision"): rows["decision"].tolist(),
            t("rakor.owner"): rows["owner"].tolist(),
            t("rakor.due"): [day(one, lang, "short") for one in rows["due"]],
            t("rakor.status"): [label("action_status", one, lang) for one in rows["status"]],
            t("rakor.result"): rows["result"].tolist(),
            t("rakor.risk"): rows["risk"].tolist(),
        }
    )


def draw_last(data: Dataset, meeting: Meeting) -> None:
    """Ask of every action of the meeting before what came of it."""
    before = previous_meeting(data, meeting)
    if before is None:
        show.empty(t("rakor.no_last"))
        return
    rows = actions_of(data, before, today())
    going = rows[rows["going"]]
    words = state.meeting_words(before)
    show.title(t("rakor.last_title", meeting=words, n=len(going), total=len(rows)))
    for _, row in going.iterrows():
        _outcome(data, meeting, row)
    ended = rows[~rows["going"]]
    if len(ended):
        show.table(actions_table(ended))


def _outcome(data: Dataset, meeting: Meeting, row: pd.Series) -> None:
    key, lang = str(row["action_id"]), language()
    seen = str(history_of(data, key)["change_id"].iloc[0])
    due = day(row["due"], lang, "short")
    words = t("rakor.asked", decision=row["decision"], owner=row["owner"], due=due)
    with st.form(f"b_outcome|{key}|{seen}", border=True):
        st.markdown(plain(words))
        fields = st.columns([1.2, 3.4, 1.2], vertical_alignment="bottom")
        status = cards.choice(
            fields[0], "rakor.status", ENDED, "action_status", f"b_status|{key}|{seen}"
        )
        result = fields[1].text_input(t("rakor.result"), key=f"b_result|{key}|{seen}")
        if not fields[2].form_submit_button(t("rakor.close"), width="stretch"):
            return
    office, said = state.office(), result.strip() or None
    on = max(decided_day(meeting), row["opened_on"].date())
    try:
        close_action(data, key, office, status, said, on, _VIA, seen)
    except EXPLAINED as error:
        problem(error)
        return
    st.rerun()
