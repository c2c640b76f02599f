"""What changed since the previous rakor and why, and the strip of kecamatan by week."""

from __future__ import annotations

import streamlit as st

from analytics.risk.params import INDICES
from pages.components import cards, show
from pages.components.shell import language, t
from services.risk.changes import change_finding, change_table, compare
from services.risk.charts import heat_figure, heat_finding
from services.risk.index import RiskView
from services.risk.map import value_legend

_SINCE, _INDEX = "k_since", "k_change_index"


def draw(view: RiskView, kabupaten: str | None) -> None:
    """Draw the changes on the left, the strip of weeks on the right."""
    lang = language()
    left, right = st.columns([1, 1.2])
    with left:
        fields = st.columns(2, vertical_alignment="bottom")
        index = cards.choice(fields[0], "kerawanan.statement", tuple(INDICES), "statement", _INDEX)
        since = fields[1].date_input(
            t("kerawanan.since"), None, format="DD/MM/YYYY", max_value=view.as_of, key=_SINCE
        )
        found = compare(view, since)
        show.title(change_finding(found, index, lang))
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
