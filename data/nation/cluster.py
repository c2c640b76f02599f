"""Work that is spread over processes, here or on other machines: Dask, and what it may use."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from socket import gethostname
from types import ModuleType
from typing import Any

import dask
from distributed import Client, LocalCluster, as_completed

from data.errors import ClusterError

WORKERS = 2
MEMORY_PER_WORKER = "1800MiB"
"""Two workers and the process that asks stay below 4 GiB."""
_QUIET = {
    "distributed.admin.log-format": "%(message)s",
    "logging.distributed": "error",
    "distributed.worker.daemon": True,
    # A worker that is lost twice with the same task is lost by it.
    "distributed.scheduler.allowed-failures": 2,
    "distributed.comm.timeouts.connect": "20s",
}


@dataclass(frozen=True)
class Task:
    """A piece of work.

    Attributes
    ----------
    key
        Names it; no two are alike.
    function, argument
        What is called with what: at the top of a module, and something that can be pickled.
    after
        Keys of what must have ended before.
    size
        How much work it is beside others: the largest begins first.
    """

    key: str
    function: Callable[[Any], Any]
    argument: Any
    after: tuple[str, ...] = ()
    size: int = 0


@dataclass(frozen=True)
class Ended:
    """How a task ended: with a result, or with an error.

    One that could not begin has the error of what it waited for.
    """

    key: str
    result: Any = None
    error: Exception | None = None


@contextmanager
def workers(address: str | None) -> Iterator[Client]:
    """Yield a client of a scheduler.

    Parameters
    ----------
    address
        Of a scheduler that runs, such as ``tcp://10.0.0.5:8786``; None starts `WORKERS` processes
        on this machine, which listen on loopback and end with the context.

    Raises
    ------
    ClusterError
        When no scheduler answers at the address.
    """
    with dask.config.set(_QUIET):
        if address is not None:
            yield from _connected(address)
            return
        # One thread a process: what is worked out holds the interpreter most of the time.
        threads = dict.fromkeys(("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
        os.environ.update({name: os.environ.get(name, value) for name, value in threads.items()})
        with (
            _without_entry(),
            LocalCluster(
                n_workers=WORKERS, threads_per_worker=1, processes=True, host="127.0.0.1",
                dashboard_address="127.0.0.1:0", memory_limit=MEMORY_PER_WORKER,
            ) as cluster,
            Client(cluster) as client,
        ):  # fmt: skip
            yield client


@contextmanager
def _without_entry() -> Iterator[None]:
    """Keep processes that are started from running again what this one was started with.

    A process that is spawned imports the entry of its parent anew: for the command that is every
    command, and under another entry, such as a page, whatever it does.
    """
    entry = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = entry


def _connected(address: str) -> Iterator[Client]:
    try:
        client = Client(address, timeout="20s")
    except (OSError, ValueError, TimeoutError) as error:
        raise ClusterError(address, str(error)) from error
    with client:
        yield client


def carry_out(client: Client, tasks: Sequence[Task]) -> Iterator[Ended]:
    """Yield each task as it ends, in the order in which they do.

    What a lost worker had in hand is done again by another. A task that fails takes with it only
    what waits for it.

    Parameters
    ----------
    client
        Of `workers`.
    tasks
        Each after those it waits for.
    """
    futures: dict[str, Any] = {}
    for task in tasks:
        futures[task.key] = client.submit(
            _call, task.function, task.argument, [futures[key] for key in task.after],
            key=task.key, priority=task.size, pure=False,
        )  # fmt: skip
    try:
        for future in as_completed(list(futures.values())):
            if future.status == "finished":
                yield Ended(future.key, future.result())
            else:
                yield Ended(future.key, error=_as_error(future.exception()))
    finally:
        client.cancel(list(futures.values()))


def _as_error(error: BaseException) -> Exception:
    """Return an error as one; that of a worker that was lost too often in words."""
    if type(error).__name__ == "KilledWorker":
        return ClusterError("dask", " ".join(str(error).split()))
    return error if isinstance(error, Exception) else RuntimeError(repr(error))


def _call(function: Callable[[Any], Any], argument: Any, _before: list[Any]) -> Any:
    return function(argument)


def peak_mib() -> float:
    """Return the most memory this process has had so far.

    Returns
    -------
    float
        Resident memory, MiB, above 0.
    """
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


def process_name() -> str:
    """Return a name of this process that no other on any machine has now."""
    return f"{gethostname()}:{os.getpid()}"
