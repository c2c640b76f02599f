"""Hand-overs of kits: added and never changed, by form or from CSV and XLSX."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from data.clock import utc_now
from data.custody.offices import doubt, plain_office
from data.errors import SchemaError
from data.ingest.columns import Need
from data.ingest.context import Context
from data.ingest.kind import INTEGER, Field, Kind, Type, Verdict, words
from data.ingest.known import KnownRows
from data.ingest.places import DESA_NEED, TPS_FIELDS, read_places
from data.ingest.rows import Rows
from data.ingest.tables import FLAG
from data.ingest.values.texts import normal_text
from data.ingest.words import expected
from data.province import zone
from data.store import frames as bulk
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


Doubts = Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]
"""Says of new rows, beside those of the store (both columns of `receipts`), what cannot be: a frame
of ``receipt_id``, ``column``, ``reason`` (of the catalogue, ``import_reason``) and ``hint``."""


def no_doubts(new: pd.DataFrame, stored: pd.DataFrame) -> pd.DataFrame:
    """Return that nothing speaks against ``new`` rows beside ``stored`` ones; see `Doubts`."""
    del new, stored
    return pd.DataFrame(columns=["receipt_id", "column", "reason", "hint"], dtype="str")


def known_offices(stored: pd.DataFrame, units: pd.DataFrame) -> frozenset[str]:
    """Return offices that were told before, and the names of places, to compare texts with.

    ``stored`` has the columns `OFFICES`, ``units`` has ``name``.
    """
    told = [stored[name].dropna() for name in OFFICES]
    return frozenset(map(plain_office, pd.concat([*told, units["name"]]).unique()))


def add_receipts(
    store: Store,
    records: Sequence[Mapping[Any, Any]],
    doubts: Doubts = no_doubts,
    *,
    are_offices: bool = False,
) -> list[str]:
    """Add hand-overs, all of them or none.

    Parameters
    ----------
    records
        Values by column; ``receipt_id`` and ``recorded_at`` are filled in.
    doubts
        What cannot be.
    are_offices
        Whether whoever reports says that all that stands where an office is due is one.

    Returns
    -------
    list of str
        The ids of the new rows. What was taken out may be told again: it gets an id of its own.

    Raises
    ------
    SchemaError
        With every fault; a row that says the same as one that is there and was not taken out, that
        refers to nothing, or that cannot be beside what is there, is a fault too. Nothing is stored
        then.
    """
    now = utc_now()
    told = [{**record, "recorded_at": now, "receipt_id": ""} for record in records]
    rows = with_ids(bulk.rows_of(TABLE, told))
    faults = check(TABLE.name, rows, now)
    elections = sorted({str(record.get("election")) for record in records})
    with store.begin("receipt.write") as connection:
        stored = bulk.read_table(connection, TABLE, TABLE.c.election.in_(elections))
        units = bulk.read_table(connection, schema.units)
        if not faults:
            faults += _doubted(rows, stored, doubts)
            faults += [] if are_offices else _unsure(rows, known_offices(stored, units))
        columns = (stored[name] for name in ("receipt_id", "kind", "refers_to"))
        known = {
            own: (kind, other if pd.notna(other) else None)
            for own, kind, other in zip(*columns, strict=True)
        }
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


def _doubted(rows: pd.DataFrame, stored: pd.DataFrame, doubts: Doubts) -> list[str]:
    numbers = dict(zip(rows["receipt_id"], range(2, len(rows) + 2), strict=True))
    values = rows.set_index("receipt_id")
    found = doubts(rows, stored).astype("object")
    return [
        f"row {numbers[own]}: {column} {_shown(values[column][own])}, {expected(reason)}{hint}"
        for own, column, reason, hint in found.itertuples(index=False, name=None)
    ]


def _shown(value: Any) -> str:
    if isinstance(value, pd.Timestamp):
        return value.tz_convert(zone()).strftime("%d/%m/%Y %H:%M")
    return str(value).replace(SEAL_MARK, ", ")


def _unsure(rows: pd.DataFrame, known: frozenset[str]) -> list[str]:
    """Return, as faults of a form, which offices read like the name of a person, and why."""
    return [
        f"row {number}: {name} {text!r}, {expected(why)}"
        for name in OFFICES
        for number, text in enumerate(rows[name].fillna(""), start=2)
        if (why := doubt(text, known))
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


_STATES = {
    "berangkat": ("left", "keluar", "dari gudang", "dari kpu", "keberangkatan", "pemberangkatan"),
    "di_dermaga": ("dermaga", "pelabuhan", "at pier"),
    "tiba": ("sampai", "arrived", "kedatangan"),
    "diterima": ("terima", "received", "penerimaan"),
    "dibuka": ("opened", "pembukaan"),
    "kembali": ("dikembalikan", "returned", "pengembalian"),
}
_AT_PIER = frozenset(("dermaga", "pelabuhan", "pier"))
_BACK = frozenset(("kembali", "dikembalikan", "pengembalian", "returned"))
_NOT_YET = frozenset(
    ("belum", "tidak", "batal", "gagal", "akan", "rencana", "menunggu", "siap", "not", "hampir")
)
_STATE_OF = {normal_text(one): key for key, texts in _STATES.items() for one in (key, *texts)}


def read_state(text: str) -> str | None:
    """Return the state that a text tells, such as ``tiba di PPK``; None when that is not certain.

    A text of several words is told by its first, or first two; one that goes back is ``kembali``
    and one that arrives at a pier is there, whatever its first word is.
    """
    plain = normal_text(text)
    if plain in _STATE_OF:
        return _STATE_OF[plain]
    parts = plain.split()
    if not _NOT_YET.isdisjoint(parts):
        return None
    told = _STATE_OF.get(" ".join(parts[:2])) or _STATE_OF.get(parts[0] if parts else "")
    if told and not _BACK.isdisjoint(parts):  # who leaves "kembali" may also leave again
        return None if told == "berangkat" else "kembali"
    return "di_dermaga" if told == "tiba" and not _AT_PIER.isdisjoint(parts) else told


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
    _ask_for_offices(rows, frame, context)
    return out


def _ask_for_offices(rows: Rows, frame: pd.DataFrame, context: Context) -> None:
    """Refuse what reads like the name of a person, until the sender says that it is an office."""
    known = context.once(lambda one: known_offices(one.read(TABLE.name), one.read("units")))
    said = frame["is_office"].fillna(False).to_numpy(dtype=bool)
    for name in OFFICES:
        why = {text: doubt(text, known) for text in frame[name].dropna().unique()}
        found = frame[name].map(why)
        for reason in sorted({one for one in why.values() if one}):
            rows.fault(name, found.eq(reason).to_numpy(dtype=bool) & ~said, reason)


class _KnownReceipts(KnownRows):
    """Refuses, besides, what cannot be beside what the store and the file say."""

    def __init__(self, connection: Connection, kind: Kind, context: Context) -> None:
        super().__init__(connection, kind, context)
        self._doubts: Doubts = context.given("doubts")
        self._told = self._stored

    def sort(self, rows: Rows, good: pd.DataFrame) -> Verdict:
        new = good[~good["receipt_id"].isin(self._told["receipt_id"])]
        new = new.drop_duplicates("receipt_id")
        at = pd.Series(new.index, index=new["receipt_id"])
        found = self._doubts(new, self._told)
        for (column, reason), some in found.groupby(["column", "reason"], sort=False):
            hints = pd.Series(some["hint"].array, index=at[some["receipt_id"]].to_numpy())
            where = rows.frame.index.isin(hints.index)
            field = next((f for f in RECEIPTS.fields_of(str(column)) if rows.has(f)), str(column))
            wanted = hints.reindex(rows.frame.index[where]).tolist()
            rows.fault(field, where, str(reason), wanted)
        verdict = super().sort(rows, good)
        self._told = pd.concat([self._told, verdict.fresh[list(self._told.columns)]])
        return verdict


def _moments(rows: Rows) -> pd.Series:
    """Return the time of each row, of one column or of a day and a clock; UTC."""
    whole = rows.text("at")
    parts = (rows.text("day") + " " + rows.text("clock")).str.strip()
    text = whole.where(whole.ne(""), parts)
    read = rows.moment_reader("at" if rows.has("at") else "clock")
    distinct = {one: read(one) if one else None for one in text.unique()}
    return pd.to_datetime(text.map(distinct), utc=True)


_STATE = replace(words(_STATES, "state_unknown"), read=read_state)

RECEIPTS = Kind(
    name="receipts",
    table=TABLE,
    fields=(
        *TPS_FIELDS,
        Field("state", _STATE),
        Field("at", None, example="13/02/2024 08.15"),
        *(Field(name, None) for name in ("day", "clock")),
        *(Field(name, INTEGER, example="1") for name in RECEIPT_COUNTS),
        Field("seals", Type("seals", plain_seals, "required", example="A001, A002")),
        *(Field(name) for name in (*OFFICES, "vehicle", "note")),
        Field("is_office", replace(FLAG, key="is_office"), example="-"),
        Field("kind", words(dict.fromkeys(RECEIPT_KINDS, ()), "receipt_kind_unknown")),
        Field("refers_to"),
    ),
    needs=(Need((("state",),)), DESA_NEED),
    build=_build,
    unsaid=("recorded_at",),
    matcher=_KnownReceipts,
    blame={"at": ("at", "clock", "day"), "desa_code": _DESA, "tps_id": ("tps_id", "tps")},
    options=("election", "scheme"),
)
"""A row that says what is reported already is a duplicate; corrections name their row."""
