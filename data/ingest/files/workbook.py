"""Sheets of an XLSX workbook.

openpyxl reads them row by row. calamine was compared and left aside: it turns error cells such
as ``#N/A`` into blanks, and a sheet with two cells far apart ends the process for want of memory.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from data.errors import FileUnreadableError
from data.ingest.files.limits import Limits, beyond, shown, unreadable
from data.ingest.files.table import (
    Batch,
    Header,
    HeaderTest,
    Merges,
    Row,
    Sheet,
    find_header,
    lead_rows,
    make_sheet,
)

_MIB = 2**20
_SMALL_PART = 10 * _MIB
_BLOCK = 1 << 20
_OVERLAP = 256
_BATCH = 1_000
_MERGE = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})"
)
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_LISTED = 20
_WIDE_ROWS = 100
_SHEET_ROWS = 1_048_576
_MOST_MERGES = 500_000


@dataclass(frozen=True)
class UnreadSheet:
    """A sheet of a workbook that is not read.

    Attributes
    ----------
    name
        Its name.
    hidden
        Whether it is hidden in the workbook.
    reason
        ``empty``, ``no_headings``, ``no_rows``, ``hidden``, ``chart`` or ``not_asked``.
    """

    name: str
    hidden: bool
    reason: str


def cell_text(value: object) -> str:
    """Return a cell of a sheet, or a value of a record, as text.

    Dates become ISO; whole numbers lose their ``.0``. A fraction of exactly three digits gets a
    zero behind it, so that nobody can take its point for a thousands mark.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, float):
        text = str(int(value)) if value.is_integer() else repr(value)
        return text + "0" if len(text.partition(".")[2]) == 3 else text
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    return "" if value is None else str(value)


def read_workbook(
    path: Path,
    limits: Limits,
    is_header: HeaderTest | None,
    sheet: str | None,
    header_row: int | None,
    chunk_rows: int,
) -> tuple[tuple[Sheet, ...], tuple[UnreadSheet, ...]]:
    """Return the sheets that have headings, and those that are not read.

    Where no sheet has headings, the first one that is not empty is read all the same.

    Raises
    ------
    FileUnreadableError
        When it is no workbook, broken, too large, or has no such sheet.
    """
    _check_parts(path, limits)
    book = _Book(path, limits, is_header, header_row, chunk_rows)
    names = [one.title for one in book.sheets]
    asked = None if sheet is None else _index_of(path, sheet, names)
    read: list[Sheet] = []
    unread: list[UnreadSheet] = []
    spare: tuple[int, Any, _Lead] | None = None
    for number, one in enumerate(book.sheets):
        hidden = one.sheet_state != "visible"
        reason = book.without_rows(one) if asked in (None, number) else "not_asked"
        if not reason and hidden and asked is None:
            reason = "hidden"
        if not reason:
            lead = book.lead(one)
            found = lead.header
            if found is None:
                reason = "empty" if header_row is None else "no_headings"
            elif not found.accepted and asked is None:
                reason = "no_headings"
                spare = spare or (len(unread), one, lead)
            else:
                table = book.sheet(one, lead)
                reason = "" if table else "no_rows"
                read += [table] if table else []
        if reason:
            unread.append(UnreadSheet(one.title, hidden, reason))
    if not read and spare is not None:
        table = book.sheet(spare[1], spare[2])
        if table:
            read.append(table)
            del unread[spare[0]]
    if not read:
        reasons = {one.reason for one in unread}
        if header_row is not None and "no_headings" in reasons:
            raise unreadable(path, "header_row_empty")
        rowless = spare is not None or "no_rows" in reasons
        raise unreadable(path, "no_rows" if rowless else "empty")
    return tuple(read), tuple(unread)


def _index_of(path: Path, sheet: str, names: list[str]) -> int:
    if sheet in names:
        return names.index(sheet)
    if sheet.isascii() and sheet.isdigit() and 0 < int(sheet[:6]) <= len(names):
        return int(sheet[:6]) - 1
    listed = ", ".join(shown(name) for name in names[:_LISTED])
    raise unreadable(path, "unknown_sheet", listed)


def _check_parts(path: Path, limits: Limits) -> None:
    """Refuse a workbook that would take too much once unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            for part in parts:
                over = part.file_size > max(1, part.compress_size) * limits.ratio
                if over and part.file_size > _SMALL_PART:
                    raise beyond(path, "packed_too_tight", limits.ratio)
            if sum(part.file_size for part in parts) > limits.unpacked_bytes:
                raise beyond(path, "too_large_unpacked", limits.unpacked_bytes // _MIB)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as file:
                        if _DOCTYPE.search(file.read(4096)):
                            raise unreadable(path, "broken_workbook")
    except FileUnreadableError:
        raise
    except Exception as err:
        raise unreadable(path, "unknown_format") from err


@dataclass(frozen=True)
class _Lead:
    """The first rows of a sheet, and the rest behind them."""

    rows: list[Row]
    merges: Merges
    header: Header | None
    rest: Iterator[Row]


class _Book:
    def __init__(
        self,
        path: Path,
        limits: Limits,
        is_header: HeaderTest | None,
        header_row: int | None,
        chunk_rows: int,
    ) -> None:
        import openpyxl

        self._path, self._limits, self._is_header = path, limits, is_header
        self._header_row, self._chunk_rows = header_row, chunk_rows
        # In memory, so that no file stays open behind rows that nobody asks for.
        content = BytesIO(path.read_bytes())
        try:
            # The library warns of styles and validations that it drops; they hold no data.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._book = openpyxl.load_workbook(content, read_only=True, data_only=True)
        except Exception as err:  # it raises whatever a broken part makes it stumble over
            raise unreadable(path, "unknown_format") from err
        self.sheets = [self._book[name] for name in self._book.sheetnames]

    def without_rows(self, sheet: Any) -> str:
        """Return why a sheet cannot hold a table, empty text when it can."""
        return "" if hasattr(sheet, "reset_dimensions") else "chart"

    def lead(self, sheet: Any) -> _Lead:
        """Return the first rows of a sheet with its headings."""
        merges = Merges(tuple(self._merges(sheet)))
        rows = self._rows(sheet)
        lead = list(islice(rows, lead_rows(self._header_row)))
        near = Merges(tuple(one for one in merges.ranges if one[0] <= len(lead)))
        header = find_header(lead, near, self._is_header, self._header_row)
        return _Lead(lead, merges, header, rows)

    def sheet(self, sheet: Any, lead: _Lead) -> Sheet | None:
        """Return a sheet as a table, None when nothing stands below its headings."""
        assert lead.header is not None
        bottom = lead.header.bottom
        down = _Down(lead.merges)
        for number, row in enumerate(lead.rows[bottom:], start=bottom + 1):
            down.fill(number, row)

        def rest(_: int) -> Iterator[Batch]:
            number = len(lead.rows)
            while batch := list(islice(lead.rest, self._chunk_rows)):
                for row in batch:
                    number += 1
                    down.fill(number, row)
                yield batch

        limits, size = self._limits, self._chunk_rows
        return make_sheet(self._path, limits, sheet.title, lead.rows, lead.header, rest, size)

    def _rows(self, sheet: Any) -> Iterator[Row]:
        sheet.reset_dimensions()
        values = sheet.iter_rows(values_only=True)
        most, most_rows = self._limits.columns, min(self._limits.rows, _SHEET_ROWS)
        count = wide = 0
        while True:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    batch = [_row_text(row, most) for row in islice(values, _BATCH)]
            except Exception as err:  # as above, and only now is the sheet unpacked
                where = f"lembar {shown(sheet.title)}"
                raise unreadable(self._path, "broken_workbook", where) from err
            if not batch:
                return
            wide += sum(len(row) > most for row in batch)
            if wide > _WIDE_ROWS:
                where = f"lembar {shown(sheet.title)}"
                raise beyond(self._path, "too_many_columns", most, where)
            count += len(batch)
            if count > most_rows:
                raise beyond(self._path, "too_many_rows", most_rows)
            yield from batch

    def _merges(self, sheet: Any) -> Iterator[tuple[int, int, int, int]]:
        """Yield the merged cells of a sheet, which stand behind its rows."""
        count = 0
        with zipfile.ZipFile(self._path) as archive:
            try:
                with archive.open(sheet._worksheet_path) as file:
                    held = b""
                    while block := file.read(_BLOCK):
                        text, last = held + block, 0
                        for found in _MERGE.finditer(text) if b"mergeCell" in text else ():
                            last, count = found.end(), count + 1
                            if count > _MOST_MERGES:
                                raise beyond(self._path, "too_many_merges", _MOST_MERGES)
                            left, top, right, bottom = found.groups()
                            yield int(top), _column(left), int(bottom), _column(right)
                        held = text[max(last, len(text) - _OVERLAP) :]
            except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, EOFError) as err:
                raise unreadable(self._path, "broken_workbook") from err


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _row_text(row: tuple[Any, ...], most: int) -> Row:
    """Return the cells of a row as text, without the empty ones at its end.

    Of the cells behind the last one that may be read, the first filled one stands for all.
    """
    if not row:
        return []
    width = len(row)
    while width and row[width - 1] is None:
        width -= 1
    cells = [cell_text(cell) for cell in row[: min(width, most)]]
    if width > most:
        cells += [cell_text(cell) for cell in row[most:width] if cell is not None][:1]
    return cells


class _Down:
    """Fills cells that are merged downwards with the value of the first one."""

    def __init__(self, merges: Merges) -> None:
        self._starts: dict[int, list[tuple[int, int]]] = {}
        for top, left, bottom, _ in merges.ranges:
            if bottom > top:
                self._starts.setdefault(top, []).append((left - 1, bottom))
        self._open: dict[int, tuple[int, str]] = {}

    def fill(self, number: int, row: Row) -> None:
        """Fill a row; one that is wholly empty stays so."""
        if self._open and any(row):
            for column, (bottom, text) in list(self._open.items()):
                if number > bottom:
                    del self._open[column]
                elif column >= len(row):
                    row.extend([""] * (column + 1 - len(row)))
                    row[column] = text
                elif not row[column]:
                    row[column] = text
        for column, bottom in self._starts.get(number, ()):
            if column < len(row):
                self._open[column] = (bottom, row[column])
