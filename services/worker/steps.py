"""How far a result is while it is worked out, told to whoever waits for it, if anybody does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

Progress = Callable[[int, int], None]
"""Takes how many steps are done, and of how many."""
START, LOAD, WORK = "start", "load", "work"


@dataclass(frozen=True)
class Step:
    """What a worker is at.

    Attributes
    ----------
    phase
        `START` until the process is there, `LOAD` while it reads tables, then `WORK`.
    done, total
        Steps of the work; ``total`` 0 where they are not counted.
    """

    phase: str = START
    done: int = 0
    total: int = 0


def _to_nobody(done: int, total: int) -> None:
    del done, total


_TOLD: ContextVar[Progress] = ContextVar("_TOLD", default=_to_nobody)


def told() -> Progress:
    """Return what takes the steps of the result that is worked out now."""
    return _TOLD.get()


@contextmanager
def telling(progress: Progress) -> Iterator[None]:
    """Let `told` return a function within."""
    token = _TOLD.set(progress)
    try:
        yield
    finally:
        _TOLD.reset(token)
