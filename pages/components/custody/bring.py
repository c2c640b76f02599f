"""Import of files of hand-overs, procurement, voting-day statuses and disputes."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.components import show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.imports import import_upload
from services.texts import label


def draw(data: Dataset, kind: str, election: str) -> None:
    """Draw the upload; the result of the last import is shown until the next one."""
    result = f"bring_{kind}"
    with st.expander(t("bring.title"), icon=":material/upload_file:"):
        show.note(label("bring", kind, language()))
        file = st.file_uploader(t("bring.file"), type=["csv", "xlsx"], key=f"{result}_file")
        if file is not None and st.button(t("bring.go"), key=f"{result}_go", width="stretch"):
            try:
                done = import_upload(data.store, kind, file.name, file.getvalue(), election)
            except EXPLAINED as error:
                st.error(explain(error, language()))
                return
            st.session_state[result] = done.as_dict()
            st.rerun()
        if result in st.session_state:
            _became(st.session_state[result], kind)


def _became(done: dict[str, Any], kind: str) -> None:
    words = t(
        "cli.imported",
        accepted=done["accepted"],
        quarantined=done["quarantined"],
        duplicates=done["duplicates"],
    )
    (st.warning if done["quarantined"] else st.success)(f"{done['file']}: {words}")
    if done["faults"]:
        faults = pd.DataFrame(done["faults"])
        show.note(t("bring.refused"))
        st.dataframe(faults, hide_index=True, height=min(300, 38 + 35 * len(faults)))
        show.downloads(faults, f"ditolak_{kind}")
