"""Counting permutations: the one loop that has to be fast, compiled by numba.

Draw p of unit i is a set of k other units, found by Floyd's algorithm from a counter: the same
numbers come whatever the number of threads, the other periods, or how many draws were
asked for before. One set serves all periods.

Own code in place of esda, which permutes month by month and reports one tail: 393 units, 24 months
and 9,999 permutations take 0.7 s here and 9.5 to 12.1 s there, and the same p up to the error of
both (tests/benchmarks/test_gistar.py; docs/decisions/0011-libraries.md).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from analytics.hotspots.weights import Floats, Ints
from geo.errors import ParameterError

SEED_MAX = 2**63 - 1

_MASK = 2**64 - 1
_STEP = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB

Counter = Callable[[Floats, int, int, int, int, int, Floats, Floats], tuple[Ints, Ints]]


def _mix(value: int) -> int:
    """Return the finaliser of SplitMix64 (Steele, Lea and Flood 2014) of a 64-bit number."""
    value = ((value ^ (value >> 30)) * _MIX_1) & _MASK
    value = ((value ^ (value >> 27)) * _MIX_2) & _MASK
    return value ^ (value >> 31)


def unit_key(seed: int, unit: int) -> int:
    """Return the start of the stream of a unit (its position) under a seed.

    Raises
    ------
    ParameterError
        For a seed out of range.
    """
    if not 0 <= seed <= SEED_MAX:
        raise ParameterError("seed", seed, f"0 to {SEED_MAX}")
    return _mix((_mix((seed + _STEP) & _MASK) + (unit + 1) * _STEP) & _MASK)


def _count_loop(
    y: Any, unit: Any, k: Any, key: Any, start: Any, stop: Any, low: Any, high: Any
) -> Any:
    """Count how often the sum of k other units reaches the observed one, or stays at it.

    Parameters
    ----------
    y
        Shape (n, periods).
    unit, k
        The unit left out and the number of neighbours, 1 to n - 1.
    key
        `unit_key`.
    start, stop
        Draws ``start`` to ``stop - 1`` of the unit's stream.
    low, high
        Shape (periods,): a sum of at least ``low`` counts as upper, of at most ``high`` as lower.

    Returns
    -------
    tuple
        Counts in the upper and in the lower tail, shape (periods,). A sum equal to the observed
        one is in both. The draw of one of m units favours some by less than m / 2**32.
    """
    # Only what numba compiles. All words are uint64: a mix of signed and unsigned turns to float.
    step, mix_1, mix_2 = np.uint64(_STEP), np.uint64(_MIX_1), np.uint64(_MIX_2)
    s27, s30, s31, s32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
    n_periods = y.shape[1]
    spare = y.shape[0] - 1 - k
    upper = np.zeros(n_periods, dtype=np.int64)
    lower = np.zeros(n_periods, dtype=np.int64)
    chosen = np.empty(k, dtype=np.int64)
    sums = np.empty(n_periods)
    state = np.uint64(key) + np.uint64(start) * np.uint64(k) * step
    for _ in range(start, stop):
        sums[:] = 0.0
        for j in range(k):
            state += step
            word = (state ^ (state >> s30)) * mix_1
            word = (word ^ (word >> s27)) * mix_2
            word = (word ^ (word >> s31)) >> s32
            pick = np.int64((word * np.uint64(spare + j + 1)) >> s32)
            for i in range(j):
                if chosen[i] == pick:
                    pick = spare + j
                    break
            chosen[j] = pick
            row = pick + 1 if pick >= unit else pick
            for t in range(n_periods):
                sums[t] += y[row, t]
        for t in range(n_periods):
            upper[t] += sums[t] >= low[t]
            lower[t] += sums[t] <= high[t]
    return upper, lower


@lru_cache(maxsize=1)
def _compiled() -> Counter:
    import numba

    # nogil and threads of our own, not numba's parallel loops: its default threading layer must
    # not be entered by two threads at once, and every reader of the application has a thread.
    loop = numba.njit(nogil=True)(_count_loop)

    def count(
        y: Floats, unit: int, k: int, key: int, start: int, stop: int, low: Floats, high: Floats
    ) -> tuple[Ints, Ints]:
        upper, lower = loop(y, unit, k, np.uint64(key), start, stop, low, high)
        return upper, lower

    return count


@dataclass(frozen=True, eq=False)
class Task:
    """A range of draws of one unit for some periods.

    Attributes
    ----------
    unit, k
        Position of the unit and number of its neighbours.
    start, stop
        Draws ``start`` to ``stop - 1``.
    periods
        Positions of the periods to count for.
    """

    unit: int
    k: int
    start: int
    stop: int
    periods: Ints


def run(
    tasks: Sequence[Task],
    y: Floats,
    limits: tuple[Floats, Floats],
    seed: int,
    threads: int | None = None,
) -> list[tuple[Ints, Ints]]:
    """Count for many units, in threads.

    Parameters
    ----------
    tasks
        What to draw.
    y
        Shape (n, periods).
    limits
        ``low`` and ``high`` of `_count_loop`, each of shape (n, periods).
    seed
        0 to 2**63 - 1.
    threads
        1 or more, by default one per processor up to 4.

    Returns
    -------
    list
        Counts in the upper and in the lower tail per task, on its periods. They do not depend on
        the number of threads.

    Raises
    ------
    ParameterError
        For fewer than one thread, or a seed out of range.
    """
    threads = min(os.cpu_count() or 1, 4) if threads is None else threads
    if threads < 1:
        raise ParameterError("threads", threads, "1 or more")
    count, y = _compiled(), np.ascontiguousarray(y)
    low, high = limits

    def one(task: Task) -> tuple[Ints, Ints]:
        every = len(task.periods) == y.shape[1]
        part = y if every else np.ascontiguousarray(y[:, task.periods])
        ends = low[task.unit, task.periods], high[task.unit, task.periods]
        key = unit_key(seed, task.unit)
        return count(part, task.unit, task.k, key, task.start, task.stop, *ends)

    if threads == 1 or len(tasks) < 2:
        return [one(task) for task in tasks]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, tasks))
