"""Empirical Bayes rates by hand, against esda, and where they must not break."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.hotspots.rates import eb_global
from geo.errors import ParameterError


def case(seed: int, n: int = 30) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    voters = rng.integers(200, 20_000, n).astype(float)
    counts = rng.poisson(voters * rng.gamma(0.5, 0.01, n)).astype(float)
    return counts, voters


def test_by_hand() -> None:
    # 2 of 10 and 8 of 10: mean 1/2; variance of rates 0.09, chance 0.5 / 10 = 0.05, left 0.04.
    # Each keeps 0.04 / (0.04 + 0.05) of its distance to the mean.
    found = eb_global(np.array([2.0, 8]), np.array([10.0, 10]))
    assert found == pytest.approx([0.5 - 0.3 * 4 / 9, 0.5 + 0.3 * 4 / 9])
    # 4 of 10 and 6 of 10 differ by less than chance: both become the mean.
    assert eb_global(np.array([4.0, 6]), np.array([10.0, 10])).tolist() == [0.5, 0.5]


def test_esda_agrees() -> None:
    smoothing = pytest.importorskip("esda.smoothing")
    counts, voters = case(1)
    assert eb_global(counts, voters) == pytest.approx(
        smoothing.Empirical_Bayes(counts, voters).r[:, 0]
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 50))
def test_between_the_rate_and_the_mean(seed: int, scale: int) -> None:
    counts, voters = case(seed)
    many = np.column_stack([counts, np.zeros_like(counts), counts[::-1]])
    rate, mean = many / voters[:, None], many.sum(axis=0) / voters.sum()
    found = eb_global(many, voters)
    low, high = np.minimum(rate, mean), np.maximum(rate, mean)
    assert ((found >= low - 1e-12) & (found <= high + 1e-12)).all()
    assert (found[:, 1] == 0).all()
    np.testing.assert_allclose(eb_global(counts, voters), found[:, 0], rtol=1e-9)
    # The larger a unit, the less of its own rate is lost.
    same = eb_global(counts * scale, voters * scale)
    assert (np.abs(same - rate[:, 0]) <= np.abs(found[:, 0] - rate[:, 0]) + 1e-12).all()


def test_what_is_no_rate_is_refused() -> None:
    with pytest.raises(ParameterError, match="counts"):
        eb_global(np.array([-1.0, 2]), np.array([10.0, 10]))
    with pytest.raises(ParameterError, match="voters"):
        eb_global(np.array([1.0, 2]), np.array([10.0, 0]))
