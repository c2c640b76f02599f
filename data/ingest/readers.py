"""Files that people send in, from disk or browser, as frames of text with spreadsheet row numbers.

The content of a file decides how it is read, not its name. Nothing is interpreted here: every cell
becomes text, trimmed of blanks, and empty cells are empty text.
"""

from __future__ import annotations

import csv
import json
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.errors import FileUnreadableError, SourceMissingError
from data.ingest.words import expected

CHUNK_ROWS = 100_000
HEADER_SEARCH_ROWS = 20
POINT_LON, POINT_LAT = "geometry lon", "geometry lat"
"""Columns that hold the point of a GeoJSON feature."""

_DELIMITERS = ",;\t|"
_SNIFF_BYTES = 65_536
_SNIFF_LINES = 50
_MOST_CONTROLS = 0.02
_LONGEST_CELL = 1_000_000
_NEUTRAL = r"^'([=+\-@\t\r])"
_OLE = b"\xd0\xcf\x11\xe0"
_LONLAT_CRS = ("CRS84", "EPSG::4326", "EPSG:4326")

HeaderTest = Callable[[Sequence[str]], bool]
Rows = Iterator[list[str]]


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
    """

    frame: pd.DataFrame
    faults: list[CellFault]


@dataclass(frozen=True)
class RawTable:
    """A file opened for reading.

    Attributes
    ----------
    path
        The file.
    kind
        ``csv``, ``xlsx`` or ``geojson``.
    header
        Headings, unique: a repeated one carries its count in brackets.
    header_row
        Row number of the headings.
    sample
        The first rows below them, at most one chunk.
    chunks
        All rows below them; can be run through once.
    """

    path: Path
    kind: str
    header: tuple[str, ...]
    header_row: int
    sample: pd.DataFrame
    chunks: Iterator[Chunk]


def open_table(
    path: Path | str, is_header: HeaderTest | None = None, chunk_rows: int = CHUNK_ROWS
) -> RawTable:
    """Open a CSV, XLSX or GeoJSON file.

    Parameters
    ----------
    path
        The file. CSV may be UTF-8 (with or without a mark), UTF-16 with a mark or Windows-1252,
        with comma, semicolon, tab or bar between cells.
    is_header
        Tells whether a row holds the headings; the first of the leading 20 rows that does is
        taken, so that title rows above a table do no harm. Without a match the first row counts.
    chunk_rows
        Rows per chunk, at least 1.

    Returns
    -------
    RawTable
        Row numbers count records, as a spreadsheet does: a cell with line breaks is one row. A
        GeoJSON feature ``i``, from 0, has row number ``i + 2``.

    Raises
    ------
    SourceMissingError
        When there is no such file.
    FileUnreadableError
        When the file is empty, of another format, or broken.
    """
    path = Path(path)
    if not path.is_file():
        raise SourceMissingError(path)
    with path.open("rb") as file:
        head = file.read(_SNIFF_BYTES)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise _unreadable(path, "empty")
    kind = _kind(path, head)
    if kind == "xlsx":
        header_row, cells, rows = _xlsx_rows(path, is_header)
    elif kind == "geojson":
        header_row, cells, rows = _geojson_rows(path)
    else:
        lines = _csv_rows(path, _encoding(path, head))
        header_row, cells, rows = _find_header(path, lines, is_header)
    header = unique_names(cells)
    chunks = _chunks(header, header_row + 1, rows, chunk_rows)
    first = next(chunks, None)
    if first is None:
        raise _unreadable(path, "no_rows")
    return RawTable(path, kind, header, header_row, first.frame, chain([first], chunks))


def _kind(path: Path, head: bytes) -> str:
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(_OLE):
        raise _unreadable(path, "old_or_locked_excel")
    return "geojson" if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") else "csv"


def _unreadable(path: Path, reason: str) -> FileUnreadableError:
    return FileUnreadableError(path, reason, expected(reason))


def _encoding(path: Path, head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    # One stray control character is a slip of the keyboard; many are an image or an archive.
    controls = sum(byte < 9 or 13 < byte < 32 for byte in head)
    if head.startswith(b"%PDF") or b"\0" in head or controls > len(head) * _MOST_CONTROLS:
        raise _unreadable(path, "unknown_format")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            with path.open(encoding=encoding, newline="") as file:
                while block := file.read(1 << 20):
                    if "\0" in block:
                        raise _unreadable(path, "unknown_format")
        except UnicodeDecodeError:
            continue
        return encoding
    raise _unreadable(path, "unknown_encoding")


def _delimiter(sample: Sequence[str]) -> str:
    """Return the separator that cuts the sample lines into the most, and most even, cells."""
    best, best_score = ",", (0.0, 0.0)
    for mark in _DELIMITERS:
        widths = [len(row) for row in csv.reader(sample, delimiter=mark) if any(row)]
        if not widths:
            continue
        usual = max(set(widths), key=widths.count)
        score = (widths.count(usual) / len(widths) if usual > 1 else 0.0, float(usual))
        if score > best_score:
            best, best_score = mark, score
    return best


def _csv_rows(path: Path, encoding: str) -> Rows:
    csv.field_size_limit(_LONGEST_CELL)
    with path.open(encoding=encoding, newline="") as file:
        lines = list(islice(file, _SNIFF_LINES))
        # Excel writes and hides this line; it is not a row of the sheet.
        hint = lines[0].strip().lower() if lines else ""
        hinted = hint.startswith("sep=") and len(hint) == len("sep=;")
        delimiter = hint[-1] if hinted else _delimiter(lines)
        reader = csv.reader(chain(lines[hinted:], file), delimiter=delimiter)
        previous, current = 0, 0
        try:
            for row in reader:
                previous, current = current, reader.line_num
                yield row
        except csv.Error as err:
            raise _unreadable(path, "broken_csv") from err
    if current - previous > 1 and _ends_in_quote(path, encoding, previous + hinted):
        raise _unreadable(path, "open_quote")


def _ends_in_quote(path: Path, encoding: str, first_line: int) -> bool:
    """Return whether the last record of a file, from a line on, lacks its closing quote."""
    with path.open(encoding=encoding, newline="") as file:
        return "".join(islice(file, first_line, None)).count('"') % 2 == 1


def _xlsx_rows(path: Path, is_header: HeaderTest | None) -> tuple[int, list[str], Rows]:
    """Return header row, headings and rows of the sheet that has headings, else of the first."""
    import openpyxl

    try:
        # The library warns of styles and validations that it drops; they hold no data.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as err:
        raise _unreadable(path, "unknown_format") from err
    best: tuple[int, list[str], Rows] | None = None
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        sheet.reset_dimensions()
        rows = _sheet_rows(sheet.iter_rows(values_only=True))
        try:
            found = _find_header(path, rows, is_header)
        except FileUnreadableError:
            continue
        if is_header is None or is_header(found[1]):
            return found
        best = best or found
    if best is None:
        raise _unreadable(path, "empty")
    return best


def _sheet_rows(rows: Iterator[tuple[Any, ...]]) -> Rows:
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            batch = [[cell_text(cell) for cell in row] for row in islice(rows, 10_000)]
        if not batch:
            return
        yield from batch


def cell_text(value: object) -> str:
    """Return a cell of a sheet, or a property of a feature, as text.

    Dates become ISO; whole numbers lose their ``.0``. A fraction of exactly three digits gets a
    zero behind it, so that nobody can take its point for a thousands mark.
    """
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, float):
        text = str(int(value)) if value.is_integer() else repr(value)
        return text + "0" if len(text.partition(".")[2]) == 3 else text
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


def _geojson_rows(path: Path) -> tuple[int, list[str], Rows]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        features = content.get("features", [content])
        if any(feature["type"] != "Feature" for feature in features):
            raise _unreadable(path, "broken_geojson")
    except (ValueError, KeyError, TypeError, AttributeError) as err:
        if isinstance(err, FileUnreadableError):
            raise
        raise _unreadable(path, "broken_geojson") from err
    crs = json.dumps(content.get("crs"))
    if crs != "null" and not any(name in crs for name in _LONLAT_CRS):
        raise _unreadable(path, "geojson_not_lonlat")
    if not features:
        raise _unreadable(path, "empty")
    names = list(dict.fromkeys(key for f in features for key in f.get("properties") or {}))
    return 1, [*names, POINT_LON, POINT_LAT], (_feature_cells(f, names) for f in features)


def _feature_cells(feature: dict[str, Any], names: Sequence[str]) -> list[str]:
    properties = feature.get("properties") or {}
    cells = [cell_text(properties.get(name)) for name in names]
    geometry = feature.get("geometry")
    if geometry is None:
        return [*cells, "", ""]
    point = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if not isinstance(point, list) or len(point) < 2 or geometry.get("type") != "Point":
        # The name of the shape stands where a number is due, and is refused as such with its row.
        kind = geometry.get("type") if isinstance(geometry, dict) else geometry
        return [*cells, str(kind), str(kind)]
    return [*cells, cell_text(point[0]), cell_text(point[1])]


def _find_header(
    path: Path, rows: Rows, is_header: HeaderTest | None
) -> tuple[int, list[str], Rows]:
    """Return number of the header row, its cells, and the rows below it."""
    lead = list(islice(rows, HEADER_SEARCH_ROWS))
    filled = [i for i, row in enumerate(lead) if any(cell.strip() for cell in row)]
    if not filled:
        raise _unreadable(path, "empty")
    at = next((i for i in filled if is_header and is_header(lead[i])), filled[0])
    return at + 1, lead[at], chain(lead[at + 1 :], rows)


def unique_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Return headings on one line each, blanks numbered, repeats with their count in brackets."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        plain = re.sub(_NEUTRAL, r"\1", " ".join(str(cell).split())) or f"kolom {number}"
        name, count = plain, 1
        while name in names:
            count += 1
            name = f"{plain} ({count})"
        names.append(name)
    return tuple(names)


def _chunks(header: tuple[str, ...], first: int, rows: Rows, size: int) -> Iterator[Chunk]:
    number = first
    while batch := list(islice(rows, size)):
        chunk = _chunk(header, number, batch)
        number += len(batch)
        if len(chunk.frame) or chunk.faults:
            yield chunk


def _cells(column: Sequence[str]) -> pa.Array:
    """Return cells trimmed, without the apostrophe that an export puts before a formula."""
    cells = pc.utf8_trim_whitespace(pa.array(column, pa.large_string()))
    return pc.replace_substring_regex(cells, pattern=_NEUTRAL, replacement=r"\1")


def _chunk(header: tuple[str, ...], first: int, rows: list[list[str]]) -> Chunk:
    width = len(header)
    faults = []
    overlong = [False] * len(rows)
    for offset, row in enumerate(rows):
        if len(row) != width:
            beyond = [cell for cell in row[width:] if cell.strip()]
            if beyond:
                text = " | ".join(beyond)
                faults.append(CellFault(first + offset, header[-1], text, "too_many_cells"))
                overlong[offset] = True
            rows[offset] = (row + [""] * (width - len(row)))[:width]
    columns = [_cells(column) for column in zip(*rows, strict=True)]
    filled = pa.array(overlong)
    for column in columns:
        filled = pc.or_(filled, pc.not_equal(column, ""))
    frame = pa.Table.from_arrays(columns, names=list(header)).to_pandas()
    frame.index = pd.RangeIndex(first, first + len(rows), name="row_number")
    return Chunk(frame[filled.to_numpy(zero_copy_only=False)], faults)


@contextmanager
def uploaded(name: str, content: bytes) -> Iterator[Path]:
    """Yield the path of a file with this content; it is gone when the block ends.

    Parameters
    ----------
    name
        Name of the file as the browser gave it; folders in it are dropped.
    content
        Its bytes.
    """
    with TemporaryDirectory(prefix="siaga-") as folder:
        path = Path(folder) / (Path(name).name or "file")
        path.write_bytes(content)
        yield path
