"""What became of a report: dated events, and the latest of them on the report itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import pandas as pd
from sqlalchemy import Column, ColumnElement, Connection, and_, bindparam, func, select, update

from data.clock import STAMP, utc_after, utc_now
from data.province import zone
from data.store import tables as schema
from data.store.frames import insert_frame, read_table, rows_of
from data.store.ledger.acts import actor_now

EVENTS, REPORTS, _LOG = schema.report_events, schema.reports, schema.ledger.audit_log
_MOST = 500  # of one statement: databases limit its parameters
_OF_THE_REPORT = frozenset({"verification", "status"})
"""What an event is about that a column of the report holds."""
_BRINGS = ("import.reports", "risk.answer")
"""Acts whose subject is the import that they brought."""


@dataclass(frozen=True)
class Event:
    """Something that became of one report.

    Attributes
    ----------
    report_id
        The report.
    about
        One of `data.vocabulary.REVIEW_EVENTS`.
    at
        Since which day it holds.
    before, value
        What was, and what is; None for nothing.
    note
        Why.
    link
        The report that a potensi became.
    """

    report_id: str
    about: str
    at: date
    before: str | None
    value: str | None
    note: str | None = None
    link: str | None = None


def record(connection: Connection, events: Sequence[Event], import_id: str | None = None) -> None:
    """Add events inside the caller's transaction, and have their reports say the latest.

    Parameters
    ----------
    connection
        The transaction.
    events
        In the order in which they are to be read.
    import_id
        The import that says so; its reports hold the latest already.
    """
    if not events:
        return
    actor, now = actor_now(), utc_now()
    last = connection.execute(select(func.max(EVENTS.c.event_id))).scalar() or ""
    moment, tail = utc_after(last.partition("-")[0]).strftime(STAMP), uuid4().hex[:8]
    rows = [
        {
            "event_id": f"{moment}-{tail}-{n:06d}",
            **vars(event),
            "at": pd.Timestamp(event.at),
            "account": actor.account,
            "office": actor.office,
            "recorded_at": now,
            "import_id": import_id,
        }
        for n, event in enumerate(events)
    ]
    insert_frame(connection, EVENTS, rows_of(EVENTS, rows))
    if import_id is None:
        _tell_reports(connection, events)


def _tell_reports(connection: Connection, events: Iterable[Event]) -> None:
    told: dict[str, list[dict[str, str | None]]] = {}
    for event in events:
        if event.about in _OF_THE_REPORT:
            one = {"of": event.report_id, "said": event.value}
            told.setdefault(event.about, []).append(one)
    for about, values in told.items():
        where = REPORTS.c.report_id == bindparam("of")
        connection.execute(update(REPORTS).where(where).values({about: bindparam("said")}), values)


def read_reports(connection: Connection, ids: Iterable[str]) -> pd.DataFrame:
    """Return the stored reports of some ids: columns of ``reports``, on their ids."""
    found = _rows_of(connection, REPORTS.c.report_id, ids)
    return found.set_index("report_id", drop=False).rename_axis(None)


def read_events(connection: Connection, ids: Iterable[str]) -> pd.DataFrame:
    """Return the rows of ``report_events`` of some reports, index from 0, in their order."""
    found = _rows_of(connection, EVENTS.c.report_id, ids)
    return found.sort_values("event_id", ignore_index=True)


def _rows_of(
    connection: Connection, column: Column[Any], values: Iterable[str], *more: ColumnElement[bool]
) -> pd.DataFrame:
    """Return the rows of a column's table in which it has one of some values, in batches."""
    wanted = list(dict.fromkeys(values))
    parts = [
        read_table(connection, column.table, and_(column.in_(wanted[at : at + _MOST]), *more))
        for at in range(0, max(1, len(wanted)), _MOST)
    ]
    return pd.concat(parts, ignore_index=True)


def brought(connection: Connection, import_ids: Iterable[str]) -> pd.DataFrame:
    """Return who brought reports in, and on which day of the province.

    Returns
    -------
    DataFrame
        On the keys of the imports, unknown ones missing: ``account`` (missing where it is not on
        record) and ``day``.
    """
    wanted, names = list(import_ids), ["import_id", "account", "at"]
    files = _rows_of(connection, schema.imports.c.import_id, wanted).assign(account=None)
    acts = _rows_of(connection, _LOG.c.subject, wanted, _LOG.c.action.in_(_BRINGS))
    acts = acts.sort_values("seq").rename(columns={"subject": "import_id"})
    told = pd.concat([files[names].astype(acts[names].dtypes), acts[names]])
    told = told.drop_duplicates("import_id", keep="last")
    day = told["at"].dt.tz_convert(zone()).dt.tz_localize(None).dt.normalize()
    return told.assign(day=day).set_index("import_id")[["account", "day"]]
