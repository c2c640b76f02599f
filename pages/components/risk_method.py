"""How the indices are made: components, weights, parameters with their basis, what they are not."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.components import risk_relevance, show
from pages.components.shell import language, t
from services.risk import parameter_table
from services.risk_build import RiskView
from services.risk_words import summary_lines
from services.tables import setting
from services.texts import label


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
    risk_relevance.draw(view)
