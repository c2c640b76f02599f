"""Ranks of units that can be told apart, and bands of those that cannot.

A unit stands above another for certain only where its whole interval does and at least one of the
two is decided, the one higher or the other lower than its voters lead one to expect. The second
condition is for many units: among hundreds that do not differ some pair of intervals is always
apart, while a decided unit is rare (measured by the tests). What no such step parts is one band,
whose units have no order; where nothing differs there is one band and no rank.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.hotspots.relative_risk import WORDS
from geo.errors import ParameterError

COLUMNS = ("rank_first", "rank_last", "band", "told_apart")
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def rank_units(risks: pd.DataFrame) -> pd.DataFrame:
    """Return the ranks that each unit may have, and the band it cannot be told apart within.

    Parameters
    ----------
    risks
        Index code: ``low``, ``high`` and ``word`` as of
        `analytics.hotspots.relative_risk.relative_risk`; of one family, and all held against the
        same whole.

    Returns
    -------
    DataFrame
        On the index of ``risks``: ``rank_first`` and ``rank_last`` (int64, 1 is the highest risk:
        one more than the units that are certainly higher, and n less those that are certainly
        lower), ``band`` (int64, 1 is the highest: every unit of a band is certainly higher than
        every one of the next) and ``told_apart`` (bool: some unit is certainly higher or lower).

    Raises
    ------
    ParameterError
        For an interval that is missing, not finite, below 0 or upside down, or another word.
    """
    low, high = (risks[name].to_numpy(dtype=np.float64) for name in ("low", "high"))
    _check(low, high, risks["word"])
    is_high = risks["word"].eq(WORDS[0]).to_numpy(dtype=bool)
    is_low = risks["word"].eq(WORDS[2]).to_numpy(dtype=bool)
    n = len(risks)
    # A unit that is decided is certainly past all that its interval clears, any other one past
    # those of them that are decided themselves.
    above = np.where(is_low, _over(low, high), _over(low[is_high], high))
    below = np.where(is_high, _under(high, low), _under(high[is_low], low))
    return pd.DataFrame(
        {
            "rank_first": (above + 1).astype(np.int64),
            "rank_last": (n - below).astype(np.int64),
            "band": _bands(low, high, is_high, is_low),
            "told_apart": (above > 0) | (below > 0),
        },
        index=risks.index,
    )


def _check(low: Floats, high: Floats, words: pd.Series) -> None:
    wrong = ~(np.isfinite(low) & np.isfinite(high) & (low >= 0) & (low <= high))
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        expected = "a finite low of 0 or more, at most high"
        raise ParameterError("low", (float(low[first]), float(high[first])), expected)
    strange = words[~words.isin(WORDS)]
    if len(strange):
        raise ParameterError("word", strange.iloc[0], "one of " + ", ".join(WORDS))


def _over(low: Floats, high: Floats) -> npt.NDArray[np.intp]:
    """Return for each ``high`` how many of ``low`` are above it."""
    return len(low) - np.searchsorted(np.sort(low), high, side="right")


def _under(high: Floats, low: Floats) -> npt.NDArray[np.intp]:
    """Return for each ``low`` how many of ``high`` are below it."""
    return np.searchsorted(np.sort(high), low, side="left")


def _bands(low: Floats, high: Floats, is_high: Bools, is_low: Bools) -> npt.NDArray[np.int64]:
    """Return the band of each unit; two meet where each pair across the step is certain."""
    order = np.argsort(-high, kind="stable")
    reached = np.minimum.accumulate(low[order])[:-1]
    apart = high[order][1:] < reached
    # No pair across the step of which neither is decided.
    decided = np.logical_and.accumulate(is_high[order])[:-1]
    decided |= np.logical_and.accumulate(is_low[order][::-1])[::-1][1:]
    band = np.ones(len(low), dtype=np.int64)
    band[order[1:]] += np.cumsum(apart & decided)
    return band
