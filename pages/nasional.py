"""Nasional: from Indonesia down to a TPS, by extent and level."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from data.nation.errors import NationError
from geo.errors import CodeError
from pages.components import shell, show
from pages.components.nation import chart, choices, source
from pages.components.shell import language, t
from services.explain import explain
from services.nation import words
from services.nation.views import NationView

_TABLE_PX, _TABLE_ROWS = 345, 9
_WIDTHS_PX = {"unit": 170, "reports": 66, "voters": 78, "tps": 56}
_RANKED_PX = {"unit": 168, "reports": 64, "rank": 72, "voters": 66}
"""At least; together as wide as a telephone."""


def main() -> None:
    shell.enter("nasional")
    head = st.container(key="top")
    try:
        source.views().state()
    except NationError as error:
        _empty(head, error)
        return
    with st.container(key="bar"):
        bar = st.columns([1.2, 1, 1.2, 1.2, 1.2], vertical_alignment="bottom")
    asked = choices.query(bar[:4])
    measure = choices.measure(bar[4])
    try:
        if asked.extent is None:  # the map has not said yet what it shows
            whole = source.views().bounds(asked.scope)
            asked = replace(asked, zoom=choices.first_zoom(whole))
        view = source.views().view(asked)
    except (NationError, CodeError) as error:
        _empty(head, error)
        return
    _draw(view, measure, head)


def _empty(head: st.delta_generator.DeltaGenerator, error: NationError | CodeError) -> None:
    """Say what is missing and how it is brought in."""
    with head:
        show.heading(t("nasional.title"), "")
    if isinstance(error, NationError):
        show.empty(explain(error, language()))
    else:
        show.empty(t("nasional.unknown_unit", code=choices.scope()))
        st.button(t("nasional.back"), key="nation_back", on_click=choices.open_unit, args=("",))


def _draw(view: NationView, measure: str, head: st.delta_generator.DeltaGenerator) -> None:
    lang = language()
    with head:
        show.heading(words.finding(view, lang), words.sub(view, lang))
    with st.container(key="nation_sides"):
        left, right = st.columns([1.75, 1])
    with left:
        _crumbs(view)
        chart.show_nation(words.layers_of(view, measure, lang, choices.go(view)))
        show.note(words.legend_title(view, measure, lang))
        show.legend(words.legend_rows(view, measure, lang))
        for line in words.left_out(view, lang)[1:]:  # no cap is silent
            show.note(line)
    with right:
        _table(view)
    show.notes([t("nasional.map_hint"), *words.notes(view, lang)])


def _crumbs(view: NationView) -> None:
    """Draw the way from Indonesia down to what is open; each step but the last is a button."""
    crumbs = words.crumbs(view, language())
    with st.container(
        key="nation_crumbs", horizontal=True, vertical_alignment="center", gap="xsmall"
    ):
        for n, (code, name) in enumerate(crumbs):
            st.button(
                shell.plain(name),
                key=f"nation_crumb_{n}",
                type="tertiary",
                icon=":material/chevron_right:" if n else ":material/public:",
                disabled=n == len(crumbs) - 1,
                on_click=choices.open_unit,
                args=(code,),
            )


def _table(view: NationView) -> None:
    lang = language()
    show.title(words.table_title(view, lang))
    if not view.state.has("reports"):
        show.note(t("nasional.no_reports"))
    if not view.state.has("figures"):
        show.note(t("nasional.no_figures"))
    elif said := words.ranking_words(view, lang):
        show.line(said)
    table = words.units_table(view, lang)
    height = _TABLE_PX if len(table) > _TABLE_ROWS else "content"
    shown = words.shown_columns(view, lang)
    at = [list(table.columns).index(name) for name in shown.values()]
    wanted = _RANKED_PX if "rank" in shown else _WIDTHS_PX
    widths = [wanted[key] for key in shown]
    show.table(table, height=height, **show.narrow(table, widths, at))
    show.downloads(table, f"nasional_{view.query.scope or 'indonesia'}_{view.level}")


main()
