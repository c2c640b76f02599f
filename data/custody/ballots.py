"""What was packed for each TPS, from CSV or XLSX: read and checked, never stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.ingest.logistics_rows import (
    TPS_HEADINGS,
    TpsRegister,
    header_test,
    map_headings,
    read_tps,
    rows_of,
    word_reader,
)
from data.ingest.numbers import parse_integer
from data.ingest.readers import open_table
from data.ingest.rows import Rows, no_faults
from data.store.engine import Store

HEADINGS = {
    **TPS_HEADINGS,
    "contest": ("jenis surat suara", "surat suara", "pemilihan", "contest"),
    "packed": ("dikemas", "jumlah dikemas", "packed"),
    "dapil_due": ("dapil", "dapil tps", "dapil_due"),
    "dapil_packed": ("dapil dikemas", "dapil surat suara", "dapil_packed"),
}
_CONTEST_WORDS = {
    "ppwp": ("presiden", "presiden dan wakil presiden"),
    "dpr": ("dpr ri",),
    "dpd": ("dpd ri",),
    "dprd_provinsi": ("dprd prov",),
    "dprd_kabupaten": ("dprd kab", "dprd kota", "dprd kabupaten/kota"),
    "gubernur": ("pilgub",),
    "bupati": ("wali kota", "walikota", "pilbup", "pilwako"),
}
_NEEDED = ("contest", "packed")
_MOST = 5000
COLUMNS = ("tps_id", "contest", "packed", "dapil_due", "dapil_packed")


def read_packed(store: Store, path: Path, election: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the bundles of a file, and what was refused of it.

    Parameters
    ----------
    path
        CSV or XLSX with the TPS (tps_id, or desa and number), jenis surat suara, dikemas, and
        dapil and dapil dikemas where the contest has electoral districts.

    Returns
    -------
    DataFrame
        ``tps_id``, ``contest``, ``packed`` (missing: not counted yet), ``dapil_due``,
        ``dapil_packed``.
    DataFrame
        Faults by row, as `data.ingest.rows.FAULT_COLUMNS`.
    """
    table = open_table(path, header_test(HEADINGS, _NEEDED))
    columns = map_headings(path, table.header, HEADINGS, _NEEDED, "no_packed_columns")
    register = TpsRegister.of_store(store, election)
    parts, faults = [], [no_faults()]
    seen: set[tuple[str, str]] = set()
    for chunk in table.chunks:
        rows = rows_of(chunk, columns)
        frame = _read(rows, register)
        keys = list(frame[["tps_id", "contest"]].itertuples(index=False, name=None))
        again = frame.duplicated(["tps_id", "contest"]).to_numpy() | np.array(
            [key in seen for key in keys], dtype=bool
        )
        rows.fault("contest", again & ~rows.bad, "packed_twice")
        seen |= set(keys)
        parts.append(frame[~rows.bad])
        faults.append(rows.faults())
    return pd.concat(parts, ignore_index=True), pd.concat(faults, ignore_index=True)


def _read(rows: Rows, register: TpsRegister) -> pd.DataFrame:
    out = pd.DataFrame(index=rows.frame.index)
    out["tps_id"] = read_tps(rows, register)
    out["contest"] = rows.read("contest", word_reader(_CONTEST_WORDS), "contest_unknown")
    rows.fault("contest", ~rows.filled("contest"), "required")
    out["packed"] = rows.read("packed", _count, "packed_unreadable", "Int64")
    for field in ("dapil_due", "dapil_packed"):
        out[field] = rows.read(field, lambda text: " ".join(text.upper().split()), "required")
    return out[list(COLUMNS)]


def _count(text: str) -> int | None:
    value = parse_integer(text)
    return value if value is not None and 0 <= value <= _MOST else None
