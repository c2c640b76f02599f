"""Periods and the affairs of each unit in each of them, against plain loops."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.reports.dates import span_days
from analytics.reports.periods import counts_by_cell, counts_by_period, months, rakor_periods, weeks
from geo.errors import CodeError, ParameterError
from tests import tiny
from tests.reports.test_counts import at_level, place_of, random_reports
from tests.tiny import A1, A1A, A2, B1, day


def test_weeks_months_and_reporting_periods_are_whole() -> None:
    around = day("2023-12-29"), day("2024-01-09")
    found = weeks(*around)
    assert found["period"].to_list() == ["2023-W52", "2024-W01", "2024-W02"]
    assert found["start"].dt.day_of_week.eq(0).all()
    assert found["end"].sub(found["start"]).dt.days.eq(6).all()
    assert found["start"].iloc[0] <= pd.Timestamp("2023-12-29")
    assert months(*around)["period"].to_list() == ["2023-12", "2024-01"]
    assert months(day("2024-02-29"), day("2024-02-29"))["end"].iloc[0] == pd.Timestamp(2024, 2, 29)
    assert rakor_periods(*around)["period"].to_list() == ["B12 2023", "B04 2024"]
    # The ISO year of the last days of December may be the next.
    assert weeks(day("2024-12-30"), day("2024-12-30"))["period"].to_list() == ["2025-W01"]
    for maker in (weeks, months, rakor_periods):
        with pytest.raises(ParameterError, match="date_from"):
            maker(day("2024-01-02"), day("2024-01-01"))


def test_months_by_hand() -> None:
    periods = months(day("2030-12-01"), day("2031-02-28"))
    table = counts_by_period(tiny.reports(), tiny.units(), "kecamatan", "konflik", periods)
    assert list(table.columns) == ["2030-12", "2031-01", "2031-02"]
    # R03 and R04 are one affair; R13 is known to its year and R10 to its kabupaten.
    assert table.loc[A1].to_list() == [1, 1, 0]
    assert table.loc[B1].to_list() == [0, 1, 0]
    assert table.loc[A2].sum() == 0
    year = pd.DataFrame({"period": ["2031"], "start": ["2031-01-01"], "end": ["2031-12-31"]})
    year = year.astype({"start": "datetime64[s]", "end": "datetime64[s]"})
    whole = counts_by_period(tiny.reports(), tiny.units(), "kecamatan", "konflik", year)
    assert whole.loc[B1, "2031"] == 2
    # R06 is known to January: it counts in the month and in no week.
    few = counts_by_period(tiny.reports(), tiny.units(), "kabupaten", "logistik", periods)
    assert few.loc["99.01"].to_list() == [0, 1, 1]
    by_week = weeks(day("2031-01-01"), day("2031-01-31"))
    assert counts_by_period(
        tiny.reports(), tiny.units(), "kabupaten", "logistik", by_week
    ).to_numpy().sum() == 0  # fmt: skip


def test_cells_count_what_is_placed() -> None:
    reports = tiny.reports()
    cells = pd.Series(np.nan, reports.index, dtype=object)
    cells[reports["unit_kejadian"].eq(A1A)] = "h1"
    periods = months(day("2030-12-01"), day("2031-02-28"))
    table = counts_by_cell(reports, cells, ["h0", "h1"], "konflik", periods)
    assert table.loc["h1"].to_list() == [1, 0, 0]
    assert table.loc["h0"].sum() == 0
    with pytest.raises(CodeError, match="h1"):
        counts_by_cell(reports, cells, ["h0"], "konflik", periods)
    with pytest.raises(ParameterError, match="each area once"):
        counts_by_cell(reports, cells, ["h1", "h1"], "konflik", periods)


@st.composite
def random_periods(draw: st.DrawFn) -> pd.DataFrame:
    days = st.integers(0, 14)
    rows = []
    for i in range(draw(st.integers(1, 5))):
        first = dt.date(2031, 1, 1) + dt.timedelta(days=draw(days))
        rows.append((f"p{i}", first, first + dt.timedelta(days=draw(days))))
    frame = pd.DataFrame(rows, columns=["period", "start", "end"])
    return frame.astype({"start": "datetime64[s]", "end": "datetime64[s]"})


@settings(max_examples=60, deadline=None)
@given(
    random_reports(),
    random_periods(),
    st.sampled_from(["kabupaten", "kecamatan", "desa"]),
    st.sampled_from(["pokok", "kejadian"]),
)
def test_plain_loops_agree(
    reports: pd.DataFrame, periods: pd.DataFrame, level: str, place: str
) -> None:
    family = "konflik"
    fast = counts_by_period(reports, tiny.units(), level, family, periods, place)
    first, last = span_days(reports)
    for code in fast.index:
        for period in periods.to_dict("records"):
            affairs = {
                row["perkara_id"]
                for i, row in enumerate(reports.to_dict("records"))
                if row["kind"] != "nihil"
                and row["family"] == family
                and at_level(place_of(row, place), level) == code
                and period["start"] <= pd.Timestamp(first[i])
                and pd.Timestamp(last[i]) <= period["end"]
            }
            assert fast.loc[code, period["period"]] == len(affairs)


def test_refused() -> None:
    reports, units = tiny.reports(), tiny.units()
    good = months(day("2031-01-01"), day("2031-02-01"))
    with pytest.raises(ParameterError, match="at least one, each once"):
        counts_by_period(reports, units, "desa", "konflik", good.iloc[:0])
    with pytest.raises(ParameterError, match="at least one, each once"):
        counts_by_period(reports, units, "desa", "konflik", pd.concat([good, good]))
    turned = good.rename(columns={"start": "end", "end": "start"})
    with pytest.raises(ParameterError, match="'2031-01', expected a start up to its end"):
        counts_by_period(reports, units, "desa", "konflik", turned)
    with pytest.raises(ParameterError, match="level"):
        counts_by_period(reports, units, "rt", "konflik", good)
    with pytest.raises(CodeError, match=A1A):
        counts_by_period(reports, units[units["code"].ne(A1A)], "desa", "konflik", good)
    empty = counts_by_period(reports.iloc[:0], units, "desa", "konflik", good)
    assert empty.to_numpy().sum() == 0
