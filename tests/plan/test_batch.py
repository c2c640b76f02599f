"""Plans one after the other: two at a time though nobody looks, cancelled whole, none lost."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from cli import app
from geo.errors import ParameterError
from pages.components.plan import overview
from services.dataset import Dataset
from services.plan import batch as module
from services.plan.batch import Batch, Task, begin, dismiss, last_batch, stop, tasks_of
from services.plan.job import MOST_RUNNING
from services.plan.make import save_plan
from services.plan.views.needs import needs
from tests.plan.test_overview import SOUND

Desk = dict[str, Any]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Desk]:
    """Jobs without processes: what `services.plan.job` does, as far as a batch sees it."""
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    jobs: Desk = {}

    def start(make: Callable[..., Any], *args: Any, key: str, seconds: float, name: str) -> Any:
        del make, seconds
        running = [one for one in jobs.values() if one.status == "running"]
        if len(running) >= MOST_RUNNING or any(one.key == key for one in running):
            raise ParameterError("jobs", len(running), "room")
        if args == ("refused",):
            raise ParameterError("kapal", 0, "1 or more")
        jobs[key] = SimpleNamespace(
            key=key, name=name, status="running", words={}, document=None, breaks=args == ("full",)
        )
        return jobs[key]

    def look(key: str) -> Any:
        if jobs[key].status == "full":
            jobs[key].status = "failed"
            raise OSError("no space left")
        return jobs.get(key)

    def cancel(job: Any) -> None:
        job.status = "cancelled" if job.status == "running" else job.status

    monkeypatch.setattr(module, "start", start)
    monkeypatch.setattr(module, "job_of", look)
    monkeypatch.setattr(module, "cancel", cancel)
    monkeypatch.setattr(module, "forget", lambda job: jobs.pop(job.key))
    monkeypatch.setattr(module, "progress", lambda job: SimpleNamespace(share=0.5))
    monkeypatch.setattr(module, "_LOOK_S", 0.01)
    yield jobs
    if (batch := last_batch()) is not None:
        stop(batch)
        dismiss(batch)


def task(key: str, *args: Any) -> Task:
    return Task(key, dict, args, 5.0, f"rencana {key}")


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def states(batch: Batch) -> list[str]:
    return [batch.state(one.key) for one in batch.tasks]


def test_two_at_a_time_and_the_next_begins_though_nobody_looks(desk: Desk) -> None:
    batch = begin([task(key) for key in "abc"])
    until(lambda: len(desk) == 2)
    assert states(batch) == ["running", "running", "waiting"]
    assert batch.share == pytest.approx(1 / 3)
    with pytest.raises(ParameterError, match="one batch"):
        begin([task("d")])
    desk["a"].status = "done"
    until(lambda: "c" in desk)
    assert states(batch) == ["done", "running", "running"]
    for key in "bc":
        desk[key].status = "done"
    batch.wait()
    assert not batch.under_way
    assert batch.ended == 3
    assert last_batch() is batch
    dismiss(batch)
    assert last_batch() is None
    assert desk == {}


def test_what_cannot_begin_or_be_kept_is_named_and_the_others_go_on(desk: Desk) -> None:
    batch = begin([task("a", "refused"), task("b", "full"), task("c")])
    until(lambda: "c" in desk)
    desk["b"].status = "full"
    desk["c"].status = "done"
    batch.wait()
    assert states(batch) == ["failed", "failed", "done"]
    assert "kapal" in batch.wrong["a"]["id"]
    assert batch.wrong["b"] == {"id": "no space left", "en": "no space left"}
    with pytest.raises(ParameterError, match="tasks"):
        begin([])


def test_cancelling_ends_what_runs_and_begins_nothing_more(desk: Desk) -> None:
    batch = begin([task(key) for key in "abc"])
    until(lambda: len(desk) == 2)
    stop(batch)
    assert not batch.under_way
    assert states(batch) == ["cancelled"] * 3
    assert "c" not in desk


def test_a_plan_that_is_being_made_already_ends_first(desk: Desk) -> None:
    own = module.start(dict, key="a", seconds=1, name="sendiri")
    batch = begin([task("a")])
    time.sleep(0.05)
    assert states(batch) == ["waiting"]
    own.status = "done"
    until(lambda: states(batch) == ["running"])


@pytest.mark.usefixtures("desk")
def test_each_kabupaten_gets_a_plan_under_a_name_that_is_free(dataset: Dataset) -> None:
    save_plan("pemilu2024 Bangka", json.loads(SOUND.read_text(encoding="utf-8")))
    tasks = tasks_of(dataset, seed=7, seconds=2.0)
    assert {one.key for one in tasks} == {*(f"19.0{n}" for n in range(1, 7)), "19.71"}
    assert tasks[0].key == "19.01"  # 911 TPS: nothing long begins last
    assert tasks[0].name == "pemilu2024 Bangka 2"
    assert {one.name for one in tasks} >= {"pemilu2024 Belitung", "pemilu2024 Pangkalpinang"}
    assert {(one.args[0].seed, one.seconds) for one in tasks} == {(7, 2.0)}


def page_of_plans(data) -> None:  # type: ignore[no-untyped-def]
    """Draw the plans of the province; runs alone, without the names of this module."""
    import streamlit as st

    from pages.components.plan import overview

    overview.draw_overview(data, st.container())


def said(test: AppTest) -> str:
    assert not test.exception
    return "\n".join(str(block.proto.body) for block in test.get("html"))


def test_the_page_plans_all_shows_how_far_it_is_and_can_be_left(
    desk: Desk, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "needs", lambda data, _: needs(data, "19.71"))
    test = AppTest.from_function(page_of_plans, kwargs={"data": dataset}, default_timeout=60).run()
    assert "Belum ada rencana. Susun semua" in said(test)
    assert "622" in set(test.dataframe[0].value["TPS"])
    test.button(key="d_all").click().run()
    until(lambda: len(desk) == 2)
    test.run()
    table = test.dataframe[0].value.set_index("Kabupaten/kota")["Pemeriksa"]
    assert table["Bangka"] == "disusun …"
    assert table["Belitung Timur"] == "menunggu"
    # Another visitor, or the same one after another page, sees the same batch, and may end it.
    other = AppTest.from_function(page_of_plans, kwargs={"data": dataset}, default_timeout=60).run()
    desk["19.01"].status = "done"
    other.button(key="d_all_cancel").click().run()
    assert "1 dari 7 rencana tersusun" in other.warning[0].value
    assert "Belitung Timur: dibatalkan" in said(other)
    other.button(key="d_all_close").click().run()
    assert last_batch() is None
    assert not other.warning


def test_the_command_writes_a_plan_for_each_and_fails_where_one_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dataset: Dataset
) -> None:
    sound = json.loads(SOUND.read_text(encoding="utf-8"))
    sound["verdict"] = {"passed": True, "faults": []}
    batch = Batch((task("19.01"), task("19.03"), task("19.71")), seconds=41.23)
    late = SimpleNamespace(status="timed_out", document=None, words={})
    batch.jobs["19.71"] = late  # type: ignore[assignment]
    batch.jobs["19.03"] = SimpleNamespace(status="done", document=sound, words={})  # type: ignore[assignment]
    batch.wrong["19.01"] = {"id": "tidak ada truk", "en": "no truck"}
    monkeypatch.setattr(batch, "wait", lambda: None)
    monkeypatch.setattr(module, "tasks_of", lambda *_: list(batch.tasks))
    monkeypatch.setattr(module, "begin", lambda tasks: batch)
    monkeypatch.setattr("services.prepare.open_prepared", lambda: None)
    monkeypatch.setattr("services.dataset.load_dataset", lambda _: dataset)
    done = CliRunner().invoke(app, ["plan-all", "-o", str(tmp_path / "semua")])
    assert done.exit_code == 1
    assert "Bangka: tidak tersusun. tidak ada truk" in done.output
    assert "Pangkalpinang: tidak tersusun. dihentikan pada batas waktu" in done.output
    assert "1 dari 3 rencana lolos audit, 41,2 detik." in done.output
    assert json.loads((tmp_path / "semua" / "19.03.json").read_text()) == sound
