"""What ships about the sea areas, and series of waves and wind from CSV and XLSX.

A series is imported whole, or not at all and every fault is named.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import delete

from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.ingest.logistics_rows import heading_key
from data.ingest.numbers import parse_decimal
from data.ingest.parse import parse_moment
from data.ingest.readers import open_table
from data.ingest.record import import_key, write_import
from data.paths import shipped_dir
from data.province import province, zone
from data.store import tables as schema
from data.store.engine import Store
from data.store.rules import cell_faults, validate

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


TARGET = "wave_series"
_HEADINGS = {
    "time": ("waktu", "time", "tanggal_jam", "valid_time"),
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
}  # fmt: skip


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
        First and last time, ISO 8601 in the province's zone.
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
        CSV or XLSX with the columns waktu, perairan, gelombang_m and angin_kn. Every time is one
        of `data.ingest.parse.parse_moment` and has a zone: ``2024-02-12T07:00:00+07:00``, or the
        name of an Indonesian zone behind the time or its heading.

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
    zoned = not heading_key(names["time"]).endswith(_own_zone())
    rows = [_row(int(str(n)), row, known, faults, zoned) for n, row in raw.iterrows()]
    read = pd.DataFrame(rows, index=raw.index).astype({"wave_m": "float64", "wind_kn": "float64"})
    faults += cell_faults(TARGET, read[["wave_m", "wind_kn"]], raw, (), {}, _other_unit)
    if faults:
        raise SchemaError(path.name, faults)
    return read


def _field(heading: str) -> str:
    key = heading_key(heading).removesuffix(_own_zone())
    return next((name for name, words in _HEADINGS.items() if key in words), "")


def _own_zone() -> str:
    """Return how a heading ends that says that its times are in the province's zone."""
    return f"_{province().time_zone_name.lower()}"


def _heading_faults(header: tuple[str, ...], row: int) -> list[str]:
    """Return a fault for each heading of another unit or of none, and each column not there."""
    faults = []
    found = {_field(heading) for heading in header}
    for heading in header:
        for name, pattern in (("wave_m", _WAVE), ("wind_kn", _WIND)):
            if name not in found and pattern.fullmatch(heading_key(heading)):
                faults.append(f"row {row}: column {heading!r}, expected {_EXPECTED[name]}")
                found.add(name)
    lacking = [name for name in _HEADINGS if name not in found]
    return faults + [f"row {row}: no such column, expected {_EXPECTED[name]}" for name in lacking]


def _row(
    number: int, row: pd.Series, known: dict[str, str], faults: list[str], zoned: bool
) -> dict[str, Any]:
    area = known.get(" ".join(row["area"].split()).casefold())
    if area is None:
        words = "one of " + ", ".join(known.values())
        faults.append(f"row {number}: area {row['area']!r}, expected {words}")
    time = parse_moment(row["time"], zoned=zoned)
    if time is None:
        example = f"2024-02-12 07:00 {province().time_zone_name}"
        words = f"a time with its zone, such as {example}"
        faults.append(f"row {number}: time {row['time']!r}, expected {words}")
    out: dict[str, Any] = {"area": area, "time": None if time is None else time.astimezone(zone())}
    for name in ("wave_m", "wind_kn"):
        out[name] = parse_decimal(row[name]) if row[name] else None
    return out


def _other_unit(name: str, value: float) -> str:
    """Return what an impossible number may have been meant as."""
    if not value > 0:
        return ""
    if name == "wave_m":
        return f" ({value:g} cm would be {value / 100:g} m)"
    return f" ({value:g} km/h would be {value / 1.852:.0f} kn)"


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
    ends = [f"{when.tz_convert(zone()).isoformat()}" for when in
            (rows["time"].min(), rows["time"].max())]  # fmt: skip
    return WaveImport(path.name, import_id, len(rows), tuple(areas), ends[0], ends[1])
