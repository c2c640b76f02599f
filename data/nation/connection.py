"""The way to the nation: the database of the store, if that is PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from data.nation import tables
from data.nation.errors import NationError
from data.store.connect import as_store_error, read_url

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy import Connection

    from data.store.engine import Store

Reading: TypeAlias = "psycopg.Connection[Any]"
"""A connection as it is handed on by those who may not know the driver."""
_WAIT_S = 10
_NOTICE = "-c client_connection_check_interval=1s"
"""The server ends what a process began that was killed, and gives back what it held."""


def require_postgres(store: Store) -> None:
    """Hold that the store is one beside which a nation can stand.

    Raises
    ------
    NationError
        ``sqlite`` when it is a file.
    """
    if not store.is_postgres:
        raise NationError("sqlite", store.address)


@contextmanager
def nation_connection(store: Store) -> Iterator[psycopg.Connection]:
    """Open a connection of one's own, for work that takes many transactions.

    Each statement is a transaction of its own; use ``connection.transaction()`` for more.

    Parameters
    ----------
    store
        Of PostgreSQL; its password and options hold here too.

    Raises
    ------
    NationError
        ``sqlite`` when the store is a file.
    StoreError
        When the server cannot be reached or fails.
    """
    import psycopg

    require_postgres(store)
    url = read_url(store.engine.url.render_as_string(hide_password=False))
    where = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(
            where, autocommit=True, connect_timeout=_WAIT_S, options=_NOTICE
        ) as connection:
            yield connection
    except psycopg.Error as error:
        if (found := as_store_error(error, url)) is not None:
            raise found from error
        raise


@contextmanager
def reading(store: Store) -> Iterator[psycopg.Connection]:
    """Borrow a connection of the store's pool to read the nation as it stands at one moment.

    Raises
    ------
    NationError
        ``sqlite`` when the store is a file, ``none`` when no nation was published, ``version`` when
        another version of the product made it.
    """
    require_postgres(store)
    with store.snapshot() as connection:
        driver = driver_of(connection)
        require_nation(driver)
        # A plan that serves every extent and scope reads all units of a level for each of them.
        driver.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        yield driver


def driver_of(connection: Connection) -> psycopg.Connection[Any]:
    """Return the driver's connection below one of the store, in the same transaction."""
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def require_nation(connection: psycopg.Connection) -> None:
    """Hold that there is a nation, made by this version.

    Raises
    ------
    NationError
        ``none`` without one, ``version`` with one of another version.
    """
    found = tables.version_of(connection)
    if found is None:
        raise NationError("none", tables.SCHEMA)
    if found != tables.VERSION:
        raise NationError("version", found)
