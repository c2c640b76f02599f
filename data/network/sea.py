"""What ships about the sea areas, and series of waves and wind from CSV and XLSX.

A series is imported whole, or not at all and every fault is named.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from data.errors import SchemaError, SourceMissingError
from data.ingest.columns import ColumnMapping, Need
from data.ingest.context import Context
from data.ingest.files.table import Sheet
from data.ingest.kind import DECIMAL, Field, Kind, Type, plain_text
from data.ingest.rows import Note, Rows
from data.ingest.values.numbers import parse_range
from data.ingest.values.texts import normal_text
from data.paths import shipped_dir
from data.store import tables as schema

_PIER_AREAS = {"pier_id": "str", "area": "str", "basis": "str", "note": "str", "source_url": "str"}


def pier_areas() -> pd.DataFrame:
    """Return the sea area of each pier and landing: ``pier_id``, ``area``, ``basis``, ``note``.

    No source lists them: all but a few are assumptions, and marked so.
    """
    return _read("pier_areas.csv", _PIER_AREAS)


def _read(name: str, columns: dict[str, str]) -> pd.DataFrame:
    return _checked(shipped_dir() / name, tuple(columns.items()))


@lru_cache(maxsize=12)
def _checked(path: Path, kinds: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    name, columns = path.name, dict(kinds)
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
    "vessel_class": "str",
    "wave_limit_m": "float64",
    "wind_limit_kn": "float64",
    "basis": "str",
    "note": "str",
    "source_url": "str",
}


def sea_caution() -> pd.DataFrame:
    """Return published waves and winds of single days, by sea area and month.

    They say what has been seen in that month, not what will come: never a forecast.

    Returns
    -------
    DataFrame
        ``caution_id``, ``area``, ``month`` (1 to 12), ``year``, ``wave_low_m``, ``wave_high_m``,
        ``wind_low_kmh``, ``wind_high_kmh``, ``early_warning``, ``note``, ``source_url``.
    """
    return _read("sea_caution.csv", _CAUTION)


def vessel_limits() -> pd.DataFrame:
    """Return the wave (metres) and wind (knots) limit of each vessel class.

    Columns ``vessel_class``, ``wave_limit_m``, ``wind_limit_kn``, ``basis``, ``note`` and
    ``source_url``.
    """
    return _read("vessel_limits.csv", _LIMITS)


def known_areas() -> tuple[str, ...]:
    """Return the names of the sea areas that the shipped tables use."""
    return tuple(sorted({*pier_areas()["area"], *sea_caution()["area"]}))


_TARGET = "wave_series"
_FOREIGN = {
    "wave_m": (r".*\b(cm|ft|kaki|feet)", "unit_metres"),
    "wind_kn": (r".*\b(kmh|kmj|km jam|km h|m s|ms)", "unit_knots"),
}
"""What a heading says when the numbers below it are of another unit than its field."""
_PER_KN = {"wind_kmh": 1.852, "wind_ms": 1.852 / 3.6}
_RANGE_MARK = r"\d\D*(?:-|–|s/d|sd|to)\s*\d"
_WINDS = ("wind_kn", *_PER_KN)
_HIGHEST = {"wave_m": 15.0, "wind_kn": 100.0}


def _of_known_units(columns: ColumnMapping, sheet: Sheet, context: Context) -> ColumnMapping:
    """Note the headings that name another unit than that of their field."""
    del sheet, context
    return replace(
        columns,
        faults=tuple(
            (columns.used[name], reason)
            for name, (pattern, reason) in _FOREIGN.items()
            if re.fullmatch(pattern, normal_text(columns.used.get(name, "")))
        ),
    )


def _build(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    del context
    known = {name.casefold(): name for name in known_areas()}
    area = rows.text("area").map(lambda text: known.get(plain_text(text).casefold()))
    wrong = (area.isna() & rows.filled("area")).to_numpy()
    rows.fault("area", wrong, "area_unknown", [f": {', '.join(known_areas())}"] * wrong.sum())
    wind = frame["wind_kn"]
    for name, per_kn in _PER_KN.items():
        wind = wind.fillna(frame[name] / per_kn)
    parts = np.hypot(frame["wind_u_ms"], frame["wind_v_ms"]) / _PER_KN["wind_ms"]
    out = frame.assign(area=area, time=_times(rows), wind_kn=wind.fillna(pd.Series(parts)))
    ranges = [
        int(row)
        for name in ("wave_m", *_WINDS)
        for row in rows.frame.index[rows.text(name).str.contains(_RANGE_MARK)]
    ]
    if ranges:
        rows.notes.append(Note("upper_end", {"n": len(set(ranges)), "rows": sorted(set(ranges))}))
    for name, most in _HIGHEST.items():
        beyond = out[name].gt(most) | out[name].lt(0)
        hints = [_other_unit(name, value) for value in out.loc[beyond, name]]
        rows.fault(name, beyond.to_numpy(dtype=bool), f"{name}_outside", hints)
    return out


def _times(rows: Rows) -> pd.Series:
    """Return the moment of each row in UTC; its zone stands in the cell or in the heading."""
    return rows.read_moments("time", zoned=True)


def _other_unit(name: str, value: float) -> str:
    """Return what an impossible number may have been meant as."""
    if not value > 0:
        return ""
    if name == "wave_m":
        return f" ({value:g} cm = {value / 100:g} m)"
    return f" ({value:g} km/jam = {value / 1.852:.0f} knot)"


def _range_of(*units: str) -> Type:
    """Return the type of a number, or of a range by its upper end: the safe one for a window."""

    def upper(text: str) -> float | None:
        found = parse_range(text, units=units)
        return None if found is None else found[1]

    return Type("range", upper, "number_unreadable", "float64", "0,5 - 1,25")


def _of_areas(stored: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return the stored rows of the sea areas of a new series."""
    return stored[stored["area"].isin(new["area"])]


_KNOTS = ("kn", "kt", "kts", "knot", "knots")
_WIND_UNITS = {"wind_kmh": ("km/h", "km/jam", "kmh"), "wind_ms": ("m/s", "m/d")}
WAVES = Kind(
    name="waves",
    table=schema.metadata.tables[_TARGET],
    fields=(
        Field("time", None, example="12/02/2024 07.00 +07|12/02/2024 13.00 +07"),
        Field("area", None, example="{area}"),
        Field("wave_m", _range_of("m", "meter", "metre", "metres")),
        Field("wind_kn", _range_of(*_KNOTS), example="5 - 15"),
        *(Field(name, _range_of(*_WIND_UNITS[name]), example="-") for name in _PER_KN),
        *(Field(name, DECIMAL, example="-") for name in ("wind_u_ms", "wind_v_ms")),
    ),
    needs=(
        Need((("time", "area", "wave_m"),)),
        Need((*((name,) for name in _WINDS), ("wind_u_ms", "wind_v_ms"))),
    ),
    build=_build,
    blame={"wind_kn": (*_WINDS, "wind_u_ms")},
    whole=True,
    extend=_of_known_units,
    gone=_of_areas,
)
"""A series of waves and wind: what was there of its sea areas before is replaced."""
