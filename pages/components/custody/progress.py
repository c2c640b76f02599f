"""The view "Berjalan": where each kit is, what is late, gaps in custody, the form, and imports."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from data.clock import today, utc_now
from pages.components import address, bring, cursor, show
from pages.components.custody import handover
from pages.components.shell import language, t
from pages.components.top import top
from services.custody.receipts import ReceiptView, receipt_view
from services.custody.receipts_view import (
    LATE_MIN,
    Clock,
    area_table,
    clock_of,
    counters,
    gap_table,
    headline,
    late_table,
    receipts_table,
    silent,
    within,
)
from services.dataset import Dataset
from services.plan.hands.adopt import in_force_words
from services.texts import label, number

Place = st.delta_generator.DeltaGenerator
_MOST_GAPS, _SCROLLED = 25, 7
_HOURS = range(6, 24, 3)
_COLOURS = {
    "berangkat": "#56b4e9",
    "di_dermaga": "#0072b2",
    "tiba": "#e69f00",
    "diterima": "#009e73",
    "dibuka": "#cc79a7",
    "kembali": "#17242d",
    "tidak_diketahui": "#9db4c2",
}


def draw(data: Dataset, kabupaten: str | None, head: Place, bar: Sequence[Place]) -> None:
    """Draw counters, what is late, gaps in custody and the form of hand-overs."""
    election = registered(data)[0]
    clock = ask_clock(data, election, bar)
    view = receipt_view(data, election, clock.at)
    place = t("hotspot.path_all") if kabupaten is None else str(data.names[kabupaten])
    with head:
        _head(view, place, kabupaten, clock)
    left, right = st.columns([2.85, 1])
    with left:
        _figures(view, data, kabupaten)
        _lists(view, data, kabupaten)
    with right:
        handover.draw(data, election, kabupaten, view, clock.day)
        bring.draw_import(data, ("receipts",), election)
    due = silent(view, kabupaten)
    show.notes(
        [
            clock.words(language()),
            "" if view.in_force else t("progress.sub_no_plan"),
            t("progress.silent", n=number(due, language())) if due else "",
        ]
    )


def registered(data: Dataset) -> list[str]:
    """Return the elections whose TPS are known one by one, the latest first."""
    known = data.elections[data.elections["election"].isin(data.tps["election"].unique())]
    return known.sort_values("voting_date", ascending=False)["election"].tolist()


def ask_clock(data: Dataset, election: str, bar: Sequence[Place]) -> Clock:
    """Draw day and hour; return the clock of the view, which opens on the election at hand."""
    hours = {str(hour): f"{hour:02}:00" for hour in _HOURS}
    words, empty = t("progress.hour"), t("progress.whole_day")
    hour = address.maybe(bar[1], words, hours, "jam", "r_hour", empty)
    asked = None if cursor.as_of() == today() else cursor.as_of()
    found = clock_of(
        receipt_view(data, election).span, asked, None if hour is None else int(hour), utc_now()
    )
    ask_day(bar[0], "r_day", found.day)
    return found


def ask_day(place: Place, key: str, shown: dt.date) -> None:
    """Draw the day that is shown as a field; a new one moves the cursor of all pages."""

    def move() -> None:
        if chosen := st.session_state[key]:
            cursor.go_to(chosen)

    st.session_state[key] = shown
    place.date_input(t("progress.day"), format="DD/MM/YYYY", key=key, on_change=move)


def _head(view: ReceiptView, place: str, kabupaten: str | None, clock: Clock) -> None:
    lang = language()
    words = top(back=False)
    plans = ", ".join(
        in_force_words(plan, lang)
        for code, plan in sorted(view.in_force.items())
        if kabupaten in (None, code)
    )
    sub = t("progress.against", plans=plans) if plans else t("progress.against_none")
    told = f"{clock.short(lang)} · {sub}"
    with words:
        show.heading(headline(view, place, kabupaten, lang), told, replay=marks())


def marks() -> str:
    """Return the banner over future trips: restricted, and whether it is a replay."""
    return " · ".join(filter(None, (cursor.replay_words(), t("plan.access"))))


def _figures(view: ReceiptView, data: Dataset, kabupaten: str | None) -> None:
    lang = language()
    cards = "".join(
        f'<div class="sb-card" style="--c:{_COLOURS[state]}"><b>{number(n, lang)}</b>'
        f"<span>{label('receipt_state', state, lang)}</span></div>"
        for state, n in counters(view, kabupaten)
    )
    with st.container(key="exhibit_progress"):
        st.html(f'<div class="sb-cards sb-states">{cards}</div>')
    if not within(view.state, kabupaten)["state"].notna().any():
        show.empty(t("progress.empty"))
    table = area_table(view, data, kabupaten, lang)
    show.title(t("progress.areas"))
    fits = show.narrow(table, (116, 42, 72, 78, 54, 66, 58, 66, 104, 72, 102, 72))
    show.table(table, key="r_areas", **fits)


def _lists(view: ReceiptView, data: Dataset, kabupaten: str | None) -> None:
    lang = language()
    late = late_table(view, data, kabupaten, lang)
    show.title(t("progress.late", n=number(len(late), lang), minutes=number(LATE_MIN, lang)))
    if late.empty:
        show.note(t("progress.no_late" if view.plans else "progress.no_plan"))
    else:
        show.table(late, height=min(320, 38 + 35 * len(late)))
        show.downloads(late, "terlambat")
    gaps = gap_table(view, data, kabupaten, lang)
    show.title(t("progress.gaps", n=number(len(gaps), lang)))
    if gaps.empty:
        show.note(t("progress.no_gaps"))
    else:
        listed = gaps.head(_MOST_GAPS).fillna("–")
        with st.container(height=460 if len(listed) > _SCROLLED else "content", border=False):
            _gap_list(listed)
        if len(gaps) > len(listed):
            show.note(t("progress.more_gaps", n=number(len(gaps) - len(listed), lang)))
        show.downloads(gaps, "celah_serah_terima")
    rows = within(view.rows, kabupaten)
    if len(rows):
        show.title(t("progress.rows", n=number(len(rows), lang)))
        show.downloads(receipts_table(rows, data, lang), "serah_terima")


def _gap_list(listed: pd.DataFrame) -> None:
    show.items(
        f'<span class="when">{html.escape(str(at))}</span> <b>{html.escape(str(place))}</b><br>'
        f'<span class="sb-alarm">{html.escape(str(words))}</span>'
        for place, _, words, at in listed.itertuples(index=False, name=None)
    )
