"""The kept store of schema "1" (see tests/fixtures/store_v1), as a SQLite file or in PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine, select, text
from sqlalchemy.engine import Connection

from data.store import migrate

DUMP = Path(__file__).parent / "fixtures" / "store_v1" / "store.sql"
Rows = dict[str, list[tuple[Any, ...]]]


def build_sqlite(path: Path) -> str:
    """Make the store at a path and return its address."""
    with closing(sqlite3.connect(path)) as made:
        made.executescript(DUMP.read_text(encoding="utf-8"))
        made.execute("PRAGMA journal_mode=WAL")
    return f"sqlite:///{path}"


def build_postgres(url: str, scratch: Path) -> str:
    """Make the store in an emptied database and return its address.

    The tables are those of the first revision, which is what the code of schema "1" makes.
    """
    empty_postgres(url)
    file = create_engine(build_sqlite(scratch / "as_sqlite.db"))
    server = create_engine(url)
    old, new = MetaData(), MetaData()
    with file.connect() as source, server.begin() as target:
        with_first_revision(target)
        old.reflect(source)
        new.reflect(target)
        for name, table in old.tables.items():
            rows = [
                {key: _moment(value) for key, value in row._mapping.items()}
                for row in source.execute(select(table))
            ]
            target.execute(new.tables[name].insert(), rows)
    file.dispose()
    server.dispose()
    return url


def with_first_revision(connection: Connection) -> None:
    """Make the tables of the first revision, and no note of it."""
    known = migrate.revisions
    migrate.revisions = lambda: known()[:1]
    try:
        migrate.upgrade(connection, "base")
    finally:
        migrate.revisions = known
    connection.execute(text("DROP TABLE alembic_version"))


def empty_postgres(url: str) -> None:
    """Take everything out of a database of the tests."""
    server = create_engine(url)
    with server.begin() as connection:
        names = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'siaga_backup%'"
        for name in ["public", *connection.execute(text(names)).scalars()]:
            connection.execute(text(f'DROP SCHEMA "{name}" CASCADE'))
        connection.execute(text("CREATE SCHEMA public"))
    server.dispose()


def rows_of(url: str, schema: str | None = None, only: Callable[[str], bool] = bool) -> Rows:
    """Return every row of every table as the database itself has it, in an order of its own."""
    engine, found = create_engine(url), MetaData(schema=schema)
    with engine.connect() as connection:
        found.reflect(connection)
        tables = [table for table in found.sorted_tables if only(table.name)]
        rows = {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in tables
        }
    engine.dispose()
    return rows


def _moment(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
