"""What is done to a kept plan stands in the history, is undone from it, and is never half done."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import (
    ActUnknownError,
    FileUnreadableError,
    RecordChangedError,
    RightError,
    SourceMissingError,
    StoreError,
)
from data.plan.keeping import differing, note_unknown, require_keeping
from data.plan.kept import (
    delete_plan,
    load_plan,
    rename_plan,
    restore_plan,
    save_plan,
    saved_plans,
    trash,
)
from data.plan.shelves import PLANS, SCENARIOS, digest_of
from data.plan.toml import read_scenario, save_scenario, to_toml
from data.store.engine import Store
from data.store.ledger.acts import Actor, acting
from services.dataset import Dataset
from services.ledger.audit import undo_act
from services.plan.job import start
from services.plan.make import PlanAsked
from services.plan.settings import default_settings
from tests.conftest import copy_store
from tests.plan.kept import acts, document, kept_now, undo_last
from tests.plan.kept_model import Model

pytestmark = pytest.mark.usefixtures("planner")
OF_SELATAN = Actor("kpu.3", "KPU", "perencana", ("19.03",))


def quick(data: Dataset, value: object) -> dict[str, object]:
    del data, value
    return document(8)


def state() -> dict[str, int]:
    """Return the kept plans; rows and files are of one mind."""
    with closing(Store.open()) as store:
        assert list(differing(store)) == []
        known = store.read("kept_files")
    assert set(known.loc[known["kind"].eq("rencana"), "name"]) == set(saved_plans())
    return {name: int(load_plan(name)["n"]) for name in saved_plans()}


def test_each_change_of_a_plan_is_a_line_with_who_before_and_after() -> None:
    path = save_plan("A", document(1))
    first = digest_of(path.read_bytes())
    save_plan("A", document(2))
    second = digest_of(path.read_bytes())
    rename_plan("A", "B")
    token = delete_plan("B")
    restore_plan(token)
    keep, who = "plan.keep", "kpu.1"
    assert acts() == [(keep, who, name) for name in ("A", "A", "A", "B", "B")]
    with closing(Store.open()) as store:
        rows = store.read("record_changes")
    told = [
        (json.loads(key)[1], *(value and json.loads(value).get("digest") for value in pair))
        for key, *pair in rows.loc[rows["target"].eq("kept_files"), ["key", "before", "after"]]
        .astype("object")
        .where(lambda f: f.notna(), None)
        .to_numpy()
    ]
    assert told == [
        ("A", None, first),
        ("A", first, second),
        ("A", second, None),
        ("B", None, second),
        ("B", second, None),
        ("B", None, second),
    ]
    assert state() == {"B": 2}


def test_a_scenario_is_in_the_history_and_its_older_self_comes_back() -> None:
    one = replace(default_settings("19.03"), seed=7)
    path = save_scenario("S", one)
    before = path.read_bytes()
    save_scenario("S", replace(one, seed=8))
    assert acts() == [("plan.keep", "kpu.1", "S")] * 2
    assert (undo_last(), path.read_bytes()) == (1, before)
    assert read_scenario("S")["seed"] == 7
    assert [thrown.name for thrown in SCENARIOS.thrown()] == ["S"]
    assert state() == {}


CHANGES: dict[str, Callable[[], object]] = {
    "new": lambda: save_plan("C", document(3)),
    "replaced": lambda: save_plan("A", document(4)),
    "renamed": lambda: rename_plan("A", "C"),
    "deleted": lambda: delete_plan("A"),
    "restored": lambda: restore_plan(trash()[0].token),
    "restored in place": lambda: (save_plan("T", document(6)), restore_plan(trash()[0].token))[1],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_undone_and_the_undo_too(change: str) -> None:
    save_plan("A", document(1))
    save_plan("B", document(2))
    save_plan("T", document(5))
    delete_plan("T")
    CHANGES[change]()
    after = state()
    before = {"A": 1, "B": 2} | ({"T": 6} if change == "restored in place" else {})
    assert after != before
    assert undo_last() >= 1
    assert state() == before
    undo_last()
    assert state() == after
    assert acts()[-1][0] == "record.undo"


def test_an_undo_is_refused_where_the_plan_was_changed_since_or_is_gone() -> None:
    save_plan("A", document(1))
    save_plan("A", document(2))
    with closing(Store.open()) as store:
        last = int(store.read("audit_log")["seq"].max())
        PLANS.path("A").write_text(json.dumps(document(9)))
        with pytest.raises(RecordChangedError):
            undo_act(store, last)
        assert load_plan("A")["n"] == 9
        save_plan("A", document(2))
        for path in PLANS.trash.iterdir():
            path.unlink()
        with pytest.raises(FileUnreadableError, match="plan_thrown_gone"):
            undo_act(store, last)
        with pytest.raises(ActUnknownError):
            undo_act(store, 999)
    assert state() == {"A": 2}


def test_other_hands_are_found_and_nobody_is_named_for_them() -> None:
    save_plan("A", document(1))
    path = PLANS.path("A")
    path.write_text(json.dumps(document(7)))
    with closing(Store.open()) as store:
        assert list(differing(store)) == [(PLANS, "A")]
    save_plan("A", document(2))
    assert acts() == [
        ("plan.keep", "kpu.1", "A"),
        ("plan.found", "sistem", "A"),
        ("plan.keep", "kpu.1", "A"),
    ]
    path.unlink()
    with closing(Store.open()) as store:
        assert list(differing(store)) == [(PLANS, "A")]
        PLANS.path("lama").write_text(json.dumps(document(3)))
        note_unknown(store)
        note_unknown(store)
    assert acts()[3:] == [("plan.found", "sistem", "lama")]


def test_a_planner_of_a_kabupaten_keeps_plans_of_it_alone() -> None:
    save_plan("Dibuang", document(4, "19.02"))
    save_plan("Ganti", document(5))
    thrown = [delete_plan("Dibuang"), delete_plan("Ganti")]
    save_plan("Ganti", document(6, "19.02"))
    save_scenario("Andai", default_settings("19.02"))
    save_plan("Belitung", document(1, "19.02"))
    with acting(OF_SELATAN):
        save_plan("Selatan", document(2))
        save_scenario("Selatan", default_settings("19.03"))
        before = kept_now()
        tries: list[Callable[[], object]] = [
            lambda: save_plan("Lain", document(3, "19.02")),
            lambda: save_plan("Belitung", document(3)),
            lambda: save_plan("Belitung", document(3, None)),
            lambda: save_plan("Selatan", document(3, "19.02")),
            lambda: rename_plan("Belitung", "Lain"),
            lambda: delete_plan("Belitung"),
            lambda: restore_plan(thrown[0]),
            lambda: restore_plan(thrown[1]),
            lambda: undo_last(2),
            lambda: save_scenario("Lain", default_settings("19.02")),
            lambda: save_scenario("Andai", default_settings("19.03")),
            lambda: undo_last(3),
            lambda: require_keeping("19.02"),
            lambda: start(quick, PlanAsked("19.02"), key="19.02", seconds=1.0, name="Lain"),
        ]
        for attempt in tries:
            with pytest.raises(RightError) as caught:
                attempt()
            assert (caught.value.reason, caught.value.value) == ("area", "19.02")
    assert kept_now() == before
    assert state() == {"Belitung": 1, "Ganti": 6, "Selatan": 2}
    assert list(PLANS.folder.glob(".w*")) + list(PLANS.folder.glob(".m*")) == []


def test_a_plan_that_names_no_kabupaten_is_kept_by_any_planner() -> None:
    with acting(OF_SELATAN):
        save_plan("A", document(1, None))
        rename_plan("A", "B")
        restore_plan(delete_plan("B"))
        assert undo_last() == 1
        assert state() == {}
        assert undo_last() == 1
        require_keeping()
    assert state() == {"B": 1}
    assert [who for _, who, _ in acts()] == ["kpu.3"] * 6


def test_a_job_keeps_its_plan_as_whoever_began_it(tmp_path: Path, shipped_store: Store) -> None:
    copy_store(shipped_store, tmp_path / "siaga.db")
    job = start(quick, PlanAsked("19.03"), key="19.03", seconds=1.0, name="Dari tugas")
    assert job.work.wait(120)
    assert job.status == "done", job.words
    assert acts()[-1] == ("plan.keep", "kpu.1", "Dari tugas")


def test_files_that_are_none_of_ours_are_left_alone() -> None:
    PLANS.trash.mkdir(parents=True)
    (PLANS.folder / "Rencana (1).json").write_text("{}")
    (PLANS.folder / "dalam.json").write_text("[" * 200_000)
    (PLANS.folder / "folder.json").mkdir()
    with closing(Store.open()) as store:
        note_unknown(store)
        assert store.read("kept_files")["name"].tolist() == ["dalam"]


def test_a_plan_that_says_nothing_more_stays_with_its_kabupaten() -> None:
    save_plan("A", document(1, "19.02"))
    PLANS.path("A").write_text("{")
    with acting(OF_SELATAN), pytest.raises(RightError):
        delete_plan("A")
    assert PLANS.path("A").exists()


def test_a_trash_on_another_disk_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_plan("A", document(1))
    PLANS.trash.rename(tmp_path / "t")
    PLANS.trash.symlink_to("/dev/shm")
    with pytest.raises(FileUnreadableError, match="trash"):
        save_plan("A", document(2))
    assert state() == {"A": 1}
    assert len(acts()) == 1


@pytest.mark.parametrize("content", [b"\xff\x00", b"{", b"[]", b'{"paths": []}'])
def test_a_note_that_is_none_is_told_and_nothing_is_moved(content: bytes) -> None:
    save_plan("A", document(1))
    (PLANS.folder / ".moving").write_bytes(content)
    Store.open().close()
    with pytest.raises(FileUnreadableError, match="moving"):
        save_plan("A", document(2))
    (PLANS.folder / ".moving").unlink()
    assert state() == {"A": 1}


def test_a_store_that_refuses_leaves_plan_and_log_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save_plan("A", document(1))

    def refuse(*_: object, **__: object) -> None:
        raise StoreError("sqlite", "busy", "busy")

    with monkeypatch.context() as patch:
        patch.setattr("data.plan.keeping.insert_frame", refuse)
        for change in (lambda: save_plan("A", document(2)), lambda: rename_plan("A", "B")):
            with pytest.raises(StoreError):
                change()
    assert state() == {"A": 1}
    assert [len(acts()), trash()] == [1, []]


NAMES = st.sampled_from(("A", "B", "C"))
NOTHING = st.none()
STEP = st.one_of(
    st.tuples(st.just("save"), NAMES, st.integers(0, 4)),
    st.tuples(st.just("scenario"), NAMES, st.integers(0, 2)),
    st.tuples(st.just("rename"), NAMES, NAMES),
    st.tuples(st.just("delete"), NAMES, NOTHING),
    st.tuples(st.just("restore"), st.integers(0, 2), NOTHING),
    st.tuples(st.just("undo"), st.integers(0, 2), NOTHING),
)
REFUSALS: dict[str, type[Exception]] = {
    "unknown": ActUnknownError,
    "changed": RecordChangedError,
    "missing": SourceMissingError,
    "taken": FileUnreadableError,
}


def step_of(model: Model, what: str, one: Any, other: Any) -> tuple[Callable[[], object], str]:
    """Return how a step is done, and why it must be refused; the model has done it by then."""
    at, new = f"plans/{one}.json", f"plans/{other}.json"
    if what in {"save", "scenario"}:
        if what == "scenario":
            settings = replace(default_settings("19.03"), seed=other)
            at, content = f"scenarios/{one}.toml", to_toml(settings).encode()
            done: Callable[[], object] = partial(save_scenario, one, settings)
        else:
            content = json.dumps(document(other)).encode()
            done = partial(save_plan, one, document(other))
        model.put(at, content)
        return done, ""
    if what == "undo":
        enough = one + 1 < len(model.history)
        return partial(undo_last, one), model.undo(one) if enough else "unknown"
    if what == "restore":
        (place, content), token = list(model.last_thrown("plans/"))[one], trash()[one].token
        model.put(place, content, restored=True)
        return partial(restore_plan, token), ""
    done = partial(rename_plan, one, other) if what == "rename" else partial(delete_plan, one)
    if at not in model.files:
        return done, "missing"
    if what == "delete":
        model.throw([at])
        model.change({at: None})
    elif one != other:
        if new in model.files:
            return done, "taken"
        model.change({at: None, new: model.files[at]})
    return done, ""


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, min_size=1, max_size=8))
def test_files_and_rows_agree_whatever_is_done(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, steps: list
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path_factory.mktemp("steps")))
    model = Model()
    for what, one, other in steps:
        if what == "restore" and one >= len(trash()):
            continue
        do, refused = step_of(model, what, one, other)
        if refused:
            with pytest.raises(REFUSALS[refused]):
                do()
        else:
            do()
        found = kept_now()
        assert (found.files, found.thrown) == (model.files, model.thrown)
        assert len(found.acts) == len(model.history) - 1
