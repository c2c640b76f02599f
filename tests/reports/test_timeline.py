"""Reports along the elections: by stage, by month, around the vote, and the bars."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.reports.timeline import around_vote, counts_by_month, election_of, stage_bars
from geo.errors import ParameterError
from tests import tiny
from tests.tiny import FAMILIES, A, day

VOTE = day("2031-02-14")


def with_election() -> pd.DataFrame:
    reports = tiny.reports()
    return reports.assign(election=election_of(reports, tiny.stages(), tiny.elections()))


def test_by_month_by_hand() -> None:
    table = counts_by_month(tiny.reports(), FAMILIES, day("2030-12-15"), day("2031-03-01"))
    assert [str(m.date()) for m in table.index] == [
        "2030-12-01", "2031-01-01", "2031-02-01", "2031-03-01",
    ]  # fmt: skip
    # December R14; January R03, R04 (one affair) and R09; February R08 and R10. R13 is a year.
    assert list(table["reports_konflik"]) == [1, 3, 2, 0]
    assert list(table["affairs_konflik"]) == [1, 2, 2, 0]
    # The month row R06 counts in January, R01 in February.
    assert list(table["reports_logistik"]) == [0, 1, 1, 0]
    with pytest.raises(ParameterError, match="date_from"):
        counts_by_month(tiny.reports(), FAMILIES, day("2031-02-01"), day("2031-01-01"))


def test_around_the_vote_by_hand() -> None:
    table = around_vote(tiny.reports(), VOTE, FAMILIES, 30)
    assert list(table.index) == ["sebelum", "hari_h", "sesudah", "tidak_tentu"]
    # 15 January to 16 March: R05, R07, R08, R10, R15 before; R01 on; R02, R16 after.
    assert list(table["reports_konflik"]) == [2, 0, 0, 0]
    assert list(table["reports_unjuk_rasa"]) == [2, 0, 1, 0]
    assert list(table["reports_logistik"]) == [0, 1, 0, 0]
    assert list(table["affairs_proses"]) == [0, 0, 1, 0]
    # January as a whole (R06) lies inside 60 days only.
    assert around_vote(tiny.reports(), VOTE, FAMILIES, 60).loc["sebelum", "reports_logistik"] == 1
    with pytest.raises(ParameterError, match="days"):
        around_vote(tiny.reports(), VOTE, FAMILIES, 0)


def test_the_month_of_the_vote_is_neither_before_nor_after() -> None:
    row = tiny.report(
        1, date_event="2031-02-01", date_precision="month", family="konflik", unit_kejadian=A
    )
    reports = tiny.frame([row], tiny.REPORT_COLUMNS)
    table = around_vote(reports, VOTE, FAMILIES, 60)
    assert table["reports_konflik"].to_dict() == {
        "sebelum": 0, "hari_h": 0, "sesudah": 0, "tidak_tentu": 1,
    }  # fmt: skip


def test_bars_by_hand() -> None:
    bars = stage_bars(tiny.stages(), day("2031-01-01"), day("2031-03-31")).set_index("stage_id")
    assert "S09" not in bars.index
    one_day: Any = bars.loc["S03"]
    assert one_day["bar_end"] - one_day["bar_start"] == pd.Timedelta(days=1)
    cut: Any = bars.loc["S01"]
    assert (cut["bar_start"], cut["clipped"]) == (pd.Timestamp("2031-01-01"), True)
    open_bar: Any = bars.loc["S06"]
    assert open_bar[["open_start", "open_end", "clipped"]].tolist() == [True, True, False]
    assert open_bar["bar_end"] == pd.Timestamp("2031-04-01")
    only_end: Any = bars.loc["S07"]
    assert (only_end["open_start"], only_end["bound"]) == (True, "tanpa_awal")
    with pytest.raises(ParameterError, match="axis_from"):
        stage_bars(tiny.stages(), day("2031-02-01"), day("2031-01-01"))


days = st.dates(dt.date(2030, 1, 1), dt.date(2032, 12, 31))


@settings(deadline=None, max_examples=50)
@given(days, st.integers(1, 3650), st.permutations(range(16)))
def test_sides_and_months_lose_and_invent_nothing(
    vote: dt.date, reach: int, order: list[int]
) -> None:
    reports = tiny.reports()
    names = [f"reports_{family}" for family in FAMILIES]
    sides = around_vote(reports.iloc[order], vote, FAMILIES, reach)
    pd.testing.assert_frame_equal(sides, around_vote(reports, vote, FAMILIES, reach))
    assert 0 <= sides[names].to_numpy().sum() <= 14
    far = around_vote(reports, vote, FAMILIES, 3650)
    assert far[names].to_numpy().sum() == 14
    months = counts_by_month(reports, FAMILIES, day("2030-12-01"), day("2031-02-01"))
    assert months[names].to_numpy().sum() == 13  # all but the year row R13
    bars = stage_bars(tiny.stages(), vote, vote + dt.timedelta(days=reach))
    assert (bars["bar_start"] < bars["bar_end"]).all()
    assert bars.index.isin(tiny.stages().index).all()


def test_a_month_that_ends_beyond_the_reach_is_left_out() -> None:
    row = tiny.report(
        1, date_event="2031-03-01", date_precision="month", family="konflik", unit_kejadian=A
    )
    reports = tiny.frame([row], tiny.REPORT_COLUMNS)
    # 30 days after the vote is 16 March, 45 days after it is 31 March.
    assert around_vote(reports, VOTE, FAMILIES, 30)["reports_konflik"].sum() == 0
    assert around_vote(reports, VOTE, FAMILIES, 45).loc["sesudah", "reports_konflik"] == 1
