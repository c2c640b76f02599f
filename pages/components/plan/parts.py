"""The distribution plan: the plans of the province, and the parts of the open one side by side.

A part is a function ``draw(data, kabupaten, name, document)``. ``name`` and ``document`` are those
of the plan that is open, None where none is kept yet. To add a part: its module here, a row in
`PARTS`, and its word under ``[part]`` in the catalogue. A part that asks for a new plan calls
`plan_solve.start_plan`; one that has made a plan keeps it with `services.plan.make.save_plan` and
puts its name into ``st.session_state["d_plan"]``, which opens it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from data.plan.kept import plans_of
from pages.components import maps, shell, show
from pages.components.network import piers as places
from pages.components.plan import adopt as plan_adopt
from pages.components.plan import compare as plan_compare
from pages.components.plan import edit as plan_edit
from pages.components.plan import ends as plan_manifest
from pages.components.plan import ends as plan_return
from pages.components.plan import inputs as plan_inputs
from pages.components.plan import shown as plan_lateness
from pages.components.plan import shown as plan_shown
from pages.components.plan import solve as plan_solve
from pages.components.plan import what_if as plan_whatif
from pages.components.shell import language, t
from services.dataset import Dataset
from services.plan.hands.adopted import first_of
from services.plan.make import load_plan, saved_plans
from services.plan.views.view import (
    delivery_rows,
    overview_table,
    overview_words,
    place_label,
    plan_overview,
)
from services.texts import label, number

_TABLE = "d_overview"


def draw_overview(data: Dataset, head: st.delta_generator.DeltaGenerator, choice: str) -> None:
    """Draw the table; a row that is clicked becomes the choice of the kabupaten."""
    overview = plan_overview(data)
    title, sub = overview_words(overview, language())
    with shell.head(head):
        show.heading(title, sub)
    codes = list(overview.index)

    def open_row() -> None:
        rows = st.session_state[_TABLE]["selection"]["rows"]
        if rows:
            st.session_state[choice] = codes[rows[0]]

    table = overview_table(overview, language())
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        key=_TABLE,
        on_select=open_row,
        selection_mode="single-row",
        width="stretch",
    )
    show.note(t("overview.note"))
    show.downloads(table, "rencana_provinsi")


_OPENED, _SEEN, _PART = "d_plan", "d_plan_seen", "d_part"

INPUTS = "masukan"
PARTS: dict[str, Callable[..., None]] = {
    "rencana": plan_shown.draw,
    INPUTS: plan_inputs.draw_part,
    "tempat": places.draw_part,
    "sunting": plan_edit.draw,
    "andai": plan_whatif.draw,
    "terlambat": plan_lateness.draw_lateness,
    "kembali": plan_return.draw,
    "bandingkan": plan_compare.draw,
    "manifes": plan_manifest.draw_manifest,
}


def draw(
    data: Dataset,
    kabupaten: str,
    head: st.delta_generator.DeltaGenerator,
    bar: Sequence[st.delta_generator.DeltaGenerator],
    kits: plan_inputs.Kits,
) -> None:
    """Draw the chosen part of the plan that is open; ``kits`` draws what its inputs ask for."""
    parts, new = st.columns([6, 1.2], vertical_alignment="center")
    part = parts.segmented_control(
        t("part.label"),
        list(PARTS),
        default="rencana",
        required=True,
        format_func=lambda key: label("part", key, language()),
        key=_PART,
        label_visibility="collapsed",
    )
    with st.container():  # always there, so that nothing below moves when a job begins or ends
        busy = plan_solve.watch(kabupaten)
    if busy:  # an open form would lie over the bar
        new.button(t("plan.new"), disabled=True, width="stretch")
    else:
        with new.popover(t("plan.new"), width="stretch"):
            plan_solve.quick_form(data, kabupaten)
    name = _opened(data, kabupaten, bar[0])
    with bar[1]:
        maps.jump_list(plan_shown.map_key(kabupaten))
    document = None if name is None else load_plan(name)
    with shell.head(head):
        show.heading(t("view.plan"), "") if document is None else _head(document, data)
    extra = {"kits": kits} if part == INPUTS else {}
    PARTS[part](data, kabupaten, name, document, **extra)


def follow_open_plan(choice: str) -> None:
    """Turn the choice of the kabupaten to the plan that a part has just opened."""
    name = st.session_state.get(_OPENED)
    if name == st.session_state.get(_SEEN):
        return
    st.session_state[_SEEN] = name
    if name in saved_plans():
        st.session_state[choice] = load_plan(name)["about"].get("kabupaten")


def _opened(data: Dataset, kabupaten: str, place: st.delta_generator.DeltaGenerator) -> str | None:
    names = plans_of(kabupaten)
    if not names:
        return None
    if st.session_state.get(_OPENED) not in names:
        st.session_state[_OPENED] = first_of(data, kabupaten, names)
    at = names.index(st.session_state[_OPENED])
    st.session_state[_OPENED] = place.selectbox(t("plan.saved"), names, at)
    st.session_state[_SEEN] = st.session_state[_OPENED]
    return str(st.session_state[_OPENED])


def _head(document: dict[str, Any], data: Dataset) -> None:
    lang, figures = language(), document["figures"]
    name = document["about"]["kabupaten_name"]
    passed = bool((document["verdict"] or {}).get("passed"))
    used = {trip["vehicle_id"]: trip["mode"] for trip in document["trips"]}
    title = t("plan.headline_failed", kabupaten=name)
    if passed:
        places = delivery_rows(document).sort_values(["slack_min", "place_code"])
        title = t(
            "plan.headline",
            kabupaten=name,
            tps=number(places["tps_count"].sum(), lang),
            place=place_label(data, places["place_code"].iloc[0]),
            hours=number(figures["slack_min"] / 60, lang, 1),
        )
    sub = t(
        "plan.sub",
        trips=number(len(document["trips"]), lang),
        trucks=sum(mode == "truck" for mode in used.values()),
        boats=sum(mode == "boat" for mode in used.values()),
        cost=f"Rp {number(figures['cost'], lang)}",
        seed=figures["seed"],
    )
    marks = filter(None, (plan_adopt.badge_words(data, document), t("plan.access")))
    show.heading(title, sub, replay=" · ".join(marks))
