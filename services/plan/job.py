"""Making a plan as a job: in a process of its own, watched, and stopped when it has to be."""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from data.plan.jobs import new_job, read_outcome, read_phase, remove_job
from data.plan.kept import check_plan_name, save_plan
from geo.errors import ParameterError
from services.plan.worker import LOAD, SEARCH, Order

Status = Literal["running", "done", "failed", "cancelled", "timed_out"]

GRACE_S = 600.0
"""How much longer than its search a job may take: what it does is counted and not timed, so that
on a busy machine it takes its time and gives the same plan; only what hangs is to be ended."""

MOST_RUNNING = 2
"""Jobs at a time: each takes a core."""

_LOAD_S = 5.0
"""About how long reading tables takes; only the progress bar rests on it."""

_ROOT = Path(__file__).resolve().parents[2]
_ALMOST = 0.98


@dataclass(eq=False)
class Job:
    """One plan being made.

    Attributes
    ----------
    key
        What it is for, such as a kabupaten; one job at a time for each.
    name
        Under which the plan is kept when it is done; None: it is handed over and not kept.
    seconds
        Time of the search.
    limit_s
        The job is ended after so many seconds.
    """

    job_id: str
    key: str
    name: str | None
    seconds: float
    limit_s: float
    process: subprocess.Popen[bytes] = field(repr=False)
    started: float
    status: Status = "running"
    document: dict[str, Any] | None = field(default=None, repr=False)
    words: dict[str, str] = field(default_factory=dict)
    elapsed: float = 0.0


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Attributes
    ----------
    phase
        ``load``, ``search`` or ``audit``.
    share
        0 to 1, of the time it is likely to take.
    elapsed_s, of_s
        Seconds since it began, and about how many it takes.
    """

    phase: str
    share: float
    elapsed_s: float
    of_s: float


_jobs: dict[str, Job] = {}
_lock = threading.RLock()


def start(
    make: Callable[..., dict[str, Any]],
    *args: Any,
    key: str,
    seconds: float,
    name: str | None = None,
    limit_s: float | None = None,
) -> Job:
    """Begin to make a plan in a process of its own.

    Parameters
    ----------
    make, args
        ``make(data, *args)`` is called there and returns the plan's document; a function of a
        module, and arguments that can be pickled.
    key
        What the plan is for; `job_of` finds the job by it.
    seconds
        Time of the search, above 0.
    name
        Name to keep the plan under when it is done.
    limit_s
        Above 0: hard limit; None for the search and ten minutes.

    Raises
    ------
    ParameterError
        When a job for this key is under way, or as many as may be at a time.
    FileUnreadableError
        When the name cannot be that of a file.
    """
    if name is not None:
        check_plan_name(name)
    limit = seconds + GRACE_S if limit_s is None else limit_s
    for what, value in (("seconds", seconds), ("limit_s", limit)):
        if value <= 0:
            raise ParameterError(what, value, "more than 0")
    with _lock:
        for job in _jobs.values():
            _look(job)
        running = [job for job in _jobs.values() if job.status == "running"]
        if any(job.key == key for job in running) or len(running) >= MOST_RUNNING:
            raise ParameterError("jobs", len(running), f"at most {MOST_RUNNING}, one for each key")
        job_id = new_job()
        process = subprocess.Popen(
            [sys.executable, "-m", "services.plan.worker"],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(_import_path())},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        assert process.stdin is not None
        try:
            process.stdin.write(pickle.dumps(Order(job_id, make, args, limit)))
            process.stdin.flush()  # and left open: its end shows the worker that we are gone
        except BrokenPipeError:  # it died at birth; _look will say so
            pass
        _jobs[key] = Job(job_id, key, name, seconds, limit, process, time.monotonic())
        return _jobs[key]


def job_of(key: str) -> Job | None:
    """Return the last job for a key, with its state as it is now; None when there is none.

    Plans of other jobs that are done meanwhile are kept as well.
    """
    with _lock:
        for job in _jobs.values():
            _look(job)
        return _jobs.get(key)


def forget(job: Job) -> None:
    """Drop a job that has ended; one that is running is stopped first."""
    with _lock:
        cancel(job)
        if _jobs.get(job.key) is job:
            del _jobs[job.key]


def cancel(job: Job) -> None:
    """Stop a job: its process is gone when this returns, and so is all that it wrote."""
    with _lock:
        _look(job)
        if job.status == "running":
            _end(job, "cancelled")


def progress(job: Job) -> Progress:
    """Return how far a job is, by its phase and the clock."""
    elapsed = time.monotonic() - job.started if job.status == "running" else job.elapsed
    of = _LOAD_S + job.seconds
    phase = read_phase(job.job_id) or LOAD
    if phase == SEARCH and elapsed > of:
        phase = "audit"
    return Progress(phase, min(elapsed / of, _ALMOST), elapsed, of)


def _look(job: Job) -> None:
    """Bring the state of a job up to date, and keep its plan when it is done."""
    if job.status != "running":
        return
    if job.process.poll() is None:
        if time.monotonic() - job.started > job.limit_s + 5:
            _end(job, "timed_out")
        return
    outcome = read_outcome(job.job_id) or {}
    job.words = outcome.get("error", {})
    job.document = outcome.get("document")
    late = time.monotonic() - job.started >= job.limit_s
    try:
        if job.document is not None and job.name is not None:
            save_plan(job.name, job.document)
    except BaseException:
        _end(job, "failed")
        raise
    _end(job, "done" if job.document else "timed_out" if late and not job.words else "failed")


def _end(job: Job, status: Status) -> None:
    """Leave neither process nor file of a job."""
    job.elapsed = time.monotonic() - job.started
    job.process.kill()
    job.process.wait()
    if job.process.stdin is not None:
        job.process.stdin.close()
    remove_job(job.job_id)
    job.status = status


def _import_path() -> list[str]:
    given = os.environ.get("PYTHONPATH")
    return [str(_ROOT), *([given] if given else [])]


@atexit.register
def _stop_all() -> None:
    for job in list(_jobs.values()):
        cancel(job)
