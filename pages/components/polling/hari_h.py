"""The voting day: a line to type into, a table to fill, a board that shows whom to call."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.polling.hari_h import STATUSES
from data.clock import today, utc_now
from data.polling.hari_h import undo_statuses
from data.province import zone
from pages.components import address, bring, maps, picture, show
from pages.components.access.offers import offered
from pages.components.shell import language, problem, t
from pages.components.top import top
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.polling.hari_h import (
    DayBoard,
    Entry,
    answered,
    board,
    clock_words,
    default_moment,
    describe,
    desk,
    fault_words,
    follows_clock,
    nearest_step,
    parse_entry,
    record,
    record_one,
    registered,
    steps,
    voting_day,
)
from services.polling.hari_h_view import (
    STATUS_COLOUR,
    call_rows,
    day_finding,
    day_layers,
    day_sub,
    hours_figure,
    hours_rows,
    kecamatan_rows,
    last_ids,
    last_rows,
    status_choices,
    status_words,
    table_rows,
)
from services.polling.map_picture import day_map_legend, day_picture
from services.texts import day, label, number

MAP = "day_map"
_LINE, _ECHO, _WRITTEN, _DESA, _WRONG = "hh_line", "hh_echo", "hh_written", "hh_desa", "hh_wrong"
_REFUSED = "hh_refused"
_OFFICE, _FOLLOW, _CLOCK = "hh_office", "hh_follow", "hh_clock"
_AREA, _BY, _HOUR, _TAB, _TABLE = "kabupaten", "kantor", "jam", "papan", "tabel"
"""Names in the address: whose TPS, who writes, the hour that is looked at, and what is open."""
_TABS = ("calls", "map", "hours", "kecamatan")
_ALL = "semua"
_REFRESH_SECONDS = 30
_NOTES = ("hari.grammar", "hari.calls_note", "hari.map_note", "hari.hours_note")
Choose = Callable[[DeltaGenerator], str]


def draw(data: Dataset, election: str, choose: Choose, opened: str = "") -> None:
    """Draw the voting day of an election, or say why there is none.

    Parameters
    ----------
    data
        The tables.
    election
        The election.
    choose
        Draws the choice of the election and returns it.
    opened
        Why this election is shown, where the reader chose none.
    """
    if election not in registered(data):
        name = label("election", election, language())
        with top(back=False):
            show.heading(t("hari.finding_no_register", election=name), "")
        choose(_bar_places()[0])
        show.empty(t("hari.no_register", election=name))
        return
    _desk(data, election, choose, opened)


@st.fragment
def _desk(data: Dataset, election: str, choose: Choose, opened: str) -> None:
    """Draw everything that a line changes, so that nothing else of the page runs again."""
    data = data.fresh()
    head = top(back=False)
    places = _bar_places()
    if choose(places[0]) != election:
        st.rerun()
    _bar(data, election, places[1:])
    with head:
        _head(data, election, opened)
    left, right = st.columns([1, 1.35])
    with left:
        _entry(data, election)
        _last(data, election)
    with right:
        _board(data, election)
    _table(data, election)
    bring.draw_import(data, ("hari-h",), election)
    show.notes([_drill(data, election), *map(t, _NOTES)])


def _drill(data: Dataset, election: str) -> str:
    """Return what a line counts as when the vote is not today; nothing on the day itself."""
    voting = voting_day(data, election)
    return "" if follows_clock(voting) else t("hari.drill", day=day(voting, language()))


@st.fragment(run_every=_REFRESH_SECONDS)
def _head(data: Dataset, election: str, opened: str) -> None:
    """Draw what the board finds; redrawn by itself since others write too."""
    lang, data = language(), data.fresh()
    found = board(data, election, _moment(data, election), _area(data))
    told = day_sub(found, data, today(), lang)
    show.heading(day_finding(found, lang), " · ".join(filter(None, (opened, told))))


def _areas(data: Dataset) -> dict[str, str]:
    units = data.units[data.units["level"].eq("kabupaten")]
    return {_ALL: t("hotspot.path_all"), **dict(zip(units["code"], units["name"], strict=True))}


def _area(data: Dataset) -> str | None:
    chosen = address.value(_AREA, _areas(data), _ALL)
    return None if chosen == _ALL else chosen


def _office() -> str:
    return address.value(_BY, None, t("hari.office_default"))


def _moment(data: Dataset, election: str) -> pd.Timestamp:
    """Return the moment that the address names, else where the board stands by itself."""
    named = _hours_of(voting_day(data, election)).get(address.value(_HOUR, None, ""))
    return default_moment(data, election) if named is None else named


def _hours_of(voting: date) -> dict[str, pd.Timestamp]:
    """Return the moments that can be chosen, as the address names them."""
    return {f"{at.tz_convert(zone()):%Y-%m-%dT%H:%M}": at for at in steps(voting)}


def _bar_places() -> Sequence[DeltaGenerator]:
    with st.container(key="day_bar"):
        return st.columns([1.2, 1.2, 1.4, 1.3, 2.2], vertical_alignment="bottom")


def _bar(data: Dataset, election: str, bar: Sequence[DeltaGenerator]) -> None:
    """Draw area, office and clock, each in its place of the bar."""
    voting = voting_day(data, election)
    address.one_of(bar[0], "level.kabupaten", _areas(data), _AREA, _ALL, key="hh_area")
    address.typed(bar[1], t("hari.office"), _BY, t("hari.office_default"), _OFFICE)
    hours = _hours_of(voting)
    asked = address.value(_HOUR, hours, "")

    def follow() -> None:
        here = nearest_step(voting, default_moment(data, election))
        named = next(name for name, at in hours.items() if at == here)
        address.put(_HOUR, None if st.session_state[_FOLLOW] else named)

    st.session_state[_FOLLOW] = not asked
    words = t("hari.follow_now" if follows_clock(voting) else "hari.follow_last")
    if not bar[2].toggle(words, key=_FOLLOW, on_change=follow) and asked:
        st.session_state[_CLOCK] = asked
        bar[3].select_slider(
            t("hari.clock"),
            list(hours),
            key=_CLOCK,
            format_func=lambda name: clock_words(hours[name], voting),
            on_change=lambda: address.put(_HOUR, st.session_state[_CLOCK]),
        )


def _entry(data: Dataset, election: str) -> None:
    """Draw the line; Enter hands it in and the focus stays where it is."""
    show.hidden_title(t("hari.entry"))
    if not offered("hari_h.write"):
        return
    with st.form("hh_form", border=False):
        line, button = st.columns([4, 1], vertical_alignment="bottom")
        line.text_input(
            t("hari.line_label"),
            key=_LINE,
            placeholder=t("hari.line_placeholder"),
            help=t("hari.grammar"),
        )
        button.form_submit_button(
            t("hari.submit"), on_click=_submit, args=(data, election), width="stretch"
        )
    good, words = st.session_state.get(_ECHO, (True, ""))
    st.html(
        f'<div class="sb-echo{"" if good else " wrong"}" role="status" aria-live="polite">'
        f"{html.escape(words)}</div>"
    )


def _submit(data: Dataset, election: str) -> None:
    """Understand the line and write it; what is not understood stays in the field."""
    line, data = str(st.session_state.get(_LINE, "")), data.fresh()
    root = data.units.loc[data.units["level"].eq("provinsi"), "code"].iloc[0]
    table = desk(data, election, _area(data) or root)
    now = utc_now() if follows_clock(table.day) else None
    entry = parse_entry(line, table, st.session_state.get(_DESA), now)
    if entry.fault:
        st.session_state[_ECHO] = (False, fault_words(entry, language()))
        return
    try:
        words = _undo(data) if entry.undo else _write(data, election, entry)
    except EXPLAINED as error:
        st.session_state[_ECHO] = (False, explain(error, language()))
        return
    st.session_state[_ECHO] = (True, words)
    st.session_state[_LINE] = ""


def _write(data: Dataset, election: str, entry: Entry) -> str:
    lang = language()
    at = entry.at or _moment(data, election)
    ids = record(data.store, entry, pd.Timestamp(at), _office())
    st.session_state.setdefault(_WRITTEN, []).append(ids)
    st.session_state[_DESA] = entry.desa_code
    tps, desa = describe(entry, data.names)
    voting = voting_day(data, election)
    words = t(
        "hari.echo",
        tps=tps,
        desa=desa,
        status=status_words(entry.status, lang),
        time=clock_words(pd.Timestamp(at), voting),
    )
    return words + (f" · {entry.note}" if entry.note else "")


def _undo(data: Dataset) -> str:
    written = st.session_state.get(_WRITTEN, [])
    while written:
        if n := undo_statuses(data.store, written.pop()):  # none where the button did it before
            return t("hari.undone", n=n)
    return t("hari.undo_none")


def _last(data: Dataset, election: str) -> None:
    found = board(data, election, _moment(data, election), _area(data))
    rows = last_rows(found, data, language())
    if not rows:
        return
    show.title(t("hari.last"))
    show.items(html.escape(words) for _, words in rows[:6])
    if not offered("hari_h.write", told=False):
        return
    ids = last_ids(found)

    def undo() -> None:
        try:
            undo_statuses(data.store, ids)
        except EXPLAINED as error:
            st.session_state[_ECHO] = (False, explain(error, language()))

    st.button(t("hari.undo"), icon=":material/undo:", on_click=undo, key="hh_undo")


@st.fragment(run_every=_REFRESH_SECONDS)
def _board(data: Dataset, election: str) -> None:
    """Draw counters, map, calls and hours; redrawn by itself since others write too."""
    lang = language()
    data = data.fresh()
    found = board(data, election, _moment(data, election), _area(data))
    with st.container(key="exhibit_hari_h"):
        _exhibit(found, data, lang)


def _exhibit(found: DayBoard, data: Dataset, lang: str) -> None:
    st.html(_counters(found, lang))
    part = address.tabs("hari.board", _TABS, "hari_board", _TAB, _TABS[0], "hh_tabs")
    if part == "calls":
        rows = call_rows(found, data, lang)
        if rows.empty:
            show.empty(t("hari.no_calls"))
        else:
            show.table(rows, height=330)
    elif part == "map":
        legend = day_map_legend(found, lang)
        maps.show_map(data, day_layers(found, data, lang), MAP, legend=legend)
        taken = partial(day_picture, found, data, today(), lang)
        picture.offer(data, taken, f"hari_h_{found.election}")
    elif part == "hours":
        _hours(found)
    else:
        table = kecamatan_rows(found, data, lang)
        show.table(table, height=330)
        show.downloads(table, "hari_h_kecamatan")


def _hours(found: DayBoard) -> None:
    if found.hours.empty:
        show.empty(t("hari.no_hours"))
        return
    st.plotly_chart(
        hours_figure(found, language()),
        width="stretch",
        theme=None,
        config={"displayModeBar": False},
        key="hh_hours",
    )
    table = hours_rows(found, language())
    show.table(table, height="content")
    show.downloads(table, "hari_h_per_jam")


def _counters(found: DayBoard, lang: str) -> str:
    cards = "".join(
        f'<div class="sb-card" style="--c:{STATUS_COLOUR[status]}">'
        f"<b>{number(found.count(status), lang)}</b>"
        f"<span>{html.escape(status_words(status, lang))}</span></div>"
        for status in STATUSES
    )
    words = t(
        "hari.counter",
        time=clock_words(found.at, found.day),
        heard=number(answered(found), lang),
        total=number(len(found.state), lang),
        due=number(int(found.state["due"].notna().sum()), lang),
    )
    return (
        f'<h2 class="sb-title" id="hh-counter">{html.escape(words)}</h2>'
        f'<div class="sb-cards five">{cards}</div>'
    )


def _table(data: Dataset, election: str) -> None:
    """Draw the stations of a kecamatan as a table with a status to choose in each row."""
    lang = language()
    opened = address.is_on(_TABLE)
    with st.expander(t("hari.table"), opened, icon=":material/table_rows:", key="hh_table_box"):
        if not address.switch(st, t("hari.table_open"), _TABLE, key="hh_table_on"):
            return
        codes = data.units.loc[data.units["level"].eq("kecamatan"), "code"]
        area = _area(data)
        options = [c for c in codes if area is None or c.startswith(f"{area}.")]
        names = {code: data.place_name(code) for code in options}
        kecamatan = address.one_of(
            st, "level.kecamatan", names, "kecamatan", options[0], key="hh_kecamatan"
        )
        found = board(data, election, _moment(data, election), kecamatan)
        rows = table_rows(found, data, kecamatan, lang)
        choices = status_choices(lang)
        if (refused := st.session_state.pop(_REFUSED, None)) is not None:
            problem(refused)
        edited = st.data_editor(
            rows,
            hide_index=True,
            placeholder="–",
            height=420,
            key=f"hh_table_{kecamatan}_{st.session_state.get(_WRONG, 0)}",
            disabled=["desa", "tps", "at"] if offered("hari_h.write", told=False) else True,
            column_config={
                "desa": t("level.desa"),
                "tps": "TPS",
                "status": st.column_config.SelectboxColumn(
                    t("hari.col_status"), options=list(choices), required=True
                ),
                "at": t("hari.col_last"),
                "note": t("hari.col_note"),
            },
        )
        _keep_changes(data, election, rows, edited, choices)


def _keep_changes(
    data: Dataset, election: str, before: pd.DataFrame, after: pd.DataFrame, choices: dict[str, str]
) -> None:
    """Write each row whose status or note was changed, then redraw the table."""
    changed = after["status"].ne(before["status"]) | after["note"].fillna("").ne(
        before["note"].fillna("")
    )
    if not changed.any():
        return
    at, office = _moment(data, election), _office()
    try:
        for tps_id, row in after[changed].iterrows():
            note = row["note"] or None
            status = choices[row["status"]]
            ids = record_one(data.store, str(tps_id), status, at, office, note)
            st.session_state.setdefault(_WRITTEN, []).append(ids)
    except EXPLAINED as error:
        st.session_state[_REFUSED] = error  # told above the table that is begun anew
    st.session_state[_WRONG] = st.session_state.get(_WRONG, 0) + 1
    st.rerun(scope="fragment")
