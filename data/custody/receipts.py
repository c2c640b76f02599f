"""Hand-overs of kits: added and never changed, by form or from CSV and XLSX."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

import pandas as pd
from sqlalchemy import select

from data.clock import utc_now
from data.errors import SchemaError
from data.ingest.columns import Need
from data.ingest.context import Context
from data.ingest.kind import INTEGER, Field, Kind, Type, words
from data.ingest.places import DESA_NEED, TPS_FIELDS, read_places
from data.ingest.rows import Rows
from data.store import engine as bulk
from data.store import tables as schema
from data.store.engine import Store
from data.store.rules import check
from data.store.rules_logistics import OFFICES, RECEIPT_COUNTS, RECEIPT_KINDS

TABLE = schema.logistics.receipts
COLUMNS = tuple(column.name for column in TABLE.columns)
SEAL_MARK = "|"

_NOT_SAID = ("receipt_id", "recorded_at", "import_id")
_SAID = tuple(name for name in COLUMNS if name not in _NOT_SAID)


def plain_seals(text: str) -> str | None:
    """Return seal numbers sorted and joined by ``|``, whatever stood between them."""
    parts = {part.strip().upper() for part in re.split(r"[|,;\n]+", text) if part.strip()}
    return SEAL_MARK.join(sorted(parts)) or None


def with_ids(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` of `receipts` with ``receipt_id`` made from what each of them says."""
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


def add_receipts(store: Store, records: Sequence[Mapping[Any, Any]]) -> list[str]:
    """Add hand-overs, all of them or none.

    Parameters
    ----------
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
    now = utc_now()
    told = [{**record, "recorded_at": now, "receipt_id": ""} for record in records]
    rows = with_ids(bulk.rows_of(TABLE, told))
    faults = check(TABLE.name, rows, now)
    elections = sorted({str(record.get("election")) for record in records})
    query = select(TABLE.c.receipt_id, TABLE.c.kind, TABLE.c.refers_to)
    with store.begin() as connection:
        found = connection.execute(query.where(TABLE.c.election.in_(elections)))
        known = {row.receipt_id: (row.kind, row.refers_to) for row in found}
        ids = []
        columns = (rows[name] for name in ("receipt_id", "kind", "refers_to"))
        for number, (own, kind, other) in enumerate(zip(*columns, strict=True), start=2):
            if pd.notna(other) and other not in known:
                faults.append(f"row {number}: refers_to {other!r}, expected a known row")
            mine = _free_id(own, known)
            if mine is None:
                faults.append(f"row {number}: receipt_id, expected what is not told already")
                continue
            known[mine] = (kind, None)
            ids.append(mine)
        if faults:
            raise SchemaError(TABLE.name, faults)
        store.insert_frame(connection, TABLE, rows.assign(receipt_id=ids))
    return ids


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


_STATES = {
    "berangkat": ("left", "keluar gudang"),
    "di_dermaga": ("dermaga", "pelabuhan", "at pier"),
    "tiba": ("sampai", "arrived"),
    "diterima": ("terima", "received"),
    "dibuka": ("opened",),
    "kembali": ("dikembalikan", "returned"),
}
_DESA = ("desa", "tps_id", "code", "kecamatan", "kabupaten")


def _build(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    places = read_places(rows, context)
    refers = frame["refers_to"]
    said = pd.Series("catatan", index=frame.index, dtype="str").mask(refers.notna(), "koreksi")
    out = frame.assign(
        election=places["election"],
        desa_code=places["desa_code"],
        tps_id=places["tps_id"],
        at=_moments(rows),
        kind=frame["kind"].fillna(said),
        recorded_at=pd.Timestamp(context.options.now),
        receipt_id="",
    )
    out = with_ids(out[[name for name in COLUMNS if name != "import_id"]])
    known = {*context.read(TABLE.name)["receipt_id"], *out["receipt_id"]}
    rows.fault("refers_to", (refers.notna() & ~refers.isin(known)).to_numpy(), "receipt_unknown")
    return out


def _moments(rows: Rows) -> pd.Series:
    """Return the time of each row, of one column or of a day and a clock; UTC."""
    whole = rows.text("at")
    parts = (rows.text("day") + " " + rows.text("clock")).str.strip()
    text = whole.where(whole.ne(""), parts)
    read = rows.moment_reader("at" if rows.has("at") else "clock")
    distinct = {one: read(one) if one else None for one in text.unique()}
    return pd.to_datetime(text.map(distinct), utc=True)


RECEIPTS = Kind(
    name="receipts",
    table=TABLE,
    fields=(
        *TPS_FIELDS,
        Field("state", words(_STATES, "state_unknown")),
        Field("at", None, example="13/02/2024 08.15"),
        *(Field(name, None) for name in ("day", "clock")),
        *(Field(name, INTEGER, example="1") for name in RECEIPT_COUNTS),
        Field("seals", Type("seals", plain_seals, "required", example="A001, A002")),
        *(Field(name) for name in (*OFFICES, "vehicle", "note")),
        Field("kind", words(dict.fromkeys(RECEIPT_KINDS, ()), "receipt_kind_unknown")),
        Field("refers_to"),
    ),
    needs=(Need((("state",),)), DESA_NEED),
    build=_build,
    unsaid=("recorded_at",),
    blame={"at": ("at", "clock", "day"), "desa_code": _DESA, "tps_id": ("tps_id", "tps")},
    options=("election", "scheme"),
)
"""A row that says what is reported already is a duplicate; corrections name their row."""
