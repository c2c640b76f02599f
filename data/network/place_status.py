"""State of piers, warehouses, desa and roads: from a file or one by one from a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from sqlalchemy import delete

from data.ingest.columns import Need, plain_heading
from data.ingest.context import Context
from data.ingest.kind import DAY, INTEGER, Field, Kind, words
from data.ingest.rows import Rows
from data.store import frames as bulk
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
    """What is told of a pier, landing, warehouse or desa, or of a road (see `road_id`).

    ``largest_boxes`` limits trucks, ``largest_vessel`` boats; it holds from ``date_from`` to
    ``date_until``, both included, or without end where one is None.
    """

    place_id: str
    status: str
    as_of: date
    largest_vessel: str | None = None
    note: str | None = None
    source_text: str | None = None
    largest_boxes: int | None = None
    date_from: date | None = None
    date_until: date | None = None
    source_url: str | None = None


_BETWEEN = "~"


def road_id(one: str, other: str) -> str:
    """Return the key of the road between two places, the same either way round."""
    return _BETWEEN.join(sorted((one, other)))


def ends_of(place_id: str) -> tuple[str, ...]:
    """Return the places of a key: one, or the two ends of a road."""
    return tuple(place_id.split(_BETWEEN))


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
    with store.begin("network.status") as connection:
        store.replace(connection, TABLE, frame, TABLE.c.place_id == told.place_id)


def forget_status(store: Store, place_id: str) -> None:
    """Take back what is told of a place: it is not known again."""
    with store.begin("network.status") as connection:
        connection.execute(delete(TABLE).where(TABLE.c.place_id == place_id))


def _by_name(names: Mapping[str, str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for place, name in names.items():
        for key in {plain_heading(place), plain_heading(name)}:
            found[key] = None if key in found else place  # a name of two places means neither
    return found


def _build(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    piers, desa = (_by_name(context.given(key)) for key in ("places", "desa"))

    def place(text: str) -> str | None:
        key = plain_heading(text)
        return piers[key] if key in piers else desa.get(key)

    start, end = (rows.read(name, place, "pier_unknown") for name in ("place_id", "to_id"))
    rows.fault("to_id", start.eq(end).fillna(False).to_numpy(dtype=bool), "place_twice_in_leg")
    both = start.notna() & end.notna() & start.ne(end)
    ends = [road_id(a, b) if two else a for a, b, two in zip(start, end, both, strict=True)]
    find = pd.Series(ends, index=start.index, dtype="str")
    there = context.read(TARGET).set_index("place_id")["as_of"]
    older = frame["as_of"].to_numpy() < there.reindex(find).to_numpy()
    rows.fault("as_of", np.asarray(older, dtype=bool), "place_older")
    return frame.assign(place_id=find)


PLACE_STATUS = Kind(
    name="place-status",
    table=TABLE,
    fields=(
        Field("place_id", None, example="{pier}"),
        Field("to_id", None, example="-"),
        Field("status", words(_STATES, "place_state_unknown")),
        Field("as_of", DAY),
        Field("largest_vessel", words(dict.fromkeys(VESSEL_CLASSES, ()), "vessel_unknown")),
        Field("largest_boxes", INTEGER, example="-"),
        *(Field(name, DAY, example="-") for name in ("date_from", "date_until")),
        Field("note"),
        *(Field(name) for name in ("source_text", "source_url")),
    ),
    needs=(Need((("place_id", "status", "as_of"),)),),
    build=_build,
    twice="place_twice",
)
"""A row corrects what is reported of its place or road, unless it is older than that.

``given["places"]`` holds the name of each pier, landing and warehouse by id, ``given["desa"]`` that
of each desa, which a name means only where no pier, landing or warehouse has it.
"""
