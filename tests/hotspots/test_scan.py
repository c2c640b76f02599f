from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.hotspots import scan_kernel
from analytics.hotspots.scan import (
    ScanParams,
    ScanResult,
    known_answers_scan,
    scan_space,
    scan_space_time,
)
from analytics.hotspots.scan_kernel import draw_cases, log_likelihood_ratio, replicate_maxima
from analytics.hotspots.scan_windows import (
    Limits,
    Separation,
    Windows,
    make_windows,
    separation_km,
    separation_minutes,
    whole_exposure,
)
from geo.errors import CrsError, ParameterError
from tests.peers import maxima_by_numpy

START, END = pd.Timestamp(2024, 1, 1), pd.Timestamp(2024, 1, 31)
FEW = ScanParams(model="uniform", replicates=19)


def line(n: int) -> Separation:
    """Return units A, B, ... one kilometre apart on a line."""
    at = np.arange(float(n))
    codes = pd.Index([chr(65 + i) for i in range(n)])
    return Separation(codes, np.abs(np.subtract.outer(at, at)), "km")


def months(n: int) -> pd.DataFrame:
    start = pd.date_range(START, periods=n, freq="MS")
    return pd.DataFrame({"start": start, "end": start + pd.offsets.MonthEnd(0)})


def random_map(seed: int, n: int, n_periods: int) -> Windows:
    rng = np.random.default_rng(seed)
    xy = rng.integers(0, 8, (n, 2)).astype(float)
    xy[0] = 8.0, 0.0  # apart from all others, or no circle may be small enough
    away = np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1))
    codes = pd.Index([str(i) for i in range(n)])
    voters = whole_exposure(rng.integers(1, 30, n) * 100.0, codes)
    days = months(n_periods)["end"].dt.day.to_numpy(dtype="int64")
    share = 0.5 if n_periods > 1 else 1.0
    return make_windows(Separation(codes, away, "km"), voters, days, Limits(0.5, share))


# The reference: sets of units and fractions, no arrays, every window looked at.


def reference_windows(
    away: list[list[float]], voters: list[int], days: list[int]
) -> list[tuple[int, float, frozenset[int], range, Fraction]]:
    n, n_periods = len(voters), len(days)
    whole, all_days = sum(voters), sum(days)
    found = []
    for i, radius in itertools.product(range(n), sorted({d for row in away for d in row})):
        if radius not in away[i] or radius == math.inf:
            continue
        inside = frozenset(j for j in range(n) if away[i][j] <= radius)
        size = sum(voters[j] for j in inside)
        if 2 * size > whole:
            continue
        for s, e in itertools.combinations_with_replacement(range(n_periods), 2):
            length = sum(days[s : e + 1])
            if n_periods == 1 or 2 * length <= all_days:
                share = Fraction(size, whole) * Fraction(length, all_days)
                found.append((i, radius, inside, range(s, e + 1), share))
    return found


def reference_llr(c: int, total: int, share: Fraction) -> float:
    expected = float(total * share)
    if c <= total * share:
        return 0.0
    inner = c * math.log(c / expected)
    outer = (total - c) * math.log((total - c) / (total - expected)) if c < total else 0.0
    return round(inner + outer, 9)


def reference_scan(
    counts: list[list[int]], windows: list[Any], min_cases: int
) -> list[tuple[float, float, int, int, frozenset[int], range, int]]:
    """Return every window that counts, best first: LLR, radius, centre, start, units, periods."""
    total = sum(map(sum, counts))
    rows = []
    for i, radius, inside, span, share in windows:
        c = sum(counts[j][t] for j in inside for t in span)
        llr = reference_llr(c, total, share)
        if llr > 0 and c >= min_cases:
            rows.append((-llr, radius, i, span.start, inside, span, c))
    return sorted(rows, key=lambda row: (*row[:4], len(row[5])))


@st.composite
def small_maps(draw: st.DrawFn) -> dict[str, Any]:
    n, n_periods = draw(st.integers(2, 6)), draw(st.integers(1, 5))
    distance = st.sampled_from([0.0, 1.0, 1.5, 2.0, 3.0, math.inf])
    away = [[0.0 if i == j else draw(distance) for j in range(n)] for i in range(n)]
    voters = draw(st.lists(st.integers(1, 4), min_size=n, max_size=n))
    row = st.lists(st.integers(0, 3), min_size=n_periods, max_size=n_periods)
    counts = draw(st.lists(row, min_size=n, max_size=n).filter(lambda c: sum(map(sum, c)) > 0))
    days = draw(st.lists(st.integers(1, 3), min_size=n_periods, max_size=n_periods))
    return {
        "away": away, "voters": voters, "counts": counts, "days": days,
        "min_cases": draw(st.integers(1, 3)), "seed": draw(st.integers(0, 99)),
    }  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(small_maps())
def test_scan_equals_the_brute_force_reference(case: dict[str, Any]) -> None:
    counts, days = case["counts"], case["days"]
    n, n_periods, total = len(counts), len(days), sum(map(sum, counts))
    windows = reference_windows(case["away"], case["voters"], days)
    codes = pd.Index([chr(65 + i) for i in range(n)])
    near = Separation(codes, np.array(case["away"]), "menit")
    after = START + pd.to_timedelta(np.cumsum(days), unit="D")
    periods = pd.DataFrame({"start": after - pd.to_timedelta(days, unit="D")})
    periods["end"] = after - pd.Timedelta(days=1)
    params = ScanParams(
        model="uniform", replicates=24, seed=case["seed"], min_cases=case["min_cases"]
    )
    voters = pd.Series(case["voters"], index=codes)

    def scan() -> ScanResult:
        frame = pd.DataFrame(counts, index=codes)
        if n_periods == 1:
            first, last = periods.loc[0, "start"], periods.loc[0, "end"]
            return scan_space(frame[0], voters, near, first, last, params)
        return scan_space_time(frame, voters, near, periods, params)

    if not windows:
        with pytest.raises(ParameterError):
            scan()
        return
    result = scan()
    drawn = draw_cases(
        np.random.default_rng(case["seed"]), 24, total,
        make_windows(
            near, whole_exposure(voters.to_numpy(dtype=float), codes), np.array(days),
            Limits(0.5, 0.5 if n_periods > 1 else 1.0),
        ),
    )  # fmt: skip
    maxima = []
    for one in drawn:
        shuffled = [[0] * n_periods for _ in range(n)]
        for unit, period in one:
            shuffled[unit][period] += 1
        best = reference_scan(shuffled, windows, case["min_cases"])
        maxima.append(-best[0][0] if best else 0.0)
    assert result.maxima.tolist() == maxima
    taken: set[int] = set()
    expected = []
    for row in reference_scan(counts, windows, case["min_cases"]):
        if not taken & row[4]:
            taken |= row[4]
            expected.append(row)
    assert len(result.clusters) == len(expected)
    for found, (minus, radius, i, _, inside, span, c) in zip(
        result.clusters.itertuples(), expected, strict=True
    ):
        assert (found.llr, found.radius, found.centre) == (-minus, radius, codes[i])
        assert set(found.members) == set(codes[list(inside)])
        assert found.period_start == periods["start"][span.start]
        assert found.period_end == periods["end"][span.stop - 1]
        assert found.observed == c
        assert found.p == (1 + sum(m >= -minus for m in maxima)) / 25


def test_known_answers() -> None:
    known = known_answers_scan()
    assert known.loc["LLR 85 / 49,71 / 552", "computed"] == pytest.approx(11.577, abs=0.005)
    by_hand = known.index.str.startswith(("LLR 6", "RR"))
    assert (known["error"][by_hand] < 1e-9).all()
    assert (known["error"][known.index.str.startswith("OR")] < 2e-5).all()


def test_no_more_than_expected_has_no_likelihood() -> None:
    assert log_likelihood_ratio([0, 3, 5], [2.0, 3.0, 5.5], 10).tolist() == [0.0, 0.0, 0.0]


def test_cluster_worked_by_hand() -> None:
    """Four villages of 100, 200, 300 and 400 voters, 10 affairs, the year in two halves.

    A and B have 3 each in the first month: 6 of 10 where 10 x 0.3 x 0.5 = 1.5 are expected.
    """
    cases = pd.DataFrame([[3, 0], [3, 0], [0, 2], [1, 1]], index=line(4).codes)
    voters = pd.Series([100, 200, 300, 400], index=line(4).codes)
    halves = pd.DataFrame(
        {"start": [START, START + pd.Timedelta(days=15)], "end": [START + pd.Timedelta(days=14),
         START + pd.Timedelta(days=29)]}
    )  # fmt: skip
    top = scan_space_time(cases, voters, line(4), halves, FEW).clusters.loc[1]
    assert (top["centre"], top["radius"], top["radius_unit"]) == ("A", 1.0, "km")
    assert (top["members"], top["n_units"]) == (("A", "B"), 2)
    assert (top["observed"], top["expected"]) == (6, 1.5)
    assert top["relative_risk"] == pytest.approx((6 / 1.5) / (4 / 8.5))
    assert top["llr"] == pytest.approx(6 * math.log(4) + 4 * math.log(4 / 8.5))
    assert (top["period_start"], top["period_end"]) == (START, START + pd.Timedelta(days=14))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 40), st.integers(1, 14), st.integers(1, 90))
def test_compiled_kernel_equals_numpy(seed: int, n: int, n_periods: int, total: int) -> None:
    windows = random_map(seed, n, n_periods)
    cases = draw_cases(np.random.default_rng(seed), 30, total, windows)
    plain = maxima_by_numpy(cases, windows, 2)
    assert np.array_equal(replicate_maxima(windows, total, 30, seed, 2, threads=2), plain)


def test_kernel_is_exact_where_the_floor_is_far_too_high() -> None:
    windows = random_map(3, 30, 12)
    kernel = scan_kernel._compile()
    cases = draw_cases(np.random.default_rng(0), 40, 60, windows)
    full = scan_kernel._maxima_above(0.0, kernel, cases, windows, 1, 1)
    middle = float(np.median(full))
    pruned = scan_kernel._maxima_above(middle, kernel, cases, windows, 1, 1)
    high = full >= middle
    assert np.array_equal(pruned[high], full[high])
    assert (pruned[~high] < middle).all()
    assert np.array_equal(scan_kernel._maxima_by_kernel(kernel, cases, windows, 1, 2), full)


@pytest.mark.parametrize("bits", [3, 14])
def test_cases_needed_are_never_more_than_truly_needed(
    bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_kernel, "NEED_BITS", bits)
    windows, total, floor = random_map(4, 20, 6), 50, 4.0
    need, shift = scan_kernel.fewest_cases(floor, total, windows, 2)
    measure = np.linspace(1, windows.total // 4, 5000).astype(np.int64)
    cases = np.arange(total + 1)[:, None]
    reached = log_likelihood_ratio(cases, total * (measure / windows.total), total) >= floor
    truly = np.maximum(reached.argmax(axis=0), 2)
    looked_up = need[measure >> shift]
    assert (looked_up <= truly).all()
    assert (looked_up == truly).mean() > (0.95 if bits == 14 else 0.0)


def test_the_kernel_as_plain_python_finds_the_same() -> None:
    windows = random_map(5, 9, 4)
    cases = draw_cases(np.random.default_rng(1), 20, 15, windows)
    plain = scan_kernel._maxima_by_kernel(scan_kernel._smallest_measures, cases, windows, 1, 1)
    assert np.array_equal(plain, maxima_by_numpy(cases, windows, 1))


def test_many_cases_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = random_map(1, 10, 3)
    whole = replicate_maxima(windows, 40, 50, 7)
    monkeypatch.setattr(scan_kernel, "DRAWS_AT_ONCE", 300)
    assert np.array_equal(replicate_maxima(windows, 40, 50, 7), whole)


def scattered(seed: int = 0) -> tuple[pd.DataFrame, pd.Series, Separation, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    n, n_periods = 60, 12
    codes = pd.Index([f"u{i:02d}" for i in range(n)])
    xy = rng.random((n, 2)) * 50
    away = np.round(np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1)), 6)
    voters = pd.Series(rng.integers(500, 5000, n), index=codes)
    share = voters / voters.sum()
    counts = rng.multinomial(80, np.repeat(share.to_numpy() / n_periods, n_periods))
    cases = pd.DataFrame(counts.reshape(n, n_periods), index=codes)
    return cases, voters, Separation(codes, away, "km"), months(n_periods)


def test_a_planted_cluster_is_found_and_nothing_overlaps() -> None:
    cases, voters, near, periods = scattered()
    middle = near.away[0].argsort()[:4]
    cases.iloc[middle, 5:8] += 2
    result = scan_space_time(cases, voters, near, periods, ScanParams(model="uniform", seed=3))
    top = result.clusters.loc[1]
    assert set(near.codes[middle]) <= set(top["members"])
    assert (top["period_start"], top["period_end"]) == (periods["start"][5], periods["end"][7])
    assert top["p"] == 0.001
    members = result.clusters["members"].explode()
    assert members.is_unique
    assert len(result.clusters) == 10
    assert result.clusters["llr"].is_monotonic_decreasing
    assert result.clusters["p"].is_monotonic_increasing
    inside = [voters[list(m)].sum() / voters.sum() for m in result.clusters["members"]]
    assert max(inside) <= 0.5
    days = (result.clusters["period_end"] - result.clusters["period_start"]).dt.days + 1
    assert days.max() <= 183
    observed = [
        cases.loc[list(r.members), periods.index[periods["start"].ge(r.period_start)
              & periods["end"].le(r.period_end)]].to_numpy().sum()
        for r in result.clusters.itertuples()
    ]  # fmt: skip
    assert observed == result.clusters["observed"].tolist()


def test_same_seed_same_result_whatever_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    cases, voters, near, periods = scattered(1)
    params = ScanParams(model="uniform", replicates=199, seed=11)
    one = scan_space_time(cases, voters, near, periods, params)
    for threads in (1, 2, 5):
        monkeypatch.setattr("os.cpu_count", lambda n=threads: n)
        more = scan_space_time(cases, voters, near, periods, params)
        assert np.array_equal(one.maxima, more.maxima)
        pd.testing.assert_frame_equal(one.clusters, more.clusters)
    other = scan_space_time(
        cases, voters, near, periods, ScanParams(model="uniform", replicates=199, seed=12)
    )
    assert not np.array_equal(one.maxima, other.maxima)


def test_order_of_units_and_scale_of_voters_do_not_matter() -> None:
    cases, voters, near, periods = scattered(2)
    one = scan_space_time(cases, voters, near, periods, FEW).clusters
    turned = scan_space_time(cases.iloc[::-1], voters, near, periods, FEW).clusters
    pd.testing.assert_frame_equal(one, turned)
    doubled = scan_space_time(cases, voters * 2, near, periods, FEW).clusters
    pd.testing.assert_frame_equal(one.drop(columns="p"), doubled.drop(columns="p"))


def test_p_is_uniform_when_the_risk_is_equal() -> None:
    """Ranks of 300 maps without clusters: chi-square over ten classes, 99 % limit 21.67."""
    windows = random_map(8, 25, 6)
    maps = draw_cases(np.random.default_rng(99), 300, 60, windows)
    own = maxima_by_numpy(maps, windows, 1)
    ranks = [
        1 + int((replicate_maxima(windows, 60, 99, seed) >= llr).sum())
        for seed, llr in enumerate(own)
    ]
    found = np.bincount((np.array(ranks) - 1) // 10, minlength=10)
    assert ((found - 30) ** 2 / 30).sum() < 21.67
    assert np.mean(np.array(ranks) <= 5) < 0.10


def test_equal_counts_and_a_lone_affair_flag_nothing() -> None:
    codes = line(5).codes
    voters = pd.Series(100, index=codes)
    equal = scan_space(pd.Series(4, index=codes), voters, line(5), START, END, FEW)
    assert equal.clusters.empty
    lone = scan_space(pd.Series([0, 1, 0, 0, 0], codes), voters, line(5), START, END, FEW)
    assert lone.clusters.empty
    assert lone.maxima.tolist() == [0.0] * 19


def test_units_at_one_distance_enter_together() -> None:
    """B lies between A and C: a circle around it never holds one of them without the other."""
    codes = line(7).codes
    cases = pd.Series([5, 5, 0, 0, 0, 0, 0], index=codes)
    top = scan_space(cases, pd.Series(100, index=codes), line(7), START, END, FEW).clusters.loc[1]
    assert (top["centre"], top["members"]) == ("A", ("A", "B"))


def test_what_cannot_be_reached_is_in_no_circle() -> None:
    minutes = pd.DataFrame(np.full((6, 6), 9.0), index=list("ABCDEF"), columns=list("ABCDEF"))
    np.fill_diagonal(minutes_values := minutes.to_numpy(copy=True), 0.0)
    minutes_values[:2, 2:] = np.inf
    near = separation_minutes(pd.DataFrame(minutes_values, list("ABCDEF"), list("ABCDEF")))
    cases = pd.Series([4, 4, 4, 0, 0, 0], index=near.codes)
    voters = pd.Series(100, index=near.codes)
    clusters = scan_space(cases, voters, near, START, END, FEW).clusters
    assert clusters.loc[1, "members"] == ("A", "B")
    assert clusters.loc[1, "radius_unit"] == "menit"
    assert clusters.loc[2, "members"] == ("C",)


def test_distance_is_in_kilometres() -> None:
    points = gpd.GeoSeries.from_xy([106.0, 106.0], [-2.0, -3.0], index=["A", "B"], crs="EPSG:4326")
    away = separation_km(points)
    assert away.away[0, 1] == pytest.approx(110.6, rel=0.001)
    assert away.unit == "km"
    with pytest.raises(CrsError):
        separation_km(points.set_crs(None, allow_override=True))


CODES = line(4).codes
GOOD: dict[str, Any] = {
    "cases": pd.DataFrame([[1, 0], [2, 1], [0, 0], [1, 1]], index=CODES),
    "voters": pd.Series([10.0, 20.0, 30.0, 40.0], index=CODES),
    "separation": line(4),
    "periods": months(2).assign(end=[pd.Timestamp(2024, 1, 29), pd.Timestamp(2024, 2, 29)]),
}
REVERSED = pd.DataFrame({"start": [END, END], "end": [START, END]})
LATER_FIRST = months(2).iloc[::-1].reset_index(drop=True)


@pytest.mark.parametrize(
    ("change", "name", "said"),
    [
        ({"cases": GOOD["cases"] * 0}, "cases", "at least 1 affair"),
        ({"cases": GOOD["cases"].iloc[:1]}, "units", "at least 2"),
        ({"cases": GOOD["cases"] - 1}, "cases", "whole numbers"),
        ({"cases": GOOD["cases"] * 0.5}, "cases", "whole numbers"),
        ({"cases": GOOD["cases"].replace(2, np.nan)}, "cases", "whole numbers"),
        ({"cases": GOOD["cases"].iloc[[0, 0, 1]]}, "cases", "each unit once"),
        ({"cases": GOOD["cases"][[1, 0]]}, "cases", "one column per period"),
        ({"cases": GOOD["cases"].rename({"A": "Z"})}, "separation", "every unit"),
        ({"voters": GOOD["voters"] * [1, 0, 1, 1]}, "voters", "'B'"),
        ({"voters": GOOD["voters"].drop("C")}, "voters", "'C'"),
        ({"voters": GOOD["voters"] * np.inf}, "voters", "in every unit"),
        ({"voters": GOOD["voters"] * 1e15}, "voters", "a smaller total"),
        ({"periods": REVERSED}, "periods", "on or after its start"),
        ({"periods": LATER_FIRST}, "periods", "after the one before"),
        ({"periods": months(2).assign(end=pd.NaT)}, "periods", "a start and an end"),
        ({"periods": months(2).iloc[:1], "cases": GOOD["cases"][[0]]}, "periods", "at least 2"),
    ],
)  # fmt: skip
def test_bad_input_is_named(change: dict[str, Any], name: str, said: str) -> None:
    arguments = GOOD | {"params": FEW} | change
    with pytest.raises(ParameterError, match=said) as caught:
        scan_space_time(**arguments)
    assert caught.value.name == name


def test_good_input_of_the_bad_cases_is_good() -> None:
    assert scan_space_time(**GOOD, params=FEW).n_units == 4


def test_a_unit_of_more_than_half_leaves_no_window() -> None:
    two = line(2)
    cases = pd.Series([1, 1], index=two.codes)
    halves = scan_space(cases, pd.Series([5, 5], index=two.codes), two, START, END, FEW)
    assert halves.n_windows == 2
    params = ScanParams(replicates=19, max_population_share=0.4)
    with pytest.raises(ParameterError, match="at most 40%"):
        scan_space(cases, pd.Series([5, 5], index=two.codes), two, START, END, params)


def test_periods_too_long_for_any_window() -> None:
    periods = months(2)
    params = ScanParams(replicates=19, max_time_share=0.3)
    with pytest.raises(ParameterError, match="at most 30% of the days"):
        scan_space_time(GOOD["cases"], GOOD["voters"], line(4), periods, params)


@pytest.mark.parametrize(
    "change",
    [
        {"max_population_share": 0.0}, {"max_population_share": 0.6}, {"max_time_share": -0.1},
        {"replicates": 8}, {"replicates": 100_000}, {"seed": -1}, {"min_cases": 0},
        {"max_clusters": 0}, {"max_time_share": math.nan},
    ],
)  # fmt: skip
def test_parameters_have_limits(change: dict[str, Any]) -> None:
    with pytest.raises(ParameterError) as caught:
        ScanParams(**change)
    assert caught.value.name in change


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([[0, -1], [1, 0]], "at least 0"),
        ([[0, math.nan], [1, 0]], "not missing"),
        ([[0, 1], [1, 2]], "0 from a unit to itself"),
        ([[0, 1, 2], [1, 0, 2]], "shape"),
    ],
)
def test_separation_is_checked(values: list[list[float]], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        Separation(pd.Index(["A", "B"]), np.array(values, dtype=float), "km")


def test_minutes_need_the_same_units_both_ways() -> None:
    with pytest.raises(ParameterError, match="rows and columns"):
        separation_minutes(pd.DataFrame([[0.0]], index=["A"], columns=["B"]))


def test_a_scan_tells_how_far_it_is_and_finds_the_same() -> None:
    codes = pd.Index([f"{n:02d}" for n in range(12)])
    away = Separation(codes, np.abs(np.subtract.outer(np.arange(12.0), np.arange(12.0))), "km")
    cases = pd.Series(np.arange(12) % 4, index=codes)
    voters, day = pd.Series(100, index=codes), pd.Timestamp(2024, 1, 1)
    params, told = ScanParams(replicates=199), list[tuple[int, int]]()
    heard = scan_space(cases, voters, away, day, day, params, lambda *step: told.append(step))
    assert told == sorted(told)
    assert {of for _, of in told} == {199}
    assert told[-1] == (199, 199)
    assert len(told) > 1
    silent = scan_space(cases, voters, away, day, day, params)
    assert np.array_equal(heard.maxima, silent.maxima)
