"""Sources of imported reports: a row per page, and the file itself for rows that name no page."""

from __future__ import annotations

from datetime import date

import pandas as pd
from sqlalchemy import Connection, select

from data import bulk, schema
from data.report_keys import source_id


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
        """Store the sources of new reports and return the reports with their ``source_id``."""
        if reports.empty:
            return reports
        first = reports.drop_duplicates("source_url")
        pages = first[first["source_url"].notna() & ~first["source_url"].isin(self._by_url.keys())]
        new = [
            {"url": url, "publisher": publisher, "kind": "publik", "source_id": self._new_id(url)}
            for url, publisher in zip(pages["source_url"], pages["source_publisher"], strict=True)
        ]
        if reports["source_url"].isna().any() and self._file_id not in self._ids:
            self._ids.add(self._file_id)
            new.append({"source_id": self._file_id, **self._file})
        if new:
            bulk.insert_frame(self._connection, schema.sources, pd.DataFrame(new))
        ids = reports["source_url"].map(self._by_url, na_action="ignore").astype("str")
        return reports.assign(source_id=ids.fillna(self._file_id))

    def _new_id(self, url: str) -> str:
        key = source_id(url)
        while key in self._ids:
            # Ten letters of a hash meet now and then among a million pages.
            key = source_id(key + url)
        self._ids.add(key)
        self._by_url[url] = key
        return key
