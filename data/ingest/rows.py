"""Rows of a file on their way to reports: cells by field, and everything found wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from data.ingest.columns import ColumnMapping, zone_in
from data.ingest.values.dates import parse_dates, parse_moment
from data.ingest.values.persons import personal
from data.ingest.words import expected, word_list
from data.store.rules import broken

FAULT_COLUMNS = ("row_number", "column_name", "value", "reason", "expected")
UNSURE_COLUMNS = ("sheet", "row_number", "said", "within", "near", "code")

_WORDS_OF_NOTHING = ("n/a", "#n/a", "nan", "null")
# In every mix of cases, and not each cell in lower case: that makes a copy of the whole file.
_BLANKS = ["-", "--", "---", "–", "—", ".", "?"] + [
    "".join(letters)
    for word in _WORDS_OF_NOTHING
    for letters in product(*zip(word, word.upper(), strict=True))
]
MOST_READ_FOR_PERSONS = 20_000
"""Rows of a chunk: a second of reading. Longer files are exports of public databases."""
_GENERAL = frozenset(("out_of_range", "word_unknown", "malformed"))
"""Reasons that stand for many rules, each of which says more."""

Mask = np.ndarray
"""(N,) flags, one per row."""


@dataclass(frozen=True)
class Note:
    """Something to be said of an import beside its counts.

    Attributes
    ----------
    key
        Of the words in the catalogue, under ``import_note``.
    gaps
        What they speak of.
    """

    key: str
    gaps: Mapping[str, object]


class Rows:
    """A chunk of a file, read field by field.

    Parameters
    ----------
    frame
        Cells as text, one column per heading, indexed by row number.
    mapping
        Which column holds which field.
    constants
        Text by field, for cells that are empty or not there.
    sheet
        Name of the sheet, put before columns where a file has several.
    section
        Text of the row that heads each row's section, by row; None where the file has no sections.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        mapping: ColumnMapping,
        constants: Mapping[str, str] | None = None,
        sheet: str = "",
        section: pd.Series | None = None,
    ) -> None:
        self.frame = frame
        self.mapping = mapping
        self.section = section
        self.constants = constants or {}
        self.sheet = sheet
        self.notes: list[Note] = []
        self.unsure: list[pd.DataFrame] = []
        self.bad: Mask = np.zeros(len(frame), dtype=bool)
        self._muted: Mask = np.zeros(len(frame), dtype=bool)
        self._faults: list[pd.DataFrame] = []
        self._blamed: dict[str, Mask] = {}
        self._texts: dict[str, pd.Series] = {}
        self._same: dict[str, pd.Series] = {}

    def __len__(self) -> int:
        return len(self.frame)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what can be made of the rest, when the rows go to another process."""
        return {**vars(self), "_texts": {}, "_same": {}}

    def good_of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return what the good rows came to; ``frame`` has any columns, by row number."""
        return frame[~frame.index.isin(self.frame.index[self.bad])] if self.bad.any() else frame

    def has(self, field: str) -> bool:
        """Return whether a column holds a field."""
        return field in self.mapping.used

    def says(self, field: str) -> bool:
        """Return whether a column, or a text for all rows, holds a field."""
        return self.has(field) or field in self.constants

    def text(self, field: str) -> pd.Series:
        """Return the cells of a field by row; empty without a column and for a mark of nothing."""
        if field not in self._texts:
            given = self.constants.get(field)
            if self.has(field):
                cells = self.frame[self.mapping.used[field]]
                blank = cells.isin(_BLANKS)
                cells = cells.mask(blank, "") if blank.any() else cells
                cells = cells if given is None else cells.mask(cells.eq(""), given)
            else:
                cells = self._every(given or "")
            self._texts[field] = cells
        return self._texts[field]

    def zone(self, field: str) -> str:
        """Return the zone that the heading of a field names, as `data.ingest.columns.zone_in`."""
        return zone_in(self.mapping.used[field]) if self.has(field) else ""

    def _every(self, text: str) -> pd.Series:
        """Return one text for every row; fields that a file lacks share theirs."""
        if text not in self._same:
            one = pd.Series([text], dtype="str")
            self._same[text] = one.take(np.zeros(len(self), dtype="int64")).set_axis(
                self.frame.index
            )
        return self._same[text]

    def filled(self, field: str) -> Mask:
        """Return where a field has text."""
        return (self.text(field) != "").to_numpy()

    def read(
        self, field: str, reader: Callable[[str], Any], reason: str, dtype: str = "str"
    ) -> pd.Series:
        """Read the cells of a field, each distinct text once; what reads as None is a fault.

        Returns
        -------
        Series
            Of the given dtype, on the index of the rows; missing where the cell is empty or a
            fault.
        """
        codes, distinct = self._distinct(field)
        results = [reader(text) if text else None for text in distinct]
        unread = np.array([bool(t) and r is None for t, r in zip(distinct, results, strict=True)])
        if unread.any():
            self.fault(field, unread[codes], reason)
        return pd.Series(results, dtype=dtype).take(codes).set_axis(self.frame.index)

    def _distinct(self, field: str) -> tuple[Mask, pd.Index]:
        """Return the different texts of a field, and the position of that of each row."""
        if self.says(field):
            codes, distinct = pd.factorize(self.text(field))
            return codes, distinct
        return np.zeros(len(self), dtype="int64"), pd.Index([""], dtype="str")

    def read_word(self, field: str, words: str, reason: str) -> pd.Series:
        """Read the cells of a field, by row, as keys of a closed list."""
        return self.read(field, word_list(words).read, reason)

    def read_dates(self, field: str, reason: str = "") -> pd.DataFrame:
        """Read the cells of a field by `data.ingest.values.dates.parse_dates`; note the faults.

        ``reason`` stands in place of what the reader says is wrong.
        """
        codes, distinct = self._distinct(field)
        once = parse_dates(pd.Series(distinct), utc=self.zone(field) == "UTC")
        parsed = once.take(codes).set_axis(self.frame.index)
        for found in once["fault"].dropna().unique():
            self.fault(field, parsed["fault"].eq(found).to_numpy(dtype=bool), reason or found)
        return parsed

    def moment_reader(
        self, field: str, *, day: date | None = None, zoned: bool = False
    ) -> Callable[[str], datetime | None]:
        """Return a reader of moments whose zone stands in the text, or in the heading of a field.

        Parameters
        ----------
        field
            The field.
        day
            Of a time that stands alone.
        zoned
            Whether a moment that names no zone is refused.
        """
        named = self.zone(field)

        def read(text: str) -> datetime | None:
            if named in ("", "UTC"):
                utc = named == "UTC"
                return parse_moment(text, day=day, utc=utc, zoned=zoned)
            own = parse_moment(f"{text} {named}", day=day)
            # A text that names its own zone is not read with another behind it.
            return own or parse_moment(text, day=day, zoned=True)

        return read

    def read_moments(self, field: str, *, zoned: bool = False) -> pd.Series:
        """Read the cells of a field as moments in UTC, by row; note the faults.

        ``zoned`` refuses a moment that names no zone.
        """
        reason = "moment_zone_missing" if zoned else "moment_unreadable"
        read = self.read(field, self.moment_reader(field, zoned=zoned), reason, "object")
        return pd.to_datetime(read, utc=True)

    def fault(
        self, field: str, where: Mask, reason: str, hints: Sequence[str] | None = None
    ) -> None:
        """Note a fault of a field.

        Parameters
        ----------
        field
            The field; the column that holds it is named, or the field where there is none.
        where
            (N,) the rows concerned.
        reason
            Key of the catalogue, under ``import_reason``.
        hints
            One addition to what was expected per concerned row.
        """
        positions = np.flatnonzero(where)
        heard = ~self._muted[positions]
        positions = positions[heard]
        if not len(positions):
            return
        self._blamed[field] = self.faulted(field)
        self._blamed[field][positions] = True
        wanted = expected(reason)
        texts: str | list[str] = wanted
        if hints is not None:
            texts = [f"{wanted}{hint}" for hint, yes in zip(hints, heard, strict=True) if yes]
        values = self.raw(field).iloc[positions].to_numpy()
        self._note(positions, self._column(field), values, reason, texts)

    def _column(self, field: str) -> str:
        name = self.mapping.used.get(field, field)
        return f"{self.sheet}!{name}" if self.sheet else name

    def faulted(self, field: str) -> Mask:
        """Return where a fault of a field is noted already."""
        return self._blamed.get(field, np.zeros(len(self), dtype=bool))

    def hold(
        self,
        table: str,
        frame: pd.DataFrame,
        fields: Mapping[str, tuple[str, ...]],
        now: date | None = None,
    ) -> None:
        """Refuse the rows that break a rule of their table.

        A rule is not tried on a row where a cell that it rests on is at fault already.

        Parameters
        ----------
        table
            Name of the table.
        frame
            What the rows came to, columns of the table, indexed by row number; a row may have
            come to none or several.
        fields
            Fields that a column is made of, where they are not named like it; the first that the
            file has is blamed.
        now
            As of `data.store.rules.broken`.
        """
        for rule, wrong in broken(table, frame, now):
            where = self.frame.index.isin(frame.index[wrong])
            own = fields.get(rule.column, (rule.column,))
            for column in (rule.column, *rule.uses):
                for field in fields.get(column, (column,)):
                    where &= ~self.faulted(field)
            hints = [f" ({rule.expected})"] * where.sum() if rule.reason in _GENERAL else None
            self.fault(next((f for f in own if self.has(f)), own[0]), where, rule.reason, hints)

    def ask_of_persons(self, frame: pd.DataFrame, columns: Sequence[str]) -> None:
        """Note rows whose free text is likely to say who somebody is: the sender is asked.

        Parameters
        ----------
        frame
            What the rows came to, with the columns of the table, indexed by row number.
        columns
            Those of its columns that are free text.
        """
        if len(frame) > MOST_READ_FOR_PERSONS:
            self.notes.append(Note("persons_unread", {"n": len(frame)}))
            return
        texts = pd.concat([frame[name].dropna() for name in columns if name in frame])
        told = {text: personal(text) for text in texts.unique().tolist()}
        found = texts[texts.map(lambda text: bool(told[text])).to_numpy(dtype=bool)]
        if len(found):
            numbers = sorted({int(number) for number in found.index})
            words = dict.fromkeys(trace.words for text in found for trace in told[text])
            self.notes.append(
                Note("persons", {"n": len(numbers), "rows": numbers, "words": list(words)})
            )

    def hold_rivals(self) -> None:
        """Refuse the rows in which a column says otherwise that was equal or empty before."""
        for name, heading in self.mapping.rivals:
            if self.has(name):
                cells = self.frame[heading]
                other = cells.ne("") & cells.ne(self.raw(name)) & ~cells.isin(_BLANKS)
                self.fault(name, other.to_numpy(), "ambiguous_columns")

    def ask(self, unsure: pd.Series) -> None:
        """Note names of places that are not understood, but in rows that are not ours at all.

        ``unsure`` holds tuples of `data.ingest.place_lookup.Unsure` by row number, None for none.
        """
        asked = unsure[unsure.notna()]
        heard = ~self._muted[self.frame.index.get_indexer(asked.index)]
        named = asked[heard].explode()
        if len(named):
            told = pd.DataFrame(named.tolist(), columns=list(UNSURE_COLUMNS[2:]))
            told.insert(0, "row_number", named.index.to_numpy())
            told.insert(0, "sheet", self.sheet)
            self.unsure.append(told)

    def mute(self, where: Mask) -> None:
        """Note nothing more of these rows: they are not ours at all."""
        self._muted |= where

    def fault_cell(self, row_number: int, column: str, value: str, reason: str) -> None:
        """Note a fault of a row that no field is to blame for."""
        positions = np.flatnonzero(self.frame.index == row_number)
        self._note(positions, column, [value] * len(positions), reason, expected(reason))

    def _note(
        self, positions: Mask, column: str, values: Any, reason: str, wanted: str | list[str]
    ) -> None:
        self.bad[positions] = True
        self._faults.append(
            pd.DataFrame(
                {
                    "row_number": self.frame.index.to_numpy()[positions],
                    "column_name": column,
                    "value": values,
                    "reason": reason,
                    "expected": wanted,
                }
            )
        )

    def raw(self, field: str) -> pd.Series:
        """Return the cells of a field by row as they stand in the file."""
        if self.has(field):
            return self.frame[self.mapping.used[field]]
        return pd.Series("", index=self.frame.index, dtype="str")

    def faults(self) -> pd.DataFrame:
        """Return all faults, by row number; columns `FAULT_COLUMNS`."""
        if not self._faults:
            return no_faults()
        found = pd.concat(self._faults, ignore_index=True)
        found = found.drop_duplicates(["row_number", "column_name", "reason"])
        return found.sort_values("row_number", kind="stable", ignore_index=True)


def no_faults() -> pd.DataFrame:
    """Return an empty frame of faults, with the columns of `Rows.faults`."""
    texts = {name: pd.Series(dtype="str") for name in FAULT_COLUMNS[1:]}
    return pd.DataFrame({"row_number": pd.Series(dtype="int64"), **texts})


def none_unsure() -> pd.DataFrame:
    """Return an empty frame of names that were not understood, columns `UNSURE_COLUMNS`."""
    texts = {name: pd.Series(dtype="object") for name in UNSURE_COLUMNS}
    return pd.DataFrame({**texts, "row_number": pd.Series(dtype="int64")})
