"""Refused rows on the page: mended in a table, looked at again, stored, or left aside."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import streamlit as st

from data.store.ledger.rights import RESOLVE
from pages.components import address, bring, show
from pages.components.access.offers import offered
from pages.components.shell import language, plain, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.ingest.held import (
    Held,
    HeldSheet,
    Mended,
    Question,
    RowKey,
    dismiss,
    dismissed_of,
    fault_words,
    held_imports,
    mend_rows,
    mended_sentence,
    questions_of,
    rows_words,
    sheets_of,
    take_up,
)
from services.ingest.wording import import_words, note_words
from services.texts import number

_SHOWN = 200
_QUESTIONS = 6
_LONGEST = 500
_KEY = "held"
_DONE = "held_done"
_WHICH = "ditolak"
Cells = dict[str, str]


@dataclass
class _Work:
    """What a reader has changed in the open rows of an import, kept from run to run.

    Attributes
    ----------
    edits
        Texts by heading, of the rows that were changed.
    looked
        What reading them again came to, for the edits of that moment.
    version
        Of the tables: grows when a cell is changed elsewhere than in them.
    """

    edits: dict[RowKey, Cells] = field(default_factory=dict)
    looked: Mended | None = None
    version: int = 0

    def put(self, key: RowKey, cells: Cells) -> None:
        self.edits.setdefault(key, {}).update(cells)
        self.looked = None


@dataclass(frozen=True)
class _Done:
    """What became of the last act: words, and the import or the rows that can be taken back."""

    good: bool
    words: str
    import_id: str = ""
    aside: tuple[RowKey, ...] = ()


def draw(data: Dataset) -> None:
    """Draw the open rows of one import, the newest unless another is chosen."""
    show.title(t("held.title"))
    with st.container():  # always there: what stands below stays open when words come and go
        if isinstance(done := st.session_state.get(_DONE), _Done):
            _became(data, done)
        elif isinstance(done, str):  # that an import was undone
            bring.became(data, done, _DONE)
    found = held_imports(data)
    if not found:
        show.empty(t("held.none"))
        return
    by_id = {one.import_id: one for one in found}
    names = {key: import_words(one.file_name, one.at, len(one.keys), language())
             for key, one in by_id.items()}  # fmt: skip
    chosen = address.one_of(st, "held.import", names, _WHICH, found[0].import_id, key=f"{_KEY}_of")
    held = by_id[chosen]
    work: _Work = st.session_state.setdefault(f"{_KEY}_{held.import_id}", _Work())
    _forget_settled(held, work)
    if held.kept is None:
        show.note(t("held.again"))
    elif not held.is_mendable:
        show.note(t("held.not_yours"))
    _rest(held)
    if held.is_mendable:
        for sheet in sheets_of(held):
            _sheet(data, held, sheet, work)
        _look(data, held, work)
    else:
        for sheet in sheets_of(held):
            show.table(_table(sheet, fault_words(sheet.faults, sheet.name, language())))
    _aside(data, held)


def _forget_settled(held: Held, work: _Work) -> None:
    """Leave changes aside in rows that somebody else has settled since, and say so."""
    there = set(held.keys)
    gone = [key for key in work.edits if key not in there]
    for key in gone:
        del work.edits[key]
    with st.container():
        if gone:
            work.looked = None
            rows = rows_words([key.row_number for key in gone], language())
            show.note(t("held.meanwhile", n=len(gone), rows=rows))


def _became(data: Dataset, done: _Done) -> None:
    """Draw what became of the last act, with the way back."""
    (st.success if done.good else st.error)(plain(done.words))
    if done.import_id:
        bring.draw_way_back(data, done.import_id, _DONE)
    if done.aside:
        args = (data, done.aside)
        st.button(t("held.take_up"), on_click=_take_up, args=args, key=f"{_KEY}_back")


def _rest(held: Held) -> None:
    """Say what is wrong with headings, and in rows of which it is not known how they were read."""
    words = fault_words(held.rest, "", language())
    if held.kept is None:
        table = pd.DataFrame({t("held.row"): words.keys(), t("held.wrong"): words.values()})
        show.table(table)
        return
    for row, line in words.items():
        show.note(t("held.heading", row=row, words=line))


def _changed(sheet: HeldSheet, work: _Work) -> pd.DataFrame:
    """Return the cells of a sheet with what was changed in them."""
    cells = sheet.cells.copy()
    for row, key in sheet.keys.items():
        for heading, text in work.edits.get(key, {}).items():
            cells.loc[row, heading] = text
    return cells


def _table(sheet: HeldSheet, words: dict[int, str]) -> pd.DataFrame:
    """Return the rows of a sheet under their headings, with their numbers and what is wrong."""
    table = sheet.cells.head(_SHOWN)
    told = [words.get(int(row), t("held.good")) for row in table.index]
    front = pd.DataFrame({t("held.row"): table.index, t("held.wrong"): told}, index=table.index)
    clash = {name: f"{name} " for name in table if name in front}
    return pd.concat([front, table.rename(columns=clash)], axis=1)


def _sheet(data: Dataset, held: Held, sheet: HeldSheet, work: _Work) -> None:
    """Draw the table of a sheet, and what can be answered by choosing."""
    lang, faults = language(), sheet.faults
    if work.looked is not None:
        mine = work.looked.faults["key"].isin(set(sheet.keys.values()))
        faults = work.looked.faults[mine]
    now = replace(sheet, cells=_changed(sheet, work), faults=faults)
    if sheet.name:
        show.line(t("held.sheet", name=sheet.name))
    table = _table(now, fault_words(faults, sheet.name, lang))
    front = list(table.columns[:2])
    config: dict[str, Any] = {
        front[0]: st.column_config.Column(width=70, pinned=True),
        front[1]: st.column_config.TextColumn(width=220),
    }
    config |= {name: st.column_config.TextColumn(max_chars=_LONGEST) for name in table.columns[2:]}
    edited = st.data_editor(
        table,
        hide_index=True,
        width="stretch",
        disabled=front,
        column_config=config,
        key=f"{_KEY}_{held.import_id}_{sheet.name}_{work.version}",
    )
    if len(sheet.cells) > _SHOWN:
        show.note(t("held.more", n=number(len(sheet.cells) - _SHOWN, lang)))
    before, after = table.iloc[:, 2:], edited.iloc[:, 2:].fillna("")
    differs = before.ne(after)
    if differs.to_numpy().any():
        headings = list(sheet.cells)
        for row in table.index[differs.any(axis=1)]:
            places = [n for n, yes in enumerate(differs.loc[row]) if yes]
            cells = {str(headings[n]): str(after.loc[row].iloc[n]) for n in places}
            work.put(sheet.keys[int(row)], cells)
        st.rerun()
    since = work.edits if work.looked is None else {}
    _questions(held, now, work, questions_of(data, held, now, since))


def _questions(held: Held, sheet: HeldSheet, work: _Work, asked: Sequence[Question]) -> None:
    """Draw a box for each text that was refused and may be one of some known ones."""
    lang = language()
    for n, one in enumerate(asked[:_QUESTIONS]):
        rows = rows_words([key.row_number for key in one.keys], lang)
        key = f"{_KEY}_{held.import_id}_{sheet.name}_{work.version}_choice_{n}"
        show.line(t("held.choose", heading=one.heading, value=one.value or "–", rows=rows))
        st.selectbox(
            t("held.choice", n=number(n + 1, lang)),
            range(len(one.choices)),
            index=None,
            format_func=[choice.text for choice in one.choices].__getitem__,
            placeholder=t("held.choose_one"),
            on_change=_choose,
            args=(sheet, work, one, key),
            key=key,
        )
    if len(asked) > _QUESTIONS:
        show.note(t("held.more_choices", n=number(len(asked) - _QUESTIONS, lang)))


def _choose(sheet: HeldSheet, work: _Work, asked: Question, key: str) -> None:
    """Put what was chosen into all rows that say the same, before the page is drawn again."""
    chosen = st.session_state.get(key)
    if chosen is None:
        return
    cells = sheet.cells.to_dict("index")
    for row in asked.keys:
        work.put(row, asked.choices[chosen].cells(asked.heading, cells[row.row_number]))
    work.version += 1


def _look(data: Dataset, held: Held, work: _Work) -> None:
    """Draw the button that looks at the rows again, and the one that stores the good ones."""
    lang = language()
    with st.container(horizontal=True):
        st.button(
            t("held.look"), icon=":material/fact_check:", on_click=_look_again,
            args=(data, held, work), key=f"{_KEY}_look",
        )  # fmt: skip
        looked = work.looked
        done = 0 if looked is None else len(looked.good)
        named = looked is not None and any(n.key == "persons" for n in looked.result.notes)
        checked = not named or st.checkbox(t("persons.checked"), key=f"{_KEY}_persons")
        st.button(
            t("held.store", n=number(done, lang)),
            type="primary",
            disabled=looked is None or not checked or not (done or work.edits),
            on_click=_store,
            args=(data, held, work),
            key=f"{_KEY}_store",
        )
    if looked is None:
        show.note(t("held.look_first"))
        return
    words = mended_sentence(looked, lang)
    st.html(f'<div class="sb-meaning" role="status">{html.escape(words)}</div>')
    for note in looked.result.notes:
        if note.key != "dry_run":
            show.note(note_words(note, lang))


def _look_again(data: Dataset, held: Held, work: _Work) -> None:
    try:
        work.looked = mend_rows(data.store, held, work.edits, dry_run=True)
    except EXPLAINED as error:
        st.session_state[_DONE] = _Done(False, explain(error, language()))
        return
    st.session_state.pop(_DONE, None)
    work.version += 1


def _store(data: Dataset, held: Held, work: _Work) -> None:
    try:
        done = mend_rows(data.store, held, work.edits)
    except EXPLAINED as error:
        st.session_state[_DONE] = _Done(False, explain(error, language()))
        return
    words = f"{held.file_name}: {mended_sentence(done, language())}"
    undone = "" if done.result.unchanged else done.result.import_id
    st.session_state[_DONE] = _Done(not done.settled, words, undone)
    work.edits.clear()
    work.looked = None
    work.version += 1


def _aside(data: Dataset, held: Held) -> None:
    """Draw the way to leave rows aside with a reason, and to take them up again."""
    if not offered(RESOLVE, told=False):
        return
    aside = list(dismissed_of(data, held))
    with st.expander(t("held.aside"), icon=":material/visibility_off:"):
        with st.form(f"{_KEY}_aside", border=False, clear_on_submit=True):
            keys = held.keys
            st.multiselect(
                t("held.aside_rows"),
                keys,
                format_func=_row_words,
                placeholder=t("held.choose_rows"),
                key=f"{_KEY}_rows",
            )
            st.text_input(t("held.why"), key=f"{_KEY}_why", max_chars=300)
            st.form_submit_button(t("held.aside_go"), on_click=_leave_aside, args=(data,))
        if aside:
            st.multiselect(
                t("held.taken_up"), aside, format_func=_row_words, key=f"{_KEY}_up",
                placeholder=t("held.choose_rows"),
            )  # fmt: skip
            st.button(
                t("held.take_up"), on_click=_take_up_chosen, args=(data,), key=f"{_KEY}_up_go"
            )


def _row_words(key: RowKey) -> str:
    return f"{key.sheet}!{key.row_number}" if key.sheet else str(key.row_number)


def _leave_aside(data: Dataset) -> None:
    keys, why = st.session_state[f"{_KEY}_rows"], str(st.session_state[f"{_KEY}_why"]).strip()
    if not keys or not why:
        st.session_state[_DONE] = _Done(False, t("held.why_missing"))
        return
    try:
        n = dismiss(data.store, keys, why)
    except EXPLAINED as error:
        st.session_state[_DONE] = _Done(False, explain(error, language()))
        return
    gone = len(keys) - n
    key = "held.left_aside_settled" if gone else "held.left_aside"
    words = t(key, n=number(n, language()), settled=number(gone, language()))
    st.session_state[_DONE] = _Done(not gone, words, aside=tuple(keys) if n else ())


def _take_up_chosen(data: Dataset) -> None:
    _take_up(data, st.session_state[f"{_KEY}_up"])


def _take_up(data: Dataset, keys: Sequence[RowKey]) -> None:
    try:
        take_up(data.store, keys)
    except EXPLAINED as error:
        st.session_state[_DONE] = _Done(False, explain(error, language()))
        return
    st.session_state.pop(_DONE, None)
