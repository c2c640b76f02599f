"""What is made of a large file, made ahead in a second process while this one stores it.

A process and not a thread: sqlite3 gives the interpreter's lock away at every row that it writes
and has to win it back, so that a thread that reads beside it makes both of them wait.

The process is a fork: it has the open file and all that was read from the store, and must not
touch the connection, so the first item is made before it. It is one item ahead and no more, for
it cannot send the next until this one is taken; it ends when whoever takes them does, however.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, TypeVar

from data.ingest.files.limits import unreadable
from geo.errors import SiagaError

_T = TypeVar("_T")
_LARGE_BYTES = 8 << 20
"""A second's work, some 50,000 reports; less is not worth a process."""


def is_worth_it(path: Path) -> bool:
    """Return whether a file is large, and a fork of this process safe and of use.

    It is not safe beside other threads, such as those that serve pages: a lock that one of them
    holds would never be given back in the other process.
    """
    if sys.platform != "linux" or threading.active_count() > 1:
        return False
    return len(os.sched_getaffinity(0)) > 1 and path.stat().st_size > _LARGE_BYTES


@contextmanager
def made_ahead(path: Path, items: Iterator[_T], grown: list[Any]) -> Iterator[Iterator[_T]]:
    """Have items made in another process for as long as the block lasts.

    Parameters
    ----------
    path
        The file that they are made of, for messages.
    items
        Makes them as they are asked for; each can be pickled.
    grown
        A list that grows while they are made; what is added there is added here.

    Yields
    ------
    Iterator
        The same items in the same order. It raises what making them raises, and
        ``FileUnreadableError`` when the other process is ended from outside.
    """
    first = list(islice(items, 1))
    # Plain files: these read and write what is large without a copy between, unlike a Connection.
    source, target = os.pipe()
    receiver, sender = os.fdopen(source, "rb"), os.fdopen(target, "wb")
    fork = multiprocessing.get_context("fork")
    child = fork.Process(target=_make, args=(items, grown, receiver, sender), daemon=True)
    try:
        child.start()
        sender.close()
        yield chain(first, _received(path, receiver, grown))
    finally:
        receiver.close()
        sender.close()
        if child.pid is not None:
            child.kill()
            child.join()


def _received(path: Path, receiver: IO[bytes], grown: list[Any]) -> Iterator[Any]:
    while True:
        try:
            item, more, error = pickle.load(receiver)  # from our own child  # nosec B301
        except (EOFError, pickle.UnpicklingError) as err:
            raise unreadable(path, "reading_ended") from err
        grown += more
        if error is not None:
            raise error
        if item is None:
            return
        yield item


def _make(items: Iterator[Any], grown: list[Any], receiver: IO[bytes], sender: IO[bytes]) -> None:
    # Ctrl+C reaches both processes; the other one ends this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # With the end of the other process nobody holds this, and the next message cannot be sent.
    receiver.close()
    # What is shared stays so, and no connection of the other process is closed as garbage here.
    gc.freeze()

    known = len(grown)
    try:
        for item in items:
            _send(sender, item, grown[known:])
            known = len(grown)
    except BaseException as error:
        _send(sender, None, [], _fit_to_send(error))
    else:
        _send(sender, None, grown[known:])


def _send(
    sender: IO[bytes], item: Any, more: list[Any], error: BaseException | None = None
) -> None:
    try:
        pickle.dump((item, more, error), sender, pickle.HIGHEST_PROTOCOL)
        sender.flush()
    except BaseException as err:
        # Half a message may be on its way, and nothing can follow it; its reader may be gone.
        if not isinstance(err, BrokenPipeError):
            traceback.print_exc()
        os._exit(1)


def _fit_to_send(error: BaseException) -> BaseException:
    """Return an error, or its words where it cannot be sent as it is."""
    if not isinstance(error, SiagaError):
        error.add_note(traceback.format_exc())
    try:
        pickle.loads(pickle.dumps(error))  # made here  # nosec B301
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
