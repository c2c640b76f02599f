"""``cli.py check`` finds what is wrong with store and files, and nothing where all is sound."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from data import static_files
from data.paths import shipped_dir
from data.plan.kept import save_plan
from data.static_files import copy_vendor_files
from data.store.engine import Store
from services.check import SUBJECTS
from services.prepare import open_prepared, prepare
from tests.conftest import copy_store
from tests.store_v1 import build_sqlite


@pytest.fixture
def path(shipped_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a sound installation's store."""
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    vendor = tmp_path / "vendor"
    monkeypatch.setattr(static_files, "static_vendor_dir", lambda: vendor)
    copy_vendor_files()
    copy_store(shipped_store, tmp_path / "siaga.db")
    save_plan("rencana", {"about": {}})
    return tmp_path / "siaga.db"


def run(code: int) -> dict[str, list[str]]:
    """Return the faults by subject as ``--json`` says them; both ways end with the same code."""
    done = CliRunner().invoke(app, ["check", "--json"])
    assert done.exit_code == code, done.output
    said = json.loads(done.output)
    assert said["sound"] == (code == 0)
    plain = CliRunner().invoke(app, ["check"])
    assert plain.exit_code == code
    for finding in said["findings"]:
        assert finding["sound"] == (not finding["faults"])
        assert all(fault in plain.output for fault in finding["faults"])
    return {finding["subject"]: finding["faults"] for finding in said["findings"]}


def test_a_sound_installation_has_no_fault(path: Path) -> None:
    found = run(0)
    assert set(found) == set(SUBJECTS)
    assert not any(found.values())
    assert "Semua baik." in CliRunner().invoke(app, ["check"]).output


def change(statement: str) -> Callable[[Path], None]:
    def harm(path: Path) -> None:
        with closing(sqlite3.connect(path)) as store, store:
            store.execute(statement)

    return harm


def damage_the_middle(path: Path) -> None:
    with closing(sqlite3.connect(path)) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(100_000))


def break_plan(path: Path) -> None:
    (path.parent / "plans" / "rencana.json").write_text("{")


def break_scenario(path: Path) -> None:
    (path.parent / "scenarios").mkdir(exist_ok=True)
    (path.parent / "scenarios" / "sendiri.toml").write_text("= 1")


def lose_library(path: Path) -> None:
    (path.parent / "vendor" / "leaflet" / "leaflet.js").unlink()


@pytest.mark.parametrize(
    ("harm", "subject", "says"),
    [
        (change("UPDATE reports SET severity = 9"), "rows", "severity"),
        (change("UPDATE tps SET desa_code = '99.99.99.9999' WHERE number='002'"), "rows", "99.99"),
        (change("ALTER TABLE place_moves DROP COLUMN lat"), "structure", "place_moves.lat"),
        (change("DROP TABLE rakor"), "structure", "rakor"),
        (change("UPDATE meta SET value = 'x' WHERE key LIKE '%digest'"), "shipped", "prepare"),
        (damage_the_middle, "integrity", ""),
        (break_plan, "plans", "rencana.json"),
        (break_scenario, "plans", "sendiri.toml"),
        (lose_library, "vendor", "leaflet.js"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_fault_is_told_under_its_subject(
    path: Path, harm: Callable[[Path], None], subject: str, says: str
) -> None:
    Store.open().close()
    harm(path)
    found = run(1)
    assert found[subject]
    assert says in "\n".join(found[subject])


def test_a_shipped_file_that_is_missing_or_broken_is_told(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "babel"
    shutil.copytree(shipped_dir(), copy)
    for module in ("plan.kept", "store.shipped"):
        monkeypatch.setattr(f"data.{module}.shipped_dir", lambda *_: copy)
    (copy / "fleet.csv").unlink()
    (copy / "boundaries" / "desa.parquet").write_bytes(b"x" * 1000)
    faults = run(1)["shipped"]
    assert any("fleet.csv" in fault for fault in faults)
    assert any("tidak dapat dibaca" in fault for fault in faults)


def test_without_a_store_that_opens_the_code_is_2_and_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    for build in (lambda _: None, build_sqlite, lambda path: path.write_bytes(b"x" * 5000)):
        build(tmp_path / "siaga.db")
        before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
        done = CliRunner().invoke(app, ["check", "--json"])
        assert done.exit_code == 2, done.output
        assert str(tmp_path) in done.output
        assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_what_every_door_wrote_is_sound_after_it_is_brought_up_to_date(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rules that `check` applies are those that the doors let rows through by."""
    for file in path.parent.glob("siaga.db*"):
        file.unlink()
    build_sqlite(path)
    store = open_prepared()
    with store.begin("setup.prepare") as connection:
        store.set_meta(connection, "shipped_digest", "of an older version")
    prepare(store)
    store.close()
    assert run(0)["rows"] == []
