"""The roll-up of a million reports, against plain loops in the same run."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from analytics.reports.counts import count_by_unit, placed
from analytics.reports.selection import located
from tests import tiny
from tests.reports.test_counts import slow_counts
from tests.tiny import FAMILIES


@pytest.mark.bench
def test_a_million_reports_roll_up_far_faster_than_in_plain_loops() -> None:
    rng = np.random.default_rng(7)
    n, few = 1_000_000, 20_000
    base = tiny.reports()
    base = base[base["kind"].ne("nihil")].reset_index(drop=True)
    reports = base.iloc[rng.integers(0, len(base), n)].reset_index(drop=True)
    reports["perkara_id"] = pd.Series(rng.integers(0, n // 2, n)).astype("str")
    start = time.perf_counter()
    counts = count_by_unit(located(reports), tiny.units(), "desa", FAMILIES)
    fast = time.perf_counter() - start
    start = time.perf_counter()
    slow_counts(reports.iloc[:few], "desa", "pokok")
    slow = (time.perf_counter() - start) * n / few
    print(f"count_by_unit: {n} reports in {fast:.2f} s, plain loops {slow / fast:.0f} times that")
    assert (
        counts[[f"reports_{f}" for f in FAMILIES]].to_numpy().sum()
        == placed(located(reports), "desa").placed
    )
    assert slow > 5 * fast
