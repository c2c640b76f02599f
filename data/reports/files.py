"""A file of reports, cleaned by chunks and imported: good rows in, bad rows to quarantine.

An import is all or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from pathlib import Path

import pandas as pd
import shapely
from sqlalchemy import Connection, delete

from data.ingest.columns import IGNORE, ColumnMapping, looks_like_header, map_columns
from data.ingest.history import keep_rows
from data.ingest.place_lookup import PlaceLookup, check_scheme
from data.ingest.readers import CHUNK_ROWS, RawTable, open_table
from data.ingest.record import (
    ImportResult,
    earlier_faults,
    fault_keys,
    file_digest,
    quarantine_rows,
    write_import,
)
from data.ingest.rows import Rows, no_faults
from data.reports.fields import read_fields
from data.reports.known import KnownReports
from data.reports.places import Ground, make_ground, read_places, require_place
from data.reports.sources import SourceRows
from data.store import engine as bulk
from data.store import tables as schema
from data.store.engine import Store, Undo
from data.vocabulary import COARSE_CATEGORIES
from geo.codes import Scheme

_KABUPATEN_PARTS = 2
EXTRA_COLUMNS = ("given_id", "source_url", "source_publisher")
"""Columns of a clean frame that the table does not have: they become ids and sources."""
_PLACE = ("desa", "kecamatan", "kabupaten", "code", "place")
_FIELDS = {
    "category": ("category", "acled_event_type"),
    "family": ("family", "category", "acled_event_type"),
    "date_precision": ("date_precision", "acled_time_precision"),
    "unit_kejadian": _PLACE,
    "location_precision": _PLACE,
    "lon": ("lon", "point"),
    "lat": ("lat", "point"),
    "unit_pokok": ("pokok_place",),
    "tps_number": ("tps",),
    "source_text": ("source",),
}
"""Fields that a column is made of, where they are not named like it."""


@dataclass(frozen=True)
class Reading:
    """What every chunk of a file is read against.

    Attributes
    ----------
    mapping
        Which column holds which field.
    lookup, ground
        Names and shapes of the province.
    scheme
        Scheme of a column of bare codes, None when it is not declared.
    today
        Nothing but a potensi may lie after it.
    import_id
        Key of the import.
    """

    mapping: ColumnMapping
    lookup: PlaceLookup
    ground: Ground
    scheme: Scheme | None
    today: date
    import_id: str


def build(rows: Rows, reading: Reading) -> pd.DataFrame:
    """Return one report per row; what is wrong is noted on ``rows``.

    Returns
    -------
    DataFrame
        Bad rows included, on the index of row numbers: the columns of the table ``reports`` and
        `EXTRA_COLUMNS`. ``report_id``, ``perkara_id`` and ``source_id`` are as the file gives
        them, blank or missing where it does not.
    """
    places = read_places(rows, reading.lookup, reading.ground, reading.scheme)
    fields = read_fields(rows)
    reports = _coarsened(pd.concat([fields, places], axis=1))
    reports["report_id"] = reports["given_id"].fillna("")
    reports["perkara_id"] = reports["perkara_id"].fillna("")
    reports["source_id"] = pd.Series(None, index=reports.index, dtype="str")
    reports["import_id"] = pd.Series(reading.import_id, index=reports.index, dtype="str")
    names = [column.name for column in schema.reports.columns]
    rows.hold("reports", reports[names], _FIELDS, reading.today)
    return reports[[*names, *EXTRA_COLUMNS]]


def _kabupaten_of(code: str) -> str:
    return ".".join(code.split(".")[:_KABUPATEN_PARTS])


def _coarsened(reports: pd.DataFrame) -> pd.DataFrame:
    """Return reports of which the sectarian ones are known to their kabupaten and no finer."""
    coarse = reports["category"].isin(COARSE_CATEGORIES)
    if not coarse.any():
        return reports
    out = reports.copy()
    for column in ("unit_kejadian", "unit_pokok"):
        upper = {code: _kabupaten_of(code) for code in out[column].dropna().unique()}
        out[column] = out[column].mask(coarse, out[column].map(upper).astype("str"))
    finer = coarse & out["location_precision"].isin(["tps", "desa", "kecamatan"])
    out["location_precision"] = out["location_precision"].mask(finer, "kabupaten")
    for column in ("tps_number", "lon", "lat", "location_note"):
        out[column] = out[column].mask(coarse)
    return out


TARGET = "reports"
_SQLITE_CACHE_KIB = 256 * 1024
_MOST_IDS = 10_000  # of one statement: databases limit its parameters
Progress = Callable[[int], None]


@dataclass
class _Tally:
    """What the chunks came to so far."""

    accepted: int = 0
    corrected: int = 0
    rows: int = 0
    faults: list[pd.DataFrame] = field(default_factory=list)
    duplicates: list[pd.DataFrame] = field(default_factory=list)

    def all_faults(self) -> pd.DataFrame:
        return pd.concat([no_faults(), *self.faults], ignore_index=True)

    @property
    def counts(self) -> tuple[int, int, int]:
        """Rows stored, refused and repeated."""
        refused = int(self.all_faults()["row_number"].nunique())
        return self.accepted, refused, len(self.all_duplicates())

    def all_duplicates(self) -> pd.DataFrame:
        kinds = {"row_number": "int64", "of_report": "str", "of_row": "Int64"}
        none = pd.DataFrame(columns=list(kinds)).astype(kinds)
        return pd.concat([none, *self.duplicates], ignore_index=True)


def import_reports(
    store: Store,
    path: Path | str,
    *,
    mapping: Mapping[str, str] | None = None,
    scheme: str | None = None,
    today: date,
    dry_run: bool = False,
    progress: Progress | None = None,
    chunk_rows: int = CHUNK_ROWS,
) -> ImportResult:
    """Import a file of reports in one transaction.

    Parameters
    ----------
    store
        A store that holds the registry of one province.
    path
        CSV, XLSX or GeoJSON, or an export of ACLED in one of these.
    mapping
        Field by heading where the headings are not understood; see
        `data.ingest.columns.map_columns`.
    scheme
        ``kemendagri``, ``bps`` or ``kpu``: what the codes of a column ``kode`` are.
    today
        Nothing but a potensi may lie after it.
    dry_run
        Whether to tell what would happen and store nothing.
    progress
        Called with the number of rows done after each chunk.
    chunk_rows
        Rows read at a time.

    Returns
    -------
    ImportResult
        Importing the same content again accepts nothing and leaves the store as it was. What is a
        repeated and what a corrected report: see `data.reports.known`.

    Raises
    ------
    FileUnreadableError, SourceMissingError
        When the file cannot be used at all; nothing is stored.
    ParameterError
        When the scheme is unknown, or the store does not hold the registry of one province.
    """
    path = Path(path)
    known_scheme = check_scheme(scheme)
    table = open_table(path, looks_like_header, chunk_rows)
    columns = map_columns(path, table.header, mapping, table.sample)
    require_place(path, columns, [h for h, field in (mapping or {}).items() if field == IGNORE])
    units = store.units()
    lookup, ground = PlaceLookup(units), make_ground(units, _polygons(store))
    digest = file_digest(path)
    import_id = _import_id(digest, columns, scheme)
    reading = Reading(columns, lookup, ground, known_scheme, today, import_id)
    tally = _Tally()
    with store.begin() as connection:
        _widen_cache(connection)
        before = earlier_faults(connection, import_id)
        mine = schema.quarantine.c.import_id == import_id
        connection.execute(delete(schema.quarantine).where(mine))
        sources = SourceRows(connection, import_id, path.name, today)
        _write_rows(connection, table, reading, sources, digest, tally, progress)
        changed = tally.accepted or tally.corrected or before != fault_keys(tally.all_faults())
        unchanged = dry_run or not changed
        if unchanged:
            raise Undo
        write_import(connection, import_id, TARGET, path, digest, tally.counts)
    return ImportResult(
        path.name,
        import_id,
        *tally.counts,
        tally.all_faults(),
        tally.all_duplicates(),
        dict(columns.used),
        columns.unused,
        unchanged=unchanged,
        corrected=tally.corrected,
    )


def _polygons(store: Store) -> pd.Series:
    rows = store.read("unit_shapes", schema.unit_shapes.c.level == "desa")
    return pd.Series(shapely.from_wkb(rows["wkb"].to_numpy()), index=rows["code"], dtype="object")


def _import_id(digest: str, columns: ColumnMapping, scheme: str | None) -> str:
    said = json.dumps([digest, sorted(columns.used.items()), scheme])
    return f"imp-{blake2b(said.encode(), digest_size=8).hexdigest()}"


def _widen_cache(connection: Connection) -> None:
    """Let SQLite hold the pages that random report ids touch, instead of writing them twice."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size=-{_SQLITE_CACHE_KIB}")


def _write_rows(
    connection: Connection,
    table: RawTable,
    reading: Reading,
    sources: SourceRows,
    digest: str,
    tally: _Tally,
    progress: Progress | None,
) -> None:
    known = KnownReports.of_store(connection, reading.import_id, digest)
    for chunk in table.chunks:
        rows = Rows(chunk.frame, reading.mapping)
        for fault in chunk.faults:
            rows.fault_cell(fault.row_number, fault.column_name, fault.value, fault.reason)
        reports = build(rows, reading)
        good = reports[~rows.bad]
        verdicts = known.sort(good)
        is_new, is_corrected = (verdicts["verdict"] == v for v in ("new", "corrected"))
        conflict = verdicts.index[verdicts["verdict"] == "conflict"]
        rows.fault("report_id", rows.frame.index.isin(conflict), "id_conflict")
        settled = good.assign(**verdicts[["report_id", "perkara_id", "source_id"]])
        _replace(connection, sources.attach(settled[is_corrected]), reading.import_id)
        _insert(connection, sources.attach(settled[is_new]))
        faults = rows.faults()
        refused = quarantine_rows(rows, faults, reading.import_id)
        bulk.insert_frame(connection, schema.quarantine, refused)
        tally.accepted += int(is_new.sum())
        tally.corrected += int(is_corrected.sum())
        tally.rows += len(rows)
        tally.faults.append(faults)
        repeated = verdicts.loc[verdicts["verdict"] == "same", ["of_report", "of_row"]]
        tally.duplicates.append(repeated.rename_axis("row_number").reset_index())
        if progress:
            progress(tally.rows)


def _insert(connection: Connection, reports: pd.DataFrame) -> None:
    if reports.empty:
        return
    # A third of the columns is empty in most files, and costs as much to write as the others.
    filled = [name for name in reports if name not in EXTRA_COLUMNS and reports[name].notna().any()]
    # Ids are random: in order of the index of the table its pages are touched once, not at random.
    ordered = reports[filled].sort_values("report_id")
    bulk.insert_frame(connection, schema.reports, ordered)


def _replace(connection: Connection, reports: pd.DataFrame, import_id: str) -> None:
    """Put ``reports`` in place of those of the same ids, which go into the history."""
    ids, table = reports["report_id"].tolist(), schema.reports
    for start in range(0, len(ids), _MOST_IDS):
        there = table.c.report_id.in_(ids[start : start + _MOST_IDS])
        keep_rows(connection, table, import_id, bulk.read_table(connection, table, there))
        connection.execute(delete(table).where(there))
    _insert(connection, reports)
