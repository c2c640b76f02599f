"""A CSV file in pieces of whole records, read once and from any record on, in bounded memory.

A record is a line; one whose quotes are still open at its end goes on in the next. What cannot be
taken for a record is handed over with its line and a reason, never skipped in silence, and what
follows it is read on. What is decided does not depend on where a piece ends.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from data.errors import FileUnreadableError, SourceMissingError
from data.nation.errors import NationError

PIECE_BYTES = 1 << 24
"""How much of a file is in memory at a time, besides what is made of it."""
RECORD_BYTES = 1 << 16
"""Longest record; also how far the end of an open quote is looked for."""
VALUE_LENGTH = 200
"""Characters that are kept of a refused value."""
_NONE: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)
_BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_ODD_QUOTE = re.compile(rb'[^,\n]"[^,\r\n]')
"""A quote that neither begins nor ends a value."""
_QUOTED = re.compile(rb'"[^"\n]*"')


class Held(NamedTuple):
    """Why a row of a file is not taken: its line, the column, what stands there, the reason."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Piece:
    """Whole records of a file.

    Attributes
    ----------
    end
        Bytes of the file up to and with it.
    lines
        Lines of the file up to and with it.
    content
        Its records as UTF-8, one a line, each with as many values as there are columns.
    numbers
        Shape (n,): line on which each of them begins; the first of the file is 1.
    held
        What of it is no record.
    head_sha256
        Digest of the file up to and with it.
    """

    end: int
    lines: int
    content: bytes
    numbers: npt.NDArray[np.int64]
    held: list[Held] = field(default_factory=list)
    head_sha256: str = ""


def read_header(path: Path, wanted: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """Return the columns of a file in their order, and how many bytes its first line takes.

    Raises
    ------
    SourceMissingError
        Without the file.
    FileUnreadableError
        When it cannot be opened.
    NationError
        ``columns`` when the first line is not made of ``wanted``, each once, in any order.
    """
    with opened(path) as file:
        line = file.readline(RECORD_BYTES)
    fields = _fields(line.removeprefix(_BOM).rstrip(b"\r\n")) if _is_text(line) else None
    if fields is None or sorted(fields) != sorted(wanted):
        raise NationError("columns", ",".join(wanted))
    return tuple(fields), len(line)


def opened(path: Path) -> BinaryIO:
    """Open a file to read bytes.

    Raises
    ------
    SourceMissingError
        Without the file.
    FileUnreadableError
        When it cannot be opened.
    """
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise SourceMissingError(path) from error
    except OSError as error:
        raise FileUnreadableError(path, str(error.strerror), "CSV") from error


def read_pieces(
    path: Path, columns: int, start: int, lines: int, *, piece_bytes: int = PIECE_BYTES
) -> Iterator[Piece]:
    """Yield the records of a file from a byte on.

    Parameters
    ----------
    path
        The file.
    columns
        Values that each record has.
    start
        Byte at which a record begins.
    lines
        Lines before it.
    piece_bytes
        How much is read at a time; at least twice `RECORD_BYTES`.
    """
    with opened(path) as file:
        digest = _digest_of(file, start)
        rest, is_last = b"", False
        while not is_last:
            read = file.read(piece_bytes)
            is_last = len(read) < piece_bytes
            data = rest + read
            piece, used = _piece(data, columns, lines, is_last=is_last)
            digest.update(memoryview(data)[:used])
            rest = data[used:]
            if used == 0 and data and not is_last:
                # One line that is longer than all that is held: its end is looked for.
                digest.update(data)
                skipped, is_last = _skip_line(file, digest)
                used, rest = len(data) + skipped, b""
                piece = Piece(0, 1, b"", _NONE, [_too_long(lines + 1, data)])
            start, lines = start + used, lines + piece.lines
            if used:
                yield replace(piece, end=start, lines=lines, head_sha256=digest.hexdigest())


def _digest_of(file: BinaryIO, size: int) -> hashlib._Hash:
    """Read so many bytes from the beginning of a file and return their digest."""
    digest = hashlib.sha256()
    while size and (part := file.read(min(size, PIECE_BYTES))):
        digest.update(part)
        size -= len(part)
    return digest


def _skip_line(file: BinaryIO, digest: hashlib._Hash) -> tuple[int, bool]:
    """Read up to the end of a line; return its bytes, and whether the file ends with it."""
    used = 0
    while part := file.readline(PIECE_BYTES):
        digest.update(part)
        used += len(part)
        if part.endswith(b"\n"):
            return used, False
    return used, True


def _piece(data: bytes, columns: int, lines: int, *, is_last: bool) -> tuple[Piece, int]:
    """Return the records at the head of ``data``, and the bytes they take."""
    cut = len(data) if is_last else data.rfind(b"\n") + 1
    if cut == 0:
        return Piece(0, 0, b"", _NONE), 0
    whole = data if cut == len(data) else data[:cut]
    if _is_plain(whole, columns):
        count = whole.count(b"\n") + (not whole.endswith(b"\n"))
        numbers = np.arange(lines + 1, lines + count + 1, dtype=np.int64)
        return Piece(0, count, whole, numbers), cut
    return _record_by_record(data, columns, lines, is_last=is_last)


def _is_plain(data: bytes, columns: int) -> bool:
    """Tell whether each line is a record as it should be, by looks at all of them at once."""
    at = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(at == ord("\n"))
    if len(ends) == 0 or ends[-1] != len(data) - 1:
        ends = np.append(ends, len(data))
    lengths = np.diff(ends, prepend=-1) - 1
    if lengths.max() > RECORD_BYTES or lengths.min() == 0 or b"\x7f" in data:
        return False
    if np.count_nonzero(at < ord(" ")) != data.count(b"\n") + data.count(b"\r\n"):
        return False
    if not data.isascii() and not _is_text(data):
        return False
    if b'"' in data:
        if _ODD_QUOTE.search(data) is not None:
            return False
        outside = _QUOTED.sub(b"", data)
        data = outside if outside.endswith(b"\n") == data.endswith(b"\n") else outside + b"."
        if b'"' in data:
            return False
    return _commas_are(data, columns - 1)


def _commas_are(data: bytes, wanted: int) -> bool:
    """Tell whether each line has so many commas."""
    at = np.frombuffer(data, dtype=np.uint8)
    marks = at[(at == ord(",")) | (at == ord("\n"))]
    ends = np.flatnonzero(marks == ord("\n"))
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(marks))
    return bool((np.diff(ends, prepend=-1) - 1 == wanted).all())


def _record_by_record(data: bytes, columns: int, lines: int, *, is_last: bool) -> tuple[Piece, int]:
    """Return what `_piece` does for records that have to be looked at one by one."""
    good: list[bytes] = []
    numbers: list[int] = []
    held: list[Held] = []
    used, line = 0, lines + 1
    while (found := _next_end(data, used, columns, is_last=is_last)) is not None:
        end, reason = found
        record = data[used:end].removesuffix(b"\n").removesuffix(b"\r")
        reason = reason or _fault(record, columns)
        if reason:
            held.append(Held(line, "", _shown(record), reason))
        elif record:
            good.append(_plainly(record))
            numbers.append(line)
        line += data.count(b"\n", used, end) + (data[end - 1] != ord("\n"))
        used = end
    content = b"\n".join(good) + b"\n" if good else b""
    return Piece(0, line - lines - 1, content, np.array(numbers, dtype=np.int64), held), used


def _next_end(data: bytes, at: int, columns: int, *, is_last: bool) -> tuple[int, str] | None:
    """Return where the record that begins at a byte ends and what is wrong with its shape.

    None where ``data`` does not hold enough of it, or nothing more.
    """
    line_end = _line_end(data, at, is_last=is_last)
    if line_end <= at:
        return None
    if line_end - at > RECORD_BYTES:
        return line_end, "line_too_long"
    quotes, end = data.count(b'"', at, line_end), line_end
    while quotes % 2:
        after = _line_end(data, end, is_last=is_last)
        if after == 0 and len(data) - at <= RECORD_BYTES:
            return None
        if after in {0, end} or after - at > RECORD_BYTES:
            return line_end, "quote_open"
        quotes += data.count(b'"', end, after)
        end = after
    if end > line_end and not _has_columns(data[at:end].rstrip(b"\r\n"), columns):
        return line_end, "quote_open"
    return end, ""


def _line_end(data: bytes, at: int, *, is_last: bool) -> int:
    """Return the byte after the line that begins at one; 0 where it does not end in ``data``."""
    return data.find(b"\n", at) + 1 or (len(data) if is_last else 0)


def _fault(record: bytes, columns: int) -> str:
    """Return why a record cannot be read into values; "" where it can, or is empty."""
    if _CONTROL.search(record):
        return "line_break" if b"\n" in record or b"\r" in record else "control"
    if not _is_text(record):
        return "not_utf8"
    if record and not _has_columns(record, columns):
        return "field_count"
    return ""


def _has_columns(record: bytes, columns: int) -> bool:
    if b'"' not in record:
        return record.count(b",") == columns - 1
    fields = _fields(record)
    return fields is not None and len(fields) == columns


def _fields(record: bytes) -> list[str] | None:
    """Return the values of a record; None where its last quote is open."""
    # What stands behind the last value shows whether that ended.
    words = record.decode("utf-8", errors="replace") + ",."
    try:
        fields = next(csv.reader(io.StringIO(words, newline="")), [])
    except csv.Error:
        return None
    return fields[:-1] if fields and fields[-1] == "." else None


def _plainly(record: bytes) -> bytes:
    """Return a record that whoever reads it takes for the same values, whatever its quotes."""
    if b'"' not in record:
        return record
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(_fields(record) or [])
    return line.getvalue().encode()


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _too_long(line: int, data: bytes) -> Held:
    return Held(line, "", _shown(data[: 4 * VALUE_LENGTH]), "line_too_long")


def _shown(record: bytes) -> str:
    """Return the beginning of what was refused, as text that can be stored and shown."""
    words = record[: 4 * VALUE_LENGTH].decode("utf-8", errors="replace")[:VALUE_LENGTH]
    return _CONTROL.sub(b"\xef\xbf\xbd", words.encode()).decode()
