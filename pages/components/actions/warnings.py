"""Warnings of a day, the gravest first: what fired on what, whose it is, and what becomes of it."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from data.clock import today
from pages.components import address, show
from pages.components.access.offers import offered
from pages.components.actions import form
from pages.components.shell import language, plain, t
from services.actions.warnings import (
    AGAIN,
    CLOSED,
    COLOUR,
    LAPSED,
    by_gravity,
    close_warning,
    draft_of,
    event_lines,
    level_words,
    open_again,
    own,
    warning_line,
    warnings_table,
)
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.texts import label
from services.warning.record import false_words
from services.warning.register import WARNING_OUTCOMES, history_of, register_on
from services.warning.words import evidence_links, warning_action, warning_reason, warning_title
from services.wording import link

_ASKED, _CHOSEN, _SAID = "peringatan", "w_chosen", "w_said"
_WIDTHS = (95, 335, 125, 140)


def draw(data: Dataset, as_of: date, to_form: Callable[[], None]) -> None:
    """Draw the warnings known on a day; ``to_form`` leads to the form of actions."""
    rows = by_gravity(register_on(data, as_of))
    if rows.empty:
        show.empty(t("tindakan.no_warnings"))
        return
    left, right = st.columns([1.6, 1])
    with left:
        row = _list(data, rows)
    with right:
        _detail(data, row, as_of)
        _ways(data, row, as_of, to_form)


def _list(data: Dataset, rows: pd.DataFrame) -> pd.Series:
    """Draw a line per warning and return the one that is open; the address names it."""
    ids, key = rows["warning_id"].tolist(), f"w_table_{len(rows)}"

    def follow() -> None:
        selected: Any = st.session_state[key]
        if places := selected["selection"]["rows"]:
            address.put(_ASKED, ids[places[0]])

    table = warnings_table(rows, data, language())
    options = show.narrow(table, _WIDTHS)
    show.exhibit(
        table, "warnings", key=key, on_select=follow, selection_mode="single-row", **options
    )
    # Stays open where what is done with it moves it in the list.
    last = str(st.session_state.get(_CHOSEN))
    chosen = address.value(_ASKED, ids, last if last in ids else ids[0])
    st.session_state[_CHOSEN] = chosen
    return rows.iloc[ids.index(chosen)]


def _detail(data: Dataset, row: pd.Series, as_of: date) -> None:
    """Draw what fired on what, what is suggested, and what it rests on."""
    lang = language()
    colour, level = COLOUR[row["level"]], html.escape(level_words(row["level"], lang))
    owner = row["owner"] if isinstance(row["owner"], str) else None
    whose = t("tindakan.owner", office=owner) if owner else ""
    whose = whose or t("tindakan.proposed", office=row["proposed_owner"])
    show.items(
        [
            f'<span class="sb-tag" style="--c:{colour}">{level}</span> '
            f"<b>{html.escape(warning_title(row, data, lang))}</b>",
            html.escape(warning_reason(row, data, lang)),
            f"<b>{html.escape(warning_action(row, lang))}</b><br>{html.escape(whose)}",
        ]
    )
    if row["state"] in (LAPSED, AGAIN, CLOSED):
        reason = row["closing_reason"] if isinstance(row["closing_reason"], str) else ""
        st.info(
            plain(": ".join(filter(None, (label("warning_state", row["state"], lang), reason))))
        )
    show.notes([warning_line(row, lang), false_words(row["rule"], lang, as_of)])
    links = evidence_links(row, data, lang)
    with st.expander(t("tindakan.evidence", n=len(links)), icon=":material/link:"):
        show.items(f"{html.escape(words)} {_link(address)}" for words, address in links)
    events = history_of(data, row["warning_id"])
    if len(events):
        with st.expander(t("tindakan.history", n=len(events)), icon=":material/history:"):
            show.items(html.escape(line) for line in event_lines(events, lang))


def _link(address: str) -> str:
    """Return a link to a source, or to a page of the product."""
    if address.startswith("/"):
        return (
            f'<a href="{html.escape(address)}" target="_self">{html.escape(t("tindakan.open"))}</a>'
        )
    return link(address, t("report.source"))


def _ways(data: Dataset, row: pd.Series, as_of: date, to_form: Callable[[], None]) -> None:
    """Draw what an office can do about a warning."""
    if as_of > today():
        show.note(t("tindakan.ahead"))
        return
    if not offered("warning.event"):
        return
    key = row["warning_id"]
    st.text_input(t("tindakan.office"), key=form.OFFICE, max_chars=120, persist_state="session")
    if row["state"] in (AGAIN, CLOSED):
        _with_reason(
            "reopen", key, lambda office, why, _: open_again(data, key, office, why, as_of), ()
        )
    else:
        with st.container(horizontal=True):
            st.button(
                t("tindakan.take"),
                type="primary",
                icon=":material/front_hand:",
                on_click=_do,
                args=(lambda office: own(data, key, office, as_of), "tindakan.taken"),
                key="w_take",
            )
            st.button(
                t("tindakan.make"),
                icon=":material/add_task:",
                on_click=_make,
                args=(draft_of(row, data, language()), to_form),
                key="w_make",
            )
        _with_reason(
            "close",
            key,
            lambda office, why, outcome: close_warning(data, row, office, why, outcome, as_of),
            WARNING_OUTCOMES,
        )
    if said := st.session_state.pop(_SAID, None):
        (st.success if said[0] else st.error)(plain(said[1]))


def _make(draft: dict[str, Any], to_form: Callable[[], None]) -> None:
    form.choose(form.NEW, draft)
    to_form()


def _with_reason(
    name: str, key: str, write: Callable[[str, str, str], None], outcomes: tuple[str, ...]
) -> None:
    """Draw a way that needs a reason, and perhaps an outcome."""
    with st.expander(t(f"tindakan.{name}")), st.form(f"w_{name}_{key}", border=False):
        outcome = ""
        if outcomes:
            outcome = st.selectbox(
                t("tindakan.outcome"),
                outcomes,
                format_func=lambda one: label("warning_outcome", one, language()),
                key=f"w_outcome_{key}",
            )
        reason = st.text_input(t("tindakan.why"), key=f"w_why_{name}_{key}")
        if st.form_submit_button(t(f"tindakan.{name}_now"), width="stretch"):
            _do(lambda office: write(office, reason, outcome), f"tindakan.{name}_done")
            st.rerun()


def _do(write: Callable[[str], None], done: str) -> None:
    """Write in the name of the office, and keep what is to be said of it for the page drawn next.

    The office is the one that stands in its field now, not when the button was drawn.
    """
    try:
        write(str(st.session_state.get(form.OFFICE) or ""))
    except EXPLAINED as error:
        st.session_state[_SAID] = (False, explain(error, language()))
        return
    st.session_state[_SAID] = (True, t(done))
