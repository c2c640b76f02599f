"""An act undone by a further one: rows get back what they said before, and nothing is forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO

import pandas as pd
from sqlalchemy import Connection, Table, delete, select

from data.errors import ActUnknownError, RecordChangedError
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import insert_frame, read_table, rows_of, typed
from data.store.ledger import tables
from data.store.ledger.acts import Act, actor_now
from data.store.ledger.rights import require
from data.store.ledger.writing import MANY, Row, among, plain_rows

_LOG, _ROWS = tables.audit_log, tables.record_changes
UNDO = "record.undo"


def undo_act(store: Store, seq: int, reason: str | None = None) -> int:
    """Undo what an act changed: what it added goes, what it removed comes back.

    Parameters
    ----------
    store
        The store.
    seq
        Number of the act in ``audit_log``.
    reason
        Why.

    Returns
    -------
    int
        How many rows have another content now.

    Raises
    ------
    ActUnknownError
        When there is no such act, or nothing was noted row by row that could come back.
    RecordChangedError
        When a row was changed since, in what would be put back; nothing is undone.
    RightError
        When whoever undoes it may not do the act itself.
    """
    with store.begin(UNDO, subject=str(seq), reason=reason) as connection:
        return put_back(connection, seq)


def put_back(connection: Connection, seq: int) -> int:
    """Put back what an act changed, inside the caller's transaction; see `undo_act`."""
    entries = _entries_of(connection, seq)
    _require_own(connection, seq)
    return sum(_put_back(connection, entry) for entry in entries)


def wanted_rows(connection: Connection, table: Table, seq: int) -> dict[str, Row | None]:
    """Return what rows of a table are to say once an act is undone, by key; None for none.

    Raises
    ------
    ActUnknownError, RecordChangedError
        As `undo_act`.
    """
    return {
        entry["key"]: _before(entry, _stored(connection, table, entry["key"]))
        for entry in _entries_of(connection, seq)
        if entry["target"] == table.name and entry["key"] != MANY
    }


def _entries_of(connection: Connection, seq: int) -> list[Row]:
    changes = connection.execute(
        select(_ROWS).where(_ROWS.c.seq == seq).order_by(_ROWS.c.change_id.desc())
    ).mappings()
    entries = [dict(entry) for entry in changes if entry["erased_by"] is None]
    if not entries:
        raise ActUnknownError(seq)
    return entries


def _require_own(connection: Connection, seq: int) -> None:
    """Hold that whoever acts may do an act, and of one that undid others may do those too."""
    actor, at = actor_now(), str(seq)
    while True:
        act = connection.execute(select(_LOG).where(_LOG.c.seq == int(at))).mappings().one()
        require(Act(act["action"], actor))
        if act["action"] != UNDO:
            return
        at = act["subject"]


def _put_back(connection: Connection, entry: Row) -> int:
    """Put back what one change took, and return how many rows that is."""
    table = schema.metadata.tables[entry["target"]]
    if entry["key"] == MANY:
        rows = typed(pd.read_feather(BytesIO(entry["content"])), table)
        insert_frame(connection, table, rows)
        return len(rows)
    (at,) = among(table, [entry["key"]])
    wanted = _before(entry, _stored(connection, table, entry["key"]))
    connection.execute(delete(table).where(at))
    if wanted is not None:
        insert_frame(connection, table, rows_of(table, [wanted]))
    return 1


def _stored(connection: Connection, table: Table, key: str) -> Row | None:
    (at,) = among(table, [key])
    return plain_rows(table, read_table(connection, table, at)).get(key)


def _before(entry: Row, stored: Row | None) -> Row | None:
    """Return what a row said before a change, as long as it still says what the change made it."""
    before = None if entry["before"] is None else json.loads(entry["before"])
    after = None if entry["after"] is None else json.loads(entry["after"])
    changed = sorted(_changed_since(before, after, stored))
    if changed:
        raise RecordChangedError(entry["target"], entry["key"], changed)
    if before is None or after is None or stored is None:
        return before
    return {name: value for name, value in {**stored, **before}.items() if value is not None}


def _changed_since(before: Row | None, after: Row | None, stored: Row | None) -> Iterator[str]:
    """Yield the columns in which a row no longer says what a change made it say."""
    if after is None:
        yield from stored or ()
    elif stored is None:
        yield from after
    else:
        # A new row goes as a whole: then every column counts, also one that was filled since.
        names = {**after, **stored} if before is None else after
        yield from (name for name in names if stored.get(name) != after.get(name))
