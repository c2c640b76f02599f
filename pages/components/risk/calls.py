"""Calls: whom to ask next, on screen and on paper, and a form for what they say."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial

import pandas as pd
import streamlit as st

from data.province import zone
from pages.components import address, show
from pages.components.access.offers import offered
from pages.components.entry import number_entry
from pages.components.risk.map import chosen_area
from pages.components.shell import language, plain, problem, t
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.hotspots.tables import setting
from services.risk.headlines import calls_head, no_register_head
from services.risk.index import RiskView
from services.risk.next_report import (
    DELIVERY,
    INDICES,
    STATES,
    ZERO_REPORT,
    CallParams,
    CallReport,
    CallsView,
    calls_made,
    calls_pdf,
    calls_sub,
    calls_table,
    calls_view,
    desa_tps,
    question_words,
    record_call,
    undo_call,
    zero_report_days,
)
from services.texts import label

_SAID = "kc_said"
_LONGEST = 60
_CHOICES = ("open", "yes", "no", "some")
_VALUES = {"yes": 1.0, "no": 0.0, "some": 0.0}


def draw(data: Dataset, election: str, as_of: date, view: RiskView) -> str | None:
    """Draw the calls that would narrow an index most on the day of a view; return the finding."""
    del election, as_of  # the view knows them
    if view.note:
        show.empty(t(view.note))
        return no_register_head(view, "panggilan", language())
    bar = st.columns([1.4, 2.6, 2], vertical_alignment="bottom")
    index = address.choice(
        bar[0], "panggilan.index", list(INDICES), "risk_index", "indeks", key="kc_index"
    )
    together = address.switch(bar[1], t("panggilan.together"), "gabung", "kc_together", first=True)
    try:
        found = calls_view(data, view, index, CallParams(together=together), area=chosen_area(data))
    except EXPLAINED as error:
        problem(error)
        return None
    if found.simulated:
        show.note(t("panggilan.simulated"))
    if found.calls.empty:
        show.empty(t("panggilan.none"))
    else:
        _list(data, view, found)
        _form(data, view, found)
    _made(data, view)
    show.notes(
        [
            calls_sub(found, language()),
            t("panggilan.meaning"),
            t("panggilan.agencies"),
            t("panggilan.happened"),
        ]
    )
    return calls_head(found, data, language())


def _list(data: Dataset, view: RiskView, found: CallsView) -> None:
    lang = language()
    table = calls_table(found, data, lang)
    names = list(table.columns)
    show.exhibit(table, "calls", [names[1], names[2], names[-2]], height="content")
    show.downloads(table, "panggilan")
    st.download_button(
        t("panggilan.pdf"),
        partial(calls_pdf, found, view, data, lang),
        f"panggilan-{view.as_of}.pdf",
        "application/pdf",
        on_click="ignore",
        key="kc_pdf",
    )


def _form(data: Dataset, view: RiskView, found: CallsView) -> None:
    """Draw the form of one call: an answer for each of its questions."""
    if not offered("risk.answer"):
        return
    with st.expander(
        t("panggilan.form"), icon=":material/call:", expanded=_SAID in st.session_state
    ):
        _answers(data, view, found)


def _answers(data: Dataset, view: RiskView, found: CallsView) -> None:
    said = st.session_state.pop(_SAID, None)
    if said:
        st.success(plain(said))
    lang = language()
    calls = {
        (row["desa_code"], row["agency"], row["question"]): (rank, row)
        for rank, row in enumerate(found.calls.to_dict("records"), start=1)
    }

    def name(key: tuple[str, str, str]) -> str:
        rank, call = calls[key]
        return t(
            "panggilan.option",
            rank=rank,
            desa=data.place_name(call["desa_code"]),
            agency=label("asked_office", call["agency"], lang),
            question=_short(question_words(call["question"], found.indicators, lang)),
        )

    # What is chosen is the call, not its rank: the list changes under it with each answer.
    chosen = st.selectbox(t("panggilan.which"), list(calls), format_func=name, key="kc_which")
    _, call = calls[chosen]
    desa, questions = str(call["desa_code"]), str(call["question"]).split("|")
    with st.form("kc_form", border=True):
        reported = _call_report(view, found, desa, questions)
        if not st.form_submit_button(t("panggilan.save"), type="primary"):
            return
    if not reported.answers and reported.nothing_since is None and reported.state is None:
        st.warning(t("panggilan.unanswered"))
        return
    try:
        record_call(data, view, reported)
    except EXPLAINED as error:
        problem(error)
        return
    st.session_state[_SAID] = t("panggilan.saved")
    st.rerun()


def _call_report(view: RiskView, found: CallsView, desa: str, questions: list[str]) -> CallReport:
    """Draw the questions of a call; return what was answered."""
    listed = [q for q in questions if q not in (ZERO_REPORT, DELIVERY)]
    answers = [a for q in listed if (a := _question(view, found, desa, q)) is not None]
    since = _nothing_since(view, found, desa) if ZERO_REPORT in questions else None
    asked = DELIVERY in questions and offered("receipt.write")
    state, clock = _delivery(found, desa) if asked else (None, None)
    day = st.date_input(
        t("panggilan.told"), view.as_of, max_value=view.as_of, key="kc_told", format="DD/MM/YYYY"
    )
    at = None if clock is None else datetime.combine(day, clock, tzinfo=zone())
    return CallReport(desa, answers, day, since, state, at)


def _nothing_since(view: RiskView, found: CallsView, desa: str) -> date | None:
    """Draw the question whether anything happened; return since when nothing did."""
    words = question_words(ZERO_REPORT, found.indicators, language())
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    nothing = left.checkbox(plain(f"{words} — {t('panggilan.nothing')}"), key=f"kc_{desa}_zero")
    since = right.date_input(
        t("panggilan.since"),
        view.as_of - timedelta(days=zero_report_days(view)),
        max_value=view.as_of,
        key=f"kc_{desa}_since",
        format="DD/MM/YYYY",
    )
    return since if nothing else None


def _delivery(found: CallsView, desa: str) -> tuple[str | None, time | None]:
    """Draw the question how far the boxes have come; return state and clock."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    state = left.radio(
        plain(question_words(DELIVERY, found.indicators, language())),
        ("open", *STATES),
        format_func=lambda s: (
            t("panggilan.open") if s == "open" else label("receipt_state", s, language())
        ),
        horizontal=True,
        key=f"kc_{desa}_delivery",
    )
    clock = right.time_input(t("panggilan.clock"), time(6, 0), key=f"kc_{desa}_clock")
    return (None, None) if state == "open" else (state, clock)


def _short(words: str) -> str:
    """Return the first question, cut, and how many more there are."""
    first, *rest = words.split("\n")
    first = first if len(first) <= _LONGEST else f"{first[:_LONGEST]}…"
    return f"{first} (+{len(rest)})" if rest else first


def _question(
    view: RiskView, found: CallsView, desa: str, question: str
) -> tuple[str, float, list[str]] | None:
    """Draw one question of the list; return its answer, None while it is open."""
    lang, key = language(), f"kc_{desa}_{question}"
    words = plain(question_words(question, found.indicators, lang))
    known = found.indicators.set_index("indicator_id")
    if known["kind"][question] == "number":
        low, high = (float(known[name][question]) for name in ("low", "high"))
        ends = {"low": setting(low, lang), "high": setting(high, lang)}
        title = f"{words} · {t('panggilan.number_value', **ends)}"
        value = number_entry(st, title, low, high, None, key, 1)
        return None if value is None else (question, value, [])
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    chosen = left.radio(
        words, _CHOICES, format_func=lambda c: t(f"panggilan.{c}"), horizontal=True, key=key
    )
    numbers = right.multiselect(
        t("panggilan.numbers"),
        desa_tps(view, desa),
        key=f"{key}_tps",
        placeholder=t("panggilan.numbers_hint"),
    )
    # Some, but not which ones: that is no answer yet.
    if chosen == "open" or (chosen == "some" and not numbers):
        return None
    return question, _VALUES[chosen], numbers if chosen == "some" else []


def _made(data: Dataset, view: RiskView) -> None:
    """Draw what calls brought so far, and take the last one back."""
    with st.expander(t("panggilan.made")):
        made = calls_made(data, view.election, view.tables, language())
        if made.empty:
            show.empty(t("panggilan.made_none"))
            return
        show.table(made.drop(columns="call"))
        if offered("risk.answer", told=False) and st.button(t("panggilan.undo"), key="kc_undo"):
            try:
                rows = undo_call(data.store, _last(made))
            except EXPLAINED as error:
                problem(error)
                return
            st.session_state[_SAID] = t("panggilan.undone", n=rows)
            st.rerun()


def _last(made: pd.DataFrame) -> str:
    return str(made["call"].iloc[0])
