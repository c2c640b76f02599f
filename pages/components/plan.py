"""The distribution plan: inputs, verdict, trips, manifest."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import maps, show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.plan import PlanAsked, load_plan, make_plan, save_plan, saved_plans
from services.plan_export import FORMATS, route_file, trip_layer, trip_lines
from services.plan_view import faults_words, manifest, plan_gantt, tightest
from services.texts import number

_SHOWN = "d_plan"


def draw(data: Dataset, kabupaten: str, head: st.delta_generator.DeltaGenerator) -> None:
    """Draw the form, and the plan that was made or opened last."""
    asked = _form(data, kabupaten)
    if asked is not None:
        _solve(data, *asked)
    _open_saved()
    name = st.session_state.get(_SHOWN)
    if name not in saved_plans():
        with head:
            show.heading(t("view.plan"), "")
        show.empty(t("plan.none"))
        return
    document = load_plan(name)
    with head:
        _head(document)
    _plan(document, data, name)


def _form(data: Dataset, kabupaten: str) -> tuple[PlanAsked, str] | None:
    """Draw the inputs; return what is asked when the button was pressed."""
    with st.form("plan_form", border=True):
        show.title(f"{t('plan.form')}: {data.names[kabupaten]}")
        fields = st.columns([1, 1, 1, 1, 1, 2, 1.4], vertical_alignment="bottom")
        trucks = fields[0].number_input(t("plan.trucks"), 0, 300, None, placeholder="auto")
        boats = fields[1].number_input(t("plan.boats"), 0, 100, None, placeholder="auto")
        island = fields[2].number_input(t("plan.island_days"), 1, 10, 3)
        land = fields[3].number_input(t("plan.land_days"), 1, 10, 1)
        seconds = fields[4].number_input(t("plan.seconds"), 1, 600, 8)
        name = fields[5].text_input(t("plan.name"), f"pemilu2024 {data.names[kabupaten]}")
        if not fields[6].form_submit_button(t("plan.solve"), type="primary", width="stretch"):
            return None
    try:
        asked = PlanAsked(
            kabupaten,
            island_days=int(island),
            land_days=int(land),
            boats=None if boats is None else int(boats),
            trucks=None if trucks is None else int(trucks),
            seconds=float(seconds),
        )
    except EXPLAINED as error:
        st.error(explain(error, language()))
        return None
    return asked, name


def _solve(data: Dataset, asked: PlanAsked, name: str) -> None:
    try:
        with st.spinner(t("plan.working", n=int(asked.seconds)), show_time=True):
            save_plan(name, make_plan(data, asked))
    except EXPLAINED as error:
        st.error(explain(error, language()))
    else:
        st.session_state[_SHOWN] = name


def _open_saved() -> None:
    names = saved_plans()
    if not names:
        return
    if st.session_state.get(_SHOWN) not in names:
        st.session_state[_SHOWN] = names[0]
    at = names.index(st.session_state[_SHOWN])
    st.session_state[_SHOWN] = st.columns([2, 4])[0].selectbox(t("plan.saved"), names, at)


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


def _plan(document: dict[str, Any], data: Dataset, name: str) -> None:
    lang = language()
    passed = bool((document["verdict"] or {}).get("passed"))
    words = faults_words(document, data, lang)
    if passed:
        tps = sum(row["tps_count"] for row in document["deliveries"])
        deadline = document["deadline"][:16].replace("T", " ")
        st.success(t("plan.passed", tps=number(tps, lang), deadline=deadline))
    else:
        st.error(t("plan.failed"))
        show.items(words)
    left, right = st.columns([1.75, 1])
    with left:
        _map(document, data)
        show.title(t("plan.gantt"))
        if document["trips"]:
            st.plotly_chart(
                plan_gantt(document, lang),
                width="stretch",
                theme=None,
                config={"displayModeBar": False},
                key="plan_gantt",
            )
    with right:
        show.title(t("plan.tightest"))
        st.dataframe(tightest(document, data, lang), hide_index=True)
        _notes(document)
    show.title(t("plan.manifest"))
    table = manifest(document, data, lang)
    st.dataframe(table, hide_index=True, height=320)
    show.downloads(table, "manifes")
    for kind in FORMATS:
        st.download_button(
            t("plan.route_file", kind=kind.upper()),
            partial(route_file, document, data, kind, lang),
            f"{name}.{kind}",
            on_click="ignore",
            key=f"plan_{kind}",
        )
    st.download_button(
        t("plan.json"),
        json.dumps(document, ensure_ascii=False),
        f"{name}.json",
        "application/json",
        on_click="ignore",
    )


def _map(document: dict[str, Any], data: Dataset) -> None:
    """Draw the trips, all of them or those under way at an hour."""
    frame = trip_lines(document, data)
    if frame.empty:
        return
    show.title(t("plan.map"))
    hours = pd.date_range(frame["depart"].min().floor("h"), frame["back"].max().ceil("h"), freq="h")
    words = {None: t("plan.all_hours"), **{h: h.strftime("%d/%m %H:%M") for h in hours}}
    hour = st.select_slider(t("plan.hour"), list(words), None, format_func=words.get, key="d_hour")
    if hour is not None:
        frame = frame[(frame["depart"] <= hour) & (frame["back"] > hour)]
    layers = [trip_layer(frame, language())] if len(frame) else []
    maps.show_map(data, layers, "plan_map")


def _notes(document: dict[str, Any]) -> None:
    about = document["about"]
    show.note(t("distribusi.master"))
    show.note(t("plan.no_sea"))
    if about["islets_without_desa"]:
        show.note(t("plan.islets", list=", ".join(about["islets_without_desa"])))
    fleet = "; ".join(
        f"{row['mode']}: {row['note']} ({row['basis']})" for row in about["fleet_basis"]
    )
    show.note(t("plan.fleet", list=fleet))
