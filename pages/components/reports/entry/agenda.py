"""The fields of what is planned."""

from __future__ import annotations

import streamlit as st

from data.store.rules import AGENDA_KINDS
from pages.components import show
from pages.components.reports.entry import fields, place, state
from pages.components.shell import language, t
from services.dataset import Dataset
from services.reports.review.planned import Planned
from services.texts import label

_LONGEST = 200


def draw(data: Dataset) -> Planned:
    """Draw the fields of something on the agenda and return what stands in them."""
    kind = fields.draw_choice("kind", list(AGENDA_KINDS), "agenda")
    title = typed_words("title")
    code = place.draw(data, whole=True)
    first = fields.draw_day("date_start", None)
    last = fields.draw_day("agenda_end", None, "date_end")
    crowd = st.number_input(
        label("entry_field", "expected_crowd", language()),
        0,
        None,
        step=1,
        key=state.first("expected_crowd", None),
        persist_state="session",
    )
    owner, permit = typed_words("owner"), typed_words("permit")
    show.note(t("entry.no_persons"))
    return Planned(kind, title, first, last, code, crowd, owner, permit)


def typed_words(name: str) -> str:
    words: str = st.text_input(
        label("entry_field", name, language()),
        key=state.first(name, ""),
        max_chars=_LONGEST,
        persist_state="session",
    )
    return words.strip()
