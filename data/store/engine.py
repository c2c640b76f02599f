"""The one gateway to the store: typed reads, one writer, one transaction at a time.

SQLite in WAL mode under ``var/`` by default; ``DATABASE_URL`` may name any SQLAlchemy URL of SQLite
or PostgreSQL. Nothing else in the product opens a database. A store that is there and up to date is
opened by reading only; see docs/decisions/0009 for the others.

Frames keep the same types, whether they come from SQLite or PostgreSQL.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np
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
    String,
    Table,
    delete,
    func,
    inspect,
    select,
)
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from data.errors import StoreError
from data.paths import var_dir
from data.private import close_to_others
from data.store import migrate
from data.store import tables as schema
from data.store.connect import WRITES, as_store_error, file_engine, make_engine, read_url, shown_url
from data.store.file import StoreFile
from data.store.revisions import count_writes, note_write, read_revisions

_SAMPLE = 1000

_POSTGIS_VIEW = """
CREATE OR REPLACE VIEW unit_shapes_geom AS
SELECT u.code, u.level, n.name, u.area_km2, ST_SetSRID(ST_GeomFromWKB(u.wkb), 4326) AS geom
FROM unit_shapes u JOIN units n ON n.code = u.code
"""


def read_table(
    connection: Connection, table: Table, where: ColumnElement[bool] | None = None
) -> pd.DataFrame:
    """Return a table, or the rows that meet a condition, ordered by primary key; see `typed`."""
    query = select(table).order_by(*table.primary_key.columns)
    rows = connection.execute(query if where is None else query.where(where)).fetchall()
    columns = [column.name for column in table.columns]
    return typed(pd.DataFrame.from_records([tuple(row) for row in rows], columns=columns), table)


def typed(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Give each column the dtype that its table states; missing stays missing.

    ``frame`` has every column of the table; what else it has is left out.
    """
    out: dict[str, Any] = {}
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
    error, so that nothing is dropped unseen. ``frame`` has columns of the table.

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
    note_write(connection, table.name)
    postgres = connection.dialect.name == "postgresql"
    columns = [
        plain_values(frame[name], table.columns[name].type, text_dates=not postgres)
        for name in names
    ]
    rows = zip(*columns, strict=True)
    cursor = connection.connection.cursor()
    quoted = ", ".join(f'"{name}"' for name in names)
    if postgres:
        with cursor.copy(f'COPY "{table.name}" ({quoted}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join("?" * len(names))
        # Names are those of our own tables; values go by the marks.
        statement = f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})'  # nosec B608
        # sqlite3 takes them one by one: no list of a million rows for the collector to go through.
        cursor.executemany(statement, rows)  # type: ignore[arg-type]
    cursor.close()


def plain_values(values: pd.Series, kind: object, *, text_dates: bool) -> list[Any]:
    """Return plain Python values with None for what is missing, as the driver wants them.

    Parameters
    ----------
    values
        A column as `typed` leaves it.
    kind
        Its type in the table.
    text_dates
        Whether dates and moments are texts (moments in UTC), as SQLite keeps them.
    """
    # Most columns hold few different values, and each conversion costs.
    if len(values) > _SAMPLE and values.dtype != object:
        if values.iloc[:_SAMPLE].nunique() < _SAMPLE // 2:
            group, distinct = pd.factorize(values)
            once = plain_values(pd.Series(distinct), kind, text_dates=text_dates)
            each: list[Any] = np.array([*once, None], dtype=object)[group].tolist()
            return each
        if isinstance(kind, String):
            return list(np.asarray(values.array.to_numpy(dtype=object, na_value=None)))
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
    except (DBAPIError, StoreError):
        return


class Undo(Exception):
    """Leaves a transaction so that nothing of it is kept, though nothing is wrong."""


def default_url() -> str:
    """Return ``DATABASE_URL`` or the SQLite file under ``var/``."""
    return os.environ.get("DATABASE_URL") or f"sqlite:///{var_dir() / 'siaga.db'}"


class Reader(Protocol):
    """What tables are read from: the store as it stands, or a data set at one moment."""

    def read(self, table: str) -> pd.DataFrame:
        """Return a table; see `Store.read`."""


class Store:
    """Typed access to the tables of `data.store.tables`.

    Parameters
    ----------
    engine
        An engine of SQLite or PostgreSQL; use `Store.open` to get one set up rightly.
    file
        The file of a SQLite store.

    Notes
    -----
    Every committed write raises the revision of the tables it wrote; see `data.store.revisions`.
    """

    def __init__(self, engine: Engine, file: StoreFile | None = None) -> None:
        self.engine = engine
        self.file = file
        count_writes(engine)

    @classmethod
    def open(cls, url: str | None = None, *, change: bool = True) -> Store:
        """Open the store; make it on a first start, and bring an older one up to date.

        Parameters
        ----------
        url
            Its address; that of this installation unless given.
        change
            Whether a store may be made or brought up to date; if not, it is an error that it must.

        Raises
        ------
        StoreError
            When the address is not of SQLite or PostgreSQL, cannot be reached, holds a newer
            revision than this product knows, or a store that was there is gone or damaged.
        """
        parsed = read_url(url or default_url())
        in_memory = parsed.database in {None, "", ":memory:"}
        file = None
        if parsed.get_backend_name() == "sqlite" and not in_memory:
            file = StoreFile(Path(str(parsed.database)), shown_url(parsed))
            if not file.exists():
                if not change:
                    raise StoreError(shown_url(parsed), "", "absent")
                file.make(_make_at)
        if change:
            close_to_others(var_dir(), *(file.parts if file else ()))
        store = cls(make_engine(parsed, file), file)
        try:
            store._bring_up(change=change)
        except BaseException:
            store.close()
            raise
        if file is not None:
            file.settle()
        return store

    @property
    def address(self) -> str:
        """The URL without its password."""
        return shown_url(self.engine.url)

    @property
    def is_postgres(self) -> bool:
        """Whether the store is a PostgreSQL database."""
        return self.engine.dialect.name == "postgresql"

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()

    def _connect(self) -> Connection:
        try:
            return self.engine.connect()
        except PoolTimeoutError as err:
            raise StoreError(self.address, str(err), "busy") from err

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Open the one write transaction; all of it is kept, or nothing.

        It waits for the one before it, so that what is read in it still holds when it writes.
        Raise `Undo` in it to keep nothing.
        """
        with suppress(Undo), self._writing() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            writer = self._connect().execution_options(**{WRITES: True})
            with writer as connection, connection.begin():
                yield connection
        except self.engine.dialect.loaded_dbapi.Error as err:
            # Rows go in by the driver's own cursor, past what words errors for the engine.
            if (found := as_store_error(err, self.engine.url)) is not None:
                raise found from err
            raise

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Open a transaction in which everything is read as it stands at one moment."""
        reader = self._connect()
        if self.is_postgres:
            reader = reader.execution_options(isolation_level="REPEATABLE READ")
        with reader as connection, connection.begin():
            yield connection

    def revisions(self) -> dict[str, int]:
        """Return how many committed transactions wrote each table."""
        with self._connect() as connection:
            return read_revisions(connection)

    def revision(self) -> int:
        """Return a number that grows with every committed write."""
        return sum(self.revisions().values())

    def meta(self, key: str) -> str | None:
        """Return a note of the store about itself, None where there is none."""
        with self._connect() as connection:
            return self.meta_of(connection, key)

    @staticmethod
    def meta_of(connection: Connection, key: str) -> str | None:
        """Return what `meta` does, read inside the caller's transaction."""
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
        with self._connect() as connection:
            return read_table(connection, schema.metadata.tables[table], where)

    def count(self, table: str) -> int:
        """Return the number of rows of a table."""
        source = schema.metadata.tables[table]
        with self._connect() as connection:
            return int(connection.execute(select(func.count()).select_from(source)).scalar_one())

    @staticmethod
    def insert_frame(connection: Connection, table: Table, frame: pd.DataFrame) -> None:
        """Append ``frame`` to a table inside the caller's transaction; see `insert_frame`."""
        insert_frame(connection, table, frame)

    def replace(
        self,
        connection: Connection,
        table: Table,
        frame: pd.DataFrame,
        where: ColumnElement[bool] | None = None,
    ) -> None:
        """Put ``frame``, columns of a table, in place of its rows or those that ``where`` takes."""
        connection.execute(delete(table) if where is None else delete(table).where(where))
        insert_frame(connection, table, frame)

    def units(self) -> pd.DataFrame:
        """Return the table ``units``, one row per ``code``."""
        return self.read("units")

    def integrity_faults(self) -> list[str]:
        """Return what SQLite finds wrong with its file; PostgreSQL keeps watch over its own."""
        if self.is_postgres:
            return []
        with self._connect() as connection:
            found = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
            return [str(fault) for fault in found if fault != "ok"]

    def missing(self) -> list[str]:
        """Return the tables and columns of `data.store.tables` that the store lacks."""
        with self._connect() as connection:
            there = inspect(connection)
            tables = set(there.get_table_names())
            lacking = [name for name in schema.metadata.tables if name not in tables]
            for name in set(schema.metadata.tables) - set(lacking):
                own = {column["name"] for column in there.get_columns(name)}
                columns = schema.metadata.tables[name].columns
                lacking += [f"{name}.{c.name}" for c in columns if c.name not in own]
        return sorted(lacking)

    def _bring_up(self, *, change: bool) -> None:
        """Make sure that the store holds the last revision; write only where it does not."""
        with self._connect() as connection:
            found = self._known(migrate.revision_of(connection))
        if found == migrate.revisions()[-1]:
            return
        if not change:
            raise StoreError(self.address, found or "", "older" if found else "absent")
        with self._writing() as connection:
            # Another process may have done it while this one waited.
            found = self._known(migrate.revision_of(connection))
            if found is None:
                self._make(connection)
            elif found != migrate.revisions()[-1]:
                if self.file is not None:
                    self.file.back_up(found)
                elif self.is_postgres:
                    migrate.back_up_tables(connection, found)
                migrate.upgrade(connection, found)
                self.set_meta(connection, "schema_version", migrate.SINCE)

    def _known(self, found: str | None) -> str | None:
        """Return a revision, or refuse one that this product cannot start from."""
        if found is None and self.file is not None:
            raise StoreError(self.address, "no tables", "emptied")
        if found == migrate.BROKEN:
            raise StoreError(self.address, "meta, alembic_version", "structure")
        if found not in {None, migrate.BEFORE, *migrate.revisions()}:
            newest = migrate.revisions()[-1]
            reason = f"schema {found}, this version reads up to {newest}"
            raise StoreError(self.address, reason, "newer")
        return found

    def _make(self, connection: Connection) -> None:
        schema.metadata.create_all(connection)
        migrate.stamp(connection, migrate.revisions()[-1])
        self.set_meta(connection, "schema_version", migrate.SINCE)
        if self.is_postgres:
            offer_postgis_view(connection)


def _make_at(path: Path) -> None:
    """Make a store in a file that nobody else knows yet."""
    store = Store(file_engine(path))
    with store._writing() as connection:
        store._make(connection)
    store.close()
