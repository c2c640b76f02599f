"""The queue of reports in words: tables, what became of a decision, what a report still needs."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from data.province import zone
from services.dataset import Dataset
from services.reports.review.decisions import Outcome
from services.reports.review.queue import Queue
from services.texts import day, event_day, label, number, text
from services.wording import place_of, quoted, report_item

_LETTERS = 90
_NOTHING = "–"


def finding(queue: Queue, lang: str) -> str:
    """Return in one sentence what waits for whoever is asked."""
    mine, rows = queue.mine, queue.rows
    if rows.empty:
        return text("queue.nothing", lang)
    if mine.empty:
        return text("queue.for_others", lang, n=number(len(rows), lang))
    urgent = int(mine["urgent"].sum())
    key = "queue.finding_urgent" if urgent else "queue.finding"
    return text(key, lang, n=number(len(mine), lang), urgent=number(urgent, lang))


def queue_table(rows: pd.DataFrame, data: Dataset, lang: str) -> pd.DataFrame:
    """Return ``rows`` of `Queue.rows` as a reader sees them."""
    columns = {
        "state": [_state(row, lang) for row in rows.to_dict("records")],
        "day": [
            event_day(at, precision, lang)
            for at, precision in zip(rows["date_event"], rows["date_precision"], strict=True)
        ],
        "place": [data.names.get(code, code) for code in rows["unit_kejadian"]],
        "what": [_what(row, lang) for row in rows.to_dict("records")],
        "severity": list(rows["severity"].astype("Int64")),
        "summary": [_short(summary) for summary in rows["summary"]],
        "agency": list(rows["agency"].fillna(_NOTHING)),
    }
    return pd.DataFrame({label("queue_column", n, lang): v for n, v in columns.items()})


def _state(row: Mapping[Hashable, Any], lang: str) -> str:
    if row["urgent"]:
        return text("queue.urgent", lang)
    if isinstance(row["looked_at_by"], str):
        return text("queue.looked_at", lang)
    return label("queue_hold", row["hold"], lang) if row["hold"] else text("queue.waits", lang)


def _what(row: Mapping[Hashable, Any], lang: str) -> str:
    if row["kind"] == "nihil":
        return label("kind", "nihil", lang)
    what = label("category", row["category"], lang) if isinstance(row["category"], str) else ""
    kind = label("kind", row["kind"], lang)
    return f"{kind}: {what}" if what else kind


def _short(summary: object) -> str:
    if not isinstance(summary, str):
        return _NOTHING
    return summary if len(summary) <= _LETTERS else summary[: _LETTERS - 1].rstrip() + "…"


def report_card(row: pd.Series, data: Dataset, lang: str) -> str:
    """Return a ``row`` of `Queue.rows` as HTML: what it says, who brought it, what holds it."""
    facts = []
    if pd.notna(row["entered"]):
        who = row["entered_by"] if isinstance(row["entered_by"], str) else _NOTHING
        facts.append(text("queue.entered", lang, day=day(row["entered"], lang, "short"), who=who))
    if isinstance(row["looked_at_by"], str):
        at = pd.Timestamp(row["looked_at"]).tz_convert(zone()).strftime("%H.%M")
        facts.append(text("queue.looked_at_by", lang, who=row["looked_at_by"], at=at))
    if row["hold"]:
        facts.append(label("queue_hold", row["hold"], lang))
    item = report_item(row, data, lang)
    told = html.escape(" · ".join(facts))
    return f'{item}<div class="sb-note">{told}</div>'


def twin_item(row: pd.Series, data: Dataset, lang: str) -> str:
    """Return a ``row`` of `likely_twins` as HTML, short: a report that may tell of the same."""
    when = event_day(row["date_event"], row["date_precision"], lang)
    where = html.escape(place_of(row, data, lang))
    words = html.escape(label("verification", row["verification"], lang))
    return (
        f'<div class="sb-report"><b>{when}</b> {where}<br>{quoted(_short(row["summary"]))}<br>'
        f'<span class="sb-note">{words} · {html.escape(str(row["report_id"]))}</span></div>'
    )


def lines_of(rows: pd.DataFrame, data: Dataset, lang: str) -> dict[str, str]:
    """Return ``rows`` of ``reports`` by id, each in one line, to be chosen from a list."""
    return {str(row["report_id"]): _line_of(row, data, lang) for row in rows.to_dict("records")}


def _line_of(row: Mapping[Hashable, Any], data: Dataset, lang: str) -> str:
    when = event_day(row["date_event"], row["date_precision"], lang)
    place = data.names.get(row["unit_kejadian"], row["unit_kejadian"])
    return f"{when}, {place}: {_short(row['summary'])} ({row['report_id']})"


def outcome_words(done: Outcome, value: str, lang: str) -> str:
    """Return what became of a decision about reports: how many, and why not the others."""
    words = [label("queue_done", value, lang, n=number(len(done.done), lang))] if done.done else []
    for why, n in Counter(done.held.values()).items():
        reason = label("queue_hold", why, lang)
        words.append(text("queue.held", lang, n=number(n, lang), why=reason))
    return " ".join(words)
