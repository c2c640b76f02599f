"""The list of a map's areas: what a click on the map opens, the keyboard opens too."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.components import address, maps
from pages.components.shell import t

_KEY = "open_unit"


def ways_into(units: pd.DataFrame, key: str) -> None:
    """Draw, beside each other, the list that moves a map and the list that opens an area.

    Parameters
    ----------
    units
        The areas of the map by code, with their ``name``.
    key
        Name of the map.
    """
    left, right = st.columns(2)
    with left:
        maps.jump_list(key)
    chosen = address.value(address.UNIT, None, "")
    st.session_state[_KEY] = chosen if chosen in units.index else None
    names = units["name"].sort_values()
    right.selectbox(
        t("map.open"),
        list(names.index),
        index=None,
        format_func=lambda code: str(names[code]),
        placeholder=t("map.open_placeholder"),
        key=_KEY,
        on_change=lambda: address.put(address.UNIT, st.session_state[_KEY]),
    )
