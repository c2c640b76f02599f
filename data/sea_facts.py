"""What ships about the sea areas: which pier lies in which, and what was published by month."""

from __future__ import annotations

from functools import cache

import pandas as pd

from data.errors import SchemaError, SourceMissingError
from data.paths import PROVINCE, shipped_dir

_PIER_AREAS = {"pier_id": "str", "area": "str", "basis": "str", "note": "str", "source_url": "str"}


@cache
def pier_areas(province: str = PROVINCE) -> pd.DataFrame:
    """Return the sea area of each pier and landing: ``pier_id``, ``area``, ``basis``, ``note``.

    No source lists them: all but a few are assumptions, and marked so.
    """
    return _read("pier_areas.csv", _PIER_AREAS, province)


def _read(name: str, columns: dict[str, str], province: str) -> pd.DataFrame:
    path = shipped_dir(province) / name
    if not path.exists():
        raise SourceMissingError(path)
    frame = pd.read_csv(path, dtype=columns)
    if list(frame.columns) != list(columns):
        raise SchemaError(name, [f"columns {list(frame.columns)}, expected {list(columns)}"])
    return frame


_CAUTION = {
    "caution_id": "str", "area": "str", "month": "int64", "year": "Int64", "wave_low_m": "float64",
    "wave_high_m": "float64", "wind_low_kmh": "float64", "wind_high_kmh": "float64",
    "early_warning": "bool", "note": "str", "source_url": "str",
}  # fmt: skip
_LIMITS = {
    "vessel_class": "str", "wave_limit_m": "float64", "wind_limit_kn": "float64", "basis": "str",
    "note": "str", "source_url": "str",
}  # fmt: skip


@cache
def sea_caution(province: str = PROVINCE) -> pd.DataFrame:
    """Return published waves and winds of single days, by sea area and month.

    They say what has been seen in that month, not what will come: never a forecast.
    """
    return _read("sea_caution.csv", _CAUTION, province)


@cache
def vessel_limits(province: str = PROVINCE) -> pd.DataFrame:
    """Return the wave (metres) and wind (knots) limit of each vessel class."""
    return _read("vessel_limits.csv", _LIMITS, province)


def known_areas(province: str = PROVINCE) -> tuple[str, ...]:
    """Return the names of the sea areas that the shipped tables use."""
    return tuple(sorted({*pier_areas(province)["area"], *sea_caution(province)["area"]}))
