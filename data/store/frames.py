"""Frames and tables: typed reads, bulk inserts, the same types from SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    select,
)

from data.store.ledger.capture import note_added
from data.store.ledger.revisions import note_write

_SAMPLE = 1000


def read_table(
    connection: Connection, table: Table, where: ColumnElement[bool] | None = None
) -> pd.DataFrame:
    """Return a table, or the rows that meet a condition, ordered by primary key; see `typed`."""
    query = select(table).order_by(*table.primary_key.columns)
    rows = connection.execute(query if where is None else query.where(where)).fetchall()
    columns = [column.name for column in table.columns]
    return typed(pd.DataFrame.from_records([tuple(row) for row in rows], columns=columns), table)


def typed(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Give each column the dtype that its table states; missing stays missing.

    ``frame`` has every column of the table; what else it has is left out.
    """
    out: dict[str, Any] = {}
    for column in table.columns:
        values = frame[column.name]
        kind = column.type
        if isinstance(kind, Boolean):
            out[column.name] = values.astype("boolean")
        elif isinstance(kind, Integer):
            out[column.name] = values.astype("Int64")
        elif isinstance(kind, Float):
            out[column.name] = pd.to_numeric(values).astype("float64")
        elif isinstance(kind, Date):
            out[column.name] = pd.to_datetime(values).astype("datetime64[us]")
        elif isinstance(kind, DateTime):
            out[column.name] = pd.to_datetime(values, utc=True)
        elif isinstance(kind, LargeBinary):
            out[column.name] = values.astype("object")
        else:
            out[column.name] = values.astype("str")
    return pd.DataFrame(out, index=frame.index)


def rows_of(table: Table, records: Sequence[Mapping[Any, Any]]) -> pd.DataFrame:
    """Return typed rows of a table from records that may lack columns."""
    names = [column.name for column in table.columns]
    raw = pd.DataFrame([[record.get(name) for name in names] for record in records], columns=names)
    raw = raw.astype("object")
    return typed(raw.where(raw.notna(), None), table)


def insert_frame(connection: Connection, table: Table, frame: pd.DataFrame) -> None:
    """Append a frame to a table inside the caller's transaction.

    Columns of the table that the frame lacks become NULL; columns that the table lacks are an
    error, so that nothing is dropped unseen. ``frame`` has columns of the table.

    Raises
    ------
    ValueError
        When the frame has a column that the table does not have.
    """
    unknown = sorted(set(frame.columns) - {c.name for c in table.columns})
    if unknown:
        raise ValueError(f"{table.name} has no column {unknown}")
    names = [c.name for c in table.columns if c.name in frame.columns]
    if frame.empty:
        return
    note_write(connection, table.name)
    note_added(connection, table, frame)
    postgres = connection.dialect.name == "postgresql"
    columns = [
        plain_values(frame[name], table.columns[name].type, text_dates=not postgres)
        for name in names
    ]
    rows = zip(*columns, strict=True)
    cursor = connection.connection.cursor()
    quoted = ", ".join(f'"{name}"' for name in names)
    if postgres:
        with cursor.copy(f'COPY "{table.name}" ({quoted}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join("?" * len(names))
        # Names are those of our own tables; values go by the marks.
        statement = f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})'  # nosec B608
        # sqlite3 takes them one by one: no list of a million rows for the collector to go through.
        cursor.executemany(statement, rows)  # type: ignore[arg-type]
    cursor.close()


def plain_values(values: pd.Series, kind: object, *, text_dates: bool) -> list[Any]:
    """Return plain Python values with None for what is missing, as the driver wants them.

    Parameters
    ----------
    values
        A column as `typed` leaves it.
    kind
        Its type in the table.
    text_dates
        Whether dates and moments are texts (moments in UTC), as SQLite keeps them.
    """
    # Most columns hold few different values, and each conversion costs.
    if len(values) > _SAMPLE and values.dtype != object:
        if values.iloc[:_SAMPLE].nunique() < _SAMPLE // 2:
            group, distinct = pd.factorize(values)
            once = plain_values(pd.Series(distinct), kind, text_dates=text_dates)
            each: list[Any] = np.array([*once, None], dtype=object)[group].tolist()
            return each
        if isinstance(kind, String):
            return list(np.asarray(values.array.to_numpy(dtype=object, na_value=None)))
    missing = values.isna().to_numpy()
    if isinstance(kind, DateTime):
        stamps = pd.to_datetime(values, utc=True)
        items: list[Any] = (
            stamps.dt.strftime("%Y-%m-%d %H:%M:%S.%f").tolist()
            if text_dates
            else [
                None if gone else v.to_pydatetime() for v, gone in zip(stamps, missing, strict=True)
            ]
        )
    elif isinstance(kind, Date):
        stamps = pd.to_datetime(values)
        items = stamps.dt.strftime("%Y-%m-%d").tolist() if text_dates else stamps.dt.date.tolist()
    elif isinstance(kind, Boolean):
        items = values.astype("boolean").astype("object").tolist()
    elif isinstance(kind, Integer):
        items = values.astype("Int64").astype("object").tolist()
    else:
        items = values.astype("object").tolist()
    return [None if gone else item for item, gone in zip(items, missing, strict=True)]
