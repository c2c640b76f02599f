"""The map of a page as a file to take along, made only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.components.shell import language, t
from services.dataset import Dataset
from services.map_picture import MapPicture, draw_picture


def offer(data: Dataset, taken: Callable[[], MapPicture], name: str) -> None:
    """Draw the button that makes the picture of a map.

    Parameters
    ----------
    taken
        Called when the button is pressed, outside of the page's run.
    name
        Of the file, without its ending.
    """
    lang = language()
    st.download_button(
        t("picture.download"),
        lambda: draw_picture(data, taken(), lang),
        f"{name}.png",
        mime="image/png",
        icon=":material/image:",
        key=f"{name}_png",
        on_click="ignore",
    )
