"""Data: the way in for every kind of file, and what was brought in last, with the way back."""

from __future__ import annotations

import streamlit as st

from data.province import default_election
from pages.components import address, bring, cursor, layers, loaders, shell, show
from pages.components.ingest import held
from pages.components.ledger import history
from pages.components.reports.entry import form, state
from pages.components.reports.review import heard, queue
from pages.components.shell import language, t
from pages.components.top import top
from services.dataset import Dataset
from services.ingest.held import open_counts
from services.ingest.kinds import KINDS
from services.ingest.wording import imports_table, places_said
from services.reports.review.queue import n_waiting
from services.texts import day

_SHOWN = 12
_QUEUE, _FILES, _HEARD = "antrean", "impor", "kabar"
_PARTS = (_QUEUE, _FILES, state.WRITING, _HEARD)


def main() -> None:
    shell.enter("data")
    head = top(back=False)
    data = loaders.dataset()
    with head:
        rows = data.reviewed
        events = rows.loc[rows["kind"].ne("nihil"), "date_event"]
        last = day(events.max(), language())
        show.heading(t("data.finding", n=len(rows), day=last), "")
    cursor.cursor(data)
    part = _part(data)
    if part in (_QUEUE, _HEARD):
        (queue if part == _QUEUE else heard).draw(data)
        return
    left, right = st.columns([1.6, 1])
    with left:
        if part == state.WRITING:
            form.draw(data)
        else:
            bring.draw_import(data, tuple(KINDS), default_election(), open_now=True)
            held.draw(data)
            layers.draw(data)
    with right:
        _last(data)
        history.draw(data)


def _part(data: Dataset) -> str:
    """Draw the parts of the page, and return the open one: what waits comes first.

    It stays open when what waited is done, or something comes to wait.
    """
    first = st.session_state.setdefault("data_first", _QUEUE if n_waiting(data)[0] else _FILES)
    return address.tabs("data.parts", _PARTS, "data_part", state.PART, first, "data_part")


def _last(data: Dataset) -> None:
    """Draw what was imported last; one line can be chosen and undone."""
    show.title(t("data.last"))
    rows = bring.last_imports(data).head(_SHOWN)
    if rows.empty:
        with st.container(key="exhibit_none"):
            show.empty(t("data.none"))
        return
    chosen = show.exhibit(
        imports_table(rows, language(), open_counts(data)),
        "imports",
        on_select="rerun",
        selection_mode="single-row",
        key="data_last",
    )
    places = chosen["selection"]["rows"]
    log = rows.iloc[places[0]] if places else None
    if log is None:
        show.note(t("data.choose"))
    elif said := places_said(log["options"], data.place_names, language()):
        show.note(said)
    bring.draw_undo(data, None if log is None else str(log["import_id"]))


main()
