"""Coverage: how much of the indicators is known where, published counts, lists, and imports.

What would be refused of a file is shown before anything is stored.
"""

from __future__ import annotations

import html
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import address, bring, maps, picture, show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.risk.coverage import (
    LEVELS,
    Coverage,
    border_words,
    counts_table,
    coverage_layer,
    coverage_of,
    coverage_table,
    finding,
    indicators_table,
    missing_table,
    register_words,
    shares_table,
    shares_words,
    totals_items,
    versions_table,
    what_if,
)
from services.risk.headlines import no_list_head, no_register_head
from services.risk.index import RiskView
from services.risk.map_picture import coverage_legend, coverage_picture

_KINDS = ("indicators", "tps-class", "personnel")
MAP = "coverage_map"
PARTS = ("counts", "lists", "shares", "files")
_AREA = "kv_area"
_MOST_PX, _HEAD_PX, _ROW_PX = 330, 38, 35
_HOST = r"https?://(?:www\.)?([^/]+)"


def draw(data: Dataset, election: str, as_of: date, view: RiskView) -> str:
    """Draw what is known of the TPS of a view, what is published, and where to import more.

    The finding is returned.
    """
    del as_of  # the view knows it
    border = ""
    if view.note:
        show.empty(t(view.note))
        words = no_register_head(view, "cakupan", language())
    elif view.tables.indicators.empty:
        show.empty(t("coverage.no_list"))
        words = no_list_head(view, language())
    else:
        words, border = _known(data, view)
    part = address.tabs("coverage.part", PARTS, "coverage_part", "rincian", PARTS[0], "kv_part")
    told: list[str] = []
    if part == "counts":
        told = _counts(view)
    elif part == "lists":
        told = _lists(view)
    elif part == "shares":
        told = _shares(view)
    else:
        bring.draw_import(data, _KINDS, election, open_now=True)
    show.notes([border, *told])
    return words


def _known(data: Dataset, view: RiskView) -> tuple[str, str]:
    """Draw map and table of the coverage; return the finding, and what counts as enough."""
    lang = language()
    left, right = st.columns([1.25, 1])
    with right:
        level = address.choice(st, "level.label", LEVELS, "level", "tingkat", key="kv_level")
        found = coverage_of(view, level, _area(data))
        opened = _opened(found)
    with left:
        maps.show_map(
            data,
            [coverage_layer(found, data, lang, opened)],
            MAP,
            on_click=maps.open_unit,
            legend=coverage_legend(found, lang),
        )
        taken = partial(coverage_picture, data, found, lang, opened)
        name = f"cakupan_peta_{level}"
        picture.offer(data, taken, f"SIMULASI_{name}" if view.simulation else name)
    with right:
        _table(found, opened)
    return finding(found, lang), border_words(found, lang)


def _area(data: Dataset) -> str | None:
    """Return the kabupaten that the bar of the page asks for."""
    return address.value("kabupaten", set(data.names.index), "") or None


def _opened(found: Coverage) -> str | None:
    """Draw the choice of an area to open; one of another level is left."""
    codes = list(found.areas.sort_values("name").index)
    st.session_state[_AREA] = address.unit(codes)
    chosen: str | None = st.selectbox(
        t("coverage.open"),
        codes,
        index=None,
        format_func=lambda code: found.areas.loc[code, "name"],
        placeholder=t("coverage.open_hint"),
        key=_AREA,
        on_change=lambda: address.put(address.UNIT, st.session_state[_AREA]),
    )
    return chosen


def _table(found: Coverage, opened: str | None) -> None:
    lang = language()
    if opened is None:
        table = coverage_table(found, lang)
        name = f"cakupan_{found.level}"
        fits = show.narrow(table, (215, 95, 65, 60, 65))
    else:
        show.title(t("coverage.missing_of", area=found.areas.loc[opened, "name"]))
        table = missing_table(found, opened, lang)
        name, fits = "cakupan_kurang", {}
    show.table(table, height=_height(table), **fits)
    show.downloads(table, f"SIMULASI_{name}" if found.view.simulation else name)


def _counts(view: RiskView) -> list[str]:
    """Draw published numbers at their level; return why they are not spread over TPS."""
    lang, told = language(), [t("coverage.why_not_spread")]
    registered = register_words(view, lang)
    show.items([*([html.escape(registered)] if registered else []), *totals_items(view, lang)])
    table = counts_table(view, lang)
    if table.empty:
        show.empty(t("coverage.no_counts"))
        return told
    show.table(table, height=_height(table), column_config=_links())
    show.downloads(table, "angka_terbit_tps")
    return told


def _lists(view: RiskView) -> list[str]:
    """Draw the lists of indicators of the cycles, and the one in use; return the caveat."""
    lang, told = language(), [t("coverage.lists_note")]
    show.table(versions_table(view, lang), column_config=_links())
    table = indicators_table(view, lang)
    if table.empty:
        show.empty(t("coverage.no_list"))
        return told
    show.table(table, height=_height(table), column_config=_links())
    show.downloads(table, "daftar_indikator")
    return told


def _shares(view: RiskView) -> list[str]:
    """Draw what copying the police's shares would mean; return that it is a what-if."""
    lang = language()
    found = what_if(view)
    if found is None:
        show.empty(t("coverage.no_shares"))
        return []
    show.title(t("coverage.shares_title"))
    show.table(shares_table(found, lang))
    st.link_button(t("coverage.shares_source"), found.url)
    return [t("coverage.shares_note"), shares_words(found, lang)]


def _height(table: pd.DataFrame) -> int:
    return min(_MOST_PX, _HEAD_PX + _ROW_PX * len(table))


def _links() -> dict[str, Any]:
    return {t("coverage.column_source"): st.column_config.LinkColumn(display_text=_HOST)}
