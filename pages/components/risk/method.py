"""How the indices are made, what changed since the previous rakor, and the back-test.

The back-test is shown as poor as it is, and so is how much is assumption.
"""

from __future__ import annotations

from functools import partial

import streamlit as st

from analytics.risk.params import INDICES
from pages.components import address, show
from pages.components.shell import language, plain, t
from pages.components.worker import beside
from services.dataset import Dataset
from services.hotspots.tables import setting
from services.risk.backtest import (
    HORIZONS,
    BacktestParams,
    Case,
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
from services.risk.changes import since_words as since_of
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
from services.texts import label, number

_SINCE, _INDEX = "k_since", "k_change_index"
_TABLE_PX = 390
"""As high as the first screen has room for."""


def draw_changes(view: RiskView, kabupaten: str | None) -> str:
    """Draw the changes, and the strip of weeks below them; return the finding."""
    lang = language()
    fields = st.columns([1, 1, 2], vertical_alignment="bottom")
    index = address.choice(
        fields[0], "kerawanan.statement", tuple(INDICES), "statement", "pernyataan", key=_INDEX
    )
    since = address.past_day(fields[1], t("kerawanan.since"), "mulai", view.as_of, key=_SINCE)
    found = compare(view, since)
    table = change_table(found, index, lang)
    if table.empty:
        show.empty(t("kerawanan.changed_none"))
    else:
        show.exhibit(table, "changes", height=_TABLE_PX)
        show.downloads(table, "perubahan_kerawanan")
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
    since_words = t("kerawanan.compared", since=since_of(found, lang))
    show.notes([since_words, t("kerawanan.change_note"), t("kerawanan.heat_note")])
    return change_finding(found, index, lang)


def draw_backtest(data: Dataset) -> str:
    """Draw the back-test of every past election and return the finding, or what it will be about.

    The cursor does not change it: each case has a day of its own.
    """
    lang = language()
    bar = st.columns([1, 4], vertical_alignment="bottom")
    names = {str(days): number(days, lang) for days in HORIZONS}
    days = address.one_of(bar[0], "ujibalik.horizon", names, "hari", "30", key="kb_horizon")
    params = BacktestParams(horizon_days=int(days))
    cases = beside.worked_out(label("kerawanan_tab", "uji_balik", lang), backtest, data, params)
    if cases is None:
        return t("ujibalik.title")
    told = [few_sentence(cases, lang) or "", t("ujibalik.method")]
    for place, case in enumerate(cases):
        if place == 0:
            _case(case, data, "exhibit_backtest")
        else:
            with st.expander(plain(case_title(case, lang))):
                _case(case, data)
        about = [t(case.note)] if case.note else []
        about += [
            verdict(case, lang),
            case_sentence(case, params, lang),
            evidence_sentence(case, params, lang),
        ]
        told += [f"{case_title(case, lang)}: {one}" for one in about]
    show.downloads(all_rates(cases), "uji-balik")
    show.notes(told)
    return backtest_head(cases, lang)


def _case(case: Case, data: Dataset, key: str | None = None) -> None:
    """Draw one past election: figure, and what happened; ``key`` names the figure as exhibit."""
    lang = language()
    figure = rates_figure(case, lang)
    if figure is not None:
        with st.container(key=key):
            show.title(case_title(case, lang))
            st.plotly_chart(
                figure,
                width="stretch",
                theme=None,
                config={"displayModeBar": False},
                key=f"kb_{case.election}_{case.level}",
            )
        with st.expander(t("ujibalik.figures")):
            show.table(rates_table(case, lang), height="content")
    table = affairs_table(case, data, lang)
    if len(table):
        with st.expander(t("ujibalik.happened")):
            show.table(table)


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


def draw(view: RiskView) -> str:
    """Draw what the indices rest on; return the finding."""
    lang = language()
    left, right = st.columns([1, 1.3])
    with left:
        show.title(t("kerawanan.method_title"))
        for n in "123456":
            with st.expander(label("method_title", n, lang)):
                show.note(label("method_note", n, lang))
        with st.expander(t("kerawanan.method_now")):
            show.items(summary_lines(view, lang))
    with right:
        show.title(t("kerawanan.parameters"))
        table = parameter_table()
        written = table["value"].map(partial(setting, lang=lang))
        table = table.rename(columns={c: label("parameter_column", c, lang) for c in table.columns})
        name = label("parameter_column", "value", lang)
        key = table.columns[0]
        # A key is a path of words; the file keeps it as the settings write it.
        paths = table[key].str.replace(".", " › ").str.replace("_", " ")
        shown = table.assign(**{name: written, key: paths})
        show.exhibit(shown, "method", [table.columns[4], name], height=560)
        show.downloads(table, "parameter_kerawanan")
    draw_relevance(view)
    show.notes([t("relevance.meaning"), basis_words(lang)])
    return method_head(view, lang)
