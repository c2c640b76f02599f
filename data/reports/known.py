"""Which reports of a file are new, which are known, and which put a known one right.

The rule, row by row:

- A row with an id that is known speaks of that report. It is the `same` if all that it says is
  stored already, and else it is `corrected`: a new version. An old file that is imported again is
  a new version too. The affair and the page of a report stay where a row names none, and what its
  file has no column for stays as well, see `KnownReports.completed`.
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

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from data.reports.keys import Flags, Keys, first_lane, key_columns, plain, report_keys
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
"""Where a report is: its id in the store, or its row number in this file."""


class _Row(NamedTuple):
    """A row that may meet a known report."""

    number: int
    report_id: str
    main: bytes
    page: bytes | None
    is_silent: bool


class _Given(NamedTuple):
    """How a row with an id of its own stands to the stored report with that id, if any."""

    said: int
    """Equal for rows of one file that say the same."""
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
                    if name in _DAYS
                    else pd.Series(cells, dtype="str")
                    for name, cells in zip(names, zip(*batch, strict=True), strict=True)
                }
            )
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
        ids = pd.Series(made, index=frame.index, dtype="str")
        ids = ids.mask(given, frame["given_id"]) if given.any() else ids
        names, numbers = ids.tolist(), frame.index.tolist()
        meets = self._may_meet(keys, names, given)
        self._remember(keys, names, numbers, ~meets)
        out = pd.DataFrame({"verdict": "new", "report_id": ids}, index=frame.index)
        out["perkara_id"] = frame["perkara_id"].where(frame["perkara_id"] != "", ids)
        for name, kind in (("source_id", "str"), ("of_report", "str"), ("of_row", "Int64")):
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
        facts = dict(zip(rows.index, self._facts(rows, stored), strict=True))
        names, numbers = out["report_id"].tolist(), out.index.tolist()
        verdicts, of = ["new"] * len(out), np.full((2, len(out)), None, dtype=object)
        pages = dict(zip(np.flatnonzero(keys.has_page).tolist(), keys.page, strict=True))
        for i in positions:
            row = _Row(numbers[i], names[i], keys.main[i], pages.get(i), bool(keys.is_silent[i]))
            verdicts[i], holder = self._judge(row, facts)
            of[int(isinstance(holder, int)), i] = holder
        out["verdict"] = pd.Series(verdicts, index=out.index, dtype="str")
        out["of_report"] = pd.Series(of[0], index=out.index, dtype="str")
        out["of_row"] = pd.Series(of[1], index=out.index, dtype="Int64")
        corrected = rows.index[out.loc[rows.index, "verdict"] == "corrected"]
        rows, stored = rows.loc[corrected], stored.loc[corrected]
        silent, no_page = rows["perkara_id"].eq(""), rows["source_url"].isna()
        no_page &= stored["source_url"].notna()
        out.loc[corrected[silent], "perkara_id"] = stored.loc[silent, "perkara_id"]
        out.loc[corrected[no_page], "source_id"] = stored.loc[no_page, "source_id"]

    def _facts(self, rows: pd.DataFrame, stored: pd.DataFrame) -> Iterator[_Given]:
        if rows.empty:
            return iter(())
        own = stored["kind"].notna().to_numpy()
        before: list[bytes | None] = [None] * len(rows)
        for i, key in zip(np.flatnonzero(own), report_keys(stored[own]).main, strict=True):
            before[i] = key
        said = pd.util.hash_pandas_object(rows[[*_SAID, "source_url", "perkara_id"]], index=False)
        of = stored["import_id"]
        kept = of.eq(self._import_id).fillna(False)
        by_hand = of.str.startswith(f"{ANSWER_IMPORT}/").fillna(False).astype(bool)
        believed = self._is_believed(rows, stored) & ~by_hand
        return map(_Given, said, _is_equal(rows, stored), kept, believed, before)

    def _judge(self, row: _Row, facts: Mapping[Any, _Given]) -> tuple[str, Holder | None]:
        """Return the verdict on a row and whom it is about; remember what is new or corrected."""
        holder, old = self._ids.get(row.report_id), self._by_key.get(row.main)
        given = facts.get(row.number)
        if given is not None and holder is not None:
            if isinstance(holder, int):
                earlier = facts.get(holder)
                equal = earlier.said == given.said if earlier else given.equal or old == holder
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
        agrees |= rows["source_url"].eq(stored["source_url"]).fillna(False).to_numpy(dtype=bool)
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
    for name, nothing in (("perkara_id", rows["perkara_id"] == ""), ("source_url", None)):
        unsaid = rows[name].isna() if nothing is None else nothing
        equal &= (unsaid | rows[name].eq(stored[name]).fillna(False)).to_numpy(dtype=bool)
    return equal
