"""Refused rows: kept open until something settles them, then closed with how, when and by what."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import pandas as pd
from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, or_, select, update

from data.clock import utc_now
from data.errors import ImportReplacedError
from data.ingest.rows import Rows
from data.store import frames as bulk
from data.store import tables as schema

MENDED, CHANGED, LATER, AGAIN, DISMISSED = "mended", "changed", "later", "again", "dismissed"
"""What ``closed_as`` may say: put right and stored; put right and refused again under the import of
``closed_by``; stored, or refused again, by a later import; left aside by somebody."""
_TABLE = schema.quarantine
_CLOSING = ("closed_as", "closed_at", "closed_by", "closed_reason")


class RowKey(NamedTuple):
    """One refused row: the import that holds it, its sheet (or ``""``) and its number."""

    import_id: str
    sheet: str
    row_number: int


def is_open() -> ColumnElement[bool]:
    """Return the condition of rows that nothing has settled."""
    return _TABLE.c.closed_as.is_(None)


def fault_keys(faults: pd.DataFrame) -> set[tuple[int, str, str]]:
    """Return `row_number`, `column_name` and `reason` of each row of ``faults``."""
    columns = ["row_number", "column_name", "reason"]
    return set(faults[columns].itertuples(index=False, name=None))


def earlier_faults(connection: Connection, import_id: str) -> set[tuple[int, str, str]] | None:
    """Return the faults that an earlier import of the same content left; None without one.

    Nor where they cannot be put right, for want of how the file was read: it is noted anew.
    """
    log, refused = schema.imports.c, _TABLE.c
    found = connection.execute(select(log.options).where(log.import_id == import_id)).first()
    query = select(refused.row_number, refused.column_name, refused.reason)
    rows = connection.execute(query.where(refused.import_id == import_id)).all()
    if found is None or (rows and found.options is None):
        return None
    return {(number, column, reason) for number, column, reason in rows}


def quarantine(
    connection: Connection, import_id: str, rows: Rows, faults: pd.DataFrame, headings: list[str]
) -> None:
    """Keep ``faults``, as of `Rows.faults` and of headings, each with its whole row."""
    wanted = rows.frame.loc[rows.frame.index.isin(faults["row_number"])]
    texts = [json.dumps(record, ensure_ascii=False) for record in wanted.to_dict("records")]
    by_row = pd.Series(texts, index=wanted.index, dtype="str")
    whole = faults["row_number"].map(by_row).astype("str")
    whole = whole.fillna(json.dumps(headings, ensure_ascii=False))
    kept = faults.assign(import_id=import_id, row_json=whole, sheet=rows.sheet or None)
    if rows.section is not None:
        section = faults["row_number"].map(rows.section).astype("str")
        kept["section"] = section.where(section.ne(""))
    bulk.insert_frame(connection, _TABLE, kept)


def clear_quarantine(connection: Connection, import_id: str) -> pd.DataFrame:
    """Take away what an earlier import of the same content refused.

    Returns
    -------
    DataFrame
        Its rows that were closed, once each: ``sheet``, ``row_number``, ``row_json`` and how they
        were; see `close_as_before`.
    """
    names = ("sheet", "row_number", "row_json", *_CLOSING)
    mine = _TABLE.c.import_id == import_id
    query = select(*(_TABLE.c[name] for name in names)).where(mine, ~is_open()).distinct()
    closed = pd.DataFrame(connection.execute(query).all(), columns=list(names))
    connection.execute(delete(_TABLE).where(mine))
    return closed.drop_duplicates(["sheet", "row_number", "row_json"])


def close_as_before(connection: Connection, import_id: str, closed: pd.DataFrame) -> int:
    """Close the rows of an import again that were before the same file came once more.

    ``closed`` is what `clear_quarantine` returned; how many are refused again is returned.
    """
    done = 0
    for row in closed.astype("object").where(closed.notna(), None).to_dict("records"):
        at = and_(is_row(RowKey(import_id, row["sheet"] or "", row["row_number"])), is_open())
        values = {name: row[name] for name in _CLOSING}
        same = _TABLE.c.row_json == row["row_json"]
        done += bool(connection.execute(update(_TABLE).where(at, same).values(values)).rowcount)
    return done


def close(
    connection: Connection,
    keys: Iterable[RowKey],
    how: str,
    import_id: str | None = None,
    reason: str | None = None,
) -> None:
    """Close refused rows, whatever is wrong with them.

    Parameters
    ----------
    connection
        Of the transaction.
    keys
        The rows; those that are closed already stay as they are.
    how
        `MENDED`, `CHANGED`, `LATER`, `AGAIN` or `DISMISSED`.
    import_id
        The import that settled them.
    reason
        Why they are left aside.
    """
    c = _TABLE.c
    at = and_(
        c.import_id == bindparam("k_import"),
        func.coalesce(c.sheet, "") == bindparam("k_sheet"),
        c.row_number == bindparam("k_row"),
        is_open(),
    )
    said = {"closed_as": how, "closed_by": import_id, "closed_reason": reason}
    rows = [{"k_import": k.import_id, "k_sheet": k.sheet, "k_row": k.row_number} for k in keys]
    if rows:
        connection.execute(update(_TABLE).where(at).values(closed_at=utc_now(), **said), rows)


def reopen(connection: Connection, condition: ColumnElement[bool]) -> int:
    """Open closed rows again, and return how many faults these are."""
    values = dict.fromkeys(_CLOSING)
    return connection.execute(update(_TABLE).where(condition).values(values)).rowcount


def settled_by(import_id: str, since: datetime | None = None) -> ColumnElement[bool]:
    """Return the condition of rows that an import closed, after a moment if one is given."""
    mine = _TABLE.c.closed_by == import_id
    return mine if since is None else and_(mine, _TABLE.c.closed_at > since)


def require_no_mends(connection: Connection, import_id: str) -> None:
    """Hold that no refused row of an import was put right on its own.

    Raises
    ------
    ImportReplacedError
        With the import that did: it is undone first, or the row would be there and open at once.
    """
    log = schema.imports.c
    mends = select(log.import_id).where(log.mends.isnot(None), log.import_id != import_id)
    query = select(_TABLE.c.closed_by).where(
        _TABLE.c.import_id == import_id, _TABLE.c.closed_by.in_(mends)
    )
    if found := connection.execute(query.order_by(_TABLE.c.closed_at.desc())).first():
        raise ImportReplacedError(import_id, str(found.closed_by))


def open_rows(connection: Connection, condition: ColumnElement[bool] | None = None) -> pd.DataFrame:
    """Return the faults of open rows: the columns of ``quarantine``, ``sheet`` and others filled.

    ``condition`` is one on the table; None: all of them.
    """
    where = is_open() if condition is None else and_(is_open(), condition)
    rows = bulk.read_table(connection, _TABLE, where)
    return rows.assign(sheet=rows["sheet"].fillna(""), section=rows["section"].fillna(""))


def group_of(connection: Connection, import_id: str) -> list[str]:
    """Return an import and those that put refused rows of it right, the first first."""
    log = schema.imports.c
    query = select(log.import_id).where(or_(log.import_id == import_id, log.mends == import_id))
    return list(connection.execute(query.order_by(log.at)).scalars())


def is_row(key: RowKey) -> ColumnElement[bool]:
    """Return the condition of the faults of a refused row."""
    c = _TABLE.c
    sheet = func.coalesce(c.sheet, "") == key.sheet
    return and_(c.import_id == key.import_id, sheet, c.row_number == key.row_number)
