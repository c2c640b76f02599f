"""Rekam jejak: what rules and actions were worth, and how long a warning waited for an answer."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from pages.components import show
from pages.components.shell import language, t
from services.actions.register import paid_off
from services.actions.warnings import delay_table, outcome_table
from services.actions.words import paid_table
from services.dataset import Dataset
from services.warning.record import record_table, record_words
from services.warning.register import delays, rules_paid_off

_WIDTHS = (150, 120, 70, 160, 100, 170, 170)


def draw(data: Dataset, as_of: date) -> None:
    """Draw the back-test of the rules, the waiting times, and what came of it all."""
    lang = language()
    show.title(t("tindakan.record_rules"))
    rules = record_table(lang, as_of)
    if len(rules):
        show.exhibit(rules, "record", **show.narrow(rules, _WIDTHS))
    with st.expander(t("tindakan.record_levels")):
        _table(record_table(lang, as_of, by_level=True), "")
    show.title(t("tindakan.record_delays"))
    _table(delay_table(delays(data, as_of), lang), t("tindakan.no_delays"))
    show.title(t("tindakan.record_outcomes"))
    _table(outcome_table(rules_paid_off(data, as_of), lang), t("tindakan.no_outcomes"))
    found = paid_off(data, as_of)
    show.title(t("tindakan.record_actions"))
    _table(paid_table(found.by_owner, "", lang), t("tindakan.no_actions"))
    if len(found.by_rule):
        _table(paid_table(found.by_rule, "warning_rule", lang), "")
    show.notes([record_words(lang, as_of)])


def _table(frame: pd.DataFrame, none: str) -> None:
    if frame.empty and none:
        show.empty(none)
    elif len(frame):
        show.table(frame)
