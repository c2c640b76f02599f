"""The head of a page: room for its finding, the way back to today, and the stages to step by."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components import cursor, loaders, presenter


def top(place: DeltaGenerator | None = None, back: bool = True) -> DeltaGenerator:
    """Draw the head of a page and return the room for its finding.

    ``back`` is False on a page that shows what is now, whatever the day of the cursor.
    """
    presenter.steps(loaders.dataset())
    with (place or st).container(key="top"):
        if not (back and cursor.replay_words()):
            return st.container()
        words, button = st.columns([8.5, 1.5], vertical_alignment="top")
    cursor.way_back(button)
    return words
