"""A store with the registry and two simple kabupaten, copied for each test of reports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.store.engine import Store
from tests.imports import fill


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "filled.db"
    store = Store.open(f"sqlite:///{path}")
    fill(store)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return path


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Iterator[Store]:
    path = tmp_path / "siaga.db"
    path.write_bytes(filled.read_bytes())
    opened = Store.open(f"sqlite:///{path}")
    yield opened
    opened.close()
