"""Numbers that are typed, written as the reader's language writes them: 150.000 and 3,00.

Streamlit's own field writes ``150000`` and ``3.00`` in every language. It is left to small whole
numbers, which look the same in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from pages.components.shell import language, plain, t
from services.texts import number, read_number


def number_entry(
    place: Any,
    words: str,
    low: float,
    high: float,
    value: float | None,
    key: str,
    digits: int = 0,
    optional: bool = False,
) -> float | None:
    """Draw a field for a number and return it; an empty field is None where it began as None.

    What is no number, or out of range, is said under the field, and the last good one holds.

    Parameters
    ----------
    low, high
        Range that is taken, both ends included.
    value
        What it begins with; another one begins the field again.
    key
        Under which ``st.session_state`` keeps the number; with a first value, that is part of it.
    digits
        Decimals that are shown at least. With 0, and no first value or a whole one (``int``), only
        whole numbers are taken.
    optional
        Whether it may be emptied although it begins with a value.
    """
    lang, kept = language(), key if value is None else f"{key}|{value}"
    now: float | None = st.session_state.setdefault(kept, value)
    field, drawn = f"{kept}@{lang}", f"{kept}@{lang}="
    if field not in st.session_state or st.session_state.get(drawn) != now:
        st.session_state[field] = "" if now is None else _written(now, digits)
        st.session_state[drawn] = now
    given = str(place.text_input(words, key=field, placeholder="–")).strip()
    found = read_number(given, lang)
    whole = digits == 0 and not isinstance(value, float)
    empty = not given and (optional or value is None)
    fits = found is not None and low <= found <= high and not (whole and found % 1)
    if empty or fits:
        st.session_state[kept] = st.session_state[drawn] = found
        return found
    values = {"low": low, "high": high, "now": now}
    said = {n: "–" if one is None else _written(one, digits) for n, one in values.items()}
    place.error(plain(t("entry.wrong", given=given, **said)))
    return now


def _written(value: float, digits: int) -> str:
    """Return a number with its decimals, of which at least ``digits`` are shown."""
    enough = (n for n in range(digits, 9) if abs(round(value, n) - value) < 1e-9)
    return number(value, language(), next(enough, 9))


def to_words(frame: pd.DataFrame, digits: Mapping[str, int]) -> pd.DataFrame:
    """Return a table to edit whose columns ``digits`` names are words, with so many decimals.

    ``frame`` has numbers in these columns; missing ones become None.
    """
    out = frame.copy()
    for name, n in digits.items():
        words = [None if pd.isna(v) else _written(float(v), n) for v in frame[name]]
        out[name] = pd.Series(words, index=frame.index, dtype="object")
    return out


def to_numbers(frame: pd.DataFrame, names: Mapping[str, int]) -> pd.DataFrame:
    """Return ``frame``, an edited table of `to_words`, with numbers in the columns ``names``.

    What cannot be read stays as it was typed, for the check of the settings to name it.
    """
    lang, out = language(), frame.copy()
    for name in names:
        read = [None if pd.isna(v) else read_number(str(v), lang) for v in frame[name]]
        both = zip(frame[name], read, strict=True)
        known = [typed if n is None and not pd.isna(typed) else n for typed, n in both]
        out[name] = pd.Series(known, index=frame.index, dtype="object")
    return out
