"""The filters of the Hotspot page: one narrow bar that gives back a frozen query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from analytics.hotspots.inference import GateParams
from analytics.reports.counted import UNITS
from analytics.reports.rakor import RakorMark
from analytics.reports.selection import Selection
from data.province import default_election
from pages.components.cards import choice
from pages.components.shell import language, t
from services.dataset import LEVELS
from services.hotspots.analysis import CIRCLES, TESTED, AnalysisQuery
from services.hotspots.analysis import METHODS as ANALYSES
from services.hotspots.areas import AREAS, HEXAGON, PERIODS, RESOLUTIONS, WEIGHTS
from services.hotspots.counts import MEASURES, HotspotQuery
from services.hotspots.relative_risk import BY, RiskQuery
from services.hotspots.scan import SCANS
from services.reports.overview import WINDOWS, window_start
from services.texts import (
    CATEGORIES,
    FAMILIES,
    KINDS,
    OPENING_FAMILIES,
    STAGES,
    VERIFICATIONS,
    label,
    number,
)

TPS_TOGGLE = "h_tps"
RISK_BY = "h_by"
"""What risk is relative to: one of the filters that are folded away."""
_KEYS = (
    "h_stages", "h_categories", "h_verifications", "h_kinds", "h_severity", "h_families", RISK_BY,
)  # fmt: skip
METHODS = ("risk", "counts", *ANALYSES, "compare")


@dataclass(frozen=True)
class Asked:
    """What the bar says: the method, and the query of the counts that all methods start from."""

    method: str
    query: HotspotQuery | AnalysisQuery | RiskQuery


def query(as_of: date, mark: RakorMark, drill: str | None) -> Asked:
    """Draw the bar and return what the reader asks."""
    with st.container(key="bar"):
        bar = st.columns([1.3, 1.2, 1.2, 1.1, 1.2, 1.3], vertical_alignment="bottom")
    method = choice(bar[0], "method.label", METHODS, "method", "h_method")
    with bar[5]:
        chosen = _more(method)
    families = tuple(chosen["h_families"]) or OPENING_FAMILIES
    family = choice(bar[1], "family.on_map", families, "family", "h_family")
    counting = method in {"counts", "compare"}
    levels = LEVELS if counting or method == "risk" else AREAS
    level = choice(bar[2], "level.label", levels, "level", "h_level", 1)
    measure, kinds = "affairs", tuple(chosen["h_kinds"]) or ("potensi", "kejadian")
    if method == "risk":
        kinds = (choice(bar[3], "relative_risk.kind", ("kejadian", "potensi"), "kind", "h_kind"),)
    elif not counting:
        with bar[3]:
            parameters = analysis_parameters(method, level)
        kinds = (parameters.pop("kind"),)
    if counting:
        measure = choice(bar[3], "measure.label", MEASURES, "measure", "h_measure")
    window = choice(bar[4], "window.label", WINDOWS, "window", "h_window", WINDOWS.index("semua"))
    selection = Selection(
        as_of=as_of,
        date_from=window_start(window, as_of, mark),
        date_to=as_of,
        families=families if counting else (family,),
        stages=tuple(chosen["h_stages"]) or None,
        categories=tuple(chosen["h_categories"]) or None,
        verifications=tuple(chosen["h_verifications"]) or None,
        kinds=kinds,
        severity_min=chosen["h_severity"] if chosen["h_severity"] > 1 else None,
        place=chosen["h_place"],
    )
    if counting:
        return Asked(method, HotspotQuery(selection, level, measure, family, drill))
    if method == "risk":
        return Asked(method, RiskQuery(selection, level, chosen["h_by"]))
    return Asked(method, AnalysisQuery(selection, method, level, **parameters))


def analysis_parameters(method: str, level: str) -> dict[str, Any]:
    """Draw the parameters of a statistic, folded away, and return them."""
    with st.popover(t("analysis.parameters"), icon=":material/settings:", width="stretch"):
        found: dict[str, Any] = {
            "kind": choice(st, "relative_risk.kind", ("kejadian", "potensi"), "kind", "h_kind"),
            "counted": choice(st, "counted.label", UNITS, "counted", "a_counted"),
        }
        if level == HEXAGON:
            found["resolution"] = choice(st, "analysis.resolution", RESOLUTIONS, "res", "a_res", 1)
        if method in {"gistar", "moran"}:
            kinds = WEIGHTS if level != HEXAGON else WEIGHTS[:2]
            found["weights"] = choice(st, "weights.label", kinds, "weights", "a_weights")
        if method in SCANS and method != "scan_space":
            found["period"] = choice(st, "period.label", PERIODS, "period", "a_period")
        if method in SCANS and level != HEXAGON:
            found["circles"] = choice(st, "circles.label", CIRCLES, "circles", "a_circles")
        if method in SCANS:
            found["replicates"] = st.select_slider(
                t("analysis.replicates"),
                [99, 999, 9999],
                999,
                format_func=lambda n: number(n, language()),
                key="a_replicates",
            )
        if method == "density":
            found["bandwidth_km"] = float(
                st.slider(t("analysis.bandwidth"), 5, 60, 15, 5, key="a_bandwidth")
            )
        if method in {"gistar", "moran"}:
            found["tested"] = choice(st, "tested.label", TESTED, "tested", "a_tested")
            found["gate"] = GateParams(
                int(st.number_input(t("analysis.min_affairs"), 2, 999, 30, key="a_min_affairs")),
                int(st.number_input(t("analysis.min_units"), 2, 400, 10, key="a_min_units")),
            )
        if method == "density" or found.get("tested") == "counts":
            found["by_confidence"] = st.toggle(t("analysis.by_confidence"), key="a_confidence")
        if method != "density":
            found["seed"] = int(st.number_input(t("analysis.seed"), 0, 10**6, 1, key="a_seed"))
    return found


def _more(method: str) -> dict[str, Any]:
    """Draw the filters that are used less often, folded away, and return their values."""
    risk = method == "risk"
    active = sum(bool(st.session_state.get(key)) for key in _KEYS[:4])
    active += st.session_state.get("h_severity", 1) > 1
    active += tuple(st.session_state.get("h_families", OPENING_FAMILIES)) != OPENING_FAMILIES
    active += risk and st.session_state.get(RISK_BY, BY[0]) != BY[0]
    title = t("hotspot.filters_n", n=active) if active else t("hotspot.filters")
    with st.popover(title, icon=":material/tune:", width="stretch"):
        by = choice(st, "risk_by.label", BY, "risk_by", RISK_BY) if risk else BY[0]
        values: dict[str, Any] = {
            "h_by": by,
            "h_families": _several("family", FAMILIES, "h_families", OPENING_FAMILIES),
            "h_stages": _several("stage", STAGES, "h_stages"),
            "h_categories": _several("category", CATEGORIES, "h_categories"),
            "h_kinds": _several("kind", KINDS, "h_kinds"),
            "h_verifications": _several("verification", VERIFICATIONS, "h_verifications"),
            "h_place": choice(st, "place.label", ("pokok", "kejadian"), "place", "h_place"),
            "h_severity": st.slider(t("hotspot.severity"), 1, 5, 1, key="h_severity"),
        }
        st.toggle(
            t("hotspot.tps_toggle", election=label("election", default_election(), language())),
            key=TPS_TOGGLE,
        )
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
        placeholder=t("hotspot.any"),
        key=key,
    )
    return taken


def _reset() -> None:
    for key in _KEYS:
        st.session_state.pop(key, None)
