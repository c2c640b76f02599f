"""Warnings and actions as the registers had them on a day."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from services.actions.register import actions_on
from services.briefing.facts.plain import Facts, both, plain, rows_of
from services.dataset import Dataset
from services.warning.register import register_on
from services.warning.words import evidence_links, warning_action, warning_reason, warning_title

_WARNING = (
    "warning_id", "rule", "subject", "place_code", "stage", "level", "since", "probability",
    "confidence", "state", "fires", "raised_on", "age_days", "first_action_at", "outcome",
    "closed_at", "closing_reason",
)  # fmt: skip
_ACTION = (
    "action_id", "meeting_id", "warning_id", "place_code", "place", "stage", "risk", "decision",
    "reason", "owner", "opened_on", "due", "status", "overdue", "closed_on", "result",
)  # fmt: skip


def register(data: Dataset, as_of: date) -> Facts:
    """Return all warnings that fire or are kept on a day, and all actions, with what became."""
    warnings, actions = register_on(data, as_of), actions_on(data, as_of)
    return {
        "warnings": [_warning(row, data) for _, row in warnings.iterrows()],
        "actions": rows_of(actions, _ACTION),
    }


def _warning(row: pd.Series, data: Dataset) -> Facts:
    said: dict[str, Any] = {name: plain(row[name]) for name in _WARNING}
    return {
        **said,
        "place": data.place_names.get(row["place_code"], row["place_code"]),
        "owner": plain(row["owner"]) or plain(row["proposed_owner"]),
        "taken": not pd.isna(row["owner"]),
        "title": both(partial(warning_title, row, data)),
        "reason": both(partial(warning_reason, row, data)),
        "action": both(partial(warning_action, row)),
        "evidence": plain(evidence_links(row, data, "id")),
    }
