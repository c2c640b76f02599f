"""The distribution plan of a kabupaten: the parts of the one that is open, side by side.

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
from data.store.ledger.rights import KEEP
from pages.components import address, maps, show
from pages.components.access.offers import offered
from pages.components.network import piers as places
from pages.components.plan import adopt as plan_adopt
from pages.components.plan import compare as plan_compare
from pages.components.plan import edit as plan_edit
from pages.components.plan import ends as plan_manifest
from pages.components.plan import ends as plan_return
from pages.components.plan import inputs as plan_inputs
from pages.components.plan import overview
from pages.components.plan import shown as plan_lateness
from pages.components.plan import shown as plan_shown
from pages.components.plan import solve as plan_solve
from pages.components.plan import what_if as plan_whatif
from pages.components.shell import language, t
from pages.components.top import top
from services.dataset import Dataset
from services.plan.hands.adopted import first_of
from services.plan.make import load_plan, saved_plans
from services.plan.views.verdict import verdict_sentence
from services.texts import number

_OPENED, _SEEN, _PART, _PLAN = "d_plan", "d_plan_seen", "d_part", "rencana"

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
    with parts:
        part = address.tabs("part.label", list(PARTS), "part", "bagian", "rencana", _PART)
    with st.container():  # always there, so that nothing below moves when a job begins or ends
        busy = plan_solve.watch(kabupaten)
    name = _opened(data, kabupaten, bar[0])
    empty = name is None and part == "rencana"
    if busy or empty:  # an open form would lie over the bar; an empty page has it in full
        new.button(t("plan.new"), disabled=True, width="stretch")
    elif offered(KEEP, told=False):
        with new.popover(t("plan.new"), width="stretch"):
            plan_solve.quick_form(data, kabupaten)
    with bar[1]:
        maps.jump_list(plan_shown.map_key(kabupaten))
    if empty:
        overview.draw_empty(data, kabupaten, top(head, back=False))
        return
    document = None if name is None else load_plan(name)
    with top(head, back=False):
        show.heading(t("view.plan"), "") if document is None else _head(document, data)
    extra = {"kits": kits} if part == INPUTS else {}
    PARTS[part](data, kabupaten, name, document, **extra)


def follow_open_plan() -> None:
    """Turn the address to the plan that a part has just opened."""
    name = st.session_state.get(_OPENED)
    if name == st.session_state.get(_SEEN):
        return
    st.session_state[_SEEN] = name
    if name in saved_plans():
        kabupaten = load_plan(name)["about"].get("kabupaten")
        address.put_all({_PLAN: name, "kabupaten": kabupaten})


def _opened(data: Dataset, kabupaten: str, place: st.delta_generator.DeltaGenerator) -> str | None:
    names = plans_of(kabupaten) if data.sees_plans else []
    if not names:
        return None
    shown = {name: name for name in names}
    name = address.one_of(place, "plan.saved", shown, _PLAN, first_of(data, kabupaten, names))
    st.session_state[_OPENED] = st.session_state[_SEEN] = name
    return name


def _head(document: dict[str, Any], data: Dataset) -> None:
    lang, figures = language(), document["figures"]
    used = {trip["vehicle_id"]: trip["mode"] for trip in document["trips"]}
    sub = t(
        "plan.sub",
        trips=number(len(document["trips"]), lang),
        trucks=number(sum(mode == "truck" for mode in used.values()), lang),
        boats=number(sum(mode == "boat" for mode in used.values()), lang),
        cost=f"Rp {number(figures['cost'], lang)}",
        seed=str(figures["seed"]),
    )
    marks = filter(None, (plan_adopt.badge_words(data, document), t("plan.access")))
    show.heading(verdict_sentence(document, data, lang), sub, replay=" · ".join(marks))
