"""Which rows of a file are new, which the store has already, and which correct what it has."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection

from data.ingest.kind import Kind, Verdict
from data.ingest.rows import Rows
from data.store.engine import read_table

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
    import_id
        Key of the import.
    """

    def __init__(self, connection: Connection, kind: Kind, import_id: str) -> None:
        del import_id
        stored = read_table(connection, kind.table)
        self._kind = kind
        self._stored = dict(zip(*self._texts(stored), strict=True))
        self._of_file: dict[str, tuple[str, int]] = {}

    def _texts(self, frame: pd.DataFrame) -> tuple[list[str], list[str]]:
        return comparable(frame, self._kind.keys), comparable(frame, self._kind.said)

    def sort(self, rows: Rows, good: pd.DataFrame) -> Verdict:
        """Sort rows without a fault into new ones, corrections and repeats.

        Where rows of a file say different things of one key, nobody can tell which is meant: all
        of them are refused, or, where the first is written already, those that come later.
        """
        keys, said = self._texts(good)
        apart = self._contradicting(keys, said)
        rows.fault(self._blamed(rows), rows.frame.index.isin(good.index[apart]), self._kind.twice)
        refused = good.index.isin(rows.frame.index[rows.bad])
        fresh, corrected, repeated = [], [], []
        for place, (key, text, row) in enumerate(zip(keys, said, good.index, strict=True)):
            if refused[place]:
                continue
            before = self._of_file.setdefault(key, (text, int(row)))
            if before[1] != row:
                repeated.append((int(row), None, before[1]))
            elif key not in self._stored:
                fresh.append(place)
            elif self._stored[key] == text:
                repeated.append((int(row), key.replace(_MARK, "/"), None))
            else:
                corrected.append(place)
        told = pd.DataFrame(repeated, columns=list(REPEATED)).astype(REPEATED)
        return Verdict(good.iloc[fresh], good.iloc[corrected], told)

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


def typed_keys(kind: Kind, frame: pd.DataFrame) -> pd.Series:
    """Return the key of each row of ``frame``, columns of the table of a kind, as one text."""
    return pd.Series(comparable(frame, kind.keys), index=frame.index, dtype="str")


def comparable(frame: pd.DataFrame, columns: tuple[str, ...]) -> list[str]:
    """Return what some columns of a frame say, one text per row; moments in UTC."""
    if frame.empty:
        return []
    texts = []
    for name in columns:
        values = frame[name]
        if isinstance(values.dtype, pd.DatetimeTZDtype):
            values = values.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        elif values.dtype.kind == "M":
            values = values.dt.strftime("%Y-%m-%d")
        texts.append(values.astype("object").where(values.notna(), "").map(str).tolist())
    return [_MARK.join(parts) for parts in zip(*texts, strict=True)]
