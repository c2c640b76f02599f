"""The exact reference distribution of a neighbourhood's sum of whole numbers.

Given a unit's own value, the values of its k neighbours are k draws without replacement from all
other units. For whole numbers the distribution of their sum can be counted out, which is what
permutations approach as they grow.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analytics.weights import Floats, Ints
from geo.errors import ParameterError

MAX_CELLS = 4_000_000
"""Largest table of (neighbours, sum) that is counted out."""


def is_whole(y: Floats) -> bool:
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
    if not is_whole(y):
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
