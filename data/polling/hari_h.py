"""What is heard of polling stations on voting day: written one by one, or from a file."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from uuid import uuid4

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select, update

from data.clock import utc_now
from data.ingest.day_files import (
    PLACE_HEADINGS,
    read_day_rows,
    read_each,
    read_tps,
    store_day_rows,
    text_or_none,
)
from data.ingest.parse import parse_moment
from data.ingest.record import ImportResult
from data.province import zone
from data.store import tables as schema
from data.store.engine import Reader, Store, typed
from data.store.rules import validate
from geo.errors import ParameterError

TABLE = schema.risk.tps_status
STATUS_WORDS = {
    "buka": ("b", "buka", "dibuka", "sudah buka", "open"),
    "terlambat": ("t", "lambat", "terlambat", "telat", "late"),
    "masalah": ("m", "masalah", "bermasalah", "trouble"),
    "selesai": ("s", "selesai", "done", "finished"),
    "belum_menjawab": ("x", "-", "belum", "belum menjawab", "belum_menjawab", "tidak menjawab"),
}
_WORD_OF = {word: status for status, words in STATUS_WORDS.items() for word in words}
_DAYS_AROUND = 2
_TICK = pd.Timedelta(microseconds=1)
_HEADINGS = {
    **PLACE_HEADINGS,
    "status": ("status", "keadaan", "state"),
    "at": ("jam", "waktu", "pukul", "at", "time"),
    "note": ("catatan", "keterangan", "note"),
    "office": ("instansi", "kantor", "office", "agency"),
}


def status_of(word: str) -> str | None:
    """Return the status that a letter or word stands for; None for any other."""
    return _WORD_OF.get(word.strip().lower())


def _status_id(tps_id: str, status: str, at: datetime, told: str) -> str:
    said = f"{tps_id}|{status}|{at.astimezone(UTC).isoformat()}|{told}"
    return f"st-{blake2b(said.encode(), digest_size=10).hexdigest()}"


def write_statuses(
    store: Store,
    tps_ids: list[str],
    status: str,
    at: datetime,
    office: str,
    note: str | None = None,
    entered_at: datetime | None = None,
) -> list[str]:
    """Write what was heard of some stations; return the ids of the new lines.

    Parameters
    ----------
    store
        The store; readers are told by its counter of records only.
    tps_ids
        Stations of the register.
    status
        One of the five statuses.
    at
        When it was so, with a time zone.
    office
        Who says so; an office, not a person.
    entered_at
        When it was written down, now unless given; later where a line of one of the stations
        has that moment or a later one.

    Raises
    ------
    ParameterError
        When there is no station or no office.
    SchemaError
        When the rows do not fit the table.
    """
    if not tps_ids:
        raise ParameterError("tps_ids", tps_ids, "at least one station")
    if not office.strip():
        raise ParameterError("office", office, "the name of an office")
    # Two desks may write the same in the same microsecond, and both lines are kept.
    line = uuid4().hex
    ids = [_status_id(tps, status, at, line) for tps in tps_ids]
    frame = typed(
        pd.DataFrame(
            {
                "status_id": ids,
                "tps_id": tps_ids,
                "status": status,
                "at": at.astimezone(UTC),
                "entered_at": entered_at or utc_now(),
                "office": office.strip(),
                "note": note or None,
                "undone": False,
                "import_id": None,
            }
        ),
        TABLE,
    )
    validate("tps_status", frame)
    with store.begin() as connection:
        entered = _entered_after(connection, tps_ids, frame["entered_at"].iloc[0])
        store.insert_frame(connection, TABLE, frame.assign(entered_at=entered))
    return ids


def _entered_after(
    connection: Connection, tps_ids: Collection[str], entered: datetime
) -> pd.Timestamp:
    """Return a moment, moved past the last line of the stations: of two lines the later counts."""
    columns = TABLE.c.tps_id, TABLE.c.entered_at
    own = set(tps_ids)
    found = connection.execute(select(*columns).where(TABLE.c.entered_at >= entered))
    last = pd.to_datetime([at for tps_id, at in found if tps_id in own], utc=True)
    return pd.Timestamp(max([entered, *(last + _TICK)]))


def _one_by_one(connection: Connection, frame: pd.DataFrame) -> pd.DataFrame:
    """Give the rows of a file moments of entry in the order in which they stand."""
    if frame.empty:
        return frame
    start = _entered_after(connection, frame["tps_id"].tolist(), frame["entered_at"].iloc[0])
    return frame.assign(entered_at=start + np.arange(len(frame)) * _TICK)


def undo_statuses(store: Store, status_ids: list[str]) -> int:
    """Take lines back; they stay in the table, marked undone. Return how many there were."""
    change = update(TABLE).where(TABLE.c.status_id.in_(status_ids), ~TABLE.c.undone)
    with store.begin() as connection:
        return int(connection.execute(change.values(undone=True)).rowcount)


def read_statuses(tables: Reader, election: str) -> pd.DataFrame:
    """Return all rows of the table ``tps_status`` of an election, undone ones included."""
    rows = tables.read("tps_status")
    return rows[rows["tps_id"].str.startswith(f"{election}/")].reset_index(drop=True)


def import_statuses(store: Store, path: Path, election: str, dry_run: bool = False) -> ImportResult:
    """Bring a file of statuses in; bad rows go to quarantine, the good ones in one transaction.

    Parameters
    ----------
    path
        CSV or XLSX with the station (``tps_id``, or a code or names and the TPS number), a
        status, a time, and if wanted a note and the office that says so.
    election
        The election; its voting day is the day of a time that stands alone.
    dry_run
        Whether to tell what would happen and store nothing.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the file cannot be used at all.
    ParameterError
        When the election is unknown or has no register of stations.
    """
    tps = store.read("tps", schema.tps.c.election == election)
    elections = store.read("elections").set_index("election")["voting_date"]
    if tps.empty or election not in elections.index:
        known = ", ".join(store.read("tps")["election"].unique())
        raise ParameterError("election", election, f"one with a register of TPS: {known}")
    day = elections[election].date()
    rows = read_day_rows(path, _HEADINGS, [("tps_id", "tps"), ("status",), ("at",)])
    ids = read_tps(rows, store.units(), tps)
    statuses = read_each(rows, "status", status_of, "day_status_unknown")
    times = read_each(rows, "at", lambda text: parse_moment(text, day=day), "day_time_unreadable")
    for row in rows.cells.index:
        at = times[row]
        if isinstance(at, datetime) and abs(at.astimezone(zone()).date() - day) > timedelta(
            days=_DAYS_AROUND
        ):
            rows.fault(row, "at", "day_time_outside")
    office = rows.text("office").where(rows.text("office").ne(""), path.name)
    frame = pd.DataFrame(
        {
            "tps_id": ids,
            "status": pd.Series(statuses),
            "at": pd.Series(times),
            "entered_at": utc_now(),
            "office": office,
            "note": text_or_none(rows.text("note")),
            "undone": False,
        }
    )
    rows.hold(TABLE.name, frame, {"tps_id": ("tps_id", "tps", "desa", "code")})
    frame = frame.loc[rows.good]
    parts = frame[["tps_id", "status", "at", "office"]]
    keys = [_status_id(*row) for row in parts.itertuples(index=False)]
    frame = frame.assign(status_id=pd.Series(keys, index=frame.index, dtype="str"))
    return store_day_rows(store, TABLE, frame, rows, dry_run, election, settle=_one_by_one)
