"""Hand-overs of kits: added and never changed, by form or from CSV and XLSX."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from data.clock import utc_now
from data.errors import SchemaError
from data.ingest.logistics_rows import (
    header_test,
    map_headings,
    read_elections,
    read_places,
    rows_of,
    tps_number,
    word_reader,
)
from data.ingest.numbers import parse_integer
from data.ingest.parse import parse_moment
from data.ingest.place_lookup import PlaceLookup
from data.ingest.readers import open_table
from data.ingest.record import (
    ImportResult,
    earlier_faults,
    fault_keys,
    import_key,
    write_import,
    write_quarantine,
)
from data.ingest.rows import Rows, no_faults
from data.store import engine as bulk
from data.store import tables as schema
from data.store.engine import Store, Undo
from data.store.rule import level
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


TARGET = "receipts"
HEADINGS = {
    "election": ("pemilu", "election"),
    "tps_id": ("tps_id", "id tps"),
    "code": ("kode desa", "kode_desa", "desa_code", "kode", "kode kemendagri"),
    "kabupaten": ("kabupaten", "kabupaten/kota", "kabkota", "kab/kota"),
    "kecamatan": ("kecamatan", "kec"),
    "desa": ("desa", "kelurahan", "desa/kelurahan", "kel/desa", "village"),
    "tps": ("tps", "no tps", "nomor tps", "tps_number", "number"),
    "state": ("status", "keadaan", "state"),
    "at": ("waktu", "tanggal jam", "at", "time"),
    "day": ("tanggal", "tgl", "date"),
    "clock": ("jam", "pukul", "clock"),
    "boxes": ("kotak", "jumlah kotak", "boxes"),
    "short_count": ("kurang", "jumlah kurang", "short", "short_count"),
    "damaged_count": ("rusak", "jumlah rusak", "damaged", "damaged_count"),
    "seals": ("segel", "nomor segel", "no segel", "seals"),
    "from_office": ("dari", "yang menyerahkan", "from", "from_office"),
    "to_office": ("ke", "kepada", "tujuan", "to", "to_office"),
    "authorised_by": ("pengesah", "disahkan oleh", "kantor pengesah", "authorised_by"),
    "carrier": ("pengangkut", "carrier"),
    "receiver": ("penerima", "receiver"),
    "vehicle": ("kendaraan", "nomor polisi", "perahu", "kapal", "vehicle"),
    "note": ("catatan", "keterangan", "note"),
    "kind": ("jenis catatan", "kind"),
    "refers_to": ("mengacu ke", "menggantikan", "refers_to"),
}
_NEEDED = ("state",)
_FIELDS = {
    "at": ("at", "clock", "day"),
    "desa_code": ("desa", "tps_id", "code", "kecamatan", "kabupaten"),
    "tps_id": ("tps_id", "tps"),
}
"""Fields that a column is made of, where they are not named like it."""
_WORDS = {
    "berangkat": ("berangkat", "left", "keluar gudang"),
    "di_dermaga": ("di dermaga", "dermaga", "pelabuhan", "at pier"),
    "tiba": ("tiba", "sampai", "arrived"),
    "diterima": ("diterima", "terima", "received"),
    "dibuka": ("dibuka", "opened"),
    "kembali": ("kembali", "dikembalikan", "returned"),
}


@dataclass(frozen=True)
class _Reading:
    """What every chunk is read against."""

    lookup: PlaceLookup
    elections: tuple[str, ...]
    election: str
    register: pd.Index
    now: datetime
    import_id: str


def import_receipts(
    store: Store, path: Path | str, election: str, *, dry_run: bool = False
) -> ImportResult:
    """Import a file of hand-overs in one transaction.

    Parameters
    ----------
    store
        A store with the registry of the province and the register of TPS.
    path
        CSV or XLSX with a column status, a time (waktu, or tanggal and jam) and a place (tps_id,
        or a desa by name or code, with or without the number of a TPS); others as in `HEADINGS`.
    election
        Election of the rows that name none.
    dry_run
        Whether to tell what would happen and store nothing.

    Returns
    -------
    ImportResult
        A row that says what is told already is a duplicate: importing the same file again accepts
        nothing. Corrections and undos name the row they are about in ``mengacu ke``.

    Raises
    ------
    FileUnreadableError, SourceMissingError
        When the file cannot be used at all; nothing is stored.
    """
    path = Path(path)
    table = open_table(path, header_test(HEADINGS, _NEEDED))
    columns = map_headings(path, table.header, HEADINGS, _NEEDED, "no_state_column")
    import_id, digest = import_key("rcp", path, election)
    register = store.read("tps")["tps_id"]
    reading = _Reading(
        PlaceLookup(store.units()),
        tuple(store.read("elections")["election"]),
        election,
        pd.Index(register),
        utc_now(),
        import_id,
    )
    chunks = [(rows := rows_of(chunk, columns), _read(rows, reading)) for chunk in table.chunks]
    refused: list[tuple[Rows, pd.DataFrame]] = []
    with store.begin() as connection:
        known = set(connection.execute(select(TABLE.c.receipt_id)).scalars())
        accepted, repeated = _accept(connection, chunks, known, refused)
        faults = pd.concat([no_faults(), *(found for _, found in refused)], ignore_index=True)
        counts = (accepted, int(faults["row_number"].nunique()), len(repeated))
        before = earlier_faults(connection, import_id)
        unchanged = dry_run or (not accepted and before == fault_keys(faults))
        if unchanged:
            raise Undo
        write_quarantine(connection, import_id, refused)
        write_import(connection, import_id, TARGET, path, digest, counts)
    used, unused = dict(columns.used), columns.unused
    return ImportResult(
        path.name, import_id, *counts, faults, repeated, used, unused, unchanged=unchanged
    )


def _accept(
    connection: Connection,
    chunks: list[tuple[Rows, pd.DataFrame]],
    known: set[str],
    refused: list[tuple[Rows, pd.DataFrame]],
) -> tuple[int, pd.DataFrame]:
    """Store what is new; return how many that are, and the rows that are told already."""
    accepted, repeats = 0, []
    mine = set(known)
    for rows, frame in chunks:
        ids = set(frame.loc[~rows.bad, "receipt_id"])
        missing = frame["refers_to"].notna() & ~frame["refers_to"].isin(mine | ids)
        rows.fault("refers_to", missing.to_numpy(), "receipt_unknown")
        good = frame[~rows.bad]
        first = good.drop_duplicates("receipt_id")
        new = first[~first["receipt_id"].isin(mine)]
        mine |= set(new["receipt_id"])
        again = good[~good.index.isin(new.index)]
        repeats.append(
            pd.DataFrame({"row_number": again.index, "of_report": again["receipt_id"].array})
        )
        accepted += len(new)
        refused.append((rows, rows.faults()))
        bulk.insert_frame(connection, TABLE, new.dropna(axis="columns", how="all"))
    empty = pd.DataFrame({"row_number": pd.Series(dtype="int64"), "of_report": []})
    return accepted, pd.concat([part for part in repeats if len(part)] or [empty])


def _read(rows: Rows, reading: _Reading) -> pd.DataFrame:
    """Return one row of the table per row of the file, and note what is wrong."""
    out = pd.DataFrame(index=rows.frame.index)
    out["election"] = read_elections(rows, reading.elections, _named(rows, reading))
    out["desa_code"], out["tps_id"] = _places(rows, out["election"], reading)
    out["state"] = rows.read("state", word_reader(_WORDS), "state_unknown")
    out["at"] = _moments(rows)
    for field in RECEIPT_COUNTS:
        out[field] = rows.read(field, parse_integer, "count_unreadable", "Int64")
    out["seals"] = rows.read("seals", plain_seals, "required")
    for field in (*OFFICES, "vehicle", "note"):
        out[field] = rows.read(field, lambda text: " ".join(text.split()), "required")
    kinds = word_reader(dict.fromkeys(RECEIPT_KINDS, ()))
    told = rows.read("kind", kinds, "receipt_kind_unknown")
    refers = rows.read("refers_to", lambda text: text, "required")
    out["kind"] = told.fillna(pd.Series("catatan", index=out.index).mask(refers.notna(), "koreksi"))
    out["refers_to"] = refers
    out["recorded_at"] = pd.Timestamp(reading.now)
    out["import_id"] = reading.import_id
    rows.hold(TARGET, out, _FIELDS, reading.now)
    return with_ids(out.assign(receipt_id=""))[list(COLUMNS)]


def _named(rows: Rows, reading: _Reading) -> pd.Series:
    """Return the election that the id of a TPS names, else the one declared."""
    first = rows.text("tps_id").str.partition("/")[0]
    return first.where(first.isin(reading.elections), reading.election)


def _moments(rows: Rows) -> pd.Series:
    """Return the time of each row, of one column or of a day and a clock; UTC."""
    whole = rows.text("at")
    parts = (rows.text("day") + " " + rows.text("clock")).str.strip()
    text = whole.where(whole.ne(""), parts)
    distinct = {one: parse_moment(one) if one else None for one in text.unique()}
    return pd.to_datetime(text.map(distinct), utc=True)


def _places(rows: Rows, election: pd.Series, reading: _Reading) -> tuple[pd.Series, pd.Series]:
    """Return desa and TPS of each row; a TPS that the register does not know is a fault."""
    given = rows.read("tps_id", lambda text: text, "required")
    code = read_places(rows, reading.lookup)
    number = rows.read("tps", tps_number, "tps_unreadable")
    parts = given.str.split("/", expand=True).reindex(columns=range(3))
    code = code.where(code.notna(), parts[1]).astype("str")
    made = election + "/" + code + "/" + number
    tps = given.where(given.notna(), made).astype("str")
    wrong = tps.notna() & level(code).eq("desa") & ~tps.isin(reading.register)
    field = "tps_id" if rows.has("tps_id") else "tps"
    rows.fault(field, np.asarray(wrong, dtype=bool) & ~rows.bad, "tps_not_registered")
    return code, tps
