"""Why the open plan fails, and on a press what would make it possible."""

from __future__ import annotations

import html
from typing import Any

import streamlit as st

from pages.components import show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.plan_remedies import Remedy, lacking_table, remedy_words, try_remedies
from services.plan_view import faults_words

_KEPT = "plan_remedies"


def draw(data: Dataset, name: str, document: dict[str, Any]) -> None:
    """Draw what the audit found, what is left out or late and why, and remedies when asked for."""
    found_wrong = faults_words({**document, "unserved": []}, data, language())
    show.items(map(html.escape, found_wrong))
    table = lacking_table(document, data, language())
    if table.empty:
        return
    show.title(t("lacking.title"))
    st.dataframe(table, hide_index=True, height=38 + 35 * min(len(table), 8))
    show.downloads(table, "kekurangan")
    found = _tried(data, name, document)
    if found is None:
        return
    if not found:
        show.empty(t("remedy.none"))
        return
    words = remedy_words(found, data, language())
    show.title(t("remedy.title" if any(works for works, _ in words) else "remedy.title_none"))
    show.items(html.escape(line) for _, line in words)
    show.note(t("remedy.note"))


def _tried(data: Dataset, name: str, document: dict[str, Any]) -> list[Remedy] | None:
    """Return the remedies that were tried for this plan; None until it is asked for."""
    kept: dict[Any, list[Remedy]] = st.session_state.setdefault(_KEPT, {})
    key = (name, document["figures"].get("seconds"), len(document["trips"]))
    if key not in kept and st.button(t("remedy.run"), key=f"remedies_{name}"):
        try:
            with st.spinner(t("remedy.working"), show_time=True):
                kept[key] = try_remedies(data, document)
        except EXPLAINED as error:
            st.error(explain(error, language()))
    return kept.get(key)
