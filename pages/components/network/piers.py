"""Piers and warehouses: their reported state, and a point for those whose place is a guess."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from data.clock import today
from data.store.rules_logistics import PLACE_STATES
from data.vocabulary import VESSEL_CLASSES
from pages.components import maps, picture, show
from pages.components.access.offers import offered
from pages.components.network import restricted
from pages.components.shell import language, problem, t
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.network.map_picture import place_picture
from services.network.piers import (
    PlaceStatus,
    bounds_of,
    forget_status,
    move_place,
    place_layers,
    place_legend,
    place_table,
    places,
    set_status,
    status_words,
    undo_move,
)
from services.texts import label

_POINT = "in_place_point"


def draw_part(
    data: Dataset, kabupaten: str, name: str | None, document: dict[str, Any] | None
) -> None:
    """Draw the places as a part of the page of plans."""
    del name, document
    draw(data, kabupaten)
    restricted.draw(data, kabupaten)
    show.notes([t("places.click"), t("places.unknown_note"), t("roads.note")])


def draw(data: Dataset, kabupaten: str) -> None:
    """Draw the places of a kabupaten on a map and in a table, with a form for one of them."""
    lang = language()
    rows = places(data, kabupaten)
    left, right = st.columns([1.5, 1])
    with right:
        names = {str(place): f"{name} ({place})" for place, name in rows["name"].items()}
        chosen = st.selectbox(
            t("places.one"), list(names), format_func=names.__getitem__, key=f"in_place_{kabupaten}"
        )
        if chosen is None:
            show.empty(t("places.none"))
            return
        row = rows.loc[[chosen]].iloc[0]
        show.note(status_words(row, lang))
        if offered("network.status"):
            _state(data, chosen, row)
        if offered("network.place"):
            _move(data, chosen, row)
    with left:
        point = st.session_state.get(_POINT)
        maps.show_map(
            data,
            place_layers(rows, chosen, point, lang),
            f"places_map_{kabupaten}",
            bounds=bounds_of(data, kabupaten),
            on_point=_point,
            legend=place_legend(rows, chosen, point, lang),
        )
        taken = partial(place_picture, data, kabupaten, rows, chosen, point, today(), lang)
        picture.offer(data, taken, "dermaga_peta")
    show.table(place_table(rows, lang), width="stretch")


def _point(lon: float, lat: float) -> None:
    st.session_state[_POINT] = (round(lon, 5), round(lat, 5))


def _state(data: Dataset, chosen: str, row: pd.Series) -> None:
    """Draw the form for the state of a place."""
    lang = language()
    vessels = ["", *VESSEL_CLASSES]
    reported = "" if pd.isna(row["largest_vessel"]) else str(row["largest_vessel"])
    with st.form(f"in_state_{chosen}", border=True):
        fields = st.columns(3)
        status = fields[0].selectbox(
            t("places.status"),
            PLACE_STATES,
            PLACE_STATES.index(str(row["status"])),
            format_func=lambda k: label("placestate", k, lang),
        )
        largest = fields[1].selectbox(
            t("places.vessel"),
            vessels,
            vessels.index(reported),
            format_func=lambda k: label("vessel", k, lang) if k else "–",
        )
        when = fields[2].date_input(
            t("places.as_of"), today(), max_value=today(), format="DD/MM/YYYY"
        )
        note = st.text_input(t("places.note"), "" if pd.isna(row["note"]) else str(row["note"]))
        buttons = st.columns(2)
        kept = buttons[0].form_submit_button(t("places.save"), width="stretch")
        gone = buttons[1].form_submit_button(t("places.forget"), width="stretch")
    if not (kept or gone):
        return
    try:
        if gone:
            forget_status(data.store, chosen)
        else:
            set_status(data, PlaceStatus(chosen, status, when, largest or None, note or None))
    except EXPLAINED as error:
        problem(error)
    else:
        st.rerun()


def _move(data: Dataset, chosen: str, row: pd.Series) -> None:
    """Draw the form for the point of a place: from a click on the map, or typed."""
    point = st.session_state.get(_POINT) or (float(row["lon"]), float(row["lat"]))
    key = f"{chosen}_{point[0]}_{point[1]}"
    with st.form(f"in_move_{key}", border=True):
        fields = st.columns(2)
        lon = fields[0].number_input(t("places.lon"), -180.0, 180.0, point[0], format="%.5f")
        lat = fields[1].number_input(t("places.lat"), -90.0, 90.0, point[1], format="%.5f")
        buttons = st.columns(2)
        moved = buttons[0].form_submit_button(t("places.move"), width="stretch")
        undone = buttons[1].form_submit_button(
            t("places.undo"), width="stretch", disabled=not bool(row["moved"])
        )
    if not (moved or undone):
        return
    try:
        if moved:
            move_place(data, chosen, float(lon), float(lat))
        else:
            undo_move(data, chosen)
    except EXPLAINED as error:
        problem(error)
    else:
        st.session_state.pop(_POINT, None)
        st.rerun()
