"""Rows of files about TPS: which TPS or desa, since when, who says so; stored in one go."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Table, and_, bindparam, delete, select

from data.ingest.columns import ColumnMapping
from data.ingest.logistics_rows import header_test, map_headings, read_places, tps_number
from data.ingest.parse import normal_text
from data.ingest.place_lookup import PlaceLookup
from data.ingest.readers import open_table
from data.ingest.record import earlier_faults, fault_keys, import_key, quarantine_rows, write_import
from data.ingest.rows import Rows
from data.ingest.words import expected
from data.province import zone
from data.store import engine as bulk
from data.store import tables as schema
from data.store.engine import Store, Undo
from geo.codes import level_of

Headings = Mapping[str, Sequence[str]]
PLACE_HEADINGS: dict[str, tuple[str, ...]] = {
    "tps_id": ("tps_id", "id_tps", "kode_tps"),
    "code": ("kode", "kode_wilayah", "kode_desa", "kode_kemendagri", "desa_code", "unit_code"),
    "kabupaten": ("kabupaten", "kab", "kab/kota", "kabupaten/kota", "kota", "regency"),
    "kecamatan": ("kecamatan", "kec", "district"),
    "desa": ("desa", "kelurahan", "desa/kelurahan", "kel/desa", "desa/kel", "village"),
    "tps": ("tps", "nomor_tps", "no_tps", "no. tps", "tps_number", "number", "nomor tps"),
}
SAID_HEADINGS: dict[str, tuple[str, ...]] = {
    "date": ("tanggal", "tgl", "date", "per tanggal", "tanggal data", "berlaku sejak"),
    "agency": ("instansi", "agency", "lembaga", "pelapor", "kantor", "office"),
    "source": ("sumber", "source", "source_url", "dasar", "nomor surat"),
}
UNSTATED = "tidak disebut"
"""Agency of a row where neither the file nor the command names one."""
_WHOLE_DESA = frozenset(("semua", "semua tps", "seluruh desa", "seluruh tps", "desa", "all", "0"))
_ALL = "*"
_ELECTION_PARTS = 3


@dataclass(frozen=True)
class TpsRegister:
    """The TPS of an election that are known one by one; none for some elections."""

    election: str
    tps: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, store: Store, election: str) -> TpsRegister:
        """Read the register of an election."""
        return cls(election, store.read("tps", schema.tps.c.election == election))

    @cached_property
    def ids(self) -> frozenset[str]:
        """Every tps_id."""
        return frozenset(self.tps["tps_id"])

    @cached_property
    def spans(self) -> dict[str, str]:
        """What a desa's numbers may be, in words, by desa code."""
        out = {}
        for code, rows in self.tps.groupby("desa_code"):
            special = rows["lokasi_khusus"].astype(bool)
            usual, extra = rows.loc[~special, "number"], rows.loc[special, "number"]
            parts = [f"{part.min()}-{part.max()}" for part in (usual, extra) if len(part)]
            out[str(code)] = f" ({len(rows)} TPS: {', '.join(parts)})"
        return out


@dataclass(frozen=True)
class Said:
    """What a command says of all rows of a file that do not say it themselves.

    Attributes
    ----------
    date
        Since when; None: the day of the (first) import.
    agency, source
        Office that says so, and where it is written.
    """

    date: date | None = None
    agency: str | None = None
    source: str | None = None


@dataclass
class OpenFile:
    """A file whose rows are being read.

    Attributes
    ----------
    path, header, header_row
        The file, its headings and where they stand.
    rows
        All its rows with their faults.
    import_id, digest
        Key of the import, and of the content.
    default_date
        Day for rows without one.
    today
        No row may lie after it.
    dated
        That day, once a row got it though nobody stated it.
    unknown_columns
        Headings of answers about something that is no indicator of the list.
    """

    path: Path
    header: tuple[str, ...]
    header_row: int
    rows: Rows
    import_id: str
    digest: str
    default_date: date
    today: date
    dated: date | None = None
    unknown_columns: list[str] = field(default_factory=list)

    def faults(self) -> pd.DataFrame:
        """Return all faults, columns as `Rows.faults`, those of headings first."""
        if not self.unknown_columns:
            return self.rows.faults()
        heading = pd.DataFrame(
            {
                "row_number": self.header_row,
                "column_name": self.unknown_columns,
                "value": self.unknown_columns,
                "reason": "indicator_unknown",
                "expected": expected("indicator_unknown"),
            }
        )
        return pd.concat([heading, self.rows.faults()], ignore_index=True)


def open_rows(
    store: Store,
    path: Path | str,
    headings: Headings,
    needed: Sequence[Sequence[str]],
    reason: str,
    said: Said,
    today: date,
    *parts: str,
) -> OpenFile:
    """Open a file and take its columns for what their headings say.

    Parameters
    ----------
    headings
        Words by field.
    needed
        Sets of fields; one of the sets must be there.
    reason
        Key of what is wrong when none is.
    said
        What the command says for rows that do not say it.
    today
        Day of the import.
    *parts
        What else tells this import from another of the same file, such as the election.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the file cannot be used at all.
    """
    path = Path(path)
    tests = [header_test(headings, some) for some in needed]
    table = open_table(path, lambda cells: any(test(cells) for test in tests))
    fits = next((some for some in needed if header_test(headings, some)(table.header)), needed[0])
    mapping = map_headings(path, table.header, headings, fits, reason)
    chunks = list(table.chunks)
    rows = Rows(pd.concat([chunk.frame for chunk in chunks]), mapping)
    for fault in (fault for chunk in chunks for fault in chunk.faults):
        rows.fault_cell(fault.row_number, fault.column_name, fault.value, fault.reason)
    told = json.dumps([said.date and said.date.isoformat(), said.agency, said.source])
    import_id, digest = import_key("risk", path, told, *parts)
    default = said.date or min(_earlier_day(store, import_id) or today, today)
    return OpenFile(path, table.header, table.header_row, rows, import_id, digest, default, today)


def _earlier_day(store: Store, import_id: str) -> date | None:
    """Return the day that the same content was first brought in."""
    table = schema.imports
    found = store.read("imports", table.c.import_id == import_id)
    return None if found.empty else found["at"].iloc[0].tz_convert(zone()).date()


def remap(opened: OpenFile, used: dict[str, str]) -> None:
    """Let columns of a file hold further fields."""
    mapping = opened.rows.mapping
    whole = {**mapping.used, **used}
    taken = set(whole.values())
    rest = tuple(h for h in opened.header if h not in taken)
    opened.rows.mapping = ColumnMapping(whole, rest, {}, None)


def read_said(opened: OpenFile, said: Said) -> pd.DataFrame:
    """Return ``date``, ``agency`` and ``source_text`` of each row; note what cannot be."""
    rows = opened.rows
    parsed = rows.read_dates("date")
    coarse = parsed["precision"].isin(["month", "year"]) | parsed["end"].notna()
    rows.fault("date", coarse.to_numpy(), "date_no_day")
    undated = rows.text("date").eq("")
    if undated.any() and said.date is None:
        opened.dated = opened.default_date
    agency = rows.read("agency", lambda text: " ".join(text.split()), "required")
    source = rows.text("source")
    own = said.source or opened.path.name
    return pd.DataFrame(
        {
            "date": parsed["value"].mask(undated, pd.Timestamp(opened.default_date)),
            "agency": agency.fillna(said.agency or UNSTATED),
            "source_text": source.mask(source.eq(""), own),
        }
    ).astype({"date": "datetime64[us]"})


def read_targets(
    rows: Rows, lookup: PlaceLookup, register: TpsRegister, *, whole_desa: bool
) -> pd.DataFrame:
    """Return the desa and the TPS that each row is about; note what is neither.

    Parameters
    ----------
    rows
        Rows of a file.
    lookup
        Names and codes of the province.
    register
        The TPS that there are.
    whole_desa
        Whether a row may be about all TPS of a desa: no column of numbers at all, or a word such
        as "semua" in it.

    Returns
    -------
    DataFrame
        On the index of the rows: ``desa_code`` and ``tps_id``, missing for a whole desa or fault.
    """
    by_id = _by_id(rows, register)
    code = read_places(rows, lookup)
    desa = code.where(code.isin([c for c in code.dropna().unique() if level_of(c) == "desa"]))
    placed = rows.faulted("code") | rows.faulted("desa") | rows.faulted("kecamatan")
    placed |= rows.faulted("kabupaten") | rows.filled("tps_id")
    rows.fault("desa", desa.isna().to_numpy() & ~placed, "desa_missing")
    number = rows.read("tps", _number, "tps_unreadable")
    named = desa.notna() & ~pd.Series(rows.filled("tps_id"), index=desa.index)
    numbered = named & number.notna() & number.ne(_ALL)
    tps_id = (register.election + "/" + desa + "/" + number).where(numbered)
    _check_numbers(rows, register, tps_id, desa)
    blank = named.to_numpy() & ~rows.filled("tps")
    if not whole_desa:
        rows.fault("tps", blank | (named & number.eq(_ALL)).to_numpy(), "tps_missing")
    elif rows.has("tps"):
        rows.fault("tps", blank, "tps_missing_or_all")
    own_desa = by_id.map(lambda text: text.split("/")[1], na_action="ignore").astype("str")
    apart = own_desa.notna() & desa.notna() & own_desa.ne(desa)
    rows.fault("tps_id", apart.to_numpy(), "code_conflicts_name")
    return pd.DataFrame(
        {"desa_code": own_desa.fillna(desa), "tps_id": by_id.fillna(tps_id)}
    ).astype("str")


def _number(text: str) -> str | None:
    return _ALL if normal_text(text) in _WHOLE_DESA else tps_number(text)


def _by_id(rows: Rows, register: TpsRegister) -> pd.Series:
    """Return the tps_id given as such, missing where there is none; blame those that are not."""
    given = rows.text("tps_id")
    known = given.isin(register.ids)
    wrong = given.ne("") & ~known
    parts = {text: text.split("/") for text in given[wrong].unique()}
    shaped = {t: p for t, p in parts.items() if len(p) == _ELECTION_PARTS}
    other = given.isin([t for t, p in shaped.items() if p[0] != register.election])
    beyond = given.isin([t for t, p in shaped.items() if p[1] in register.spans]) & ~other
    hints = [register.spans[parts[t][1]] for t in given[wrong & beyond]]
    rows.fault("tps_id", (wrong & beyond).to_numpy(), "tps_beyond_count", hints)
    rows.fault("tps_id", (wrong & other).to_numpy(), "tps_of_other_election")
    rows.fault("tps_id", (wrong & ~beyond & ~other).to_numpy(), "tps_id_unknown")
    return given.where(known)


def _check_numbers(rows: Rows, register: TpsRegister, tps_id: pd.Series, desa: pd.Series) -> None:
    wrong = tps_id.notna() & ~tps_id.isin(register.ids)
    if not register.ids:
        rows.fault("tps", wrong.to_numpy(), "no_tps_register")
        return
    hints = [register.spans.get(code, "") for code in desa[wrong]]
    rows.fault("tps", wrong.to_numpy(), "tps_beyond_count", hints)


_PLACE = ("tps", "tps_id", "desa", "code", "kecamatan", "kabupaten")
_FIELDS = {
    "tps_id": _PLACE,
    "desa_code": _PLACE,
    "unit_code": ("unit",),
    "indicator_id": ("indicator",),
    "available": ("available", "polisi", "linmas", "gabungan"),
    "source_text": ("source",),
}
"""Fields that a column is made of, where they are not named like it."""
_MADE = ("personnel_id", "place_id")
"""Keys made of other columns, each of which is judged."""


@dataclass(frozen=True)
class RiskImport:
    """What became of a file.

    Attributes
    ----------
    file_name, import_id, target
        The file, the key of the import (the same for the same content), the table.
    accepted, told
        Rows that told something new, and how many values that were.
    quarantined, duplicates
        Rows refused; rows that told nothing new.
    faults
        One row per fault: ``row_number``, ``column_name``, ``value``, ``reason``, ``expected``.
    dated
        The day that rows without a date got when the command named none; else None.
    mapping, unused_columns
        Heading by field, and headings that were not used.
    unchanged
        Whether the store is as it was: a dry run, or nothing new.
    """

    file_name: str
    import_id: str
    target: str
    accepted: int
    told: int
    quarantined: int
    duplicates: int
    faults: pd.DataFrame
    dated: date | None
    mapping: dict[str, str]
    unused_columns: tuple[str, ...]
    unchanged: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the result in plain values, fit for JSON."""
        return {
            "file": self.file_name,
            "import_id": self.import_id,
            "target": self.target,
            "accepted": self.accepted,
            "values": self.told,
            "quarantined": self.quarantined,
            "duplicates": self.duplicates,
            "unchanged": self.unchanged,
            "dated": None if self.dated is None else self.dated.isoformat(),
            "mapping": self.mapping,
            "unused_columns": list(self.unused_columns),
            "faults": self.faults.astype("object").to_dict("records"),
        }


def store_rows(
    store: Store,
    opened: OpenFile,
    table: Table,
    frame: pd.DataFrame,
    told: str,
    *,
    blame: str,
    dry_run: bool = False,
) -> RiskImport:
    """Put the good rows of a file into the store, and the others into quarantine, in one go.

    Parameters
    ----------
    store, opened
        The store and the file.
    table
        Where the rows belong.
    frame
        Records on the index of row numbers, columns of the table; a row may make several.
    told
        The column that says something of a key: a record is new when the store has another.
    blame
        Field at fault where the file says two things of one key.
    dry_run
        Whether to tell what would happen and store nothing.

    Returns
    -------
    RiskImport
        The same content again leaves the store as it was.
    """
    rows = opened.rows
    keys = [column.name for column in table.primary_key.columns]
    rows.hold(table.name, frame.drop(columns=list(_MADE), errors="ignore"), _FIELDS, opened.today)
    good = frame[~frame.index.isin(rows.frame.index[rows.bad])]
    first = good.groupby(keys, sort=False)[told].transform("first")
    differs = (first != good[told]).to_numpy()
    rows.fault(blame, rows.frame.index.isin(good.index[differs]), "said_twice")
    good = good[~good.index.isin(rows.frame.index[rows.bad])]
    unique = good.drop_duplicates(keys)
    faults = opened.faults()
    with store.begin() as connection:
        new, changed = _news(connection, table, keys, told, unique)
        fresh = unique[new | changed]
        counts = _counts(good, fresh, faults)
        before = earlier_faults(connection, opened.import_id)
        unchanged = dry_run or (fresh.empty and before == fault_keys(faults))
        if unchanged:
            raise Undo
        _replace(connection, table, keys, unique[changed], fresh)
        _write_faults(connection, opened, faults)
        write_import(connection, opened.import_id, table.name, opened.path, opened.digest, counts)
    return RiskImport(
        opened.path.name,
        opened.import_id,
        table.name,
        counts[0],
        len(fresh),
        counts[1],
        counts[2],
        faults,
        opened.dated,
        dict(rows.mapping.used),
        rows.mapping.unused,
        unchanged=unchanged,
    )


def _counts(good: pd.DataFrame, fresh: pd.DataFrame, faults: pd.DataFrame) -> tuple[int, int, int]:
    """Return how many rows told something new, were refused, and told nothing new."""
    told = int(fresh.index.nunique())
    return told, int(faults["row_number"].nunique()), int(good.index.nunique()) - told


def _news(
    connection: Connection, table: Table, keys: list[str], told: str, frame: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Return which records have a key the store lacks, and which say another thing of one."""
    if frame.empty:
        return np.zeros(0, dtype=bool), np.zeros(0, dtype=bool)
    columns = [table.c[name] for name in (*keys, told)]
    query = select(*columns)
    if "election" in table.c:
        query = query.where(table.c.election.in_(frame["election"].unique().tolist()))
    have = pd.DataFrame(connection.execute(query).fetchall(), columns=[*keys, told])
    if "date" in have:
        have["date"] = pd.to_datetime(have["date"]).astype("datetime64[us]")
    texts = {name: "str" for name in keys if name != "date"}
    have = have.astype(texts).rename(columns={told: "stored"})
    joined = frame[[*keys, told]].merge(have, on=keys, how="left", indicator=True)
    new = joined["_merge"].eq("left_only").to_numpy()
    return new, ~new & joined["stored"].ne(joined[told]).to_numpy()


def _replace(
    connection: Connection, table: Table, keys: list[str], gone: pd.DataFrame, fresh: pd.DataFrame
) -> None:
    if len(gone):
        where = and_(*(table.c[key] == bindparam(f"k_{key}") for key in keys))
        values = gone[keys].rename(columns={key: f"k_{key}" for key in keys})
        rows = values.assign(**{c: values[c].dt.date for c in values if c == "k_date"})
        connection.execute(
            delete(table).where(where), cast("list[dict[str, Any]]", rows.to_dict("records"))
        )
    bulk.insert_frame(connection, table, fresh.reset_index(drop=True))


def _write_faults(connection: Connection, opened: OpenFile, faults: pd.DataFrame) -> None:
    table = schema.quarantine
    connection.execute(delete(table).where(table.c.import_id == opened.import_id))
    refused = quarantine_rows(opened.rows, faults, opened.import_id)
    headings = json.dumps(list(opened.header), ensure_ascii=False)
    refused["row_json"] = refused["row_json"].astype("str").fillna(headings)
    bulk.insert_frame(connection, table, refused)
