"""Reports that were decided about: one is found, withdrawn, rejected or opened again."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from data.clock import today
from data.store.ledger.acts import actor_now
from data.store.ledger.rights import not_own
from pages.components import show
from pages.components.access.offers import offered
from pages.components.reports.entry import form
from pages.components.reports.review import said, sources
from pages.components.shell import language, t
from services.dataset import Dataset
from services.reports.review.choices import matching
from services.reports.review.decisions import ACTIONS, decide
from services.reports.review.seen import fingerprints
from services.reports.review.words import lines_of, outcome_words
from services.texts import label

_DONE, _WHY, _WORDS = "decided_done", "decided_why", "decided_said"
_BUTTONS = {
    "ditarik": "queue.withdraw",
    "ditolak": "queue.reject",
    "belum": "queue.reopen",
    "terverifikasi": "queue.verify",
}


def draw(data: Dataset) -> None:
    """Draw the search for a report that was decided about, and what may be done with it."""
    with st.expander(t("queue.decided"), icon=":material/fact_check:"):
        said.draw_with_undo(data, _DONE, "decided_undo")
        words = st.text_input(t("queue.decided_which"), key=_WORDS, max_chars=80)
        if not words.strip():
            return
        rows = matching(data, words)
        if rows.empty:
            show.empty(t("queue.decided_none"))
            return
        lines = lines_of(rows, data, language())
        chosen = st.selectbox(
            t("queue.decided"),
            list(lines),
            format_func=lines.__getitem__,
            label_visibility="collapsed",
            key="decided_which",
        )
        own = rows[rows["report_id"].eq(chosen)]
        row: pd.Series = own.iloc[0]
        show.line(label("verification", row["verification"], language()))
        _buttons(data, str(chosen), str(row["verification"]))
        held = any(wrong.any() for _, wrong in not_own(actor_now(), own))
        form.offer(data, str(chosen), "decided_correct", held)
        sources.draw(data, row, _DONE, lambda: None, held)


def _buttons(data: Dataset, report_id: str, now: str) -> None:
    """Draw day and reason, and a button for each decision that may be taken about a report."""
    others = [value for value in _BUTTONS if value != now]
    mine = [value for value in others if offered(ACTIONS[value], told=False)]
    if not mine:
        offered(ACTIONS[others[0]])
        return
    at = st.date_input(
        t("queue.since"), today(), max_value=today(), format="DD/MM/YYYY", key="decided_at"
    )
    st.text_input(t("queue.reason"), key=_WHY, max_chars=300)
    with st.container(horizontal=True):
        for value in mine:
            st.button(
                t(_BUTTONS[value]),
                on_click=_decide,
                args=(data, report_id, value, at),
                key=f"decided_{value}",
            )


def _decide(data: Dataset, report_id: str, value: str, at: date) -> None:
    """Decide before the page is drawn again."""
    rows = data.reviewed
    seen = fingerprints(rows[rows["report_id"].eq(report_id)])
    # Verified today, a report may still be history: then the rule says since when it holds.
    since = None if value == "terverifikasi" and at == today() else at
    with said.attempt(_DONE):
        done = decide(data.store, [report_id], value, said.why(_WHY), seen, since)
        said.say(_DONE, bool(done.done), outcome_words(done, value, language()))
        st.session_state[_WHY] = ""
