"""The register of warnings for the command line and for other programs."""

from __future__ import annotations

from typing import Any

import pandas as pd

from services.texts import text


def owner_words(row: pd.Series, lang: str) -> str:
    """Return who owns the warning of a ``row`` of `register_on`, or who is proposed to."""
    if pd.notna(row["owner"]):
        return str(row["owner"])
    return text("warning_register.proposed", lang, office=row["proposed_owner"])


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


def _is_missing(value: object) -> bool:
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))  # type: ignore[call-overload]
