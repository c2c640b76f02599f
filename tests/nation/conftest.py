"""An invented nation of two small provinces, made once for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics.nation.simulate.sizes import NationSize
from services.nation.simulate import asked_nation, simulate_nation


@pytest.fixture(scope="session")
def nation_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SIMULASI: two provinces with two kabupaten each and some 8,000 reports; read only."""
    path = tmp_path_factory.mktemp("nation")
    size = NationSize(provinces=2, share=0.05, reports=1_000_000)
    simulate_nation(asked_nation(size, 1), path, lambda *_: None)
    return path
