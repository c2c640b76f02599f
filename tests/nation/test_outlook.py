"""The outlook of a province: as the function of the pages, intervals that hold, nothing ahead."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.nation.outlook import COLUMNS, province_outlook
from analytics.outlook.model import OutlookParams
from geo.errors import CodeError, ParameterError
from tests.nation.worlds import FAMILIES, grid_units, placed_reports

UNITS = grid_units(kabupaten=4, kecamatan=2, desa=2)
AS_OF = dt.date(2028, 12, 25)


def history(seed: int, number: int = 800, days: int = 360) -> pd.DataFrame:
    return placed_reports(UNITS, number, np.random.default_rng(seed), days=days)


def test_a_steady_world_is_forecast_at_its_rate() -> None:
    found = province_outlook(history(1), UNITS, AS_OF, 30, FAMILIES)
    assert list(found) == list(COLUMNS)
    assert len(found) == 5 * len(FAMILIES)
    assert found["date_from"].eq(pd.Timestamp("2028-12-26")).all()
    assert found["date_to"].eq(pd.Timestamp("2029-01-24")).all()
    whole = found[found["level"].eq("provinsi")]
    # 800 affairs in 360 days, a third of each family: some 22 in 30 days.
    assert whole["expected"].to_numpy() == pytest.approx([22.2] * 3, rel=0.2)
    parts = found[found["level"].eq("kabupaten")]
    assert parts["expected"].to_numpy() == pytest.approx([5.6] * 12, rel=0.4)
    assert (parts["low"] <= parts["expected"]).all()
    assert (parts["expected"] <= parts["high"]).all()
    assert parts["probability"].between(0.9, 1).all()


def test_intervals_hold_what_comes_in_nine_of_ten_cases() -> None:
    inside, cases = 0, 0
    for seed in range(25):
        rows = history(seed, 900, 390)
        known = rows[rows["date_event"].le(pd.Timestamp(AS_OF))]
        found = province_outlook(known, UNITS, AS_OF, 30, FAMILIES)
        ahead = rows[rows["date_event"].gt(pd.Timestamp(AS_OF))]
        came = ahead.groupby([ahead["place_code"].str[:5], "family"]).size()
        parts = found[found["level"].eq("kabupaten")].set_index(["code", "family"])
        outcome = came.reindex(parts.index, fill_value=0)
        inside += int(outcome.between(parts["low"], parts["high"]).sum())
        cases += len(parts)
    # The interval of a count holds 90 % or more; the window of the world ends within its 30 days.
    assert inside / cases >= 0.9 - 2 * (0.9 * 0.1 / cases) ** 0.5


def test_nothing_that_was_not_known_on_the_day_changes_it() -> None:
    rows = history(3)
    later = rows.assign(
        perkara_id="X" + rows["perkara_id"],
        date_event=pd.Timestamp(AS_OF) + pd.Timedelta(days=2),
        date_reported=pd.Timestamp(AS_OF) + pd.Timedelta(days=2),
    )
    one = province_outlook(rows, UNITS, AS_OF, 30, FAMILIES)
    other = province_outlook(pd.concat([rows, later]), UNITS, AS_OF, 30, FAMILIES)
    pd.testing.assert_frame_equal(one, other)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 90))
def test_a_longer_window_expects_more_and_the_order_of_rows_does_not_matter(
    seed: int, days: int
) -> None:
    rows = history(seed % 1000, 300)
    one = province_outlook(rows, UNITS, AS_OF, days, FAMILIES)
    again = province_outlook(rows.sample(frac=1, random_state=seed), UNITS, AS_OF, days, FAMILIES)
    pd.testing.assert_frame_equal(one, again)
    longer = province_outlook(rows, UNITS, AS_OF, days + 60, FAMILIES)
    assert longer["expected"].sum() > one["expected"].sum()
    assert one["probability"].between(0, 1).all()


def test_a_kabupaten_without_an_affair_is_not_one_without_risk() -> None:
    rows = history(5)
    rows = rows[~rows["place_code"].str.startswith("20.04")]
    found = province_outlook(rows, UNITS, AS_OF, 30, FAMILIES).set_index("code")
    calm = found.loc["20.04", "expected"]
    assert (calm > 0).all()
    assert calm.max() < found.loc["20.01", "expected"].min()


def test_too_short_a_record_or_none_gives_no_rows() -> None:
    short = history(6, 100, 40)
    assert province_outlook(short, UNITS, dt.date(2028, 2, 9), 30, FAMILIES).empty
    assert province_outlook(short.iloc[:0], UNITS, AS_OF, 30, FAMILIES).empty


def test_days_kinds_and_provinces_that_cannot_be_are_refused() -> None:
    rows = history(7)
    with pytest.raises(ParameterError, match="days"):
        province_outlook(rows, UNITS, AS_OF, 0)
    with pytest.raises(ParameterError, match="kind"):
        province_outlook(rows, UNITS, AS_OF, 30, FAMILIES, "nihil")
    two = pd.concat([UNITS, grid_units(2, 2, 2, "22")])
    with pytest.raises(CodeError, match="22"):
        province_outlook(rows, two, AS_OF)


def test_the_seed_decides_the_draws_and_nothing_else() -> None:
    rows = history(8)
    one, same, other = (
        province_outlook(rows, UNITS, AS_OF, 30, FAMILIES, params=OutlookParams(seed=n))
        for n in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one, same)
    assert not one["expected"].equals(other["expected"])
    assert one["expected"].to_numpy() == pytest.approx(other["expected"].to_numpy(), rel=0.15)
