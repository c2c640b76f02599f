"""Match a typed place or code to a unit, as a plain dictionary for the command line and pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from data.ingest.place_lookup import place_index
from geo.codes import Level, resolve_code
from geo.errors import CodeError
from geo.places.resolve import PlaceIndex, PlaceMatch, resolve_place

if TYPE_CHECKING:
    import pandas as pd

_BARE_CODE = re.compile(r"\s*[0-9.]+\s*")
_MIN_CODE_DIGITS = 4


def match_text(
    text: str,
    units: pd.DataFrame,
    *,
    index: PlaceIndex | None = None,
    within: str | None = None,
    level: Level | None = None,
) -> dict[str, Any]:
    """Return what a text means, ready for JSON.

    Parameters
    ----------
    text
        A place as typed or, when `within` and `level` are None, a bare code of four digits or more
        (dotted Kemendagri, or digits whose schemes agree).
    units
        Rows of the table ``units``.
    index
        An index made from the same registry, to save building one.
    within, level
        Code that the answer must lie in, and level that it must have.

    Returns
    -------
    dict
        ``code`` and ``level`` (None when not certain), ``score`` (0-100), ``tps_number`` (or
        None), ``reason`` and ``candidates``: a list of dictionaries with ``code``, ``level``,
        ``name``, ``path``, ``score`` and, for a code, the ``scheme`` it was read in.

    Raises
    ------
    CodeError
        If `within` is not in the registry.
    """
    places = index or place_index(units)
    is_open = within is None and level is None
    digits = sum(ch.isdigit() for ch in text)
    if is_open and digits >= _MIN_CODE_DIGITS and _BARE_CODE.fullmatch(text):
        found = _match_code(text, units, places)
        if found is not None:
            return found
    return _as_dict(resolve_place(text, places, within, level))


def _as_dict(match: PlaceMatch) -> dict[str, Any]:
    return {
        "code": match.code,
        "level": match.level,
        "score": round(match.score, 1),
        "tps_number": match.tps_number,
        "reason": match.reason,
        "candidates": [
            {"code": c.code, "level": c.level, "name": c.name, "path": c.path, "score": c.score}
            for c in match.candidates
        ],
    }


def _match_code(text: str, units: pd.DataFrame, places: PlaceIndex) -> dict[str, Any] | None:
    """Return what a bare code means, or None if it has not the form of one."""
    try:
        found = resolve_code(text, None, units)
    except CodeError:
        return None
    score = 100.0 if found.candidates else 0.0
    candidates = []
    for scheme, code in found.candidates:
        unit = places.units[code]
        candidates.append(
            {
                "code": code,
                "level": unit.level,
                "name": unit.name,
                "path": unit.path,
                "score": 100.0,
                "scheme": scheme,
            }
        )
    return {
        "code": found.code,
        "level": found.level,
        "score": score,
        "tps_number": None,
        "reason": found.reason,
        "candidates": candidates,
    }
