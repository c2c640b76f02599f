"""A backup becomes the same store again, in SQLite and PostgreSQL, from either of them."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from cli import app
from commands.server.backup import last_words
from data.plan.kept import delete_plan, load_plan, save_plan, saved_plans, trash
from data.plan.shelves import SCENARIOS
from data.store import migrate
from data.store import tables as schema
from data.store.engine import Store
from data.store.tables import meta
from services.check import last_backup
from tests.backup_store import fill_every_table, repacked, with_manifest
from tests.disks import read_only
from tests.store.test_migrations import add_step
from tests.store_v1 import empty_postgres, rows_of

POSTGRES = pytest.mark.postgres
SECRET = "sangat-rahasia-sekali"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def answered(*arguments: str | Path, code: int = 0) -> dict[str, object]:
    done = run(*arguments, "--json")
    assert done.exit_code == code, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def manifest_of(path: Path) -> dict[str, object]:
    with zipfile.ZipFile(path) as backup:
        found: dict[str, object] = json.loads(backup.read("manifest.json"))
    return found


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as backup:
        return {name: backup.read(name) for name in backup.namelist() if name != "manifest.json"}


@pytest.fixture
def place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Callable[[str, str], str]:
    """Take an empty place of a kind as this installation, and return its address."""

    def take(kind: str, name: str) -> str:
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.setenv("SIAGA_VAR", str(folder))
        monkeypatch.delenv("DATABASE_URL", raising=False)
        if kind == "sqlite":
            return f"sqlite:///{folder / 'siaga.db'}"
        url: str = request.getfixturevalue("postgres")
        empty_postgres(url)
        monkeypatch.setenv("DATABASE_URL", url)
        return url

    return take


def keep_files() -> None:
    save_plan("rencana", {"about": {"kabupaten": "19.04"}, "trips": [1]})
    save_plan("rencana", {"about": {"kabupaten": "19.04"}, "trips": [2]})
    save_plan("dibuang", {"about": {}})
    delete_plan("dibuang")
    SCENARIOS.folder.mkdir(exist_ok=True)
    (SCENARIOS.folder / "sendiri.toml").write_text("# milik perencana\n")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("sqlite", "sqlite"),
        pytest.param("sqlite", "postgres", marks=POSTGRES),
        pytest.param("postgres", "sqlite", marks=POSTGRES),
        pytest.param("postgres", "postgres", marks=POSTGRES),
    ],
)
def test_every_value_of_every_table_and_file_comes_back(
    place: Callable[[str, str], str], tmp_path: Path, first: str, second: str
) -> None:
    url = place(first, "first")
    Store.open(url).close()
    fill_every_table(url)
    keep_files()
    store = Store.open(url)
    before = {name: store.read(name) for name in schema.metadata.tables}
    store.close()
    thrown = trash()
    made = answered("backup", "-o", tmp_path / "a.zip")
    assert made["rows"] == sum(map(len, before.values()))
    assert min(map(len, before.values())) >= 7
    assert made["files"] == 4
    again = place(second, "second")
    done = answered("restore", tmp_path / "a.zip", code=1)  # invented rows break the rules
    assert done["content"] == made["content"]
    store = Store.open(again)
    assert done["faults"]
    for name, frame in before.items():
        got = store.read(name)
        pd.testing.assert_frame_equal(_sorted(frame), _sorted(got), obj=name, check_exact=True)
    store.close()
    assert load_plan("rencana")["trips"] == [2]
    assert (saved_plans(), trash()) == (["rencana"], thrown)
    assert (SCENARIOS.folder / "sendiri.toml").read_text() == "# milik perencana\n"
    answered("backup", "-o", tmp_path / "b.zip")
    told, retold = manifest_of(tmp_path / "a.zip"), manifest_of(tmp_path / "b.zip")
    assert {**told, "made_at": ""} == {**retold, "made_at": ""}
    assert members_of(tmp_path / "a.zip") == members_of(tmp_path / "b.zip")


def test_equal_rows_are_an_equal_backup_whatever_order_they_came_in(
    place: Callable[[str, str], str], tmp_path: Path
) -> None:
    content = set()
    for name, step in (("forth", 1), ("back", -1)):
        url = place("sqlite", name)
        Store.open(url).close()
        fill_every_table(url, step)
        content.add(answered("backup", "-o", tmp_path / f"{name}.zip")["content"])
    assert len(content) == 1


@POSTGRES
def test_the_language_of_a_server_changes_no_backup(
    place: Callable[[str, str], str], tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that sorts as a dictionary does, ä beside a, tells rows in the same order."""
    server = create_engine(postgres, isolation_level="AUTOCOMMIT")
    how = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE dictionary {how}")
    urls = [place("sqlite", "bytes"), f"{postgres.rpartition('/')[0]}/dictionary"]
    content = set()
    try:
        for url in urls:
            monkeypatch.setenv("DATABASE_URL", url)
            Store.open(url).close()
            fill_every_table(url)
            content.add(answered("backup", "-o", tmp_path / f"{len(content)}.zip")["content"])
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql("DROP DATABASE dictionary WITH (FORCE)")
        server.dispose()
    assert len(content) == 1


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame in an order of its own: each database sorts texts in its way."""
    order = frame.map(repr).agg("|".join, axis=1).sort_values().index
    return frame.loc[order].reset_index(drop=True)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=POSTGRES)])
def test_a_backup_holds_one_moment_while_others_write(
    place: Callable[[str, str], str], tmp_path: Path, kind: str
) -> None:
    """A writer keeps two tables equal; each backup made meanwhile has them equal as well."""
    url = place(kind, "busy")
    store = Store.open(url)
    ended, written = threading.Event(), [0]

    def write() -> None:
        writer = Store.open(url)
        while not ended.is_set():
            with writer.begin("setup.prepare") as connection:
                written[0] += 1
                row = {"place_id": f"{written[0]:06}", "lon": 1.0, "lat": 1.0}
                connection.execute(schema.place_moves.insert().values(**row))
                writer.set_meta(connection, f"z{written[0]:06}", "x")
        writer.close()

    thread = threading.Thread(target=write)
    thread.start()
    counts = []
    try:
        for turn in range(6):
            path = tmp_path / f"{turn}.zip"
            answered("backup", "-o", path)
            members = members_of(path)
            metas = members["tables/meta.jsonl"].count(b'["z0')
            moves = members["tables/place_moves.jsonl"].count(b"\n") - 1
            assert metas == moves
            counts.append(moves)
    finally:
        ended.set()
        thread.join()
    assert counts == sorted(counts)
    assert counts[-1] - counts[0] > 5, "nothing was written meanwhile"
    store.close()


def test_only_the_owner_may_read_a_backup_and_no_secret_is_in_it(
    installation: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("SIAGA_COOKIE_SECRET", SECRET)
    (installation / "secrets.toml").write_text(SECRET)
    old = os.umask(0)
    try:
        path = installation / "a.zip"
        answered("backup", "-o", path)
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    everything = b"".join(members_of(path).values()) + path.read_bytes()
    assert SECRET.encode() not in everything
    assert str(installation).encode() not in everything
    assert b"sqlite" not in path.read_bytes()


@POSTGRES
def test_the_password_of_a_database_is_in_no_backup(
    place: Callable[[str, str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = place("postgres", "pg").replace("siaga@", f"siaga:{SECRET}@")
    monkeypatch.setenv("DATABASE_URL", url)
    Store.open(url).close()
    done = run("backup", "-o", tmp_path / "a.zip")
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(tmp_path / "a.zip") as backup:
        assert not [n for n in backup.namelist() if SECRET.encode() in backup.read(n)]
    assert SECRET not in (tmp_path / "pg" / "last-backup.json").read_text() + done.output


def test_what_a_backup_says_and_where_the_last_one_is_noted(
    installation: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("elsewhere")
    assert "belum pernah" in last_words(last_backup())
    done = run("backup", "-o", folder)
    assert done.exit_code == 0, done.output
    (made,) = folder.glob("siaga-*.zip")
    size = f"{made.stat().st_size / 2**20:.1f}".replace(".", ",")
    for part in (str(made), f"{size} MiB", "detik", "tabel"):
        assert part in done.stdout
    assert str(made) in last_words(last_backup())
    last = json.loads(run("check", "--json").stdout)["last_backup"]
    assert (last["path"], last["bytes"]) == (str(made), made.stat().st_size)
    assert not list(folder.glob(".part-*"))


def test_a_store_that_cannot_be_written_is_backed_up_all_the_same(
    installation: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Its disk became read-only under a server that has it open: no note is left, a backup is."""
    folder = tmp_path_factory.mktemp("elsewhere")
    store = Store.open(f"sqlite:///{installation / 'siaga.db'}")
    with store.begin("setup.prepare") as connection:
        store.set_meta(connection, "z", "only in the WAL")
    expected = answered("backup", "-o", folder / "a.zip")["content"]
    (installation / "last-backup.json").unlink()
    before = {p.name: p.read_bytes() for p in installation.iterdir()}
    assert before["siaga.db-wal"]
    with read_only(installation):
        answer = answered("backup", "-o", folder / "b.zip")
    assert answer["content"] == expected
    assert {p.name: p.read_bytes() for p in installation.iterdir()} == before
    store.close()


def test_nothing_that_stands_is_replaced(installation: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    answered("backup", "-o", path)
    kept = path.read_bytes()
    done = run("backup", "-o", path)
    assert (done.exit_code, path.read_bytes()) == (2, kept)
    assert "tidak ditimpa" in done.stderr
    before = rows_of(f"sqlite:///{installation / 'siaga.db'}")
    done = run("restore", path)
    assert done.exit_code == 2
    assert "siaga.db" in done.stderr
    assert rows_of(f"sqlite:///{installation / 'siaga.db'}") == before


def test_a_place_where_anything_is_left_is_not_empty(
    installation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.zip"
    answered("backup", "-o", path)
    for what in ("siaga.db", "siaga.db-wal", "plans/x.json", "scenarios/x.toml"):
        other = tmp_path / f"at-{what.replace('/', '-')}"
        monkeypatch.setenv("SIAGA_VAR", str(other))
        left = other / what
        left.parent.mkdir(parents=True)
        left.write_bytes(b"")
        done = run("restore", path)
        assert done.exit_code == 2, what
        assert str(left) in done.stderr
        assert [p for p in other.rglob("*") if p.is_file()] == [left]
    left.unlink()
    assert run("restore", path).exit_code == 0


def test_a_store_that_vanished_comes_back(installation: Path, tmp_path: Path) -> None:
    Store.open(f"sqlite:///{installation / 'siaga.db'}").close()
    path = tmp_path / "a.zip"
    before = answered("backup", "-o", path)["content"]
    for file in installation.glob("siaga.db*"):
        if file.suffix != ".made":
            file.unlink()
    assert run("match", "Koba").exit_code == 2
    assert answered("restore", path)["content"] == before
    assert run("match", "Koba").exit_code == 0


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=POSTGRES)])
def test_a_backup_of_an_older_version_is_brought_up_to_date_and_a_newer_one_refused(
    place: Callable[[str, str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    url = place(kind, "old")
    store = Store.open(url)
    with store.begin("setup.prepare") as connection:
        row = {"place_id": "dermaga", "lon": 106.0, "lat": -2.0}
        connection.execute(schema.place_moves.insert().values(**row))
    store.close()
    answered("backup", "-o", tmp_path / "old.zip")
    before, known = migrate.revisions()[-1], migrate.SCRIPTS
    number = add_step(tmp_path, monkeypatch)
    url = place(kind, "new")
    done = answered("restore", tmp_path / "old.zip")
    assert done["revision"] == {"backup": before, "store": number}
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT place_id, reason FROM place_moves")).all()
        assert migrate.revision_of(connection) == number
    engine.dispose()
    assert [tuple(row) for row in found] == [("dermaga", "SIMULASI")]
    answered("backup", "-o", tmp_path / "new.zip")
    monkeypatch.setattr(migrate, "SCRIPTS", known)
    url = place(kind, "third")
    refused = run("restore", tmp_path / "new.zip")
    assert refused.exit_code == 2
    assert "lebih baru" in refused.stderr
    assert number in refused.stderr
    engine = create_engine(url)
    if kind == "sqlite":
        assert list((tmp_path / "third").iterdir()) == []
    else:
        with engine.connect() as connection:
            assert migrate.revision_of(connection) is None
    engine.dispose()


def test_a_backup_of_another_province_is_refused(
    installation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.zip"
    answered("backup", "-o", path)
    other = repacked(path, lambda m: with_manifest(m, lambda told: told.update(province="jauh")))
    path.write_bytes(other)
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path / "other"))
    done = run("restore", path)
    assert done.exit_code == 2
    assert "jauh" in done.stderr
    assert not (tmp_path / "other").exists()


def test_the_seal_needs_no_tool_of_ours(installation: Path, tmp_path: Path) -> None:
    """As docs/backup.md says: head, sha256sum and unzip are enough to check and read a backup."""
    path = tmp_path / "a.zip"
    answered("backup", "-o", path)
    told = subprocess.run(
        f"head -c -64 {path} | sha256sum | cut -c -64; tail -c 64 {path}",
        shell=True, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert told[0] == told[1]
    assert shutil.which("unzip") is None or subprocess.run(
        ["unzip", "-tq", str(path)], capture_output=True, check=False
    ).returncode == 0  # fmt: skip


def test_meta_is_a_table_like_any_other(installation: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(installation / "siaga.db")) as store:
        keys = {key for (key,) in store.execute(f"SELECT key FROM {meta.name}")}
    answered("backup", "-o", tmp_path / "a.zip")
    lines = members_of(tmp_path / "a.zip")["tables/meta.jsonl"].splitlines()
    assert {json.loads(line)[0] for line in lines[1:]} == keys
