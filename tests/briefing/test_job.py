"""Files are made beside the page: how far they are is seen, and they stop when asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from data.errors import RightError
from data.store.ledger.acts import LOCAL, Actor, acting, actor_now
from geo.errors import ParameterError
from services.briefing.job import MOST_KEPT, MOST_RUNNING, Job, Progress, forget, job_of, start
from services.briefing.meetings import prepare_next, save_meeting
from services.briefing.snapshot import take_snapshot
from services.dataset import Datasets
from services.explain import explain

WAIT_S = 20
WHOLE_S = 180
"""For a whole snapshot."""
DAY = date(2024, 1, 31)


class Steps:
    """Something that is made in ten steps, each when it is let."""

    def __init__(self) -> None:
        self.go = threading.Semaphore(0)
        self.at = threading.Semaphore(0)
        self.made = 0

    def __call__(self, report: Progress) -> bytes:
        for n in range(10):
            report(n, 10)
            self.at.release()
            assert self.go.acquire(timeout=WAIT_S)
        self.made += 1
        return b"whole"


@pytest.fixture
def key() -> Iterator[str]:
    name = uuid4().hex
    yield name
    forget(name)


def ended(job: Job) -> Job:
    assert job.wait(WAIT_S)
    return job


def test_a_job_says_how_far_it_is_and_hands_over_what_it_made(key: str) -> None:
    steps = Steps()
    job = start(key, steps)
    for n in range(3):
        steps.at.acquire(timeout=WAIT_S)
        assert (job.done, job.total, job.status) == (n, 10, "running")
        assert job.result is None
        steps.go.release()
    steps.go.release(7)
    assert ended(job).status == "done"
    assert job.result == b"whole"
    assert job.done == job.total


def test_the_same_is_made_once(key: str) -> None:
    steps = Steps()
    job = start(key, steps)
    assert start(key, steps) is job
    steps.go.release(10)
    ended(job)
    assert start(key, steps) is job is job_of(key)
    assert steps.made == 1


def test_a_cancelled_job_stops_at_its_next_step_and_leaves_nothing(key: str) -> None:
    steps = Steps()
    job = start(key, steps)
    steps.at.acquire(timeout=WAIT_S)
    job.cancel()
    steps.go.release()
    assert ended(job).status == "cancelled"
    assert (job.result, steps.made) == (None, 0)
    again = start(key, steps)
    assert again is not job
    steps.go.release(10)
    assert ended(again).result == b"whole"


def test_one_that_is_cancelled_in_its_last_step_hands_over_nothing(key: str) -> None:
    steps = Steps()
    job = start(key, steps)
    steps.go.release(9)
    for _ in range(10):
        steps.at.acquire(timeout=WAIT_S)
    job.cancel()
    steps.go.release()
    assert (ended(job).status, job.result) == ("cancelled", None)


def test_what_fails_says_why_and_may_be_asked_again(key: str) -> None:
    def fails(_report: Progress) -> Any:
        raise ParameterError("slides", 0, "1")

    job = ended(start(key, fails))
    assert job.status == "failed"
    assert job.error is not None
    assert explain(job.error)
    assert ended(start(key, lambda _: 7)).result == 7


def test_no_more_run_than_may_at_a_time(key: str) -> None:
    steps = [Steps() for _ in range(MOST_RUNNING)]
    jobs = [start((key, n), one) for n, one in enumerate(steps)]
    with pytest.raises(ParameterError) as caught:
        start(key, Steps())
    assert str(MOST_RUNNING) in explain(caught.value)
    for job, one in zip(jobs, steps, strict=True):
        one.go.release(10)
        ended(job)
    assert ended(start(key, lambda _: 1)).result == 1


def test_only_the_newest_are_kept(key: str) -> None:
    for n in range(MOST_KEPT + 3):
        ended(start((key, n), lambda _: 1))
    assert job_of((key, 0)) is None
    assert job_of((key, MOST_KEPT + 2)) is not None


def test_what_is_made_is_made_by_whoever_began_it(key: str) -> None:
    who = Actor("polda.1", "Polda", "verifikator")
    with acting(who):
        job = start(key, lambda _: actor_now())
    assert ended(job).result == who
    assert ended(start((key, 1), lambda _: actor_now())).result == LOCAL


def test_who_may_not_take_a_snapshot_takes_none_through_a_job(key: str, own_line: Datasets) -> None:
    data = own_line.now()
    meeting = save_meeting(data, prepare_next(data, DAY, "Kesbangpol"), "Kesbangpol")
    data, before = own_line.now(), own_line.store.count("snapshots")

    def take(report: Progress) -> str:
        return take_snapshot(data, meeting.meeting_id, DAY, "Polda", report)

    with acting(Actor("polda.1", "Polda", "pembaca")):
        job = start(key, take)
    assert job.wait(WHOLE_S)
    assert isinstance(job.error, RightError)
    assert own_line.store.count("snapshots") == before
    with acting(Actor("polda.1", "Polda", "verifikator")):
        job = start(key, take)
    assert job.wait(WHOLE_S)
    assert job.status == "done"
    log = own_line.store.read("audit_log")
    assert log.loc[log["action"].eq("meeting.snapshot"), "account"].tolist() == ["polda.1"]
