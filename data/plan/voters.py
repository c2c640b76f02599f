"""Bring the voters of each TPS in from CSV or XLSX: good rows in, bad rows to quarantine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import delete, tuple_

from data.ingest.logistics_rows import (
    TPS_FIELDS,
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
from data.ingest.record import (
    ImportResult,
    earlier_faults,
    fault_keys,
    import_key,
    write_import,
    write_quarantine,
)
from data.ingest.rows import Rows, no_faults
from data.store import tables as schema
from data.store.engine import Store, Undo, read_table

TARGET = "tps_voters"
HEADINGS = {
    **TPS_HEADINGS,
    "kind": ("jenis", "jenis daftar", "daftar", "kind"),
    "male": ("laki", "laki-laki", "lk", "l", "male"),
    "female": ("perempuan", "pr", "p", "female"),
    "total": ("total", "jumlah", "jumlah pemilih", "pemilih", "voters"),
}
_KINDS = {
    "dpt": ("dpt", "daftar pemilih tetap", "tetap"),
    "dptb": ("dptb", "daftar pemilih tambahan", "tambahan", "pindah memilih", "additional"),
}
COLUMNS = ("tps_id", "kind", "male", "female", "total", "import_id")


def import_voters(
    store: Store, path: Path | str, election: str, *, dry_run: bool = False
) -> ImportResult:
    """Import a file of voters per TPS in one transaction.

    Parameters
    ----------
    store
        A store with the registry of the province and the register of TPS.
    path
        CSV or XLSX with tps_id, or a desa (name or code) and the number of the TPS; laki-laki and
        perempuan, or total; and jenis where it is another list than the DPT.
    election
        Election of the rows that name none.
    dry_run
        Whether to tell what would happen and store nothing.

    Returns
    -------
    ImportResult
        A row of a TPS and list that is there already replaces it; one that says the same is a
        duplicate.

    Raises
    ------
    FileUnreadableError, SourceMissingError
        When the file cannot be used at all; nothing is stored.
    """
    path = Path(path)
    needed = ("total",), ("male", "female")
    table = open_table(path, lambda cells: any(header_test(HEADINGS, n)(cells) for n in needed))
    total = header_test(HEADINGS, needed[0])(table.header)
    columns = map_headings(
        path, table.header, HEADINGS, needed[0] if total else needed[1], "no_voter_columns"
    )
    import_id, digest = import_key("pml", path, election)
    register = TpsRegister.of_store(store, election)
    chunks = [rows_of(chunk, columns) for chunk in table.chunks]
    read = [_read(rows, register, import_id) for rows in chunks]
    _mark_repeats(chunks, read)
    refused = [(rows, rows.faults()) for rows in chunks]
    good = pd.concat([frame[~rows.bad] for rows, frame in zip(chunks, read, strict=True)])
    faults = pd.concat([no_faults(), *(found for _, found in refused)], ignore_index=True)
    with store.begin() as connection:
        at = schema.metadata.tables[TARGET]
        new, repeated = _told_apart(good, read_table(connection, at))
        counts = (len(new), int(faults["row_number"].nunique()), len(repeated))
        before = earlier_faults(connection, import_id)
        unchanged = dry_run or (new.empty and before == fault_keys(faults))
        if unchanged:
            raise Undo
        keys = list(new[["tps_id", "kind"]].itertuples(index=False, name=None))
        connection.execute(delete(at).where(tuple_(at.c.tps_id, at.c.kind).in_(keys)))
        store.insert_frame(connection, at, new)
        write_quarantine(connection, import_id, refused)
        write_import(connection, import_id, TARGET, path, digest, counts)
    used, unused = dict(columns.used), columns.unused
    return ImportResult(
        path.name, import_id, *counts, faults, repeated, used, unused, unchanged=unchanged
    )


def _read(rows: Rows, register: TpsRegister, import_id: str) -> pd.DataFrame:
    out = pd.DataFrame(index=rows.frame.index)
    out["tps_id"] = read_tps(rows, register)
    out["kind"] = rows.read("kind", word_reader(_KINDS), "voter_kind_unknown").fillna("dpt")
    for field in ("male", "female", "total"):
        out[field] = rows.read(field, parse_integer, "voters_unreadable", "Int64")
    out["total"] = out["total"].fillna(out["male"] + out["female"])
    out["import_id"] = import_id
    rows.hold(TARGET, out, {"total": ("total", "male", "female"), "tps_id": TPS_FIELDS})
    return out[list(COLUMNS)]


def _mark_repeats(chunks: list[Rows], read: list[pd.DataFrame]) -> None:
    """Refuse every row of a TPS and list that the file has more than once."""
    if not read:
        return
    whole = pd.concat(read)
    twice = whole["tps_id"].notna() & whole.duplicated(["tps_id", "kind"], keep=False)
    at = np.split(twice.to_numpy(), np.cumsum([len(frame) for frame in read])[:-1])
    for rows, where in zip(chunks, at, strict=True):
        field = "tps_id" if rows.has("tps_id") else "tps"
        rows.fault(field, where & ~rows.bad, "voters_twice")


def _told_apart(good: pd.DataFrame, there: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows that say something new, and those that say what is there already."""
    said = ["tps_id", "kind", "male", "female", "total"]
    rows, stored = (f[said].astype("object").where(f[said].notna(), None) for f in (good, there))
    known = set(stored.itertuples(index=False, name=None))
    again = np.array([row in known for row in rows.itertuples(index=False, name=None)], dtype=bool)
    repeated = pd.DataFrame(
        {"row_number": good.index[again], "of_report": good.loc[again, "tps_id"].array}
    )
    return good[~again], repeated
