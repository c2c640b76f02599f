"""Frames to rows and back, fast, with the same types from SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Select,
    Table,
)
from sqlalchemy.exc import DBAPIError

_BATCH = 50_000

_POSTGIS_VIEW = """
CREATE OR REPLACE VIEW unit_shapes_geom AS
SELECT u.code, u.level, n.name, u.area_km2, ST_SetSRID(ST_GeomFromWKB(u.wkb), 4326) AS geom
FROM unit_shapes u JOIN units n ON n.code = u.code
"""


def make_parent(path: str) -> None:
    """Create the folder of a database file when it is missing."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)


def read_frame(connection: Connection, query: Select[Any], table: Table) -> pd.DataFrame:
    """Run a query over the columns of one table and return a typed frame."""
    columns = [column.name for column in table.columns]
    rows = connection.execute(query).fetchall()
    frame = pd.DataFrame.from_records([tuple(row) for row in rows], columns=columns)
    return typed(frame, table)


def typed(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Give each column the dtype that its table states; missing stays missing."""
    out = {}
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


def insert_frame(connection: Connection, table: Table, frame: pd.DataFrame) -> None:
    """Append a frame to a table inside the caller's transaction.

    Columns of the table that the frame lacks become NULL; columns that the table lacks are an
    error, so that nothing is dropped unseen.

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
    postgres = connection.dialect.name == "postgresql"
    columns = [
        _plain(frame[name], table.columns[name].type, text_dates=not postgres) for name in names
    ]
    rows = zip(*columns, strict=True)
    cursor = connection.connection.cursor()
    quoted = ", ".join(f'"{name}"' for name in names)
    if postgres:
        with cursor.copy(f'COPY "{table.name}" ({quoted}) FROM STDIN') as copy:  # type: ignore[attr-defined]
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join("?" * len(names))
        statement = f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})'
        for batch in _batches(rows):
            cursor.executemany(statement, batch)
    cursor.close()


def _batches(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _plain(values: pd.Series, kind: object, *, text_dates: bool) -> list[Any]:
    """Return plain Python values with None for what is missing, as the driver wants them."""
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


def offer_postgis_view(connection: Connection) -> None:
    """Create a view with real geometries where PostGIS can be had; do without it otherwise.

    The product itself reads WKB on both databases: the view is for GIS desks that connect.
    """
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS postgis")
            connection.exec_driver_sql(_POSTGIS_VIEW)
    except DBAPIError:
        return
