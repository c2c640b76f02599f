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

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, delete

from data.ingest.columns import ColumnMapping, looks_like_header, map_columns
from data.ingest.place_lookup import PlaceLookup, check_scheme
from data.ingest.readers import CHUNK_ROWS, Chunk, RawTable, open_table
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
from data.reports.keys import KnownReports, SourceRows, report_keys
from data.reports.places import Ground, make_ground, read_places
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


def clean_chunk(chunk: Chunk, reading: Reading) -> tuple[Rows, pd.DataFrame]:
    """Read a chunk and validate what came of it.

    Returns
    -------
    Rows
        The rows with all their faults; ``bad`` tells which must not be stored.
    DataFrame
        One report per row, bad ones included, on the index of row numbers: the columns of the
        table ``reports`` and `EXTRA_COLUMNS`. ``report_id``, ``perkara_id`` and ``source_id`` are
        as the file gives them, blank or missing where it does not.
    """
    rows = Rows(chunk.frame, reading.mapping)
    for fault in chunk.faults:
        rows.fault_cell(fault.row_number, fault.column_name, fault.value, fault.reason)
    places = read_places(rows, reading.lookup, reading.ground, reading.scheme)
    fields = read_fields(rows)
    reports = _coarsened(pd.concat([fields, places], axis=1))
    reports["report_id"] = reports["given_id"].fillna("")
    reports["perkara_id"] = reports["perkara_id"].fillna("")
    reports["source_id"] = pd.Series(None, index=reports.index, dtype="str")
    reports["import_id"] = pd.Series(reading.import_id, index=reports.index, dtype="str")
    names = [column.name for column in schema.reports.columns]
    rows.hold("reports", reports[names], _FIELDS, reading.today)
    return rows, reports[[*names, *EXTRA_COLUMNS]]


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
Progress = Callable[[int], None]


@dataclass
class _Tally:
    """What the chunks came to so far."""

    accepted: int = 0
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
        Importing the same content again accepts nothing and leaves the store as it was.

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
    units = store.units()
    lookup, ground = PlaceLookup(units), make_ground(units, _polygons(store))
    import_id = _import_id(path, columns, scheme)
    reading = Reading(columns, lookup, ground, known_scheme, today, import_id)
    tally = _Tally()
    with store.begin() as connection:
        _widen_cache(connection)
        before = earlier_faults(connection, import_id)
        mine = schema.quarantine.c.import_id == import_id
        connection.execute(delete(schema.quarantine).where(mine))
        sources = SourceRows(connection, import_id, path.name, today)
        _write_rows(connection, table, reading, sources, tally, progress)
        unchanged = dry_run or not (tally.accepted or before != fault_keys(tally.all_faults()))
        if unchanged:
            raise Undo
        write_import(connection, import_id, TARGET, path, file_digest(path), tally.counts)
    return ImportResult(
        path.name,
        import_id,
        *tally.counts,
        tally.all_faults(),
        tally.all_duplicates(),
        dict(columns.used),
        columns.unused,
        unchanged=unchanged,
    )


def _polygons(store: Store) -> pd.Series:
    rows = store.read("unit_shapes", schema.unit_shapes.c.level == "desa")
    return pd.Series(shapely.from_wkb(rows["wkb"].to_numpy()), index=rows["code"], dtype="object")


def _import_id(path: Path, columns: ColumnMapping, scheme: str | None) -> str:
    said = json.dumps([file_digest(path), sorted(columns.used.items()), scheme])
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
    tally: _Tally,
    progress: Progress | None,
) -> None:
    known = KnownReports.of_store(connection, reading.import_id)
    for chunk in table.chunks:
        rows, reports = clean_chunk(chunk, reading)
        accepted, duplicates = _new_reports(rows, reports[~rows.bad], known)
        accepted = sources.attach(accepted).drop(columns=list(EXTRA_COLUMNS))
        # A third of the columns is empty in most files, and costs as much to write as the others.
        bulk.insert_frame(connection, schema.reports, accepted.dropna(axis="columns", how="all"))
        faults = rows.faults()
        refused = quarantine_rows(rows, faults, reading.import_id)
        bulk.insert_frame(connection, schema.quarantine, refused)
        tally.accepted += len(accepted)
        tally.rows += len(rows)
        tally.faults.append(faults)
        tally.duplicates.append(duplicates)
        if progress:
            progress(tally.rows)


def _new_reports(
    rows: Rows, good: pd.DataFrame, known: KnownReports
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the reports that are new, with their ids, and the rows that repeat one."""
    given = good["given_id"].astype("object")
    ids = given.where(given.notna(), None).tolist()
    verdict = known.sort(report_keys(good), ids, good.index.tolist())
    conflict = good.index[np.array(verdict.conflict, dtype=bool)]
    rows.fault("report_id", rows.frame.index.isin(conflict), "id_conflict")
    report_id = pd.Series(verdict.report_id, index=good.index, dtype="str")
    new = report_id.notna()
    accepted = good[new].assign(report_id=report_id[new])
    own = accepted["perkara_id"].where(accepted["perkara_id"] != "", accepted["report_id"])
    repeated = ~new & ~np.array(verdict.conflict, dtype=bool)
    duplicates = pd.DataFrame(
        {
            "row_number": good.index.to_numpy(),
            "of_report": pd.Series(verdict.of_report, dtype="str"),
            "of_row": pd.Series(verdict.of_row, dtype="Int64"),
        }
    )
    return accepted.assign(perkara_id=own), duplicates[repeated.to_numpy()]
