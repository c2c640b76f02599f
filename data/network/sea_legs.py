"""Bring boat legs in from a CSV or XLSX file: all of them, or none and every fault of the file."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import delete, insert, or_

from data.boundaries.shapes import read_shapes
from data.errors import FileUnreadableError, SchemaError
from data.ingest.parse import parse_decimal
from data.ingest.readers import open_table
from data.network.tables import DESA_PIER
from data.store import tables as schema
from data.store.engine import Store
from data.store.rules import check
from data.vocabulary import VESSEL_CLASSES
from geo.boundaries.coast import Land, is_landlocked
from geo.crs import METRIC_CRS
from geo.places.resolve import PlaceIndex

TARGET = "sea_legs"
MAX_WAVE_M = 10.0
MAX_WIND_KN = 50.0
MAX_MINUTES = 2880.0
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
_NUMBERS = {
    "low_min": (0.0, MAX_MINUTES, "minutes above 0"),
    "usual_min": (0.0, MAX_MINUTES, "minutes above 0"),
    "high_min": (0.0, MAX_MINUTES, "minutes above 0"),
    "distance_km": (0.0, 1000.0, "kilometres above 0"),
    "wave_limit_m": (0.0, MAX_WAVE_M, f"metres above 0, at most {MAX_WAVE_M:g}"),
    "wind_limit_kn": (0.0, MAX_WIND_KN, f"knots above 0, at most {MAX_WIND_KN:g}"),
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
    rows = []
    for number, row in raw.iterrows():
        parsed, wrong = _row(row.to_dict(), ends, limits)
        faults += [f"row {number}: {text}" for text in wrong]
        rows.append(parsed)
    if faults:
        raise SchemaError(path.name, faults)
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    import_id = f"sea-{digest[:16]}"
    legs = _legs(rows, import_id)
    if wrong := check(TARGET, legs):
        raise SchemaError(path.name, wrong)
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
    key = re.sub(r"[^a-z0-9]+", "_", heading.casefold()).strip("_")
    return next((name for name, words in _HEADINGS.items() if key in words), "")


def _unit_faults(frame: pd.DataFrame) -> list[str]:
    """Return a fault per filled cell of a column in another unit than the product's."""
    faults = []
    for heading in frame.columns:
        key = re.sub(r"[^a-z0-9]+", "_", heading.casefold()).strip("_")
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
        self._places = PlaceIndex(units)
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
            outlines = self._shapes.geometry.to_crs(METRIC_CRS)
            self._outlines = outlines.set_axis(self._shapes["code"].to_list())
        if code not in self._outlines.index:
            return True
        return is_landlocked(self._outlines[code], self._land)


def _row(
    row: dict[Hashable, str], ends: _Ends, limits: Mapping[Any, float]
) -> tuple[dict[str, Any], list[str]]:
    faults = []
    out: dict[str, Any] = {name: row.get(name) or None for name in ("vessel", "note")}
    out["source_text"] = row.get("source_text") or None
    for name in ("from", "to"):
        pier, expected = ends.find(row[name]) if row[name] else ("", "a pier or a desa")
        out[f"{name}_pier"] = pier
        if expected:
            faults.append(f"{name} {row[name]!r}, expected {expected}")
    if out["from_pier"] and out["from_pier"] == out["to_pier"]:
        faults.append(f"to {row['to']!r}, expected another place than from")
    out["vessel_class"] = row["vessel_class"].strip().casefold().replace(" ", "_")
    if out["vessel_class"] not in VESSEL_CLASSES:
        allowed = ", ".join(VESSEL_CLASSES)
        faults.append(f"vessel_class {row['vessel_class']!r}, expected one of {allowed}")
    for name, (least, most, expected) in _NUMBERS.items():
        text = row.get(name, "")
        value = parse_decimal(text) if text else None
        out[name] = value
        if text and (value is None or not least < value <= most):
            faults.append(f"{name} {text!r}, expected {expected}")
    faults += _kmh_fault(out, row, limits) + _time_faults(out, faults)
    return out, faults


def _kmh_fault(
    out: dict[str, Any], row: dict[Hashable, str], limits: Mapping[Any, float]
) -> list[str]:
    """Return a fault where a wind limit is that of the class written in km/h."""
    wind, usual = out["wind_limit_kn"], limits.get(out["vessel_class"])
    if wind is None or usual is None or abs(wind / usual - _KMH_PER_KN) > 0.05:
        return []
    text = row["wind_limit_kn"]
    return [f"wind_limit_kn {text!r}, expected knots; {usual:g} kn are {text} km/h"]


def _time_faults(out: dict[str, Any], faults: list[str]) -> list[str]:
    """Fill in the times that a row leaves out; a fault when it has none or they are not in order.

    The usual time is the middle of least and greatest, and one time alone is all three.
    """
    if any(text.split()[0] in ("low_min", "usual_min", "high_min") for text in faults):
        return []
    low, usual, high = (out[f"{name}_min"] for name in ("low", "usual", "high"))
    given = [value for value in (low, usual, high) if value is not None]
    if not given:
        return ["usual_min is empty, expected a time in minutes"]
    low, high = low or usual or high, high or usual or low
    usual = usual or (low + high) / 2
    if not low <= usual <= high:
        said = f"{low:g}, {usual:g}, {high:g}"
        return [f"usual_min {said}, expected least, usual and greatest time in order"]
    out.update(low_min=low, usual_min=usual, high_min=high)
    return []


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
        connection.execute(
            insert(log).values(
                import_id=import_id, target=TARGET, file_name=path.name, sha256=digest,
                at=datetime.now(UTC), accepted=len(legs), quarantined=0, duplicates=0,
            )
        )  # fmt: skip


def _superseded(shipped: pd.DataFrame, legs: pd.DataFrame) -> tuple[str, ...]:
    def keys(frame: pd.DataFrame) -> list[frozenset[Any]]:
        columns = (frame["from_pier"], frame["to_pier"], frame["vessel_class"])
        return [frozenset((a, b, c)) for a, b, c in zip(*columns, strict=True)]

    mine = set(keys(legs))
    return tuple(
        leg for leg, key in zip(shipped["leg_id"], keys(shipped), strict=True) if key in mine
    )
