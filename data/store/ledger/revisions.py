"""How often each table was written: counted by the engine, so that no writer has to remember.

Every statement that writes is noted on its connection; upon commit the revision of each table
written goes up by one in the same transaction. A reader that knows the revisions of the tables it
read knows whether what it made of them still holds.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, cast, event, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import Integer, String

from data.store import tables as schema

_KEY = "revision."
_WRITTEN = "siaga_written"
_READING = {
    "BEGIN",
    "EXPLAIN",
    "PRAGMA",
    "RELEASE",
    "ROLLBACK",
    "SAVEPOINT",
    "SELECT",
    "SET",
    "SHOW",
}
"""First words of statements given as text that write nothing."""


def count_writes(engine: Engine) -> None:
    """Have an engine keep the revisions of its tables."""
    event.listen(engine, "after_cursor_execute", _note_statement)
    event.listen(engine, "commit", _raise)
    event.listen(engine, "rollback", forget_writes)


def note_write(connection: Connection, *tables: str) -> None:
    """Note that tables are written past SQLAlchemy, by a cursor of the driver."""
    connection.info.setdefault(_WRITTEN, set()).update(tables)


def written_now(connection: Connection) -> set[str]:
    """Return the tables that the open transaction wrote so far."""
    return set(connection.info.get(_WRITTEN, set()))


def read_revisions(connection: Connection) -> dict[str, int]:
    """Return how many committed transactions wrote each table; 0 where none did."""
    at = schema.meta.c
    rows = connection.execute(select(at.key, at.value).where(at.key.startswith(_KEY)))
    found = {str(key).removeprefix(_KEY): int(value) for key, value in rows}
    return {name: found.get(name, 0) for name in _counted()}


def _counted() -> list[str]:
    return sorted(set(schema.metadata.tables) - {schema.meta.name})


def _note_statement(
    connection: Connection, cursor: Any, words: str, _parameters: Any, context: Any, _many: bool
) -> None:
    statement = getattr(getattr(context, "compiled", None), "statement", None)
    if isinstance(statement, UpdateBase):
        if cursor.rowcount != 0:  # -1 where the driver does not count
            note_write(connection, str(statement.entity_description["name"]))
    elif getattr(statement, "is_select", False):
        return
    elif words.split(None, 1)[0].upper() not in _READING:
        # Text and definitions of tables do not say which rows they touch: any may have changed.
        note_write(connection, *_counted())


def _raise(connection: Connection) -> None:
    written = connection.info.pop(_WRITTEN, set()) - {schema.meta.name}
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    value = schema.meta.c.value
    for name in sorted(written):  # one order for all, else two writers could wait for each other
        first = insert(schema.meta).values(key=_KEY + name, value="1")
        more = cast(cast(value, Integer) + literal(1), String)
        connection.execute(
            first.on_conflict_do_update(index_elements=["key"], set_={"value": more})
        )
    connection.info.pop(_WRITTEN, None)


def forget_writes(connection: Connection) -> None:
    """Take no table as written any more, since nothing of it is kept."""
    if not connection.invalidated:  # else the server is gone, and what it was told with it
        connection.info.pop(_WRITTEN, None)
