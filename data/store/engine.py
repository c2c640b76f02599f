"""The one gateway to the store: typed reads, one writer, one transaction at a time.

SQLite in WAL mode under ``var/`` by default; ``DATABASE_URL`` may name any SQLAlchemy URL of SQLite
or PostgreSQL. Nothing else in the product opens a database. A store that is there and up to date is
opened by reading only; see docs/decisions/0009 for the others.

Frames keep the same types, whether they come from SQLite or PostgreSQL.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, inspect, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from data.backup.staged import is_staged, settle_staged, staged_dir
from data.errors import FileUnreadableError, StoreError
from data.paths import var_dir
from data.plan.moves import Moves, settle_moves
from data.private import close_to_others
from data.store import migrate
from data.store import tables as schema
from data.store.connect import WRITES, as_store_error, file_engine, make_engine, read_url, shown_url
from data.store.file import StoreFile
from data.store.frames import insert_frame, read_table
from data.store.ledger.acts import SYSTEM, Act, actor_now
from data.store.ledger.capture import begin_act
from data.store.ledger.revisions import count_writes, read_revisions
from data.store.ledger.rights import done_by, require
from data.store.ledger.writing import watch_writes

_POSTGIS_VIEW = """
CREATE OR REPLACE VIEW unit_shapes_geom AS
SELECT u.code, u.level, n.name, u.area_km2, ST_SetSRID(ST_GeomFromWKB(u.wkb), 4326) AS geom
FROM unit_shapes u JOIN units n ON n.code = u.code
"""


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
    Every committed write raises the revision of the tables it wrote
    (`data.store.ledger.revisions`), and the ledger says who did what (`data.store.ledger.writing`).
    """

    def __init__(self, engine: Engine, file: StoreFile | None = None) -> None:
        self.engine = engine
        self.file = file
        watch_writes(engine)  # first: what it writes counts as well
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
                _require_none_staged(shown_url(parsed))
                file.make(_make_at)
        if change:
            close_to_others(var_dir(), *(file.parts if file else ()))
        store = cls(make_engine(parsed, file), file)
        try:
            store._bring_up(change=change)
        except BaseException:
            store.close()
            raise
        settle_staged(store.address)
        with suppress(FileUnreadableError, StoreError):  # whoever next changes a plan is told
            settle_moves(store.was_decided)
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
    def begin(
        self, action: str, *, subject: str | None = None, reason: str | None = None
    ) -> Iterator[Connection]:
        """Open the one write transaction; all of it is kept, or nothing.

        It waits for the one before it, so that what is read in it still holds when it writes.
        Raise `Undo` in it to keep nothing. The ledger says who did it, and what changed.

        Parameters
        ----------
        action
            What is done; a key of `data.store.ledger.rights.RIGHTS`, or ``import.`` and a table.
        subject
            Id of what it is about.
        reason
            Why, in the words of whoever does it.

        Raises
        ------
        RightError
            When whoever acts may not do this, or not there; nothing is written.
        """
        act = Act(action, done_by(action, actor_now()), subject, reason)
        require(act)
        with suppress(Undo), self._writing(act) as connection:
            yield connection

    @contextmanager
    def _writing(self, act: Act) -> Iterator[Connection]:
        try:
            writer = self._connect().execution_options(**{WRITES: True})
            with writer as connection, connection.begin():
                begin_act(connection, act)
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

    def was_decided(self, moves: Moves) -> bool | None:
        """Tell whether the act that files wait for was committed; None where it is not ours."""
        log = schema.metadata.tables["audit_log"].c
        before = select(log.digest).where(log.seq == moves.after_seq)
        same = and_(log.seq > moves.after_seq, log.action == moves.action)
        query = select(log.seq).where(same, log.subject == moves.subject)
        # A server may still be committing for a process that was killed: its lock is waited for.
        waits = {WRITES: True} if self.is_postgres else {}
        with self._connect().execution_options(**waits) as connection:
            if (connection.execute(before).scalar() or "") != moves.after_digest:
                return None
            return connection.execute(query.limit(1)).first() is not None

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
        with self._writing(Act("setup.migrate", SYSTEM)) as connection:
            # Another process may have done it while this one waited.
            found = self._known(migrate.revision_of(connection))
            if found is None:
                _require_none_staged(self.address)
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


def _require_none_staged(address: str) -> None:
    """Hold that no restore ended half-way where a store is about to be made."""
    if is_staged(address):
        raise StoreError(address, str(staged_dir()), "half_restored")


def _make_at(path: Path) -> None:
    """Make a store in a file that nobody else knows yet."""
    store = Store(file_engine(path))
    with store._writing(Act("setup.make", SYSTEM)) as connection:
        store._make(connection)
    store.close()
