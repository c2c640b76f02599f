"""The register of warnings: rows that are added and never changed, in one transaction each time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from data.clock import utc_now
from data.errors import SchemaError, WarningOrderError, WarningStateError, WarningUnknownError
from data.province import zone
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import insert_frame, read_table, rows_of
from data.store.references import dangling
from data.store.rules import check

TABLE, EVENTS = schema.meeting.warnings, schema.meeting.warning_events
LEVEL, CLOSED, REOPENED, OPEN = "tingkat", "ditutup", "dibuka_lagi", "terbuka"
Record = Mapping[str, Any]


def keep(store: Store, records: Sequence[Record], office: str, at: datetime) -> list[str]:
    """Add the warnings that are not kept yet, and note the level of those whose level changed.

    Parameters
    ----------
    records
        Values by column of ``warnings``; ``evidence`` and ``facts`` as values that JSON knows.
        One whose ``warning_id`` is kept is left as it is. A closed one stays closed, and a level
        is not noted before what was noted last.
    office
        Which keeps them; never a person.
    at
        When, with zone.

    Returns
    -------
    list of str
        The ids that are new. Each has a first event, its level, so that it is known since when it
        is kept.

    Raises
    ------
    SchemaError
        With every fault; nothing is stored then.
    """
    now = utc_now()
    with store.begin("warning.raise") as connection:
        kept = _events_by_warning(connection)
        known = set(read_table(connection, TABLE)["warning_id"])
        new = [one for one in records if one["warning_id"] not in known]
        rows = rows_of(TABLE, [{**_as_json(one), "recorded_at": now} for one in new])
        moved = [*new, *(one for one in records if _has_moved(one, kept, at))]
        events = [
            {"warning_id": one["warning_id"], "kind": LEVEL, "value": one["level"]} for one in moved
        ]
        _insert(connection, rows, _event_rows(events, office, at, now), now)
    return [str(one["warning_id"]) for one in new]


def add_events(
    store: Store,
    warning_id: str,
    events: Sequence[Record],
    office: str,
    at: datetime,
    *,
    closed: bool | None = None,
    record: Record | None = None,
) -> None:
    """Add what became of a warning; the same said again at the same moment is not added twice.

    Parameters
    ----------
    events
        ``kind``, ``value`` and ``note`` of each.
    office
        Which says so; never a person.
    at
        When, with zone; not to come, and not before what was noted last.
    closed
        Whether the warning must be closed (True) or open (False) for that; None: either.
    record
        The warning, as `keep` takes it: kept in the same transaction where it is not yet.

    Raises
    ------
    WarningUnknownError
        When it is not kept, and not given either.
    WarningStateError
        When it is not in that state.
    WarningOrderError
        When something was noted later.
    SchemaError
        With every other fault; nothing is stored then.
    """
    now = utc_now()
    told = [{**one, "warning_id": warning_id} for one in events]
    with store.begin("warning.event") as connection:
        own = _events_by_warning(connection).get(warning_id)
        new = [] if _is_kept(connection, warning_id) else [record]
        if new == [None]:
            raise WarningUnknownError(warning_id)
        rows = rows_of(TABLE, [{**_as_json(one), "recorded_at": now} for one in new if one])
        levels = [_level_event(one) for one in new if one]
        added = _event_rows([*levels, *told], office, at, now)
        if own is not None:
            if added["event_id"].isin(own["event_id"]).all():
                return
            if pd.Timestamp(at) < own["at"].iloc[-1]:
                raise WarningOrderError(warning_id, at, own["at"].iloc[-1].to_pydatetime())
        if closed is not None and closed != _is_closed(own):
            raise WarningStateError(warning_id, OPEN if closed else CLOSED)
        _insert(connection, rows, added, now)


def _is_kept(connection: Connection, warning_id: str) -> bool:
    return len(read_table(connection, TABLE, TABLE.c.warning_id == warning_id)) > 0


def _level_event(record: Record) -> Record:
    return {"warning_id": record["warning_id"], "kind": LEVEL, "value": record["level"]}


def _insert(
    connection: Connection, rows: pd.DataFrame, events: pd.DataFrame, now: datetime
) -> None:
    here = now.astimezone(zone())
    faults = check(TABLE.name, rows, here) + check(EVENTS.name, events, here)
    units = read_table(connection, schema.units)["code"]
    lost = dangling(TABLE.name, rows["place_code"], units, "units")
    faults += [f"place_code {code!r}, expected a row of units" for code in lost]
    if faults:
        raise SchemaError(TABLE.name, faults)
    insert_frame(connection, TABLE, rows)
    insert_frame(connection, EVENTS, events)


def _event_rows(events: Sequence[Record], office: str, at: datetime, now: datetime) -> pd.DataFrame:
    told = {"office": office.strip() or None, "at": at}
    rows = [{**one, **told, "event_id": _event_id({**one, **told})} for one in events]
    return rows_of(EVENTS, [{**one, "recorded_at": now} for one in rows])


def _event_id(event: Record) -> str:
    """Return a key made of what is said: said twice at one moment it is one event."""
    said = {**event, "at": event["at"].astimezone(UTC).isoformat()}
    words = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return f"pwp-{sha256(words.encode()).hexdigest()[:12]}"


def _as_json(record: Record) -> Record:
    return {
        **record,
        **{
            name: json.dumps(record[name], ensure_ascii=False, sort_keys=True)
            for name in ("evidence", "facts")
        },
    }


def _events_by_warning(connection: Connection) -> dict[str, pd.DataFrame]:
    """Return what was noted of each warning, oldest first."""
    events = read_table(connection, EVENTS).sort_values(["at", "recorded_at", "event_id"])
    return {str(key): own for key, own in events.groupby("warning_id")}


def _has_moved(record: Record, kept: Mapping[str, pd.DataFrame], at: datetime) -> bool:
    """Return whether an open warning stands at another level than was noted last, and not later."""
    own = kept.get(record["warning_id"])
    if own is None or _is_closed(own) or pd.Timestamp(at) < own["at"].iloc[-1]:
        return False
    noted = own.loc[own["kind"].eq(LEVEL), "value"]
    return bool(len(noted) and noted.iloc[-1] != record["level"])


def _is_closed(own: pd.DataFrame | None) -> bool:
    if own is None:
        return False
    turns = own.loc[own["kind"].isin((CLOSED, REOPENED)), "kind"]
    return bool(len(turns) and turns.iloc[-1] == CLOSED)
