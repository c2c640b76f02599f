"""What if, from now: the plan made again and what it changes; a past day replayed."""

from __future__ import annotations

import html
from typing import Any

import pandas as pd
import streamlit as st

from data.plan.kept import base_key
from data.province import province
from data.store.ledger.rights import KEEP
from pages.components import show
from pages.components.access.offers import offered
from pages.components.entry import number_entry
from pages.components.plan import adopt as plan_adopt
from pages.components.plan import shown as plan_remedies
from pages.components.shell import language, plain, problem, t
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.plan.changes import (
    assumed,
    compared,
    load_changes,
    load_table,
    notice_table,
    notices,
    replay,
    replay_words,
    trip_changes,
    trip_table,
)
from services.plan.make import load_plan, save_plan, saved_plans
from services.plan.views.view import place_label, tightest
from services.plan.what_if import (
    WhatIf,
    again_name,
    clock,
    counts,
    event_words,
    moment,
    replan_document,
    span,
)
from services.texts import day

_OPENED = "d_plan"


def draw_replay(data: Dataset) -> None:
    """Draw the button that goes through a published day again, if the province has one."""
    past = province().replay
    if past is None or not offered(KEEP, told=False):
        return
    words, press = st.columns([3, 1.4], vertical_alignment="center")
    with words:
        show.note(getattr(past.intro, language()))
    if not press.button(
        t("replay.run", day=day(past.day, language())), width="stretch", key="w_replay"
    ):
        return
    name = t("replay.name_before")
    try:
        with st.spinner(t("whatif.working"), show_time=True):
            before, after = replay(data, name, past.scenario)
            save_plan(name, before)
            save_plan(t("replay.name_after"), after)
    except EXPLAINED as error:
        problem(error)
    else:
        st.session_state[_OPENED] = t("replay.name_after")
        st.rerun()


def compare(data: Dataset, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Draw published facts beside the plan before and after, and what is assumed."""
    lang = language()
    when = day(pd.Timestamp(after["about"]["whatif"]["now"]), lang)
    show.heading(
        t("replay.title", day=when),
        replay_words(before, after, data, lang),
        replay=t("replay.banner"),
    )
    scenario = after["about"]["replay"]
    show.table(
        compared(before, after, lang, scenario),
        hide_index=True,
        column_config={t("replay.source"): st.column_config.LinkColumn()},
    )
    show.note(t("replay.not_forecast"))
    with st.expander(t("replay.assumed")):
        show.items(map(html.escape, assumed(scenario, lang)))


_DAY, _CLOSED = "D", pd.Timedelta(hours=12)


def draw(data: Dataset, kabupaten: str, name: str | None, document: dict[str, Any] | None) -> None:
    """Draw what the open plan was made again for, if it was, and the form for what comes next."""
    del kabupaten
    if document is None or name is None:
        show.empty(t("plan.none"))
    else:
        plan_adopt.note_base(data, document)
        if document["about"].get("whatif"):
            _result(data, name, document)
        else:
            show.presented(tightest(document, data, language()), "trips")
        _form(data, name, document)
    draw_replay(data)
    show.notes([t("whatif.note"), t("whatif.tell_note")])


def _form(data: Dataset, name: str, document: dict[str, Any]) -> None:
    if not offered(KEEP):
        return
    first, last = span(document)
    days = list(pd.date_range(first.floor(_DAY), last.floor(_DAY), freq=_DAY))
    fleet = [row["vehicle_id"] for row in document["inputs"]["fleet"]]
    start = first + pd.Timedelta(days=1)
    if document["about"].get("whatif"):
        start = moment(document["about"]["whatif"]["now"])
    with st.form("whatif_form", border=True):
        show.title(t("whatif.form"))
        top = st.columns([1, 1, 2.2, 1.5, 1.5], vertical_alignment="bottom")
        day = top[0].selectbox(
            t("whatif.day"),
            days,
            (start.floor(_DAY) - days[0]).days,
            format_func=lambda d: f"{d:%d/%m/%Y}",
        )
        hour = top[1].time_input(t("whatif.hour"), start.time(), step=900)
        vehicles = top[2].multiselect(
            t("whatif.vehicles"), fleet, key="w_vehicles", placeholder="–"
        )
        repaired = number_entry(top[3], t("whatif.repaired"), 0.5, 240, None, "w_repaired", 2)
        recovery = number_entry(top[4], t("whatif.recovery"), 0, 72, 3.0, "w_recovery", 2)
        asked = _rest_of_form(data, document, start, (tuple(vehicles), repaired, recovery or 0.0))
        end = st.columns([3, 1.4], vertical_alignment="bottom")
        new_name = end[0].text_input(t("whatif.name"), again_name(name, saved_plans()))
        pressed = end[1].form_submit_button(t("whatif.run"), type="primary", width="stretch")
    if not pressed:
        return
    now = moment(f"{day:%Y-%m-%d}T{hour:%H:%M}")
    try:
        with st.spinner(t("whatif.working"), show_time=True):
            made = replan_document(data, document, name, now, WhatIf(*asked).events(document, now))
            save_plan(new_name, made)
    except EXPLAINED as error:
        problem(error)
    else:
        st.session_state[_OPENED] = new_name
        st.rerun()


def _rest_of_form(
    data: Dataset, document: dict[str, Any], start: pd.Timestamp, failed: tuple[Any, ...]
) -> tuple[Any, ...]:
    """Draw sea, roads, warehouse and extra TPS; return all in the order of `WhatIf`."""
    inputs = document["inputs"]
    areas = sorted({leg["area"] for leg in inputs["legs"] if leg["mode"] == "boat" and leg["area"]})
    boats = any(row["mode"] == "boat" for row in inputs["fleet"])
    stops = [row["place_code"] for row in inputs["stops"]]
    piers = sorted({row["pier"] for row in inputs["stops"] if row["pier"]})
    land = [row["place_code"] for row in inputs["stops"] if not row["pier"]]
    words: dict[str | None, str] = {None: t("whatif.none")}
    if boats:
        words |= {"": t("whatif.all_waters"), **{area: area for area in areas}}
    names = {code: place_label(data, code) for code in (*piers, *stops)}
    first, last = span(document)
    hours = pd.date_range(first.ceil("h"), last, freq="h")
    after = min(int(hours.searchsorted(start + _CLOSED)), len(hours) - 1)
    row = st.columns([1.2, 1.2, 2, 1, 1.6, 1], vertical_alignment="bottom")
    area = row[0].selectbox(
        t("whatif.sea"), list(words), format_func=words.__getitem__, key="w_sea"
    )
    until = row[1].selectbox(
        t("whatif.sea_until"), list(hours), after, format_func=clock, key="w_until"
    )
    roads = row[2].multiselect(
        t("whatif.road"),
        [*piers, *land],
        format_func=names.__getitem__,
        key="w_road",
        placeholder="–",
    )
    late = number_entry(row[3], t("whatif.warehouse"), 0, 240, 0.0, "w_late", 2)
    place = row[4].selectbox(
        t("whatif.extra_place"),
        [None, *stops],
        format_func=lambda code: names.get(code, t("whatif.none")),
        key="w_extra",
    )
    count = row[5].number_input(t("whatif.extra_count"), 1, 50, 1)
    sea = None if area is None else f"{area}={until.isoformat()}"
    extra = () if place is None else (f"{place}={count}",)
    return (*failed, sea, tuple(roads), str(late) if late else None, extra)


def _result(data: Dataset, name: str, document: dict[str, Any]) -> None:
    lang, about = language(), document["about"]["whatif"]
    base, now = about["base"], moment(about["now"])
    head, undo = st.columns([3, 1.4], vertical_alignment="center")
    with head:
        show.title(t("whatif.made_for", base=base, now=clock(now)))
        show.items(html.escape(event_words(row, data, lang)) for row in about["events"])
    if base not in saved_plans():
        st.warning(plain(t("whatif.base_gone", base=base)))
        if not document["verdict"]["passed"]:
            plan_remedies.draw_remedies(data, name, document)
        return
    if undo.button(plain(t("whatif.undo", base=base)), width="stretch", key="w_undo"):
        st.session_state[_OPENED] = base
        st.rerun()
    before = load_plan(base)
    if base_key(before) != about.get("base_key"):
        st.warning(plain(t("whatif.base_changed", base=base)))
    loads = load_changes(before, document, now)
    if document["verdict"]["passed"]:
        st.success(plain(t("whatif.passed", **counts(loads))))
    else:
        st.error(plain(t("whatif.failed", **counts(loads))))
        plan_remedies.draw_remedies(data, name, document)
    if document["about"].get("replay"):
        compare(data, before, document)
    _tables(data, before, document, loads)


def _tables(
    data: Dataset, before: dict[str, Any], document: dict[str, Any], loads: pd.DataFrame
) -> None:
    lang = language()
    now = moment(document["about"]["whatif"]["now"])
    every = st.toggle(t("whatif.every"), key="w_every")
    left, right = st.columns([1, 1.2])
    with left:
        show.title(t("whatif.loads"))
        table = load_table(loads, data, lang, every)
        if len(table):
            show.presented(table, "loads")
        _table(table, "whatif.no_loads", "perubahan_muatan")
    with right:
        show.title(t("whatif.tell"))
        reported = notice_table(notices(before, document, now), data, lang)
        widths = dict(zip(reported.columns, (130, 190, None), strict=True))
        config = {key: st.column_config.Column(width=px) for key, px in widths.items()}
        _table(reported, "whatif.tell_none", "pemberitahuan", column_config=config)
    show.title(t("whatif.trips"))
    trips = trip_table(trip_changes(before, document, now), data, lang, every)
    _table(trips, "whatif.no_trips", "perubahan_perjalanan")


def _table(table: pd.DataFrame, when_empty: str, file: str, **options: Any) -> None:
    if table.empty:
        show.empty(t(when_empty))
        return
    show.table(table, height=_height(table), **options)
    show.downloads(table, file)


def _height(table: pd.DataFrame) -> int:
    return 38 + 35 * min(max(len(table), 1), 9)
