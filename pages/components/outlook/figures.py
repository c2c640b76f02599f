"""The figures of an outlook: kabupaten, families, what was said and what came, scores."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components import show
from pages.components.shell import language, t
from services.outlook.charts import reliability_figure, strip_figure
from services.outlook.view import LEVELS, OutlookView
from services.outlook.words import (
    area_table,
    empty_words,
    province_table,
    score_frame,
    score_table,
    top_words,
    verdict_words,
)
from services.texts import label, number


def draw(view: OutlookView, family: str) -> list[str]:
    """Draw an outlook, or why there is none; then how such outlooks did. Return the notes on it."""
    if view.hist is None:
        show.empty(empty_words(view, language()))
        return _past(view, family)
    return [*_ahead(view, family), *_past(view, family)]


def _ahead(view: OutlookView, family: str) -> list[str]:
    lang = language()
    left, right = st.columns([1.15, 1])
    with left:
        with st.container(key="exhibit_outlook"):
            show.title(t("prakiraan.strip_title", family=label("family", family, lang).lower()))
            _chart(strip_figure(view, family, lang), "p_strip")
        table = area_table(view, family, lang)
        names = [name for n, name in enumerate(table.columns) if n != 1]  # all but the code
        show.table(table, height="content", column_order=names)
        show.downloads(table, f"prakiraan_{family}_{view.kind}")
    with right:
        show.title(t("prakiraan.province_title"))
        table = province_table(view, lang)
        show.table(table, height="content")
        show.downloads(table, f"prakiraan_provinsi_{view.kind}")
    return [
        t("prakiraan.strip_note", step=number(100 * view.step(LEVELS[0]), lang)),
        t("prakiraan.province_note", step=number(100 * view.step(LEVELS[1]), lang)),
    ]


def _past(view: OutlookView, family: str) -> list[str]:
    lang = language()
    notes = [*verdict_words(view, family, lang), top_words(view, family, lang) or ""]
    left, right = st.columns([1, 1.15])
    with left:
        show.title(t("prakiraan.reliability_title"))
        figure = reliability_figure(view, lang)
        if figure is None:
            show.empty(t("prakiraan.reliability_none"))
        else:
            _chart(figure, "p_reliability")
            notes.append(t("prakiraan.reliability_note", blocks=number(view.blocks, lang)))
    with right:
        show.title(t("prakiraan.scores_title", family=label("family", family, lang).lower()))
        show.table(score_table(view, family, lang), height="content")
        show.downloads(score_frame(view), f"nilai_prakiraan_{view.kind}_{view.horizon}")
    return [*notes, t("prakiraan.scores_note")]


def _chart(figure: Any, key: str) -> None:
    st.plotly_chart(figure, width="stretch", theme=None, config={"displayModeBar": False}, key=key)
