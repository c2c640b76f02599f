"""The plan that is open: its verdict, its trips on the map and in time, its tightest places."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.components import maps, show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.plan import PlanAsked, make_plan, save_plan
from services.plan_export import trip_layer, trip_lines
from services.plan_view import faults_words, plan_gantt, tightest
from services.texts import number

MAP = "plan_map"


def draw(data: Dataset, kabupaten: str, name: str | None, document: dict[str, Any] | None) -> None:
    """Draw the form, and the plan that is open."""
    asked = _form(data, kabupaten)
    if asked is not None:
        _solve(data, *asked)
    if document is None or name is None:
        show.empty(t("plan.none"))
        return
    _verdict(document, data)
    left, right = st.columns([1.75, 1])
    with left:
        _map(document, data)
        show.title(t("plan.gantt"))
        if document["trips"]:
            st.plotly_chart(
                plan_gantt(document, language()),
                width="stretch",
                theme=None,
                config={"displayModeBar": False},
                key="plan_gantt",
            )
    with right:
        show.title(t("plan.tightest"))
        st.dataframe(tightest(document, data, language()), hide_index=True)
        _notes(document)


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
        st.session_state["d_plan"] = name
        st.rerun()


def _verdict(document: dict[str, Any], data: Dataset) -> None:
    lang = language()
    if (document["verdict"] or {}).get("passed"):
        tps = sum(row["tps_count"] for row in document["deliveries"])
        deadline = document["deadline"][:16].replace("T", " ")
        st.success(t("plan.passed", tps=number(tps, lang), deadline=deadline))
    else:
        st.error(t("plan.failed"))
        show.items(faults_words(document, data, lang))


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
