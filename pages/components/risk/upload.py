"""Files about TPS from the browser: what would be refused is shown before anything is stored."""

from __future__ import annotations

import streamlit as st

from data.clock import today
from pages.components import show
from pages.components.shell import language, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.risk.coverage import faults_table
from services.risk.imports import RiskImport, Said, import_upload
from services.texts import day

KINDS = ("indicators", "tps_class", "personnel")
_FILE, _TAKEN, _SEEN = "ku_file", "ku_taken", "ku_seen"


def draw(data: Dataset, election: str) -> None:
    """Draw the form of a file, its preview, and the result of the last import."""
    lang = language()
    if words := st.session_state.pop(_TAKEN, None):
        st.success(words)
    left, right = st.columns([1, 1.4])
    with left:
        kind = st.radio(
            t("coverage.upload_kind"),
            KINDS,
            key="ku_kind",
            format_func=lambda name: t(f"coverage.upload_{name}"),
        )
        show.note(t(f"coverage.upload_{kind}_note"))
        file = st.file_uploader(t("coverage.upload_file"), ["csv", "xlsx"], key=_FILE)
        said = _said()
    with right:
        if file is None:
            show.empty(t("coverage.upload_none"))
            return
        content = file.getvalue()
        try:
            seen = _looked_at(data, kind, file.file_id, file.name, content, election, said)
        except EXPLAINED as error:
            st.error(explain(error, lang))
            return
        _preview(seen)
        st.button(
            t("coverage.upload_button", n=seen.accepted),
            type="primary",
            disabled=seen.accepted == 0 and seen.quarantined == 0,
            on_click=_take_in,
            args=(data, kind, file.name, content, election, said),
            key="ku_button",
        )


def _looked_at(
    data: Dataset, kind: str, file_id: str, name: str, content: bytes, election: str, said: Said
) -> RiskImport:
    """Return what would happen, looked at once as long as nothing changes."""
    key = (kind, file_id, election, said, data.store.revision())
    kept = st.session_state.get(_SEEN)
    if kept is None or kept[0] != key:
        seen = import_upload(data.store, kind, name, content, election, said=said, dry_run=True)
        st.session_state[_SEEN] = kept = (key, seen)
    found: RiskImport = kept[1]
    return found


def _said() -> Said:
    """Draw what holds for rows that do not say it themselves."""
    when = st.date_input(
        t("coverage.upload_date"), None, max_value=today(), format="DD/MM/YYYY", key="ku_date"
    )
    agency = st.text_input(t("coverage.upload_agency"), key="ku_agency", max_chars=80)
    source = st.text_input(t("coverage.upload_source"), key="ku_source", max_chars=200)
    return Said(when, agency.strip() or None, source.strip() or None)


def _preview(seen: RiskImport) -> None:
    lang = language()
    st.html(f'<div class="sb-meaning">{_words(seen)}</div>')
    if seen.dated is not None:
        show.note(t("coverage.upload_dated", day=day(seen.dated, lang)))
    if seen.unused_columns:
        show.note(t("riskdata.unused", list=", ".join(seen.unused_columns)))
    if len(seen.faults):
        show.title(t("coverage.upload_refused"))
        table = faults_table(seen.faults, lang)
        st.dataframe(table, hide_index=True, height=260)
        show.downloads(table, "baris_ditolak")


def _words(seen: RiskImport) -> str:
    return t(
        "riskdata.imported",
        accepted=seen.accepted,
        values=seen.told,
        quarantined=seen.quarantined,
        duplicates=seen.duplicates,
    )


def _take_in(
    data: Dataset, kind: str, name: str, content: bytes, election: str, said: Said
) -> None:
    """Import the file before the page is redrawn."""
    try:
        done = import_upload(data.store, kind, name, content, election, said=said)
    except EXPLAINED as error:
        st.session_state[_TAKEN] = explain(error, language())
        return
    st.session_state[_TAKEN] = _words(done)
