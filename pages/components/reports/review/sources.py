"""The sources of one report: another is added, or one is taken away."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from pages.components.access.offers import offered
from pages.components.reports.review import said
from pages.components.shell import language, plain, t
from services.dataset import Dataset
from services.ledger.history import last_act
from services.reports.review.sources import ACTION, add_source, remove_source
from services.wording import source_name

_LONGEST_URL, _LONGEST_NAME = 500, 100


def draw(data: Dataset, row: pd.Series, done: str, stay: Callable[[], None], held: bool) -> None:
    """Draw the fields for one more source, and a button for each that may go.

    Parameters
    ----------
    data
        The data set.
    row
        Of `Dataset.reviewed`.
    done
        Under which key is kept what became of it, see `said`; keys of widgets begin with it.
    stay
        Keeps the report in view.
    held
        Whether whoever acts may not write about the report.
    """
    if not offered(ACTION, told=False):
        return
    report_id = str(row["report_id"])
    keys = data.sources_of(report_id, row["source_id"])
    url, publisher = f"{done}_url", f"{done}_publisher"
    with st.popover(t("queue.sources"), icon=":material/link:"):
        st.text_input(t("queue.source_url"), key=url, max_chars=_LONGEST_URL, disabled=held)
        st.text_input(
            t("queue.source_publisher"), key=publisher, max_chars=_LONGEST_NAME, disabled=held
        )
        st.button(
            t("queue.source_add"),
            icon=":material/add_link:",
            disabled=held,
            on_click=_add,
            args=(data, report_id, done, stay),
            key=f"{done}_add",
        )
        for key in keys if len(keys) > 1 else ():
            name = source_name(key, data, language(), alone=False)
            st.button(
                plain(t("queue.source_remove", name=name)),
                icon=":material/link_off:",
                disabled=held,
                on_click=_remove,
                args=(data, report_id, key, done, stay),
                key=f"{done}_remove_{key}",
            )


def _add(data: Dataset, report_id: str, done: str, stay: Callable[[], None]) -> None:
    stay()
    with said.attempt(done):
        names = f"{done}_url", f"{done}_publisher"
        added = add_source(data.store, report_id, *(st.session_state[name] for name in names))
        words = t("queue.source_added" if added else "queue.source_known")
        said.say(done, added, words, last_act(data.store) if added else None)
        st.session_state.update(dict.fromkeys(names, ""))


def _remove(data: Dataset, report_id: str, key: str, done: str, stay: Callable[[], None]) -> None:
    stay()
    with said.attempt(done):
        remove_source(data.store, report_id, key)
        said.say(done, True, t("queue.source_removed"), last_act(data.store))
