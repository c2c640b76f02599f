"""The indicators of a cycle's list by what people call them: id, number or name."""

from __future__ import annotations

import re

import pandas as pd
from rapidfuzz import fuzz, process

from data.columns import plain_heading
from data.parse import normal_text, parse_decimal

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
        ids = list(self.rows.index)
        self._by_number = {int(n): i for i, n in self.rows["number"].items()}
        names = {normal_text(i): i for i in ids}
        names |= {normal_text(name): i for i, name in self.rows["name"].items()}
        for i, name in self.rows["name"].items():
            names.setdefault(plain_heading(name), str(i))
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
        """Return which values an indicator cannot have, and its range in words."""
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
