"""Whom to call next: the calls that narrow the indices most, on paper, and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from analytics.custody.chain import STATES
from analytics.reports.places import inside
from analytics.risk.components import load_part, split_indicators, value_table
from analytics.risk.next_report import (
    DELIVERY,
    ZERO_REPORT,
    CallParams,
    agency_of,
    best_calls,
    delivery_calls,
    indicator_calls,
    total_width,
    zero_report_calls,
)
from analytics.risk.params import INDICES
from data.risk.answers import (
    Answer,
    call_id,
    read_calls,
    undo_call,
    write_answers,
    write_delivery,
    write_zero_report,
)
from data.store.ledger.rights import require_now
from geo.errors import ParameterError
from services.dataset import Dataset
from services.paper import Table, Text
from services.risk.facts import RiskTables
from services.risk.index import RiskView, risk_view
from services.texts import day, label, number, text

__all__ = [
    "DELIVERY",
    "INDICES",
    "STATES",
    "ZERO_REPORT",
    "CallParams",
    "calls_view",
    "read_calls",
    "undo_call",
]

_INDICATOR_PARTS = ("indikator", "komunikasi", "riwayat")
_REPORT_PARTS = ("konflik", "potensi")
_WORDS = {ZERO_REPORT: "panggilan.zero_question", DELIVERY: "panggilan.delivery_question"}
"""Words of the questions beside the indicators of the list."""


@dataclass(frozen=True, eq=False)
class CallsView:
    """The calls that would narrow one index most.

    Attributes
    ----------
    index
        ``keamanan`` or ``logistik``: never both added up.
    calls
        As `analytics.risk.next_report.best_calls` returns them.
    possible
        Number of open questions, one per desa and question.
    width
        Range of the index summed over all TPS now.
    askable
        How much of that range some call could take away.
    tps
        Number of TPS.
    indicators
        The cycle's list.
    simulated
        Whether the view shows simulated values; the list never takes these for known.
    """

    index: str
    calls: pd.DataFrame = field(repr=False)
    possible: int
    width: float
    askable: float
    tps: int
    indicators: pd.DataFrame = field(repr=False)
    simulated: bool


def calls_view(
    data: Dataset,
    view: RiskView,
    index: str,
    params: CallParams | None = None,
    area: str | None = None,
) -> CallsView:
    """Return the calls that would narrow an index most on the day of a view.

    With the code of an area only its TPS count, and only its desa are asked about.

    Simulated values are not known: with them in the view, the real state of the same day counts.

    Raises
    ------
    ParameterError
        For an unknown index, or an election without a register of TPS.
    """
    if index not in INDICES:
        raise ParameterError("index", index, "one of " + ", ".join(INDICES))
    if view.note:
        raise ParameterError("election", view.election, "an election with a register of TPS")
    real = risk_view(data, view.election, view.as_of, view.params) if view.simulation else view
    calls, tps = _all_calls(data, real, index), real.tps
    if area is not None:
        calls, tps = (f[inside(f["desa_code"].astype(str), area)] for f in (calls, tps))
    low, high = (tps[f"{index}_{end}"] for end in ("low", "high"))
    return CallsView(
        index=index,
        calls=best_calls(calls, params),
        possible=len(calls),
        width=total_width(low, high),
        askable=float(calls["narrowing"].sum()),
        tps=len(tps),
        indicators=real.tables.indicators,
        simulated=view.simulation,
    )


def _all_calls(data: Dataset, view: RiskView, index: str) -> pd.DataFrame:
    tps = view.tps.reset_index()
    weights = view.params.index(index)
    weight = dict(zip(weights.components, weights.weights, strict=True))
    parts = split_indicators(view.tables.indicators, view.params.network)
    found = []
    for name in _INDICATOR_PARTS:
        if name in weight and len(parts[name]):
            table, _ = value_table(tps, parts[name], view.tables.values)
            shares = view.weights["weight"].to_numpy() if name == "indikator" else None
            known = ~np.isnan(table)
            found.append(
                indicator_calls(tps["desa_code"], known, parts[name], weight[name], shares)
            )
    if "kiriman" in weight:
        part = view.parts[index]["kiriman"]
        width = np.where(part.known > 0, 0.0, part.high - part.low) * weight["kiriman"]
        found.append(delivery_calls(tps["desa_code"], pd.Series(width, index=tps.index)))
    if set(_REPORT_PARTS) <= set(weight):
        found.append(zero_report_calls(tps["desa_code"], _unwatched(data, view, weight)))
    return pd.concat(found, ignore_index=True)


def _unwatched(data: Dataset, view: RiskView, weight: dict[str, float]) -> pd.Series:
    """Return by desa how much of a TPS's range comes from time without monitoring.

    Measured, not derived: the high end as it is, less the high end had somebody watched all the
    time that counts.
    """
    whole = pd.DataFrame(
        {
            "unit_code": data.units.loc[data.units["level"].eq("provinsi"), "code"],
            "date_start": pd.Timestamp(view.as_of - timedelta(days=zero_report_days(view))),
            "date_end": pd.Timestamp(view.as_of),
        }
    )
    field_ = view.desa_field
    watched = replace(field_, coverage=whole)
    width = np.zeros(len(field_.codes))
    for name in _REPORT_PARTS:
        which = field_.conflict if name == "konflik" else field_.potential
        now, then = (load_part(f, which, [view.as_of]).high[0] for f in (field_, watched))
        width += weight[name] * (now - then)
    return pd.Series(width.clip(min=0.0), index=list(field_.codes))


def zero_report_days(view: RiskView) -> int:
    """Return for how many days back a zero report must speak to narrow all that it can."""
    return max(view.params.conflict.lookback_days, view.params.potential.lookback_days)


def question_words(question: str, indicators: pd.DataFrame, lang: str) -> str:
    """Return questions (joined by |) in words, one a line; ``indicators`` as in `RiskTables`."""
    names = indicators.set_index("indicator_id")["name"].to_dict()
    words = [
        text(_WORDS[q], lang) if q in _WORDS else str(names.get(q, q)) for q in question.split("|")
    ]
    return "\n".join(words)


def calls_table(found: CallsView, data: Dataset, lang: str) -> pd.DataFrame:
    """Return the calls as a table of words, for the page and the file."""
    rows = found.calls
    digits = 3
    return pd.DataFrame(
        {
            text("panggilan.col_rank", lang): range(1, len(rows) + 1),
            text("panggilan.col_desa", lang): [
                data.place_names.get(c, c) for c in rows["desa_code"]
            ],
            text("panggilan.col_agency", lang): [
                label("asked_office", a, lang) for a in rows["agency"]
            ],
            text("panggilan.col_question", lang): [
                question_words(q, found.indicators, lang).replace("\n", "; ")
                for q in rows["question"]
            ],
            text("panggilan.col_tps", lang): rows["tps"],
            text("panggilan.col_narrowing", lang): rows["narrowing"].round(digits),
            text("panggilan.col_running", lang): rows["running"].round(digits),
        }
    )


def calls_pdf(found: CallsView, view: RiskView, data: Dataset, lang: str) -> bytes:
    """Return the list on paper, with room for the answers."""
    from services.pdf import pdf

    lines = []
    for rank, call in enumerate(found.calls.to_dict("records"), start=1):
        place = data.place_names.get(call["desa_code"], call["desa_code"])
        head = (rank, place, label("asked_office", call["agency"], lang), call["tps"])
        for n, question in enumerate(str(call["question"]).split("|")):
            first = head if n == 0 else (None, None, None, None)
            lines.append((*first, question_words(question, found.indicators, lang)))
    frame = pd.DataFrame(
        {
            text("panggilan.col_rank", lang): [row[0] for row in lines],
            text("panggilan.col_desa", lang): [row[1] for row in lines],
            text("panggilan.col_agency", lang): [row[2] for row in lines],
            text("panggilan.col_tps", lang): [row[3] for row in lines],
            text("panggilan.col_question", lang): [row[4] for row in lines],
            text("panggilan.col_answer", lang): text("panggilan.answer_box", lang),
        },
        dtype="object",
    )
    title = text("panggilan.pdf_title", lang, day=day(view.as_of, lang))
    words: list[Text | Table] = [
        Text(headline(found, lang), "strong"),
        Text(text("panggilan.meaning", lang)),
        Table(frame, widths_mm=(10, 62, 20, 12, 97, 64)),
        Text(text("panggilan.agencies", lang), "small"),
    ]
    return pdf(
        title,
        words,
        access=text("panggilan.access", lang),
        lang=lang,
        wide=True,
        footer=label("election", view.election, lang),
    )


def headline(found: CallsView, lang: str) -> str:
    """Return in a sentence what the listed calls would do."""
    share = 100 * found.calls["narrowing"].sum() / found.width if found.width else 0.0
    return text(
        "panggilan.headline",
        lang,
        n=number(len(found.calls), lang),
        share=number(share, lang, 1),
        index=label("risk_index", found.index, lang).lower(),
    )


def calls_sub(found: CallsView, lang: str) -> str:
    """Return how wide the index is, and how much of that any question could take away."""
    share = 100 * found.askable / found.width if found.width else 0.0
    return text(
        "panggilan.sub",
        lang,
        tps=number(found.tps, lang),
        width=number(found.width, lang),
        askable=number(share, lang),
        possible=number(found.possible, lang),
    )


def desa_tps(view: RiskView, desa_code: str) -> list[str]:
    """Return the numbers of a desa's TPS."""
    return sorted(view.tps.loc[view.tps["desa_code"].eq(desa_code), "number"].astype(str))


@dataclass(frozen=True)
class CallReport:
    """What one call brought.

    Attributes
    ----------
    desa_code
        The desa that was asked about.
    answers
        Per question: its indicator; the value of the whole desa; numbers of TPS (three digits)
        for which it is yes all the same. A question left open is not among them.
    day
        Day since when it holds; not after the day of the view, or the list would not change.
    nothing_since
        Day since when nothing happened; None: not asked, or something did.
    state, at
        How far the boxes have come, and when (with zone); None: not asked.
    """

    desa_code: str
    answers: Sequence[tuple[str, float, Sequence[str]]]
    day: date
    nothing_since: date | None = None
    state: str | None = None
    at: datetime | None = None


def record_call(data: Dataset, view: RiskView, reported: CallReport) -> str:
    """Store what a call brought, and return the key to take it back by.

    Raises
    ------
    ParameterError, SchemaError
        When something of it cannot be; the fields before it are stored then.
    RightError
        When whoever acts may not enter all of it; nothing is stored then.
    """
    if reported.day > view.as_of:
        raise ParameterError("date", reported.day, f"<= {view.as_of}")
    require_now("risk.answer")
    if reported.state is not None:
        require_now("receipt.write")
    call = call_id()
    rows: list[Answer] = []
    for question, value, numbers in reported.answers:
        plain, agency = (view.election, question, reported.desa_code), agency_words(question)
        rows.append(Answer(*plain, None, value, agency, reported.day))
        rows += [Answer(*plain, n, 1.0, agency, reported.day) for n in numbers]
    if rows:
        write_answers(data.store, rows, view.tables.indicators, call)
    if reported.state is not None and reported.at is not None:
        write_delivery(
            data.store, view.election, reported.desa_code, reported.state, reported.at, call
        )
    if reported.nothing_since is not None:
        start, agency = reported.nothing_since, agency_words(ZERO_REPORT)
        write_zero_report(data.store, reported.desa_code, start, view.as_of, agency, call)
    return call


def agency_words(question: str) -> str:
    """Return the name under which an answer is stored: the office, in Indonesian."""
    return label("asked_office", agency_of(question))


def calls_made(data: Dataset, election: str, tables: RiskTables, lang: str) -> pd.DataFrame:
    """Return what calls brought, newest first: ``call`` and words for the reader."""
    rows = read_calls(data, election)
    yes, no = text("panggilan.yes", lang), text("panggilan.no", lang)
    return pd.DataFrame(
        {
            "call": rows["call"],
            text("panggilan.col_desa", lang): rows["desa_code"].map(data.place_names),
            "TPS": [
                text("panggilan.whole", lang) if pd.isna(tps_id) else str(tps_id)[-3:]
                for tps_id in rows["tps_id"]
            ],
            text("panggilan.col_question", lang): [
                question_words(q, tables.indicators, lang) for q in rows["question"]
            ],
            text("panggilan.col_answer", lang): [
                label("receipt_state", state, lang)
                if pd.notna(state)
                else text("panggilan.nothing", lang)
                if pd.isna(v)
                else yes
                if v == 1
                else no
                if v == 0
                else number(v, lang, 2)
                for v, state in zip(rows["value"], rows["state"], strict=True)
            ],
            text("panggilan.col_agency", lang): rows["agency"],
            text("panggilan.col_date", lang): pd.to_datetime(rows["date"]).dt.date,
        }
    )
