"""Risks drawn from the model and a sampler of its posterior, both written apart from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import gammaln, xlogy

import analytics.hotspots.kernels.relative_risk as kernel
from analytics.hotspots.kernels.relative_risk import Prior

OBSERVED = (
    9, 39, 11, 9, 15, 8, 26, 7, 6, 20, 13, 5, 3, 8, 17, 9, 2, 7, 9, 7, 16, 31, 11, 7, 19, 15, 7, 10,
    16, 11, 5, 3, 7, 8, 11, 9, 11, 8, 6, 4, 10, 8, 2, 6, 19, 3, 2, 3, 28, 6, 1, 1, 1, 1, 0, 0,
)  # fmt: skip
EXPECTED = (
    1.4, 8.7, 3.0, 2.5, 4.3, 2.4, 8.1, 2.3, 2.0, 6.6, 4.4, 1.8, 1.1, 3.3, 7.8, 4.6, 1.1, 4.2, 5.5,
    4.4, 10.5, 22.7, 8.8, 5.6, 15.5, 12.5, 6.0, 9.0, 14.4, 10.2, 4.8, 2.9, 7.0, 8.5, 12.3, 10.1,
    12.7, 9.4, 7.2, 5.3, 18.8, 15.8, 4.3, 14.6, 50.7, 8.2, 5.6, 9.3, 88.7, 19.6, 3.4, 3.6, 5.7, 7.0,
    4.2, 1.8,
)  # fmt: skip
"""Lip cancer of men in the 56 counties of Scotland, 1975-1980 (Clayton and Kaldor 1987, Biometrics
43, 671-681), as in http://www.biostat.umn.edu/~sudiptob/ph8472/LipsBrad.txt."""

SPREADS, GROUPS, FACTORS = (0.05, 1.6), (0.05, 1.15), (1.4, 11.3)
"""Ranges of the continuous priors that the model sums over on a grid."""


def scotland() -> pd.DataFrame:
    """Return ``observed`` and ``expected`` by county, numbered as published."""
    codes = pd.Index([f"{i:02d}" for i in range(1, 57)])
    return pd.DataFrame({"observed": OBSERVED, "expected": EXPECTED}, codes)


def known_prior(monkeypatch: pytest.MonkeyPatch, own: float, group: float) -> None:
    """Let the model know both spreads."""
    spread = {kernel.OWN_SPREADS: own, kernel.GROUP_SPREADS: group}
    monkeypatch.setattr(
        kernel, "_half_normal", lambda points, scale: (np.array([spread[points]]), np.ones(1))
    )


def half_normal(rng: np.random.Generator, scale: float, limits: tuple[float, float]) -> float:
    while True:
        drawn = abs(rng.normal(0, scale))
        if limits[0] < drawn < limits[1]:
            return float(drawn)


def drawn_risks(
    rng: np.random.Generator, group: np.ndarray, inside: np.ndarray, prior: Prior
) -> np.ndarray:
    """Draw the risks of a world: level, groups, own factors and perhaps a zone."""
    own, among = half_normal(rng, prior.own, SPREADS), half_normal(rng, prior.group, GROUPS)
    level = np.exp(rng.normal(0, prior.level))
    factor = rng.gamma(among**-2, level * among**2, group.max() + 1)
    risk = factor[group] * rng.gamma(own**-2, own**2, len(group))
    if rng.random() < prior.zone:
        zone = inside[rng.integers(len(inside))]
        risk = np.where(zone, risk * np.exp(rng.uniform(*np.log(FACTORS))), risk)
    return np.asarray(risk)


def gibbs(
    rng: np.random.Generator,
    counts: np.ndarray,
    expected: np.ndarray,
    group: np.ndarray,
    inside: np.ndarray,
    prior: Prior,
    sweeps: int,
) -> tuple[np.ndarray, float]:
    """Return draws of the risks (sweeps, units) and how often there is a zone.

    Own factors are summed out where zone and spread move, and drawn afterwards.
    """
    chain = _Chain(rng, counts, expected, group, inside, prior)
    kept, zones = [], 0
    for sweep in range(sweeps + sweeps // 5):
        chain.move_zone()
        chain.move_own_spread()
        own = chain.draw_own()
        chain.draw_factors(own)
        chain.move_groups()
        if sweep >= sweeps // 5:
            kept.append(chain.raised() * chain.factor[group] * own)
            zones += chain.zone >= 0
    return np.array(kept), zones / sweeps


class _Chain:
    def __init__(self, rng: np.random.Generator, *world: Any) -> None:
        self.rng = rng
        self.counts, self.expected, self.group, self.inside, self.prior = world
        self.own, self.among, self.level = 0.5, 0.5, 1.0
        self.factor = np.ones(self.group.max() + 1)
        self.zone, self.times = -1, 2.0

    def raised(self) -> np.ndarray:
        zone = self.inside[self.zone] if self.zone >= 0 else np.zeros(len(self.group), bool)
        return np.where(zone, self.times, 1.0)

    def likely(self, zone: int, times: float, own: float) -> float:
        inside = self.inside[zone] if zone >= 0 else np.zeros(len(self.group), bool)
        mean = self.expected * self.factor[self.group] * np.where(inside, times, 1.0)
        size = own**-2
        odds = mean / (size + mean)
        many = gammaln(size + self.counts).sum() - len(mean) * gammaln(size)
        return float(many + (size * np.log1p(-odds) + xlogy(self.counts, odds)).sum())

    def move_zone(self) -> None:
        """Try zones from the prior: most moves go far, so that the chain does not stick."""
        now = self.likely(self.zone, self.times, self.own)
        for _ in range(4):
            zone = int(self.rng.integers(len(self.inside)))
            zone = zone if self.rng.random() < self.prior.zone else -1
            times = float(np.exp(self.rng.uniform(*np.log(FACTORS))))
            new = self.likely(zone, times, self.own)
            if np.log(self.rng.random()) < new - now:
                self.zone, self.times, now = zone, times, new

    def move_own_spread(self) -> None:
        now = self.likely(self.zone, self.times, self.own)
        for _ in range(2):
            spread = half_normal(self.rng, self.prior.own, SPREADS)
            new = self.likely(self.zone, self.times, spread)
            if np.log(self.rng.random()) < new - now:
                self.own, now = spread, new

    def draw_own(self) -> np.ndarray:
        size = self.own**-2
        rate = size + self.expected * self.factor[self.group] * self.raised()
        return np.asarray(self.rng.gamma(size + self.counts) / rate)

    def draw_factors(self, own: np.ndarray) -> None:
        size = self.among**-2
        cases = np.bincount(self.group, self.counts)
        mean = np.bincount(self.group, self.expected * self.raised() * own)
        self.factor = self.rng.gamma(size + cases) / (size / self.level + mean)

    def move_groups(self) -> None:
        for _ in range(4):
            among = half_normal(self.rng, self.prior.group, GROUPS)
            level = float(np.exp(self.rng.normal(0, self.prior.level)))
            new, now = self._of_factors(among, level), self._of_factors(self.among, self.level)
            if np.log(self.rng.random()) < new - now:
                self.among, self.level = among, level

    def _of_factors(self, among: float, level: float) -> float:
        shape, scale = among**-2, level * among**2
        log = (shape - 1) * np.log(self.factor) - self.factor / scale
        return float(log.sum() - len(log) * (gammaln(shape) + shape * np.log(scale)))
