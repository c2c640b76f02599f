"""How the indices are made: components, weights, parameters with their basis, what they are not.

Method: how much a category says about the vote in each stage, and how much is assumption.
"""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.components import show
from pages.components.shell import language, t
from services.hotspots.tables import setting
from services.risk.charts import basis_words, relevance_figure, stage_words
from services.risk.explain import summary_lines
from services.risk.index import RiskView, parameter_table
from services.texts import label


def draw_relevance(view: RiskView) -> None:
    """Draw the relevance of categories by stage, with the stages in force marked."""
    lang = language()
    show.title(t("relevance.title"))
    show.note(stage_words(view, lang))
    st.plotly_chart(
        relevance_figure(view, lang),
        width="stretch",
        theme=None,
        config={"displayModeBar": False},
        key="k_relevance",
    )
    show.note(t("relevance.meaning"))
    show.note(basis_words(lang))


def draw(view: RiskView) -> None:
    """Draw what the indices rest on."""
    lang = language()
    left, right = st.columns([1, 1.3])
    with left:
        show.title(t("kerawanan.method_title"))
        show.items(label("method_note", n, lang) for n in "123456")
        show.title(t("kerawanan.method_now"))
        show.items(summary_lines(view, lang))
    with right:
        show.title(t("kerawanan.parameters"))
        table = parameter_table()
        written = table["value"].map(partial(setting, lang=lang))
        table = table.rename(columns={c: label("parameter_column", c, lang) for c in table.columns})
        name = label("parameter_column", "value", lang)
        show.table(table.assign(**{name: written}), height=560)
        show.downloads(table, "parameter_kerawanan")
    draw_relevance(view)
