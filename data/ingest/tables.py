"""Bring rows of the product's own tables in: new elections, stages, meetings, agenda and others."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pandas as pd
from sqlalchemy import Table, delete, tuple_

from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.ingest.record import file_digest, write_import
from data.store import tables as schema
from data.store.engine import Store, read_table
from data.store.references import check_references
from data.store.rules import check
from data.store.shipped import parse_table
from geo.errors import ParameterError

TABLES = (
    "elections",
    "stages",
    "rakor",
    "agenda",
    "coverage_periods",
    "affairs",
    "voters",
    "sources",
    "tps",
    "indicator_versions",
    "risk_indicators",
    "indicator_counts",
    "class_totals",
    "security_patterns",
    "baseline_scores",
)
"""Tables that users may add to; reports and boundaries have doors of their own."""

SOURCE_URL = "source_url"
"""A column that may stand for ``source_id``: the page becomes a row of ``sources``."""


def import_table(store: Store, name: str, path: Path) -> int:
    """Add the rows of a CSV or XLSX file to a table; rows of a known key are replaced.

    Parameters
    ----------
    name
        One of `TABLES`.
    path
        A file whose headings are columns of the table (see the data dictionary), in any order.
        Columns that may be empty may be left out.

    Returns
    -------
    int
        Rows brought in. All of them or, on any fault, none.

    Raises
    ------
    ParameterError
        For another table.
    SourceMissingError, FileUnreadableError
        When the file is not there or is no table.
    SchemaError
        With every fault of the file: row, column, value and what was expected.
    """
    if name not in TABLES:
        raise ParameterError("table", name, "one of " + ", ".join(TABLES))
    table = schema.metadata.tables[name]
    raw = _raw(path)
    sources = _sources_of(raw, name)
    frame = parse_table(_completed(raw, table), table)
    faults = [f"{name} {fault}" for fault in check(name, frame)]
    others = {other: store.read(other) for other in ("units", "sources", "elections")}
    others["sources"] = pd.concat([others["sources"], sources])
    faults += check_references({**others, name: frame})
    if faults:
        raise SchemaError(path.name, faults)
    _write(store, table, frame, sources, path)
    return len(frame)


def _raw(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise SourceMissingError(path)
    expected = "CSV (UTF-8) atau XLSX dengan judul kolom tabel"
    try:
        if path.suffix.lower() == ".xlsx":
            raw = pd.read_excel(path, dtype="str", keep_default_na=False, na_values=[""])
        else:
            raw = pd.read_csv(
                path, dtype="str", keep_default_na=False, na_values=[""], encoding="utf-8-sig"
            )
    except (ValueError, UnicodeDecodeError, OSError) as err:
        raise FileUnreadableError(path, "not_a_table", expected) from err
    if raw.empty:
        raise FileUnreadableError(path, "empty", expected)
    # A workbook gives days as timestamps.
    return raw.replace(r" 00:00:00$", "", regex=True)


def _sources_of(raw: pd.DataFrame, name: str) -> pd.DataFrame:
    """Turn pages into rows of ``sources``, and put their ids into the raw frame."""
    columns = [column.name for column in schema.sources.columns]
    if SOURCE_URL not in raw.columns or name == "sources":
        return pd.DataFrame(columns=columns, dtype="str")
    urls = raw.pop(SOURCE_URL)
    ids = {url: sha256(url.encode()).hexdigest()[:10] for url in urls.dropna().unique()}
    given = raw["source_id"] if "source_id" in raw.columns else pd.Series(pd.NA, index=raw.index)
    raw["source_id"] = given.where(given.notna(), urls.map(ids)).astype("str")
    rows = pd.DataFrame({"source_id": list(ids.values()), "url": list(ids), "kind": "publik"})
    return rows.reindex(columns=columns).astype("str")


def _completed(raw: pd.DataFrame, table: Table) -> pd.DataFrame:
    missing = [c.name for c in table.columns if c.nullable and c.name not in raw.columns]
    return raw.assign(**{name: pd.Series(pd.NA, index=raw.index, dtype="str") for name in missing})


def _write(
    store: Store, table: Table, frame: pd.DataFrame, sources: pd.DataFrame, path: Path
) -> None:
    keys = list(table.primary_key.columns)
    found = frame[[key.name for key in keys]].drop_duplicates()
    values = [tuple(_plain(v) for v in row) for row in found.itertuples(index=False)]
    digest = file_digest(path)
    with store.begin() as connection:
        known = set(sources["source_id"]) & set(read_table(connection, schema.sources)["source_id"])
        store.insert_frame(
            connection,
            schema.sources,
            sources[~sources["source_id"].isin(known)][["source_id", "url", "kind"]],
        )
        connection.execute(delete(table).where(tuple_(*keys).in_(values)))
        store.insert_frame(connection, table, frame)
        mine = f"tbl-{digest[:16]}"
        connection.execute(delete(schema.imports).where(schema.imports.c.import_id == mine))
        write_import(connection, mine, table.name, path, digest, (len(frame), 0, 0))


def _plain(value: object) -> object:
    return value.date() if isinstance(value, pd.Timestamp) else value
