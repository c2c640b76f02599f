"""Re-votes, recounts and disputes: kept one by one, or brought in from a file."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import pandas as pd
from sqlalchemy import delete

from data.errors import SchemaError
from data.ingest.columns import Need
from data.ingest.context import Context
from data.ingest.kind import DAY, Field, Kind, words
from data.ingest.places import PLACE_FIELDS, PLACE_NEED, read_units, tps_number
from data.ingest.rows import Rows
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import rows_of
from data.store.references import check_references
from data.store.rules import check
from geo.codes import is_one_of, level_of

TABLE = schema.risk.disputes
DATES = ("recommended_date", "decided_date", "legal_deadline", "held_date")
_KINDS = {
    "psu": ("pemungutan suara ulang", "re-vote"),
    "hitung_ulang": ("recount", "penghitungan ulang"),
    "sengketa": ("dispute", "phpu"),
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
    with store.begin("dispute.write") as connection:
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


def dispute_id(
    election: str | None, kind: str | None, unit_code: str | None, tps_id: str | None
) -> str:
    """Return a key made of what a dispute is about."""
    said = "|".join(part or "" for part in (election, kind, unit_code, tps_id))
    return f"dsp-{blake2b(said.encode(), digest_size=6).hexdigest()}"


def _build(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    known = context.elections
    election = rows.read(
        "election", lambda text: text if text in known else None, "dispute_election_unknown"
    )
    unit = read_units(rows, context)["code"]
    out = frame.assign(
        election=election, unit_code=unit, tps_id=_stations(rows, unit, election, context)
    )
    parts = out[["election", "kind", "unit_code", "tps_id"]].astype("object")
    made = [
        dispute_id(*(None if pd.isna(value) else value for value in row))
        for row in parts.itertuples(index=False)
    ]
    own = rows.text("dispute_id")
    return out.assign(dispute_id=own.where(own.ne(""), pd.Series(made, index=own.index)))


def _stations(rows: Rows, unit: pd.Series, election: pd.Series, context: Context) -> pd.Series:
    """Return the TPS of each row that names one; a number outside the register is a fault."""
    read = rows.read("tps", tps_number, "tps_unreadable", "object")
    number = read.map(lambda found: found[0], na_action="ignore").astype("str")
    in_desa = unit.map(level_of, na_action="ignore").eq("desa")
    rows.fault("tps", (number.notna() & unit.notna() & ~in_desa).to_numpy(), "desa_missing")
    tps_id = (election + "/" + unit + "/" + number).where(in_desa)
    listed = election.isin(context.register.elections)
    beyond = tps_id.notna() & listed & ~is_one_of(tps_id, context.register.ids)
    rows.fault("tps", beyond.to_numpy(), "tps_beyond")
    return tps_id


DISPUTES = Kind(
    name="disputes",
    table=TABLE,
    fields=(
        Field("dispute_id", None),
        Field("election", None, example="{election}"),
        Field("kind", words(_KINDS, "dispute_kind_unknown")),
        *PLACE_FIELDS,
        Field("tps", None),
        *(Field(name, DAY, example="-") for name in DATES),
        *(Field(name) for name in ("legal_basis", "result", "note", "source_text")),
    ),
    needs=(Need((("election",),)), Need((("kind",),)), PLACE_NEED),
    build=_build,
    made=("dispute_id",),
    blame={
        "dispute_id": ("dispute_id", "tps", "desa", "kecamatan", "kabupaten", "code"),
        "unit_code": ("code", "kabupaten", "kecamatan", "desa"),
        "tps_id": ("tps",),
    },
    options=("scheme",),
)
"""A row of a known id, or about the same matter, corrects it."""
