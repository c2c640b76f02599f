"""What is heard of polling stations on voting day: written one by one, or from a file."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime
from hashlib import blake2b
from uuid import uuid4

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select, update

from data.clock import utc_now
from data.ingest.columns import Need
from data.ingest.context import Context
from data.ingest.kind import Field, Kind, Type
from data.ingest.places import TPS_FIELDS, TPS_NAMES, TPS_NEED, read_tps
from data.ingest.rows import Rows
from data.province import zone
from data.store import tables as schema
from data.store.engine import Reader, Store
from data.store.frames import typed
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
    with store.begin("hari_h.write") as connection:
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
    with store.begin("hari_h.write") as connection:
        return int(connection.execute(change.values(undone=True)).rowcount)


def read_statuses(tables: Reader, election: str) -> pd.DataFrame:
    """Return all rows of the table ``tps_status`` of an election, undone ones included."""
    rows = tables.read("tps_status")
    return rows[rows["tps_id"].str.startswith(f"{election}/")].reset_index(drop=True)


def _build(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    election = context.options.election
    if election not in context.register.elections or election not in context.elections:
        known = ", ".join(sorted(context.register.elections))
        raise ParameterError("election", election, f"one with a register of TPS: {known}")
    voting = context.read("elections").set_index("election")["voting_date"][election].date()
    tps = read_tps(rows, context)
    other = tps["election"].ne(election).to_numpy()
    rows.fault("election", other, "tps_of_other_election")
    unanswered = rows.raw("status").str.strip().eq("-")  # elsewhere a mark of nothing
    out = frame.assign(
        tps_id=tps["tps_id"],
        status=frame["status"].mask(unanswered, "belum_menjawab"),
        at=_times(rows, voting),
        entered_at=pd.Timestamp(context.options.now),
        office=frame["office"].fillna(context.path.name),
        undone=False,
    )
    good = out[~rows.bad & out[["tps_id", "status", "at"]].notna().all(axis=1)]
    parts = good[["tps_id", "status", "at", "office"]]
    keys = [_status_id(*row) for row in parts.itertuples(index=False)]
    ids = pd.Series(keys, index=good.index, dtype="str").reindex(out.index)
    return out.assign(status_id=ids)


def _times(rows: Rows, voting: date) -> pd.Series:
    """Return the moment of each row in UTC; a clock alone is of the day beside it, or of voting."""
    clocks, days = rows.text("at"), rows.text("day")
    texts = (days + " " + clocks).where(days.ne("") & clocks.ne(""), clocks)
    read = rows.moment_reader("at", day=voting)
    at = pd.to_datetime(texts.map({one: read(one) for one in texts.unique() if one}), utc=True)
    rows.fault("at", (texts.ne("") & at.isna()).to_numpy(), "day_time_unreadable")
    apart = at.dt.tz_convert(zone()).dt.tz_localize(None).dt.normalize() - pd.Timestamp(voting)
    rows.fault("at", apart.abs().gt(pd.Timedelta(days=_DAYS_AROUND)).to_numpy(), "day_time_outside")
    return at


HARI_H = Kind(
    name="hari-h",
    table=TABLE,
    fields=(
        *TPS_FIELDS,
        Field(
            "status", Type("words", status_of, "day_status_unknown", "str", "buka", STATUS_WORDS)
        ),
        Field("at", None, example="07.15"),
        Field("day", None),
        Field("office"),
        Field("note"),
    ),
    needs=(TPS_NEED, Need((("status",),)), Need((("at",),))),
    build=_build,
    unsaid=("entered_at", "undone"),
    made=("status_id",),
    blame={"tps_id": TPS_NAMES, "status_id": ("status",)},
    settle=_one_by_one,
    options=("election", "scheme"),
)
"""A row that says what is heard already is a duplicate; with another note it corrects that."""
