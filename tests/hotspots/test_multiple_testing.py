"""Benjamini-Hochberg by hand, by its definition, and what is settled before all p are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.hotspots.inference import benjamini_hochberg, undecided
from geo.errors import ParameterError

chances = st.floats(0, 1)


def test_by_hand() -> None:
    # Sorted 0.005 0.01 0.03 0.04 times 4/1 4/2 4/3 4/4: 0.02 0.02 0.04 0.04.
    found = benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.005]))
    assert found.p == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert found.m.tolist() == [4, 4, 4, 4]
    assert found.rejected(0.03).tolist() == [True, False, False, True]
    # A later, larger p may carry an earlier one: 0.04 * 2/1 is above 0.045 * 2/2.
    assert benjamini_hochberg(np.array([0.04, 0.045])).p == pytest.approx([0.045, 0.045])


def test_families() -> None:
    p = np.array([[0.01, 0.2], [0.04, np.nan]])
    each = benjamini_hochberg(p, "period")
    np.testing.assert_allclose(each.p, [[0.02, 0.2], [0.04, np.nan]])
    assert each.m.tolist() == [[2, 1], [2, 0]]
    both = benjamini_hochberg(p, "all")
    np.testing.assert_allclose(both.p, [[0.03, 0.2], [0.06, np.nan]])
    assert both.m.tolist() == [[3, 3], [3, 0]]
    assert not both.rejected(0.5)[1, 1]


def test_refused() -> None:
    with pytest.raises(ParameterError, match=r"p=1\.5"):
        benjamini_hochberg(np.array([0.1, 1.5]))
    with pytest.raises(ParameterError, match="family"):
        benjamini_hochberg(np.array([0.1]), "week")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="alpha"):
        benjamini_hochberg(np.array([0.1])).rejected(0.0)


@given(arrays(float, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=chances))
def test_tests_that_were_not_made_are_no_part_of_a_family(p: np.ndarray) -> None:
    with_gaps = np.vstack([p, np.full(p.shape, np.nan)])
    found = benjamini_hochberg(with_gaps)
    assert found.p[: len(p)] == pytest.approx(benjamini_hochberg(p).p)
    assert np.isnan(found.p[len(p) :]).all()
    assert benjamini_hochberg(p, "all").p == pytest.approx(
        by_definition(p.ravel()).reshape(p.shape)
    )


def by_definition(p: np.ndarray) -> np.ndarray:
    """Return the smallest p_j m / j over the j at or above each rank, at most 1."""
    ranked = np.sort(p)
    at = np.arange(1, len(p) + 1)
    steps = [min((ranked * len(p) / at)[i:].min(), 1.0) for i in range(len(p))]
    return np.array(steps)[np.searchsorted(ranked, p)]


@settings(max_examples=60)
@given(
    arrays(float, st.tuples(st.integers(1, 12), st.just(3)), elements=chances, unique=False),
    st.integers(0, 1000),
    st.sampled_from(["period", "all"]),
)
def test_what_is_settled_stays_settled(p: np.ndarray, seed: int, family: str) -> None:
    rng = np.random.default_rng(seed)
    low, high = p * rng.uniform(0, 1, p.shape), p + (1 - p) * rng.uniform(0, 0.3, p.shape)
    alphas = (0.1, 0.05)
    open_still = undecided(low, high, alphas, family)  # type: ignore[arg-type]
    assert not undecided(p, p, alphas, family).any()  # type: ignore[arg-type]
    for _ in range(5):
        truth = low + (high - low) * rng.uniform(0, 1, p.shape)
        for alpha in alphas:
            now = benjamini_hochberg(truth, family).rejected(alpha)  # type: ignore[arg-type]
            ends = benjamini_hochberg(low, family).rejected(alpha)  # type: ignore[arg-type]
            assert (now == ends)[~open_still].all()
