"""The view of remoteness: how far each desa is from its warehouse, and what that is known from."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components import cards, maps, show
from pages.components.shell import language, t
from pages.components.top import top
from services.dataset import Dataset
from services.network.remoteness import (
    RemoteView,
    origins,
    remote_layers,
    remote_legend,
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
    origin = bar[0].selectbox(
        t("distribusi.origin"), list(places), format_func=places.__getitem__, key="d_origin"
    )
    with bar[1]:
        maps.jump_list(MAP)
    view = remote_view(data, kabupaten, None if origin == _OWN else origin)
    with head:
        _head(view)
    left, right = st.columns([1.75, 1])
    with left:
        _map(data, view, origin == _OWN)
    with right, st.container(height=560, border=False, key="side"):
        _side(data, view)
    show.notes(
        [
            _roads_words(data, view),
            t("distribusi.note"),
            t("distribusi.master"),
            *cards.limit_words(data),
        ]
    )


def _roads_words(data: Dataset, view: RemoteView) -> str:
    """Return what the roads are known from, and how far they were off."""
    lang, fit = language(), view.networks.fit
    if fit.is_of_file:
        return t(
            "distribusi.own_roads",
            name=data.road_file,
            time=number(100 * fit.mape_time, lang),
            n_time=fit.n_time,
            error=number(100 * fit.error_sd, lang),
        )
    return t(
        "distribusi.sub" if fit.is_of_file == view.networks.has_own_roads else "distribusi.sub_few",
        name=data.road_file or "",
        error=number(100 * fit.error_sd, lang),
        distance=number(100 * fit.mape_distance, lang),
        n_distance=fit.n_distance,
        time=number(100 * fit.mape_time, lang),
        n_time=fit.n_time,
    )


def _head(view: RemoteView) -> None:
    lang = language()
    words = top(back=False)
    fit = view.networks.fit
    counts = {
        name: number((view.rows[f"{name}_min"] > 120).sum(), lang) for name in ("slow", "p95")
    }
    title = t(
        "distribusi.headline",
        n=counts["slow"],
        p95=counts["p95"],
        total=number(len(view.rows), lang),
    )
    sub = t(
        "distribusi.sub_short",
        total=number(len(view.rows), lang),
        error=number(100 * fit.error_sd, lang),
    )
    with words:
        show.heading(title, sub)


def _map(data: Dataset, view: RemoteView, own: bool) -> None:
    lang = language()
    show.title(t("distribusi.map_own" if own else "distribusi.map_origin"))
    dots = [
        ("#b8860b", t("distribusi.depots")),
        ("#17242d", t("distribusi.piers")),
        ("#0072b2", t("distribusi.legs")),
    ]
    legend = maps.legend(
        t("map.legend_time_own" if own else "map.legend_time_origin"),
        remote_legend(view, lang),
        dots,
        t("map.legend_n", n=number(len(view.minutes), lang), of=t("level.desa").lower()),
    )
    maps.show_map(data, remote_layers(view, data, lang), MAP, legend=legend)


def _side(data: Dataset, view: RemoteView) -> None:
    lang = language()
    if len(view.missing):
        show.empty(t("distribusi.missing", n=len(view.missing)))
        show.table(view.missing)
    show.title(t("distribusi.table"))
    table = remote_table(view, data, lang)
    show.table(table, height=400, **show.narrow(table, (58, 168, 78, 78, 45)))
    show.downloads(table, "keterpencilan")
