"""The sources of the rows of a file: the page that a row names, or the file itself."""

from __future__ import annotations

from datetime import date

import pandas as pd
from sqlalchemy import Connection, select

from data.store import frames as bulk
from data.store import tables as schema
from data.store.references import source_id


class SourceRows:
    """The table ``sources`` while a file is brought in.

    Parameters
    ----------
    connection
        The transaction of the import.
    import_id, file_name
        Key and name of the file.
    today
        When the file was received.
    """

    def __init__(self, connection: Connection, import_id: str, file_name: str, today: date) -> None:
        table = schema.sources.c
        rows = connection.execute(select(table.source_id, table.url)).all()
        self._connection = connection
        self._ids = {row.source_id for row in rows}
        self._by_url = {row.url: row.source_id for row in rows if row.url}
        self._file_id = f"berkas-{import_id}"
        self._file = {"kind": "berkas", "title": file_name, "retrieved": pd.Timestamp(today)}

    def attach(self, reports: pd.DataFrame) -> pd.DataFrame:
        """Store the sources of ``reports`` that have none yet; return these with ``source_id``.

        ``reports`` has the columns of the table and `EXTRA_COLUMNS`.
        """
        open_ones = reports["source_id"].isna()
        if not open_ones.any():
            return reports
        first = reports.loc[open_ones, ["source_url", "source_publisher"]]
        self.keys_of(first["source_url"].dropna(), first["source_publisher"])
        if first["source_url"].isna().any() and self._file_id not in self._ids:
            self._ids.add(self._file_id)
            own = pd.DataFrame([{"source_id": self._file_id, **self._file}])
            bulk.insert_frame(self._connection, schema.sources, own)
        codes, urls = pd.factorize(reports["source_url"])
        of_url = [*(self._by_url.get(url, self._file_id) for url in urls), self._file_id]
        ids = pd.Series(of_url, dtype="str").take(codes).set_axis(reports.index)
        return reports.assign(source_id=reports["source_id"].fillna(ids))

    def keys_of(self, urls: pd.Series, publishers: pd.Series) -> pd.Series:
        """Return the source of each of ``urls``, on their index; store those that have none yet.

        ``publishers`` are on the same index, or a larger one.
        """
        first = urls.drop_duplicates()
        new = [
            {"url": url, "publisher": publisher, "kind": "publik", "source_id": self._new_id(url)}
            for url, publisher in zip(first, publishers.reindex(first.index), strict=True)
            if url not in self._by_url
        ]
        if new:
            bulk.insert_frame(self._connection, schema.sources, pd.DataFrame(new))
        return urls.map(self._by_url)

    def _new_id(self, url: str) -> str:
        key = source_id(url)
        while key in self._ids:
            # Ten letters of a hash meet now and then among a million pages.
            key = source_id(key + url)
        self._ids.add(key)
        self._by_url[url] = key
        return key
