"""Meetings as they are prepared: whoever saves names the version that is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sqlalchemy import select

from data.clock import utc_now
from data.errors import SavedMeanwhileError, SchemaError
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import rows_of
from data.store.rules import check

TABLE = schema.meeting.meetings


def save_meeting(store: Store, record: Mapping[str, Any], replaces: int) -> int:
    """Write a meeting, new or changed, and return its version.

    Parameters
    ----------
    record
        Values by column; ``version`` and ``saved_at`` are filled in.
    replaces
        The version that was seen when the change was begun; 0 for a meeting that is new.

    Raises
    ------
    SavedMeanwhileError
        When another version was saved since, or another meeting of the same unit and day is there.
    SchemaError
        With every fault of the values.

    Notes
    -----
    Nothing is written after an error.
    """
    now = utc_now()
    row = rows_of(TABLE, [{**record, "version": replaces + 1, "saved_at": now}])
    if faults := check(TABLE.name, row, now):
        raise SchemaError(TABLE.name, faults)
    key = str(record["meeting_id"])
    same = TABLE.c.meeting_id == key
    with store.begin("meeting.write") as connection:
        found = connection.execute(select(TABLE).where(same)).mappings().one_or_none()
        require_version(found, replaces)
        day = pd.Timestamp(record["held_on"]).date()
        twin = (TABLE.c.held_on == day) & (TABLE.c.unit_code == record["unit_code"]) & ~same
        require_version(connection.execute(select(TABLE).where(twin)).mappings().first(), 0)
        store.replace(connection, TABLE, row, same)
    return replaces + 1


def require_version(found: Mapping[Any, Any] | None, replaces: int) -> None:
    """Refuse to write over a row that is not the version that was seen.

    Parameters
    ----------
    found
        Columns ``version``, ``office`` and ``saved_at`` of what stands there; None for nothing.
    replaces
        The version that was seen; 0 for nothing.

    Raises
    ------
    SavedMeanwhileError
        When it is another one.
    """
    if found is None or found["version"] == replaces:
        return
    at = pd.Timestamp(found["saved_at"])
    at = at.tz_localize("UTC") if at.tzinfo is None else at.tz_convert("UTC")
    raise SavedMeanwhileError(found["office"], at.to_pydatetime())
