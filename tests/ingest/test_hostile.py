"""Whatever is sent in ends in a table or in words that name the file, and nothing else of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import FileUnreadableError, SourceMissingError
from data.ingest.files.opening import open_file, uploaded
from geo.errors import SiagaError
from tests.imports import looks_like_header
from tests.ingest import hostile

ROOT = Path(__file__).resolve().parents[2]
MOST_SECONDS = 45.0
"""Nothing hangs, also on a machine that is three times slower than usual."""
MOST_GIB = 1.0
MOST_BYTES = 2_000


def outcome(name: str, content: bytes) -> str:
    """Return ``table``, or the words in which a file is refused; nothing else may come of it."""
    with uploaded(name, content) as path:
        try:
            for sheet in open_file(path, looks_like_header).sheets:
                for chunk in sheet.chunks:
                    for column in chunk.frame:
                        # What a store cannot hold must not get past here.
                        "\n".join(chunk.frame[column]).encode("utf-8")
        except SiagaError as err:
            words = str(err)
            assert str(path.parent) not in words
            assert tempfile.gettempdir() not in words
            assert len(words.encode("utf-8")) < MOST_BYTES
            return words
    return "table"


def peak_memory_gib() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 2**20


def try_all() -> None:
    """Print what came of every hostile file as JSON lines."""
    for name, content in hostile.files():
        start = time.process_time()
        words = outcome(name, content)
        print(json.dumps([name, words, time.process_time() - start, peak_memory_gib()]))


def test_every_hostile_file_ends_in_a_table_or_in_words_in_time_and_memory() -> None:
    command = "from tests.ingest.test_hostile import try_all; try_all()"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", command],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    seen = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(seen) >= 300
    assert [one for one in seen if one[2] > MOST_SECONDS] == []
    assert max(one[3] for one in seen) < MOST_GIB
    assert sum(one[1] == "table" for one in seen) < len(seen) / 2


def test_hostile_files_are_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    first = hostile.workbook()
    monkeypatch.setattr(time, "time", lambda: 2e9)
    core = hostile.parts_of(first)["docProps/core.xml"]
    assert set(re.findall(rb"20\d\d-", core)) == {b"2024-"}
    assert first == hostile.workbook()


def test_folders_pipes_and_strange_names_are_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipa.csv"
    os.mkfifo(pipe)
    for path in (tmp_path, pipe, Path("/dev/null"), Path("a" * 5_000)):
        with pytest.raises(FileUnreadableError, match="not_a_file") as caught:
            open_file(path)
        assert str(tmp_path) not in str(caught.value)
    for name in ("tidak_ada.csv", "a\0b.csv"):
        with pytest.raises(SourceMissingError):
            open_file(tmp_path / name)


def test_a_name_is_shown_without_what_would_break_a_line() -> None:
    assert outcome("a\x1b\nb\u202e\udcff.csv", b"\0").startswith("a??b??.csv: empty")


@settings(deadline=None, max_examples=300)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"PK\x03\x04", b"[{", b'{"data":[', b"\xff\xfe", hostile.TABLE.encode()]),
)
def test_any_bytes_end_in_a_table_or_in_words(content: bytes, before: bytes) -> None:
    outcome("apa_saja.csv", before + content)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None, max_examples=200)
@given(json_values)
def test_any_json_ends_in_a_table_or_in_words(value: object) -> None:
    outcome("apa_saja.json", json.dumps([value]).encode())
    outcome("apa_saja.json", json.dumps({"data": value}).encode())
