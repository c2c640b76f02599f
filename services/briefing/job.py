"""What takes seconds at a rakor, made beside the page: watched, and stopped when asked.

In a thread, and not in a process of its own as plans are: what a slide is drawn from is at hand
here, what comes of it is handed over in memory, and there is nothing half-written to take away. A
thread cannot be ended from outside; it stops at the next step that it reports, a slide or a part.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Literal

from data.store.ledger.acts import acting, actor_now
from geo.errors import ParameterError, SiagaError

Progress = Callable[[int, int], None]
Status = Literal["running", "done", "failed", "cancelled"]

MOST_RUNNING = 2
MOST_KEPT = 16
"""Jobs that are remembered with what came of them, the newest."""


class Cancelled(Exception):
    """Raised where a job that was cancelled reports how far it is."""


@dataclass(eq=False)
class Job:
    """One thing being made.

    Attributes
    ----------
    key
        What it is; asked for again while it is there, it is not made again.
    done, total
        Steps.
    result
        What came of it, once it is done.
    error
        What went wrong, where the product has words for it.
    seconds
        How long it took.
    """

    key: Hashable
    done: int = 0
    total: int = 1
    status: Status = "running"
    result: Any = field(default=None, repr=False)
    error: SiagaError | None = None
    seconds: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)
    _ended: threading.Event = field(default_factory=threading.Event, repr=False)

    def cancel(self) -> None:
        """Ask a job to stop; one that has ended stays as it is."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has ended, at most so many seconds; tell whether it has."""
        return self._ended.wait(seconds)

    def _report(self, done: int, total: int) -> None:
        if self._stop.is_set():
            raise Cancelled
        self.done, self.total = done, max(total, 1)

    def _run(self, make: Callable[[Progress], Any]) -> None:
        began = time.monotonic()
        status: Status = "failed"
        try:
            made = make(self._report)
            self._report(self.total, self.total)  # asked to stop meanwhile: nothing is handed over
            self.result, status = made, "done"
        except Cancelled:
            status = "cancelled"
        except SiagaError as error:
            self.error = error
        finally:
            self.seconds, self.status = time.monotonic() - began, status
            self._ended.set()


_jobs: OrderedDict[Hashable, Job] = OrderedDict()
_lock = threading.Lock()


def start(key: Hashable, make: Callable[[Progress], Any]) -> Job:
    """Begin to make something and return its job; that of the key while it runs or is done.

    What it stores is stored by whoever began it.

    Parameters
    ----------
    make
        Gets a function to report steps to, ``report(done, total)``, which raises `Cancelled` when
        the job was cancelled.

    Raises
    ------
    ParameterError
        When as many as may be at a time are under way.
    """
    who = actor_now()  # a thread has nobody who asks

    def run() -> None:
        with acting(who):
            job._run(make)

    with _lock:
        found = _jobs.get(key)
        if found is not None and found.status in ("running", "done"):
            return found
        running = sum(job.status == "running" for job in _jobs.values())
        if running >= MOST_RUNNING:
            raise ParameterError("briefing_jobs", running, str(MOST_RUNNING))
        job = _jobs[key] = Job(key)
        _jobs.move_to_end(key)
        for old in [k for k, one in _jobs.items() if one.status != "running"]:
            if len(_jobs) > MOST_KEPT:
                del _jobs[old]
    threading.Thread(target=run, name="briefing", daemon=True).start()
    return job


def job_of(key: Hashable) -> Job | None:
    """Return the job of a key, under way or ended; None when there is none."""
    return _jobs.get(key)


def forget(key: Hashable) -> None:
    """Drop a job with what came of it; one that is running is asked to stop."""
    with _lock:
        job = _jobs.pop(key, None)
    if job is not None:
        job.cancel()
