"""Values as JSON holds them, and words in both languages."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd

from data.texts import LANGUAGES

Facts = dict[str, Any]
Words = dict[str, str]
"""The same words by language."""
_DIGITS = 6


def both(say: Callable[[str], str]) -> Words:
    """Return what a function says in each language."""
    return {lang: say(lang) for lang in LANGUAGES}


def plain(value: Any) -> Any:
    """Return a value that JSON knows: days as ISO 8601, missing as None, six decimals."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in (sorted(value) if isinstance(value, set) else value)]
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        midnight = not isinstance(value, datetime) or value == datetime(*value.timetuple()[:3])
        return day.isoformat() if midnight else value.isoformat()
    if isinstance(value, float):
        return round(value, _DIGITS) if math.isfinite(value) else None
    return value


def rows_of(frame: pd.DataFrame, columns: Iterable[str]) -> list[Facts]:
    """Return the rows of ``frame``, whatever its columns, as JSON objects of some of them."""
    return [plain(row) for row in frame[list(columns)].astype("object").to_dict("records")]
