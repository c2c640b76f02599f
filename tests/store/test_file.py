"""Reading waits for nobody; a store that is gone, empty or damaged is never made over."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from cli import app
from data.errors import StoreError
from data.store.engine import Store
from services.explain import explain
from services.prepare import open_prepared
from services.texts import text

ROOT = Path(__file__).resolve().parents[2]
LOCK = """
import sqlite3, sys
holder = sqlite3.connect(sys.argv[1], isolation_level=None)
holder.execute("BEGIN IMMEDIATE")
holder.execute("UPDATE meta SET value = value")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(shipped_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a prepared store that is this installation's."""
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    source = shipped_store.engine.raw_connection()
    with closing(sqlite3.connect(tmp_path / "siaga.db")) as copy:
        source.driver_connection.backup(copy)  # type: ignore[union-attr]
    source.close()
    st.cache_resource.clear()
    return tmp_path / "siaga.db"


@pytest.fixture
def locked(path: Path) -> Iterator[Path]:
    """The file while another process is writing to it."""
    with closing(sqlite3.connect(path)) as made:
        made.execute("PRAGMA journal_mode=WAL")
    holder = subprocess.Popen(
        [sys.executable, "-c", LOCK, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    yield path
    holder.communicate(timeout=30)


def test_a_place_is_matched_beside_a_process_that_writes(locked: Path) -> None:
    started = time.monotonic()
    done = CliRunner().invoke(app, ["match", "Desa Mendo"])
    assert done.exit_code == 0, done.output
    assert "19.01.04" in done.output
    assert time.monotonic() - started < 25  # waiting for the writer takes 30


def test_a_page_is_read_beside_a_process_that_writes(locked: Path) -> None:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=25).run()
    assert not test.exception
    assert not test.error
    assert any("sb-date" in str(block.proto.body) for block in test.get("html"))


def test_opening_writes_nothing_into_a_store_that_is_up_to_date(path: Path) -> None:
    Store.open(f"sqlite:///{path}").close()
    path.chmod(0o444)
    before = path.read_bytes(), path.stat().st_mtime_ns
    store = Store.open(f"sqlite:///{path}")
    assert store.count("units") > 0
    store.close()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def vanish(path: Path) -> None:
    for file in path.parent.glob("siaga.db*"):
        if file.suffix != ".made":
            file.unlink()


def vanish_alone(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    os.truncate(path, 0)


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))


def replace(path: Path) -> None:
    other = path.with_name("other.db")
    shutil.copy(path, other)
    other.replace(path)


CASES = pytest.mark.parametrize(
    ("harm", "kind"),
    [(vanish, "vanished"), (vanish_alone, "vanished"), (empty, "emptied"), (damage, "damaged")],
    ids=lambda value: getattr(value, "__name__", None),
)


@CASES
def test_a_store_harmed_while_it_is_open_is_refused(
    path: Path, harm: Callable[[Path], None], kind: str
) -> None:
    store = open_prepared()
    store.revision()
    harm(path)
    left = path.read_bytes() if path.exists() else None
    for use in (store.revision, store.units, lambda: store.begin("setup.prepare").__enter__()):
        with pytest.raises(StoreError) as caught:
            use()
        assert caught.value.kind == kind
    with pytest.raises(StoreError) as caught:
        open_prepared()
    assert caught.value.kind == kind
    assert str(path) in explain(caught.value)
    store.close()
    assert (path.read_bytes() if path.exists() else None) == left


@CASES
def test_a_command_refuses_a_harmed_store_and_makes_no_other(
    path: Path, harm: Callable[[Path], None], kind: str
) -> None:
    open_prepared().close()
    harm(path)
    left = path.read_bytes() if path.exists() else None
    for command in (["match", "Mendo"], ["prepare"], ["export", "desa", "-o", "x.csv"]):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 2, done.output
        assert "Traceback" not in done.output
        assert str(path) in done.output
    assert (path.read_bytes() if path.exists() else None) == left


@CASES
def test_a_page_tells_of_a_harmed_store_and_goes_on_once_it_is_back(
    path: Path, harm: Callable[[Path], None], kind: str
) -> None:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not test.error
    with closing(sqlite3.connect(path)) as kept:
        kept.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(path, path.with_name("kept.db"))
    harm(path)
    test.run()
    assert not test.exception
    told = [one.value.replace("\\", "") for one in test.error]  # as Markdown
    for_operator = [one.value.replace("\\", "") for one in test.expander[0].error]
    assert "cli.py" not in told[0]
    assert told == [text("shell.store_closed"), *for_operator]
    assert str(path) in for_operator[0]
    for file in path.parent.glob("siaga.db-*"):
        file.unlink()
    path.with_name("kept.db").replace(path)
    test.run()
    assert not test.error


def test_a_file_put_in_place_of_the_store_is_opened_only_anew(path: Path) -> None:
    store = open_prepared()
    replace(path)
    with pytest.raises(StoreError) as caught:
        store.revision()
    assert caught.value.kind == "replaced"
    store.close()
    assert open_prepared().count("units") > 0


GROW = """
import os, sqlite3, sys
store = sqlite3.connect(sys.argv[1])
store.execute("PRAGMA wal_autocheckpoint=0")
store.execute("CREATE TABLE grown (x)")
store.execute("INSERT INTO grown VALUES (zeroblob(4000000))")
store.commit()
with sqlite3.connect(":memory:") as copy:
    store.backup(copy)
    first_page = copy.serialize()[:4096]
file = os.open(sys.argv[1], os.O_WRONLY)
os.pwrite(file, first_page, 0)
print("half-way", flush=True)
sys.stdin.read()
"""


def test_a_store_is_read_while_a_checkpoint_is_half_way(path: Path) -> None:
    """The first page is back in the file and says how long it will be; the file is shorter yet."""
    Store.open(f"sqlite:///{path}").close()
    size = path.stat().st_size
    writer = subprocess.Popen(
        [sys.executable, "-c", GROW, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert writer.stdout is not None
    assert writer.stdout.readline() == "half-way\n"
    assert path.stat().st_size == size
    store = Store.open(f"sqlite:///{path}")
    assert store.count("units") > 0
    store.close()
    writer.communicate(timeout=30)


def test_a_store_that_lost_its_end_is_told_so(path: Path) -> None:
    open_prepared().close()
    with closing(sqlite3.connect(path)) as whole:
        whole.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(StoreError) as caught:
        open_prepared()
    assert caught.value.kind == "damaged"


def test_a_store_may_be_made_again_where_its_mark_is_taken_away(path: Path) -> None:
    open_prepared().close()
    vanish(path)
    with pytest.raises(StoreError, match=r"siaga\.db\.made"):
        open_prepared()
    path.with_name("siaga.db.made").unlink()
    store = open_prepared()
    assert store.count("units") > 0
    store.close()


def test_a_database_of_something_else_is_no_store(tmp_path: Path) -> None:
    for statement in ("CREATE TABLE other (x)", "PRAGMA user_version = 1"):
        path = tmp_path / f"{len(statement)}.db"
        with closing(sqlite3.connect(path)) as made:
            made.execute(statement)
        before = path.read_bytes()
        with pytest.raises(StoreError) as caught:
            Store.open(f"sqlite:///{path}")
        assert caught.value.kind == "emptied"
        assert path.read_bytes() == before


def test_a_writer_that_waits_too_long_is_told_so(
    locked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_prepared()
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    with pytest.raises(StoreError) as caught, store.begin("setup.prepare"):
        pass
    assert caught.value.kind == "busy"
    assert "Tidak ada yang disimpan" in explain(caught.value, "id")
    store.close()


def test_processes_that_start_at_once_make_one_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'siaga.db'}"
    code = "import sys; from data.store.engine import Store; Store.open(sys.argv[1]).close()"
    processes = [subprocess.Popen([sys.executable, "-c", code, url], cwd=ROOT) for _ in range(4)]
    assert [process.wait(timeout=300) for process in processes] == [0] * 4
    store = Store.open(url)
    with store.begin("setup.prepare") as connection:
        store.set_meta(connection, "x", "1")
    store.close()
    assert {p.name for p in tmp_path.iterdir()} == {"siaga.db", "siaga.db.made"}


def test_a_store_that_was_put_here_is_set_so_that_readers_do_not_wait(
    shipped_store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "put.db"
    source = shipped_store.engine.raw_connection()
    source.execute("VACUUM INTO ?", (str(path),))
    source.close()
    Store.open(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as found:
        assert found.execute("PRAGMA journal_mode").fetchone() == ("wal",)
