"""The date cursor that all pages share: slider, play, and the picker of stages."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pandas as pd
import streamlit as st

from analytics.reports.rakor import RakorMark, period_of
from data.clock import today
from pages.components.shell import language, t
from services.dataset import Dataset
from services.texts import day, label

_AS_OF, _PLAYING, _TICK = "as_of", "playing", "tick_at"
_SLIDER, _PICKER = "cursor_slider", "cursor_stage"
_STEP = timedelta(days=7)
_SECONDS = 1.5


def as_of() -> date:
    """Return the day the reader stands on: chosen, named in the address, or today."""
    if _AS_OF not in st.session_state:
        st.session_state[_AS_OF] = _asked_for() or today()
    chosen: date = st.session_state[_AS_OF]
    return chosen


def _asked_for(name: str = "tanggal") -> date | None:
    try:
        return date.fromisoformat(st.query_params.get(name, ""))
    except ValueError:
        return None


def asked_mark() -> RakorMark | None:
    """Return the day that the address counts changes from, so that a slide can be checked."""
    since = _asked_for("sejak")
    if since is None or since >= as_of():
        return None
    return RakorMark(pd.Timestamp(since), period_of(since).key, True)


def go_to(day_wanted: date) -> None:
    """Move the cursor, and write the day into the address so that the view can be shared."""
    st.session_state[_AS_OF] = day_wanted
    if day_wanted == today():
        st.query_params.pop("tanggal", None)
    else:
        st.query_params["tanggal"] = day_wanted.isoformat()


def _keep_address() -> None:
    """Write the day into the address again after a change of page, which clears it."""
    if as_of() != today() and "tanggal" not in st.query_params:
        st.query_params["tanggal"] = as_of().isoformat()


def bounds(data: Dataset) -> tuple[date, date]:
    """Return the first and last day the cursor can stand on."""
    starts = pd.concat([data.stages["date_start"], data.reports["date_event"]]).dropna()
    ends = pd.concat([data.stages["date_end"], data.agenda["date_start"]]).dropna()
    here = today()
    first = min(starts.min().date(), here) if len(starts) else here - timedelta(days=365)
    last = max(ends.max().date(), here) if len(ends) else here
    return first, last


def cursor(data: Dataset) -> None:
    """Draw the player under the map."""
    _keep_address()
    first, last = bounds(data)
    here = min(max(as_of(), first), last)
    st.session_state[_SLIDER] = here
    with st.container(key="player"):
        play, slider, picker = st.columns([0.7, 6, 3], vertical_alignment="bottom")
    playing = st.session_state.get(_PLAYING, False)
    play.button(
        ":material/pause:" if playing else ":material/play_arrow:",
        help=t("cursor.pause") if playing else t("cursor.play"),
        key="cursor_play",
        on_click=_toggle,
        width="stretch",
    )
    slider.slider(
        t("cursor.label", day=day(as_of(), language())),
        min_value=first,
        max_value=last,
        format="DD/MM/YYYY",
        key=_SLIDER,
        on_change=lambda: go_to(st.session_state[_SLIDER]),
    )
    _stage_picker(data, picker)
    if playing:
        _player(last)


def _stage_picker(data: Dataset, place: st.delta_generator.DeltaGenerator) -> None:
    rows = data.stages.dropna(subset=["date_start"]).sort_values("date_start")
    rows = rows.drop_duplicates(["election", "stage"]).set_index("stage_id")
    names = {
        stage_id: f"{day(row['date_start'], language(), 'short')} · "
        f"{label('stage', row['stage'], language())} "
        f"({label('election', row['election'], language())})"
        for stage_id, row in rows.iterrows()
    }
    st.session_state[_PICKER] = None

    def jump() -> None:
        chosen = st.session_state[_PICKER]
        if chosen is not None:
            go_to(rows.loc[chosen, "date_start"].date())

    place.selectbox(
        t("cursor.stage"),
        list(names),
        index=None,
        format_func=lambda key: names[key],
        placeholder=t("cursor.stage_placeholder"),
        key=_PICKER,
        on_change=jump,
    )


def _toggle() -> None:
    st.session_state[_PLAYING] = not st.session_state.get(_PLAYING, False)
    st.session_state[_TICK] = time.monotonic()


@st.fragment(run_every=_SECONDS)
def _player(last: date) -> None:
    """Step the cursor a week at a time; stop at the end."""
    if time.monotonic() - st.session_state[_TICK] < _SECONDS * 0.8:
        return
    st.session_state[_TICK] = time.monotonic()
    following = as_of() + _STEP
    if following >= last:
        following = last
        st.session_state[_PLAYING] = False
    go_to(following)
    st.rerun()


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
