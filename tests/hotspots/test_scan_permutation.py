"""The permutation scan: by hand, against sets and fractions, and by what must not change it."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, nchypergeom_fisher

from analytics.hotspots.scan import ScanParams, scan_space, scan_space_time
from analytics.hotspots.scan_kernel import replicate_maxima
from analytics.hotspots.scan_models import (
    MODELS,
    draw_of,
    margins_of,
    risk_by_margins,
    risk_by_voters,
)
from analytics.hotspots.scan_windows import Limits, Separation, make_windows, whole_exposure
from geo.errors import ParameterError
from services.dataset import Dataset
from tests.calendar_worlds import calendar_worlds
from tests.peers import maxima_by_numpy

START = pd.Timestamp(2024, 1, 1)


def line(n: int) -> Separation:
    at = np.arange(float(n))
    codes = pd.Index([chr(65 + i) for i in range(n)])
    return Separation(codes, np.abs(np.subtract.outer(at, at)), "km")


def months(n: int) -> pd.DataFrame:
    start = pd.date_range(START, periods=n, freq="MS")
    return pd.DataFrame({"start": start, "end": start + pd.offsets.MonthEnd(0)})


def voters(n: int) -> pd.Series:
    return pd.Series(100.0, index=line(n).codes)


def best(counts: list[list[int]], **changes: Any) -> pd.Series:
    cases = pd.DataFrame(counts, index=line(len(counts)).codes)
    params = ScanParams(replicates=99, **changes)
    periods = months(len(counts[0]))
    return scan_space_time(cases, voters(len(counts)), line(len(counts)), periods, params).clusters


def test_a_cluster_worked_by_hand() -> None:
    """A has 5 of 14 affairs, the first of four months 5, 4 of them in both: 25 / 14 expected."""
    top = best([[4, 0, 0, 1], [0, 1, 1, 1], [1, 1, 1, 0], [0, 1, 1, 1]]).loc[1]
    assert (top["members"], top["observed"]) == (("A",), 4)
    assert (top["period_start"], top["period_end"]) == (START, pd.Timestamp(2024, 1, 31))
    expected = 25 / 14
    assert top["expected"] == pytest.approx(expected)
    llr = 4 * math.log(4 / expected) + 10 * math.log(10 / (14 - expected))
    assert top["llr"] == pytest.approx(llr, abs=1e-9)
    assert top["rr_low"] < top["relative_risk"] < top["rr_high"]
    assert top["relative_risk"] == pytest.approx(risk_by_margins(4, 5, 5, 14)[0])


def test_an_election_month_is_no_cluster_and_was_one_for_the_model_of_before() -> None:
    """One month holds nearly all affairs, each place its part of them."""
    counts = [[0, 9, 0, 1], [0, 9, 1, 0], [1, 9, 0, 0], [0, 9, 0, 1]]
    assert best(counts)["p"].min() > 0.2
    assert best(counts, model="calendar")["p"].min() > 0.2
    assert best(counts, model="uniform")["p"].iloc[0] == 0.01


def test_a_place_that_is_always_busy_shows_against_voters_only() -> None:
    counts = [[9, 9, 9, 9], [1, 0, 1, 1], [0, 1, 1, 0], [1, 1, 0, 1]]
    assert best(counts)["p"].min() > 0.2
    assert best(counts, model="calendar")["p"].iloc[0] == 0.01


def test_only_what_is_alive_counts_when_asked() -> None:
    """A burst in February is over in June; one in June is alive."""
    over, now = [0, 6, 0, 0, 0, 1], [0, 0, 0, 0, 0, 5]
    quiet = [1, 1, 2, 1, 2, 1]
    periods = months(6)
    past = best([over, quiet, quiet, quiet]).loc[1]
    assert past["period_end"] == periods["end"][1]
    alive = best([over, quiet, quiet, now], alive=True, max_days=92)
    assert alive["period_end"].eq(periods["end"][5]).all()
    assert (alive.loc[1, "members"], alive.loc[1, "observed"]) == (("D",), 5)
    assert alive["period_start"].min() >= periods["start"][3]
    with pytest.raises(ParameterError, match="and 29 days"):
        best([over, quiet, quiet, now], alive=True, max_days=29)


# The reference: sets and fractions; every shuffling of the dates is written out.


def windows_of(n: int, days: list[int], alive: bool) -> list[tuple[frozenset[int], range]]:
    circles = {
        frozenset(j for j in range(n) if abs(i - j) <= r) for i in range(n) for r in range(n)
    }
    spans = [
        range(s, e + 1) for s, e in itertools.combinations_with_replacement(range(len(days)), 2)
    ]
    return [
        (circle, span)
        for circle in circles for span in spans
        if 2 * len(circle) <= n and 2 * sum(days[t] for t in span) <= sum(days)
        and (not alive or span.stop == len(days))
    ]  # fmt: skip


def likelihood(cases: list[tuple[int, int]], windows: list, fewest: int) -> float:
    total, found = len(cases), 0.0
    for circle, span in windows:
        c = sum(u in circle and t in span for u, t in cases)
        e = Fraction(sum(u in circle for u, _ in cases) * sum(t in span for _, t in cases), total)
        if c <= e or c < fewest:
            continue
        value = c * math.log(c / e)
        value += (total - c) * math.log((total - c) / (total - e)) if c < total else 0.0
        found = max(found, round(value, 9))
    return found


@st.composite
def small(draw: st.DrawFn) -> dict[str, Any]:
    n, width = draw(st.integers(2, 5)), draw(st.integers(2, 5))
    cell = st.tuples(st.integers(0, n - 1), st.integers(0, width - 1))
    return {
        "n": n, "width": width, "cases": draw(st.lists(cell, min_size=2, max_size=6)),
        "alive": draw(st.booleans()), "fewest": draw(st.integers(1, 2)),
    }  # fmt: skip


def table(case: dict[str, Any]) -> pd.DataFrame:
    counts = np.zeros((case["n"], case["width"]), dtype=int)
    for unit, period in case["cases"]:
        counts[unit, period] += 1
    return pd.DataFrame(counts, index=line(case["n"]).codes)


@settings(max_examples=40, deadline=None)
@given(small())
def test_p_approaches_that_of_every_shuffling(case: dict[str, Any]) -> None:
    n, cases = case["n"], case["cases"]
    periods = months(case["width"])
    days = [int(d) for d in periods["end"].dt.day]
    windows = windows_of(n, days, case["alive"])
    params = ScanParams(replicates=499, alive=case["alive"], min_cases=case["fewest"])
    try:
        found = scan_space_time(table(case), voters(n), line(n), periods, params)
    except ParameterError:
        assert not windows
        return
    own = likelihood(cases, windows, case["fewest"])
    top = found.clusters["llr"].iloc[0] if len(found.clusters) else 0.0
    assert top == pytest.approx(own, abs=2e-9)
    units, dates = zip(*cases, strict=True)
    every = [
        likelihood(list(zip(units, order, strict=True)), windows, case["fewest"])
        for order in itertools.permutations(dates)
    ]
    possible = {round(value, 8) for value in every}
    assert {round(float(value), 8) for value in found.maxima} <= possible
    exact = float(np.mean([value >= own - 2e-9 for value in every]))
    drawn = float(np.mean(found.maxima >= top - 2e-9))
    # Six standard deviations and a little for exact 0 and 1.
    assert abs(drawn - exact) <= 6 * math.sqrt(exact * (1 - exact) / 499) + 1e-9


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["permutation", "calendar"]), st.integers(0, 99), st.integers(2, 60))
def test_replicates_keep_the_margins_of_their_model(model: Any, seed: int, total: int) -> None:
    rng = np.random.default_rng(seed)
    cells = np.bincount(rng.integers(0, 7 * 9, total), minlength=63).reshape(7, 9)
    exposure = whole_exposure(rng.integers(1, 30, 7) * 10.0, pd.RangeIndex(7))
    draw = draw_of(model, cells, exposure)
    assert draw is not None
    drawn = draw(rng, 20)
    assert drawn.shape == (20, total, 2)
    for one in drawn:
        again = np.bincount(one[:, 0] * 9 + one[:, 1], minlength=63).reshape(7, 9)
        assert (again.sum(axis=0) == cells.sum(axis=0)).all()
        if model == "permutation":
            assert (again.sum(axis=1) == cells.sum(axis=1)).all()
    assert draw_of("uniform", cells, exposure) is None


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(MODELS), st.booleans(), st.integers(0, 10_000), st.integers(2, 60))
def test_the_kernel_equals_numpy_for_every_model(
    model: Any, alive: bool, seed: int, total: int
) -> None:
    rng = np.random.default_rng(seed)
    n, width = int(rng.integers(2, 25)), int(rng.integers(2, 10))
    xy = rng.integers(0, 8, (n, 2)).astype(float)
    away = np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1))
    cells = np.bincount(rng.integers(0, n * width, total), minlength=n * width).reshape(n, width)
    exposure = whole_exposure(np.full(n, 100.0), pd.RangeIndex(n))
    days = np.full(width, 30)
    near = Separation(pd.RangeIndex(n), away, "km")
    margins = margins_of(model, cells, exposure, days)
    windows = make_windows(near, exposure, days, Limits(0.5, 0.5, alive=alive), margins)
    draw = draw_of(model, cells, exposure)
    found = replicate_maxima(windows, total, 30, seed, 2, draw=draw, threads=2)
    if draw is not None:
        cases = draw(np.random.default_rng(seed), 30)
        assert np.array_equal(found, maxima_by_numpy(cases, windows, 2))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000))
def test_names_of_units_and_order_of_rows_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 3, (6, 5))
    counts[0, 0] += 1
    near, periods, params = line(6), months(5), ScanParams(replicates=49, seed=seed)
    cases = pd.DataFrame(counts, index=near.codes)
    plain = scan_space_time(cases, voters(6), near, periods, params)
    order = rng.permutation(6)
    turned = scan_space_time(cases.iloc[order], voters(6), near, periods, params)
    pd.testing.assert_frame_equal(plain.clusters, turned.clusters)
    names = dict(zip("ABCDEF", rng.permutation(list("UVWXYZ")), strict=True))
    other = Separation(pd.Index([names[c] for c in near.codes]), near.away, "km")
    named = scan_space_time(cases.rename(names), voters(6).rename(names), other, periods, params)
    assert named.clusters["llr"].tolist() == pytest.approx(plain.clusters["llr"].tolist())
    more = scan_space_time(cases, voters(6) * 7, near, periods, params)
    pd.testing.assert_frame_equal(plain.clusters, more.clusters)


def test_p_is_uniform_when_dates_and_places_are_independent() -> None:
    """200 worlds with a strong calendar: ranks by chi-square over ten classes, 99 % limit 21.67."""
    rng = np.random.default_rng(7)
    near, periods = line(9), months(6)
    calendar = np.array([1, 30, 1, 1, 20, 1]) / 54
    ranks = []
    for seed in range(200):
        cells = rng.choice(9, 40) * 6 + rng.choice(6, 40, p=calendar)
        cases = pd.DataFrame(np.bincount(cells, minlength=54).reshape(9, 6), index=near.codes)
        params = ScanParams(replicates=99, seed=seed, max_clusters=1)
        found = scan_space_time(cases, voters(9), near, periods, params)
        top = found.clusters["llr"].iloc[0] if len(found.clusters) else 0.0
        # Ties are broken at random, as counts are coarse.
        above, equal = (found.maxima > top).sum(), (found.maxima == top).sum()
        ranks.append(int(above + rng.integers(equal + 1)))
    classes = np.bincount(np.array(ranks) // 10, minlength=10)
    assert ((classes - 20) ** 2 / 20).sum() < 21.67


def test_real_dates_give_few_false_alarms_where_the_model_of_before_gave_many(
    dataset: Dataset,
) -> None:
    """Places by voters, days of the record: 40 worlds, at most 5 % and three deviations."""
    worlds, rng = calendar_worlds(dataset), np.random.default_rng(3)
    null = [worlds.without(rng, 40) for _ in range(40)]

    def share(worlds_looked_at: list[pd.DataFrame], **changes: Any) -> float:
        params = ScanParams(replicates=39, max_clusters=1, **changes)
        found = [worlds.scanned(cases, params)["p"].min() <= 0.05 for cases in worlds_looked_at]
        return float(np.mean(found))

    assert share(null) <= 0.15
    assert share(null, model="calendar") <= 0.15
    assert share(null, alive=True, max_days=92) <= 0.15
    assert share(null[:8], model="uniform") > 0.5


def test_a_planted_burst_is_found(dataset: Dataset) -> None:
    """Eight more affairs of one month in one kecamatan, among eighty by chance."""
    worlds, rng = calendar_worlds(dataset), np.random.default_rng(4)
    for _ in range(4):
        cases = worlds.without(rng, 80)
        unit, step = int(rng.integers(len(cases))), int(rng.integers(cases.shape[1]))
        cases.iloc[unit, step] += 8
        top = worlds.scanned(cases, ScanParams(replicates=39, max_clusters=1)).loc[1]
        assert top["p"] <= 0.05
        assert cases.index[unit] in top["members"]
        assert top["period_start"] <= worlds.steps["start"].iloc[step] <= top["period_end"]


def test_a_purely_spatial_scan_is_valid_from_two_affairs_on() -> None:
    """Of all ways to place two affairs, at most one in twenty has a p of 0.05 or less."""
    n = 8
    near, day = line(n), START
    share = np.array([1, 2, 3, 4, 5, 6, 7, 72]) / 100
    people = pd.Series(share * 1000, index=near.codes)
    chance = 0.0
    for one, other in itertools.product(range(n), repeat=2):
        cases = pd.Series(np.bincount([one, other], minlength=n), index=near.codes)
        found = scan_space(cases, people, near, day, day, ScanParams(replicates=999)).clusters
        if len(found) and found["p"].iloc[0] <= 0.05:
            chance += share[one] * share[other]
    assert 0 < chance <= 0.055


@pytest.mark.parametrize(("a", "row", "column", "total"), [(3, 4, 6, 20), (5, 5, 9, 30)])
def test_the_interval_by_margins_holds_two_and_a_half_percent_on_each_side(
    a: int, row: int, column: int, total: int
) -> None:
    risk, low, high = risk_by_margins(a, row, column, total)
    assert nchypergeom_fisher.sf(a - 1, total, row, column, low) == pytest.approx(0.025, abs=1e-6)
    if a < min(row, column):
        assert nchypergeom_fisher.cdf(a, total, row, column, high) == pytest.approx(0.025, abs=1e-6)
        assert nchypergeom_fisher.mean(total, row, column, risk) == pytest.approx(a, abs=1e-3)
    else:
        assert risk == high == math.inf


def test_the_interval_by_voters_holds_two_and_a_half_percent_on_each_side() -> None:
    risk, low, high = risk_by_voters(6, 1.5, 10)
    assert risk == pytest.approx((6 / 1.5) / (4 / 8.5))

    def share(ratio: float) -> float:
        return ratio * 1.5 / (ratio * 1.5 + 8.5)

    assert binom.sf(5, 10, share(low)) == pytest.approx(0.025, abs=1e-9)
    assert binom.cdf(6, 10, share(high)) == pytest.approx(0.025, abs=1e-9)
    assert risk_by_voters(10, 1.5, 10)[::2] == (math.inf, math.inf)
