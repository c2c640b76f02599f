"""Ringkasan: what changed, where, what comes, and who is to act."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.components import address, cards, cursor, loaders, maps, picture, shell, show, top
from pages.components.hotspots import unit, units
from pages.components.shell import language, t
from services.actions.cards import action_cards
from services.actions.register import actions_on
from services.dataset import Dataset
from services.hotspots.counts import HotspotQuery, HotspotView, hotspot
from services.hotspots.frames import Film
from services.hotspots.headline import placed_words
from services.hotspots.map import hotspot_layers, hotspot_legend, watch_markers
from services.hotspots.views.first_page import HAPPENED, first_page_query
from services.hotspots.views.map_picture import counts_picture
from services.map_picture import MapPicture
from services.reports.headline import basis_words, headline, is_dark, leading_family
from services.reports.overview import HEADLINE_FAMILIES, WINDOWS, Overview, overview
from services.reports.review.queue import n_waiting
from services.texts import day, label, near_day, number

MAP = "ringkasan_map"
_LEVELS = ("kabupaten", "kecamatan")


def main() -> None:
    shell.enter("ringkasan")
    data = loaders.dataset()
    found = overview(data, cursor.as_of(), cursor.asked_mark())
    top.steps(data)
    with st.container(key="top"):
        _head(found, data)
    left, right = st.columns([1.75, 1])
    chosen = address.unit([code for code in data.place_names if "." in code])
    with left:
        query, window = _filters(found)
        view = hotspot(data, query)
        _title(view, query, window, found)
        played, taken = _map(data, found, view, query, window, chosen)
    with right:
        _side(found, data, chosen)
    cursor.cursor(data, played, marks=True)
    with st.expander(t("map.open"), icon=":material/list:"):
        units.ways_into(view.units, MAP)
    picture.offer(data, taken, MAP)
    _notes(found, view, query, data)


def _map(
    data: Dataset,
    found: Overview,
    view: HotspotView,
    query: HotspotQuery,
    window: str,
    chosen: str | None,
) -> tuple[cursor.Played, Callable[[], MapPicture]]:
    """Draw the map and return what plays on it, and what makes its picture."""
    lang = language()
    layers = [*hotspot_layers(view, data, query, lang, chosen), *watch_markers(found.watch, data)]
    legend = hotspot_legend(view, query, lang)
    maps.show_map(data, layers, MAP, on_click=maps.open_unit, legend=legend)
    asked = window == "rakor" and cursor.asked_mark() is not None
    film = Film(query, window, query.selection.date_from if asked else cursor.window())
    taken = partial(counts_picture, data, view, query, lang, layers, legend)
    return cursor.Played(MAP, film), taken


def _head(found: Overview, data: Dataset) -> None:
    lang, as_of = language(), cursor.as_of()
    words, button = st.columns([8.5, 1.5], vertical_alignment="top")
    cursor.way_back(button)
    if cursor.replay_words() is None:
        cards.replay(found, button)
    asked = cursor.asked_mark() is not None
    with words:
        show.heading(
            headline(found, data, as_of, lang, asked),
            "",
            _chips(found, data),
            cursor.replay_words(),
        )


def _chips(found: Overview, data: Dataset) -> list[tuple[str, bool]]:
    """Return the day, the stage in force that ends soonest, the next, and what waits for review."""
    lang = language()
    chips = [(day(cursor.as_of(), lang), False)]
    rows = found.in_force.sort_values("days_left", kind="stable", na_position="last").head(1)
    for row in rows.itertuples():
        name = label("stage", row.stage, lang)
        if row.bound != "tetap":
            chips.append((t("ringkasan.no_end", stage=name), False))
        elif row.days_left == 0:
            chips.append((t("ringkasan.last_day", stage=name), False))
        else:
            chips.append((t("ringkasan.days_left", stage=name, n=row.days_left), False))
    if found.in_force.empty:
        chips.append((t("ringkasan.no_stage_chip"), False))
    named = {found.vote[1] if found.vote else None, *found.in_force["stage"]}
    for row in found.coming[~found.coming["stage"].isin(named)].head(1).itertuples():
        stage = label("stage", row.stage, lang)
        chips.append((t("ringkasan.days_to", n=row.days_to, stage=stage), True))
    waiting, urgent = n_waiting(data)
    if waiting:
        chips.append(
            (t("queue.warn_urgent", n=urgent) if urgent else t("queue.warn", n=waiting), True)
        )
    return chips


def _side(found: Overview, data: Dataset, chosen: str | None) -> None:
    """Draw the column beside the map: the area that is open, else what to act upon and where."""
    if chosen is not None:
        with st.container(height=590, border=False, key="side"):
            unit.panel(chosen, found, data)
        return
    as_of = cursor.as_of()
    with st.container(key="cards"):
        if is_dark(found):
            cards.bring_in()
        first = action_cards(
            data, as_of, actions_on(data, as_of), found.agenda, found.watch, language()
        )
        cards.to_act_upon(first)
    with st.container(height=590, border=False, key="side"):
        cards.places(found, data, MAP)
        cards.potensi(found, data)
        cards.agenda(found, data)
        cards.sources(found)
        if not is_dark(found):
            cards.figures(found)


def _filters(found: Overview) -> tuple[HotspotQuery, str]:
    """Draw the bar over the map and return what it asks, and the window by name."""
    with st.container(key="bar_bare"):
        bar = st.columns([1.6, 1.2, 3], vertical_alignment="bottom")
    leading = HEADLINE_FAMILIES.index(leading_family(found.figures))
    family = address.choice(
        bar[0], "family.on_map", HEADLINE_FAMILIES, "family", "keluarga", leading
    )
    first = WINDOWS.index("semua" if is_dark(found) else "rakor")
    with bar[1].popover(t("hotspot.filters"), icon=":material/tune:", width="stretch"):
        level = address.choice(st, "level.label", _LEVELS, "level", "tingkat")
        window = address.choice(st, "window.label", cursor.windows(), "window", "rentang", first)
    start = cursor.start_of(window, found.mark)
    return first_page_query(cursor.as_of(), start, level, family), window


def _title(view: HotspotView, query: HotspotQuery, window: str, found: Overview) -> None:
    """Draw what the map counts, with the way to the same map on the page Hotspot."""
    lang, family = language(), query.family
    since = near_day(found.mark.date, cursor.as_of(), lang)
    with st.container(key="map_title", horizontal=True, vertical_alignment="center", gap="small"):
        show.title(
            t(
                "ringkasan.map_title",
                family=label("family", family, lang).lower(),
                n=view.reports["perkara_id"].nunique(),
                units=int((view.units[f"affairs_{family}"] > 0).sum()),
                level=label("level", query.level, lang).lower(),
                window=t(f"ringkasan.window_{window}", day=since),
            )
        )
        st.page_link(
            "pages/hotspot.py",
            label=t("hotspot.title"),
            icon=":material/arrow_outward:",
            query_params=address.to(
                "hotspot",
                metode="counts",
                keluarga=family,
                tingkat=query.level,
                rentang=window,
                macam=HAPPENED,
            ),
        )


def _notes(found: Overview, view: HotspotView, query: HotspotQuery, data: Dataset) -> None:
    """Draw what every figure of the page rests on, folded away."""
    lang, as_of = language(), cursor.as_of()
    notes = [
        basis_words(found, as_of, lang, cursor.asked_mark() is not None),
        " ".join(cards.change_lines(found)),
        t("ringkasan.counted_note", reports=number(len(view.reports), lang)),
        placed_words(view, query.level, lang),
        t("ringkasan.markers_note"),
        t("ringkasan.watch_note"),
    ]
    if not found.opening.in_force:
        notes.append(t("ringkasan.no_stage"))
    if found.open_stages:
        names = [label("stage", stage, lang).lower() for stage in found.open_stages]
        notes.append(t("ringkasan.open_stages", list=", ".join(names)))
    if cursor.replay_words() is not None:
        notes.append(t("cursor.replay_sub"))
    notes.append(t("map.credit"))
    with show.notes(notes):
        cards.record(data)


main()
