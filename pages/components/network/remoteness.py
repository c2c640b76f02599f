"""The view of remoteness: how far each desa is from its warehouse, and what that is known from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from pages.components import address, cards, cursor, maps, picture, show
from pages.components.shell import language, t
from pages.components.top import top
from services.dataset import Dataset
from services.network.map_picture import (
    remote_finding,
    remote_map_legend,
    remote_picture,
    remote_sub,
)
from services.network.remoteness import (
    RemoteView,
    origins,
    remote_layers,
    remote_table,
    remote_view,
)
from services.texts import number

MAP = "distribusi_map"
_OWN = "semua"


def draw(
    data: Dataset,
    kabupaten: str | None,
    head: st.delta_generator.DeltaGenerator,
    bar: Sequence[st.delta_generator.DeltaGenerator],
) -> None:
    """Draw map and table of remoteness; `bar` holds the places of origin and jump list."""
    places = {_OWN: t("distribusi.own_depot"), **origins(data)}
    origin = address.one_of(bar[0], "distribusi.origin", places, "asal", _OWN, key="d_origin")
    with bar[1]:
        maps.jump_list(MAP)
    view = remote_view(data, kabupaten, None if origin == _OWN else origin)
    left, right = st.columns([1.75, 1])
    with left:  # before the head, though it stands below it: its colours are what is waited for
        _map(data, view, origin == _OWN)
    with head:
        _head(view)
    with right, st.container(height=560, border=False, key="side"):
        _side(data, view)
    show.notes(
        [
            remote_sub(data, view, language()),
            t("distribusi.note"),
            t("distribusi.master"),
            *cards.limit_words(data),
        ]
    )


def _head(view: RemoteView) -> None:
    lang = language()
    words = top(back=False)
    with words:
        sub = t(
            "distribusi.sub_short",
            total=number(len(view.rows), lang),
            error=number(100 * view.networks.fit.error_sd, lang),
        )
        show.heading(remote_finding(view, lang), sub)


def _map(data: Dataset, view: RemoteView, own: bool) -> None:
    lang = language()
    show.title(t("distribusi.map_own" if own else "distribusi.map_origin"))
    legend = remote_map_legend(view, own, lang)
    maps.show_map(data, remote_layers(view, data, lang), MAP, legend=legend)
    taken = partial(remote_picture, data, view, cursor.as_of(), lang, own)
    picture.offer(data, taken, "keterpencilan_peta")


def _side(data: Dataset, view: RemoteView) -> None:
    lang = language()
    if len(view.missing):
        show.empty(t("distribusi.missing", n=len(view.missing)))
        show.table(view.missing)
    show.title(t("distribusi.table"))
    table = remote_table(view, data, lang)
    show.table(table, height=400, **show.narrow(table, (190, 85, 120), (1, 2, 3)))
    show.downloads(table, "keterpencilan")
