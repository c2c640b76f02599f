"""Charts beside the map of counts that filter it, and are filtered by it."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from pages.components import address, show
from pages.components.shell import language, plain, t
from services.dataset import Dataset
from services.hotspots.counts import HotspotQuery, HotspotView
from services.hotspots.views.charts import (
    UNITS_SHOWN,
    affairs_by_family,
    affairs_by_month,
    affairs_by_unit,
    families_figure,
    month_of,
    months_figure,
    units_figure,
    within_month,
)
from services.texts import day, label

MONTH, FAMILY = "bulan", "keluarga"
"""Name in the address the month that is looked at, and the family of the map."""


def in_month(query: HotspotQuery) -> HotspotQuery:
    """Return the query for the month that the address names; it stays as it is without one."""
    words = st.query_params.get(MONTH)
    if words is None:
        return query
    month = month_of(words)
    found = None if month is None else within_month(query, month)
    if found is None:
        show.note(t("charts.month_not_used", value=words))
        return query
    return found


def chips(data: Dataset, query: HotspotQuery, unit: str | None) -> None:
    """Draw each filter that a click on a chart or the map set, with a way to take it off."""
    lang = language()
    found: list[tuple[str, str]] = []
    month = month_of(st.query_params.get(MONTH))
    if month is not None:
        found.append((MONTH, day(month, lang, "month")))
    if FAMILY in st.query_params:
        found.append((FAMILY, label("family", query.family, lang)))
    if unit is not None:
        found.append((address.UNIT, data.place_name(unit)))
    with st.container(horizontal=True, gap="small", key="chips"):
        for name, words in found:
            st.button(
                plain(words),
                icon=":material/close:",
                help=plain(t("charts.clear", name=words)),
                key=f"chip_{name}",
                on_click=address.forget,
                args=((name,),),
            )


def draw(
    data: Dataset, whole: HotspotQuery, query: HotspotQuery, view: HotspotView, unit: str | None
) -> None:
    """Draw affairs by month, family and unit; a click on a bar filters map, table and charts.

    Parameters
    ----------
    whole
        What is asked before a month is chosen.
    query, view
        What the map shows.
    unit
        Code of the unit that is open.
    """
    lang = language()
    month = None if query is whole else month_of(st.query_params.get(MONTH))
    months = affairs_by_month(data, whole, unit)
    show.title(t("charts.by_month"))
    if months.empty:
        show.note(t("charts.none"))
    else:
        name = None if month is None else f"{month:%Y-%m}"
        _chart(months_figure(months, month, lang), MONTH, name)
        show.note(t("charts.by_month_note"))
    show.title(t("charts.by_family"))
    families = affairs_by_family(data, query, unit)
    if families.empty:
        show.note(t("charts.none"))
    else:
        _chart(families_figure(families, query.family, lang), FAMILY, query.family)
    level = label("level", query.level, lang).lower()
    family = label("family", query.family, lang)
    show.title(t("charts.by_unit", family=family, level=level, n=UNITS_SHOWN))
    units = affairs_by_unit(view, query)
    if units.empty:
        show.note(t("charts.none"))
    else:
        _chart(units_figure(units, query.family, unit, lang), address.UNIT, unit)


def _chart(figure: go.Figure, name: str, chosen: str | None) -> None:
    """Draw a chart whose clicked bar becomes the filter of a name; clicked again, it is off."""
    # With the choice in its key the chart forgets the click that led to it.
    key = f"chart_{name}_{chosen}"

    def follow() -> None:
        points = st.session_state[key]["selection"]["points"]
        if points:
            address.put(name, toggled(points[0].get("customdata"), chosen))

    st.plotly_chart(
        figure, key=key, on_select=follow, selection_mode="points", config={"displayModeBar": False}
    )


def toggled(clicked: object, chosen: str | None) -> str | None:
    """Return the filter after a click on a bar: its key, or none where it was chosen already."""
    code = clicked[0] if isinstance(clicked, (list, tuple)) and clicked else clicked
    if not isinstance(code, str):
        return chosen
    return None if code == chosen else code
