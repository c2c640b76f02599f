"""Re-votes, recounts and disputes: kept one by one, or brought in from a file."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import delete

from data.errors import SchemaError
from data.ingest.day_files import (
    PLACE_HEADINGS,
    DayRows,
    read_day_rows,
    read_each,
    read_units,
    store_day_rows,
    text_or_none,
)
from data.ingest.parse import parse_day
from data.ingest.record import ImportResult
from data.store import tables as schema
from data.store.engine import Store, rows_of
from data.store.references import check_references
from data.store.rules import check

TABLE = schema.risk.disputes
DATES = ("recommended_date", "decided_date", "legal_deadline", "held_date")
_KIND_WORDS = {
    "psu": "psu",
    "pemungutan suara ulang": "psu",
    "re-vote": "psu",
    "hitung_ulang": "hitung_ulang",
    "hitung ulang": "hitung_ulang",
    "recount": "hitung_ulang",
    "penghitungan ulang": "hitung_ulang",
    "sengketa": "sengketa",
    "dispute": "sengketa",
    "phpu": "sengketa",
}
_HEADINGS = {
    **PLACE_HEADINGS,
    "dispute_id": ("dispute_id", "id", "nomor_perkara"),
    "election": ("election", "pemilihan"),
    "kind": ("kind", "jenis"),
    "recommended_date": (
        "recommended_date",
        "recommended",
        "direkomendasikan",
        "tanggal_rekomendasi",
    ),
    "decided_date": ("decided_date", "decided", "diputuskan", "tanggal_putusan"),
    "legal_deadline": ("legal_deadline", "deadline", "tenggat", "batas_waktu"),
    "legal_basis": ("legal_basis", "dasar_hukum", "dasar"),
    "held_date": ("held_date", "held", "dilaksanakan", "tanggal_pelaksanaan"),
    "result": ("result", "hasil"),
    "note": ("note", "catatan", "keterangan"),
    "source_text": ("source_text", "sumber", "source", "source_url"),
}


def save_dispute(store: Store, row: dict[str, Any]) -> None:
    """Keep one dispute, in place of the one with its id.

    Parameters
    ----------
    store
        The store; readers are told by its counter of records only.
    row
        Values by column; what is missing is empty.

    Raises
    ------
    SchemaError
        With everything that does not fit: words, units, the order of dates, a deadline without
        its legal basis.
    """
    frame = rows_of(TABLE, [row])
    faults = check("disputes", frame)
    if not faults:
        others = {name: store.read(name) for name in ("units", "sources", "elections")}
        faults = check_references({**others, "disputes": frame}) + _tps_faults(store, frame)
    if faults:
        raise SchemaError("disputes", faults)
    with store.begin() as connection:
        connection.execute(delete(TABLE).where(TABLE.c.dispute_id == row["dispute_id"]))
        store.insert_frame(connection, TABLE, frame)


def _tps_faults(store: Store, frame: pd.DataFrame) -> list[str]:
    """Hold that a station is in the register, where its election has one."""
    tps_id, election = frame["tps_id"].iloc[0], frame["election"].iloc[0]
    if not isinstance(tps_id, str):
        return []
    known = set(store.read("tps", schema.tps.c.election == election)["tps_id"])
    if not known or tps_id in known:
        return []
    return [f"tps_id {tps_id!r}, expected a row of tps"]


def dispute_id(election: str, kind: str, unit_code: str, tps_id: str | None) -> str:
    """Return a key made of what a dispute is about."""
    said = "|".join((election, kind, unit_code, tps_id or ""))
    return f"dsp-{blake2b(said.encode(), digest_size=6).hexdigest()}"


def import_disputes(store: Store, path: Path, dry_run: bool = False) -> ImportResult:
    """Bring a file of disputes in; bad rows go to quarantine.

    Parameters
    ----------
    path
        CSV or XLSX with election, kind, a code or names of the unit, a TPS number if wanted, and
        the dates. A row of a known id or about the same matter is left as it is.
    dry_run
        Whether to tell what would happen and store nothing.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the file cannot be used at all.
    """
    rows = read_day_rows(path, _HEADINGS, [("election",), ("kind",), ("code", "kabupaten")])
    units = read_units(rows, store.units())
    known = set(store.read("elections")["election"])
    values: dict[str, Any] = {
        "election": read_each(
            rows, "election", lambda t: t if t in known else None, "dispute_election_unknown"
        ),
        "kind": read_each(
            rows, "kind", lambda t: _KIND_WORDS.get(t.lower()), "dispute_kind_unknown"
        ),
        **{name: read_each(rows, name, parse_day, "dispute_date_unreadable") for name in DATES},
    }
    tps = _stations(rows, units, values["election"], set(store.read("tps")["tps_id"]))
    frame = pd.DataFrame(
        {
            **{name: pd.Series(found, dtype="object") for name, found in values.items()},
            "unit_code": units,
            "tps_id": pd.Series(tps, dtype="object"),
            **{
                name: text_or_none(rows.text(name))
                for name in ("legal_basis", "result", "note", "source_text")
            },
        }
    )
    rows.hold(
        TABLE.name,
        rows_of(TABLE, frame.to_dict("records")).set_axis(frame.index)[list(frame.columns)],
        {"unit_code": ("code", "kabupaten", "kecamatan", "desa")},
    )
    good = frame.loc[rows.good]
    own = rows.text("dispute_id").loc[rows.good]
    parts = good[["election", "kind", "unit_code", "tps_id"]]
    made = [dispute_id(*row) for row in parts.itertuples(index=False)]
    ids = own.where(own.ne(""), pd.Series(made, index=good.index, dtype="str"))
    return store_day_rows(store, TABLE, good.assign(dispute_id=ids), rows, dry_run)


def _stations(
    rows: DayRows, units: pd.Series, elections: dict[int, Any], known: set[str]
) -> dict[int, str | None]:
    """Return the station of each row that names one; a number outside the register is a fault."""
    registered = {tps.partition("/")[0] for tps in known}
    out: dict[int, str | None] = {}
    for row in rows.cells.index:
        out[row] = None
        digits = rows.text("tps")[row].lower().removeprefix("tps").strip()
        if not digits or not isinstance(units[row], str):
            continue
        if not digits.isdigit() or units[row].count(".") != 3:
            rows.fault(row, "tps", "tps_unreadable")
            continue
        found = f"{elections[row]}/{units[row]}/{int(digits):03d}"
        if elections[row] in registered and found not in known:
            rows.fault(row, "tps", "tps_beyond")
        out[row] = found
    return out
