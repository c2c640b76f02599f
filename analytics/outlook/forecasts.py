"""The forecasts of a window: the pooled model, with and without the calendar, and five benchmarks.

Benchmarks, after VIEWS: nothing happens; as last month (Poisson); months of all areas, drawn at
random; the own last twelve months, likewise; those of the neighbours with them. A window of three
and a half months is the sum of three months drawn and half of a fourth, each of its affairs kept
with probability a half. Only months that were watched on every day are drawn.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from analytics.outlook.model import OutlookParams, bunching, peak_ratio, pooled_draws
from analytics.outlook.record import Calendar, Record, Sightings, number_of, record_on
from analytics.outlook.scores import histogram

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MODEL, CALENDAR, ZERO, LAST, POOLED, OWN, NEAR = (
    "model", "kalender", "nol", "bulan_lalu", "gabungan", "sendiri", "tetangga",
)  # fmt: skip
MODELS = (MODEL, CALENDAR)
BENCHMARKS = (ZERO, LAST, POOLED, OWN, NEAR)
METHODS = (*MODELS, *BENCHMARKS)
MONTH_DAYS = 365.25 / 12
_RECENT = 12
FEWEST_MONTHS = 3
"""Whole months that must have been watched before anything is forecast."""


def forecast(
    found: Sightings,
    days: Calendar,
    neighbours: Flags,
    n_families: int,
    cut: dt.date,
    window: tuple[dt.date, dt.date],
    params: OutlookParams,
) -> Ints | None:
    """Return what each method says on a day about a window that lies behind it.

    Parameters
    ----------
    found, days
        The reports of a kind, and who watched; what is later than the cut is not looked at.
    neighbours
        (U, U): which kabupaten is next to which.
    n_families
        How many families there are.
    cut
        The day of knowledge.
    window
        First and last day, later than the cut; it is taken to be watched.
    params
        Draws and seed.

    Returns
    -------
    array
        Histograms (`METHODS`, F, A, K) of the draws. The province has no neighbours: there the
        benchmark of the neighbours equals that of its own twelve months. None where fewer than
        `FEWEST_MONTHS` whole months of some area were watched.
    """
    if number_of(cut) < days.start:
        return None
    record = record_on(found, days, number_of(cut), n_families)
    if (record.whole.sum(axis=1) < FEWEST_MONTHS).any():
        return None
    length = number_of(window[1]) - number_of(window[0]) + 1
    rng = np.random.default_rng([params.seed, number_of(cut), length])
    near = days.near(number_of(cut))
    peak = _days_near(near, number_of(window[0]) - days.start, length)
    ratio = peak_ratio(record, params.peak_prior)
    parts = [
        _model(rng, record, length, peak, np.ones_like(ratio), params),
        _model(rng, record, length, peak, ratio, params),
        *_benchmarks(rng, record, neighbours, length, params.draws),
    ]
    return histogram(np.stack(parts))


def _days_near(near: Floats, first: int, length: int) -> Floats:
    """Return how many days (A) of a window lie near a vote, of those that are laid out (A, D)."""
    part = near[:, max(0, first) : max(0, first + length)]
    return np.asarray(part.sum(axis=1), dtype=np.float64)


def _model(
    rng: np.random.Generator,
    record: Record,
    length: int,
    peak: Floats,
    ratio: Floats,
    params: OutlookParams,
) -> Ints:
    """Return draws (F, A, m): kabupaten pooled with each other, the province by itself."""
    weight = np.stack([np.ones_like(ratio), ratio], axis=-1)  # (F, 2)
    effective = record.days[None] * weight[:, None, None, :]  # (F, A, B, 2)
    ahead = (length - peak)[None, :] + ratio[:, None] * peak[None, :]
    counts = record.counts.astype(np.float64)
    if np.all(ratio == 1.0):
        counts, effective = counts.sum(-1, keepdims=True), effective.sum(-1, keepdims=True)
    flat = (*counts.shape[:2], -1)
    cells, exposure = counts.reshape(flat), effective.reshape(flat)
    drawn = []
    for areas in (slice(0, -1), slice(-1, None)):
        phi = bunching(cells[:, areas], exposure[:, areas], params.most_bunched)
        y, t = cells[:, areas].sum(-1), exposure[:, areas].sum(-1)
        drawn.append(pooled_draws(rng, y, t, phi, ahead[:, areas], params.draws))
    return np.concatenate(drawn, axis=1)


def _benchmarks(
    rng: np.random.Generator, record: Record, neighbours: Flags, length: int, draws: int
) -> list[Ints]:
    """Return draws (F, A, m) of each of `BENCHMARKS`."""
    counts = record.counts.sum(axis=-1)  # (F, A, B)
    n_families, n_areas, _ = counts.shape
    whole = [np.flatnonzero(months) for months in record.whole]
    lengths = record.days.sum(axis=-1)
    last = np.array([months[-1] for months in whole])
    at = np.arange(n_areas)
    mean = counts[:, at, last] / lengths[at, last] * length
    shape = (n_families, n_areas, draws)
    recent = [counts[:, a, months[-_RECENT:]] for a, months in enumerate(whole)]
    every = [counts[:, a, months] for a, months in enumerate(whole)]
    units = n_areas - 1
    pooled = [np.concatenate(every[:-1], axis=1)] * units + [every[-1]]
    around = [
        np.concatenate([recent[a], *(recent[b] for b in np.flatnonzero(neighbours[a]))], axis=1)
        for a in range(units)
    ] + [recent[-1]]
    return [
        np.zeros(shape, dtype=np.int64),
        rng.poisson(np.broadcast_to(mean[..., None], shape)).astype(np.int64),
        *(
            np.stack([_drawn(rng, months, length, draws) for months in source], axis=1)
            for source in (pooled, recent, around)
        ),
    ]


def _drawn(rng: np.random.Generator, months: Ints, length: int, draws: int) -> Ints:
    """Return sums (F, m) of months (F, B) drawn at random, as many as fill a length in days.

    All families are drawn from the same months: each by itself is as if it were drawn alone.
    """
    n, rest = divmod(length / MONTH_DAYS, 1.0)
    picks = rng.integers(months.shape[1], size=(int(n) + 1, draws))
    kept = rng.binomial(months[:, picks[-1]], rest)
    total: Ints = sum((months[:, one] for one in picks[:-1]), start=kept)
    return total
