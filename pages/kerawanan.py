"""Kerawanan TPS: which polling stations need attention, why, and how sure that is."""

from __future__ import annotations

from datetime import date

import streamlit as st

from pages.components import address, cursor, loaders, shell, show
from pages.components.people import teams as risk_people
from pages.components.polling import disputes, hari_h
from pages.components.risk import calls as risk_calls
from pages.components.risk import coverage as risk_coverage
from pages.components.risk import map as risk_map
from pages.components.risk import method as risk_backtest
from pages.components.risk import method as risk_changes
from pages.components.risk import method as risk_method
from pages.components.risk import picture as risk_picture
from pages.components.shell import language, t
from pages.components.top import top
from services.dataset import Dataset
from services.risk.ranking import ranked
from services.texts import day, label

PICTURE, MAP, CHANGES = "gambaran", "peta", "perubahan"
DAY, DISPUTES, METHOD = "hari_h", "perkara", "metode"
HELPERS = {
    "personel": risk_people.draw,
    "panggilan": risk_calls.draw,
    "cakupan": risk_coverage.draw,
    "uji_balik": risk_backtest.draw_backtest,
}
TABS = (
    PICTURE, MAP, CHANGES, "personel", "panggilan", DAY, DISPUTES, "cakupan", "uji_balik", METHOD,
)  # fmt: skip


def main() -> None:
    shell.enter("kerawanan")
    data = loaders.dataset()
    today = cursor.as_of()
    tab = _tabs()
    head = top()
    if tab == PICTURE:
        risk_picture.draw(data, risk_map.chosen_election(data, today), today, head)
        return
    if tab in (DAY, DISPUTES):
        _day_tabs(data, today, tab, head)
        return
    if tab == MAP:
        asked, view = risk_map.bar(data, today)
        risk_map.draw(data, view, asked, head)
        return
    asked, view = risk_map.short_bar(data, today)
    found = ranked(view, asked.query)
    if tab == CHANGES:
        words: str | None = risk_changes.draw_changes(view, asked.query.area)
    elif tab == METHOD:
        words = risk_method.draw(view)
    else:
        words = HELPERS[tab](data, asked.election, today, view)
    risk_map.head(found, head, words)
    cursor.cursor(data)


def _tabs() -> str:
    """Draw the tabs; an address that names a TPS and no tab means the map, where that TPS is."""
    opening = MAP if risk_map.PLACE in st.query_params else PICTURE
    return address.tabs("kerawanan.title", TABS, "kerawanan_tab", "tab", opening, "k_tab")


def _day_tabs(
    data: Dataset, today: date, tab: str, head: st.delta_generator.DeltaGenerator
) -> None:
    """Draw the tabs that are about the vote itself: no index is needed for them."""
    lang = language()
    with head:
        words, box = st.columns([4.4, 1.3], vertical_alignment="top")
    election = risk_map.election_choice(data, today, box)
    with words:
        if tab == DAY:
            show.heading(
                t("kerawanan.hari_h_title", election=label("election", election, lang)), ""
            )
        else:
            show.heading(
                disputes.finding(data, election, today),
                t("kerawanan.perkara_sub", day=day(today, lang)),
                replay=cursor.replay_words(),
            )
    if tab == DAY:
        hari_h.draw(data, election)
    else:
        disputes.draw(data, election, today)
        cursor.cursor(data)


main()
