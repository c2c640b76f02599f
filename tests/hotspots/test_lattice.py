"""Hot and cold units: what is flagged, what is not, and why."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.hotspots.inference import GateParams, gate
from analytics.hotspots.lattice import INFERENCES, METHODS, LatticeParams, hotspots_lattice
from analytics.hotspots.local_stats import GI_STAR_Z, lattice_weights, six_points
from analytics.hotspots.permutations import PermutationParams
from analytics.hotspots.weights import Weights, from_pairs, knn_weights
from geo.errors import CodeError, ParameterError

OPEN = GateParams(2, 2)
EXACT = LatticeParams("exact", gate=OPEN)
DRAWN = LatticeParams(gate=OPEN, permutations=PermutationParams(seed=1))


def desa_like(seed: int = 7) -> tuple[Weights, np.random.Generator]:
    rng = np.random.default_rng(seed)
    codes = [f"{i:03d}" for i in range(393)]
    return knn_weights(codes, rng.uniform(0, 1, (393, 2)), 6), rng


def test_six_points_in_a_frame() -> None:
    y, near = six_points()
    found = hotspots_lattice(pd.Series(y, list("abcdef")), near, params=replace(DRAWN))
    assert found["z"].to_numpy() == pytest.approx(GI_STAR_Z, abs=6e-9)
    assert list(found.index) == list("abcdef")
    assert found["neighbours"].to_list() == near.cardinality.tolist()
    assert found["m"].eq(6).all()


def test_a_block_of_full_cells_is_hot() -> None:
    weights = lattice_weights(12, 12)
    block = [f"{r:02d}.{c:02d}" for r in range(2, 7) for c in range(2, 7)]
    values = pd.Series(1, pd.Index(weights.codes)).where(lambda s: ~s.index.isin(block), 5)
    for params in (EXACT, DRAWN):
        found = hotspots_lattice(values, weights, params=params)
        inner = [f"{r:02d}.{c:02d}" for r in range(3, 6) for c in range(3, 6)]
        assert found.loc[inner, "hotspot_class"].eq("panas").all()
        assert found.loc[inner, "confidence"].eq(95).all()
        assert not found.loc[~found.index.isin(block), "flagged"].any()
        moran = hotspots_lattice(values, weights, "moran", params)
        assert moran.loc[inner, "hotspot_class"].eq("HH").all()
    # By hand: all 4 of 143 others from the 24 full ones, twice; 144 tests, the 9 lowest alike.
    p = 2 * math.comb(24, 4) / math.comb(143, 4)
    found = hotspots_lattice(values, weights, params=EXACT)
    assert found.loc[inner, "p"].to_list() == pytest.approx([p] * 9)
    assert found.loc[inner, "p_adjusted"].to_list() == pytest.approx([p * 144 / 9] * 9)
    turned = hotspots_lattice(6 - values, weights, params=EXACT)
    assert turned.loc[inner, "hotspot_class"].eq("dingin").all()
    assert hotspots_lattice(6 - values, weights, "moran", EXACT).loc[
        inner, "hotspot_class"
    ].eq("LL").all()  # fmt: skip


def test_a_hole_and_a_peak_among_their_opposites() -> None:
    weights = lattice_weights(12, 12)
    values = pd.Series(1.0, pd.Index(weights.codes))
    values.iloc[[13, 14, 12, 1, 25]] = [0.0, 30, 30, 30, 30]  # a low cell with high neighbours
    found = hotspots_lattice(values, weights, "moran", EXACT)
    assert found.iloc[13][["hotspot_class", "confidence"]].tolist() == ["LH", 99]


def opposite_sides() -> tuple[pd.Series, Weights, str]:
    """Return a unit so full that it lifts its neighbourhood, among the only four empty units."""
    weights = lattice_weights(12, 12)
    values = pd.Series(10, pd.Index(weights.codes))
    values[["04.05", "06.05", "05.04", "05.06"]] = 0
    values["05.05"] = 1000
    return values, weights, "05.05"


@pytest.mark.parametrize("params", [EXACT, DRAWN])
def test_no_class_where_z_and_tail_point_to_different_sides(params: LatticeParams) -> None:
    values, weights, unit = opposite_sides()
    found = hotspots_lattice(values, weights, params=params)
    assert found.loc[unit, "z"] > 3
    assert found.loc[unit, "p_adjusted"] < 0.05
    assert found.loc[unit, ["hotspot_class", "confidence", "flagged"]].tolist() == ["", 0, False]
    # Here the mean of all lies above the neighbours, that of the others below them.
    values[values.eq(0)] = 12
    moran = hotspots_lattice(values, weights, "moran", params)
    assert moran.loc[unit, "p_adjusted"] < 0.05
    assert moran.loc[unit, "hotspot_class"] == ""


@pytest.mark.parametrize("params", [EXACT, DRAWN])
def test_a_unit_on_the_mean_has_no_moran_to_test(params: LatticeParams) -> None:
    weights = lattice_weights(12, 12)
    values = pd.Series(10, pd.Index(weights.codes))
    values[["04.05", "06.05", "05.04", "05.06"]] = 12
    values[["10.10", "10.01"]] = 6
    assert values.mean() == 10
    found = hotspots_lattice(values, weights, "moran", params)
    on_the_mean = values.eq(10).to_numpy()
    assert found.loc[on_the_mean, "p"].eq(1).all()
    assert found.loc[on_the_mean, "statistic"].eq(0).all()
    assert found["m"].eq(144).all()
    # The same neighbours make the unit in their midst hot by Gi*.
    assert hotspots_lattice(values, weights, params=params).loc["05.05", "flagged"]


def test_at_most_18_of_200_shuffles_have_a_flag() -> None:
    weights, rng = desa_like()
    rate = rng.gamma(0.5, 1, 393)
    base = rng.multinomial(123, rate / rate.sum())
    shuffled = np.column_stack([rng.permutation(base) for _ in range(200)])
    counts = pd.DataFrame(shuffled, index=list(weights.codes))
    params = LatticeParams(permutations=PermutationParams(seed=20240214))
    flags = {}
    for method in METHODS:
        for inference in INFERENCES:
            found = hotspots_lattice(counts, weights, method, replace(params, inference=inference))
            assert found["reason"].eq("").all()
            assert found["m"].eq(393).all()
            by_shuffle = found["flagged"].groupby(level="period").any()
            flags[method, inference] = int(by_shuffle.sum())
    for method in METHODS:
        assert flags[method, "permutation"] <= 18
        assert flags[method, "exact"] <= 18
        # The normal approximation is why it is not the default: the check can fail.
        assert flags[method, "analytic"] > 18


def lone_unit() -> tuple[pd.Series, Weights, str]:
    """Return counts where the neighbours of one unit, and no other group, are full.

    The neighbours of a unit stay apart from one another: neighbourhoods overlap in one unit only.
    """
    n, k = 393, 6
    near = np.array([[(i + s) % n for s in (1, 5, 12, 30, 71, 150)] for i in range(n)])
    codes = [f"{i:03d}" for i in range(n)]
    pairs = np.column_stack([np.repeat(np.arange(n), k), near.ravel()])
    counts = pd.Series(np.random.default_rng(2).binomial(1, 0.3, n), codes)
    counts.iloc[near[100]] = 3
    return counts, from_pairs(codes, pairs), "100"


def test_a_lone_unit_passes_when_permutations_grow_and_only_then() -> None:
    counts, weights, unit = lone_unit()
    few = PermutationParams(seed=3, start=9_999, maximum=9_999)
    stuck = hotspots_lattice(counts, weights, params=LatticeParams(permutations=few))
    # The least possible p is 2 / 10,000, and 393 of it is more than 0.05.
    assert stuck.loc[unit, "p"] == pytest.approx(2e-4)
    assert not stuck["flagged"].any()
    grown = hotspots_lattice(counts, weights, params=LatticeParams())
    assert grown.index[grown["flagged"]].to_list() == [unit]
    assert grown.loc[unit, "draws"] > 9_999
    assert grown["draws"].eq(999).mean() > 0.9
    exact = hotspots_lattice(counts, weights, params=LatticeParams("exact"))
    assert exact.index[exact["flagged"]].to_list() == [unit]


@pytest.mark.parametrize("inference", INFERENCES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [0, 1, 5])
def test_all_equal_flags_none(inference: str, method: str, value: int) -> None:
    weights = lattice_weights(6, 6)
    counts = pd.Series(value, pd.Index(weights.codes))
    found = hotspots_lattice(counts, weights, method, LatticeParams(inference))
    assert not found.isna().any().any()
    assert found["z"].eq(0).all()
    assert found[["p", "p_adjusted"]].eq(1).all().all()
    assert not found["flagged"].any()
    assert found["reason"].eq("all_equal" if value else "no_affairs").all()


@pytest.mark.parametrize("inference", INFERENCES)
@pytest.mark.parametrize("method", METHODS)
def test_one_incident_flags_nothing_and_says_why(inference: str, method: str) -> None:
    weights = lattice_weights(6, 6)
    counts = pd.Series(0, pd.Index(weights.codes))
    counts.iloc[7] = 1
    found = hotspots_lattice(counts, weights, method, LatticeParams(inference))
    assert not found["flagged"].any()
    assert found["reason"].eq("few_affairs").all()
    assert found[["z", "p", "p_adjusted"]].isna().all().all()
    assert found["hotspot_class"].eq("").all()
    assert found["m"].eq(0).all()
    # With the gate open it is still nothing: no neighbourhood can be rarer than its share.
    opened = replace(LatticeParams(inference), gate=OPEN)
    counts.iloc[20] = 1
    if inference != "analytic":
        assert not hotspots_lattice(counts, weights, method, opened)["flagged"].any()


def test_the_gate() -> None:
    table = pd.DataFrame(
        {"a": [0] * 12, "b": [3] * 12, "c": [2] * 11 + [3], "d": [30, 1] + [0] * 10,
         "e": [3] * 10 + [0] * 2},
    )  # fmt: skip
    found = gate(table, GateParams())
    assert found["reason"].to_list() == ["no_affairs", "all_equal", "few_affairs", "few_units", ""]
    assert found["n_affairs"].to_list() == [0, 36, 25, 31, 30]
    assert found["n_units"].to_list() == [0, 12, 12, 2, 10]
    fewer = gate(table, GateParams(), pd.Series([0, 36, 25, 31, 29], list("abcde")))
    assert fewer["reason"].iloc[-1] == "few_affairs"
    with pytest.raises(ParameterError, match="number for every period"):
        gate(table, GateParams(), pd.Series([1], ["a"]))
    holed = table.astype(float).set_axis([f"u{i}" for i in range(12)])
    holed.loc["u3", "b"] = np.nan
    with pytest.raises(ParameterError, match="counts='u3'"):
        gate(holed, GateParams())
    with pytest.raises(ParameterError, match="min_units"):
        GateParams(min_units=1)


def test_periods_stand_alone_unless_the_family_is_all() -> None:
    weights, rng = desa_like()
    counts = pd.DataFrame(
        rng.poisson(0.4, (393, 3)), list(weights.codes), ["2024-01", "2024-02", "2024-03"]
    )
    counts.iloc[:, 1] = 0
    together = hotspots_lattice(counts, weights)
    assert together.index.names == ["code", "period"]
    for month in counts.columns:
        alone = hotspots_lattice(counts[month], weights)
        pd.testing.assert_frame_equal(alone, together.xs(month, level="period"), check_names=False)
    whole = hotspots_lattice(counts, weights, params=LatticeParams(family="all"))
    # The month without affairs is no part of the family.
    assert whole.groupby(level="period")["m"].unique().str[0].to_list() == [786, 0, 786]
    own = together.loc[whole.index]
    assert (whole["p"] == own["p"]).mean() > 0.99  # draws may grow at other thresholds


@settings(max_examples=15, deadline=None)
@given(st.integers(4, 20), st.integers(0, 10_000), st.sampled_from(METHODS), st.data())
def test_order_and_scale_are_nothing(n: int, seed: int, method: str, data: st.DataObject) -> None:
    rng = np.random.default_rng(seed)
    codes = [f"{i:02d}" for i in range(n)]
    weights = knn_weights(codes, rng.uniform(0, 1, (n, 2)), data.draw(st.integers(1, n - 1)))
    counts = pd.DataFrame(rng.poisson(1.5, (n, 2)), codes)
    order = data.draw(st.permutations(codes))
    fast = PermutationParams(seed=2, start=99, maximum=999)
    for params in (EXACT, LatticeParams("analytic", gate=OPEN), replace(DRAWN, permutations=fast)):
        own = hotspots_lattice(counts, weights, method, params)
        moved = hotspots_lattice(counts.loc[order], weights.reordered(order), method, params)
        pd.testing.assert_frame_equal(moved.loc[own.index], own)
        scaled = hotspots_lattice(counts * 3, weights, method, params)
        names = ["p", "p_adjusted", "hotspot_class", "flagged"]
        if not own["reason"].ne(scaled["reason"]).any():
            pd.testing.assert_frame_equal(scaled[names], own[names])
        assert ((own["p"] >= 0) & (own["p"] <= 1) | own["reason"].ne("")).all()


def test_rates_are_tested_and_gated_by_their_affairs() -> None:
    weights, rng = desa_like()
    affairs = pd.Series(rng.poisson(0.4, 393), list(weights.codes))
    rates = affairs / rng.uniform(0.5, 2, 393)
    found = hotspots_lattice(rates, weights, affairs=affairs)
    assert found["reason"].eq("").all()
    assert found["p"].between(0, 1).all()
    with pytest.raises(ParameterError, match="not whole numbers"):
        hotspots_lattice(rates, weights, params=LatticeParams("exact"), affairs=affairs)
    with pytest.raises(ParameterError, match="affairs"):
        hotspots_lattice(rates, weights, affairs=affairs.iloc[1:])


def test_refused() -> None:
    weights = lattice_weights(2, 2)
    counts = pd.Series(1.0, pd.Index(weights.codes))
    with pytest.raises(ParameterError, match="method"):
        hotspots_lattice(counts, weights, "geary")
    with pytest.raises(ParameterError, match=r"'0\.1', expected a value in every unit"):
        hotspots_lattice(counts.where(counts.index != "0.1"), weights)
    with pytest.raises(CodeError, match=r"'1\.1'"):
        hotspots_lattice(counts.iloc[:3], weights)
    for wrong in ({"inference": "guess"}, {"confidence": 80}, {"family": "week"}):
        with pytest.raises(ParameterError, match=next(iter(wrong))):
            LatticeParams(**wrong)  # type: ignore[arg-type]
