"""Opens a file that somebody sent in; its content decides how it is read, not its name.

Nothing is interpreted: every cell becomes text, trimmed of blanks, and empty cells are empty text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from data.errors import SourceMissingError
from data.ingest.files.delimited import Delimited
from data.ingest.files.limits import Limits, beyond, limits_from_environment, shown_name, unreadable
from data.ingest.files.objects import looks_like_json, read_objects
from data.ingest.files.table import (
    CHUNK_ROWS,
    HeaderTest,
    Merges,
    Sheet,
    find_header,
    lead_rows,
    make_sheet,
)
from data.ingest.files.workbook import UnreadSheet, read_workbook

_SNIFF_BYTES = 65_536
_MIB = 2**20
_NAME_BYTES, _SUFFIX_BYTES = 200, 20
_OLE = b"\xd0\xcf\x11\xe0"
_MARKUP = re.compile(
    rb"\s*<(\?xml|!doctype|!--|html|head|body|meta|style|table|div|svg|kml)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class OpenedFile:
    """A file opened for reading.

    Attributes
    ----------
    path
        The file.
    kind
        ``csv``, ``xlsx``, ``json`` or ``geojson``.
    sheets
        Its tables, at least one.
    unread
        Sheets of a workbook that are not read.
    """

    path: Path
    kind: str
    sheets: tuple[Sheet, ...]
    unread: tuple[UnreadSheet, ...]


def open_file(
    path: Path | str,
    is_header: HeaderTest | None = None,
    *,
    sheet: str | None = None,
    header_row: int | None = None,
    limits: Limits | None = None,
    chunk_rows: int = CHUNK_ROWS,
) -> OpenedFile:
    """Open a CSV, XLSX, JSON or GeoJSON file.

    Parameters
    ----------
    path
        The file. CSV may be UTF-8, UTF-16 (each with or without a mark) or Windows-1252, with
        comma, semicolon, tab or bar between cells.
    is_header
        Tells whether cells are the headings; the first of the leading 20 rows, or the first two or
        three of them that belong together, is taken. Without a match the first filled row counts.
    sheet
        Name of the one sheet to read, or its number from 1; hidden ones can be asked for.
    header_row
        Row number that holds the headings, from 1.
    limits
        The most that is read; by default as the environment says.
    chunk_rows
        Rows per chunk, at least 1.

    Returns
    -------
    OpenedFile
        Row numbers count records, as a spreadsheet does: a cell with line breaks is one row.

    Raises
    ------
    SourceMissingError
        When there is no such file.
    FileUnreadableError
        When the file is empty, of another format, broken or beyond a limit; when it has no such
        sheet, or nothing in that row. Also while the chunks are read.
    """
    path, limits = Path(path), limits or limits_from_environment()
    is_header = is_header and _bounded(is_header, path, limits)
    head = _head(path)
    if path.stat().st_size > limits.file_bytes:
        raise beyond(path, "file_too_large", limits.file_bytes // _MIB)
    if head.startswith(b"PK\x03\x04"):
        found = read_workbook(path, limits, is_header, sheet, header_row, chunk_rows)
        return OpenedFile(path, "xlsx", *found)
    if sheet not in (None, "", "1"):
        raise unreadable(path, "no_sheets")
    if looks_like_json(head):
        kind, sheets = read_objects(path, head, limits, chunk_rows)
        return OpenedFile(path, kind, sheets, ())
    source = Delimited(path, head, limits)
    lead = source.lead(lead_rows(header_row))
    header = find_header(lead, Merges(), is_header, header_row)
    if header is None:
        raise unreadable(path, "empty" if header_row is None else "header_row_empty")
    batches = partial(source.batches, chunk_rows=chunk_rows)
    table = make_sheet(path, limits, "", lead, header, batches, chunk_rows)
    if table is None:
        raise unreadable(path, "no_rows")
    return OpenedFile(path, "csv", (table,), ())


def _bounded(is_header: HeaderTest, path: Path, limits: Limits) -> HeaderTest:
    """Return a test that looks at no more headings than may be read, for it may take its time."""

    def test(cells: Sequence[str]) -> bool:
        if sum(1 for cell in cells if cell.strip()) > limits.columns:
            raise beyond(path, "too_many_columns", limits.columns)
        return is_header(cells)

    return test


def _head(path: Path) -> bytes:
    """Return the first bytes of a file that may be one of ours."""
    try:
        if not path.exists():
            raise SourceMissingError(shown_name(path))
        if not path.is_file():
            raise unreadable(path, "not_a_file")
        with path.open("rb") as file:
            head = file.read(_SNIFF_BYTES)
    except SourceMissingError:
        raise
    except OSError as err:
        raise unreadable(path, "not_a_file") from err
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise unreadable(path, "empty")
    if head.startswith(_OLE):
        raise unreadable(path, "old_or_locked_excel")
    if _MARKUP.match(head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")):
        raise unreadable(path, "markup")
    return head


def _own_name(name: str) -> str:
    """Return the last part of a name that somebody sent, as any disk can hold it."""
    if Path(name).name in ("", ".."):
        return "file"
    shown = shown_name(name).name
    end = Path(shown).suffix
    end = end if len(end.encode()) <= _SUFFIX_BYTES else ""
    stem = shown.removesuffix(end).encode()[: _NAME_BYTES - len(end.encode())]
    return stem.decode(errors="ignore") + end


@contextmanager
def uploaded(name: str, content: bytes) -> Iterator[Path]:
    """Yield the path of a file with this content; it is gone when the block ends.

    Parameters
    ----------
    name
        Name of the file as the browser gave it; folders in it are dropped, and so is what no disk
        can hold.
    content
        Its bytes.
    """
    with TemporaryDirectory(prefix="siaga-") as folder:
        path = Path(folder) / _own_name(name)
        path.write_bytes(content)
        yield path
