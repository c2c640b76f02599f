"""Indicators of a cycle's list: their import from wide or long files, and SIMULASI values.

Made-up values stand in one table, written and emptied as a whole.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process
from sqlalchemy import delete

from data.errors import FileUnreadableError
from data.ingest.columns import plain_heading
from data.ingest.numbers import parse_decimal
from data.ingest.parse import normal_text
from data.ingest.place_lookup import PlaceLookup
from data.ingest.words import expected
from data.risk.rows import (
    PLACE_HEADINGS,
    SAID_HEADINGS,
    OpenFile,
    RiskImport,
    Said,
    TpsRegister,
    open_rows,
    read_said,
    read_targets,
    remap,
    store_rows,
)
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


HEADINGS: dict[str, tuple[str, ...]] = {
    **PLACE_HEADINGS,
    **SAID_HEADINGS,
    "indicator": ("indikator", "indicator", "indicator_id", "id indikator", "nama indikator"),
    "value": ("nilai", "value", "jawaban", "isi", "ada/tidak"),
}
_NEEDED = (("tps_id",), ("desa",), ("code",))
_OTHER = "no|nomor|no urut|keterangan|catatan|provinsi|lon|lat|note"
_NO_INDICATOR = frozenset(plain_heading(word) for word in _OTHER.split("|"))
_PREFIX = "indicator "


def import_indicators(
    store: Store,
    path: Path | str,
    election: str,
    indicators: pd.DataFrame,
    *,
    said: Said | None = None,
    today: date,
    dry_run: bool = False,
) -> RiskImport:
    """Import a file of indicator values in one transaction.

    Parameters
    ----------
    store
        A store with the registry of one province.
    path
        CSV or XLSX with ``tps_id``, or a desa (name or code) and mostly a TPS number. Wide: one
        column per indicator, headed by its id, number or name; an empty cell is not known. Long:
        columns ``indikator`` and ``nilai``. Cells hold ya, tidak, ada, tidak ada, 1, 0 or, where
        an indicator is a number, a number in its range. Without a column of TPS numbers, or with
        "semua" in it, a row is about all TPS of its desa.
    election
        Whose TPS these are.
    indicators
        Rows of ``risk_indicators``: the cycle's list.
    said
        Date, agency and source of rows that name none.
    today
        No row may lie after it.
    dry_run
        Whether to tell what would happen and store nothing.

    Returns
    -------
    RiskImport
        Bad rows and columns of unknown indicators are refused, all others stored. Another value
        of the same place, indicator, day and agency stands in place of the earlier one.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the file cannot be used at all, or no list of the election is known.
    """
    said = said or Said()
    if indicators.empty:
        raise FileUnreadableError(path, "no_indicator_list", expected("no_indicator_list"))
    opened = open_rows(
        store, path, HEADINGS, _NEEDED, "no_indicator_columns", said, today, "indicators", election
    )
    rows, known = opened.rows, IndicatorList(indicators)
    is_long = rows.has("indicator") and rows.has("value")
    columns = {} if is_long else _indicator_columns(opened, known)
    register = TpsRegister.of(store, election)
    places = read_targets(rows, PlaceLookup(store.units()), register, whole_desa=True)
    told = read_said(opened, said)
    values = _long(opened, known) if is_long else _wide(opened, known, columns)
    frame = values.join(places, on="row").join(told, on="row").set_index("row")
    of_desa = election + "/" + frame["desa_code"]
    frame = frame.assign(
        election=election, place_id=frame["tps_id"].fillna(of_desa), import_id=opened.import_id
    )
    table = schema.risk.indicator_values
    blame = "value" if is_long else next(iter(columns), "value")
    return store_rows(store, opened, table, frame, "value", blame=blame, dry_run=dry_run)


def _indicator_columns(opened: OpenFile, known: IndicatorList) -> dict[str, str]:
    """Return field by indicator for the columns that hold one, and note those of no list."""
    used: dict[str, str] = {}
    rows = opened.rows
    for heading in rows.mapping.unused:
        found = known.find(heading)
        if found and _PREFIX + found in used:
            rivals = f"{used[_PREFIX + found]}, {heading}"
            reason = "ambiguous_columns"
            raise FileUnreadableError(opened.path, reason, f"{expected(reason)} ({rivals})")
        if found:
            used[_PREFIX + found] = heading
        elif _holds_answers(rows.frame[heading]) and plain_heading(heading) not in _NO_INDICATOR:
            opened.unknown_columns.append(heading)
    if not used and not opened.unknown_columns:
        reason = "no_indicator_columns"
        raise FileUnreadableError(opened.path, reason, expected(reason))
    remap(opened, used)
    return {field: field.removeprefix(_PREFIX) for field in used}


def _holds_answers(cells: pd.Series) -> bool:
    """Return whether a column holds nothing but yes and no, and some of either."""
    texts = [text for text in cells.unique() if text]
    return bool(texts) and all(read_answer(text) in (0.0, 1.0) for text in texts)


def _wide(opened: OpenFile, known: IndicatorList, columns: dict[str, str]) -> pd.DataFrame:
    rows, parts = opened.rows, []
    for field, indicator in columns.items():
        values = rows.read(field, read_answer, "indicator_value_unreadable", "float64")
        which = pd.Series(indicator, index=values.index, dtype="str")
        _check_range(opened, field, known, values, which)
        parts.append(pd.DataFrame({"indicator_id": which, "value": values}))
    empty = pd.DataFrame({"indicator_id": pd.Series(dtype="str"), "value": pd.Series(dtype="f8")})
    joined = pd.concat(parts) if parts else empty
    joined = joined[joined["value"].notna()]
    return joined.rename_axis("row").reset_index()


def _long(opened: OpenFile, known: IndicatorList) -> pd.DataFrame:
    rows = opened.rows
    which = rows.read("indicator", known.find, "indicator_unknown")
    values = rows.read("value", read_answer, "indicator_value_unreadable", "float64")
    _check_range(opened, "value", known, values, which)
    frame = pd.DataFrame({"indicator_id": which, "value": values})
    return frame.rename_axis("row").reset_index()


def _check_range(
    opened: OpenFile, field: str, known: IndicatorList, values: pd.Series, which: pd.Series
) -> None:
    wrong, words = known.outside(values, which)
    if np.any(wrong):
        opened.rows.fault(
            field, wrong.to_numpy(dtype=bool), "indicator_value_outside", words[wrong].tolist()
        )


def replace_simulated(store: Store, election: str, frame: pd.DataFrame) -> None:
    """Put ``frame``, rows of the table ``simulated_values``, in place of those of an election."""
    table = schema.risk.simulated_values
    with store.begin() as connection:
        store.replace(connection, table, frame, table.c.election == election)


def clear_simulated(store: Store) -> int:
    """Take every simulated value away and return how many there were."""
    count = store.count("simulated_values")
    if count:
        with store.begin() as connection:
            connection.execute(delete(schema.risk.simulated_values))
    return count
