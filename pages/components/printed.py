"""What a page says on paper only: its source and the day of knowledge, at the foot of the sheet."""

from __future__ import annotations

import html

import streamlit as st

from data.province import province
from pages.components import cursor
from pages.components.shell import language, t
from services.texts import day


def foot() -> None:
    """Draw the foot of the sheet; it is not seen on the screen."""
    product = province().product_name
    words = t("picture.source", product=product, day=day(cursor.as_of(), language()))
    st.html(f'<div class="sb-printed">{html.escape(words)}</div>')
