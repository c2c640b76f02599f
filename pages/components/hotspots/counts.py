"""The counts of the Hotspot page: a choropleth, dots, a table, or two dates side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import streamlit as st

from analytics.reports.rakor import RakorMark
from data.province import default_election
from pages.components import address, cards, cursor, maps, picture, show
from pages.components.hotspots import charts, choices, filters
from pages.components.hotspots import units as areas
from pages.components.shell import language, t
from pages.components.top import top
from services.dataset import Dataset
from services.hotspots.counts import (
    HotspotQuery,
    HotspotView,
    hotspot,
    reports_at,
    voter_gaps,
    with_totals,
)
from services.hotspots.frames import Film
from services.hotspots.headline import counts_finding, family_words, placed_words, window_words
from services.hotspots.map import hotspot_layers, hotspot_legend, tps_layer
from services.hotspots.tables import compared_table, reports_table, units_table
from services.hotspots.views.choices import family_frames, level_frames
from services.hotspots.views.earlier import earlier_day, ending, shared_breaks
from services.hotspots.views.map_picture import counts_picture, families_dots
from services.map_picture import MapPicture
from services.maps import TPS
from services.texts import day, label, number, signed

LEFT, RIGHT = "compare_left", "compare_right"
EARLIER = "banding"
"""Names the earlier day in the address."""


def draw_two_dates(
    data: Dataset, query: HotspotQuery, head: st.delta_generator.DeltaGenerator, mark: RakorMark
) -> None:
    """Draw the counts as known on an earlier day beside those of the cursor."""
    lang, today = language(), query.selection.as_of
    query = replace(query, drill=None)
    found = earlier_day(data, query, mark)
    earlier = _earlier(data, found.day, today)
    same = not found.differs and earlier == found.day
    before = replace(query, selection=ending(query, earlier))
    breaks = shared_breaks(query, hotspot(data, before), hotspot(data, query))
    views = {earlier: hotspot(data, before, breaks), today: hotspot(data, query, breaks)}
    with head:
        _head_of_dates(views, query, earlier)
    for place, (key, (when, view)), asked in zip(
        st.columns(2),
        zip((LEFT, RIGHT), views.items(), strict=False),
        (before, query),
        strict=False,
    ):
        with place:
            show.title(day(when, lang))
            layers = hotspot_layers(view, data, asked, lang)
            legend = hotspot_legend(view, asked, lang, families_dots(view, asked, lang))
            maps.show_map(data, layers, key, link="hotspot", legend=legend)
            taken = partial(counts_picture, data, view, asked, lang, layers, legend)
            picture.offer(data, taken, f"hotspot_{when.isoformat()}")
    cursor.cursor(data, marks=True, still="cursor.still_two")
    table = compared_table(views[earlier], views[today], query, lang)
    show.table(table, height="content")
    show.downloads(table, "perbandingan")
    placed = (
        f"{day(when, lang)}: {placed_words(view, query.level, lang)}"
        for when, view in views.items()
    )
    told = t("compare.same", family=label("family", query.family, lang)) if same else ""
    show.notes([told, *placed, *cards.limit_words(data)])


def _earlier(data: Dataset, first: date, today: date) -> date:
    """Draw the box of the earlier day, which stands in the address, and return it."""
    least = min(cursor.bounds(data)[0], first)
    chosen = address.day(EARLIER) or first
    st.session_state[EARLIER] = chosen if least <= chosen < today else first

    def follow() -> None:
        address.put(EARLIER, st.session_state[EARLIER].isoformat(), first.isoformat())

    found: date = st.columns([1.2, 5])[0].date_input(
        t("compare.earlier"),
        min_value=least,
        max_value=today - timedelta(days=1),
        format="DD/MM/YYYY",
        key=EARLIER,
        on_change=follow,
    )
    return found


def _head_of_dates(views: dict[date, HotspotView], query: HotspotQuery, earlier: date) -> None:
    lang, today = language(), query.selection.as_of
    words = top()
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


MAP = "hotspot_map"
PARTS = ("laporan", "tabel", "grafik")
"""Of the side column."""


def draw(
    data: Dataset,
    query: HotspotQuery,
    window: str,
    families: tuple[str, ...],
    head: st.delta_generator.DeltaGenerator,
) -> None:
    """Draw counts or rates, and the reports of the unit the reader opened.

    ``families`` are those chosen for the table, whatever the map is coloured by.
    """
    chosen: str | None = address.unit(data.names)
    whole, query = query, charts.in_month(query)
    view = hotspot(data, query)
    left, right = st.columns([1.75, 1])
    with left:  # before the head, though it stands below it: its colours are what is waited for
        taken = _map(data, view, query, chosen)
    with head:
        _head(data, view, query)
    with right:
        _panel(data, view, whole, query, chosen)
    # A film counts up to the day of the cursor, so that none is played of a month.
    film = None if query is not whole else Film(query, window, cursor.window())
    played = None if film is None else cursor.Played(MAP, film)
    cursor.cursor(data, played, marks=True, still="cursor.still_month")
    picture.offer(data, taken, "hotspot")
    show.notes(_notes(data, view, query))
    if query.drill is None:  # what is opened shows parts of other levels, which are not prepared
        by_family = family_frames(data, query, families, language())
        choices.offer(MAP, "family.on_map", "keluarga", by_family)
        choices.offer(MAP, "level.label", "tingkat", level_frames(data, query, language()))


def _notes(data: Dataset, view: HotspotView, query: HotspotQuery) -> list[str]:
    """Return what map and lists rest on."""
    told = [
        t("hotspot.drill_hint"),
        placed_words(view, query.level, language()),
        cards.coarser_words(view, query.selection.families or ()),
        t("report.totals", n=len(view.totals)) if len(view.totals) else "",
        *cards.limit_words(data),
    ]
    return [*told, *(_gaps(data, query.election) if query.measure == "rate" else ())]


def _head(data: Dataset, view: HotspotView, query: HotspotQuery) -> None:
    lang = language()
    words = top()
    chosen = query.selection
    sub = t(
        "hotspot.sub",
        window=window_words(chosen.date_from, chosen.date_to or chosen.as_of, lang),
        families="; ".join(family_words(view, family, lang) for family in chosen.families or ()),
        place=label("place", chosen.place, lang).lower(),
    )
    with words:
        show.heading(
            counts_finding(view, query, data, lang), sub, replay=cursor.replay_words(with_day=True)
        )


def _map(
    data: Dataset, view: HotspotView, query: HotspotQuery, chosen: str | None
) -> Callable[[], MapPicture]:
    """Draw the map and return what makes its picture."""
    lang = language()
    layers: list[maps.Layer] = [*hotspot_layers(view, data, query, lang, chosen)]
    if address.is_on(filters.TPS_TOGGLE):
        layers.insert(0, tps_layer(data, query.election, lang))
    dots = families_dots(view, query, lang)
    if address.is_on(filters.TPS_TOGGLE):
        dots.append(
            (TPS, t("hotspot.tps_legend", election=label("election", default_election(), lang)))
        )
    legend = hotspot_legend(view, query, lang, dots)
    maps.show_map(data, layers, MAP, on_click=maps.open_unit, legend=legend)
    return partial(counts_picture, data, view, query, lang, layers, legend)


def _gaps(data: Dataset, election: str) -> list[str]:
    """Return which lists of voters in use do not add up; the figures stand as printed."""
    lang, told = language(), []
    for _, row in voter_gaps(data, election).reset_index().iterrows():
        words = t(
            "hotspot.parts_gap",
            list=str(row["list_kind"]).upper(),
            election=label("election", row["election"], lang),
            area=data.place_name(row["unit_code"]),
            parts=number(row["parts"], lang),
            total=number(row["total"], lang),
            gap=signed(row["gap"], lang),
        )
        told.append(words)
    return told


def _panel(
    data: Dataset, view: HotspotView, whole: HotspotQuery, query: HotspotQuery, chosen: str | None
) -> None:
    areas.ways_into(view.units, MAP)
    cards.path(data, chosen)
    with st.container(height=520, border=False, key="side"):
        if chosen is None:
            rows = view.reports
        else:
            rows = reports_at(view, chosen)
            show.title(t("hotspot.panel_title", name=data.names[chosen], n=len(rows)))
            cards.above(view, chosen, query.selection.families or ())
        # Of the whole province the areas come first; of a chosen one its reports, or that none is.
        charts.chips(data, query, chosen)
        first = PARTS[0 if chosen or view.reports.empty else PARTS.index("tabel")]
        part = address.tabs("hotspot.panel", PARTS, "panel", "panel", first, "panel")
        if part == "laporan":
            show.reports(rows if chosen else with_totals(view), data)
            show.downloads(reports_table(rows, data, language()), "laporan")
        elif part == "grafik":
            charts.draw(data, whole, query, view, chosen)
        else:
            table = units_table(view, query, language())
            places = [0, *range(2, 2 + 2 * min(2, len(query.selection.families or ())), 2)]
            show.table(table, height=380, **show.narrow(table, (150, 140, 140), places))
            show.downloads(table, "wilayah")
