"""Warnings on their way to actions: who owns them, what answers them, how they are closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from analytics.warning.register import AGAIN, CLOSED, LAPSED, NEW
from analytics.warning.rules import LEVELS
from data.clock import noted_on, today
from data.province import zone
from data.store.ledger.conflict import Theirs
from services.actions.register import edit_action, save_action
from services.actions.words import finding as actions_finding
from services.dataset import Dataset
from services.texts import day, label, number, text
from services.warning.record import probability_words, rule_words
from services.warning.register import WARNING_OUTCOMES, close, keep_warnings, reopen, take
from services.warning.words import warning_action, warning_reason, warning_title

__all__ = [
    "AGAIN",
    "CLOSED",
    "COLOUR",
    "LAPSED",
    "NEW",
    "answer",
    "by_gravity",
    "close_warning",
    "delay_table",
    "draft_of",
    "event_lines",
    "finding",
    "level_words",
    "open_again",
    "outcome_table",
    "own",
    "warning_line",
    "warnings_table",
]

COLOUR = {"waspada": "#7a5b00", "siaga": "#b45309", "awas": "#b3261e"}
_SHAPE = {"waspada": "●", "siaga": "◆", "awas": "▲"}
_GRAVE = LEVELS[1:]
_HOURS_A_DAY = 24
_UNTOLD = "untold"


def finding(actions: pd.DataFrame, warnings: pd.DataFrame, lang: str) -> str:
    """Return what is overdue and what nobody owns, in a sentence.

    Parameters
    ----------
    actions
        See `services.actions.register.actions_on`.
    warnings
        See `services.warning.register.register_on`.
    """
    words = actions_finding(actions, lang)
    open_ = warnings[warnings["state"].ne(CLOSED)]
    alone = int((open_["level"].isin(_GRAVE) & open_["owner"].isna()).sum())
    if alone:
        return f"{words}; {text('tindakan.unowned', lang, n=alone)}"
    key = "tindakan.owned" if len(open_) else "tindakan.no_warning"
    return f"{words}; {text(key, lang, n=len(open_))}"


def by_gravity(rows: pd.DataFrame) -> pd.DataFrame:
    """Return warnings, ``rows`` of `register_on`, the gravest first and the closed ones last."""
    level = rows["level"].map({name: -n for n, name in enumerate(LEVELS)}).astype("int64")
    keys = pd.DataFrame({"closed": rows["state"].eq(CLOSED), "level": level})
    return rows.loc[keys.sort_values(["closed", "level"], kind="stable").index].reset_index(
        drop=True
    )


def level_words(level: str, lang: str) -> str:
    """Return a level with its shape, which says the same as its colour."""
    return f"{_SHAPE[level]} {label('warning_level', level, lang)}"


def warnings_table(rows: pd.DataFrame, data: Dataset, lang: str) -> pd.DataFrame:
    """Return warnings, ``rows`` of `register_on`, as a reader sees them, a line each."""
    every = [row for _, row in rows.iterrows()]
    columns = {
        "level": [level_words(row["level"], lang) for row in every],
        "title": [warning_title(row, data, lang) for row in every],
        "owner": [row["owner"] if isinstance(row["owner"], str) else "–" for row in every],
        "state": [label("warning_state", row["state"], lang) for row in every],
        "probability": [probability_words(row["probability"], lang) for row in every],
    }
    return pd.DataFrame({label("warning_column", key, lang): v for key, v in columns.items()})


def warning_line(row: pd.Series, lang: str) -> str:
    """Return how sure a warning, a ``row`` of `register_on`, is, since when and for how long."""
    stage = [] if pd.isna(row["stage"]) else [label("stage", row["stage"], lang)]
    parts = [
        text("tindakan.chance", lang, n=probability_words(row["probability"], lang)),
        text("tindakan.confidence", lang, word=label("confidence", row["confidence"], lang)),
        text("tindakan.since", lang, day=day(row["since"], lang, "short")),
    ]
    if pd.notna(row["horizon_days"]):
        parts.append(text("tindakan.horizon", lang, n=int(row["horizon_days"])))
    return " · ".join([*stage, *parts])


def draft_of(row: pd.Series, data: Dataset, lang: str) -> dict[str, Any]:
    """Return the action that a warning, a ``row`` of `register_on`, suggests, to be looked over."""
    owner = row["owner"] if isinstance(row["owner"], str) else row["proposed_owner"]
    return {
        "decision": warning_action(row, lang),
        "risk": warning_title(row, data, lang),
        "reason": warning_reason(row, data, lang),
        "owner": owner,
        "place_code": row["place_code"],
        "stage": None if pd.isna(row["stage"]) else row["stage"],
        "warning_id": row["warning_id"],
    }


def own(data: Dataset, warning_id: str, office: str, as_of: date) -> None:
    """Let an office take a warning of a day; see `services.warning.register.take`."""
    take(data, warning_id, office, noted_on(as_of))


def answer(
    data: Dataset,
    values: Mapping[str, Any],
    office: str,
    seen: Mapping[str, Any] | None,
    as_of: date,
) -> tuple[Theirs, ...]:
    """Save an action from the form as of a day; the warning that it answers is kept with it.

    Parameters
    ----------
    values
        By column of ``actions``; with ``action_id`` that one is changed, else one is added.
    seen
        What the form showed of the one that is changed, by column.

    Returns
    -------
    tuple of Theirs
        What others changed meanwhile in other columns: it stays.

    Raises
    ------
    SiagaError
        As `edit_action`, `save_action` and `keep_warnings`.
    """
    key, on = values.get("warning_id"), min(as_of, today())
    if key is not None and not data.read("warnings")["warning_id"].eq(key).any():
        keep_warnings(data, on, office)
    known = dict(values)
    if (action_id := known.pop("action_id", None)) is None:
        save_action(data.fresh(), known, office, "formulir", on)
        return ()
    return edit_action(data.fresh(), action_id, known, seen or {}, office, "formulir", on)


def close_warning(
    data: Dataset, row: pd.Series, office: str, reason: str, outcome: str, as_of: date
) -> None:
    """Close a warning, a ``row`` of `register_on`, with a reason; one of today is kept first.

    Raises
    ------
    SiagaError
        As `services.warning.register.close` and `keep_warnings`.
    """
    if row["state"] == NEW:
        keep_warnings(data, as_of, office)
    close(data.fresh(), row["warning_id"], office, reason, outcome, noted_on(as_of))


def open_again(data: Dataset, warning_id: str, office: str, reason: str, as_of: date) -> None:
    """Open a closed warning again as of a day; see `services.warning.register.reopen`."""
    reopen(data, warning_id, office, reason, noted_on(as_of))


def event_lines(events: pd.DataFrame, lang: str) -> list[str]:
    """Return ``events`` of a warning, rows of `history_of`, as a line each, newest first."""
    lines = []
    for _, event in events.iloc[::-1].iterrows():
        at = day(event["at"].tz_convert(zone()), lang, "short")
        what = label("warning_event", event["kind"], lang)
        value = event["value"] if isinstance(event["value"], str) else ""
        section = {"tingkat": "warning_level", "pemilik": ""}.get(event["kind"], "warning_outcome")
        said = label(section, value, lang) if section and value else value
        note = event["note"] if isinstance(event["note"], str) else ""
        lines.append(f"{at} · {event['office']} · {': '.join(filter(None, (what, said, note)))}")
    return lines


def delay_table(rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return how long warnings waited, ``rows`` of `services.warning.register.delays`, in words."""
    columns = {
        "rule": [rule_words(key, lang) for key in rows["rule"]],
        "until": [label("warning_until", key, lang) for key in rows["until"]],
        "n": rows["n"],
        "median": [_hours(value, lang) for value in rows["median_hours"]],
        "longest": [_hours(value, lang) for value in rows["greatest_hours"]],
        "waiting": rows["waiting"],
        "never": rows["never"],
    }
    return pd.DataFrame({label("warning_delay", key, lang): v for key, v in columns.items()})


def _hours(value: float, lang: str) -> str:
    if pd.isna(value):
        return number(None, lang)
    if value < 2 * _HOURS_A_DAY:
        return text("tindakan.hours", lang, n=number(value, lang))
    return text("tindakan.days", lang, n=number(value / _HOURS_A_DAY, lang))


def outcome_table(rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return what came of the warnings of each rule, ``rows`` of `rules_paid_off`, in words."""
    names = [label("warning_rule", key, lang) for key in rows.index]
    columns: dict[str, Any] = {
        label("warning_outcome", "rule", lang): names,
        label("warning_outcome", "n_kept", lang): rows["n_kept"].to_numpy(),
    }
    outcomes = (*WARNING_OUTCOMES, _UNTOLD)
    columns |= {label("warning_outcome", key, lang): rows[key].to_numpy() for key in outcomes}
    return pd.DataFrame(columns)
