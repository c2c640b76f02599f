"""Scores of draws: worked by hand, against the formula over all draws, and what must hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.outlook.scores import (
    BINS,
    brier,
    chance_of_any,
    crps,
    expected,
    histogram,
    ignorance,
    interval_score,
    quantile,
)

DRAWS = arrays(np.int64, st.integers(2, 40), elements=st.integers(0, 30))
Y = st.integers(0, 60)


def plain_crps(draws: np.ndarray, y: int) -> float:
    """mean|x - y| - sum|x - x'| / (2 m^2), draw by draw."""
    m = len(draws)
    apart = sum(abs(int(a) - int(b)) for a in draws for b in draws)
    return sum(abs(int(x) - y) for x in draws) / m - apart / (2 * m * m)


def plain_ignorance(draws: np.ndarray, y: int) -> float:
    def bin_of(n: int) -> int:
        return 0 if n < 1 else 1 if n < 2 else 2 if n < 3 else 3 if n < 6 else 4 if n < 11 else 5

    inside = sum(bin_of(int(x)) == bin_of(y) for x in draws)
    return -math.log2((inside + 1) / (len(draws) + 6))


def plain_interval(draws: np.ndarray, y: int) -> float:
    rank = sorted(int(x) for x in draws)
    low = rank[max(0, math.ceil(0.05 * len(rank) - 1e-9) - 1)]
    high = rank[math.ceil(0.95 * len(rank) - 1e-9) - 1]
    return (high - low) + (20 * (low - y) if y < low else 20 * (y - high) if y > high else 0)


def test_the_case_of_the_docstring() -> None:
    hist = histogram(np.array([0, 0, 1, 3]))
    assert hist.tolist() == [2, 1, 0, 1]
    assert float(crps(hist, np.array(1))) == pytest.approx(0.375)
    assert float(ignorance(hist, np.array(1))) == pytest.approx(-math.log2(2 / 10))
    assert float(interval_score(hist, np.array(1))) == 3.0
    assert float(interval_score(hist, np.array(5))) == 3.0 + 20 * 2
    assert float(chance_of_any(hist)) == 0.5
    assert float(expected(hist)) == 1.0
    assert float(brier(np.array(0.5), np.array(True))) == 0.25


def test_ignorance_of_a_thousand_draws_has_the_range_of_the_anchors() -> None:
    """With their 11 bins it runs from .014 to 9.98 bits; with our 6 likewise, by the formula."""
    sure = np.array([1000])
    assert float(ignorance(sure, np.array(0))) == pytest.approx(-math.log2(1001 / 1006))
    assert float(ignorance(sure, np.array(12))) == pytest.approx(math.log2(1006))
    assert BINS == (0, 1, 2, 3, 6, 11)


@given(DRAWS, Y)
def test_they_equal_the_formulae_over_all_draws(draws: np.ndarray, y: int) -> None:
    hist, outcome = histogram(draws), np.array(y)
    assert float(crps(hist, outcome)) == pytest.approx(plain_crps(draws, y), abs=1e-9)
    assert float(ignorance(hist, outcome)) == pytest.approx(plain_ignorance(draws, y))
    assert float(interval_score(hist, outcome)) == plain_interval(draws, y)


@given(DRAWS, Y)
def test_a_score_is_never_below_that_of_knowing(draws: np.ndarray, y: int) -> None:
    hist, outcome = histogram(draws), np.array(y)
    assert float(crps(hist, outcome)) >= -1e-12
    assert float(interval_score(hist, outcome)) >= 0
    assert float(crps(histogram(np.full(4, y)), outcome)) == 0
    assert float(interval_score(histogram(np.full(4, y)), outcome)) == 0
    assert 0 <= float(chance_of_any(hist)) <= 1
    assert quantile(hist, 0.05) <= quantile(hist, 0.95)


@given(arrays(np.int64, (3, 2, 9), elements=st.integers(0, 12)))
def test_many_forecasts_at_once_are_those_one_by_one(draws: np.ndarray) -> None:
    y = np.array([[0, 1], [4, 30], [2, 2]])
    together = crps(histogram(draws), y)
    for n in np.ndindex(3, 2):
        assert together[n] == pytest.approx(plain_crps(draws[n], int(y[n])), abs=1e-9)


@given(DRAWS)
def test_on_average_nobody_beats_the_truth(draws: np.ndarray) -> None:
    """CRPS is proper: against outcomes that are the draws, the draws beat their own shift."""
    hist, moved = histogram(draws), histogram(draws + 1)
    ys = np.asarray(draws)
    own = np.mean([float(crps(hist, np.array(y))) for y in ys])
    other = np.mean([float(crps(moved, np.array(y))) for y in ys])
    assert own <= other + 1e-9
