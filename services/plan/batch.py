"""Plans of several kabupaten, one after the other on the cores there are, whatever page is open."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, NamedTuple

from data.plan.keeping import require_keeping
from data.plan.kept import saved_plans
from data.province import default_election
from data.store.ledger.acts import Actor, acting, actor_now
from data.texts import LANGUAGES
from geo.errors import ParameterError
from services.dataset import Dataset
from services.explain import EXPLAINED, explain
from services.plan.job import Job, cancel, forget, job_of, progress, start
from services.plan.make import PlanAsked, make_plan

_LOOK_S = 0.25


class Task(NamedTuple):
    """One plan of a batch: for what, how, and under which name it is kept, None for not at all."""

    key: str
    make: Callable[..., dict[str, Any]]
    args: tuple[Any, ...]
    seconds: float
    name: str | None


@dataclass(eq=False)
class Batch:
    """Plans that are made one after the other.

    Attributes
    ----------
    tasks
        All of them, in their order.
    jobs
        Those that began, by key; `services.plan.job` says how far each is.
    wrong
        Why a plan could not begin, or not be kept, by key and language.
    stopped
        Whether those that wait are not to begin any more.
    seconds
        How long it took; None while it goes on.
    actor
        Who began it.
    """

    tasks: tuple[Task, ...]
    jobs: dict[str, Job] = field(default_factory=dict)
    wrong: dict[str, dict[str, str]] = field(default_factory=dict)
    stopped: bool = False
    seconds: float | None = None
    began: float = field(default_factory=monotonic)
    actor: Actor = field(default_factory=actor_now, repr=False)
    _thread: threading.Thread | None = field(default=None, repr=False)

    def state(self, key: str) -> str:
        """Return that of a job, ``waiting`` before it, or ``cancelled`` where it never began."""
        if key in self.wrong:
            return "failed"
        if key in self.jobs:
            return self.jobs[key].status
        return "cancelled" if self.stopped else "waiting"

    @property
    def under_way(self) -> bool:
        """Whether a plan of it waits or is being made."""
        return self.seconds is None

    @property
    def ended(self) -> int:
        """How many of its plans are no longer waited for."""
        return sum(self.state(task.key) not in {"waiting", "running"} for task in self.tasks)

    @property
    def share(self) -> float:
        """How far it is, 0 to 1."""
        running = [job for job in self.jobs.values() if job.status == "running"]
        return (self.ended + sum(progress(job).share for job in running)) / len(self.tasks)

    def wait(self) -> None:
        """Return when the last of its plans has ended."""
        assert self._thread is not None
        self._thread.join()


_lock = threading.Lock()
_last: list[Batch] = []


def tasks_of(data: Dataset, seed: int | None = None, seconds: float | None = None) -> list[Task]:
    """Return one plan by the default settings for each kabupaten, under a name that is free."""
    units = data.units[data.units["level"].eq("kabupaten")]
    given = {"seed": seed, "seconds": seconds}
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    taken, tasks = set(saved_plans()), []
    # The largest first: nothing long is left to begin when the others have ended.
    tps = data.tps.loc[data.tps["election"].eq(default_election()), "desa_code"].str[:5]
    order = tps.value_counts().reindex(units["code"]).fillna(0).sort_values(ascending=False)
    names = dict(zip(units["code"], units["name"], strict=True))
    for code in map(str, order.index):
        asked = PlanAsked(code, **changes)
        stem = f"{asked.election} {names[code]}"
        name = next(n for n in (stem, *(f"{stem} {k}" for k in range(2, 10**6))) if n not in taken)
        tasks.append(Task(code, make_plan, (asked,), asked.seconds, name))
    return tasks


def begin(tasks: Sequence[Task]) -> Batch:
    """Begin to make plans, as many at a time as `services.plan.job` lets; return at once.

    Raises
    ------
    ParameterError
        When there is nothing to make, or another batch is under way.
    RightError
        When whoever asks may not keep plans.
    """
    require_keeping()
    if not tasks:
        raise ParameterError("tasks", 0, "1 or more")
    with _lock:
        if _last and _last[0].under_way:
            raise ParameterError("jobs", len(_last[0].tasks), "one batch at a time")
        batch = Batch(tuple(tasks))
        # Nobody may be looking: the pages are free to be left.
        batch._thread = threading.Thread(target=_run, args=(batch,), daemon=True)
        _last[:] = [batch]
        batch._thread.start()
    return batch


def last_batch() -> Batch | None:
    """Return the batch under way, or the one that ended last; None where there was none."""
    return _last[0] if _last else None


def stop(batch: Batch) -> None:
    """Begin no further plan, end those being made, and return when all is quiet."""
    batch.stopped = True
    for job in list(batch.jobs.values()):
        cancel(job)
    batch.wait()


def dismiss(batch: Batch) -> None:
    """Forget a batch that has ended, with its jobs; its plans stay."""
    for job in batch.jobs.values():
        forget(job)
    if batch in _last:
        _last.remove(batch)


def _run(batch: Batch) -> None:
    """Begin what waits as soon as there is room, until nothing is left."""
    pause = threading.Event()
    waiting = list(batch.tasks)
    while batch.ended < len(batch.tasks):
        while waiting and not batch.stopped and _begun(batch, waiting[0]):
            waiting.pop(0)
        pause.wait(_LOOK_S)
        _look(batch)
    batch.seconds = monotonic() - batch.began


def _begun(batch: Batch, task: Task) -> bool:
    """Begin a plan; return False where there is no room for it yet."""
    try:
        with acting(batch.actor):
            job = start(task.make, *task.args, key=task.key, seconds=task.seconds, name=task.name)
    except Exception as error:
        if isinstance(error, ParameterError) and error.name == "jobs":
            return False
        _note(batch, task.key, error)
        return True
    batch.jobs[task.key] = job
    if batch.stopped:  # asked for in between
        cancel(job)
    return True


def _look(batch: Batch) -> None:
    for key in batch.jobs:
        try:
            job_of(key)
        except Exception as error:
            _note(batch, key, error)


def _note(batch: Batch, key: str, error: Exception) -> None:
    """Keep what stopped one plan: the others go on, and nobody waits for this one."""
    known = isinstance(error, EXPLAINED)
    batch.wrong[key] = {lang: explain(error, lang) if known else str(error) for lang in LANGUAGES}


@atexit.register
def _begin_no_more() -> None:
    """At the end of the server, which ends its jobs, nothing may take their places."""
    for batch in _last:
        batch.stopped = True
