"""The open plan: verdict, trips, how likely it is late, why it fails and what would help."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import cursor, maps, picture, show
from pages.components.entry import number_entry
from pages.components.shell import language, problem, t
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.network.piers import bounds_of
from services.plan.failure import (
    Remedy,
    lacking_lines,
    lacking_table,
    no_remedy_words,
    remedy_words,
    served_words,
    try_remedies,
)
from services.plan.lateness import (
    Lateness,
    LatenessParams,
    key_of,
    lateness_of,
    lateness_table,
    meaning,
    share_words,
)
from services.plan.views.gantt import plan_gantt, tight_trips
from services.plan.views.map import hours, map_layers, scene
from services.plan.views.map_picture import plan_picture, scene_legend, scene_words
from services.plan.views.view import faults_words, input_words, kpis, tightest
from services.texts import label, number

_KEPT = "plan_remedies"


def draw_remedies(data: Dataset, name: str, document: dict[str, Any]) -> None:
    """Draw what the audit found, what is left out or late and why, and remedies when asked for."""
    show.items(map(html.escape, faults_words(document, data, language())))
    table = lacking_table(document, data, language())
    if table.empty:
        return
    show.title(served_words(document, language()))
    show.items(map(html.escape, lacking_lines(document, data, language())))
    show.title(t("lacking.title"))
    show.table(table, height=38 + 35 * min(len(table), 8))
    show.downloads(table, "kekurangan")
    found = _tried(data, name, document)
    if found is None:
        return
    if not found:
        show.empty(no_remedy_words(document, language()))
        return
    words = remedy_words(found, data, language())
    works = any(works for works, _ in words)
    show.title(t("remedy.title") if works else no_remedy_words(document, language()))
    show.items(html.escape(line) for _, line in words)
    show.note(t("remedy.note"))


def _tried(data: Dataset, name: str, document: dict[str, Any]) -> list[Remedy] | None:
    """Return the remedies that were tried for this plan; None until it is asked for."""
    kept: dict[Any, list[Remedy]] = st.session_state.setdefault(_KEPT, {})
    key = (name, document["figures"].get("seconds"), len(document["trips"]))
    if key not in kept and st.button(t("remedy.run"), key=f"remedies_{name}"):
        try:
            with st.spinner(t("remedy.working"), show_time=True):
                kept[key] = try_remedies(data, document)
        except EXPLAINED as error:
            problem(error)
    return kept.get(key)


HOUR = "d_hour"


def map_key(kabupaten: str) -> str:
    """Return the name of a kabupaten's map: each keeps its own view."""
    return f"plan_map_{kabupaten}"


def draw(data: Dataset, kabupaten: str, name: str | None, document: dict[str, Any] | None) -> None:
    """Draw the plan that is open."""
    if document is None or name is None:
        show.empty(t("plan.none"))
        return
    if not (document["verdict"] or {}).get("passed"):
        st.error(t("plan.failed"))
        draw_remedies(data, name, document)
    risk = st.session_state.get(risk_key(name, document))
    if not document["trips"]:
        show.empty(t("lateness.no_trips"))
        return
    figures(kpis(document, language(), None if risk is None else risk_words(*risk)))
    left, right = st.columns([1.75, 1])
    with left:
        _moving(document, data, kabupaten, name)
    with right, st.container(height=560, border=False, key="side"):
        show.title(t("plan.tightest"))
        table = tightest(document, data, language())
        fits = show.narrow(table, (115, 100, 76, 92, 44))
        show.table(table, height=37 + 33 * len(table), **fits)
    _gantt(document, data)
    show.notes(_notes(document, data))


def risk_key(name: str, document: Mapping[str, Any]) -> str:
    """Return under which key of the session the chance of lateness of a plan is kept."""
    return f"d_risk_{name}_{document['figures'].get('seconds')}"


def figures(rows: Iterable[tuple[str, str, str]]) -> None:
    """Draw figures in a row: the figure, what it is, and a line under it."""
    cards = "".join(
        f'<div class="sb-card"><b>{html.escape(figure)}</b><span>{html.escape(words)}</span>'
        f"<small>{html.escape(small)}</small></div>"
        for figure, words, small in rows
    )
    st.html(f'<div class="sb-cards row">{cards}</div>')


def risk_words(in_time: float, error: float) -> str:
    """Return the chance that any TPS is late, in percent."""
    return share_words(1 - in_time, error, language())


@st.fragment
def _moving(document: dict[str, Any], data: Dataset, kabupaten: str, name: str) -> None:
    """Draw the map and its slider; moving the slider draws nothing else again."""
    lang, title = language(), st.container()
    times: dict[pd.Timestamp | None, str] = {None: t("plan.all_hours")}
    times |= {hour: f"{hour:%d/%m %H:%M}" for hour in hours(document)}
    bar = st.columns([4, 1.2], vertical_alignment="center")
    if st.session_state.get(HOUR) not in times:
        st.session_state[HOUR] = None
    at = bar[0].select_slider(
        t("plan.hour"),
        list(times),
        format_func=times.__getitem__,
        key=HOUR,
        persist_state="session",
    )
    shaded = bar[1].checkbox(t("plan.shaded"), key="d_shaded", persist_state="session")
    shown = scene(document, data, at)
    with title:
        show.title(scene_words(shown, document, lang))
    with st.container(key="planmap"):
        layers = map_layers(shown, data, kabupaten, lang, shaded)
        maps.show_map(data, layers, map_key(kabupaten), bounds=bounds_of(data, kabupaten))
    show.legend(*scene_legend(data, kabupaten, shaded, lang))
    about, day = (kabupaten, name), cursor.as_of()
    taken = partial(plan_picture, data, document, shown, about, day, lang, shaded)
    picture.offer(data, taken, "rencana_peta")


def _gantt(document: dict[str, Any], data: Dataset) -> None:
    lang, n = language(), len(document["trips"])
    show.title(t("plan.gantt", n=number(n, lang), tight=number(tight_trips(document), lang)))
    with st.container(key="gantt"):
        st.plotly_chart(
            plan_gantt(document, data, lang),
            width="stretch",
            theme=None,
            config={"displayModeBar": False},
            key="plan_gantt",
        )


def _notes(document: dict[str, Any], data: Dataset) -> list[str]:
    """Return what the plan rests on."""
    about = document["about"]
    fleet = "; ".join(
        f"{label('plan_mode', row['mode'], language())}: {row['note']} "
        f"({label('basis', row['basis'], language())})"
        for row in about["fleet_basis"]
    )
    return [
        t("distribusi.master"),
        *input_words(about, data, language()),
        t("plan.fleet", list=fleet),
        t("plan.lines_note"),
    ]


_LATENESS_KEPT = "plan_lateness"
_MOST_KEPT = 6


def draw_lateness(
    data: Dataset, kabupaten: str, name: str | None, document: dict[str, Any] | None
) -> None:
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
    st.session_state[risk_key(name, document)] = (found.all_in_time, found.standard_error)
    lang = language()
    words = share_words(found.all_in_time, found.standard_error, lang)
    show.heading(t("lateness.title", share=words), meaning(found, params, lang))
    table = lateness_table(found, data, lang)
    show.exhibit(table, "lateness", height=38 + 35 * min(len(table), 12))
    show.downloads(table, "peluang_terlambat")
    show.notes([t("lateness.model"), t("lateness.masters"), t("lateness.assumed")])


def _form(document: dict[str, Any]) -> tuple[LatenessParams, int] | None:
    """Draw the parameters; return them as they are, or None where they make no sense."""
    usual = LatenessParams()
    with st.expander(t("lateness.params")), st.form("lateness_form", border=False):
        top, low = (st.columns(5, vertical_alignment="bottom") for _ in range(2))
        truck = _entry(top[0], "breakdown_truck", 0, 1, usual.breakdown_truck_h, 3)
        boat = _entry(top[1], "breakdown_boat", 0, 1, usual.breakdown_boat_h, 3)
        repair = _entry(top[2], "repair", 1, 2880, usual.repair_min)
        closing = _entry(top[3], "closing", 0, 1, usual.closing_per_day, 2)
        confidence = _entry(top[4], "confidence", 50, 99.9, 100 * usual.confidence, 1)
        road = _entry(low[0], "shared_road", 0, 1, usual.shared_road, 2)
        sea = _entry(low[1], "shared_sea", 0, 1, usual.shared_sea, 2)
        runs = _entry(low[2], "runs", 100, 20_000, usual.runs)
        seed = low[3].number_input(
            t("lateness.seed"), 0, 2**31 - 1, int(document["figures"].get("seed") or 0)
        )
        low[4].form_submit_button(t("lateness.run"), type="primary", width="stretch")
    try:
        params = LatenessParams(
            int(runs), road, sea, truck, boat, repair, closing, confidence / 100
        )
    except EXPLAINED as error:
        problem(error)
        return None
    return params, int(seed)


def _entry(place: Any, name: str, low: float, high: float, value: float, digits: int = 0) -> float:
    found = number_entry(place, t(f"lateness.{name}"), low, high, value, f"late_{name}", digits)
    return value if found is None else found


def _found(document: dict[str, Any], params: LatenessParams, seed: int) -> Lateness:
    """Return the simulation, from the session where it was made before."""
    kept: dict[str, Lateness] = st.session_state.setdefault(_LATENESS_KEPT, {})
    key = key_of(document, params, seed)
    if key not in kept:
        with st.spinner(t("lateness.working")):
            kept[key] = lateness_of(document, params, seed)
        while len(kept) > _MOST_KEPT:
            kept.pop(next(iter(kept)))
    return kept[key]
