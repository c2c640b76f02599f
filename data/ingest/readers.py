"""The first table of a file, for those who read one table only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.ingest.files.objects import POINT_LAT, POINT_LON
from data.ingest.files.opening import open_file, uploaded
from data.ingest.files.table import CHUNK_ROWS, CellFault, Chunk, HeaderTest, unique_names
from data.ingest.files.workbook import cell_text

__all__ = [
    "CHUNK_ROWS",
    "POINT_LAT",
    "POINT_LON",
    "CellFault",
    "Chunk",
    "RawTable",
    "cell_text",
    "open_table",
    "unique_names",
    "uploaded",
]


@dataclass(frozen=True)
class RawTable:
    """A file opened for reading.

    Attributes
    ----------
    path
        The file.
    kind
        ``csv``, ``xlsx``, ``json`` or ``geojson``.
    header
        Headings, unique: a repeated one carries its count in brackets.
    header_row
        Row number of the headings.
    sample
        The first rows below them, at most 200.
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
    """Open a file at its first table; see `open_file` for parameters and errors."""
    found = open_file(path, is_header, chunk_rows=chunk_rows)
    one = found.sheets[0]
    return RawTable(found.path, found.kind, one.header, one.header_row, one.sample, one.chunks)
