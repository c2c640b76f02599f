"""Tindakan: what was warned of, who does what until when, and what came of it."""

from __future__ import annotations

from datetime import date

import streamlit as st

from pages.components import cursor, loaders, shell, show
from pages.components.actions import record, register, warnings
from pages.components.shell import language, t
from services.actions.register import actions_on
from services.actions.warnings import finding
from services.dataset import Dataset
from services.texts import day, label
from services.warning.register import register_on

TAB = "t_tab"
WARNINGS, ACTIONS, RECORD = "peringatan", "tindakan", "rekam"
TABS = (WARNINGS, ACTIONS, RECORD)


def main() -> None:
    shell.enter("tindakan")
    data = loaders.dataset()
    today = cursor.as_of()
    with st.container(key="top"):
        words, back, switch = st.columns([7.6, 1.7, 0.9], vertical_alignment="top")
    cursor.way_back(back)
    with switch:
        shell.language_switch()
    _head(data, today, words)
    tab = _tab()
    if tab == WARNINGS:
        warnings.draw(data, today, _to_actions)
    elif tab == ACTIONS:
        register.draw(data, today)
    else:
        record.draw(data, today)
    cursor.cursor(data)


def _head(data: Dataset, today: date, place: st.delta_generator.DeltaGenerator) -> None:
    lang = language()
    actions = actions_on(data, today)
    with st.spinner(t("tindakan.title")):
        warned = register_on(data, today)
    sub = t("tindakan.sub", warnings=len(warned), n=len(actions), day=day(today, lang))
    with place:
        show.heading(finding(actions, warned, lang), sub, replay=cursor.replay_words())


def _to_actions() -> None:
    st.session_state[TAB] = ACTIONS


def _tab() -> str:
    """Draw the tabs; the address names the one that is open."""
    if st.session_state.get(TAB) not in TABS:
        asked = st.query_params.get("tab", WARNINGS)
        st.session_state[TAB] = asked if asked in TABS else WARNINGS
    chosen = st.segmented_control(
        t("tindakan.title"),
        TABS,
        format_func=lambda name: label("tindakan_tab", name, language()),
        key=TAB,
        required=True,
        label_visibility="collapsed",
        wrap=True,
    )
    if chosen == WARNINGS:
        st.query_params.pop("tab", None)
    else:
        st.query_params["tab"] = str(chosen)
    return str(chosen)


main()
