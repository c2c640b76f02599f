"""One way in: a file of any kind is read, mapped, placed, checked, sorted and stored, or refused.

All good rows and the quarantine of the others are written in one transaction.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Table, bindparam, delete

from data.errors import SchemaError
from data.ingest.columns import (
    ColumnMapping,
    declared_columns,
    header_test,
    map_columns,
    refused,
    require_columns,
)
from data.ingest.context import Context
from data.ingest.files.ahead import is_worth_it, made_ahead
from data.ingest.files.limits import shown
from data.ingest.files.opening import OpenedFile, open_file
from data.ingest.files.table import Chunk, Sheet
from data.ingest.files.workbook import UnreadSheet
from data.ingest.held.later import EarlierFaults
from data.ingest.held.options import to_json
from data.ingest.held.record import (
    clear_quarantine,
    close_as_before,
    earlier_faults,
    fault_keys,
    quarantine,
)
from data.ingest.history import keep_new, keep_rows
from data.ingest.kind import Kind, Options, Verdict
from data.ingest.known import KnownRows, typed_keys
from data.ingest.locked import LockedRows
from data.ingest.place_lookup import PARTS
from data.ingest.record import ImportResult, Tally, import_key, write_import
from data.ingest.rows import FAULT_COLUMNS, Note, Rows, no_faults
from data.ingest.sections import Sections
from data.ingest.words import expected
from data.store import tables as schema
from data.store.engine import Store, Undo
from data.store.frames import insert_frame, read_table
from data.store.ledger.acts import Actor
from data.store.ledger.rights import OFFICE_COLUMN, not_own
from data.store.meeting.journal import note_changes
from data.texts import catalogue

WHOLE_SHEET = 10**9
_SQLITE_CACHE_KIB = 256 * 1024
_MOST_KEYS = 10_000  # of one statement: databases limit its parameters


@dataclass(frozen=True)
class MappedSheet:
    """A sheet of a file, which of its columns holds what, and its name if there are several."""

    sheet: Sheet
    columns: ColumnMapping
    label: str = ""


Refuse = Callable[[Connection, str, Rows, pd.DataFrame, list[str]], None]
"""Keeps refused rows; see `data.ingest.held.record.quarantine`."""


def open_mapped(
    path: Path, kind: Kind, options: Options, chunk_rows: int = 0
) -> tuple[OpenedFile, list[MappedSheet]]:
    """Open a file and take its columns for what their headings and the sender say.

    Parameters
    ----------
    path
        CSV, XLSX, JSON or GeoJSON.
    kind, options
        What it holds, and what was said of it.
    chunk_rows
        Rows read at a time; 0 as the kind says.

    Returns
    -------
    OpenedFile
        The file, with the sheets that are not read.
    list of MappedSheet
        Those that are; their mapping may leave questions open, see
        `data.ingest.columns.require_columns`.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the file cannot be used at all.
    """
    declared = declared_columns(path, kind, options.columns)
    size = chunk_rows or options.chunk_rows or kind.chunk_rows or WHOLE_SHEET
    asked: dict[str, Any] = {
        "sheet": options.sheet,
        "header_row": options.header_row,
        "chunk_rows": size,
    }
    test = header_test(kind, declared, options.constants, strict=True)
    opened = open_file(path, test, **asked)
    if not any(test(one.header) for one in opened.sheets):
        opened = open_file(path, header_test(kind, declared, strict=False), **asked)
    there = dict.fromkeys(heading for sheet in opened.sheets for heading in sheet.header)
    for heading in declared:
        if heading not in there and heading not in options.tolerated:
            raise refused(path, "mapping_unknown_column", f"{heading}; {', '.join(there)}")
    notes = set(catalogue()["import.template_sheet"].values())
    tables = [one for one in opened.sheets if one.name not in notes] or list(opened.sheets)
    return opened, [
        MappedSheet(one, map_columns(path, kind, one.header, one.sample, declared))
        for one in tables
    ]


def run(
    store: Store,
    kind: Kind,
    path: Path | str,
    options: Options,
    more: Mapping[str, Any] | None = None,
) -> ImportResult:
    """Import a file in one transaction.

    Parameters
    ----------
    store
        A store that holds the registry of one province.
    kind, path, options
        What is imported, from where, and what was said of it.
    more
        What else the kind is read against, by name.

    Returns
    -------
    ImportResult
        The same content again leaves the store as it was.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the file cannot be used at all; nothing is stored.
    SchemaError
        With every fault of a file that is taken whole or not at all.
    ParameterError
        When something was said that cannot be.
    """
    path = Path(path)
    opened, sheets = open_mapped(path, kind, options)
    import_id, digest = import_key("imp", path, _said(kind, sheets, options))
    tally = Tally()
    with store.begin(f"import.{kind.table.name}", subject=import_id) as connection:
        if options.require:
            options.require(connection)
        context = Context(path, options, import_id, digest, reader_of(connection), more or {})
        mapped = [_completed(one, kind, context, len(sheets) > 1) for one in sheets]
        _widen_cache(connection)
        before = earlier_faults(connection, import_id)
        closed = clear_quarantine(connection, import_id)
        earlier = EarlierFaults.of(connection, kind, context)
        write_sheets(connection, kind, mapped, context, tally, earlier)
        if kind.whole and tally.counts[1]:
            raise SchemaError(context.file_name, _sentences(tally.all_faults()))
        again = close_as_before(connection, import_id, closed)
        tally.notes += _settled(again, earlier.close(connection))
        changed = tally.counts[0] or tally.removed or before != fault_keys(tally.all_faults())
        unchanged = options.dry_run or not changed
        if unchanged:
            raise Undo
        said = to_json(kind, options, [(m.label, m.sheet.header, m.columns) for m in mapped])
        write_import(connection, import_id, kind.table.name, path, digest, tally.counts, said)
    return result_of(kind, context, opened.unread, mapped, tally, unchanged=unchanged)


def read(store: Store, kind: Kind, path: Path, options: Options) -> tuple[pd.DataFrame, Rows]:
    """Read the first sheet of a file that is checked and never stored.

    Returns
    -------
    DataFrame
        Its good rows, indexed by row number, with the columns that `Kind.build` makes.
    Rows
        All of them, with what is wrong.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the file cannot be used at all.
    """
    _, sheets = open_mapped(path, kind, options, WHOLE_SHEET)
    context = Context(path, options, "", "", store.read)
    mapped = _completed(sheets[0], kind, context, several=False)
    rows, frame = _build(next(iter(mapped.sheet.chunks)), kind, mapped, context)
    return rows.good_of(frame), rows


def reader_of(connection: Connection) -> Any:
    """Return what reads a table of the store as the transaction has it, once."""
    owner = os.getpid()

    @cache
    def read_one(name: str) -> pd.DataFrame:
        if os.getpid() != owner:
            raise RuntimeError(f"{name} is read for the first time beside the connection's process")
        return read_table(connection, schema.metadata.tables[name])

    return read_one


def _said(kind: Kind, sheets: Sequence[MappedSheet], options: Options) -> str:
    """Return what, besides its content, makes an import of a file another one."""
    columns = [[one.sheet.name, sorted(one.columns.used.items())] for one in sheets]
    said = [kind.name, columns, options.election, options.scheme, options.header_row]
    pairs = [sorted(one.items()) for one in (options.constants, options.places)]
    # Imports of before keep their key: nothing could be said of places then.
    return json.dumps([*said, *(pairs if options.places else pairs[:1])])


def _settled(again: int, later: int) -> list[Note]:
    """Return what is to be said of refused rows that are settled, of this file or earlier ones."""
    notes = [Note("settled_before", {"n": again}), Note("settled_now", {"n": later})]
    return [one for one in notes if one.gaps["n"]]


def _completed(one: MappedSheet, kind: Kind, context: Context, several: bool) -> MappedSheet:
    columns = one.columns
    if kind.extend:
        columns = kind.extend(columns, one.sheet, context)
    require_columns(context.path, kind, columns, one.sheet.sample, context.options.constants)
    return MappedSheet(one.sheet, columns, one.sheet.name if several else "")


def _widen_cache(connection: Connection) -> None:
    """Let SQLite hold the pages that random keys touch, instead of writing them twice."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size=-{_SQLITE_CACHE_KIB}")


def write_sheets(
    connection: Connection,
    kind: Kind,
    sheets: Sequence[MappedSheet],
    context: Context,
    tally: Tally,
    earlier: EarlierFaults,
    refuse: Refuse = quarantine,
) -> None:
    """Write the good rows of sheets, and keep the others.

    Parameters
    ----------
    connection, kind, context
        The transaction, what is imported, and what its rows are read against.
    sheets
        Where the rows stand, and which of their columns holds what.
    tally, earlier
        Are told what became of each chunk.
    refuse
        Keeps the rows that are not good.
    """
    matcher = (kind.matcher or KnownRows)(connection, kind, context)
    locked = LockedRows(context)
    # Sheets of one workbook share an open file, which two processes cannot both read on.
    ahead = len(sheets) == 1 and kind.chunk_rows is not None and context.path.is_file()
    ahead = ahead and is_worth_it(context.path)
    for one in sheets:
        headings = _heading_faults(one)
        tally.faults.append(headings)
        built = _built(one, kind, context)
        made = made_ahead(context.path, built, one.sheet.skipped) if ahead else nullcontext(built)
        with made as chunks:
            for rows, good in chunks:
                if not len(rows):  # a chunk of rows that head sections, and nothing else
                    tally.notes += rows.notes
                    continue
                verdict = matcher.sort(rows, good)
                tally.removed += _write(connection, kind, verdict, good, context)
                tally.add(rows, verdict)
                earlier.look(rows, verdict)
                for part in (verdict.fresh, verdict.corrected):
                    locked.add(kind.table.name, part)
                faults = pd.concat([headings, tally.faults[-1]], ignore_index=True)
                refuse(connection, context.import_id, rows, faults, list(one.sheet.header))
                headings = headings.iloc[:0]
                if context.options.progress:
                    context.options.progress(tally.rows)
    tally.notes += locked.notes()


def _built(one: MappedSheet, kind: Kind, context: Context) -> Iterator[tuple[Rows, pd.DataFrame]]:
    """Yield the rows of each chunk, and what the good ones of them came to."""
    placed = any(field.name in PARTS for field in kind.fields)
    sections = Sections(context.lookup) if placed else None
    for chunk in one.sheet.chunks:
        rows, frame = _build(chunk, kind, one, context, sections)
        yield rows, rows.good_of(frame)


def _build(
    chunk: Chunk, kind: Kind, one: MappedSheet, context: Context, sections: Sections | None = None
) -> tuple[Rows, pd.DataFrame]:
    """Return the rows of a chunk with what is wrong with them, and what they came to."""
    texts, section = chunk.frame, chunk.section
    said: list[Note] = []
    if sections and section is None:
        texts, section, said = sections.split(chunk.frame)
    rows = Rows(texts, one.columns, context.options.constants, one.label, section)
    rows.notes += said
    for fault in chunk.faults:
        rows.fault_cell(fault.row_number, fault.column_name, fault.value, fault.reason)
    if not len(rows):  # all of them head sections
        return rows, texts
    rows.hold_rivals()
    columns = {} if kind.reads_itself else _typed(rows, kind)
    frame = kind.build(rows, pd.DataFrame(columns, index=texts.index), context)
    judged = [c for c in frame.columns if c in kind.table.columns and c not in kind.made]
    if kind.table.name in schema.metadata.tables:
        rows.hold(kind.table.name, frame[judged], kind.blame, context.options.now)
        _hold_own(rows, frame[judged], kind, context.options.actor)
    if kind.texts:
        rows.ask_of_persons(frame, kind.texts)
    if kind.check and not rows.bad.any():
        kind.check(frame, context)
    return rows, frame.assign(import_id=context.import_id)


def _hold_own(rows: Rows, frame: pd.DataFrame, kind: Kind, actor: Actor) -> None:
    """Refuse rows that whoever brings them in may not write."""
    for column, wrong in not_own(actor, frame):
        own = kind.blame.get(column, (column,))
        where = rows.frame.index.isin(frame.index[wrong])
        for name in own:
            where &= ~rows.faulted(name)
        reason = "agency_not_own" if column == OFFICE_COLUMN else "area_not_own"
        blamed = next((name for name in own if rows.has(name)), own[0])
        rows.fault(blamed, where, reason)


def _typed(rows: Rows, kind: Kind) -> dict[str, pd.Series]:
    columns = {}
    for one in kind.fields:
        if one.type is not None:
            values = one.type.column(rows, one.name, one.reason)
            columns[one.name] = values if one.default is None else values.fillna(one.default)
    return columns


def _heading_faults(one: MappedSheet) -> pd.DataFrame:
    """Return the faults of headings, on the row where they stand."""
    rows = [
        (one.sheet.header_row, heading, heading, reason, expected(reason))
        for heading, reason in one.columns.faults
    ]
    return pd.DataFrame(rows, columns=list(FAULT_COLUMNS)) if rows else no_faults()


def _write(
    connection: Connection, kind: Kind, verdict: Verdict, good: pd.DataFrame, context: Context
) -> int:
    """Write what is new and take away what it stands in place of; return how many rows that is."""
    table, import_id = kind.table, context.import_id
    both = [part for part in (verdict.corrected, verdict.fresh) if len(part)]
    new = pd.concat(both) if len(both) > 1 else next(iter(both), verdict.fresh)
    old = good.iloc[:0]
    if len(verdict.corrected) or (kind.gone and len(good)):
        stored = _stored(connection, kind, verdict.corrected)
        old = stored[typed_keys(kind, stored).isin(typed_keys(kind, verdict.corrected))]
        if kind.gone:
            gone = kind.gone(stored, good)
            # What the file repeats stays, and so do the rows of its other sheets.
            again = typed_keys(kind, gone).isin(typed_keys(kind, good))
            old = pd.concat([old, gone[~again & gone["import_id"].ne(import_id)]])
        keep_rows(connection, table, import_id, old)
        _delete(connection, table, old)
    if "import_id" not in table.c:
        keep_new(connection, table, import_id, verdict.fresh)
    if len(new):
        rows = kind.settle(connection, new) if kind.settle else new
        # A third of the columns is empty in most files, and costs as much to write as the others.
        names = [c.name for c in table.columns if c.name in rows and rows[c.name].notna().any()]
        # Keys may be random: in order of the index its pages are touched once, not at random.
        insert_frame(connection, table, rows[names].sort_values(kind.keys[0], kind="stable"))
    note_changes(connection, table, old, new, context.file_name)
    return len(old)


def _stored(connection: Connection, kind: Kind, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the stored rows that ``rows`` may replace."""
    if kind.gone or len(kind.keys) > 1:
        return read_table(connection, kind.table)
    column, values = kind.table.c[kind.keys[0]], rows[kind.keys[0]].tolist()
    parts = [
        read_table(connection, kind.table, column.in_(values[start : start + _MOST_KEYS]))
        for start in range(0, len(values), _MOST_KEYS)
    ]
    return pd.concat(parts)


def _delete(connection: Connection, table: Table, rows: pd.DataFrame) -> None:
    keys = [column.name for column in table.primary_key.columns]
    where = [table.c[name] == bindparam(f"k_{name}") for name in keys]
    values = [
        {f"k_{name}": _plain(value) for name, value in zip(keys, row, strict=True)}
        for row in rows[keys].itertuples(index=False)
    ]
    if values:
        connection.execute(delete(table).where(*where), values)


def _plain(value: object) -> object:
    return value.date() if isinstance(value, pd.Timestamp) and value.tzinfo is None else value


def _sentences(faults: pd.DataFrame) -> list[str]:
    """Return faults as one sentence each."""
    return [
        f"row {row.row_number}: {row.column_name} {shown(row.value)!r}, expected {row.expected}"
        for row in faults.itertuples()
    ]


def result_of(
    kind: Kind,
    context: Context,
    unread: Sequence[UnreadSheet],
    sheets: Sequence[MappedSheet],
    tally: Tally,
    *,
    unchanged: bool,
) -> ImportResult:
    """Return what became of sheets, and of those that were not read."""
    notes = [Note("dry_run", {})] if context.options.dry_run else []
    notes += [Note("sheet_unread", {"sheet": s.name, "reason": s.reason}) for s in unread]
    for one in sheets:
        by_kind: dict[str, list[int]] = {}
        for row in one.sheet.skipped:
            by_kind.setdefault(row.kind, []).append(row.row_number)
        notes += [
            Note(f"rows_{name}", {"n": len(numbers), "rows": numbers[:20]})
            for name, numbers in by_kind.items()
        ]
    mapping = {name: heading for one in sheets for name, heading in one.columns.used.items()}
    unused = dict.fromkeys(heading for one in sheets for heading in one.columns.unused)
    _, quarantined, duplicates = tally.counts
    return ImportResult(
        kind=kind.name,
        target=kind.table.name,
        file_name=context.file_name,
        import_id=context.import_id,
        accepted=tally.accepted,
        corrected=tally.corrected,
        quarantined=quarantined,
        duplicates=duplicates,
        records=tally.records,
        faults=tally.all_faults(),
        duplicate_rows=tally.all_repeated(),
        mapping=mapping,
        unused_columns=tuple(unused),
        unchanged=unchanged,
        notes=(*notes, *tally.notes),
        unsure=tally.all_unsure(),
    )
