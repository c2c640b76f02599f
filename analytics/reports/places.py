"""Units by their dotted code, and the unit a report counts in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import CodeError, ParameterError

Level = Literal["provinsi", "kabupaten", "kecamatan", "desa"]
Place = Literal["kejadian", "pokok"]

LEVELS: tuple[Level, ...] = ("provinsi", "kabupaten", "kecamatan", "desa")
PLACES: tuple[Place, ...] = ("kejadian", "pokok")
PRECISION_DEPTH = {"provinsi": 0, "kabupaten": 1, "kecamatan": 2, "desa": 3, "tps": 3}

Ints = npt.NDArray[np.int64]


def depth_of(level: str) -> int:
    """Return how many dots a code of a level has (provinsi 0, desa 3).

    Raises
    ------
    ParameterError
        For an unknown level.
    """
    if level not in LEVELS:
        raise ParameterError("level", level, "one of " + ", ".join(LEVELS))
    return LEVELS.index(level)


def code_depth(code: str) -> int:
    """Return the depth of one code; more than four parts raise `CodeError`."""
    depth = code.count(".")
    if not code or depth >= len(LEVELS):
        raise CodeError(code, "one to four dotted parts")
    return depth


def ancestor(code: str, depth: int) -> str | None:
    """Return the ancestor of a code at a depth, itself included; None when it is coarser."""
    parts = code.split(".")
    return ".".join(parts[: depth + 1]) if len(parts) > depth else None


def _on_uniques(codes: pd.Series, value_of: Callable[[str], object]) -> pd.Series:
    """Map a text column through a function that runs once per distinct value; NaN stays NaN."""
    position, uniques = pd.factorize(codes)
    values = np.empty(len(uniques) + 1, dtype=object)
    values[:-1] = [value_of(str(code)) for code in uniques]
    values[-1] = None
    return pd.Series(values[position], index=codes.index, name=codes.name)


def unit_at(codes: pd.Series, level: str) -> pd.Series:
    """Return the ancestor of each code at a level.

    Parameters
    ----------
    codes
        Dotted codes of any level.
    level
        provinsi, kabupaten, kecamatan or desa.

    Returns
    -------
    Series
        Text on the same index; NaN where the code is missing or coarser than the level.
    """
    depth = depth_of(level)
    return _on_uniques(codes, lambda code: ancestor(code, depth)).astype("str")


def levels_of(codes: pd.Series) -> pd.Series:
    """Return the level of each of ``codes``, on their index, by its number of parts."""
    return _on_uniques(codes, lambda code: LEVELS[code_depth(code)]).astype("str")


def place_codes(reports: pd.DataFrame, place: str = "pokok") -> pd.Series:
    """Return the code of the unit each report counts in, as fine as it is known.

    Parameters
    ----------
    reports
        Columns ``unit_kejadian``, ``unit_pokok``, ``location_precision``.
    place
        ``kejadian``: where it happened. ``pokok``: what it is about where that is known, else
        where it happened.

    Returns
    -------
    Series
        Text on the same index. A place of ``kejadian`` is cut back to ``location_precision``, so
        that a row known to its kabupaten never counts in a kecamatan, whatever its code says.

    Raises
    ------
    ParameterError
        For another word.
    """
    if place not in PLACES:
        raise ParameterError("place", place, "one of " + ", ".join(PLACES))
    happened = reports["unit_kejadian"]
    unit, units = pd.factorize(happened)
    precision, precisions = pd.factorize(reports["location_precision"])
    cut = np.full((len(units) + 1, len(precisions) + 1), None, dtype=object)
    for i, code in enumerate(units):
        cut[i, -1] = code
        for j, word in enumerate(precisions):
            depth = min(code_depth(code), PRECISION_DEPTH.get(word, len(LEVELS) - 1))
            cut[i, j] = ancestor(code, depth)
    own = pd.Series(cut[unit, precision], index=reports.index).astype("str")
    if place == "kejadian":
        return own
    subject = reports["unit_pokok"].astype("str")
    return subject.where(subject.notna(), own)


def inside(codes: pd.Series, unit: str) -> pd.Series:
    """Return which ``codes``, on their index, are a unit or inside it; a coarser one is not."""
    within = _on_uniques(codes, lambda code: code == unit or code.startswith(unit + "."))
    return within.eq(True)


def touches(code: str, area: str) -> bool:
    """Return whether one unit is, holds or lies inside another."""
    return code == area or code.startswith(area + ".") or area.startswith(code + ".")


def codes_of(units: pd.DataFrame, level: str) -> pd.Index:
    """Return the codes of all ``units`` (columns ``code``, ``level``) of a level, sorted."""
    depth_of(level)
    codes = sorted(units.loc[units["level"].eq(level), "code"])
    index: pd.Index = pd.Index(codes, name="code", dtype="str")
    return index
