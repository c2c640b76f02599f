"""What became of potensi: one is chosen and its status noted, dated."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from data.clock import today
from data.vocabulary import POTENSI_STATUSES
from pages.components import show
from pages.components.shell import language, plain, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.reports.review.choices import incidents, open_ones
from services.reports.review.decisions import BECAME, set_status
from services.reports.review.seen import fingerprints
from services.reports.review.words import lines_of, outcome_words
from services.texts import label

_DONE, _WHY, _WHICH = "potensi_done", "potensi_why", "potensi_which"


def draw(data: Dataset, stale: pd.DataFrame) -> None:
    """Draw the open potensi, those without news first, and what may be noted of the chosen one.

    ``stale`` are rows of `open_potensi`.
    """
    show.title(t("queue.potensi"))
    if isinstance(done := st.session_state.get(_DONE), tuple):
        (st.success if done[0] else st.warning)(plain(done[1]))
    rows = open_ones(data, stale)
    if rows.empty:
        show.empty(t("queue.potensi_none"))
        return
    lines = lines_of(rows, data, language())
    days = stale.set_index("report_id")["unrenewed_days"]
    told = {key: t("queue.stale_item", days=int(days[key])) for key in lines if key in days.index}
    chosen = st.selectbox(
        t("queue.potensi_which"),
        list(lines),
        index=None,
        format_func=lambda one: " · ".join([*([told[one]] if one in told else []), lines[one]]),
        placeholder=t("queue.potensi_choose"),
        key=_WHICH,
    )
    if chosen is not None:
        _one(data, rows.loc[rows["report_id"].eq(chosen)].iloc[0])


def _one(data: Dataset, row: pd.Series) -> None:
    ended = [one for one in POTENSI_STATUSES if one != row["status"]]
    with st.container(horizontal=True):
        value = st.segmented_control(
            label("status", "label", language()),
            ended,
            format_func=lambda one: label("status", one, language()),
            default=ended[0],
            required=True,
            key="potensi_value",
        )
        at = st.date_input(
            t("queue.since"), today(), max_value=today(), format="DD/MM/YYYY", key="potensi_at"
        )
    link = None
    if value == BECAME:
        found = incidents(data, row)
        lines = lines_of(found, data, language())
        link = st.selectbox(
            t("queue.potensi_link"),
            list(lines),
            index=None,
            format_func=lines.__getitem__,
            placeholder="–",
            key="potensi_link",
        )
    st.text_input(t("queue.reason"), key=_WHY, max_chars=300)
    st.button(
        t("queue.potensi_save"),
        type="primary",
        disabled=value == BECAME and link is None,
        on_click=_note,
        args=(data, row, str(value), link, at),
        key="potensi_save",
    )


def _note(data: Dataset, row: pd.Series, value: str, link: str | None, at: date) -> None:
    """Note a status before the page is drawn again."""
    why = str(st.session_state.get(_WHY, "")).strip() or None
    report_id = str(row["report_id"])
    rows = data.reviewed
    seen = fingerprints(rows[rows["report_id"].eq(report_id)])
    try:
        done = set_status(data.store, report_id, value, why, link, at, seen)
    except EXPLAINED as error:
        st.session_state[_DONE] = False, explain(error, language())
        return
    words = t("queue.done_status") if done.done else outcome_words(done, value, language())
    st.session_state[_DONE] = bool(done.done), words
    st.session_state[_WHY] = ""
