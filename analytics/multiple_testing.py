"""Benjamini-Hochberg: how many of many tests may be believed at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from analytics.weights import Floats
from geo.errors import ParameterError

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
        """Return which tests pass at a false discovery rate of ``alpha`` (above 0, below 1)."""
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

    Notes
    -----
    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57(1), 289-300: the
    i-th smallest p becomes the smallest p_j * m / j over j >= i, at most 1. The promise holds for
    tests that are independent or positively dependent, as those of neighbours are.
    """
    if family not in FAMILIES:
        raise ParameterError("family", family, "one of " + ", ".join(FAMILIES))
    values = np.asarray(p, dtype=np.float64)
    if ((values < 0) | (values > 1)).any():
        raise ParameterError("p", float(np.nanmax(np.abs(values))), "0 to 1")
    table = values.reshape(-1, 1) if family == "all" or values.ndim == 1 else values
    made = np.isfinite(table)
    m = np.broadcast_to(made.sum(axis=0), table.shape) * made
    order = np.argsort(table, axis=0, kind="stable")  # NaN comes last
    rank = np.arange(1, len(table) + 1)[:, None]
    steps = np.take_along_axis(table, order, axis=0) * made.sum(axis=0) / rank
    steps = np.fmin.accumulate(steps[::-1], axis=0)[::-1]
    adjusted = np.full(table.shape, np.nan)
    np.put_along_axis(adjusted, order, np.minimum(steps, 1.0), axis=0)
    adjusted[~made] = np.nan
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
