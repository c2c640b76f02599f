"""Scores of forecasts given as draws of a count: CRPS, ignorance, interval score, Brier.

Draws of counts are kept as histograms: how many of the m draws are 0, 1, 2 and so on. Nothing is
lost by that, and a thousand draws are scored as fast as ten.

Worked by hand: draws 0, 0, 1, 3 and outcome 1. CRPS = mean distance to 1 (1 + 1 + 0 + 2) / 4 = 1
less half the mean distance of draws to each other, (0·4 + 1·4 + 3·4 + 2·2) / 16 / 2 = 0.625: 0.375.
Ignorance: one draw of four lies in the bin of 1, so -log2((1 + 1) / (4 + 6)) = 2.32 bits.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Hist = npt.NDArray[np.int64]
"""Histograms of draws of a count, shape (..., K): how many of them are 0, 1, 2, ..."""
Counts = npt.NDArray[np.int64]
"""Counts in the shape (...) of the histograms that they are compared with."""
Values = npt.NDArray[np.float64]
"""One number per histogram, shape (...)."""

BINS = (0, 1, 2, 3, 6, 11)
"""First count of each bin of the ignorance score: 0, 1, 2, 3 to 5, 6 to 10, 11 and more."""
ALPHA = 0.1
"""What lies outside the interval: it holds 90 %."""


def histogram(draws: Counts) -> Hist:
    """Return ``draws``, of shape (..., m), as histograms."""
    *shape, m = draws.shape
    size = int(draws.max(initial=0)) + 1
    flat = draws.reshape(-1, m) + np.arange(int(np.prod(shape)))[:, None] * size
    counts = np.bincount(flat.ravel(), minlength=int(np.prod(shape)) * size)
    return counts.reshape(*shape, size).astype(np.int64)


def cumulated(hist: Hist) -> Values:
    """Return the share of draws up to each count, of a histogram (..., K)."""
    total = hist.sum(axis=-1, keepdims=True)
    return np.asarray(hist.cumsum(axis=-1) / total, dtype=np.float64)


def crps(hist: Hist, outcome: Counts) -> Values:
    """Return the continuous ranked probability score in affairs, 0 is best.

    Parameters
    ----------
    hist
        Histograms (..., K) of draws.
    outcome
        What happened (...), 0 or more.

    Notes
    -----
    mean|x_i - y| - sum|x_i - x_j| / (2 m^2); for counts that is the sum of the squared distances
    between the share of draws up to k and whether the outcome is up to k.
    """
    share = cumulated(hist)
    size = hist.shape[-1]
    reached = np.arange(size) >= np.asarray(outcome)[..., None]
    beyond = np.maximum(np.asarray(outcome) - size, 0)  # above every draw the distance is 1
    total: Values = ((share - reached) ** 2).sum(axis=-1) + beyond
    return total


def ignorance(hist: Hist, outcome: Counts) -> Values:
    """Return -log2 of the share of draws in the bin of the outcome, in bits; 0 is best.

    ``hist`` (..., K), ``outcome`` (...). One pseudo-draw lies in each of `BINS`, so that a bin
    without a draw is punished and not infinitely so.
    """
    edges = np.asarray(BINS)
    bin_of = np.searchsorted(edges, np.arange(hist.shape[-1]), side="right") - 1
    binned = np.stack([hist[..., bin_of == b].sum(axis=-1) for b in range(len(edges))], axis=-1)
    at = np.searchsorted(edges, np.asarray(outcome), side="right") - 1
    at = np.broadcast_to(at, hist.shape[:-1])
    hit = np.take_along_axis(binned, at[..., None], axis=-1)[..., 0]
    bits: Values = -np.log2((hit + 1) / (hist.sum(axis=-1) + len(edges)))
    return bits


def quantile(hist: Hist, share: float) -> Counts:
    """Return the smallest count up to which at least a share (0 to 1) of the draws lies."""
    reached = cumulated(hist) >= share - 1e-12
    return np.asarray(reached.argmax(axis=-1), dtype=np.int64)


def interval_score(hist: Hist, outcome: Counts, alpha: float = ALPHA) -> Values:
    """Return width of the central interval plus 2 / alpha for each affair that lies outside it.

    ``hist`` (..., K), ``outcome`` (...); in affairs, 0 is best.
    """
    low, high = quantile(hist, alpha / 2), quantile(hist, 1 - alpha / 2)
    y = np.asarray(outcome)
    missed = np.maximum(low - y, 0) + np.maximum(y - high, 0)
    score: Values = (high - low) + 2 / alpha * missed
    return score


def chance_of_any(hist: Hist) -> Values:
    """Return the share of draws with at least one affair, 0 to 1."""
    return np.asarray(1 - hist[..., 0] / hist.sum(axis=-1), dtype=np.float64)


def expected(hist: Hist) -> Values:
    """Return the mean of the draws, in affairs."""
    counts = np.arange(hist.shape[-1])
    return np.asarray((hist * counts).sum(axis=-1) / hist.sum(axis=-1), dtype=np.float64)


def brier(probability: Values, happened: npt.NDArray[np.bool_]) -> Values:
    """Return the squared distance of a probability (0 to 1) to ``happened``, of one shape."""
    return np.asarray((probability - happened) ** 2, dtype=np.float64)
