"""A past day gone through again with the planner, beside what was published about it."""

from __future__ import annotations

import html
from typing import Any

import streamlit as st

from pages.components import show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.plan import save_plan
from services.plan_replay import assumed, compared, replay, told

_OPENED = "d_plan"


def draw(data: Dataset) -> None:
    """Draw the button that goes through 11 February 2024 again."""
    words, press = st.columns([3, 1.4], vertical_alignment="center")
    with words:
        show.note(t("replay.intro"))
    if not press.button(t("replay.run"), width="stretch", key="w_replay"):
        return
    name = t("replay.name_before")
    try:
        with st.spinner(t("whatif.working"), show_time=True):
            before, after = replay(data, name)
            save_plan(name, before)
            save_plan(t("replay.name_after"), after)
    except EXPLAINED as error:
        st.error(explain(error, language()))
    else:
        st.session_state[_OPENED] = t("replay.name_after")
        st.rerun()


def compare(data: Dataset, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Draw published facts beside the plan before and after, and what is assumed."""
    lang = language()
    show.heading(t("replay.title"), told(before, after, data, lang), replay=t("replay.banner"))
    scenario = after["about"]["replay"]
    st.dataframe(
        compared(before, after, lang, scenario),
        hide_index=True,
        column_config={t("replay.source"): st.column_config.LinkColumn()},
    )
    show.note(t("replay.not_forecast"))
    with st.expander(t("replay.assumed")):
        show.items(map(html.escape, assumed(scenario, lang)))
