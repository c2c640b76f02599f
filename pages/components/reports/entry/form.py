"""One form by which an officer writes a report, a report of nothing, or what is planned."""

from __future__ import annotations

import html

import pandas as pd
import streamlit as st

from pages.components import address, show
from pages.components.ledger import conflict
from pages.components.reports.entry import agenda, fields, outcome, state
from pages.components.shell import language, t
from services.dataset import Dataset
from services.ledger.conflict import RecordChangedError, Say, others_words
from services.reports.review.conflict import chosen, value_words
from services.reports.review.draft import Draft, correcting, draft_of
from services.reports.review.entry import submit, twins_of
from services.reports.review.one_row import may_write, send
from services.texts import label
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
        which = address.tabs("entry.what", what, "entry_what", state.WHAT, what[0], "entry_what")
        show.note(t(f"entry.about_{which}"))
        if which == AGENDA:
            planned = agenda.draw(data)
            filled = planned.filled

            def write() -> outcome.Sent:
                return outcome.Sent(send(data.store, filled), "entry.planned")

            outcome.draw(data, planned.missing, filled, write)
            return
        _report(data, which)


def _report(data: Dataset, kind: str) -> None:
    before = state.corrected()
    if before is not None:
        show.line(t("entry.correcting", report=before.report_id))
        st.button(t("entry.leave"), on_click=state.next_form, key="entry_leave")
    draft = fields.draw(data, kind)
    if before is not None:
        draft = correcting(before, draft)
    _twins(data, draft)
    outcome.draw(data, draft.missing, draft.filled, lambda: _write(data, draft, draft, before))
    if before is not None:
        _ask(data, draft, before)


def _write(data: Dataset, typed: Draft, draft: Draft, before: Draft | None) -> outcome.Sent | None:
    """Store a draft; what others made of the same fields is kept, to be asked about.

    ``typed`` is what the fields say: ``draft`` itself, unless the writer was asked before.
    """
    state.ask(typed, None)
    try:
        done = submit(data.store, draft, before)
    except RecordChangedError as error:
        state.ask(typed, error)
        return None
    told = "entry.sent" if done.waits else "entry.stands"
    beside = others_words(done.others, language(), _name, _say(data))
    return outcome.Sent(done.result, told, beside)


def _ask(data: Dataset, draft: Draft, before: Draft) -> None:
    """Draw what others made of the same fields, if so, and store what the reader chooses."""
    error = state.asked(draft)
    if error is None:
        return
    newest = hash(tuple((one.column, str(one.stored)) for one in error.theirs))
    kept = conflict.ask(error, f"entry_ask_{newest}", _name, _say(data))
    if kept is not None:
        base, own = chosen(error.theirs, kept, before, draft)
        outcome.send(lambda: _write(data, draft, own, base))


def _name(field: str) -> str:
    return t("entry.what") if field == "kind" else label("entry_field", field, language())


def _say(data: Dataset) -> Say:
    return lambda field, value: value_words(field, value, data, language())


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


def offer(data: Dataset, report_id: str, key: str, held: bool = False) -> None:
    """Draw the button that leads to the form with a stored report, for an account that may write.

    Parameters
    ----------
    data
        The data set.
    report_id
        The report.
    key
        Of the button.
    held
        Whether the report is outside what the account may change.
    """
    if may_write("reports"):
        st.button(
            t("entry.correct"),
            icon=":material/edit:",
            disabled=held,
            on_click=open_report,
            args=(data, report_id),
            key=key,
        )


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
    state.correct(draft)
    address.put_all({state.PART: state.WRITING, state.WHAT: draft.kind})
