"""What imports replaced: kept row by row or as a whole, shown as versions, and brought back.

Whoever replaces or removes rows keeps them first, in the same transaction. A moment of `history`
is later than every import and entry before it, whatever the clock says, so that the order of two
imports is never in doubt.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Table,
    and_,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)

from data.clock import STAMP, utc_after
from data.errors import ImportReplacedError, ImportUnknownError
from data.ingest.held.record import reopen, require_no_mends, settled_by
from data.store import tables as schema
from data.store.engine import Reader, Store
from data.store.frames import insert_frame, read_table, rows_of, typed
from data.store.ledger.rights import require_bringing
from data.store.ledger.writing import MANY, among, json_values, keys_of
from data.store.meeting.journal import has_journal, note_changes

_MARK = "import_id"
_BATCH = 500
_history = schema.history


def keep_rows(connection: Connection, table: Table, import_id: str, rows: pd.DataFrame) -> None:
    """Keep rows that an import is about to replace or remove, one entry each.

    Parameters
    ----------
    connection
        Of the transaction of the import.
    table
        The table of the rows.
    import_id
        The import that replaces them. Rows that it brought itself are not kept.
    rows
        Rows of the table as it holds them, with all its columns.
    """
    rows = _of_others(rows, import_id)
    columns = {c.name: json_values(rows[c.name], c.type) for c in table.columns}
    names, cells = list(columns), zip(*columns.values(), strict=True)
    contents = [_json(dict(zip(names, row, strict=True))).encode() for row in cells]
    _write(connection, table, import_id, keys_of(table, rows), contents)


def keep_new(connection: Connection, table: Table, import_id: str, rows: pd.DataFrame) -> None:
    """Note rows that an import adds to a table without ``import_id``, so that they can go again.

    ``rows`` has at least the columns of the key of the table.
    """
    _write(connection, table, import_id, keys_of(table, rows), [b"null"] * len(rows))


def keep_bulk(connection: Connection, table: Table, import_id: str, rows: pd.DataFrame) -> None:
    """Keep many rows that an import is about to replace or remove, in one entry.

    ``rows`` and the rest are as for `keep_rows`; without a row no entry is made.
    """
    rows = _of_others(rows, import_id)
    if rows.empty:
        return
    content = BytesIO()
    frame = typed(rows, table).reset_index(drop=True)
    frame.to_feather(content, compression="zstd")
    _write(connection, table, import_id, [MANY], [content.getvalue()])


def versions_of(reader: Reader, table: str, key: Iterable[object]) -> pd.DataFrame:
    """Return the earlier versions of a row, oldest first.

    Parameters
    ----------
    reader
        A store or a data set.
    table
        Name of a table.
    key
        Values of its primary key, in the order of its columns.

    Returns
    -------
    DataFrame
        ``replaced_at`` (moment), ``replaced_by`` (id of the import), then the columns of the table
        as the row was until then. The row of now is not among them.

    Raises
    ------
    KeyError
        When there is no such table.
    """
    target = schema.metadata.tables[table]
    one = pd.DataFrame([list(key)], columns=[c.name for c in target.primary_key.columns])
    text = keys_of(target, one)[0]
    at = _history.c
    if isinstance(reader, Store):
        entries = reader.read("history", and_(at.target == table, at.key.in_([text, MANY])))
    else:
        entries = reader.read("history")
        entries = entries[entries["target"].eq(table) & entries["key"].isin([text, MANY])]
    whens: list[tuple[Any, Any]] = []
    parts = [_restored(target, [])]
    for entry in entries.itertuples():
        kept = _restored(target, [entry])
        parts.append(kept[[found == text for found in keys_of(target, kept)]])
        whens += [(entry.at, entry.import_id)] * len(parts[-1])
    found = pd.concat(parts, ignore_index=True)
    found.insert(0, "replaced_by", pd.Series([by for _, by in whens], dtype="str"))
    found.insert(0, "replaced_at", pd.to_datetime([at for at, _ in whens], utc=True))
    return found


def undo_import(store: Store, import_id: str) -> dict[str, int]:
    """Take an import back, in one transaction: its rows go, and what it replaced comes back.

    Its row in ``imports`` and its rows in ``quarantine`` go too, and so does what was kept for it;
    refused rows of others that it settled are open again.
    Of a file that came again after another had replaced rows of it, that coming is taken back; the
    one before stays as it was.

    Parameters
    ----------
    store
        The store.
    import_id
        A key of ``imports``.

    Returns
    -------
    dict
        ``removed`` and ``restored``: rows of the target tables.

    Raises
    ------
    ImportUnknownError
        When there is no such import.
    RightError
        When whoever acts may not import for that table either.
    ImportReplacedError
        When a later import replaced rows of this one, or what this one had replaced, or when
        refused rows of it were put right.
    """
    log, refused = schema.imports, schema.quarantine
    counts = {"removed": 0, "restored": 0}
    with store.begin("import.undo", subject=import_id) as connection:
        logged = connection.execute(select(log).where(log.c.import_id == import_id)).first()
        query = select(_history).where(_history.c.import_id == import_id)
        entries = connection.execute(query.order_by(_history.c.history_id)).all()
        tables = _tables_of({entry.target for entry in entries})
        if logged is None:
            # One that another import replaced as a whole, with its row here, is not unknown.
            _last_by_others(connection, log, import_id, entries, last="")
            raise ImportUnknownError(import_id)
        require_bringing(logged.target)
        require_no_mends(connection, import_id)
        last = max([_stamp(logged.at), *(entry.history_id for entry in entries)])
        before = [_last_by_others(connection, t, import_id, entries, last) for t in tables]
        since = max(before, default="")
        before_last = {entry.target for entry in entries if entry.history_id <= since}
        entries = [entry for entry in entries if entry.history_id > since]
        kept = [t for t in tables if t is not log]  # one replaced as a whole has no first coming
        again = {t.name: _replaced_keys(connection, t, import_id, since) for t in kept}
        unmarked = any(t.name in before_last for t in kept if _MARK not in t.c)
        if unmarked or any(again.values()):  # its first coming stays, with its log
            moment = datetime.strptime(since.partition("-")[0], STAMP).replace(tzinfo=UTC)
            earlier = update(log).where(log.c.import_id == import_id)
            connection.execute(earlier.values(at=moment - timedelta(microseconds=1)))
            reopen(connection, settled_by(import_id, moment))
        else:
            again = {}
            reopen(connection, settled_by(import_id))
            for table in (refused, log):
                connection.execute(delete(table).where(table.c.import_id == import_id))
        own = _history.c.import_id == import_id
        connection.execute(delete(_history).where(own, _history.c.history_id > since))
        for table in tables:
            own_keys = again.get(table.name)
            there = _journalled(connection, table, import_id, own_keys)
            removed, restored = _put_back(connection, table, import_id, entries, own_keys)
            note_changes(connection, table, there, restored, logged.file_name)
            if table is not log:
                counts["removed"] += removed
                counts["restored"] += len(restored)
        _forget_sources(connection)
        if counts["restored"]:
            # A shipped row may have come back as it was shipped before: `prepare` looks again.
            store.set_meta(connection, "shipped_digest", "")
    return counts


def _forget_sources(connection: Connection) -> None:
    """Take away the further sources of reports that are no more, whoever added them."""
    further, reports = schema.report_sources, schema.reports
    there = exists().where(reports.c.report_id == further.c.report_id)
    connection.execute(delete(further).where(~there))


def _tables_of(targets: set[str]) -> list[Table]:
    """Return the tables that an import may have changed: targets, and all that name the import."""
    own = {schema.imports.name, schema.quarantine.name, _history.name}
    named = {n for n, t in schema.metadata.tables.items() if _MARK in t.c and n not in own}
    return [t for n, t in sorted(schema.metadata.tables.items()) if n in targets | named]


def _last_by_others(
    connection: Connection, table: Table, import_id: str, entries: Sequence[Any], last: str
) -> str:
    """Return the last entry in which another import replaced rows of this one; "" without one.

    The same file may have come, been replaced by another, and have come again; only what its last
    coming replaced is put back. Where another import replaced it since, that is refused.
    """
    since, at = "", _history.c
    mine = [entry for entry in entries if entry.target == table.name]
    keys = {key for entry in mine for key in _entry_keys(table, entry)}
    if _MARK in table.c:
        told = _holds(connection, _json({_MARK: import_id})[1:-1].encode())
    else:
        told = at.history_id > min((entry.history_id for entry in mine), default=last)
    query = select(_history).where(at.target == table.name, at.import_id != import_id)
    for entry in connection.execute(query.where(or_(at.key == MANY, told))):
        hit = True
        if _MARK not in table.c:
            hit = bool(keys & _entry_keys(table, entry))
        elif entry.key == MANY:
            hit = bool(_restored(table, [entry])[_MARK].eq(import_id).any())
        if hit and entry.history_id > last:
            raise ImportReplacedError(import_id, entry.import_id)
        since = max(since, entry.history_id) if hit else since
    return since


def _replaced_keys(connection: Connection, table: Table, import_id: str, since: str) -> set[str]:
    """Return the keys of rows of an import that others replaced one by one until ``since``."""
    if _MARK not in table.c or not since:
        return set()
    at = _history.c
    told = _holds(connection, _json({_MARK: import_id})[1:-1].encode())
    query = select(at.key).where(at.target == table.name, at.import_id != import_id, told)
    return set(connection.execute(query.where(at.key != MANY, at.history_id <= since)).scalars())


def _holds(connection: Connection, part: bytes) -> ColumnElement[bool]:
    """Return the condition that the content of an entry holds some bytes."""
    content = _history.c.content
    if connection.dialect.name == "postgresql":
        return func.position(literal(part).op("IN")(content)) > 0
    return func.instr(content, part) > 0


def _own(table: Table, import_id: str, own_keys: set[str] | None) -> Iterator[ColumnElement[bool]]:
    """Return conditions that together hold for the rows of an import that go with it."""
    mine = table.c[_MARK] == import_id
    every = [literal(value=True)] if own_keys is None else among(table, own_keys)
    return (and_(mine, at) for at in every)


def _journalled(
    connection: Connection, table: Table, import_id: str, own_keys: set[str] | None
) -> pd.DataFrame:
    """Return the rows of an import that go with it, of a table that has a journal."""
    if not has_journal(table):  # others may hold a million rows, which nobody then reads
        return _restored(table, [])
    parts = [read_table(connection, table, at) for at in _own(table, import_id, own_keys)]
    return pd.concat([_restored(table, []), *parts], ignore_index=True)


def _put_back(
    connection: Connection,
    table: Table,
    import_id: str,
    entries: Sequence[Any],
    own_keys: set[str] | None = None,
) -> tuple[int, pd.DataFrame]:
    """Return how many rows of an import went, and which rows came back.

    ``own_keys`` are all that may go.
    """
    mine = [entry for entry in entries if entry.target == table.name]
    rows = _restored(table, mine)
    places = list(among(table, {key for entry in mine for key in _entry_keys(table, entry)}))
    if _MARK in table.c:
        own = (delete(table).where(at) for at in _own(table, import_id, own_keys))
        removed = sum(connection.execute(one).rowcount for one in own)
        for place in places:
            if taken := connection.execute(select(table.c[_MARK]).where(place)).first():
                raise ImportReplacedError(import_id, taken[0] or "-")
    else:
        removed = sum(connection.execute(delete(table).where(place)).rowcount for place in places)
    insert_frame(connection, table, rows)
    return removed, rows


def _entry_keys(table: Table, entry: Any) -> set[str]:
    return set(keys_of(table, _restored(table, [entry]))) if entry.key == MANY else {entry.key}


def _restored(table: Table, entries: Iterable[Any]) -> pd.DataFrame:
    """Return the rows of entries, typed as the table says; none where there was none."""
    parts, records = [], []
    for entry in entries:
        if entry.key == MANY:
            names = [column.name for column in table.columns]
            parts.append(
                typed(pd.read_feather(BytesIO(entry.content)).reindex(columns=names), table)
            )
        elif (record := json.loads(entry.content)) is not None:
            records.append(record)
    for column in table.columns:
        if isinstance(column.type, LargeBinary):
            for record in records:
                text = record.get(column.name)
                record[column.name] = None if text is None else bytes.fromhex(text)
    return pd.concat([rows_of(table, records), *parts], ignore_index=True)


def _of_others(rows: pd.DataFrame, import_id: str) -> pd.DataFrame:
    return rows[rows[_MARK].ne(import_id)] if _MARK in rows else rows


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _stamp(moment: datetime) -> str:
    """Return a moment as text that sorts like it; one without a zone is in UTC, as SQLite keeps."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime(STAMP)


def _write(
    connection: Connection, table: Table, import_id: str, keys: list[str], contents: list[bytes]
) -> None:
    if _MARK not in table.c:
        keys, contents = _not_own(connection, table, import_id, keys, contents)
    log = schema.imports
    newest = connection.execute(select(func.max(_history.c.history_id))).scalar() or ""
    logged = connection.execute(select(func.max(log.c.at))).scalar()
    before = max(newest.partition("-")[0], _stamp(logged) if logged else "")
    now = utc_after(before)
    ids = [f"{_stamp(now)}-{n:09d}" for n in range(len(keys))]
    frame = pd.DataFrame({"history_id": ids, "key": keys, "content": contents})
    frame = frame.assign(import_id=import_id, target=table.name, at=pd.Timestamp(now))
    insert_frame(connection, _history, frame)


def _not_own(
    connection: Connection, table: Table, import_id: str, keys: list[str], contents: list[bytes]
) -> tuple[list[str], list[bytes]]:
    """Leave out what the import itself put there, in a table that does not tell by its rows."""
    at = _history.c
    query = select(at.key, at.import_id).where(at.target == table.name).order_by(at.history_id)
    newest = {row.key: row.import_id for row in connection.execute(query)}
    pairs = [(k, c) for k, c in zip(keys, contents, strict=True) if newest.get(k) != import_id]
    return [k for k, _ in pairs], [c for _, c in pairs]
