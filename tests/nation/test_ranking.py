"""Ranks and bands: by hand, against pairs looked at one by one, and in worlds without truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.hotspots.relative_risk import (
    WORDS,
    RelativeRiskParams,
    decided_for,
    expected_affairs,
    relative_risk,
)
from analytics.nation.ranking import COLUMNS, rank_units
from geo.errors import ParameterError

HIGH, UNDECIDED, LOW = WORDS


def _risks(*rows: tuple[float, float, str]) -> pd.DataFrame:
    index = pd.Index([f"11.{n + 1:02d}" for n in range(len(rows))], name="code")
    return pd.DataFrame(rows, columns=["low", "high", "word"], index=index)


def test_one_clear_unit_by_hand() -> None:
    found = rank_units(
        _risks(
            (0.9, 1.2, UNDECIDED), (2.0, 3.5, HIGH), (0.8, 1.3, UNDECIDED), (0.7, 1.1, UNDECIDED)
        )
    )
    assert tuple(found.columns) == COLUMNS
    assert found["rank_first"].tolist() == [2, 1, 2, 2]
    assert found["rank_last"].tolist() == [4, 1, 4, 4]
    assert found["band"].tolist() == [2, 1, 2, 2]
    assert found["told_apart"].all()


def test_a_chain_is_one_band_though_its_ends_differ() -> None:
    found = rank_units(_risks((3.0, 5.0, HIGH), (0.8, 3.2, UNDECIDED), (0.2, 0.7, LOW)))
    # The middle one overlaps the highest only: it is certainly above the lowest.
    assert found["rank_first"].tolist() == [1, 1, 3]
    assert found["rank_last"].tolist() == [2, 2, 3]
    assert found["band"].tolist() == [1, 1, 2]


def test_intervals_apart_with_nobody_decided_are_no_rank() -> None:
    found = rank_units(_risks((1.01, 1.1, UNDECIDED), (0.9, 1.0, UNDECIDED)))
    assert found["band"].tolist() == [1, 1]
    assert not found["told_apart"].any()
    assert found[["rank_first", "rank_last"]].to_numpy().tolist() == [[1, 2], [1, 2]]


def test_one_unit_or_none() -> None:
    assert rank_units(_risks((0.5, 2.0, UNDECIDED)))["rank_last"].tolist() == [1]
    assert rank_units(_risks()).empty


UNITS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 4), st.sampled_from(WORDS)).map(
        lambda one: (one[0] / 4, (one[0] + one[1]) / 4, one[2])
    ),
    max_size=14,
)


def _is_above(one: pd.Series, other: pd.Series) -> bool:
    return one["low"] > other["high"] and (one["word"] == HIGH or other["word"] == LOW)


@settings(max_examples=300)
@given(UNITS)
def test_as_pairs_looked_at_one_by_one(rows: list[tuple[float, float, str]]) -> None:
    risks = _risks(*rows)
    found = rank_units(risks)
    units = [row for _, row in risks.iterrows()]
    for one, told in zip(units, found.itertuples(), strict=True):
        higher = sum(_is_above(other, one) for other in units)
        lower = sum(_is_above(one, other) for other in units)
        assert told.rank_first == 1 + higher
        assert told.rank_last == len(units) - lower
        assert told.told_apart == bool(higher + lower)
    # A step of bands is each set that is above all others: as many as there are such sets.
    steps = 0
    for size in range(1, len(units)):
        tops = sorted(range(len(units)), key=lambda n: -units[n]["high"])
        top, rest = tops[:size], tops[size:]
        steps += all(_is_above(units[i], units[j]) for i in top for j in rest)
    assert found["band"].max() == steps + 1 if units else found.empty
    for i, one in enumerate(units):
        for j, other in enumerate(units):
            if found["band"].iloc[i] < found["band"].iloc[j]:
                assert _is_above(one, other)


@settings(max_examples=100)
@given(UNITS, st.randoms(use_true_random=False))
def test_invariants(rows: list[tuple[float, float, str]], random) -> None:
    risks = _risks(*rows)
    found = rank_units(risks)
    assert found["rank_first"].le(found["rank_last"]).all()
    assert found["rank_first"].ge(1).all()
    assert found["rank_last"].le(len(risks)).all()
    order = list(risks.index)
    random.shuffle(order)
    pd.testing.assert_frame_equal(rank_units(risks.loc[order]).loc[risks.index], found)
    # A wider interval can only lose certainty.
    wider = rank_units(risks.assign(low=risks["low"] / 2, high=risks["high"] + 0.3))
    assert wider["rank_first"].le(found["rank_first"]).all()
    assert wider["rank_last"].ge(found["rank_last"]).all()


def _posterior(rng: np.random.Generator, n: int, parents: int, each: float, risk: object = 1.0):
    codes = pd.Index([f"{20 + k % parents}.{k:03d}" for k in range(n)], name="code")
    voters = pd.Series(rng.lognormal(11, 0.7, n), index=codes)
    affairs = pd.Series(rng.poisson(voters / voters.sum() * n * each * risk), index=codes)
    params = RelativeRiskParams(decided=decided_for("kabupaten", n))
    parent = pd.Series([code[:2] for code in codes], index=codes)
    return relative_risk(affairs, expected_affairs(affairs.sum(), voters), parent, params)


@pytest.mark.parametrize(
    ("units", "parents", "each"),
    [(8, 1, 1.0), (20, 1, 20.0), (60, 6, 5.0), (190, 14, 3.0), (514, 38, 40.0)],
)
def test_where_nothing_differs_nothing_is_ranked(units: int, parents: int, each: float) -> None:
    rng = np.random.default_rng(units)
    worlds, ranked = 60, 0
    for _ in range(worlds):
        ranked += rank_units(_posterior(rng, units, parents, each))["told_apart"].any()
    assert ranked <= 0.05 * worlds


def test_what_is_planted_comes_out_on_top() -> None:
    rng = np.random.default_rng(3)
    certain = wrong = 0
    for _ in range(20):
        risk = np.ones(100)
        risk[[7, 40]] = 4.0
        found = rank_units(_posterior(rng, 100, 10, 30.0, risk))
        certain += found.iloc[[7, 40]]["rank_last"].le(4).all()
        wrong += found.drop(found.index[[7, 40]])["rank_last"].le(2).any()
    assert certain >= 16
    assert wrong == 0


def test_what_is_no_interval_is_refused() -> None:
    for low, high in ((2.0, 1.0), (float("nan"), 1.0), (-1.0, 1.0), (0.0, float("inf"))):
        with pytest.raises(ParameterError, match="finite low"):
            rank_units(_risks((low, high, HIGH)))
    with pytest.raises(ParameterError, match="tinggi"):
        rank_units(_risks((0.0, 1.0, "tinggi")))
