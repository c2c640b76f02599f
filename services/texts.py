"""Words, numbers and dates in Indonesian or English, and the word lists readers choose from."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from numbers import Integral, Real
from typing import Any

import pandas as pd
from babel import Locale
from babel.dates import format_date
from babel.numbers import NumberFormatError, format_decimal, parse_decimal

from data.texts import LANGUAGES, catalogue
from data.vocabulary import CATEGORY_FAMILY, COUNTED_VERIFICATIONS, FAMILIES, STAGES, WATCHED_STAGES

DEFAULT_LANGUAGE = LANGUAGES[0]
_NO_VALUE = "–"


def text(key: str, lang: str = DEFAULT_LANGUAGE, **values: object) -> str:
    """Return a text of the catalogue with its gaps filled.

    Parameters
    ----------
    key
        Dotted key, such as ``hotspot.title``.
    **values
        What goes into the ``{gaps}`` of the text; whole numbers are written as `number` does. One
        that is no amount, such as a seed, is given as text. A gap ``{n:day|days}`` takes the word
        that fits the amount ``n``.

    Raises
    ------
    KeyError
        When the catalogue lacks the key, so that a missing text cannot go unseen.
    """
    return _filled(catalogue()[key][lang], lang, values)


def _filled(words: str, lang: str, values: Mapping[str, object]) -> str:
    written = {
        name: number(int(value), lang)
        if isinstance(value, Integral) and not isinstance(value, bool)
        else value
        for name, value in values.items()
    }
    if "|" not in words:
        return words.format(**written)
    return _Counting(lang).vformat(words, (), written)


class _Counting(string.Formatter):
    """Fills the gaps of a text, of which some hold the word for one and the word for more."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._form = Locale.parse(lang).plural_form

    def format_field(self, value: Any, format_spec: str) -> Any:
        """Return the word that fits an amount, given as a number or as it is written."""
        one, mark, more = format_spec.partition("|")
        if not mark:
            return super().format_field(value, format_spec)
        amount = value if isinstance(value, Real) else read_number(str(value), self._lang)
        return one if amount is not None and self._form(float(amount)) == "one" else more


def label(section: str, key: object, lang: str = DEFAULT_LANGUAGE, **values: object) -> str:
    """Return the reader's word for a machine key; the key itself where the catalogue has none.

    Imported rows may carry values the catalogue does not know; these are shown as they are.
    ``values`` go into the gaps of the text, as those of `text` do.
    """
    if key is None or pd.isna(key):  # type: ignore[call-overload]
        return _NO_VALUE
    entry = catalogue().get(f"{section}.{key}")
    if not entry:
        return str(key)
    return _filled(entry[lang], lang, values) if values else entry[lang]


def counterparts(section: str, lang: str = DEFAULT_LANGUAGE) -> list[tuple[str, str]]:
    """Return the texts of a section in the other languages, each with what it is in this one."""
    entries = (texts for key, texts in catalogue().items() if key.startswith(f"{section}."))
    return [
        (texts[other], texts[lang]) for texts in entries for other in LANGUAGES if other != lang
    ]


def number(value: float | None, lang: str = DEFAULT_LANGUAGE, digits: int = 0) -> str:
    """Return a number with the separators of the language; a dash where there is none."""
    if value is None or pd.isna(value):
        return _NO_VALUE
    return _separated(value, digits, lang)


@lru_cache(20_000)
def _separated(value: float, digits: int, lang: str) -> str:
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=lang)


_DIGITS = re.compile(r"-?[0-9.,]+")
_PLAIN = re.compile(r"-?\d+[.,](\d{1,2}|\d{4,})")
"""A fraction that can be nothing else: thousands would stand in threes."""


def read_number(words: str, lang: str = DEFAULT_LANGUAGE) -> float | None:
    """Return the number that `number` would write so; None for what is none.

    A fraction is taken with the other language's mark too, where it cannot mean thousands.
    """
    words = words.strip()
    if not _DIGITS.fullmatch(words):
        return None
    try:
        return float(parse_decimal(words, locale=lang, strict=True))
    except NumberFormatError:
        return float(words.replace(",", ".")) if _PLAIN.fullmatch(words) else None


def signed(value: float | None, lang: str = DEFAULT_LANGUAGE) -> str:
    """Return a change with its sign; zero is ``0``."""
    if value is None or pd.isna(value):
        return _NO_VALUE
    return ("+" if value > 0 else "−" if value < 0 else "") + number(abs(value), lang)


def day(
    value: date | pd.Timestamp | None, lang: str = DEFAULT_LANGUAGE, style: str = "long"
) -> str:
    """Return a date such as ``13 Februari 2024``; a dash where there is none.

    Parameters
    ----------
    style
        ``full`` (Selasa, 13 Februari 2024), ``long`` (13 Februari 2024), ``short`` (13 Feb 2024),
        ``bare`` (13 Feb), ``month`` (Februari 2024), ``month_short`` (Feb 2024) or ``month_name``
        (Feb).
    """
    if value is None or pd.isna(value):
        return _NO_VALUE
    patterns = {
        "full": "EEEE, d MMMM y",
        "long": "d MMMM y",
        "short": "d MMM y",
        "bare": "d MMM",
        "month": "MMMM y",
        "month_short": "MMM y",
        "month_name": "MMM",
    }
    return format_date(value, patterns[style], locale=lang)


_YEAR_PLAIN_DAYS = 300
"""Days within which nobody takes a day for that of another year."""


def near_day(
    value: date | pd.Timestamp, as_of: date, lang: str = DEFAULT_LANGUAGE, far: str = "short"
) -> str:
    """Return a date such as ``13 Feb``, in the style ``far`` where the year would be in doubt."""
    apart = abs((pd.Timestamp(as_of) - pd.Timestamp(value)).days)
    return day(value, lang, "bare" if apart <= _YEAR_PLAIN_DAYS else far)


def event_day(value: pd.Timestamp, precision: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """Return the date of an event no more precisely than it is known."""
    if precision == "day":
        return day(value, lang)
    return day(value, lang, "month") if precision == "month" else str(value.year)


CATEGORIES = tuple(CATEGORY_FAMILY)
KINDS = ("potensi", "kejadian")
OPENING_FAMILIES = ("konflik", "unjuk_rasa")
"""What the Hotspot page opens on."""

__all__ = [
    "CATEGORIES",
    "COUNTED_VERIFICATIONS",
    "FAMILIES",
    "KINDS",
    "OPENING_FAMILIES",
    "STAGES",
    "WATCHED_STAGES",
]
