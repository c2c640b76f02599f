"""The import of national reports ended in the middle, or run twice at once: the command itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.nation.connection import nation_connection
from data.nation.staging import LOCK_PUBLISH
from data.store.engine import Store
from services.nation.imports import import_reports, list_imports, undo_import
from tests.nation.importing import assert_counted, counts, current, reports, write
from tests.nation.postgis import url_of
from tests.nation.published import quiet

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.postgres


COMMAND = """
import sys
from data.nation import lines
lines.read_pieces.__kwdefaults__["piece_bytes"] = 2 * lines.RECORD_BYTES
from cli import app
app(["nation", *sys.argv[1:]])
"""
"""The command with small chunks, so that a small file has many."""
BOUND_S = 120


def command(store: Store, *words: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *map(str, words)], cwd=ROOT, text=True,
        env=os.environ | {"DATABASE_URL": url_of(store)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finished(process: subprocess.Popen[str], code: int = 0) -> dict[str, Any]:
    out, err = process.communicate(timeout=BOUND_S)
    assert process.returncode == code, (process.returncode, out[-500:], err[-2000:])
    return json.loads(out) if out.startswith("{") else {"out": out, "err": err}


def kill(run: subprocess.Popen[str]) -> None:
    """End a run as a power cut does, and wait until it is gone."""
    run.kill()
    run.communicate(timeout=BOUND_S)


def waits_for(asked: Callable[[], bool]) -> None:
    end = time.monotonic() + BOUND_S
    while not asked():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def is_alone(connection: Any) -> bool:
    """Tell whether no other session is at work, or holds anything."""
    row = connection.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
    ).fetchone()
    return bool(row == (0,))


@pytest.fixture
def big(tmp_path: Path) -> Path:
    return write(reports(12_000), tmp_path / "big.csv")


@contextmanager
def stopped_at(store: Store, lines: int) -> Iterator[None]:
    """Hold whoever stores a chunk that ends behind a line, before it is committed."""
    with nation_connection(store) as holder:
        holder.execute(f"SELECT pg_advisory_lock({HOLD})")
        holder.execute(
            "CREATE FUNCTION nation.hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF NEW.lines_done > {lines} THEN PERFORM pg_advisory_xact_lock({HOLD}); END IF;"
            " RETURN NEW; END $$"
        )
        holder.execute(
            "CREATE TRIGGER hold BEFORE UPDATE ON nation.imports"
            " FOR EACH ROW EXECUTE FUNCTION nation.hold()"
        )
        yield
        holder.execute("SELECT pg_advisory_unlock_all()")
    with nation_connection(store) as watcher:
        waits_for(lambda: is_alone(watcher))
        watcher.execute("DROP FUNCTION nation.hold() CASCADE")


@contextmanager
def stopped_by(store: Store, statement: str) -> Iterator[None]:
    """Hold whoever needs what a statement locks."""
    with nation_connection(store) as holder:
        holder.execute(statement)
        yield
        holder.execute("SELECT pg_advisory_unlock_all()")
        holder.execute("ROLLBACK" if statement.startswith("BEGIN") else "SELECT 1")
    with nation_connection(store) as watcher:
        waits_for(lambda: is_alone(watcher))


HOLD = 77
PUBLISHES = "BEGIN; LOCK TABLE nation.publications IN SHARE MODE"
STAGES: dict[str, tuple[Callable[[Store], Any], str]] = {
    "a chunk": (lambda store: stopped_at(store, 5000), "staging"),
    "comparing": (
        lambda store: stopped_by(store, f"SELECT pg_advisory_lock({LOCK_PUBLISH})"), "staged",
    ),
    "indexes and counts": (
        lambda store: stopped_by(store, "BEGIN; LOCK TABLE nation.count_parts"), "staged",
    ),
    "publishing": (
        lambda store: stopped_by(store, PUBLISHES), "ready",
    ),
}  # fmt: skip


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_killed_at_any_stage_publishes_nothing_and_is_gone_on_with(
    store: Store, big: Path, stage: str
) -> None:
    stopped, state = STAGES[stage]
    with nation_connection(store) as watcher, stopped(store):
        run = command(store, "import", big)
        waits_for(lambda: is_waiting(watcher))
        kill(run)
    found = list_imports(store)[0]
    assert found.state == state
    assert current(store).empty
    assert counts(store) == {}
    done = finished(command(store, "import", big, "--json"))
    assert (done["import"], done["rows"], done["outcome"]) == (found.id, 12_000, "published")
    assert done["resumed_rows"] == found.rows > 0
    assert (found.rows < 12_000) == (stage == "a chunk")
    assert len(current(store)) == 12_000
    assert_counted(store)


def is_waiting(watcher: Any) -> bool:
    row = watcher.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return bool(row[0])


def test_any_number_of_kills_at_any_moment_loses_and_doubles_nothing(
    store: Store, big: Path
) -> None:
    rng, resumed = np.random.default_rng(3), 0
    wanted = sorted(pd.read_csv(big)["report_id"])
    for _ in range(8):
        run = command(store, "import", big, "--json")
        waits_for(lambda: store_is_asked(store) > 0)
        time.sleep(float(rng.uniform(0, 1.2)))
        kill(run)
        with nation_connection(store) as watcher:
            waits_for(lambda: is_alone(watcher))
        found = list_imports(store)
        if found and found[0].state == "published":
            assert sorted(current(store)["report_id"]) == wanted
            undo_import(store, found[0].id, empty=True)
            continue
        assert current(store).empty
        assert counts(store) == {}
        resumed += bool(found and found[0].bytes_done)
    assert resumed > 0
    assert finished(command(store, "import", big, "--json"))["outcome"] == "published"
    assert sorted(current(store)["report_id"]) == wanted
    assert_counted(store)


def store_is_asked(store: Store) -> int:
    """Return how many sessions hold an import."""
    with nation_connection(store) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        ).fetchone()
    return int(row[0]) if row else 0


def test_who_interrupts_is_told_in_words_and_goes_on(store: Store, big: Path) -> None:
    with nation_connection(store) as watcher, nation_connection(store) as holder:
        holder.execute(f"SELECT pg_advisory_lock({LOCK_PUBLISH})")
        run = command(store, "import", big)
        waits_for(lambda: is_waiting(watcher))
        run.send_signal(signal.SIGINT)
        told = finished(run, code=130)
        assert "jalankan perintah yang sama" in told["err"]
        assert "baris/detik" in told["out"]
        holder.execute("SELECT pg_advisory_unlock_all()")
    told = finished(command(store, "import", big))
    assert "Melanjutkan impor" in told["out"]
    assert len(current(store)) == 12_000


def test_a_file_that_grew_is_gone_on_with_and_one_with_another_head_is_another(
    store: Store, big: Path, tmp_path: Path
) -> None:
    with nation_connection(store) as watcher, stopped_at(store, 5000):
        run = command(store, "import", big)
        waits_for(lambda: is_waiting(watcher))
        kill(run)
    begun = list_imports(store)[0]
    assert 0 < begun.bytes_done < begun.bytes_total
    content = big.read_bytes()
    big.write_bytes(content.replace(b"\nS", b"\nT"))
    other = finished(command(store, "import", big, "--json"))
    assert (other["import"], other["resumed_rows"]) == (begun.id + 1, 0)
    more = reports(300, seed=9).assign(report_id=lambda r: "N" + r["report_id"])
    tail = write(more, tmp_path / "more.csv").read_bytes().partition(b"\n")[2]
    big.write_bytes(content + tail)
    done = finished(command(store, "import", big, "--json"))
    assert (done["import"], done["resumed_rows"], done["rows"]) == (begun.id, begun.rows, 12_300)
    assert len(current(store)) == 24_300
    assert_counted(store)


def test_the_same_file_twice_at_once_is_one_import(store: Store, big: Path) -> None:
    runs = [command(store, "import", big, "--json") for _ in range(3)]
    codes = []
    for run in runs:
        run.communicate(timeout=BOUND_S)
        codes.append(run.returncode)
    assert codes.count(0) >= 1
    assert set(codes) <= {0, 2}
    assert [one.state for one in list_imports(store)] == ["published"]
    assert len(current(store)) == 12_000
    assert_counted(store)


def test_two_files_at_once_with_the_same_reports_agree_on_versions(
    store: Store, tmp_path: Path
) -> None:
    first = reports(6000)
    second = first.assign(severity=first["severity"] % 5 + 1)
    paths = [write(first, tmp_path / "1.csv"), write(second, tmp_path / "2.csv")]
    done = [finished(run) for run in [command(store, "import", p, "--json") for p in paths]]
    assert sorted(one["corrected"] for one in done) == [0, 6000]
    later = max(done, key=lambda one: one["corrected"])
    found = current(store)
    assert set(found["import_id"]) == {later["import"]}
    assert set(found["version"]) == {2}
    assert_counted(store)
    undo_import(store, later["import"], empty=False)
    assert set(current(store)["version"]) == {1}
    assert_counted(store)


def test_what_was_compared_before_others_published_is_staged_again(
    store: Store, big: Path, tmp_path: Path
) -> None:
    part = pd.read_csv(big, dtype=str, keep_default_na=False).head(500)
    part.to_csv(tmp_path / "part.csv", index=False)
    base = import_reports(store, tmp_path / "part.csv", quiet)
    with nation_connection(store) as watcher, stopped_by(store, PUBLISHES):
        run = command(store, "import", big)
        waits_for(lambda: is_waiting(watcher))
        kill(run)
    ready = list_imports(store)[0]
    assert (ready.state, ready.unchanged) == ("ready", 500)
    undo_import(store, base.made.id, empty=True)
    done = finished(command(store, "import", big, "--json"))
    assert (done["import"], done["rows"], done["unchanged"]) == (ready.id, 12_000, 0)
    assert len(current(store)) == 12_000
    assert_counted(store)


def said(store: Store, code: int, *words: str | Path) -> str:
    """Return what the command says, on either stream."""
    run = command(store, *words)
    told = "".join(run.communicate(timeout=BOUND_S))
    assert run.returncode == code, told
    return told


def test_the_command_says_what_it_did(store: Store, tmp_path: Path) -> None:
    rows = reports(30).astype(object)
    rows.loc[4, "severity"] = "x"
    path = write(rows, tmp_path / "a.csv")
    told = said(store, 1, "import", path)
    assert "baris 6, severity: x (kata yang tidak dikenal)" in told
    number = list_imports(store)[0].id
    assert f"Impor {number} terbit: 29 laporan" in told
    assert "baris 6" in said(store, 0, "held", str(number))
    assert "terbit" in said(store, 0, "imports")
    assert "sudah terbit" in said(store, 1, "import", path)
    assert "ditarik" in said(store, 0, "undo", str(number))
    assert "dibuang" in said(store, 0, "undo", str(number), "--empty")
    assert "tidak sedang diterbitkan" in said(store, 2, "undo", str(number))
