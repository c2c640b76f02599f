"""Whether there is enough to infer anything, and how many of many tests may be believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.hotspots.weights import Floats
from geo.errors import ParameterError

REASONS = ("no_affairs", "all_equal", "few_affairs", "few_units")
"""Why nothing is inferred, in the order in which they are looked at."""

DEGENERATE = ("no_affairs", "all_equal")
"""Reasons for which z = 0 and p = 1 are true, and not merely unknown."""


@dataclass(frozen=True)
class GateParams:
    """How much is needed before anything is inferred.

    Attributes
    ----------
    min_affairs
        At least 2: affairs in the period.
    min_units
        At least 2: units that are not zero.
    """

    min_affairs: int = 30
    min_units: int = 10

    def __post_init__(self) -> None:
        for name in ("min_affairs", "min_units"):
            if getattr(self, name) < 2:
                raise ParameterError(name, getattr(self, name), "at least 2")


def gate(
    counts: pd.DataFrame, params: GateParams, n_affairs: pd.Series | None = None
) -> pd.DataFrame:
    """Say for each period whether anything may be inferred from it.

    Parameters
    ----------
    counts
        Affairs by unit (rows) and period (columns), 0 or more.
    params
        How much is needed.
    n_affairs
        Affairs of each period, on the columns of ``counts``. An affair counts in each unit it has
        a report in, so the sum over units, which stands in when this is missing, may exceed it.

    Returns
    -------
    DataFrame
        One row per period, index the columns of ``counts``: ``n_affairs``, ``n_units`` (that are
        not zero) and ``reason``, one of `REASONS`, empty where inference may go ahead.

    Raises
    ------
    ParameterError
        For a count that is missing or negative, or a period without its number of affairs.
    """
    table = counts.to_numpy("float64")
    if not np.isfinite(table).all() or (table < 0).any():
        row = int(np.argwhere(~np.isfinite(table) | (table < 0))[0, 0])
        raise ParameterError("counts", str(counts.index[row]), "0 or more in every unit")
    affairs = table.sum(axis=0)
    if n_affairs is not None:
        affairs = n_affairs.reindex(counts.columns).to_numpy("float64")
        if not np.isfinite(affairs).all():
            raise ParameterError("n_affairs", list(n_affairs.index), "a number for every period")
    units = (table > 0).sum(axis=0)
    flat = table.max(axis=0, initial=0) == table.min(axis=0, initial=np.inf)
    tests = [units == 0, flat, affairs < params.min_affairs, units < params.min_units]
    reason = np.select(tests, REASONS, default="")
    found = {"n_affairs": affairs.round().astype(np.int64), "n_units": units, "reason": reason}
    return pd.DataFrame(found, index=counts.columns).astype({"reason": "str"})


Family = Literal["period", "all"]
FAMILIES: tuple[Family, ...] = ("period", "all")
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Adjusted:
    """P values adjusted for the number of tests.

    Attributes
    ----------
    p
        Adjusted, same shape as given; NaN where no test was made.
    m
        Number of tests in the family of each, same shape; 0 where no test was made.
    family
        ``period``: the units of one period are one family. ``all``: units and periods together.
    """

    p: Floats
    m: npt.NDArray[np.int64]
    family: Family

    def rejected(self, alpha: float) -> Bools:
        """Return which tests pass at a false discovery rate of ``alpha``, above 0 and below 1.

        Raises
        ------
        ParameterError
            For an alpha out of range.
        """
        if not 0 < alpha < 1:
            raise ParameterError("alpha", alpha, "above 0 and below 1")
        return np.asarray(self.p <= alpha, dtype=np.bool_)


def benjamini_hochberg(p: Floats, family: Family = "period") -> Adjusted:
    """Adjust p values so that at most a share alpha of what is flagged is expected to be chance.

    Parameters
    ----------
    p
        Shape (units,) or (units, periods), 0 to 1; NaN where no test was made (not in the family).
    family
        Which tests count together: see `Adjusted`.

    Raises
    ------
    ParameterError
        For an unknown family, or a p outside 0 to 1.

    Notes
    -----
    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57(1), 289-300, by
    `scipy.stats.false_discovery_control`, which knows no tests that were not made. The promise
    holds for tests that are independent or positively dependent, as those of neighbours are.
    """
    from scipy.stats import false_discovery_control

    if family not in FAMILIES:
        raise ParameterError("family", family, "one of " + ", ".join(FAMILIES))
    values = np.asarray(p, dtype=np.float64)
    if ((values < 0) | (values > 1)).any():
        raise ParameterError("p", float(np.nanmax(np.abs(values))), "0 to 1")
    table = values.reshape(-1, 1) if family == "all" or values.ndim == 1 else values
    made = np.isfinite(table)
    m = np.broadcast_to(made.sum(axis=0), table.shape) * made
    adjusted = np.full(table.shape, np.nan)
    for column in np.flatnonzero(made.any(axis=0)):
        tested = made[:, column]
        adjusted[tested, column] = false_discovery_control(table[tested, column])
    return Adjusted(adjusted.reshape(values.shape), m.reshape(values.shape), family)


def undecided(low: Floats, high: Floats, alphas: tuple[float, ...], family: Family) -> Bools:
    """Return which tests may still pass or fail when each p is only known to lie in a range.

    Parameters
    ----------
    low, high
        Ends of the ranges, same shape, NaN where no test was made.
    alphas
        Levels that matter.
    family
        As for `benjamini_hochberg`.

    Returns
    -------
    ndarray
        True where a test passes with all p at their low ends and fails with all at their high
        ends, at any level. The others are settled: lowering a p never makes another fail.
    """
    best, worst = benjamini_hochberg(low, family), benjamini_hochberg(high, family)
    parts = [best.rejected(alpha) & ~worst.rejected(alpha) for alpha in alphas]
    return np.asarray(np.logical_or.reduce(parts), dtype=np.bool_)
