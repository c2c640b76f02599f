"""Values of records of reports: read all at once, and each that is not as it should be said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from data.ingest.values.dates import YEAR_MAX, YEAR_MIN
from data.nation.folder import COLUMNS as FOLDER_COLUMNS
from data.nation.lines import VALUE_LENGTH, Held, Piece
from data.vocabulary import FAMILIES, KINDS

COLUMNS = FOLDER_COLUMNS["reports"]
"""What the first line of a file of reports names, in any order."""
TEXT_LENGTH = 64
CODE_LENGTH = 13
SEVERITIES = ("1", "2", "3", "4", "5")
NOT_TAKEN = {"lainnya", "nihil"}
"""The family and the kind that a report of a nation may not have."""
_Bad = npt.NDArray[np.bool_]


class Checked:
    """Records with their values read, and what is wrong with some.

    Parameters
    ----------
    piece
        The records, of as many values as there are columns.
    columns
        Names of the values in their order, each of `COLUMNS` once.
    """

    def __init__(self, piece: Piece, columns: Sequence[str]) -> None:
        self._said = _read(piece, columns)
        self._numbers = piece.numbers
        self._wrong = np.zeros(len(piece.numbers), dtype=bool)
        self._values: dict[str, pa.Array] = {}
        self.held: list[Held] = list(piece.held)
        """What is not taken, of the piece and of its records, in no order."""
        self._check_texts()
        self._check_words()
        self._check_dates()
        self._check_points()
        self.held_rows = int(self._wrong.sum()) + len(piece.held)
        """How many records or pieces of one are not taken."""

    def rows(self) -> pa.Table:
        """Return the records with nothing wrong, as in `COLUMNS`, and ``line``.

        Texts are never missing; ``severity`` int8, dates date32 and lon, lat float64 may be, but
        the first.
        """
        columns = {name: self._values[name] for name in COLUMNS}
        table = pa.table({**columns, "line": pa.array(self._numbers)})
        return table.filter(pa.array(~self._wrong)) if self._wrong.any() else table

    def _hold(self, column: str, reason: str, bad: pa.Array | _Bad) -> None:
        """Note that the values of a column where ``bad`` holds are not taken for a reason."""
        found = _flags(bad) if isinstance(bad, pa.Array | pa.ChunkedArray) else bad
        if not found.any():
            return
        self._wrong |= found
        values = self._said[column]
        for row in np.flatnonzero(found):
            value = values[int(row)].as_py()[:VALUE_LENGTH]
            self.held.append(Held(int(self._numbers[row]), column, value, reason))

    def _check_texts(self) -> None:
        lengths = {"report_id": TEXT_LENGTH, "perkara_id": TEXT_LENGTH, "unit_code": CODE_LENGTH}
        for name, length in lengths.items():
            self._values[name] = said = self._said[name]
            self._hold(name, "too_long", pc.greater(pc.utf8_length(said), length))
        self._hold("report_id", "missing", pc.equal(self._said["report_id"], ""))

    def _check_words(self) -> None:
        known = {"kind": KINDS, "family": FAMILIES, "severity": SEVERITIES}
        for name, named in known.items():
            words = [word for word in named if word not in NOT_TAKEN]
            said = self._said[name]
            self._values[name] = said
            self._hold(name, "word_unknown", pc.invert(pc.is_in(said, pa.array(words))))
        place = pc.index_in(self._said["severity"], pa.array(SEVERITIES))
        self._values["severity"] = pc.add(place, 1).cast(pa.int8())

    def _check_dates(self) -> None:
        first, last = dt.date(YEAR_MIN, 1, 1), dt.date(YEAR_MAX, 12, 31)
        for name in ("date_event", "date_reported"):
            self._values[name] = days = self._typed(name, pa.date32(), "date")
            far = pc.or_(pc.less(days, first), pc.greater(days, last))
            self._hold(name, "date_range", far)
        before = pc.less(self._values["date_reported"], self._values["date_event"])
        self._hold("date_reported", "before_event", before)

    def _check_points(self) -> None:
        for name, most in (("lon", 180.0), ("lat", 90.0)):
            self._values[name] = at = self._typed(name, pa.float64(), "number")
            # "nan" is a number to whoever reads numbers, and no place: it is not within.
            within = pc.less_equal(pc.abs(at), most)
            self._hold(name, f"{name}_range", pc.invert(within))
        for name, other in (("lon", "lat"), ("lat", "lon")):
            half = pc.and_(pc.equal(self._said[name], ""), pc.not_equal(self._said[other], ""))
            self._hold(name, "half_point", half)

    def _typed(self, name: str, kind: pa.DataType, reason: str) -> pa.Array:
        """Return a column read as a type; an empty value is missing, one that is none is held."""
        said = self._said[name]
        values = pc.if_else(pc.equal(said, ""), pa.scalar(None, pa.string()), said)
        try:
            return values.cast(kind)
        except pa.ArrowInvalid:
            read = _by_value(values, lambda value: pa.scalar(value).cast(kind).as_py())
            typed = pa.array(read, kind)
            self._hold(name, reason, pc.and_(pc.is_valid(values), pc.is_null(typed)))
            return typed


def _by_value(values: pa.Array, read: Callable[[str], Any]) -> list[Any]:
    """Return what each text is read as, None where it cannot be."""
    known: dict[str | None, Any] = {None: None}
    for value in values.unique().to_pylist():
        try:
            known[value] = None if value is None else read(value)
        except pa.ArrowInvalid:
            known[value] = None
    return [known[value] for value in values.to_pylist()]


def _read(piece: Piece, columns: Sequence[str]) -> dict[str, pa.Array]:
    """Return the values as texts, an array per column."""
    if not len(piece.numbers):
        return {name: pa.array([], pa.string()) for name in columns}
    table = pcsv.read_csv(
        pa.BufferReader(piece.content),
        read_options=pcsv.ReadOptions(
            column_names=list(columns), use_threads=False, block_size=len(piece.content) + 1
        ),
        parse_options=pcsv.ParseOptions(newlines_in_values=False, ignore_empty_lines=False),
        convert_options=pcsv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
        ),
    )
    if table.num_rows != len(piece.numbers):
        raise RuntimeError(f"{table.num_rows} rows read of {len(piece.numbers)} records")
    return {name: table[name].combine_chunks() for name in columns}


def _flags(bad: pa.Array) -> _Bad:
    """Return where a condition holds; where it cannot be told it does not."""
    flags: _Bad = pc.fill_null(bad, False).to_numpy(zero_copy_only=False)
    return flags
