"""A server of its own for tests that change what it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import start_app, stop_app


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    process, url = start_app(tmp_path)
    yield url
    stop_app(process)
