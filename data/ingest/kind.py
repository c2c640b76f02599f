"""What a kind of import declares: its fields, what it needs, its key and the table it writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd
from sqlalchemy import Connection, Table

from data.ingest.columns import ColumnMapping, Headings, Needs, headings_of
from data.ingest.values.dates import parse_day, parse_moment
from data.ingest.values.numbers import parse_count, parse_decimal, parse_integer
from data.ingest.values.texts import normal_text
from data.store.ledger.acts import LOCAL, Actor
from geo.codes import Scheme

if TYPE_CHECKING:
    from data.ingest.context import Context
    from data.ingest.files.table import Sheet
    from data.ingest.rows import Rows

Build = Callable[["Rows", pd.DataFrame, "Context"], pd.DataFrame]


@dataclass(frozen=True)
class Type:
    """How the cells of a field are read.

    Attributes
    ----------
    key
        Key of its words in the catalogue, under ``import_type``.
    read
        Reads a text that is not empty; None when it cannot be read.
    reason
        Why a text is refused; a key of the catalogue, under ``import_reason``.
    dtype
        Of the column that comes of it.
    example
        A text that it reads.
    choices
        Words of a closed list by what each stands for.
    """

    key: str
    read: Callable[[str], Any]
    reason: str
    dtype: str = "str"
    example: str = ""
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def column(self, rows: Rows, name: str, reason: str) -> pd.Series:
        """Return the cells of a field as values by row, and note what cannot be read."""
        return rows.read(name, self.read, reason or self.reason, self.dtype)


class DayType(Type):
    """A date that is known to its day."""

    def column(self, rows: Rows, name: str, reason: str) -> pd.Series:
        """Return days by row (``datetime64[us]``); a month or a year is refused."""
        parsed = rows.read_dates(name, reason)
        coarse = parsed["value"].notna() & parsed["precision"].ne("day") | parsed["end"].notna()
        rows.fault(name, coarse.to_numpy(), reason or "date_no_day")
        return parsed["value"]


class MomentType(Type):
    """A day with a time of day."""

    def column(self, rows: Rows, name: str, reason: str) -> pd.Series:
        """Return moments by row, in UTC."""
        del reason
        return rows.read_moments(name)


def plain_text(text: str) -> str:
    """Return a text with one blank between its words."""
    return " ".join(text.split())


TEXT = Type("text", plain_text, "required")
INTEGER = Type("integer", parse_integer, "count_unreadable", "Int64", "215")
PEOPLE = Type("people", parse_count, "people_unreadable", "Int64", "1.500")
DECIMAL = Type("decimal", parse_decimal, "number_unreadable", "float64", "1,25")
DAY = DayType("day", parse_day, "date_unreadable", "datetime64[us]", "14/02/2024")
MOMENT = MomentType("moment", parse_moment, "moment_unreadable", "object", "14/02/2024 08.15")


def words(choices: Mapping[str, Sequence[str]], reason: str) -> Type:
    """Return the type of a closed list of words, each with what people write for it."""
    names = {normal_text(text): key for key, texts in choices.items() for text in (key, *texts)}
    example = next(iter(choices), "").replace("_", " ")
    return Type("words", lambda text: names.get(normal_text(text)), reason, "str", example, choices)


@dataclass(frozen=True)
class Field:
    """A field of a kind.

    Attributes
    ----------
    name
        Its name; that of the column that it fills.
    type
        How its cells are read; None when `Kind.build` reads them.
    default
        What an empty cell stands for.
    reason
        Why a text is refused, in place of that of the type.
    example
        A text for the template, in place of that of the type; ``-`` for none, ``|`` between two.
    """

    name: str
    type: Type | None = TEXT
    default: str | None = None
    reason: str = ""
    example: str = ""


class Matcher(Protocol):
    """Says which rows of a file the store holds already."""

    def sort(self, rows: Rows, good: pd.DataFrame) -> Verdict:
        """Sort ``good``, columns of the table by row number, and remember it; may note faults."""


@dataclass(frozen=True)
class Verdict:
    """What became of the good rows of a chunk.

    Attributes
    ----------
    fresh
        Rows that are new, as they are to be written.
    corrected
        Rows whose key is known and whose content differs, as they are to be written.
    repeated
        ``row_number`` and either ``of_report`` (key of the stored row) or ``of_row`` (of the file).
    added
        The same of rows that repeat one, and added to it in another table; None for none.
    """

    fresh: pd.DataFrame
    corrected: pd.DataFrame
    repeated: pd.DataFrame
    added: pd.DataFrame | None = None


def as_read(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Return ``frame``, a column per field by row number, as it was read."""
    del rows, context
    return frame


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of file that can be imported.

    Attributes
    ----------
    name
        As the command calls it.
    table
        Where its rows go.
    fields
        What a file may hold.
    needs
        Of each group one alternative must be there; an alternative is a set of fields.
    build
        Completes the columns that were read to rows of the table; a row of the file may come to
        none or several, on the same row number.
    unsaid
        Columns whose change makes no row a correction, besides the key and ``import_id``.
    made
        Columns made of others, which are judged in their place.
    blame
        Fields that a column is made of, where they are not named like it.
    twice
        Why rows of one file are refused that say different things of one key.
    whole
        Whether a file is taken whole or not at all.
    options
        What the command may say beside the file: ``election``, ``scheme``, ``said`` (date, agency
        and source of rows that name none).
    extend
        Completes the mapping by what the kind alone knows, such as a column per indicator.
    matcher
        In place of `data.ingest.known.KnownRows`.
    settle
        Completes rows inside the transaction, just before they are written.
    check
        Raises what is wrong with the rows of a whole file together, once each of them is right.
    gone
        Rows of the store that new rows, on the columns of the table, stand in place of though
        their keys differ.
    chunk_rows
        Rows read at a time; None reads a sheet at once.
    preset
        Heading by field of an export that is recognised by its headings as a whole.
    texts
        Columns of free text, in which the sender may have named somebody.
    reads_itself
        Whether ``build`` reads all cells, and the types of the fields only explain them.
    """

    name: str
    table: Table
    fields: tuple[Field, ...]
    needs: Needs
    build: Build = as_read
    unsaid: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    blame: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    twice: str = "key_twice"
    whole: bool = False
    options: tuple[str, ...] = ()
    extend: Callable[[ColumnMapping, Sheet, Context], ColumnMapping] | None = None
    matcher: Callable[[Connection, Kind, Context], Matcher] | None = None
    settle: Callable[[Connection, pd.DataFrame], pd.DataFrame] | None = None
    check: Callable[[pd.DataFrame, Context], object] | None = None
    gone: Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame] | None = None
    chunk_rows: int | None = None
    preset: Callable[[Sequence[str]], Mapping[str, str] | None] | None = None
    texts: tuple[str, ...] = ()
    reads_itself: bool = False

    @property
    def headings(self) -> Headings:
        """Headings by field, in tiers, the surest first."""
        return headings_of(self.name, tuple(one.name for one in self.fields))

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns that tell rows apart."""
        return tuple(column.name for column in self.table.primary_key.columns)

    @property
    def said(self) -> tuple[str, ...]:
        """Columns whose change makes a row a correction."""
        out = {*self.keys, *self.unsaid, "import_id"}
        return tuple(column.name for column in self.table.columns if column.name not in out)

    def fields_of(self, column: str) -> tuple[str, ...]:
        """Return the fields that a column is made of."""
        return self.blame.get(column, (column,))


@dataclass(frozen=True)
class Options:
    """What is said of a file beside its content.

    Attributes
    ----------
    today, now
        Nothing that has happened may lie after it.
    election
        Of rows that name none.
    scheme
        Of bare codes; None when it is not declared.
    columns
        Field by heading; ``-`` leaves a column out.
    tolerated
        Headings of ``columns`` that a file may lack.
    constants
        Text by field, for rows without one.
    places
        Code by name of a place that is not understood, as of `data.ingest.place_lookup`.
    sheet, header_row
        The only sheet to read, by name or number, and the row of its headings.
    dry_run
        Whether to say what would happen and store nothing.
    chunk_rows
        Rows read at a time, in place of those of the kind.
    progress
        Called with the number of rows done after each chunk.
    require
        Called with the transaction before anything is read or written: raises where the store is
        no longer what the file was made for.
    actor
        Who brings it in: rows about other areas, or of other agencies than an operator's own, are
        refused.
    """

    today: date
    now: datetime
    election: str = ""
    scheme: Scheme | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    tolerated: frozenset[str] = frozenset()
    constants: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    header_row: int | None = None
    dry_run: bool = False
    chunk_rows: int | None = None
    progress: Callable[[int], None] | None = None
    require: Callable[[Connection], None] | None = None
    actor: Actor = LOCAL
