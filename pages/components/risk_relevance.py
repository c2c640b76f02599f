"""Method: how much a category says about the vote in each stage, and how much is assumption."""

from __future__ import annotations

import streamlit as st

from pages.components import show
from pages.components.shell import language, t
from services.risk_build import RiskView
from services.risk_method import basis_words, relevance_figure, stage_words


def draw(view: RiskView) -> None:
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
