"""Two dates side by side, with one view for both maps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import streamlit as st

from analytics.reports.rakor import RakorMark
from analytics.reports.selection import Selection
from pages.components import cards, cursor, maps, shell, show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.hotspots.counts import HotspotQuery, HotspotView, hotspot
from services.hotspots.map import hotspot_layers, legend_rows
from services.hotspots.tables import compared_table
from services.texts import day, label, number

LEFT, RIGHT = "compare_left", "compare_right"


def draw(
    data: Dataset, query: HotspotQuery, head: st.delta_generator.DeltaGenerator, mark: RakorMark
) -> None:
    """Draw the counts as known on an earlier day beside those of the cursor."""
    lang, today = language(), query.selection.as_of
    query = replace(query, drill=None)
    earlier = st.columns([1.2, 5])[0].date_input(
        t("compare.earlier"),
        min(mark.date.date(), today),
        min_value=cursor.bounds(data)[0],
        max_value=today,
        format="DD/MM/YYYY",
        key="compare_day",
    )
    before = replace(query, selection=_ending(query, earlier))
    views = {earlier: hotspot(data, before), today: hotspot(data, query)}
    with head:
        _head(views, query, earlier)
    for place, (key, (when, view)), asked in zip(
        st.columns(2),
        zip((LEFT, RIGHT), views.items(), strict=False),
        (before, query),
        strict=False,
    ):
        with place:
            show.title(day(when, lang))
            maps.show_map(data, hotspot_layers(view, data, asked, lang), key, link="hotspot")
            show.note(cards.placed_words(view, query.level))
    show.legend(legend_rows(views[today], query.measure, lang))
    cursor.cursor(data)
    table = compared_table(views[earlier], views[today], query, lang)
    st.dataframe(table, hide_index=True, height="content")
    show.downloads(table, "perbandingan")


def _ending(query: HotspotQuery, when: date) -> Selection:
    """Return the selection as known on an earlier day, over a window of the same length."""
    chosen = query.selection
    start = chosen.date_from
    if start is not None:
        start = when - (chosen.as_of - start)
    return replace(chosen, as_of=when, date_from=start, date_to=when)


def _head(views: dict[date, HotspotView], query: HotspotQuery, earlier: date) -> None:
    lang, today = language(), query.selection.as_of
    words, button, switch = st.columns([7.6, 1.7, 0.9], vertical_alignment="top")
    with switch:
        shell.language_switch()
    cursor.way_back(button)
    column = f"affairs_{query.family}"
    family = query.family
    numbers = [
        number(view.reports.loc[view.reports["family"].eq(family), "perkara_id"].nunique(), lang)
        for view in views.values()
    ]
    spread = [number(int((view.units[column] > 0).sum()), lang) for view in views.values()]
    title = t(
        "compare.title", family=label("family", family, lang), before=numbers[0], after=numbers[-1]
    )
    sub = t(
        "compare.sub",
        before=day(earlier, lang),
        after=day(today, lang),
        units_before=spread[0],
        units_after=spread[-1],
        level=label("level", query.level, lang).lower(),
    )
    with words:
        show.heading(title, sub, replay=cursor.replay_words(with_day=True))
