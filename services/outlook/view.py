"""The outlook of a day: what is forecast of each kabupaten and family, and how that did so far."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pandas as pd

from analytics.outlook.evaluate import (
    Evaluation,
    Made,
    World,
    evaluate,
    make_forecasts,
    mean_scores,
)
from analytics.outlook.forecasts import METHODS
from analytics.outlook.model import OutlookParams
from analytics.outlook.record import KINDS, calendar, day_of, number_of, sightings
from analytics.outlook.scores import Hist, chance_of_any, expected, quantile
from analytics.outlook.verdict import (
    Choice,
    TopClaim,
    choose,
    reliability,
    rounding_step,
    top_claim,
)
from analytics.outlook.windows import HORIZONS, RAKOR, Window, past_cuts, window_maker
from analytics.reports.places import codes_of
from analytics.reports.stages import bounds
from geo.errors import ParameterError
from services.dataset import Dataset
from services.hotspots.areas import area_weights, areas
from services.memo import memo
from services.texts import FAMILIES
from services.worker.steps import told

__all__ = ["HORIZONS", "KINDS", "OutlookParams", "OutlookView", "outlook"]

PEAK_STAGES = ("kampanye", "masa_tenang", "pemungutan_penghitungan", "rekapitulasi")
"""Stages in which a vote is near, in the areas that vote."""
FIRST_CUT = date(2022, 12, 31)
"""The first day that is scored: windows of 2023 and later."""
_AHEAD = timedelta(days=730)
LEVELS = ("kabupaten", "provinsi")


@dataclass(frozen=True, eq=False)
class OutlookView:
    """What page, command and lodged outlooks show.

    Attributes
    ----------
    data, as_of, kind, horizon, params
        What was asked.
    window
        The days the outlook is about; None where no stage with a date lies ahead.
    watched_until, watched_least
        The last day that was watched by then, and of the kabupaten whose watching ended first;
        None where nobody watched.
    hist
        Histograms of the draws (`METHODS`, F, A, K); None where too little was watched.
    codes
        The areas A: the kabupaten, then the province.
    choices
        What is shown, by level and family.
    evaluation
        The forecasts of the past that can be scored on the day.
    """

    data: Dataset = field(repr=False)
    as_of: date
    kind: str
    horizon: str
    params: OutlookParams
    window: Window | None
    watched_until: date | None
    watched_least: date | None
    hist: Hist | None = field(repr=False)
    codes: tuple[str, ...]
    choices: dict[tuple[str, str], Choice] = field(repr=False)
    evaluation: Evaluation = field(repr=False)

    def areas_of(self, level: str) -> list[int]:
        """Return the positions of the areas of a level."""
        last = len(self.codes) - 1
        return [last] if level == LEVELS[1] else list(range(last))

    def choice(self, level: str, family: str) -> Choice:
        """Return what is shown of a family at a level, and why."""
        return self.choices[level, family]

    def scores(self, level: str, family: str) -> pd.DataFrame:
        """Return `analytics.outlook.evaluate.mean_scores` of a family at a level."""
        return mean_scores(self.evaluation, [FAMILIES.index(family)], self.areas_of(level))

    def reliability(self, level: str) -> pd.DataFrame:
        """Return how often what is shown came true, over all families of a level.

        As `analytics.outlook.verdict.reliability`. One family has too few forecasts to tell.
        """
        found, use = self.evaluation, self.areas_of(level)
        scored = found.scored[:, use]
        chance, happened = [], []
        for n, family in enumerate(FAMILIES):
            at = METHODS.index(self.choice(level, family).shown)
            chance.append(found.chance[:, at, n][:, use][scored])
            happened.append(found.outcomes[:, n][:, use][scored] > 0)
        return reliability(np.concatenate(chance), np.concatenate(happened).astype(np.float64))

    @property
    def blocks(self) -> int:
        """In how many reporting periods the scored windows end."""
        return len({window.block for window in self.evaluation.windows})

    def step(self, level: str) -> float:
        """Return the step, a share, that the probabilities of a level are rounded to."""
        return rounding_step(self.reliability(level), self.blocks)

    def top(self, family: str) -> TopClaim:
        """Return what the kabupaten that stood first found, beside chance."""
        use = self.areas_of(LEVELS[0])
        return top_claim(
            self.evaluation, FAMILIES.index(family), use, self.choice(LEVELS[0], family).shown
        )

    @cached_property
    def figures(self) -> pd.DataFrame:
        """What is forecast: one row per level, area and family.

        ``level``, ``code``, ``family``, ``method`` (shown), ``model`` (in use), ``probability``
        (of at least one affair, rounded to ``step``), ``expected``, ``low``, ``high`` (90 %
        interval), ``step``. Empty where nothing can be forecast.
        """
        return _figures(self)


@memo(12)
def outlook(
    data: Dataset,
    as_of: date,
    kind: str = KINDS[0],
    horizon: str = RAKOR,
    params: OutlookParams | None = None,
) -> OutlookView:
    """Return the outlook of a day, as it would have been made on that day; cached.

    Parameters
    ----------
    data
        The tables.
    as_of
        The day: nothing that was known later is used, neither for the figures nor their scores.
    kind
        ``kejadian`` or ``potensi``.
    horizon
        ``rakor``: the days up to the next meeting. ``tahapan``: the next stage.
    params
        Draws and seed.

    Raises
    ------
    ParameterError
        For another kind or horizon.
    """
    if kind not in KINDS:
        raise ParameterError("kind", kind, "one of " + ", ".join(KINDS))
    params = params or OutlookParams()
    world = world_of(data, kind)
    window = window_maker(horizon, data.rakor, data.stages)(as_of)
    found = evaluate(world, _made(data, kind, horizon, params), as_of)
    ends = world.days.watched_until(number_of(as_of))
    n_units = len(world.days.codes) - 1
    choices = {
        (level, family): choose(found, n, use)
        for level, use in ((LEVELS[0], list(range(n_units))), (LEVELS[1], [n_units]))
        for n, family in enumerate(FAMILIES)
    }
    return OutlookView(
        data=data,
        as_of=as_of,
        kind=kind,
        horizon=horizon,
        params=params,
        window=window,
        watched_until=None if not ends else day_of(max(ends)),
        watched_least=None if not ends else day_of(min(ends)),
        hist=None if window is None else world.forecast(window, params),
        codes=world.days.codes,
        choices=choices,
        evaluation=found,
    )


@memo(4)
def _made(data: Dataset, kind: str, horizon: str, params: OutlookParams) -> tuple[Made, ...]:
    """Return every forecast of the past that can be scored: none depends on the day of reading."""
    world = world_of(data, kind)
    last = world.days.last_watched
    if last is None:
        return ()
    until = day_of(last) - timedelta(days=1)
    make = window_maker(horizon, data.rakor, data.stages)
    windows = [make(cut) for cut in past_cuts(data.rakor, FIRST_CUT, until)]
    return tuple(make_forecasts(world, [w for w in windows if w is not None], params, told()))


@memo(2)
def world_of(data: Dataset, kind: str) -> World:
    """Return what forecasts of a kind are made from: reports, watching, neighbours."""
    codes = list(codes_of(data.units, "kabupaten"))
    province = str(codes_of(data.units, "provinsi")[0])
    peaks = _peaks(data)
    ends = pd.concat([peaks["last"], pd.to_datetime(data.coverage_periods["date_end"])]).dropna()
    until = (ends.max() if len(ends) else pd.Timestamp(FIRST_CUT)).date() + _AHEAD
    return World(
        found=sightings(data.standing, kind, codes, FAMILIES),
        days=calendar(data.coverage_periods, peaks, codes, province, until),
        neighbours=_neighbours(data, codes),
        families=FAMILIES,
    )


def _peaks(data: Dataset) -> pd.DataFrame:
    """Return when a vote is near, per area that votes, and since when that was known."""
    stages = data.stages[data.stages["stage"].isin(PEAK_STAGES)]
    spans = stages.join(bounds(stages)).dropna(subset=["first", "last"])
    voting = data.elections[["election", "area_codes"]]
    rows = spans.merge(voting, on="election")
    rows = rows.assign(unit_code=rows["area_codes"].str.split("|")).explode("unit_code")
    rows = rows.rename(columns={"date_known": "known"})
    return rows[["unit_code", "first", "last", "known"]].reset_index(drop=True)


def _neighbours(data: Dataset, codes: list[str]) -> np.ndarray:
    """Return which kabupaten is next to which; one over water is next to the nearest two."""
    if len(codes) < 2:
        return np.zeros((len(codes), len(codes)), dtype=bool)
    weights = area_weights(areas(data, LEVELS[0]), "contiguity")
    order = [weights.codes.index(code) for code in codes]
    matrix = weights.matrix.toarray() > 0
    return np.asarray(matrix[np.ix_(order, order)])


def _figures(view: OutlookView) -> pd.DataFrame:
    columns = [
        "level", "code", "family", "method", "model", "probability", "expected", "low", "high",
        "step",
    ]  # fmt: skip
    if view.hist is None:
        return pd.DataFrame(columns=columns)
    measures = [
        chance_of_any(view.hist),
        expected(view.hist),
        *(quantile(view.hist, share).astype(np.float64) for share in (0.05, 0.95)),
    ]
    rows = []
    for level in LEVELS:
        step = view.step(level)
        for n, family in enumerate(FAMILIES):
            choice = view.choice(level, family)
            at = METHODS.index(choice.shown)
            for area in view.areas_of(level):
                values = [m[at, n, area] for m in measures]
                rows.append(
                    (level, view.codes[area], family, choice.shown, choice.model, *values, step)
                )
    frame = pd.DataFrame(rows, columns=columns)
    steps = (frame["probability"] / frame["step"] + 0.5).map(math.floor)
    return frame.assign(
        probability=(steps * frame["step"]).clip(0.0, 1.0).round(2),
        expected=frame["expected"].round(1),
        low=frame["low"].astype("int64"),
        high=frame["high"].astype("int64"),
    )
