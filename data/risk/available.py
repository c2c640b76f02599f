"""Bring in how many police and linmas there are, by police area."""

from __future__ import annotations

import re
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd

from data.ingest.logistics_rows import word_reader
from data.ingest.numbers import parse_count
from data.ingest.place_lookup import PlaceLookup
from data.risk.rows import (
    SAID_HEADINGS,
    OpenFile,
    RiskImport,
    Said,
    open_rows,
    read_said,
    store_rows,
)
from data.store import tables as schema
from data.store.engine import Store

HEADINGS: dict[str, tuple[str, ...]] = {
    **SAID_HEADINGS,
    "unit": (
        "satuan",
        "kesatuan",
        "polres",
        "polres/polda",
        "kode",
        "unit_code",
        "wilayah",
        "kabupaten",
        "kabupaten/kota",
        "kab/kota",
        "unit",
    ),
    "kind": ("jenis", "unsur", "kind"),
    "available": ("jumlah", "tersedia", "available", "personel", "kekuatan"),
    "polisi": ("polisi", "polri", "jumlah polisi", "police"),
    "linmas": ("linmas", "jumlah linmas"),
    "gabungan": ("gabungan", "personel gabungan"),
    "note": ("catatan", "keterangan", "note"),
}
_NEEDED = (("unit", "kind", "available"), ("unit", "polisi"), ("unit", "linmas"))
_WIDE = ("polisi", "linmas", "gabungan")
KIND_WORDS = {
    "polisi": ("polri", "police", "personel polri"),
    "linmas": ("satlinmas", "hansip"),
    "gabungan": ("personel gabungan", "tni polri linmas"),
}
_PROVINCE_POLICE = re.compile(r"^polda\b", re.IGNORECASE)
_POLICE_AREA = re.compile(r"^(?:polresta(?:bes)?|polres|polda)\b[\s.:]*", re.IGNORECASE)


def import_personnel(
    store: Store,
    path: Path | str,
    election: str,
    *,
    said: Said | None = None,
    today: date,
    dry_run: bool = False,
) -> RiskImport:
    """Import a file of strengths in one transaction.

    Parameters
    ----------
    store
        A store with the registry of one province.
    path
        CSV or XLSX: ``satuan`` (a Polres, Polda, a kabupaten or its code), and either
        ``jenis`` (polisi, linmas, gabungan) with ``jumlah``, or columns ``polisi`` and ``linmas``.
    election
        For which election they are there.
    said
        Date, agency and source of rows that name none.
    today
        No row may lie after it.
    dry_run
        Whether to tell what would happen and store nothing.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the file cannot be used at all.
    """
    said = said or Said()
    opened = open_rows(
        store, path, HEADINGS, _NEEDED, "no_personnel_columns", said, today, "personnel", election
    )
    units = _units(opened, PlaceLookup(store.units()))
    told = read_said(opened, said)
    strengths = _strengths(opened)
    frame = strengths.join(units, on="row").join(told, on="row").set_index("row")
    day = frame["date"].dt.strftime("%Y-%m-%d")
    key = election + "/" + frame["unit_code"] + "/" + frame["kind"] + "/" + day
    frame = frame.assign(
        personnel_id=key + "/" + frame["agency"],
        election=election,
        note=opened.rows.text("note").mask(lambda t: t.eq("")).reindex(frame.index),
        source_id=pd.Series(pd.NA, index=frame.index, dtype="str"),
        import_id=opened.import_id,
    )
    table = schema.risk.personnel_available
    return store_rows(store, opened, table, frame, "available", blame="unit", dry_run=dry_run)


def _units(opened: OpenFile, lookup: PlaceLookup) -> pd.Series:
    """Return the kabupaten or province that each row's police area stands for."""
    rows = opened.rows
    text = rows.text("unit")
    is_code = text.str.fullmatch(r"\d{2}(\.\d{2})?")
    is_province = text.str.match(_PROVINCE_POLICE)
    named = text.str.replace(_POLICE_AREA, "", regex=True)
    blank = pd.Series("", index=text.index, dtype="str")
    codes = lookup.each([text.where(is_code, ""), blank], lookup.codes)["code"]
    kabupaten = named.where(~is_code & ~is_province, "")
    names = lookup.each([kabupaten, blank, blank], lookup.parts)["code"]
    provinces = lookup.each([named.where(is_province, "")], lookup.provinces)["code"]
    whole = is_province & named.eq("")
    code = codes.fillna(names).fillna(provinces).mask(whole, lookup.root)
    return code.rename("unit_code")


def _strengths(opened: OpenFile) -> pd.DataFrame:
    """Return ``row``, ``kind`` and ``available``, one record per row and kind."""
    rows, parts = opened.rows, []
    count = partial(rows.read, reader=parse_count, reason="personnel_unreadable", dtype="Int64")
    if rows.has("kind") and rows.has("available"):
        kind = rows.read("kind", word_reader(KIND_WORDS), "personnel_kind_unknown")
        parts.append(pd.DataFrame({"kind": kind, "available": count("available")}))
    else:
        for name in _WIDE:
            part = pd.DataFrame({"kind": name, "available": count(name).dropna()})
            rows.hold("personnel_available", part, {"available": (name,)})
            parts.append(part)
    return pd.concat(parts).rename_axis("row").reset_index()
