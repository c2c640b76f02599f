"""What makes two reports the same, which rows of a file are new, and the sources of its rows.

A source is the page that a row names, or the file itself for rows that name none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b, sha256

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, select

from data.store import engine as bulk
from data.store import tables as schema

_KEY_BYTES = 16
_ID_LETTERS = 20
_BATCH = 100_000
_NOT_WORD = r"[^\pL\pN]+"
_URL_FRONT = re.compile(r"^(?:https?://)?(?:www\.)?", re.IGNORECASE)


def source_id(url: str) -> str:
    """Return the key of a page in the table ``sources``."""
    return sha256(url.encode()).hexdigest()[:10]


@dataclass(frozen=True)
class Keys:
    """Keys of N reports.

    Attributes
    ----------
    main
        (N,) date, place, category and what the report says: its summary, or without one its page,
        or without that the text of its source.
    page
        (N,) date, place, category and its page; None without a page.
    """

    main: list[bytes]
    page: list[bytes | None]


def report_keys(frame: pd.DataFrame) -> Keys:
    """Return the keys of reports.

    Two reports are the same when date, place, category and summary agree, letter case and
    punctuation aside; without a summary, when the source agrees. The name of a source that is no
    page (an office, a paper) does not make two reports with different summaries the same.

    Parameters
    ----------
    frame
        Columns ``kind``, ``date_event``, ``date_end``, ``date_precision``, ``unit_kejadian``,
        ``tps_number``, ``category``, ``agency``, ``summary``, ``source_url``, ``source_text``.
    """
    is_nihil = frame["kind"] == "nihil"
    # Of a nihil the period and who reports it belong to what is said.
    parts = [
        frame["kind"],
        _day(frame["date_event"]),
        _day(frame["date_end"]).where(is_nihil, ""),
        frame["date_precision"],
        frame["unit_kejadian"],
        frame["tps_number"].fillna(""),
        frame["category"].fillna(""),
        _plain(frame["agency"]).where(is_nihil, ""),
    ]
    base = parts[0]
    for part in parts[1:]:
        base = base + "|" + part
    summary = _plain(frame["summary"])
    url = frame["source_url"].fillna("").str.replace(_URL_FRONT.pattern, "", regex=True)
    url = url.str.rstrip("/")
    text = _plain(frame["source_text"])
    said = ("s" + summary).where(summary != "", ("p" + url).where(url != "", "t" + text))
    main = _digests(base + "|" + said)
    page = _digests(base + "|p" + url)
    return Keys(main, [k if u else None for k, u in zip(page, url, strict=True)])


def _day(values: pd.Series) -> pd.Series:
    codes, distinct = pd.factorize(values)
    texts = [day.date().isoformat() for day in distinct]
    return pd.Series([*texts, ""], dtype="str").take(codes).set_axis(values.index)


def _plain(values: pd.Series) -> pd.Series:
    """Return texts in lower case with one blank for whatever is no letter or digit."""
    texts = pa.array(values.fillna(""), pa.large_string())
    words = pc.replace_substring_regex(pc.utf8_lower(texts), pattern=_NOT_WORD, replacement=" ")
    return pd.Series(pc.utf8_trim_whitespace(words).to_pandas(), dtype="str").set_axis(values.index)


def _digests(texts: pd.Series) -> list[bytes]:
    return [blake2b(t.encode(), digest_size=_KEY_BYTES).digest() for t in texts.tolist()]


@dataclass(frozen=True)
class Verdict:
    """What became of N rows, in their order.

    Attributes
    ----------
    report_id
        Id of a new report; None for a row that is not new.
    of_report, of_row
        The stored report, or the row of the same file, that a row repeats.
    conflict
        Whether the given id belongs to a report that says something else.
    """

    report_id: list[str | None] = field(default_factory=list)
    of_report: list[str | None] = field(default_factory=list)
    of_row: list[int | None] = field(default_factory=list)
    conflict: list[bool] = field(default_factory=list)

    def add(self, new: str | None, old: str | int | None = None, *, conflict: bool = False) -> None:
        """Append what became of the next row."""
        self.report_id.append(new)
        self.of_report.append(old if isinstance(old, str) else None)
        self.of_row.append(old if isinstance(old, int) else None)
        self.conflict.append(conflict)


class KnownReports:
    """The reports of the store and of the rows read so far, by key and by id."""

    def __init__(self) -> None:
        self._by_key: dict[bytes, str | int] = {}
        self._by_id: dict[str, str | int] = {}
        self._of_same_file: set[str] = set()

    @classmethod
    def of_store(cls, connection: Connection, import_id: str) -> KnownReports:
        """Read the keys of all stored reports, in batches."""
        known = cls()
        reports, sources = schema.reports.c, schema.sources.c
        names = ["kind", "date_event", "date_end", "date_precision", "unit_kejadian"]
        names += ["tps_number", "category", "agency", "summary", "source_text"]
        query = select(
            reports.report_id, reports.import_id, *(reports[name] for name in names), sources.url
        ).outerjoin_from(schema.reports, schema.sources, reports.source_id == sources.source_id)
        rows = connection.execute(query, execution_options={"yield_per": _BATCH})
        for batch in rows.partitions():
            frame = pd.DataFrame.from_records(
                [tuple(row) for row in batch],
                columns=["report_id", "import_id", *names, "source_url"],
            )
            known._add_stored(frame, import_id)
        return known

    def _add_stored(self, frame: pd.DataFrame, import_id: str) -> None:
        texts = frame.columns.drop(["date_event", "date_end"])
        typed = frame.astype(dict.fromkeys(texts, "str"))
        for column in ("date_event", "date_end"):
            typed[column] = pd.to_datetime(frame[column])
        keys = report_keys(typed)
        ids = frame["report_id"].tolist()
        for report_id, main, page in zip(ids, keys.main, keys.page, strict=True):
            self._remember(report_id, report_id, main, page)
        self._of_same_file.update(frame.loc[frame["import_id"] == import_id, "report_id"])

    def _remember(self, report_id: str, where: str | int, main: bytes, page: bytes | None) -> None:
        self._by_id[report_id] = where
        self._by_key.setdefault(main, where)
        if page is not None:
            self._by_key.setdefault(page, where)

    def sort(self, keys: Keys, given_ids: list[str | None], row_numbers: list[int]) -> Verdict:
        """Tell new rows from repeated ones, and remember the new ones.

        A row without an id of its own repeats a report with the same main key or the same page. A
        row with an id repeats one only with the same main key: whoever numbers two events of one
        page has two events in mind. Where the id is known, the report of that id must have a key
        in common, or have come from this same file and been corrected since.
        """
        verdict = Verdict()
        rows = zip(keys.main, keys.page, given_ids, row_numbers, strict=True)
        for main, page, given, number in rows:
            old = self._by_key.get(main)
            if old is None and page is not None and (given is None or given in self._by_id):
                old = self._by_key.get(page)
            report_id = given or f"L{main.hex()[:_ID_LETTERS]}"
            holder = self._by_id.get(report_id)
            if old is None and holder is None:
                self._remember(report_id, number, main, page)
                verdict.add(report_id)
            elif old is not None or given is None or given in self._of_same_file:
                # Only the first row of a file with an id can be the one that was corrected.
                self._of_same_file.discard(report_id)
                verdict.add(None, old if old is not None else holder)
            else:
                verdict.add(None, conflict=True)
        return verdict


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
        """Store the sources of new ``reports`` and return these with their ``source_id``.

        ``reports`` has the columns of the table and `EXTRA_COLUMNS`.
        """
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
