"""Two servers of one database: a folder that lacks a plan does not say that it is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from data.errors import FileUnreadableError
from data.plan.keeping import note_unknown
from data.plan.kept import delete_plan, load_plan, rename_plan, save_plan
from data.store.engine import Store
from data.store.ledger.acts import acting
from services.check import check_installation
from services.prepare import prepare
from tests.plan.kept import PLANNER, acts, document
from tests.postgres import temporary_postgres

pytestmark = pytest.mark.postgres
Move = Callable[[str], None]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Move]:
    """Let a planner act on a database; yields what moves him to the folder of another server."""
    with temporary_postgres() as url, acting(PLANNER):
        monkeypatch.setenv("DATABASE_URL", url)

        def move(name: str) -> None:
            (tmp_path / name).mkdir(exist_ok=True)
            monkeypatch.setenv("SIAGA_VAR", str(tmp_path / name))

        move("one")
        with closing(Store.open()) as store:
            prepare(store)
        yield move


def _said() -> tuple[str, ...]:
    found = {finding.subject: finding.faults for finding in check_installation(lang="en")}
    return found["plans"]


def test_servers_that_share_a_folder_share_the_plans(server: Move) -> None:
    save_plan("A", document(1))
    save_plan("A", document(2))  # as another process does: the folder is the same
    assert load_plan("A")["n"] == 2
    assert _said() == ()


def test_a_folder_of_its_own_is_named_and_spoils_nothing(server: Move) -> None:
    save_plan("A", document(1))
    before = acts()
    server("two")
    (said,) = _said()
    assert "plans/A.json" in said
    assert "share that folder" in said
    with closing(Store.open()) as store:
        note_unknown(store)
    for act in (
        lambda: save_plan("A", document(2)),
        lambda: delete_plan("A"),
        lambda: rename_plan("A", "B"),
    ):
        with pytest.raises(FileUnreadableError, match="plan_elsewhere"):
            act()
    assert acts() == before  # the log does not say that the plan of the other is gone
    server("one")
    assert load_plan("A")["n"] == 1
    assert _said() == ()
    save_plan("A", document(3))
    assert load_plan("A")["n"] == 3
