"""One form by which an officer writes a report, a report of nothing, or what is planned."""

from __future__ import annotations

import html

import pandas as pd
import streamlit as st

from pages.components import address, show
from pages.components.reports.entry import agenda, fields, outcome, state
from pages.components.shell import language, t
from services.dataset import Dataset
from services.reports.review.entry import Draft, correcting, draft_of, submit, twins_of
from services.reports.review.one_row import may_write, send
from services.reports.review.seen import fingerprints
from services.wording import report_item

AGENDA = "agenda"
_REPORTS = ("kejadian", "potensi", "nihil")
"""Kinds of reports, the one that is written most often first."""


def draw(data: Dataset) -> None:
    """Draw the form, with what would become of it and what became of the last one."""
    what = [*(_REPORTS if may_write("reports") else ()), *([AGENDA] if may_write(AGENDA) else ())]
    if not what:
        show.empty(t("entry.no_right"))
        return
    with st.container(key="entry_form"):
        chosen = address.tabs("entry.what", what, "entry_what", state.WHAT, what[0], "entry_what")
        show.note(t(f"entry.about_{chosen}"))
        if chosen == AGENDA:
            planned = agenda.draw(data)
            filled = planned.filled
            outcome.draw(
                data, planned.missing, filled, lambda: send(data.store, filled), "entry.planned"
            )
            return
        _report(data, chosen)


def _report(data: Dataset, kind: str) -> None:
    before, seen = state.corrected() or (None, None)
    if before is not None:
        show.line(t("entry.correcting", report=before.report_id))
        st.button(t("entry.leave"), on_click=state.next_form, key="entry_leave")
    draft = fields.draw(data, kind)
    if before is not None:
        draft = correcting(before, draft)
    _twins(data, draft)
    outcome.draw(
        data, draft.missing, draft.filled, lambda: submit(data.store, draft, seen), "entry.sent"
    )


def _twins(data: Dataset, draft: Draft) -> None:
    """Show what may be the same event; whether it is, the reader says."""
    rows = twins_of(data, draft)
    if rows.empty:
        return
    with st.container(key="entry_twins", border=True):
        show.title(t("entry.twins", n=len(rows)))
        for _, row in rows.assign(is_total=False).iterrows():
            who = "–" if pd.isna(row["agency"]) else row["agency"]
            agency = t("entry.twin_of", agency=who)
            st.html(
                report_item(row, data, language())
                + f'<div class="sb-note">{html.escape(agency)}</div>'
            )
        show.note(t("entry.twins_note"))


def open_report(data: Dataset, report_id: str) -> None:
    """Lead to the form with a stored report in it, to be corrected; for the callback of a button.

    A report that is gone by now leaves the form as it is.
    """
    rows = data.reviewed
    rows = rows[rows["report_id"].eq(report_id)]
    if rows.empty:
        return
    row = rows.iloc[0]
    draft = draft_of(row, data.addresses_of(report_id, row["source_id"]))
    state.correct(draft, fingerprints(rows)[report_id])
    address.put_all({state.PART: state.WRITING, state.WHAT: draft.kind})
