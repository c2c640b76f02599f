"""State of piers and warehouses: from a file or one by one from a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import delete

from data.ingest.columns import plain_heading
from data.ingest.logistics_rows import header_test, map_headings, rows_of, word_reader
from data.ingest.parse import parse_day
from data.ingest.readers import open_table
from data.ingest.record import ImportResult, import_key, write_import, write_quarantine
from data.ingest.rows import Rows, no_faults
from data.store import engine as bulk
from data.store import tables as schema
from data.store.engine import Reader, Store
from data.store.rules import validate
from data.vocabulary import VESSEL_CLASSES

TARGET = "place_status"
HEADINGS = {
    "place_id": ("tempat", "dermaga", "pelabuhan", "gudang", "place", "place_id", "nama"),
    "status": ("status", "keadaan", "state"),
    "largest_vessel": ("kapal terbesar", "kelas kapal", "largest_vessel"),
    "as_of": ("tanggal", "per tanggal", "tgl", "as_of", "date"),
    "note": ("catatan", "keterangan", "note"),
    "source_text": ("sumber", "source", "instansi"),
}
_NEEDED = ("place_id", "status", "as_of")
_STATES = {
    "tidak_diketahui": ("tidak diketahui", "belum diketahui", "unknown"),
    "buka": ("buka", "dibuka", "open"),
    "terbatas": ("terbatas", "dibatasi", "limited"),
    "tutup": ("tutup", "ditutup", "closed"),
}
_VESSELS = {name: (name.replace("_", " "),) for name in VESSEL_CLASSES}
TABLE = schema.logistics.place_status


@dataclass(frozen=True)
class PlaceStatus:
    """What is told of one pier, landing or warehouse."""

    place_id: str
    status: str
    as_of: date
    largest_vessel: str | None = None
    note: str | None = None
    source_text: str | None = None


def read_statuses(tables: Reader) -> pd.DataFrame:
    """Return what is told of places by ``place_id``; a place without a row is not known."""
    return tables.read(TARGET).set_index("place_id")


def write_status(store: Store, told: PlaceStatus, today: date) -> None:
    """Put what a form tells of a place in place of what was there.

    Raises
    ------
    SchemaError
        When a word is not of the list, or the date is to come.
    """
    frame = bulk.rows_of(TABLE, [vars(told)])
    validate(TARGET, frame, today)
    with store.begin() as connection:
        store.replace(connection, TABLE, frame, TABLE.c.place_id == told.place_id)


def forget_status(store: Store, place_id: str) -> None:
    """Take back what is told of a place: it is not known again."""
    with store.begin() as connection:
        connection.execute(delete(TABLE).where(TABLE.c.place_id == place_id))


def import_place_status(
    store: Store, path: Path | str, names: Mapping[str, str], today: date
) -> ImportResult:
    """Import a file of states: good rows in, bad rows to quarantine, in one transaction.

    Parameters
    ----------
    path
        CSV or XLSX with tempat (name or id), status and tanggal; kapal terbesar, catatan, sumber.
    names
        Name of each pier, landing and warehouse by id.
    today
        No date may lie after it.

    Returns
    -------
    ImportResult
        A row replaces what is told of the place; one older than that is refused.

    Raises
    ------
    FileUnreadableError, SourceMissingError
        When the file cannot be used at all.
    """
    path = Path(path)
    table = open_table(path, header_test(HEADINGS, _NEEDED))
    columns = map_headings(path, table.header, HEADINGS, _NEEDED, "no_place_columns")
    import_id, digest = import_key("tpt", path)
    chunks = [rows_of(chunk, columns) for chunk in table.chunks]
    with store.begin() as connection:
        there = bulk.read_table(connection, TABLE)
        read = [_read(rows, names, there) for rows in chunks]
        for rows, frame in zip(chunks, read, strict=True):
            rows.hold(TARGET, frame, {}, today)
        refused = [(rows, rows.faults()) for rows in chunks]
        good = pd.concat([frame[~rows.bad] for rows, frame in zip(chunks, read, strict=True)])
        frame = bulk.typed(good.assign(import_id=import_id), TABLE)
        faults = pd.concat([no_faults(), *(found for _, found in refused)], ignore_index=True)
        counts = (len(frame), int(faults["row_number"].nunique()), 0)
        mine = TABLE.c.place_id.in_(frame["place_id"].tolist())
        store.replace(connection, TABLE, frame, mine)
        write_quarantine(connection, import_id, refused)
        write_import(connection, import_id, TARGET, path, digest, counts)
    nothing = pd.DataFrame({"row_number": [], "of_report": []})
    used, unused = dict(columns.used), columns.unused
    return ImportResult(
        path.name, import_id, *counts, faults, nothing, used, unused, unchanged=frame.empty
    )


def _read(rows: Rows, names: Mapping[str, str], there: pd.DataFrame) -> pd.DataFrame:
    by_name: dict[str, str | None] = {}
    for place, name in names.items():
        for key in {plain_heading(place), plain_heading(name)}:
            by_name[key] = None if key in by_name else place  # a name of two places means neither
    out = pd.DataFrame(index=rows.frame.index)
    find = rows.read("place_id", lambda text: by_name.get(plain_heading(text)), "pier_unknown")
    out["place_id"] = find
    out["status"] = rows.read("status", word_reader(_STATES), "place_state_unknown")
    out["largest_vessel"] = rows.read("largest_vessel", word_reader(_VESSELS), "vessel_unknown")
    out["as_of"] = pd.to_datetime(rows.read("as_of", parse_day, "place_date_unreadable", "object"))
    for field in ("note", "source_text"):
        out[field] = rows.read(field, lambda text: " ".join(text.split()), "required")
    twice = find.notna() & find.duplicated(keep=False)
    rows.fault("place_id", twice.to_numpy(), "place_twice")
    known = dict(zip(there["place_id"], there["as_of"], strict=True))
    before = pd.to_datetime(find.map(known))
    rows.fault("as_of", np.asarray(out["as_of"].array < before, dtype=bool), "place_older")
    return out
