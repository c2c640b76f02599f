"""The distribution plan: its parts one beside the other, each drawn by a module of its own.

A part is a function ``draw(data, kabupaten, name, document)``. ``name`` and ``document`` are those
of the plan that is open, None where none is kept yet. To add a part: its module here, a row in
`PARTS`, and its word under ``[part]`` in the catalogue. A part that makes a new plan keeps it with
`services.plan.save_plan` and calls `open_plan`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from pages.components import maps, plan_manifest, plan_shown, plan_whatif, show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.plan import load_plan, saved_plans
from services.texts import label, number

MAP = plan_shown.MAP
_OPENED, _PART = "d_plan", "d_part"

Draw = Callable[[Dataset, str, str | None, dict[str, Any] | None], None]
PARTS: dict[str, Draw] = {
    "rencana": plan_shown.draw,
    "manifes": plan_manifest.draw,
    "andai": plan_whatif.draw,
}


def draw(
    data: Dataset,
    kabupaten: str,
    head: st.delta_generator.DeltaGenerator,
    bar: Sequence[st.delta_generator.DeltaGenerator],
) -> None:
    """Draw the chosen part of the plan that is open."""
    name = _opened(bar[0])
    with bar[1]:
        maps.jump_list(MAP)
    part = st.segmented_control(
        t("part.label"),
        list(PARTS),
        default="rencana",
        required=True,
        format_func=lambda key: label("part", key, language()),
        key=_PART,
        label_visibility="collapsed",
    )
    document = None if name is None else load_plan(name)
    with head:
        show.heading(t("view.plan"), "") if document is None else _head(document)
    PARTS[part](data, kabupaten, name, document)


def open_plan(name: str) -> None:
    """Open a kept plan: it is shown from the next run on."""
    st.session_state[_OPENED] = name


def _opened(place: st.delta_generator.DeltaGenerator) -> str | None:
    names = saved_plans()
    if not names:
        return None
    if st.session_state.get(_OPENED) not in names:
        st.session_state[_OPENED] = names[0]
    at = names.index(st.session_state[_OPENED])
    st.session_state[_OPENED] = place.selectbox(t("plan.saved"), names, at)
    return str(st.session_state[_OPENED])


def _head(document: dict[str, Any]) -> None:
    lang, figures = language(), document["figures"]
    name = document["about"]["kabupaten_name"]
    passed = bool((document["verdict"] or {}).get("passed"))
    used = {trip["vehicle_id"]: trip["mode"] for trip in document["trips"]}
    title = t("plan.headline_failed", kabupaten=name)
    if passed:
        hours = number(figures["slack_min"] / 60, lang, 1)
        title = t("plan.headline", kabupaten=name, hours=hours)
    sub = t(
        "plan.sub",
        trips=number(len(document["trips"]), lang),
        trucks=sum(mode == "truck" for mode in used.values()),
        boats=sum(mode == "boat" for mode in used.values()),
        cost=f"Rp {number(figures['cost'], lang)}",
        seed=figures["seed"],
    )
    show.heading(title, sub, replay=t("plan.access"))
