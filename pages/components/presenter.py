"""What the arrow keys of a presented page press: the stage before, and the next one."""

from __future__ import annotations

import streamlit as st

from pages.components import cursor
from pages.components.shell import t
from services.dataset import Dataset


def steps(data: Dataset) -> None:
    """Draw the buttons that move the cursor to the start of a stage; only the keyboard sees them.

    To be drawn on each page: a page without a map is presented as well.
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
