"""Which rows that were refused earlier an import settles: a precise rule, and never a guess.

The rule, and why each part of it is safe, stands in docs/decisions/0042. In short, a refused row is
settled where the later file has

- the same row of the same content, read otherwise;
- a row that says the same in every field;
- a good row with the same key and the same days, so that nothing which the refused row could say
  would stand beside it; or,
- in a version of the same file, the one row that agrees in every cell which was not at fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd
from sqlalchemy import Connection, func, select

from data.ingest.context import Context
from data.ingest.held.options import Kept, from_json
from data.ingest.held.record import AGAIN, LATER, RowKey, close, group_of, is_open, open_rows
from data.ingest.held.texts import held_rows, is_heading
from data.ingest.kind import DayType, Kind, MomentType, Verdict
from data.ingest.known import typed_keys
from data.ingest.place_lookup import PARTS
from data.ingest.places import CODES
from data.ingest.rows import Rows
from data.store import tables as schema
from data.store.frames import read_table

MOST_HELD = 20_000
"""Open faults of an import beyond which they are left to whoever looks at it: a whole export."""
_SECTION = "\x1fsection"
"""Stands among the fields for the row that heads a part of a table."""
_TODAY_UNLESS_SAID = ("date", "opened_on")
"""Fields whose empty cells stand for the day of the import."""
_DAYS = ("date", "day", "at", "clock", "as_of", "opened_on", "time")
_TOGETHER = (
    frozenset((*PARTS, "code", *CODES, "place")),
    frozenset((*(f"pokok_{part}" for part in PARTS), "pokok_code", "pokok_place")),
    frozenset(("lon", "lat", "point")),
)
"""Fields that say one thing together: where one is blamed, another may be wrong."""
_FEWEST_CELLS = 2
_MOST_ALIKE = 2


class _Match(NamedTuple):
    """A row of the file that is about a refused one, and whether it is good."""

    part: int
    held: int
    sheet: str
    row: int
    good: bool


@dataclass(eq=False)
class _Part:
    """Open rows of one sheet of an earlier import.

    Attributes
    ----------
    import_id, sheet, file_name, sha256, headings
        Where they stand.
    kept
        How the file was read.
    texts
        What they say, by row number, a column per field that was said.
    wrong
        Fields at fault, by row number.
    stored
        Keys of what the import stored, as `Verdict.repeated` tells them.
    """

    import_id: str
    sheet: str
    file_name: str
    sha256: str
    kept: Kept
    texts: pd.DataFrame
    wrong: Mapping[int, frozenset[str]]
    stored: frozenset[str] = frozenset()

    @property
    def headings(self) -> frozenset[str]:
        """Of its sheet."""
        return frozenset(self.kept.sheets[self.sheet][0])


class EarlierFaults:
    """Open rows of earlier imports of a kind, while a file is brought in.

    Parameters
    ----------
    parts
        The rows.
    kind, context
        What is imported, and what it is read against.
    alone
        Whether the file is no file, but refused rows that are put right.
    """

    def __init__(
        self, parts: list[_Part], kind: Kind, context: Context, *, alone: bool = False
    ) -> None:
        self._parts, self._kind, self._context, self._alone = parts, kind, context, alone
        self._sure: list[_Match] = []
        self._alike: list[_Match] = []
        self._seen: set[str] = set()

    @classmethod
    def of(
        cls, connection: Connection, kind: Kind, context: Context, group: Collection[str] = ()
    ) -> EarlierFaults:
        """Return what is open, before the file is stored.

        ``group`` are imports whose refused rows are being put right; theirs are left aside.
        """
        refused, log = schema.quarantine.c, schema.imports.c
        query = (
            select(log.import_id, log.file_name, log.sha256, log.options)
            .join(schema.quarantine, refused.import_id == log.import_id)
            .where(log.target == kind.table.name, log.options.isnot(None), is_open())
            .group_by(log.import_id, log.file_name, log.sha256, log.options)
            .having(func.count() <= MOST_HELD)
        )
        parts: list[_Part] = []
        for import_id, file_name, sha256, options in connection.execute(query).all():
            if import_id in {*group, context.import_id}:
                continue
            kept = from_json(options)
            if kept.kind == kind.name:
                open_ones = open_rows(connection, refused.import_id == import_id)
                parts += _parts_of(import_id, file_name, sha256, kept, open_ones)
        for part in parts:
            if part.file_name == context.file_name and not group:
                part.stored = _stored_keys(connection, kind, part.import_id)
        return cls(parts, kind, context, alone=bool(group))

    def look(self, rows: Rows, verdict: Verdict) -> None:
        """Note which open rows the rows of a chunk, sorted, are about."""
        if not self._parts:
            return
        repeated = pd.concat([verdict.repeated, verdict.added])["of_report"].dropna()
        corrected = typed_keys(self._kind, verdict.corrected)
        self._seen |= {*repeated, *corrected.str.replace("\x1f", "/")}
        numbers = rows.frame.index
        good = pd.Series(~rows.bad, index=numbers)
        for at, part in enumerate(self._parts):
            if part.kept.election != self._context.options.election:
                continue
            said = self._datable(part)
            self._sure += self._matches(at, rows.sheet, self._of_same_bytes(said, part, rows), good)
            if part.kept.scheme != self._context.options.scheme:
                continue
            self._sure += self._matches(at, rows.sheet, self._saying_the_same(said, rows), good)
            same_key = self._of_same_key(said, part, rows)
            self._sure += [m for m in self._matches(at, rows.sheet, same_key, good) if m.good]
            if self._may_be_version(part, rows):
                alike = self._agreeing(said, part, rows)
                self._alike += self._matches(at, rows.sheet, alike, good)

    def close(self, connection: Connection) -> int:
        """Close what the file settles, and return how many rows these are."""
        if self._alone:
            self._sure = [match for match in self._sure if match.good]
        found = [*self._sure, *self._certain()]
        later = {self._key(match) for match in found if match.good}
        again = {self._key(match) for match in found} - later
        for keys, how in ((later, LATER), (again, AGAIN)):
            close(connection, sorted(keys), how, self._context.import_id)
        return len(later) + len(again)

    def _key(self, match: _Match) -> RowKey:
        part = self._parts[match.part]
        return RowKey(part.import_id, part.sheet, match.held)

    def _datable(self, part: _Part) -> pd.DataFrame:
        """Return what the rows say whose days do not hang on the day of their import."""
        said, options = part.texts, self._context.options
        if part.kept.day == options.today:
            return said
        names = {one.name for one in self._kind.fields}
        for name in names.intersection(_TODAY_UNLESS_SAID):
            if name not in said:
                return said.iloc[:0]
            said = said[said[name].ne("")]
        return said

    def _of_same_bytes(self, said: pd.DataFrame, part: _Part, rows: Rows) -> list[tuple[int, int]]:
        """Return the rows of the same content that are read otherwise now, and about the same."""
        if part.sha256 != self._context.digest or part.sheet != rows.sheet or self._alone:
            return []
        before, after = part.kept.constants, rows.constants
        differ = {n for n in {*before, *after} if before.get(n) != after.get(n)}
        numbers = set(rows.frame.index)
        return [(n, n) for n in said.index if n in numbers and differ <= part.wrong[n]]

    def _saying_the_same(self, said: pd.DataFrame, rows: Rows) -> list[tuple[int, int]]:
        fields = dict.fromkeys((*said, *_said_fields(rows), _SECTION))
        return _equal(said.reindex(columns=list(fields), fill_value=""), rows)

    def _of_same_key(self, said: pd.DataFrame, part: _Part, rows: Rows) -> list[tuple[int, int]]:
        keys = key_fields(self._kind)
        if not keys:
            return []
        days = [one.name for one in self._kind.fields if _is_day(one.name, one.type)]
        columns = list(dict.fromkeys((*keys, *days, _SECTION)))
        wanted = said.reindex(columns=columns, fill_value="")
        filled = (wanted[list(keys)] != "").any(axis=1)
        if self._kind.matcher:  # an id of digits alone may be a running number
            filled &= ~wanted[keys[0]].str.isdigit()
        told = {*keys, *days}
        right = pd.Series([not part.wrong[n] & told for n in wanted.index], wanted.index, "bool")
        return _equal(wanted[filled & right], rows)

    def _may_be_version(self, part: _Part, rows: Rows) -> bool:
        same = part.file_name == self._context.file_name and part.sheet == rows.sheet
        return same and not self._alone and part.headings <= set(rows.frame.columns)

    def _agreeing(self, said: pd.DataFrame, part: _Part, rows: Rows) -> list[tuple[int, int]]:
        """Return rows that agree with open ones in every field that was not at fault."""
        found: list[tuple[int, int]] = []
        kinds = pd.Series([part.wrong[n] for n in said.index], index=said.index, dtype="object")
        for wrong in set(kinds):
            wanted = said.loc[[one == wrong for one in kinds], [n for n in said if n not in wrong]]
            own = [name for name in wanted if name != _SECTION]
            enough = (wanted[own] != "").sum(axis=1) >= _FEWEST_CELLS
            wanted = wanted[enough & ~wanted.duplicated(keep=False)]
            found += _equal(wanted, rows, most=_MOST_ALIKE)
        return found

    def _certain(self) -> list[_Match]:
        """Return matches of versions of a file that leave no other choice."""
        of_held = Counter((m.part, m.held) for m in self._alike)
        of_row = Counter((m.part, m.sheet, m.row) for m in self._alike)
        only = [
            match
            for match in self._alike
            if of_held[match.part, match.held] == of_row[match.part, match.sheet, match.row] == 1
        ]
        matched = Counter(match.part for match in only)
        return [match for match in only if self._is_version(match.part, matched[match.part])]

    def _is_version(self, at: int, matched: int) -> bool:
        """Return whether the file brings at least half of what an earlier one did once more."""
        part = self._parts[at]
        if part.stored:
            return 2 * len(part.stored & self._seen) >= len(part.stored)
        return matched == len(part.texts) > 1

    def _matches(
        self, part: int, sheet: str, pairs: Iterable[tuple[int, int]], good: pd.Series
    ) -> list[_Match]:
        return [_Match(part, held, sheet, row, bool(good[row])) for held, row in pairs]


def key_fields(kind: Kind) -> tuple[str, ...]:
    """Return the fields that alone make the key of a row; none where that is not known."""
    names = {one.name for one in kind.fields}
    found: list[str] = []
    for key in kind.keys:
        own = [name for name in kind.fields_of(key) if name in names]
        if key in kind.made or not own:
            return ()
        found += own
    return tuple(dict.fromkeys(found))


def _is_day(name: str, kind: object) -> bool:
    return isinstance(kind, DayType | MomentType) or name in _DAYS or name.startswith("date_")


def _said_fields(rows: Rows) -> list[str]:
    return [*rows.mapping.used, *rows.constants]


def _texts(rows: Rows, name: str) -> pd.Series:
    if name == _SECTION:
        empty = pd.Series("", index=rows.frame.index, dtype="str")
        return empty if rows.section is None else rows.section
    return rows.text(name)


def _equal(wanted: pd.DataFrame, rows: Rows, most: int = 1) -> list[tuple[int, int]]:
    """Return which rows say what is wanted: pairs of its index and of row numbers.

    Parameters
    ----------
    wanted
        Texts, a column per field.
    rows
        Rows of a file.
    most
        Of rows that say one thing the first so many are named, good ones first.
    """
    if wanted.empty or not len(wanted.columns):
        return []
    names = sorted(map(str, wanted), key=lambda name: -wanted[name].nunique())
    numbers = rows.frame.index[~rows.bad].append(rows.frame.index[rows.bad])
    for name in names:  # the most telling first, and what is left ever less
        texts = _texts(rows, name).loc[numbers]
        numbers = numbers[texts.isin(wanted[name].unique()).to_numpy()]
        if not len(numbers):
            return []
    found = pd.DataFrame({name: _texts(rows, name).loc[numbers] for name in names})
    found = found[found.groupby(names, sort=False).cumcount().lt(most)]
    both = wanted.assign(held=wanted.index).merge(found.assign(row=found.index), on=names)
    return [(int(held), int(row)) for held, row in zip(both["held"], both["row"], strict=True)]


def _parts_of(
    import_id: str, file_name: str, sha256: str, kept: Kept, faults: pd.DataFrame
) -> list[_Part]:
    faults = faults[~is_heading(faults)]
    parts = []
    for name in kept.sheets:
        own = faults[faults["sheet"].eq(name)]
        if own.empty:
            continue
        rows = held_rows(own, kept, name)
        fields = dict.fromkeys((*_said_fields(rows), _SECTION))
        texts = pd.DataFrame({one: _texts(rows, one) for one in fields})
        columns = own.groupby(own["row_number"].astype("int64"))["column_name"]
        wrong = {number: _wrong(some, kept, name) for number, some in columns}
        parts.append(_Part(import_id, name, file_name, sha256, kept, texts, wrong))
    return parts


def _wrong(columns: Iterable[str], kept: Kept, sheet: str) -> frozenset[str]:
    """Return the fields of the columns at fault, and those that say one thing with them."""
    fields = {kept.field_of(sheet, column) for column in columns}
    return frozenset(fields.union(*(group for group in _TOGETHER if group & fields)))


def _stored_keys(connection: Connection, kind: Kind, import_id: str) -> frozenset[str]:
    if "import_id" not in kind.table.c:
        return frozenset()
    mine = kind.table.c.import_id.in_(group_of(connection, import_id))
    return frozenset(
        typed_keys(kind, read_table(connection, kind.table, mine)).str.replace("\x1f", "/")
    )
