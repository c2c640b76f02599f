"""Hand-overs in the store: checked, told apart by what they say, added and never changed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import pandas as pd
from sqlalchemy import select

from data import schema
from data.bulk import typed
from data.errors import SchemaError
from data.frames import check
from data.store import RECORDS, Store

TABLE = schema.logistics.receipts
COLUMNS = tuple(column.name for column in TABLE.columns)
OFFICES = ("from_office", "to_office", "authorised_by", "carrier", "receiver")
"""Columns that name offices or companies, never persons."""
SEAL_MARK = "|"

_NOT_SAID = ("receipt_id", "recorded_at", "import_id")
_SAID = tuple(name for name in COLUMNS if name not in _NOT_SAID)
_PERSON = re.compile(
    r"^(?:bpk|bapak|ibu|sdr|sdri|saudara|saudari|tuan|nyonya|mr|mrs|ms)\b\.?|\b08\d{8,}\b|\b\d{16}\b",
    re.IGNORECASE,
)


def names_a_person(text: str) -> bool:
    """Return whether a text addresses a person, or holds a phone or identity number."""
    return bool(_PERSON.search(text.strip()))


def plain_seals(text: str) -> str | None:
    """Return seal numbers sorted and joined by ``|``, whatever stood between them."""
    parts = {part.strip().upper() for part in re.split(r"[|,;\n]+", text) if part.strip()}
    return SEAL_MARK.join(sorted(parts)) or None


def with_ids(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of the table with ``receipt_id`` made from what each of them says."""
    said = rows[list(_SAID)].astype("object").where(rows[list(_SAID)].notna(), None)
    keys = [
        "rc-" + blake2b(repr(tuple(map(_text, row))).encode(), digest_size=10).hexdigest()
        for row in said.itertuples(index=False)
    ]
    return rows.assign(receipt_id=pd.Series(keys, index=rows.index, dtype="str"))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def blank_rows(records: list[dict[str, Any]]) -> pd.DataFrame:
    """Return typed rows of the table from records that may lack columns."""
    raw = pd.DataFrame([{name: record.get(name) for name in COLUMNS} for record in records])
    raw = raw.reindex(columns=list(COLUMNS)).astype("object")
    return typed(raw.where(raw.notna(), None), TABLE)


def add_receipts(store: Store, records: list[dict[str, Any]]) -> list[str]:
    """Add hand-overs, all of them or none.

    Parameters
    ----------
    store
        The store.
    records
        Values by column; ``receipt_id`` and ``recorded_at`` are filled in.

    Returns
    -------
    list of str
        The ids of the new rows. What was taken out may be told again: it gets an id of its own.

    Raises
    ------
    SchemaError
        With every fault; a row that says the same as one that is there and was not taken out, or
        that refers to nothing, is a fault too. Nothing is stored then.
    """
    now = datetime.now(UTC)
    told = [{**record, "recorded_at": now, "receipt_id": ""} for record in records]
    rows = with_ids(blank_rows(told))
    faults = [*check(TABLE.name, rows), *office_faults(rows), *_early_faults(rows, now)]
    elections = sorted({str(record.get("election")) for record in records})
    query = select(TABLE.c.receipt_id, TABLE.c.kind, TABLE.c.refers_to)
    with store.begin(RECORDS) as connection:
        found = connection.execute(query.where(TABLE.c.election.in_(elections)))
        known = {row.receipt_id: (row.kind, row.refers_to) for row in found}
        ids = []
        for number, row in enumerate(rows.itertuples(), start=2):
            if pd.notna(row.refers_to) and row.refers_to not in known:
                faults.append(f"row {number}: refers_to {row.refers_to!r}, expected a known row")
            mine = _free_id(row.receipt_id, known)
            if mine is None:
                faults.append(f"row {number}: receipt_id, expected what is not told already")
                continue
            known[mine] = (row.kind, None)
            ids.append(mine)
        if faults:
            raise SchemaError(TABLE.name, faults)
        store.insert_frame(connection, TABLE, rows.assign(receipt_id=ids))
    return ids


def _early_faults(rows: pd.DataFrame, now: datetime) -> list[str]:
    later = rows["at"].gt(pd.Timestamp(now)).fillna(False)
    return [
        f"row {number}: at {at}, expected no time to come"
        for number, (at, wrong) in enumerate(zip(rows["at"], later, strict=True), start=2)
        if wrong
    ]


def _free_id(wanted: str, known: dict[str, tuple[str, str | None]]) -> str | None:
    """Return an id for a row that says what ``wanted`` stands for; None when it is told already."""
    voided = {target for kind, target in known.values() if kind != "catatan" and target}
    number, mine = 1, wanted
    while mine in known:
        if mine not in voided:
            return None
        number += 1
        mine = f"{wanted}-{number}"
    return mine


def office_faults(rows: pd.DataFrame) -> list[str]:
    """Return a fault per cell that names a person where an office is due."""
    return [
        f"row {number}: {column} {value!r}, expected an office, never a person"
        for column in OFFICES
        for number, value in enumerate(rows[column], start=2)
        if pd.notna(value) and names_a_person(value)
    ]
