"""An invented nation of two small provinces, made once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.nation.simulate.sizes import NationSize
from data.store.engine import Store
from services.nation.batch import BatchAsked, run_batch
from services.nation.simulate import asked_nation, simulate_nation
from tests.nation.importing import nation_of_grid, without_reports
from tests.nation.published import quiet


@pytest.fixture(scope="session")
def nation_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SIMULASI: two provinces with two kabupaten each and some 8,000 reports; read only."""
    path = tmp_path_factory.mktemp("nation")
    size = NationSize(provinces=2, share=0.05, reports=1_000_000)
    simulate_nation(asked_nation(size, 1), path, lambda *_: None)
    return path


@pytest.fixture(scope="session")
def batch_dir(nation_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SIMULASI: what a batch of all stages wrote of that nation; read only."""
    out = tmp_path_factory.mktemp("batch")
    done = run_batch(BatchAsked(nation_dir, out), quiet)
    assert done.failed == {}
    return out


@pytest.fixture(scope="module")
def database() -> Iterator[Store]:
    """SIMULASI: a database with the places of a small nation, for the tests of a module."""
    with nation_of_grid() as store:
        yield store


@pytest.fixture
def store(database: Store) -> Store:
    """Return that database without any report."""
    return without_reports(database)
