"""Differences, choices, reliability, rounding and chance, by hand and against brute force."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.outlook.evaluate import SCORES, Evaluation
from analytics.outlook.forecasts import CALENDAR, METHODS, MODEL, OWN
from analytics.outlook.verdict import (
    chance_of_hits,
    choose,
    difference,
    miscalibration,
    reliability,
    rounding_step,
    top_claim,
)
from analytics.outlook.windows import RAKOR, Window
from geo.errors import ParameterError


def evaluation(crps: Sequence[dict[str, float]], units: int = 2) -> Evaluation:
    """Return an evaluation with one window a reporting period and the CRPS of some methods."""
    starts = [dt.date(2023 + n // 3, 1 + 4 * (n % 3), 1) for n in range(len(crps))]
    windows = tuple(
        Window(
            RAKOR,
            s - dt.timedelta(days=1),
            s,
            (pd.Timestamp(s) + pd.offsets.MonthEnd(4)).date(),
            "",
            True,
        )
        for s in starts
    )
    shape = (len(crps), len(METHODS), 1, units)
    scores = np.full((len(crps), len(SCORES), *shape[1:]), 1.0)
    for n, one in enumerate(crps):
        for method, value in one.items():
            scores[n, 0, METHODS.index(method)] = value
    zero = np.zeros(shape)
    return Evaluation(
        windows, np.ones((len(crps), units), dtype=bool), np.zeros((len(crps), 1, units), np.int64),
        scores, zero, zero.copy(),
    )  # fmt: skip


def test_a_difference_by_hand() -> None:
    found = evaluation([{MODEL: 0.5}, {MODEL: 0.5}, {MODEL: 0.8}, {MODEL: 0.6}])
    gap = difference(found, 0, [0, 1], (MODEL, OWN))
    assert gap.mean == pytest.approx(-0.4)
    assert (gap.windows, gap.blocks) == (4, 4)
    assert gap.low <= gap.mean <= gap.high < 0
    assert gap.is_better


def test_windows_of_one_period_are_one_block() -> None:
    found = evaluation([{MODEL: 0.5}] * 2)
    again = Evaluation(
        found.windows * 4, *(np.concatenate([part] * 4) for part in
        (found.scored, found.outcomes, found.scores, found.chance, found.mean)),
    )  # fmt: skip
    gap = difference(again, 0, [0], (MODEL, OWN))
    assert (gap.windows, gap.blocks) == (8, 2)
    assert math.isnan(gap.high)
    assert not gap.is_better, "two periods are no proof"


def test_the_better_one_is_shown_and_a_tie_or_nothing_shows_the_own_year() -> None:
    assert choose(evaluation([{MODEL: 0.9}] * 4), 0, [0]).shown == MODEL
    assert choose(evaluation([{MODEL: 1.1}] * 4), 0, [0]).shown == OWN
    assert choose(evaluation([{}] * 4), 0, [0]).shown == OWN
    assert choose(evaluation([]), 0, [0]).shown == OWN


def test_the_calendar_is_used_only_where_it_is_better_beyond_chance() -> None:
    sure = evaluation([{CALENDAR: 0.8, MODEL: 0.9}] * 4)
    assert choose(sure, 0, [0]).model == CALENDAR
    mixed = [{CALENDAR: 0.8, MODEL: 0.9}, {CALENDAR: 1.0, MODEL: 0.92}] * 3
    assert choose(evaluation(mixed), 0, [0]).model == MODEL


def test_better_on_average_is_not_yet_better_beyond_chance() -> None:
    choice = choose(evaluation([{MODEL: 0.2}, {MODEL: 1.2}, {MODEL: 1.1}, {MODEL: 1.1}]), 0, [0])
    assert choice.shown == MODEL
    assert not choice.against_own.is_better


def test_reliability_by_hand() -> None:
    table = reliability(np.array([0.1, 0.15, 0.9, 1.0]), np.array([0.0, 1.0, 1.0, 1.0]))
    assert table["n"].tolist() == [2, 2]
    assert table["forecast"].tolist() == pytest.approx([0.125, 0.95])
    assert table["share"].tolist() == [0.5, 1.0]
    assert miscalibration(table, 1) == pytest.approx((0.375 + 0.05) / 2)
    assert math.isnan(miscalibration(table)), "two forecasts tell nothing"
    with pytest.raises(ParameterError):
        reliability(np.zeros(1), np.zeros(1), 0)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
@settings(max_examples=30)
def test_every_forecast_is_in_one_class(rows: list[tuple[float, bool]]) -> None:
    p, y = (np.array(part, dtype=float) for part in zip(*rows, strict=True))
    table = reliability(p, y)
    assert table["n"].sum() == len(rows)
    assert (table["n"] * table["share"]).sum() == pytest.approx(y.sum())
    assert (table["low"] <= table["share"] + 1e-9).all()
    assert (table["high"] >= table["share"] - 1e-9).all()
    assert 0 <= miscalibration(table, 1) <= 1


@pytest.mark.parametrize(
    ("n", "missed", "blocks", "step"),
    [
        (600, 0.04, 20, 0.05),
        (600, 0.04, 8, 0.10),
        (600, 0.06, 20, 0.10),
        (60, 0.1, 3, 0.10),
        (60, 0.1, 2, 0.25),
        (60, 0.12, 9, 0.25),
        (40, 0.0, 9, 0.25),
        (0, math.nan, 0, 0.25),
    ],
)
def test_the_rule_of_rounding(n: int, missed: float, blocks: int, step: float) -> None:
    table = pd.DataFrame({"n": [n], "forecast": [0.3], "share": [0.3 - missed + 1e-12]})
    assert rounding_step(table, blocks) == step


def test_many_forecasts_near_zero_do_not_hide_the_few_that_matter() -> None:
    table = pd.DataFrame({"n": [1500, 80], "forecast": [0.04, 0.5], "share": [0.02, 0.05]})
    assert miscalibration(table) == pytest.approx((0.02 + 0.45) / 2)
    assert rounding_step(table, 20) == 0.25


def test_two_of_six_in_the_top_tenth_is_no_skill() -> None:
    """The value of the anchors: .11 by the binomial; by the hypergeometric of 393 desa .117."""
    assert pytest.approx(0.114, abs=0.001) == 1 - 0.9**6 - 6 * 0.1 * 0.9**5
    assert chance_of_hits([393], [40], [6], 2) == pytest.approx(0.1165, abs=0.0001)
    assert chance_of_hits([39_300], [3_930], [6], 2) == pytest.approx(0.114, abs=0.001)


def test_chance_in_two_windows_by_hand() -> None:
    assert chance_of_hits([7, 7], [1, 1], [3, 2], 2) == pytest.approx(6 / 49)
    assert chance_of_hits([7, 7], [1, 1], [3, 2], 1) == pytest.approx(1 - 4 / 7 * 5 / 7)
    assert chance_of_hits([], [], [], 0) == 1.0


@given(st.integers(2, 6), st.data())
def test_chance_is_that_of_trying_all_picks(n: int, data: st.DataObject) -> None:
    looked, affected = (data.draw(st.integers(1, n)) for _ in range(2))
    hits = data.draw(st.integers(0, n))
    found = [
        len(set(pick) & set(range(affected))) for pick in itertools.combinations(range(n), looked)
    ]
    wanted = float(np.mean([one >= hits for one in found]))
    assert chance_of_hits([n], [looked], [affected], hits) == pytest.approx(wanted)


def test_the_claim_of_the_first_kabupaten_uses_whole_periods_in_which_something_happened() -> None:
    found = evaluation([{}] * 3, units=7)
    found.outcomes[0, 0, 4] = 2
    found.outcomes[1, 0, [0, 5]] = 1
    found.chance[:, METHODS.index(OWN), 0, 4] = 0.9
    claim = top_claim(found, 0, range(7), OWN)
    assert (claim.looked, claim.places, claim.windows, claim.hits) == (1, 7, 2, 1)
    assert claim.expected == pytest.approx(3 / 7)
    assert claim.chance == pytest.approx(1 - 6 / 7 * 5 / 7)
