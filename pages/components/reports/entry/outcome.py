"""What would become of a form, the button that sends it, and what became of the last one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.components import show
from pages.components.reports.entry import state
from pages.components.shell import language, plain, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.ingest.imports import ImportResult, undo_import
from services.ingest.wording import note_words
from services.reports.review.one_row import Checked, Filled, check, fault_words
from services.texts import label

_SEEN, _DONE = "entry_seen", "entry_done"


@dataclass(frozen=True)
class Sent:
    """What came of storing a form, the key of the text that says so, and words beside it."""

    result: ImportResult
    told: str
    beside: str = ""


@dataclass(frozen=True)
class _Done:
    """What became of the last form: its words, whether it went well, and the way back."""

    words: str
    good: bool
    import_id: str | None = None


def draw(
    data: Dataset, missing: Sequence[str], filled: Filled, write: Callable[[], Sent | None]
) -> None:
    """Draw what stands in the way of a form, its button, and what became of the last one.

    Parameters
    ----------
    data
        The data set.
    missing
        Fields that are needed and blank.
    filled
        What would be stored.
    write
        Stores it; None where the writer is to be asked first.
    """
    ok = False
    if missing:
        names = ", ".join(label("entry_field", name, language()).lower() for name in missing)
        show.note(t("entry.missing", list=names))
    else:
        ok = _stands(_checked(data, filled))
    pressed = st.button(
        t("entry.send"), type="primary", disabled=not ok, width="stretch", key="entry_send"
    )
    # Not in a callback: the last words typed come with the press, and are checked in this run.
    if pressed and ok:
        send(write)
    _became(data)


def _checked(data: Dataset, filled: Filled) -> Checked:
    """Return what would become of a form, looked at once as long as nothing changes."""
    of = (repr(filled), language(), data.store.revision())
    kept = st.session_state.get(_SEEN)
    if kept is None or kept[0] != of:
        kept = st.session_state[_SEEN] = (of, check(data.store, filled, language()))
    found: Checked = kept[1]
    return found


def _stands(checked: Checked) -> bool:
    """Draw what is to be said of a form before it is sent; return whether it may be."""
    for fault in checked.faults:
        st.warning(plain(fault))
    before = state.corrected()
    if before is not None and checked.repeats == before.report_id:
        show.note(t("entry.unchanged"))
    elif checked.repeats is not None:
        st.warning(plain(t("entry.repeats", report=checked.repeats)))
    if checked.corrects and before is None:
        show.note(t("entry.corrects"))
    if checked.note is None:
        return checked.ready
    show.note(note_words(checked.note, language()))
    looked = st.checkbox(t("persons.checked"), key=state.key("looked"))
    return checked.ready and looked


def send(write: Callable[[], Sent | None]) -> None:
    """Store a form and draw the page again, with what became of it."""
    st.session_state.pop(_DONE, None)
    try:
        sent = write()
    except EXPLAINED as error:
        st.session_state[_DONE] = _Done(explain(error, language()), good=False)
    else:
        if sent is not None:
            _stored(sent)
    st.rerun()


def _stored(sent: Sent) -> None:
    if sent.result.accepted + sent.result.corrected == 0:
        faults = fault_words(sent.result, language())  # of what others changed beside it
        nothing = " ".join([*(faults or [t("entry.nothing")]), sent.beside]).strip()
        st.session_state[_DONE] = _Done(nothing, good=False)
        return
    told = f"{t(sent.told)} {sent.beside}".strip()
    st.session_state[_DONE] = _Done(told, True, sent.result.import_id)
    state.next_form()


def _became(data: Dataset) -> None:
    done: _Done | None = st.session_state.get(_DONE)
    if done is None:
        return
    (st.success if done.good else st.error)(plain(done.words))
    if done.import_id is not None:
        st.button(
            t("entry.undo"),
            icon=":material/undo:",
            on_click=_undo,
            args=(data, done.import_id),
            key="entry_undo",
        )


def _undo(data: Dataset, import_id: str) -> None:
    try:
        undo_import(data.store, import_id)
    except EXPLAINED as error:
        st.session_state[_DONE] = _Done(explain(error, language()), good=False)
        return
    st.session_state[_DONE] = _Done(t("entry.undone"), good=True)
