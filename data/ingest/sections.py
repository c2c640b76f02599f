"""Rows that head a part of a table with the name of a place: KABUPATEN CONTOH, then its rows."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from data.ingest.place_lookup import PlaceLookup
from data.ingest.rows import Mask, Note

_FEWEST_COLUMNS = 3
_LEVEL = re.compile(
    r"^\W*(?:provinsi|prov|kabupaten|kab|kota|kecamatan|kec|desa|ds|kelurahan|kel)\b", re.IGNORECASE
)


class Sections:
    """Takes the rows that head a section out of a table, and says under which each row stands.

    Parameters
    ----------
    lookup
        Places of the province; a row that names none of them is an ordinary row.
    """

    def __init__(self, lookup: PlaceLookup) -> None:
        self._lookup = lookup
        self._current = ""

    def split(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series | None, list[Note]]:
        """Return the ordinary rows, the section of each, and what is to be said.

        Parameters
        ----------
        frame
            Rows as text, one column per heading, as they follow one another in the file.

        Returns
        -------
        DataFrame
            The columns of ``frame`` without the rows that have one filled cell, and in it the
            level and name of a place.
        Series or None
            Text of the section by row, ``""`` before the first; None where there is none at all.
        list of Note
            Which rows were taken for sections.
        """
        heads = self._heads(frame)
        if heads.empty and not self._current:
            return frame, None, []
        texts = heads.reindex(frame.index)
        if len(frame) and pd.isna(texts.iloc[0]):
            texts.iloc[0] = self._current
        texts = texts.ffill()
        self._current = texts.iloc[-1] if len(texts) else self._current
        ordinary = frame[~frame.index.isin(heads.index)]
        numbers = [int(number) for number in heads.index]
        said = [Note("rows_section", {"n": len(heads), "rows": numbers})] if numbers else []
        return ordinary, texts.loc[ordinary.index], said

    def _heads(self, frame: pd.DataFrame) -> pd.Series:
        """Return the text of each row that heads a section, by row number."""
        none = pd.Series([], index=frame.index[:0], dtype="str")
        if frame.shape[1] < _FEWEST_COLUMNS:
            return none
        lone = frame.iloc[_lone(frame)]
        if lone.empty:
            return none
        texts = lone.apply("".join, axis=1).astype("str")
        texts = texts[texts.str.match(_LEVEL)]
        if texts.empty:
            return texts
        found = self._lookup.each([texts], self._lookup.headings)
        return texts[found["code"].notna()]


def _lone(frame: pd.DataFrame) -> Mask:
    """Return the positions of the rows with one filled cell."""
    # From the last column: most rows are full there, and are not looked at again.
    at = np.arange(len(frame))
    filled = np.zeros(len(frame), dtype="int8")
    for place in range(frame.shape[1] - 1, -1, -1):
        filled[at] += frame.iloc[at, place].ne("").to_numpy()
        at = at[filled[at] < 2]
    lone: Mask = at[filled[at] == 1]
    return lone
