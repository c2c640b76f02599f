"""Relative risk: by hand, by an independent sampler, a known answer, and what always holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import gamma, nbinom

from analytics.hotspots.kernels.relative_risk import (
    GROUP_SPREADS,
    LEVEL,
    REACH,
    STEP,
    Mixture,
    Prior,
    posterior,
)
from analytics.hotspots.relative_risk import (
    WORDS,
    RelativeRiskParams,
    expected_affairs,
    relative_risk,
)
from analytics.hotspots.weights import Weights, from_pairs
from geo.errors import CodeError, ParameterError
from tests.risk_worlds import drawn_risks, gibbs, known_prior, scotland

NARROW = RelativeRiskParams(zone_probability=0.0)


def chain(n: int) -> Weights:
    """Return units in a row, each a neighbour of the next."""
    here = np.arange(n - 1)
    pairs = np.column_stack([np.r_[here, here + 1], np.r_[here + 1, here]])
    return from_pairs([f"{i:02d}" for i in range(n)], pairs)


def frame(
    counts: list[int],
    exposure: list[float] | None = None,
    parents: list[str] | None = None,
    neighbours: Weights | None = None,
    params: RelativeRiskParams = NARROW,
) -> pd.DataFrame:
    codes = pd.Index([f"{i:02d}" for i in range(len(counts))])
    shares = pd.Series(exposure or [1.0] * len(counts), codes)
    above = pd.Series(parents or ["a"] * len(counts), codes)
    expected = expected_affairs(sum(counts), shares)
    return relative_risk(pd.Series(counts, codes), expected, above, params, neighbours)


def test_with_known_spread_and_level_it_is_the_gamma_of_the_textbook(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Spread 1, no spread of groups to speak of, level 1: y = 3, e = 2 makes Gamma(4, 3)."""
    known_prior(monkeypatch, own=1.0, group=0.001)
    prior = Prior(own=1.0, group=1.0, level=0.01, zone=0.0)
    found = posterior(np.array([3.0]), np.array([2.0]), np.array([0]), None, prior)
    by_hand = gamma(4, scale=1 / 3)
    assert found.quantiles((0.5,))[0, 0] == pytest.approx(by_hand.median(), abs=1e-3)
    assert found.below(1.25)[0] == pytest.approx(by_hand.cdf(1.25), abs=1e-3)


def test_the_factor_of_a_group_has_the_masses_of_its_gamma() -> None:
    """A row is a spread s and a level m: Gamma(1/s², m s²), cut halfway between the points."""
    rows, _ = Prior(own=1.0, group=0.5, level=0.3, zone=0.0).groups
    levels = [STEP**n for n in range(-LEVEL, LEVEL + 1)]
    pairs = [(spread, level) for spread in GROUP_SPREADS for level in levels]
    assert len(rows) == len(pairs)
    for row, (spread, level) in zip(rows, pairs, strict=True):
        below = gamma(spread**-2, scale=level * spread**2).cdf
        inner = [below(STEP ** (n + 0.5)) for n in range(-REACH, REACH)]
        assert row == pytest.approx(np.diff([0.0, *inner, 1.0]), abs=1e-12)


def test_two_units_by_direct_integration(monkeypatch: pytest.MonkeyPatch) -> None:
    """One group, factor v ~ Gamma(4, 4), own factors with spread 1: integrated by quadrature."""
    known_prior(monkeypatch, own=1.0, group=0.5)
    prior = Prior(own=1.0, group=1.0, level=0.01, zone=0.0)
    counts, expected = np.array([5.0, 0.0]), np.array([1.0, 2.0])
    found = posterior(counts, expected, np.array([0, 0]), None, prior)

    def likely(v: float) -> float:
        # The own factor is exponential: y is geometric with mean e * v.
        means = expected * v
        return float(np.prod(1 / (1 + means) * (means / (1 + means)) ** counts))

    def weighed(v: float, share: float = 1.0) -> float:
        return share * likely(v) * float(gamma.pdf(v, 4, scale=1 / 4))

    whole = quad(weighed, 0, 20)[0]
    for unit in (0, 1):

        def below(v: float, unit: int = unit) -> float:
            own = gamma.cdf(1.25, counts[unit] + 1, scale=1 / (1 / v + expected[unit]))
            return weighed(v, float(own))

        part = quad(below, 1e-9, 20)[0] / whole
        assert found.below(1.25)[unit] == pytest.approx(part, abs=0.004)


def test_an_independent_sampler_agrees() -> None:
    """Metropolis within Gibbs on the continuous model, with groups and a zone."""
    rng = np.random.default_rng(4)
    counts = np.array([6, 5, 4, 0, 1, 0, 2, 0, 1, 0, 0, 1])
    group = np.repeat([0, 1, 2], 4)
    expected = np.full(12, counts.sum() / 12)
    near = chain(12)
    params = RelativeRiskParams()
    codes = pd.Index(near.codes)
    found = relative_risk(
        pd.Series(counts, codes), pd.Series(expected, codes), pd.Series(group, codes), params, near
    )
    risks, zone = gibbs(rng, counts, expected, group, near.star().toarray() > 0, params.prior, 4000)
    assert np.abs((risks > 1.25).mean(axis=0) - found["p_above"]).max() < 0.04
    assert np.abs(np.log(np.median(risks, axis=0) / found["median"])).max() < 0.08
    assert np.abs(np.log(np.quantile(risks, 0.05, axis=0) / found["low"])).max() < 0.2
    assert np.abs(np.log(np.quantile(risks, 0.95, axis=0) / found["high"])).max() < 0.12
    assert zone == pytest.approx(found.attrs["zone"], abs=0.05)


def test_scotland_lip_cancer_is_as_by_clayton_and_kaldor_and_by_a_sampler() -> None:
    """Known answer: their model by maximum likelihood, and ours drawn by the sampler."""
    table = scotland()
    y, e = table["observed"].to_numpy(float), table["expected"].to_numpy()
    params = RelativeRiskParams(zone_probability=0.0, own_spread=1.0, level_spread=0.5)
    one = pd.Series("scotland", table.index)
    found = relative_risk(table["observed"], table["expected"], one, params)

    def minus_log(log: np.ndarray) -> float:
        shape, mean = np.exp(log)
        return -float(nbinom.logpmf(y, shape, shape / (shape + mean * e)).sum())

    shape, mean = np.exp(minimize(minus_log, np.zeros(2), method="Nelder-Mead").x)
    assert (shape, mean) == pytest.approx((1.88, 1.42), abs=0.02)
    plugged_in = gamma(shape + y, scale=1 / (shape / mean + e))
    assert np.abs(np.log(found["median"] / plugged_in.median())).max() < 0.1
    assert np.abs(np.log(found["high"] / plugged_in.ppf(0.95))).max() < 0.1
    assert np.abs(found["p_below"] - plugged_in.cdf(0.8)).max() < 0.05
    assert np.abs(found["p_above"] - plugged_in.sf(1.25)).max() < 0.05
    draws, _ = gibbs(
        np.random.default_rng(1),
        y,
        e,
        np.zeros(56, int),
        np.ones((1, 56), bool),
        params.prior,
        1500,
    )
    assert np.abs(np.log(found["median"] / np.median(draws, axis=0))).max() < 0.08
    assert np.abs(found["p_above"] - (draws > 1.25).mean(axis=0)).max() < 0.04


def test_the_interval_covers_what_it_says() -> None:
    """Simulation-based calibration, small; tests/benchmarks has the large one."""
    rng = np.random.default_rng(8)
    prior = RelativeRiskParams().prior
    near, inside, n, runs = chain(20), 0, 20, 120
    group = np.repeat(np.arange(4), 5)
    zones = near.star()
    for _ in range(runs):
        risk = drawn_risks(rng, group, zones.toarray() > 0, prior)
        expected = rng.uniform(0.2, 3, n)
        counts = rng.poisson(expected * risk).astype(float)
        found = posterior(counts, expected, group, zones, prior)
        low, high = found.quantiles((0.05, 0.95))
        inside += ((low < risk) & (risk < high)).sum()
    assert 0.87 < inside / (runs * n) < 0.93


COUNTS = st.lists(st.integers(0, 12), min_size=4, max_size=9)


@settings(max_examples=20)
@given(COUNTS, st.integers(0, 8), st.booleans())
def test_order_bounds_and_more_affairs_more_risk(counts: list[int], at: int, zones: bool) -> None:
    unit = at % len(counts)
    params = RelativeRiskParams() if zones else NARROW
    parents = [f"{i // 3}" for i in range(len(counts))]
    near = chain(len(counts))
    before = frame(counts, parents=parents, neighbours=near, params=params)
    assert (before["low"] > 0).all()
    assert (before["low"] < before["median"]).all()
    assert (before["median"] < before["high"]).all()
    assert before["p_above"].between(0, 1).all()
    assert before["p_above"].add(before["p_below"]).le(1 + 1e-9).all()
    assert set(before["word"]) <= set(WORDS)
    more = pd.Series(counts, before.index)
    more.iloc[unit] += 3
    after = relative_risk(
        more, before["expected"].clip(lower=0.1), pd.Series(parents, before.index), params, near
    )
    same = relative_risk(
        pd.Series(counts, before.index), before["expected"].clip(lower=0.1),
        pd.Series(parents, before.index), params, near,
    )  # fmt: skip
    assert after["median"].iloc[unit] > same["median"].iloc[unit]
    assert after["p_above"].iloc[unit] >= same["p_above"].iloc[unit] - 1e-9


@settings(max_examples=20)
@given(COUNTS, st.randoms(use_true_random=False))
def test_neither_order_of_units_nor_unit_of_exposure_matters(counts: list[int], random) -> None:  # type: ignore[no-untyped-def]
    n = len(counts)
    exposure = [float(random.randint(1, 9)) for _ in range(n)]
    parents = [random.choice("ab") for _ in range(n)]
    near = chain(n)
    one = frame(counts, exposure, parents, near, RelativeRiskParams())
    many = frame(counts, [1000 * x for x in exposure], parents, near, RelativeRiskParams())
    columns = ["median", "low", "high", "p_above"]
    np.testing.assert_allclose(one[columns], many[columns], rtol=1e-4)
    order = random.sample(range(n), n)
    codes = one.index[order]
    shuffled = relative_risk(
        one["affairs"][codes], one["expected"], pd.Series(parents, one.index),
        RelativeRiskParams(), near,
    )  # fmt: skip
    assert list(shuffled.index) == list(codes)
    np.testing.assert_allclose(shuffled.loc[one.index, columns], one[columns], rtol=1e-4)


def test_without_an_affair_every_unit_has_the_prior() -> None:
    found = frame([0] * 6, parents=list("aaabbb"), neighbours=chain(6))
    assert found["expected"].eq(0).all()
    assert found["word"].eq("belum_dapat_dibedakan").all()
    assert found["median"].to_numpy() == pytest.approx(found["median"].iloc[0])
    assert 0.7 < found["median"].iloc[0] < 1.1
    assert found["low"].iloc[0] < 0.5
    assert found["high"].iloc[0] > 2


def test_one_affair_says_little_and_twelve_neighbours_say_much() -> None:
    assert frame([1, 0, 0, 0, 0, 0])["word"].eq("belum_dapat_dibedakan").all()
    found = frame(
        [4, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0], neighbours=chain(12), params=RelativeRiskParams()
    )
    assert found["word"].iloc[:3].eq("lebih_tinggi").all()
    assert found.attrs["zone"] > 0.8
    assert found["word"].iloc[5:].ne("lebih_tinggi").all()


def test_a_whole_parent_is_raised_together() -> None:
    parents = ["a"] * 5 + ["b"] * 5 + ["c"] * 5
    alone = frame([3, 3, 3, 3, 0] + [0] * 10, parents=["x"] * 15)
    shared = frame([3, 3, 3, 3, 0] + [0] * 10, parents=parents)
    assert shared["median"].iloc[4] > 1.5 * alone["median"].iloc[4]


@pytest.mark.parametrize(
    ("name", "value"),
    [("threshold", 0.5), ("interval", 1.0), ("decided", 0.4), ("own_spread", 0.0),
     ("parent_spread", 3.0), ("level_spread", 0.0), ("zone_probability", 1.0)],
)  # fmt: skip
def test_parameters_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(ParameterError) as error:
        RelativeRiskParams(**{name: value})
    assert (error.value.name, error.value.value) == (name, value)


def test_counts_expectations_parents_and_neighbours_are_checked() -> None:
    codes = pd.Index(["00", "01"])
    fine = pd.Series([1.0, 1.0], codes)
    parents = pd.Series("a", codes)
    with pytest.raises(ParameterError, match="counts"):
        relative_risk(pd.Series([1.5, 0], codes), fine, parents)
    with pytest.raises(ParameterError, match="expected"):
        relative_risk(pd.Series([1, 0], codes), pd.Series([0.0, 1], codes), parents)
    with pytest.raises(ParameterError, match="parents"):
        relative_risk(pd.Series([1, 0], codes), fine, parents.iloc[:1])
    with pytest.raises(CodeError):
        relative_risk(pd.Series([1, 0], codes), fine, parents, neighbours=chain(3))
    with pytest.raises(ParameterError, match="exposure"):
        expected_affairs(3, pd.Series([1.0, 0.0]))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 12))
def test_quantiles_of_a_mixture_are_where_its_shares_lie(seed: int, units: int, parts: int) -> None:
    rng = np.random.default_rng(seed)
    weight = rng.dirichlet(np.full(parts, 0.3), units)
    shape, rate = np.exp(rng.uniform(-1, 6, (2, units, parts)))
    mixture = Mixture(weight, shape, rate, 0.0)
    shares = (0.025, 0.5, 0.975)
    found = mixture.quantiles(shares)
    assert found.shape == (3, units)
    assert (np.diff(found, axis=0) > 0).all()
    for share, values in zip(shares, found, strict=True):
        for unit, value in enumerate(values):
            one = Mixture(weight[[unit]], shape[[unit]], rate[[unit]], 0.0)
            low, high = (float(one.below(value * (1 + by))[0]) for by in (-2e-6, 2e-6))
            assert low - 1e-12 <= share <= high + 1e-12


def test_a_quantile_between_two_narrow_parts_far_apart_is_found() -> None:
    weight, shape = np.array([[0.5, 0.5]]), np.array([[1e4, 1e4]])
    mixture = Mixture(weight, shape, np.array([[1e4, 1e2]]), 0.0)
    low, middle, high = mixture.quantiles((0.25, 0.5, 0.75))[:, 0]
    assert low == pytest.approx(1, rel=0.01)
    assert 1.03 < middle < 96
    assert high == pytest.approx(100, rel=0.01)
