"""Reports of the nation from a CSV file: checked, placed once, staged, and published together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.nation import publishing, staging
from data.nation.checks import COLUMNS, Checked
from data.nation.connection import nation_connection, require_nation
from data.nation.errors import NationError
from data.nation.keeping import ChunkKeeper
from data.nation.lines import Held, Piece, read_header, read_pieces
from data.nation.staging import Chunk, Import
from data.store.ledger.acts import actor_now
from data.store.ledger.rights import require_now
from geo.places.placing import Coverage, place_reports

if TYPE_CHECKING:
    from data.store.engine import Store

UNCHANGED, PUBLISHED, NOTHING = "unchanged", "published", "nothing"


@dataclass(frozen=True)
class Progress:
    """How far an import is.

    Attributes
    ----------
    rows
        Stored so far, those of an earlier run too.
    rows_per_s
        In this run.
    bytes_done, bytes_total
        Of the file.
    seconds_left
        Until the whole file is stored, at the speed of this run.
    """

    rows: int
    rows_per_s: float
    bytes_done: int
    bytes_total: int
    seconds_left: float


Told = Callable[[Progress], None]


@dataclass(frozen=True)
class Imported:
    """What became of a file.

    Attributes
    ----------
    outcome
        `PUBLISHED`; `UNCHANGED` when the same file is published already; `NOTHING` when none of
        its rows is new.
    made
        The import, by the state before it was published.
    resumed_rows
        Rows that an earlier run had stored.
    staging_s, ready_s, publish_s
        Seconds of this run for reading and storing, for comparing and counting, for publishing.
    """

    outcome: str
    made: Import
    resumed_rows: int = 0
    staging_s: float = 0.0
    ready_s: float = 0.0
    publish_s: float = 0.0

    def as_dict(self) -> dict[str, object]:
        """Return what a program reads: counts, seconds and the digest of the file."""
        made = self.made
        return {
            "outcome": self.outcome,
            "import": made.id,
            "sha256": made.sha256,
            "rows": made.rows,
            "held": made.held,
            "unplaced": made.unplaced,
            "unchanged": made.unchanged,
            "corrected": made.corrected,
            "resumed_rows": self.resumed_rows,
            "staging_s": round(self.staging_s, 3),
            "ready_s": round(self.ready_s, 3),
            "publish_s": round(self.publish_s, 3),
        }


def import_reports(store: Store, path: Path, told: Told) -> Imported:
    """Publish the reports of a CSV file, or go on with what an earlier run began.

    Good rows are published together in one transaction; the others are held with line, column,
    value and reason. Rows that cannot be placed are published too, with the reason.

    Parameters
    ----------
    store
        Of PostgreSQL with PostGIS, with the places of the nation published.
    path
        Columns as in `data.nation.checks.COLUMNS`.
    told
        Called after each chunk that is stored.

    Raises
    ------
    NationError
        When there is no nation, or the file cannot be taken: see `data.nation.errors.NationError`.
    RightError
        When whoever acts may not publish.
    SourceMissingError, FileUnreadableError
        Without the file.
    """
    require_now(publishing.PUBLISH)
    with nation_connection(store) as connection:
        require_nation(connection)
        columns, head = read_header(path, COLUMNS)
        sha256, _ = staging.digests(path, [])
        if (known := staging.published_of(connection, sha256)) is not None:
            return Imported(UNCHANGED, known)
        with staging.claimed(connection, path, actor_now().account) as begun:
            return _carry_on(store, connection, begun, _File(path, columns, head), told)


class _File(NamedTuple):
    """A file with its columns, and the bytes of its first line."""

    path: Path
    columns: tuple[str, ...]
    head: int


def _carry_on(
    store: Store, connection: staging.Connection, begun: Import, file: _File, told: Told
) -> Imported:
    """Take an import from wherever it is to its end."""
    resumed, seconds = begun.rows, [0.0, 0.0, 0.0]
    ready = None
    while ready is None:
        started = perf_counter()
        if begun.state == "staging":
            _stage(connection, begun, file, told)
        seconds[0] += perf_counter() - started
        with publishing.publishing(connection):
            started = perf_counter()
            ready = publishing.make_ready(connection, begun.id)
            if ready is None:
                # Others published after it was compared, and what it repeated was left out.
                begun, resumed = staging.start_again(connection, begun.id), 0
                continue
            seconds[1] = perf_counter() - started
            if ready.rows == 0:
                publishing.empty(connection, ready.id)
            else:
                publishing.publish(store, ready)
            seconds[2] = perf_counter() - started - seconds[1]
    return Imported(PUBLISHED if ready.rows else NOTHING, ready, resumed, *seconds)


def _stage(connection: staging.Connection, begun: Import, file: _File, told: Told) -> None:
    desa, shapes = staging.read_desa(connection)
    coverage = Coverage(desa, shapes, staging.read_codes(connection))
    start, lines = (begun.bytes_done, begun.lines_done) if begun.bytes_done else (file.head, 1)
    with ChunkKeeper(connection, begun.id, _teller(begun, told)) as keeper:
        for piece in read_pieces(file.path, len(file.columns), start, lines):
            keeper.put(_chunk(piece, file.columns, coverage))
    staged = staging.find_import(connection, begun.id)
    if staged.bytes_done and staged.head_sha256 != begun.sha256:
        raise NationError("changed", file.path.name)
    staging.note_staged(connection, begun.id)


def undo_import(store: Store, number: int, *, empty: bool) -> Import:
    """Take a published import back; with ``empty`` also drop what is kept of it.

    One that is taken back already, or was never published, is only emptied.

    Raises
    ------
    NationError
        When it is not published and nothing is to be emptied.
    ImportUnknownError, ImportReplacedError, RightError
        See `data.nation.publishing.undo`.
    """
    require_now(publishing.UNDO)
    with nation_connection(store) as connection:
        require_nation(connection)
        with publishing.publishing(connection):
            found = staging.find_import(connection, number)
            if found.state == "published" or not empty:
                publishing.undo(store, connection, number)
            if empty:
                with staging.held_alone(connection, number):
                    publishing.empty(connection, number)
            return found


def list_imports(store: Store) -> list[Import]:
    """Return all imports of reports, the last first.

    Raises
    ------
    NationError
        When there is no nation.
    """
    with nation_connection(store) as connection:
        require_nation(connection)
        return staging.list_imports(connection)


def list_held(store: Store, number: int, most: int | None = None) -> list[Held]:
    """Return what of a file was not taken, by line; of many the first ``most``.

    Raises
    ------
    NationError, ImportUnknownError
        When there is no nation, or no import of that number.
    """
    with nation_connection(store) as connection:
        require_nation(connection)
        return staging.list_held(connection, staging.find_import(connection, number).id, most)


def _chunk(piece: Piece, columns: tuple[str, ...], coverage: Coverage) -> Chunk:
    checked = Checked(piece, columns)
    rows = checked.rows()
    lon, lat = (_floats(rows[name]) for name in ("lon", "lat"))
    named = rows["unit_code"].to_numpy()
    placed = place_reports(lon, lat, named, coverage)
    table = rows.append_column("place_code", pa.array(placed.place_code, pa.string()))
    table = table.append_column("reason", pa.array(placed.reason, pa.string()))
    nowhere = pc.sum(pc.equal(table["place_code"], "")).as_py() or 0
    return Chunk(
        table.select(staging.COPIED),
        checked.held,
        checked.held_rows,
        nowhere,
        piece.end,
        piece.lines,
        piece.head_sha256,
    )


def _floats(values: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(pc.fill_null(values, float("nan")).to_numpy(), dtype=np.float64)


def _teller(begun: Import, told: Told) -> Callable[[Chunk], None]:
    """Return what tells how far an import is after each chunk that is stored."""
    started, rows = perf_counter(), begun.rows

    def tell(chunk: Chunk) -> None:
        nonlocal rows
        rows += chunk.rows.num_rows
        seconds = max(perf_counter() - started, 1e-9)
        speed = (chunk.bytes_done - begun.bytes_done) / seconds
        left = (begun.bytes_total - chunk.bytes_done) / speed
        rate = (rows - begun.rows) / seconds
        told(Progress(rows, rate, chunk.bytes_done, begun.bytes_total, max(0.0, left)))

    return tell
