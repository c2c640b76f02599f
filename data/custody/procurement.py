"""Procurement: what is published and shipped, its rows in the store, imports from CSV and XLSX."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, and_, delete

from data.errors import SchemaError, SourceMissingError
from data.ingest.logistics_rows import (
    header_test,
    map_headings,
    read_elections,
    read_places,
    rows_of,
    word_reader,
)
from data.ingest.numbers import parse_integer
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
from data.paths import shipped_dir
from data.store import engine as bulk
from data.store import tables as schema
from data.store.engine import Reader, Store, Undo
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
    with store.begin() as connection:
        put_rows(connection, rows)


def drop_row(store: Store, key: dict[str, str]) -> None:
    """Take the row of a key out of the store; a published fact in its place shows again."""
    same = and_(*(TABLE.c[name] == key[name] for name in KEY))
    with store.begin() as connection:
        connection.execute(delete(TABLE).where(same))


TARGET = "procurement"
HEADINGS = {
    "election": ("pemilu", "election"),
    "item": ("barang", "jenis barang", "item"),
    "code": ("kode kabupaten", "kabupaten_code", "kode", "kode kemendagri"),
    "kabupaten": ("kabupaten", "kabupaten/kota", "kabkota", "kab/kota"),
    "stage": ("tahap", "stage"),
    "planned_date": ("rencana", "tanggal rencana", "planned_date"),
    "actual_date": ("tanggal", "realisasi", "tanggal realisasi", "actual_date"),
    "planned_count": ("jumlah rencana", "kebutuhan", "planned_count"),
    "actual_count": ("jumlah", "jumlah realisasi", "actual_count"),
    "note": ("catatan", "keterangan", "note"),
    "source": ("sumber", "source", "source_url"),
}
_NEEDED = ("item", "stage")
_ITEMS = {
    "surat_suara_ppwp": ("surat suara ppwp", "surat suara presiden", "ppwp"),
    "surat_suara_dpr": ("surat suara dpr", "surat suara dpr ri", "dpr ri"),
    "surat_suara_dpd": ("surat suara dpd", "dpd"),
    "surat_suara_dprd_provinsi": ("surat suara dprd provinsi", "dprd provinsi"),
    "surat_suara_dprd_kabupaten": (
        "surat suara dprd kabupaten",
        "surat suara dprd kabupaten/kota",
        "surat suara dprd kota",
    ),
    "surat_suara_gubernur": ("surat suara gubernur", "gubernur"),
    "surat_suara_bupati": ("surat suara bupati", "surat suara walikota", "bupati"),
    "kotak": ("kotak suara", "box"),
    "bilik": ("bilik suara", "booth"),
    "pengikat": ("kabel ties", "cable ties", "pengikat kabel"),
    "segel": ("segel", "seal"),
}
_STAGES = {
    "sortir_lipat": ("sortir", "sortir & lipat", "sortir dan lipat"),
    "rusak_kurang": ("rusak", "kurang", "rusak/kurang", "rusak dan kurang"),
    "pengganti": ("penggantian",),
    "set_tps": ("set per tps", "pengesetan", "setting", "packing"),
    "segel": ("penyegelan", "disegel"),
}


def import_procurement(store: Store, path: Path | str, election: str) -> ImportResult:
    """Import a file about procurement in one transaction; rows of a known key are replaced.

    Parameters
    ----------
    store
        A store with the registry of the province.
    path
        CSV or XLSX with the columns barang, tahap and kabupaten (name or code), and dates and
        counts as in `HEADINGS`.
    election
        Election of the rows that name none.

    Returns
    -------
    ImportResult
        Rows that say what is stored already are duplicates.

    Raises
    ------
    FileUnreadableError, SourceMissingError
        When the file cannot be used at all; nothing is stored.
    """
    path = Path(path)
    table = open_table(path, header_test(HEADINGS, _NEEDED))
    columns = map_headings(path, table.header, HEADINGS, _NEEDED, "no_procurement_columns")
    import_id, digest = import_key("prc", path, election)
    lookup = PlaceLookup(store.units())
    known = tuple(store.read("elections")["election"])
    raw = [rows_of(chunk, columns) for chunk in table.chunks]
    read = [(rows, _read(rows, lookup, known, election, import_id)) for rows in raw]
    _twice(read)
    good = pd.concat([frame[~rows.bad] for rows, frame in read])
    refused = [(rows, rows.faults()) for rows in raw]
    faults = pd.concat([no_faults(), *(found for _, found in refused)], ignore_index=True)
    with store.begin() as connection:
        stored = bulk.read_table(connection, TABLE)
        said = [c for c in COLUMNS if c != "import_id"]
        same = pd.MultiIndex.from_frame(good[said].astype("str")).isin(
            pd.MultiIndex.from_frame(stored[said].astype("str"))
        )
        new = good[~same]
        repeated = pd.DataFrame({"row_number": good.index[same], "of_report": ""})
        before = earlier_faults(connection, import_id)
        unchanged = new.empty and before == fault_keys(faults)
        counts = (len(new), int(faults["row_number"].nunique()), len(repeated))
        if unchanged:
            raise Undo
        put_rows(connection, new)
        write_quarantine(connection, import_id, refused)
        write_import(connection, import_id, TARGET, path, digest, counts)
    used, unused = dict(columns.used), columns.unused
    return ImportResult(
        path.name, import_id, *counts, faults, repeated, used, unused, unchanged=unchanged
    )


def _twice(read: list[tuple[Rows, pd.DataFrame]]) -> None:
    """Note keys that several rows of the file give: which of them is meant, nobody can tell."""
    keys = pd.concat([frame.loc[~rows.bad, list(KEY)] for rows, frame in read])
    doubled = keys.index[keys.duplicated(keep=False)]
    for rows, frame in read:
        rows.fault("stage", frame.index.isin(doubled), "key_twice")


def _read(
    rows: Rows, lookup: PlaceLookup, known: tuple[str, ...], election: str, import_id: str
) -> pd.DataFrame:
    """Return one row of the table per row of the file, and note what is wrong."""
    out = pd.DataFrame(index=rows.frame.index)
    out["election"] = read_elections(rows, known, election)
    items = word_reader({item: _ITEMS.get(item, ()) for item in PROCUREMENT_ITEMS})
    stages = word_reader({stage: _STAGES.get(stage, ()) for stage in PROCUREMENT_STAGES})
    out["item"] = rows.read("item", items, "item_unknown")
    out["stage"] = rows.read("stage", stages, "procurement_stage_unknown")
    out["kabupaten_code"] = read_places(rows, lookup)
    for field in ("planned_date", "actual_date"):
        dates = rows.read_dates(field)
        coarse = dates["end"].notna() | (dates["value"].notna() & dates["precision"].ne("day"))
        rows.fault(field, coarse.to_numpy(), "date_unreadable")
        out[field] = dates["value"]
    for field in ("planned_count", "actual_count"):
        out[field] = rows.read(field, parse_integer, "count_unreadable", "Int64")
    for field in ("note", "source"):
        out[field] = rows.read(field, lambda text: " ".join(text.split()), "required")
    rows.hold(
        TARGET,
        out,
        {"kabupaten_code": ("kabupaten", "code"), "planned_date": ("actual_date", "planned_date")},
    )
    return out.assign(import_id=import_id)[list(COLUMNS)]
