"""The kind of import that brings the voters of each TPS."""

from __future__ import annotations

import pandas as pd

from data.ingest.columns import Need
from data.ingest.context import Context
from data.ingest.kind import INTEGER, Field, Kind, words
from data.ingest.places import TPS_FIELDS, TPS_NAMES, TPS_NEED, read_tps
from data.ingest.rows import Rows
from data.store import tables as schema

_LISTS = {
    "dpt": ("daftar pemilih tetap", "tetap"),
    "dptb": ("daftar pemilih tambahan", "tambahan", "pindah memilih", "additional"),
}


def _build(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    total = frame["total"].fillna(frame["male"] + frame["female"])
    return frame.assign(tps_id=read_tps(rows, context)["tps_id"], total=total)


VOTERS = Kind(
    name="voters",
    table=schema.metadata.tables["tps_voters"],
    fields=(
        *TPS_FIELDS,
        Field("kind", words(_LISTS, "voter_kind_unknown"), "dpt"),
        *(
            Field(name, INTEGER, reason="voters_unreadable", example=example)
            for name, example in (("male", "110"), ("female", "105"), ("total", "215"))
        ),
    ),
    needs=(TPS_NEED, Need((("total",), ("male", "female")))),
    build=_build,
    blame={"total": ("total", "male", "female"), "tps_id": TPS_NAMES},
    twice="voters_twice",
    options=("election", "scheme"),
)
"""A row of a TPS and list that is there already corrects it."""
