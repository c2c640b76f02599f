"""The pooled model: a rate per kabupaten, shrunk to that of all, with affairs in bunches.

New affairs of a family come at a rate per watched day. The rates of the kabupaten are draws of one
gamma distribution whose mean and spread are learned from all of them (a grid, integrated over), so
that a kabupaten without an affair is not one without risk. Affairs come in bunches: the variance
of a month is ``phi`` times its mean, and a window of any length is a sum of such days (a negative
binomial process). Days near a vote may count ``rho``-fold.

With one kabupaten, phi = 1 and rho = 1 this is the gamma-Poisson model of the textbooks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.outlook.record import Record
from geo.errors import ParameterError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class OutlookParams:
    """How an outlook is drawn.

    Attributes
    ----------
    draws
        1,000 to 100,000 per figure.
    seed
        0 or more; the draws of a day depend on it and on the day alone.
    most_bunched
        1 to 100: the largest ``phi``.
    peak_prior
        0.1 to 100 affairs: how much it takes to believe that days near a vote differ.
    """

    draws: int = 1000
    seed: int = 1
    most_bunched: float = 20.0
    peak_prior: float = 2.0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("draws", 1000, 100_000),
            ("seed", 0, 2**32 - 1),
            ("most_bunched", 1, 100),
            ("peak_prior", 0.1, 100),
        ):
            if not low <= getattr(self, name) <= high:
                raise ParameterError(name, getattr(self, name), f"{low} to {high}")


_SHAPES = np.geomspace(0.25, 64.0, 9)
"""Of the gamma distribution of rates: 0.25 is very uneven, 64 nearly equal."""
_MEANS = np.exp(np.linspace(-3.0, 3.0, 31))
"""Its mean, as a multiple of the rate of all."""


def peak_ratio(record: Record, prior: float) -> Floats:
    """Return how many times a day near a vote counts, per family (F).

    Affairs near a vote over those that usual days would lead one to expect, in all kabupaten,
    both with ``prior`` affairs added, so that it is 1 while no vote was watched.
    """
    counts = record.counts[:, :-1].sum(axis=(1, 2)).astype(np.float64)
    usual, near = record.days[:-1].sum(axis=(0, 1))
    if usual <= 0 or near <= 0:
        return np.ones(len(counts))
    expected = counts[:, 0] / usual * near
    return np.asarray((counts[:, 1] + prior) / (expected + prior), dtype=np.float64)


def bunching(counts: Floats, days: Floats, most: float) -> Floats:
    """Return variance over mean of the cells, per family (F), at least 1.

    Parameters
    ----------
    counts, days
        (F, A, C): affairs and effective watched days of each cell of each area.
    most
        The largest ratio returned, 1 or more.
    """
    used = days > 0
    total = days.sum(axis=-1, keepdims=True)
    rate = np.divide(
        counts.sum(axis=-1, keepdims=True), total, out=np.zeros_like(total), where=total > 0
    )
    mean = rate * days
    n, areas = used.sum(axis=(1, 2)), (total[..., 0] > 0).sum(axis=1)
    spare = np.maximum(n - areas, 1)
    distance = (np.where(used, counts - mean, 0.0) ** 2).sum(axis=(1, 2)) * n / spare
    about = mean.sum(axis=(1, 2))
    ratio = np.divide(distance, about, out=np.ones_like(about), where=about > 0)
    return np.asarray(np.clip(ratio, 1.0, most), dtype=np.float64)


def pooled_draws(
    rng: np.random.Generator, counts: Floats, days: Floats, phi: Floats, ahead: Floats, draws: int
) -> Ints:
    """Return draws (F, A, m) of the affairs that are new in a window.

    Parameters
    ----------
    rng
        Source of random numbers.
    counts, days
        (F, A): affairs so far, and effective watched days.
    phi
        (F,): variance over mean, 1 or more.
    ahead
        (F, A): effective days of the window.
    draws
        How many, m.
    """
    from scipy.special import gammaln

    y, t = counts / phi[:, None], days / phi[:, None]
    about = (y.sum(axis=1) + 0.5) / np.maximum(t.sum(axis=1), 1e-9)
    shape, mean = (part.ravel() for part in np.meshgrid(_SHAPES, _MEANS, indexing="ij"))
    rate = shape / (about[:, None] * mean)  # (F, G)
    a, b = shape[None, None, :], rate[:, None, :]
    chance = (
        gammaln(a + y[..., None]) - gammaln(a) + a * np.log(b)
        - (a + y[..., None]) * np.log(b + t[..., None])
    ).sum(axis=1) + 0.5 * np.log(mean)  # fmt: skip
    weight = np.exp(chance - chance.max(axis=1, keepdims=True)).cumsum(axis=1)
    n_families = len(counts)
    picks = rng.random((n_families, draws)) * weight[:, -1:]
    chosen = np.stack([np.searchsorted(w, p) for w, p in zip(weight, picks, strict=True)])
    a = shape[chosen][:, None, :]
    b = np.take_along_axis(rate, chosen, axis=1)[:, None, :]
    rates = rng.standard_gamma(a + y[..., None]) / (b + t[..., None])
    return _bunched(rng, rates * ahead[..., None], phi[:, None, None])


def _bunched(rng: np.random.Generator, mean: Floats, phi: Floats) -> Ints:
    """Return counts with given means whose variance is phi times the mean."""
    rate = mean.copy()
    for n in np.flatnonzero(phi.ravel() > 1.0 + 1e-6):
        extra = float(phi.ravel()[n]) - 1.0
        rate[n] = rng.standard_gamma(np.maximum(mean[n] / extra, 1e-12)) * extra
    return rng.poisson(rate).astype(np.int64)
