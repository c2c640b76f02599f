"""The statistics of the Hotspot page: map, classes, clusters, and how they were made."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.components import cursor, maps, shell, show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
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
from services.hotspots.areas import step_name
from services.hotspots.tables import reports_table
from services.texts import day, label, number

MAP, CHOSEN = "analysis_map", "analysis_area"
_STEP, _NEXT, _PLAYING = "a_step", "a_next", "a_playing"
_SECONDS = 1.2


def draw(data: Dataset, query: AnalysisQuery, head: st.delta_generator.DeltaGenerator) -> None:
    """Draw a statistic instead of the counts."""
    try:
        with st.spinner(t("analysis.working")):
            view = analyse(data, query)
    except EXPLAINED as error:
        with head:
            _heading(query, "")
        show.empty(explain(error, language()))
        cursor.cursor(data)
        return
    with head:
        _head(view)
    left, right = st.columns([1.75, 1])
    with left:
        classes = _map(data, view)
    with right:
        _panel(data, view, classes)


def _head(view: AnalysisView) -> None:
    lang, query = language(), view.query
    sub = t(
        "analysis.sub",
        start=day(view.start, lang),
        end=day(view.end, lang),
        affairs=number(view.n_affairs, lang),
        units=number(view.n_units, lang),
        placed=number(view.placed, lang),
        reports=number(len(view.reports), lang),
        level=label("level", query.level, lang).lower(),
    )
    _heading(query, sub)


def _heading(query: AnalysisQuery, sub: str) -> None:
    """Draw title, banner of a past day, and the ways out, whether or not there is a result."""
    lang = language()
    words, button, switch = st.columns([7.6, 1.7, 0.9], vertical_alignment="top")
    with switch:
        shell.language_switch()
    cursor.way_back(button)
    title = t(
        "analysis.title",
        method=label("method", query.method, lang),
        family=label("family", query.family, lang).lower(),
    )
    with words:
        show.heading(title, sub, replay=cursor.replay_words(with_day=True))


def _map(data: Dataset, view: AnalysisView) -> pd.Series:
    """Draw the map and what lies under it; return the class of each area that is shown."""
    lang = language()
    slot = st.container()
    classes = _classes_at(view)
    chosen = st.session_state.get(CHOSEN)
    layers = analysis_layers(view, classes, lang, chosen)
    with slot:
        st.html(f'<div class="sb-meaning">{meaning(view, classes, lang)}</div>')
        maps.show_map(data, layers, MAP, on_click=_choose)
    cursor.cursor(data)
    show.legend(analysis_legend(view, classes, lang))
    if not view.reason:
        show.note(label("method_note", view.query.method, language()))
    show.note(t("analysis.bias"))
    return classes


def _classes_at(view: AnalysisView) -> pd.Series:
    """Return the classes of the view, or those of the period the reader slid to."""
    if view.through.empty:
        return view.units["class"]
    steps = list(view.through.columns)
    if _NEXT in st.session_state:
        st.session_state[_STEP] = st.session_state.pop(_NEXT)
    if st.session_state.get(_STEP) not in steps:
        st.session_state[_STEP] = steps[-1]
    play, slider = st.columns([0.7, 9], vertical_alignment="bottom")
    playing = st.session_state.get(_PLAYING, False)
    play.button(
        ":material/pause:" if playing else ":material/play_arrow:",
        key="a_play",
        on_click=lambda: st.session_state.update({_PLAYING: not playing}),
    )
    step = slider.select_slider(
        t("analysis.step"),
        steps,
        key=_STEP,
        format_func=lambda step: step_name(step, view.query.period, language()),
    )
    if playing:
        _player(steps)
    return view.through[step].reindex(view.units.index)


@st.fragment(run_every=_SECONDS)
def _player(steps: list[str]) -> None:
    """Show the next period each time it is run by the clock."""
    if not st.session_state.get("a_ticked"):
        st.session_state["a_ticked"] = True
        return
    st.session_state["a_ticked"] = False
    at = steps.index(st.session_state[_STEP])
    if at + 1 == len(steps):
        st.session_state[_PLAYING] = False
    st.session_state[_NEXT] = steps[min(at + 1, len(steps) - 1)]
    st.rerun()


def _choose(properties: dict[str, object]) -> None:
    if isinstance(code := properties.get("code"), str):
        st.session_state[CHOSEN] = code


def _panel(data: Dataset, view: AnalysisView, classes: pd.Series) -> None:
    lang = language()
    maps.jump_list(MAP)
    with st.container(height=520, border=False, key="side"):
        names = ["tab_clusters" if len(view.clusters) else "tab_areas", "tab_reports", "tab_method"]
        first, second, third = st.tabs([t(f"analysis.{name}") for name in names])
        with first:
            table = clusters_table(view, lang) if len(view.clusters) else None
            table = areas_table(view, classes, lang) if table is None else table
            st.dataframe(table, hide_index=True, height=420)
            show.downloads(table, f"statistik_{view.query.method}")
        with second:
            rows = _inside(view)
            show.reports(rows, data)
            show.downloads(reports_table(rows, data, lang), "laporan_statistik")
        with third:
            st.dataframe(facts_table(view, lang), hide_index=True, height="content")
            show.note(t("analysis.answers"))
            st.dataframe(answers_table(lang), hide_index=True, height=250)


def _inside(view: AnalysisView) -> pd.DataFrame:
    """Return the reports inside the chosen area or its cluster, all of them when none is chosen."""
    rows = view.reports.sort_values(["date_event", "report_id"], ascending=False)
    chosen: str | None = st.session_state.get(CHOSEN)
    if chosen is None or chosen not in view.units.index:
        show.note(t("analysis.choose"))
        return rows
    inside = view.members(chosen)
    found = rows[rows["area"].isin(inside)]
    name = view.units.loc[chosen, "name"]
    show.title(t("analysis.inside", name=name, n=len(found), areas=len(inside)))
    st.button(t("hotspot.path_all"), key="a_all", on_click=st.session_state.pop, args=(CHOSEN,))
    return found
