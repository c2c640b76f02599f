"""A server of its own for modules that change what it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from data.store import tables as schema
from data.store.engine import Store
from tests.conftest import copy_store, start_app, stop_app


@pytest.fixture(scope="module")
def folder(shipped_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation that the tests of one module write to."""
    made = tmp_path_factory.mktemp("own")
    copy_store(shipped_store, made / "siaga.db")
    return made


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    process, url = start_app(folder)
    yield url
    stop_app(process)


@pytest.fixture
def address(server: str, folder: Path, shipped_store: Store) -> str:
    """The server of the module, without what another test, or this one before, has written."""
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    with store.begin("setup.prepare") as connection:
        for table in schema.metadata.sorted_tables:
            if table.name in schema.ledger.NAMES:
                continue
            if store.count(table.name) and not shipped_store.count(table.name):
                connection.execute(delete(table))
    store.close()
    return server
