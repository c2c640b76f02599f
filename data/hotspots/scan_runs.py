"""Scans of what is alive that were kept: rows are added and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from sqlalchemy import select

from data.clock import utc_now
from data.errors import SchemaError
from data.store import frames as bulk
from data.store import tables as schema
from data.store.engine import Store
from data.store.rules import check

TABLE = schema.scan_runs
_OWN = ("run_id", "made_at")
SAID = tuple(column.name for column in TABLE.columns if column.name not in _OWN)


def add_scan_run(store: Store, row: Mapping[str, Any]) -> str:
    """Keep a scan and return its id; one that says the same as one that is there adds no row.

    Parameters
    ----------
    row
        Values by the columns of `SAID`.

    Raises
    ------
    SchemaError
        For a row that does not keep the rules of the table.
    """
    # Whether it was raised depends on what was kept before, so it is not part of what it says.
    said = [str(row[name]) for name in SAID if name != "raised"]
    run_id = "scan-" + blake2b("\n".join(said).encode(), digest_size=8).hexdigest()
    frame = bulk.rows_of(TABLE, [{**row, "run_id": run_id, "made_at": utc_now()}])
    if faults := check(TABLE.name, frame):
        raise SchemaError(TABLE.name, faults)
    with store.begin("scan.keep") as connection:
        there = connection.execute(select(TABLE.c.run_id).where(TABLE.c.run_id == run_id))
        if there.scalar_one_or_none() is None:
            store.insert_frame(connection, TABLE, frame)
    return run_id
