"""PSU, recounts and disputes: recommended, decided, deadline, held, result."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from data.store.rules_risk import DISPUTE_KINDS
from pages.components import bring, cards, show
from pages.components.access.offers import offered
from pages.components.shell import language, plain, problem, t
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.polling.disputes import (
    Tracker,
    dispute_items,
    dispute_table,
    keep_dispute,
    place_words,
    stored_row,
    tps_of,
    tracker,
)
from services.texts import label, number

_DONE = "dp_done"
_DATES = ("recommended_date", "decided_date", "legal_deadline", "held_date")
_NEW = ""


def finding(data: Dataset, election: str, as_of: date) -> str:
    """Return how many are on record, overdue and waiting, as known on a day."""
    found, lang = tracker(data, election, as_of), language()
    return t(
        "dispute.headline",
        overdue=number(found.count("lewat_tenggat"), lang),
        waiting=number(found.count("menunggu") + found.count("direkomendasikan"), lang),
        total=number(len(found.rows), lang),
    )


def draw(data: Dataset, election: str, as_of: date) -> None:
    """Draw the tracker of an election as known on a day, its form and its import."""
    found = tracker(data, election, as_of)
    lang = language()
    left, right = st.columns([1.5, 1])
    with left:
        if found.rows.empty:
            with st.container(key="exhibit_none"):
                show.empty(t("dispute.none", election=label("election", election, lang)))
        else:
            show.items(dispute_items(found, data, lang))
            table = dispute_table(found, data, lang)
            show.presented(table, "disputes")
            show.downloads(table, "psu_sengketa")
    with right:
        _form(data, election, found)
        bring.draw_import(data, ("disputes",), election)
        with st.expander(t("dispute.reports", n=len(found.reports)), icon=":material/article:"):
            show.reports(found.reports, data)
    show.notes([t("dispute.note")])


def _form(data: Dataset, election: str, found: Tracker) -> None:
    """Draw the form: a new dispute, or the next step of a known one."""
    if not offered("dispute.write"):
        return
    lang = language()
    names = {_NEW: t("dispute.new")} | {
        row["dispute_id"]: f"{label('dispute_kind', row['kind'], lang)} · "
        f"{place_words(row, data, lang)}"
        for _, row in found.rows.iterrows()
    }
    with st.expander(t("dispute.form"), icon=":material/edit:", expanded=False):
        chosen = st.selectbox(
            t("dispute.which"), list(names), format_func=names.__getitem__, key="dp_which"
        )
        before = {} if chosen == _NEW else stored_row(data, chosen)
        with st.form(f"dp_form_{chosen}", border=False):
            row = _fields(data, election, chosen, before)
            if st.form_submit_button(t("dispute.save"), type="primary"):
                _save(data, row)
        if words := st.session_state.pop(_DONE, None):
            st.success(plain(words))


def _fields(data: Dataset, election: str, chosen: str, before: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {**before, "election": election}
    if chosen == _NEW:
        row["kind"] = cards.choice(
            st, "dispute_column.kind", DISPUTE_KINDS, "dispute_kind", "dp_kind"
        )
        codes = list(data.units["code"])
        place, tps = st.columns([3, 1], vertical_alignment="bottom")
        row["unit_code"] = place.selectbox(
            t("dispute_column.place"), codes, format_func=data.place_name, key="dp_unit"
        )
        number_text = tps.text_input("TPS", key="dp_tps")
        row["tps_id"] = tps_of(election, row["unit_code"], number_text)
    fields = st.columns(2)
    for place_, name in zip((*fields, *fields), _DATES, strict=True):
        row[name] = place_.date_input(
            label("dispute_column", name, language()),
            before.get(name),
            format="DD/MM/YYYY",
            key=f"dp_{name}_{chosen}",
        )
    for name in ("legal_basis", "result", "note", "source_text"):
        typed = st.text_input(
            label("dispute_column", name, language()),
            before.get(name) or "",
            key=f"dp_{name}_{chosen}",
        )
        row[name] = typed.strip() or None
    return row


def _save(data: Dataset, row: dict[str, Any]) -> None:
    try:
        keep_dispute(data.store, row)
    except EXPLAINED as error:
        problem(error)
        return
    st.session_state[_DONE] = t("dispute.saved")
    st.rerun()
