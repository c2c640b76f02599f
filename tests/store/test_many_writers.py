"""Many processes at once: every line and every edit is kept, one file is one import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import delete

from data.actions.register import edit_action, write_action
from data.errors import RecordChangedError, StoreError
from data.plan.keeping import differing
from data.plan.kept import saved_plans, trash
from data.plan.shelves import PLANS
from data.store import tables as schema
from data.store.engine import Store
from data.store.ledger.acts import Actor, acting
from data.store.ledger.chain import faults_of
from data.store.ledger.conflict import settled
from data.store.ledger.reading import changes_of_record
from tests.store_v1 import build_postgres, build_sqlite

ROOT = Path(__file__).resolve().parents[2]
WRITERS = 10
BOUND_S = 300


LAUNCH = """
import os, signal, sys, time, traceback
from pathlib import Path
folder, count, bound, code = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
exec("\\n".join(line for line in code.splitlines() if line.startswith(("from ", "import "))))
def together(step=""):
    (folder / f"ready{step}-{number}").touch()
    end = time.monotonic() + bound
    while len(list(folder.glob(f"ready{step}-*"))) < count:
        assert time.monotonic() < end, "the others did not come"
        time.sleep(0.02)
children = []
for number in range(count):
    child = os.fork()
    if not child:
        sys.stdout = (folder / f"told-{number}").open("w", encoding="utf-8")
        try:
            exec(code)
            sys.stdout.close()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
    children.append(child)
for _ in range(count):
    _, status = os.wait()
    if status:
        for child in children:
            try:
                os.kill(child, signal.SIGKILL)  # those that wait for one that failed
            except ProcessLookupError:
                pass
        sys.exit("one of them failed")
"""
"""Forks before anything is opened: as many processes, each with stores of its own, one start."""


def at_once(code: str, *arguments: str, folder: Path, count: int = WRITERS) -> list[str]:
    """Run a program in some processes at once; return what each of them printed.

    Each knows its ``number``, waits in ``together()`` until all are there, and must end well.
    """
    told = [sys.executable, "-c", LAUNCH, str(folder), str(count), str(BOUND_S), code, *arguments]
    done = subprocess.run(
        told, cwd=ROOT, env=os.environ | {"SIAGA_VAR": str(folder)}, text=True,
        capture_output=True, check=False, timeout=2 * BOUND_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [(folder / f"told-{number}").read_text("utf-8").strip() for number in range(count)]


SAVE = """
from data.plan.kept import save_plan
together()
for turn in range(5):
    save_plan("rencana", {"by": number, "turn": turn, "rows": [number] * 50_000})
"""


def test_plans_saved_under_one_name_by_ten_processes_leave_one_whole_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once(SAVE, folder=tmp_path)
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    assert saved_plans() == ["rencana"]
    replaced = [PLANS.folder / "trash" / f"{thrown.token}.json" for thrown in trash()]
    assert len(replaced) == 5 * WRITERS - 1
    by = [json.loads(path.read_text()) for path in [PLANS.folder / "rencana.json", *replaced]]
    assert all(plan["rows"] == [plan["by"]] * 50_000 for plan in by)
    told = {(plan["by"], plan["turn"]) for plan in by}
    assert told == {(number, turn) for number in range(WRITERS) for turn in range(5)}
    with closing(Store.open()) as store:
        acts = store.read("audit_log")["action"]
        assert acts.eq("plan.keep").sum() == 5 * WRITERS
        assert list(differing(store)) == []
    assert list(PLANS.folder.glob("**/.part-*")) == []


PENYAK, LABU = "pemilu2024/19.04.01.2007", "pemilu2024/19.03.08.2002"
EQUAL_FILES = {
    "kejadian.csv": "Tanggal,Kode,Jenis,Uraian,Sumber\n"
    "2024-02-14,19.04.01.2007,Logistik kurang,SIMULASI: serentak,https://contoh.invalid/2\n"
    "2024-02-14,entah,Logistik kurang,SIMULASI: ditolak,https://contoh.invalid/3\n",
    "suara.csv": f"tps_id,status,jam\n{PENYAK}/004,b,0701\nentah,b,0701\n",
    "dpt.csv": f"tps_id,laki,perempuan\n{LABU}/002,101,99\n",
    "kelas.csv": f"tps_id,kelas,tanggal,instansi\n{PENYAK}/004,rawan,2024-02-01,Polres SIMULASI\n",
    "serah.csv": f"tps_id;status;waktu\n{LABU}/003;berangkat;12/02/2024 07:00\n",
    "pengadaan.csv": "barang;kabupaten;tahap;jumlah\nbilik;Bangka Selatan;tiba;10\n",
}
WRITE = """
from datetime import UTC, datetime
import json
from data.polling.hari_h import write_statuses
from data.store.engine import Store
from services.ingest.imports import Asked, import_file
url, election = sys.argv[5], "pemilu2024"
store = Store.open(url)
at, written = datetime(2024, 2, 14, 0, 10, tzinfo=UTC), datetime(2024, 2, 14, 1, tzinfo=UTC)
together("lines")
for line in range(20):
    write_statuses(store, [election + "/19.04.01.2007/001"], "buka", at, "PPS", entered_at=written)
kinds = {
    "kejadian.csv": "reports", "suara.csv": "hari-h", "dpt.csv": "voters",
    "kelas.csv": "tps-class", "serah.csv": "receipts", "pengadaan.csv": "procurement",
}
unchanged = {}
for name, kind in kinds.items():
    together(name)
    unchanged[name] = import_file(store, kind, folder / name, Asked(election=election)).unchanged
print(json.dumps(unchanged))
"""


EDITORS, EDITED = 20, ("result", "reason", "risk", "decision")


def add_a_word(url: str, key: str, number: int, all_have_read: Barrier) -> tuple[int, int]:
    """Add a word to one column as who has read all; who is asked joins both and saves that.

    Return how often they were asked, and how many changes of others they were told of.
    """
    store, asked, told = Store.open(url), 0, 0
    mine, office = EDITED[number % len(EDITED)], f"Kantor {number}"
    seen = store.read("actions").astype("object").to_dict("records")[0]
    all_have_read.wait(BOUND_S)
    said: dict[str, Any] = {str(name): value for name, value in seen.items()}
    wanted = {name: said[name] for name in EDITED} | {mine: f"{said[mine]} {number}"}
    with acting(Actor(f"kantor.{number}", office, "verifikator")):
        while True:
            try:
                told += len(edit_action(store, key, wanted, said, office, "formulir"))
                break
            except StoreError as error:
                if error.kind != "busy":  # on a slow machine; they save again
                    raise
            except RecordChangedError as error:
                (one,) = error.theirs
                assert (one.column, one.mine) == (mine, wanted[mine])
                assert one.office != office
                assert one.stored.split()[-1] == str(one.office).removeprefix("Kantor ")
                asked, told = asked + 1, told + len(error.others)
                wanted[mine] = f"{one.stored} {number}"
                said, wanted = settled(error.theirs, (), said, wanted)
    store.close()
    return asked, told


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a store with rows in every table."""
    if request.param == "sqlite":
        return build_sqlite(tmp_path / "siaga.db")
    return build_postgres(request.getfixturevalue("postgres"), tmp_path)


def test_ten_processes_keep_every_line_and_make_one_import_of_equal_files(
    url: str, tmp_path: Path
) -> None:
    for name, content in EQUAL_FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    store = Store.open(url)
    tables = {
        "kejadian.csv": "reports", "suara.csv": "tps_status", "dpt.csv": "tps_voters",
        "kelas.csv": "tps_class", "serah.csv": "receipts", "pengadaan.csv": "procurement",
    }  # fmt: skip
    before = {name: store.count(name) for name in ("imports", *tables.values())}
    lines_before = store.read("tps_status")["status_id"]
    ended = [json.loads(out) for out in at_once(WRITE, url, folder=tmp_path)]
    lines = store.read("tps_status")
    own = lines.loc[
        ~lines["status_id"].isin(lines_before) & lines["import_id"].isna(), "entered_at"
    ]
    assert own.nunique() == len(own) == 20 * WRITERS
    for name in EQUAL_FILES:
        assert sorted(process[name] for process in ended) == [False] + [True] * 9, name
        mine = store.read("imports")["file_name"].eq(name)
        assert store.read("imports").loc[mine, ["accepted"]].to_numpy().tolist() == [[1]], name
    assert store.count("imports") == before["imports"] + len(EQUAL_FILES)
    for name, table in tables.items():
        lines = 20 * WRITERS if table == "tps_status" else 0
        assert store.count(table) == before[table] + lines + 1, name
    store.close()


def test_twenty_who_edit_one_record_lose_no_word_of_each_other(url: str) -> None:
    store = Store.open(url)
    with store.begin("action.write") as connection:
        connection.execute(delete(schema.meeting.actions))
    values = dict.fromkeys(EDITED, "-")
    key = write_action(store, {**values, "owner": "KPU"}, "KPU", "formulir")
    before = len(store.read("audit_log"))
    all_have_read = Barrier(EDITORS)
    with ThreadPoolExecutor(EDITORS) as pool:
        ended = list(pool.map(lambda n: add_a_word(url, key, n, all_have_read), range(EDITORS)))
    (row,) = store.read("actions").to_dict("records")
    for first, column in enumerate(EDITED):
        words = str(row[column]).split()
        assert sorted(map(int, words[1:])) == list(range(first, EDITORS, len(EDITED)))
    asked, told = zip(*ended, strict=True)
    # All began with the same row: in each column all but the first were asked.
    assert sum(n > 0 for n in asked) == EDITORS - len(EDITED)
    assert sum(told) > 0
    said: dict[str, object] = {**values}
    changes = changes_of_record(store, "actions", (key,))
    edits = changes[changes["before"].notna() & changes["after"].notna()]
    assert sorted(edits["office"]) == sorted(f"Kantor {n}" for n in range(EDITORS))
    assert len(store.read("audit_log")) == before + EDITORS  # who is asked writes nothing
    for _, change in edits.iterrows():
        was, now = (json.loads(change[side]) for side in ("before", "after"))
        assert was == {column: said[column] for column in now}
        said |= now
    assert said == {column: row[column] for column in EDITED}
    with store.snapshot() as connection:
        assert list(faults_of(connection, None)) == []
    store.close()
