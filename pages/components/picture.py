"""What a page leaves in the hand: its map as a file, made when it is asked for, and a sheet."""

from __future__ import annotations

import html
from collections.abc import Callable

import streamlit as st

from data.province import province
from pages.components import cursor
from pages.components.shell import language, t
from services.dataset import Dataset
from services.map_picture import MapPicture, draw_picture
from services.texts import day


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


def foot() -> None:
    """Draw the foot of the sheet; it is not seen on the screen."""
    product = province().product_name
    words = t("picture.source", product=product, day=day(cursor.as_of(), language()))
    st.html(f'<div class="sb-printed">{html.escape(words)}</div>')
