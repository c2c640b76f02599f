"""Likelihood of windows and its maxima over replicates, compiled by numba."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.hotspots.scan_windows import Floats, Ints, Windows

DECIMALS = 9
"""Log likelihood ratios are rounded to this, so that what ties on paper ties here."""

DRAWS_AT_ONCE = 4_000_000
"""Cases drawn before they are scanned: bounds the memory for many cases."""

PILOT, PILOT_SHARE = 16, 0.9
"""Replicates done in full, and the part of their smallest maximum that is the others' floor."""

NEED_BITS = 14
"""Leading bits of a measure by which the cases needed are looked up."""

TINY, SLACK = 1e-12, 1e-6
Progress = Callable[[int, int], None]
"""Takes how many replicates are done, and of how many."""
Draw = Callable[[np.random.Generator, int], Ints]
"""Unit and period of every case of so many replicates, shape (R, C, 2)."""

NOT_SEEN = np.iinfo(np.int64).max


def log_likelihood_ratio(
    observed: npt.ArrayLike, expected: npt.ArrayLike, total: int
) -> npt.NDArray[np.float64]:
    """Return the log likelihood ratio of windows under the Poisson model, for high rates only.

    ``c ln(c / e) + (C - c) ln((C - c) / (C - e))`` where ``c > e``, else 0 (Kulldorff 1997, "A
    spatial scan statistic", Communications in Statistics: Theory and Methods 26, 1481-1496),
    conditional on the total ``C``; rounded to `DECIMALS`.

    Parameters
    ----------
    observed, expected
        Cases ``c`` and expected cases ``e`` of the windows, ``0 <= e <= C`` and ``c`` 0 where
        ``e`` is, any matching shapes.
    total
        All cases ``C``, at least 1.
    """
    c = np.asarray(observed, dtype=np.float64)
    e = np.asarray(expected, dtype=np.float64)
    outside = total - c
    inner = c * np.log(np.maximum(c, 1) / np.maximum(e, TINY))
    outer = outside * np.log(np.maximum(outside, 1) / np.maximum(total - e, TINY))
    return np.where(c > e, np.round(inner + outer, DECIMALS), 0.0)


def zone_maxima(counts: Ints, windows: Windows, min_cases: int) -> tuple[Floats, Ints, Ints]:
    """Return the best interval of every circle, by plain enumeration.

    Parameters
    ----------
    counts
        Shape (n, T): cases.
    min_cases
        Windows with fewer cases count as 0.

    Returns
    -------
    tuple
        On the entries of the windows: log likelihood ratio (0 where no circle ends or no interval
        has more cases than expected), and the first and last period (the earliest, then shortest,
        of equals; the first period holds a case of the circle, since without it the interval is
        shorter and no worse).
    """
    total, measure = int(counts.sum()), windows.total
    size = len(windows.members)
    best, first, last = np.zeros(size), np.zeros(size, np.int64), np.zeros(size, np.int64)
    for i in range(len(windows.starts) - 1):
        entries = slice(windows.starts[i], windows.starts[i + 1])
        ends = np.flatnonzero(windows.closes[entries]) + windows.starts[i]
        grown = np.cumsum(counts[windows.members[entries]], axis=0)[ends - windows.starts[i]]
        before = np.pad(np.cumsum(grown, axis=1), ((0, 0), (1, 0)))
        for s, (a, e) in enumerate(zip(windows.earliest, windows.last, strict=True)):
            if e < a or not grown[-1:, s].any():
                continue
            inside = before[:, a + 1 : e + 2] - before[:, s : s + 1]
            length = windows.edges[a + 1 : e + 2] - windows.edges[s]
            share = windows.measure[ends][:, None] * length / measure
            ratio = log_likelihood_ratio(inside, total * share, total)
            ratio[(inside < min_cases) | (grown[:, s : s + 1] == 0)] = 0.0
            top = ratio.argmax(axis=1)
            value = ratio[np.arange(len(ends)), top]
            better = value > best[ends]
            where = ends[better]
            best[where], first[where], last[where] = value[better], s, a + top[better]
    return best, first, last


def _smallest_measures(cases: Any, plan: Any, out: Any) -> None:  # noqa: C901, PLR0912
    """Write, per replicate and number of cases, the smallest measure of a window that holds them.

    For one number of cases the likelihood falls as the expected cases grow, so the smallest window
    decides and no logarithm is needed here. ``need[measure >> shift]`` is the fewest cases with
    which a window can reach the floor; windows below it may be left out. Between two units with
    cases a circle only grows and needs more, so intervals from one start are looked at again only
    once they have gained what the nearest of them lacked. An interval whose first period is empty
    is never better than the one without it.
    """
    starts, members, closes, exposure, edges, earliest, last, need, shift = plan
    n, n_periods = len(exposure), len(last)
    until = np.zeros((n, n_periods + 1), dtype=np.int32)
    has = np.zeros(n, dtype=np.bool_)
    before = np.zeros(n_periods + 1, dtype=np.int32)
    due = np.zeros(n_periods, dtype=np.int32)
    for r in range(len(cases)):
        until[:] = 0
        has[:] = False
        for j in range(cases.shape[1]):
            until[cases[r, j, 0], cases[r, j, 1] + 1] += 1
            has[cases[r, j, 0]] = True
        for unit in range(n):
            for t in range(n_periods):
                until[unit, t + 1] += until[unit, t]
        for i in range(n):
            before[:] = 0
            due[:] = need[0]
            grown = 0
            waiting = False
            for k in range(starts[i], starts[i + 1]):
                unit = members[k]
                grown += exposure[unit]
                if has[unit]:
                    for t in range(n_periods + 1):
                        before[t] += until[unit, t]
                    waiting = True
                if not (waiting and closes[k]):
                    continue
                waiting = False
                for s in range(n_periods):
                    reach = before[last[s] + 1] - before[s]
                    if reach < due[s] or before[s + 1] == before[s]:
                        continue
                    lack = reach + need[-1]
                    for e in range(max(s, earliest[s]), last[s] + 1):
                        inside = before[e + 1] - before[s]
                        measure = grown * (edges[e + 1] - edges[s])
                        missing = need[measure >> shift] - inside
                        lack = min(lack, missing)
                        if missing <= 0 and measure < out[r, inside]:
                            out[r, inside] = measure
                    due[s] = reach + max(lack, 1)


@cache
def _compile() -> Callable[..., None]:
    """Return the compiled kernel.

    The threads are our own: numba's default layer may end the process when two sessions enter it
    at once. The compiled code is kept on disk where numba finds a place for it.
    """
    import numba

    try:
        kernel: Callable[..., None] = numba.njit(nogil=True, cache=True)(_smallest_measures)
    except RuntimeError:
        kernel = numba.njit(nogil=True)(_smallest_measures)
    return kernel


def fewest_cases(
    floor: float, total: int, windows: Windows, min_cases: int
) -> tuple[npt.NDArray[np.int32], int]:
    """Return the fewest cases that bring a window to a log likelihood ``floor``, 0 or above.

    Returns
    -------
    tuple
        ``need`` and ``shift``: a window of ``measure`` needs at least ``need[measure >> shift]``
        cases, at least ``min_cases``; never more than it truly does.
    """
    shift = max(0, windows.total.bit_length() - NEED_BITS)
    measure = np.arange((windows.total >> shift) + 1, dtype=np.int64) << shift
    expected = total * np.clip(measure / windows.total, TINY, 1 - TINY)
    low, high = np.full(len(measure), min_cases), np.full(len(measure), total + 1)
    while (low < high).any():
        middle = (low + high) // 2
        enough = log_likelihood_ratio(middle, expected, total) >= floor - SLACK
        high = np.where(enough, middle, high)
        low = np.where(enough, low, np.minimum(middle + 1, high))
    return low.astype(np.int32), shift


def _maxima_above(
    floor: float,
    kernel: Callable[..., None],
    cases: Ints,
    windows: Windows,
    min_cases: int,
    threads: int,
    on_done: Callable[[int], None] | None = None,
) -> Floats:
    """Return the maxima of replicates; one below the floor may be too low."""
    n_replicates, total, _ = cases.shape
    need, shift = fewest_cases(floor, total, windows, min_cases)
    out = np.full((n_replicates, total + 1), NOT_SEEN, dtype=np.int64)
    plan = (
        windows.starts,
        windows.members,
        windows.closes,
        windows.exposure,
        windows.edges,
        windows.earliest,
        windows.last,
        need,
        shift,
    )
    step = max(1, -(-n_replicates // (threads * 4)))
    parts = [slice(at, at + step) for at in range(0, n_replicates, step)]
    with ThreadPoolExecutor(threads) as pool:
        done = pool.map(lambda part: kernel(cases[part], plan, out[part]), parts)
        for part, _ in zip(parts, done, strict=True):
            if on_done is not None:
                on_done(min(part.stop, n_replicates))
    observed = np.arange(total + 1)
    seen = (out != NOT_SEEN) & (observed > 0)
    expected = total * (np.where(seen, out, 1) / windows.total)
    ratio = np.where(seen, log_likelihood_ratio(observed, expected, total), 0.0)
    return np.asarray(ratio.max(axis=1), dtype=np.float64)


def _maxima_by_kernel(
    kernel: Callable[..., None],
    cases: Ints,
    windows: Windows,
    min_cases: int,
    threads: int,
    on_done: Callable[[int], None] | None = None,
) -> Floats:
    """Return the maxima: a few replicates in full set a floor for the others.

    Those that stay below the floor are done again in full, so the floor changes the time only.
    """
    pilot, rest = cases[:PILOT], cases[PILOT:]
    first = _maxima_above(0.0, kernel, pilot, windows, min_cases, threads)
    if not len(rest):
        return first
    floor = PILOT_SHARE * float(first.min())
    tell = None if on_done is None else lambda n: on_done(PILOT + n)
    found = _maxima_above(floor, kernel, rest, windows, min_cases, threads, tell)
    low = np.flatnonzero(found < floor)
    if len(low):
        found[low] = _maxima_above(0.0, kernel, rest[low], windows, min_cases, threads)
    return np.concatenate([first, found])


def draw_cases(rng: np.random.Generator, n_replicates: int, total: int, windows: Windows) -> Ints:
    """Return unit and period of every case of replicates under constant risk, shape (R, C, 2).

    Given the total the cases fall on units in proportion to exposure and, apart from that, on
    periods in proportion to their weight.
    """
    upper = (int(windows.exposure.sum()), int(windows.edges[-1]))
    drawn = rng.integers(0, upper, size=(n_replicates, total, 2))
    drawn[..., 0] = np.searchsorted(np.cumsum(windows.exposure), drawn[..., 0], side="right")
    drawn[..., 1] = np.searchsorted(windows.edges[1:], drawn[..., 1], side="right")
    return drawn


def replicate_maxima(
    windows: Windows,
    total: int,
    replicates: int,
    seed: int,
    min_cases: int = 1,
    *,
    draw: Draw | None = None,
    threads: int | None = None,
    on_done: Progress | None = None,
) -> Floats:
    """Return the largest log likelihood ratio of each Monte Carlo replicate.

    Parameters
    ----------
    total
        Cases of each replicate, at least 1.
    seed
        Of numpy's default generator. The result depends on it alone, not on the threads.
    min_cases
        Windows with fewer cases are not looked at.
    draw
        How replicates are made (`scan_models.draw_of`); None for constant risk (`draw_cases`).
    threads
        At least 1; None for as many as there are processors.
    on_done
        Called now and then with how many replicates are done, and of how many.
    """
    kernel = _compile()
    workers = threads or os.cpu_count() or 1
    rng = np.random.default_rng(seed)
    step = max(1, DRAWS_AT_ONCE // total)
    found = []
    for at in range(0, replicates, step):
        count = min(step, replicates - at)
        cases = draw(rng, count) if draw else draw_cases(rng, count, total, windows)
        tell = None if on_done is None else partial(_tell, on_done, replicates, at)
        found.append(_maxima_by_kernel(kernel, cases, windows, min_cases, workers, tell))
    return np.concatenate(found)


def _tell(on_done: Progress, replicates: int, before: int, done: int) -> None:
    on_done(before + done, replicates)
