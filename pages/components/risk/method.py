"""How the indices are made, what changed since the previous rakor, and the back-test.

The back-test is shown as poor as it is, and so is how much is assumption.
"""

from __future__ import annotations

from datetime import date
from functools import partial

import streamlit as st

from analytics.risk.params import INDICES
from pages.components import cards, show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.hotspots.tables import setting
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
from services.risk.changes import change_finding, change_table, compare
from services.risk.charts import (
    basis_words,
    heat_figure,
    heat_finding,
    relevance_figure,
    stage_words,
)
from services.risk.explain import summary_lines
from services.risk.headlines import backtest_head, method_head
from services.risk.index import RiskView, parameter_table
from services.risk.map import value_legend
from services.texts import label

_SINCE, _INDEX = "k_since", "k_change_index"


def draw_changes(view: RiskView, kabupaten: str | None) -> str:
    """Draw the changes on the left, the strip of weeks on the right; return the finding."""
    lang = language()
    left, right = st.columns([1, 1.2])
    with left:
        fields = st.columns(2, vertical_alignment="bottom")
        index = cards.choice(fields[0], "kerawanan.statement", tuple(INDICES), "statement", _INDEX)
        since = fields[1].date_input(
            t("kerawanan.since"), None, format="DD/MM/YYYY", max_value=view.as_of, key=_SINCE
        )
        found = compare(view, since)
        table = change_table(found, index, lang)
        if table.empty:
            show.empty(t("kerawanan.changed_none"))
        else:
            show.table(table, height=430)
            show.downloads(table, "perubahan_kerawanan")
        show.note(t("kerawanan.change_note"))
    with right:
        show.title(heat_finding(view, lang))
        show.legend(value_legend(lang))
        with st.container(height=620, border=False, key="heat"):
            st.plotly_chart(
                heat_figure(view, kabupaten, lang),
                width="stretch",
                theme=None,
                config={"displayModeBar": False},
                key="k_heat",
            )
        show.note(t("kerawanan.heat_note"))
    return change_finding(found, index, lang)


def draw_backtest(data: Dataset, election: str, as_of: date, view: RiskView) -> str:
    """Draw the back-test of every past election and return the finding.

    The cursor does not change it.
    """
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
    return backtest_head(cases, lang)


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


def draw(view: RiskView) -> str:
    """Draw what the indices rest on; return the finding."""
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
    return method_head(view, lang)
