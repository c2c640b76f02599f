"""Empirical Bayes rates by hand, against esda, and where they must not break."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.hotspots.local_stats import lattice_weights
from analytics.hotspots.rates import PER, eb_global, eb_rates
from analytics.hotspots.weights import Weights, from_pairs, knn_weights
from geo.errors import CodeError, ParameterError
from tests.peers import to_libpysal


def case(seed: int, n: int = 30) -> tuple[np.ndarray, np.ndarray, Weights]:
    rng = np.random.default_rng(seed)
    voters = rng.integers(200, 20_000, n).astype(float)
    counts = rng.poisson(voters * rng.gamma(0.5, 0.01, n)).astype(float)
    return counts, voters, knn_weights(list(map(str, range(n))), rng.uniform(0, 1, (n, 2)), 4)


def eb_local(counts: np.ndarray, voters: np.ndarray, weights: Weights) -> np.ndarray:
    codes = list(weights.codes)
    found = eb_rates(pd.Series(counts, codes), pd.Series(voters, codes), weights)
    return found["eb_local"].to_numpy() / PER


def test_by_hand() -> None:
    # 2 of 10 and 8 of 10: mean 1/2; variance of rates 0.09, chance 0.5 / 10 = 0.05, left 0.04.
    # Each keeps 0.04 / (0.04 + 0.05) of its distance to the mean.
    found = eb_global(np.array([2.0, 8]), np.array([10.0, 10]))
    assert found == pytest.approx([0.5 - 0.3 * 4 / 9, 0.5 + 0.3 * 4 / 9])
    # 4 of 10 and 6 of 10 differ by less than chance: both become the mean.
    assert eb_global(np.array([4.0, 6]), np.array([10.0, 10])).tolist() == [0.5, 0.5]
    pair = from_pairs(["a", "b"], np.array([[0, 1], [1, 0]]))
    assert eb_local(np.array([2.0, 8]), np.array([10.0, 10]), pair) == pytest.approx(found)


def test_esda_agrees() -> None:
    smoothing = pytest.importorskip("esda.smoothing")
    counts, voters, weights = case(1)
    assert eb_global(counts, voters) == pytest.approx(
        smoothing.Empirical_Bayes(counts, voters).r[:, 0]
    )
    theirs = smoothing.Spatial_Empirical_Bayes(counts, voters, to_libpysal(weights)).r[:, 0]
    assert eb_local(counts, voters, weights) == pytest.approx(theirs)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 50))
def test_between_the_rate_and_the_mean(seed: int, scale: int) -> None:
    counts, voters, weights = case(seed)
    many = np.column_stack([counts, np.zeros_like(counts), counts[::-1]])
    rate, mean = many / voters[:, None], many.sum(axis=0) / voters.sum()
    found = eb_global(many, voters)
    low, high = np.minimum(rate, mean), np.maximum(rate, mean)
    assert ((found >= low - 1e-12) & (found <= high + 1e-12)).all()
    assert (found[:, 1] == 0).all()
    assert np.isfinite(eb_local(counts, voters, weights)).all()
    np.testing.assert_allclose(eb_global(counts, voters), found[:, 0], rtol=1e-9)
    # The larger a unit, the less of its own rate is lost.
    same = eb_global(counts * scale, voters * scale)
    assert (np.abs(same - rate[:, 0]) <= np.abs(found[:, 0] - rate[:, 0]) + 1e-12).all()


def test_units_without_voters_get_no_rate_and_lend_none() -> None:
    weights = lattice_weights(2, 2)
    codes = list(weights.codes)
    counts = pd.DataFrame({"2024-01": [1, 2, 3, 4], "2024-02": [0, 0, 0, 0]}, codes)
    voters = pd.Series([1000.0, np.nan, 2000, 4000], codes)
    found = eb_rates(counts, voters, weights)
    assert list(found.columns) == ["rate", "eb_global", "eb_local"]
    rate = found["rate"].xs("2024-01", level="period")
    assert rate.to_list() == pytest.approx([10.0, np.nan, 15.0, 10.0], nan_ok=True)
    assert found.xs(codes[1]).isna().all().all()
    assert found.drop(codes[1]).notna().all().all()
    others = [0, 2, 3]
    expected = eb_global(np.array([1.0, 3, 4]), np.array([1000.0, 2000, 4000])) * 10_000
    smooth = found["eb_global"].xs("2024-01", level="period")
    assert smooth.iloc[others].to_list() == pytest.approx(expected.tolist())
    series = eb_rates(counts["2024-01"], voters)
    assert list(series.index) == codes
    assert list(series.columns) == ["rate", "eb_global"]


def test_refused() -> None:
    weights = lattice_weights(2, 2)
    codes = list(weights.codes)
    counts = pd.Series([1, 2, 3, 4], codes)
    with pytest.raises(ParameterError, match="at least two units with voters"):
        eb_rates(counts, pd.Series([5.0], codes[:1]))
    with pytest.raises(ParameterError, match="counts"):
        eb_rates(-counts, pd.Series(10.0, codes))
    with pytest.raises(CodeError, match=r"'1\.1'"):
        eb_rates(counts.iloc[:3], pd.Series(10.0, codes), weights)
    with pytest.raises(ParameterError, match="voters"):
        eb_global(np.ones(2), np.array([1.0, 0]))
    with pytest.raises(ParameterError, match="one row for each of 2"):
        eb_global(np.ones(3), np.ones(2))
