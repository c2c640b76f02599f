"""What lies under the cursor, by hand and where there is nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from services.dataset import Dataset
from services.reports.strip import strip
from services.reports.strip_view import number_of, strip_view

TODAY = date(2026, 11, 30)


def test_weeks_hold_the_affairs_of_their_days(dataset: Dataset) -> None:
    found = strip(dataset, TODAY)
    ends = pd.to_datetime(pd.Series(found.days))
    assert ends.diff().dropna().dt.days.le(7).all()
    assert found.days[-1] == found.last
    rows = dataset.countable
    rows = rows[rows["kind"].ne("nihil")]
    week = rows[rows["date_event"].between("2024-02-12", "2024-02-18")]
    week = week[week["date_precision"].eq("day")]
    shown = found.weeks.loc["2024-W07"]
    assert shown["logistik"] == week[week["family"].eq("logistik")]["perkara_id"].nunique() > 0
    dated = rows["date_precision"].eq("day")
    assert found.undated == (~dated).sum()
    assert found.weeks.to_numpy().sum() <= dated.sum()


def test_no_two_watched_stages_cover_each_other_while_a_lane_is_free(dataset: Dataset) -> None:
    rows = strip(dataset, TODAY).stages
    first = rows[rows["lane"].eq(0)].sort_values("bar_start")
    assert (first["bar_start"].iloc[1:].to_numpy() >= first["bar_end"].iloc[:-1].to_numpy()).all()
    assert rows["watched"].is_monotonic_increasing  # drawn last, hence on top


def test_unwatched_time_is_what_no_coverage_speaks_for(dataset: Dataset) -> None:
    spans = strip(dataset, TODAY).unwatched
    whole = spans[spans["whole"]]
    last = dataset.coverage_periods["date_end"].max()
    assert whole["last"].max() == pd.Timestamp(strip(dataset, TODAY).last)
    assert whole["first"].max() == last + pd.Timedelta(days=1)


def test_with_no_report_stage_or_vote_there_is_a_year_to_stand_on(dataset: Dataset) -> None:
    names = ("reports", "stages", "agenda", "coverage_periods", "elections")
    bare = dataset.with_tables(**{name: dataset.read(name).head(0) for name in names})
    found = strip(bare, TODAY)
    assert (found.first, found.last) == (TODAY - timedelta(days=365), TODAY)
    assert found.unwatched["whole"].tolist() == [True]
    view = strip_view(bare, TODAY, "en")
    assert (view["bars"], view["stages"], view["jumps"], view["votes"]) == ({}, [], [], [])
    assert view["days"][-1] == number_of(TODAY) == view["last"]
    assert view["months"][1] == "February"
