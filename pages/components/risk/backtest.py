"""The back-test: what the indices of an eve would have found, as poor as it is."""

from __future__ import annotations

from datetime import date

import streamlit as st

from pages.components import show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.risk.backtest import (
    HORIZONS,
    BacktestParams,
    affairs_table,
    all_rates,
    backtest,
    case_sentence,
    case_title,
    evidence_sentence,
    few_sentence,
    rates_figure,
    rates_table,
    verdict,
)
from services.risk.index import RiskView


def draw(data: Dataset, election: str, as_of: date, view: RiskView) -> None:
    """Draw the back-test of every past election; the cursor does not change it."""
    del election, as_of, view  # each case has a day of its own
    lang = language()
    bar = st.columns([1, 4], vertical_alignment="bottom")
    days = bar[0].selectbox(t("ujibalik.horizon"), HORIZONS, index=2, key="kb_horizon")
    params = BacktestParams(horizon_days=int(days))
    with st.spinner(t("ujibalik.title")):
        cases = backtest(data, params)
    show.title(t("ujibalik.title"))
    show.note(t("ujibalik.fixed"))
    words = few_sentence(cases, lang)
    if words:
        st.info(words)
    for case in cases:
        show.title(case_title(case, lang))
        show.note(verdict(case, lang))
        if case.note:
            show.note(t(case.note))
        figure = rates_figure(case, lang)
        if figure is not None:
            st.plotly_chart(
                figure,
                width="stretch",
                theme=None,
                config={"displayModeBar": False},
                key=f"kb_{case.election}_{case.level}",
            )
            with st.expander(t("ujibalik.figures")):
                show.table(rates_table(case, lang), height="content")
        show.note(case_sentence(case, params, lang))
        show.note(evidence_sentence(case, params, lang))
        table = affairs_table(case, data, lang)
        if len(table):
            with st.expander(t("ujibalik.happened")):
                show.table(table)
    show.note(t("ujibalik.method"))
    show.downloads(all_rates(cases), "uji-balik")
