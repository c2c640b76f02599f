"""The way in for a file: what is understood of it, what would happen, then the import."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from data.clock import today
from data.ingest.files.limits import limits_from_environment
from geo.codes import SCHEMES
from pages.components import address, show
from pages.components.access.offers import offered
from pages.components.ingest import places
from pages.components.shell import language, plain, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.ingest.imports import (
    Asked,
    ImportResult,
    Look,
    import_upload,
    look_at,
    profiles_of,
    undo_import,
)
from services.ingest.kinds import Entry, entry_of
from services.ingest.templates import heading_of, template_bytes
from services.ingest.wording import faults_table, note_words, result_sentence
from services.texts import label, number

_GOOD = "✓ "
_KIND = "jenis_berkas"
_UNDONE = "data_undone"
_TYPES = ["csv", "xlsx", "json", "geojson"]
_BY_COLUMNS = ("ambiguous_columns", "columns_missing", "no_place_column")
"""Questions that are answered by choosing what the columns hold."""


def draw_import(
    data: Dataset, kinds: Sequence[str], election: str, *, open_now: bool = False
) -> None:
    """Draw the way in for files of some kinds; the last result is shown until the next one.

    Parameters
    ----------
    data
        The data set.
    kinds
        Names of kinds; where there are several the reader chooses, of those that are theirs.
    election
        Of rows that name none.
    open_now
        Whether it stands open.
    """
    kinds = _own(kinds)
    if not kinds:
        return
    lang, key = language(), f"bring_{kinds[0]}"
    with st.expander(t("bring.title"), icon=":material/upload_file:", expanded=open_now):
        name = kinds[0]
        if len(kinds) > 1:
            names = {one: label("import_kind", one, lang) for one in kinds}
            name = address.one_of(st, "bring.kind", names, _KIND, name, key=f"{key}_kind")
        entry = entry_of(name)
        most_mb = min(
            limits_from_environment().file_bytes >> 20, st.get_option("server.maxUploadSize")
        )
        file = st.file_uploader(
            t("bring.file"), _TYPES, key=f"{key}_{name}_file", max_upload_size=max(1, most_mb)
        )
        with st.container(horizontal=True):
            asked = _asked(data, entry, f"{key}_{name}", Asked(election=election))
            st.download_button(
                t("bring.template"),
                partial(template_bytes, data.store, entry.kind, lang),
                file_name=f"contoh-{name.replace(' ', '-')}.xlsx",
                on_click="ignore",
                key=f"{key}_{name}_template",
            )
        first = st.container()
        if file is None:
            show.note(t("bring.none"))
        else:
            _offer(data, name, (file.name, file.getvalue(), file.file_id), asked, key)
        if key in st.session_state:
            stored = file is None or file.file_id == st.session_state.get(f"{key}_of")
            with first if stored else st.container():  # a new file's own finding stands first
                became(data, st.session_state[key], key)


def _own(kinds: Sequence[str]) -> list[str]:
    """Return the kinds of which whoever looks may bring files in; where there is none, say so."""
    tables = {kind: f"import.{entry_of(kind).kind.table.name}" for kind in kinds}
    own = [kind for kind, action in tables.items() if offered(action, told=False)]
    if not own:
        offered(tables[kinds[0]])
    return own


def way_in(kind: str) -> None:
    """Draw the way to the page Data, with a kind of file chosen there."""
    if not _own((kind,)):
        return
    words = t("bring.way", kind=label("import_kind", kind, language()))
    if st.button(words, icon=":material/upload_file:", key=f"way_{kind}"):
        st.switch_page("pages/data.py", query_params=address.to("data", **{_KIND: kind}))


def _asked(data: Dataset, entry: Entry, key: str, asked: Asked) -> Asked:
    """Draw what may be said of a file beside its content."""
    with st.popover(t("bring.more"), icon=":material/tune:"):
        known = [one.name for one in profiles_of(data.store, entry.kind.name)]
        profile = st.selectbox(
            t("bring.profile"),
            known,
            index=None,
            accept_new_options=True,
            placeholder=t("bring.profile_name"),
            key=f"{key}_profile",
        )
        fixed = st.text_area(t("bring.fixed"), key=f"{key}_fixed", height=80)
        sheet = st.text_input(t("bring.sheet"), key=f"{key}_sheet").strip()
        row = st.number_input(t("bring.header_row"), 1, None, None, key=f"{key}_row")
        asked = replace(
            asked,
            profile=profile or None,
            fixed=_pairs(fixed),
            sheet=sheet or None,
            header_row=int(row) if row else None,
        )
        if "scheme" in entry.kind.options:
            scheme = st.selectbox(
                t("bring.scheme"), SCHEMES, index=None, placeholder="–", key=f"{key}_scheme"
            )
            asked = replace(asked, scheme=scheme)
        if "said" in entry.kind.options:
            day = st.date_input(
                t("bring.date"), None, max_value=today(), format="DD/MM/YYYY", key=f"{key}_date"
            )
            agency = st.text_input(t("bring.agency"), key=f"{key}_agency", max_chars=80).strip()
            source = st.text_input(t("bring.source"), key=f"{key}_source", max_chars=200).strip()
            asked = replace(asked, date=day, agency=agency or None, source=source or None)
    return asked


def _pairs(lines: str) -> dict[str, str]:
    """Return what stands before and behind the first equals sign of each line."""
    parts = [line.split("=", 1) for line in lines.splitlines() if "=" in line]
    return {name.strip(): text.strip() for name, text in parts if text.strip()}


def _offer(data: Dataset, name: str, file: tuple[str, bytes, str], asked: Asked, key: str) -> None:
    """Draw what is understood of a file, and the button that brings it in."""
    lang = language()
    chosen: dict[str, str] = st.session_state.setdefault(f"{key}_columns_{file[2]}", {})
    taken: dict[str, str] = st.session_state.setdefault(f"{key}_places_{file[2]}", {})
    asked = replace(asked, columns=dict(chosen), places=dict(taken))
    seen = _looked_at(data, name, file, asked, key)
    if seen.question is not None:
        st.warning(plain(explain(seen.question, lang)))
        if getattr(seen.question, "reason", "") in _BY_COLUMNS:
            show.note(t("bring.choose", column=label("bringcolumn", "field", lang)))
    if seen.result is not None:
        _would_become(data, name, file, asked, key, seen.result)
    if len(seen.columns):
        _columns(seen, name, chosen, f"{key}_{file[2]}")


def _would_become(
    data: Dataset,
    name: str,
    file: tuple[str, bytes, str],
    asked: Asked,
    key: str,
    result: ImportResult,
) -> None:
    """Draw what would become of a file, and the button that brings it in."""
    lang = language()
    n = result.accepted + result.corrected
    done = isinstance(st.session_state.get(key), ImportResult)
    if n or not done or file[2] != st.session_state.get(f"{key}_of"):
        held = result.quarantined and not n
        go, rows = ("bring.hold", result.quarantined) if held else ("bring.go", n)
        st.html(f'<div class="sb-meaning">{html.escape(result_sentence(result, lang))}</div>')
        with st.container():  # always there: what stands below keeps its place
            taken = st.session_state[f"{key}_places_{file[2]}"]
            places.draw(data, result, taken, f"{key}_place_{file[2]}")
        named = any(note.key == "persons" for note in result.notes)
        checked = not named or st.checkbox(t("persons.checked"), key=f"{key}_{file[2]}_checked")
        st.button(
            t(go, n=number(rows, lang)),
            type="primary",
            disabled=not rows or not checked,
            on_click=_bring,
            args=(data, name, file, asked, key),
            width="stretch",
            key=f"{key}_go",
        )
    for note in result.notes:
        if note.key not in places.DRAWN:
            show.note(note_words(note, lang))
    _faults(result)


def _looked_at(
    data: Dataset, name: str, file: tuple[str, bytes, str], asked: Asked, key: str
) -> Look:
    """Return what would happen, looked at once as long as nothing changes."""
    of = (name, file[2], repr(asked), data.store.revision())
    kept = st.session_state.get(f"{key}_seen")
    if kept is None or kept[0] != of:
        with st.spinner(t("bring.looking")):
            kept = (of, look_at(data.store, name, file[0], file[1], asked))
        st.session_state[f"{key}_seen"] = kept
    found: Look = kept[1]
    return found


def _columns(seen: Look, name: str, chosen: dict[str, str], key: str) -> None:
    """Draw which column is taken for what; a change is a mapping that the sender declares."""
    lang = language()
    kind = entry_of(name).kind
    fields = {"-": t("bring.left_out")}
    fields |= {field.name: heading_of(kind, field) for field in kind.fields}
    one_sheet = seen.columns["sheet"].nunique() < 2
    table = seen.columns.drop(columns="sheet") if one_sheet else seen.columns
    pairs = zip(table["heading"], table["field"], strict=True)
    table = table.assign(field=[chosen.get(heading, field) or "-" for heading, field in pairs])
    config: dict[str, Any] = {str(n): label("bringcolumn", n, lang) for n in table}
    config["field"] = st.column_config.SelectboxColumn(
        config["field"],
        options=list(fields),
        format_func=lambda one: fields[str(one)],
        required=True,
    )
    edited = st.data_editor(
        table,
        hide_index=True,
        width="stretch",
        placeholder="–",
        disabled=[str(column) for column in table if column != "field"],
        column_config=config,
        key=f"{key}_editor",
    )
    changed = edited[edited["field"].ne(table["field"])]
    if len(changed):
        chosen.update(zip(changed["heading"], changed["field"].fillna("-"), strict=True))
        st.rerun()


def _faults(result: ImportResult) -> None:
    if len(result.faults):
        show.title(t("bring.refused"))
        table = faults_table(result.faults, language())
        narrow = {t("import.fault_value"): st.column_config.TextColumn(width=120)}
        st.dataframe(table, hide_index=True, placeholder="–", column_config=narrow)
        show.downloads(table, f"ditolak_{result.kind}")


def _bring(data: Dataset, name: str, file: tuple[str, bytes, str], asked: Asked, key: str) -> None:
    """Import a file before the page is redrawn."""
    st.session_state[f"{key}_of"] = file[2]
    try:
        done = import_upload(data.store, name, file[0], file[1], asked)
    except EXPLAINED as error:
        st.session_state[key] = explain(error, language())
        return
    st.session_state[key] = done


def became(data: Dataset, done: ImportResult | str, key: str) -> None:
    """Draw what became of the last file, with the way back."""
    if isinstance(done, str):
        (st.success if done.startswith(_GOOD) else st.error)(plain(done.removeprefix(_GOOD)))
        return
    words = result_sentence(done, language())
    (st.warning if done.quarantined else st.success)(plain(f"{done.file_name}: {words}"))
    for note in done.notes:
        if note.key == "locked":  # what was agreed at a meeting is not changed in silence
            show.note(note_words(note, language()))
    if not done.unchanged:
        draw_way_back(data, done.import_id, key)


def draw_way_back(data: Dataset, import_id: str, key: str) -> None:
    """Draw the button that undoes an import; what comes of it is kept under a key."""
    if not offered("import.undo", told=False):
        return
    st.button(
        t("bring.undo"),
        icon=":material/undo:",
        on_click=_undo,
        args=(data, import_id, key),
        key=f"{key}_undo",
    )


def _undo(data: Dataset, import_id: str, key: str) -> None:
    try:
        done = undo_import(data.store, import_id)
    except EXPLAINED as error:
        st.session_state[key] = explain(error, language())
        return
    st.session_state[key] = _GOOD + t("import.undone", import_id=import_id, **done)


def draw_undo(data: Dataset, import_id: str | None) -> None:
    """Draw the way back from a chosen import, and what became of the last undo."""
    if not offered("import.undo", told=False):
        return
    st.button(
        t("bring.undo"),
        icon=":material/undo:",
        disabled=import_id is None,
        on_click=_undo,
        args=(data, import_id or "", _UNDONE),
        key="data_undo",
    )
    if isinstance(words := st.session_state.get(_UNDONE), str):
        became(data, words, _UNDONE)


def last_imports(data: Dataset) -> pd.DataFrame:
    """Return what was brought in last, the newest first: rows of ``imports``."""
    return data.store.read("imports").sort_values("at", ascending=False, ignore_index=True)
