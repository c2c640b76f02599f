"""Who may keep plans: the files and every page ask the same rights, and a reader sees no route."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.errors import RightError
from data.plan.kept import delete_plan, rename_plan, restore_plan, save_plan, saved_plans
from data.store.ledger.acts import Actor, acting
from data.store.ledger.rights import CLEARANCE
from services.dataset import Dataset, Datasets
from services.plan.batch import Task, begin, last_batch
from services.plan.job import job_of, start
from services.plan.make import make_plan, scenario_settings
from services.plan.settings import save_scenario
from tests.pages.test_pages import open_page, shown

NAME, KABUPATEN = "H-1 uji", "19.03"
MAY_NOT = ("pembaca", "operator", "verifikator")
SETTINGS = replace(scenario_settings("2024-02-11-sadai-pongok"), search_seconds=1.0)
WRITES = {
    "rencana": ("FormSubmitter:plan_form",),
    "masukan": ("in_keep_", "in_solve_"),
    "tempat": ("FormSubmitter:in_move_",),
    "andai": ("FormSubmitter:whatif_form", "w_replay"),
    "kembali": ("FormSubmitter:ends_form",),
    "bandingkan": ("FormSubmitter:d_rename", "d_delete"),
}
"""How the keys of the buttons begin that write, by part of the plan."""


@pytest.fixture(scope="module")
def small(dataset: Dataset) -> dict[str, Any]:
    return make_plan(dataset, SETTINGS)


@pytest.fixture
def line(installation: Path, shared_installation: Datasets, small: dict[str, Any]) -> Datasets:
    del installation
    save_plan(NAME, small)
    return shared_installation


def files(folder: Path) -> dict[str, bytes]:
    return {str(one): one.read_bytes() for one in sorted(folder.rglob("*.[jt]*"))}


def test_nobody_else_changes_a_plan_or_has_one_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: dict[str, Any]
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    save_plan("A", small)
    save_plan("B", small)
    thrown, batch = delete_plan("B"), last_batch()
    task = Task("keeping", make_plan, (SETTINGS,), 1.0, "C")
    changes: list[Callable[[], object]] = [
        lambda: save_plan("A", {}),
        lambda: rename_plan("A", "B"),
        lambda: delete_plan("A"),
        lambda: restore_plan(thrown),
        lambda: save_scenario("A", SETTINGS),
        lambda: start(make_plan, SETTINGS, key="keeping", seconds=1.0, name="C"),
        lambda: begin([task]),
    ]
    before = files(tmp_path)
    assert len(before) == 2
    for role in MAY_NOT:
        for change in changes:
            with acting(Actor("polda.1", "Polda", role)), pytest.raises(RightError) as caught:
                change()
            assert (caught.value.role, caught.value.action) == (role, "plan.keep")
    assert files(tmp_path) == before
    assert job_of("keeping") is None
    assert last_batch() is batch
    with acting(Actor("kpu.1", "KPU", "perencana")):
        rename_plan("A", "D")
        restore_plan(thrown)
    assert sorted(saved_plans()) == ["B", "D"]


@pytest.mark.parametrize("part", WRITES)
def test_a_plan_is_changed_where_it_may_be(
    line: Datasets, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    del line
    for role, offered in (("verifikator", False), ("perencana", True)):
        actor = Actor("polda.1", "Polda", role)
        monkeypatch.setattr("pages.components.access.person.reader", lambda actor=actor: actor)
        test = open_page("distribusi", tampilan="plan", kabupaten=KABUPATEN, bagian=part)
        assert not test.exception
        assert NAME in shown(test) or NAME in [str(one.value) for one in test.selectbox]
        keys = [str(one.key) for one in test.button]
        for key in WRITES[part]:
            assert any(one.startswith(key) for one in keys) == offered, (role, key)


@pytest.mark.parametrize("part", [*WRITES, "sunting", "terlambat", "manifes"])
def test_a_reader_sees_no_plan(line: Datasets, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    cleared = Datasets(line.store, CLEARANCE["pembaca"])
    monkeypatch.setattr("pages.components.loaders.dataset", cleared.now)
    actor = Actor("polda.1", "Polda", "pembaca")
    monkeypatch.setattr("pages.components.access.person.reader", lambda: actor)
    asked = {"kabupaten": KABUPATEN, "bagian": part, "rencana": NAME}
    test = open_page("distribusi", tampilan="plan", **asked)
    assert not test.exception
    assert NAME not in shown(test)
    assert not any(NAME in one.options for one in test.selectbox)
    writes = tuple(key for keys in WRITES.values() for key in keys)
    assert not [one.key for one in test.button if str(one.key).startswith(writes)]
    assert ("tidak ditampilkan bagi peran Anda" in shown(test)) == (part == "rencana")
