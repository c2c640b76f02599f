"""Disks that are full or read-only, and stores full of noise: words, and never another store."""

from __future__ import annotations

import os
import random
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import streamlit as st
from sqlalchemy import create_engine
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from cli import app
from data.errors import StoreError
from data.plan.kept import delete_plan, save_plan, saved_plans
from data.plan.shelves import PLANS
from data.plan.toml import save_scenario
from data.polling.hari_h import write_statuses
from data.store.engine import Store
from services.backup import back_up
from services.explain import EXPLAINED, explain
from services.ingest.imports import Asked, import_file
from services.plan.settings import settings_from_text
from services.prepare import open_prepared
from tests.conftest import copy_store
from tests.disks import fill, read_only, small_disk
from tests.store_v1 import empty_postgres, rows_of

ROOT = Path(__file__).resolve().parents[2]
AT = datetime(2024, 2, 14, 1, tzinfo=UTC)
ROWS = 4000
SETTINGS = settings_from_text('kabupaten = "19.04"', "x.toml")


@pytest.fixture
def report_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "laporan.csv"
    lines = [f"2024-02-14,19.04.01.2007,Logistik kurang,{n} {'x' * 900},r" for n in range(ROWS)]
    path.write_text("Tanggal,Kode,Jenis,Uraian,Sumber\n" + "\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def disk(
    shipped_store: Store, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """An installation on a disk of 16 MiB, which has room for its store and little else."""
    with small_disk(tmp_path_factory.mktemp("small") / "var", 16 * 1024) as folder:
        monkeypatch.setenv("SIAGA_VAR", str(folder))
        monkeypatch.delenv("DATABASE_URL", raising=False)
        copy_store(shipped_store, folder / "siaga.db")
        st.cache_resource.clear()
        yield folder


def told(use: Callable[[], object]) -> str:
    """Return in what words something is refused; anything that has none is a fault."""
    with pytest.raises(EXPLAINED) as caught:
        use()
    words = explain(caught.value, "id")
    assert words != explain(caught.value, "en")
    return words


def test_a_full_disk_keeps_nothing_of_a_write_and_all_that_was_there(
    disk: Path, report_file: Path
) -> None:
    store = open_prepared()
    save_plan("rencana", {"trips": [1]})
    before = rows_of(store.engine.url.render_as_string())
    stuff = fill(disk, leave_kib=300)
    station = str(store.read("tps")["tps_id"].iloc[0])
    assert "full" in told(lambda: import_file(store, "reports", report_file, Asked()))
    done = CliRunner().invoke(app, ["import", "reports", str(report_file)])
    assert (done.exit_code, "Traceback" in done.output) == (2, False)
    assert "siaga.db" in done.stderr
    fill(disk)
    other = disk / "stuff2"
    with pytest.raises(OSError, match="No space"):
        other.write_bytes(b"\0" * 4096)
    told(lambda: write_statuses(store, [station] * 1 + _stations(store), "buka", AT, "PPS"))
    told(lambda: save_plan("rencana", {"trips": list(range(100_000))}))
    told(lambda: save_plan("baru", {"trips": list(range(100_000))}))
    told(lambda: save_scenario("baru", SETTINGS))
    told(lambda: back_up(disk / "a.zip", lambda *_: None))
    done = CliRunner().invoke(app, ["backup", "-o", str(disk / "a.zip")])
    assert (done.exit_code, "Traceback" in done.output) == (2, False)
    store.close()
    for path in (stuff, other):
        path.unlink(missing_ok=True)
    assert rows_of(f"sqlite:///{disk / 'siaga.db'}") == before
    assert saved_plans() == ["rencana"]
    assert not list(disk.glob("**/.part-*")) + list(disk.glob("*.zip"))
    store = open_prepared()
    assert import_file(store, "reports", report_file, Asked()).accepted == ROWS
    store.close()


def _stations(store: Store) -> list[str]:
    return [str(key) for key in store.read("tps")["tps_id"].iloc[1:]]


def test_a_page_of_a_store_on_a_full_disk_is_read(disk: Path) -> None:
    Store.open().close()
    fill(disk)
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not test.exception
    shown = [one.value for one in test.error]
    blocks = any("sb-date" in str(block.proto.body) for block in test.get("html"))
    assert blocks or any("basis data" in words.lower() for words in shown)


def test_a_first_start_on_a_full_disk_leaves_nothing_half_made(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path_factory.mktemp("small") / "var", 256) as folder:
        monkeypatch.setenv("SIAGA_VAR", str(folder))
        monkeypatch.delenv("DATABASE_URL", raising=False)
        fill(folder, leave_kib=100)
        done = CliRunner().invoke(app, ["prepare"])
        assert (done.exit_code, "Traceback" in done.output) == (2, False), done.output
        assert {path.name for path in folder.iterdir()} <= {"stuff"}


LIMITED = """
import resource, signal, sys
from pathlib import Path
from services.explain import EXPLAINED, explain
from services.ingest.imports import Asked, import_file
from services.plan.settings import settings_from_text
from services.prepare import open_prepared
store = open_prepared()
limit = int(sys.argv[2])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    import_file(store, "reports", Path(sys.argv[1]), Asked())
except EXPLAINED as error:
    print(explain(error))
"""


def test_a_write_that_may_not_grow_the_file_is_told_in_words(
    installation: Path, report_file: Path
) -> None:
    """The same without the right to mount: a limit on the size of files stands in for the disk."""
    assert resource.RLIMIT_FSIZE >= 0
    open_prepared().close()
    before = rows_of(f"sqlite:///{installation / 'siaga.db'}")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(report_file), str(1 << 20)],
        cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "siaga.db" in done.stdout
    assert rows_of(f"sqlite:///{installation / 'siaga.db'}") == before


def test_a_read_only_folder_is_told_in_words(installation: Path, report_file: Path) -> None:
    store = open_prepared()
    save_plan("rencana", {"trips": [1]})
    with store.begin("setup.prepare") as connection:
        store.set_meta(connection, "z", "keeps a WAL beside the file")
    before = rows_of(store.engine.url.render_as_string())
    station = str(store.read("tps")["tps_id"].iloc[0])
    with read_only(installation):
        fresh = open_prepared()
        assert "readonly" in told(lambda: write_statuses(fresh, [station], "buka", AT, "PPS"))
        assert "readonly" in told(lambda: import_file(fresh, "reports", report_file, Asked()))
        for use in (
            lambda: save_plan("rencana", {"trips": [2]}),
            lambda: save_plan("baru", {"trips": [2]}),
            lambda: delete_plan("rencana"),
            lambda: save_scenario("baru", SETTINGS),
            lambda: back_up(installation / "a.zip", lambda *_: None),
        ):
            told(use)
        for command in (
            ["import", "reports", str(report_file)],
            ["backup", "-o", str(installation / "a.zip")],
        ):
            done = CliRunner().invoke(app, command)
            assert (done.exit_code, "Traceback" in done.output) == (2, False), done.output
        assert CliRunner().invoke(app, ["match", "Koba"]).exit_code == 0
        fresh.close()
    assert rows_of(store.engine.url.render_as_string()) == before
    assert (saved_plans(), (PLANS.folder / "baru.json").exists()) == (["rencana"], False)
    store.close()


def test_a_restore_to_a_disk_that_is_too_small_leaves_nothing(
    installation: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_plan("rencana", {"trips": [1]})
    path = back_up(installation / "a.zip", lambda *_: None).path
    with small_disk(tmp_path_factory.mktemp("small") / "var", 2048) as folder:
        monkeypatch.setenv("SIAGA_VAR", str(folder))
        done = CliRunner().invoke(app, ["restore", str(path)])
        assert (done.exit_code, "Traceback" in done.output) == (2, False), done.output
        assert list(folder.iterdir()) == []
    with small_disk(folder, 16 * 1024):
        assert CliRunner().invoke(app, ["restore", str(path)]).exit_code == 0
        assert saved_plans() == ["rencana"]


PAGES_HARMED = 6


@pytest.mark.parametrize("turn", range(4))
def test_noise_in_pages_is_found_or_harms_nothing_that_is_read(
    installation: Path, turn: int
) -> None:
    """Pages at random are written over: every table is as it was, or the fault is told."""
    path = installation / "siaga.db"
    Store.open().close()
    with closing(sqlite3.connect(path)) as whole:
        whole.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = rows_of(f"sqlite:///{path}")
    chance = random.Random(turn)
    size, pages = 4096, path.stat().st_size // 4096
    with path.open("r+b") as file:
        for at in chance.sample(range(0 if turn == 0 else 1, pages), PAGES_HARMED):
            file.seek(at * size + chance.choice([0, 0, 8, 1000]))
            file.write(chance.randbytes(chance.choice([64, 3000])))
    harmed = path.read_bytes()
    check = CliRunner().invoke(app, ["check"])
    assert check.exit_code in {1, 2}, check.output
    assert "Traceback" not in check.output
    for command in (["match", "Koba"], ["backup", "-o", str(installation / f"{turn}.zip")]):
        done = CliRunner().invoke(app, command)
        assert done.exit_code in {0, 2}, done.output
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    st.cache_resource.clear()
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not page.exception
    try:
        store = Store.open(change=False)
        for name in before:
            if name != "alembic_version":
                store.read(name)
        store.close()
    except StoreError as error:
        if error.kind not in {"damaged", "structure", "newer", "older", "emptied"}:
            raise
    unchanged = path.read_bytes() == harmed
    assert unchanged, "something was written over what is left"


@pytest.mark.postgres
def test_a_server_that_drops_a_writer_is_told_in_words(postgres: str) -> None:
    """Its process is ended in the middle of a write, which keeps nothing; the next one is kept."""
    empty_postgres(postgres)
    store = Store.open(postgres)
    other = create_engine(postgres)

    def write() -> None:
        with store.begin("setup.prepare") as connection:
            store.set_meta(connection, "z", "half")
            backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            with other.connect() as killer:
                killer.exec_driver_sql(f"SELECT pg_terminate_backend({backend})")
            store.set_meta(connection, "zz", "more")

    with pytest.raises(StoreError) as caught:
        write()
    assert caught.value.kind == "unusable"
    assert store.meta("z") is None
    with store.begin("setup.prepare") as connection:
        store.set_meta(connection, "z", "whole")
    assert store.meta("z") == "whole"
    store.close()
    other.dispose()
