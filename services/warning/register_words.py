"""The register of warnings in words: its rows, what was noted, how long it took, what paid off."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from data.province import zone
from services.dataset import Dataset
from services.texts import day, label, number, text
from services.warning.record import ALL, probability_words, wolves
from services.warning.register import (
    WARNING_OUTCOMES,
    delays,
    history_of,
    register_on,
    rules_paid_off,
)
from services.warning.today import rules
from services.warning.words import short_place, warning_title

_DAY_HOURS = 24
_FIRST_IN_DAYS = 48
"""From so many hours on a duration is said in days."""


def title_of(row: pd.Series, data: Dataset, lang: str) -> str:
    """Return place and matter of a ``row`` of `register_on`, also of a rule that is gone."""
    if row["rule"] in rules():
        return warning_title(row, data, lang)
    return f"{short_place(row['place_code'], data)}: {label('warning_rule', row['rule'], lang)}"


def owner_words(row: pd.Series, lang: str) -> str:
    """Return who owns the warning of a ``row`` of `register_on`, or who is proposed to."""
    if pd.notna(row["owner"]):
        return str(row["owner"])
    return text("warning_register.proposed", lang, office=row["proposed_owner"])


def state_words(row: pd.Series, lang: str) -> str:
    """Return the state of a ``row`` of `register_on`; of a closed one with outcome and reason."""
    words = label("warning_state", row["state"], lang)
    if pd.isna(row["closed_at"]):
        return words
    outcome = label("warning_outcome", row["outcome"], lang)
    return f"{words} ({outcome}): {row['closing_reason']}"


def age_words(days: int, lang: str) -> str:
    """Return an age in days."""
    return text("warning_register.old", lang, n=int(days))


def hours_words(hours: float, lang: str) -> str:
    """Return a duration: in hours, from two days on in days; a dash where there is none."""
    if pd.isna(hours):
        return number(None, lang)
    if hours < _FIRST_IN_DAYS:
        return text("warning_register.hours", lang, n=number(hours, lang))
    return text("warning_register.days", lang, n=number(hours / _DAY_HOURS, lang, 1))


def moment_words(at: pd.Timestamp, lang: str) -> str:
    """Return day and time in the province; a dash where there is none."""
    if pd.isna(at):
        return number(None, lang)
    local = at.tz_convert(zone())
    return f"{day(local, lang, 'short')} {local:%H.%M}"


def register_table(data: Dataset, as_of: date, lang: str) -> pd.DataFrame:
    """Return the register of a day as a table to read, in the order of `register_on`."""
    rows = register_on(data, as_of)
    each = [row for _, row in rows.iterrows()]
    cells: dict[str, list[Any]] = {
        "what": [title_of(row, data, lang) for row in each],
        "level": [label("warning_level", row["level"], lang) for row in each],
        "state": [state_words(row, lang) for row in each],
        "raised": [day(row["raised_on"], lang, "short") for row in each],
        "age": [age_words(row["age_days"], lang) for row in each],
        "owner": [owner_words(row, lang) for row in each],
        "acted": [moment_words(row["first_action_at"], lang) for row in each],
        "outcome": [label("warning_outcome", row["outcome"], lang) for row in each],
        "probability": [probability_words(row["probability"], lang) for row in each],
        "id": rows["warning_id"].tolist(),
    }
    return _headed(cells, lang)


def register_json(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return ``rows`` of `register_on` for other programs: days and moments as ISO 8601."""
    plain = rows.astype("object")
    for name in ("since", "raised_on"):
        plain[name] = rows[name].dt.strftime("%Y-%m-%d")
    for name in ("first_action_at", "closed_at"):
        plain[name] = rows[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    found: list[dict[str, Any]] = [
        {str(name): None if _is_missing(value) else value for name, value in row.items()}
        for row in plain.to_dict("records")
    ]
    return found


def history_table(data: Dataset, warning_id: str, lang: str) -> pd.DataFrame:
    """Return what was noted of a warning, oldest first: when, what, by which office, why."""
    rows = history_of(data, warning_id)
    each = [row for _, row in rows.iterrows()]
    cells: dict[str, list[Any]] = {
        "at": [moment_words(row["at"], lang) for row in each],
        "noted": [_noted(row, lang) for row in each],
        "office": rows["office"].tolist(),
        "reason": [number(None, lang) if pd.isna(row["note"]) else row["note"] for row in each],
    }
    return _headed(cells, lang)


def delays_words(data: Dataset, as_of: date, lang: str) -> str:
    """Return the median times from warning to owner, first action and outcome in a sentence."""
    rows = delays(data, as_of)
    whole = rows[rows["rule"].eq(ALL)].set_index("until")
    if whole.empty:
        return text("warning_register.no_delays", lang)
    parts = [_delay_words(whole.loc[until], str(until), lang) for until in whole.index]
    return text("warning_register.delays", lang, parts="; ".join(parts))


def delays_table(data: Dataset, as_of: date, lang: str) -> pd.DataFrame:
    """Return the times from warning to owner, first action and outcome, in total and by rule."""
    rows = delays(data, as_of)
    each = [row for _, row in rows.iterrows()]
    cells: dict[str, list[Any]] = {
        "rule": [_rule(row["rule"], lang) for row in each],
        "until": [label("warning_until", row["until"], lang) for row in each],
        "n": [number(row["n"], lang) for row in each],
        "median": [hours_words(row["median_hours"], lang) for row in each],
        "range": [_range(row, lang) for row in each],
        "waiting": [number(row["waiting"], lang) for row in each],
        "never": [number(row["never"], lang) for row in each],
    }
    return _headed(cells, lang)


def paid_off_table(data: Dataset, as_of: date, lang: str) -> pd.DataFrame:
    """Return by rule how many warnings were kept, and what the offices say became of them."""
    rows = rules_paid_off(data, as_of).reset_index()
    each = [row for _, row in rows.iterrows()]
    crying = wolves(as_of)
    cells: dict[str, list[Any]] = {
        "rule": [_rule(row["rule"], lang) for row in each],
        "kept": [number(row["n_kept"], lang) for row in each],
        "open": [number(row["n_open"], lang) for row in each],
    }
    table = _headed(cells, lang)
    for outcome in WARNING_OUTCOMES:
        table[label("warning_outcome", outcome, lang)] = [
            number(row[outcome], lang) for row in each
        ]
    told = [_share(row["paid_off"], lang) for row in each]
    table[text("warning_register.paid_off", lang)] = told
    marks = [text("warning_register.wolf", lang) if r["rule"] in crying else "" for r in each]
    table[text("warning_register.mark", lang)] = marks
    return table


def _headed(cells: dict[str, list[Any]], lang: str) -> pd.DataFrame:
    return pd.DataFrame({text(f"warning_register.{key}", lang): c for key, c in cells.items()})


def _noted(row: pd.Series, lang: str) -> str:
    """Return one event in words."""
    section = {"tingkat": "warning_level", "hasil": "warning_outcome", "ditutup": "warning_outcome"}
    words = label("warning_event", row["kind"], lang)
    if pd.isna(row["value"]):
        return words
    value = row["value"]
    return (
        f"{words}: {label(section[row['kind']], value, lang) if row['kind'] in section else value}"
    )


def _delay_words(row: pd.Series, until: str, lang: str) -> str:
    key = "warning_register.delay" if row["n"] else "warning_register.delay_none"
    return text(
        key,
        lang,
        until=label("warning_until", until, lang).lower(),
        median=hours_words(row["median_hours"], lang),
        range=_range(row, lang),
        n=int(row["n"]),
        waiting=int(row["waiting"]),
    )


def _range(row: pd.Series, lang: str) -> str:
    if not row["n"]:
        return number(None, lang)
    return f"{hours_words(row['least_hours'], lang)} – {hours_words(row['greatest_hours'], lang)}"


def _rule(key: str, lang: str) -> str:
    return text("warning_record.all", lang) if key == ALL else label("warning_rule", key, lang)


def _share(value: float, lang: str) -> str:
    return number(None, lang) if pd.isna(value) else f"{number(100 * value, lang)} %"


def _is_missing(value: object) -> bool:
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))  # type: ignore[call-overload]
