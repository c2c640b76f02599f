"""A batch over a nation: all stages of all areas on Dask, what is done already left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from data.nation.cluster import Task, carry_out, peak_mib, process_name, workers
from data.nation.folder import NationAbout, NationFolder, ProvinceAbout
from data.nation.results import NATION, BatchFolder, Done
from geo.errors import ParameterError, SiagaError
from services.nation.stages import STAGES, Job, carry_out_job, done_before

Told = Callable[["Step"], None]


@dataclass(frozen=True)
class Step:
    """A job that ended: how many have of how many, and which."""

    done: int
    of: int
    stage: str
    code: str
    error: Exception | None = None


@dataclass(frozen=True)
class BatchAsked:
    """What to do.

    Attributes
    ----------
    source, out
        Folder of the nation, and where to write.
    scheduler
        Address of a Dask scheduler whose workers see both folders; None: processes here.
    stages
        Keys of `STAGES`; what they wait for is done too. Empty: all.
    provinces
        How many provinces of the folder, the first ones; None: all.
    """

    source: Path
    out: Path
    scheduler: str | None = None
    stages: tuple[str, ...] = ()
    provinces: int | None = None

    def __post_init__(self) -> None:
        unknown = [name for name in self.stages if name not in STAGES]
        if unknown:
            raise ParameterError("stages", ", ".join(unknown), ", ".join(STAGES))
        if self.provinces is not None and self.provinces < 1:
            raise ParameterError("provinces", self.provinces, "1 or more")


@dataclass(frozen=True, eq=False)
class BatchDone:
    """What became of a batch.

    Attributes
    ----------
    about
        The nation.
    jobs, known
        Jobs in all, and those that were done before.
    seconds
        On the clock on the wall.
    peak_mib
        Sum over the processes of the most memory that each had.
    stages
        By stage: ``jobs``, ``seconds`` and ``cpu_s`` (sums over its jobs), ``rows``.
    failed
        By "stage code": why; what waited for it is among them.
    """

    about: NationAbout
    jobs: int
    known: int
    seconds: float
    peak_mib: float
    stages: Mapping[str, Mapping[str, float]]
    failed: Mapping[str, Exception]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "simulasi": self.about.simulasi,
            "as_of": self.about.as_of.isoformat(),
            "provinces": [province.code for province in self.about.provinces],
            "jobs": self.jobs,
            "known": self.known,
            "seconds": self.seconds,
            "peak_mib": self.peak_mib,
            "stages": {name: dict(part) for name, part in self.stages.items()},
            "failed": {key: str(error) for key, error in self.failed.items()},
        }


def run_batch(asked: BatchAsked, told: Told) -> BatchDone:
    """Do what a batch has left to do.

    A job whose inputs and parameters are those of last time is not done again, so that a batch
    that was ended goes on where it was. A job that fails leaves the others alone.

    Parameters
    ----------
    asked
        What to do.
    told
        Called with each job that ends.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the folder holds no nation.
    ClusterError
        When no scheduler answers.
    """
    began = perf_counter()
    about = _about(asked)
    jobs = list(_jobs(asked, about))
    known = {key: done for key, job in jobs if (done := done_before(job)) is not None}
    waiting = [(key, job) for key, job in jobs if key not in known]
    ended: dict[str, Done] = dict(known)
    failed: dict[str, Exception] = {}
    memory: dict[str, float] = {}
    if waiting:
        with workers(asked.scheduler) as client:
            for one in carry_out(client, _tasks(waiting, about)):
                stage, code = one.key.split(" ")
                if one.error is None:
                    ended[one.key], pid = one.result
                    memory[pid] = max(memory.get(pid, 0.0), ended[one.key].peak_mib)
                else:
                    failed[one.key] = one.error
                told(Step(len(ended) + len(failed), len(jobs), stage, code, failed.get(one.key)))
    result = BatchDone(
        about=about,
        jobs=len(jobs),
        known=len(known),
        seconds=perf_counter() - began,
        peak_mib=sum(memory.values()) + peak_mib(),
        stages=_by_stage(ended),
        failed=failed,
    )
    BatchFolder(asked.out, simulasi=about.simulasi).write_summary(result.as_dict())
    for error in failed.values():
        if not isinstance(error, SiagaError):
            raise error  # a fault of the product is not hidden among those of files
    return result


def _about(asked: BatchAsked) -> NationAbout:
    about = NationFolder(asked.source).about()
    if asked.provinces is None:
        return about
    return about.model_copy(update={"provinces": about.provinces[: asked.provinces]})


def _chosen(stages: tuple[str, ...]) -> list[str]:
    """Return the stages to do, each after the one it waits for."""
    wanted = set(stages or STAGES)
    for name in reversed(STAGES):  # a stage stands behind what it waits for
        after = STAGES[name].after
        if name in wanted and after is not None:
            wanted.add(after)
    return [name for name in STAGES if name in wanted]


def _jobs(asked: BatchAsked, about: NationAbout) -> Iterator[tuple[str, Job]]:
    """Yield all jobs with their keys, each behind those it waits for."""
    kabupaten = {
        province.code: NationFolder(asked.source).kabupaten(province.code)
        for province in about.provinces
    }
    areas = {
        "nation": [NATION],
        "province": list(kabupaten),
        "kabupaten": [code for codes in kabupaten.values() for code in codes],
    }
    for stage in _chosen(asked.stages):
        for code in areas[STAGES[stage].area]:
            job = Job(stage, code, asked.source, asked.out, about)
            yield f"{stage} {code}", job


def _tasks(waiting: list[tuple[str, Job]], about: NationAbout) -> list[Task]:
    keys = {key for key, _ in waiting}
    sizes = {province.code: province for province in about.provinces}
    tasks = []
    for key, job in waiting:
        after = [name for name in _waits_for(job, about) if name in keys]
        size = _size(sizes.get(job.province), job)
        tasks.append(Task(key, do_job, job, tuple(after), size))
    return tasks


def _waits_for(job: Job, about: NationAbout) -> list[str]:
    after = STAGES[job.stage].after
    if after is None:
        return []
    codes = [job.province] if job.code != NATION else [p.code for p in about.provinces]
    return [f"{after} {code}" for code in codes]


def _size(province: ProvinceAbout | None, job: Job) -> int:
    """Return how early a job should begin: the largest first."""
    if province is None:
        return 0
    stage = STAGES[job.stage]
    whole = province.reports if stage.size == "reports" else province.tps
    return whole // province.kabupaten if stage.area == "kabupaten" else whole


def do_job(job: Job) -> tuple[Done, str]:
    """Do a job in a worker; return how it ended and which process did it."""
    return carry_out_job(job), process_name()


def _by_stage(ended: Mapping[str, Done]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for key, done in ended.items():
        part = found.setdefault(
            key.split(" ")[0], {"jobs": 0, "seconds": 0.0, "cpu_s": 0.0, "rows": 0}
        )
        part["jobs"] += 1
        part["seconds"] += done.seconds
        part["cpu_s"] += done.cpu_s
        part["rows"] += done.rows
    return found
