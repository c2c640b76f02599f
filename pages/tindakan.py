"""Tindakan: what was warned of, who does what until when, and what came of it."""

from __future__ import annotations

import streamlit as st

from pages.components import cursor, loaders, shell, show
from pages.components.actions import register
from pages.components.shell import language, t
from services.actions.register import actions_on
from services.actions.words import finding
from services.texts import day, label

TAB = "t_tab"
TABS = {"tindakan": register.draw}


def main() -> None:
    shell.enter("tindakan")
    data = loaders.dataset()
    today = cursor.as_of()
    with st.container(key="top"):
        words, back, switch = st.columns([7.6, 1.7, 0.9], vertical_alignment="top")
    cursor.way_back(back)
    with switch:
        shell.language_switch()
    rows = actions_on(data, today)
    lang = language()
    sub = t("tindakan.sub", n=len(rows), day=day(today, lang))
    with words:
        show.heading(finding(rows, lang), sub, replay=cursor.replay_words())
    TABS[_tab()](data, today)
    cursor.cursor(data)


def _tab() -> str:
    """Draw the tabs; the address names the one that is open."""
    first = next(iter(TABS))
    if st.session_state.get(TAB) not in TABS:
        asked = st.query_params.get("tab", first)
        st.session_state[TAB] = asked if asked in TABS else first
    chosen = st.segmented_control(
        t("tindakan.title"),
        list(TABS),
        format_func=lambda name: label("tindakan_tab", name, language()),
        key=TAB,
        required=True,
        label_visibility="collapsed",
        wrap=True,
    )
    if chosen == first:
        st.query_params.pop("tab", None)
    else:
        st.query_params["tab"] = str(chosen)
    return str(chosen)


main()
