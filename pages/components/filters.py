"""The filters of the Hotspot page: one narrow bar that gives back a frozen query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from analytics.rakor import RakorMark
from analytics.selection import Selection
from pages.components.cards import choice
from pages.components.shell import language, t
from services.dataset import LEVELS
from services.hotspot import MEASURES, HotspotQuery
from services.ringkasan import WINDOWS, window_start
from services.texts import label
from services.vocabulary import CATEGORIES, FAMILIES, KINDS, OPENING_FAMILIES, STAGES, VERIFICATIONS

TPS_TOGGLE = "h_tps"
_KEYS = ("h_stages", "h_categories", "h_verifications", "h_kinds", "h_severity", "h_families")


def query(as_of: date, mark: RakorMark, drill: str | None) -> HotspotQuery:
    """Draw the bar and return what the reader asks."""
    with st.container(key="bar"):
        bar = st.columns([1.2, 1.2, 1.1, 1.2, 1.3, 1.3], vertical_alignment="bottom")
    with bar[5]:
        chosen = _more()
    families = tuple(chosen["h_families"]) or OPENING_FAMILIES
    family = choice(bar[0], "family.on_map", families, "family", "h_family")
    level = choice(bar[1], "level.label", LEVELS, "level", "h_level", 1)
    measure = choice(bar[2], "measure.label", MEASURES, "measure", "h_measure")
    window = choice(bar[3], "window.label", WINDOWS, "window", "h_window", WINDOWS.index("semua"))
    place = choice(bar[4], "place.label", ("pokok", "kejadian"), "place", "h_place")
    selection = Selection(
        as_of=as_of,
        date_from=window_start(window, as_of, mark),
        date_to=as_of,
        families=families,
        stages=tuple(chosen["h_stages"]) or None,
        categories=tuple(chosen["h_categories"]) or None,
        verifications=tuple(chosen["h_verifications"]) or None,
        kinds=tuple(chosen["h_kinds"]) or ("potensi", "kejadian"),
        severity_min=chosen["h_severity"] if chosen["h_severity"] > 1 else None,
        place=place,
    )
    return HotspotQuery(selection, level, measure, family, drill)


def _more() -> dict[str, list[str] | int]:
    """Draw the filters that are used less often, folded away, and return their values."""
    active = sum(bool(st.session_state.get(key)) for key in _KEYS[:4])
    active += st.session_state.get("h_severity", 1) > 1
    active += tuple(st.session_state.get("h_families", OPENING_FAMILIES)) != OPENING_FAMILIES
    title = t("hotspot.filters_n", n=active) if active else t("hotspot.filters")
    with st.popover(title, icon=":material/tune:", width="stretch"):
        values: dict[str, list[str] | int] = {
            "h_families": _several("family", FAMILIES, "h_families", OPENING_FAMILIES),
            "h_stages": _several("stage", STAGES, "h_stages"),
            "h_categories": _several("category", CATEGORIES, "h_categories"),
            "h_kinds": _several("kind", KINDS, "h_kinds"),
            "h_verifications": _several("verification", VERIFICATIONS, "h_verifications"),
            "h_severity": st.slider(t("hotspot.severity"), 1, 5, 1, key="h_severity"),
        }
        st.toggle(t("hotspot.tps_toggle"), key=TPS_TOGGLE)
        st.button(t("hotspot.reset"), on_click=_reset, icon=":material/filter_alt_off:")
    return values


def _several(
    section: str, options: Sequence[str], key: str, first: Sequence[str] = ()
) -> list[str]:
    lang = language()
    taken: list[str] = st.multiselect(
        t(f"{section}.label"),
        options,
        default=list(first),
        format_func=lambda value: label(section, value, lang),
        key=key,
    )
    return taken


def _reset() -> None:
    for key in _KEYS:
        st.session_state.pop(key, None)
