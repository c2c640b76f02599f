"""State of piers and warehouses: from a file or one by one from a form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from sqlalchemy import delete

from data.ingest.columns import Need, plain_heading
from data.ingest.context import Context
from data.ingest.kind import DAY, Field, Kind, words
from data.ingest.rows import Rows
from data.store import engine as bulk
from data.store import tables as schema
from data.store.engine import Reader, Store
from data.store.rules import validate
from data.vocabulary import VESSEL_CLASSES

TARGET = "place_status"
_STATES = {
    "tidak_diketahui": ("belum diketahui", "unknown"),
    "buka": ("dibuka", "open"),
    "terbatas": ("dibatasi", "limited"),
    "tutup": ("ditutup", "closed"),
}
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


def _build(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    by_name: dict[str, str | None] = {}
    for place, name in context.given("places").items():
        for key in {plain_heading(place), plain_heading(name)}:
            by_name[key] = None if key in by_name else place  # a name of two places means neither
    find = rows.read("place_id", lambda text: by_name.get(plain_heading(text)), "pier_unknown")
    there = context.read(TARGET).set_index("place_id")["as_of"]
    older = frame["as_of"].to_numpy() < there.reindex(find).to_numpy()
    rows.fault("as_of", np.asarray(older, dtype=bool), "place_older")
    return frame.assign(place_id=find)


PLACE_STATUS = Kind(
    name="place-status",
    table=TABLE,
    fields=(
        Field("place_id", None, example="{pier}"),
        Field("status", words(_STATES, "place_state_unknown")),
        Field("as_of", DAY),
        Field("largest_vessel", words(dict.fromkeys(VESSEL_CLASSES, ()), "vessel_unknown")),
        Field("note"),
        Field("source_text"),
    ),
    needs=(Need((("place_id", "status", "as_of"),)),),
    build=_build,
    twice="place_twice",
)
"""A row corrects what is reported of its place, unless it is older than that.

``given["places"]`` holds the name of each pier, landing and warehouse by id.
"""
