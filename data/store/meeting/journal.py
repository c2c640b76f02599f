"""The journal of the register of actions: what changed, by whom and by which way, in order.

Whoever writes ``actions`` notes the change here in the same transaction: forms and commands, the
import engine, and the undoing of an import. A change holds only the columns that differ, so that
replaying all of them gives the table (its ``import_id`` left out: it says where a row lies in the
files, not what it says).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Table, func, select

from data.clock import STAMP, utc_after
from data.store.frames import insert_frame, plain_values, rows_of
from data.store.meeting.tables import action_changes, actions

BY_FILE = "berkas"
OFFICE = "journal_office"
"""A column beside those of the table: which office says so; without it the file is named."""
COLUMNS = tuple(c.name for c in actions.columns if c.name not in {"action_id", "import_id"})
"""Columns of ``actions`` that a change may hold."""


def has_journal(table: Table) -> bool:
    """Tell whether every change of a table is noted."""
    return table is actions


def plain_rows(rows: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return what ``rows``, columns of `actions`, say by id: plain values, days as text."""
    frame = rows_of(actions, rows.to_dict("records"))
    values = {
        name: plain_values(frame[name], actions.c[name].type, text_dates=True) for name in COLUMNS
    }
    return {
        str(key): {name: values[name][n] for name in COLUMNS}
        for n, key in enumerate(frame["action_id"])
    }


def note_changes(
    connection: Connection, table: Table, before: pd.DataFrame, after: pd.DataFrame, file: str
) -> None:
    """Note what a file changed in a table that has a journal; do nothing for any other.

    Parameters
    ----------
    connection
        Of the transaction that changes the table.
    table
        The table that is written.
    before, after
        Rows of it that went, and rows that stand now, a row that was changed in both. ``after`` may
        have the column `OFFICE`.
    file
        Stands for the office where a row names none.
    """
    if not has_journal(table):
        return
    offices = _offices(after, file)
    old, new = plain_rows(before), plain_rows(after)
    entries = [
        {"action_id": key, "before": one, "after": other, "office": offices.get(key, file)}
        for key, one, other in _differing(old, new)
    ]
    write_changes(connection, entries, BY_FILE, None)


def write_changes(
    connection: Connection, entries: list[dict[str, Any]], via: str, at: datetime | None
) -> list[str]:
    """Add changes and return their ids, which sort in the order of writing whatever the clock says.

    Parameters
    ----------
    connection
        Of the transaction that changes the table.
    entries
        ``action_id``, ``office``, ``before`` and ``after`` (objects, or None), perhaps ``note``.
    via
        By which way; one of the words of the table.
    at
        Since when it holds; now where there is none.
    """
    newest = connection.execute(select(func.max(action_changes.c.change_id))).scalar() or ""
    now = utc_after(newest.partition("-")[0])
    ids = [f"{now.strftime(STAMP)}-{n:09d}" for n in range(len(entries))]
    records = [
        {
            **entry,
            "change_id": change_id,
            "at": at or now,
            "via": via,
            "before": _text(entry["before"]),
            "after": _text(entry["after"]),
        }
        for change_id, entry in zip(ids, entries, strict=True)
    ]
    insert_frame(connection, action_changes, rows_of(action_changes, records))
    return ids


def differing(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what differs between two rows, as it was and as it is."""
    names = [name for name in COLUMNS if before[name] != after[name]]
    return {name: before[name] for name in names}, {name: after[name] for name in names}


def filled(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row says, its empty cells left out."""
    return {name: value for name, value in row.items() if value is not None}


def _differing(
    old: Mapping[str, dict[str, Any]], new: Mapping[str, dict[str, Any]]
) -> Iterator[tuple[str, dict[str, Any] | None, dict[str, Any] | None]]:
    """Yield each row that is new, went or differs, with what it said and says."""
    for key in dict.fromkeys([*old, *new]):
        if key not in old:
            yield key, None, filled(new[key])
        elif key not in new:
            yield key, filled(old[key]), None
        else:
            one, other = differing(old[key], new[key])
            if one:
                yield key, one, other


def _offices(rows: pd.DataFrame, file: str) -> dict[str, str]:
    if OFFICE not in rows:
        return {}
    return dict(zip(rows["action_id"], rows[OFFICE].fillna(file), strict=True))


def _text(values: Mapping[str, Any] | None) -> str | None:
    return None if values is None else json.dumps(values, ensure_ascii=False, sort_keys=True)
