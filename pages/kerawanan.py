"""Kerawanan TPS: which polling stations need attention, why, and how sure that is."""

from __future__ import annotations

import streamlit as st

from pages.components import cursor, hari_h, loaders, shell, show
from pages.components.shell import language, t
from services.texts import label

ELECTION, TAB = "k_election", "k_tab"
TABS = ("hari_h",)


def main() -> None:
    shell.enter("kerawanan")
    data = loaders.dataset()
    cursor.as_of()
    show.heading(t("kerawanan.title"), "")
    names = list(data.elections.sort_values("voting_date")["election"])
    election = st.selectbox(
        t("kerawanan.election"),
        names,
        format_func=lambda name: label("election", name, language()),
        key=ELECTION,
    )
    st.segmented_control(
        t("kerawanan.title"), TABS, format_func=lambda n: label("kerawanan_tab", n, language())
    )
    hari_h.draw(data, election)


main()
