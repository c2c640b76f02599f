"""Procurement: what is published and shipped, its rows in the store, imports from CSV and XLSX."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import Connection, and_, delete

from data.errors import SchemaError, SourceMissingError
from data.ingest.columns import Need
from data.ingest.context import Context
from data.ingest.kind import DAY, INTEGER, Field, Kind, words
from data.ingest.places import read_elections, read_units
from data.ingest.rows import Rows
from data.paths import shipped_dir
from data.store import frames as bulk
from data.store import tables as schema
from data.store.engine import Reader, Store
from data.store.rules import check, validate
from data.store.rules_logistics import PROCUREMENT_ITEMS, PROCUREMENT_STAGES

TABLE = schema.logistics.procurement
KEY = ("election", "item", "kabupaten_code", "stage")
COLUMNS = tuple(column.name for column in TABLE.columns)
_FACTS = "procurement.csv"


def shipped_procurement() -> pd.DataFrame:
    """Return what was published about procurement: rows of the table, the page as ``source``.

    Raises
    ------
    SourceMissingError
        When the file is not there.
    SchemaError
        When it does not fit the table.
    """
    path = shipped_dir() / _FACTS
    if not path.exists():
        raise SourceMissingError(path)
    raw = pd.read_csv(path, dtype="str").rename(columns={"source_url": "source"})
    rows = bulk.rows_of(TABLE, raw.to_dict("records"))
    if faults := check(TABLE.name, rows):
        raise SchemaError(path.name, faults)
    return rows


def procurement_rows(tables: Reader, election: str) -> pd.DataFrame:
    """Return the rows of an election: those of the store, and published ones beside them.

    ``published`` tells which are facts that ship; a row of the store stands in their place.
    """
    own = tables.read(TABLE.name)
    own = own[own["election"].eq(election)]
    facts = shipped_procurement()
    facts = facts[facts["election"].eq(election)]
    taken = pd.MultiIndex.from_frame(own[list(KEY)])
    facts = facts[~pd.MultiIndex.from_frame(facts[list(KEY)]).isin(taken)]
    return pd.concat([own.assign(published=False), facts.assign(published=True)], ignore_index=True)


def put_rows(connection: Connection, rows: pd.DataFrame) -> None:
    """Put ``rows``, as of `typed_rows`, in place of those with the same key."""
    for key in rows[list(KEY)].itertuples(index=False):
        same = and_(*(TABLE.c[name] == value for name, value in zip(KEY, key, strict=True)))
        connection.execute(delete(TABLE).where(same))
    bulk.insert_frame(connection, TABLE, rows)


def save_row(store: Store, record: dict[str, Any]) -> None:
    """Put one row in place of that with the same key.

    Raises
    ------
    SchemaError
        With every fault; nothing is stored then.
    """
    rows = bulk.rows_of(TABLE, [record])
    validate(TABLE.name, rows)
    with store.begin("procurement.write") as connection:
        put_rows(connection, rows)


def drop_row(store: Store, key: dict[str, str]) -> None:
    """Take the row of a key out of the store; a published fact in its place shows again."""
    same = and_(*(TABLE.c[name] == key[name] for name in KEY))
    with store.begin("procurement.write") as connection:
        connection.execute(delete(TABLE).where(same))


_ITEMS = {
    "surat_suara_ppwp": ("surat suara presiden", "ppwp"),
    "surat_suara_dpr": ("surat suara dpr ri", "dpr ri"),
    "surat_suara_dpd": ("dpd",),
    "surat_suara_dprd_provinsi": ("dprd provinsi",),
    "surat_suara_dprd_kabupaten": ("surat suara dprd kabupaten/kota", "surat suara dprd kota"),
    "surat_suara_gubernur": ("gubernur",),
    "surat_suara_bupati": ("surat suara walikota", "bupati"),
    "kotak": ("kotak suara", "box"),
    "bilik": ("bilik suara", "booth"),
    "pengikat": ("kabel ties", "cable ties", "pengikat kabel"),
    "segel": ("seal",),
}
_STAGES = {
    "sortir_lipat": ("sortir", "sortir & lipat", "sortir dan lipat"),
    "rusak_kurang": ("rusak", "kurang", "rusak dan kurang"),
    "pengganti": ("penggantian",),
    "set_tps": ("set per tps", "pengesetan", "setting", "packing"),
    "segel": ("penyegelan", "disegel"),
}


def _build(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    return frame.assign(
        election=read_elections(rows, context), kabupaten_code=read_units(rows, context)["code"]
    )


PROCUREMENT = Kind(
    name="procurement",
    table=TABLE,
    fields=(
        Field("election", None),
        Field("item", words({i: _ITEMS.get(i, ()) for i in PROCUREMENT_ITEMS}, "item_unknown")),
        Field("kabupaten", None, example="{kabupaten}"),
        Field("code", None),
        Field(
            "stage",
            words({s: _STAGES.get(s, ()) for s in PROCUREMENT_STAGES}, "procurement_stage_unknown"),
        ),
        Field("planned_date", DAY, example="-"),
        Field("actual_date", DAY),
        Field("planned_count", INTEGER),
        Field("actual_count", INTEGER, example="-"),
        Field("note"),
        Field("source"),
    ),
    needs=(Need((("item", "stage"),)), Need((("kabupaten",), ("code",)), "no_place_column")),
    build=_build,
    blame={
        "kabupaten_code": ("kabupaten", "code"),
        "planned_date": ("actual_date", "planned_date"),
    },
    options=("election", "scheme"),
)
"""A row of an item, kabupaten and stage that is there already corrects it."""
