"""Gambaran keamanan: a place is chosen by map or list, and its lines are shown one by one."""

from __future__ import annotations

from datetime import date
from functools import partial

import streamlit as st

from analytics.reports.overview import STALE_POTENSI_DAYS
from geo.errors import ParameterError
from pages.components import address, cursor, maps, show
from pages.components import picture as map_file
from pages.components.shell import language, t
from services.dataset import Dataset
from services.hotspots.relative_risk_view import left_out, meaning
from services.risk.files import ACCESS
from services.risk.map_picture import overview_legend, overview_picture
from services.risk.picture.lines import (
    FAMILIES,
    WINDOWS,
    Picture,
    PictureQuery,
    picture,
    place_of,
    province_code,
)
from services.risk.picture.tables import (
    baseline_table,
    count_panels,
    knows_table,
    parts_table,
    readable_table,
    unlock_table,
)
from services.risk.picture.words import (
    MOST_LISTED,
    family_told,
    finding,
    history_items,
    potensi_items,
    risk_layers,
    risk_rows,
    sub_line,
)
from services.texts import label, number

MAP = "picture_map"
_LEVELS = ("kabupaten", "kecamatan", "desa")


def draw(
    data: Dataset, election: str, as_of: date, place: st.delta_generator.DeltaGenerator
) -> None:
    """Draw the picture of the chosen place as known on a day."""
    chosen, wrong = _asked(data)
    query = _bar(data, election, as_of, chosen)
    with st.spinner(t("kerawanan.working")):
        found = picture(data, query)
    lang = language()
    if wrong:
        show.empty(t("gambaran.place_unknown", place=wrong))
    left, right = st.columns([1.35, 1])
    with left, st.container(key="risk_map_box"):
        layers, legend = risk_layers(found, lang), overview_legend(data, found, lang)
        maps.show_map(data, layers, MAP, on_click=maps.open_unit, legend=legend)
    with place:  # after the map, though it stands above it: its colours are what is waited for
        show.heading(
            finding(found, lang),
            sub_line(found, lang, "gambaran.sub_short"),
            replay=cursor.replay_words(),
        )
    with right, st.container(height=520, border=False, key="side"):
        _lines(found)
    cursor.cursor(data)
    name = f"{ACCESS}_gambaran_{found.code}_{as_of:%Y%m%d}"
    map_file.offer(data, partial(overview_picture, data, found, lang), name)
    _parts(found)
    left, right = st.columns([1.35, 1])
    with left:
        _counts(found)
    with right:
        _baseline(found)
    _knows(found)
    show.notes(
        [
            meaning(found.view, lang),
            t(
                "gambaran.risk_note",
                n=len(FAMILIES),
                election=label("election", found.view.query.election, lang),
            ),
            left_out(found.view, lang) or "",
            t("gambaran.counts_note") if len(found.counts) else "",
            t("gambaran.baseline_note") if len(found.baseline) else "",
            t("gambaran.knows_note", days=STALE_POTENSI_DAYS),
            t("gambaran.unlock_note", election=label("election", found.query.election, lang)),
        ]
    )


def _asked(data: Dataset) -> tuple[str | None, str]:
    """Return the place that the address names, and what it says where that is no place."""
    asked = address.value(address.UNIT, None, "")
    try:
        return place_of(data, asked), ""
    except ParameterError:
        return None, asked


def _bar(data: Dataset, election: str, as_of: date, chosen: str | None) -> PictureQuery:
    """Draw the choices of place, colour of the map and period, and return the question."""
    with st.container(key="bar"):
        columns = st.columns(5, vertical_alignment="bottom")
    above = province_code(data)
    for depth, (level, column) in enumerate(zip(_LEVELS, columns, strict=False), start=2):
        codes = _parts_of(data, level, above)
        if not codes:
            break
        own = None if chosen is None or chosen.count(".") + 1 < depth else _first(chosen, depth)
        key = f"kg_{level}"
        st.session_state[key] = own if own in codes else None
        column.selectbox(
            t(f"level.{level}"),
            codes,
            index=None,
            format_func=data.names.__getitem__,
            placeholder=t("gambaran.all"),
            key=key,
            on_change=_chosen,
            args=(level, above),
        )
        above = own or ""
    window = address.choice(columns[4], "gambaran.window", WINDOWS, "gambaran_window", "jendela")
    # Until the reader chooses a family, it is the one the headline speaks of.
    told = family_told(picture(data, PictureQuery(as_of, election, chosen, window=window)))
    family = address.choice(
        columns[3], "gambaran.family", FAMILIES, "family", "keluarga", FAMILIES.index(told)
    )
    return PictureQuery(as_of, election, chosen, family, window)


def _first(code: str, parts: int) -> str:
    return ".".join(code.split(".")[:parts])


def _parts_of(data: Dataset, level: str, above: str) -> list[str]:
    """Return the units of a level inside the one that is chosen above it; none without one."""
    if not above:
        return []
    rows = data.units[data.units["level"].eq(level)]
    mine = rows[rows["code"].str.startswith(f"{above}.")]
    return list(mine.sort_values("name")["code"])


def _chosen(level: str, above: str) -> None:
    """Go to the unit that was chosen in a list; an emptied list leads up to the unit above it."""
    up = above if "." in above else None
    address.put(address.UNIT, st.session_state[f"kg_{level}"] or up)


def _lines(found: Picture) -> None:
    """Draw risk, open potensi and history of the place, each behind its tab."""
    lang, n = language(), len(found.history)
    risk, potensi, history = st.tabs(
        [
            t("gambaran.risk_title"),
            t("gambaran.potensi_title", n=number(len(found.potensi), lang)),
            t("gambaran.history_title", n=number(n, lang)),
        ]
    )
    with risk:
        st.html(risk_rows(found, lang))
    with potensi:
        _potensi(found)
    with history:
        _history(found)


def _potensi(found: Picture) -> None:
    lang = language()
    if len(found.potensi):
        show.items(potensi_items(found.potensi, found, lang))
    else:
        show.empty(t("ringkasan.potensi_none"))
    _more(len(found.potensi))
    if n := len(found.potensi_above):
        show.note(t("gambaran.potensi_above", n=number(n, lang)))


def _history(found: Picture) -> None:
    lang, n = language(), len(found.history)
    if n:
        show.items(history_items(found.history, found, lang))
    else:
        show.empty(t("gambaran.history_none"))
    _more(n)
    if above := len(found.history_above):
        show.note(t("gambaran.history_above", n=number(above, lang)))


def _more(n: int) -> None:
    """Say how many of a list are shown, where that is not all of them."""
    if n > MOST_LISTED:
        show.note(t("gambaran.more", shown=MOST_LISTED, n=number(n, language())))


def _parts(found: Picture) -> None:
    """Draw the parts of the place side by side, and offer every line as a file."""
    lang = language()
    show.title(t("gambaran.parts_title"))
    show.table(parts_table(found, lang), height="content" if len(found.parts) < 12 else 420)
    show.downloads(readable_table(found, lang), f"{ACCESS}_gambaran_keamanan_{found.code}")


def _counts(found: Picture) -> None:
    """Draw what authorities published, a box per denominator."""
    lang = language()
    show.title(t("gambaran.counts_title"))
    if found.counts.empty:
        show.empty(t("gambaran.counts_none"))
        return
    for title, body in count_panels(found, lang):
        show.title(title)
        st.html(body)


def _baseline(found: Picture) -> None:
    show.title(t("gambaran.baseline_title"))
    if found.baseline.empty:
        show.empty(t("gambaran.baseline_none"))
        return
    st.html(baseline_table(found, language()))


def _knows(found: Picture) -> None:
    """Draw who knows what, whom to call, and what one file per kabupaten would open."""
    lang = language()
    show.title(t("gambaran.knows_title"))
    st.html(knows_table(found, lang))
    st.button(
        t("gambaran.calls"),
        icon=":material/call:",
        key="kg_calls",
        on_click=_to_calls,
        args=(found.query.place,),
    )
    show.title(t("gambaran.unlock_title"))
    st.html(unlock_table(found, lang))
    if st.button(t("gambaran.to_data"), icon=":material/database:", key="kg_data"):
        st.switch_page("pages/data.py")


def _to_calls(place: str | None) -> None:
    """Open the list of calls, for the kabupaten of the place."""
    changes: dict[str, str | None] = {"tab": "bukti", "bagian": "panggilan"}
    if place:
        changes["kabupaten"] = _first(place, 2)
    address.put_all(changes)
