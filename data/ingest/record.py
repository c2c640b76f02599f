"""The record of an import: its result, what it refused, and the row that says so."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, delete, insert, select

from data.clock import utc_now
from data.ingest.files.limits import shown_name
from data.ingest.rows import Note, Rows
from data.store import frames as bulk
from data.store import tables as schema


@dataclass(frozen=True)
class ImportResult:
    """What became of a file.

    Attributes
    ----------
    kind, target
        The kind of import, and the table it writes.
    file_name
        Name of the file without its folder.
    import_id
        Key of the import; the same for the same content, mapping and options.
    accepted, corrected
        Rows of the file that are new, and rows that correct what was stored.
    quarantined, duplicates
        Rows refused; rows that say what the store or the file says already.
    records
        Rows written to the table: a row of a file may come to several.
    faults
        One row per fault: ``row_number``, ``column_name``, ``value``, ``reason``, ``expected``.
    duplicate_rows
        ``row_number`` and either ``of_report`` (key of a stored row) or ``of_row`` (of the file).
    mapping
        Heading by field, as used.
    unused_columns
        Headings that were not used.
    unchanged
        Whether the store is as it was: a dry run, or the same file again.
    notes
        What else is to be said.
    facts
        Figures that the kind alone has, JSON-ready.
    """

    kind: str
    target: str
    file_name: str
    import_id: str
    accepted: int
    corrected: int
    quarantined: int
    duplicates: int
    records: int
    faults: pd.DataFrame
    duplicate_rows: pd.DataFrame
    mapping: Mapping[str, str]
    unused_columns: tuple[str, ...]
    unchanged: bool
    notes: tuple[Note, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the result in plain values, fit for JSON."""
        faults = self.faults.astype("object").to_dict("records")
        repeated = self.duplicate_rows.astype("object")
        return {
            "kind": self.kind,
            "target": self.target,
            "file": self.file_name,
            "import_id": self.import_id,
            "accepted": self.accepted,
            "corrected": self.corrected,
            "quarantined": self.quarantined,
            "duplicates": self.duplicates,
            "values": self.records,
            "unchanged": self.unchanged,
            "mapping": dict(self.mapping),
            "unused_columns": list(self.unused_columns),
            "notes": [{"note": note.key, **note.gaps} for note in self.notes],
            "faults": faults,
            "duplicate_rows": repeated.where(repeated.notna(), None).to_dict("records"),
            **self.facts,
        }


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def import_key(prefix: str, path: Path, *said: str) -> tuple[str, str]:
    """Return the id of an import, the same for the same content, and the digest of the file."""
    digest = file_digest(path)
    key = blake2b("|".join([digest, *said]).encode(), digest_size=8).hexdigest()
    return f"{prefix}-{key}", digest


def fault_keys(faults: pd.DataFrame) -> set[tuple[int, str, str]]:
    """Return `row_number`, `column_name` and `reason` of each row of ``faults``."""
    columns = ["row_number", "column_name", "reason"]
    return set(faults[columns].itertuples(index=False, name=None))


def earlier_faults(connection: Connection, import_id: str) -> set[tuple[int, str, str]] | None:
    """Return the faults that an earlier import of the same content left; None without one."""
    table, refused = schema.imports.c, schema.quarantine.c
    if connection.execute(select(table.at).where(table.import_id == import_id)).first() is None:
        return None
    query = select(refused.row_number, refused.column_name, refused.reason)
    rows = connection.execute(query.where(refused.import_id == import_id))
    return {(number, column, reason) for number, column, reason in rows}


def quarantine(
    connection: Connection, import_id: str, rows: Rows, faults: pd.DataFrame, headings: list[str]
) -> None:
    """Keep ``faults``, as of `Rows.faults` and of headings, each with its whole row."""
    wanted = rows.frame.loc[rows.frame.index.isin(faults["row_number"])]
    texts = [json.dumps(record, ensure_ascii=False) for record in wanted.to_dict("records")]
    by_row = pd.Series(texts, index=wanted.index, dtype="str")
    whole = faults["row_number"].map(by_row).astype("str")
    whole = whole.fillna(json.dumps(headings, ensure_ascii=False))
    kept = faults.assign(import_id=import_id, row_json=whole)
    bulk.insert_frame(connection, schema.quarantine, kept)


def clear_quarantine(connection: Connection, import_id: str) -> None:
    """Take away what an earlier import of the same content refused."""
    table = schema.quarantine
    connection.execute(delete(table).where(table.c.import_id == import_id))


def write_import(
    connection: Connection,
    import_id: str,
    target: str,
    path: Path,
    digest: str,
    counts: tuple[int, int, int],
) -> None:
    """Note an import: accepted (over all times the file came), quarantined, duplicates."""
    table = schema.imports
    mine = table.c.import_id == import_id
    earlier = connection.execute(select(table.c.accepted).where(mine)).scalar() or 0
    connection.execute(delete(table).where(mine))
    connection.execute(
        insert(table).values(
            import_id=import_id,
            target=target,
            file_name=str(shown_name(path)),
            sha256=digest,
            at=utc_now(),
            accepted=earlier + counts[0],
            quarantined=counts[1],
            duplicates=counts[2],
        )
    )
