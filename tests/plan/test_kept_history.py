"""What is done to a kept plan stands in the history, is undone from it, and is never half done."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

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
from data.plan import moves
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
from data.plan.toml import read_scenario, save_scenario
from data.store.engine import Store
from data.store.ledger.acts import Actor, acting
from services.dataset import Dataset
from services.ledger.audit import audit, undo_act
from services.plan.job import start
from services.plan.make import PlanAsked
from services.plan.settings import default_settings
from tests.conftest import copy_store

PLANNER = Actor("kpu.1", "KPU", "perencana")
OF_SELATAN = Actor("kpu.3", "KPU", "perencana", ("19.03",))


@pytest.fixture(autouse=True)
def planner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a planner act, in an installation of this test alone."""
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with acting(PLANNER):
        yield


def quick(data: Dataset, value: object) -> dict[str, object]:
    del data, value
    return document(8)


def document(n: int, kabupaten: str = "19.03") -> dict[str, object]:
    return {"about": {"kabupaten": kabupaten}, "n": n}


def acts() -> list[tuple[str, str, str]]:
    """Return what, by whom and about what, but for what makes the store."""
    with closing(Store.open()) as store:
        rows = store.read("audit_log")
        assert audit(store).faults == ()
    rows = rows[~rows["action"].str.startswith("setup.")]
    return list(zip(rows["action"], rows["account"], rows["subject"], strict=True))


def undo_last() -> int:
    with closing(Store.open()) as store:
        return undo_act(store, int(store.read("audit_log")["seq"].max()), "salah")


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
    save_plan("Belitung", document(1, "19.02"))
    with acting(OF_SELATAN):
        save_plan("Selatan", document(2))
        tries: list[Callable[[], object]] = [
            lambda: save_plan("Lain", document(3, "19.02")),
            lambda: save_plan("Belitung", document(3)),
            lambda: rename_plan("Belitung", "Lain"),
            lambda: delete_plan("Belitung"),
            lambda: require_keeping("19.02"),
            lambda: start(quick, PlanAsked("19.02"), key="19.02", seconds=1.0, name="Lain"),
        ]
        for attempt in tries:
            with pytest.raises(RightError) as caught:
                attempt()
            assert (caught.value.reason, caught.value.value) == ("area", "19.02")
    assert state() == {"Belitung": 1, "Selatan": 2}
    assert list(PLANS.folder.glob(".w*")) + list(PLANS.folder.glob(".m*")) == []


def test_a_job_keeps_its_plan_as_whoever_began_it(tmp_path: Path, shipped_store: Store) -> None:
    copy_store(shipped_store, tmp_path / "siaga.db")
    job = start(quick, PlanAsked("19.03"), key="19.03", seconds=1.0, name="Dari tugas")
    assert job.work.wait(120)
    assert job.status == "done", job.words
    assert acts()[-1] == ("plan.keep", "kpu.1", "Dari tugas")


STEPS = ("stage", "begin", "move 0", "move 1", "unlink")


@pytest.mark.parametrize("step", STEPS)
def test_whoever_comes_next_ends_what_a_kill_left(
    monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    save_plan("A", document(1))
    child = os.fork()
    if not child:
        _die_at(step)
        save_plan("A", document(2))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    Store.open().close()
    committed = step not in STEPS[:2]
    assert state() == {"A": 2 if committed else 1}
    assert len(acts()) == 1 + committed
    assert [thrown.name for thrown in trash()] == ["A"] * committed
    assert not (PLANS.folder / ".moving").exists()
    save_plan("A", document(3))
    assert state() == {"A": 3}


@pytest.mark.parametrize("step", STEPS[1:])
def test_an_undo_that_is_killed_is_done_or_not_and_loses_nothing(step: str) -> None:
    save_plan("A", document(1))
    save_plan("A", document(2))
    child = os.fork()
    if not child:
        _die_at(step)
        undo_last()
        os._exit(9)  # not all steps are steps of an undo
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    with closing(Store.open(f"sqlite:///{PLANS.folder.parent / 'lain.db'}")):
        pass  # another store knows nothing of it, and leaves it alone
    Store.open().close()
    assert state() == {"A": 2 if step == "begin" else 1}
    assert {json.loads(path.read_text())["n"] for path in PLANS.files()} == {1, 2}


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


def _die_at(step: str) -> None:
    """Have this process end at a step without tidying up."""
    if step == "stage":
        moves.write_file.__globals__["whole_file"] = lambda _path: os._exit(9)
        return
    if step == "begin":
        Store.begin = lambda *_a, **_n: os._exit(9)  # type: ignore[method-assign]
        return
    rename, unlink, seen = os.replace, Path.unlink, []

    def replaced(source: str | Path, target: str | Path) -> None:
        if ".waiting" in str(source) and ".part-" not in str(source):
            seen.append(source)
            if step == f"move {len(seen) - 1}":
                os._exit(9)
        rename(source, target)

    def unlinked(self: Path, *arguments: object, **named: object) -> None:
        if step == "unlink" and self.name == ".moving":
            os._exit(9)
        unlink(self, *arguments, **named)  # type: ignore[arg-type]

    os.replace = replaced  # type: ignore[assignment]
    Path.unlink = unlinked  # type: ignore[method-assign,assignment]


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


NAMES = ("A", "B", "C")
STEP = st.one_of(
    st.tuples(st.just("save"), st.sampled_from(NAMES), st.integers(0, 4)),
    st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("delete"), st.sampled_from(NAMES), st.none()),
    st.tuples(st.just("restore"), st.integers(0, 2), st.none()),
    st.tuples(st.just("undo"), st.none(), st.none()),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, min_size=1, max_size=8))
def test_files_and_rows_agree_whatever_is_done(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, steps: list
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path_factory.mktemp("steps")))
    kept: set[bytes] = set()
    for what, one, other in steps:
        try:
            if what == "save":
                kept.add(save_plan(one, document(other)).read_bytes())
            elif what == "rename":
                rename_plan(one, other)
            elif what == "delete":
                delete_plan(one)
            elif what == "restore":
                restore_plan(trash()[one].token)
            else:
                undo_last()
        except (SourceMissingError, FileUnreadableError, RecordChangedError, IndexError):
            pass
        except ActUnknownError:
            pass
        state()
        left = {path.read_bytes() for path in PLANS.files()}
        assert kept <= left, "a plan is gone"
