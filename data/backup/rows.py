"""Rows of a table as lines of JSON, equal whichever database and store they come from.

The first line names the columns, each further one is a row: columns in the order of their names,
rows in that of the key. Dates and moments are ISO 8601 (moments in UTC), bytes are Base64.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Date, DateTime, LargeBinary, String, Table, collate, select
from sqlalchemy.types import TypeEngine

_BATCH = 2000


def columns_of(table: Table) -> list[str]:
    """Return the names of the columns in the order of the lines."""
    return sorted(column.name for column in table.columns)


def lines_of(connection: Connection, table: Table) -> Iterator[bytes]:
    """Yield the lines of a table, that of its columns first.

    Parameters
    ----------
    connection
        In a transaction that reads everything as of one moment.
    table
        As the store holds it; of `data.store.tables` or reflected.
    """
    names = columns_of(table)
    yield _line(names)
    keys = sorted(table.primary_key.columns.keys()) or names
    # Byte by byte, as SQLite sorts: a server sorts texts by the language it was set up for.
    server = connection.dialect.name == "postgresql"
    by = [
        collate(table.c[key], "C") if server and isinstance(table.c[key].type, String)
        else table.c[key]
        for key in keys
    ]  # fmt: skip
    query = select(*(table.c[name] for name in names)).order_by(*(one.nulls_first() for one in by))
    for row in connection.execute(query, execution_options={"yield_per": _BATCH}):
        yield _line([_said(value) for value in row])


def insert_lines(connection: Connection, table: Table, lines: Iterable[bytes]) -> None:
    """Put what `lines_of` told into a table that has the same columns.

    Raises
    ------
    ValueError
        When the columns are others, or a line is no row of them.
    """
    told = iter(lines)
    names = columns_of(table)
    if json.loads(next(told, b"null")) != names:
        raise ValueError(f"{table.name}: expected the columns {', '.join(names)}")
    read = [_reader(table.c[name].type) for name in names]
    while batch := [_row(line, names, read) for line in islice(told, _BATCH)]:
        connection.execute(table.insert(), batch)


def _line(values: Sequence[object]) -> bytes:
    return (json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _said(value: Any) -> object:
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return b64encode(value).decode("ascii")
    return value


def _row(line: bytes, names: list[str], read: list[Callable[[Any], object]]) -> dict[str, object]:
    values = json.loads(line)
    if not isinstance(values, list):
        raise ValueError("a line that is no row")
    pairs = zip(names, read, values, strict=True)
    return {name: None if value is None else take(value) for name, take, value in pairs}


def _reader(kind: TypeEngine[Any]) -> Callable[[Any], object]:
    """Return what makes a value of a column of what its line holds."""
    if isinstance(kind, DateTime):
        return datetime.fromisoformat
    if isinstance(kind, Date):
        return date.fromisoformat
    if isinstance(kind, LargeBinary):
        return b64decode
    return lambda value: value
