"""Bring boat legs in from a CSV or XLSX file: all of them, or none and every fault of the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import delete, or_

from data.boundaries.shapes import read_shapes
from data.errors import FileUnreadableError, SchemaError
from data.ingest.logistics_rows import heading_key
from data.ingest.numbers import parse_decimal
from data.ingest.place_lookup import place_index
from data.ingest.readers import open_table
from data.ingest.record import file_digest, write_import
from data.network.tables import DESA_PIER
from data.store import tables as schema
from data.store.engine import Store
from data.store.rules import cell_faults
from geo.boundaries.coast import Land, is_landlocked

TARGET = "sea_legs"
_KMH_PER_KN = 1.852
_HEADINGS = {
    "from": ("dari", "asal", "from", "from_port", "from_pier"),
    "to": ("ke", "tujuan", "to", "to_port_or_island", "to_port", "to_pier"),
    "low_min": ("menit_min", "menit_tercepat", "low_min", "duration_min"),
    "usual_min": ("menit", "menit_biasa", "lama_menit", "usual_min"),
    "high_min": ("menit_maks", "menit_terlama", "high_min", "duration_max_min"),
    "distance_km": ("jarak_km", "distance_km"),
    "vessel": ("kapal", "vessel"),
    "vessel_class": ("kelas", "kelas_kapal", "vessel_class"),
    "wave_limit_m": ("gelombang_m", "batas_gelombang_m", "wave_limit_m"),
    "wind_limit_kn": ("angin_knot", "angin_kn", "batas_angin_knot", "wind_limit_kn"),
    "note": ("catatan", "note"),
    "source_text": ("sumber", "source", "source_url"),
}
_OTHER_UNITS = {
    r"(gelombang|wave).*_(cm|ft|kaki)$": "metres, in a column gelombang_m",
    r"(angin|wind).*_(kmh|kmj|km_jam|km_h|m_s|ms)$": "knots, in a column angin_knot",
    r"(lama|durasi|waktu|duration).*_(jam|hour|hours|h)$": "minutes, in a column menit",
    r"(jarak|distance)_(mil|nm|mile|miles|m)$": "kilometres, in a column jarak_km",
}
_TIMES = dict.fromkeys(("low_min", "usual_min", "high_min"), "minutes")
_NUMBERS = {
    **_TIMES,
    "distance_km": "kilometres",
    "wave_limit_m": "metres",
    "wind_limit_kn": "knots",
}


@dataclass(frozen=True)
class SeaLegImport:
    """What an import of boat legs did.

    Attributes
    ----------
    file_name, import_id
        The file, and the key of the import: the same for the same content.
    legs
        Rows stored.
    piers_made
        Desa at whose coast a pier was made because the file named no pier.
    superseded
        Shipped rows that the new ones stand in place of.
    """

    file_name: str
    import_id: str
    legs: int
    piers_made: tuple[str, ...]
    superseded: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the result JSON-ready."""
        return asdict(self)


def import_sea_legs(store: Store, path: Path, tables: Mapping[str, pd.DataFrame]) -> SeaLegImport:
    """Import a file of boat legs in one transaction.

    Parameters
    ----------
    path
        CSV or XLSX with the columns dari, ke, kelas and at least one of menit, menit_min,
        menit_maks; others as in `_HEADINGS`. Several rows about one leg are kept: they are its
        spread.
    tables
        The shipped network tables: piers, sea legs, limits of the classes.

    Returns
    -------
    SeaLegImport
        Legs of an earlier import between the same piers in the same class are replaced.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the file cannot be used at all.
    SchemaError
        With every fault: row, column, value and what was expected. Nothing is stored.
    """
    table = open_table(path, lambda cells: len({_field(c) for c in cells} & {"from", "to"}) == 2)
    if table.kind == "geojson":
        raise FileUnreadableError(path, "no_leg_columns", "CSV atau XLSX dengan kolom dari dan ke")
    frame = pd.concat([chunk.frame for chunk in table.chunks])
    fields = {_field(heading): heading for heading in table.header if _field(heading)}
    faults = _unit_faults(frame)
    lacking = [name for name in ("from", "to", "vessel_class") if name not in fields]
    if not {"low_min", "usual_min", "high_min"} & set(fields) and not faults:
        lacking.append("usual_min")
    faults += [f"no column {_HEADINGS[name][0]}, expected it" for name in lacking]
    if faults:
        raise SchemaError(path.name, faults)
    raw = frame[list(fields.values())].set_axis(list(fields), axis=1)
    ends = _Ends(store, tables["piers"])
    limits = tables["vessel_limits"].set_index("vessel_class")["wind_limit_kn"].to_dict()
    rows, faulted = [], set()
    for number, row in raw.iterrows():
        parsed, wrong = _row({str(k): v for k, v in row.items()}, ends, limits)
        faults += [f"row {number}: {text}" for text in wrong.values() if text]
        faulted |= {(number, column) for column in wrong}
        rows.append(parsed)
    digest = file_digest(path)
    import_id = f"sea-{digest[:16]}"
    legs = _legs(rows, import_id).set_axis(raw.index)
    faults += cell_faults(TARGET, legs, raw, faulted, {"from_pier": "from", "to_pier": "to"})
    if faults:
        raise SchemaError(path.name, faults)
    _write(store, path, legs, import_id, digest)
    made = sorted(set(legs["from_pier"]) | set(legs["to_pier"]) - ends.known)
    return SeaLegImport(
        path.name,
        import_id,
        len(legs),
        tuple(pier.removeprefix(DESA_PIER) for pier in made if pier not in ends.known),
        _superseded(tables["sea_legs"], legs),
    )


def _field(heading: str) -> str:
    """Return the field a heading stands for, blank when none."""
    key = heading_key(heading)
    return next((name for name, words in _HEADINGS.items() if key in words), "")


def _unit_faults(frame: pd.DataFrame) -> list[str]:
    """Return a fault per filled cell of a column in another unit than the product's."""
    faults = []
    for heading in frame.columns:
        key = heading_key(heading)
        for pattern, expected in _OTHER_UNITS.items():
            if re.fullmatch(pattern, key):
                filled = frame.loc[frame[heading].ne(""), heading]
                faults += [
                    f"row {row}: {heading} {value!r}, expected {expected}"
                    for row, value in filled.items()
                ]
    return faults


class _Ends:
    """What the ends of a leg are called: piers by id or name, landings by island, desa by name."""

    def __init__(self, store: Store, piers: pd.DataFrame) -> None:
        self.known = set(piers["pier_id"])
        self._by_name: dict[str, str | None] = {}
        for pier, name in zip(piers["pier_id"], piers["name"], strict=True):
            for text in (pier, name, *re.findall(r"Pulau .*$", name)):
                key = text.casefold()
                # A name of two piers means neither.
                self._by_name[key] = None if key in self._by_name else pier
        units = store.units()
        self._places = place_index(units)
        self._shapes = read_shapes(store, "desa")
        self._land: Land | None = None
        self._outlines: gpd.GeoSeries | None = None

    def find(self, text: str) -> tuple[str, str]:
        """Return the pier an end means, or blank and what was expected."""
        key = " ".join(text.split()).casefold()
        if key in self._by_name:
            pier = self._by_name[key]
            return (pier, "") if pier else ("", "one pier: several have this name")
        code = key if key in self._places.units else self._places.resolve(text).code
        if code is None:
            return "", "a pier, a landing or a desa of the province"
        if self._places.units[code].level != "desa":
            return "", f"a pier or a desa, not a {self._places.units[code].level}"
        if self._is_landlocked(code):
            return "", f"a desa with a coast; {self._places.units[code].path} is land-locked"
        return f"{DESA_PIER}{code}", ""

    def _is_landlocked(self, code: str) -> bool:
        if self._land is None or self._outlines is None:
            self._land = Land.of(self._shapes)
            outlines = self._shapes.geometry.to_crs(self._land.crs)
            self._outlines = outlines.set_axis(self._shapes["code"].to_list())
        if code not in self._outlines.index:
            return True
        return is_landlocked(self._outlines[code], self._land)


def _row(
    row: dict[str, str], ends: _Ends, limits: Mapping[Any, float]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the row as read, and what is wrong by column; blank for what rests on such a cell."""
    faults = {}
    out: dict[str, Any] = {name: row.get(name) or None for name in ("vessel", "note")}
    out["source_text"] = row.get("source_text") or None
    for name in ("from", "to"):
        pier, expected = ends.find(row[name]) if row[name] else ("", "a pier or a desa")
        out[f"{name}_pier"] = pier
        if expected:
            faults[f"{name}_pier"] = f"{name} {row[name]!r}, expected {expected}"
    out["vessel_class"] = row["vessel_class"].strip().casefold().replace(" ", "_")
    for name, unit in _NUMBERS.items():
        text = row.get(name, "")
        out[name] = parse_decimal(text) if text else None
        if text and out[name] is None:
            faults[name] = f"{name} {text!r}, expected {unit}"
    wind, usual = out["wind_limit_kn"], limits.get(out["vessel_class"])
    if wind is not None and usual is not None and abs(wind / usual - _KMH_PER_KN) <= 0.05:
        text = row["wind_limit_kn"]
        faults["wind_limit_kn"] = (
            f"wind_limit_kn {text!r}, expected knots; {usual:g} kn are {text} km/h"
        )
    _fill_times(out, faults)
    return out, faults


def _fill_times(out: dict[str, Any], faults: dict[str, str]) -> None:
    """Fill in the times that a row leaves out.

    The usual time is the middle of least and greatest, and one time alone is all three.
    """
    low, usual, high = (out[name] for name in _TIMES)
    given = [value for value in (low, usual, high) if value is not None]
    if not given and not faults.keys() & _TIMES.keys():
        faults["usual_min"] = "usual_min is empty, expected a time in minutes"
    if faults.keys() & _TIMES.keys():
        faults.update({name: faults.get(name, "") for name in _TIMES})
        return
    low, high = given[0] if low is None else low, given[-1] if high is None else high
    usual = (low + high) / 2 if usual is None else usual
    out.update(low_min=low, usual_min=usual, high_min=high)


def _legs(rows: list[dict[str, Any]], import_id: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows).drop(columns=["from", "to"], errors="ignore")
    numbered = frame.assign(
        import_id=import_id, leg_id=[f"{import_id}/{n:04d}" for n in range(1, len(frame) + 1)]
    )
    columns = {c.name: "float64" for c in schema.sea_legs.columns if c.name in _NUMBERS}
    texts = {c.name: "str" for c in schema.sea_legs.columns if c.name not in _NUMBERS}
    return numbered[[c.name for c in schema.sea_legs.columns]].astype(columns | texts)


def _write(store: Store, path: Path, legs: pd.DataFrame, import_id: str, digest: str) -> None:
    table, log = schema.sea_legs, schema.imports
    pairs = legs[["from_pier", "to_pier", "vessel_class"]].drop_duplicates()
    same = [
        (table.c.vessel_class == kind)
        & (
            ((table.c.from_pier == a) & (table.c.to_pier == b))
            | ((table.c.from_pier == b) & (table.c.to_pier == a))
        )
        for a, b, kind in pairs.itertuples(index=False)
    ]
    with store.begin() as connection:
        connection.execute(delete(table).where(or_(table.c.import_id == import_id, *same)))
        store.insert_frame(connection, table, legs)
        connection.execute(delete(log).where(log.c.import_id == import_id))
        write_import(connection, import_id, TARGET, path, digest, (len(legs), 0, 0))


def _superseded(shipped: pd.DataFrame, legs: pd.DataFrame) -> tuple[str, ...]:
    def keys(frame: pd.DataFrame) -> list[frozenset[Any]]:
        columns = (frame["from_pier"], frame["to_pier"], frame["vessel_class"])
        return [frozenset((a, b, c)) for a, b, c in zip(*columns, strict=True)]

    mine = set(keys(legs))
    return tuple(
        leg for leg, key in zip(shipped["leg_id"], keys(shipped), strict=True) if key in mine
    )
