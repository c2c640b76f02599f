"""Counts of placed reports by unit, day, family and kind, by code alone: they add up exactly.

A report counts in the unit it is placed in and in each unit above; one known only to its kabupaten
counts in kabupaten and province and in nothing finer. So counts of any parts of the rows, one
kabupaten or one chunk of a file, sum to the counts of all rows. Affairs do not add up like that
(one may have reports in two parts), so here only reports are counted.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from analytics.reports.dates import days_of
from analytics.reports.places import LEVELS, unit_at

KEYS = ("level", "code", "day", "family", "kind")
COLUMNS = (*KEYS, "reports")


def count_reports(placed: pd.DataFrame) -> pd.DataFrame:
    """Count placed reports in their unit and in all units above it.

    Parameters
    ----------
    placed
        ``place_code`` (a dotted code, "" where the report is not placed), ``date_event``
        (days), ``family``, ``kind``.

    Returns
    -------
    DataFrame
        ``level``, ``code``, ``day`` (datetime64[s]), ``family``, ``kind``, ``reports`` (int64, 1
        or more), each key once, in the order of levels from the province down and then of the
        other keys. What is not placed or has no day is in none of them: see `left_out`.
    """
    rows = placed.loc[_countable(placed), ["place_code", "date_event", "family", "kind"]]
    rows = rows.assign(day=days_of(rows["date_event"]).astype("datetime64[s]"))
    rows = rows.rename(columns={"place_code": "code"})
    keys = ["code", "day", "family", "kind"]
    finest = rows.groupby(keys, sort=False, observed=True).size().rename("reports").reset_index()
    parts = []
    for level in LEVELS:
        here = finest.assign(code=unit_at(finest["code"], level)).dropna(subset=["code"])
        parts.append(here.assign(level=level))
    return _summed(pd.concat(parts, ignore_index=True))


def left_out(placed: pd.DataFrame) -> int:
    """Return how many rows of ``placed`` (as of `count_reports`) are in no count."""
    return int((~_countable(placed)).sum())


def add_counts(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Add counts of separate rows up.

    Parameters
    ----------
    parts
        Frames as `count_reports` returns them.

    Returns
    -------
    DataFrame
        One such frame, ``level``, ``code``, ``day``, ``family``, ``kind`` and ``reports``: each
        key once.
    """
    return _summed(pd.concat([pd.DataFrame(columns=list(COLUMNS)), *parts], ignore_index=True))


def _countable(placed: pd.DataFrame) -> pd.Series:
    code = placed["place_code"]
    return code.notna() & code.ne("") & placed["date_event"].notna()


def _summed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each key once with its sum, in order, in the types of `count_reports`."""
    typed = rows.assign(
        day=pd.to_datetime(rows["day"]).astype("datetime64[s]"),
        reports=rows["reports"].astype("int64"),
        depth=rows["level"].map({level: n for n, level in enumerate(LEVELS)}),
    )
    by = ["depth", *KEYS]
    summed = typed.groupby(by, sort=True, observed=True)["reports"].sum().reset_index()
    words = dict.fromkeys(("level", "code", "family", "kind"), "str")
    return summed[list(COLUMNS)].astype(words)
