"""Reports that may tell of the same event as another one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analytics.reports.dates import span_days

WITHIN_DAYS = 2
"""Two offices write down an event of a night under two days, and one of a weekend under more."""
_KECAMATAN_PARTS = 3
_SHORTEST_WORD = 4
"""Letters; shorter words, such as dan and di, stand in every report."""


def likely_twins(reports: pd.DataFrame, one: pd.Series) -> pd.DataFrame:
    """Return the reports that may tell of the same event as one, the likeliest first.

    Parameters
    ----------
    reports
        Rows of ``reports``: ``report_id``, ``kind``, ``family``, ``date_event``, ``date_end``,
        ``date_precision``, ``unit_kejadian``, ``summary``.
    one
        The same of one report; it may be among ``reports`` and is no twin of itself.

    Returns
    -------
    DataFrame
        Rows of ``reports`` of the same kind and family, in the same kecamatan (or known to its
        kabupaten alone), within `WITHIN_DAYS`, with ``alike``: the share of the words of both
        summaries that they have in common, 0 to 1.
    """
    others = reports[reports["report_id"].ne(one["report_id"]) & reports["kind"].eq(one["kind"])]
    if one["kind"] != "nihil":
        others = others[others["family"].eq(one["family"])]
    first, last = span_days(others)
    own_first, own_last = span_days(one.to_frame().T)
    apart = np.timedelta64(WITHIN_DAYS, "D")
    others = others.loc[(first - apart <= own_last[0]) & (own_first[0] <= last + apart)]
    near = [_is_near(str(code), str(one["unit_kejadian"])) for code in others["unit_kejadian"]]
    others = others[np.array(near, dtype=bool)]
    alike = pd.Series(
        [_alike(text, one["summary"]) for text in others["summary"]],
        index=others.index,
        dtype="float64",
    )
    found: pd.DataFrame = others.assign(alike=alike)
    return found.sort_values(["alike", "report_id"], ascending=[False, True])


def _is_near(one: str, other: str) -> bool:
    """Tell whether two units are, or may be, in one kecamatan."""
    a, b = (code.split(".")[:_KECAMATAN_PARTS] for code in (one, other))
    shorter = min(len(a), len(b))
    return shorter > 1 and a[:shorter] == b[:shorter]


def _alike(one: object, other: object) -> float:
    a, b = set(_words(one)), set(_words(other))
    return len(a & b) / len(a | b) if a | b else 0.0


def _words(text: object) -> Iterator[str]:
    if isinstance(text, str):
        cleaned = "".join(letter if letter.isalnum() else " " for letter in text.lower())
        yield from (word for word in cleaned.split() if len(word) >= _SHORTEST_WORD)
