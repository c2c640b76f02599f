"""Tails of neighbourhood sums: by conditional permutations that grow, or counted out exactly.

Given a unit's own value, the values of its k neighbours are k draws without replacement from all
other units. For whole numbers the distribution of their sum can be counted out, which is what
permutations approach as they grow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.hotspots.inference import Bools, Family, undecided
from analytics.hotspots.permutation_kernel import SEED_MAX, Task, run
from analytics.hotspots.weights import Floats, Ints
from geo.errors import ParameterError

MAX_CELLS = 4_000_000
"""Largest table of (neighbours, sum) that is counted out."""


def _is_whole(y: Floats) -> bool:
    """Return whether all values are whole numbers of 0 or more."""
    return bool((y >= 0).all() and (y == np.floor(y)).all())


def sum_distribution(values: Ints, multiplicity: Ints, k_max: int, max_sum: int) -> Floats:
    """Return the distribution of the sum of k draws without replacement, for every k.

    Parameters
    ----------
    values, multiplicity
        Distinct whole numbers (0 or more) and how often each stands among the units drawn from.
    k_max
        Largest number of draws.
    max_sum
        Sums above it are not looked at; no draw of ``k_max`` units may exceed it.

    Returns
    -------
    ndarray
        Shape (k_max + 1, max_sum + 1): row k is the distribution of the sum of k draws.

    Raises
    ------
    ParameterError
        When so many draws cannot be counted out.

    Notes
    -----
    If each unit is drawn by itself with probability q, the number drawn of each value is binomial,
    and given that k were drawn every set of k units is equally likely, whatever q. So the joint
    distribution of number and sum is built value by value and each row divided by its total.
    """
    from scipy.stats import binom

    n = int(multiplicity.sum())
    q = min(max(k_max / max(n, 1), 1e-9), 0.5)
    joint = np.zeros((k_max + 1, max_sum + 1))
    joint[0, 0] = 1.0
    for value, many in zip(values.tolist(), multiplicity.tolist(), strict=True):
        chance = binom.pmf(np.arange(min(many, k_max) + 1), many, q)
        grown = joint * chance[0]
        for drawn in range(1, len(chance)):
            shift = value * drawn
            if shift > max_sum:
                break
            grown[drawn:, shift:] += chance[drawn] * joint[:-drawn, : max_sum + 1 - shift]
        joint = grown
    total = joint.sum(axis=1, keepdims=True)
    if not (total > 0).all():
        raise ParameterError("k", k_max, "few enough neighbours to count out; use permutations")
    return np.asarray(joint / total, dtype=np.float64)


def exact_tails(y: Floats, cardinality: Ints, observed: Floats) -> tuple[Floats, Floats]:
    """Return P(sum >= observed) and P(sum <= observed) for every unit and period.

    Parameters
    ----------
    y
        Shape (n, periods), whole numbers of 0 or more.
    cardinality
        Shape (n,): number of neighbours, 1 to n - 1.
    observed
        Shape (n, periods): sum over the neighbours.

    Raises
    ------
    ParameterError
        When a value is not a whole number, or sums are too large to count out (`MAX_CELLS`).
    """
    if not _is_whole(y):
        raise ParameterError("inference", "exact", "permutation, as y is not whole numbers")
    upper, lower = np.ones(y.shape), np.ones(y.shape)
    for t in range(y.shape[1]):
        column = y[:, t].astype(np.int64)
        upper[:, t], lower[:, t] = _column_tails(column, cardinality, observed[:, t])
    return upper, lower


def _column_tails(y: Ints, cardinality: Ints, observed: Floats) -> tuple[Floats, Floats]:
    k_max = int(cardinality.max())
    max_sum = int(np.sort(y)[-k_max:].sum())
    if (k_max + 1) * (max_sum + 1) > MAX_CELLS:
        raise ParameterError("inference", "exact", f"permutation, as sums reach {max_sum}")
    values, multiplicity = np.unique(y, return_counts=True)
    sums = np.rint(observed).astype(np.int64)
    upper, lower = np.ones(len(y)), np.ones(len(y))
    for at, own in enumerate(values):
        others = multiplicity - (np.arange(len(values)) == at)
        joint = sum_distribution(values, others, k_max, max_sum)
        from_above = np.cumsum(joint[:, ::-1], axis=1)[:, ::-1]
        from_below = np.cumsum(joint, axis=1)
        rows: npt.NDArray[np.bool_] = y == own
        upper[rows] = from_above[cardinality[rows], sums[rows]]
        lower[rows] = from_below[cardinality[rows], sums[rows]]
    return np.minimum(upper, 1.0), np.minimum(lower, 1.0)


GROWTH = 10
MOST = 10_000_000


@dataclass(frozen=True)
class PermutationParams:
    """How many permutations, from which seed.

    Attributes
    ----------
    seed
        0 to 2**63 - 1. The same seed gives the same result.
    start
        99 to 10,000,000: permutations of every unit.
    maximum
        ``start`` to 10,000,000: permutations of units near a threshold, reached tenfold by
        tenfold (999, 9,999, 99,999 and so on). Equal to ``start``: nothing grows.
    confidence
        0.9 to 0.999999: of the interval that says whether a p is near a threshold.
    threads
        1 or more; None: one per processor up to 4. Never changes the result.
    """

    seed: int = 0
    start: int = 999
    maximum: int = 999_999
    confidence: float = 0.999
    threads: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.seed <= SEED_MAX:
            raise ParameterError("seed", self.seed, f"0 to {SEED_MAX}")
        if not 99 <= self.start <= MOST:
            raise ParameterError("start", self.start, f"99 to {MOST}")
        if not self.start <= self.maximum <= MOST:
            raise ParameterError("maximum", self.maximum, f"{self.start} to {MOST}")
        if not 0.9 <= self.confidence <= 0.999999:
            raise ParameterError("confidence", self.confidence, "0.9 to 0.999999")
        if self.threads is not None and self.threads < 1:
            raise ParameterError("threads", self.threads, "1 or more")


@dataclass(frozen=True, eq=False)
class Tails:
    """How often a permuted sum reached the observed one.

    Attributes
    ----------
    upper, lower
        Number of draws with a sum of at least, and of at most, the observed; shape (n, periods).
    draws
        Number of draws of each; 0 where no test was asked for.
    """

    upper: Ints
    lower: Ints
    draws: Ints

    def p(self) -> tuple[Floats, Floats]:
        """Return upper and lower p by unit, (count + 1) / (draws + 1); NaN without draws."""
        none = self.draws == 0
        shares = [(hits + 1) / (self.draws + 1) for hits in (self.upper, self.lower)]
        return np.where(none, np.nan, shares[0]), np.where(none, np.nan, shares[1])


def two_sided(upper: Floats, lower: Floats) -> Floats:
    """Twice the smaller of ``upper`` and ``lower``, any shape: the two-sided p, at most 1."""
    return np.asarray(np.minimum(2 * np.minimum(upper, lower), 1.0), dtype=np.float64)


def p_range(tails: Tails, confidence: float) -> tuple[Floats, Floats]:
    """Return between what the two-sided p lies that endless permutations would give.

    The Clopper-Pearson interval of the smaller tail, doubled. NaN without draws. ``confidence`` is
    a share; both ends have the shape of the tails.
    """
    from scipy.special import betaincinv

    hits, draws = np.minimum(tails.upper, tails.lower), tails.draws
    miss = (1 - confidence) / 2
    with np.errstate(invalid="ignore"):
        low = betaincinv(np.maximum(hits, 1), np.maximum(draws - hits + 1, 1), miss)
        high = betaincinv(hits + 1, np.maximum(draws - hits, 1), 1 - miss)
    low = np.where(hits == 0, 0.0, low)
    high = np.where(hits >= draws, 1.0, high)
    none = draws == 0
    ends = [np.where(none, np.nan, np.minimum(2 * end, 1.0)) for end in (low, high)]
    return ends[0], ends[1]


def tail_limits(
    y: Floats, cardinality: Ints, observed: Floats, fixed: Bools
) -> tuple[Floats, Floats]:
    """Return from which sum on a draw is in the upper tail, and up to which in the lower.

    Parameters
    ----------
    y, cardinality
        As for `permutation_tails`.
    observed
        Shape (n, periods): sum over the neighbours. Sums that differ from it by rounding only are
        ties.
    fixed
        Shape (n, periods): where every permutation gives the observed statistic, so that p is 1.

    Returns
    -------
    tuple
        Lower and upper limit, each of shape (n, periods).
    """
    slack = 0.5
    if not _is_whole(y):
        slack = 1e-10 * float(np.abs(y).max(initial=0.0)) * float(cardinality.max())
    low = np.where(fixed, -np.inf, observed - slack)
    return low, np.where(fixed, np.inf, observed + slack)


def permutation_tails(
    y: Floats,
    cardinality: Ints,
    limits: tuple[Floats, Floats],
    testable: Bools,
    params: PermutationParams,
    alphas: tuple[float, ...] = (),
    family: Family = "period",
) -> Tails:
    """Permute the other units around each unit and count both tails of its neighbours' sum.

    Parameters
    ----------
    y
        Finite, shape (n, periods).
    cardinality
        Shape (n,): number of neighbours, 1 to n - 1.
    limits
        `tail_limits` of the observed sums.
    testable
        Shape (n, periods): where a test is wanted; the others are no part of a family.
    params
        Number of permutations and seed.
    alphas, family
        Levels after Benjamini-Hochberg that decide where permutations grow, and which tests
        count together. Without levels nothing grows.

    Notes
    -----
    Conditional permutation as in Anselin (1995): the unit keeps its value, the others are placed
    at random, so its neighbours are k of them. Every statistic here is a rising or falling
    function of their sum, and the two-sided p is the same for all. Draws are added tenfold where
    the test could both pass and fail within the interval of `p_range`; what has stopped keeps its
    draws. Looking while it grows biases a p by less than that interval's error.
    """
    counts = Tails(*(np.zeros(y.shape, dtype=np.int64) for _ in range(3)))
    wanted, target = testable, params.start
    while wanted.any():
        _draw(counts, wanted, target, y, cardinality, limits, params)
        if target >= params.maximum or not alphas:
            break
        low, high = p_range(counts, params.confidence)
        wanted = undecided(low, high, alphas, family)
        target = min((target + 1) * GROWTH - 1, params.maximum)
    return counts


def _draw(
    counts: Tails,
    wanted: Bools,
    target: int,
    y: Floats,
    cardinality: Ints,
    limits: tuple[Floats, Floats],
    params: PermutationParams,
) -> None:
    """Bring the wanted cells to a number of draws."""
    tasks = []
    for unit in np.flatnonzero(wanted.any(axis=1)).tolist():
        done = counts.draws[unit]
        for start in np.unique(done[wanted[unit]]).tolist():
            periods = np.flatnonzero(wanted[unit] & (done == start)).astype(np.int64)
            tasks.append(Task(unit, int(cardinality[unit]), start, target, periods))
    found = run(tasks, y, limits, params.seed, params.threads)
    for task, (upper, lower) in zip(tasks, found, strict=True):
        counts.upper[task.unit, task.periods] += upper
        counts.lower[task.unit, task.periods] += lower
        counts.draws[task.unit, task.periods] = task.stop
