"""Which reports of a file are new, which are known, and which put a known one right.

The rule, row by row:

- A row with an id that is known speaks of that report. It is the `same` if all that it says is
  stored already, and else it is `corrected`: a new version. An old file that is imported again is
  a new version too. The affair and the page of a report stay where a row names none.
- What this same import stored stays as the store has it, should it have been changed there since.
- An id given a second time in one file with another content is a `conflict`; so is the id of a
  report that was taken down in the product itself, and not brought by a file.
- An id of digits alone may be a running number, and the report that has it one of another file.
  Such a row is a correction only where the summary, the page, or the day with the place agrees, or
  the report came from this same file under another mapping; else it is a `conflict`.
- A row with an id that is not known is the `same` as a report with the same kind, date, place,
  category and summary: whoever numbers two events of one page has two events in mind.
- So is a row without an id. Two summaries are the same when all their words and numbers are,
  and not when they are alike: cases of one page often differ in a number. If one of the two has no
  summary, the page decides; a report without one stands for a single case of its page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from data.reports.keys import Flags, Keys, first_lane, plain, report_keys
from data.risk.answers import ANSWER_IMPORT
from data.store import tables as schema
from data.store.engine import typed
from geo.codes import descends_from

VERDICTS = ("new", "same", "corrected", "conflict")
_ID_LETTERS = 20
_BATCH = 100_000
_MOST_IDS = 10_000  # of one statement: databases limit its parameters
_KEY_COLUMNS = (
    "kind", "date_event", "date_end", "date_precision", "unit_kejadian", "tps_number", "category",
    "agency", "summary", "source_text",
)  # fmt: skip
_OF_THE_IMPORT = ("report_id", "perkara_id", "source_id", "import_id")
_SAID = [c.name for c in schema.reports.columns if c.name not in _OF_THE_IMPORT]

Holder = str | int
"""Where a report is: its id in the store, or its row number in this file."""


class _Row(NamedTuple):
    """A row that may meet a known report; the last four are of a row with an id of its own."""

    number: int
    report_id: str
    main: bytes
    page: bytes | None
    is_silent: bool
    said: int
    given: bool
    equal: bool
    kept: bool
    believed: bool
    before: bytes | None


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

    @classmethod
    def of_store(cls, connection: Connection, import_id: str, sha256: str = "") -> KnownReports:
        """Return all stored reports; ``sha256`` is the digest of the file that comes in."""
        imports, reports, sources = schema.imports.c, schema.reports.c, schema.sources.c
        of_file = select(imports.import_id).where(imports.sha256 == sha256)
        known = cls(connection, import_id, connection.execute(of_file).scalars())
        query = select(
            reports.report_id, *(reports[name] for name in _KEY_COLUMNS), sources.url
        ).outerjoin_from(schema.reports, schema.sources, reports.source_id == sources.source_id)
        rows = connection.execute(query, execution_options={"yield_per": _BATCH})
        for batch in rows.partitions():
            names = ("report_id", *_KEY_COLUMNS, "source_url")
            frame = pd.DataFrame(
                {
                    name: pd.to_datetime(pd.Series(cells), errors="raise").astype("datetime64[us]")
                    if name in {"date_event", "date_end"}
                    else pd.Series(cells, dtype="str")
                    for name, cells in zip(names, zip(*batch, strict=True), strict=True)
                }
            )
            ids = frame["report_id"].tolist()
            known._remember(report_keys(frame), ids, ids, range(len(ids)))
        return known

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
            file that a row repeats or corrects.
        """
        keys = report_keys(frame)
        given = frame["given_id"].notna().to_numpy()
        made = [f"L{key[: _ID_LETTERS // 2].hex()}" for key in keys.main]
        ids = pd.Series(made, index=frame.index, dtype="str").mask(given, frame["given_id"])
        names, numbers = ids.tolist(), frame.index.tolist()
        meets = self._may_meet(keys, names, given)
        self._remember(keys, names, numbers, np.flatnonzero(~meets).tolist())
        out = pd.DataFrame({"verdict": "new", "report_id": ids}, index=frame.index)
        out["perkara_id"] = frame["perkara_id"].where(frame["perkara_id"] != "", ids)
        for name, kind in (("source_id", "str"), ("of_report", "str"), ("of_row", "Int64")):
            out[name] = pd.Series(None, index=frame.index, dtype=kind)
        if meets.any():
            rows = frame[meets].assign(report_id=ids[meets])
            stored = self._stored(ids[meets & given])
            self._settle(out, rows, stored.reindex(rows["report_id"]).set_axis(rows.index), keys)
        return out

    def _remember(
        self, keys: Keys, ids: Sequence[str], where: Sequence[Holder], positions: Sequence[int]
    ) -> None:
        """Note new reports; of several with the same key the first counts."""
        for i in positions:
            self._ids[ids[i]] = where[i]
            self._by_key.setdefault(keys.main[i], where[i])
            if (page := keys.page[i]) is not None:
                self._by_page.setdefault(page, where[i])

    def _may_meet(self, keys: Keys, ids: Sequence[str], given: Flags) -> Flags:
        """Return which rows (N,) share a key or an id with a known report or another row."""
        n = len(ids)
        lane = pd.Series(first_lane(keys.main))
        meets = np.fromiter(map(self._by_key.__contains__, keys.main), dtype=bool, count=n)
        meets |= np.fromiter(map(self._ids.__contains__, ids), dtype=bool, count=n)
        meets |= lane.duplicated(keep=False).to_numpy()
        if given.any():
            meets |= pd.Series(ids).duplicated(keep=False).to_numpy()
        paged = np.flatnonzero([page is not None for page in keys.page])
        pages = [page for page in keys.page if page is not None]
        known = [page in self._by_key or page in self._by_page for page in pages]
        twice = pd.Series(first_lane(pages)).duplicated(keep=False).to_numpy()
        # Unless a summary lacks somewhere, the page decides nothing.
        meets[paged] |= np.array(known, dtype=bool) | (twice & keys.is_silent.any())
        return meets

    def _settle(
        self, out: pd.DataFrame, rows: pd.DataFrame, stored: pd.DataFrame, keys: Keys
    ) -> None:
        """Judge rows one by one and write into ``out`` what they are.

        ``stored`` has, on the index of ``rows``, the stored report with the id of each, if any.
        """
        positions = out.index.get_indexer(rows.index)
        own = stored["kind"].notna().to_numpy()
        before: list[bytes | None] = [None] * len(rows)
        for i, key in zip(np.flatnonzero(own), report_keys(stored[own]).main, strict=True):
            before[i] = key
        by_hand = stored["import_id"].str.startswith(ANSWER_IMPORT).fillna(False).astype(bool)
        columns = (
            rows.index, rows["report_id"], [keys.main[i] for i in positions],
            [keys.page[i] for i in positions], keys.is_silent[positions],
            pd.util.hash_pandas_object(rows[[*_SAID, "source_url", "perkara_id"]], index=False),
            rows["given_id"].notna(), _is_equal(rows, stored),
            stored["import_id"].eq(self._import_id).fillna(False),
            self._is_believed(rows, stored) & ~by_hand, before,
        )  # fmt: skip
        said: dict[int, int] = {}
        found = [self._judge(_Row(*row), said) for row in zip(*columns, strict=True)]
        verdict = [verdict for verdict, _ in found]
        out.loc[rows.index, "verdict"] = verdict
        out.loc[rows.index, "of_report"] = [w if isinstance(w, str) else None for _, w in found]
        out.loc[rows.index, "of_row"] = [w if isinstance(w, int) else None for _, w in found]
        corrected = rows.index[np.array(verdict) == "corrected"]
        silent = corrected[rows.loc[corrected, "perkara_id"].eq("")]
        out.loc[silent, "perkara_id"] = stored.loc[silent, "perkara_id"]
        no_page = corrected[
            rows.loc[corrected, "source_url"].isna() & stored.loc[corrected, "source_url"].notna()
        ]
        out.loc[no_page, "source_id"] = stored.loc[no_page, "source_id"]

    def _judge(self, row: _Row, said: dict[int, int]) -> tuple[str, Holder | None]:
        """Return the verdict on a row and whom it is about.

        ``said`` holds what each row of this chunk says that an id was found for.
        """
        holder = self._ids.get(row.report_id)
        if row.given and holder is not None:
            return self._judge_known(row, holder, said)
        old = self._by_key.get(row.main)
        if old is None and not row.given:
            old = self._of_page(row)
            old = holder if old is None else old
        if old is not None:
            return "same", old
        self._place(row, said)
        return "new", None

    def _judge_known(
        self, row: _Row, holder: Holder, said: dict[int, int]
    ) -> tuple[str, Holder | None]:
        if isinstance(holder, int):
            equal = said[holder] == row.said if holder in said else row.equal
            return ("same", holder) if equal else ("conflict", None)
        if row.equal or row.kept:
            self._place(row, said)
            return "same", holder
        if not row.believed:
            return "conflict", None
        if row.before is not None and self._by_key.get(row.before) == holder:
            del self._by_key[row.before]
        self._place(row, said)
        return "corrected", holder

    def _place(self, row: _Row, said: dict[int, int]) -> None:
        said[row.number] = row.said
        self._ids[row.report_id] = row.number
        self._by_key.setdefault(row.main, row.number)
        if row.page is not None:
            self._by_page.setdefault(row.page, row.number)

    def _of_page(self, row: _Row) -> Holder | None:
        """Return the report that a row without an id is taken for because of its page."""
        if row.page is None:
            return None
        if row.is_silent:
            return self._by_page.get(row.page)
        silent = self._by_key.get(row.page)
        if silent is None or row.page in self._spoken_for:
            return None
        self._spoken_for.add(row.page)
        self._by_key[row.main] = silent
        return silent

    def _stored(self, ids: pd.Series) -> pd.DataFrame:
        """Return the stored reports of some ids by id, with their ``source_url``."""
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
        return typed(raw, table).assign(source_url=urls).set_index("report_id", drop=False)

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
        agrees |= rows["source_url"].eq(stored["source_url"]).fillna(False).to_numpy(dtype=bool)
        agrees |= stored["import_id"].isin(self._same_file).to_numpy()
        return agrees | ~rows["report_id"].str.isdigit().to_numpy(dtype=bool)


def _is_equal(rows: pd.DataFrame, stored: pd.DataFrame) -> Flags:
    """Return which rows say nothing that is not stored under their id already."""
    one = typed(rows.assign(source_id=None), schema.reports)[_SAID]
    equal = np.ones(len(rows), dtype=bool)
    for name in _SAID:
        same = (one[name] == stored[name]).fillna(False).to_numpy(dtype=bool)
        equal &= same | (one[name].isna() & stored[name].isna()).to_numpy()
    for name, nothing in (("perkara_id", rows["perkara_id"] == ""), ("source_url", None)):
        unsaid = rows[name].isna() if nothing is None else nothing
        equal &= (unsaid | rows[name].eq(stored[name]).fillna(False)).to_numpy(dtype=bool)
    return equal
