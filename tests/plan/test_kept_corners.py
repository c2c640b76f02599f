"""What is rare among kept plans: locks, commits that fail, files of other hands, odd names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from data.errors import FileUnreadableError, RightError, SourceMissingError, StoreError
from data.ingest.words import expected
from data.plan.keeping import note_unknown
from data.plan.kept import (
    base_key,
    delete_plan,
    kept_plans,
    rename_plan,
    restore_plan,
    save_plan,
    saved_plans,
    trash,
)
from data.plan.moves import settle_moves
from data.plan.shelves import (
    PLANS,
    SCENARIOS,
    Shelf,
    changing_files,
    is_name,
    kabupaten_of,
    nobody_changing,
)
from data.store.engine import Store
from data.store.ledger.acts import Actor, acting
from tests.conftest import ROOT
from tests.plan.kept import PLANNER, acts, document, kept_now, note, undo_last

pytestmark = pytest.mark.usefixtures("planner")
WAIT_S = 0.3
STAMP = "20240101T000000000000"
FOUND = ("plan.found", "sistem")


def put(name: str, content: str) -> Path:
    """Put a plan down as other hands do."""
    PLANS.trash.mkdir(parents=True, exist_ok=True)
    path = PLANS.path(name)
    path.write_text(content)
    return path


def note_all() -> None:
    with closing(Store.open()) as store:
        note_unknown(store)


def settle() -> None:
    with suppress(FileUnreadableError):
        settle_moves(lambda _: None)


def look() -> None:
    with nobody_changing():
        pass


def ends_at_once(hold: Callable[[], object], work: Callable[[], object]) -> bool:
    """Tell whether work of another thread ends while this one holds a lock; it does afterwards."""
    with ThreadPoolExecutor(1) as pool:
        with hold():  # type: ignore[attr-defined]
            task = pool.submit(work)
            ended = bool(wait([task], WAIT_S).done)
        task.result(30)
    return ended


def test_who_changes_files_waits_for_whoever_does_or_reads_them() -> None:
    with nobody_changing():
        assert not PLANS.folder.exists(), "whoever only reads makes no folder"
    Store.open().close()
    put("lama", "{}")
    assert not ends_at_once(nobody_changing, note_all)
    assert ends_at_once(nobody_changing, look)
    note().write_text("{}")
    assert not ends_at_once(changing_files, settle)
    note().unlink()
    put("baru", "{}")
    for work in (note_all, look, lambda: save_plan("A", document(1))):
        assert not ends_at_once(changing_files, work)
    assert sorted(saved_plans()) == ["A", "baru", "lama"]


KILLED_ELSEWHERE = """
from data.plan.kept import rename_plan
from data.store.ledger.acts import acting
from tests.plan.kept import PLANNER, killed
with acting(PLANNER):
    assert killed(lambda: rename_plan("A", "C"), "move 0")
"""


def kill_elsewhere() -> None:
    """Have a rename be killed that has no connection of this process to share."""
    subprocess.run([sys.executable, "-c", KILLED_ELSEWHERE], cwd=ROOT, check=True)


def test_a_kill_after_the_store_was_opened_is_ended_before_anything_is_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save_plan("A", document(1))

    @contextmanager
    def killed_before() -> Iterator[None]:
        kill_elsewhere()
        with changing_files():
            yield

    with monkeypatch.context() as patch:
        patch.setattr("data.plan.keeping.changing_files", killed_before)
        save_plan("C", document(2))
    found = kept_now()
    assert [json.loads(content)["n"] for content in found.files.values()] == [2]
    assert [(name, json.loads(content)["n"]) for name, content in found.thrown] == [("C", 1)]
    assert FOUND not in found.acts


def test_a_kill_after_the_store_was_opened_is_ended_before_files_are_found() -> None:
    save_plan("A", document(1))
    put("lama", "{}")
    with closing(Store.open()) as store:
        kill_elsewhere()
        note_unknown(store)
    found = kept_now()
    assert set(found.files) == {"plans/C.json", "plans/lama.json"}
    assert acts()[2:] == [(*FOUND, "lama")]


def fail_while_noted(_: Connection) -> None:
    if note().exists():
        raise RuntimeError("gone")


@pytest.mark.parametrize("answers", [True, False])
def test_a_commit_that_fails_moves_nothing(monkeypatch: pytest.MonkeyPatch, answers: bool) -> None:
    save_plan("A", document(1))
    before = kept_now()

    def silent(*_: object) -> None:
        raise StoreError("sqlite", "silent", "unusable")

    event.listen(Engine, "commit", fail_while_noted)
    try:
        with monkeypatch.context() as patch:
            if not answers:
                patch.setattr(Store, "was_decided", silent)
            with pytest.raises(RuntimeError, match=r"^gone$"):
                save_plan("A", document(2))
    finally:
        event.remove(Engine, "commit", fail_while_noted)
    assert note().exists() is not answers, "whoever comes next asks where the store was silent"
    assert kept_now() == before


def test_a_commit_whose_answer_is_lost_is_carried_out(monkeypatch: pytest.MonkeyPatch) -> None:
    save_plan("A", document(1))
    begin = Store.begin

    @contextmanager
    def unanswered(self: Store, action: str, **words: str | None) -> Iterator[Connection]:
        with begin(self, action, **words) as connection:
            yield connection
        raise StoreError("postgresql", "gone", "unusable")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "begin", unanswered)
        with pytest.raises(StoreError):
            save_plan("A", document(2))
    assert not note().exists()
    assert json.loads(kept_now().files["plans/A.json"])["n"] == 2


@pytest.mark.parametrize("right", [os.W_OK, os.X_OK])
def test_a_trash_that_nobody_may_write_to_is_told_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch, right: int
) -> None:
    save_plan("A", document(1))
    before, access = kept_now(), os.access

    def refused(path: Path, mode: int) -> bool:
        return not (Path(path) == PLANS.trash and mode & right) and access(path, mode)

    with monkeypatch.context() as patch:
        patch.setattr(os, "access", refused)
        told = refusal(lambda: save_plan("A", document(2)))
    assert told == (str(PLANS.trash), "unwritable", expected("unwritable"))
    assert kept_now() == before


def test_what_other_hands_did_is_written_down_as_it_is() -> None:
    save_plan("A", document(1, "19.02"))
    put("A", json.dumps(document(2)))
    save_plan("B", document(3))
    note_all()
    assert len(acts()) == 2, "those that are known are left to whoever next changes them"
    PLANS.path("B").unlink()
    with acting(replace(PLANNER, areas=("19.03",))):
        rename_plan("A", "C")
    save_plan("B", document(4))
    assert acts()[2:] == [
        (*FOUND, "A"),
        ("plan.keep", "kpu.1", "A"),
        (*FOUND, "B"),
        ("plan.keep", "kpu.1", "B"),
    ]
    assert [row[1::2] for row in kept_now().rows] == [("B", "19.03"), ("C", "19.03")]


def test_unknown_files_are_found_by_name_and_one_that_cannot_be_read_stops_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("c", "a", "d", "b"):
        put(name, "{}")
    read = Path.read_bytes

    def unread(self: Path) -> bytes:
        if self.name == "a.json":
            raise PermissionError(self)
        return read(self)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", unread)
        note_all()
    assert [subject for _, _, subject in acts()] == ["b", "c", "d"]
    note().write_text("{")
    note_all()
    note().unlink()
    assert len(acts()) == 3
    note_all()
    assert acts()[3:] == [(*FOUND, "a")]


def test_who_may_not_keep_plans_learns_nothing_of_them() -> None:
    save_plan("A", document(1))
    put("A", "{}")
    with acting(Actor("polda.1", "Polda", "pembaca")):
        for change in (lambda: delete_plan("A"), lambda: delete_plan("tiada")):
            with pytest.raises(RightError):
                change()
    assert len(acts()) == 1


def test_a_plan_of_its_own_name_comes_back_before_another_of_its_content() -> None:
    for name in ("A", "B"):
        save_plan(name, document(1))
    token = delete_plan("A")
    delete_plan("B")
    assert undo_last(1) == 1
    assert (saved_plans(), [thrown.name for thrown in trash()]) == (["A"], ["B"])
    with closing(Store.open()) as store:
        told = store.read("record_changes")
    assert told["reason"].tolist()[-1] == "salah"
    undo_last()
    token = next(thrown.token for thrown in trash() if thrown.name == "A")
    restore_plan(token)
    rename_plan("A", "C")
    assert undo_last(5) == 1, "the delete of A, for which the trash has the content of B alone"
    assert (sorted(saved_plans()), trash()) == (["A", "C"], [])


def test_the_trash_tells_when_and_the_last_thrown_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for hour, name in enumerate(("B", "A", "C")):
        monkeypatch.setenv("SIAGA_NOW", f"2024-02-10T0{hour}:00:00+00:00")
        save_plan(name, document(hour))
        delete_plan(name)
    save_plan("D", document(4))
    found = [(thrown.name, thrown.at.isoformat()) for thrown in trash()]
    assert found == [
        ("C", "2024-02-10T02:00:00+00:00"),
        ("A", "2024-02-10T01:00:00+00:00"),
        ("B", "2024-02-10T00:00:00+00:00"),
    ]
    assert [path.name[:2] for path in PLANS.files()] == ["D.", "A~", "B~", "C~"]


def test_saved_plans_are_told_newest_first() -> None:
    at = {"C": 9, "F": 3, "B": 3, "H": 3, "A": 3, "E": 3, "D": 1}
    for name, second in at.items():
        os.utime(save_plan(name, document(1)), (second, second))
    assert kept_plans() == tuple((name, at[name] * 10**9) for name in "CABEFHD")
    found = saved_plans()
    assert (found[0], set(found[1:-1]), found[-1]) == ("C", set("ABEFH"), "D")


@pytest.mark.parametrize("token", ["", "A", f"~{STAMP}", f"A~{STAMP}", f"../A~{STAMP}"])
def test_what_is_not_in_the_trash_is_not_restored(token: str) -> None:
    save_plan("A", document(1))
    with pytest.raises(SourceMissingError):
        restore_plan(token)
    assert len(acts()) == 1


def refusal(work: Callable[[], object]) -> tuple[str, str, str]:
    with pytest.raises(FileUnreadableError) as caught:
        work()
    return (str(caught.value.path), caught.value.reason, caught.value.expected)


def test_what_is_refused_is_told_with_what_was_expected() -> None:
    for name in ("A", "B"):
        save_plan(name, document(1))
    taken = ("B", "plan_name_taken", expected("plan_name_taken"))
    assert refusal(lambda: rename_plan("A", "B")) == taken
    bad = ("../A", "plan_name", expected("plan_name"))
    assert refusal(lambda: PLANS.path("../A")) == bad
    assert refusal(lambda: save_plan("../A", document(2))) == bad
    told = (str(note()), "plan_note", expected("plan_note"))
    moves = {"after_digest": "", "after_seq": 0, "action": "", "subject": "", "paths": []}
    for content in ("{", json.dumps(moves | {"after_digest": "of another store"})):
        note().write_text(content)
        assert refusal(lambda: save_plan("A", document(2))) == told
        assert note().read_text() == content
    note().unlink()
    assert len(acts()) == 2


def test_trips_in_another_spelling_are_the_same_base() -> None:
    trips = {"trips": [{"a": 1, "b": 2}]}
    assert base_key(trips) == base_key({"trips": [{"b": 2, "a": 1}], "about": {}})
    assert base_key(trips) != base_key({"trips": []})
    assert len(base_key(trips)) == 16


@pytest.mark.parametrize(
    ("shelf", "content", "kabupaten"),
    [
        (PLANS, b'{"about": {"kabupaten": "19.02"}}', "19.02"),
        (PLANS, b'{"kabupaten": "19.02"}', None),
        (PLANS, b'{"about": {"kabupaten": "19.2"}}', None),
        (PLANS, b'{"about": {"kabupaten": 1902}}', None),
        (PLANS, b'{"about": "19.02"}', None),
        (PLANS, b'["about"]', None),
        (PLANS, b"\xff", None),
        (PLANS, b'kabupaten = "19.02"', None),
        (SCENARIOS, b'kabupaten = "19.02"', "19.02"),
        (SCENARIOS, b'about = {kabupaten = "19.02"}', None),
        (SCENARIOS, b"kabupaten = 19.02", None),
        (SCENARIOS, b'{"kabupaten": "19.02"}', None),
    ],
)
def test_a_file_says_of_which_kabupaten_it_is(
    shelf: Shelf, content: bytes, kabupaten: str | None
) -> None:
    assert kabupaten_of(shelf, content) == kabupaten


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("A", True),
        ("H-1 Bangka_2.b", True),
        ("a" * 80, True),
        ("a" * 81, False),
        ("", False),
        (" A", False),
        ("A ", False),
        (".A", False),
        ("A/B", False),
        ("A~B", False),
        ("\u00c4", False),
        ("A\n", False),
    ],
)
def test_names_of_kept_files(name: str, good: bool) -> None:
    assert is_name(name) == good
