"""Making a plan as a job: in a process of its own, watched, and stopped when it has to be."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from data.plan.keeping import require_keeping
from data.plan.kept import save_plan
from data.plan.shelves import check_name
from data.store.ledger.acts import Actor, acting, actor_now
from data.texts import LANGUAGES
from geo.errors import ParameterError
from services.explain import explain
from services.worker import jobs
from services.worker.line import Order, Outcome
from services.worker.steps import WORK

Status = Literal["running", "done", "failed", "cancelled", "timed_out"]

GRACE_S = 600.0
"""How much longer than its search a job may take: what it does is counted and not timed, so that
on a busy machine it takes its time and gives the same plan; only what hangs is to be ended."""

MOST_RUNNING = 2
"""Jobs at a time: each takes a core."""

_LOAD_S = 5.0
"""About how long reading tables takes; only the progress bar rests on it."""

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
    work
        The process's side of it.
    document
        The plan, once it is found; also where it could not be kept.
    kept
        Whether it was kept in the end after it could not be, see `keep_again`.
    actor
        Who began it: the thread that keeps it has nobody who asks.
    """

    key: str
    name: str | None
    seconds: float
    limit_s: float
    work: jobs.Job = field(init=False, repr=False)
    document: dict[str, Any] | None = field(default=None, repr=False)
    kept: bool = False
    actor: Actor = field(default_factory=actor_now, repr=False)
    job_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def status(self) -> Status:
        """How it stands; none waits, as no more are begun than there is room for."""
        if self.kept:
            return "done"
        found = self.work.status
        return "running" if found == "waiting" else found

    @property
    def words(self) -> dict[str, str]:
        """What went wrong by language; empty where there are no words for it."""
        error = self.work.error
        return {} if error is None else {lang: explain(error, lang) for lang in LANGUAGES}

    def keep(self, outcome: Outcome) -> None:
        """Take the plan that was made."""
        self.document = outcome.value  # first: a store that refuses takes no search away
        if self.name is not None:
            with acting(self.actor):
                save_plan(self.name, outcome.value)


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


_workers = jobs.Workers(MOST_RUNNING, lasting=False)
_jobs: dict[str, Job] = {}


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
        Name to keep the plan under when it is done; then ``key`` is its kabupaten.
    limit_s
        Above 0: hard limit; None for the search and ten minutes.

    Raises
    ------
    ParameterError
        When a job for this key is under way, or as many as may be at a time.
    FileUnreadableError
        When the name cannot be that of a file.
    RightError
        When whoever asks may not keep it, found before the search and not after it.
    """
    if name is not None:
        require_keeping(key)
        check_name(name)
    limit = seconds + GRACE_S if limit_s is None else limit_s
    for what, value in (("seconds", seconds), ("limit_s", limit)):
        if value <= 0:
            raise ParameterError(what, value, "more than 0")
    with _workers.held():
        running = _workers.under_way()
        if any(one.key == key for one in running) or len(running) >= MOST_RUNNING:
            raise ParameterError("jobs", len(running), f"at most {MOST_RUNNING}, one for each key")
        job = Job(key, name, seconds, limit)
        job.work = _workers.ask(key, Order(make, args, limit), finish=job.keep)
        _jobs[key] = job
        return job


def job_of(key: str) -> Job | None:
    """Return the last job for a key, with its state as it is now; None when there is none."""
    return _jobs.get(key)


def forget(job: Job) -> None:
    """Drop a job that has ended; one that is running is stopped first."""
    _workers.forget(job.work)
    if _jobs.get(job.key) is job:
        del _jobs[job.key]


def keep_again(job: Job) -> None:
    """Keep the plan of a job that found one and could not keep it, as whoever asks now.

    Raises
    ------
    ParameterError
        When it has found none, or is to keep none.
    RightError, StoreError, FileUnreadableError
        As `data.plan.kept.save_plan`: the plan is still there to be kept.
    """
    if job.document is None or job.name is None:
        raise ParameterError("job", job.key, "a plan that was found and has a name")
    save_plan(job.name, job.document)
    job.kept = True


def cancel(job: Job) -> None:
    """Stop a job: its process is gone when this returns, and so is all that it wrote."""
    _workers.cancel(job.work)


def progress(job: Job) -> Progress:
    """Return how far a job is, by its phase and the clock."""
    elapsed = job.work.elapsed_s
    of = _LOAD_S + job.seconds
    phase = "search" if job.work.step.phase == WORK else "load"
    if phase == "search" and elapsed > of:
        phase = "audit"
    return Progress(phase, min(elapsed / of, _ALMOST), elapsed, of)
