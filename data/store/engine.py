"""The one gateway to the store: typed reads, one writer, one transaction at a time.

SQLite in WAL mode under ``var/`` by default; ``DATABASE_URL`` may name any SQLAlchemy URL of SQLite
or PostgreSQL. Nothing else in the product opens a database.

Frames to rows and back, fast, with the same types from SQLite and PostgreSQL.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Select,
    Table,
    create_engine,
    delete,
    event,
    func,
    select,
)
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, ProgrammingError

from data.errors import StoreError
from data.paths import var_dir
from data.store import tables as schema

_BATCH = 50_000

_POSTGIS_VIEW = """
CREATE OR REPLACE VIEW unit_shapes_geom AS
SELECT u.code, u.level, n.name, u.area_km2, ST_SetSRID(ST_GeomFromWKB(u.wkb), 4326) AS geom
FROM unit_shapes u JOIN units n ON n.code = u.code
"""


def make_parent(path: str) -> None:
    """Create the folder of a database file when it is missing."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)


def read_frame(connection: Connection, query: Select[Any], table: Table) -> pd.DataFrame:
    """Run a query over the columns of one table and return a typed frame."""
    columns = [column.name for column in table.columns]
    rows = connection.execute(query).fetchall()
    frame = pd.DataFrame.from_records([tuple(row) for row in rows], columns=columns)
    return typed(frame, table)


def typed(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Give each column the dtype that its table states; missing stays missing."""
    out = {}
    for column in table.columns:
        values = frame[column.name]
        kind = column.type
        if isinstance(kind, Boolean):
            out[column.name] = values.astype("boolean")
        elif isinstance(kind, Integer):
            out[column.name] = values.astype("Int64")
        elif isinstance(kind, Float):
            out[column.name] = pd.to_numeric(values).astype("float64")
        elif isinstance(kind, Date):
            out[column.name] = pd.to_datetime(values).astype("datetime64[us]")
        elif isinstance(kind, DateTime):
            out[column.name] = pd.to_datetime(values, utc=True)
        elif isinstance(kind, LargeBinary):
            out[column.name] = values.astype("object")
        else:
            out[column.name] = values.astype("str")
    return pd.DataFrame(out, index=frame.index)


def rows_of(table: Table, records: Sequence[Mapping[Any, Any]]) -> pd.DataFrame:
    """Return typed rows of a table from records that may lack columns."""
    names = [column.name for column in table.columns]
    raw = pd.DataFrame([[record.get(name) for name in names] for record in records], columns=names)
    raw = raw.astype("object")
    return typed(raw.where(raw.notna(), None), table)


def insert_frame(connection: Connection, table: Table, frame: pd.DataFrame) -> None:
    """Append a frame to a table inside the caller's transaction.

    Columns of the table that the frame lacks become NULL; columns that the table lacks are an
    error, so that nothing is dropped unseen.

    Raises
    ------
    ValueError
        When the frame has a column that the table does not have.
    """
    unknown = sorted(set(frame.columns) - {c.name for c in table.columns})
    if unknown:
        raise ValueError(f"{table.name} has no column {unknown}")
    names = [c.name for c in table.columns if c.name in frame.columns]
    if frame.empty:
        return
    postgres = connection.dialect.name == "postgresql"
    columns = [
        _plain(frame[name], table.columns[name].type, text_dates=not postgres) for name in names
    ]
    rows = zip(*columns, strict=True)
    cursor = connection.connection.cursor()
    quoted = ", ".join(f'"{name}"' for name in names)
    if postgres:
        with cursor.copy(f'COPY "{table.name}" ({quoted}) FROM STDIN') as copy:  # type: ignore[attr-defined]
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join("?" * len(names))
        statement = f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})'
        for batch in _batches(rows):
            cursor.executemany(statement, batch)
    cursor.close()


def _batches(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _plain(values: pd.Series, kind: object, *, text_dates: bool) -> list[Any]:
    """Return plain Python values with None for what is missing, as the driver wants them."""
    missing = values.isna().to_numpy()
    if isinstance(kind, DateTime):
        stamps = pd.to_datetime(values, utc=True)
        items: list[Any] = (
            stamps.dt.strftime("%Y-%m-%d %H:%M:%S.%f").tolist()
            if text_dates
            else [
                None if gone else v.to_pydatetime() for v, gone in zip(stamps, missing, strict=True)
            ]
        )
    elif isinstance(kind, Date):
        stamps = pd.to_datetime(values)
        items = stamps.dt.strftime("%Y-%m-%d").tolist() if text_dates else stamps.dt.date.tolist()
    elif isinstance(kind, Boolean):
        items = values.astype("boolean").astype("object").tolist()
    elif isinstance(kind, Integer):
        items = values.astype("Int64").astype("object").tolist()
    else:
        items = values.astype("object").tolist()
    return [None if gone else item for item, gone in zip(items, missing, strict=True)]


def offer_postgis_view(connection: Connection) -> None:
    """Create a view with real geometries where PostGIS can be had; do without it otherwise.

    The product itself reads WKB on both databases: the view is for GIS desks that connect.
    """
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS postgis")
            connection.exec_driver_sql(_POSTGIS_VIEW)
    except DBAPIError:
        return


SCHEMA_VERSION = "1"
REVISION, RECORDS = "revision", "record_revision"
"""Counters of writes; see `Store.begin`."""
_POSTGRES = {"postgresql", "postgres", "postgresql+psycopg"}


def default_url() -> str:
    """Return ``DATABASE_URL`` or the SQLite file under ``var/``."""
    return os.environ.get("DATABASE_URL") or f"sqlite:///{var_dir() / 'siaga.db'}"


class Store:
    """Typed access to the tables of `data.store.tables`.

    Parameters
    ----------
    engine
        An engine of SQLite or PostgreSQL; use `Store.open` to get one set up rightly.

    Notes
    -----
    Every committed write raises ``revision`` by one, so that readers can cache by it.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str | None = None) -> Store:
        """Open the store and create what is missing of its tables.

        Raises
        ------
        StoreError
            When the address is not of SQLite or PostgreSQL, cannot be reached, or holds a newer
            schema than this product knows.
        """
        store = cls(_engine(url or default_url()))
        try:
            store._create()
        except (OperationalError, ProgrammingError) as err:
            raise StoreError(store.address, str(err.orig)) from err
        found = store.meta("schema_version")
        if found != SCHEMA_VERSION:
            raise StoreError(store.address, f"schema {found}, this version reads {SCHEMA_VERSION}")
        return store

    @property
    def address(self) -> str:
        """The URL without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    @property
    def is_postgres(self) -> bool:
        """Whether the store is a PostgreSQL database."""
        return self.engine.dialect.name == "postgresql"

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()

    @contextmanager
    def begin(self, counter: str = REVISION) -> Iterator[Connection]:
        """Open the one write transaction; all of it is kept, or nothing.

        Parameters
        ----------
        counter
            What is raised inside the same transaction: `REVISION`, upon which readers read all
            tables again, or `RECORDS` for rows that come by the minute (receipts, the day
            itself) and are read each time.
        """
        writer = self.engine.connect().execution_options(siaga_write=True)
        with writer as connection, connection.begin():
            yield connection
            current = int(self._meta(connection, counter) or 0)
            self.set_meta(connection, counter, str(current + 1))

    def revision(self, counter: str = REVISION) -> int:
        """Return how many writes of a kind the store has seen."""
        return int(self.meta(counter) or 0)

    def meta(self, key: str) -> str | None:
        """Return a note of the store about itself, None where there is none."""
        with self.engine.connect() as connection:
            return self._meta(connection, key)

    @staticmethod
    def _meta(connection: Connection, key: str) -> str | None:
        row = connection.execute(
            select(schema.meta.c.value).where(schema.meta.c.key == key)
        ).one_or_none()
        return None if row is None else str(row[0])

    @staticmethod
    def set_meta(connection: Connection, key: str, value: str) -> None:
        """Write a note of the store about itself."""
        connection.execute(delete(schema.meta).where(schema.meta.c.key == key))
        connection.execute(schema.meta.insert().values(key=key, value=value))

    def read(self, table: str, where: ColumnElement[bool] | None = None) -> pd.DataFrame:
        """Return a table, or the rows that meet a condition, ordered by primary key.

        Returns
        -------
        DataFrame
            Texts as ``str``, integers as ``Int64``, booleans as ``boolean``, dates as
            ``datetime64[us]`` at midnight. Missing values are missing, never zero or empty text.
        """
        source = schema.metadata.tables[table]
        query = select(source).order_by(*source.primary_key.columns)
        if where is not None:
            query = query.where(where)
        with self.engine.connect() as connection:
            return read_frame(connection, query, source)

    def count(self, table: str) -> int:
        """Return the number of rows of a table."""
        source = schema.metadata.tables[table]
        with self.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(source)).scalar_one())

    @staticmethod
    def insert_frame(connection: Connection, table: Table, frame: pd.DataFrame) -> None:
        """Append a frame to a table inside the caller's transaction."""
        insert_frame(connection, table, frame)

    def replace(
        self,
        connection: Connection,
        table: Table,
        frame: pd.DataFrame,
        where: ColumnElement[bool] | None = None,
    ) -> None:
        """Put a frame in place of a table's rows, or of those that meet a condition."""
        connection.execute(delete(table) if where is None else delete(table).where(where))
        insert_frame(connection, table, frame)

    def units(self) -> pd.DataFrame:
        """Return the registry of units, one row per code."""
        return self.read("units")

    def _create(self) -> None:
        writer = self.engine.connect().execution_options(siaga_write=True)
        with writer as connection, connection.begin():
            schema.metadata.create_all(connection)
            if self._meta(connection, "schema_version") is None:
                self.set_meta(connection, "schema_version", SCHEMA_VERSION)
                self.set_meta(connection, REVISION, "0")
                if self.is_postgres:
                    offer_postgis_view(connection)


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as err:
        raise StoreError("DATABASE_URL", "not an SQLAlchemy URL") from err
    if parsed.drivername in _POSTGRES:
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(
            parsed.render_as_string(hide_password=True), "only SQLite and PostgreSQL are supported"
        )
    if parsed.database and parsed.database != ":memory:":
        make_parent(parsed.database)
    engine = create_engine(parsed, connect_args={"timeout": 30})
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_pragmas(dbapi_connection: object, _record: object) -> None:
    # The driver must not open transactions of its own, else BEGIN IMMEDIATE below comes too late.
    dbapi_connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = dbapi_connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("siaga_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
