"""The view "Pengadaan": the board from contract to seal, what is behind, and the form."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import date
from typing import Any

import streamlit as st

from pages.components import address, bring, cursor, show
from pages.components.access.offers import offered
from pages.components.custody.progress import ask_day
from pages.components.entry import number_entry
from pages.components.shell import language, plain, problem, t
from pages.components.top import top
from services.custody.procurement import (
    FOUND,
    STAGES,
    ProcurementView,
    board_rows,
    default_election,
    finding,
    items_of,
    procurement_table,
    procurement_view,
    save_stage,
    source_rows,
    stage_row,
    undo_stage,
)
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.texts import day, label, number
from services.wording import link

Place = st.delta_generator.DeltaGenerator
_LOOK = {
    "terlambat": ("#f8d7d3", "▲"),
    "kurang": ("#fbe3c6", "◆"),
    "selesai_terlambat": ("#eaf0f4", "✓"),
    "selesai": ("#d9eee4", "✓"),
    "berjalan": ("#ffffff", "○"),
    "tidak_diketahui": ("#ffffff", "?"),
    FOUND: ("#fdf3d8", "●"),
}
_DONE, _FAULT = "p_done", "p_fault"


def draw(data: Dataset, kabupaten: str | None, head: Place, bar: Sequence[Place]) -> None:
    """Draw the board, what is behind, and the form."""
    names = data.elections.sort_values("voting_date", ascending=False)["election"].tolist()
    first = names.index(default_election(data, cursor.as_of()))
    election = address.choice(
        bar[0], "procurement.election", names, "election", "pemilihan", first, key="p_election"
    )
    ask_day(bar[1], "p_day", cursor.as_of())
    view = procurement_view(data, election, kabupaten, cursor.as_of())
    with head:
        _head(view, data, election)
    left, right = st.columns([2.6, 1])
    with left:
        _board(view, data, election)
    with right:
        _form(view, data, election, kabupaten)
        bring.draw_import(data, ("procurement",), election)
    show.notes([t("procurement.note")])


def _head(view: ProcurementView, data: Dataset, election: str) -> None:
    lang = language()
    words = top(back=False)
    sub = t(
        "procurement.sub",
        election=label("election", election, lang),
        n=number(len(view.found), lang),
        day=day(view.as_of, lang),
    )
    with words:
        show.heading(finding(view, data, lang), sub, replay=cursor.replay_words())


def _board(view: ProcurementView, data: Dataset, election: str) -> None:
    lang = language()
    if view.found.empty:
        show.empty(t("procurement.empty"))
        return
    heads = "".join(
        f'<th scope="col">{html.escape(label("procurement_stage", stage, lang))}</th>'
        for stage in STAGES
    )
    body = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>{"".join(map(_cell, cells))}</tr>'
        for name, cells in board_rows(view, data, lang, election)
    )
    item = html.escape(label("procurement_column", "item", lang))
    st.html(
        '<div class="sb-scroll"><table class="sb-table sb-board">'
        f'<tr><th scope="col">{item}</th>{heads}</tr>{body}</table></div>'
    )
    show.presented(procurement_table(view, data, lang), "procurement")
    shown = set(view.found["status"])
    marks = "".join(
        f"<span><b>{mark}</b> {html.escape(label('procurement_status', status, lang))}</span>"
        for status, (_, mark) in _LOOK.items()
        if status in shown
    )
    st.html(f'<div class="sb-legend">{marks}</div>')
    show.downloads(procurement_table(view, data, lang), "pengadaan")
    sources = source_rows(view, data, lang)
    if sources:
        with st.expander(t("procurement.sources"), icon=":material/article:"):
            show.items(
                f"<b>{html.escape(place)}</b><br>{html.escape(note)} {_source(source)}"
                for place, note, source in sources
            )


def _source(source: str) -> str:
    if source.startswith(("http://", "https://")):
        return link(source, t("report.source"))
    return html.escape(source)


def _cell(cell: tuple[str | None, str]) -> str:
    status, words = cell
    if status is None:
        return "<td></td>"
    colour, mark = _LOOK[status]
    return f'<td style="background:{colour}"><b>{mark}</b> {html.escape(words)}</td>'


def _form(view: ProcurementView, data: Dataset, election: str, kabupaten: str | None) -> None:
    """Draw the form of one stage, filled with its report."""
    if not offered("procurement.write"):
        return
    lang = language()
    told = _DONE in st.session_state
    with st.expander(t("procurement.form"), icon=":material/edit:", expanded=told):
        if done := st.session_state.pop(_DONE, None):
            st.success(plain(done))
        units = data.units[data.units["level"].eq("kabupaten")]
        codes = units["code"].tolist() if kabupaten is None else [kabupaten]
        code = st.selectbox(
            t("level.kabupaten"), codes, format_func=data.names.__getitem__, key="p_kabupaten"
        )
        item = st.selectbox(
            t("procurement.item"),
            items_of(election),
            key="p_item",
            format_func=lambda one: label("procurement_item", one, lang),
        )
        stage = st.selectbox(
            t("procurement.stage"),
            STAGES,
            key="p_stage",
            format_func=lambda one: label("procurement_stage", one, lang),
        )
        key = (code, item, stage)
        _stage_form(view, data, election, key)


def _stage_form(
    view: ProcurementView, data: Dataset, election: str, key: tuple[str, str, str]
) -> None:
    reported = stage_row(view, key)
    mark = f"{election}/{'/'.join(key)}"
    need = view.needs.get(key[:2])
    if need is not None:
        show.note(t("procurement.need", n=number(int(need), language())))
    values: dict[str, Any] = {
        "election": election,
        "kabupaten_code": key[0],
        "item": key[1],
        "stage": key[2],
    }
    with st.form(f"stage_{mark}", border=False):
        one, two = st.columns(2)
        for column, name in ((one, "planned_date"), (two, "actual_date")):
            values[name] = column.date_input(
                label("procurement_column", name, language()),
                _as_date(reported.get(name)),
                format="DD/MM/YYYY",
                key=f"p_{mark}_{name}",
            )
        for column, name in ((one, "planned_count"), (two, "actual_count")):
            words = label("procurement_column", name, language())
            field, before = f"p_{mark}_{name}", reported.get(name)
            given = number_entry(column, words, 0, 10**9, before, field, optional=True)
            values[name] = None if given is None else int(given)
        for name in ("note", "source"):
            values[name] = st.text_input(
                label("procurement_column", name, language()),
                reported.get(name) or "",
                key=f"p_{mark}_{name}",
            )
        if st.form_submit_button(t("procurement.save"), type="primary", width="stretch"):
            _save(data, values)
    if reported and not reported.get("published"):
        st.button(
            t("procurement.take_back"), width="stretch", on_click=_undo, args=(data, election, key)
        )
    if (fault := st.session_state.pop(_FAULT, None)) is not None:
        problem(fault)


def _as_date(value: Any) -> date | None:
    return None if value is None else value.date()


def _save(data: Dataset, values: dict[str, Any]) -> None:
    try:
        save_stage(data, values)
    except EXPLAINED as error:
        problem(error)
    else:
        st.session_state[_DONE] = t("procurement.saved")
        st.rerun()


def _undo(data: Dataset, election: str, key: tuple[str, str, str]) -> None:
    try:
        undo_stage(data, election, key)
    except EXPLAINED as error:
        st.session_state[_FAULT] = error
        return
    st.session_state[_DONE] = t("procurement.taken_back")
