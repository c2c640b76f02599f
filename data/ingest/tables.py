"""Bring rows of the product's own tables in: new elections, stages, meetings, agenda and others."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
from sqlalchemy import Boolean, Column, Connection, Date, DateTime, Float, Integer, Table

from data.ingest.columns import Need
from data.ingest.context import Context
from data.ingest.kind import DAY, DECIMAL, INTEGER, MOMENT, TEXT, Field, Kind, Type, words
from data.ingest.rows import Rows
from data.store import tables as schema
from data.store.frames import insert_frame, read_table
from data.store.references import dangling, references_of, source_id
from geo.errors import ParameterError

TABLES = (
    "elections",
    "stages",
    "rakor",
    "agenda",
    "coverage_periods",
    "affairs",
    "voters",
    "sources",
    "tps",
    "indicator_versions",
    "risk_indicators",
    "indicator_counts",
    "class_totals",
    "security_patterns",
    "baseline_scores",
)
"""Tables that users may add to; reports and boundaries have doors of their own."""

_URL = "source_url"
_FLAGS = {"true": ("ya", "benar", "1", "yes"), "false": ("tidak", "bukan", "0", "no")}
_FLAG_WORDS = words(_FLAGS, "flag_unknown")


def _flag(text: str) -> bool | None:
    word = _FLAG_WORDS.read(text)
    return None if word is None else word == "true"


FLAG = Type("flag", _flag, "flag_unknown", "boolean", "ya", _FLAGS)
"""Yes or no."""


def _type_of(column: Column[Any]) -> Type:
    kinds: tuple[tuple[type, Type], ...] = (
        (Boolean, FLAG),
        (Integer, INTEGER),
        (Float, DECIMAL),
        (Date, DAY),
        (DateTime, MOMENT),
    )
    return next((kind for of, kind in kinds if isinstance(column.type, of)), TEXT)


def _build(table: Table, rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Return the columns of the table; a page given in place of a source becomes one."""
    if "source_id" in frame:
        url = rows.text(_URL)
        ids = {page: source_id(page) for page in url.unique() if page}
        source = frame["source_id"].fillna(url.map(ids).astype("str"))
        frame = frame.assign(source_id=source, _url=url)
    _hold_references(table.name, rows, frame, context)
    return frame


def _hold_references(table: str, rows: Rows, frame: pd.DataFrame, context: Context) -> None:
    """Refuse rows that point at a row of another table that is not there."""
    for column, target, key in references_of(table):
        if column in frame:
            known = [*context.read(target)[key], *(frame[key] if target == table else ())]
            lost = dangling(table, frame[column], known, target)
            wrong = frame.index.isin(lost.index)
            if target == "sources":
                wrong &= frame["_url"].eq("").to_numpy()
            rows.fault(column, wrong, "reference_unknown", [f" ({target})"] * int(wrong.sum()))


def _with_sources(connection: Connection, rows: pd.DataFrame) -> pd.DataFrame:
    """Store the pages that rows name as their sources, where they are not known."""
    if "_url" in rows:
        pages = rows.loc[rows["_url"].ne(""), ["source_id", "_url"]].drop_duplicates()
        known = read_table(connection, schema.sources)["source_id"]
        new = pages[~pages["source_id"].isin(known)].rename(columns={"_url": "url"})
        insert_frame(connection, schema.sources, new.assign(kind="publik"))
    return rows


def table_kind(name: str) -> Kind:
    """Return the kind of import of a table of the product itself.

    Parameters
    ----------
    name
        One of `TABLES`.

    Raises
    ------
    ParameterError
        For another table.
    """
    if name not in TABLES:
        raise ParameterError("table", name, "one of " + ", ".join(TABLES))
    table = schema.metadata.tables[name]
    columns = [column for column in table.columns if column.name != "import_id"]
    needed = tuple(column.name for column in columns if not column.nullable)
    fields = tuple(Field(column.name, _type_of(column)) for column in columns)
    sourced = "source_id" in table.columns and name != "sources"
    return Kind(
        name=f"table {name}",
        table=table,
        fields=(*fields, Field(_URL, None)) if sourced else fields,
        needs=(Need((needed,)),),
        build=partial(_build, table),
        whole=True,
        settle=_with_sources,
    )
