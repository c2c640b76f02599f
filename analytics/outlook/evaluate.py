"""How past forecasts did: made as known on their day, scored when their window had closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.outlook.forecasts import METHODS, forecast
from analytics.outlook.model import OutlookParams
from analytics.outlook.record import Calendar, Sightings, number_of, outcomes, watched_whole
from analytics.outlook.scores import (
    Counts,
    Hist,
    brier,
    chance_of_any,
    crps,
    expected,
    ignorance,
    interval_score,
)
from analytics.outlook.windows import Window

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SCORES = ("crps", "ignorance", "interval", "brier")
"""CRPS and interval score in affairs, ignorance in bits, Brier without unit; all best at 0."""


@dataclass(frozen=True, eq=False)
class World:
    """What forecasts are made from: reports of one kind, who watched, and who is next to whom.

    Attributes
    ----------
    found, days
        See `analytics.outlook.record`.
    neighbours
        (U, U): which kabupaten is next to which.
    families
        The families, in the order of the axis F.
    """

    found: Sightings = field(repr=False)
    days: Calendar = field(repr=False)
    neighbours: Flags = field(repr=False)
    families: tuple[str, ...]

    def forecast(self, window: Window, params: OutlookParams) -> Hist | None:
        """Return the histograms of a window, made on its cut; see `forecasts.forecast`."""
        return forecast(
            self.found, self.days, self.neighbours, len(self.families), window.cut,
            (window.start, window.end), params,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Forecasts of the past beside what happened: windows W, methods M, families F, areas A.

    Attributes
    ----------
    windows
        The windows that closed and were watched to their end somewhere, oldest first.
    scored
        (W, A): whether the area was watched through the whole window.
    outcomes
        (W, F, A): new affairs.
    scores
        (W, S, M, F, A): `SCORES` by `METHODS`.
    chance, mean
        (W, M, F, A): forecast probability of at least one affair, and expected number.
    """

    windows: tuple[Window, ...]
    scored: Flags = field(repr=False)
    outcomes: Ints = field(repr=False)
    scores: Floats = field(repr=False)
    chance: Floats = field(repr=False)
    mean: Floats = field(repr=False)


@dataclass(frozen=True, eq=False)
class Made:
    """A forecast as it was made on the cut of its window, with histograms (M, F, A, K)."""

    window: Window
    hist: Hist = field(repr=False)


def make_forecasts(
    world: World,
    windows: Sequence[Window],
    params: OutlookParams,
    on_done: Callable[[int, int], None] | None = None,
) -> list[Made]:
    """Return the forecasts of windows that could be scored, each as known on its own day.

    Windows that no area was watched through to their end are left out, and those on whose day too
    little was known (`forecasts.FEWEST_MONTHS`). Before each window ``on_done`` is called with how
    many are done, and of how many.
    """
    found = []
    for done, window in enumerate(windows):
        if on_done is not None:
            on_done(done, len(windows))
        if not watched_whole(world.days, number_of(window.start), number_of(window.end)).any():
            continue
        hist = world.forecast(window, params)
        if hist is not None:
            found.append(Made(window, hist))
    return found


def evaluate(world: World, made: Sequence[Made], as_of: dt.date) -> Evaluation:
    """Score the forecasts whose window closed by a day.

    Parameters
    ----------
    world
        What they were made from.
    made
        Of `make_forecasts`.
    as_of
        The day by whose knowledge outcomes are counted.
    """
    closed = [one for one in made if one.window.end <= as_of]
    n_families, n_areas = len(world.families), len(world.days.codes)
    shape = (len(closed), len(METHODS), n_families, n_areas)
    scored = np.zeros((len(closed), n_areas), dtype=bool)
    happened = np.zeros((len(closed), n_families, n_areas), dtype=np.int64)
    scores = np.zeros((len(closed), len(SCORES), *shape[1:]))
    chance, mean = np.zeros(shape), np.zeros(shape)
    for n, one in enumerate(closed):
        start, end = number_of(one.window.start), number_of(one.window.end)
        scored[n] = watched_whole(world.days, start, end)
        happened[n] = outcomes(world.found, world.days, number_of(as_of), start, end, n_families)
        scores[n] = scores_of(one.hist, happened[n])
        chance[n], mean[n] = chance_of_any(one.hist), expected(one.hist)
    windows = tuple(one.window for one in closed)
    return Evaluation(windows, scored, happened, scores, chance, mean)


def scores_of(hist: Hist, outcome: Counts) -> Floats:
    """Return `SCORES` (S, ...) of histograms (..., K) for what happened."""
    return np.stack(
        [
            crps(hist, outcome),
            ignorance(hist, outcome),
            interval_score(hist, outcome),
            brier(chance_of_any(hist), np.asarray(outcome) > 0),
        ]
    )


def mean_scores(found: Evaluation, families: Sequence[int], areas: Sequence[int]) -> pd.DataFrame:
    """Return the mean scores of each method over windows, some families and some areas.

    Returns
    -------
    DataFrame
        Index `METHODS`, columns `SCORES` and ``n``, the number of forecasts scored; NaN where
        there are none. Scores are averaged over families, their affairs are never added up.
    """
    part = found.scores[..., list(families), :][..., list(areas)]
    use = np.broadcast_to(found.scored[:, None, None, None, list(areas)], part.shape)
    n = int(use[:, 0, 0].sum())
    total = np.where(use, part, 0.0).sum(axis=(0, 3, 4))
    means = total / n if n else np.full(total.shape, np.nan)
    frame = pd.DataFrame(means.T, index=pd.Index(METHODS, name="method"), columns=list(SCORES))
    return frame.assign(n=n)
