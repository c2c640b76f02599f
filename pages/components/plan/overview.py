"""The plans of the province: one row per kabupaten, a click opens it."""

from __future__ import annotations

import streamlit as st

from pages.components import shell, show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.plan.view import overview_table, overview_words, plan_overview

_TABLE = "d_overview"


def draw(data: Dataset, head: st.delta_generator.DeltaGenerator, choice: str) -> None:
    """Draw the table; a row that is clicked becomes the choice of the kabupaten."""
    overview = plan_overview(data)
    title, sub = overview_words(overview, language())
    with shell.head(head):
        show.heading(title, sub)
    codes = list(overview.index)

    def open_row() -> None:
        rows = st.session_state[_TABLE]["selection"]["rows"]
        if rows:
            st.session_state[choice] = codes[rows[0]]

    table = overview_table(overview, language())
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        key=_TABLE,
        on_select=open_row,
        selection_mode="single-row",
        width="stretch",
    )
    show.note(t("overview.note"))
    show.downloads(table, "rencana_provinsi")
