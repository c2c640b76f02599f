"""Files of the ranking: a table, a layer, and the list per kecamatan for the field."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from pages.components import show
from pages.components.shell import language, t
from services.kerawanan import Ranked
from services.kerawanan_files import field_list, layer_bytes, ranking_bytes


def draw(found: Ranked, table: pd.DataFrame) -> None:
    """Offer what is listed as XLSX, GeoJSON and PDF; all carry the access mark."""
    lang, name = language(), f"kerawanan_{found.view.election}_{found.view.as_of:%Y%m%d}"
    if found.view.simulation:
        name = f"SIMULASI_{name}"
    columns = st.columns(3)
    makers = {
        "xlsx": partial(ranking_bytes, found, table, lang),
        "geojson": partial(layer_bytes, found, lang),
        "pdf": partial(field_list, found, lang),
    }
    for column, (kind, make) in zip(columns, makers.items(), strict=True):
        column.download_button(
            t(f"kerawanan.file_{kind}"),
            make,
            f"{name}.{kind}",
            on_click="ignore",
            key=f"k_file_{kind}",
            width="stretch",
        )
    show.note(t("kerawanan.files_note"))
