"""Two who change the same record: what the second has not seen is merged, or asked about.

A writer says what the record said when it was read, and what it shall say. Columns that only others
changed stay as they are and are told; a column that both changed, differently, is a question.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, and_

from data.errors import RecordChangedError
from data.store.frames import read_table, rows_of
from data.store.ledger import tables
from data.store.ledger.writing import Row, among, json_values, plain_rows

_LOG, _ROWS = tables.audit_log, tables.record_changes


@dataclass(frozen=True)
class Theirs:
    """What others made of a column since a writer read the record.

    Attributes
    ----------
    column
        Its name.
    seen, stored
        What it said then and says now; None: empty. `expect` tells it as JSON holds it, days as
        text; who compares forms tells it as a form holds it.
    mine
        What the writer wants it to say; as ``seen`` where it was left alone.
    at
        When it was changed last (UTC).
    account, office
        Who did that. These three are None where no change of this very record was noted, as of
        rows that came with many others.
    """

    column: str
    seen: Any
    stored: Any
    mine: Any
    at: datetime | None = None
    account: str | None = None
    office: str | None = None


@dataclass(frozen=True)
class Edit:
    """What is to be written.

    Attributes
    ----------
    writes
        By column, what the writer changed and is not stored yet; None empties it.
    others
        What others changed meanwhile, and the writer did not: it stays.
    """

    writes: Row
    others: tuple[Theirs, ...]


def expect(
    connection: Connection,
    table: Table,
    key: tuple[object, ...],
    seen: Mapping[str, Any],
    wanted: Mapping[str, Any],
) -> Edit:
    """Return what a writer changes in a record that others may have changed since it was read.

    Call it in the transaction that writes (`data.store.engine.Store.begin`), and write the columns
    of ``writes`` alone. Whoever is asked and has chosen calls again with what `settled` returns;
    should somebody have changed it once more by then, they are asked once more.

    Parameters
    ----------
    connection
        Of the transaction that writes.
    table, key
        The record: its table and the values of its key, as JSON holds them.
    seen
        What the writer read, by column; a column that is left out was empty.
    wanted
        What it shall say, by column; others are left as they are.

    Raises
    ------
    RecordChangedError
        When others changed a column that the writer changes too, to something else (``theirs``),
        and what they changed beside (``others``); without any ``theirs`` the record is gone.
    """
    text = json.dumps(list(key), ensure_ascii=False)
    (where,) = among(table, [text])
    stored = plain_rows(table, read_table(connection, table, where)).get(text)
    if stored is None:
        raise RecordChangedError(table.name, text, sorted(wanted))
    base, mine = _plain(table, seen, {**seen, **wanted})
    writes, *differs = changed_by(dict.fromkeys([*seen, *wanted]), base, stored, mine)
    asked, others = (
        with_writers(
            connection,
            table,
            text,
            [Theirs(name, base.get(name), stored.get(name), mine.get(name)) for name in names],
        )
        for names in differs
    )
    if asked:
        fields = [one.column for one in asked]
        raise RecordChangedError(table.name, text, fields, asked, others)
    return Edit({name: mine.get(name) for name in writes}, tuple(others))


def changed_by(
    names: Iterable[str], was: Mapping[str, Any], now: Mapping[str, Any], own: Mapping[str, Any]
) -> tuple[list[str], list[str], list[str]]:
    """Tell by whom each of some names was changed: the writer, both, others; in their order.

    Parameters
    ----------
    names
        Of what is compared; others are not looked at.
    was, now, own
        What was read, what is stored by now, what the writer wants; a name left out is empty.
    """
    mine: list[str] = []
    both: list[str] = []
    others: list[str] = []
    for name in names:
        then, stored, wanted = was.get(name), now.get(name), own.get(name)
        if wanted == stored:
            continue  # also where both made the same of it
        if then == stored:
            mine.append(name)
        else:
            (others if wanted == then else both).append(name)
    return mine, both, others


def _plain(table: Table, *rows: Mapping[str, Any]) -> list[Row]:
    """Return rows as JSON holds them, days as text, by the columns that the last one has."""
    frame = rows_of(table, rows)
    said = {c.name: json_values(frame[c.name], c.type) for c in table.columns if c.name in rows[-1]}
    return [{name: values[n] for name, values in said.items()} for n in range(len(rows))]


def settled(
    theirs: Iterable[Theirs],
    kept: Collection[str],
    seen: Mapping[str, Any],
    wanted: Mapping[str, Any],
) -> tuple[Row, Row]:
    """Return the next ``seen`` and ``wanted`` of a writer who was asked and has chosen.

    Parameters
    ----------
    theirs
        What was asked about, all of it.
    kept
        Columns in which what others made of it stays; in the rest the writer's own is saved.
    seen, wanted
        As `expect` had them.
    """
    told = {one.column: one.stored for one in theirs}
    return {**seen, **told}, {**wanted, **{name: told[name] for name in kept}}


def with_writers(
    connection: Connection, table: Table, key: str, told: list[Theirs]
) -> list[Theirs]:
    """Return changes, each with who changed its column last, and when.

    Parameters
    ----------
    connection
        To read with.
    table, key
        The record: its table and the values of its key as a JSON list.
    told
        What was changed.
    """
    if not told:
        return []
    rows = read_table(connection, _ROWS, and_(_ROWS.c.target == table.name, _ROWS.c.key == key))
    last: dict[str, int] = {}
    for seq, *sides in zip(rows["seq"], rows["before"], rows["after"], strict=True):
        for said in sides:
            last |= dict.fromkeys(json.loads(said) if isinstance(said, str) else (), int(seq))
    wanted = {last[one.column] for one in told if one.column in last}
    acts = read_table(connection, _LOG, _LOG.c.seq.in_(sorted(wanted)))
    by_act = {int(act["seq"]): act for act in acts.to_dict("records")}
    return [
        _written_by(one, by_act[last[one.column]]) if one.column in last else one for one in told
    ]


def _written_by(one: Theirs, act: Mapping[Any, Any]) -> Theirs:
    at = act["at"].to_pydatetime()
    return replace(one, at=at, account=str(act["account"]), office=str(act["office"]))
