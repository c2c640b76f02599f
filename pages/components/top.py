"""The head of a page: room for its finding, the way back to today, and the stages to step by."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components import cursor, loaders
from pages.components.shell import t
from services.dataset import Dataset


def top(place: DeltaGenerator | None = None, back: bool = True) -> DeltaGenerator:
    """Draw the head of a page and return the room for its finding.

    ``back`` is False on a page that shows what is now, whatever the day of the cursor.
    """
    steps(loaders.dataset())
    with (place or st).container(key="top"):
        if not (back and cursor.replay_words()):
            return st.container()
        words, button = st.columns([8.5, 1.5], vertical_alignment="top")
    cursor.way_back(button)
    return words


def steps(data: Dataset) -> None:
    """Draw the buttons that move the cursor to the start of a stage; only the keyboard sees them.

    The arrows press them while a page is presented, one without a map as well.
    """
    first, last = cursor.bounds(data)
    starts = sorted({start.date() for start in data.stages["date_start"].dropna()})
    starts = [start for start in starts if first <= start <= last]
    here = cursor.as_of()
    before = max((start for start in starts if start < here), default=None)
    following = min((start for start in starts if start > here), default=None)
    with st.container(key="steps"):
        for key, day in (("stage_before", before), ("stage_next", following)):
            st.button(
                t(f"shell.{key}"), key=key, on_click=cursor.go_to, args=(day,), disabled=day is None
            )
