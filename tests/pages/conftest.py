"""A server of its own for tests that change what it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import start_app, stop_app


@pytest.fixture
def address(installation: Path) -> Iterator[str]:
    process, url = start_app(installation)
    yield url
    stop_app(process)
