"""The one door for what planners keep: the file and the line in the log that says who kept it.

Plans and scenarios are files; ``kept_files`` holds the digest of each, so that the log tells who
changed which, from what to what, and a file that was changed by other hands is found.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, and_, delete

from data.errors import FileUnreadableError, StoreError
from data.export import write_file
from data.ingest.words import expected
from data.plan.moves import (
    Moves,
    below_var,
    is_noted,
    note_moves,
    require_movable,
    settle_moves,
    settle_noted,
    staged_path,
)
from data.plan.shelves import (
    SHELVES,
    Shelf,
    changing_files,
    check_name,
    digest_of,
    is_name,
    kabupaten_of,
    nobody_changing,
)
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import insert_frame, rows_of
from data.store.ledger.acts import Act, actor_now
from data.store.ledger.chain import head_of
from data.store.ledger.rights import KEEP, require, require_scope
from data.store.ledger.undo import UNDO, put_back, wanted_rows

TABLE = schema.logistics.kept_files
FOUND = "plan.found"
"""The act of the product that finds a file other than it was kept."""
Row = dict[str, Any]
Rows = Mapping[str, Row | None]
"""What is to be known of files by name; None of one that goes."""
Paths = Iterable[tuple[Path, Path]]
"""From where files are moved, and to where."""


def require_keeping(kabupaten: str | None = None) -> None:
    """Hold that whoever acts may make plans and change them, of a kabupaten where one is named.

    Raises
    ------
    RightError
        When the role is none that may, or the kabupaten is none of the account's.
    """
    act = Act(KEEP, actor_now())
    require(act)
    require_scope(act, pd.DataFrame({"kabupaten_code": [kabupaten]}))


@dataclass(frozen=True)
class Door:
    """The store and the files of a shelf, while nobody else changes what is kept.

    Attributes
    ----------
    store
        The store of this installation.
    shelf
        Whose files.
    """

    store: Store
    shelf: Shelf

    def row(self, name: str, path: Path) -> Row:
        """Return what is to be known of a file under a name."""
        content = path.read_bytes()
        return {
            "kind": self.shelf.kind,
            "name": name,
            "digest": digest_of(content),
            "kabupaten_code": kabupaten_of(self.shelf, content),
        }

    def stage(self, file_name: str, content: bytes) -> Path:
        """Put a file down whole where nobody reads it, and return where."""
        path = staged_path(file_name)
        path.parent.mkdir(exist_ok=True)
        write_file(path, content)
        return path

    def replacing(self, name: str) -> list[tuple[Path, Path]]:
        """Return the moves that throw away a copy of what has a name: it is never without one."""
        path = self.shelf.path(name)
        if not path.exists():
            return []
        target = self.shelf.thrown_path(name)
        return [(self.stage(target.name, path.read_bytes()), target)]

    def keep(self, subject: str, rows: Rows, moves: Paths) -> None:
        """Say in the log what becomes of files, and move them; see `commit`.

        Parameters
        ----------
        subject
            Name of what is changed.
        rows
            What is known of each name afterwards.
        moves
            As `commit` takes them.
        """
        self.commit(Act(KEEP, actor_now(), subject), lambda c: self._put(c, rows), moves)

    def commit(self, act: Act, write: Callable[[Connection], object], moves: Paths) -> None:
        """Write to the store and move files: both, or neither.

        Parameters
        ----------
        act
            By whoever acts now.
        write
            Writes what is known of the files afterwards.
        moves
            From where to where, in this order.

        Raises
        ------
        RightError
            When whoever acts may not, or not about this kabupaten.
        StoreError, FileUnreadableError
            When the store or the disk refuses.
        """
        paths = tuple((below_var(source), below_var(target)) for source, target in moves)
        require_movable(paths)
        try:
            with self.store.begin(act.action, subject=act.subject, reason=act.reason) as connection:
                head = head_of(connection)
                write(connection)
                note_moves(Moves(head.seq, head.digest, act.action, act.subject or "", paths))
        except BaseException:
            with suppress(StoreError):  # then the next who comes asks whether it was committed
                settle_noted(self.store.was_decided)
            raise
        settle_noted(self.store.was_decided)

    def note_found(self, names: Iterable[str]) -> None:
        """Have the product say in the log which files are other than they were kept.

        Raises
        ------
        FileUnreadableError
            When the folder lacks one that other servers of the store may have.
        """
        known = self.known()
        for name in names:
            path = self.shelf.path(name)
            found = self.row(name, path) if path.exists() else None
            if found is None and name in known and self.store.is_postgres:
                # Other servers keep files too: what this folder lacks need not be gone.
                raise FileUnreadableError(name, "plan_elsewhere", expected("plan_elsewhere"))
            if found and found["kabupaten_code"] is None and name in known:
                # What a file no longer says does not open it to planners of other kabupaten.
                found["kabupaten_code"] = known[name]["kabupaten_code"]
            if known.get(name) != found:
                with self.store.begin(FOUND, subject=name) as connection:
                    self._put(connection, {name: found})

    def known(self) -> dict[str, Row]:
        """Return what is known of the files of the shelf, by name."""
        rows = self.store.read(TABLE.name, TABLE.c.kind == self.shelf.kind)
        plain = rows.astype("object").where(rows.notna(), None).to_dict("records")
        return {row["name"]: {str(key): value for key, value in row.items()} for row in plain}

    def _put(self, connection: Connection, rows: Rows) -> None:
        for name, row in rows.items():
            where = and_(TABLE.c.kind == self.shelf.kind, TABLE.c.name == name)
            connection.execute(delete(TABLE).where(where))
            if row is not None:
                insert_frame(connection, TABLE, rows_of(TABLE, [row]))


@contextmanager
def keeping(shelf: Shelf, *names: str) -> Iterator[Door]:
    """Let one process at a time change files of a shelf, those of some names.

    Raises
    ------
    RightError
        When whoever acts may not.
    FileUnreadableError
        When one is no name for a file, or the disk refuses, or the folder lacks a file that another
        server of the database may have.
    StoreError
        When the log cannot be written: nothing is kept that it does not tell of.
    """
    require_keeping()
    for name in names:
        check_name(name)
    with closing(Store.open()) as store, changing_files():
        settle_noted(store.was_decided)
        door = Door(store, shelf)
        door.note_found(names)
        yield door


def keep_file(shelf: Shelf, name: str, content: bytes) -> Path:
    """Keep a file under a name, and return it; one of that name goes to the trash.

    Raises
    ------
    RightError, FileUnreadableError, StoreError
        As `keeping`, and when the kabupaten is none of the account's.
    """
    with keeping(shelf, name) as door:
        path = shelf.path(name)
        waiting = door.stage(path.name, content)
        door.keep(name, {name: door.row(name, waiting)}, [*door.replacing(name), (waiting, path)])
    return path


def note_unknown(store: Store) -> None:
    """Have the product say in the log which files are kept that it does not know.

    One that has no name of ours, or that the disk does not give, is left to ``check``.
    """
    for shelf in SHELVES:
        if not _unknown(Door(store, shelf)):
            continue
        with suppress(FileUnreadableError), changing_files():
            settle_noted(store.was_decided)
            door = Door(store, shelf)
            for name in _unknown(door):
                with suppress(OSError):
                    door.note_found([name])


def _unknown(door: Door) -> list[str]:
    there = [path for path in door.shelf.folder.glob(f"*{door.shelf.suffix}") if path.is_file()]
    return sorted({path.stem for path in there if is_name(path.stem)} - set(door.known()))


@contextmanager
def files_at_rest(store: Store) -> Iterator[None]:
    """Let no process change what is kept meanwhile, so that files and rows are of one moment.

    What a process that was killed left half-way is ended first. Where that cannot be, its note
    being none or the disk refusing, what is there is read as it is: ``check`` tells of it.
    """
    refused = False
    while True:
        with nobody_changing():
            if refused or not is_noted():
                yield
                return
        try:
            settle_moves(store.was_decided)
        except FileUnreadableError:
            refused = True


def differing(store: Store) -> list[tuple[Shelf, str]]:
    """Return each shelf and name whose file is not there, or other than it was kept."""
    with files_at_rest(store):
        return [
            (shelf, name)
            for shelf in SHELVES
            for name, row in Door(store, shelf).known().items()
            if not _is_kept(shelf.path(name), row)
        ]


def _is_kept(path: Path, row: Row) -> bool:
    return path.exists() and digest_of(path.read_bytes()) == row["digest"]


def undo_keeping(seq: int, kind: str, reason: str | None) -> int:
    """Undo what an act did to kept files: each is again what it was, and nothing is forgotten.

    Parameters
    ----------
    seq
        Number of the act.
    kind
        Of the shelf it changed.
    reason
        Why.

    Returns
    -------
    int
        How many files are others now.

    Raises
    ------
    ActUnknownError, RecordChangedError
        When there is no such act, or a file was changed since.
    FileUnreadableError
        When what was there before is not in the trash any more.
    RightError
        When whoever undoes it may not keep plans.
    """
    shelf = next(one for one in SHELVES if one.kind == kind)
    with keeping(shelf) as door:
        with door.store.snapshot() as connection:
            wanted = wanted_rows(connection, TABLE, seq)
        rows = {json.loads(key)[1]: row for key, row in wanted.items()}
        door.note_found(rows)  # a file that other hands changed is not what the act made: refused
        act = Act(UNDO, actor_now(), str(seq), reason)
        door.commit(act, lambda connection: put_back(connection, seq), list(_back(door, rows)))
    return len(rows)


def _back(door: Door, rows: Rows) -> Iterator[tuple[Path, Path]]:
    """Yield the moves after which the files are what ``rows`` say."""
    shelf, known = door.shelf, door.known()
    thrown = {}
    for name in (name for name in rows if name in known):
        path, digest = shelf.path(name), known[name]["digest"]
        if rows[name] is None:
            thrown[digest] = shelf.thrown_path(name)
            yield path, thrown[digest]
        else:  # a copy: done twice, what is by then back under the name must not go
            ((copy, thrown[digest]),) = door.replacing(name)
            yield copy, thrown[digest]
    for name, row in rows.items():
        if row is not None:
            found = thrown.get(row["digest"]) or _in_trash(shelf, name, row["digest"])
            yield found, shelf.path(name)


def _in_trash(shelf: Shelf, name: str, digest: str) -> Path:
    thrown = sorted(shelf.thrown(), key=lambda one: one.name != name)  # its own before others'
    for one in thrown:
        path = shelf.trash / f"{one.token}{shelf.suffix}"
        if digest_of(path.read_bytes()) == digest:
            return path
    raise FileUnreadableError(name, "plan_thrown_gone", expected("plan_thrown_gone"))
