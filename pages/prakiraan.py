"""Prakiraan: what may come up to the next rakor, and how good such outlooks were."""

from __future__ import annotations

import streamlit as st

from pages.components import cards, cursor, loaders, shell, show
from pages.components.outlook import figures, lodged
from pages.components.shell import language, t
from services.outlook.view import HORIZONS, KINDS, OutlookView, outlook
from services.outlook.words import headline, stale_words, sub, window_words
from services.texts import FAMILIES


def main() -> None:
    shell.enter("prakiraan")
    data = loaders.dataset()
    today = cursor.as_of()
    with st.container(key="top"):
        words, back, switch = st.columns([7.6, 1.7, 0.9], vertical_alignment="top")
    cursor.way_back(back)
    with switch:
        shell.language_switch()
    with st.container(key="bar"):
        bar = st.columns([1, 1, 1.2, 2.4], vertical_alignment="bottom")
    family = cards.choice(bar[0], "prakiraan.family", FAMILIES, "family", "p_family")
    kind = cards.choice(bar[1], "prakiraan.kind", KINDS, "kind", "p_kind")
    horizon = cards.choice(bar[2], "prakiraan.horizon", HORIZONS, "outlook_horizon", "p_horizon")
    with st.spinner(t("prakiraan.title")):
        view = outlook(data, today, kind, horizon)
    with words:
        show.heading(
            headline(view, family, language()),
            sub(view, language()),
            replay=cursor.replay_words(with_day=True),
        )
    _period(view)
    figures.draw(view, family)
    lodged.draw(data, today, horizon)
    cursor.cursor(data)


def _period(view: OutlookView) -> None:
    """Say which days the outlook is about, and what it does not know."""
    show.note(window_words(view, language()))
    stale = stale_words(view, language())
    if stale:
        show.note(stale)


main()
