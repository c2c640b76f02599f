"""How likely the open plan is to be late: the figure, its parameters, and each load."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components import show
from pages.components.plan import shown as plan_shown
from pages.components.plan.shown import risk_key
from pages.components.shell import language, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.plan.lateness import (
    Lateness,
    LatenessParams,
    key_of,
    lateness_of,
    lateness_table,
    meaning,
    share_words,
)

_KEPT = "plan_lateness"
_MOST_KEPT = 6


def draw(data: Dataset, kabupaten: str, name: str | None, document: dict[str, Any] | None) -> None:
    """Draw the chance that everything is in time, and that of each load."""
    del kabupaten
    if document is None or name is None:
        show.empty(t("plan.none"))
        return
    if not document["trips"]:
        show.empty(t("lateness.no_trips"))
        return
    asked = _form(document)
    if asked is None:
        return
    params, seed = asked
    found = _found(document, params, seed)
    shown = found.all_in_time, found.standard_error
    st.session_state[plan_shown.risk_key(name, document)] = shown
    st.session_state[risk_key(name, document)] = (found.all_in_time, found.standard_error)
    lang = language()
    words = share_words(found.all_in_time, found.standard_error, lang)
    show.heading(t("lateness.title", share=words), meaning(found, params, lang))
    table = lateness_table(found, data, lang)
    st.dataframe(table, hide_index=True, height=38 + 35 * min(len(table), 12))
    show.downloads(table, "peluang_terlambat")
    show.note(t("lateness.model"))
    show.note(t("lateness.masters"))


def _form(document: dict[str, Any]) -> tuple[LatenessParams, int] | None:
    """Draw the parameters; return them as they are, or None where they make no sense."""
    usual = LatenessParams()
    with st.expander(t("lateness.params")), st.form("lateness_form", border=False):
        top, low = (st.columns(5, vertical_alignment="bottom") for _ in range(2))
        truck = top[0].number_input(
            t("lateness.breakdown_truck"), 0.0, 1.0, usual.breakdown_truck_h, 0.001, "%.3f"
        )
        boat = top[1].number_input(
            t("lateness.breakdown_boat"), 0.0, 1.0, usual.breakdown_boat_h, 0.005, "%.3f"
        )
        repair = top[2].number_input(t("lateness.repair"), 1.0, 2880.0, usual.repair_min, 30.0)
        closing = top[3].number_input(
            t("lateness.closing"), 0.0, 1.0, usual.closing_per_day, 0.01, "%.2f"
        )
        confidence = top[4].number_input(
            t("lateness.confidence"), 50.0, 99.9, 100 * usual.confidence, 1.0
        )
        road = low[0].number_input(t("lateness.shared_road"), 0.0, 1.0, usual.shared_road, 0.05)
        sea = low[1].number_input(t("lateness.shared_sea"), 0.0, 1.0, usual.shared_sea, 0.05)
        runs = low[2].number_input(t("lateness.runs"), 100, 20_000, usual.runs, 500)
        seed = low[3].number_input(
            t("lateness.seed"), 0, 2**31 - 1, int(document["figures"].get("seed") or 0)
        )
        low[4].form_submit_button(t("lateness.run"), type="primary", width="stretch")
        show.note(t("lateness.assumed"))
    try:
        params = LatenessParams(
            int(runs), road, sea, truck, boat, repair, closing, confidence / 100
        )
    except EXPLAINED as error:
        st.error(explain(error, language()))
        return None
    return params, int(seed)


def _found(document: dict[str, Any], params: LatenessParams, seed: int) -> Lateness:
    """Return the simulation, from the session where it was made before."""
    kept: dict[str, Lateness] = st.session_state.setdefault(_KEPT, {})
    key = key_of(document, params, seed)
    if key not in kept:
        with st.spinner(t("lateness.working")):
            kept[key] = lateness_of(document, params, seed)
        while len(kept) > _MOST_KEPT:
            kept.pop(next(iter(kept)))
    return kept[key]
