"""A large file is built ahead in a second process: the same comes of it, and it ends with us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.errors import FileUnreadableError
from data.ingest import engine
from data.ingest.files import ahead
from data.ingest.files.ahead import is_worth_it, made_ahead
from data.ingest.record import ImportResult
from data.store.engine import Store
from services.ingest.imports import Asked, options_of
from services.ingest.kinds import entry_of
from tests.imports import TODAY, assert_same, contents, fill

ROOT = Path(__file__).resolve().parents[2]
FILE = Path("SIMULASI.csv")
HEAD = "Tanggal;Kab/Kota;Kec.;Desa;Kategori;Tingkat;Uraian;Sumber"
CHUNK = 100

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")


def lines(count: int) -> list[str]:
    """Return SIMULASI rows with sections, totals, headings again, faults and repeats."""
    out = [HEAD]
    for n in [*range(count), *range(40)]:
        day, level = f"{n % 28 + 1}/0{n % 9 + 1}/2024", 9 if n % 17 == 0 else n % 5 + 1
        page = f"https://contoh.invalid/{n // 3}" if n % 4 == 0 else "Radio contoh"
        said = f"Demo;{level};SIMULASI nomor {n};{page}"
        out.append(f"{day};Bangka Tengah;Koba;Penyak;{said}")
        if n % 250 == 10:
            out += ["KECAMATAN KOBA;;;;;;;", HEAD, "JUMLAH;;;;;12;;"]
    return [*out, "TOTAL;;;;;99;;"]


@pytest.fixture
def bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Import a file in one of the two ways; return result or error, store, and what was told."""
    stores: list[Store] = []

    def run(path: Path, *, beside: bool) -> tuple[ImportResult | FileUnreadableError, Store, Any]:
        stores.append(Store.open(f"sqlite:///{tmp_path / str(len(stores))}.db"))
        fill(stores[-1])
        monkeypatch.setattr(engine, "is_worth_it", lambda _path: beside)
        told: list[int] = []
        kind = entry_of("reports").kind
        options = options_of(stores[-1], kind, Asked(as_of=TODAY, progress=told.append))
        try:
            result = engine.run(stores[-1], kind, path, replace(options, chunk_rows=CHUNK))
        except FileUnreadableError as error:
            return error, stores[-1], told
        return result, stores[-1], told

    yield run
    for store in stores:
        store.close()


def test_both_ways_bring_the_same(bring: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text("\n".join(lines(860)), encoding="utf-8")
    one, here, told = bring(path, beside=False)
    other, there, told_too = bring(path, beside=True)
    assert one.as_dict() == other.as_dict()
    # Of 860 rows one in seventeen is refused, 51; so are 3 of the 40 that repeat the first ones.
    assert (one.accepted, one.quarantined, one.duplicates) == (809, 54, 37)
    noted = {note.key: note.gaps["n"] for note in other.notes}
    assert (noted["rows_total"], noted["rows_repeated_header"]) == (6, 5)
    assert sum(n.gaps["n"] for n in other.notes if n.key == "rows_section") == 5
    assert told == told_too
    assert len(told) > 4
    before, after = contents(here), contents(there)
    for tables in (before, after):
        tables["imports"] = tables["imports"].drop(columns="at")
    assert_same(before, after)


@pytest.mark.parametrize("fault", ["cell_too_long", "open_quote"])
def test_both_ways_refuse_the_same(bring: Callable[..., Any], tmp_path: Path, fault: str) -> None:
    rows = lines(860)
    if fault == "open_quote":
        rows[-1] = '1/2/2024;Bangka Tengah;Koba;Penyak;Demo;2;"SIMULASI terbuka;Radio'
    else:
        rows[450] = f"1/2/2024;Bangka Tengah;Koba;Penyak;Demo;2;{'x' * 100_001};Radio"
    path = tmp_path / FILE
    path.write_text("\n".join(rows), encoding="utf-8")
    one, here, told = bring(path, beside=False)
    other, there, told_too = bring(path, beside=True)
    assert (one.reason, one.expected) == (other.reason, other.expected)
    assert one.reason == fault
    assert told == told_too
    assert len(told) > 1
    for store in (here, there):
        assert store.read("reports").empty
        assert store.read("quarantine").empty


def test_what_grows_beside_grows_here(tmp_path: Path) -> None:
    grown: list[int] = [0]

    def items() -> Iterator[int]:
        for n in range(1, 6):
            grown.append(n)
            yield os.getpid()
        grown.append(99)

    with made_ahead(tmp_path / FILE, items(), grown) as made:
        pids = list(made)
    assert grown == [0, 1, 2, 3, 4, 5, 99]
    assert pids[0] == os.getpid()
    assert len(set(pids[1:])) == 1
    assert pids[1] != os.getpid()


def _refuse() -> None:
    raise ValueError("not here")


class _Unreadable:
    def __reduce__(self) -> tuple[object, ...]:
        return _refuse, ()


class _Awkward(Exception):
    """Can be sent, but not received: also where a library teaches errors to travel better."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} {other}")
        self.held = _Unreadable()


@pytest.mark.parametrize(
    ("raised", "kind", "words"),
    [
        (FileUnreadableError(FILE, "open_quote", "baris 3"), FileUnreadableError, "open_quote"),
        (MemoryError(), MemoryError, "in items"),
        (KeyError("desa"), KeyError, "desa"),
        (_Awkward("satu", "dua"), RuntimeError, "_Awkward: satu dua"),
        (SystemExit(3), SystemExit, "3"),
    ],
)
def test_what_is_raised_beside_is_raised_here(
    raised: BaseException, kind: type[BaseException], words: str
) -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise raised

    taken: list[int] = []
    with pytest.raises(kind, match=words) as caught, made_ahead(FILE, items(), []) as made:
        taken.extend(iter(made))
    assert caught.type is kind
    if kind is KeyError:
        assert "in items" in caught.value.__notes__[0]


def test_a_process_that_is_killed_is_told_in_words() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        os.kill(os.getpid(), signal.SIGKILL)

    with made_ahead(Path("/var") / FILE, items(), []) as made:
        assert [next(made), next(made)] == [1, 2]
        with pytest.raises(FileUnreadableError) as caught:
            next(made)
    assert (caught.value.path, caught.value.reason) == (FILE, "reading_ended")


def test_half_a_message_is_told_in_words() -> None:
    with made_ahead(FILE, endless(), []) as made:
        next(made)
        pid, _ = next(made)
        time.sleep(0.3)  # until it waits with the next one in the pipe
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(FileUnreadableError, match="reading_ended"):
            next(made)


def test_what_cannot_be_sent_ends_it(capfd: pytest.CaptureFixture[str]) -> None:
    items = iter([1, 2, lambda: 3, 4])
    with made_ahead(FILE, items, []) as made:
        assert [next(made), next(made)] == [1, 2]
        with pytest.raises(FileUnreadableError, match="reading_ended"):
            next(made)
    assert "lambda" in capfd.readouterr().err


def endless() -> Iterator[tuple[int, bytes]]:
    """Yield the process that makes them, each item larger than a pipe."""
    while True:
        yield os.getpid(), bytes(1 << 20)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, ZeroDivisionError])
def test_it_ends_with_an_error_here(kind: type[BaseException]) -> None:
    pids: list[int] = []

    def fails() -> None:
        with made_ahead(FILE, endless(), []) as made:
            next(made)
            pids.append(next(made)[0])
            raise kind

    with pytest.raises(kind):
        fails()
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_ctrl_c_is_left_to_the_first_process() -> None:
    with made_ahead(FILE, endless(), []) as made:
        next(made)
        pid, _ = next(made)
        os.kill(pid, signal.SIGINT)
        assert [next(made)[0] for _ in range(3)] == [pid] * 3


def test_it_ends_when_the_first_process_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from tests.ingest.test_ahead import endless, made_ahead\n"
        "with made_ahead(Path('a'), endless(), []) as made:\n"
        "    next(made)\n"
        "    print(next(made)[0], flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    told = tmp_path / "told"
    with told.open("w") as file:
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, cwd=ROOT, stdout=file, stderr=file, check=False)
    assert done.returncode == -signal.SIGKILL
    pid = int(told.read_text(encoding="utf-8"))
    state = Path(f"/proc/{pid}/stat")
    for _ in range(100):
        if not state.exists() or ") Z " in state.read_text(encoding="ascii"):
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("the second process goes on without the first")


def test_it_is_not_far_ahead(tmp_path: Path) -> None:
    def items() -> Iterator[bytes]:
        for n in range(20):
            (tmp_path / str(n)).touch()
            yield bytes(1 << 20)

    with made_ahead(FILE, items(), []) as made:
        next(made)
        next(made)
        time.sleep(0.3)
        assert len(list(tmp_path.iterdir())) == 3
        assert len(list(made)) == 18


def test_the_store_is_not_read_beside(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'a'}.db")
    with store.begin("setup.prepare") as connection:
        read = engine.reader_of(connection)

        def items() -> Iterator[int]:
            yield len(read("units"))
            yield len(read("units"))
            yield len(read("tps"))

        with made_ahead(FILE, items(), []) as made:
            assert [next(made), next(made)] == [0, 0]
            with pytest.raises(RuntimeError, match="tps"):
                next(made)
    store.close()


def test_small_files_and_processes_with_threads_do_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1})
    path = tmp_path / FILE
    path.write_bytes(bytes(ahead._LARGE_BYTES))
    assert not is_worth_it(path)
    path.write_bytes(bytes(ahead._LARGE_BYTES + 1))
    assert is_worth_it(path)
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert not is_worth_it(path)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0})
    assert not is_worth_it(path)
