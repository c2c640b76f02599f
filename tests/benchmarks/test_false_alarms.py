"""Relative risk on made-up worlds: false alarms, power beside the scan's, and a spatial rival."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analytics.hotspots.relative_risk import (
    DECIDED,
    RelativeRiskParams,
    expected_affairs,
    relative_risk,
)
from analytics.hotspots.scan import ScanParams, scan_space
from analytics.hotspots.scan_windows import separation_km
from analytics.reports.places import unit_at
from data.hotspots.detection import keep_detection
from data.province import default_election
from services.dataset import Dataset
from services.hotspots.areas import area_voters, area_weights, areas
from tests.planted_risk import PlantedWorlds

SEED, RISK = 20261129, 5.0
CASES = [
    ("kecamatan", 40, 500), ("kecamatan", 10, 200), ("kecamatan", 5, 200), ("kecamatan", 20, 200),
    ("kecamatan", 100, 200), ("kabupaten", 10, 400), ("kabupaten", 40, 400), ("desa", 40, 60),
]  # fmt: skip
Alarm = Callable[[pd.Series], set[str]]


def worlds_of(data: Dataset, level: str) -> PlantedWorlds:
    voters = area_voters(data, level, default_election())
    return PlantedWorlds(voters, area_weights(areas(data, level), "contiguity"))


def raised(worlds: PlantedWorlds, level: str) -> Alarm:
    """Return a function from affairs to the units that relative risk calls higher."""
    codes = pd.Series(worlds.voters.index, worlds.voters.index)
    parents = unit_at(codes, "provinsi" if level == "kabupaten" else "kabupaten")
    params = RelativeRiskParams(decided=DECIDED[level])

    def units(counts: pd.Series) -> set[str]:
        expected = expected_affairs(counts.sum(), worlds.voters)
        found = relative_risk(counts, expected, parents, params, worlds.neighbours)
        return set(found.index[found["word"].eq("lebih_tinggi")])

    return units


def scanned(data: Dataset, worlds: PlantedWorlds, level: str) -> Alarm:
    """Return a function from affairs to the units in clusters of the spatial scan, p <= 0.05."""
    apart = separation_km(areas(data, level).geoseries[worlds.voters.index])
    day = pd.Timestamp(2024, 1, 1)

    def units(counts: pd.Series) -> set[str]:
        params = ScanParams(replicates=199)
        found = scan_space(counts, worlds.voters, apart, day, day, params).clusters
        sure = found[found["p"].le(0.05)] if len(found) else found
        return {code for members in sure["members"] for code in members} if len(sure) else set()

    return units


def rates(worlds: PlantedWorlds, alarm: Alarm, affairs: int, n: int) -> tuple[float, float]:
    """Return the share of false alarms and the power, each over n worlds of the same seed."""
    rng = np.random.default_rng(SEED)
    false = np.mean([bool(alarm(worlds.without(rng, affairs))) for _ in range(n)])
    planted = (worlds.with_one(rng, affairs, RISK) for _ in range(n))
    found = np.mean([bool(alarm(counts) & set(zone)) for counts, zone in planted])
    return float(false), float(found)


def row(method: str, level: str, affairs: int, n: int, got: tuple[float, float]) -> dict:
    params = RelativeRiskParams(decided=DECIDED[level])
    return {
        "method": method, "level": level, "affairs": affairs, "relative_risk": RISK, "worlds": n,
        "false_alarms": round(got[0], 3), "power": round(got[1], 3), "seed": SEED,
        "made": pd.Timestamp(dt.date.today()),
        "parameters": str(params) if method == "risk" else "replicates=199, p<=0.05",
    }  # fmt: skip


@pytest.mark.bench
@pytest.mark.parametrize(("level", "affairs", "n"), CASES)
def test_at_most_five_in_a_hundred_worlds_without_a_difference_raise_an_alarm(
    dataset: Dataset, level: str, affairs: int, n: int
) -> None:
    worlds = worlds_of(dataset, level)
    false, power = rates(worlds, raised(worlds, level), affairs, n)
    keep_detection(pd.DataFrame([row("risk", level, affairs, n, (false, power))]))
    print(f"\nrisk {level} {affairs}: false alarms {false:.3f}, power {power:.3f}")
    assert false <= 0.05 + 2 * (0.05 * 0.95 / n) ** 0.5


@pytest.mark.bench
def test_the_power_is_no_less_than_that_of_the_scan_on_the_same_worlds(dataset: Dataset) -> None:
    level, affairs, n = CASES[0]
    worlds = worlds_of(dataset, level)
    ours = rates(worlds, raised(worlds, level), affairs, n)
    scan = rates(worlds, scanned(dataset, worlds, level), affairs, n)
    keep_detection(pd.DataFrame([row("scan_space", level, affairs, n, scan)]))
    print(f"\n{level} {affairs}: risk {ours}, spatial scan {scan} (false alarms, power)")
    assert ours[0] <= 0.05 + 2 * (0.05 * 0.95 / n) ** 0.5
    assert ours[1] >= scan[1] - 2 * (scan[1] * (1 - scan[1]) / n) ** 0.5
