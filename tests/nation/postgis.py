"""A throw-away PostGIS with a prepared store and an empty nation in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from data.nation.connection import nation_connection
from data.nation.tables import make_nation
from data.store.engine import Store
from tests.postgres import server_binaries, temporary_postgres

CONTROL = "postgresql/*/extension/postgis.control"


def require_postgis() -> None:
    """Skip a test where Debian's PostGIS is not installed."""
    if server_binaries() is None or not list(Path("/usr/share").glob(CONTROL)):
        pytest.skip("no PostGIS under /usr/share/postgresql (apt-get install postgis)")


@contextmanager
def temporary_nation() -> Iterator[Store]:
    """Start a fresh PostGIS; yield its store, with the tables of store and nation, all empty."""
    require_postgis()
    with temporary_postgres() as url:
        store = Store.open(url)
        try:
            with nation_connection(store) as connection, connection.transaction():
                make_nation(connection)
            yield store
        finally:
            store.close()


def url_of(store: Store) -> str:
    """Return the address for ``DATABASE_URL``, its password included."""
    return store.engine.url.render_as_string(hide_password=False)
