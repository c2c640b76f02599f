"""Rows of files about single TPS: which TPS each is about, by id or by desa and number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.ingest.logistics_rows import Headings, read_elections, read_places, tps_number
from data.ingest.place_lookup import PlaceLookup
from data.ingest.rows import Rows
from data.store.engine import Store

TPS_HEADINGS: Headings = {
    "election": ("pemilu", "election"),
    "tps_id": ("tps_id", "id tps"),
    "code": ("kode desa", "kode_desa", "desa_code", "kode", "kode kemendagri"),
    "kabupaten": ("kabupaten", "kabupaten/kota", "kabkota", "kab/kota"),
    "kecamatan": ("kecamatan", "kec"),
    "desa": ("desa", "kelurahan", "desa/kelurahan", "kel/desa", "village"),
    "tps": ("tps", "no tps", "nomor tps", "nomor", "no", "tps_number", "number"),
}
"""Headings by which a row says which TPS it is about."""
TPS_FIELDS = ("tps_id", "tps", "desa", "kecamatan", "kabupaten", "code", "election")


def count_tps(tps: pd.DataFrame, election: str, codes: pd.Series) -> pd.DataFrame:
    """Return how many TPS of an election stand in each unit.

    Parameters
    ----------
    tps
        The table.
    codes
        Units of any level.

    Returns
    -------
    DataFrame
        Index ``codes``; ``tps_count`` and of these ``tps_special`` (lokasi khusus), Int64. Both are
        missing everywhere when the register of the election is not known: that is not zero.
    """
    index = pd.Index(codes, name="code")
    mine = tps[tps["election"].eq(election)]
    counts = pd.DataFrame(index=index, columns=["tps_count", "tps_special"], dtype="Int64")
    if mine.empty:
        return counts
    for depth in sorted({code.count(".") for code in index}):
        above = mine["desa_code"].str.split(".").str[: depth + 1].str.join(".")
        found = mine["lokasi_khusus"].astype("Int64").groupby(above).agg(["size", "sum"])
        level = index[index.str.count(r"\.") == depth]
        counts.loc[level] = found.reindex(level).fillna(0).to_numpy()
    return counts


@dataclass(frozen=True)
class TpsRegister:
    """What rows about TPS are read against.

    Attributes
    ----------
    lookup
        Places of the province.
    elections
        Elections that are known.
    election
        Of the rows that name none.
    ids
        Every TPS of the register.
    """

    lookup: PlaceLookup
    elections: tuple[str, ...]
    election: str
    ids: pd.Index

    @classmethod
    def of_store(cls, store: Store, election: str) -> TpsRegister:
        """Read the register of a store."""
        elections = tuple(store.read("elections")["election"])
        ids = pd.Index(store.read("tps")["tps_id"])
        return cls(PlaceLookup(store.units()), elections, election, ids)


def read_tps(rows: Rows, register: TpsRegister) -> pd.Series:
    """Return the id of each row's TPS; one that is not in the register is a fault."""
    given = rows.read("tps_id", lambda text: text, "required")
    named = rows.text("tps_id").str.partition("/")[0]
    default = named.where(named.isin(register.elections), register.election)
    election = read_elections(rows, register.elections, default)
    code = read_places(rows, register.lookup)
    number = rows.read("tps", tps_number, "tps_not_registered")
    made = election + "/" + code + "/" + number
    found = given.where(given.notna(), made).astype("str")
    is_desa = code.str.count(r"\.").eq(3).fillna(False).astype(bool)
    nowhere = given.isna() & ~is_desa
    blame = "desa" if rows.has("desa") else "tps_id" if rows.has("tps_id") else "code"
    rows.fault(blame, nowhere.to_numpy() & ~rows.bad, "desa_missing")
    unknown = found.isna() | ~found.isin(register.ids)
    field = "tps_id" if rows.has("tps_id") else "tps"
    rows.fault(field, np.asarray(unknown, dtype=bool) & ~rows.bad, "tps_not_registered")
    return found
