"""Outlooks that are lodged: written once with a hash, read with what is wrong with them.

The hash covers the canonical JSON of an outlook: its figures, its day, its window, the moment of
lodging and the hash of the one lodged before. Whoever changes or takes out an outlook has to
change all later ones too; who noted one hash elsewhere (in the minutes of a meeting) sees it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pandas as pd

from data.clock import utc_now
from data.errors import OutlookLateError, OutlookLodgedError
from data.province import zone
from data.store import tables as schema
from data.store.engine import Reader, Store
from data.store.frames import read_table, rows_of

FORMAT = "siaga/outlook/1"
_COLUMNS = ("as_of", "horizon", "window_start", "window_end")


@dataclass(frozen=True)
class Lodged:
    """An outlook as it stands in the store.

    Attributes
    ----------
    outlook_id, as_of, horizon, window_start, window_end, lodged_at, digest
        Columns of the table.
    document
        Its content; empty where that is no JSON any more.
    faults
        What is wrong: ``isi`` (the content is not that of the hash), ``kolom`` (columns say
        otherwise than the content), ``rantai`` (one before it was changed or is gone), ``waktu``
        (lodged when its window was open, which a clock that was set back shows).
    """

    outlook_id: str
    as_of: dt.date
    horizon: str
    window_start: dt.date
    window_end: dt.date
    lodged_at: pd.Timestamp
    digest: str
    document: Mapping[str, Any] = field(repr=False)
    faults: tuple[str, ...] = ()


def canonical(document: Mapping[str, Any]) -> str:
    """Return a document as the one JSON text that it has: keys sorted, no blanks."""
    return json.dumps(
        document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def digest_of(content: str) -> str:
    """Return the SHA-256 of a text in hexadecimal digits."""
    return sha256(content.encode()).hexdigest()


def lodge(store: Store, document: Mapping[str, Any]) -> str:
    """Write an outlook and return its id; it is never changed again.

    Parameters
    ----------
    store
        The store.
    document
        The figures, with ``as_of``, ``horizon``, ``window_start`` and ``window_end`` (ISO days).

    Raises
    ------
    OutlookLodgedError
        When one of that day and horizon is lodged already.
    OutlookLateError
        When its window was open when the one before was lodged: a clock that was set back.
    """
    outlook_id = f"{document['as_of']}/{document['horizon']}"
    with store.begin("outlook.lodge") as connection:
        before = read_table(connection, schema.outlooks).sort_values("lodged_at", kind="stable")
        if before["outlook_id"].eq(outlook_id).any():
            raise OutlookLodgedError(outlook_id)
        previous = str(before["digest"].iloc[-1]) if len(before) else None
        at = utc_now()
        if len(before):  # the clock may stand still, and the chain needs an order
            at = max(
                at, before["lodged_at"].iloc[-1].to_pydatetime() + dt.timedelta(microseconds=1)
            )
        opens = dt.date.fromisoformat(document["window_start"])
        if (on := at.astimezone(zone()).date()) >= opens:
            raise OutlookLateError(opens, on)
        whole = {**document, "format": FORMAT, "lodged_at": at.isoformat(), "previous": previous}
        content = canonical(whole)
        row = {name: document[name] for name in _COLUMNS} | {
            "outlook_id": outlook_id,
            "lodged_at": at,
            "previous": previous,
            "digest": digest_of(content),
            "content": content,
        }
        store.insert_frame(connection, schema.outlooks, rows_of(schema.outlooks, [row]))
    return outlook_id


def read_lodged(reader: Reader) -> list[Lodged]:
    """Return the outlooks in the order in which they were lodged, each checked against its hash."""
    rows = reader.read("outlooks").sort_values("lodged_at", kind="stable")
    found: list[Lodged] = []
    previous: str | None = None
    for row in rows.to_dict("records"):
        document = _document(row["content"])
        faults = []
        if digest_of(row["content"]) != row["digest"]:
            faults.append("isi")
        if not _agrees(row, document):
            faults.append("kolom")
        if document.get("previous") != previous:
            faults.append("rantai")
        if row["lodged_at"].tz_convert(zone()).date() >= row["window_start"].date():
            faults.append("waktu")
        previous = row["digest"]
        found.append(
            Lodged(
                row["outlook_id"],
                row["as_of"].date(),
                row["horizon"],
                row["window_start"].date(),
                row["window_end"].date(),
                row["lodged_at"],
                row["digest"],
                document,
                tuple(faults),
            )
        )
    return found


def _document(content: str) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except json.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def _agrees(row: Mapping[Any, Any], document: Mapping[str, Any]) -> bool:
    """Tell whether the columns of a row say what its content says."""
    said = [
        row["horizon"] if name == "horizon" else row[name].date().isoformat() for name in _COLUMNS
    ]
    named = f"{document.get('as_of')}/{document.get('horizon')}" == row["outlook_id"]
    at = pd.to_datetime(str(document.get("lodged_at")), utc=True, errors="coerce")
    before = None if pd.isna(row["previous"]) else row["previous"]
    return (
        named
        and said == [document.get(name) for name in _COLUMNS]
        and at == row["lodged_at"]
        and before == document.get("previous")
    )
