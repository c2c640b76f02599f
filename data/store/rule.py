"""What a rule on a table is, and the rules that several tables have."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import NamedTuple

import pandas as pd

from geo.codes import is_code, is_one_of, level_of

_PERSON = re.compile(
    r"^(?:bpk|bapak|ibu|sdr|sdri|saudara|saudari|tuan|nyonya|mr|mrs|ms)\b\.?"
    r"|(?<!\w)(?:\+?62|0)[ .-]?8(?:[ .-]?\d){8,}\b"
    r"|\b\d{16}(?:\d\d)?\b|\b\d{8} \d{6} \d \d{3}\b",
    re.IGNORECASE,
)


class Rule(NamedTuple):
    """What holds in every row of a table.

    Attributes
    ----------
    column
        Column that is wrong where the rule is broken.
    reason
        Key of the catalogue, under ``import_reason``: what is expected, for whoever sent the row.
    expected
        The same in English.
    holds
        Which rows of a typed frame keep the rule; missing counts as broken.
    uses
        Further columns that it looks at.
    """

    column: str
    reason: str
    expected: str
    holds: Callable[[pd.DataFrame], pd.Series]
    uses: tuple[str, ...] = ()


class Bounds(NamedTuple):
    """The least and greatest number of a column; with `above` the least is no longer allowed.

    Without words of its own it is expected to be "low to high". `reason` is that of its `rule`.
    """

    low: float = 0
    high: float = float("inf")
    reason: str = "out_of_range"
    expected: str = ""
    above: bool = False

    def rule(self, column: str) -> Rule:
        """Return the rule that these bounds are for a column."""
        words = "0 or more" if self.high == float("inf") else f"{self.low:g} to {self.high:.10g}"

        def holds(frame: pd.DataFrame) -> pd.Series:
            values = frame[column]
            least = values.gt(self.low) if self.above else values.ge(self.low)
            return values.isna() | (least & values.le(self.high))

        return Rule(column, self.reason, self.expected or words, holds)


def names_a_person(text: str) -> bool:
    """Return whether a text addresses a person, or holds a phone or identity number."""
    return bool(_PERSON.search(text.strip()))


def level(codes: pd.Series) -> pd.Series:
    """Return the level of each of ``codes`` as text, on the same index.

    It is missing for malformed or missing codes.
    """
    words = {c: level_of(c) if is_code(c) else None for c in codes.dropna().unique()}
    return codes.map(words).astype("str")


def among(column: str, words: Collection[str], expected: str, reason: str = "word_unknown") -> Rule:
    """Hold that a value, where there is one, is one of a set."""
    held = frozenset(words)
    return Rule(column, reason, expected, lambda f: f[column].isna() | is_one_of(f[column], held))


def same(left: pd.Series, right: pd.Series) -> pd.Series:
    """Return per row, never missing, whether two columns are equal and there.

    ``left`` and ``right`` are on one index.
    """
    return left.eq(right).fillna(False).astype(bool)


def of_level(column: str, levels: Sequence[str], reason: str) -> Rule:
    """Hold that a code is one of a desa, say."""
    words = "the code of a " + " or ".join(levels)
    return Rule(column, reason, words, lambda f: level(f[column]).isin(levels))


def level_of_code(code: str) -> Rule:
    """Hold that ``level`` is that of the code."""
    return Rule(
        "level",
        "level_wrong",
        "the level of the code",
        lambda f: same(f["level"], level(f[code])),
        (code,),
    )


def in_order(
    start: str, end: str, reason: str = "period_reversed", words: str = "not before"
) -> Rule:
    """Hold that one value does not come before another, where both are given."""
    return Rule(
        end,
        reason,
        f"{words} {start}",
        lambda f: f[start].isna() | f[end].isna() | f[end].ge(f[start]),
        (start,),
    )


def together(one: str, other: str, reason: str = "required") -> Rule:
    """Hold that two values are given together."""
    words = f"given exactly when {one} is"
    return Rule(other, reason, words, lambda f: f[one].isna().eq(f[other].isna()), (one,))


def given_unless(column: str, kind: str, missing: str, given: str) -> tuple[Rule, Rule]:
    """Hold that a value is given for all reports but those of one kind."""
    return (
        Rule(
            column,
            missing,
            f"given unless the report is a {kind}",
            lambda f: f[column].notna() | f["kind"].eq(kind),
            ("kind",),
        ),
        Rule(
            column,
            given,
            f"empty for a {kind}",
            lambda f: f[column].isna() | f["kind"].ne(kind),
            ("kind",),
        ),
    )


def on_first_day(column: str, precision: str) -> Rule:
    """Hold that a month or year stands as its first day."""

    def holds(frame: pd.DataFrame) -> pd.Series:
        when, word = frame[column], frame[precision]
        first = when.dt.day.eq(1) & (when.dt.month.eq(1) | word.ne("year"))
        kept: pd.Series = when.isna() | first | ~word.isin(["month", "year"])
        return kept

    words = "the first day of a month or year that is not known to the day"
    return Rule(column, "date_not_first", words, holds, (precision,))


def adds_up(reason: str) -> Rule:
    """Hold that male and female make the total, where all are given."""

    def holds(frame: pd.DataFrame) -> pd.Series:
        total = frame["male"] + frame["female"]
        return total.isna() | frame["total"].isna() | total.eq(frame["total"]).fillna(True)

    return Rule("total", reason, "male and female together", holds, ("male", "female"))


def no_person(column: str) -> Rule:
    """Hold that an office is named, and never a person."""

    def holds(frame: pd.DataFrame) -> pd.Series:
        persons = [text for text in frame[column].dropna().unique() if names_a_person(text)]
        return ~frame[column].isin(persons)

    return Rule(column, "person_named", "an office, never a person", holds)


def tps_of_desa(desa: str = "desa_code") -> Rule:
    """Hold that a TPS, where one is named, is of the election and desa of its row."""

    def holds(frame: pd.DataFrame) -> pd.Series:
        of = frame["tps_id"].str.replace(r"/[^/]*$", "", regex=True)
        return frame["tps_id"].isna() | same(of, frame["election"] + "/" + frame[desa])

    return Rule("tps_id", "tps_not_registered", "a TPS of the desa", holds, ("election", desa))


def not_ahead(column: str, reason: str, now: date, unless: str = "") -> Rule:
    """Hold that a day or moment is not to come; reports of one kind may be excepted.

    Days are held against the day that ``now`` has in its own zone, so that is the province's.
    """
    moment = pd.Timestamp(now)

    def holds(frame: pd.DataFrame) -> pd.Series:
        of_moments = isinstance(frame[column].dtype, pd.DatetimeTZDtype)
        limit = moment if of_moments else moment.tz_localize(None).normalize()
        past = frame[column].isna() | frame[column].le(limit)
        return past | frame["kind"].eq(unless) if unless else past

    return Rule(column, reason, "no time to come", holds, ("kind",) if unless else ())
