"""Rows of files about hand-overs, procurement and TPS: headings, cells, and which TPS is meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.errors import FileUnreadableError
from data.ingest.columns import ColumnMapping, plain_heading
from data.ingest.place_lookup import PlaceLookup
from data.ingest.readers import Chunk
from data.ingest.rows import Rows
from data.ingest.words import expected
from data.reports.places import note
from data.store.engine import Store

Headings = Mapping[str, Sequence[str]]


def heading_key(heading: str) -> str:
    """Return a heading in lower case with one underscore for what is no letter or digit."""
    return re.sub(r"[^a-z0-9]+", "_", heading.casefold()).strip("_")


def header_test(headings: Headings, needed: Sequence[str]) -> Callable[[Sequence[str]], bool]:
    """Return a test whether a row of cells holds the headings of a table."""
    return lambda cells: set(needed) <= set(_claimed(headings, cells))


def _claimed(headings: Headings, cells: Sequence[str]) -> dict[str, str]:
    names = {plain_heading(word): field for field, words in headings.items() for word in words}
    found: dict[str, str] = {}
    for cell in cells:
        field = names.get(plain_heading(cell)) or names.get(plain_heading(cell.replace("_", " ")))
        if field:
            found.setdefault(field, cell)
    return found


def map_headings(
    path: Path, header: Sequence[str], headings: Headings, needed: Sequence[str], reason: str
) -> ColumnMapping:
    """Return which column holds which field.

    Raises
    ------
    FileUnreadableError
        When a needed field has no column.
    """
    used = _claimed(headings, header)
    if not set(needed) <= set(used):
        raise FileUnreadableError(path, reason, expected(reason))
    taken = set(used.values())
    return ColumnMapping(used, tuple(h for h in header if h not in taken), {}, None)


def rows_of(chunk: Chunk, mapping: ColumnMapping) -> Rows:
    """Return the rows of a chunk with what is wrong with their cells."""
    rows = Rows(chunk.frame, mapping)
    for fault in chunk.faults:
        rows.fault_cell(fault.row_number, fault.column_name, fault.value, fault.reason)
    return rows


def word_reader(words: Mapping[str, Sequence[str]]) -> Callable[[str], str | None]:
    """Return a reader of a closed list of words, each with what people write for it."""
    names = {plain_heading(text): key for key, texts in words.items() for text in (key, *texts)}
    names |= {plain_heading(key.replace("_", " ")): key for key in words}
    return lambda text: names.get(plain_heading(text))


def read_elections(rows: Rows, known: Sequence[str], default: pd.Series | str) -> pd.Series:
    """Return the election of each row: that of its column, else the ``default``, by row."""
    told = rows.read("election", lambda text: text if text in known else None, "election_unknown")
    return told.fillna(default)


def read_places(rows: Rows, lookup: PlaceLookup) -> pd.Series:
    """Return the code of each row's place, missing where there is none or no certain one."""
    coded = lookup.each(
        [rows.text("code"), pd.Series("", index=rows.frame.index, dtype="str")], lookup.codes
    )
    named = lookup.each(
        [rows.text(part) for part in ("kabupaten", "kecamatan", "desa")], lookup.parts
    )
    for found in (coded, named):
        note(rows, found)
    both = coded["code"].notna() & named["code"].notna()
    apart = both & coded["code"].ne(named["code"])
    nested = [
        isinstance(a, str) and isinstance(b, str) and a.startswith(f"{b}.")
        for a, b in zip(coded["code"], named["code"], strict=True)
    ]
    rows.fault("code", (apart & ~np.array(nested, dtype=bool)).to_numpy(), "code_conflicts_name")
    return coded["code"].where(coded["code"].notna(), named["code"])


def tps_number(text: str) -> str | None:
    """Return the number of a TPS with three digits; None when a text holds none or several."""
    match = re.fullmatch(r"(?:tps\s*)?0*(\d{1,3})", text.strip(), re.IGNORECASE)
    return f"{int(match[1]):03}" if match and int(match[1]) else None


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
