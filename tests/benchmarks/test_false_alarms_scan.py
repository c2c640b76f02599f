"""Scans, Gi* and Moran on worlds with the real dates of the record: false alarms and power."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analytics.hotspots.inference import GateParams
from analytics.hotspots.rate_test import RateTestParams
from analytics.hotspots.recurrence import expected_false_signals
from analytics.hotspots.scan import ScanParams
from data.hotspots.detection import keep_detection
from services.dataset import Dataset
from services.hotspots.scan import ALIVE_DAYS
from services.hotspots.scan_runs import THRESHOLDS
from tests.calendar_worlds import CalendarWorlds, calendar_worlds

SEED, RISK, WORLDS, AFFAIRS = 20261130, 5.0, 200, 40
SCANS = {
    "scan": (ScanParams(replicates=99, max_clusters=1), 0.25, False),
    "scan_poisson": (ScanParams(model="calendar", replicates=99, max_clusters=1), 1.0, False),
    "scan_prospective": (
        ScanParams(alive=True, max_days=ALIVE_DAYS, replicates=199, max_clusters=1), 0.25, True,
    ),
}  # fmt: skip
"""Parameters, the part of the affairs under the planted risk, and whether these are the last."""
LATTICE = [("kecamatan", 40, 200), ("kecamatan", 400, 200), ("desa", 40, 20), ("desa", 400, 20)]
Alarm = Callable[[pd.DataFrame], set[str]]


def scanner(worlds: CalendarWorlds, params: ScanParams) -> Alarm:
    def units(cases: pd.DataFrame) -> set[str]:
        found = worlds.scanned(cases, params)
        return {code for row in found[found["p"] <= 0.05]["members"] for code in row}

    return units


def alarm_of(worlds: CalendarWorlds, method: str) -> Alarm:
    params = RateTestParams(gate=GateParams(2, 2))
    return lambda cases: worlds.hot(cases, method, params)


def measured(
    worlds: CalendarWorlds, alarm: Alarm, affairs: int, n: int, part: float, last: bool
) -> tuple[float, float]:
    """Return the share of null worlds with any alarm, and of planted ones with one in the zone."""
    rng = np.random.default_rng(SEED)
    false = np.mean([bool(alarm(worlds.without(rng, affairs))) for _ in range(n)])
    planted = (worlds.with_risk(rng, affairs, RISK, part, last) for _ in range(n))
    return float(false), float(np.mean([bool(alarm(cases) & zone) for cases, zone in planted]))


def row(method: str, level: str, affairs: int, n: int, got: tuple[float, float], how: str) -> dict:
    print(f"\n{method} {level} {affairs} affairs, {n} worlds, seed {SEED}: "
          f"false alarms {got[0]:.3f}, power {got[1]:.3f} ({how})", end="")  # fmt: skip
    return {
        "method": method, "level": level, "affairs": affairs, "relative_risk": RISK, "worlds": n,
        "false_alarms": round(got[0], 3), "power": round(got[1], 3), "seed": SEED,
        "made": pd.Timestamp(dt.date.today()), "parameters": how,
    }  # fmt: skip


def allowed(n: int) -> float:
    return 0.05 + 2.6 * (0.05 * 0.95 / n) ** 0.5


@pytest.mark.bench
def test_scans_do_not_find_the_calendar(dataset: Dataset) -> None:
    worlds, rows = calendar_worlds(dataset), []
    for method, (params, part, last) in SCANS.items():
        got = measured(worlds, scanner(worlds, params), AFFAIRS, WORLDS, part, last)
        how = f"{params.model}, risk in {part:.0%} of the affairs{', the last' if last else ''}"
        rows.append(row(method, "kecamatan", AFFAIRS, WORLDS, got, how))
    old = scanner(worlds, ScanParams(model="uniform", replicates=99, max_clusters=1))
    before = measured(worlds, old, AFFAIRS, 40, 1.0, False)
    row("scan before (uniform)", "kecamatan", AFFAIRS, 40, before, "risk in 100%")
    keep_detection(pd.DataFrame(rows))
    assert max(one["false_alarms"] for one in rows) <= allowed(WORLDS)
    assert before[0] > 0.5


@pytest.mark.bench
def test_rates_do_not_find_where_voters_live(dataset: Dataset) -> None:
    rows = []
    for level, affairs, n in LATTICE:
        worlds = calendar_worlds(dataset, level)
        for method in ("gistar", "moran"):
            got = measured(worlds, alarm_of(worlds, method), affairs, n, 1.0, False)
            rows.append(row(method, level, affairs, n, got, "rates, risk in 100% of the affairs"))
    keep_detection(pd.DataFrame(rows))
    for one in rows:
        assert one["false_alarms"] <= allowed(one["worlds"]), one


@pytest.mark.bench
def test_false_signals_a_year_are_those_that_were_stated(dataset: Dataset) -> None:
    """Scan null worlds at each of the last 24 month ends, as a coordination meeting would."""
    worlds, rng, n, months = calendar_worlds(dataset), np.random.default_rng(SEED), 30, 24
    params = SCANS["scan_prospective"][0]
    found: list[float] = []
    for _ in range(n):
        cases = worlds.without(rng, 100)
        for end in range(len(worlds.steps) - months, len(worlds.steps)):
            seen = cases.iloc[:, : end + 1]
            if seen.to_numpy().sum() < 2:
                continue
            part = CalendarWorlds(
                worlds.voters, worlds.neighbours, worlds.apart,
                worlds.steps.iloc[: end + 1], worlds.step_of,
            )  # fmt: skip
            clusters = part.scanned(seen, params)
            found.append(1 / clusters["p"].iloc[0] if len(clusters) else 0.0)
    table = expected_false_signals(THRESHOLDS)
    table["measured"] = [12 * np.mean(np.array(found) >= t - 1e-9) for t in THRESHOLDS]
    print(f"\nfalse signals a year, {n} worlds x {months} months, 100 affairs, seed {SEED}")
    print(table.to_string(index=False))
    error = 3 * (table["false_a_year"] * 12 / len(found)) ** 0.5
    assert (table["measured"] <= table["false_a_year"] + error).all()
