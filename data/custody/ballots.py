"""The kind of file that says what was packed for each TPS: read and checked, never stored."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Column, Integer, MetaData, Table, Text

from data.ingest.columns import Need
from data.ingest.context import Context
from data.ingest.kind import Field, Kind, Type, words
from data.ingest.places import TPS_FIELDS, TPS_NEED, read_tps
from data.ingest.rows import Rows
from data.ingest.values.numbers import parse_integer

_CONTESTS = {
    "ppwp": ("presiden", "presiden dan wakil presiden"),
    "dpr": ("dpr ri",),
    "dpd": ("dpd ri",),
    "dprd_provinsi": ("dprd prov",),
    "dprd_kabupaten": ("dprd kab", "dprd kota", "dprd kabupaten/kota"),
    "gubernur": ("pilgub",),
    "bupati": ("wali kota", "walikota", "pilbup", "pilwako"),
}
_MOST = 5000
COLUMNS = ("tps_id", "contest", "packed", "dapil_due", "dapil_packed")


def _count(text: str) -> int | None:
    value = parse_integer(text)
    return value if value is not None and 0 <= value <= _MOST else None


def _build(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    out = frame.assign(tps_id=read_tps(rows, context)["tps_id"])[list(COLUMNS)]
    rows.fault("contest", ~rows.filled("contest"), "required")
    again = out["tps_id"].notna() & out.duplicated(["tps_id", "contest"])
    rows.fault("contest", again.to_numpy() & ~rows.bad, "packed_twice")
    return out


_DAPIL = Type("text", lambda text: " ".join(text.upper().split()), "required")
PACKED = Kind(
    name="ballots",
    table=Table(
        "packed_ballots",
        MetaData(),
        *(Column(name, Text, primary_key=True) for name in COLUMNS[:2]),
        Column("packed", Integer),
        *(Column(name, Text) for name in COLUMNS[3:]),
    ),
    fields=(
        *TPS_FIELDS,
        Field("contest", words(_CONTESTS, "contest_unknown")),
        Field("packed", Type("integer", _count, "packed_unreadable", "Int64", "220")),
        Field("dapil_due", _DAPIL),
        Field("dapil_packed", _DAPIL),
    ),
    needs=(TPS_NEED, Need((("contest", "packed"),))),
    build=_build,
    options=("election", "scheme"),
)
"""Of no table of the store. ``packed`` missing: not counted yet."""
