from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pymannkendall
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from analytics.hotspots.emerging import (
    CLASSES,
    EmergingParams,
    classify,
    mann_kendall,
    space_time_gi_star,
)
from geo.errors import ParameterError

HOT, COLD, FLAT = 3.0, -3.0, 0.5


def table(*rows: list[float]) -> pd.DataFrame:
    """Return z by unit and period."""
    return pd.DataFrame(rows, index=[f"u{i}" for i in range(len(rows))])


def flags_of(z: pd.DataFrame, critical: float = 1.96) -> pd.DataFrame:
    return (z.gt(critical).astype(int) - z.lt(-critical).astype(int)).astype("int64")


# One series of ten periods per hot class, made by hand. A turn of the sign gives the cold class.
SERIES = {
    # hot in the last period only; a cold one before it does not matter to what is new
    "new_hot": [[FLAT] * 9 + [HOT], [COLD] + [FLAT] * 8 + [HOT]],
    # a final run of two, of eight, and of two with a cold period before
    "consecutive_hot": [
        [FLAT] * 8 + [HOT] * 2, [FLAT] * 2 + [HOT] * 8, [COLD] + [FLAT] * 7 + [HOT] * 2,
    ],
    # hot in nine of ten with the last, rising (S = 45); or in all ten
    "intensifying_hot": [
        [FLAT, 2.1, 2.4, 2.7, 3.0, 3.3, 3.6, 3.9, 4.2, 4.5],
        [2.0, 2.1, 2.4, 2.7, 3.0, 3.3, 3.6, 3.9, 4.2, 4.5],
    ],
    # hot throughout without a trend, once constant
    "persistent_hot": [[HOT] * 10, [3.1, 2.9, 3.2, 2.8, 3.1, 2.9, 3.2, 2.8, 3.1, 2.9]],
    # hot in nine of ten with the last, falling (S = -27)
    "diminishing_hot": [[FLAT, 4.5, 4.2, 3.9, 3.6, 3.3, 3.0, 2.7, 2.4, 2.1]],
    # hot now and before, not in between, never cold
    "sporadic_hot": [[FLAT, HOT] * 5, [HOT] + [FLAT] * 8 + [HOT]],
    # the same with one cold period
    "oscillating_hot": [[FLAT, HOT] * 4 + [COLD, HOT], [HOT, COLD] + [FLAT] * 7 + [HOT]],
    # hot in nine of ten but not now, whatever the trend
    "historical_hot": [[HOT] * 9 + [FLAT], [2.0, 2.2, 2.4, 2.6, 2.8, 3.0, 3.2, 3.4, 3.6, FLAT]],
    # never hot; hot before but not now and not for most of the time; cold in between
    "no_pattern": [
        [FLAT] * 10, [HOT] * 8 + [FLAT] * 2, [COLD] * 4 + [HOT] * 4 + [FLAT] * 2,
    ],
}  # fmt: skip
BOTH = [
    *((name, series) for name, rows in SERIES.items() for series in rows),
    *(
        (name.replace("_hot", "_cold"), [-z for z in series])
        for name, rows in SERIES.items()
        for series in rows
    ),
]


@pytest.mark.parametrize(("name", "series"), BOTH)
def test_each_class_by_a_series_made_by_hand(name: str, series: list[float]) -> None:
    z = table(series)
    assert classify(z, flags_of(z))["class"].tolist() == [name]


def test_the_series_cover_all_17_classes() -> None:
    assert len(CLASSES) == 17
    assert {name for name, _ in BOTH} == set(CLASSES)


def test_falling_hot_is_not_taken_for_growing_cold() -> None:
    """Nine of ten hot and falling: the trend is below 0, and still it diminishes."""
    z = table(SERIES["diminishing_hot"][0])
    row = classify(z, flags_of(z)).iloc[0]
    assert (row["class"], row["state"], row["hot_share"]) == ("diminishing_hot", 1, 0.9)
    assert row["trend_z"] < -1.96
    assert row["run_periods"] == 9


def test_hot_for_long_and_cold_now_is_classed_by_now() -> None:
    z = table([HOT] * 9 + [COLD])
    assert classify(z, flags_of(z))["class"].tolist() == ["new_cold"]


def test_ninety_percent_is_counted_not_rounded() -> None:
    """18 of 20 are 90 %, 26 of 29 are not (89.7 %)."""
    enough = table([HOT] * 9 + [FLAT] * 2 + [HOT] * 9)
    assert classify(enough, flags_of(enough))["class"].tolist() == ["persistent_hot"]
    short = table([HOT] * 13 + [FLAT] * 3 + [HOT] * 13)
    assert classify(short, flags_of(short))["class"].tolist() == ["sporadic_hot"]


def test_known_mann_kendall_by_hand() -> None:
    """1 to 10: S = 45, variance 10 x 9 x 25 / 18 = 125, z = 44 / sqrt 125."""
    rising = mann_kendall(np.arange(10.0)[None])
    assert (rising.score[0], rising.variance[0]) == (45, 125)
    assert rising.z[0] == pytest.approx(44 / math.sqrt(125))
    constant = mann_kendall(np.ones((1, 10)))
    assert (constant.score[0], constant.variance[0], constant.z[0], constant.p[0]) == (0, 0, 0, 1)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(3, 30).flatmap(
        lambda n: st.lists(
            st.lists(st.integers(-4, 4), min_size=n, max_size=n), min_size=1, max_size=4
        )
    )
)
def test_mann_kendall_equals_pymannkendall(rows: list[list[int]]) -> None:
    own = mann_kendall(np.array(rows, dtype=float))
    for i, row in enumerate(rows):
        if len(set(row)) == 1:
            assert own.p[i] == 1
            continue
        peer = pymannkendall.original_test(row)
        assert own.score[i] == peer.s
        assert own.variance[i] == pytest.approx(peer.var_s, rel=1e-12)
        assert own.z[i] == pytest.approx(peer.z, rel=1e-12)
        assert own.p[i] == pytest.approx(peer.p, abs=1e-12)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(-5, 5, allow_subnormal=False), min_size=4, max_size=20))
def test_mann_kendall_turns_with_the_series(row: list[float]) -> None:
    series = np.array([row])
    plain, mirrored, reversed_ = (
        mann_kendall(s) for s in (series, -series, np.ascontiguousarray(series[:, ::-1]))
    )
    assert plain.score[0] == -mirrored.score[0] == -reversed_.score[0]
    assert plain.p[0] == mirrored.p[0] == reversed_.p[0]
    assert 0 < plain.p[0] <= 1


def dense_gi_star(counts: np.ndarray, near: np.ndarray, lag: int) -> np.ndarray:
    """Return Gi* from the full matrix of bins, one bin after the other."""
    n, n_periods = counts.shape
    near = near.astype(bool) | np.eye(n, dtype=bool)
    x = counts.T.ravel()
    found = np.empty((n, n_periods))
    for t in range(n_periods):
        for i in range(n):
            w = np.array(
                [
                    float(near[i, j] and 0 <= t - u <= lag)
                    for u in range(n_periods)
                    for j in range(n)
                ]
            )
            spread = math.sqrt((x**2).mean() - x.mean() ** 2)
            bins = len(x)
            below = spread * math.sqrt((bins * (w**2).sum() - w.sum() ** 2) / (bins - 1))
            found[i, t] = ((w * x).sum() - x.mean() * w.sum()) / below if below else 0.0
    return found


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 6), st.integers(3, 6), st.integers(0, 2))
def test_gi_star_equals_the_full_matrix(seed: int, n: int, n_periods: int, lag: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 6, (n, n_periods)).astype(float)
    counts[0, 0] += 1 + counts.max()
    near = rng.integers(0, 2, (n, n))
    own = space_time_gi_star(counts, csr_array(near), lag)
    assert own == pytest.approx(dense_gi_star(counts, near, lag), abs=1e-9)


def test_gi_star_of_one_period_is_the_published_example() -> None:
    """Six points, distance band 15 (Getis and Ord's example as in the esda documentation)."""
    xy = np.array([(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)], dtype=float)
    near = np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1)) <= 15
    z = space_time_gi_star(np.array([[2, 3, 3.2, 5, 8, 7]]).T, csr_array(near.astype(int)), 0)
    expected = [-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331]
    assert z[:, 0] == pytest.approx(expected, abs=1e-8)


def test_only_the_period_before_is_a_neighbour() -> None:
    counts = np.zeros((4, 6))
    counts[0, 2] = 5
    z = space_time_gi_star(counts, csr_array((4, 4)))
    assert (z > 0).sum() == 2
    assert z[0, 2] > 0
    assert z[0, 3] > 0
    assert z[0, 2] == pytest.approx(z[0, 3])


def test_equal_counts_give_zero_and_no_nan() -> None:
    for counts in (np.zeros((3, 12)), np.full((3, 12), 0.1)):
        z = space_time_gi_star(counts, csr_array(np.ones((3, 3))))
        assert (z == 0).all()
        frame = pd.DataFrame(z)
        assert set(classify(frame, flags_of(frame))["class"]) == {"no_pattern"}
    assert (space_time_gi_star(np.arange(3.0)[:, None], csr_array(np.ones((3, 3))), 0) == 0).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.floats(-6, 6), min_size=12, max_size=12), min_size=1, max_size=8))
def test_a_turn_of_the_sign_turns_hot_into_cold(rows: list[list[float]]) -> None:
    z = table(*rows)
    hot = classify(z, flags_of(z))
    cold = classify(-z, -flags_of(z))
    turned = hot["class"].str.replace("_hot", "_x").str.replace("_cold", "_hot")
    assert cold["class"].tolist() == turned.str.replace("_x", "_cold").tolist()
    assert cold["trend_z"].tolist() == (-hot["trend_z"]).tolist()
    assert set(hot["class"]) <= set(CLASSES)
    assert hot.index.equals(z.index)
    hot_now = hot["state"].eq(1)
    ends = ("new", "consecutive", "intensifying", "persistent", "diminishing", "sporadic",
            "oscillating")  # fmt: skip
    named = hot["class"].isin([f"{name}_hot" for name in ends])
    assert named.tolist() == hot_now.tolist()


Z = table([HOT] * 10, [FLAT] * 10)


@pytest.mark.parametrize(
    ("z", "flags", "name"),
    [
        (Z.iloc[:, :9], flags_of(Z).iloc[:, :9], "periods"),
        (Z, flags_of(Z).iloc[:1], "flags"),
        (Z, flags_of(Z).iloc[:, ::-1], "flags"),
        (Z, -flags_of(Z), "flags"),
        (Z, flags_of(Z) * 2, "flags"),
        (Z, flags_of(Z).astype(float).replace(1, np.nan), "flags"),
        (Z.replace(HOT, np.nan), flags_of(Z), "z"),
        (Z.iloc[:0], flags_of(Z).iloc[:0], "z"),
    ],
)
def test_bad_input_is_named(z: pd.DataFrame, flags: pd.DataFrame, name: str) -> None:
    with pytest.raises(ParameterError) as caught:
        classify(z, flags)
    assert caught.value.name == name


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((np.array([[1.0, np.nan]]), csr_array((1, 1))), "counts"),
        ((np.ones((2, 3)), csr_array((3, 3))), "weights"),
        ((np.ones((2, 3)), csr_array(np.full((2, 2), 0.5))), "weights"),
        ((np.ones((2, 3)), csr_array((2, 2)), 3), "time_lag"),
        ((np.ones(3), csr_array((3, 3))), "counts"),
    ],
)
def test_bad_counts_and_weights_are_named(arguments: Any, name: str) -> None:
    with pytest.raises(ParameterError) as caught:
        space_time_gi_star(*arguments)
    assert caught.value.name == name


def test_one_value_has_no_trend() -> None:
    with pytest.raises(ParameterError, match="at least 2 periods"):
        mann_kendall(np.ones((2, 1)))


@pytest.mark.parametrize(
    "change", [{"most": 0.5}, {"most": 1.1}, {"trend_alpha": 0.0}, {"min_periods": 3}]
)
def test_parameters_have_limits(change: dict[str, Any]) -> None:
    with pytest.raises(ParameterError) as caught:
        EmergingParams(**change)
    assert caught.value.name in change


@pytest.mark.parametrize(
    ("order", "score", "alpha", "name"),
    [
        # z = 22 / sqrt 125 = 1.968, p = 0.0491: just a trend at 5 %, none at 4 %
        ([5, 4, 3, 2, 1, 6, 7, 8, 10, 9], 23, 0.05, "intensifying_hot"),
        ([5, 4, 3, 2, 1, 6, 7, 8, 10, 9], 23, 0.04, "persistent_hot"),
        # z = 20 / sqrt 125 = 1.789, p = 0.0736: a trend at 10 % and not at 5 %
        ([5, 4, 3, 2, 1, 7, 6, 8, 10, 9], 21, 0.05, "persistent_hot"),
        ([5, 4, 3, 2, 1, 7, 6, 8, 10, 9], 21, 0.1, "intensifying_hot"),
        ([9, 10, 8, 7, 6, 1, 2, 3, 4, 5], -23, 0.05, "diminishing_hot"),
        ([9, 10, 8, 6, 7, 1, 2, 3, 4, 5], -21, 0.05, "persistent_hot"),
    ],
)
def test_a_trend_counts_up_to_the_level_asked(
    order: list[int], score: int, alpha: float, name: str
) -> None:
    z = table([2 + n / 10 for n in order])
    assert mann_kendall(z.to_numpy()).score[0] == score
    params = EmergingParams(trend_alpha=alpha)
    assert classify(z, flags_of(z), params)["class"].tolist() == [name]
