"""Files about hand-overs and procurement: headings, cells, places and the record of an import."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b, file_digest
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
from data.store import engine as bulk
from data.store import tables as schema

Headings = Mapping[str, Sequence[str]]


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
    """Return the election of each row: that of its column, else the ``default``, by row."""
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
        for (field, reason), some in found[found["reason"].ne("")].groupby(["field", "reason"]):
            where = rows.frame.index.isin(some.index) & found["reason"].eq(str(reason)).to_numpy()
            rows.fault(str(field), where, str(reason), some["hint"].tolist())
    both = coded["code"].notna() & named["code"].notna()
    apart = both & coded["code"].ne(named["code"])
    nested = [
        isinstance(a, str) and isinstance(b, str) and a.startswith(f"{b}.")
        for a, b in zip(coded["code"], named["code"], strict=True)
    ]
    rows.fault("code", (apart & ~np.array(nested, dtype=bool)).to_numpy(), "code_conflicts_name")
    return coded["code"].where(coded["code"].notna(), named["code"])


def read_offices(rows: Rows, field: str, is_person: Callable[[str], bool]) -> pd.Series:
    """Return the office in each cell; a cell that names a person is a fault."""
    return rows.read(
        field, lambda text: None if is_person(text) else " ".join(text.split()), "person_named"
    )


def import_key(prefix: str, path: Path, *said: str) -> tuple[str, str]:
    """Return the id of an import, the same for the same content, and the digest of the file."""
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    key = blake2b("|".join([digest, *said]).encode(), digest_size=8).hexdigest()
    return f"{prefix}-{key}", digest


def write_quarantine(
    connection: Connection, import_id: str, refused: Sequence[tuple[Rows, pd.DataFrame]]
) -> None:
    """Put rows and their faults (`Rows.faults`) in place of those of an earlier import of the same.

    ``refused`` holds pairs of rows and `Rows.faults`.
    """
    table = schema.quarantine
    connection.execute(delete(table).where(table.c.import_id == import_id))
    for rows, faults in refused:
        bulk.insert_frame(connection, table, quarantine_rows(rows, faults, import_id))


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
            file_name=path.name,
            sha256=digest,
            at=datetime.now(UTC),
            accepted=earlier + counts[0],
            quarantined=counts[1],
            duplicates=counts[2],
        )
    )


def tps_number(text: str) -> str | None:
    """Return the number of a TPS with three digits; None when a text holds none or several."""
    match = re.fullmatch(r"(?:tps\s*)?0*(\d{1,3})", text.strip(), re.IGNORECASE)
    return f"{int(match[1]):03}" if match and int(match[1]) else None
