"""Loading places and ferries on the panel of the inputs of a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from data.plan.settings import FERRY_CHOICES, Docks, PlanSettings
from pages.components.entry import number_entry
from pages.components.shell import language, t
from services.dataset import Dataset
from services.plan.settings import base_names
from services.texts import label


def draw(data: Dataset, base: PlanSettings, version: str) -> dict[str, Any]:
    """Draw how many vehicles load at once, and whether trucks board ferries; return both."""
    row = st.columns(5, vertical_alignment="bottom")
    bays, berths = (
        int(
            place.number_input(
                t(f"inputs.docks_{name}"),
                1,
                300,
                getattr(base.docks, name),
                key=f"in_docks_{name}_{version}",
            )
        )
        for place, name in zip(row, ("warehouse", "pier"), strict=False)
    )
    use = row[2].checkbox(t("inputs.ferry_use"), base.ferries.use, key=f"in_ferry_use_{version}")
    choice = row[3].selectbox(
        t("inputs.ferry_choice"),
        FERRY_CHOICES,
        FERRY_CHOICES.index(base.ferries.choice),
        format_func=lambda key: label("ferrychoice", key, language()),
        key=f"in_ferry_choice_{version}",
    )
    before, key = base.ferries.wait_min, f"in_ferry_wait_{version}"
    wait = number_entry(row[4], t("inputs.ferry_wait"), 0, 1440, before, key)
    with st.popover(t("inputs.docks_place")):
        places = _places(data, base, version)
    ferries = replace(
        base.ferries, use=use, choice=choice, wait_min=int(before if wait is None else wait)
    )
    return {"docks": Docks(bays, berths, places), "ferries": ferries}


def _places(data: Dataset, base: PlanSettings, version: str) -> dict[str, int]:
    """Draw the places of the kabupaten that have another number; those elsewhere are kept."""
    column, names = st.column_config, base_names(data, base.kabupaten)
    given = {place: n for place, n in base.docks.places.items() if place in names}
    before = {"place": pd.Series(list(given), dtype="str"), "n": pd.Series(list(given.values()))}
    frame: pd.DataFrame = st.data_editor(
        pd.DataFrame(before).astype({"n": "Int64"}),
        num_rows="dynamic",
        hide_index=True,
        placeholder="–",
        key=f"in_docks_places_{version}",
        column_config={
            "place": column.SelectboxColumn(
                t("places.one"),
                options=[name for name in names if name],
                format_func=lambda key: names[str(key)],
                required=True,
            ),
            "n": column.NumberColumn(
                t("inputs.docks_n"), min_value=1, max_value=300, step=1, required=True
            ),
        },
    )
    filled = frame.dropna()
    pairs = zip(filled["place"], filled["n"], strict=True)
    kept = {place: n for place, n in base.docks.places.items() if place not in names}
    return kept | {str(place): int(n) for place, n in pairs}
