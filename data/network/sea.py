"""Bring a series of waves and wind in from CSV or XLSX: all of it, or none and every fault.

What ships about the sea areas: which pier lies in which, and what was published by month.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import delete

from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.ingest.logistics_rows import import_key, write_import
from data.ingest.parse import parse_decimal
from data.ingest.readers import open_table
from data.paths import PROVINCE, shipped_dir
from data.store import tables as schema
from data.store.engine import Store
from data.store.rules import validate

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
    "vessel_class": "str",
    "wave_limit_m": "float64",
    "wind_limit_kn": "float64",
    "basis": "str",
    "note": "str",
    "source_url": "str",
}


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


TARGET = "wave_series"
MAX_WAVE_M, MAX_WIND_KN = 15.0, 100.0
"""Above these a number cannot be metres or knots in these waters: it is another unit."""
_HEADINGS = {
    "time": ("waktu", "time", "waktu_wib", "tanggal_jam", "valid_time"),
    "area": ("perairan", "area", "wilayah", "wilayah_perairan", "sea_area"),
    "wave_m": ("gelombang_m", "wave_m", "tinggi_gelombang_m", "wave_height_m"),
    "wind_kn": (
        "angin_kn",
        "angin_knot",
        "wind_kn",
        "wind_knot",
        "wind_knots",
        "kecepatan_angin_knot",
        "kecepatan_angin_kn",
    ),
}
_WAVE = re.compile(r"(tinggi_)?(gelombang|wave|wave_height)(_\w+)?")
_WIND = re.compile(r"(kecepatan_)?(angin|wind|wind_speed)(_\w+)?")
_EXPECTED = {
    "time": "a column waktu (or time)",
    "area": "a column perairan (or area)",
    "wave_m": "a column gelombang_m (or wave_m) in metres",
    "wind_kn": "a column angin_kn (or wind_kn) in knots",
}
_ZONES = {"WIB": "+07:00", "WITA": "+08:00", "WIT": "+09:00", "UTC": "+00:00", "Z": "+00:00"}
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{1,2}:\d{2}(?::\d{2})?)\s*(WIB|WITA|WIT|UTC|Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class WaveImport:
    """What an import of waves did.

    Attributes
    ----------
    file_name, import_id
        The file, and the key of the import: the same for the same content.
    rows
        Rows stored.
    areas
        Sea areas of the file; what was there of them before is replaced.
    first, last
        First and last time, ISO 8601 in WIB.
    """

    file_name: str
    import_id: str
    rows: int
    areas: tuple[str, ...]
    first: str
    last: str

    def as_dict(self) -> dict[str, Any]:
        """Return the result JSON-ready."""
        return asdict(self)


def read_waves(path: Path) -> pd.DataFrame:
    """Return a file of waves and wind, each value of its kind.

    Parameters
    ----------
    path
        CSV or XLSX with the columns waktu, perairan, gelombang_m and angin_kn. Every time has a
        zone: ``2024-02-12 07:00 WIB`` or ``2024-02-12T07:00:00+07:00``.

    Returns
    -------
    DataFrame
        ``area``, ``time`` (UTC), ``wave_m``, ``wind_kn`` by the row number of the file.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the file cannot be used at all.
    SchemaError
        With every fault: row, column, value and what was expected.
    """
    table = open_table(path, lambda cells: bool({"time", "area"} & {_field(c) for c in cells}))
    if table.kind == "geojson":
        raise FileUnreadableError(path, "no_wave_columns", "CSV atau XLSX: waktu, perairan, …")
    if faults := _heading_faults(table.header, table.header_row):
        raise SchemaError(path.name, faults)
    chunks = list(table.chunks)
    frame = pd.concat([chunk.frame for chunk in chunks])
    if frame.empty:
        raise FileUnreadableError(path, "empty", "sekurang-kurangnya dua baris per perairan")
    names = {_field(heading): heading for heading in table.header if _field(heading)}
    raw = frame[list(names.values())].set_axis(list(names), axis=1)
    faults = [
        f"row {one.row_number}: {one.column_name} {one.value!r}, expected as many cells as headings"
        for chunk in chunks
        for one in chunk.faults
    ]
    known = {name.casefold(): name for name in known_areas()}
    rows = [_row(int(str(number)), row, known, faults) for number, row in raw.iterrows()]
    if faults:
        raise SchemaError(path.name, faults)
    return pd.DataFrame(rows, index=raw.index)


def _field(heading: str) -> str:
    key = _key(heading)
    return next((name for name, words in _HEADINGS.items() if key in words), "")


def _key(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", heading.casefold()).strip("_")


def _heading_faults(header: tuple[str, ...], row: int) -> list[str]:
    """Return a fault for each heading of another unit or of none, and each column not there."""
    faults = []
    found = {_field(heading) for heading in header}
    for heading in header:
        for name, pattern in (("wave_m", _WAVE), ("wind_kn", _WIND)):
            if name not in found and pattern.fullmatch(_key(heading)):
                faults.append(f"row {row}: column {heading!r}, expected {_EXPECTED[name]}")
                found.add(name)
    lacking = [name for name in _HEADINGS if name not in found]
    return faults + [f"row {row}: no such column, expected {_EXPECTED[name]}" for name in lacking]


def _row(number: int, row: pd.Series, known: dict[str, str], faults: list[str]) -> dict[str, Any]:
    area = known.get(" ".join(row["area"].split()).casefold())
    if area is None:
        words = "one of " + ", ".join(known.values())
        faults.append(f"row {number}: area {row['area']!r}, expected {words}")
    out: dict[str, Any] = {"area": area, "time": _moment(number, row["time"], faults)}
    for name, top, unit in (("wave_m", MAX_WAVE_M, "metres"), ("wind_kn", MAX_WIND_KN, "knots")):
        value = parse_decimal(row[name]) if row[name] else None
        out[name] = value
        if value is None or not 0 <= value <= top:
            hint = _other_unit(name, value)
            faults.append(
                f"row {number}: {name} {row[name]!r}, expected {unit}, 0 to {top:g}{hint}"
            )
    return out


def _other_unit(name: str, value: float | None) -> str:
    """Return what an impossible number may have been meant as."""
    if value is None or value < 0:
        return ""
    if name == "wave_m":
        return f" ({value:g} cm would be {value / 100:g} m)"
    return f" ({value:g} km/h would be {value / 1.852:.0f} kn)"


def _moment(number: int, text: str, faults: list[str]) -> datetime | None:
    match = _MOMENT.fullmatch(text.strip())
    expected = "a time with its zone, such as 2024-02-12 07:00 WIB"
    if match is None or match[3] is None:
        faults.append(f"row {number}: time {text!r}, expected {expected}")
        return None
    zone = _ZONES.get(match[3].upper(), match[3])
    try:
        clock = match[2].rjust(len(match[2]) + (match[2].index(":") == 1), "0")
        return datetime.fromisoformat(f"{match[1]}T{clock}{zone}").astimezone(UTC)
    except ValueError:
        faults.append(f"row {number}: time {text!r}, expected {expected}")
        return None


def write_waves(store: Store, path: Path, series: pd.DataFrame) -> WaveImport:
    """Put a checked series in place of what there is of its sea areas, in one transaction.

    ``series`` is what `analytics.network.sea_windows.check_series` returns.

    Raises
    ------
    SchemaError
        When a row does not fit the table.
    """
    import_id, digest = import_key("lau", path)
    table = schema.metadata.tables[TARGET]
    rows = series[["area", "time", "wave_m", "wind_kn"]].assign(import_id=import_id)
    rows = rows.assign(time=pd.to_datetime(rows["time"], utc=True))
    rows = rows.astype({"area": "str", "import_id": "str"}).reset_index(drop=True)
    validate(TARGET, rows)
    areas = sorted(set(rows["area"]))
    with store.begin() as connection:
        connection.execute(delete(table).where(table.c.area.in_(areas)))
        store.insert_frame(connection, table, rows)
        write_import(connection, import_id, TARGET, path, digest, (len(rows), 0, 0))
    ends = [f"{when.tz_convert('Asia/Jakarta').isoformat()}" for when in
            (rows["time"].min(), rows["time"].max())]  # fmt: skip
    return WaveImport(path.name, import_id, len(rows), tuple(areas), ends[0], ends[1])
