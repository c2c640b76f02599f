"""What a scan holds fixed: three null hypotheses, as expected cases and as replicates.

A model says which of the two margins of the table of cases (units x periods) are kept as they are:

``permutation``
    Both: as many cases in every unit and in every period as there were, and which day belongs to
    which place is chance. Days with elections are as busy in the replicates as they were
    (Kulldorff, Heffernan, Hartman, Assuncao and Mostashari 2005, PLoS Medicine 2(3), e59).
``calendar``
    The periods only: the cases of each period fall on units in proportion to their voters. It also
    finds places that have more than their share at all times.
``uniform``
    Neither: every voter bears the same risk on every day (Kulldorff 1997). Where dates follow a
    calendar it finds the calendar, so it serves purely spatial scans and comparison.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from analytics.hotspots.scan_kernel import Draw
from analytics.hotspots.scan_windows import Ints, Margins

Model = Literal["permutation", "calendar", "uniform"]
MODELS: tuple[Model, ...] = ("permutation", "calendar", "uniform")


def margins_of(model: Model, counts: Ints, exposure: Ints, days: Ints) -> Margins:
    """Return what the expected cases are in proportion to.

    Parameters
    ----------
    model
        One of `MODELS`.
    counts
        Shape (n, T): cases.
    exposure, days
        Whole numbers, shape (n) per unit and (T) per period.
    """
    if model == "uniform":
        return Margins(exposure, days)
    units = counts.sum(axis=1) if model == "permutation" else exposure
    return Margins(units, counts.sum(axis=0))


def draw_of(model: Model, counts: Ints, exposure: Ints) -> Draw | None:
    """Return how replicates are drawn; None where both margins are free.

    Parameters
    ----------
    model
        One of `MODELS`.
    counts
        Shape (n, T): cases.
    exposure
        Whole numbers, shape (n) per unit, at least one above 0.
    """
    if model == "uniform":
        return None
    place, period = np.nonzero(counts)
    times = counts[place, period]
    units, periods = np.repeat(place, times), np.repeat(period, times)
    upper = np.cumsum(exposure)

    def shuffled(rng: np.random.Generator, n_replicates: int) -> Ints:
        dates = rng.permuted(np.tile(periods, (n_replicates, 1)), axis=1)
        return np.stack([np.broadcast_to(units, dates.shape), dates], axis=-1)

    def placed(rng: np.random.Generator, n_replicates: int) -> Ints:
        drawn = rng.integers(0, upper[-1], size=(n_replicates, len(periods)))
        where = np.searchsorted(upper, drawn, side="right")
        return np.stack([where, np.broadcast_to(periods, where.shape)], axis=-1)

    return shuffled if model == "permutation" else placed


def risk_by_margins(
    inside: int, in_place: int, in_time: int, total: int, level: float = 0.95
) -> tuple[float, float, float]:
    """Return how many times as often the place and the time met as both margins make expected.

    With rates that are the product of a place's, a time's and a factor for the window, the cases
    inside follow, given the margins, Fisher's noncentral hypergeometric distribution: the
    conditional estimate and the exact interval of the odds ratio (`scipy.stats.contingency`).

    Parameters
    ----------
    inside, in_place, in_time, total
        Cases in the window, in its place at all times, in its time at all places, and in all.
    level
        Above 0, below 1: coverage of the interval.

    Returns
    -------
    tuple
        Estimate, lower and upper end; the upper may be infinite. The interval knows nothing of the
        window having been picked as the most unusual of many.
    """
    from scipy.stats.contingency import odds_ratio

    rest = total - in_place - in_time + inside
    found = odds_ratio([[inside, in_place - inside], [in_time - inside, rest]])
    low, high = found.confidence_interval(level)
    return float(found.statistic), float(low), float(high)


def risk_by_voters(
    inside: int, expected: float, total: int, level: float = 0.95
) -> tuple[float, float, float]:
    """Return the risk inside over that outside, ``(c / e) / ((C - c) / (C - e))``, with interval.

    Given the total the cases inside are binomial; the interval is that of Clopper and Pearson
    (1934, Biometrika 26, 404-413) for their share, carried over to the ratio of the risks.

    Parameters
    ----------
    inside, expected, total
        Cases in the window, those expected there (above 0, below ``total``), and in all.
    level
        Above 0, below 1: coverage of the interval.

    Returns
    -------
    tuple
        Estimate, lower and upper end; infinite where no case lies outside.
    """
    from scipy.stats import binomtest

    ends = binomtest(inside, total).proportion_ci(level, method="exact")

    def ratio(share: float) -> float:
        if share >= 1:
            return float("inf")
        return share / (1 - share) * (total - expected) / expected

    return ratio(inside / total), ratio(float(ends.low)), ratio(float(ends.high))
