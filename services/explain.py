"""Errors to words, in one place for pages and commands."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from data.errors import (
    ActionChangedError,
    BackupError,
    FileUnreadableError,
    RecordChangedError,
    RightError,
    SchemaError,
    SourceMissingError,
    StoreError,
)
from data.ingest.words import reworded
from data.nation.errors import NationError
from data.province import zone
from geo.errors import ParameterError, SiagaError
from services.ledger.audit import act_words, column_words, record_words
from services.texts import DEFAULT_LANGUAGE, label, text

EXPLAINED = SiagaError
"""What `explain` has words for; anything else is a fault of the product and is not hidden."""

_OWN_WORDS = {
    "adopt": "adopt_failed",
    "briefing_jobs": "briefing_busy",
    "date_from": "dates_reversed",
    "deck": "deck_unreadable",
    "events": "no_events",
    "report_changed": "report_changed",
    "reports": "no_reports",
    "period": "period_unknown",
    "review_reason": "review_reason",
    "source_address": "source_address",
    "source_only": "source_only",
    "slide_lines": "slide_lines_many",
    "slide_note": "slide_note_long",
    "slide_title": "slide_title_long",
    "steps": "few_steps",
}
"""Parameters that a reader gets wrong by choosing a window, and the words for it."""


def explain(error: Exception, lang: str = DEFAULT_LANGUAGE) -> str:
    """Return what went wrong, with the value and what was expected.

    Raises
    ------
    TypeError
        For an error the product has no words for.
    """
    if not isinstance(error, SiagaError):
        raise TypeError(f"no words for {type(error).__name__}") from error
    values = {name: _shown(value) for name, value in vars(error).items()}
    if isinstance(error, StoreError):
        return text(f"store.{error.kind}", lang, **values)
    if isinstance(error, BackupError):
        return text(f"backup_fault.{error.kind}", lang, **values)
    if isinstance(error, NationError):
        return text(f"nation_fault.{error.kind}", lang, **values)
    if isinstance(error, ActionChangedError):
        values["changed"] = ", ".join(label("action_column", c, lang) for c in error.changed)
    if isinstance(error, RecordChangedError):
        values["record_words"] = record_words(error.table, error.record, lang)
        values["changed"] = ", ".join(column_words(error.table, c, lang) for c in error.changed)
    if isinstance(error, RightError):
        values |= _right_words(error, lang)
    own = _OWN_WORDS.get(error.name) if isinstance(error, ParameterError) else None
    try:
        if isinstance(error, FileUnreadableError):
            values["expected"] = reworded(error.reason, error.expected, lang)
        return text(f"error.{own or error.key}", lang, **values)
    except (SourceMissingError, FileUnreadableError, SchemaError):
        # The words stand beside the province, and it is the province that fails.
        return f"SIAGA_PROVINCE: {error}"


def _right_words(error: RightError, lang: str) -> dict[str, str]:
    return {
        "role_words": label("role", error.role, lang),
        "action_words": act_words(error.action, lang),
        "reason_words": label("right_reason", error.reason, lang, value=error.value),
    }


def _shown(value: object) -> object:
    """Return a value as a reader sees it: faults as a list, one a line; a file by its name."""
    if isinstance(value, Path):
        return value.name  # the folder is often a temporary one
    if isinstance(value, datetime):
        # The words say how it is written; a day or clock without a zone is as it was given.
        return value if value.tzinfo is None else value.astimezone(zone())
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # as it stands in the file or was given
    if isinstance(value, tuple) and value:
        return "\n- " + "\n- ".join(map(str, value)) if len(value) > 1 else str(value[0])
    return value
