"""Distribusi: which TPS are hard to reach, when each load must leave, and where it is."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components import address, loaders, shell
from pages.components.shell import t
from services.dataset import Dataset

ALL = "semua"
REMOTE, PLAN, PROCUREMENT, PROGRESS, PROOF = "remote", "plan", "procurement", "progress", "proof"
VIEWS = (REMOTE, PLAN, PROCUREMENT, PROGRESS, PROOF)


def main() -> None:
    shell.enter("distribusi")
    data = loaders.dataset()
    head = st.container()
    with st.container(key="bar"):
        bar = st.columns([1.3, 1.3, 2.4, 1.6], vertical_alignment="bottom")
    view = address.choice(bar[0], "view.label", VIEWS, "view", "tampilan", key="d_view")
    units = data.units[data.units["level"].eq("kabupaten")]
    names = {ALL: t("hotspot.path_all"), **dict(zip(units["code"], units["name"], strict=True))}
    if view == PLAN:
        from pages.components.plan import parts

        parts.follow_open_plan()
    kabupaten = address.one_of(
        bar[1], "level.kabupaten", names, "kabupaten", ALL, key="d_kabupaten"
    )
    _draw(view, data, None if kabupaten == ALL else kabupaten, head, bar[2:])


# A view is imported when it is drawn: the first map of a server need not wait for the others.
def _draw(
    view: str,
    data: Dataset,
    kabupaten: str | None,
    head: DeltaGenerator,
    bar: Sequence[DeltaGenerator],
) -> None:
    if view == REMOTE:
        from pages.components.network import remoteness

        remoteness.draw(data, kabupaten, head, bar)
    elif view == PROCUREMENT:
        from pages.components.custody import procurement

        procurement.draw(data, kabupaten, head, bar)
    elif view == PROGRESS:
        from pages.components.custody import progress

        progress.draw(data, kabupaten, head, bar)
    elif view == PROOF:
        from pages.components.custody import proof

        proof.draw(data, kabupaten, head, bar)
    elif kabupaten is None:
        from pages.components.plan import overview

        overview.draw_overview(data, head)
    else:
        from pages.components.custody import ballots
        from pages.components.plan import parts

        parts.draw(data, kabupaten, head, bar, ballots.draw)


main()
