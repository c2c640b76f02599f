"""The open plan edited by hand: its trips, the edits, what the auditor says, and adoption."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from analytics.plan.edits import Edit, ForbidLeg, Lock, MoveStop, SetDeparture
from analytics.plan.inputs import MODES
from data.plan.kept import base_key
from data.store.ledger.rights import KEEP
from pages.components import show
from pages.components.access.offers import offered
from pages.components.plan import adopt
from pages.components.shell import language, problem, t
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.plan.failure import part_in_question
from services.plan.hands.edit import (
    Row,
    edit_document,
    edit_row,
    edit_words,
    edited_name,
    edits_in,
    rest_row,
    targets,
    tps_at,
    trip_lines,
    without_edit,
)
from services.plan.make import load_plan, save_plan, saved_plans
from services.plan.views.view import faults_words, place_label
from services.plan.what_if import moment, span
from services.texts import label, number

_OPENED, _WORK = "d_plan", "e_work"
_WIDTHS = {
    "trip": 98,
    "lock": 70,
    "depart": 92,
    "back": 92,
    "places": 240,
    "boxes": 62,
    "by_hand": 78,
}

Document = dict[str, Any]


def draw(data: Dataset, kabupaten: str, name: str | None, document: Document | None) -> None:
    """Draw the plan that is open with its edits, and its adoption."""
    if document is None or name is None:
        show.empty(t("edit.none"))
        adopt.draw(data, kabupaten, None, is_saved=True)
        show.notes([t("adopt.rule")])
        return
    work = _work(name, document)
    lines = trip_lines(work, data)
    left, right = st.columns([1.5, 1])
    with left:
        _verdict(data, name, work, is_saved=work is document)
        _locks(data, name, work, lines)
    with right:
        _log(data, name, work)
        if len(lines):
            show.title(t("edit.forms"))
            _move(data, name, work, lines)
            _departure(data, name, work, lines)
            _forbid(data, name, work)
        if st.button(t("edit.rest"), type="primary", width="stretch", key="e_rest"):
            with st.spinner(t("edit.working"), show_time=True):
                _do(data, name, work, [rest_row()])
    adopt.draw(data, kabupaten, name, is_saved=work is document)
    show.notes([t("edit.note"), t("adopt.rule")])


def _work(name: str, document: Document) -> Document:
    """Return the plan with the edits that are not saved yet; of another content they are gone."""
    kept: dict[str, tuple[str, Document]] = st.session_state.setdefault(_WORK, {})
    key, work = kept.get(name, ("", document))
    return work if key == base_key(document) else document


def _put(name: str, document: Document | None) -> None:
    """Keep the edited plan in the session, or forget it, and draw the page again."""
    kept = st.session_state[_WORK]
    if document is None:
        kept.pop(name, None)
    else:
        kept[name] = (base_key(load_plan(name)), document)
    st.rerun()


def _do(data: Dataset, name: str, work: Document, rows: Sequence[Row]) -> None:
    """Make edits, all of them or none."""
    try:
        for row in rows:
            work = edit_document(data, work, name, row)
    except EXPLAINED as error:
        problem(error)
    else:
        _put(name, work)


def _edit(data: Dataset, name: str, work: Document, *edits: Edit) -> None:
    _do(data, name, work, [edit_row(edit) for edit in edits])


def _verdict(data: Dataset, name: str, work: Document, is_saved: bool) -> None:
    """Draw what the auditor says, and what keeps the edits."""
    lang, n = language(), len(edits_in(work))
    if n and (work["verdict"] or {}).get("passed"):
        st.success(t("edit.passed", n=number(n, lang)))
    elif n:
        st.error(t("edit.failed", n=number(n, lang)))
        show.items(map(html.escape, faults_words(work, data, lang)))
    if is_saved:
        return
    st.warning(t("edit.not_kept"))
    if not offered(KEEP):
        if st.button(t("edit.discard"), key="e_discard"):
            _put(name, None)
        return
    with st.form("e_form", border=False):
        fields = st.columns([3, 1, 1], vertical_alignment="bottom")
        new = fields[0].text_input(t("edit.name"), edited_name(name, saved_plans()), key="e_name")
        kept = fields[1].form_submit_button(t("edit.keep"), type="primary", width="stretch")
        gone = fields[2].form_submit_button(t("edit.discard"), width="stretch")
    if gone:
        _put(name, None)
    if kept:
        try:
            save_plan(new, work)
        except EXPLAINED as error:
            problem(error)
            return
        st.session_state[_OPENED] = new
        _put(name, None)


def _log(data: Dataset, name: str, work: Document) -> None:
    """Draw the edits, each with what undoes it."""
    rows = edits_in(work)
    if not rows:
        show.note(t("edit.log_none"))
        return
    show.title(t("edit.log", base=work["about"]["edits"]["base"]))
    for n, row in enumerate(rows):
        words, press = st.columns([4, 1.3], vertical_alignment="center")
        with words:
            show.note(f"{n + 1}. {edit_words(row, data, language())}")
        if press.button(t("edit.undo"), key=f"e_undo_{n}", width="stretch"):
            try:
                with st.spinner(t("edit.working")):
                    before = without_edit(data, work, n)
            except EXPLAINED as error:
                problem(error)
            else:
                _put(name, before if edits_in(before) else None)


def _locks(data: Dataset, name: str, work: Document, lines: pd.DataFrame) -> None:
    """Draw the trips, with a tick for those that stay as they are."""
    lang = language()
    show.title(t("edit.trips"))
    log = work["about"].get("edits") or {}
    keys = list(_WIDTHS)
    words = {key: label("edit_column", key, lang) for key in keys}
    table = lines.rename(columns={"locked": "lock"}).assign(trip=lines.index)[keys]
    show.presented(table[["trip", "depart", "places", "boxes"]].rename(columns=words), "edit")
    with st.form("e_locks_form", border=False):
        ticked = st.data_editor(
            table.rename(columns=words),
            hide_index=True,
            placeholder="–",
            column_config={words[k]: st.column_config.Column(width=w) for k, w in _WIDTHS.items()},
            disabled=[word for key, word in words.items() if key != "lock"],
            height=38 + 35 * min(max(len(table), 1), 11),
            width="stretch",
            key=f"e_locks_{len(edits_in(work))}",
        )
        fields = st.columns([3, 1], vertical_alignment="bottom")
        fleet = [row["vehicle_id"] for row in part_in_question(work)["inputs"]["fleet"]]
        vehicles = fields[0].multiselect(
            t("edit.vehicle"), fleet, log.get("vehicles", []), key="e_vehicles", placeholder="–"
        )
        if fields[1].form_submit_button(t("edit.lock"), width="stretch"):
            _edit(data, name, work, *locks(log, lines, ticked[words["lock"]], vehicles))


def locks(
    log: dict[str, Any], lines: pd.DataFrame, ticked: pd.Series, vehicles: Sequence[str]
) -> list[Lock]:
    """Return the locks that ticks and chosen vehicles set or take off.

    ``lines`` as `services.plan.hands.edit.trip_lines` gives them, ``ticked`` booleans on its index.
    """
    held = set(log.get("vehicles", ()))
    out = [Lock(vehicle_id=one, on=one in vehicles) for one in sorted(held ^ set(vehicles))]
    own = lines[~lines["vehicle_id"].isin(held | set(vehicles))]
    changed = own.index[own["locked"].ne(ticked[own.index].astype(bool))]
    return out + [Lock(str(trip), on=bool(ticked[trip])) for trip in changed]


def _move(data: Dataset, name: str, work: Document, lines: pd.DataFrame) -> None:
    free = lines[~lines["locked"] & lines["place_codes"].map(bool)]
    with st.expander(t("edit.move"), expanded=True):
        if free.empty:
            return
        trip = st.selectbox(
            t("edit.trip"), list(free.index), format_func=lambda k: free["words"][k], key="e_trip"
        )
        one, two = st.columns(2)
        place = one.selectbox(
            t("edit.place"),
            free["place_codes"][trip],
            format_func=lambda code: place_label(data, code),
            key="e_place",
        )
        tps = two.multiselect(
            t("edit.tps"),
            tps_at(work, trip, place),
            format_func=_tps_words,
            key="e_tps",
            placeholder=t("edit.all_tps"),
        )
        words = lines["words"].to_dict()
        to = st.selectbox(
            t("edit.target"),
            targets(work, lines, trip),
            format_func=lambda key: words.get(key, key),
            key="e_target",
        )
        if st.button(t("edit.move"), width="stretch", key="e_move") and to is not None:
            where = {"to_trip": to} if to in lines.index else {"to_vehicle": to}
            _edit(data, name, work, MoveStop(trip, place, tuple(tps), **where))


def _tps_words(tps_id: str) -> str:
    return tps_id.partition("/")[2] or tps_id


def _departure(data: Dataset, name: str, work: Document, lines: pd.DataFrame) -> None:
    free = lines[~lines["locked"]]
    with st.expander(t("edit.depart")):
        if free.empty:
            return
        trip = st.selectbox(
            t("edit.trip"), list(free.index), format_func=lambda k: free["words"][k], key="e_dep"
        )
        first, last = span(work)
        days = list(pd.date_range(first.floor("D"), last.floor("D"), freq="D"))
        fields = st.columns([1.2, 1, 1.2], vertical_alignment="bottom")
        at = next(t["stops"][0]["depart"] for t in work["trips"] if t["trip_id"] == trip)
        when = moment(at)
        day = fields[0].selectbox(
            t("edit.day"),
            days,
            days.index(when.floor("D")) if when.floor("D") in days else 0,
            format_func=lambda d: f"{d:%d/%m/%Y}",
            key=f"e_day_{trip}",
        )
        hour = fields[1].time_input(t("edit.clock"), when.time(), step=300, key=f"e_clock_{trip}")
        exact = fields[2].checkbox(t("edit.exact"), key="e_exact")
        if st.button(t("edit.depart"), width="stretch", key="e_depart"):
            wanted = moment(f"{day:%Y-%m-%d}T{hour:%H:%M}")
            _edit(data, name, work, SetDeparture(trip, wanted, exact))


def _forbid(data: Dataset, name: str, work: Document) -> None:
    legs = part_in_question(work)["inputs"]["legs"]
    codes = sorted({leg[end] for leg in legs for end in ("from_code", "to_code")})
    names = {code: place_label(data, code) for code in codes}
    codes.sort(key=names.__getitem__)
    with st.expander(t("edit.forbid")), st.form("e_forbid_form", border=False):
        fields = st.columns([1.3, 1.3, 1], vertical_alignment="bottom")
        start = fields[0].selectbox(
            t("edit.from"), codes, format_func=names.__getitem__, key="e_from"
        )
        end = fields[1].selectbox(t("edit.to"), codes, format_func=names.__getitem__, key="e_to")
        mode = fields[2].selectbox(
            t("edit.mode"),
            MODES,
            format_func=lambda key: label("plan_mode", key, language()),
            key="e_mode",
        )
        pressed = st.form_submit_button(t("edit.forbid"), width="stretch")
    if not pressed or start is None or end is None:
        return
    try:
        leg = ForbidLeg(start, end, mode)
    except EXPLAINED as error:
        problem(error)
        return
    _edit(data, name, work, leg)
