"""Tindakan: what was warned of, who does what until when, and what came of it."""

from __future__ import annotations

from datetime import date

import streamlit as st

from pages.components import address, cursor, loaders, shell, show
from pages.components.actions import record, register, warnings
from pages.components.shell import language, t
from pages.components.top import top
from services.actions.register import actions_on
from services.actions.warnings import finding
from services.dataset import Dataset
from services.warning.register import register_on

WARNINGS, ACTIONS, RECORD = "peringatan", "tindakan", "rekam"
TABS = (WARNINGS, ACTIONS, RECORD)


def main() -> None:
    shell.enter("tindakan")
    data = loaders.dataset()
    today = cursor.as_of()
    words = top()
    _head(data, today, words)
    tab = address.tabs("tindakan.title", TABS, "tindakan_tab", "tab", WARNINGS, "t_tab")
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
    with place:
        show.heading(finding(actions, warned, lang), "", replay=cursor.replay_words(with_day=True))


def _to_actions() -> None:
    address.put("tab", ACTIONS)


main()
