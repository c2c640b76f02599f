"""Checks of settings by pydantic, and its faults in the words of all settings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import fields
from typing import Annotated, Any

from pydantic import AfterValidator, Strict, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Flag = Annotated[bool, Strict()]
Time = Annotated[dt.datetime, Strict()]


_WORDS = {
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "datetime_type": "a time with a zone, such as 2024-02-12T07:00:00+07:00",
    "tuple_type": "a list",
    "dict_type": "a table",
    "dataclass_type": "a table",
    "missing": "a value",
    "too_long": "fewer values",
}


def said(key: str, value: object, expected: str) -> str:
    """Return a fault in the words of all settings: key, value, expected."""
    return f"{key}: {value!r}, expected {expected}"


def is_(holds: Callable[[Any, dict[str, Any]], bool], expected: str) -> AfterValidator:
    """Return a check of a value, given the fields before it; ``expected`` may name one of these."""

    def check(value: Any, info: ValidationInfo) -> Any:
        if holds(value, info.data):
            return value
        words = expected.format(**info.data)
        raise PydanticCustomError("expected", "{expected}", {"expected": words})

    return AfterValidator(check)


def within(low: float, high: float) -> AfterValidator:
    """Return a check that a number is at least ``low`` and at most ``high``."""
    return is_(lambda value, _: low <= value <= high, f"{low:,g} to {high:,g}")


def one_of(*words: str) -> AfterValidator:
    """Return a check of a word."""
    return is_(lambda value, _: value in words, " or ".join(words))


def faults_of(error: ValidationError, kinds: dict[str, type], prefix: str = "") -> list[str]:
    """Return what pydantic found, each with its key as the TOML file spells it.

    Parameters
    ----------
    kinds
        Dataclass by the first part of a key, and that of the whole under ``""``.
    prefix
        Key of the whole, if it is part of a file.
    """
    out = []
    for one in error.errors(include_url=False):
        kind, loc, value = one["type"], one["loc"], one["input"]
        parts = [f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in loc]
        expected = one["ctx"]["expected"] if kind == "expected" else _WORDS.get(kind, one["msg"])
        if kind == "unexpected_keyword_argument":
            known: Any = kinds[str(loc[0]) if len(loc) > 1 else ""]
            expected = "one of " + ", ".join(sorted(one.name for one in fields(known)))
        value = None if kind == "missing" else value
        value = value.isoformat() if isinstance(value, dt.datetime) else value
        out.append(said((prefix + "".join(parts)).removeprefix("."), value, expected))
    return out
