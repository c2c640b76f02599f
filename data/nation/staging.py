"""Reports on their way in: rows of a file in a table of their own, kept chunk by chunk.

Each chunk is one transaction of rows, of what was held, and of how far the file was read, with the
digest of the file up to there. Whoever goes on with it first finds that the file still begins so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, LiteralString

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
import pyarrow.csv as pcsv
import shapely
from psycopg.rows import class_row
from psycopg.sql import SQL, Composed, Identifier, Literal

from data.errors import ImportUnknownError
from data.nation import tables
from data.nation.errors import NationError
from data.nation.lines import Held, opened

Connection = psycopg.Connection[Any]

LOCK_PUBLISH = tables.LOCK + 1
"""Number of the lock of whoever compares with what is published, and publishes."""
LOCK_IMPORT = 5_142_020
"""First half of the lock of an import; the second is its number."""
COPIED = (
    "report_id", "perkara_id", "kind", "family", "severity", "date_event", "date_reported",
    "unit_code", "lon", "lat", "place_code", "reason", "line",
)  # fmt: skip
_TEXTS = ("report_id", "perkara_id", "kind", "family", "unit_code", "place_code", "reason")
_COPY = (
    "COPY {reports} (" + ", ".join(COPIED) + ") FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL ("
    + ", ".join(_TEXTS) + "))"
)  # fmt: skip
_READ_BYTES = 1 << 22
Objects = npt.NDArray[np.object_]
_OPEN = SQL("state IN ('staging', 'staged', 'ready')")


@dataclass(frozen=True)
class Import:
    """A row of ``nation.imports``: see `data.nation.tables.REPORTS`."""

    id: int
    file_name: str
    sha256: str
    account: str
    state: str
    bytes_total: int
    bytes_done: int
    lines_done: int
    head_sha256: str
    rows: int
    held: int
    unplaced: int
    unchanged: int
    corrected: int
    places_revision: int
    compared_revision: int | None


_FIELDS = SQL(", ").join(Identifier(name) for name in Import.__dataclass_fields__)


def named(form: LiteralString, import_id: int, **values: object) -> Composed:
    """Return a statement on the tables of an import.

    ``{reports}``, ``{counts}`` and ``{corrections}`` in ``form`` are those tables, ``{id}`` is its
    number; other gaps are filled with ``values`` as literals.
    """
    own = {
        "reports": Identifier(tables.SCHEMA, f"reports_{import_id}"),
        "counts": Identifier(tables.SCHEMA, f"count_parts_{import_id}"),
        "corrections": Identifier(tables.SCHEMA, f"corrections_{import_id}"),
        "id": Literal(import_id),
    }
    return SQL(form).format(**own, **{name: Literal(value) for name, value in values.items()})


def find_import(connection: Connection, import_id: int) -> Import:
    """Return an import.

    Raises
    ------
    ImportUnknownError
        When there is none of that number.
    """
    found = _imports(connection, SQL("id = {}").format(Literal(import_id)))
    if not found:
        raise ImportUnknownError(str(import_id))
    return found[0]


def list_imports(connection: Connection) -> list[Import]:
    """Return all imports, the last first."""
    return _imports(connection, SQL("true"))


def list_held(connection: Connection, number: int, most: int | None) -> list[Held]:
    """Return what of a file was not taken, by line; of many the first ``most``."""
    rows = connection.execute(
        "SELECT line, column_name, value, reason FROM nation.held WHERE import_id = %s"
        " ORDER BY line, column_name LIMIT %s",
        [number, most],
    )
    return [Held(*row) for row in rows]


def _imports(connection: Connection, where: SQL | Composed) -> list[Import]:
    query = SQL("SELECT {} FROM nation.imports WHERE {} ORDER BY id DESC").format(_FIELDS, where)
    with connection.cursor(row_factory=class_row(Import)) as cursor:
        return cursor.execute(query).fetchall()


def digests(path: Path, at: Sequence[int]) -> tuple[str, dict[int, str]]:
    """Return the SHA-256 of a file, and of its beginnings of so many bytes."""
    whole, heads, read = hashlib.sha256(), {0: hashlib.sha256().hexdigest()}, 0
    stops = sorted({stop for stop in at if stop > 0})
    with opened(path) as file:
        while part := file.read(min([_READ_BYTES, *(stop - read for stop in stops[:1])])):
            whole.update(part)
            read += len(part)
            if stops and read == stops[0]:
                heads[stops.pop(0)] = whole.hexdigest()
    return whole.hexdigest(), heads


def published_of(connection: Connection, sha256: str) -> Import | None:
    """Return the published import of a file, None where that is not published."""
    where = SQL("sha256 = {} AND state = 'published'").format(Literal(sha256))
    found = _imports(connection, where)
    return found[0] if found else None


@contextmanager
def claimed(connection: Connection, path: Path, account: str) -> Iterator[Import]:
    """Hold the unfinished import of a file, or a new one, as `held_alone` does.

    An unfinished import goes on if the file begins as far as it was read with the same bytes, even
    where it has grown since.

    Raises
    ------
    NationError
        ``running`` when another process holds it, ``places_changed`` when places were published
        since it began, ``no_places`` without any.
    """
    whole, heads = digests(path, [one.bytes_done for one in _imports(connection, _OPEN)])
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [tables.LOCK])
        found = _unfinished(connection, whole, heads)
        if found is None:
            found = _begin(connection, path, whole, account)
    with held_alone(connection, found.id):
        if found.places_revision != places_revision(connection):
            raise NationError("places_changed", str(found.id))
        connection.execute(
            "UPDATE nation.imports SET sha256 = %s, bytes_total = %s WHERE id = %s",
            [whole, path.stat().st_size, found.id],
        )
        yield find_import(connection, found.id)


@contextmanager
def held_alone(connection: Connection, number: int) -> Iterator[None]:
    """Hold an import for as long as the block runs.

    Raises
    ------
    NationError
        ``running`` when another process holds it.
    """
    key = [LOCK_IMPORT, number]
    got = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", key).fetchone()
    if got is None or not got[0]:
        raise NationError("running", str(number))
    try:
        yield
    finally:
        if not connection.closed and not connection.broken:
            connection.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def _unfinished(connection: Connection, whole: str, heads: Mapping[int, str]) -> Import | None:
    for one in _imports(connection, _OPEN):
        # What was read last ends with a line, unless it was the end of the file.
        has_head = one.state == "staging" and 0 < one.bytes_done < one.bytes_total
        if one.sha256 == whole or (has_head and heads.get(one.bytes_done) == one.head_sha256):
            return one
    return None


def _begin(connection: Connection, path: Path, whole: str, account: str) -> Import:
    row = connection.execute(
        "INSERT INTO nation.imports (file_name, sha256, account, state, bytes_total,"
        " places_revision) VALUES (%s, %s, %s, 'staging', %s, %s) RETURNING id",
        [path.name, whole, account, path.stat().st_size, places_revision(connection)],
    ).fetchone()
    assert row is not None
    number = int(row[0])
    _make_table(connection, number)
    return find_import(connection, number)


def _make_table(connection: Connection, number: int) -> None:
    # What the number of the import must be is held by the table itself, so that attaching it as a
    # partition need not look at its rows.
    connection.execute(
        named("CREATE TABLE {reports} (LIKE nation.reports INCLUDING DEFAULTS)", number)
    )
    connection.execute(
        named(
            "ALTER TABLE {reports} ALTER import_id SET DEFAULT {id},"
            " ADD CONSTRAINT of_import CHECK (import_id = {id})",
            number,
        )
    )


def start_again(connection: Connection, number: int) -> Import:
    """Throw away what was staged of an unfinished import, so that its file is read again."""
    with connection.transaction():
        drop_tables(connection, number)
        _make_table(connection, number)
        connection.execute("DELETE FROM nation.held WHERE import_id = %s", [number])
        connection.execute(
            "UPDATE nation.imports SET state = 'staging', bytes_done = 0, lines_done = 0,"
            " head_sha256 = '', rows = 0, held = 0, unplaced = 0, unchanged = 0, corrected = 0,"
            " compared_revision = NULL WHERE id = %s",
            [number],
        )
    return find_import(connection, number)


def drop_tables(connection: Connection, number: int) -> None:
    """Drop the tables of an import, where it has any."""
    for form in ("{reports}", "{counts}", "{corrections}"):
        connection.execute(named("DROP TABLE IF EXISTS " + form, number))


@dataclass(frozen=True)
class Chunk:
    """What of a file is kept in one transaction.

    Attributes
    ----------
    rows
        Columns as in `COPIED`.
    held, held_rows
        What was not taken, and how many rows that is.
    unplaced
        Rows without a place.
    bytes_done, lines_done, head_sha256
        The file up to and with it: bytes, lines, digest.
    """

    rows: pa.Table
    held: list[Held]
    held_rows: int
    unplaced: int
    bytes_done: int
    lines_done: int
    head_sha256: str


def keep_chunk(connection: Connection, number: int, chunk: Chunk) -> None:
    """Store a chunk, with how far its import is now."""
    with connection.transaction(), connection.cursor() as cursor:
        # A commit that the server lost with its machine is read again from the file.
        cursor.execute("SET LOCAL synchronous_commit = off")
        with cursor.copy(named(_COPY, number)) as copy:
            for part in _as_csv(chunk.rows):
                copy.write(part)
        into = "COPY nation.held (import_id, line, column_name, value, reason) FROM STDIN"
        with cursor.copy(into) as copy:
            for one in chunk.held:
                copy.write_row((number, *one))
        cursor.execute(
            "UPDATE nation.imports SET rows = rows + %s, held = held + %s,"
            " unplaced = unplaced + %s, bytes_done = %s, lines_done = %s, head_sha256 = %s"
            " WHERE id = %s",
            [chunk.rows.num_rows, chunk.held_rows, chunk.unplaced, chunk.bytes_done,
             chunk.lines_done, chunk.head_sha256, number],
        )  # fmt: skip


def _as_csv(rows: pa.Table) -> Iterator[memoryview]:
    """Yield rows as CSV: quotes only where values need them, a missing value as nothing."""
    for quotes in ("none", "needed"):
        whole = BytesIO()
        try:
            pcsv.write_csv(
                rows, whole, pcsv.WriteOptions(include_header=False, quoting_style=quotes)
            )
        except pa.ArrowInvalid:
            continue  # a value holds a comma or a quote
        yield whole.getbuffer()
        return


def note_staged(connection: Connection, number: int) -> None:
    """Note that the whole file of an import is staged."""
    connection.execute("UPDATE nation.imports SET state = 'staged' WHERE id = %s", [number])


def places_revision(connection: Connection) -> int:
    """Return how often shapes of the nation were published.

    Raises
    ------
    NationError
        ``no_places`` when there is none by which a report can be placed.
    """
    there = connection.execute(
        "SELECT EXISTS (SELECT FROM nation.shapes WHERE detail = 0 AND level = 'desa')"
    ).fetchone()
    if there is None or not there[0]:
        raise NationError("no_places", "nation.shapes")
    return tables.revisions(connection).get("shapes", 0)


def read_desa(connection: Connection) -> tuple[Objects, Objects]:
    """Return codes and polygons (EPSG:4326) of all desa in their finest detail, shape (n,) each."""
    found = connection.execute(
        "SELECT code, ST_AsBinary(geom) FROM nation.shapes"
        " WHERE detail = 0 AND level = 'desa' ORDER BY code",
        binary=True,
    ).fetchall()
    codes = np.array([code for code, _ in found], dtype=object)
    return codes, np.asarray(shapely.from_wkb([wkb for _, wkb in found]), dtype=object)


def read_codes(connection: Connection) -> list[str]:
    """Return the codes of all units of the nation."""
    return [str(code) for (code,) in connection.execute("SELECT code FROM nation.units")]
