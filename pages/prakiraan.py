"""Prakiraan: what may come up to the next rakor, and how good such outlooks were."""

from __future__ import annotations

import streamlit as st

from pages.components import address, cursor, loaders, shell, show
from pages.components.outlook import figures, lodged
from pages.components.shell import language, t
from pages.components.top import top
from pages.components.worker import beside
from services.outlook.view import HORIZONS, KINDS, outlook
from services.outlook.words import headline, stale_words, sub, window_words
from services.texts import FAMILIES, day


def main() -> None:
    shell.enter("prakiraan")
    data = loaders.dataset()
    today = cursor.as_of()
    words = top()
    with st.container(key="bar"):
        bar = st.columns([1, 1, 1.2, 2.4], vertical_alignment="bottom")
    family = address.choice(bar[0], "prakiraan.family", FAMILIES, "family", "keluarga")
    kind = address.choice(bar[1], "prakiraan.kind", KINDS, "kind", "jenis")
    horizon = address.choice(bar[2], "prakiraan.horizon", HORIZONS, "outlook_horizon", "horison")
    view = beside.worked_out(t("prakiraan.title"), outlook, data, today, kind, horizon)
    if view is None:
        with words:
            show.heading(t("prakiraan.title"), "", replay=cursor.replay_words(with_day=True))
        cursor.cursor(data)
        return
    lang, stale = language(), stale_words(view, language())
    # How old the knowledge is stands at the head: without it the figures mislead.
    chips = [(t("prakiraan.watched_until", day=day(view.watched_until, lang, "short")), False)]
    with words:
        show.heading(
            headline(view, family, lang),
            "",
            chips if stale else (),
            cursor.replay_words(with_day=True),
        )
    notes = figures.draw(view, family)
    lodged.draw(data, today, horizon)
    show.notes([f"{sub(view, lang)}.", window_words(view, lang), stale or "", *notes])
    cursor.cursor(data)


main()
