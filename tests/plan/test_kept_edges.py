"""Kept plans where it is tight: locks, links, notes that are none, a store that is busy, words."""

from __future__ import annotations

import contextvars
import json
import os
import signal
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from data.errors import BackupError, FileUnreadableError, RecordChangedError, StoreError
from data.export import write_file
from data.plan.keeping import differing, files_at_rest
from data.plan.kept import (
    delete_plan,
    load_plan,
    read_plan,
    rename_plan,
    restore_plan,
    save_plan,
    saved_plans,
    trash,
)
from data.plan.shelves import PLANS, changing_files
from data.store.engine import Store
from geo.errors import ParameterError
from services.backup import back_up, restore
from services.check import check_installation
from services.explain import explain
from services.ledger.audit import line_of, undo_act
from services.ledger.history import act_seen, acts_seen, acts_table
from services.plan import job as jobs
from services.plan.job import keep_again, start
from tests.conftest import copy_store
from tests.plan.kept import document, killed, note, undo_last
from tests.store_v1 import empty_postgres

pytestmark = pytest.mark.usefixtures("planner")


def quick(data: object) -> dict[str, Any]:
    del data
    return document(8)


def aside(work: Callable[[], object]) -> threading.Thread:
    """Begin work beside the test, as whoever acts in it."""
    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,), daemon=True)
    thread.start()
    return thread


def last_act() -> int:
    with closing(Store.open()) as store:
        return int(store.read("audit_log")["seq"].max())


def killed_once_committed(n: int) -> None:
    """Save a plan in a process that dies before the file has its name."""
    assert killed(lambda: save_plan("A", document(n)), "move 0")


def test_the_very_first_plan_waits_for_whoever_reads_all_of_them() -> None:
    with closing(Store.open()) as store:
        assert not PLANS.folder.exists()
        with files_at_rest(store):
            saving = aside(lambda: save_plan("A", document(1)))
            saving.join(1.0)
            assert (saving.is_alive(), saved_plans()) == (True, [])
            assert store.read("kept_files").empty
        saving.join(60)
        assert (saving.is_alive(), saved_plans()) == (False, ["A"])


def test_a_plan_that_is_being_saved_is_not_called_changed() -> None:
    path, found = save_plan("A", document(1)), []
    kept = path.read_bytes()
    with closing(Store.open()) as store:
        with changing_files():
            path.write_bytes(b"half")
            looking = aside(lambda: found.append(differing(store)))
            looking.join(0.5)
            path.write_bytes(kept)
        looking.join(60)
    assert found == [[]]


def test_what_a_killed_process_left_is_ended_by_whoever_had_opened_before(tmp_path: Path) -> None:
    save_plan("A", document(1))
    with closing(Store.open()) as store:
        killed_once_committed(2)
        assert (differing(store), load_plan("A")["n"]) == ([], 2)
        killed_once_committed(3)
        with files_at_rest(store):
            assert load_plan("A")["n"] == 3
    back_up(tmp_path / "a.zip", lambda _done, _of: None)
    (told,) = [one for one in check_installation() if one.subject == "plans"]
    assert told.faults == ()


def test_a_backup_is_not_restored_over_the_note_of_another_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_plan("A", document(1))
    back_up(tmp_path / "a.zip", lambda _done, _of: None)
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path / "b"))
    note = tmp_path / "b" / "plans" / ".moving"
    note.parent.mkdir(parents=True)
    note.write_text("{}")
    with pytest.raises(BackupError, match="moving"):
        restore(tmp_path / "a.zip", lambda _done, _of: None)
    note.unlink()
    restore(tmp_path / "a.zip", lambda _done, _of: None)
    assert load_plan("A")["n"] == 1


def test_a_folder_that_moved_ends_what_a_kill_left_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path / "old"))
    save_plan("A", document(1))
    killed_once_committed(2)
    (tmp_path / "old").rename(tmp_path / "new")
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path / "new"))
    save_plan("B", document(3))
    assert (load_plan("A")["n"], load_plan("B")["n"]) == (2, 3)


SLOW_COMMIT = (
    "create function slow() returns trigger language plpgsql"
    " as 'begin perform pg_sleep(3); return null; end'",
    "create constraint trigger slow after insert on kept_files"
    " deferrable initially deferred for each row execute function slow()",
)


@pytest.mark.postgres
def test_a_commit_that_outlives_the_process_which_asked_for_it_is_waited_for(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty_postgres(postgres)
    monkeypatch.setenv("DATABASE_URL", postgres)
    save_plan("A", document(1))
    server = create_engine(postgres)
    with server.begin() as connection:
        for words in SLOW_COMMIT:
            connection.exec_driver_sql(words)
    child = os.fork()
    if not child:
        save_plan("A", document(2))
        os._exit(0)
    busy = "SELECT count(*) FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active'"
    with server.connect() as connection:
        while not connection.exec_driver_sql(busy).scalar():
            connection.rollback()  # the server tells of one moment as long as one looks
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with closing(Store.open()) as store:
        assert (differing(store), load_plan("A")["n"]) == ([], 2)
    server.dispose()


def test_what_others_put_into_the_trash_or_a_kill_left_of_a_note_is_in_nobodys_way() -> None:
    save_plan("A", document(1))
    (PLANS.trash / "x~y.json").write_text("{}")
    left = PLANS.folder / ".part-1"
    left.mkdir()
    (left / ".moving").write_text("{")
    delete_plan("A")
    undo_last()
    assert ([thrown.name for thrown in trash()], load_plan("A")["n"]) == ([], 1)
    assert ((PLANS.trash / "x~y.json").exists(), left.exists()) == (True, False)


def test_what_is_back_already_leaves_the_trash_and_says_nothing_new() -> None:
    save_plan("A", document(1))
    token = delete_plan("A")
    save_plan("A", document(1))
    before = last_act()
    assert restore_plan(token) == "A"
    assert (trash(), load_plan("A")["n"], last_act()) == ([], 1, before)
    with closing(Store.open()) as store:
        undo_act(store, before)  # what was kept goes to the trash, from where it comes back
        undo_act(store, last_act())
    assert load_plan("A")["n"] == 1


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_link_is_another_plan_and_its_name_is_taken(link: Callable[[Path, Path], None]) -> None:
    path = save_plan("A", document(1))
    link(path, PLANS.path("B"))
    for name, new in (("A", "B"), ("B", "A")):
        with pytest.raises(FileUnreadableError, match="plan_name_taken"):
            rename_plan(name, new)
    assert {load_plan(name)["n"] for name in ("A", "B")} == {1}
    rename_plan("A", "a")
    rename_plan("a", "a")
    assert json.loads(PLANS.path("a").read_text()) == document(1)


@pytest.mark.parametrize("content", ["9" * 5000, "[" * 100_000, '{"n": ', "\ud800", "[]"])
def test_a_file_that_is_no_plan_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content.encode(errors="surrogatepass"))
    with pytest.raises(FileUnreadableError, match="plan_not_json"):
        read_plan(path)


NOTE = {"after_digest": "", "after_seq": 0, "action": "plan.keep", "subject": "A", "paths": []}


@pytest.mark.parametrize(
    "wrong",
    [
        {"paths": 7},
        {"paths": [["plans/a.json"]]},
        {"paths": [[1, 2]]},
        {"paths": [["plans/A.json", "/tmp/a.json"]]},
        {"paths": [["../a", "plans/A.json"]]},
        {"paths": [["plans/\0", "plans/A.json"]]},
        {"after_seq": "x"},
        {"after_seq": float("inf")},
    ],
)
def test_a_note_that_moves_elsewhere_is_told_and_check_names_it(wrong: dict[str, Any]) -> None:
    path = save_plan("A", document(1))
    with closing(Store.open()) as store:
        note().write_text(json.dumps(NOTE | wrong))
        with files_at_rest(store):
            assert path.exists()
        with pytest.raises(FileUnreadableError, match="plan_note"):
            save_plan("A", document(2))
        (told,) = [one for one in check_installation(lang="en") if one.subject == "plans"]
        assert ".moving" in " ".join(told.faults)
    note().unlink()
    assert load_plan("A")["n"] == 1


def test_the_disk_holds_a_file_before_its_name_and_the_name_before_the_note_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save_plan("A", document(1))
    told: list[str] = []
    sync, rename, unlink = os.fsync, os.replace, Path.unlink

    def synced(handle: int) -> None:
        told.append(f"sync {Path(os.readlink(f'/proc/self/fd/{handle}')).name}")
        sync(handle)

    def replaced(source: str | Path, target: str | Path) -> None:
        told.append(f"name {Path(target).parent.name}/{Path(target).name}")
        rename(source, target)

    def unlinked(self: Path, *arguments: object, **named: object) -> None:
        told.append(f"gone {self.name}")
        unlink(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("os.fsync", synced)
    monkeypatch.setattr("os.replace", replaced)
    monkeypatch.setattr(Path, "unlink", unlinked)
    write_file(PLANS.folder / "lain.txt", b"1")
    assert told == ["sync lain.txt", "name plans/lain.txt", "sync plans"]
    told.clear()
    save_plan("A", document(2))
    staged = told.index("name .waiting/A.json")
    assert told[staged - 1 : staged + 2] == ["sync A.json", "name .waiting/A.json", "sync .waiting"]
    assert told.index("sync .moving") > staged
    moved = told.index("name plans/A.json")
    assert told[moved + 1 : moved + 3] == ["sync plans", "gone .moving"]


def test_a_plan_that_was_found_is_not_lost_to_a_store_that_is_busy(
    tmp_path: Path, shipped_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_store(shipped_store, tmp_path / "siaga.db")

    def busy(*_: object) -> None:
        raise StoreError("sqlite", "busy", "busy")

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "save_plan", busy)
        job = start(quick, key="19.03", seconds=1.0, name="B")
        assert job.work.wait(120)
        assert (job.status, job.document, saved_plans()) == ("failed", document(8), [])
        assert job.words["en"]
        with pytest.raises(StoreError):
            keep_again(job)
        assert job.status == "failed"
    keep_again(job)
    assert (job.status, load_plan("B")) == ("done", document(8))
    jobs.forget(job)
    job.document = None
    with pytest.raises(ParameterError):
        keep_again(job)


def test_the_history_names_the_plan_and_what_of_it_changed() -> None:
    save_plan("Pongok", document(1))
    save_plan("Pongok", document(2))
    kept = last_act()
    with closing(Store.open()) as store:
        undo_act(store, kept, "salah")
        acts = acts_seen(store, 12)
        table = acts_table(acts, "en")
        assert table["Act"].tolist() == [
            f"undo an act: {kept}",
            "Pongok: make or change a plan",
            "Pongok: make or change a plan",
        ]
        assert table["No."].tolist() == [kept + 1, kept, kept - 1]
        assert "  Pongok: " in line_of(acts.iloc[1].to_dict(), "id")
        shown, more = act_seen(store, kept, "id")
        assert more == 0
        (change,) = shown.to_dict("records")
        assert (change["Catatan"], change["Kolom"]) == ("rencana Pongok", "sidik isi berkas")
        assert [len(change[name]) for name in ("Sebelum", "Sesudah")] == [12, 12]
        assert change["Sebelum"] != change["Sesudah"]
        PLANS.path("Pongok").write_text(json.dumps(document(9)))
        with pytest.raises(RecordChangedError) as caught:
            undo_act(store, kept + 1)
    words = explain(caught.value, "id")
    assert "rencana Pongok sudah diubah lagi sesudahnya: sidik isi berkas" in words
    assert "kept_files" not in words
