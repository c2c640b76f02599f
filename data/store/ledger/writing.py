"""The door for all writes: at the end of each transaction the ledger says who changed what.

The engine itself watches its statements, so that no writer can forget it, and refuses to commit
what no act stands for.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Engine,
    Insert,
    LargeBinary,
    Table,
    Update,
    delete,
    event,
    select,
    tuple_,
)
from sqlalchemy.sql.dml import UpdateBase

from data.clock import utc_now
from data.errors import UndeclaredWriteError
from data.store import tables as schema
from data.store.frames import insert_frame, plain_values, read_table, rows_of, typed
from data.store.ledger import tables
from data.store.ledger.acts import Act
from data.store.ledger.capture import (
    BY_TABLE_ALONE,
    MOST_ROWS,
    Changes,
    Step,
    changes_of,
    end_act,
    is_watched,
    note_added,
    note_gone,
    wants_rows,
)
from data.store.ledger.revisions import forget_writes, written_now
from data.store.ledger.rights import require_tables

HEAD = "audit_head"
"""Note of the store about itself: number and digest of the last act."""
ERASES = "record.erase"
"""The one act that may write to the ledger: it takes texts out of it."""
MANY = "*"
"""Stands for the key where one entry holds many rows."""
_BATCH = 500
_LOG, _ROWS = tables.audit_log, tables.record_changes
Row = dict[str, Any]


def watch_writes(engine: Engine) -> None:
    """Have an engine note what its statements change, and write it down upon commit.

    Listens before whatever else does something upon commit.
    """
    event.listen(engine, "before_execute", _before)
    event.listen(engine, "after_execute", _after)
    event.listen(engine, "commit", _write_down)
    event.listen(engine, "rollback", end_act)


def _before(connection: Connection, statement: Any, many: Any, params: Any, _options: Any) -> None:
    """Read the rows that a statement takes away or changes."""
    if isinstance(statement, UpdateBase):
        _hold_ledger(connection, str(statement.entity_description["name"]))
    if not is_watched(connection) or not isinstance(statement, Delete | Update):
        return
    table = statement.table
    if not isinstance(table, Table) or not wants_rows(table):
        return
    where = statement.whereclause
    for given in many or [params or {}]:
        query = select(table) if where is None else select(table).where(where)
        found = connection.execute(query, given).fetchall()
        names = [column.name for column in table.columns]
        raw = pd.DataFrame.from_records([tuple(row) for row in found], columns=names)
        note_gone(connection, table, typed(raw, table))


def _hold_ledger(connection: Connection, name: str) -> None:
    """Hold that nobody writes the ledger itself, but for erasing texts."""
    changes = changes_of(connection)
    if name in tables.NAMES and (changes is None or changes.act.action != ERASES):
        raise UndeclaredWriteError([name])


def _after(
    connection: Connection, statement: Any, _many: Any, _params: Any, _options: Any, result: Any
) -> None:
    """Note the rows that a statement adds."""
    if not is_watched(connection) or not isinstance(statement, Insert):
        return
    table = statement.table
    if not isinstance(table, Table) or table.name in BY_TABLE_ALONE:
        return
    records = result.context.compiled_parameters
    note_added(connection, table, rows_of(table, [dict(one) for one in records]))


def _write_down(connection: Connection) -> None:
    """Add the act to the chain, with what it changed, as part of its own transaction."""
    changes, written = changes_of(connection), written_now(connection) - {"meta"}
    end_act(connection)
    if not written:
        return
    try:
        if changes is None:
            raise UndeclaredWriteError(sorted(written))
        require_tables(changes.act, written)
        entries = list(_entries(connection, changes))
        compared = {step.table.name for step in changes.steps}
        counts = _counts(changes, entries)
        if counts or written - compared:  # rows that came back as they were are no act
            _add_to_chain(connection, changes.act, counts, entries)
    except BaseException:
        forget_writes(connection)  # no rollback is announced for a commit that failed
        raise


def _entries(connection: Connection, changes: Changes) -> Iterator[Row]:
    """Yield each row that is new, went or differs after the act."""
    by_table: dict[str, list[Step]] = {}
    for step in changes.steps:
        by_table.setdefault(step.table.name, []).append(step)
    for steps in by_table.values():
        table = steps[0].table
        few = [step for step in steps if len(step.rows) <= MOST_ROWS]
        before = _first_seen(table, few)
        after = _now(connection, table, list(before))
        for key, old in before.items():
            new = after.get(key)
            if old != new:
                yield {"target": table.name, "key": key, **_differing(old, new)}
        for step in steps:
            if len(step.rows) > MOST_ROWS:
                content = BytesIO()
                step.rows.reset_index(drop=True).to_feather(content, compression="zstd")
                yield {"target": table.name, "key": MANY, "content": content.getvalue()}


def _first_seen(table: Table, steps: list[Step]) -> dict[str, Row | None]:
    """Return each row as it was before the act, by key; None for one that was not there."""
    found: dict[str, Row | None] = {}
    for step in steps:
        rows = plain_rows(table, step.rows) if step.gone else {}
        for key in rows or keys_of(table, step.rows):
            found.setdefault(key, rows.get(key))
    return found


def _now(connection: Connection, table: Table, keys: list[str]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for where in among(table, keys):
        found |= plain_rows(table, read_table(connection, table, where))
    return found


def among(table: Table, keys: Iterable[str]) -> Iterator[ColumnElement[bool]]:
    """Return conditions that together hold for the rows under some keys, a batch each.

    ``keys`` are texts as `keys_of` returns them.
    """
    columns = list(table.primary_key.columns)
    names = [c.name for c in columns]
    frame = rows_of(table, [dict(zip(names, json.loads(key), strict=True)) for key in keys])
    plain = [plain_values(frame[c.name], c.type, text_dates=False) for c in columns]
    values = list(zip(*plain, strict=True))
    for start in range(0, len(values), _BATCH):
        yield tuple_(*columns).in_(values[start : start + _BATCH])


def keys_of(table: Table, rows: pd.DataFrame) -> list[str]:
    """Return the text under which each row (N,) of a table is kept: its key as a JSON list.

    ``rows`` has at least the columns of the key.
    """
    columns = [json_values(rows[c.name], c.type) for c in table.primary_key.columns]
    return [_json(list(key)) for key in zip(*columns, strict=True)]


def plain_rows(table: Table, rows: pd.DataFrame) -> dict[str, Row]:
    """Return what ``rows``, with all columns of a table, say by key: no empty cells."""
    columns = {c.name: json_values(rows[c.name], c.type) for c in table.columns}
    names, cells = list(columns), zip(*columns.values(), strict=True)
    return {
        key: {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for key, row in zip(keys_of(table, rows), cells, strict=True)
    }


def json_values(values: pd.Series, kind: object) -> list[Any]:
    """Return ``values`` (N,) as JSON holds them: moments as text in UTC, bytes in hexadecimal."""
    plain = plain_values(values, kind, text_dates=True)
    if isinstance(kind, LargeBinary):
        return [None if v is None else bytes(v).hex() for v in plain]
    return plain


def _differing(old: Row | None, new: Row | None) -> Row:
    if old is None or new is None:
        return {"before": old and _json(old), "after": new and _json(new)}
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return {
        "before": _json({name: old.get(name) for name in names}),
        "after": _json({name: new.get(name) for name in names}),
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _add_to_chain(
    connection: Connection, act: Act, counts: dict[str, dict[str, int]], entries: list[Row]
) -> None:
    last = connection.execute(
        select(_LOG.c.seq, _LOG.c.digest).order_by(_LOG.c.seq.desc()).limit(1)
    ).first()
    seq = last.seq + 1 if last else 1
    rows = [_salted(entry, act.reason, seq, n) for n, entry in enumerate(entries)]
    entry = {
        "seq": seq,
        "at": pd.Timestamp(utc_now()).floor("us"),
        "action": act.action,
        "account": act.actor.account,
        "office": act.actor.office,
        "role": act.actor.role,
        "via": act.actor.via,
        "subject": act.subject,
        "counts": json.dumps(counts, sort_keys=True),
        "changes": digest_of_changes(row["digest"] for row in rows),
        "previous": last.digest if last else "",
    }
    entry["digest"] = digest_of_act(entry)
    insert_frame(connection, _LOG, rows_of(_LOG, [entry]))
    insert_frame(connection, _ROWS, rows_of(_ROWS, rows))
    at = schema.meta.c
    connection.execute(delete(schema.meta).where(at.key == HEAD))
    connection.execute(schema.meta.insert().values(key=HEAD, value=f"{seq}:{entry['digest']}"))


def _counts(changes: Changes, entries: list[Row]) -> dict[str, dict[str, int]]:
    """Return how many rows of each table are new, differ and are gone."""
    counts: dict[str, dict[str, int]] = {}
    noted = {step.table.name for step in changes.steps}
    for name in sorted({*changes.new, *changes.gone}):
        own = [entry for entry in entries if entry["target"] == name]
        one_by_one = name in noted and changes.new[name] <= MOST_ROWS
        if one_by_one and all(entry["key"] != MANY for entry in own):
            new = sum(entry["before"] is None for entry in own)
            gone = sum(entry["after"] is None for entry in own)
            found = {"new": new, "changed": len(own) - new - gone, "gone": gone}
        else:
            found = {"new": changes.new[name], "gone": changes.gone[name]}
        if any(found.values()):
            counts[name] = {kind: n for kind, n in found.items() if n}
    return counts


def _salted(entry: Row, reason: str | None, seq: int, n: int) -> Row:
    row = {
        "change_id": f"{seq:010d}-{n:06d}",
        "seq": seq,
        "before": None,
        "after": None,
        "content": None,
        "reason": reason,
        "salt": secrets.token_hex(16),
        **entry,
    }
    return {**row, "digest": digest_of_change(row)}


def digest_of_change(row: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a row of ``record_changes``, by its columns but ``erased_by``."""
    content = row["content"]
    said = [row[name] for name in ("change_id", "seq", "target", "key", "before", "after")]
    said += [None if content is None else hashlib.sha256(bytes(content)).hexdigest()]
    said += [row["reason"], row["salt"]]
    return hashlib.sha256(_json(said).encode()).hexdigest()


def digest_of_changes(digests: Iterator[str]) -> str:
    """Return the SHA-256 over the digests of what an act changed, in their order."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def digest_of_act(entry: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a row of ``audit_log``, by all its columns but ``digest``."""
    moment = pd.Timestamp(entry["at"])
    utc = moment.tz_convert("UTC") if moment.tzinfo else moment  # SQLite keeps no zone
    at = utc.strftime("%Y-%m-%dT%H:%M:%S.%f")
    names = [c.name for c in _LOG.columns if c.name not in {"digest", "at"}]
    return hashlib.sha256(_json([at, *(entry[name] for name in names)]).encode()).hexdigest()
