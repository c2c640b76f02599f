"""The way in for layers: boundaries and roads."""

from __future__ import annotations

from typing import Any

import streamlit as st

from data.ingest.files.layers import list_layers
from data.ingest.files.opening import uploaded
from geo.codes import SCHEMES
from pages.components import show
from pages.components.access.offers import offered
from pages.components.shell import language, plain, problem, t
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.ingest.layers import BOUNDARY_LEVELS, import_boundary_file, import_roads, layer_lines

_TYPES = ["geojson", "json", "gpkg", "zip", "kml", "kmz", "parquet", "pbf", "osm"]
_DONE = "layers_done"


def draw(data: Dataset) -> None:
    """Draw the form for a layer; the last result is shown until the next one."""
    if not offered("network.boundaries", told=False):  # roads are of the same roles
        return
    with st.expander(t("layers.title"), icon=":material/layers:"):
        kind = st.segmented_control(
            t("bring.kind"),
            ("boundaries", "roads"),
            default="boundaries",
            required=True,
            format_func=lambda one: t(f"layers.{one}"),
            key="layers_kind",
        )
        show.note(t(f"layers.{kind}_note"))
        file = st.file_uploader(t("layers.file"), _TYPES, key="layers_file")
        said = _boundary_options() if kind != "roads" else _road_options()
        if file is not None:
            said["layer"] = _layer_in(file)
        if file is not None and st.button(t("layers.go"), type="primary", key="layers_go"):
            _bring(data, kind, file.name, file.getvalue(), said)
        if done := st.session_state.get(_DONE):
            st.success(plain(done[0]))
            for words in done[1:-1]:  # the last is the way back at the command line
                show.note(words)


def _boundary_options() -> dict[str, object]:
    columns = st.columns(2)
    level = columns[0].selectbox(
        t("layers.level"), BOUNDARY_LEVELS, key="layers_level", format_func=str.capitalize
    )
    scheme = columns[1].selectbox(t("bring.scheme"), SCHEMES, key="layers_scheme")
    return {"level": level, "scheme": scheme}


def _road_options() -> dict[str, object]:
    columns = st.columns(2, vertical_alignment="bottom")
    merge = columns[0].checkbox(t("layers.merge"), key="layers_merge")
    replace = columns[1].checkbox(t("layers.replace"), key="layers_replace", disabled=merge)
    return {"merge": merge, "replace": replace and not merge}


def _layer_in(file: Any) -> str | None:
    """Draw the choice of a layer where a file holds several; None where it holds one."""
    key = f"layers_in_{file.file_id}"
    if key not in st.session_state:
        try:
            with uploaded(file.name, file.getvalue()) as path:
                st.session_state[key] = [one.name for one in list_layers(path)]
        except EXPLAINED:
            st.session_state[key] = []  # what is wrong with it is told when it is brought in
    names: list[str] = st.session_state[key]
    return st.selectbox(t("layers.layer"), names, key=f"{key}_one") if len(names) > 1 else None


def _bring(data: Dataset, kind: str, name: str, content: bytes, said: dict[str, object]) -> None:
    st.session_state.pop(_DONE, None)
    run = import_roads if kind == "roads" else import_boundary_file
    try:
        with st.spinner(t("bring.looking")), uploaded(name, content) as path:
            done = run(data.store, path, **said)  # type: ignore[arg-type]
    except EXPLAINED as error:
        problem(error)
        return
    st.session_state[_DONE] = layer_lines(done, language())
    st.rerun()
