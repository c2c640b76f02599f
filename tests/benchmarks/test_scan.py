"""The space-time scan against a straightforward numpy loop, in one run, on SIMULASI data.

The loop is measured on a few replicates of the same random numbers and scaled up; its maxima must
be those of the scan. Voters, positions and affairs are simulated: 393 units, 24 months.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.hotspots.scan import ScanParams, ScanResult, scan_space_time
from analytics.hotspots.scan_kernel import draw_cases
from analytics.hotspots.scan_windows import Limits, Separation, make_windows, whole_exposure
from tests.benchmarks.test_import import peak_memory_gib
from tests.peers import counts_of

ROOT = Path(__file__).resolve().parents[2]
UNITS, MONTHS, REPLICATES = 393, 24, 999
LOOP_REPLICATES = 4
MAX_SECONDS = {123: 10.0, 1000: 60.0}
MIN_RATIO = 50
TABLE_REPLICATES, TABLE_CASES = 199, 300
MAX_MEMORY_GIB = 1.0


def simulated(n: int, n_months: int, n_cases: int) -> dict[str, Any]:
    """Return SIMULASI input of a scan."""
    rng = np.random.default_rng(20240214)
    codes = pd.Index([f"s{i:04d}" for i in range(n)])
    xy = rng.random((n, 2)) * 250
    away = np.round(np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1)), 6)
    voters = rng.integers(300, 8000, n)
    cells = rng.choice(
        n * n_months, n_cases, p=np.repeat(voters / voters.sum() / n_months, n_months)
    )
    counts = np.bincount(cells, minlength=n * n_months).reshape(n, n_months)
    start = pd.date_range("2023-01-01", periods=n_months, freq="MS")
    return {
        "cases": pd.DataFrame(counts, index=codes),
        "voters": pd.Series(voters, index=codes),
        "separation": Separation(codes, away, "km"),
        "periods": pd.DataFrame({"start": start, "end": start + pd.offsets.MonthEnd(0)}),
    }


def timed(data: dict[str, Any], replicates: int) -> tuple[float, ScanResult]:
    start = time.perf_counter()
    result = scan_space_time(
        **data, params=ScanParams(model="uniform", replicates=replicates, min_cases=1)
    )
    return time.perf_counter() - start, result


def loop_maximum(
    counts: np.ndarray, away: np.ndarray, voters: np.ndarray, days: np.ndarray
) -> float:
    """Return the largest log likelihood ratio of one map, as a first draft would."""
    total, best = counts.sum(), 0.0
    before_days = np.concatenate([[0], np.cumsum(days)])
    for row in away:
        order = np.argsort(row)
        share = np.cumsum(voters[order]) / voters.sum()
        order, share = order[share <= 0.5], share[share <= 0.5]
        inside = np.pad(counts[order].cumsum(axis=0).cumsum(axis=1), ((0, 0), (1, 0)))
        for s in range(len(days)):
            end = np.flatnonzero(before_days - before_days[s] <= before_days[-1] / 2)
            end = end[end > s]
            c = inside[:, end] - inside[:, [s]]
            e = total * share[:, None] * (before_days[end] - before_days[s]) / before_days[-1]
            with np.errstate(divide="ignore", invalid="ignore"):
                llr = c * np.log(c / e) + (total - c) * np.log((total - c) / (total - e))
            best = max(best, llr[c > e].max(initial=0.0))
    return best


def loop_seconds(data: dict[str, Any], n_cases: int, maxima: np.ndarray) -> float:
    """Return the seconds of the loop per replicate; its maxima must be those given."""
    voters, near, periods = data["voters"], data["separation"], data["periods"]
    exposure = whole_exposure(voters.to_numpy(dtype=float), near.codes)
    days = (periods["end"] - periods["start"]).dt.days.to_numpy(dtype="int64") + 1
    windows = make_windows(near, exposure, days, Limits(0.5, 0.5))
    drawn = draw_cases(np.random.default_rng(1), LOOP_REPLICATES, n_cases, windows)
    maps = [counts_of(one, windows) for one in drawn]
    start = time.perf_counter()
    found = [loop_maximum(one, near.away, voters.to_numpy(), days) for one in maps]
    seconds = (time.perf_counter() - start) / LOOP_REPLICATES
    assert found == pytest.approx(maxima[:LOOP_REPLICATES].tolist(), abs=1e-8)
    return seconds


@pytest.mark.bench
@pytest.mark.parametrize("n_cases", MAX_SECONDS)
def test_scan_against_a_numpy_loop(n_cases: int) -> None:
    data = simulated(UNITS, MONTHS, n_cases)
    first, _ = timed(simulated(5, 4, 9), 9)
    seconds, result = timed(data, REPLICATES)
    loop = loop_seconds(data, n_cases, result.maxima) * (REPLICATES + 1)
    print(
        f"scan: SIMULASI {UNITS} units x {MONTHS} months, {n_cases} affairs, "
        f"{result.n_windows:,} windows, {REPLICATES} replicates in {seconds:.2f} s "
        f"(first call {first:.1f} s more); numpy loop {loop:.0f} s "
        f"(measured on {LOOP_REPLICATES} replicates and scaled), ratio {loop / seconds:.0f}"
    )
    assert seconds <= MAX_SECONDS[n_cases]
    assert loop / seconds >= MIN_RATIO


@pytest.mark.bench
def test_cost_against_units_months_and_affairs() -> None:
    """Print a table; the cost may grow with units squared and months squared, not faster."""
    rows = {}
    for n in (100, 200, 393, 800):
        for n_months in (12, 24, 48):
            rows[n, n_months] = timed(simulated(n, n_months, TABLE_CASES), TABLE_REPLICATES)
    print(f"scan cost: {TABLE_REPLICATES} replicates, {TABLE_CASES} affairs, seconds")
    print("| units | months | windows | seconds |\n| --- | --- | --- | --- |")
    for (n, n_months), (seconds, result) in rows.items():
        print(f"| {n} | {n_months} | {result.n_windows} | {seconds:.2f} |")
    print("| affairs (393 units, 24 months) | seconds |\n| --- | --- |")
    for n_cases in (30, 123, 300, 1000, 3000):
        print(
            f"| {n_cases} | {timed(simulated(UNITS, MONTHS, n_cases), TABLE_REPLICATES)[0]:.2f} |"
        )
    assert rows[800, 24][0] / rows[200, 24][0] < 2 * (800 / 200) ** 2
    assert rows[393, 48][0] / rows[393, 12][0] < 2 * (48 / 12) ** 2


@pytest.mark.bench
def test_peak_memory() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.test_scan"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    before, after = json.loads(done.stdout)
    print(f"scan memory: 1000 affairs, {before:.2f} GiB before, peak {after:.2f} GiB")
    assert after <= MAX_MEMORY_GIB


def _child() -> None:
    data = simulated(UNITS, MONTHS, 1000)
    before = peak_memory_gib()
    timed(data, REPLICATES)
    print(json.dumps([before, peak_memory_gib()]))


if __name__ == "__main__":
    _child()
