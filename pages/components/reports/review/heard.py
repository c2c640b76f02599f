"""Who has reported about which kabupaten lately, and a message to those who are silent."""

from __future__ import annotations

import streamlit as st

from pages.components import show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.reports.review.heard import dark_words, finding, heard, heard_table, reminder

_NAME = "kabar_instansi"


def draw(data: Dataset) -> None:
    """Draw what each agency has told of each kabupaten."""
    lang, found = language(), heard(data)
    show.title(finding(found, lang))
    if dark := dark_words(found, data, lang):
        show.line(dark)
    table = heard_table(found, data, lang)
    if len(table):
        show.exhibit(table, "kabar")
        show.downloads(table, _NAME)
    show.note(t("heard.means"))
    if words := reminder(found, data, lang):
        show.title(t("heard.remind"))
        st.code(words, language=None, wrap_lines=True)
