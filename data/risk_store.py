"""What the store gains from a file about TPS: good rows in, bad ones to quarantine, in one go."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Table, and_, bindparam, delete, select

from data import bulk, schema
from data.logistics_rows import write_import
from data.report_clean import quarantine_rows
from data.risk_rows import OpenFile
from data.store import RECORDS, Store


class _UndoError(Exception):
    """Leaves the transaction so that nothing of it is kept; never leaves this module."""


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
            "file": self.file_name, "import_id": self.import_id, "target": self.target,
            "accepted": self.accepted, "values": self.told, "quarantined": self.quarantined,
            "duplicates": self.duplicates, "unchanged": self.unchanged,
            "dated": None if self.dated is None else self.dated.isoformat(),
            "mapping": self.mapping, "unused_columns": list(self.unused_columns),
            "faults": self.faults.astype("object").to_dict("records"),
        }  # fmt: skip


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
    good = frame[~frame.index.isin(rows.frame.index[rows.bad])]
    first = good.groupby(keys, sort=False)[told].transform("first")
    differs = (first != good[told]).to_numpy()
    rows.fault(blame, rows.frame.index.isin(good.index[differs]), "said_twice")
    good = good[~good.index.isin(rows.frame.index[rows.bad])]
    unique = good.drop_duplicates(keys)
    faults = opened.faults()
    unchanged = False
    try:
        with store.begin(RECORDS) as connection:
            new, changed = _news(connection, table, keys, told, unique)
            fresh = unique[new | changed]
            counts = _counts(good, fresh, faults)
            news = len(fresh) > 0 or _is_news(connection, opened.import_id, faults)
            if dry_run or not news:
                raise _UndoError
            _replace(connection, table, keys, unique[changed], fresh)
            _write_faults(connection, opened, faults)
            write_import(
                connection, opened.import_id, table.name, opened.path, opened.digest, counts
            )
    except _UndoError:
        unchanged = True
    return RiskImport(
        opened.path.name, opened.import_id, table.name, counts[0], len(fresh), counts[1],
        counts[2], faults, opened.dated, dict(rows.mapping.used), rows.mapping.unused,
        unchanged=unchanged,
    )  # fmt: skip


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
        connection.execute(delete(table).where(where), rows.to_dict("records"))
    bulk.insert_frame(connection, table, fresh.reset_index(drop=True))


def _is_news(connection: Connection, import_id: str, faults: pd.DataFrame) -> bool:
    """Return whether this content was never brought in, or is refused for other reasons now."""
    table, refused = schema.imports.c, schema.quarantine.c
    if connection.execute(select(table.at).where(table.import_id == import_id)).first() is None:
        return True
    query = select(refused.row_number, refused.column_name, refused.reason)
    before = {tuple(row) for row in connection.execute(query.where(refused.import_id == import_id))}
    columns = ["row_number", "column_name", "reason"]
    return before != set(faults[columns].itertuples(index=False, name=None))


def _write_faults(connection: Connection, opened: OpenFile, faults: pd.DataFrame) -> None:
    table = schema.quarantine
    connection.execute(delete(table).where(table.c.import_id == opened.import_id))
    refused = quarantine_rows(opened.rows, faults, opened.import_id)
    headings = json.dumps(list(opened.header), ensure_ascii=False)
    refused["row_json"] = refused["row_json"].astype("str").fillna(headings)
    bulk.insert_frame(connection, table, refused)
