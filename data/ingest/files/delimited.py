"""Text with a separator between cells: encoding, separator, quotes, and rows by blocks.

Blocks in which every quoted cell ends on its line are cut by Arrow; all others go row by row, so
that row numbers, cells with line breaks and rows of any length come out the same.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pyarrow as pa
import pyarrow.csv as pa_csv

from data.ingest.files.limits import Limits, beyond, unreadable
from data.ingest.files.table import Batch, Row

_DELIMITERS = ",;\t|"
_SNIFF_LINES = 50
_MOST_CONTROLS = 0.02
_BLOCK = 1 << 20
_LARGEST_BLOCK = 16 << 20
_LINE_CELLS = 40
_LONG_CELL_BREAKS = 20
_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def encoding_of(path: Path, head: bytes) -> str:
    """Return how a text is encoded: UTF-8, UTF-16 (also without a mark) or Windows-1252.

    Raises
    ------
    FileUnreadableError
        When it is no text, or cut short.
    """
    utf16 = _MARKS.get(head[:2]) or _utf16_by_zeros(head)
    # One stray control character is a slip of the keyboard; many are an image or an archive.
    controls = sum(byte < 9 or 13 < byte < 32 for byte in head)
    many = controls > len(head) * _MOST_CONTROLS
    if head.startswith(b"%PDF") or (not utf16 and (b"\0" in head or many)):
        raise unreadable(path, "unknown_format")
    for encoding in [utf16] if utf16 else ["utf-8", "cp1252"]:
        try:
            with path.open("rb") as file:
                for text in _decoded(file, encoding):
                    if "\0" in text:
                        raise unreadable(path, "unknown_format")
        except UnicodeDecodeError:
            continue
        return encoding
    raise unreadable(path, "utf16_broken" if utf16 else "unknown_encoding")


def _utf16_by_zeros(head: bytes) -> str | None:
    """Return which UTF-16 a text without a mark is, told by where its zero bytes stand."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(1, len(head) // 2)
    if odd > half * 0.5 and even < half * 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.5 and odd < half * 0.05 else None


def _decoded(file: IO[bytes], encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    while block := file.read(_BLOCK):
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _delimiter(sample: Sequence[str]) -> tuple[str, set[int]]:
    """Return the separator that cuts lines into the most, and most even, cells.

    With it come how many cells a row usually has, and the most that one has.
    """
    best, best_score, best_widths = ",", (0.0, 1.0), {1}
    for mark in _DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(sample, delimiter=mark) if any(row)]
        except csv.Error:
            continue
        if not widths:
            continue
        usual = max(set(widths), key=widths.count)
        score = (widths.count(usual) / len(widths) if usual > 1 else 0.0, float(usual))
        if score > best_score:
            best, best_score, best_widths = mark, score, {usual, max(widths)}
    return best, best_widths


@cache
def _quoted_cell(delimiter: str) -> re.Pattern[bytes]:
    """Return what a cell in quotes looks like that ends on its line, as Excel writes it."""
    mark = re.escape(delimiter).encode()
    return re.compile(
        rb"(?:^|(?<=" + mark + rb'))"(?:[^"\r\n]++|"")*+"(?=' + mark + rb"|\r?\n|\Z)", re.MULTILINE
    )


class Delimited:
    """A CSV file, read from the start.

    Parameters
    ----------
    path
        The file.
    head
        Its first bytes.
    limits
        The most that is read.

    Raises
    ------
    FileUnreadableError
        When it is no text.
    """

    def __init__(self, path: Path, head: bytes, limits: Limits) -> None:
        self._path, self._limits = path, limits
        self._encoding = encoding_of(path, head)
        self._bare_returns = _has_bare_returns(path)
        csv.field_size_limit(limits.cell_chars)
        self._delimiter, self._widths = ",", {1}
        self._offset = self._row = 0

    def _sniff(self, file: IO[bytes]) -> None:
        """Find the separator; leave the file where the first row starts."""
        start = file.tell()
        lines = [line.decode() for line in islice(self._lines(file), _SNIFF_LINES)]
        # Excel writes and hides this line; it is not a row of the sheet.
        hint = lines[0].strip().lower() if lines else ""
        hinted = hint.startswith("sep=") and len(hint) == len("sep=;")
        self._delimiter, self._widths = _delimiter(lines[hinted:])
        self._delimiter = hint[-1] if hinted else self._delimiter
        self._offset = len(lines[0].encode()) if hinted else 0
        file.seek(start + self._offset)

    @contextmanager
    def _open(self) -> Iterator[IO[bytes]]:
        """Yield the text as UTF-8 without a mark, lines ending in a line feed."""
        if self._encoding == "utf-8" and not self._bare_returns:
            with self._path.open("rb") as file:
                mark = file.read(3) == codecs.BOM_UTF8
                file.seek(3 if mark else 0)
                yield file
            return
        with self._path.open("rb") as file, TemporaryFile(prefix="siaga-") as out:
            held, first = "", True
            for block in _decoded(file, self._encoding):
                text = held + (block.removeprefix("\ufeff") if first else block)
                first = first and not block
                held = "\r" if text.endswith("\r") else ""
                text = text[: len(text) - len(held)]
                out.write(re.sub("\r(?!\n)", "\n", text).encode())
            out.write(b"\n" if held else b"")
            out.seek(0)
            yield out

    def _lines(self, file: IO[bytes]) -> Iterator[bytes]:
        most = self._limits.cell_chars * _LINE_CELLS
        while line := file.readline(most):
            if len(line) == most and not line.endswith(b"\n"):
                raise beyond(self._path, "cell_too_long", self._limits.cell_chars)
            yield line

    def lead(self, count: int) -> list[Row]:
        """Return the first rows; what `batches` gives begins behind them."""
        with self._open() as file:
            self._sniff(file)
            start = file.tell()
            rows = list(islice(self._records(file), count))
            self._offset += file.tell() - start
        self._row = len(rows)
        return rows

    def batches(self, width: int, chunk_rows: int) -> Iterator[Batch]:
        """Yield the rows behind the first ones, about ``chunk_rows`` at a time.

        Raises
        ------
        FileUnreadableError
            When a quote is left open or a cell is too long.
        """
        size = max(1, self._offset // max(1, self._row)) * chunk_rows
        with self._open() as file:
            file.seek(file.tell() + self._offset)
            while block := file.read(max(1, min(size, _LARGEST_BLOCK))):
                block += file.readline()
                columns = self._fast(block, width)
                if columns is not None:
                    self._row += len(columns[0])
                    yield columns
                    continue
                end = file.tell()
                file.seek(end - len(block))
                rows = []
                for row in self._records(file):
                    rows.append(row)
                    if file.tell() >= end:
                        break
                    if len(rows) == chunk_rows:
                        self._row += len(rows)
                        yield rows
                        rows = []
                self._row += len(rows)
                yield rows

    def _fast(self, block: bytes, width: int) -> list[pa.Array] | None:
        """Return the cells of a block by column, None when it needs reading row by row."""
        if width == 1 or block.startswith(codecs.BOM_UTF8):
            return None
        quoted = b'"' in block
        if quoted and b'"' in _quoted_cell(self._delimiter).sub(b"", block):
            return None
        names = [str(i) for i in range(width)]
        try:
            table = pa_csv.read_csv(
                pa.py_buffer(block),
                pa_csv.ReadOptions(column_names=names),
                pa_csv.ParseOptions(
                    delimiter=self._delimiter,
                    quote_char='"' if quoted else False,
                    ignore_empty_lines=False,
                ),
                pa_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid:
            return None
        lines = block.count(b"\n") + (not block.endswith(b"\n"))
        if table.num_rows != lines:
            return None
        return [column.combine_chunks() for column in table.columns]

    def _records(self, file: IO[bytes]) -> Iterator[Row]:
        taken: list[str] = []

        def lines() -> Iterator[str]:
            for line in self._lines(file):
                taken.append(line.decode())
                yield taken[-1]

        number = self._row
        reader = csv.reader(lines(), delimiter=self._delimiter)
        while True:
            number += 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as err:
                if len(taken) > _LONG_CELL_BREAKS:
                    raise unreadable(self._path, "open_quote", f"baris {number}") from err
                most = self._limits.cell_chars
                raise beyond(self._path, "cell_too_long", most, f"baris {number}") from err
            if '"' in taken[0] and self._is_open(row, taken, file):
                raise unreadable(self._path, "open_quote", f"baris {number}")
            taken.clear()
            yield row

    def _is_open(self, row: Row, taken: list[str], file: IO[bytes]) -> bool:
        """Return whether a quote was left open in a row, or closed by that of a later row."""
        several = len(taken) > 1
        if not several and file.peek(1):  # type: ignore[attr-defined]
            return False
        try:
            list(csv.reader(taken, delimiter=self._delimiter, strict=True))
        except csv.Error as err:
            return several or "end of data" in str(err)
        return several and any(self._holds_rows(cell, w) for cell in row for w in self._widths)

    def _holds_rows(self, cell: str, width: int) -> bool:
        """Return whether the lines of a cell look like rows of so many cells."""
        counts = [line.count(self._delimiter) for line in cell.split("\n")]
        inner, most = counts[1:-1], width - 1
        if len(counts) < 2 or most < 1:
            return False
        whole = sum(count == most for count in inner)
        if len(inner) >= _LONG_CELL_BREAKS:
            return whole * 2 >= len(inner)
        if len(inner) > 1 and most > 1:
            return whole == len(inner)
        same_column = counts[0] + counts[-1] == most and whole == len(inner)
        return same_column and sum(counts) >= 4


def _has_bare_returns(path: Path) -> bool:
    """Return whether lines end in a carriage return alone somewhere."""
    with path.open("rb") as file:
        held = b""
        while block := file.read(_BLOCK):
            if b"\r" in block or held:
                text = held + block
                held = b"\r" if text.endswith(b"\r") else b""
                text = text[: len(text) - len(held)]
                if text.count(b"\r") != text.count(b"\r\n"):
                    return True
        return bool(held)
