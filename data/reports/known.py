"""Which reports of a file are new, which are known, and which put a known one right.

The rule, row by row:

- A row with an id that is known speaks of that report. It is the `same` if all that it says is
  stored already, and else it is `corrected`: a new version. An old file that is imported again is
  a new version too. The affair of a report stays where a row names none, and what its file has no
  column for stays as well, see `KnownReports.completed`.
- The source of a report stays. Another page that a row names is a further one, and the text that
  names its source speaks of that page; it says nothing of the report, see `data.reports.further`.
- What this same import stored stays as the store has it, should it have been changed there since.
- An id given a second time in one file with another content is a `conflict`; so is the id of a
  report that was taken down in the product itself, and not brought by a file.
- An id of digits alone may be a running number, and the report that has it one of another file.
  Such a row is a correction only where the summary, a page, or the day with the place agrees, or
  the report came from this same file under another mapping; else it is a `conflict`.
- A row with an id that is not known is the `same` as a report with the same kind, date, place,
  category and summary: whoever numbers two events of one page has two events in mind.
- So is a row without an id. Two summaries are the same when all their words and numbers are,
  and not when they are alike: cases of one page often differ in a number. If one of the two has no
  summary, the page decides, any of those of both; a report without one stands for a single case
  of its page.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from data.reports.further import FURTHER, pages_of
from data.reports.keys import (
    KEY_COLUMNS,
    Flags,
    Keys,
    first_lane,
    key_columns,
    page_of,
    plain,
    report_keys,
)
from data.store import tables as schema
from data.store.frames import typed
from data.vocabulary import ANSWER_IMPORT
from geo.codes import descends_from, level_of

VERDICTS = ("new", "same", "corrected", "conflict")
_ID_LETTERS = 20
_BATCH = 100_000
_MOST_IDS = 10_000  # of one statement: databases limit its parameters
_DAYS = ("date_event", "date_end")
_TEXTS = ("kind", "date_precision", "unit_kejadian", "tps_number", "category", "agency")
_KEY_COLUMNS = (*_DAYS, *_TEXTS, "summary", "source_text")
_LAST_DAYS = ("date_end", "date_reported")
_PLACE = (
    "unit_kejadian", "location_precision", "tps_number", "lon", "lat", "location_note",
)  # fmt: skip
_OF_THE_IMPORT = ("report_id", "perkara_id", "source_id", "import_id")
_SAID = [c.name for c in schema.reports.columns if c.name not in _OF_THE_IMPORT]

Holder = str | int
"""Where a report is: its id in the store, or its place among the rows of this file."""


class _Row(NamedTuple):
    """A row that may meet a known report."""

    at: int
    report_id: str
    main: bytes
    pages: tuple[bytes, ...]
    is_silent: bool


class _Given(NamedTuple):
    """How a row with an id of its own stands to the stored report with that id, if any."""

    said: int
    """Equal for rows of one file that say the same, but for their source."""
    text: str
    page: str
    """Of the source; empty for none."""
    equal: bool
    kept: bool
    """Whether this same import stored the report."""
    believed: bool
    before: bytes | None
    """Key of the stored report."""


class KnownReports:
    """The reports of the store and of the rows read so far.

    Parameters
    ----------
    connection
        The transaction of the import. What `sort` finds new or corrected must be stored in it
        before the next call.
    import_id
        Key of the import.
    same_file
        Keys of imports of this same file, under whatever mapping.
    """

    def __init__(
        self, connection: Connection, import_id: str, same_file: Iterable[str] = ()
    ) -> None:
        self._connection = connection
        self._import_id = import_id
        self._same_file = set(same_file)
        self._ids: dict[str, Holder] = {}
        self._by_key: dict[bytes, Holder] = {}
        self._by_page: dict[bytes, Holder] = {}
        self._spoken_for: set[bytes] = set()
        self._row_ids: list[str] = []
        self._row_numbers: list[int] = []

    @classmethod
    def of_store(cls, connection: Connection, import_id: str, sha256: str = "") -> KnownReports:
        """Return all stored reports; ``sha256`` is the digest of the file that comes in."""
        imports, reports, sources = schema.imports.c, schema.reports.c, schema.sources.c
        of_file = select(imports.import_id).where(imports.sha256 == sha256)
        known = cls(connection, import_id, connection.execute(of_file).scalars())
        query = select(reports.report_id, *(reports[name] for name in _KEY_COLUMNS), sources.url)
        first = query.outerjoin_from(
            schema.reports, schema.sources, reports.source_id == sources.source_id
        )
        further = query.join_from(
            schema.reports, FURTHER, reports.report_id == FURTHER.c.report_id
        ).join(schema.sources, FURTHER.c.source_id == sources.source_id)
        for one in (first, further.order_by(reports.report_id, sources.url)):
            rows = connection.execute(one, execution_options={"yield_per": _BATCH})
            for batch in rows.partitions():
                frame = _key_frame(batch)
                ids = frame["report_id"].tolist()
                known._remember(report_keys(frame), ids, ids)
        return known

    def completed(
        self, frame: pd.DataFrame, stored: pd.DataFrame, columns: list[str], finest: str | None
    ) -> pd.DataFrame:
        """Return ``frame`` with ``columns`` as the known reports of its ids and kinds have them.

        Reports of this same file are left aside: another mapping may put them right.

        Parameters
        ----------
        frame
            Good rows as `data.reports.kind.REPORTS` builds them, indexed by row number.
        stored
            What `stored` returns of their ids.
        columns
            What the file has no column for.
        finest
            Finest level that the columns of the file can name, None where they can name a desa. A
            known place within a unit of that level stays too.
        """
        stored = stored[stored["report_id"].notna()]
        if stored.empty or not (columns or finest):
            return frame
        same = stored["kind"].eq(frame.loc[stored.index, "kind"]).fillna(False).astype(bool)
        known = stored[same & ~stored["import_id"].isin(self._same_file)]
        out = frame.copy()
        for name in columns:
            kept = known[name].astype(out[name].dtype)
            if name in _LAST_DAYS:  # a span of days in one cell says its end, and may have moved
                kept = out.loc[known.index, name].fillna(kept)
                kept = kept.where(kept >= out.loc[known.index, "date_event"])
            out.loc[known.index, name] = kept
        if finest:
            pairs = zip(known["unit_kejadian"], out.loc[known.index, "unit_kejadian"], strict=True)
            inside = [level_of(new) == finest and descends_from(old, new) for old, new in pairs]
            finer = known[np.array(inside, dtype=bool)]
            for name in _PLACE:
                out.loc[finer.index, name] = finer[name].astype(out[name].dtype)
        return out.assign(**key_columns(out))

    def of_its_page(self, frame: pd.DataFrame, stored: pd.DataFrame) -> pd.DataFrame:
        """Return ``frame`` with the text of the source as stored where a row names another page.

        Parameters
        ----------
        frame, stored
            As for `completed`.
        """
        stored = stored[stored["report_id"].notna()]
        named = frame.loc[stored.index, "source_url"]
        first = page_of(stored["source_url"].fillna(""))
        other = named.notna() & page_of(named.fillna("")).ne(first)
        if not other.any():
            return frame
        texts = stored.loc[other, "source_text"].reindex(frame.index)
        at = frame.index.isin(other.index[other])
        return frame.assign(source_text=frame["source_text"].mask(at, texts))

    def sort(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Tell what each row is, and remember it.

        Parameters
        ----------
        frame
            Good rows as `data.reports.files.build` returns them, indexed by row number.

        Returns
        -------
        DataFrame
            On the same index: ``verdict``, one of `VERDICTS`; ``report_id``, ``perkara_id`` and
            ``source_id`` to store a new or corrected row under, the last missing where the row
            names its source; ``of_report`` or ``of_row``, the stored report or the row of this
            file that a row repeats or corrects; ``about``, id of the report to which a page that
            the row names may be new.
        """
        keys = report_keys(frame)
        given = frame["given_id"].notna().to_numpy()
        made = [f"L{key[: _ID_LETTERS // 2].hex()}" for key in keys.main]
        ids = pd.Series(made, index=frame.index, dtype="str")
        ids = ids.mask(given, frame["given_id"]) if given.any() else ids
        names, first = ids.tolist(), len(self._row_ids)
        self._row_ids += names
        self._row_numbers += frame.index.tolist()
        meets = self._may_meet(keys, names, given) | frame["more_urls"].notna().to_numpy()
        self._remember(keys, names, range(first, len(self._row_ids)), ~meets)
        out = pd.DataFrame({"verdict": "new", "report_id": ids}, index=frame.index)
        out["perkara_id"] = frame["perkara_id"].where(frame["perkara_id"] != "", ids)
        kinds = {"source_id": "str", "of_report": "str", "of_row": "Int64", "about": "str"}
        for name, kind in kinds.items():
            out[name] = pd.Series(None, index=frame.index, dtype=kind)
        if meets.any():
            self._settle(out, frame, keys, np.flatnonzero(meets).tolist())
        return out

    def _remember(
        self, keys: Keys, ids: Sequence[str], where: Sequence[Holder], new: Flags | None = None
    ) -> None:
        """Note new reports, all unless told; of several with the same key the first counts."""
        new = np.ones(len(ids), dtype=bool) if new is None else new
        holders = list(compress(where, new))
        self._ids.update(zip(compress(ids, new), holders, strict=True))
        _note_first(self._by_key, compress(keys.main, new), holders)
        pages = compress(keys.page, new[keys.has_page])
        _note_first(self._by_page, pages, compress(where, new & keys.has_page))

    def _may_meet(self, keys: Keys, ids: Sequence[str], given: Flags) -> Flags:
        """Return which rows (N,) share a key or an id with a known report or another row."""
        n = len(ids)
        lane = pd.Series(first_lane(keys.main))
        meets = np.fromiter(map(self._by_key.__contains__, keys.main), dtype=bool, count=n)
        meets |= np.fromiter(map(self._ids.__contains__, ids), dtype=bool, count=n)
        meets |= lane.duplicated(keep=False).to_numpy()
        if given.any():
            meets |= pd.Series(ids).duplicated(keep=False).to_numpy()
        known = [page in self._by_key or page in self._by_page for page in keys.page]
        twice = pd.Series(first_lane(keys.page)).duplicated(keep=False).to_numpy()
        # Unless a summary lacks somewhere, the page decides nothing.
        meets[keys.has_page] |= np.array(known, dtype=bool) | (twice & keys.is_silent.any())
        return meets

    def _settle(
        self, out: pd.DataFrame, frame: pd.DataFrame, keys: Keys, positions: list[int]
    ) -> None:
        """Judge rows at some positions one by one and write into ``out`` what they are."""
        rows = frame.assign(report_id=out["report_id"]).iloc[positions]
        rows = rows[rows["given_id"].notna()]
        stored = self.stored(rows["report_id"])
        first = len(self._row_ids) - len(out)
        places = first + np.flatnonzero(out.index.isin(rows.index))
        facts = dict(zip(places.tolist(), self._facts(rows, stored), strict=True))
        verdicts, of = ["new"] * len(out), np.full((3, len(out)), None, dtype=object)
        pages = _pages_by_row(frame, keys)
        for i in positions:
            at, named = first + i, pages.get(i, ())
            row = _Row(at, self._row_ids[at], keys.main[i], named, bool(keys.is_silent[i]))
            verdicts[i], holder = self._judge(row, facts)
            report_id = holder
            if isinstance(holder, int):
                of[1, i], report_id = self._row_numbers[holder], self._row_ids[holder]
            else:
                of[0, i] = holder
            if holder is not None and any(self._by_page.get(page) != holder for page in named):
                of[2, i] = report_id
                for page in named:
                    self._by_page.setdefault(page, holder)
        out["verdict"] = pd.Series(verdicts, index=out.index, dtype="str")
        for name, told in zip(("of_report", "of_row", "about"), of, strict=True):
            out[name] = pd.Series(told, index=out.index, dtype=out[name].dtype)
        corrected = rows.index[out.loc[rows.index, "verdict"] == "corrected"]
        rows, stored = rows.loc[corrected], stored.loc[corrected]
        silent = rows["perkara_id"].eq("")
        out.loc[corrected[silent], "perkara_id"] = stored.loc[silent, "perkara_id"]
        out.loc[corrected, "source_id"] = stored["source_id"]

    def _facts(self, rows: pd.DataFrame, stored: pd.DataFrame) -> Iterator[_Given]:
        if rows.empty:
            return iter(())
        own = stored["kind"].notna().to_numpy()
        before: list[bytes | None] = [None] * len(rows)
        for i, key in zip(np.flatnonzero(own), report_keys(stored[own]).main, strict=True):
            before[i] = key
        names = [name for name in (*_SAID, "perkara_id") if name != "source_text"]
        said = pd.util.hash_pandas_object(rows[names], index=False)
        text, page = rows["source_text"].fillna(""), page_of(rows["source_url"].fillna(""))
        of = stored["import_id"]
        kept = of.eq(self._import_id).fillna(False)
        by_hand = of.str.startswith(f"{ANSWER_IMPORT}/").fillna(False).astype(bool)
        believed = self._is_believed(rows, stored) & ~by_hand
        return map(_Given, said, text, page, _is_equal(rows, stored), kept, believed, before)

    def _judge(self, row: _Row, facts: Mapping[Any, _Given]) -> tuple[str, Holder | None]:
        """Return the verdict on a row and whom it is about; remember what is new or corrected."""
        holder, old = self._ids.get(row.report_id), self._by_key.get(row.main)
        given = facts.get(row.at)
        if given is not None and holder is not None:
            if isinstance(holder, int):
                earlier = facts.get(holder)
                equal = _alike(earlier, given) if earlier else given.equal or old == holder
                return ("same", holder) if equal else ("conflict", None)
            verdict = "corrected" if given.believed else "conflict"
            verdict = "same" if given.equal or given.kept else verdict
            if verdict == "corrected" and self._by_key.get(given.before or b"") == holder:
                del self._by_key[given.before or b""]
            if verdict != "conflict":
                self._place(row)
            return verdict, holder if verdict != "conflict" else None
        if old is None and given is None:
            old = self._of_page(row)
            old = holder if old is None else old
        if old is not None:
            return "same", old
        self._place(row)
        return "new", None

    def _place(self, row: _Row) -> None:
        self._ids[row.report_id] = row.at
        self._by_key.setdefault(row.main, row.at)
        for page in row.pages:
            self._by_page.setdefault(page, row.at)
            if row.is_silent:
                self._by_key.setdefault(page, row.at)

    def _of_page(self, row: _Row) -> Holder | None:
        """Return the report that a row without an id is taken for because of its page."""
        for page in row.pages:
            if row.is_silent and page in self._by_page:
                return self._by_page[page]
            silent = None if row.is_silent else self._by_key.get(page)
            if silent is not None and page not in self._spoken_for:
                self._spoken_for.add(page)
                self._by_key[row.main] = silent
                return silent
        return None

    def stored(self, ids: pd.Series) -> pd.DataFrame:
        """Return the stored report of each of ``ids`` (any index), missing where there is none.

        On the same index; columns are those of the table and ``source_url``.
        """
        known = [i for i in ids.unique() if i in self._ids]
        sources, table = schema.sources.c, schema.reports
        query = select(table, sources.url.label("source_url")).outerjoin_from(
            table, schema.sources, table.c.source_id == sources.source_id
        )
        records: list[tuple[Any, ...]] = []
        for start in range(0, len(known), _MOST_IDS):
            batch = table.c.report_id.in_(known[start : start + _MOST_IDS])
            records += map(tuple, self._connection.execute(query.where(batch)))
        names = [*(c.name for c in table.columns), "source_url"]
        raw = pd.DataFrame.from_records(records, columns=names)
        urls = raw["source_url"].astype("str")
        found = typed(raw, table).assign(source_url=urls).set_index("report_id", drop=False)
        return found.reindex(ids).set_axis(ids.index)

    def _is_believed(self, rows: pd.DataFrame, stored: pd.DataFrame) -> Flags:
        """Return which rows speak of the report that has their id, should they say otherwise."""
        day = (rows["date_event"] == stored["date_event"]).to_numpy()
        pairs = list(zip(rows["unit_kejadian"], stored["unit_kejadian"], strict=True))
        near = {
            pair: isinstance(pair[1], str)
            and (descends_from(*pair) or descends_from(pair[1], pair[0]))
            for pair in set(pairs)
        }
        summary = plain(rows["summary"])
        agrees = day & np.array([near[pair] for pair in pairs], dtype=bool)
        agrees |= (summary.ne("") & summary.eq(plain(stored["summary"]))).to_numpy()
        has = pages_of(self._connection, rows["report_id"])
        named = rows.assign(page=page_of(rows["source_url"].fillna("")))[["report_id", "page"]]
        has = has[["report_id", "page"]]
        agrees |= pd.MultiIndex.from_frame(named).isin(pd.MultiIndex.from_frame(has))
        agrees |= stored["import_id"].isin(self._same_file).to_numpy()
        agrees |= ~rows["report_id"].str.isdigit().to_numpy(dtype=bool)
        believed: Flags = agrees
        return believed


def _note_first(
    known: dict[bytes, Holder], keys: Iterable[bytes], holders: Iterable[Holder]
) -> None:
    # A million of them: the loop runs in C, and keeps nothing.
    deque(map(known.setdefault, keys, holders), maxlen=0)


def _is_equal(rows: pd.DataFrame, stored: pd.DataFrame) -> Flags:
    """Return which rows say nothing that is not stored under their id already."""
    one = typed(rows.assign(source_id=None), schema.reports)[_SAID]
    equal = np.ones(len(rows), dtype=bool)
    for name in _SAID:
        same = (one[name] == stored[name]).fillna(False).to_numpy(dtype=bool)
        equal &= same | (one[name].isna() & stored[name].isna()).to_numpy()
    of_affair = rows["perkara_id"].eq(stored["perkara_id"]).fillna(False).astype(bool)
    equal &= (of_affair | rows["perkara_id"].eq("")).to_numpy(dtype=bool)
    return equal


def _alike(one: _Given, other: _Given) -> bool:
    """Tell whether two rows say the same of a report: of two pages each has a text of its own."""
    apart = "" not in (one.page, other.page) and one.page != other.page
    return one.said == other.said and (apart or one.text == other.text)


def _key_frame(batch: Sequence[Any]) -> pd.DataFrame:
    """Return what `report_keys` takes of reports, and their ids."""
    names = ("report_id", *_KEY_COLUMNS, "source_url")
    return pd.DataFrame(
        {
            name: pd.to_datetime(pd.Series(cells), errors="raise").astype("datetime64[us]")
            if name in _DAYS
            else pd.Series(cells, dtype="str")
            for name, cells in zip(names, zip(*batch, strict=True), strict=True)
        }
    )


def _pages_by_row(frame: pd.DataFrame, keys: Keys) -> dict[int, tuple[bytes, ...]]:
    """Return the keys of the pages of each row that has any, by its place in ``frame``."""
    at = np.flatnonzero(keys.has_page).tolist()
    pages: dict[int, tuple[bytes, ...]]
    pages = {i: (key,) for i, key in zip(at, keys.page, strict=True)}
    several = np.flatnonzero(frame["more_urls"].notna())
    if len(several):
        part = frame.iloc[several].assign(at=several)
        part = part.assign(source_url=part["more_urls"].str.split("\n")).explode("source_url")
        more = report_keys(part.drop(columns=list(KEY_COLUMNS)).astype({"source_url": "str"}))
        for i, key in zip(part["at"], more.page, strict=True):
            pages[i] += (key,)
    return pages
