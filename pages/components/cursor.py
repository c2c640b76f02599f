"""The date cursor that all pages share; the address alone says where it stands."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from analytics.reports.rakor import RakorMark, period_of
from data.clock import today
from data.static_files import read_beside_code
from pages.components import address, show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.hotspots.frames import Film, film_view
from services.reports.overview import WINDOWS, window_start
from services.reports.strip import bounds as strip_bounds
from services.reports.strip import strip
from services.reports.strip_view import number_of, strip_view
from services.texts import day

DATE, START, SINCE, WINDOW = "tanggal", "dari", "sejak", "rentang"
CHOSEN = "pilihan"
"""The window that the reader marked on the cursor, among those of `services.reports.overview`."""
_HEARD = "cursor_heard"
"""The last word of the browser that was answered, so that it waits for no other."""
_KEY = "cursor"
_FOLDER = Path(__file__).with_name("reports")


def _file(name: str) -> str:
    return read_beside_code(_FOLDER / name)


_timeline = st.components.v2.component(
    "siaga_timeline", js=_file("scene.js") + _file("timeline.js"), css=_file("timeline.css")
)
_part = st.components.v2.component("siaga_timeline_part", js=_file("sender.js"))


@dataclass(frozen=True)
class Played:
    """The map above the cursor, whose colours change while the date is moved.

    Attributes
    ----------
    key
        Name of the map.
    film
        What it shows from week to week.
    """

    key: str
    film: Film


def as_of() -> date:
    """Return the day the reader stands on: the one named in the address, or today."""
    return address.day(DATE) or today()


def window() -> date | None:
    """Return the first day of the period that the reader marked; None without one.

    It is in use while the address says so (``rentang=pilihan``): another period chosen on the page
    takes its place.
    """
    start = address.day(START)
    marked = st.query_params.get(WINDOW) == CHOSEN
    return start if marked and start is not None and start < as_of() else None


def windows() -> tuple[str, ...]:
    """Return the periods to choose from: the marked one too, while there is one."""
    return WINDOWS if window() is None else (*WINDOWS, CHOSEN)


def start_of(chosen: str, mark: RakorMark) -> date | None:
    """Return the first day of one of `windows` that ends where the reader stands."""
    return window() if chosen == CHOSEN else window_start(chosen, as_of(), mark)


def asked_mark() -> RakorMark | None:
    """Return the day that the address counts changes from, so that a slide can be checked."""
    since = address.day(SINCE)
    if since is None or since >= as_of():
        return None
    return RakorMark(pd.Timestamp(since), period_of(since).key, True)


def go_to(day_wanted: date) -> None:
    """Move the cursor; a marked period keeps its first day while that lies before."""
    _stand(day_wanted, window())


def _stand(day_wanted: date, start: date | None) -> None:
    """Write date and period into the address at once, so that Back takes one step."""
    changes = {DATE: None if day_wanted == today() else day_wanted.isoformat()}
    if start is not None and start < day_wanted:
        changes |= {START: start.isoformat(), WINDOW: CHOSEN}
    elif st.query_params.get(WINDOW) == CHOSEN:
        changes |= {START: None, WINDOW: None}
    address.put_all(changes)


def bounds(data: Dataset) -> tuple[date, date]:
    """Return the first and last day the cursor can stand on."""
    return strip_bounds(data, today())


def cursor(
    data: Dataset, played: Played | None = None, marks: bool = False, still: str = "cursor.still"
) -> None:
    """Draw the cursor under the map.

    Parameters
    ----------
    data
        The tables.
    played
        The map that plays with it; None where nothing plays, and the page follows once the cursor
        is let go.
    marks
        Whether a drag marks a period; else it moves the date.
    still
        Key of the text that says why nothing plays.
    """
    found = strip(data, today())
    view = {**strip_view(data, today(), language()), "words": _words(), "brush": marks}
    with st.container(key="player"):
        _timeline(key=_KEY, data=view, on_moved_change=_moved)
        if played is not None:
            film = film_view(data, played.film, found.days, language())
            _part(
                key="cursor_film",
                data={"part": "film", "map": played.key, "channel": address.channel(), **film},
            )
        start = window()
        _part(
            key="cursor_hand",
            data={
                "part": "hand",
                "date": number_of(as_of()),
                "start": None if start is None else number_of(start),
                "heard": st.session_state.get(_HEARD, 0),
                "still": t(still) if played is None else None,
            },
        )
    _complain(data)


def _moved() -> None:
    """Take over what the browser says once the cursor is let go."""
    told = st.session_state[_KEY]["moved"]
    take(told, st.session_state)


def take(told: Mapping[str, Any], heard: MutableMapping[Any, Any]) -> None:
    """Move the cursor to what a browser told, and note which word of it was answered."""
    start = told["start"]
    _stand(date.fromisoformat(told["date"]), None if start is None else date.fromisoformat(start))
    heard[_HEARD] = told["heard"]


def _words() -> dict[str, str]:
    """Return the words of the script; what it fills in stays in braces."""
    return {
        "label": t("cursor.label"),
        "keys": t("cursor.keys"),
        "play": t("cursor.play"),
        "pause": t("cursor.pause"),
        "day_before": t("cursor.day_before"),
        "day_after": t("cursor.day_after"),
        "typed": t("cursor.typed"),
        "typed_wrong": t("cursor.typed_wrong", first="{first}", last="{last}"),
        "stage": t("cursor.stage"),
        "stage_placeholder": t("cursor.stage_placeholder"),
        "no_stage": t("cursor.no_stage"),
        "window": t("cursor.window", start="{start}"),
        "window_clear": t("cursor.window_clear", start="{start}"),
        "unwatched": t("cursor.unwatched"),
        "partly": t("cursor.partly"),
        "frame": t(
            "cursor.frame",
            day="{day}",
            family="{family}",
            n="{n}",
            units="{units}",
            level="{level}",
        ),
        "fixed": t("cursor.fixed"),
        "follows": t("cursor.follows"),
        "now": t("cursor.now"),
        "today": t("cursor.today"),
    }


def _complain(data: Dataset) -> None:
    """Say what of the address is not used, and that the day lies outside what is on record."""
    lang, asked = language(), st.query_params
    first, last = bounds(data)
    if (value := asked.get(DATE)) and address.day(DATE) is None:
        show.note(t("cursor.not_read", value=value))
    elif not first <= as_of() <= last:
        ends = {"first": day(first, lang), "last": day(last, lang)}
        show.note(t("cursor.outside", day=day(as_of(), lang), **ends))
    if (value := asked.get(START)) and asked.get(WINDOW) == CHOSEN and window() is None:
        show.note(t("cursor.start_not_used", value=value, day=day(as_of(), lang)))


def replay_words(with_day: bool = False) -> str | None:
    """Return the banner of a past day; None when the cursor stands on today or later."""
    if as_of() >= today():
        return None
    return t("cursor.replay") + (f" {day(as_of(), language(), 'short')}" if with_day else "")


def way_back(place: st.delta_generator.DeltaGenerator) -> None:
    """Offer the way back to today while a past day is shown."""
    if as_of() < today():
        place.button(
            t("cursor.today"),
            icon=":material/today:",
            key="cursor_today",
            on_click=go_to,
            args=(today(),),
            width="stretch",
        )
