"""Rows of text as a table: headings, row numbers, and what is no row of data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.ingest.files.limits import Limits, beyond, shown

CHUNK_ROWS = 100_000
SAMPLE_ROWS = 200
HEADER_SEARCH_ROWS = 20
HEADER_LAST_ROW = 1000
"""Headings that are said to stand below this row are not looked for."""

HEADER_MOST_ROWS = 3

_NEUTRAL = r"^'([=+\-@\t\r])"
_TOTAL_START = r"(?i)^[\s*]*(sub|grand|total|jumlah|jml|rekap)"
_TOTAL_ALONE = re.compile(r"\W*(?:(?:sub|grand)\W*)?(?:total|jumlah|jml)\W*", re.IGNORECASE)
_TOTAL_OF = re.compile(
    r"\W*(?:(?:sub|grand)\W*)?(?:total|jumlah|jml|rekap|rekapitulasi)\b\W*"
    r"(?:(?:total|jumlah|akhir|keseluruhan|seluruh\w*|semua\w*|umum|besar|halaman|se|kec\w*|kab\w*"
    r"|kota|prov\w*|(?:desa|kel\w*|dapil)\W+\w+)\b.*)?",
    re.IGNORECASE | re.DOTALL,
)
_LETTER = re.compile(r"[^\W\d_]")
_NUMBERED = re.compile(r"(\(?)\s*(\d{1,3})\s*\)?")

BROKEN_TEXT = re.compile("[\0\ud800-\udfff]")
"""What no store can hold."""

HeaderTest = Callable[[Sequence[str]], bool]
Row = list[str]
Batch = list[Row] | list[pa.Array]
"""Rows, or columns of equal length, one per heading."""


@dataclass(frozen=True)
class CellFault:
    """A cell that cannot be handed on.

    Attributes
    ----------
    row_number
        As a spreadsheet counts.
    column_name, value, reason
        Heading, text of the cell, and machine key of what is wrong.
    """

    row_number: int
    column_name: str
    value: str
    reason: str


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file.

    Attributes
    ----------
    frame
        One ``str`` column per heading, indexed by row number; rows without any text are left out.
    faults
        What does not fit into the columns, such as a row with more cells than headings.
    section
        Text of the row that heads each row's part of the table, where that is known already.
    """

    frame: pd.DataFrame
    faults: list[CellFault]
    section: pd.Series | None = None


@dataclass(frozen=True)
class SkippedRow:
    """A row that is no data.

    Attributes
    ----------
    row_number
        As a spreadsheet counts.
    kind
        ``title`` (above the headings), ``column_numbers``, ``total`` or ``repeated_header``.
    text
        Its filled cells, cut to 60 characters.
    """

    row_number: int
    kind: str
    text: str


@dataclass(frozen=True)
class Sheet:
    """A table of a file.

    Attributes
    ----------
    name
        Name of the sheet; empty for CSV and JSON.
    header
        Headings, unique and on one line each: a repeated one carries its count in brackets.
    header_row
        Row number of the headings, the last one where they take several rows.
    sample
        The first rows below them, at most 200.
    chunks
        All rows below them; can be run through once.
    skipped
        Rows that are no data; grows while the chunks are read.
    """

    name: str
    header: tuple[str, ...]
    header_row: int
    sample: pd.DataFrame
    chunks: Iterator[Chunk]
    skipped: list[SkippedRow]


@dataclass(frozen=True)
class Merges:
    """Cells of a sheet that are merged, each as first row, first column, last row, last column.

    Rows and columns count from 1.
    """

    ranges: tuple[tuple[int, int, int, int], ...] = ()


@dataclass(frozen=True)
class Header:
    """Headings found in the first rows of a table.

    Attributes
    ----------
    top, bottom
        Row numbers of their first and last row.
    cells
        One text per column.
    accepted
        Whether the test for headings accepts them.
    """

    top: int
    bottom: int
    cells: Row
    accepted: bool


def lead_rows(header_row: int | None) -> int:
    """Return how many rows to read before the headings are looked for."""
    below = min(header_row or HEADER_SEARCH_ROWS, HEADER_LAST_ROW)
    return below + SAMPLE_ROWS


def unique_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Return headings on one line each, blanks numbered, repeats with their count in brackets."""
    names: dict[str, None] = {}
    counts: dict[str, int] = {}
    for number, cell in enumerate(cells, start=1):
        plain = re.sub(_NEUTRAL, r"\1", " ".join(str(cell).split())) or f"kolom {number}"
        name, count = plain, counts.get(plain, 1)
        while name in names:
            count += 1
            name = f"{plain} ({count})"
        counts[plain] = count
        names[name] = None
    return tuple(names)


def _filled(row: Sequence[str]) -> list[int]:
    return [i for i, cell in enumerate(row) if cell.strip()]


def _merged(rows: Sequence[Row], top: int, merges: Merges) -> Row:
    """Return one heading per column: the lowest filled cell, with the one above if it repeats."""
    width = max(map(len, rows))
    grid = [row + [""] * (width - len(row)) for row in rows]
    for first, left, last, right in merges.ranges:
        if right > left and top <= first < last + 1 < top + len(rows):
            line = grid[first - top]
            line[left - 1 : right] = [line[left - 1]] * (min(right, width) - left + 1)
    if not merges.ranges:
        upper, lower = grid[0], grid[-1]
        for i in range(1, width):
            if lower[i].strip() and not upper[i].strip():
                upper[i] = upper[i - 1]
    columns = [[cell for cell in column if cell.strip()] for column in zip(*grid, strict=True)]
    names = [column[-1].strip() if column else "" for column in columns]
    return [
        f"{column[-2].strip()} / {name}" if names.count(name) > 1 and len(column) > 1 else name
        for name, column in zip(names, columns, strict=True)
    ]


def _bottom(row: int, merges: Merges) -> int:
    """Return the last row that the cells of a row are merged down to."""
    last = max((m[2] for m in merges.ranges if m[0] == row and m[2] > row), default=row)
    return last if last < row + HEADER_MOST_ROWS else row


def _second_row(upper: Row, lower: Row, accepts_upper: bool) -> bool:
    """Return whether a row may hold the headings below grouped ones, told from the text alone."""
    below, above = _filled(lower), set(_filled(upper))
    if len(below) < 2 or len(above) < 2 or any(re.search(r"\d", lower[i]) for i in below):
        return False
    if not accepts_upper:
        return len(above - set(below)) > 1
    grouped = [i for i in below if i not in above and i - 1 in above | set(below)]
    return bool(grouped) and min(above) not in below and len(below) < len(above)


def find_header(
    lead: Sequence[Row], merges: Merges, is_header: HeaderTest | None, header_row: int | None
) -> Header | None:
    """Return the headings among the first rows of a table.

    Parameters
    ----------
    lead
        The first rows, from row 1.
    merges
        Merged cells: where headings are merged down, they take several rows.
    is_header
        Tells whether cells are headings.
    header_row
        Row number that is known to hold headings.

    Returns
    -------
    Header or None
        The first headings that the test accepts, else the first filled row; None where no row is
        filled, or not that one.
    """
    if header_row is not None:
        if not 1 <= header_row <= len(lead):
            return None
        tops = [m[0] for m in merges.ranges if m[0] < header_row <= m[2]]
        top = min((t for t in tops if t > header_row - HEADER_MOST_ROWS), default=header_row)
        return _headings_at(lead, top, merges, is_header, known=True)
    numbers = [i + 1 for i, row in enumerate(lead[:HEADER_SEARCH_ROWS]) if _filled(row)]
    for number in numbers if is_header else []:
        found = _headings_at(lead, number, merges, is_header)
        if found and found.accepted:
            return found
    if not numbers:
        return None
    return Header(numbers[0], numbers[0], lead[numbers[0] - 1], is_header is None)


def _headings_at(
    lead: Sequence[Row], top: int, merges: Merges, is_header: HeaderTest | None, known: bool = False
) -> Header | None:
    """Return the headings that start in a row, over as many rows as belong to them."""
    if top > len(lead) or not _filled(lead[top - 1]):
        return None
    row = lead[top - 1]
    if is_header is None:
        return Header(top, top, row, accepted=True)
    alone = is_header(row)
    bottom = _bottom(top, merges)
    if bottom == top and top < len(lead) and _second_row(row, lead[top], alone):
        bottom = top + 1
    if top < bottom <= len(lead):
        cells = _merged(lead[top - 1 : bottom], top, merges)
        if is_header(cells) or (known and not alone):
            return Header(top, bottom, cells, accepted=True)
    return Header(top, top, row, accepted=alone or known)


def are_column_numbers(row: Row, below: Row | None, header: Sequence[str]) -> bool:
    """Return whether a row under headings only numbers the columns: 1, 2, 3 or (1), (2), (3)."""
    found = [_NUMBERED.fullmatch(cell.strip()) for cell in row if cell.strip()]
    width = len(_filled(header))
    if not all(found) or len(found) < max(2, width):
        return False
    if [int(one[2]) for one in found if one] != list(range(1, len(found) + 1)):
        return False
    if all(one and one[1] for one in found):
        return True
    # The first row of a table of numbers may read 1, 2, 3 as well; what follows tells.
    follows = [cell.strip() for cell in below or () if cell.strip()]
    numbers = all(re.fullmatch(r"[\d.,-]+", cell) for cell in follows)
    return len(found) > 2 and bool(follows) and follows[0] != "2" and not numbers


def is_total(cells: Sequence[str]) -> bool:
    """Return whether a row adds up others: JUMLAH, SUB TOTAL, TOTAL KEC. X, REKAPITULASI.

    More than the bare word is believed only where the other cells hold no letters, for a report
    may well begin with "Rekapitulasi".
    """
    at = next((i for i, cell in enumerate(cells) if cell.strip()), None)
    if at is None:
        return False
    if _TOTAL_ALONE.fullmatch(cells[at]):
        return True
    rest = cells[at + 1 :]
    return bool(_TOTAL_OF.fullmatch(cells[at])) and not any(map(_LETTER.search, rest))


@dataclass
class Table:
    """Makes chunks of rows.

    Parameters
    ----------
    path
        The file, for messages.
    limits
        The most that is read.
    header
        Headings.
    repeats
        Rows as the headings are written; they are no data where they come again.
    """

    path: Path
    limits: Limits
    header: tuple[str, ...]
    repeats: list[Row] = field(default_factory=list)
    skipped: list[SkippedRow] = field(default_factory=list)

    def chunks(self, first: int, batches: Iterator[Batch], size: int) -> Iterator[Chunk]:
        """Yield chunks of at most ``size`` rows that hold rows or faults, from a row number on."""
        number = first
        for batch in batches:
            by_column = bool(batch) and not isinstance(batch[0], list)
            length = len(batch[0]) if by_column else len(batch)
            if number + length - 1 > self.limits.rows:
                raise beyond(self.path, "too_many_rows", self.limits.rows)
            for start in range(0, length, size):
                faults: list[CellFault] = []
                if by_column:
                    columns = [column.slice(start, size) for column in batch]  # type: ignore[union-attr]
                else:
                    rows = batch[start : start + size]
                    if not any(rows):  # a sheet may go on for a million rows without a cell
                        continue
                    columns = self._columns(number + start, rows, faults)
                chunk = self._chunk(number + start, columns, faults)
                if len(chunk.frame) or chunk.faults:
                    yield chunk
            number += length

    def _columns(self, first: int, rows: list[Row], faults: list[CellFault]) -> list[pa.Array]:
        width = len(self.header)
        blank = [""] * width
        for offset, row in enumerate(rows):
            if len(row) > width:
                beyond_last = [cell for cell in row[width:] if cell.strip()]
                if beyond_last:
                    text = shown(" | ".join(beyond_last[:width]))
                    name = self.header[-1]
                    faults.append(CellFault(first + offset, name, text, "too_many_cells"))
                rows[offset] = row[:width]
            elif len(row) < width:
                rows[offset] = row + blank[len(row) :] if row else blank
        pairs = zip(self.header, zip(*rows, strict=True), strict=True)
        return [self._column(first, name, column, faults) for name, column in pairs]

    def _column(
        self, first: int, name: str, cells: Sequence[str], faults: list[CellFault]
    ) -> pa.Array:
        """Return cells; what no store can hold is replaced and told."""
        try:
            column = pa.array(cells, pa.large_string())
            if not pc.any(pc.match_substring(column, "\0")).as_py():
                return column
        except UnicodeEncodeError:
            pass
        clean = []
        for offset, cell in enumerate(cells):
            text = BROKEN_TEXT.sub("\ufffd", cell)
            if text != cell:
                faults.append(CellFault(first + offset, name, shown(text), "broken_text"))
            clean.append(text)
        return pa.array(clean, pa.large_string())

    def _chunk(self, first: int, columns: list[pa.Array], faults: list[CellFault]) -> Chunk:
        columns = [self._trimmed(first, *pair) for pair in zip(self.header, columns, strict=True)]
        keep = np.zeros(len(columns[0]), dtype=bool)
        for column in columns:
            keep |= pc.not_equal(column, "").to_numpy(zero_copy_only=False)
            if keep.all():
                break
        for fault in faults:
            keep[fault.row_number - first] = True
        for offset, kind, text in _no_data(columns, self.repeats):
            keep[offset] = False
            self.skipped.append(SkippedRow(first + offset, kind, text))
        frame = pa.Table.from_arrays(columns, names=list(self.header)).to_pandas()
        frame.index = pd.RangeIndex(first, first + len(keep), name="row_number")
        kept = frame if keep.all() else frame[keep]
        rows = set(kept.index) if faults else set()
        return Chunk(kept, [fault for fault in faults if fault.row_number in rows])

    def _trimmed(self, first: int, name: str, column: pa.Array) -> pa.Array:
        """Return cells trimmed, without the apostrophe that an export puts before a formula."""
        most = self.limits.cell_chars
        if (pc.max(pc.binary_length(column)).as_py() or 0) > most:
            lengths = pc.utf8_length(column).to_numpy(zero_copy_only=False)
            if lengths.max() > most:
                place = f"baris {first + int(lengths.argmax())}, kolom {shown(name)}"
                raise beyond(self.path, "cell_too_long", most, place)
        cells = pc.utf8_trim_whitespace(column)
        if not pc.any(pc.starts_with(cells, "'")).as_py():
            return cells
        return pc.replace_substring_regex(cells, pattern=_NEUTRAL, replacement=r"\1")


def _no_data(columns: list[pa.Array], repeats: list[Row]) -> Iterator[tuple[int, str, str]]:
    """Yield offset, kind and text of the rows that add up others or repeat the headings."""

    def cells(offset: int) -> Row:
        return [column[offset].as_py() for column in columns]

    wanted = [[cell.strip() for cell in row] for row in repeats if len(_filled(row)) > 1]
    seen: set[int] = set()
    for row in wanted:
        at = _filled(row)[0]
        equal = pc.equal(columns[at], row[at]).to_numpy(zero_copy_only=False)
        for offset in np.flatnonzero(equal).tolist():
            if offset not in seen and cells(offset) == row:
                seen.add(offset)
                yield offset, "repeated_header", shown(" | ".join(filter(None, row)))
    left = np.arange(len(columns[0]))
    for column in columns:
        part = column if len(left) == len(column) else column.take(pa.array(left))
        starts = pc.match_substring_regex(part, _TOTAL_START).to_numpy(zero_copy_only=False)
        for offset in left[starts].tolist():
            row = cells(offset)
            if offset not in seen and is_total(row):
                yield offset, "total", shown(" | ".join(filter(None, row)))
        left = left[pc.equal(part, "").to_numpy(zero_copy_only=False)]
        if not len(left):
            break


def make_sheet(
    path: Path,
    limits: Limits,
    name: str,
    lead: list[Row],
    header: Header,
    rest: Callable[[int], Iterator[Batch]],
    chunk_rows: int,
) -> Sheet | None:
    """Return a table whose headings are known, None when nothing stands below them.

    Parameters
    ----------
    path, limits
        The file and the most that is read of it.
    name
        Name of the sheet.
    lead
        Its first rows, from row 1.
    header
        The headings among them.
    rest
        Gives the rows behind them, for a number of columns.
    chunk_rows
        Rows per chunk.
    """
    if len(header.cells) > limits.columns:
        raise beyond(path, "too_many_columns", limits.columns)
    table = Table(path, limits, unique_names(header.cells))
    width = len(table.header)
    for number, row in enumerate(lead[: header.top - 1], start=1):
        if _filled(row):
            text = shown(" | ".join(cell for cell in row if cell.strip()))
            table.skipped.append(SkippedRow(number, "title", text))
    table.repeats = [*lead[header.top - 1 : header.bottom], header.cells]
    after = header.bottom
    below = lead[after : after + 2]
    if below and are_column_numbers(below[0], below[1] if below[1:] else None, header.cells):
        text = shown(" | ".join(below[0]))
        table.skipped.append(SkippedRow(after + 1, "column_numbers", text))
        table.repeats.append(below[0])
        after += 1
    table.repeats = [(row + [""] * (width - len(row)))[:width] for row in table.repeats]
    batches = chain([lead[after:]] if lead[after:] else [], rest(width))
    chunks = table.chunks(after + 1, batches, chunk_rows)
    first = next(chunks, None)
    if first is None:
        return None
    sample = first.frame.head(SAMPLE_ROWS)
    return Sheet(name, table.header, header.bottom, sample, chain([first], chunks), table.skipped)
