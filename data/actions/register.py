"""The register of actions: one way to write it, by which no change goes without its history."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Date, delete

from data.clock import now, start_of, today, utc_now
from data.errors import ActionChangedError, ActionUnknownError, RecordChangedError, SchemaError
from data.ingest.values.dates import YEAR_MAX, YEAR_MIN
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import insert_frame, read_table, rows_of
from data.store.ledger.conflict import Theirs, expect
from data.store.meeting.journal import COLUMNS, differing, filled, plain_rows, write_changes
from data.store.meeting.rules import ENDED
from data.store.references import dangling
from data.store.rules import check
from geo.errors import ParameterError

TABLE, CHANGES = schema.meeting.actions, schema.meeting.action_changes
_KEY = ("risk", "decision", "owner", "place_code", "opened_on", "meeting_id")
_DAYS = tuple(column.name for column in TABLE.columns if isinstance(column.type, Date))
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
MOST_LETTERS = 4000
"""Of a text: well below what a cell of a spreadsheet cuts it to."""
_POINTS_AT = {"meeting_id": "meetings", "warning_id": "warnings"}
Row = dict[str, Any]
Step = Callable[[Connection, Row | None, list[Row]], Row | None]


def action_id(values: Mapping[str, Any]) -> str:
    """Return the key of an action, made of risk, decision, owner, place, day and rakor.

    ``values`` has plain values by column, missing ones may be left out: the same action that is
    told twice is one.
    """
    said = [str(values.get(name) or "") for name in _KEY]
    return f"tdk-{blake2b(json.dumps(said).encode(), digest_size=6).hexdigest()}"


def write_action(
    store: Store,
    values: Mapping[str, Any],
    office: str,
    via: str,
    *,
    on: date | None = None,
    note: str | None = None,
) -> str:
    """Add an action, or change the columns of one that ``values`` name, in one transaction.

    Whatever they said is written over; `edit_action` looks first.

    Parameters
    ----------
    values
        By column of ``actions``; with ``action_id`` that one is changed, else one is added. An
        action that ends without a day ends on ``on``; one that goes on again has no day.
    office
        Which office writes; never a person.
    via
        ``formulir``, ``berkas``, ``perintah`` or ``rakor``.
    on
        Since when it holds, not after today; today unless given.
    note
        Why.

    Returns
    -------
    str
        The key of the action. Where nothing differs, nothing is written.

    Raises
    ------
    SchemaError
        With everything that does not fit; nothing is written.
    ActionUnknownError
        When there is no action of that key.
    ParameterError
        When ``on`` lies ahead, or so far back that no store keeps it.
    """
    values = {name: _plain(name, value) for name, value in values.items()}
    day = on or today()
    key = values.pop("action_id", None)
    _hold_names(values)
    if key is None:
        values = {"opened_on": day.isoformat(), "status": "belum_mulai", **_given(values)}

    def step(_: Connection, now: Row | None, __: list[Row]) -> Row:
        if key is None and now is not None:
            raise SchemaError("actions", [f"action_id {made!r}, expected one that is new"])
        if key is not None and now is None:
            raise ActionUnknownError(made)
        return _with_end(now or dict.fromkeys(COLUMNS), values, day)

    made = action_id(values) if key is None else str(key)
    _write(store, made, step, office, via, on, note)
    return made


def edit_action(
    store: Store,
    key: str,
    values: Mapping[str, Any],
    seen: Mapping[str, Any],
    office: str,
    via: str,
    *,
    on: date | None = None,
) -> tuple[Theirs, ...]:
    """Change an action that others may have changed since the writer read it.

    Parameters
    ----------
    key
        The action.
    values, seen
        What its columns shall say, and what they said when the writer read them.
    office, via, on
        As `write_action`.

    Returns
    -------
    tuple of Theirs
        What others changed meanwhile in other columns: it stays.

    Raises
    ------
    RecordChangedError
        When others changed the same column; see `data.store.ledger.conflict.expect`. The office of
        each change is the one that the register names.
    ActionUnknownError, SchemaError, ParameterError
        As `write_action`.
    """
    _hold_names(values)
    # A text that was kept with other blanks is none that the writer changed.
    wanted = {
        name: _plain(name, value)
        for name, value in values.items()
        if _plain(name, value) != _plain(name, seen.get(name))
    }
    told: list[Theirs] = []

    def step(connection: Connection, now: Row | None, changes: list[Row]) -> Row:
        if now is None:
            raise ActionUnknownError(key)
        try:
            edit = expect(connection, TABLE, (key,), {n: seen.get(n) for n in COLUMNS}, wanted)
        except RecordChangedError as error:
            error.theirs, error.others = (
                _by_office(found, changes) for found in (error.theirs, error.others)
            )
            raise
        row = _with_end(now, edit.writes, on or today())
        told.extend(
            one for one in _by_office(edit.others, changes) if row[one.column] == one.stored
        )
        return row

    _write(store, key, step, office, via, on, None)
    return tuple(told)


def _with_end(now: Row, values: Row, day: date) -> Row:
    """Return an action as it stands with some columns changed; only one that ended has a day."""
    row = {**now, **values}
    ends = row["status"] in ENDED
    if "closed_on" not in values or not ends:
        row["closed_on"] = (now["closed_on"] or day.isoformat()) if ends else None
    return row


def _by_office(theirs: Iterable[Theirs], changes: list[Row]) -> tuple[Theirs, ...]:
    """Let changes be by the office that the register names: one account may write for several."""
    offices: Row = {}
    for one in changes:
        offices |= dict.fromkeys(_columns_of(one), one["office"])
    return tuple(
        replace(one, office=offices[one.column]) if one.column in offices else one for one in theirs
    )


def _columns_of(change: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(change["after"] or change["before"] or "{}")
    return said


def take_back(
    store: Store, key: str, office: str, via: str, *, expected: str | None = None
) -> None:
    """Take the newest change of an action back, as one more change; a new one goes out again.

    Parameters
    ----------
    expected
        ``change_id`` of the newest change that whoever does it saw; None: whichever it is.

    Raises
    ------
    ActionUnknownError
        When nothing was ever noted of it.
    ActionChangedError
        When it was changed since ``expected``, with what was.
    SchemaError
        As `write_action`.
    """

    def step(_: Connection, now: Row | None, changes: list[Row]) -> Row | None:
        if not changes:
            raise ActionUnknownError(key)
        _hold_unchanged(key, changes, expected)
        before = changes[-1]["before"]
        if before is None:
            return None
        return {**(now or dict.fromkeys(COLUMNS)), **json.loads(before)}

    _write(store, key, step, office, via, None, "undo")


def _write(
    store: Store, key: str, step: Step, office: str, via: str, on: date | None, note: str | None
) -> None:
    """Write what a step makes of an action as it stands, and its change."""
    at = _moment(on)
    with store.begin("action.write") as connection:
        stored = read_table(connection, TABLE, TABLE.c.action_id == key)
        changes = read_table(connection, CHANGES, CHANGES.c.action_id == key)
        records = changes.astype("object").where(changes.notna(), None).to_dict("records")
        now = plain_rows(stored).get(key)
        wanted = step(connection, now, [{str(k): v for k, v in one.items()} for one in records])
        frame = rows_of(TABLE, [] if wanted is None else [{**wanted, "action_id": key}])
        before: Row | None
        after: Row | None
        if now is None or wanted is None:
            before, after = now and filled(now), wanted and filled(plain_rows(frame)[key])
        else:
            before, after = differing(now, plain_rows(frame)[key])
            if not after:
                return
        change = {"action_id": key, "office": office.strip() or None, "note": note}
        _hold(connection, frame, {**change, "via": via})
        connection.execute(delete(TABLE).where(TABLE.c.action_id == key))
        insert_frame(connection, TABLE, frame)
        write_changes(connection, [{**change, "before": before, "after": after}], via, at)


def _moment(on: date | None) -> datetime | None:
    """Return since when a change of a day holds; None: now."""
    if on is None or on == today():
        return None
    if on.year < YEAR_MIN or on > today():
        raise ParameterError("on", on.isoformat(), f"{YEAR_MIN}-01-01 to {today().isoformat()}")
    return start_of(on).to_pydatetime()


def _hold_names(values: Iterable[str]) -> None:
    unknown = sorted(set(values) - set(COLUMNS))
    if unknown:
        raise ParameterError("values", ", ".join(unknown), ", ".join(COLUMNS))


def _hold_unchanged(key: str, changes: list[Row], expected: str | None) -> None:
    """Refuse to take back a change that nobody has seen."""
    since = [one for one in changes if expected is not None and one["change_id"] > expected]
    if since:
        fields: dict[str, None] = {}
        for one in since:
            fields |= dict.fromkeys(_columns_of(one))
        raise ActionChangedError(key, list(fields), since[-1]["office"])


def _hold(connection: Connection, frame: pd.DataFrame, change: Row) -> None:
    """Refuse a row, or a change, that does not fit its table or points at nothing."""
    said = {**change, "change_id": "-", "at": utc_now()}
    faults = check("actions", frame, now())
    faults += check("action_changes", rows_of(CHANGES, [said]))
    faults += _nowhere(connection, frame)
    if faults:
        raise SchemaError("actions", faults)


def _nowhere(connection: Connection, frame: pd.DataFrame) -> list[str]:
    faults = []
    units = read_table(connection, schema.units)["code"]
    faults += [
        f"place_code {code!r}, expected a row of units"
        for code in dangling("actions", frame["place_code"], units, "units")
    ]
    for column, target in _POINTS_AT.items():
        value = frame[column].dropna()
        table = schema.metadata.tables[target]
        if len(value) and read_table(connection, table, table.c[column].in_(value)).empty:
            faults.append(f"{column} {value.iloc[0]!r}, expected a row of {target}")
    return faults


def _given(values: Mapping[str, Any]) -> Row:
    return {name: value for name, value in values.items() if value is not None}


def _plain(name: str, value: Any) -> Any:
    """Return a value as a change holds it: days as text, blanks as None."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, date):
        return _day(name, value)
    words = " ".join(_CONTROL.sub(" ", str(value)).split()) or None
    if words and name in _DAYS:
        try:
            return _day(name, date.fromisoformat(words))
        except ParameterError:
            raise
        except ValueError:
            raise ParameterError(name, words, "a day such as 2024-02-14") from None
    if words and len(words) > MOST_LETTERS:
        raise ParameterError(name, f"{len(words)}", f"… {MOST_LETTERS}")
    return words


def _day(name: str, value: date) -> str:
    """Return a day as text; one that no file could bring in again is refused."""
    if not YEAR_MIN <= value.year <= YEAR_MAX:
        raise ParameterError(name, f"{value}"[:10], f"{YEAR_MIN}-01-01 … {YEAR_MAX}-12-31")
    return value.strftime("%Y-%m-%d")
