"""The record of an import: its counts, its result, and the row that says so."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, delete, insert, select

from data.clock import utc_now
from data.ingest.files.limits import shown_name
from data.ingest.kind import Verdict
from data.ingest.known import none_repeated
from data.ingest.rows import Note, Rows, no_faults, none_unsure
from data.store import tables as schema


@dataclass
class Tally:
    """What the chunks of a file came to so far."""

    accepted: int = 0
    corrected: int = 0
    records: int = 0
    removed: int = 0
    rows: int = 0
    faults: list[pd.DataFrame] = field(default_factory=lambda: [no_faults()])
    repeated: list[pd.DataFrame] = field(default_factory=lambda: [none_repeated()])
    unsure: list[pd.DataFrame] = field(default_factory=lambda: [none_unsure()])
    notes: list[Note] = field(default_factory=list)

    def all_faults(self) -> pd.DataFrame:
        """Return the faults of all chunks, as `Rows.faults`."""
        return pd.concat(self.faults, ignore_index=True)

    def all_repeated(self) -> pd.DataFrame:
        """Return the repeats of all chunks, as `Verdict.repeated`."""
        return pd.concat(self.repeated, ignore_index=True)

    def all_unsure(self) -> pd.DataFrame:
        """Return the names of places that no chunk understood, as `ImportResult.unsure`."""
        return pd.concat(self.unsure, ignore_index=True)

    def add(self, rows: Rows, verdict: Verdict) -> None:
        """Count the rows of a chunk that are sorted and written."""
        new = verdict.fresh.index
        self.accepted += new.nunique()
        self.corrected += len(verdict.corrected.index.difference(new))
        self.corrected += 0 if verdict.added is None else len(verdict.added)
        self.records += len(verdict.fresh) + len(verdict.corrected)
        self.rows += len(rows)
        self.faults.append(rows.faults())
        self.repeated.append(verdict.repeated)
        self.unsure += rows.unsure
        self.notes += rows.notes

    @property
    def counts(self) -> tuple[int, int, int]:
        """Rows stored, refused and repeated."""
        refused = sum(part["row_number"].nunique() for part in self.faults)
        repeated = sum(part["row_number"].nunique() for part in self.repeated)
        return self.accepted + self.corrected, refused, repeated


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
        Rows of the file that are new, and rows that correct what was stored or add to it.
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
    unsure
        One row per name of a place that was not understood, and row of the file: ``sheet``,
        ``row_number``, and ``said``, ``within``, ``near``, ``code`` as of
        `data.ingest.place_lookup.Unsure`.
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
    unsure: pd.DataFrame = field(default_factory=none_unsure)
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


def write_import(
    connection: Connection,
    import_id: str,
    target: str,
    path: Path,
    digest: str,
    counts: tuple[int, int, int],
    options: str | None = None,
    mends: str | None = None,
) -> None:
    """Note an import.

    Parameters
    ----------
    connection
        Of its transaction.
    import_id, target, path, digest
        Its key, the table it writes, its file, and the SHA-256 of that.
    counts
        Rows accepted (over all times the file came), quarantined, duplicates.
    options
        How the file was read, as `data.ingest.held.options.to_json`.
    mends
        The import whose refused rows it puts right.
    """
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
            options=options,
            mends=mends,
        )
    )
