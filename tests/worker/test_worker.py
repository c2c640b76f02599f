"""Work beside the server: the same result, cancelled within a second, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analytics.reports.selection import Selection
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import insert_frame
from geo.errors import ParameterError
from services.dataset import PLANS, Datasets
from services.hotspots.analysis import AnalysisQuery, AnalysisView, analyse
from services.memo import recorded
from services.outlook.view import OutlookParams, outlook
from services.risk.backtest import BacktestParams, all_rates, backtest
from services.worker.jobs import Job, Workers, keep_result
from services.worker.line import Order, Outcome
from tests.conftest import ROOT
from tests.worker import work

DAY = date(2026, 11, 30)
SOON_S = 120


@pytest.fixture
def line(own_store: Store, installation: Path) -> Datasets:
    """The data sets of a store that the worker opens too."""
    del installation
    return Datasets(own_store)


@pytest.fixture
def workers(line: Datasets) -> Iterator[Workers]:
    del line
    made = Workers(1, lasting=True)
    yield made
    made.close()


def ask(workers: Workers, make: Callable[..., Any], *args: Any, asker: str = "a") -> Job:
    return workers.ask((make, args), Order(make, args), asker)


def done(job: Job) -> Any:
    assert job.wait(SOON_S)
    assert job.status == "done", job
    return job.value


def pid_of(job: Job) -> int:
    assert job.process is not None
    return job.process.pid


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_there(pid: int) -> bool:
    """Tell whether a process lives; one that waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def asked(method: str, level: str = "desa", **parameters: Any) -> AnalysisQuery:
    chosen = Selection(as_of=DAY, families=("unjuk_rasa",), kinds=("kejadian",))
    return AnalysisQuery(chosen, method, level, **parameters)


def assert_same(one: AnalysisView, other: AnalysisView) -> None:
    for name in ("units", "reports", "clusters"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    assert dict(one.facts) == dict(other.facts)
    assert (one.query, one.reason, one.start, one.end) == (
        other.query, other.reason, other.start, other.end,
    )  # fmt: skip
    if one.cells is not None:
        assert other.cells is not None
        assert one.cells.equals(other.cells)


def test_what_the_worker_gives_is_what_this_process_gives(line: Datasets, workers: Workers) -> None:
    data = line.now()
    queries = [
        asked(method, replicates=49, seed=7)
        for method in ("scan", "scan_prospective", "scan_poisson", "scan_space")
    ]
    queries += [asked("gistar", "kecamatan"), asked("density")]
    jobs = [ask(workers, analyse, query) for query in queries]
    views = [done(job) for job in jobs]
    assert any(len(view.clusters) for view in views)
    for query, found in zip(queries, views, strict=True):
        assert_same(found, analyse(data, query))
    scored = done(ask(workers, backtest, BacktestParams(horizon_days=14)))
    own = backtest(data, BacktestParams(horizon_days=14))
    pd.testing.assert_frame_equal(all_rates(scored), all_rates(own))
    params = OutlookParams(seed=3)
    job = workers.ask("o", Order(outlook, (DAY, "kejadian", "rakor", params)), data=data)
    view = done(job)
    assert view.data is data
    there = outlook(data, DAY, "kejadian", "rakor", params)
    pd.testing.assert_frame_equal(view.figures, there.figures)
    assert len({pid_of(job) for job in jobs}) == 1


def test_a_result_is_kept_with_the_tables_it_rests_on(
    line: Datasets, own_store: Store, workers: Workers
) -> None:
    data, kept = line.now(), list[Outcome]()

    def keep(outcome: Outcome) -> None:
        kept.append(outcome)
        keep_result(data, work.count, (), outcome)

    assert data.results.look(data, work.count, ()) is None
    job = workers.ask("n", Order(work.count, ()), data=data, finish=keep)
    assert done(job) is None  # it is kept where the others are, and once
    assert set(kept[0].read) == {"reports", "report_events", "affairs"}
    assert kept[0].read == recorded(work.count, (data,), {})[1]
    found = data.results.look(data, work.count, (0,))  # a default said or not is one call
    assert found == (kept[0].value,)
    assert found[0].pid == pid_of(job) != os.getpid()
    assert work.count(data) is found[0]

    with own_store.begin("setup.prepare") as connection:
        row = own_store.read("sources").tail(1).assign(source_id="UJI-1")
        insert_frame(connection, schema.sources, row)
    later = line.now()
    assert later is not data
    again = later.results.look(later, work.count, ())
    assert again is not None
    assert again[0].data is later  # another table was written: the same, in the data set of now
    with own_store.begin("setup.prepare") as connection:
        row = own_store.read("reports").tail(1).assign(report_id="UJI-1", perkara_id="UJI-1")
        insert_frame(connection, schema.reports, row)
    newest = line.now()
    assert newest.results.look(newest, work.count, ()) is None
    assert done(ask(workers, work.count)).reports == len(newest.reports)
    keep_result(newest, work.count, (), Outcome(1, {"reports": 10**6}))  # written meanwhile
    assert newest.results.look(newest, work.count, ()) is None
    with pytest.raises(ValueError, match="saved plans"):
        keep_result(newest, work.count, (), Outcome(1, {PLANS: 1}))


def test_who_asks_the_same_waits_for_the_same_and_may_leave(
    workers: Workers, tmp_path: Path
) -> None:
    mark = str(tmp_path / "begun")
    first = ask(workers, work.dream, mark, asker="a")
    assert ask(workers, work.dream, mark, asker="b") is first
    second = ask(workers, work.count, asker="b")
    until(lambda: first.step.total == 10 and Path(mark).exists())
    assert (first.status, second.status) == ("running", "waiting")
    assert workers.under_way() == [first, second]
    workers.leave(first, "a")
    assert first.status == "running"
    assert is_there(pid_of(first))
    workers.leave(first, "b")
    assert first.status == "cancelled"
    assert done(second).reports > 0


def test_nothing_is_begun_for_those_who_went(line: Datasets, tmp_path: Path) -> None:
    del line
    here = {"a", "b"}
    workers = Workers(1, lasting=True, there=here.__contains__)
    try:
        first = ask(workers, work.dream, str(tmp_path / "x"), asker="a")
        until(lambda: first.step.total > 0)
        left = ask(workers, work.count, 1, asker="b")
        shared = ask(workers, work.count, 2, asker="b")
        ask(workers, work.count, 2, asker="a")
        here.remove("b")
        workers.cancel(first)
        assert done(shared).reports > 0
        assert (left.status, left.process) == ("cancelled", None)
    finally:
        workers.close()


@pytest.mark.parametrize("make", [work.dream, work.hold])
def test_cancelling_frees_the_worker_within_a_second(
    workers: Workers, tmp_path: Path, make: Callable[..., Any]
) -> None:
    job = ask(workers, make, *([str(tmp_path / "x")] if make is work.dream else []))
    until(lambda: job.step.total > 0)
    waits = ask(workers, work.dream, "never begun")
    pid, before = pid_of(job), time.monotonic()
    workers.cancel(waits)
    workers.cancel(job)
    assert time.monotonic() - before < 1
    assert not is_there(pid)
    assert (job.status, waits.status) == ("cancelled", "cancelled")
    assert job.value is waits.process is None
    assert done(ask(workers, work.count)).pid != pid
    workers.cancel(job)
    assert job.status == "cancelled"


def test_a_worker_that_dies_fails_its_job_and_the_next_has_another(workers: Workers) -> None:
    job = ask(workers, work.die)
    assert job.wait(SOON_S)
    assert (job.status, job.error, job.value) == ("failed", None, None)
    pid = done(ask(workers, work.count)).pid
    assert pid != pid_of(job)
    os.kill(pid, signal.SIGKILL)  # while nobody asks
    until(lambda: not is_there(pid))
    assert done(ask(workers, work.count, 1)).pid != pid


def test_what_is_refused_comes_back_as_it_was_and_the_worker_stays(workers: Workers) -> None:
    refused, broken = ask(workers, work.refuse), ask(workers, work.break_down)
    assert refused.wait(SOON_S)
    assert isinstance(refused.error, ParameterError)
    assert (refused.error.name, refused.error.value) == ("kapal", 0)
    assert broken.wait(SOON_S)
    assert (broken.status, broken.error) == ("failed", None)
    assert done(ask(workers, work.print_and_answer)) == "whole"
    assert pid_of(refused) == pid_of(broken)


def test_what_cannot_be_kept_fails_and_says_why(workers: Workers) -> None:
    def refuse(outcome: Outcome) -> None:
        raise ParameterError("nama", outcome.value, "another")

    job = workers.ask("k", Order(work.print_and_answer, ()), finish=refuse)
    assert job.wait(SOON_S)
    assert job.status == "failed"
    assert isinstance(job.error, ParameterError)
    assert done(ask(workers, work.print_and_answer)) == "whole"


def test_the_worker_gives_way_to_pages(line: Datasets) -> None:
    del line
    workers = Workers(1, lasting=True, nice=3)
    job = ask(workers, work.count)
    done(job)
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, pid_of(job)) == min(own + 3, 19)
    workers.close()
    assert not is_there(pid_of(job))


PARENT = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs behind a shell ignores it
from services.worker.jobs import Workers
from services.worker.line import Order
from tests.worker import work
workers = Workers(1, lasting=True)
job = workers.ask("d", Order(work.dream, (sys.argv[1],)))
time.sleep(600)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_worker_outlives_its_server(line: Datasets, tmp_path: Path, how: signal.Signals) -> None:
    del line
    mark = tmp_path / "begun"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(mark)], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: mark.exists() and mark.read_text() != "")
        pid = int(mark.read_text())
        assert is_there(pid)
        parent.send_signal(how)
        parent.wait(SOON_S)
        until(lambda: not is_there(pid))
    finally:
        parent.kill()
        parent.wait()
