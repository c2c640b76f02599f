"""The statistics of the Hotspot page: map, classes, clusters, and how they were made."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from pages.components import address, cursor, maps, picture, show
from pages.components.hotspots import units
from pages.components.shell import language, t
from pages.components.top import top
from pages.components.worker import beside
from services.dataset import Dataset
from services.hotspots.analysis import AnalysisQuery, AnalysisView, analyse
from services.hotspots.analysis_view import (
    analysis_layers,
    analysis_legend,
    answers_table,
    areas_table,
    clusters_table,
    facts_table,
    meaning,
)
from services.hotspots.counts import report_points
from services.hotspots.detection import detection_table, detection_words
from services.hotspots.map import points_layer
from services.hotspots.scan_runs import keep_scan, looks_words, runs_table, thresholds_table
from services.hotspots.tables import reports_table
from services.hotspots.views.map_picture import analysis_picture
from services.map_picture import MapPicture, legend_of
from services.maps import FAMILY
from services.texts import day, label, number

MAP = "analysis_map"
_KEPT = "a_kept"
LOOKS = "analysis_looks"
"""Questions asked in this session: family, kind, level, method, and what else changes the test."""


def draw(data: Dataset, query: AnalysisQuery, head: st.delta_generator.DeltaGenerator) -> None:
    """Draw a statistic instead of the counts."""
    left, right = st.columns([1.75, 1])
    with left:
        view = beside.worked_out(_title(query), analyse, data, query)
    if view is None:
        with head:
            _heading(query, "")
        with left:  # the land stays, so that nothing blinks when its colours come
            maps.show_map(data, [], MAP, on_click=maps.open_unit)
        cursor.cursor(data, marks=True, still="cursor.still_method")
        return
    looks: set[tuple[str, ...]] = st.session_state.setdefault(LOOKS, set())
    if query.method != "density" and not view.reason:
        looks.add((query.family, query.kind, query.level, query.method, query.counted))
    with head:
        _head(view)
    with left:
        taken = _map(data, view)
    with right:
        _panel(data, view)
    cursor.cursor(data, marks=True, still="cursor.still_method")
    picture.offer(data, taken, "analisis")
    show.notes(_notes(view))


def _notes(view: AnalysisView) -> list[str]:
    """Return what the statistic rests on."""
    lang, looks = language(), st.session_state.get(LOOKS)
    placed = t(
        "analysis.placed",
        placed=number(view.placed, lang),
        reports=number(len(view.reports), lang),
        level=label("level", view.query.level, lang).lower(),
    )
    told = [placed, t("analysis.bias"), t("analysis.answers"), detection_words(lang)]
    if not view.reason:
        told.insert(0, label("method_note", view.query.method, lang))
    if view.unwatched:
        span = {"start": day(view.watched_from, lang), "end": day(view.end, lang)}
        told.append(t("scan.unwatched", n=number(view.unwatched, lang), **span))
    return [*told, looks_words(len(looks), lang) if looks else ""]


def _head(view: AnalysisView) -> None:
    lang, query = language(), view.query
    sub = t(
        "analysis.sub",
        start=day(view.start, lang, "short"),
        end=day(view.end, lang, "short"),
        affairs=number(view.n_affairs, lang),
        units=number(view.n_units, lang),
    )
    _heading(query, sub, _sentences(view)[0])


def _sentences(view: AnalysisView) -> tuple[str, str]:
    """Return what a result says, without its full stop, and what is to be said of that."""
    first, _, rest = meaning(view, view.units["class"], language()).partition(". ")
    return first.removesuffix("."), rest


def _heading(query: AnalysisQuery, sub: str, finding: str = "") -> None:
    """Draw finding, banner of a past day, and the ways out; without a result what was asked."""
    with top():
        show.heading(finding or _title(query), sub, replay=cursor.replay_words(with_day=True))


def _title(query: AnalysisQuery) -> str:
    lang = language()
    family, kind = (label(n, getattr(query, n), lang).lower() for n in ("family", "kind"))
    method = label("method", query.method, lang)
    return t("analysis.title", method=method, family=f"{family} ({kind})")


def _map(data: Dataset, view: AnalysisView) -> Callable[[], MapPicture]:
    """Draw the map and return what makes its picture."""
    lang, classes = language(), view.units["class"]
    if rest := _sentences(view)[1]:
        st.html(f'<div class="sb-meaning">{html.escape(rest)}</div>')
    chosen = address.unit(view.units.index)
    layers: list[maps.Layer] = [*analysis_layers(view, classes, lang, chosen)]
    rows = view.reports[view.reports["unit"].notna()]
    points = report_points(data, rows)
    dots = []
    if len(points) and view.query.method != "density":
        layers.append(points_layer(points, rows, data, lang))
        dots = [(FAMILY[view.query.family], t("relative_risk.dots"))]
    title = t(
        "map.legend_method",
        family=label("family", view.query.family, lang),
        method=label("method", view.query.method, lang),
    )
    window = f"{day(view.start, lang, 'short')} – {day(view.end, lang, 'short')}"
    sub = t("map.legend_period", window=window, n=number(view.n_affairs, lang))
    legend = legend_of(title, analysis_legend(view, classes, lang), dots, sub, lang)
    maps.show_map(data, layers, MAP, on_click=maps.open_unit, legend=legend)
    return partial(analysis_picture, view, lang, layers, legend)


def _panel(data: Dataset, view: AnalysisView) -> None:
    lang, classes = language(), view.units["class"]
    alive = view.query.method == "scan_prospective"
    units.ways_into(view.units, MAP)
    with st.container(height=520, border=False, key="side"):
        names = ["tab_clusters" if len(view.clusters) else "tab_areas", "tab_reports", "tab_method"]
        titles = [t(f"analysis.{name}") for name in names]
        first, second, third, *more = st.tabs([*titles, t("scan.tab_runs")] if alive else titles)
        with first:
            if len(view.clusters):
                table = clusters_table(view, lang)
                fits = show.narrow(table, (125, 95, 95, 55, 75), range(1, 6))
            else:
                table = areas_table(view, classes, lang)
                fits = show.narrow(table, (150, 80, 80, 80), (0, 2, 3, 4))
            show.table(table, height=420, **fits)
            show.downloads(table, f"statistik_{view.query.method}")
        with second:
            rows = _inside(view)
            show.reports(rows, data)
            show.downloads(reports_table(rows, data, lang), "laporan_statistik")
        with third:
            show.table(facts_table(view, lang), height="content")
            show.table(answers_table(lang), height=250)
            show.table(detection_table(lang), height="content")
        if more:
            with more[0]:
                _runs(data, view)


def _runs(data: Dataset, view: AnalysisView) -> None:
    """Draw the scans that were kept, and the button that keeps this one."""
    lang = language()
    show.note(t("scan.thresholds"))
    show.table(thresholds_table(lang), height="content")
    if not view.reason and st.button(t("scan.keep"), key="a_keep", icon=":material/save:"):
        keep_scan(data, view)
        st.session_state[_KEPT] = True
        st.rerun()
    if st.session_state.pop(_KEPT, False):
        st.success(t("scan.kept"))
    table = runs_table(data, lang)
    if table.empty:
        show.note(t("scan.runs_none"))
        return
    show.table(table)
    show.downloads(table, "pemindaian_tersimpan")


def _inside(view: AnalysisView) -> pd.DataFrame:
    """Return the reports inside the chosen area or its cluster, all of them when none is chosen."""
    rows = view.reports.sort_values(["date_event", "report_id"], ascending=False)
    chosen: str | None = address.unit(view.units.index)
    if chosen is None or chosen not in view.units.index:
        show.note(t("analysis.choose"))
        return rows
    inside = view.members(chosen)
    found = rows[rows["area"].isin(inside)]
    name = view.units.loc[chosen, "name"]
    show.title(t("analysis.inside", name=name, n=len(found), areas=len(inside)))
    st.button(t("hotspot.path_all"), key="a_all", on_click=address.put, args=(address.UNIT, None))
    return found
