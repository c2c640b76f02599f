"""Ringkasan: what is in force, what changed, what comes, and where to look."""

from __future__ import annotations

import streamlit as st

from analytics.reports.selection import Selection
from pages.components import address, cards, cursor, loaders, maps, shell, show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.hotspots.counts import HotspotQuery, hotspot
from services.hotspots.frames import Film
from services.hotspots.map import hotspot_layers, hotspot_legend, watch_markers
from services.reports.overview import HEADLINE_FAMILIES, WINDOWS, Overview, overview
from services.texts import day, label, number

MAP = "ringkasan_map"


def main() -> None:
    shell.enter("ringkasan")
    data = loaders.dataset()
    today = cursor.as_of()
    found = overview(data, today, cursor.asked_mark())
    with st.container(key="top"):
        _head(found)
    left, right = st.columns([1.75, 1])
    with left:
        _map(data, found)
    with right, st.container(height=590, border=False, key="side"):
        cards.figures(found)
        cards.overdue(data)
        cards.watch(found, data)
        cards.potensi(found, data)
        cards.agenda(found, data)
        cards.sources(found)


def _head(found: Overview) -> None:
    lang = language()
    words, button = st.columns([8.5, 1.5], vertical_alignment="top")
    cursor.way_back(button)
    eve = found.opening.replay_date
    if cursor.replay_words() is None and eve is not None:
        button.button(
            t("ringkasan.replay_button", day=day(eve, lang, "short")),
            icon=":material/history:",
            on_click=cursor.go_to,
            args=(eve.date(),),
            key="replay",
            width="stretch",
        )
    sub = "" if found.opening.in_force else t("ringkasan.no_stage")
    if len(found.open_stages):
        names = [label("stage", stage, lang).lower() for stage in found.open_stages]
        sub = t("ringkasan.open_stages", list=", ".join(names))
    with words:
        show.heading(day(cursor.as_of(), lang), sub, _chips(found), cursor.replay_words())


def _chips(found: Overview) -> list[tuple[str, bool]]:
    lang, chips = language(), []
    for row in found.in_force.drop_duplicates("stage", keep="last").itertuples():
        name = label("stage", row.stage, lang)
        if row.bound != "tetap" and row.days_left is None:
            chips.append((t("ringkasan.no_end", stage=name), False))
        elif row.days_left == 0:
            chips.append((t("ringkasan.last_day", stage=name), False))
        else:
            chips.append((t("ringkasan.days_left", stage=name, n=row.days_left), False))
    ahead = found.coming[~found.coming["stage"].isin(found.in_force["stage"])]
    for row in ahead.drop_duplicates("stage").itertuples():
        stage = label("stage", row.stage, lang)
        chips.append((t("ringkasan.days_to", n=row.days_to, stage=stage), True))
    return chips


def _map(data: Dataset, found: Overview) -> None:
    lang, today = language(), cursor.as_of()
    with st.container(key="bar"):
        bar = st.columns(4)
    family = address.choice(bar[0], "family.on_map", HEADLINE_FAMILIES, "family", "keluarga")
    level = address.choice(bar[1], "level.label", ("kabupaten", "kecamatan"), "level", "tingkat")
    first = WINDOWS.index("tahun" if found.opening.in_force else "semua")
    window = address.choice(bar[2], "window.label", cursor.windows(), "window", "rentang", first)
    with bar[3]:
        maps.jump_list(MAP)
    stages = None if found.opening.stage is None else (found.opening.stage,)
    start = cursor.start_of(window, found.mark)
    query = HotspotQuery(
        Selection(as_of=today, date_from=start, date_to=today, families=(family,), stages=stages),
        level,
        "affairs",
        family,
    )
    view = hotspot(data, query)
    with_reports = int((view.units[f"affairs_{family}"] > 0).sum())
    show.title(
        t(
            "ringkasan.map_title",
            family=label("family", family, lang),
            n=number(view.reports["perkara_id"].nunique(), lang),
            units=with_reports,
            level=label("level", level, lang).lower(),
            window=cards.window_words(start, today),
        )
    )
    maps.show_map(
        data,
        [*hotspot_layers(view, data, query, lang), *watch_markers(found.watch, data)],
        MAP,
        legend=hotspot_legend(view, query, lang),
    )
    fixed = start if window == "rakor" and cursor.asked_mark() else cursor.window()
    film = Film(query, window, fixed, opening_stage=True)
    cursor.cursor(data, cursor.Played(MAP, film), marks=True)
    words = cards.window_words(start, today)
    show.note(t("ringkasan.map_sub", window=words, reports=number(len(view.reports), lang)))
    show.note(cards.placed_words(view, level))
    if cursor.replay_words() is not None:
        show.note(t("cursor.replay_sub"))


main()
