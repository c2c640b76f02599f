"""The filters of the Hotspot page: one narrow bar that gives back a frozen query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from analytics.hotspots.inference import GateParams
from analytics.reports.counted import UNITS
from analytics.reports.rakor import RakorMark
from analytics.reports.selection import Selection
from data.province import default_election
from pages.components import address, cursor
from pages.components.address import amount, choice, several, switch
from pages.components.shell import language, t
from services.dataset import LEVELS
from services.hotspots.analysis import CIRCLES, TESTED, AnalysisQuery
from services.hotspots.analysis import METHODS as ANALYSES
from services.hotspots.areas import AREAS, HEXAGON, PERIODS, RESOLUTIONS, WEIGHTS
from services.hotspots.counts import MEASURES, HotspotQuery
from services.hotspots.relative_risk import BY, RiskQuery
from services.hotspots.scan import SCANS
from services.reports.overview import WINDOWS
from services.texts import (
    CATEGORIES,
    COUNTED_VERIFICATIONS,
    FAMILIES,
    KINDS,
    OPENING_FAMILIES,
    STAGES,
    label,
    number,
)

TPS_TOGGLE = "titik_tps"
_LISTS = ("tahapan", "kategori", "verifikasi", "macam")
METHODS = ("risk", "counts", *ANALYSES, "compare")


@dataclass(frozen=True)
class Asked:
    """What the bar says: the method, its query, and how its period goes along with the day.

    ``families`` are those chosen for the table, whatever the map is coloured by.
    """

    method: str
    query: HotspotQuery | AnalysisQuery | RiskQuery
    window: str
    families: tuple[str, ...]


def query(as_of: date, mark: RakorMark, drill: str | None) -> Asked:
    """Draw the bar and return what the reader asks."""
    with st.container(key="bar"):
        bar = st.columns([1.3, 1.2, 1.2, 1.1, 1.2, 1.3], vertical_alignment="bottom")
    method = choice(bar[0], "method.label", METHODS, "method", "metode")
    with bar[5]:
        chosen = _more(method)
    listed = tuple(chosen["families"]) or OPENING_FAMILIES
    family = choice(
        bar[1], "family.on_map", FAMILIES, "family", "keluarga", FAMILIES.index(listed[0])
    )
    families = listed if family in listed else (*listed, family)
    counting = method in {"counts", "compare"}
    levels = LEVELS if counting or method == "risk" else AREAS
    level = choice(bar[2], "level.label", levels, "level", "tingkat", 1)
    measure, kinds = "affairs", tuple(chosen["kinds"]) or ("potensi", "kejadian")
    if method == "risk":
        kinds = (choice(bar[3], "relative_risk.kind", ("kejadian", "potensi"), "kind", "jenis"),)
    elif not counting:
        with bar[3]:
            parameters = analysis_parameters(method, level)
        kinds = (parameters.pop("kind"),)
    if counting:
        measure = choice(bar[3], "measure.label", MEASURES, "measure", "ukuran")
    window = choice(
        bar[4], "window.label", cursor.windows(), "window", "rentang", WINDOWS.index("semua")
    )
    selection = Selection(
        as_of=as_of,
        date_from=cursor.start_of(window, mark),
        date_to=as_of,
        families=families if counting else (family,),
        stages=tuple(chosen["stages"]) or None,
        categories=tuple(chosen["categories"]) or None,
        verifications=tuple(chosen["verifications"]) or None,
        kinds=kinds,
        severity_min=chosen["severity"] if chosen["severity"] > 1 else None,
        place=chosen["place"],
    )
    if counting:
        asked = HotspotQuery(selection, level, measure, family, drill)
        return Asked(method, asked, window, listed)
    if method == "risk":
        return Asked(method, RiskQuery(selection, level, chosen["by"]), window, listed)
    return Asked(method, AnalysisQuery(selection, method, level, **parameters), window, listed)


def analysis_parameters(method: str, level: str) -> dict[str, Any]:
    """Draw the parameters of a statistic, folded away, and return them."""
    with st.popover(t("analysis.parameters"), icon=":material/settings:", width="stretch"):
        found: dict[str, Any] = {
            "kind": choice(st, "relative_risk.kind", ("kejadian", "potensi"), "kind", "jenis"),
            "counted": choice(st, "counted.label", UNITS, "counted", "hitung"),
        }
        if level == HEXAGON:
            found["resolution"] = int(
                choice(st, "analysis.resolution", tuple(map(str, RESOLUTIONS)), "res", "sel", 1)
            )
        if method in {"gistar", "moran"}:
            kinds = WEIGHTS if level != HEXAGON else WEIGHTS[:2]
            found["weights"] = choice(st, "weights.label", kinds, "weights", "bobot")
        if method in SCANS and method != "scan_space":
            found["period"] = choice(st, "period.label", PERIODS, "period", "periode")
        if method in SCANS and level != HEXAGON:
            found["circles"] = choice(st, "circles.label", CIRCLES, "circles", "lingkaran")
        if method in SCANS:
            found["replicates"] = int(
                address.one_of(
                    st,
                    "analysis.replicates",
                    {str(n): number(n, language()) for n in (99, 999, 9999)},
                    "ulangan",
                    "999",
                )
            )
        if method == "density":
            found["bandwidth_km"] = float(
                amount(st.slider, t("analysis.bandwidth"), "lebar_km", 5, 60, 15, step=5)
            )
        if method in {"gistar", "moran"}:
            found["tested"] = choice(st, "tested.label", TESTED, "tested", "uji")
            found["gate"] = GateParams(
                amount(st.number_input, t("analysis.min_affairs"), "min_perkara", 2, 999, 30),
                amount(st.number_input, t("analysis.min_units"), "min_wilayah", 2, 400, 10),
            )
        if method == "density" or found.get("tested") == "counts":
            found["by_confidence"] = switch(st, t("analysis.by_confidence"), "yakin")
        if method != "density":
            found["seed"] = amount(st.number_input, t("analysis.seed"), "benih", 0, 10**6, 1)
    return found


def _more(method: str) -> dict[str, Any]:
    """Draw the filters that are used less often, folded away, and return their values."""
    risk = method == "risk"
    active = sum(bool(st.query_params.get(name)) for name in _LISTS)
    active += address.whole("parah", 1, 5, 1) > 1
    active += "golongan" in st.query_params
    active += risk and address.value("pembanding", BY, BY[0]) != BY[0]
    title = t("hotspot.filters_n", n=active) if active else t("hotspot.filters")
    with st.popover(title, icon=":material/tune:", width="stretch"):
        by = choice(st, "risk_by.label", BY, "risk_by", "pembanding") if risk else BY[0]
        values: dict[str, Any] = {
            "by": by,
            "families": several(
                st, "family.label", FAMILIES, "family", "golongan", OPENING_FAMILIES
            ),
            "stages": several(st, "stage.label", STAGES, "stage", "tahapan"),
            "categories": several(st, "category.label", CATEGORIES, "category", "kategori"),
            "kinds": several(st, "kind.label", KINDS, "kind", "macam"),
            "verifications": several(
                st, "verification.label", COUNTED_VERIFICATIONS, "verification", "verifikasi"
            ),
            "place": choice(st, "place.label", ("pokok", "kejadian"), "place", "tempat"),
            "severity": amount(st.slider, t("hotspot.severity"), "parah", 1, 5, 1),
        }
        switch(
            st,
            t("hotspot.tps_toggle", election=label("election", default_election(), language())),
            TPS_TOGGLE,
        )
        st.button(
            t("hotspot.reset"),
            on_click=address.forget,
            args=((*_LISTS, "parah", "golongan", "pembanding"),),
            icon=":material/filter_alt_off:",
        )
    return values
