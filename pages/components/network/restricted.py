"""Roads that are closed or limited: the form and the list, beside the places of a kabupaten."""

from __future__ import annotations

import html

import streamlit as st

from data.clock import today
from pages.components import show
from pages.components.access.offers import offered
from pages.components.entry import number_entry
from pages.components.shell import language, problem, t
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.network.piers import forget_status, roads_of, set_status
from services.network.restricted import limit_row, limit_words, told_of_road


def draw(data: Dataset, kabupaten: str) -> None:
    """Draw what is on record, and the form for one more."""
    lang = language()
    show.title(t("roads.title"))
    names = {str(code): name for code, name in data.place_names.items() if code.count(".") == 3}
    own = [code for code in names if code.startswith(f"{kabupaten}.")]
    left, right = st.columns([1.5, 1])
    with left:
        found = {"~".join(one.ends): limit_row(one) for one in roads_of(data, kabupaten)}
        show.items(html.escape(limit_words(row, names, lang)) for row in found.values())
        if found and offered("network.status", told=False):
            fields = st.columns([3, 1], vertical_alignment="bottom")
            chosen = fields[0].selectbox(
                t("roads.which"),
                list(found),
                format_func=lambda key: " – ".join(names.get(k, k) for k in key.split("~")),
                key="j_which",
            )
            if fields[1].button(t("roads.gone"), key="j_gone", width="stretch"):
                try:
                    forget_status(data.store, chosen)
                except EXPLAINED as error:
                    problem(error)
                else:
                    st.rerun()
    with right:
        if offered("network.status"):
            _form(data, own, names)


def _form(data: Dataset, own: list[str], names: dict[str, str]) -> None:
    with st.form("j_form", border=True):
        ends = st.columns(2)
        start = ends[0].selectbox(t("roads.from"), own, format_func=names.__getitem__, key="j_from")
        end = ends[1].selectbox(
            t("roads.to"),
            [None, *names],
            format_func=lambda code: "–" if code is None else names[code],
            key="j_to",
        )
        fields = st.columns(3)
        boxes = number_entry(fields[0], t("roads.boxes"), 1, 10_000, None, "j_boxes")
        since = fields[1].date_input(t("roads.since"), None, format="DD/MM/YYYY", key="j_since")
        until = fields[2].date_input(t("roads.until"), None, format="DD/MM/YYYY", key="j_until")
        said = st.columns([2, 1])
        url = said[0].text_input(t("roads.url"), key="j_url")
        as_of = said[1].date_input(
            t("roads.as_of"), today(), max_value=today(), format="DD/MM/YYYY", key="j_as_of"
        )
        pressed = st.form_submit_button(t("roads.save"), type="primary", width="stretch")
    if not pressed or start is None:
        return
    most = None if boxes is None else int(boxes)
    told = told_of_road((start, end), most, as_of, (since, until), url)
    try:
        set_status(data, told)
    except EXPLAINED as error:
        problem(error)
    else:
        st.rerun()
