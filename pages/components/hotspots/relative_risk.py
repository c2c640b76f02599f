"""Relative risk on the Hotspot page: where there is more than voters would lead one to expect."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from pages.components import address, cards, cursor, maps, picture, show
from pages.components.hotspots import units
from pages.components.shell import language, t
from pages.components.top import top
from services.dataset import Dataset
from services.hotspots.detection import detection_table, detection_words
from services.hotspots.relative_risk import RelativeRiskView, RiskQuery, relative_risk_view
from services.hotspots.relative_risk_view import (
    finding,
    left_out,
    meaning,
    press_words,
    risk_layers,
    risk_table,
    settings_table,
    sub,
)
from services.hotspots.tables import reports_table
from services.hotspots.views.map_picture import risk_map_legend, risk_picture
from services.map_picture import MapPicture

MAP = "risk_map"


def draw(data: Dataset, query: RiskQuery, head: st.delta_generator.DeltaGenerator) -> None:
    """Draw relative risk: finding, map, table, reports and how it was made."""
    with st.spinner(t("analysis.working")):
        view = relative_risk_view(data, query)
    with head:
        _head(view, data)
    left, right = st.columns([1.75, 1])
    with left:
        taken = _map(data, view)
    with right:
        _panel(data, view)
    cursor.cursor(data, marks=True, still="cursor.still_method")
    picture.offer(data, taken, "risiko_relatif")
    show.notes(
        [
            meaning(view, language()),
            left_out(view, language()) or "",
            press_words(view, data, language()) or "",
            t("relative_risk.bias"),
            detection_words(language()),
            *cards.limit_words(data),
        ]
    )


def _head(view: RelativeRiskView, data: Dataset) -> None:
    words = top()
    with words:
        show.heading(
            finding(view, data, language()),
            sub(view, language()),
            replay=cursor.replay_words(with_day=True),
        )


def _map(data: Dataset, view: RelativeRiskView) -> Callable[[], MapPicture]:
    """Draw the map and return what makes its picture."""
    lang = language()
    layers = risk_layers(view, data, lang, address.unit(view.units.index))
    legend = risk_map_legend(data, view, lang)
    maps.show_map(data, layers, MAP, on_click=maps.open_unit, legend=legend)
    if view.reports.empty:
        show.empty(t("relative_risk.empty"))
    return partial(risk_picture, data, view, lang, layers)


def _panel(data: Dataset, view: RelativeRiskView) -> None:
    lang = language()
    units.ways_into(view.units, MAP)
    with st.container(height=520, border=False, key="side"):
        first, second, third = st.tabs(
            [t("analysis.tab_areas"), t("analysis.tab_reports"), t("analysis.tab_method")]
        )
        with first:
            table = risk_table(view, lang)
            show.table(table, height=420)
            show.downloads(table, "risiko_relatif")
        with second:
            rows = _inside(view)
            show.reports(rows, data)
            show.downloads(reports_table(rows, data, lang), "laporan_risiko")
        with third:
            show.table(settings_table(view, lang), height="content")
            show.table(detection_table(lang), height="content")


def _inside(view: RelativeRiskView) -> pd.DataFrame:
    """Return the reports inside the chosen unit, all of them when none is chosen."""
    chosen: str | None = address.unit(view.units.index)
    if chosen is None or chosen not in view.units.index:
        show.note(t("relative_risk.choose"))
        return view.reports
    found = view.reports[view.reports["area"].eq(chosen)]
    show.title(t("relative_risk.inside", name=view.units.loc[chosen, "name"], n=len(found)))
    st.button(t("hotspot.path_all"), key="r_all", on_click=address.put, args=(address.UNIT, None))
    return found
