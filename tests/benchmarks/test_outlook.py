"""The evaluation of outlooks against a plain loop, and what it finds on SIMULASI worlds.

The loop works a few windows out: affairs by pandas, benchmarks and model one kabupaten at a time,
CRPS over all pairs of draws; it is scaled up to all windows.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from analytics.outlook.evaluate import World, evaluate, make_forecasts, mean_scores
from analytics.outlook.forecasts import LAST, METHODS, MODEL, MODELS, OWN
from analytics.outlook.model import OutlookParams, pooled_draws
from analytics.outlook.verdict import choose, miscalibration, reliability
from analytics.outlook.windows import Window
from analytics.reports.selection import known_on
from tests.outlook.test_evaluate import UNITS, WINDOWS
from tests.outlook.worlds import CODES, END, START, drawn, world

WORLDS = 20
LOOP_WINDOWS = 2
MIN_RATIO = 5.0
pytestmark = pytest.mark.bench


def loop(table: pd.DataFrame, window: Window, rng: np.random.Generator) -> list[float]:
    """Return the CRPS of model, last month and own year, kabupaten by kabupaten."""
    cut = pd.Timestamp(window.cut)
    known = table[known_on(table, window.cut)].sort_values(["date_event", "report_id"])
    first = known.drop_duplicates("perkara_id")
    later = table.sort_values(["date_event", "report_id"]).drop_duplicates("perkara_id")
    days = float((cut - pd.Timestamp(START)).days + 1)
    per_unit = np.array([float(first["unit_kejadian"].eq(code).sum()) for code in CODES])
    model = pooled_draws(
        rng, per_unit[None], np.full((1, 7), days), np.ones(1), np.full((1, 7), window.days), 1000
    )[0]
    scores = []
    for unit, code in enumerate(CODES):
        mine = first[first["unit_kejadian"].eq(code)]
        by_month = mine["date_event"].dt.to_period("M").value_counts()
        months = pd.period_range(START, cut, freq="M")
        counts = [int(by_month.get(month, 0)) for month in months]
        happened = later[
            later["unit_kejadian"].eq(code)
            & later["date_event"].between(pd.Timestamp(window.start), pd.Timestamp(window.end))
        ]
        own = np.array(
            [
                sum(rng.choice(counts[-12:]) for _ in range(round(window.days / 30.44)))
                for _ in range(1000)
            ]
        )
        last = rng.poisson(counts[-1] * window.days / 30.44, 1000)
        for draws in (model[unit], last, own):
            apart = np.abs(draws[:, None] - draws[None, :]).mean() / 2
            scores.append(float(np.abs(draws - len(happened)).mean() - apart))
    return scores


def test_the_evaluation_is_faster_than_a_loop(capsys: pytest.CaptureFixture[str]) -> None:
    table = drawn(np.repeat(np.linspace(0.1, 0.5, 7)[:, None], 48, axis=1), 7)
    made = world(table)
    start = time.perf_counter()
    found = evaluate(made, make_forecasts(made, WINDOWS, OutlookParams()), END)
    ours = time.perf_counter() - start
    rng = np.random.default_rng(1)
    start = time.perf_counter()
    for window in WINDOWS[:LOOP_WINDOWS]:
        loop(table, window, rng)
    plain = (time.perf_counter() - start) / LOOP_WINDOWS * len(WINDOWS)
    forecasts = int(found.scored.sum()) * 2 * len(METHODS)
    per, plain_per = ours / forecasts, plain / (len(WINDOWS) * 7 * 3)
    with capsys.disabled():
        print(
            f"\noutlook: {len(WINDOWS)} windows, {forecasts} forecasts in {ours:.2f} s; "
            f"a loop needs {plain_per / per:.0f} times as long for one"
        )
    assert plain_per / per > MIN_RATIO


def found_in(rates: np.ndarray, seed: int, units: list[int]) -> tuple[pd.Series, str, bool, float]:
    made: World = world(drawn(rates, seed))
    found = evaluate(made, make_forecasts(made, WINDOWS, OutlookParams()), END)
    choice = choose(found, 0, units)
    chance = found.chance[:, METHODS.index(MODEL), 0][:, units].ravel()
    came = (found.outcomes[:, 0, units] > 0).ravel().astype(float)
    missed = miscalibration(reliability(chance, came))
    crps = mean_scores(found, [0], units)["crps"]
    return crps, choice.shown, choice.against_own.is_better, missed


def test_what_is_shown_on_generated_worlds(capsys: pytest.CaptureFixture[str]) -> None:
    """Worlds in which nothing changes, and in which one kabupaten rises tenfold in mid-2024."""
    still = np.repeat(np.linspace(0.1, 0.5, 7)[:, None], 48, axis=1)
    rising = np.full((7, 48), 0.15)
    rising[2, 30:] = 5.0
    for name, rates, units in (("still", still, UNITS), ("rising", rising, [2])):
        rows = [found_in(rates, seed, units) for seed in range(WORLDS)]
        mean = pd.concat([crps for crps, *_ in rows], axis=1).mean(axis=1)
        model = np.mean([shown in MODELS for _, shown, *_ in rows])
        proved = np.mean([better for *_, better, _ in rows])
        missed = np.mean([gap for *_, gap in rows])
        with capsys.disabled():
            print(
                f"\noutlook, {name}, {WORLDS} worlds: CRPS model {mean[MODEL]:.3f}, "
                f"own 12 months {mean[OWN]:.3f}, last month {mean[LAST]:.3f}; model shown in "
                f"{model:.0%}, called better in {proved:.0%}; probabilities miss by {missed:.3f}"
            )
        if name == "still":
            assert mean[MODEL] < min(mean[OWN], mean[LAST])
            assert model >= 0.8
            assert missed < 0.08
        else:
            assert mean[OWN] < mean[MODEL]
            assert model <= 0.2
