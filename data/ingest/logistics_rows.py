"""Files about hand-overs and procurement: headings, cells, places and the record of an import."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import Connection, delete, insert, select

from data.errors import FileUnreadableError
from data.ingest.columns import ColumnMapping, plain_heading
from data.ingest.place_lookup import PlaceLookup
from data.ingest.readers import Chunk
from data.ingest.rows import Rows
from data.ingest.words import expected
from data.reports.files import quarantine_rows
from data.reports.places import note
from data.store import engine as bulk
from data.store import tables as schema

Headings = Mapping[str, Sequence[str]]


def heading_key(heading: str) -> str:
    """Return a heading in lower case with one underscore for what is no letter or digit."""
    return re.sub(r"[^a-z0-9]+", "_", heading.casefold()).strip("_")


def header_test(headings: Headings, needed: Sequence[str]) -> Callable[[Sequence[str]], bool]:
    """Return a test whether a row of cells holds the headings of a table."""
    return lambda cells: set(needed) <= set(_claimed(headings, cells))


def _claimed(headings: Headings, cells: Sequence[str]) -> dict[str, str]:
    names = {plain_heading(word): field for field, words in headings.items() for word in words}
    found: dict[str, str] = {}
    for cell in cells:
        field = names.get(plain_heading(cell)) or names.get(plain_heading(cell.replace("_", " ")))
        if field:
            found.setdefault(field, cell)
    return found


def map_headings(
    path: Path, header: Sequence[str], headings: Headings, needed: Sequence[str], reason: str
) -> ColumnMapping:
    """Return which column holds which field.

    Raises
    ------
    FileUnreadableError
        When a needed field has no column.
    """
    used = _claimed(headings, header)
    if not set(needed) <= set(used):
        raise FileUnreadableError(path, reason, expected(reason))
    taken = set(used.values())
    return ColumnMapping(used, tuple(h for h in header if h not in taken), {}, None)


def rows_of(chunk: Chunk, mapping: ColumnMapping) -> Rows:
    """Return the rows of a chunk with what is wrong with their cells."""
    rows = Rows(chunk.frame, mapping)
    for fault in chunk.faults:
        rows.fault_cell(fault.row_number, fault.column_name, fault.value, fault.reason)
    return rows


def word_reader(words: Mapping[str, Sequence[str]]) -> Callable[[str], str | None]:
    """Return a reader of a closed list of words, each with what people write for it."""
    names = {plain_heading(text): key for key, texts in words.items() for text in (key, *texts)}
    names |= {plain_heading(key.replace("_", " ")): key for key in words}
    return lambda text: names.get(plain_heading(text))


def read_elections(rows: Rows, known: Sequence[str], default: pd.Series | str) -> pd.Series:
    """Return the election of each row: that of its column, else the one declared."""
    told = rows.read("election", lambda text: text if text in known else None, "election_unknown")
    return told.fillna(default)


def read_places(rows: Rows, lookup: PlaceLookup) -> pd.Series:
    """Return the code of each row's place, missing where there is none or no certain one."""
    coded = lookup.each(
        [rows.text("code"), pd.Series("", index=rows.frame.index, dtype="str")], lookup.codes
    )
    named = lookup.each(
        [rows.text(part) for part in ("kabupaten", "kecamatan", "desa")], lookup.parts
    )
    for found in (coded, named):
        note(rows, found)
    both = coded["code"].notna() & named["code"].notna()
    apart = both & coded["code"].ne(named["code"])
    nested = [
        isinstance(a, str) and isinstance(b, str) and a.startswith(f"{b}.")
        for a, b in zip(coded["code"], named["code"], strict=True)
    ]
    rows.fault("code", (apart & ~np.array(nested, dtype=bool)).to_numpy(), "code_conflicts_name")
    return coded["code"].where(coded["code"].notna(), named["code"])


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def import_key(prefix: str, path: Path, *said: str) -> tuple[str, str]:
    """Return the id of an import, the same for the same content, and the digest of the file."""
    digest = file_digest(path)
    key = blake2b("|".join([digest, *said]).encode(), digest_size=8).hexdigest()
    return f"{prefix}-{key}", digest


class UndoError(Exception):
    """Leaves a transaction so that nothing of it is kept; never leaves an import."""


def fault_keys(faults: pd.DataFrame) -> set[tuple[int, str, str]]:
    """Return row number, column and reason of each fault."""
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


def write_quarantine(
    connection: Connection, import_id: str, refused: Sequence[tuple[Rows, pd.DataFrame]]
) -> None:
    """Put refused rows in place of what an earlier import of the same content left there."""
    table = schema.quarantine
    connection.execute(delete(table).where(table.c.import_id == import_id))
    for rows, faults in refused:
        bulk.insert_frame(connection, table, quarantine_rows(rows, faults, import_id))


def write_import(
    connection: Connection, import_id: str, target: str, path: Path, digest: str,
    counts: tuple[int, int, int],
) -> None:  # fmt: skip
    """Note an import: accepted (over all times the file came), quarantined, duplicates."""
    table = schema.imports
    mine = table.c.import_id == import_id
    earlier = connection.execute(select(table.c.accepted).where(mine)).scalar() or 0
    connection.execute(delete(table).where(mine))
    connection.execute(
        insert(table).values(
            import_id=import_id, target=target, file_name=path.name, sha256=digest,
            at=datetime.now(UTC), accepted=earlier + counts[0], quarantined=counts[1],
            duplicates=counts[2],
        )
    )  # fmt: skip


def tps_number(text: str) -> str | None:
    """Return the number of a TPS with three digits; None when a text holds none or several."""
    match = re.fullmatch(r"(?:tps\s*)?0*(\d{1,3})", text.strip(), re.IGNORECASE)
    return f"{int(match[1]):03}" if match and int(match[1]) else None
