"""The evaluation on generated worlds, and against a plain loop.

Where nothing changes the pooled model is calibrated and beats last month; where a kabupaten rises,
the own last twelve months do better, and what is shown follows.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics.outlook.evaluate import (
    SCORES,
    Evaluation,
    World,
    evaluate,
    make_forecasts,
    mean_scores,
)
from analytics.outlook.forecasts import LAST, METHODS, MODEL, MODELS, OWN
from analytics.outlook.model import OutlookParams
from analytics.outlook.scores import quantile
from analytics.outlook.verdict import choose, miscalibration, reliability
from analytics.outlook.windows import past_cuts, to_next_rakor
from tests.outlook.worlds import CODES, END, drawn, reports, watched, world

NO_RAKOR = pd.DataFrame(
    {
        name: pd.Series(dtype="str")
        for name in ("rakor_id", "date", "date_precision", "kind", "level", "period")
    }
)
CUTS = past_cuts(NO_RAKOR, dt.date(2022, 12, 31), END - dt.timedelta(days=1))
WINDOWS = [to_next_rakor(NO_RAKOR, cut) for cut in CUTS]
UNITS = list(range(7))


def run(made: World, as_of: dt.date = END) -> Evaluation:
    return evaluate(made, make_forecasts(made, WINDOWS, OutlookParams()), as_of)


@pytest.fixture(scope="module")
def still() -> tuple[World, Evaluation]:
    rates = np.repeat(np.linspace(0.1, 0.5, 7)[:, None], 48, axis=1)
    made = world(drawn(rates, 7))
    return made, run(made)


@pytest.fixture(scope="module")
def rising() -> Evaluation:
    rates = np.full((7, 48), 0.15)
    rates[2, 30:] = 5.0
    return run(world(drawn(rates, 8)))


def test_where_nothing_changes_the_model_is_calibrated(still: tuple[World, Evaluation]) -> None:
    made, found = still
    chance = found.chance[:, 0, 0, :-1].ravel()
    happened = (found.outcomes[:, 0, :-1] > 0).ravel().astype(float)
    assert len(found.windows) == 36
    assert miscalibration(reliability(chance, happened)) < 0.08
    inside = []
    for one in make_forecasts(made, WINDOWS, OutlookParams()):
        n = found.windows.index(one.window)
        low, high = (quantile(one.hist[0, 0, :-1], share) for share in (0.05, 0.95))
        y = found.outcomes[n, 0, :-1]
        inside.append((low <= y) & (y <= high))
    assert 0.88 <= np.mean(inside) <= 1.0


def test_where_nothing_changes_the_model_beats_last_month_and_the_own_year(
    still: tuple[World, Evaluation],
) -> None:
    crps = mean_scores(still[1], [0], UNITS)["crps"]
    assert crps[MODEL] < 0.9 * crps[LAST]
    assert crps[MODEL] < crps[OWN]
    assert choose(still[1], 0, UNITS).shown in MODELS


def test_where_a_kabupaten_rises_its_own_year_is_better_and_is_shown(rising: Evaluation) -> None:
    crps = mean_scores(rising, [0], [2])["crps"]
    assert crps[OWN] < crps[MODEL]
    choice = choose(rising, 0, [2])
    assert choice.shown == OWN
    assert not choice.against_own.is_better


def test_nothing_is_scored_that_nobody_watched_to_its_end() -> None:
    made = world(drawn(np.full((7, 48), 0.3), 1), watched(end=dt.date(2024, 6, 30)))
    found = run(made)
    assert max(w.end for w in found.windows) == dt.date(2024, 4, 30)
    assert found.scored.all()


def test_a_window_that_only_one_kabupaten_was_watched_through_scores_it_alone() -> None:
    cover = pd.concat([watched(end=dt.date(2024, 6, 30)), watched(unit=CODES[3])])
    found = run(world(drawn(np.full((7, 48), 0.3), 1), cover))
    last = [n for n, w in enumerate(found.windows) if w.end > dt.date(2024, 6, 30)]
    assert last
    assert (found.scored[last].sum(axis=1) == 1).all()
    assert found.scored[last][:, 3].all()


def test_a_replayed_day_knows_no_later_window_nor_report(still: tuple[World, Evaluation]) -> None:
    made, found = still
    day = dt.date(2024, 5, 1)
    early = run(made, day)
    assert max(w.end for w in early.windows) <= day
    n = len(early.windows)
    assert early.windows == found.windows[:n]
    np.testing.assert_array_equal(early.chance, found.chance[:n])


def test_scores_are_those_of_a_plain_loop(still: tuple[World, Evaluation]) -> None:
    made, found = still
    forecasts = make_forecasts(made, WINDOWS[:2], OutlookParams())
    for n, one in enumerate(forecasts):
        for method in range(len(METHODS)):
            for area in (0, 7):
                hist = one.hist[method, 0, area]
                draws = np.repeat(np.arange(len(hist)), hist)
                y = found.outcomes[n, 0, area]
                apart = np.abs(draws[:, None] - draws).mean() / 2
                wanted = np.abs(draws - y).mean() - apart
                got = found.scores[n, SCORES.index("crps"), method, 0, area]
                assert got == pytest.approx(wanted, abs=1e-9)


def test_means_leave_out_what_was_not_scored(still: tuple[World, Evaluation]) -> None:
    found = still[1]
    part = replace(found, scored=found.scored & (np.arange(len(found.windows)) < 5)[:, None])
    means = mean_scores(part, [0], UNITS)
    assert means["n"].eq(35).all()
    wanted = found.scores[:5, 0, 0, 0, :7].mean()
    assert means.loc[MODEL, "crps"] == pytest.approx(wanted)
    empty = mean_scores(run(made_of_nothing()), [0], UNITS)
    assert empty["crps"].isna().all()
    assert empty["n"].eq(0).all()


def made_of_nothing() -> World:
    return world(reports([{"date_event": "2023-01-01"}])[:0], watched()[:0])
