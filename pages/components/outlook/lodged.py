"""Outlooks that were lodged: the button that lodges one, and the list with their scores."""

from __future__ import annotations

from datetime import date

import streamlit as st

from data.clock import today as clock_today
from geo.errors import SiagaError
from pages.components import show
from pages.components.access.offers import offered
from pages.components.shell import language, problem, t
from services.dataset import Dataset
from services.outlook.lodge import lodge_outlook, lodged_outlooks
from services.outlook.words import lodged_table

_DONE, _FAULT = "p_lodged", "p_lodge_fault"


def draw(data: Dataset, today: date, horizon: str) -> None:
    """Draw button and list as of the day of the cursor."""
    lang = language()
    show.title(t("prakiraan.lodged_title"))
    now = today == clock_today()
    if offered("outlook.lodge"):
        _button(data, today, horizon, now)
    found = lodged_outlooks(data, today)
    if not found:
        show.empty(t("prakiraan.lodged_none"))
        return
    table = lodged_table(found, lang)
    show.table(table, height="content")
    show.note(t("prakiraan.lodged_note"))
    show.downloads(table, "prakiraan_terdaftar")


def _button(data: Dataset, today: date, horizon: str, now: bool) -> None:
    """Draw the button, which lodges what is known ``now`` only, and what became of it."""
    button, words = st.columns([1.2, 4], vertical_alignment="center")
    button.button(
        t("prakiraan.lodge"),
        help=t("prakiraan.lodge_help"),
        key="p_lodge",
        disabled=not now,
        on_click=_lodge,
        args=(data, today, horizon),
        width="stretch",
    )
    with words:
        _outcome(now)


def _lodge(data: Dataset, today: date, horizon: str) -> None:
    """Lodge before the page is drawn again, so that the list holds it."""
    try:
        one = lodge_outlook(data, today, horizon)
    except SiagaError as error:
        st.session_state[_FAULT] = error
    else:
        st.session_state[_DONE] = one.outlook_id, one.digest


def _outcome(now: bool) -> None:
    done = st.session_state.pop(_DONE, None)
    fault = st.session_state.pop(_FAULT, None)
    if fault is not None:
        problem(fault)
    elif done is not None:
        st.success(t("prakiraan.lodged_done", id=done[0], digest=done[1]))
    elif not now:
        show.note(t("prakiraan.lodge_past"))
