"""Kerawanan TPS: which polling stations need attention, why, and how sure that is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components import address, cursor, loaders, shell, show
from pages.components.risk import map as risk_map
from pages.components.shell import language, t
from pages.components.top import top
from services.dataset import Dataset
from services.polling.disputes import elections_with
from services.polling.hari_h import registered
from services.risk.index import RiskView
from services.risk.ranking import ranked
from services.texts import day, label

PICTURE, MAP, CHANGES, PEOPLE = "gambaran", "peta", "perubahan", "personel"
LIVE, DISPUTES, BACKTEST, METHOD = "langsung", "perkara", "uji_balik", "metode"
COVERAGE, CALLS = "cakupan", "panggilan"
GROUPS = {
    "gambaran": (PICTURE,),
    "tps": (MAP, CHANGES),
    "personel": (PEOPLE,),
    "hari_h": (LIVE, DISPUTES),
    "bukti": (COVERAGE, CALLS, BACKTEST, METHOD),
}
"""Parts of the page by the group that a reader finds them in."""


# A part is imported when it is drawn: the first map of a server need not wait for the others.
def main() -> None:
    shell.enter("kerawanan")
    data = loaders.dataset()
    today = cursor.as_of()
    part = _part()
    having = _having(data, today, part)
    if part == LIVE:  # its head is drawn again with the board
        from pages.components.polling import hari_h

        hari_h.draw(
            data,
            risk_map.chosen_election(data, today, having),
            lambda place: risk_map.election_choice(data, today, place, having),
            risk_map.opened_words(data, today, having),
        )
        return
    head = top()
    if part == PICTURE:
        from pages.components.risk import picture

        picture.draw(data, risk_map.chosen_election(data, today, having), today, head)
    elif part == BACKTEST:
        from pages.components.risk import method

        words = method.draw_backtest(data)
        with head:
            show.heading(words, t("ujibalik.fixed"))
    elif part == DISPUTES:
        _disputes(data, today, having, head)
    elif part == MAP:
        asked, view = risk_map.bar(data, today, having)
        risk_map.draw(data, view, asked, head)
    else:
        _answer(data, today, part, having, head)


def _part() -> str:
    """Draw the groups and the parts of the open one; return the part that is open.

    An address that names a part as its tab means that part; one that names a TPS and no tab means
    the map, where that TPS is.
    """
    group_of = {part: group for group, parts in GROUPS.items() for part in parts}
    said = address.value("tab", {*GROUPS, *group_of}, "")
    opening = "tps" if risk_map.PLACE in st.query_params else "gambaran"
    opening = said if said in GROUPS else group_of.get(said, opening)
    with st.container(key="groups", horizontal=True):
        group = address.tabs(
            "kerawanan.title", tuple(GROUPS), "kerawanan_group", "tab", opening, "k_tab"
        )
        parts = GROUPS[group]
        if len(parts) == 1:
            return parts[0]
        first = said if said in parts else parts[0]
        with st.container(key="parts", width="content"):
            return address.tabs(
                "kerawanan.part", parts, "kerawanan_tab", "bagian", first, f"k_part_{group}"
            )


def _having(data: Dataset, today: date, part: str) -> Collection[str]:
    """Return the elections that have what a part shows: it opens on the nearest of these."""
    if part == PICTURE:
        return ()
    return elections_with(data, today) if part == DISPUTES else registered(data)


def _disputes(data: Dataset, today: date, having: Collection[str], head: DeltaGenerator) -> None:
    from pages.components.polling import disputes

    lang = language()
    with st.container(key="bar"):
        place = st.columns([1.1, 6.1])[0]
    election = risk_map.election_choice(data, today, place, having)
    opened = risk_map.opened_words(data, today, having, "kerawanan.opened_disputes")
    sub = t(
        "kerawanan.perkara_sub",
        election=opened or label("election", election, lang),
        day=day(today, lang),
    )
    with head:
        show.heading(disputes.finding(data, election, today), sub, replay=cursor.replay_words())
    disputes.draw(data, election, today)
    cursor.cursor(data)


def _answer(
    data: Dataset, today: date, part: str, having: Collection[str], head: DeltaGenerator
) -> None:
    """Draw a part that asks for an election and an area alone."""
    asked, view = risk_map.short_bar(data, today, having)
    found = ranked(view, asked.query)
    words = _part_words(data, today, part, asked, view)
    risk_map.head(found, head, asked.opened, words)
    cursor.cursor(data)


def _part_words(
    data: Dataset, today: date, part: str, asked: risk_map.Asked, view: RiskView
) -> str | None:
    """Draw the part and return its finding."""
    if part == PEOPLE:
        from pages.components.people import teams

        return teams.draw(data, asked.election, today, view)
    if part == CALLS:
        from pages.components.risk import calls

        return calls.draw(data, asked.election, today, view)
    if part == COVERAGE:
        from pages.components.risk import coverage

        return coverage.draw(data, asked.election, today, view)
    from pages.components.risk import method

    return method.draw_changes(view, asked.query.area) if part == CHANGES else method.draw(view)


main()
