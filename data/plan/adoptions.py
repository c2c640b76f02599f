"""Plans as offices adopted them: rows that are added and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from data.clock import utc_now
from data.errors import SchemaError
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import rows_of
from data.store.rules import check

TABLE = schema.logistics.plan_adoptions


def add_adoption(store: Store, record: Mapping[str, Any]) -> str:
    """Add a row and return its id.

    Parameters
    ----------
    record
        Values by column; ``adoption_id`` and ``recorded_at`` are filled in.

    Raises
    ------
    SchemaError
        With every fault; a row that refers to none is one too. Nothing is stored then.
    """
    now = utc_now()
    key = f"sah-{uuid4().hex[:10]}"
    rows = rows_of(TABLE, [{**record, "adoption_id": key, "recorded_at": now}])
    faults = check(TABLE.name, rows, now)
    with store.begin("plan.adopt") as connection:
        known = set(connection.execute(select(TABLE.c.adoption_id)).scalars())
        other = record.get("refers_to")
        if other is not None and other not in known:
            faults.append(f"row 2 ({key}): refers_to {other!r}, expected a known row")
        if faults:
            raise SchemaError(TABLE.name, faults)
        store.insert_frame(connection, TABLE, rows)
    return key
