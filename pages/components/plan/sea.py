"""The sea of a plan: what is loaded, which limits apply, and what was seen in the month."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from data.ingest.readers import uploaded
from data.plan.settings import PlanSettings
from pages.components import show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.network.sea import (
    area_table,
    areas_of,
    caution,
    caution_words,
    import_wave_file,
    limits_table,
    loaded,
    moment_words,
)
from services.texts import number


def draw(data: Dataset, base: PlanSettings, version: str) -> dict[str, Any]:
    """Draw the state of the sea; return the settings of it."""
    lang = language()
    rows = loaded(data, lang)
    if rows.empty:
        show.empty(t("sea.none"))
    else:
        show.title(t("sea.loaded"))
        st.dataframe(rows, hide_index=True, width="stretch")
    _upload(data)
    left, right = st.columns(2)
    with left:
        show.title(t("sea.caution_title"))
        month = data.voting_day(base.election).month
        for row in caution(areas_of(data, base.kabupaten, base.sea.areas), month):
            show.note(caution_words(row, lang))
        show.note(t("sea.no_forecast"))
        show.title(t("sea.areas"))
        table = area_table(data, base.kabupaten, base.sea.areas, lang)
        st.dataframe(table, hide_index=True, width="stretch", height=180)
    with right:
        show.title(t("sea.limits"))
        st.dataframe(limits_table(lang), hide_index=True, width="stretch")
        use = st.checkbox(t("sea.use"), base.sea.use_series, key=f"in_sea_use_{version}")
        factor = st.slider(
            t("sea.factor"), 1.0, 2.0, base.sea.wave_factor, 0.1, key=f"in_sea_factor_{version}"
        )
        show.note(t("sea.twice", factor=number(factor, lang, 1)))
    show.note(t("distribusi.master"))
    return {"sea": replace(base.sea, use_series=use, wave_factor=float(factor))}


def _upload(data: Dataset) -> None:
    """Draw the upload of waves and wind."""
    with st.expander(t("sea.bring")):
        show.note(t("sea.columns"))
        file = st.file_uploader(t("sea.file"), type=["csv", "xlsx"], key="in_waves")
        if file is None or not st.button(t("sea.import"), key="in_waves_go"):
            return
        try:
            with uploaded(file.name, file.getvalue()) as path:
                done = import_wave_file(data.store, path)
        except EXPLAINED as error:
            st.error(explain(error, language()))
            return
        areas = ", ".join(done.areas)
        first, last = (moment_words(when, language()) for when in (done.first, done.last))
        words = t("cli.waves", rows=done.rows, areas=areas, first=first, last=last)
        st.toast(words)
        st.rerun()
