"""Procurement in the store, and the published facts about it that ship."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import Connection, and_, delete

from data import bulk, schema
from data.bulk import typed
from data.errors import SchemaError, SourceMissingError
from data.frames import check
from data.paths import PROVINCE, shipped_dir
from data.store import RECORDS, Store

TABLE = schema.logistics.procurement
KEY = ("election", "item", "kabupaten_code", "stage")
COLUMNS = tuple(column.name for column in TABLE.columns)
TOLD = ("planned_date", "actual_date", "planned_count", "actual_count")
_FACTS = "procurement.csv"


def shipped_procurement(province: str = PROVINCE) -> pd.DataFrame:
    """Return what was published about procurement: rows of the table, the page as ``source``.

    Raises
    ------
    SourceMissingError
        When the file is not there.
    SchemaError
        When it does not fit the table.
    """
    path = shipped_dir(province) / _FACTS
    if not path.exists():
        raise SourceMissingError(path)
    raw = pd.read_csv(path, dtype="str").rename(columns={"source_url": "source"})
    raw = raw.reindex(columns=list(COLUMNS)).astype("object")
    rows = typed(raw.where(raw.notna(), None), TABLE)
    if faults := check(TABLE.name, rows):
        raise SchemaError(path.name, faults)
    return rows


def procurement_rows(store: Store, election: str) -> pd.DataFrame:
    """Return the rows of an election: those of the store, and published ones beside them.

    ``published`` tells which are facts that ship; a row of the store stands in their place.
    """
    own = store.read(TABLE.name, TABLE.c.election == election)
    facts = shipped_procurement()
    facts = facts[facts["election"].eq(election)]
    taken = pd.MultiIndex.from_frame(own[list(KEY)])
    facts = facts[~pd.MultiIndex.from_frame(facts[list(KEY)]).isin(taken)]
    return pd.concat([own.assign(published=False), facts.assign(published=True)], ignore_index=True)


def typed_rows(records: list[dict[str, Any]]) -> pd.DataFrame:
    """Return typed rows of the table from records that may lack columns."""
    raw = pd.DataFrame([{name: record.get(name) for name in COLUMNS} for record in records])
    raw = raw.reindex(columns=list(COLUMNS)).astype("object")
    return typed(raw.where(raw.notna(), None), TABLE)


def put_rows(connection: Connection, rows: pd.DataFrame) -> None:
    """Put rows in place of those with the same key."""
    for key in rows[list(KEY)].itertuples(index=False):
        same = and_(*(TABLE.c[name] == value for name, value in zip(KEY, key, strict=True)))
        connection.execute(delete(TABLE).where(same))
    bulk.insert_frame(connection, TABLE, rows)


def save_row(store: Store, record: dict[str, Any]) -> None:
    """Put one row in place of that with the same key.

    Raises
    ------
    SchemaError
        With every fault; nothing is stored then.
    """
    rows = typed_rows([record])
    faults = check(TABLE.name, rows)
    if rows[list(TOLD)].isna().all(axis=None):
        faults.append("row 2: planned_date empty, expected a date or a count")
    if faults:
        raise SchemaError(TABLE.name, faults)
    with store.begin(RECORDS) as connection:
        put_rows(connection, rows)


def drop_row(store: Store, key: dict[str, str]) -> None:
    """Take the row of a key out of the store; a published fact in its place shows again."""
    same = and_(*(TABLE.c[name] == key[name] for name in KEY))
    with store.begin(RECORDS) as connection:
        connection.execute(delete(TABLE).where(same))
