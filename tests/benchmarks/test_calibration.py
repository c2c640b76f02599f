"""Simulation-based calibration: does the 90 % interval of a relative risk hold 90 of 100 truths?"""

from __future__ import annotations

import numpy as np
import pytest

from analytics.hotspots.kernels.relative_risk import posterior
from analytics.hotspots.relative_risk import RelativeRiskParams
from services.dataset import Dataset
from tests.benchmarks.test_false_alarms import worlds_of
from tests.risk_worlds import drawn_risks

RUNS, BINS = 1000, 20


@pytest.mark.bench
@pytest.mark.parametrize("affairs", [10, 40, 200])
def test_the_interval_covers_88_to_92_percent(dataset: Dataset, affairs: int) -> None:
    """Talts et al. 2018: worlds from the prior, and where the truth stands in the posterior."""
    worlds = worlds_of(dataset, "kecamatan")
    rng = np.random.default_rng(affairs)
    prior = RelativeRiskParams().prior
    codes = worlds.voters.index
    group = np.unique([code[:5] for code in codes], return_inverse=True)[1]
    zones = worlds.neighbours.reordered(list(codes)).star()
    inside = zones.toarray() > 0
    expected = (affairs * worlds.voters / worlds.voters.sum()).to_numpy()
    ranks = []
    for _ in range(RUNS):
        risk = drawn_risks(rng, group, inside, prior)
        counts = rng.poisson(expected * risk).astype(float)
        found = posterior(counts, expected, group, zones, prior)
        # One unit of each world: those of one world share their draws.
        one = int(rng.integers(len(codes)))
        ranks.append(float(found.below(risk[one])[one]))
    ranks = np.array(ranks)
    cover = float(((ranks > 0.05) & (ranks < 0.95)).mean())
    above = np.sort(ranks) - np.arange(1, RUNS + 1) / RUNS
    gap = float(np.abs(above).max())
    print(f"\n{affairs} affairs: 90 % interval covers {cover:.3f}; ranks off by {gap:.3f} at most")
    assert 0.88 <= cover <= 0.92
    assert gap < 1.63 / RUNS**0.5  # Kolmogorov-Smirnov, 1 %
