"""Distribusi: which TPS are hard to reach, and what that is known from."""

from __future__ import annotations

import streamlit as st

from pages.components import cards, loaders, maps, plan, shell, show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.distribusi import (
    RemoteView,
    origins,
    remote_layers,
    remote_legend,
    remote_table,
    remote_view,
)
from services.texts import number

MAP = "distribusi_map"
ALL = "semua"


def main() -> None:
    shell.enter("distribusi")
    data = loaders.dataset()
    head = st.container()
    with st.container(key="bar"):
        bar = st.columns([1.3, 1.3, 2.4, 1.6], vertical_alignment="bottom")
    view_name = cards.choice(bar[0], "view.label", ("remote", "plan"), "view", "d_view")
    units = data.units[data.units["level"].eq("kabupaten")]
    names = {ALL: t("hotspot.path_all"), **dict(zip(units["code"], units["name"], strict=True))}
    kabupaten = bar[1].selectbox(
        t("level.kabupaten"), list(names), format_func=names.get, key="d_kabupaten"
    )
    if view_name == "plan":
        if kabupaten == ALL:
            show.empty(t("plan.choose"))
        else:
            plan.draw(data, kabupaten, head)
        return
    places = {ALL: t("distribusi.own_depot"), **origins(data)}
    origin = bar[2].selectbox(
        t("distribusi.origin"), list(places), format_func=places.get, key="d_origin"
    )
    with bar[3]:
        maps.jump_list(MAP)
    view = remote_view(
        data, None if kabupaten == ALL else kabupaten, None if origin == ALL else origin
    )
    with head:
        _head(view)
    left, right = st.columns([1.75, 1])
    with left:
        _map(data, view, origin == ALL)
    with right, st.container(height=560, border=False, key="side"):
        _side(data, view)


def _head(view: RemoteView) -> None:
    lang = language()
    words, switch = st.columns([9.3, 0.9], vertical_alignment="top")
    with switch:
        shell.language_switch()
    far = view.rows[view.rows["p95_min"] > 120]
    fit = view.networks.fit
    title = t("distribusi.headline", n=number(len(far), lang), total=number(len(view.rows), lang))
    sub = t(
        "distribusi.sub",
        distance=number(100 * fit.mape_distance, lang),
        n_distance=fit.n_distance,
        time=number(100 * fit.mape_time, lang),
        n_time=fit.n_time,
    )
    if view.networks.own_roads:
        sub = t("distribusi.own_roads", name=view.networks.own_roads)
    with words:
        show.heading(title, sub)


def _map(data: Dataset, view: RemoteView, own: bool) -> None:
    lang = language()
    show.title(t("distribusi.map_own" if own else "distribusi.map_origin"))
    maps.show_map(data, remote_layers(view, data, lang), MAP)
    dots = [
        ("#b8860b", t("distribusi.depots")),
        ("#17242d", t("distribusi.piers")),
        ("#0072b2", t("distribusi.legs")),
    ]
    show.legend(remote_legend(view, lang), dots)
    show.note(t("distribusi.note"))
    show.note(t("distribusi.master"))


def _side(data: Dataset, view: RemoteView) -> None:
    lang = language()
    if len(view.missing):
        show.empty(t("distribusi.missing", n=len(view.missing)))
        st.dataframe(view.missing, hide_index=True)
    show.title(t("distribusi.table"))
    table = remote_table(view, data, lang)
    narrow = {table.columns[0]: st.column_config.Column(width=60)}
    narrow[table.columns[1]] = st.column_config.Column(width=190)
    st.dataframe(table, hide_index=True, height=400, column_config=narrow)
    show.downloads(table, "keterpencilan")
    cards.limits(data)


main()
