"""What goes out on paper and on phones: the manifest, the routes, the plan as a file."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import streamlit as st

from pages.components import show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.plan_export import FORMATS, route_file
from services.plan_view import manifest


def draw(data: Dataset, kabupaten: str, name: str | None, document: dict[str, Any] | None) -> None:
    """Draw the manifest and offer the files."""
    del kabupaten
    if document is None or name is None:
        show.empty(t("plan.none"))
        return
    lang = language()
    show.title(t("plan.manifest"))
    table = manifest(document, data, lang)
    st.dataframe(table, hide_index=True, height=320)
    show.downloads(table, "manifes")
    for kind in FORMATS:
        st.download_button(
            t("plan.route_file", kind=kind.upper()),
            partial(route_file, document, data, kind, lang),
            f"{name}.{kind}",
            on_click="ignore",
            key=f"plan_{kind}",
        )
    st.download_button(
        t("plan.json"),
        json.dumps(document, ensure_ascii=False),
        f"{name}.json",
        "application/json",
        on_click="ignore",
    )
