"""The ends of the open plan: to each TPS and the boxes back; the manifest and files."""

from __future__ import annotations

import html
import json
from functools import partial
from typing import Any

import streamlit as st

from data.store.ledger.rights import KEEP
from pages.components import show
from pages.components.access.offers import offered
from pages.components.entry import number_entry
from pages.components.shell import language, problem, t
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.plan.ends import ReturnAsked, with_last_mile, with_return
from services.plan.files import plan_file
from services.plan.make import save_plan
from services.plan.views.ends_view import custody_table, last_mile_table, stage_table
from services.plan.views.view import faults_words, manifest
from services.texts import label, number

_ABOUT = {
    "pdf": "plan.about_pdf",
    "xlsx": "plan.about_xlsx",
    "gpx": "plan.about_gpx",
    "kml": "plan.about_kml",
    "geojson": "plan.about_geojson",
}


def draw_manifest(
    data: Dataset, kabupaten: str, name: str | None, document: dict[str, Any] | None
) -> None:
    """Draw the manifest and offer the files."""
    del kabupaten
    if document is None or name is None:
        show.empty(t("plan.none"))
        return
    lang = language()
    show.title(t("plan.manifest"))
    for column, (kind, about) in zip(st.columns(len(_ABOUT)), _ABOUT.items(), strict=True):
        column.download_button(
            t("plan.download", kind=kind.upper()),
            partial(plan_file, document, data, kind, name, lang),
            f"{name}-terbatas.{kind}",
            on_click="ignore",
            key=f"plan_{kind}",
            help=t(about),
            width="stretch",
        )
    table = manifest(document, data, lang)
    # The code of a place and the access, the same in each row, stand in the download.
    hidden = [label("manifest", key, lang) for key in ("code", "access")]
    seen = table.drop(columns=hidden, errors="ignore")
    fits = show.narrow(seen, (88, 96, 76, 170, 125, 178, 125, 100, 118, 46, 100))
    show.exhibit(seen, "manifest", height=420, **fits)
    show.downloads(table, "manifes")
    st.download_button(
        t("plan.json"),
        partial(json.dumps, document, ensure_ascii=False),
        f"{name}-terbatas.json",
        "application/json",
        on_click="ignore",
    )
    show.notes([t("plan.manifest_note")])


_KEPT = "plan_last_mile"
_ROWS = 320
_ENDS = ("ends.last_mile_note", "ends.assumed")


def draw(data: Dataset, kabupaten: str, name: str | None, document: dict[str, Any] | None) -> None:
    """Draw the last mile and the way back of the open plan, and the form that plans them."""
    del kabupaten
    if document is None or name is None:
        show.empty(t("plan.none"))
        return
    if not document["trips"]:
        show.empty(t("lateness.no_trips"))
        return
    _form(data, name, document)
    kept = "back" in document
    shown = document if kept else _preview(data, name, document)
    if shown is None:
        return
    _verdict(data, shown, kept)
    show.title(t("ends.last_mile"))
    table = last_mile_table(shown, data, language())
    show.exhibit(table, "ends", height=_ROWS)
    show.downloads(table, "jarak_terakhir")
    show.title(t("ends.back"))
    if not kept:
        show.empty(t("ends.none"))
        show.notes(list(map(t, _ENDS)))
        return
    show.table(stage_table(shown, data, language()))
    show.title(t("ends.custody"))
    chain = custody_table(shown, data, language())
    show.table(chain, height=_ROWS)
    show.downloads(chain, "serah_terima_kembali")
    show.notes([*map(t, _ENDS), t("ends.back_note")])


def _verdict(data: Dataset, document: dict[str, Any], kept: bool) -> None:
    count = number(len(document["last_mile"]), language())
    late = sum(not row["in_time"] for row in document["last_mile"])
    if document["verdict"]["passed"]:
        st.success(t("ends.passed" if kept else "ends.passed_preview", n=count))
    else:
        st.error(t("ends.failed", n=count, late=late))
        show.items(map(html.escape, faults_words(document, data, language())))


def _preview(data: Dataset, name: str, document: dict[str, Any]) -> dict[str, Any] | None:
    """Return the plan with its last mile under the usual assumptions, kept in the session."""
    if "last_mile" in document:
        return document
    kept = st.session_state.get(_KEPT)
    key = (name, document["figures"].get("seconds"), len(document["trips"]))
    if kept is None or kept[0] != key:
        try:
            kept = (key, with_last_mile(data, document, ReturnAsked()))
        except EXPLAINED as error:
            problem(error)
            return None
        st.session_state[_KEPT] = kept
    found: dict[str, Any] = kept[1]
    return found


def _form(data: Dataset, name: str, document: dict[str, Any]) -> None:
    if not offered(KEEP):
        return
    usual = ReturnAsked(**document["about"].get("ends", {}))
    with st.expander(t("ends.params"), expanded=False), st.form("ends_form", border=False):
        top, low = st.columns(6, vertical_alignment="bottom"), st.columns(6)
        per = top[0].number_input(t("ends.tps_per_carrier"), 1, 50, usual.tps_per_carrier)
        boxes = top[1].number_input(t("ends.carrier_boxes"), 1, 500, usual.carrier_boxes)
        way = _entry(top[2], "way_min", 1, 600, usual.way_min)
        hand = _entry(top[3], "handling_min", 0, 120, usual.handling_min)
        out = _entry(top[4], "out_from", 0.5, 24, usual.out_from, 2)
        counted = _entry(top[5], "counted_h", 8, 48, usual.counted_h, 2)
        pps = _entry(low[0], "to_pps_h", 0.5, 48, usual.to_pps_h, 2)
        ppk = low[1].number_input(t("ends.ppk_days"), 1, 29, usual.ppk_days)
        kab = low[2].number_input(t("ends.kabupaten_days"), 2, 30, usual.kabupaten_days)
        truck = _entry(low[3], "per_truck", 20, 5000, usual.boxes_per_truck)
        boat = _entry(low[4], "per_boat", 20, 5000, usual.boxes_per_boat)
        span = low[5].number_input(t("ends.span_days"), 1, 10, usual.span_days)
        if not st.form_submit_button(t("ends.run"), type="primary"):
            return
    try:
        asked = ReturnAsked(
            int(per),
            int(boxes),
            way,
            hand,
            out,
            counted,
            pps,
            int(ppk),
            int(kab),
            int(span),
            int(truck),
            int(boat),
        )
        with st.spinner(t("ends.working"), show_time=True):
            save_plan(name, with_return(data, document, asked))
    except EXPLAINED as error:
        problem(error)
    else:
        st.rerun()


def _entry(place: Any, name: str, low: float, high: float, value: float, digits: int = 0) -> float:
    found = number_entry(place, t(f"ends.{name}"), low, high, value, f"ends_{name}", digits)
    return value if found is None else found
