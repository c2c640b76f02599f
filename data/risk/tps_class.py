"""Bring the police register in: the class of each TPS since a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from data.ingest.logistics_rows import word_reader
from data.ingest.place_lookup import PlaceLookup
from data.risk.rows import (
    PLACE_HEADINGS,
    SAID_HEADINGS,
    RiskImport,
    Said,
    TpsRegister,
    open_rows,
    read_said,
    read_targets,
    store_rows,
)
from data.store import tables as schema
from data.store.engine import Store

HEADINGS: dict[str, tuple[str, ...]] = {
    **PLACE_HEADINGS,
    **SAID_HEADINGS,
    "kelas": (
        "kelas",
        "kelas tps",
        "kelas_resmi",
        "kategori",
        "kerawanan",
        "tingkat kerawanan",
        "kategori kerawanan",
        "class",
    ),
}
_NEEDED = (("kelas", "tps_id"), ("kelas", "desa"), ("kelas", "code"))
WORDS: dict[str, tuple[str, ...]] = {
    "kurang_rawan": ("kurang rawan", "kurang-rawan", "krg rawan", "kr", "tps kurang rawan"),
    "rawan": ("rawan", "r", "tps rawan"),
    "sangat_rawan": ("sangat rawan", "sgt rawan", "sr", "tps sangat rawan"),
    "khusus": ("khusus", "k", "tps khusus"),
}
"""What the registers write for each class. "Aman", "rawan I" and the like are none of the four."""
_KPU_WORDS = ("lokasi khusus", "tps lokasi khusus", "lokus", "tps lokus", "loksus")


def import_tps_class(
    store: Store,
    path: Path | str,
    election: str,
    *,
    said: Said | None = None,
    today: date,
    dry_run: bool = False,
) -> RiskImport:
    """Import a file of the police register in one transaction.

    Parameters
    ----------
    store
        A store with the registry of one province.
    path
        CSV or XLSX: ``kelas``, and ``tps_id`` or a desa (name or code) with its TPS number;
        ``tanggal``, ``instansi`` and ``sumber`` where the rows say so themselves.
    election
        Whose TPS these are.
    said
        Date, agency and source of rows that name none.
    today
        No row may lie after it.
    dry_run
        Whether to tell what would happen and store nothing.

    Returns
    -------
    RiskImport
        Another class for the same TPS and day stands in place of the earlier one.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the file cannot be used at all.
    """
    said = said or Said()
    opened = open_rows(
        store, path, HEADINGS, _NEEDED, "no_class_columns", said, today, "tps_class", election
    )
    rows = opened.rows
    register = TpsRegister.of(store, election)
    places = read_targets(rows, PlaceLookup(store.units()), register, whole_desa=False)
    lokasi = rows.text("kelas").map(word_reader({"lokasi_khusus": _KPU_WORDS})).notna().to_numpy()
    rows.fault("kelas", lokasi, "kelas_is_lokasi_khusus")
    read = word_reader({**WORDS, "lokasi_khusus": _KPU_WORDS})
    kelas = rows.read("kelas", read, "kelas_unknown")
    told = read_said(opened, said)
    frame = pd.DataFrame(
        {
            "tps_id": places["tps_id"],
            "date": told["date"],
            "kelas": kelas,
            "agency": told["agency"],
            "source_text": told["source_text"],
            "import_id": opened.import_id,
        }
    )
    return store_rows(
        store, opened, schema.risk.tps_class, frame, "kelas", blame="kelas", dry_run=dry_run
    )
