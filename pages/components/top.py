"""The head of a page: room for its finding, and the way back to today."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components import cursor


def top(place: DeltaGenerator | None = None, back: bool = True) -> DeltaGenerator:
    """Draw the head of a page and return the room for its finding.

    ``back`` is False on a page that shows what is now, whatever the day of the cursor.
    """
    with (place or st).container(key="top"):
        if not (back and cursor.replay_words()):
            return st.container()
        words, button = st.columns([8.5, 1.5], vertical_alignment="top")
    cursor.way_back(button)
    return words
