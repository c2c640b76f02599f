"""Making a plan in a process of its own: kept when done, gone without a trace when cancelled."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data.errors import FileUnreadableError
from data.plan.kept import load_plan, save_plan, saved_plans
from data.plan.shelves import PLANS
from data.store.engine import Store
from geo.errors import ParameterError
from services.plan.job import Job, cancel, forget, job_of, progress, start
from services.plan.make import PlanAsked, make_plan
from tests.conftest import copy_store

SMALLEST = "19.71"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shipped_store: Store) -> Path:
    """A folder with a store that is ready, so that workers need not make one."""
    path = tmp_path_factory.mktemp("jobs")
    copy_store(shipped_store, path / "siaga.db")
    return path


@pytest.fixture(autouse=True)
def _own_store(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIAGA_VAR", str(folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    yield
    shutil.rmtree(PLANS.folder, ignore_errors=True)
    for key in ("a", "b", SMALLEST):
        job = job_of(key)
        if job is not None:
            forget(job)


def hang(data: Any) -> dict[str, Any]:
    """Stand for a solver that never gives way: no Python code runs while it holds on."""
    del data
    while True:
        sum(range(10**9))


def doze(data: Any) -> dict[str, Any]:
    """Stand for a solver that takes long and gives way now and then."""
    del data
    while True:
        time.sleep(0.1)


def refuse(data: Any) -> dict[str, Any]:
    del data
    raise ParameterError("kapal", 0, "1 or more")


def crash(data: Any) -> dict[str, Any]:
    del data
    os._exit(9)


def echo(data: Any, value: int) -> dict[str, Any]:
    return {"value": value, "tps": len(data.tps)}


def until(job: Job, *statuses: str, seconds: float = 120) -> Job:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = job_of(job.key)
        if found is not None and found.status in statuses:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{job.status}, not {statuses}")


def until_phase(job: Job, phase: str) -> None:
    deadline = time.monotonic() + 120
    while progress(job).phase != phase:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def assert_no_trace(job: Job) -> None:
    if job.work.process is not None:  # None: cancelled before there was one
        assert job.work.process.returncode is not None
        with pytest.raises(ProcessLookupError):
            os.kill(job.work.process.pid, 0)
    assert list(PLANS.folder.glob("**/.part-*")) == []


def test_a_plan_is_made_apart_and_kept_under_its_name() -> None:
    job = start(make_plan, PlanAsked(SMALLEST, seconds=2), key=SMALLEST, seconds=2, name="H-1")
    assert job_of(SMALLEST) is job
    seen = progress(job)
    assert seen.phase == "load"
    assert 0 <= seen.share < 1
    until(job, "done")
    assert load_plan("H-1")["verdict"]["passed"]
    assert load_plan("H-1") == job.document
    assert_no_trace(job)
    forget(job)
    assert job_of(SMALLEST) is None


def test_what_is_not_to_be_kept_is_handed_over() -> None:
    job = start(echo, 7, key="a", seconds=1)
    assert job.limit_s >= 600  # a busy machine makes the same plan, later
    until(job, "done")
    assert job.document == {"value": 7, "tps": 4116}
    assert saved_plans() == []


def test_cancel_leaves_no_process_no_file_and_the_last_plan() -> None:
    save_plan("H-1", {"about": {}, "old": True})
    job = start(hang, key="a", seconds=60, name="H-1")
    until_phase(job, "search")
    before = time.monotonic()
    cancel(job)
    assert time.monotonic() - before < 2
    assert job.status == "cancelled"
    assert_no_trace(job)
    assert load_plan("H-1") == {"about": {}, "old": True}
    cancel(job)
    assert job.status == "cancelled"


def test_a_solver_that_hangs_ends_by_itself_at_the_limit() -> None:
    job = start(hang, key="a", seconds=1, limit_s=1, name="H-1")
    assert job.work.wait(120)  # nobody looks at it meanwhile
    until(job, "timed_out")
    assert_no_trace(job)
    assert saved_plans() == []


def test_a_worker_whose_parent_is_gone_ends() -> None:
    job = start(doze, key="a", seconds=60)
    until_phase(job, "search")
    assert job.work.process is not None
    assert job.work.process.stdin is not None
    job.work.process.stdin.close()
    job.work.process.wait(timeout=15)
    until(job, "failed")
    assert_no_trace(job)


def test_a_refused_input_comes_back_in_words_and_a_crash_without() -> None:
    job = start(refuse, key="a", seconds=1, name="H-1")
    until(job, "failed")
    assert "kapal" in job.words["id"]
    assert set(job.words) == {"id", "en"}
    other = start(crash, key="a", seconds=1, name="H-1")
    until(other, "failed")
    assert other.words == {}
    assert saved_plans() == []
    assert_no_trace(other)


def test_one_job_for_each_key_and_two_in_all() -> None:
    jobs = [start(hang, key=key, seconds=60) for key in ("a", "b")]
    for key in ("a", "c"):
        with pytest.raises(ParameterError, match="jobs"):
            start(echo, 1, key=key, seconds=1)
    for job in jobs:
        forget(job)
        assert_no_trace(job)
    assert job_of("a") is None
    with pytest.raises(FileUnreadableError):
        start(echo, 1, key="a", seconds=1, name="../luar")
    with pytest.raises(ParameterError, match="seconds"):
        start(echo, 1, key="a", seconds=0)
