"""Codes of administrative units: the dotted Kemendagri key and its BPS and KPU aliases."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from geo.errors import CodeError, ParameterError

if TYPE_CHECKING:
    import pandas as pd

Level = Literal["provinsi", "kabupaten", "kecamatan", "desa"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""Levels from the widest to the narrowest."""

Scheme = Literal["kemendagri", "bps", "kpu"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)

_DOTTED = re.compile(r"[0-9]{2}(?:\.[0-9]{2}(?:\.[0-9]{2}(?:\.[0-9]{4})?)?)?")
_DIGITS = re.compile(r"[0-9]+")
_LENGTHS: dict[Scheme, tuple[int, ...]] = {
    "kemendagri": (2, 4, 6, 10),
    "bps": (2, 4, 7, 10),
    "kpu": (2, 4, 6, 10),
}
_COLUMNS: dict[Scheme, str] = {"kemendagri": "code", "bps": "bps_code", "kpu": "kpu_code"}
_REGENCY_DIGITS = 4


@dataclass(frozen=True)
class CodeMatch:
    """What a code means.

    Attributes
    ----------
    code
        Kemendagri code, or None when the meaning is not certain.
    level
        Level of ``code``, or None.
    scheme
        The scheme under which it was read, or None.
    reason
        ``exact``, ``unknown`` (no scheme asked knows it) or ``ambiguous`` (schemes disagree).
    candidates
        Pairs (scheme, Kemendagri code): what each scheme that knows the code takes it for.
    """

    code: str | None
    level: Level | None
    scheme: Scheme | None
    reason: Literal["exact", "unknown", "ambiguous"]
    candidates: tuple[tuple[Scheme, str], ...]


def is_one_of(values: pd.Series, known: Collection[str]) -> pd.Series:
    """Return per row whether a text is one of those that are known.

    ``Series.isin`` turns each of ``known`` into a scalar of Arrow: 13 ms for the 4,000 ids of
    polling stations, which tables ask for again and again, against 1 ms.

    Parameters
    ----------
    values
        Texts, any index; what is missing is none of them.
    known
        The texts that are known.

    Returns
    -------
    Series of bool
        On the index of ``values``.
    """
    held = frozenset(known)
    return values.map(held.__contains__).astype(bool)


def is_code(text: str) -> bool:
    """Return whether a text has the form of a dotted Kemendagri code (it need not exist)."""
    return _DOTTED.fullmatch(text) is not None


def level_of(code: str) -> Level:
    """Return the level of a dotted Kemendagri code.

    Raises
    ------
    CodeError
        If the code is malformed.
    """
    if not is_code(code):
        raise CodeError(code, "a dotted Kemendagri code such as 99, 99.01, 99.01.04, 99.01.04.2004")
    return LEVELS[code.count(".")]


def parent_of(code: str) -> str | None:
    """Return the code one level up, or None for a province. Raises `CodeError` if malformed."""
    if level_of(code) == "provinsi":
        return None
    return code.rpartition(".")[0]


def descends_from(code: str, ancestor: str) -> bool:
    """Return whether a unit is `ancestor` itself or lies in it. Raises `CodeError` if malformed."""
    level_of(code)
    level_of(ancestor)
    return code == ancestor or code.startswith(ancestor + ".")


def resolve_code(code: str, scheme: Scheme | None, units: pd.DataFrame) -> CodeMatch:
    """Return the unit that a code of some scheme means.

    Parameters
    ----------
    code
        Digits; dots only in the Kemendagri scheme. Surrounding blanks are dropped. Text, never a
        number: leading zeros and the last digits of a village matter.
    scheme
        ``kemendagri`` (dotted or plain digits), ``bps`` or ``kpu`` (plain digits). With None a
        dotted code is read as Kemendagri, and plain digits are accepted only if every scheme
        that knows the code, and every scheme that knows its first four digits (the regency),
        agrees. Some regencies have each other's number in another scheme, so such a code and
        everything below it stays open.
    units
        Registry with columns ``code``, ``bps_code``, ``kpu_code`` (text; blank = no code).

    Returns
    -------
    CodeMatch
        With code None when the code is not in the registry or its meaning is not certain.

    Raises
    ------
    CodeError
        If the code is malformed for the scheme.
    ParameterError
        If the scheme is not one of the three, or a column is missing.
    """
    if scheme is not None and scheme not in SCHEMES:
        raise ParameterError("scheme", scheme, f"one of {', '.join(SCHEMES)}, or none")
    missing = [column for column in _COLUMNS.values() if column not in units.columns]
    if missing:
        raise ParameterError("units", list(units.columns), f"the columns {', '.join(missing)}")
    text = code.strip()
    if "." in text:
        if scheme not in (None, "kemendagri"):
            raise CodeError(code, f"digits only in the scheme {scheme}")
        level_of(text)
        return _declared(text.replace(".", ""), "kemendagri", units)
    digits = text if _DIGITS.fullmatch(text) else ""
    lengths = {n for s in SCHEMES if scheme in (None, s) for n in _LENGTHS[s]}
    if len(digits) not in lengths:
        wanted = ", ".join(str(n) for n in sorted(lengths))
        raise CodeError(code, f"a code of {wanted} digits ({scheme or 'any scheme'})")
    if scheme is not None:
        return _declared(digits, scheme, units)
    return _undeclared(digits, units)


def _lookup(digits: str, scheme: Scheme, units: pd.DataFrame) -> str | None:
    column = units[_COLUMNS[scheme]].astype(str)
    if scheme == "kemendagri":
        column = column.str.replace(".", "", regex=False)
    found = units.loc[column == digits, "code"]
    return str(found.iloc[0]) if len(found) == 1 else None


def _declared(digits: str, scheme: Scheme, units: pd.DataFrame) -> CodeMatch:
    found = _lookup(digits, scheme, units)
    if found is None:
        return CodeMatch(None, None, scheme, "unknown", ())
    return CodeMatch(found, level_of(found), scheme, "exact", ((scheme, found),))


def _undeclared(digits: str, units: pd.DataFrame) -> CodeMatch:
    candidates = tuple(
        (scheme, found)
        for scheme in SCHEMES
        if (found := _lookup(digits, scheme, units)) is not None
    )
    if not candidates:
        return CodeMatch(None, None, None, "unknown", ())
    prefix = digits[:_REGENCY_DIGITS]
    regencies = {_lookup(prefix, scheme, units) for scheme in SCHEMES} - {None}
    meanings = {found for _, found in candidates}
    if len(meanings) > 1 or len(regencies) > 1:
        return CodeMatch(None, None, None, "ambiguous", candidates)
    scheme, found = candidates[0]
    return CodeMatch(found, level_of(found), scheme, "exact", candidates)
