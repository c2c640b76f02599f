"""Refused rows put right: read again as their file was, and stored, or refused once more."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from data.errors import ImportUnknownError
from data.ingest.context import Context
from data.ingest.engine import MappedSheet, reader_of, result_of, write_sheets
from data.ingest.files.table import CellFault, Chunk, Sheet
from data.ingest.held.later import EarlierFaults
from data.ingest.held.options import Kept, from_json
from data.ingest.held.record import (
    CHANGED,
    DISMISSED,
    MENDED,
    RowKey,
    close,
    group_of,
    is_row,
    open_rows,
    quarantine,
    reopen,
)
from data.ingest.held.texts import held_cells, held_sections, is_heading
from data.ingest.kind import Kind, Options
from data.ingest.record import ImportResult, Tally, write_import
from data.ingest.rows import Note, Rows
from data.store import tables as schema
from data.store.engine import Store, Undo
from data.store.ledger.acts import Act
from data.store.ledger.rights import RESOLVE, require, require_now
from geo.errors import ParameterError

OF_CELLS = ("too_many_cells", "broken_text")
"""Faults of the file that reading its cells again does not find: a row keeps them until changed."""
_UNFIT = re.compile("[\0\ud800-\udfff]")
Edits = Mapping[RowKey, Mapping[str, str]]
"""Texts by heading of the rows that somebody changed."""


@dataclass(frozen=True)
class Mended:
    """What became of refused rows that were read again.

    Attributes
    ----------
    result
        As of any import; its rows are those of the file that were refused.
    good
        Rows that are right now, stored or there already.
    faults
        Of the others: the columns of `ImportResult.faults`, and ``key``, their `RowKey`.
    settled
        Rows that were changed here, and that somebody else had settled before.
    """

    result: ImportResult
    good: tuple[RowKey, ...]
    faults: pd.DataFrame
    settled: tuple[RowKey, ...]


@dataclass
class _Held:
    """Open rows of one sheet: cells by row number, with the import that holds each.

    Attributes
    ----------
    name
        Of the sheet.
    cells
        A column per heading, by row number, as changed.
    keys
        `RowKey` by row number.
    section
        Text of the row that heads the part of each, by row number.
    faults
        What reading the cells does not find.
    changed
        Numbers of the rows that are not as they were refused.
    bad
        Numbers of the rows that are refused again.
    """

    name: str
    cells: pd.DataFrame
    keys: dict[int, RowKey]
    section: pd.Series
    faults: list[CellFault]
    changed: set[int]
    bad: set[int] = field(default_factory=set)
    found: list[pd.DataFrame] = field(default_factory=list)


def mend(
    store: Store,
    kind: Kind,
    import_id: str,
    edits: Edits,
    options: Options,
    more: Mapping[str, Any] | None = None,
) -> Mended:
    """Read all open rows of an import again, store the good ones, and keep the others.

    In one transaction and one act, which is an import of its own that `undo_import` takes back. A
    row that was changed and is still refused stands under it, with its new faults; one that was
    not changed stays where it is.

    Parameters
    ----------
    store
        The store.
    kind
        What the import brought.
    import_id
        The import whose rows were refused.
    edits
        Rows that were changed; those that are settled by now are left aside.
    options
        Moment and actor of now, and whether to say what would happen and store nothing.
    more
        What else the kind is read against, by name.

    Raises
    ------
    ImportUnknownError
        When the import is not there any more.
    ParameterError
        When it is not known how its file was read.
    RightError
        When whoever does it may not import such rows.
    FileUnreadableError
        When no row says where it belongs.
    """
    require(Act(f"import.{kind.table.name}", options.actor))
    mend_id = _id_of(import_id, edits)
    with store.begin(RESOLVE, subject=mend_id) as connection:
        log = _log_of(connection, import_id)
        kept = from_json(log.options)
        group = group_of(connection, import_id)
        faults = open_rows(connection, schema.quarantine.c.import_id.in_(group))
        held = _held(faults[~is_heading(faults)], kept, group, edits)
        open_now = {key for one in held for key in one.keys.values()}
        gone = tuple(key for key in edits if key not in open_now)
        context = Context(
            Path(log.file_name),
            kept.options(options),
            mend_id,
            log.sha256,
            reader_of(connection),
            more or {},
        )
        tally, mapped = Tally(), [_sheet(one, kept) for one in held]
        earlier = EarlierFaults.of(connection, kind, context, group)
        refuse = partial(_refuse, {one.name: one for one in held})
        write_sheets(connection, kind, mapped, context, tally, earlier, refuse)
        done = _settle(connection, held, mend_id)
        if later := earlier.close(connection):
            tally.notes.append(Note("settled_now", {"n": later}))
        unchanged = options.dry_run or not done
        if unchanged:
            raise Undo
        _, _, repeated = tally.counts
        moved = sum(len(one.changed & one.bad) for one in held)
        counts = (tally.accepted + tally.corrected, moved, repeated)
        named = kind.table.name, context.path, log.sha256, counts
        write_import(connection, mend_id, *named, log.options, mends=import_id)
    result = result_of(kind, context, (), mapped, tally, unchanged=unchanged)
    return Mended(result, _good(held), _faults(held), gone)


def dismiss(store: Store, keys: Collection[RowKey], reason: str) -> int:
    """Leave refused rows aside, and return how many were still open.

    Raises
    ------
    ParameterError
        When no reason is given.
    """
    if not reason.strip():
        raise ParameterError("reason", reason, "a reason")
    with store.begin(RESOLVE, subject=_subject(keys), reason=reason) as connection:
        there = _open_keys(connection, keys)
        if not there:
            raise Undo
        _require_imports(connection, there)
        close(connection, there, DISMISSED, reason=reason.strip())
    return len(there)


def take_up(store: Store, keys: Collection[RowKey]) -> None:
    """Open rows again that were left aside."""
    aside = schema.quarantine.c.closed_as == DISMISSED
    with store.begin(RESOLVE, subject=_subject(keys)) as connection:
        _require_imports(connection, keys)
        for key in keys:
            reopen(connection, is_row(key) & aside)


def _subject(keys: Collection[RowKey]) -> str:
    return ", ".join(sorted({key.import_id for key in keys}))


def _require_imports(connection: Connection, keys: Collection[RowKey]) -> None:
    """Hold that whoever leaves rows aside, or takes them up, may import such rows."""
    log = schema.imports.c
    ids = {key.import_id for key in keys}
    for target in connection.execute(select(log.target).where(log.import_id.in_(ids))).scalars():
        require_now(f"import.{target}")


def _open_keys(connection: Connection, keys: Collection[RowKey]) -> list[RowKey]:
    ids = {key.import_id for key in keys}
    rows = open_rows(connection, schema.quarantine.c.import_id.in_(ids))
    there = set(keys_of(rows))
    return [key for key in keys if key in there]


def keys_of(faults: pd.DataFrame) -> list[RowKey]:
    """Return the row that each of ``faults``, as of `open_rows`, is about."""
    columns = (faults[name] for name in ("import_id", "sheet", "row_number"))
    return [RowKey(str(i), str(s), int(n)) for i, s, n in zip(*columns, strict=True)]


def _log_of(connection: Connection, import_id: str) -> Any:
    table = schema.imports
    found = connection.execute(select(table).where(table.c.import_id == import_id)).first()
    if found is None:
        raise ImportUnknownError(import_id)
    if found.options is None:
        raise ParameterError("import", import_id, "an import whose options are kept")
    return found


def _id_of(import_id: str, edits: Edits) -> str:
    said = [[*key, sorted(cells.items())] for key, cells in sorted(edits.items())]
    text = json.dumps([import_id, said], ensure_ascii=False)
    return f"fix-{blake2b(text.encode('utf-8', 'replace'), digest_size=8).hexdigest()}"


def _held(faults: pd.DataFrame, kept: Kept, group: list[str], edits: Edits) -> list[_Held]:
    """Return the open rows of each sheet that is known, with the changes in them."""
    order = {import_id: n for n, import_id in enumerate(group)}
    faults = faults.assign(order=faults["import_id"].map(order))
    held = []
    for name, (header, _) in kept.sheets.items():
        own = faults[faults["sheet"].eq(name)]
        own = own[own["order"].eq(own.groupby("row_number")["order"].transform("max"))]
        if own.empty:
            continue
        cells = held_cells(own, header)
        once = own.drop_duplicates("row_number")
        keys = {key.row_number: key for key in keys_of(once)}
        changed = _change(cells, keys, edits)
        section = held_sections(own)
        section = pd.Series("", cells.index, dtype="str") if section is None else section
        of_cells = own[own["reason"].isin(OF_CELLS) & ~own["row_number"].isin(changed)]
        held.append(_Held(name, cells, keys, section, _cell_faults(of_cells), changed))
    return held


def _cell_faults(faults: pd.DataFrame) -> list[CellFault]:
    columns = (faults[name] for name in ("row_number", "column_name", "value", "reason"))
    return [
        CellFault(int(number), str(column), str(value), str(reason))
        for number, column, value, reason in zip(*columns, strict=True)
    ]


def _change(cells: pd.DataFrame, keys: Mapping[int, RowKey], edits: Edits) -> set[int]:
    """Put changed texts into ``cells``, and return the numbers of the rows that differ now."""
    changed = set()
    for number, key in keys.items():
        for heading, text in edits.get(key, {}).items():
            clean = _UNFIT.sub("\ufffd", text.strip())
            if heading in cells and cells.loc[number, heading] != clean:
                cells.loc[number, heading] = clean
                changed.add(number)
    return changed


def _sheet(one: _Held, kept: Kept) -> MappedSheet:
    header, columns = kept.sheets[one.name]
    chunk = Chunk(one.cells, one.faults, one.section)
    sheet = Sheet(one.name, header, 0, one.cells, iter([chunk]), [])
    return MappedSheet(sheet, columns, one.name)


def _refuse(
    held: Mapping[str, _Held],
    connection: Connection,
    import_id: str,
    rows: Rows,
    faults: pd.DataFrame,
    headings: list[str],
) -> None:
    """Keep the faults of rows that were changed; those of others stand as they are."""
    one = held[rows.sheet]
    one.bad |= {int(number) for number in faults["row_number"]}
    one.found.append(faults)
    own = faults[faults["row_number"].isin(one.changed)]
    if len(own):
        quarantine(connection, import_id, rows, own, headings)


def _settle(connection: Connection, held: list[_Held], import_id: str) -> int:
    """Close the rows that are right or stand elsewhere now, and return how many these are."""
    moved = [one.keys[number] for one in held for number in one.changed & one.bad]
    good = _good(held)
    close(connection, good, MENDED, import_id)
    close(connection, moved, CHANGED, import_id)
    return len(good) + len(moved)


def _good(held: list[_Held]) -> tuple[RowKey, ...]:
    return tuple(key for one in held for n, key in one.keys.items() if n not in one.bad)


def _faults(held: list[_Held]) -> pd.DataFrame:
    parts = [
        faults.assign(key=faults["row_number"].map(one.keys))
        for one in held
        for faults in one.found
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["key"])
