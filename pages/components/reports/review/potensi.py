"""What became of potensi: one is chosen and its status noted, dated."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from data.clock import today
from data.vocabulary import POTENSI_STATUSES
from pages.components import show
from pages.components.access.offers import offered
from pages.components.reports.review import said
from pages.components.shell import language, t
from services.dataset import Dataset
from services.reports.review.choices import incidents
from services.reports.review.decisions import BECAME, set_status
from services.reports.review.seen import fingerprints
from services.reports.review.words import lines_of, outcome_words
from services.texts import label

_DONE, _WHY, _WHICH = "potensi_done", "potensi_why", "potensi_which"


def draw(data: Dataset, rows: pd.DataFrame) -> None:
    """Draw the open potensi and what may be noted of the chosen one.

    ``rows`` are those of `services.reports.review.queue.Queue.potensi`.
    """
    show.title(t("queue.potensi"))
    said.draw(_DONE)
    if rows.empty:
        show.empty(t("queue.potensi_none"))
        return
    lines = lines_of(rows, data, language())
    days = rows[rows["stale"]].set_index("report_id")["unrenewed_days"]
    told = {key: t("queue.stale_item", days=int(days[key])) for key in lines if key in days.index}
    chosen = st.selectbox(
        t("queue.potensi_which"),
        list(lines),
        index=None,
        format_func=lambda one: " · ".join([*([told[one]] if one in told else []), lines[one]]),
        placeholder=t("queue.potensi_choose"),
        key=_WHICH,
    )
    if chosen is not None and offered("potensi.status"):
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
    report_id = str(row["report_id"])
    rows = data.reviewed
    seen = fingerprints(rows[rows["report_id"].eq(report_id)])
    with said.attempt(_DONE):
        done = set_status(data.store, report_id, value, said.why(_WHY), link, at, seen)
        words = t("queue.done_status") if done.done else outcome_words(done, value, language())
        said.say(_DONE, bool(done.done), words)
        st.session_state[_WHY] = ""
