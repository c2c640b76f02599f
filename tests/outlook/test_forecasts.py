"""The model against exact sums, the benchmarks against what they must draw, and no leakage."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom

from analytics.outlook.forecasts import CALENDAR, LAST, METHODS, MODEL, NEAR, OWN, POOLED, ZERO
from analytics.outlook.model import _MEANS, _SHAPES, OutlookParams, bunching, pooled_draws
from analytics.outlook.scores import expected
from analytics.outlook.windows import RAKOR, Window
from geo.errors import ParameterError
from tests.outlook.worlds import CODES, drawn, peaks, reports, watched, world

PARAMS = OutlookParams()


def window(cut: dt.date, days: int) -> Window:
    first = cut + dt.timedelta(days=1)
    return Window(RAKOR, cut, first, cut + dt.timedelta(days=days), "uji", True)


def exact(counts: np.ndarray, days: np.ndarray, ahead: float, most: int) -> np.ndarray:
    """Return the predictive probabilities (U, most) of the gamma-Poisson model by plain sums."""
    about = (counts.sum() + 0.5) / days.sum()
    weights, parts = [], []
    for a in _SHAPES:
        for multiple in _MEANS:
            b = a / (about * multiple)
            like = np.prod(nbinom.pmf(counts, a, b / (b + days)))
            weights.append(like * np.sqrt(multiple))
            after, rate = a + counts, b + days
            grid = np.arange(most)
            parts.append(
                [nbinom.pmf(grid, n, r / (r + ahead)) for n, r in zip(after, rate, strict=True)]
            )
    share = np.array(weights) / np.sum(weights)
    return np.tensordot(share, np.array(parts), axes=1)


def test_the_pooled_model_is_the_sum_of_its_negative_binomials() -> None:
    counts, days = np.array([0.0, 2.0, 9.0]), np.array([900.0, 600.0, 900.0])
    rng = np.random.default_rng(3)
    drawn_counts = pooled_draws(
        rng, counts[None], days[None], np.ones(1), np.full((1, 3), 120.0), 60_000
    )[0]
    wanted = exact(counts, days, 120.0, 12)
    for unit in range(3):
        share = np.bincount(drawn_counts[unit], minlength=12)[:12] / 60_000
        assert np.abs(share - wanted[unit]).max() < 0.008
    means = drawn_counts.mean(axis=1)
    assert 0 < means[0] < means[2], "no affair so far is not no risk"


@given(st.floats(1.0, 8.0), st.floats(0.5, 4.0))
@settings(max_examples=10)
def test_bunched_counts_have_their_variance(phi: float, mean: float) -> None:
    from analytics.outlook.model import _bunched

    rng = np.random.default_rng(1)
    found = _bunched(rng, np.full((1, 1, 80_000), mean), np.full((1, 1, 1), phi))
    assert found.mean() == pytest.approx(mean, rel=0.06)
    assert found.var() == pytest.approx(phi * mean, rel=0.12)


def test_bunching_by_hand() -> None:
    """Months 0, 0, 0, 4 of 30 days: mean 1, squares 1 + 1 + 1 + 9, times 4/3, over 4: 4."""
    counts = np.array([[[0.0, 0.0, 0.0, 4.0]]])
    assert bunching(counts, np.full((1, 1, 4), 30.0), 20.0).tolist() == [4.0]
    assert bunching(counts, np.full((1, 1, 4), 30.0), 3.0).tolist() == [3.0]
    assert bunching(np.zeros((1, 1, 4)), np.full((1, 1, 4), 30.0), 20.0).tolist() == [1.0]


def test_benchmarks_draw_what_they_say() -> None:
    """Two affairs each month in the first, one in the second kabupaten, four in its last month."""
    rows = []
    for month in pd.date_range("2022-01-01", "2023-12-01", freq="MS"):
        rows += [{"date_event": month + pd.Timedelta(days=n)} for n in (3, 9)]
        n = 4 if month == pd.Timestamp("2023-12-01") else 1
        rows += [
            {"date_event": month + pd.Timedelta(days=i), "unit_kejadian": CODES[1]}
            for i in range(n)
        ]
    made = world(reports(rows))
    cut = dt.date(2024, 1, 1)  # the last of December is known on the day after
    hist = made.forecast(window(cut, 61), PARAMS)
    assert hist is not None
    mean = dict(zip(METHODS, expected(hist)[:, 0], strict=True))
    assert (mean[ZERO] == 0).all()
    assert mean[OWN][0] == pytest.approx(4.0, abs=0.05)
    assert mean[OWN][1] == pytest.approx(2 * 15 / 12, abs=0.15)
    assert mean[LAST][1] == pytest.approx(4 / 31 * 61, abs=0.3)
    months = 24
    pooled = 2 * (2 * months + months + 3) / (7 * months)
    assert mean[POOLED][:-1] == pytest.approx(np.full(7, pooled), abs=0.15)
    assert mean[NEAR][1] == pytest.approx(2 * (2 + 15 / 12 + 0) / 3, abs=0.15)
    assert mean[OWN][-1] == pytest.approx(2 * (2 + 15 / 12), abs=0.2)
    assert expected(hist)[:, 1].max() < 0.2, "the other family stays by itself"


@given(st.integers(0, 2**16))
@settings(max_examples=8)
def test_what_comes_after_the_cut_changes_nothing(seed: int) -> None:
    """Shuffle places and families, drop and add reports after the cut: the forecast stays."""
    table = drawn(np.full((7, 48), 0.3), 11)
    cut, rng = dt.date(2024, 4, 30), np.random.default_rng(seed)
    later = table["date_event"].ge(pd.Timestamp(cut))  # known the day after at the earliest
    changed = table.copy()
    future = table[later].sample(frac=0.7, random_state=seed)
    future = future.assign(
        unit_kejadian=rng.choice(CODES, len(future)), family=rng.choice(["konflik", "unjuk_rasa"])
    )
    changed = pd.concat([table[~later], future, future.assign(report_id="Z" + future["report_id"])])
    near = peaks((CODES[0], "2023-01-01", "2023-02-01"))
    whole, cropped = watched(), watched(end=dt.date(2024, 5, 31))
    before = world(table, whole, near).forecast(window(cut, 123), PARAMS)
    after = world(changed.sample(frac=1, random_state=seed), cropped, near).forecast(
        window(cut, 123), PARAMS
    )
    assert before is not None
    np.testing.assert_array_equal(before, after)


def test_the_past_does_change_it() -> None:
    table = drawn(np.full((7, 48), 0.3), 11)
    cut = dt.date(2024, 4, 30)
    one = world(table).forecast(window(cut, 123), PARAMS)
    other = world(table.iloc[::2]).forecast(window(cut, 123), PARAMS)
    assert one is not None
    assert other is not None
    assert expected(one)[0].sum() > expected(other)[0].sum()


def test_a_longer_window_expects_more_in_proportion() -> None:
    made = world(drawn(np.full((7, 48), 0.6), 2))
    cut = dt.date(2024, 12, 31)
    short, long = (made.forecast(window(cut, n), OutlookParams(draws=8000)) for n in (30, 120))
    assert short is not None
    assert long is not None
    ratio = expected(long)[:, 0, -1] / np.maximum(expected(short)[:, 0, -1], 1e-9)
    for method in (MODEL, LAST, POOLED, OWN):
        assert ratio[METHODS.index(method)] == pytest.approx(4.0, rel=0.08)


def test_the_calendar_counts_days_near_a_vote_more_once_it_has_seen_one() -> None:
    near = peaks(("98", "2023-02-01", "2023-02-28"), ("98", "2024-02-01", "2024-02-29"))
    rows = [
        {"date_event": f"2023-02-{n + 1:02d}", "unit_kejadian": CODES[n % 7]} for n in range(28)
    ]
    rows += [
        {"date_event": f"2022-{n + 1:02d}-10", "unit_kejadian": CODES[n % 7]} for n in range(12)
    ]
    made = world(reports(rows), near=near)
    hist = made.forecast(window(dt.date(2024, 1, 31), 29), PARAMS)
    assert hist is not None
    mean = expected(hist)[:, 0, -1]
    assert mean[METHODS.index(CALENDAR)] > 4 * mean[METHODS.index(MODEL)]


def test_a_vote_that_nobody_knew_of_changes_nothing() -> None:
    seen = peaks(("98", "2023-02-01", "2023-02-28"))
    ahead = ("98", "2024-02-01", "2024-02-29")
    table = drawn(np.full((7, 48), 0.3), 4)
    cut = dt.date(2024, 1, 31)
    none, unknown, known = (
        world(table, near=near).forecast(window(cut, 29), PARAMS)
        for near in (
            seen,
            pd.concat([seen, peaks(ahead, known="2024-02-01")]),
            pd.concat([seen, peaks(ahead, known="2024-01-31")]),
        )
    )
    np.testing.assert_array_equal(none, unknown)
    assert known is not None
    assert known.shape != np.shape(none) or (known != none).any()


def test_too_little_watching_is_no_forecast() -> None:
    made = world(reports([{"date_event": "2022-03-10"}]))
    assert made.forecast(window(dt.date(2022, 3, 30), 30), PARAMS) is None
    assert made.forecast(window(dt.date(2022, 3, 31), 30), PARAMS) is not None
    assert made.forecast(window(dt.date(2021, 3, 31), 30), PARAMS) is None


@pytest.mark.parametrize(
    ("name", "value"), [("draws", 999), ("seed", -1), ("most_bunched", 0.5), ("peak_prior", 0.0)]
)
def test_parameters_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(ParameterError):
        OutlookParams(**{name: value})  # type: ignore[arg-type]
