"""Numbers, ranges of numbers and counts as people write them in a cell; never guessed."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from math import isfinite

LONGEST = 200
"""Letters of the longest cell that is read as a value; what is longer is prose."""
UNTIL = (
    r"(?:-{1,2}|(?<![a-z])"
    r"(?:s ?[./] ?d\.?|sd\.?|sampai(?: dengan)?|hingga|to|until|till)(?![a-z]))"
)
"""Pattern of what stands between the ends of a range, in a `plain_text`."""
UNITS = ("m", "meter", "metre", "metres", "meters", "kn", "kt", "kts", "knot", "knots")

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("’‘ʼ`´′ʹ", "'"),
        **dict.fromkeys("“”„″ʺ", '"'),
        **dict.fromkeys("\u200b\u200e\u200f\u2060\ufeff", None),
    }
)
_DECIMAL = re.compile(r"^[+-]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:e[+-]?\d+)?$")
_GROUPED = re.compile(r"^[+-]?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(?:[.,]\d+)?$")
_LARGEST = 10**15
_INTEGER = re.compile(r"^([+-]?\d+)(?:[.,]0{1,2})?$")
_THOUSANDS = re.compile(r"^([+-]?\d{1,3}(?:([.,])\d{3})(?:\2\d{3})*)(?:(?!\2)[.,]0{1,2})?$")
_COUNT_AROUND = re.compile(
    r"^(?:±|\+/-|kurang lebih|sekitar|kira-kira|lebih dari|>|~)\s*"
    r"|\s*(?:orang|jiwa|massa|warga|peserta|pemilih|people|persons)$"
)
_NUMBER = r"[+-]?(?:\d[\d.,]*|[.,]\d+)"
_RANGE = re.compile(rf"({_NUMBER}) ?([a-z/]*)(?: ?(?:{UNTIL}) ?({_NUMBER}) ?([a-z/]*))?", re.ASCII)


def plain_text(text: str) -> str | None:
    """Return a cell as one line in lower case, with one sign for each kind of dash and quote.

    What cannot be seen is left out. None for a text of more than `LONGEST` letters.
    """
    plain = " ".join(text.translate(_SIGNS).lower().split())
    return plain if len(plain) <= LONGEST else None


def parse_decimal(text: str) -> float | None:
    """Read a number with point or comma; None when it is none, or too large for a float.

    With both marks the last one is the decimal mark. One mark alone is the decimal mark, the same
    mark several times separates thousands.
    """
    return _parse_decimal(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=200_000)
def _parse_decimal(text: str) -> float | None:
    plain = "".join(text.split()).replace("−", "-").lower()
    marks = [mark for mark in plain if mark in ".,"]
    if len(marks) > 1:
        if not _GROUPED.match(plain):
            return None
        if marks[-1] != marks[0]:
            whole, fraction = re.split(r"[.,](?=\d*$)", plain)
            plain = re.sub(r"[.,]", "", whole) + "." + fraction
        else:
            plain = re.sub(r"[.,]", "", plain)
    elif not _DECIMAL.match(plain):
        return None
    value = float(plain.replace(",", "."))
    return value if isfinite(value) else None


def parse_integer(text: str) -> int | None:
    """Read a whole number, with thousands marks if any; None when it is none.

    ``1.500`` and ``1,500`` are one thousand five hundred, ``12,0`` is twelve, ``1,5`` is nothing,
    and neither is what has more than fifteen digits.
    """
    return _parse_integer(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=200_000)
def _parse_integer(text: str) -> int | None:
    plain = "".join(text.split())
    match = _INTEGER.match(plain) or _THOUSANDS.match(plain)
    value = int(re.sub(r"[.,]", "", match[1])) if match else None
    return value if value is not None and abs(value) <= _LARGEST else None


def parse_count(text: str) -> int | None:
    """Read a number of people: `parse_integer`, with "sekitar" before or "orang" behind it."""
    if len(text) > LONGEST:
        return None
    plain = text.lower().strip()
    return parse_integer(_COUNT_AROUND.sub("", plain).strip())


def parse_range(text: str, *, units: Collection[str] = UNITS) -> tuple[float, float] | None:
    """Read the ends of a range; None when it is none, or its first end is the larger one.

    Parameters
    ----------
    text
        ``0.5 - 1.25``, ``0,5–1,25 m``, ``5 s/d 20 knot``, or one number for both ends.
    units
        Words in lower case that may stand behind a number; any other makes the text unreadable,
        so a caller who names those of one unit never gets a number of another one.

    Returns
    -------
    tuple of float
        The lower and the upper end, in the unit of the cell.
    """
    plain = plain_text(text)
    match = _RANGE.fullmatch(plain) if plain else None
    if match is None or not {match[2] or "", match[4] or ""} <= {"", *units}:
        return None
    if match[2] and match[4] and match[2] != match[4]:
        return None
    low = parse_decimal(match[1])
    high = low if match[3] is None else parse_decimal(match[3])
    return (low, high) if low is not None and high is not None and low <= high else None
