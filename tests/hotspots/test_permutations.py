"""Permutations and the exact distribution: all subsets, each other, one seed one result."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from analytics.hotspots.permutation_kernel import Task, run, unit_key
from analytics.hotspots.permutations import (
    PermutationParams,
    Tails,
    exact_tails,
    p_range,
    permutation_tails,
    sum_distribution,
    tail_limits,
    two_sided,
)
from analytics.hotspots.weights import Weights, knn_weights
from geo.errors import ParameterError
from tests.peers import count_numpy

FIXED = PermutationParams(seed=5, start=999, maximum=999)


def case(n: int, k: int, periods: int, seed: int) -> tuple[np.ndarray, Weights]:
    rng = np.random.default_rng(seed)
    y = rng.poisson(rng.gamma(0.6, 2.0, (n, 1)), (n, periods)).astype(np.float64)
    return y, knn_weights([f"{i:03d}" for i in range(n)], rng.uniform(0, 1, (n, 2)), k)


def permuted(
    y: np.ndarray, weights: Weights, params: PermutationParams, alphas: tuple[float, ...] = ()
) -> Tails:
    fixed = np.zeros(y.shape, dtype=bool)
    limits = tail_limits(y, weights.cardinality, weights.matrix @ y, fixed)
    return permutation_tails(y, weights.cardinality, limits, ~fixed, params, alphas)


def all_subsets(y: np.ndarray, unit: int, near: list[int]) -> tuple[float, float]:
    """Return both tails by going through every set of neighbours a unit could have."""
    others = [j for j in range(len(y)) if j != unit]
    sums = [sum(y[list(group)]) for group in combinations(others, len(near))]
    seen = sum(y[near])
    upper = sum(s >= seen - 1e-9 for s in sums) / len(sums)
    return upper, sum(s <= seen + 1e-9 for s in sums) / len(sums)


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 9), st.integers(0, 10_000), st.data())
def test_exact_is_every_subset(n: int, seed: int, data: st.DataObject) -> None:
    y, weights = case(n, data.draw(st.integers(1, n - 1)), 2, seed)
    upper, lower = exact_tails(y, weights.cardinality, weights.matrix @ y)
    for i in range(n):
        near = weights.matrix[[i]].indices.tolist()
        for t in range(2):
            slow = all_subsets(y[:, t], i, near)
            assert (upper[i, t], lower[i, t]) == pytest.approx(slow, abs=1e-12)


def test_zeros_and_ones_are_hypergeometric() -> None:
    joint = sum_distribution(np.array([0, 1]), np.array([300, 92]), 12, 12)
    for k in (1, 5, 12):
        ours, theirs = joint[k], hypergeom(392, 92, k).pmf(np.arange(13))
        assert ours == pytest.approx(theirs, rel=1e-10, abs=1e-300)


@settings(max_examples=20, deadline=None)
@given(st.integers(3, 60), st.integers(0, 10_000), st.data())
def test_the_compiled_loop_counts_as_numpy_does(n: int, seed: int, data: st.DataObject) -> None:
    y, weights = case(n, data.draw(st.integers(1, n - 1)), 3, seed)
    if data.draw(st.booleans()):
        y = y / 7.0
    found = permuted(y, weights, FIXED)
    low, high = tail_limits(y, weights.cardinality, weights.matrix @ y, np.zeros(y.shape, bool))
    for unit in range(n):
        key, k = unit_key(FIXED.seed, unit), int(weights.cardinality[unit])
        peer = count_numpy(y, unit, k, key, 0, FIXED.start, low[unit], high[unit])
        assert (found.upper[unit] == peer[0]).all()
        assert (found.lower[unit] == peer[1]).all()


def test_one_seed_one_result() -> None:
    y, weights = case(60, 5, 4, 8)
    params = replace(FIXED, start=499, maximum=499)
    first = permuted(y, weights, replace(params, threads=1))
    for threads in (2, 3, None):
        again = permuted(y, weights, replace(params, threads=threads))
        assert (first.upper == again.upper).all()
        assert (first.lower == again.lower).all()
    other = permuted(y, weights, replace(params, seed=6))
    assert (first.upper != other.upper).any()
    # One month alone gets what it gets among others.
    alone = permuted(y[:, [2]], weights, params)
    assert (alone.upper[:, 0] == first.upper[:, 2]).all()


def test_more_draws_go_on_where_fewer_stopped() -> None:
    y, weights = case(40, 4, 2, 1)
    limits = tail_limits(y, weights.cardinality, weights.matrix @ y, np.zeros(y.shape, bool))
    both = np.array([0, 1])
    parts = [Task(3, 4, 0, 100, both), Task(3, 4, 100, 5000, both)]
    halves = run(parts, y, limits, 9)
    whole = run([Task(3, 4, 0, 5000, both)], y, limits, 9)[0]
    for side in (0, 1):
        assert (halves[0][side] + halves[1][side] == whole[side]).all()


@pytest.mark.parametrize("k", [1, 3, 6])
def test_every_set_of_neighbours_is_equally_likely(k: int) -> None:
    # Powers of two tell the sets apart by their sums.
    n, draws, unit = 7, 200_000, 2
    y = (2.0 ** np.arange(n))[:, None]
    others = [j for j in range(n) if j != unit]
    sums = [float(sum(y[list(group), 0])) for group in combinations(others, k)]
    key = unit_key(11, unit)
    found = [
        int(np.minimum(*count_numpy(y, unit, k, key, 0, draws, np.array([s]), np.array([s])))[0])
        for s in (min(sums), max(sums))
    ]
    share = draws / len(sums)
    assert np.abs(np.array(found) - share).max() < 5 * share**0.5 + (k == 6)
    middle = [
        count_numpy(y, unit, k, key, 0, draws, np.array([s - 0.5]), np.array([s + 0.5]))
        for s in sums
    ]
    each = np.array([up[0] + low[0] - draws for up, low in middle])
    assert each.sum() == draws
    assert ((each - share) ** 2 / share).sum() < 3 * len(sums) + 10


def test_permutations_near_the_exact() -> None:
    y, weights = case(50, 5, 6, 2)
    upper, lower = exact_tails(y, weights.cardinality, weights.matrix @ y)
    drawn = permuted(y, weights, replace(FIXED, start=20_000, maximum=20_000))
    for hits, truth in ((drawn.upper, upper), (drawn.lower, lower)):
        error = np.sqrt(truth * (1 - truth) / 20_000)
        assert (np.abs(hits / 20_000 - truth) <= 5 * error + 1e-12).all()
    low, high = p_range(drawn, 0.999)
    truth = two_sided(upper, lower)
    assert ((low <= truth) & (truth <= high)).mean() > 0.99


def test_growth_stops_where_nothing_can_change() -> None:
    y, weights = case(60, 5, 3, 4)
    params = replace(FIXED, maximum=99_999)
    grown = permuted(y, weights, params, (0.05,))
    assert set(np.unique(grown.draws)) <= {999, 9_999, 99_999}
    plain = permuted(y, weights, FIXED)
    still = grown.draws == 999
    assert still.any()
    assert (grown.upper[still] == plain.upper[still]).all()
    # Settled at 999: far from the threshold of a single test.
    upper, lower = exact_tails(y, weights.cardinality, weights.matrix @ y)
    assert (two_sided(upper, lower)[still] > 0.05 / 60).all()


def test_tests_that_are_not_wanted_are_not_made() -> None:
    y, weights = case(20, 3, 2, 6)
    wanted = np.zeros(y.shape, dtype=bool)
    wanted[:, 1] = True
    limits = tail_limits(y, weights.cardinality, weights.matrix @ y, ~wanted)
    tails = permutation_tails(y, weights.cardinality, limits, wanted, FIXED, (0.05,))
    assert (tails.draws[:, 0] == 0).all()
    assert np.isnan(tails.p()[0][:, 0]).all()
    assert np.isnan(p_range(tails, 0.99)[0][:, 0]).all()
    assert (tails.draws[:, 1] >= 999).all()
    none = permutation_tails(y, weights.cardinality, limits, wanted & False, FIXED, (0.05,))
    assert (none.draws == 0).all()


def test_by_hand() -> None:
    tails = Tails(np.array([[49, 0, 999]]), np.array([[950, 999, 999]]), np.array([[999] * 3]))
    assert two_sided(*tails.p()) == pytest.approx(np.array([[0.1, 0.002, 1.0]]))
    low, high = p_range(tails, 0.99)
    assert low[0, 1] == 0
    # No hit in 999 draws: the upper end solves (1 - p)^999 = 0.005, and p doubles.
    assert high[0, 1] == pytest.approx(2 * (1 - 0.005 ** (1 / 999)))


@pytest.mark.parametrize(
    "wrong",
    [{"seed": -1}, {"start": 10}, {"start": 999, "maximum": 99}, {"confidence": 0.5},
     {"threads": 0}],
)  # fmt: skip
def test_parameters_out_of_range(wrong: dict) -> None:
    with pytest.raises(ParameterError, match=list(wrong)[-1]):
        PermutationParams(**wrong)


def test_what_cannot_be_counted_out_is_refused() -> None:
    k = np.full(5, 2)
    y = np.arange(5.0)[:, None]
    with pytest.raises(ParameterError, match="not whole numbers"):
        exact_tails(y / 2, k, y)
    with pytest.raises(ParameterError, match="sums reach 7000000"):
        exact_tails(y * 1e6, k, y)
    with pytest.raises(ParameterError, match="threads=0"):
        run([], y, (y, y), 1, 0)
    with pytest.raises(ParameterError, match="seed"):
        unit_key(-1, 0)
