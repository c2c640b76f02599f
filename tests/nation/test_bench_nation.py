"""What the benchmarks of the nation say, on worlds whose growth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.nation.simulate.sizes import KABUPATEN
from data.errors import SourceMissingError
from data.nation.checks import COLUMNS
from data.nation.folder import NationFolder
from tests.benchmarks.carried import Rule, interval, miss
from tests.benchmarks.nation_growth import growth, seconds_by_province
from tests.benchmarks.nation_import import write_reports

SIZE = np.array(KABUPATEN) * 20_000.0
WANTED = np.array(KABUPATEN) * 20_000.0 * 2
NOISE = np.exp(np.random.default_rng(7).normal(0, 0.1, len(SIZE)))


@pytest.mark.parametrize(
    ("power", "noise", "word"),
    [
        (0.8, NOISE, "n log n or better"),
        (1.5, NOISE, "worse"),
        (2.0, NOISE, "worse"),
        (1.08, NOISE, "not told apart"),
        (1.0, NOISE**20, "not told apart"),
    ],
)
def test_planted_growth_is_found_or_said_to_be_unknown(
    power: float, noise: np.ndarray, word: str
) -> None:
    found = growth("scans", "reports", SIZE, SIZE**power * noise)
    assert found.low <= power <= found.high
    assert found.word == word


def test_many_provinces_of_a_size_do_not_hide_what_each_costs() -> None:
    found = growth("scans", "reports", np.tile(SIZE, 20), np.tile(SIZE**2, 20))
    assert found.power == pytest.approx(2)
    assert found.word == "worse"


def test_a_batch_that_has_not_ended_is_not_taken_for_a_fast_one(
    nation_dir: Path, tmp_path: Path
) -> None:
    with pytest.raises(SourceMissingError):
        seconds_by_province(nation_dir, tmp_path, "counts")


def test_the_file_of_a_benchmark_holds_the_first_reports(nation_dir: Path, tmp_path: Path) -> None:
    folder = NationFolder(nation_dir)
    provinces = folder.about().provinces
    wanted = provinces[0].reports + 3  # from two provinces
    write_reports(folder, tmp_path / "SIMULASI.csv", wanted)
    rows = pd.read_csv(tmp_path / "SIMULASI.csv", dtype=str)
    assert list(rows) == list(COLUMNS)
    ids = pd.concat([folder.read(one.code, "reports")["report_id"] for one in provinces])
    assert list(rows["report_id"]) == list(ids[:wanted])


def parts(rng: np.random.Generator, noise: float) -> tuple[np.ndarray, np.ndarray]:
    size = rng.uniform(1e4, 2e5, 8)
    return size, (0.3 + 2e-5 * size) * np.exp(rng.normal(0, noise, 8))


def test_what_is_carried_over_lies_in_its_interval_as_often_as_it_says() -> None:
    rng, inside = np.random.default_rng(3), 0
    for _ in range(400):
        size, seconds = parts(rng, 0.1)
        low, high = interval(size, seconds, WANTED)
        truth = (0.3 + 2e-5 * WANTED) * np.exp(rng.normal(0, 0.1, len(WANTED)))
        inside += low <= truth.sum() <= high
    assert 0.92 <= inside / 400 <= 0.98


def test_a_rule_by_hand() -> None:
    size = np.array([100.0, 300.0])
    rule = Rule.of(size, 5 + 0.1 * size)
    assert (rule.fixed, rule.each) == pytest.approx((5, 0.1))
    assert rule.at(np.array([1_000.0, 2_000.0])) == pytest.approx(310)


def test_what_grows_faster_is_missed_by_the_smaller_parts() -> None:
    assert miss(SIZE, 0.3 + 2e-5 * SIZE) == pytest.approx(0)
    assert miss(SIZE, SIZE**1.5) < -0.2
    assert miss(np.array([1.0, 2.0, 4.0]), np.array([1.0, 4.0, 16.0])) == pytest.approx(10 / 16 - 1)
