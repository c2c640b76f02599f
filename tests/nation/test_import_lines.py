"""Records of a CSV file: every byte is accounted for, whatever the file holds and however cut."""

from __future__ import annotations

import csv
import hashlib
import io
import resource
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from data.errors import SourceMissingError
from data.nation import lines
from data.nation.errors import NationError
from data.nation.lines import RECORD_BYTES, Piece, read_header, read_pieces

THREE = 3
SMALL = 2 * RECORD_BYTES
HOSTILE = st.lists(
    st.sampled_from(
        [b"a", b",", b'"', b"\n", b"\r\n", b"\r", b"\0", b"\xff", b"\xc3\xa9", b'""', b" ", b"\x7f",
         b"a,b,c\n", b'"a","b",c\n', b'"a\nb",c,d\n', b"\n\n"]
    ),
    max_size=60,
).map(b"".join)  # fmt: skip


def pieces_of(path: Path, start: int = 0, before: int = 0, size: int = SMALL) -> list[Piece]:
    return list(read_pieces(path, THREE, start, before, piece_bytes=size))


def told(pieces: list[Piece]) -> tuple[list[tuple[int, list[str]]], list[tuple[int, str]]]:
    """Return the records with their lines and values, and what was held with line and reason."""
    good: list[tuple[int, list[str]]] = []
    for piece in pieces:
        rows = list(csv.reader(io.StringIO(piece.content.decode(), newline="")))
        good += list(zip(map(int, piece.numbers), rows, strict=True))
    return good, [(one.line, one.reason) for piece in pieces for one in piece.held]


def by_hand(data: bytes) -> tuple[list[tuple[int, list[str]]], list[tuple[int, str]]]:
    """Return what `told` does by another way: line by line, with a state for open quotes."""
    physical = [part + b"\n" for part in data.split(b"\n")]
    physical[-1] = physical[-1][:-1]
    physical = [part for part in physical if part]
    good, held, at = [], [], 0
    while at < len(physical):
        taken = next(
            (n for n, quotes in enumerate(accumulate(p.count(b'"') for p in physical[at:]), 1)
             if quotes % 2 == 0),
            0,
        )  # fmt: skip
        record = b"".join(physical[at : at + taken]).rstrip(b"\r\n") if taken > 1 else physical[at]
        record = record.removesuffix(b"\n").removesuffix(b"\r")
        values = _values(record)
        if not taken or (taken > 1 and len(values) != THREE):
            held.append((at + 1, "quote_open"))
            at += 1
            continue
        inner = {byte for byte in record if byte < 32 or byte == 127}
        if inner:
            held.append((at + 1, "line_break" if inner & {10, 13} else "control"))
        elif b"\xff" in record or record.decode(errors="replace").encode() != record:
            held.append((at + 1, "not_utf8"))
        elif record and len(values) != THREE:
            held.append((at + 1, "field_count"))
        elif record:
            good.append((at + 1, values))
        at += taken
    return good, held


def _values(record: bytes) -> list[str]:
    """Read the values of a record with a machine of two states."""
    values, value, quoted, begun = [], "", False, False
    words = record.decode(errors="replace")
    n = 0
    while n < len(words):
        letter = words[n]
        if quoted:
            if letter == '"' and words[n + 1 : n + 2] == '"':
                value += '"'
                n += 1
            elif letter == '"':
                quoted = False
            else:
                value += letter
        elif letter == '"' and not begun:
            quoted = True
        elif letter == ",":
            values.append(value)
            value, begun = "", False
            n += 1
            continue
        elif letter in "\r\n":
            return []
        else:
            value += letter
        begun = True
        n += 1
    return [] if quoted else [*values, value]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
@example(b'a",b,c\n')
@example(b'a","b\n')
@example(b'"a""b",c,d\n')
@example(b'"a,b,c\nd,e,f\n')
@example(b'a,b,"c')
@given(HOSTILE)
def test_any_bytes_are_told_as_by_hand(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(data)
    pieces = pieces_of(path)
    assert told(pieces) == by_hand(data)
    if data:
        assert (pieces[-1].end, pieces[-1].head_sha256) == (
            len(data), hashlib.sha256(data).hexdigest(),
        )  # fmt: skip
        assert pieces[-1].lines == data.count(b"\n") + (not data.endswith(b"\n"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(HOSTILE, min_size=1, max_size=4), st.integers(0, 2**32))
def test_where_a_piece_ends_changes_nothing(tmp_path: Path, parts: list[bytes], seed: int) -> None:
    rng = np.random.default_rng(seed)
    filler = b"".join(b"x%d,y,z\n" % n for n in rng.integers(0, 9, 40_000))
    data = filler.join(parts)
    path = tmp_path / "f.csv"
    path.write_bytes(data)
    whole, cut = pieces_of(path, size=1 << 24), pieces_of(path)
    assert len(cut) > len(whole) or len(data) < SMALL
    assert told(cut) == told(whole)
    for n, piece in enumerate(cut[:-1]):
        rest = told(pieces_of(path, piece.end, piece.lines))
        assert rest == told(cut[n + 1 :])


def test_a_line_of_any_length_is_one_held_row_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(b"a,b,c\n")
        for _ in range(300):
            file.write(b"x" * (1 << 20))
        file.write(b"\nd,e,f\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    good, held = told(pieces_of(path, size=1 << 20))
    grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert good == [(1, ["a", "b", "c"]), (3, ["d", "e", "f"])]
    assert held == [(2, "line_too_long")]
    assert grown_mib < 150


def test_a_quote_that_never_closes_costs_its_own_line_alone(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    rows = [b"a%d,b,c\n" % n for n in range(100_000)]
    rows[50_000] = b'"a,b,c\n'
    path.write_bytes(b"".join(rows))
    good, held = told(pieces_of(path))
    assert held == [(50_001, "quote_open")]
    assert len(good) == 99_999


@pytest.mark.parametrize(
    "head",
    [b"", b"a,b\n", b"a,b,c,c\n", b"a,b,c,d\n", b"a,a,b,c\n", b"A,b,c\n", b"\xff,b,c\n",
     b'"a,b,c\n', b"\0" * 100, b"x" * (2 * RECORD_BYTES), b"a;b;c\n"],
)  # fmt: skip
def test_a_first_line_that_does_not_name_the_columns_is_refused(
    tmp_path: Path, head: bytes
) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(head)
    with pytest.raises(NationError, match="columns"):
        read_header(path, ("a", "b", "c"))


@pytest.mark.parametrize(
    ("head", "columns"),
    [
        (b"a,b,c\n", ("a", "b", "c")),
        (b"\xef\xbb\xbfb,c,a\r\n", ("b", "c", "a")),
        (b'"c","b",a\n', ("c", "b", "a")),
        (b"a,b,c", ("a", "b", "c")),
    ],
)
def test_columns_may_stand_in_any_order(
    tmp_path: Path, head: bytes, columns: tuple[str, ...]
) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(head)
    assert read_header(path, ("a", "b", "c")) == (columns, len(head))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError):
        read_header(tmp_path / "none.csv", ("a",))
    assert lines.VALUE_LENGTH == 200
