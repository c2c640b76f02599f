"""The register of actions in the reader's words: a finding, a line each, changes, tables."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pandas as pd

from data.province import zone
from services.dataset import Dataset
from services.texts import day, label, text

_DAYS = ("opened_on", "due", "closed_on")
_SHOWN = ("status", "decision", "owner", "due", "place", "risk", "result")


def finding(rows: pd.DataFrame, lang: str) -> str:
    """Return how actions, ``rows`` of `actions_on`, stand: a sentence."""
    if rows.empty:
        return text("tindakan.finding_none", lang)
    overdue, going = int(rows["overdue"].sum()), int(rows["going"].sum())
    key = "tindakan.finding_overdue" if overdue else "tindakan.finding"
    return text(key, lang, overdue=overdue, going=going, done=len(rows) - going)


def state_words(row: pd.Series, lang: str) -> str:
    """Return how an action, a ``row`` of `actions_on`, stands: status, days over or left."""
    status = label("action_status", row["status"], lang)
    if pd.isna(row["days_left"]):
        return status
    left = int(row["days_left"])
    key = "tindakan.over" if left < 0 else "tindakan.left" if left else "tindakan.today"
    return f"{status} · {text(key, lang, n=abs(left))}"


def actions_table(rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return actions, ``rows`` of `actions_on`, as a reader sees them."""
    columns: dict[str, Any] = {name: rows[name] for name in _SHOWN}
    columns["due"] = [day(value, lang, "short") for value in rows["due"]]
    columns["status"] = [
        ("▲ " if row["overdue"] else "") + state_words(row, lang) for _, row in rows.iterrows()
    ]
    for name in ("place", "result"):
        columns[name] = rows[name].where(rows[name].notna(), "–")
    return pd.DataFrame(
        {label("action_column", name, lang): columns[name] for name in _SHOWN}
    ).reset_index(drop=True)


def change_words(change: pd.Series, data: Dataset, lang: str) -> str:
    """Return what a ``change``, a row of `history_of`, changed."""
    before, after = (
        None if pd.isna(change[name]) else json.loads(change[name]) for name in ("before", "after")
    )
    if after is None:
        return text("tindakan.taken_out", lang)
    if before is None:
        words = text("tindakan.added", lang)
        return f"{words}: {value_words('status', after.get('status'), data, lang)}"
    said = [
        (name, *(value_words(name, row.get(name), data, lang) for row in (before, after)))
        for name in after
    ]
    return "; ".join(
        f"{label('action_column', name, lang)}: {was} → {now}" for name, was, now in said
    )


def value_words(name: str, value: Any, data: Dataset, lang: str) -> str:
    """Return a value of a column of ``actions``, plain as a change holds it; a dash for none."""
    if value is None:
        return "–"
    if name in _DAYS:
        return day(date.fromisoformat(str(value)), lang, "short")
    if name == "status":
        return label("action_status", value, lang)
    if name == "stage":
        return label("stage", value, lang)
    return data.place_names.get(str(value), str(value)) if name == "place_code" else str(value)


def history_items(changes: pd.DataFrame, data: Dataset, lang: str) -> list[str]:
    """Return ``changes``, rows of `history_of`, as a line each: day, office, way, what changed.

    A change that was written down on a later day than it holds from says so.
    """
    lines = []
    for _, change in changes.iterrows():
        at, written = (change[name].tz_convert(zone()) for name in ("at", "recorded_at"))
        parts = [day(at, lang, "short"), str(change["office"])]
        parts.append(label("action_way", change["via"], lang))
        if at.date() != written.date():
            parts.append(text("tindakan.written_on", lang, day=day(written, lang, "short")))
        words = [change_words(change, data, lang), _note(change["note"], lang)]
        lines.append(f"{' · '.join(parts)}: {' – '.join(filter(None, words))}")
    return lines


def history_table(changes: pd.DataFrame, data: Dataset, lang: str) -> pd.DataFrame:
    """Return ``changes``, rows of `history_of`, as a reader sees them."""
    at = changes["at"].dt.tz_convert(zone())
    written = changes["recorded_at"].dt.tz_convert(zone())
    columns: dict[str, Any] = {
        "action_id": changes["action_id"],
        "at": [day(moment, lang, "short") for moment in at],
        "recorded_at": written.dt.strftime("%d/%m/%Y %H.%M"),
        "office": changes["office"],
        "via": [label("action_way", via, lang) for via in changes["via"]],
        "change": [change_words(change, data, lang) for _, change in changes.iterrows()],
        "note": [_note(note, lang) for note in changes["note"]],
    }
    return pd.DataFrame(
        {label("action_change", name, lang): columns[name] for name in columns}
    ).reset_index(drop=True)


def _note(note: object, lang: str) -> str:
    if not isinstance(note, str):
        return ""
    return text("tindakan.taken_back", lang) if note == "undo" else note


def paid_table(counts: pd.DataFrame, section: str, lang: str) -> pd.DataFrame:
    """Return what became of actions by owner or rule, as a reader sees it.

    Parameters
    ----------
    counts
        See `analytics.actions.replay.paid_off`.
    section
        Section of the catalogue that names what the index holds; empty: it names itself.
    """
    names = [label(section, key, lang) if section else str(key) for key in counts.index]
    head = label("action_paid", section or "owner", lang)
    values = {label("action_paid", name, lang): counts[name].to_numpy() for name in counts}
    return pd.DataFrame({head: names, **values})
