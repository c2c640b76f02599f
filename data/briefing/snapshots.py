"""Snapshots: written once with a hash, read with what is wrong with them, never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from data.errors import SchemaError, SnapshotUnknownError
from data.outlook.lodged import canonical, digest_of
from data.store import tables as schema
from data.store.engine import Reader, Store
from data.store.frames import read_table, rows_of
from data.store.rules import check

TABLE = schema.meeting.snapshots
FORMAT = "siaga/snapshot/1"
_DIGITS = 12


def add_snapshot(store: Store, content: Mapping[str, Any]) -> str:
    """Keep a snapshot and return its id, which is made of its hash; one that is there stays.

    Parameters
    ----------
    content
        Everything that is shown, with ``meeting`` (its ``meeting_id``), ``as_of``, ``made_at``,
        ``office`` and ``period`` (first and last day that it locks), days in ISO 8601. What was
        taken before is added as ``chain``.

    Raises
    ------
    SchemaError
        For an office that reads like a person, or a period that ends before it starts.
    """
    with store.begin("meeting.snapshot") as connection:
        before = read_table(connection, TABLE).sort_values(["made_at", "snapshot_id"])
        # The last of the chain is the one that none follows, whatever a clock said.
        ends = before[~before["digest"].isin(before["previous"])]
        chain = str(ends["digest"].iloc[-1]) if len(ends) else None
        row = row_of({**content, "format": FORMAT, "chain": chain})
        key = str(row["snapshot_id"])
        if key in set(before["snapshot_id"]):
            return key
        frame = rows_of(TABLE, [row])
        if faults := check(TABLE.name, frame):
            raise SchemaError(TABLE.name, faults)
        store.insert_frame(connection, TABLE, frame)
    return key


def row_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a content that is whole, its ``format`` and ``chain`` included."""
    written = canonical(content)
    digest = digest_of(written)
    first, last = content["period"]
    return {
        "snapshot_id": f"snp-{digest[:_DIGITS]}",
        "meeting_id": content["meeting"]["meeting_id"],
        "as_of": pd.Timestamp(content["as_of"]),
        "period_start": pd.Timestamp(first),
        "period_end": pd.Timestamp(last),
        "made_at": pd.Timestamp(content["made_at"]),
        "office": content["office"],
        "previous": content["chain"],
        "digest": digest,
        "content": written,
    }


def read_snapshot(reader: Reader, snapshot_id: str) -> tuple[dict[str, Any], str, bool]:
    """Return content, hash, and whether the content is still that of the hash.

    Raises
    ------
    SnapshotUnknownError
        When there is none of that id.
    """
    rows = reader.read(TABLE.name)
    rows = rows[rows["snapshot_id"].eq(snapshot_id)]
    if rows.empty:
        raise SnapshotUnknownError(snapshot_id)
    row = rows.iloc[0]
    written = str(row["content"])
    return json.loads(written), str(row["digest"]), digest_of(written) == row["digest"]
