"""Which TPS stand on which islet: a table, a list or the map to choose from, and undo."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from data.plan.settings import PlaceRow, PlanSettings
from pages.components import maps, show
from pages.components.shell import language, problem, t
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.plan.islets import islet_stands, sites_in
from services.plan.views.islets import islet_layer, stand_table

_OFFICE = ""
"""In the list of places: the desa office of the TPS."""


def draw_islets(data: Dataset, base: PlanSettings, version: str) -> dict[str, Any]:
    """Draw the places of the TPS of islets; return the settings of them."""
    lang = language()
    sites = sites_in(data, base.kabupaten, base.election)
    if sites.empty:
        show.empty(t("plan_islet.none"))
        return {}
    before: list[tuple[PlaceRow, ...]] = st.session_state.setdefault(
        f"in_places_{version}", [base.places]
    )
    _form(data, base, sites, before, version)
    assume = st.checkbox(
        t("setting.assume_islets"), base.assume_islets, key=f"in_assume_islets_{version}"
    )
    values = {"places": before[-1], "assume_islets": bool(assume)}
    asked = replace(base, places=before[-1], assume_islets=bool(assume))
    try:
        table = stand_table(islet_stands(data, asked), sites, data, lang)
    except EXPLAINED as error:
        problem(error)
        return values
    link = {table.columns[-1]: st.column_config.LinkColumn(table.columns[-1], width="medium")}
    show.table(table, width="stretch", column_config=link, placeholder="–")
    return values


def _form(
    data: Dataset,
    base: PlanSettings,
    sites: pd.DataFrame,
    before: list[tuple[PlaceRow, ...]],
    version: str,
) -> None:
    """Draw what assigns a TPS to a place, and what takes the last assignment back."""
    chosen = f"in_islet_{version}"
    if st.toggle(t("plan_islet.by_map"), key=f"in_islet_map_{version}"):
        _map(data, base, sites, chosen)
    names = {**sites["name"].to_dict(), _OFFICE: t("plan_islet.office")}
    register = data.tps[data.tps["election"].eq(base.election)]
    register = register[register["desa_code"].str.startswith(f"{base.kabupaten}.")]
    words = {
        tps: f"{data.names[desa]} {number}"
        for tps, desa, number in zip(
            register["tps_id"], register["desa_code"], register["number"], strict=True
        )
    }
    row = st.columns([2, 3, 1, 1], vertical_alignment="bottom")
    place = row[0].selectbox(
        t("plan_islet.islet"), list(names), format_func=names.__getitem__, key=chosen
    )
    tps = row[1].selectbox(
        t("plan_islet.tps"),
        list(words),
        index=None,
        format_func=words.__getitem__,
        placeholder="–",
        key=f"in_islet_tps_{version}",
    )
    row[2].button(
        t("plan_islet.assign"),
        on_click=_assign,
        args=(before, tps, place),
        disabled=tps is None,
        width="stretch",
        key=f"in_assign_{version}",
    )
    row[3].button(
        t("plan_islet.undo"),
        on_click=_undo,
        args=(before,),
        disabled=len(before) < 2,
        width="stretch",
        key=f"in_undo_{version}",
    )


def _assign(before: list[tuple[PlaceRow, ...]], tps: str, place: str) -> None:
    """Put a TPS on a place, in place of what was set for it."""
    made = PlaceRow(tps, place or tps.split("/")[1])
    before.append((*(one for one in before[-1] if one.tps_id != tps), made))


def _undo(before: list[tuple[PlaceRow, ...]]) -> None:
    """Take the last assignment back."""
    before.pop()


def _map(data: Dataset, base: PlanSettings, sites: pd.DataFrame, chosen: str) -> None:
    """Draw the islets on the map; a click chooses one."""

    def click(properties: dict[str, object]) -> None:
        if properties.get("key") in sites.index:
            st.session_state[chosen] = properties["key"]

    shapes = data.shapes["kabupaten"]
    west, south, east, north = shapes[shapes["code"].eq(base.kabupaten)].total_bounds
    layer = islet_layer(data, sites, st.session_state.get(chosen))
    maps.show_map(
        data,
        [layer],
        f"islets_map_{base.kabupaten}",
        on_click=click,
        bounds=(south, west, north, east),
    )
