"""The places to watch on a day, each with its reason in one line."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import pandas as pd

from analytics.reports.review.replay import status_on
from analytics.reports.selection import known_on
from analytics.reports.watch import PARTS, WatchParams, places_to_watch, watch_params
from data.reports.watch import read_watch_weights
from services.dataset import Dataset
from services.memo import memo
from services.texts import day, event_day, label, number, text

PLACES = 5
_WORDS = 90
"""Letters of a summary that fit on a line."""
_SETTLED = "diredam"


@cache
def weights() -> WatchParams:
    """Return what weighs in the list."""
    return watch_params(read_watch_weights())


@memo(16)
def watch_list(data: Dataset, as_of: date, n: int = PLACES) -> pd.DataFrame:
    """Return the places to watch first; see `analytics.reports.watch.places_to_watch`."""
    return places_to_watch(data.countable, data.agenda, as_of, weights(), n)


@dataclass(frozen=True)
class WatchItem:
    """Why a place is on the list, in the pieces of one line.

    Attributes
    ----------
    what
        What weighs most there.
    date, precision
        Day of it, and how finely that is known.
    days_to
        In how many days it comes; None for what was reported.
    age_days
        Days since anybody spoke of it; None for what comes.
    severity
        1 to 5; None where it is not known.
    kind
        Kind on the agenda of what comes; None for what was reported.
    """

    what: str
    date: pd.Timestamp
    precision: str
    days_to: int | None
    age_days: int | None
    severity: int | None
    kind: str | None = None


def watch_item(row: pd.Series, data: Dataset, as_of: date) -> WatchItem:
    """Return why a ``row`` of `watch_list` is on the list: its gravest reason alone."""
    if row["reasons"][0] == "agenda":
        item, days_to = _agenda_item(row, data), int(row["days_to"])
        when = pd.Timestamp(as_of) + pd.Timedelta(days=days_to)
        what, kind = str(item["title"]).rstrip("."), str(item["kind"])
        return WatchItem(what, when, "day", days_to, None, None, kind)
    report = _report(row, data)
    severity = None if pd.isna(report["severity"]) else int(report["severity"])
    return WatchItem(
        _what(report, data),
        report["date_event"],
        str(report["date_precision"]),
        None,
        int(row["age_days"]),
        severity,
    )


def watch_sentence(row: pd.Series, data: Dataset, as_of: date, lang: str) -> str:
    """Return why a ``row`` of `watch_list` is on the list: its gravest reason, dated, and others.

    The lead is what weighs most, and the rest is counted.
    """
    ahead = row["reasons"][0] == "agenda"
    lead = _agenda_words(row, data, as_of, lang) if ahead else _report_words(row, data, as_of, lang)
    others = {
        "potensi": int(row["n_potensi"]),
        "konflik": int(row["n_konflik"]),
        "agenda": int(row["n_agenda"]),
    }
    kind = "agenda" if ahead else _part_of(row, data)
    others[kind] -= 1
    tail = [text(f"watch.more_{key}", lang, n=number(n, lang)) for key, n in others.items() if n]
    if row["part_perubahan"] > 0:
        numbers = {"now": number(row["n_now"], lang), "before": number(row["n_before"], lang)}
        tail.append(text("watch.change", lang, days=weights().change_days, **numbers))
    return lead + (text("watch.also", lang, list=", ".join(tail)) if tail else "") + "."


@memo(16)
def watch_items(data: Dataset, as_of: date) -> tuple[WatchItem, ...]:
    """Return `watch_item` of each row of `watch_list`."""
    return tuple(watch_item(row, data, as_of) for _, row in watch_list(data, as_of).iterrows())


@memo(16)
def watch_sentences(data: Dataset, as_of: date, lang: str) -> tuple[str, ...]:
    """Return `watch_sentence` of each row of `watch_list`."""
    rows = watch_list(data, as_of)
    return tuple(watch_sentence(row, data, as_of, lang) for _, row in rows.iterrows())


def _report(row: pd.Series, data: Dataset) -> pd.Series:
    found: pd.Series = data.countable.set_index("report_id").loc[row["report_id"]]
    return found


def _part_of(row: pd.Series, data: Dataset) -> str:
    return "potensi" if _report(row, data)["kind"] == "potensi" else "konflik"


def _report_words(row: pd.Series, data: Dataset, as_of: date, lang: str) -> str:
    """Return the report that weighs most in words: what, when, how grave, what became of it."""
    report = _report(row, data)
    values = {"what": _what(report, data), "age": number(row["age_days"], lang)}
    values["day"] = event_day(report["date_event"], report["date_precision"], lang)
    values["severity"] = ""
    if pd.notna(report["severity"]):
        values["severity"] = text("watch.severity", lang, n=int(report["severity"]))
    if report["kind"] == "potensi":
        return text("watch.stale" if row["stale"] else "watch.potensi", lang, **values)
    settled = _is_settled(report, data, as_of)
    return text("watch.konflik_settled" if settled else "watch.konflik", lang, **values)


def _what(report: pd.Series, data: Dataset) -> str:
    title = data.affair_titles.get(report["perkara_id"])
    words = title if isinstance(title, str) else report["summary"]
    return textwrap.shorten(str(words).rstrip("."), _WORDS, placeholder=" …")


def _is_settled(conflict: pd.Series, data: Dataset, as_of: date) -> bool:
    """Return whether the last word on an affair since a conflict, as known on a day, is calm.

    A danger that came to nothing (``tidak_terbukti``) calms no conflict that did happen.
    """
    rows = data.countable[data.countable["perkara_id"].eq(conflict["perkara_id"])]
    later = rows["status"].notna() & rows["date_event"].ge(conflict["date_event"])
    said = rows[later & known_on(rows, as_of)].sort_values(["date_event", "report_id"])
    return not said.empty and bool(status_on(said, as_of).iloc[-1] == _SETTLED)


def _agenda_item(row: pd.Series, data: Dataset) -> pd.Series:
    found: pd.Series = data.agenda.set_index("agenda_id").loc[row["agenda_id"]]
    return found


def _agenda_words(row: pd.Series, data: Dataset, as_of: date, lang: str) -> str:
    item = _agenda_item(row, data)
    days_to = int(row["days_to"])
    key = {0: "watch.today", 1: "watch.tomorrow"}.get(days_to, "watch.ahead")
    when = text(key, lang, n=days_to, day=day(as_of + timedelta(days=days_to), lang))
    return text("watch.agenda", lang, what=str(item["title"]).rstrip("."), when=when)


def watch_rows(data: Dataset, as_of: date, lang: str, n: int = PLACES) -> list[dict[str, object]]:
    """Return the list for other programs: place, rank, score, its parts, age and reason."""
    return [
        {
            "place_code": row["code"],
            "place": data.place_names[row["code"]],
            "level": label("level", row["level"], lang).lower(),
            "rank": int(row["rank"]),
            "score": round(float(row["score"]), 4),
            "parts": {part.removeprefix("part_"): round(float(row[part]), 4) for part in PARTS},
            "age_days": None if pd.isna(row["age_days"]) else int(row["age_days"]),
            "stale": bool(row["stale"]),
            "severity": None if pd.isna(row["severity_max"]) else int(row["severity_max"]),
            "reason": watch_sentence(row, data, as_of, lang),
            "report_ids": list(row["report_ids"]),
            "agenda_ids": list(row["agenda_ids"]),
        }
        for _, row in watch_list(data, as_of, n).iterrows()
    ]
