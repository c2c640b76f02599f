"""How long pages take to draw, counted and, where it is long, told."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from data.logs import tell
from services.server.counters import PAGE_SECONDS

_LONG_S = 10.0


@contextmanager
def timed(page: str) -> Iterator[None]:
    """Count the time that a page takes; one of ten seconds or more is told."""
    begun = perf_counter()
    try:
        yield
    finally:
        took = perf_counter() - begun
        PAGE_SECONDS.labels(page).observe(took)
        level = logging.WARNING if took >= _LONG_S else logging.DEBUG
        tell("page", level, page=page, seconds=round(took, 3))
