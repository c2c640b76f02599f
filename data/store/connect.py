"""Engines for SQLite and PostgreSQL alike: how they begin, and their errors as one of ours.

A transaction that writes waits for the one before it, in both: SQLite by ``BEGIN IMMEDIATE``,
PostgreSQL by a lock of its own kind. One that reads waits for nobody.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.engine import Engine, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError

from data.errors import StoreError, StoreFault
from data.store.file import StoreFile

WRITES = "siaga_write"
"""Option of a connection that writes."""
_WAIT_S = 30
_WRITER_LOCK = 5_142_019
"""Number of the lock that writers take in PostgreSQL; nothing else uses it."""
_POSTGRES = {"postgresql", "postgres", "postgresql+psycopg"}
_SQLITE_KINDS: dict[int, StoreFault] = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_CANTOPEN: "unusable",
    sqlite3.SQLITE_FULL: "unusable",
    sqlite3.SQLITE_IOERR: "unusable",
    sqlite3.SQLITE_PERM: "unusable",
    sqlite3.SQLITE_READONLY: "unusable",
}
_GONE = ("no such table", "no such column", "has no column named")
_POSTGRES_KINDS: dict[str, StoreFault] = {
    "42P01": "structure",
    "42703": "structure",
    "3F000": "structure",
    "55P03": "busy",
    "40P01": "busy",
    "XX001": "damaged",
    "XX002": "damaged",
    "42501": "unusable",
}
_POSTGRES_CLASSES = ("08", "25", "28", "3D", "53", "57", "58")
"""Connection, read-only, sign-in, no such database, resources, shutdown, disk."""


def read_url(url: str) -> URL:
    """Return an address in its parts.

    Raises
    ------
    StoreError
        When it is none, or not of SQLite or PostgreSQL. What was given is not repeated: it may
        hold a password in the wrong place.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or "@" in (parsed.host or ""):  # else half a password is taken for a host
        raise StoreError("DATABASE_URL", "not an SQLAlchemy URL", "address")
    if parsed.drivername in _POSTGRES:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(
            shown_url(parsed), "only SQLite and PostgreSQL are supported", "unsupported"
        )
    return parsed


def shown_url(url: URL) -> str:
    """Return an address without what is secret in it, or may be."""
    return url.set(query={}).render_as_string(hide_password=True)


def make_engine(url: URL, file: StoreFile | None = None) -> Engine:
    """Return an engine whose failures are errors of the store.

    Parameters
    ----------
    url
        As `read_url` returns it.
    file
        The file of a SQLite store that is there; it is held to be sound at every transaction.
    """
    if url.get_backend_name() == "postgresql":
        wait = {} if "connect_timeout" in url.query else {"connect_timeout": 10}
        engine = create_engine(url, pool_pre_ping=True, connect_args=wait)
        event.listen(engine, "begin", _begin_postgres)
    else:
        how: dict[str, Any] = {"creator": file.connect} if file else {}
        engine = create_engine(url, **how)
        event.listen(engine, "connect", _set_pragmas)
        if file is not None:
            event.listen(engine, "begin", lambda _: file.require_sound())
        event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _handle, retval=True)
    return engine


def file_engine(path: Path) -> Engine:
    """Return an engine of a SQLite file that nobody else knows yet."""
    return make_engine(URL.create("sqlite", database=str(path)))


def as_store_error(error: BaseException, url: URL) -> StoreError | None:
    """Return what a driver raised as an error of the store; None for a fault of the product."""
    kind = _kind(error)
    if kind is None:
        return None
    return StoreError(shown_url(url), str(error).strip(), kind)


def _kind(error: BaseException) -> StoreFault | None:
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:  # the driver alone met it: text that is none
            undecoded = "Could not decode" in str(error)
            return _SQLITE_KINDS[sqlite3.SQLITE_CORRUPT] if undecoded else None
        gone = code == sqlite3.SQLITE_ERROR and any(words in str(error) for words in _GONE)
        return "structure" if gone else _SQLITE_KINDS.get(code & 0xFF)
    import psycopg

    if isinstance(error, psycopg.Error):
        if error.sqlstate is None:  # it never came to a talk with the server
            own = isinstance(error, psycopg.OperationalError | psycopg.ProgrammingError)
            return "unusable" if own else None
        found = _POSTGRES_KINDS.get(error.sqlstate)
        return found or ("unusable" if error.sqlstate[:2] in _POSTGRES_CLASSES else None)
    return None


def _handle(context: ExceptionContext) -> StoreError | None:
    """Return what is raised in place of the driver's error."""
    if context.engine is None or context.is_pre_ping:
        return None
    return as_store_error(context.original_exception, context.engine.url)


def _set_pragmas(dbapi_connection: Any, _record: object) -> None:
    # The driver must not open transactions of its own, else BEGIN IMMEDIATE below comes too late.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in ("synchronous=NORMAL", f"busy_timeout={_WAIT_S}000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get(WRITES, False))


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes(connection) else "BEGIN")


def _begin_postgres(connection: Connection) -> None:
    if _writes(connection):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT_S}s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")
