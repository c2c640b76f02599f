"""Calls: whom to ask next, on screen and on paper, and a form for what they say."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pandas as pd
import streamlit as st

from pages.components import show
from pages.components.risk_area import chosen_area
from pages.components.shell import language, t
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.next_report import (
    INDICES,
    ZERO_REPORT,
    CallParams,
    CallsView,
    calls_made,
    calls_pdf,
    calls_sub,
    calls_table,
    calls_view,
    desa_tps,
    headline,
    question_words,
    record_call,
    record_zero_report,
    take_back,
    zero_report_days,
)
from services.risk import RiskView
from services.texts import label

_SAID = "kc_said"
_LONGEST = 60
_CHOICES = ("open", "yes", "no", "some")
_VALUES = {"yes": 1.0, "no": 0.0, "some": 0.0}


def draw(data: Dataset, election: str, as_of: date, view: RiskView) -> None:
    """Draw the calls that would narrow an index most, as known on the day of a view."""
    del election, as_of  # the view knows them
    if view.note:
        show.empty(t(view.note))
        return
    bar = st.columns([1.4, 2.6, 2], vertical_alignment="bottom")
    index = bar[0].selectbox(
        t("panggilan.index"),
        list(INDICES),
        format_func=lambda name: label("risk_index", name, language()),
        key="kc_index",
    )
    together = bar[1].toggle(t("panggilan.together"), value=True, key="kc_together")
    try:
        found = calls_view(data, view, index, CallParams(together=together), area=chosen_area(data))
    except EXPLAINED as error:
        st.error(explain(error, language()))
        return
    if found.simulated:
        show.note(t("panggilan.simulated"))
    if found.calls.empty:
        show.empty(t("panggilan.none"))
    else:
        _list(data, view, found)
        show.note(t("panggilan.meaning"))
        show.note(t("panggilan.agencies"))
        _form(data, view, found)
    _made(data, view)


def _list(data: Dataset, view: RiskView, found: CallsView) -> None:
    lang = language()
    show.title(headline(found, lang))
    show.note(calls_sub(found, lang))
    table = calls_table(found, data, lang)
    st.dataframe(table, hide_index=True, height="content")
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
    show.title(t("panggilan.form"))
    said = st.session_state.pop(_SAID, None)
    if said:
        st.success(said)
    lang = language()
    options = list(range(len(found.calls)))

    def name(row: int) -> str:
        call = found.calls.loc[row]
        return t(
            "panggilan.option",
            rank=row + 1,
            desa=data.place_name(call["desa_code"]),
            agency=label("asked_office", call["agency"], lang),
            question=_short(question_words(call["question"], found.indicators, lang)),
        )

    row = st.selectbox(t("panggilan.which"), options, format_func=name, key="kc_which")
    call = found.calls.loc[row]
    questions = str(call["question"]).split("|")
    with st.form("kc_form", border=True):
        answers = [
            answer
            for question in questions
            if (answer := _question(view, found, str(call["desa_code"]), question)) is not None
        ]
        told = st.date_input(
            t("panggilan.told"), view.as_of, max_value=view.as_of, key="kc_told",
            format="DD/MM/YYYY",
        )  # fmt: skip
        if not st.form_submit_button(t("panggilan.save"), type="primary"):
            return
    if not answers:
        st.warning(t("panggilan.unanswered"))
        return
    try:
        _save(data, view, str(call["desa_code"]), answers, told)
    except EXPLAINED as error:
        st.error(explain(error, lang))
        return
    st.session_state[_SAID] = t("panggilan.saved")
    st.rerun()


def _short(words: str) -> str:
    """Return the first question, cut, and how many more there are."""
    first, *rest = words.split("\n")
    first = first if len(first) <= _LONGEST else f"{first[:_LONGEST]}…"
    return f"{first} (+{len(rest)})" if rest else first


Answered = tuple[str, float | None, list[str]]


def _question(view: RiskView, found: CallsView, desa: str, question: str) -> Answered | None:
    """Draw one question; return its answer, None while it is open."""
    lang, key = language(), f"kc_{desa}_{question}"
    words = question_words(question, found.indicators, lang)
    if question == ZERO_REPORT:
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        nothing = left.checkbox(f"{words} — {t('panggilan.nothing')}", key=key)
        start = view.as_of - timedelta(days=zero_report_days(view))
        since = right.date_input(
            t("panggilan.since"), start, max_value=view.as_of, key=f"{key}_since",
            format="DD/MM/YYYY",
        )  # fmt: skip
        show.note(t("panggilan.happened"))
        return (question, None, [since.isoformat()]) if nothing else None
    row = found.indicators.set_index("indicator_id").loc[question]
    if row["kind"] == "number":
        low, high = float(row["low"]), float(row["high"])
        title = f"{words} · {t('panggilan.number_value', low=f'{low:g}', high=f'{high:g}')}"
        value = st.number_input(title, low, high, None, key=key)
        return None if value is None else (question, float(value), [])
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
    # Some, and nobody said which: that is no answer yet.
    if chosen == "open" or (chosen == "some" and not numbers):
        return None
    return question, _VALUES[chosen], numbers if chosen == "some" else []


def _save(data: Dataset, view: RiskView, desa: str, answers: list[Answered], told: date) -> None:
    zero = [row for row in answers if row[0] == ZERO_REPORT]
    rest = [row for row in answers if row[0] != ZERO_REPORT]
    if rest:
        record_call(data, view, desa, rest, told)
    for _, _, (since,) in zero:
        record_zero_report(data, view, desa, date.fromisoformat(since))


def _made(data: Dataset, view: RiskView) -> None:
    """Draw what calls brought so far, and take the last one back."""
    with st.expander(t("panggilan.made")):
        made = calls_made(data, view.election, view.tables, language())
        if made.empty:
            show.empty(t("panggilan.made_none"))
            return
        st.dataframe(made.drop(columns="call"), hide_index=True)
        if st.button(t("panggilan.undo"), key="kc_undo"):
            rows = take_back(data.store, _last(made))
            st.session_state[_SAID] = t("panggilan.undone", n=rows)
            st.rerun()


def _last(made: pd.DataFrame) -> str:
    return str(made["call"].iloc[0])
