"""Jobs beside the server: they wait their turn, are watched, cancelled, and never left behind."""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from geo.errors import SiagaError
from services.dataset import PLANS, Dataset
from services.worker.line import Order, Outcome, receive, send
from services.worker.steps import START, Step

Status = Literal["waiting", "running", "done", "failed", "cancelled", "timed_out"]
UNDER_WAY = ("waiting", "running")

MOST_KEPT = 64
"""Jobs that are remembered after they ended, the newest; what came of them goes with them."""
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(eq=False)
class Job:
    """One thing to be worked out.

    Attributes
    ----------
    key
        What it is; asked for again while it is under way, it is one job.
    order
        What the process is told.
    data
        Stands in what comes back where the process had its data set.
    askers
        Who waits for it.
    finish
        Called with what came, in a thread of ours, before the job is done; the job then keeps
        nothing of it.
    step
        How far it is.
    value, error
        What came of it, or why nothing did, where the product has words for that.
    process
        That works on it, once there is one.
    seconds
        How long it took since its turn came, once it has ended.
    """

    key: Hashable
    order: Order
    data: Dataset | None = field(default=None, repr=False)
    askers: set[str] = field(default_factory=set)
    finish: Callable[[Outcome], None] | None = field(default=None, repr=False)
    status: Status = "waiting"
    step: Step = field(default_factory=Step)
    value: Any = field(default=None, repr=False)
    error: SiagaError | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    began: float = 0.0
    seconds: float = 0.0
    _ended: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def elapsed_s(self) -> float:
        """Seconds since its turn came, 0 before."""
        if self.status == "running":
            return time.monotonic() - self.began
        return self.seconds

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has ended, at most so many seconds; tell whether it has."""
        return self._ended.wait(seconds)


class Workers:
    """Processes of one kind, each begun when it is first needed, and the jobs they share.

    Parameters
    ----------
    most
        Processes at a time; further jobs wait, first come, first served.
    lasting
        Whether a process stays, with its tables, for the next job.
    nice
        0 to 19: how far a process stands back behind this one.
    there
        Tells whether an asker still is there; no job is begun for those who went. None: all are.
    """

    def __init__(
        self, most: int, *, lasting: bool, nice: int = 0, there: Callable[[str], bool] | None = None
    ) -> None:
        self._most, self._lasting, self._nice, self._there = most, lasting, nice, there
        self._jobs: dict[Hashable, Job] = {}
        self._waiting: list[Job] = []
        self._changed = threading.Condition(threading.RLock())
        self._threads = self._idle = 0
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._closed = False
        atexit.register(self.close)

    def ask(
        self,
        key: Hashable,
        order: Order,
        asker: str = "",
        *,
        data: Dataset | None = None,
        finish: Callable[[Outcome], None] | None = None,
    ) -> Job:
        """Return the job of a key that is under way, begun if there is none; see `Job`."""
        with self._changed:
            job = self._jobs.get(key)
            if job is None or job.status not in UNDER_WAY:
                job = Job(key, order, data, finish=finish)
                self._jobs.pop(key, None)  # the newest stands last
                self._jobs[key] = job
                self._forget_oldest()
                self._waiting.append(job)
                if self._idle < len(self._waiting) and self._threads < self._most:
                    self._threads += 1
                    threading.Thread(target=self._serve, name="worker", daemon=True).start()
                self._changed.notify()
            job.askers.add(asker)
            return job

    def job_of(self, key: Hashable) -> Job | None:
        """Return the last job of a key; None when there is none."""
        with self._changed:
            return self._jobs.get(key)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nobody else ask or cancel meanwhile."""
        with self._changed:
            yield

    def under_way(self) -> list[Job]:
        """Return the jobs that run or wait, in the order in which they were asked for."""
        with self._changed:
            return [job for job in self._jobs.values() if job.status in UNDER_WAY]

    def forget(self, job: Job) -> None:
        """Drop a job with what came of it; one that is under way is cancelled."""
        self.cancel(job)
        with self._changed:
            if self._jobs.get(job.key) is job:
                del self._jobs[job.key]

    def leave(self, job: Job, asker: str) -> None:
        """Let somebody wait no longer; a job that nobody waits for is cancelled."""
        with self._changed:
            job.askers.discard(asker)
            wanted = bool(job.askers)
        if not wanted:
            self.cancel(job)

    def cancel(self, job: Job) -> None:
        """Stop a job: its process is gone when this returns. One that has ended stays as it is."""
        with self._changed:
            if job.status == "waiting":
                self._waiting.remove(job)
                self._end(job, "cancelled")
            elif job.status == "running":
                job.status = "cancelled"
                if job.process is not None:
                    job.process.kill()
        if job.status == "cancelled":
            job.wait()

    def close(self) -> None:
        """Cancel what is under way and end the processes; nothing begins any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            for job in self.under_way():
                if job.status == "waiting":
                    self._waiting.remove(job)
                    self._end(job, "cancelled")
                else:
                    job.status = "cancelled"
            processes = list(self._processes)
        for process in processes:
            self._dismiss(process)
        atexit.unregister(self.close)

    def _serve(self) -> None:
        """Do one job after the other with a process of this thread's own."""
        process: subprocess.Popen[bytes] | None = None
        while True:
            with self._changed:
                self._idle += 1
                while not self._waiting and not self._closed:
                    self._changed.wait()
                self._idle -= 1
                if self._closed:
                    return
                job = self._waiting.pop(0)
                if self._there is not None and not any(map(self._there, job.askers)):
                    self._end(job, "cancelled")
                    continue
                job.status, job.began = "running", time.monotonic()
            process = self._do(job, process)

    def _do(
        self, job: Job, process: subprocess.Popen[bytes] | None
    ) -> subprocess.Popen[bytes] | None:
        """Have a job done; return the process that is ready for the next one, if there is one."""
        outcome: Outcome | None = None
        before = process
        with self._changed:
            if job.status == "running" and not self._closed:
                process = job.process = process or self._begin()
        if job.process is not None:
            outcome = _talk(job, job.process)
        if before and outcome is None and job.step.phase == START and job.status == "running":
            self._dismiss(before)  # it ended while nobody asked, and took no order
            return self._do(job, None)
        if process is not None and (outcome is None or not self._lasting):
            self._dismiss(process)
            process = None
        self._settle(job, outcome)
        if process is None and self._lasting and job.status == "cancelled" and not self._closed:
            process = self._begin()  # whoever cancels asks again: the tables are read meanwhile
        return process

    def _settle(self, job: Job, outcome: Outcome | None) -> None:
        """Hand over what came of a job, unless it was cancelled meanwhile."""
        ended: Status = "failed"
        late = job.order.limit_s is not None and job.elapsed_s >= job.order.limit_s
        if job.status == "cancelled":
            ended = "cancelled"
        elif outcome is None:
            ended = "timed_out" if late else "failed"
        elif outcome.error is None and not outcome.broken:
            try:
                if job.finish is None:
                    job.value = outcome.value
                else:
                    job.finish(outcome)
                ended = "done"
            except SiagaError as error:
                job.error = error
            except Exception:  # the thread must live on for the next job
                traceback.print_exc()
        else:
            job.error = outcome.error
        with self._changed:
            self._end(job, ended)

    def _end(self, job: Job, status: Status) -> None:
        job.seconds = time.monotonic() - job.began if job.began else 0.0
        job.status, job.data = status, None  # tables that were written since are not held
        job._ended.set()

    def _begin(self) -> subprocess.Popen[bytes] | None:
        """Begin a process; None where the machine has no room for it."""
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        try:
            process = subprocess.Popen(  # our own module, no shell, a number  # nosec B603
                [sys.executable, "-m", "services.worker.child", str(self._nice)],
                env=os.environ | {"PYTHONPATH": path},
                stdin=subprocess.PIPE,  # left open: its end shows the process that we are gone
                stdout=subprocess.PIPE,
            )
        except OSError:
            traceback.print_exc()
            return None
        self._processes.add(process)
        return process

    def _dismiss(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):  # an order that was never taken cannot be flushed
                    stream.close()
        with self._changed:
            self._processes.discard(process)

    def _forget_oldest(self) -> None:
        ended = [key for key, job in self._jobs.items() if job.status not in UNDER_WAY]
        for key in ended[: max(len(self._jobs) - MOST_KEPT, 0)]:
            del self._jobs[key]


def keep_result(
    data: Dataset, make: Callable[..., Any], args: tuple[Any, ...], outcome: Outcome
) -> None:
    """Keep a result of ``make(data, *args)`` as if it had been worked out in this process.

    Raises
    ------
    ValueError
        When it rests on saved plans, whose revisions each process counts for itself.
    """
    if PLANS in outcome.read:
        raise ValueError(f"a result that rests on {PLANS} is of no use to another process")
    data.results.put(data, make, args, outcome.value, outcome.read)


def _talk(job: Job, process: subprocess.Popen[bytes]) -> Outcome | None:
    """Give an order and listen until its outcome; None when the process ended without one."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        send(process.stdin, job.order)
        while True:
            said = receive(process.stdout, job.data)
            if isinstance(said, Outcome):
                return said
            job.step = said
    except (EOFError, BrokenPipeError, pickle.UnpicklingError):
        return None
    except Exception:  # the thread must live on for the next job
        traceback.print_exc()
        return None
