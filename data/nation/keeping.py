"""Chunks are stored while the next is made: the server works on one, this process on the other."""

from __future__ import annotations

from collections.abc import Callable
from queue import Queue
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any

from data.nation.staging import Chunk, keep_chunk

if TYPE_CHECKING:
    import psycopg

_WAITING = 1
"""Chunks that wait while one is stored; more would only take memory."""


class ChunkKeeper:
    """Stores the chunks of an import one after the other, in the order in which they are given.

    Leaving the block waits until all are stored. When it is left by an error, or by whoever
    interrupts it, the chunk that is being stored is still stored, and no other.

    Parameters
    ----------
    connection
        Used by nobody else in the block.
    number
        Of the import.
    told
        Called with each chunk once it is stored.
    """

    def __init__(
        self, connection: psycopg.Connection[Any], number: int, told: Callable[[Chunk], None]
    ) -> None:
        self._connection = connection
        self._number = number
        self._told = told
        self._queue: Queue[Chunk | None] = Queue(_WAITING)
        self._error: BaseException | None = None
        self._gives_up = False
        self._thread = Thread(target=self._work, name="chunks", daemon=True)

    def __enter__(self) -> ChunkKeeper:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._gives_up = error is not None
        self._queue.put(None)
        self._thread.join()
        if error is None and self._error is not None:
            raise self._error

    def put(self, chunk: Chunk) -> None:
        """Have a chunk stored; raise what went wrong with one before it."""
        if self._error is not None:
            raise self._error
        self._queue.put(chunk)

    def _work(self) -> None:
        # It takes what is given to the end, or whoever gives would wait for ever.
        while (chunk := self._queue.get()) is not None:
            if self._gives_up or self._error is not None:
                continue
            try:
                keep_chunk(self._connection, self._number, chunk)
                self._told(chunk)
            except BaseException as error:
                self._error = error
