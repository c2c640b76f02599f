"""Which plan of a kabupaten an office adopted: the badge, the form and the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from data.clock import now, today
from data.province import zone
from pages.components import show
from pages.components.access.offers import offered
from pages.components.shell import language, problem, t
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.plan.hands.adopt import adopt, adoption_table, badge, in_force_words, offices, revoke
from services.plan.hands.adopted import adoption_of, adoptions, plans_in_force


def badge_words(data: Dataset, document: Mapping[str, Any]) -> str:
    """Return who adopted a plan and when; nothing for a plan that is not in force."""
    found = adoption_of(data, document)
    return "" if found is None else badge(found, language())


def note_base(data: Dataset, document: Mapping[str, Any]) -> None:
    """Say which plan is in force where the open one, on which what comes next rests, is not."""
    about = document["about"]
    held = plans_in_force(data, str(about.get("election"))).get(str(about.get("kabupaten")))
    if held is not None and held.adoption is not None and adoption_of(data, document) is None:
        show.note(t("adopt.other", plan=in_force_words(held, language())))


def draw(data: Dataset, kabupaten: str, name: str | None, is_saved: bool) -> None:
    """Draw the form that adopts the open plan, and what was adopted before."""
    show.title(t("adopt.title"))
    left, right = st.columns([1.2, 1.3])
    with left:
        if name is not None and not is_saved:
            show.note(t("adopt.save_first"))
        elif name is not None and offered("plan.adopt"):
            _form(data, kabupaten, name)
    with right:
        _list(data, kabupaten)


def _form(data: Dataset, kabupaten: str, name: str) -> None:
    with st.form("a_form", border=True):
        fields = st.columns([1.6, 1])
        office = fields[0].selectbox(
            t("adopt.office"), offices(data, kabupaten), accept_new_options=True, key="a_office"
        )
        day = fields[1].date_input(
            t("adopt.day"), today(), max_value=today(), format="DD/MM/YYYY", key="a_day"
        )
        note = st.text_input(t("adopt.note"), key="a_note")
        despite = st.checkbox(t("adopt.despite"), key="a_despite")
        pressed = st.form_submit_button(t("adopt.button"), type="primary", width="stretch")
    if not pressed:
        return
    at = now() if day == today() else pd.Timestamp(day, tz=zone()).to_pydatetime()
    try:
        adopt(data, name, office or "", at, despite=despite, note=note)
    except EXPLAINED as error:
        problem(error)
    else:
        st.rerun()


def _list(data: Dataset, kabupaten: str) -> None:
    rows = adoptions(data, kabupaten)
    if rows.empty:
        show.empty(t("adopt.none"))
        return
    table = adoption_table(rows, language())
    show.table(table, height=38 + 35 * min(len(table), 6))
    if not offered("plan.adopt", told=False):
        return
    keys = rows["adoption_id"].tolist()
    names = dict(zip(keys, rows["plan_name"] + " · " + rows["office"], strict=True))
    gone = dict(zip(keys, rows["revocation"], strict=True))
    fields = st.columns([3, 1.2], vertical_alignment="bottom")
    chosen = fields[0].selectbox(
        t("adopt.which"), keys, format_func=names.__getitem__, key="a_which"
    )
    back = gone[chosen]
    words = t("adopt.revoke" if pd.isna(back) else "adopt.unrevoke")
    if fields[1].button(words, key="a_revoke", width="stretch"):
        try:
            revoke(data.store, chosen if pd.isna(back) else back, now())
        except EXPLAINED as error:
            problem(error)
        else:
            st.rerun()
