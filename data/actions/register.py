"""The register of actions: one way to write it, by which no change goes without its history."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Date, delete

from data.clock import now, start_of, today, utc_now
from data.errors import ActionChangedError, ActionUnknownError, SchemaError
from data.ingest.values.dates import YEAR_MAX, YEAR_MIN
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import insert_frame, read_table, rows_of
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
Step = Callable[[Row | None, list[Row]], Row | None]


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
    expected: str | None = None,
    on: date | None = None,
    note: str | None = None,
) -> str:
    """Add an action, or change the columns of one that ``values`` name, in one transaction.

    Parameters
    ----------
    values
        By column of ``actions``; with ``action_id`` that one is changed, else one is added. An
        action that ends without a day ends on ``on``; one that goes on again has no day.
    office
        Which office writes; never a person.
    via
        ``formulir``, ``berkas``, ``perintah`` or ``rakor``.
    expected
        ``change_id`` of the newest change that the writer saw; None: whichever it is.
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
    ActionChangedError
        When it was changed since ``expected``, with what was.
    ParameterError
        When ``on`` lies ahead, or so far back that no store keeps it.
    """
    values = {name: _plain(name, value) for name, value in values.items()}
    day = on or today()
    key = values.pop("action_id", None)
    _hold_names(values)
    if key is None:
        values = {"opened_on": day.isoformat(), "status": "belum_mulai", **_given(values)}

    def step(now: Row | None, _: list[Row]) -> Row:
        if key is None and now is not None:
            raise SchemaError("actions", [f"action_id {made!r}, expected one that is new"])
        if key is not None and now is None:
            raise ActionUnknownError(made)
        wanted: Row = {**(now or dict.fromkeys(COLUMNS)), **values}
        ends = wanted["status"] in ENDED
        if "closed_on" not in values or not ends:
            was = (now or {}).get("closed_on")
            wanted["closed_on"] = (was or day.isoformat()) if ends else None
        return wanted

    made = action_id(values) if key is None else str(key)
    _write(store, made, step, office, via, expected, on, note)
    return made


def take_back(
    store: Store, key: str, office: str, via: str, *, expected: str | None = None
) -> None:
    """Take the newest change of an action back, as one more change; a new one goes out again.

    Raises
    ------
    ActionUnknownError
        When nothing was ever noted of it.
    ActionChangedError, SchemaError
        As `write_action`.
    """

    def step(now: Row | None, changes: list[Row]) -> Row | None:
        if not changes:
            raise ActionUnknownError(key)
        before = changes[-1]["before"]
        if before is None:
            return None
        return {**(now or dict.fromkeys(COLUMNS)), **json.loads(before)}

    _write(store, key, step, office, via, expected, None, "undo")


def _write(
    store: Store,
    key: str,
    step: Step,
    office: str,
    via: str,
    expected: str | None,
    on: date | None,
    note: str | None,
) -> None:
    """Write what a step makes of an action as it stands, and its change."""
    at = _moment(on)
    with store.begin("action.write") as connection:
        stored = read_table(connection, TABLE, TABLE.c.action_id == key)
        changes = read_table(connection, CHANGES, CHANGES.c.action_id == key)
        records = changes.astype("object").where(changes.notna(), None).to_dict("records")
        _hold_unchanged(key, records, expected)
        now = plain_rows(stored).get(key)
        wanted = step(now, [{str(k): v for k, v in one.items()} for one in records])
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


def _hold_names(values: Mapping[str, Any]) -> None:
    unknown = sorted(set(values) - set(COLUMNS))
    if unknown:
        raise ParameterError("values", ", ".join(unknown), ", ".join(COLUMNS))


def _hold_unchanged(key: str, changes: list[dict[Any, Any]], expected: str | None) -> None:
    """Refuse to write over changes that the writer has not seen."""
    since = [one for one in changes if expected is not None and one["change_id"] > expected]
    if since:
        fields: dict[str, None] = {}
        for one in since:
            fields |= dict.fromkeys(json.loads(one["after"] or one["before"] or "{}"))
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
