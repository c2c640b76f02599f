"""Distribusi: which TPS are hard to reach, when each load must leave, and where it is."""

from __future__ import annotations

import streamlit as st

from pages.components import address, loaders, shell
from pages.components.custody import ballots, procurement, progress, proof
from pages.components.network import remoteness as remote
from pages.components.plan import overview as plan_overview
from pages.components.plan import parts as plan
from pages.components.shell import t

ALL = "semua"
RECORDS = {"procurement": procurement.draw, "progress": progress.draw, "proof": proof.draw}
VIEWS = ("remote", "plan", *RECORDS)


def main() -> None:
    shell.enter("distribusi")
    data = loaders.dataset()
    head = st.container()
    with st.container(key="bar"):
        bar = st.columns([1.3, 1.3, 2.4, 1.6], vertical_alignment="bottom")
    view = address.choice(bar[0], "view.label", VIEWS, "view", "tampilan", key="d_view")
    units = data.units[data.units["level"].eq("kabupaten")]
    names = {ALL: t("hotspot.path_all"), **dict(zip(units["code"], units["name"], strict=True))}
    if view == "plan":
        plan.follow_open_plan()
    kabupaten = address.one_of(
        bar[1], "level.kabupaten", names, "kabupaten", ALL, key="d_kabupaten"
    )
    if view == "remote":
        remote.draw(data, None if kabupaten == ALL else kabupaten, head, bar[2:])
    elif view in RECORDS:
        RECORDS[view](data, None if kabupaten == ALL else kabupaten, head, bar[2:])
    elif kabupaten == ALL:
        plan_overview.draw_overview(data, head)
    else:
        plan.draw(data, kabupaten, head, bar[2:], ballots.draw)


main()
