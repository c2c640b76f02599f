"""What the tests compare with: objects of libraries, and compiled loops in plain numpy."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.hotspots import permutation_kernel as kernel
from analytics.hotspots.scan_kernel import zone_maxima
from analytics.hotspots.scan_windows import Windows
from analytics.hotspots.weights import Weights


def to_libpysal(weights: Weights) -> Any:
    """Return the weights as a binary ``libpysal.weights.W`` whose ids are the codes."""
    from libpysal.weights import W

    names = np.array(weights.codes, dtype=object)
    parts = np.split(names[weights.matrix.indices], weights.matrix.indptr[1:-1])
    near = {code: list(part) for code, part in zip(weights.codes, parts, strict=True)}
    return W(near, id_order=list(weights.codes), silence_warnings=True)


def count_numpy(
    y: np.ndarray,
    unit: int,
    k: int,
    key: int,
    start: int,
    stop: int,
    low: np.ndarray,
    high: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Count as `analytics.hotspots.permutation_kernel` does, all draws of a block at once."""
    upper = np.zeros(y.shape[1], dtype=np.int64)
    lower = np.zeros(y.shape[1], dtype=np.int64)
    spare = y.shape[0] - 1 - k
    for begin in range(start, stop, 4096):
        draws = np.arange(begin, min(begin + 4096, stop), dtype=np.uint64)
        chosen = np.empty((len(draws), k), dtype=np.int64)
        sums = np.zeros((len(draws), y.shape[1]))
        for j in range(k):
            state = np.uint64(key) + (draws * np.uint64(k) + np.uint64(j + 1)) * np.uint64(
                kernel._STEP
            )
            state = (state ^ (state >> np.uint64(30))) * np.uint64(kernel._MIX_1)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(kernel._MIX_2)
            word = (state ^ (state >> np.uint64(31))) >> np.uint64(32)
            pick = ((word * np.uint64(spare + j + 1)) >> np.uint64(32)).astype(np.int64)
            taken = (chosen[:, :j] == pick[:, None]).any(axis=1)
            pick[taken] = spare + j
            chosen[:, j] = pick
            sums += y[pick + (pick >= unit)]
        upper += (sums >= low).sum(axis=0)
        lower += (sums <= high).sum(axis=0)
    return upper, lower


def counts_of(cases: np.ndarray, windows: Windows) -> np.ndarray:
    """Return cases per unit and period, shape (n, T), from both of each case, shape (C, 2)."""
    n, n_periods = len(windows.exposure), len(windows.last)
    flat = np.bincount(cases[:, 0] * n_periods + cases[:, 1], minlength=n * n_periods)
    return flat.reshape(n, n_periods).astype(np.int64)


def maxima_by_numpy(cases: np.ndarray, windows: Windows, min_cases: int) -> np.ndarray:
    """Return the largest log likelihood ratio of each replicate, every window looked at."""
    rows = (zone_maxima(counts_of(one, windows), windows, min_cases)[0].max() for one in cases)
    return np.fromiter(rows, dtype=np.float64, count=len(cases))
