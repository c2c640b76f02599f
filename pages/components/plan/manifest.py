"""What goes out on paper and on phones: the manifest, the routes, the plan as a file."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import streamlit as st

from pages.components import show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.plan.files import plan_file
from services.plan.view import manifest

_ABOUT = {
    "pdf": "plan.about_pdf",
    "xlsx": "plan.about_xlsx",
    "gpx": "plan.about_gpx",
    "kml": "plan.about_kml",
    "geojson": "plan.about_geojson",
}


def draw(data: Dataset, kabupaten: str, name: str | None, document: dict[str, Any] | None) -> None:
    """Draw the manifest and offer the files."""
    del kabupaten
    if document is None or name is None:
        show.empty(t("plan.none"))
        return
    lang = language()
    show.title(t("plan.manifest"))
    show.note(t("plan.manifest_note"))
    for column, (kind, about) in zip(st.columns(len(_ABOUT)), _ABOUT.items(), strict=True):
        column.download_button(
            t("plan.download", kind=kind.upper()),
            partial(plan_file, document, data, kind, name, lang),
            f"{name}-terbatas.{kind}",
            on_click="ignore",
            key=f"plan_{kind}",
            help=t(about),
            width="stretch",
        )
    table = manifest(document, data, lang)
    st.dataframe(table, hide_index=True, height=420)
    show.downloads(table, "manifes")
    st.download_button(
        t("plan.json"),
        partial(json.dumps, document, ensure_ascii=False),
        f"{name}-terbatas.json",
        "application/json",
        on_click="ignore",
    )
