"""Gi* and Moran of rates: standardised by hand and by esda, ranked against worlds by voters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.hotspots.inference import GateParams
from analytics.hotspots.local_stats import getis_ord, lattice_weights, local_moran
from analytics.hotspots.rate_test import RateTestParams, enough_draws, hotspots_by_voters
from analytics.hotspots.rates import eb_standardised
from geo.errors import ParameterError

OPEN = GateParams(2, 2)
NEAR = lattice_weights(6, 6)
CODES = pd.Index(NEAR.codes)


def sized(seed: int = 0) -> pd.Series:
    """Return voters that differ by a factor of a hundred."""
    return pd.Series(np.exp(np.random.default_rng(seed).uniform(6, 11, 36)).round(), index=CODES)


def test_standardised_by_hand() -> None:
    """Rates .1, .3 and .2 of 10, 10 and 20 voters: mean .2, no spread beyond chance."""
    found = eb_standardised(np.array([1.0, 3.0, 4.0]), np.array([10.0, 10.0, 20.0]))
    sd = (0.2 / 10) ** 0.5
    assert found == pytest.approx([-0.1 / sd, 0.1 / sd, 0.0])
    assert eb_standardised(np.zeros(3), np.ones(3)).tolist() == [0, 0, 0]


def test_standardised_as_esda_does() -> None:
    from esda.moran import assuncao_rate

    rng = np.random.default_rng(2)
    people = rng.integers(200, 9000, 40).astype(float)
    cases = rng.poisson(people * rng.gamma(2, 0.01, 40)).astype(float)
    assert eb_standardised(cases, people) == pytest.approx(assuncao_rate(cases, people))


@pytest.mark.parametrize("method", ["gistar", "moran"])
def test_ranks_are_those_of_a_plain_loop(method: str) -> None:
    people = sized(1)
    cases = pd.Series(np.random.default_rng(5).poisson(2, 36), index=CODES)
    params = RateTestParams(draws=199, seed=9, gate=OPEN)
    found = hotspots_by_voters(cases, people, NEAR, method, params)

    def statistic(counts: np.ndarray) -> np.ndarray:
        rates = eb_standardised(counts.astype(float), people.to_numpy())
        local = getis_ord(rates, NEAR) if method == "gistar" else local_moran(rates, NEAR)
        return local.z if method == "gistar" else local.statistic

    rng, own = np.random.default_rng(9), statistic(cases.to_numpy())
    share = (people / people.sum()).to_numpy()
    drawn = np.array([statistic(rng.multinomial(cases.sum(), share)) for _ in range(199)])
    above = 1 + (drawn >= own - 1e-9).sum(axis=0)
    below = 1 + (drawn <= own + 1e-9).sum(axis=0)
    expected = np.minimum(2 * np.minimum(above, below) / 200, 1)
    assert found["p"].to_numpy() == pytest.approx(expected)
    assert found["statistic"].to_numpy() == pytest.approx(
        (getis_ord if method == "gistar" else local_moran)(
            eb_standardised(cases.to_numpy().astype(float), people.to_numpy()), NEAR
        ).statistic
    )


@pytest.mark.parametrize("method", ["gistar", "moran"])
def test_voters_alone_flag_nothing_more_than_five_in_a_hundred(method: str) -> None:
    people, rng, hits = sized(3), np.random.default_rng(11), 0
    for seed in range(40):
        cases = pd.Series(rng.multinomial(60, people / people.sum()), index=CODES)
        params = RateTestParams(draws=2999, seed=seed, gate=OPEN)
        hits += bool(hotspots_by_voters(cases, people, NEAR, method, params)["flagged"].any())
    assert hits / 40 <= 0.05 + 3 * (0.05 * 0.95 / 40) ** 0.5


def test_a_risk_planted_in_a_corner_is_hot_and_a_large_town_is_not() -> None:
    people = pd.Series(1000.0, index=CODES)
    people.iloc[35] = 40_000
    cases = pd.Series(0, index=CODES)
    cases.iloc[35] = 40  # its part of the voters
    cases.iloc[[0, 1, 6, 7]] = 4
    found = hotspots_by_voters(cases, people, NEAR, "gistar", RateTestParams(gate=OPEN))
    hot = set(found.index[found["hotspot_class"].eq("panas") & found["flagged"]])
    assert set(CODES[[0, 1, 6, 7]]) <= hot
    assert CODES[35] not in hot


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 500))
def test_order_of_rows_and_scale_of_voters_do_not_matter(seed: int) -> None:
    people, rng = sized(seed), np.random.default_rng(seed)
    cases = pd.Series(rng.poisson(1.5, 36), index=CODES)
    params = RateTestParams(draws=99, gate=OPEN)
    plain = hotspots_by_voters(cases, people, NEAR, "moran", params)
    scaled = hotspots_by_voters(cases, people * 8, NEAR, "moran", params)
    pd.testing.assert_frame_equal(plain, scaled)
    order = rng.permutation(36)
    turned = hotspots_by_voters(cases.iloc[order], people, NEAR, "moran", params)
    assert turned["z"].reindex(CODES).to_numpy() == pytest.approx(plain["z"].to_numpy())
    assert plain["p"].between(0, 1).all()
    assert (plain["p_adjusted"] >= plain["p"] - 1e-12).all()


def test_the_gate_and_what_does_not_vary_are_said() -> None:
    people, few = sized(), pd.Series([1] * 5 + [0] * 31, index=CODES)
    closed = hotspots_by_voters(few, people, NEAR)
    assert closed["reason"].eq("few_affairs").all()
    assert closed["p"].isna().all()
    assert closed["draws"].eq(0).all()
    none = hotspots_by_voters(few * 0, people, NEAR)
    assert none["p"].eq(1.0).all()
    assert not none["flagged"].any()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"method": "geary"}, "method"),
        ({"cases": pd.Series(0.5, index=CODES)}, "cases"),
        ({"voters": sized().where(lambda v: v.index != CODES[3])}, "voters"),
    ],
)
def test_bad_input_is_named(change: dict[str, Any], name: str) -> None:
    good: dict[str, Any] = {"cases": pd.Series(1, index=CODES), "voters": sized(), "weights": NEAR}
    with pytest.raises(ParameterError) as caught:
        hotspots_by_voters(**(good | change))
    assert caught.value.name == name


@pytest.mark.parametrize("change", [{"draws": 9}, {"seed": -1}, {"confidence": 80}])
def test_parameters_have_limits(change: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        RateTestParams(**change)


def test_draws_are_enough_for_one_unit_alone() -> None:
    assert [enough_draws(n) for n in (7, 47, 393)] == [9999, 9999, 19_999]
    assert 2 / (enough_draws(393) + 1) * 393 <= 0.05


def test_what_is_no_rate_is_refused() -> None:
    with pytest.raises(ParameterError, match="counts"):
        eb_standardised(np.array([-1.0, 2]), np.array([10.0, 10]))
    with pytest.raises(ParameterError, match="voters"):
        eb_standardised(np.array([1.0, 2]), np.array([10.0, 0]))
