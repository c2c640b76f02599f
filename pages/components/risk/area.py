"""The kabupaten that the bar of the page names, for the parts below it."""

from __future__ import annotations

import streamlit as st

from pages.components.risk.map import AREA
from services.dataset import Dataset


def chosen_area(data: Dataset) -> str | None:
    """Return the code of the kabupaten chosen in the bar; None for all of them."""
    code = st.session_state.get(AREA)
    return code if code in set(data.units["code"]) else None
