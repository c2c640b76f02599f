"""Indicators of a cycle's list: their import from wide or long files, and SIMULASI values.

Made-up values stand in one table, written and emptied as a whole.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process
from sqlalchemy import delete

from data.ingest.columns import ColumnMapping, plain_heading, refused
from data.ingest.context import Context
from data.ingest.files.table import Sheet
from data.ingest.kind import Field, Kind
from data.ingest.places import DESA_NEED, TPS_FIELDS, TPS_NAMES, read_tps
from data.ingest.rows import Rows
from data.ingest.values.numbers import parse_decimal
from data.ingest.values.texts import normal_text
from data.risk.rows import SAID_FIELDS, read_said
from data.store import tables as schema
from data.store.engine import Store

_YES = frozenset(("ya", "y", "iya", "yes", "true", "benar", "ada", "v", "√", "✓"))
_NO = frozenset(("tidak", "t", "tdk", "no", "n", "false", "bukan", "tidak ada", "nihil"))
_NUMBER = re.compile(r"^(?:indikator|indicator|ind|i|no)?\s*0*(\d{1,3})$")
_NUMBERED_NAME = re.compile(r"^0*(\d{1,3})[\s.):-]+(?=\D)(.+)$")
_NAME_SCORE, _NAME_LEAD, _NAME_LENGTH = 92.0, 4.0, 10


def read_answer(text: str) -> float | None:
    """Return a cell as a number, yes 1 and no 0; None when it is neither word nor number."""
    plain = " ".join(text.casefold().split())
    if plain in _YES:
        return 1.0
    if plain in _NO:
        return 0.0
    return parse_decimal(text)


class IndicatorList:
    """Finds indicators of one list.

    Parameters
    ----------
    rows
        Rows of the table ``risk_indicators``, of one list.
    """

    def __init__(self, rows: pd.DataFrame) -> None:
        self.rows = rows.set_index("indicator_id")
        ids = [str(i) for i in self.rows.index]
        self._by_number = {int(n): i for i, n in zip(ids, self.rows["number"], strict=True)}
        names = {normal_text(i): i for i in ids}
        names |= {normal_text(name): i for i, name in zip(ids, self.rows["name"], strict=True)}
        for i, name in zip(ids, self.rows["name"], strict=True):
            names.setdefault(plain_heading(name), i)
        self._names = names

    def __len__(self) -> int:
        return len(self.rows)

    def find(self, text: str) -> str | None:
        """Return the id of an indicator; None when a text means none of the list for certain."""
        plain = normal_text(text)
        found = self._names.get(plain) or self._names.get(plain_heading(text))
        if found:
            return found
        number = _NUMBER.match(plain)
        if number:
            return self._by_number.get(int(number[1]))
        numbered = _NUMBERED_NAME.match(text.strip())
        if numbered:
            found = self.find(numbered[2])
            return found if found and self._by_number.get(int(numbered[1])) == found else None
        return self._similar(plain)

    def _similar(self, plain: str) -> str | None:
        if len(plain) < _NAME_LENGTH:
            return None
        least = _NAME_SCORE - _NAME_LEAD
        near = process.extract(plain, self._names.keys(), scorer=fuzz.ratio, score_cutoff=least)
        if not near or near[0][1] < _NAME_SCORE:
            return None
        best = self._names[near[0][0]]
        rivals = [n for n in near if self._names[n[0]] != best and n[1] > near[0][1] - _NAME_LEAD]
        return None if rivals else best

    def outside(self, values: pd.Series, indicator: pd.Series) -> tuple[pd.Series, pd.Series]:
        """Return which values an indicator cannot have, and its range in words.

        ``values`` and ``indicator`` (their ids) have one index, that of the results.
        """
        low, high = indicator.map(self.rows["low"]), indicator.map(self.rows["high"])
        whole = indicator.map(self.rows["kind"]).eq("yes_no")
        wrong = values.notna() & (values.lt(low) | values.gt(high))
        wrong |= values.notna() & whole & ~values.isin([0.0, 1.0])
        words = {
            i: " (0 atau 1)" if kind == "yes_no" else f" ({lo:g} sampai {hi:g})"
            for i, kind, lo, hi in zip(
                self.rows.index, self.rows["kind"], self.rows["low"], self.rows["high"], strict=True
            )
        }
        return wrong, indicator.map(words).astype("str")


_OTHER = "no|nomor|no urut|keterangan|catatan|provinsi|lon|lat|note"
_NO_INDICATOR = frozenset(plain_heading(word) for word in _OTHER.split("|"))
_PREFIX = "indicator "


def _with_indicators(columns: ColumnMapping, sheet: Sheet, context: Context) -> ColumnMapping:
    """Return the mapping with a field per indicator that heads a column; note those of no list."""
    known = context.once(_list_of)
    if {"indicator", "value"} <= set(columns.used):
        return columns
    used: dict[str, str] = {}
    unknown = []
    for heading in columns.unused:
        found = known.find(heading)
        if found and _PREFIX + found in used:
            rivals = f"{used[_PREFIX + found]}, {heading}"
            raise refused(context.path, "ambiguous_columns", rivals)
        if found:
            used[_PREFIX + found] = heading
        elif _holds_answers(sheet.sample[heading]) and plain_heading(heading) not in _NO_INDICATOR:
            unknown.append((heading, "indicator_unknown"))
    if not used and not unknown:
        raise refused(context.path, "no_indicator_columns", ", ".join(columns.unused) or "-")
    return replace(columns.with_used(used), faults=tuple(unknown))


def _list_of(context: Context) -> IndicatorList:
    known = IndicatorList(context.given("indicators"))
    if not len(known):
        raise refused(context.path, "no_indicator_list", context.options.election)
    return known


def _holds_answers(cells: pd.Series) -> bool:
    """Return whether a column holds nothing but yes and no, and some of either."""
    texts = [text for text in cells.unique() if text]
    return bool(texts) and all(read_answer(text) in (0.0, 1.0) for text in texts)


def _build(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    known, election = context.once(_list_of), context.options.election
    places = read_tps(rows, context, whole_desa=True)
    rows.fault("election", places["election"].ne(election).to_numpy(), "tps_of_other_election")
    said = read_said(rows, frame, context)
    values = _values(rows, known)
    out = values.join(places[["desa_code", "tps_id"]]).join(said)
    of_desa = election + "/" + out["desa_code"]
    return out.assign(election=election, place_id=out["tps_id"].fillna(of_desa))


def _values(rows: Rows, known: IndicatorList) -> pd.DataFrame:
    """Return ``indicator_id`` and ``value``, one record per row and indicator, by row."""
    if rows.has("indicator") and rows.has("value"):
        which = rows.read("indicator", known.find, "indicator_unknown")
        return pd.DataFrame({"indicator_id": which, "value": _read(rows, "value", known, which)})
    parts = []
    for name in rows.mapping.used:
        if name.startswith(_PREFIX):
            which = pd.Series(name.removeprefix(_PREFIX), index=rows.frame.index, dtype="str")
            value = _read(rows, name, known, which)
            parts.append(pd.DataFrame({"indicator_id": which, "value": value}).dropna())
    empty = pd.DataFrame({"indicator_id": pd.Series(dtype="str"), "value": pd.Series(dtype="f8")})
    return pd.concat(parts) if parts else empty.reindex(rows.frame.index[:0])


def _read(rows: Rows, name: str, known: IndicatorList, which: pd.Series) -> pd.Series:
    values = rows.read(name, read_answer, "indicator_value_unreadable", "float64")
    wrong, words = known.outside(values, which)
    if np.any(wrong):
        where = wrong.to_numpy(dtype=bool)
        rows.fault(name, where, "indicator_value_outside", words[wrong].tolist())
    return values


INDICATORS = Kind(
    name="indicators",
    table=schema.risk.indicator_values,
    fields=(
        *TPS_FIELDS,
        Field("indicator", None, example="{indicator}"),
        Field("value", None, example="ya"),
        *SAID_FIELDS,
    ),
    needs=(DESA_NEED,),
    build=_build,
    unsaid=("agency", "source_text", "tps_id", "desa_code", "election"),
    made=("place_id",),
    blame={
        "tps_id": ("tps", *TPS_NAMES),
        "desa_code": TPS_NAMES,
        "indicator_id": ("indicator",),
        "source_text": ("source",),
    },
    twice="said_twice",
    options=("election", "scheme", "said"),
    extend=_with_indicators,
)
"""Values of the list of an election, ``given["indicators"]``: rows of ``risk_indicators``.

Wide: one column per indicator, headed by its id, number or name; an empty cell is not known. Long:
columns ``indikator`` and ``nilai``. Without a TPS number, or with "semua", a row is about all TPS
of its desa. Another value of the same place, indicator, day and agency corrects the earlier one.
"""


def replace_simulated(store: Store, election: str, frame: pd.DataFrame) -> None:
    """Put ``frame``, rows of the table ``simulated_values``, in place of those of an election."""
    table = schema.risk.simulated_values
    with store.begin("risk.indicators") as connection:
        store.replace(connection, table, frame, table.c.election == election)


def clear_simulated(store: Store) -> int:
    """Take every simulated value away and return how many there were."""
    count = store.count("simulated_values")
    if count:
        with store.begin("risk.indicators") as connection:
            connection.execute(delete(schema.risk.simulated_values))
    return count
