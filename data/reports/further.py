"""Further sources of reports: a page that a report does not have yet is added to it.

Nothing that is known is lost, so that the pages of a report are the same whatever came first. A
page that a person took away from a report stays away.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from sqlalchemy import ColumnElement, Connection, and_, delete, false, insert, select, update

from data.clock import today
from data.reports.keys import page_of
from data.reports.review.events import read_reports
from data.reports.sources import SourceRows
from data.store import tables as schema
from data.store.frames import insert_frame
from data.store.ledger.acts import actor_now
from data.store.ledger.rights import not_own

FURTHER, _REPORTS, _SOURCES = schema.report_sources, schema.reports, schema.sources
_MOST_IDS = 10_000  # of one statement: databases limit its parameters
_TOLD, _PAIR = ["report_id", "url", "publisher"], ["report_id", "page"]


def pages_of(connection: Connection, ids: Iterable[str]) -> pd.DataFrame:
    """Return the pages that some reports have or had, each once.

    Returns
    -------
    DataFrame
        ``report_id``, ``page`` (see `page_of`), ``source_id``, and ``removed``: whether a person
        took it away.
    """
    wanted = list(dict.fromkeys(ids))
    rows: list[tuple[str, str, str, bool]] = []
    for start in range(0, len(wanted), _MOST_IDS):
        batch = wanted[start : start + _MOST_IDS]
        for table, removed in ((_REPORTS, false()), (FURTHER, FURTHER.c.removed)):
            query = select(table.c.report_id, _SOURCES.c.url, table.c.source_id, removed).join_from(
                table, _SOURCES, table.c.source_id == _SOURCES.c.source_id
            )
            query = query.where(table.c.report_id.in_(batch), _SOURCES.c.url.isnot(None))
            rows += map(tuple, connection.execute(query))
    found = pd.DataFrame(rows, columns=["report_id", "page", "source_id", "removed"])
    found = found.astype({"page": "str", "report_id": "str", "removed": bool})
    return found.assign(page=page_of(found["page"])).drop_duplicates(_PAIR, ignore_index=True)


def told_pages(rows: pd.DataFrame, *, all_of_them: bool) -> pd.DataFrame:
    """Return the pages that rows of a file name, one each.

    Parameters
    ----------
    rows
        By row number: ``report_id``, and ``source_url``, ``source_publisher``, ``more_urls``,
        ``more_publishers`` as `data.reports.fields.read_fields` returns them.
    all_of_them
        Whether the first of each row is among them.

    Returns
    -------
    DataFrame
        By row number: ``report_id``, ``url``, ``publisher``.
    """
    names = {"source_url": "url", "source_publisher": "publisher"}
    first = rows.rename(columns=names)[_TOLD]
    several = rows[rows["more_urls"].notna()]
    more = pd.DataFrame(
        {
            "report_id": several["report_id"],
            "url": several["more_urls"].str.split("\n"),
            "publisher": several["more_publishers"].str.split("\n"),
        }
    ).explode(["url", "publisher"])
    more = more.assign(publisher=more["publisher"].mask(more["publisher"].eq("")))
    both = [first[first["url"].notna()], more] if all_of_them else [more]
    return pd.concat(both).astype("str")


class FurtherSources:
    """The table ``report_sources`` while a file is brought in.

    Parameters
    ----------
    connection
        The transaction of the import.
    import_id
        Key of the import.
    sources
        The table ``sources`` while it is.
    """

    def __init__(self, connection: Connection, import_id: str, sources: SourceRows) -> None:
        self._connection = connection
        self._import_id = import_id
        self._sources = sources

    def add(self, told: pd.DataFrame, fresh: pd.DataFrame) -> pd.Index:
        """Store the pages that reports do not have yet, where whoever acts may write about them.

        Parameters
        ----------
        told
            What `told_pages` returns.
        fresh
            Reports of this chunk that are about to be written: ``report_id``, ``source_url``,
            ``unit_kejadian``, ``agency``.

        Returns
        -------
        Index
            The rows of ``told`` by which a page was added, each once.
        """
        told = told.assign(page=page_of(told["url"]))
        told = told.drop_duplicates(_PAIR)
        if told.empty:
            return told.index
        own = fresh[fresh["report_id"].isin(told["report_id"])]
        first = own[own["source_url"].notna()]
        first = pd.DataFrame(
            {"report_id": first["report_id"], "page": page_of(first["source_url"])}
        )
        known = pd.concat([pages_of(self._connection, told["report_id"]), first])
        pairs = pd.MultiIndex.from_frame(known[_PAIR])
        told = told[~pd.MultiIndex.from_frame(told[_PAIR]).isin(pairs)]
        told = told[~told["report_id"].isin(self._of_others(told["report_id"], own))]
        if len(told):
            at = told.reset_index(drop=True)
            ids = self._sources.keys_of(at["url"], at["publisher"])
            rows = at[["report_id"]].assign(source_id=ids, removed=False, import_id=self._import_id)
            insert_frame(self._connection, FURTHER, rows)
        return told.index.unique()

    def _of_others(self, ids: pd.Series, fresh: pd.DataFrame) -> set[str]:
        """Return the reports among ``ids`` that whoever acts may not write about."""
        rows = read_reports(self._connection, ids[~ids.isin(fresh["report_id"])])
        return {one for _, wrong in not_own(actor_now(), rows) for one in rows.index[wrong]}


def add_page(connection: Connection, report_id: str, url: str, publisher: str | None) -> bool:
    """Add a page to a report, also one that was taken away; return whether it is one more.

    Parameters
    ----------
    connection
        The transaction of the caller.
    report_id
        A report of the store.
    url, publisher
        The address of the page, and whose it is.
    """
    at = pd.Series([url], dtype="str")
    known = pages_of(connection, [report_id])
    for _, same in known[known["page"].eq(page_of(at).iloc[0])].iterrows():
        if same["removed"]:
            where = _row(report_id, str(same["source_id"]))
            connection.execute(update(FURTHER).where(where).values(removed=False))
        return bool(same["removed"])
    sources = SourceRows(connection, "", "", today())
    key = sources.keys_of(at, pd.Series([publisher], dtype="str")).iloc[0]
    connection.execute(insert(FURTHER).values(report_id=report_id, source_id=key, removed=False))
    return True


def take_away(connection: Connection, report_id: str, key: str) -> bool:
    """Take a source away from a report that has others; return whether it went.

    In place of the first the next comes first, by its address.
    """
    query = select(_REPORTS.c.source_id).where(_REPORTS.c.report_id == report_id)
    first = connection.execute(query).scalar()
    others = (
        select(FURTHER.c.source_id)
        .join_from(FURTHER, _SOURCES, FURTHER.c.source_id == _SOURCES.c.source_id)
        .where(FURTHER.c.report_id == report_id, FURTHER.c.removed.is_(False))
        .order_by(_SOURCES.c.url)
    )
    rest = [one for one in connection.execute(others).scalars() if one != first]
    if key in rest:
        connection.execute(update(FURTHER).where(_row(report_id, key)).values(removed=True))
        return True
    if key != first or not rest:
        return False
    for one in (rest[0], first):
        connection.execute(delete(FURTHER).where(_row(report_id, one)))
    connection.execute(insert(FURTHER).values(report_id=report_id, source_id=first, removed=True))
    own = _REPORTS.c.report_id == report_id
    connection.execute(update(_REPORTS).where(own).values(source_id=rest[0]))
    return True


def _row(report_id: str, key: str) -> ColumnElement[bool]:
    return and_(FURTHER.c.report_id == report_id, FURTHER.c.source_id == key)
