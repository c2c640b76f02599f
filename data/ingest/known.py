"""Which rows of a file are new, which the store has already, and which correct what it has."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from data.ingest.context import Context
from data.ingest.kind import Kind, Verdict
from data.ingest.rows import Rows
from data.store.frames import read_table
from data.store.rules import broken

_MARK = "\x1f"
REPEATED = {"row_number": "int64", "of_report": "str", "of_row": "Int64"}


def none_repeated() -> pd.DataFrame:
    """Return `Verdict.repeated` of no row."""
    return pd.DataFrame(columns=list(REPEATED)).astype(REPEATED)


class KnownRows:
    """What the store and the rows read so far say, by key.

    Parameters
    ----------
    connection
        The transaction of the import.
    kind
        What is imported.
    context
        What its rows are read against.
    """

    def __init__(self, connection: Connection, kind: Kind, context: Context) -> None:
        del context
        self._kind = kind
        self._stored = read_table(connection, kind.table)
        self._at = {key: n for n, key in enumerate(comparable(self._stored, kind.keys))}
        self._of_file: dict[str, tuple[str, int]] = {}

    def sort(self, rows: Rows, good: pd.DataFrame) -> Verdict:
        """Sort ``good``, columns of the table by row number, into new rows, corrections, repeats.

        Where rows of a file say different things of one key, nobody can tell which is meant: all
        of them are refused, or, where the first is written already, those that come later. What a
        file has no column for stays as the store has it, unless it contradicts what is new.
        """
        kind = self._kind
        silent = [column for column in kind.said if self._is_silent(rows, good, column)]
        told = tuple(column for column in kind.said if column not in silent)
        keys, said = comparable(good, kind.keys), comparable(good, told)
        before = dict(zip(self._at, comparable(self._stored, told), strict=True))
        apart = self._contradicting(keys, said)
        rows.fault(self._blamed(rows), rows.frame.index.isin(good.index[apart]), kind.twice)
        refused = good.index.isin(rows.frame.index[rows.bad])
        fresh: list[int] = []
        corrected: list[int] = []
        repeated: list[tuple[int, str | None, int | None]] = []
        for place, (key, text, row) in enumerate(zip(keys, said, good.index, strict=True)):
            if refused[place]:
                continue
            first = self._of_file.get(key)
            self._of_file.setdefault(key, (text, int(row)))
            if first:  # not told by its number, which rows of two sheets may share
                repeated.append((int(row), None, first[1]))
            elif key not in before:
                fresh.append(place)
            elif before[key] == text:
                repeated.append((int(row), key.replace(_MARK, "/"), None))
            else:
                corrected.append(place)
        right = good.iloc[corrected]
        earlier = self._stored.iloc[[self._at[keys[place]] for place in corrected]]
        kept = {column: earlier[column].set_axis(right.index) for column in silent}
        return Verdict(
            good.iloc[fresh],
            _fitting(kind.table.name, right.assign(**kept), right),
            pd.DataFrame(repeated, columns=list(REPEATED)).astype(REPEATED),
        )

    def _is_silent(self, rows: Rows, good: pd.DataFrame, column: str) -> bool:
        said = any(rows.says(field) for field in self._kind.fields_of(column))
        return not said and (column not in good or bool(good[column].isna().all()))

    def _contradicting(self, keys: list[str], said: list[str]) -> list[bool]:
        """Return which rows say another thing of their key than a row of the same file."""
        first: dict[str, str] = {key: text for key, (text, _) in self._of_file.items()}
        torn = set()
        for key, text in zip(keys, said, strict=True):
            if first.setdefault(key, text) != text:
                torn.add(key)
        return [
            key in torn and (key not in self._of_file or self._of_file[key][0] != text)
            for key, text in zip(keys, said, strict=True)
        ]

    def _blamed(self, rows: Rows) -> str:
        fields = [name for column in self._kind.keys for name in self._kind.fields_of(column)]
        return next((name for name in fields if rows.has(name)), fields[0])


def _fitting(table: str, kept: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Return ``kept``, with rows of ``right`` where what was kept contradicts what is new."""
    torn = np.zeros(len(kept), dtype=bool)
    for _, wrong in broken(table, kept):
        torn |= wrong
    return pd.concat([kept[~torn], right[torn]])


def typed_keys(kind: Kind, frame: pd.DataFrame) -> pd.Series:
    """Return the key of each row of ``frame``, columns of the table of a kind, as one text."""
    return pd.Series(comparable(frame, kind.keys), index=frame.index, dtype="str")


def comparable(frame: pd.DataFrame, columns: tuple[str, ...]) -> list[str]:
    """Return what some ``columns`` of ``frame`` say, (N,) texts, one per row; moments in UTC."""
    texts = [[""] * len(frame)] if not columns else []
    for name in columns:
        values = frame[name]
        if isinstance(values.dtype, pd.DatetimeTZDtype):
            values = values.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        elif values.dtype.kind == "M":
            values = values.dt.strftime("%Y-%m-%d")
        texts.append(values.astype("object").where(values.notna(), "").map(str).tolist())
    return [_MARK.join(parts) for parts in zip(*texts, strict=True)]
