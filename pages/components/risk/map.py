"""Map and ranking of TPS: one statement at a time, filters, the list, and the TPS opened."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from pages.components import address, bring, cursor, maps, picture, show
from pages.components.risk import detail as risk_detail
from pages.components.risk import detail as risk_files
from pages.components.shell import language, plain, t
from services.dataset import Dataset
from services.risk.index import RiskView, risk_view
from services.risk.islets import islet_table
from services.risk.map import risk_layers
from services.risk.map_picture import tps_legend, tps_picture
from services.risk.ranking import (
    CLASSES,
    COLOURS,
    STATEMENTS,
    TIERS,
    Ranked,
    RiskQuery,
    all_unknown,
    election_at,
    finding,
    known_words,
    parse_place,
    place_title,
    published_totals,
    rank_table,
    ranked,
    sub_line,
)
from services.texts import label, number, text

MAP = "risk_map"
ELECTION, AREA, PLACE, SEARCH = "pemilihan", "kabupaten", "tps", "cari"
_DESA = "desa"
_FILTERS = ("kecamatan", "risiko", "kelas", "goyah", "khusus")
_ALL = "semua"
_TABLE, _IDS = "k_table", "k_ids"
_MOST_TO_OPEN = 200


@dataclass(frozen=True)
class Asked:
    """What the bar says."""

    election: str
    query: RiskQuery
    colour: str
    simulation: bool
    opened: str
    """Why this election is shown, where the reader chose none."""


def chosen_area(data: Dataset) -> str | None:
    """Return the code of the kabupaten chosen in the bar; None for all of them."""
    return address.value(AREA, set(data.units["code"]), "") or None


def _asked_election(data: Dataset) -> str:
    """Return the election that the address names, by itself or in a TPS; nothing where none."""
    asked = address.value(PLACE, None, "").partition("/")[0]
    names = set(data.elections["election"])
    return address.value(ELECTION, names, asked if asked in names else "")


def chosen_election(data: Dataset, as_of: date, having: Collection[str] = ()) -> str:
    """Return the election that the address names; else the nearest that has what is shown."""
    return _asked_election(data) or election_at(data, as_of, having)


def opened_words(
    data: Dataset, as_of: date, having: Collection[str], why: str = "kerawanan.opened"
) -> str:
    """Return which election is shown and why; nothing where the reader or the day chose it.

    ``why`` is the key of the text that says what it has.
    """
    election = chosen_election(data, as_of, having)
    if _asked_election(data) or election == election_at(data, as_of):
        return ""
    return t(why, election=label("election", election, language()))


def election_choice(
    data: Dataset,
    as_of: date,
    place: st.delta_generator.DeltaGenerator,
    having: Collection[str] = (),
) -> str:
    """Draw the choice of the election and return it."""
    names = list(data.elections.sort_values("voting_date")["election"])
    return address.choice(
        place,
        "kerawanan.election",
        names,
        "election",
        ELECTION,
        names.index(chosen_election(data, as_of, having)),
    )


def short_bar(data: Dataset, as_of: date, having: Collection[str]) -> tuple[Asked, RiskView]:
    """Draw election and kabupaten only, for the tabs that neither rank nor colour."""
    with st.container(key="bar"):
        columns = st.columns([1.1, 1.2, 4.9], vertical_alignment="bottom")
    election = election_choice(data, as_of, columns[0], having)
    area = _area_choice(data, columns[1])
    view = _view(data, election, as_of)
    opened = opened_words(data, as_of, having)
    return Asked(election, RiskQuery(area=area), "tier", False, opened), view


def _view(data: Dataset, election: str, as_of: date, simulation: bool = False) -> RiskView:
    """Return the view; while it is first computed the page says so."""
    with st.spinner(t("kerawanan.working")):
        return risk_view(data, election, as_of, simulation=simulation)


def _area_choice(data: Dataset, place: st.delta_generator.DeltaGenerator) -> str | None:
    units = data.units[data.units["level"].eq("kabupaten")]
    names = {_ALL: t("hotspot.path_all"), **dict(zip(units["code"], units["name"], strict=True))}
    area = address.one_of(place, "level.kabupaten", names, AREA, _ALL)
    return None if area == _ALL else area


def bar(data: Dataset, as_of: date, having: Collection[str]) -> tuple[Asked, RiskView]:
    """Draw the bar of map and list; return the question and the view it is about."""
    with st.container(key="bar"):
        columns = st.columns([1.1, 1.5, 1.1, 1.2, 1.1, 1.4], vertical_alignment="bottom")
    election = election_choice(data, as_of, columns[0], having)
    simulation = address.is_on("simulasi")
    view = _view(data, election, as_of, simulation)
    statement = address.choice(
        columns[1], "kerawanan.statement", STATEMENTS, "statement", "pernyataan"
    )
    colour = "tier"
    if statement != "kelas":
        first = int(all_unknown(view, statement))
        colour = address.choice(
            columns[2], "kerawanan.colour", COLOURS, "risk_colour", "warna", first
        )
    area = _area_choice(data, columns[3])
    with columns[5]:
        maps.jump_list(MAP)
    with columns[4]:
        chosen = _filters(data, area, statement)
    if simulation and not view.simulation:
        show.empty(t("kerawanan.no_simulation"))
    query = RiskQuery(
        statement=statement,
        area=_desa(data) or chosen["area"],
        tiers=tuple(chosen["tiers"]),
        classes=tuple(chosen["classes"]),
        unstable=chosen["unstable"],
        special=chosen["special"],
        search=address.value(SEARCH, None, ""),
    )
    opened = opened_words(data, as_of, having)
    return Asked(election, query, colour, view.simulation, opened), view


def _filters(data: Dataset, area: str | None, statement: str) -> dict[str, Any]:
    """Draw the filters that are used less often, folded away, and return their values."""
    active = sum(bool(st.query_params.get(name)) for name in _FILTERS)
    title = t("hotspot.filters_n", n=active) if active else t("hotspot.filters")
    with st.popover(title, icon=":material/tune:", width="stretch"):
        codes = data.units.loc[data.units["level"].eq("kecamatan"), "code"]
        mine = [c for c in codes if area is None or c.startswith(f"{area}.")]
        names = {_ALL: t("hotspot.any"), **{code: data.place_name(code) for code in mine}}
        kecamatan = address.one_of(st, "level.kecamatan", names, "kecamatan", _ALL)
        tiers = address.several(st, "kerawanan.tier", TIERS, "risk_tier", "risiko")
        classes = address.several(st, "kerawanan.class", CLASSES, "kelas", "kelas")
        unstable = address.switch(st, t("kerawanan.only_unstable"), "goyah")
        special = address.switch(st, t("kerawanan.only_special"), "khusus")
        address.switch(st, t("kerawanan.simulation"), "simulasi")
        st.button(
            t("hotspot.reset"),
            on_click=address.forget,
            args=((*_FILTERS, _DESA, SEARCH),),
            icon=":material/filter_alt_off:",
        )
    return {
        "area": area if kecamatan == _ALL else kecamatan,
        "tiers": [] if statement == "kelas" else tiers,
        "classes": classes,
        "unstable": unstable,
        "special": special,
    }


def _desa(data: Dataset) -> str | None:
    """Return the desa whose TPS alone are listed; None for no such."""
    return address.value(_DESA, set(data.names.index), "") or None


def head(
    found: Ranked, place: st.delta_generator.DeltaGenerator, opened: str, words: str | None = None
) -> None:
    """Draw the finding, with SIMULASI above everything when simulated values are in it.

    ``opened`` says why this election is shown; ``words`` are the finding of a part of its own;
    None: that of the ranking.
    """
    lang = language()
    marks = [t("risk.simulation")] if found.view.simulation else []
    if replay := cursor.replay_words(with_day=True):
        marks.append(replay)
    with place:
        title = words or finding(found, lang)
        # Only the ranking counts what its filters leave.
        key = "kerawanan.sub_known" if words else "kerawanan.sub"
        show.heading(title, sub_line(found, lang, opened, key), replay=" · ".join(marks) or None)


def draw(
    data: Dataset, view: RiskView, asked: Asked, place: st.delta_generator.DeltaGenerator
) -> None:
    """Draw the map with its player on the left, the list or the opened TPS on the right."""
    found = ranked(view, asked.query)
    head(found, place, asked.opened)
    left, right = st.columns([1.5, 1])
    with left:
        layers = _map(data, found, asked.colour)
    with right, st.container(height=520, border=False, key="side"):
        _panel(found)
    cursor.cursor(data)
    taken = partial(tps_picture, found, asked.colour, language(), layers, asked.opened)
    picture.offer(data, taken, risk_detail.file_name(found, "peta"))
    show.notes(_notes(found))


def _map(data: Dataset, found: Ranked, colour: str) -> list[maps.Layer]:
    """Draw the map and return its layers."""
    lang = language()
    if found.view.note:
        st.html(f'<div class="sb-meaning">{text(found.view.note, lang)}</div>')
    opened = _opened_unit(found.view)
    with st.container(key="risk_map_box"):
        legend = tps_legend(found, colour, lang)
        layers: list[maps.Layer] = [*risk_layers(found, colour, lang, opened)]
        maps.show_map(data, layers, MAP, on_click=_clicked, legend=legend)
    return layers


def _notes(found: Ranked) -> list[str]:
    """Return what map and list rest on."""
    lang, view = language(), found.view
    told = [label("statement_note", found.query.statement, lang), known_words(found, lang)]
    if view.level == "tps":
        stacked = t("kerawanan.stacked", n=number(len(found.rows), lang))
        told.insert(0, f"{stacked} {t('kerawanan.stacked_open')}")
    if found.query.statement == "logistik" and len(view.islets.rows):
        told.append(t("islet.note"))
    return [*told, t("kerawanan.files_note"), t("kerawanan.simulation_note")]


def _opened_unit(view: RiskView) -> str | None:
    place = address.value(PLACE, None, "")
    if place in view.tps.index:
        return str(view.tps.loc[place, "desa_code"])
    return place or _desa(view.data)


def _clicked(properties: dict[str, object]) -> None:
    """Open the stack that was clicked as a list, or the kabupaten."""
    key = properties.get("key") or properties.get("code")
    if not isinstance(key, str):
        return
    if key.count(".") > 1:
        address.put_all({_DESA: key, PLACE: None})
    else:
        address.put(PLACE, key)


def _panel(found: Ranked) -> None:
    """Draw the opened place, or the list."""
    place = address.value(PLACE, None, "")
    if place and (known := parse_place(found.view, place)):
        st.button(t("kerawanan.back"), icon=":material/arrow_back:", on_click=_close, key="k_back")
        risk_detail.draw(found.view, known, found.query.index)
        return
    if place:
        show.empty(t("kerawanan.place_unknown", place=place))
        st.button(t("kerawanan.back"), on_click=_close, key="k_back")
    _list(found)


def _close() -> None:
    address.put(PLACE, None)


def _list(found: Ranked) -> None:
    lang = language()
    if found.query.statement == "kelas" and found.view.level == "kabupaten":
        _published(found)  # a kabupaten has no class: only what was published can be shown
        return
    if desa := _desa(found.data):
        name = found.data.names.get(desa, desa)
        st.button(
            plain(t("kerawanan.all_desa", name=name)),
            on_click=_leave_desa,
            key="k_leave",
            icon=":material/close:",
        )
    if found.query.statement == "logistik":
        _islets(found)
    fields = st.columns(2, vertical_alignment="bottom")
    hint = t("kerawanan.search_hint")
    address.typed(fields[0], t("kerawanan.search"), SEARCH, "", SEARCH, placeholder=hint)
    if found.rows.empty:
        show.empty(t("kerawanan.nothing"))
        return
    _open_box(found, fields[1])
    table = rank_table(found, lang)
    st.session_state[_IDS] = list(found.rows.index)
    one_by_one = found.view.level == "tps"
    widths, at = ((46, 105, 110, 120), (1, 2, 3, 4)) if one_by_one else ((120, 120, 120), (1, 2, 3))
    show.table(
        table,
        height=330,
        key=_TABLE,
        on_select=_picked,
        selection_mode="single-row",
        **show.narrow(table, widths, at),
    )
    if found.query.statement == "kelas":
        _published(found)
    risk_files.draw_files(found, table)


def _islets(found: Ranked) -> None:
    """Draw the islets whose TPS numbers nobody publishes: they are not among the TPS listed."""
    table = islet_table(found.view.islets, found.data, found.query.area, language())
    if table.empty:
        return
    show.title(t("islet.title"))
    show.table(table, height="content")


def _open_box(found: Ranked, place: st.delta_generator.DeltaGenerator) -> None:
    """Draw the choice of a place to open, for fingers and keyboards."""
    lang, view = language(), found.view
    ids = list(found.rows.index[:_MOST_TO_OPEN])
    place.selectbox(
        t("kerawanan.open", n=number(len(found.rows), lang)),
        ids,
        index=None,
        format_func=lambda key: place_title(view, key, lang),
        placeholder=t("kerawanan.open_hint"),
        key="k_open",
        on_change=_opened,
    )


def _opened() -> None:
    if chosen := st.session_state.get("k_open"):
        address.put(PLACE, chosen)


def _picked() -> None:
    rows = st.session_state[_TABLE]["selection"]["rows"]
    if rows:
        address.put(PLACE, st.session_state[_IDS][rows[0]])


def _leave_desa() -> None:
    address.put(_DESA, None)


def _published(found: Ranked) -> None:
    """Draw what was published of the register, at its level."""
    totals = published_totals(found.view, language())
    if totals.empty:
        show.empty(t("kerawanan.no_totals"))
        bring.way_in("tps-class")
        return
    show.title(t("kerawanan.totals"))
    show.note(t("kerawanan.totals_note"))
    source = {totals.columns[-1]: st.column_config.LinkColumn()}
    show.table(totals, height="content", column_config=source)
    for words in totals[label("risk_column", "note", language())].dropna().unique():
        show.note(words)
