"""A kill at any step of any change leaves what was kept before it, or what is kept after it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from data.plan.kept import delete_plan, rename_plan, restore_plan, save_plan, trash
from data.plan.shelves import PLANS, SHELVES
from data.plan.toml import save_scenario
from data.store.engine import Store
from data.store.ledger.acts import acting
from services.plan.settings import default_settings
from tests.plan.kept import PLANNER, Kept, document, kept_now, killed, note, undo_last
from tests.store_v1 import empty_postgres


def token(name: str) -> str:
    return next(thrown.token for thrown in trash() if thrown.name == name)


def scenario(seed: int) -> object:
    return save_scenario("S", replace(default_settings("19.03"), seed=seed))


@dataclass(frozen=True)
class Change:
    """A change that is killed, of how many files staged and moved, and what comes before it."""

    do: Callable[[], object]
    staged: int
    moved: int
    first: Callable[[], object] = dict

    def steps(self) -> Iterator[tuple[str, bool]]:
        """Yield each step at which it may be killed, and whether it is decided by then."""
        yield from ((f"stage {n}", False) for n in range(self.staged))
        yield from ((step, False) for step in ("begin", "note", "commit"))
        yield from ((f"move {n}", True) for n in range(self.moved))
        yield "unlink", True


CHANGES = {
    "new": Change(lambda: save_plan("C", document(3)), 1, 1),
    "saved over": Change(lambda: save_plan("A", document(3)), 2, 2),
    "renamed": Change(lambda: rename_plan("A", "C"), 0, 1),
    "deleted": Change(lambda: delete_plan("A"), 0, 1),
    "restored": Change(lambda: restore_plan(token("T")), 0, 1),
    "restored in place": Change(
        lambda: restore_plan(token("T")), 1, 2, lambda: save_plan("T", document(6))
    ),
    "save undone": Change(undo_last, 1, 2, lambda: save_plan("A", document(3))),
    "new one undone": Change(undo_last, 0, 1, lambda: save_plan("C", document(3))),
    "delete undone": Change(undo_last, 0, 1, lambda: delete_plan("A")),
    "rename undone": Change(undo_last, 0, 2, lambda: rename_plan("A", "C")),
    "scenario": Change(lambda: scenario(8), 2, 2),
    "scenario undone": Change(undo_last, 1, 2, lambda: scenario(8)),
}


class Rehearsed(NamedTuple):
    """A folder in which a change is about to be done, and what is kept before and after it."""

    folder: Path
    before: Kept
    after: Kept


def prepare(change: Change) -> None:
    save_plan("A", document(1))
    save_plan("B", document(2, "19.02"))
    save_plan("T", document(5))
    delete_plan("T")
    scenario(7)
    change.first()


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Rehearsed]:
    """Do a change once in a folder of its own, and keep another where it is not done yet."""

    @cache
    def rehearse(name: str) -> Rehearsed:
        folder = tmp_path_factory.mktemp("rehearsed")
        with pytest.MonkeyPatch.context() as patch, acting(PLANNER):
            patch.delenv("DATABASE_URL", raising=False)
            patch.setenv("SIAGA_VAR", str(folder / "before"))
            prepare(CHANGES[name])
            before = kept_now()
            shutil.copytree(folder / "before", folder / "after")
            patch.setenv("SIAGA_VAR", str(folder / "after"))
            CHANGES[name].do()
            after = kept_now()
        assert after != before
        assert len(after.acts) == len(before.acts) + 1
        assert before.contents <= after.contents
        return Rehearsed(folder / "before", before, after)

    return rehearse


@pytest.fixture(autouse=True)
def planner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a planner act, in an installation of this test alone."""
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with acting(PLANNER):
        yield


def require_next_save(before: Kept) -> None:
    """Hold that whoever keeps a plan next can, and that nothing is lost by it."""
    content = save_plan("A", document(99)).read_bytes()
    found = kept_now()
    assert not (PLANS.folder / ".waiting").exists()
    assert found.files == {**before.files, "plans/A.json": content}
    assert before.contents < found.contents
    assert len(found.acts) == len(before.acts) + 1


STEPS = [(name, *step) for name, change in CHANGES.items() for step in change.steps()]


@pytest.mark.parametrize(("name", "step", "decided"), STEPS)
def test_a_killed_change_is_done_or_not(
    rehearsed: Callable[[str], Rehearsed], tmp_path: Path, name: str, step: str, decided: bool
) -> None:
    folder, before, after = rehearsed(name)
    shutil.copytree(folder, tmp_path / "var")
    assert killed(CHANGES[name].do, step)
    assert before.contents <= {path.read_bytes() for one in SHELVES for path in one.files()}
    found = kept_now()
    assert found == (after if decided else before)
    require_next_save(found)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_has_no_step_beyond_those_that_are_killed(
    rehearsed: Callable[[str], Rehearsed], tmp_path: Path, name: str
) -> None:
    folder, _, after = rehearsed(name)
    shutil.copytree(folder, tmp_path / "var")
    change = CHANGES[name]
    assert not killed(change.do, f"stage {change.staged}", f"move {change.moved}")
    assert kept_now() == after


def test_another_store_leaves_alone_what_it_cannot_know(
    rehearsed: Callable[[str], Rehearsed], tmp_path: Path
) -> None:
    folder, _, after = rehearsed("saved over")
    shutil.copytree(folder, tmp_path / "var")
    assert killed(CHANGES["saved over"].do, "move 0")
    Store.open(f"sqlite:///{tmp_path / 'lain.db'}").close()
    assert note().exists()
    assert kept_now() == after


LIKE_OTHERS = {"new", "save undone", "new one undone", "scenario undone"}
"""Changes that say nothing new to another store: they are killed in SQLite alone."""
TWICE = [
    (name, first, second)
    for name in ("saved over", "rename undone", "scenario undone")
    for first, second in (("move 0", "move 1"), ("move 1", "move 0"),
                          ("move 0", "unlink"), ("unlink", "unlink"))
]  # fmt: skip


@pytest.mark.parametrize(("name", "first", "second"), TWICE)
def test_whoever_ends_what_a_kill_left_may_be_killed_too(
    rehearsed: Callable[[str], Rehearsed], tmp_path: Path, name: str, first: str, second: str
) -> None:
    folder, _, after = rehearsed(name)
    shutil.copytree(folder, tmp_path / "var")
    assert killed(CHANGES[name].do, first)
    assert killed(lambda: Store.open().close(), second)
    assert kept_now() == after


@pytest.mark.postgres
@pytest.mark.parametrize("name", [name for name in CHANGES if name not in LIKE_OTHERS])
def test_a_killed_change_is_done_or_not_in_postgresql(
    rehearsed: Callable[[str], Rehearsed], postgres: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _, before, after = rehearsed(name)
    empty_postgres(postgres)
    monkeypatch.setenv("DATABASE_URL", postgres)
    change = CHANGES[name]
    prepare(change)
    for step, expected in (("commit", before), (f"move {change.moved - 1}", after)):
        assert killed(change.do, step)
        assert kept_now() == expected
    require_next_save(after)
