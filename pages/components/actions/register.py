"""The register of actions: a table with the overdue first, its filters, its file, and its form."""

from __future__ import annotations

import html
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from data.province import default_election
from pages.components import address, bring, show
from pages.components.access.offers import offered
from pages.components.actions import form
from pages.components.shell import language, t
from services.actions.files import register_bytes
from services.actions.register import ACTION_STATES, ENDED, actions_on, history_of
from services.actions.words import actions_table, history_items
from services.dataset import Dataset
from services.texts import label

_ALL = ""
"""Stands for no filter."""
_OVERDUE, _GOING = "lewat", "jalan"
_WIDTHS = (165, 290, 175, 110)


def draw(data: Dataset, as_of: date) -> None:
    """Draw the register as known on a day."""
    rows = actions_on(data, as_of)
    left, right = st.columns([1.75, 1])
    with left:
        shown = _filtered(data, rows) if len(rows) else rows
        if rows.empty:
            with st.container(key="exhibit_none"):
                show.empty(t("tindakan.empty"))
        elif shown.empty:
            show.empty(t("tindakan.none_left"))
        else:
            _table(shown)
        if len(rows):
            _download(data, as_of)
        bring.draw_import(data, ("actions",), default_election())
    with right:
        chosen = form.draw(data, rows, as_of)
        if chosen:
            ended = rows.set_index("action_id").loc[chosen, "status"] in ENDED
            _history(data, chosen, as_of if ended else None)


def _filtered(data: Dataset, rows: pd.DataFrame) -> pd.DataFrame:
    """Draw the bar of filters and return the actions that they leave."""
    lang = language()
    every = {_ALL: t("tindakan.all")}
    owners = {owner: owner for owner in sorted(rows["owner"].unique())}
    states = {_OVERDUE: t("tindakan.overdue"), _GOING: t("tindakan.going")}
    states |= {state: label("action_status", state, lang) for state in ACTION_STATES}
    kabupaten = data.units[data.units["level"].eq("kabupaten")]
    places = dict(zip(kabupaten["code"], kabupaten["name"], strict=True))
    with st.container(key="bar"):
        bar = st.columns(3)
    owner = address.one_of(bar[0], "action_column.owner", every | owners, "pj", _ALL, key="a_owner")
    state = address.one_of(
        bar[1], "action_column.status", every | states, "status", _ALL, key="a_state"
    )
    place = address.one_of(bar[2], "level.kabupaten", every | places, "kab", _ALL, key="a_place")
    wanted = pd.Series(True, index=rows.index)
    if owner != _ALL:
        wanted &= rows["owner"].eq(owner)
    if state in (_OVERDUE, _GOING):
        wanted &= rows["overdue" if state == _OVERDUE else "going"]
    elif state != _ALL:
        wanted &= rows["status"].eq(state)
    if place != _ALL:
        codes = rows["place_code"].fillna("")
        wanted &= codes.eq(place) | codes.str.startswith(f"{place}.")
    return rows[wanted].reset_index(drop=True)


def _table(rows: pd.DataFrame) -> None:
    """Draw the actions; a line that is chosen opens in the form."""
    table = actions_table(rows, language())
    key = f"a_table_{len(rows)}"

    def follow() -> None:
        selected: Any = st.session_state[key]
        places = selected["selection"]["rows"]
        if places:
            form.choose(str(rows["action_id"].iloc[places[0]]))

    show.exhibit(
        table, "actions", key=key, on_select=follow, selection_mode="single-row",
        **show.narrow(table, _WIDTHS),
    )  # fmt: skip


def _download(data: Dataset, as_of: date) -> None:
    st.download_button(
        t("tindakan.download"),
        partial(register_bytes, data, as_of, language()),
        f"register-tindakan-{as_of.isoformat()}-terbatas.xlsx",
        icon=":material/download:",
        on_click="ignore",
        key="a_download",
    )


def _history(data: Dataset, action_id: str, ended: date | None) -> None:
    """Draw what was done to an action and the ways back; one that has ``ended`` may go on."""
    changes = history_of(data, action_id)
    with st.expander(t("tindakan.history", n=len(changes)), icon=":material/history:"):
        show.items(html.escape(line) for line in history_items(changes, data, language()))
        if not offered("action.write", told=False):
            return
        if len(changes):  # a row of an older store may have none
            form.draw_undo(data, action_id, str(changes["change_id"].iloc[0]))
        if ended is not None:
            form.draw_reopen(data, action_id, ended)
