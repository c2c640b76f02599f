"""Linimasa: every watched stage has its row, every report its dot, and the figure its words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.texts import LANGUAGES
from services.dataset import Dataset
from services.hotspots.tables import around_table, watch_rows
from services.reports.timeline import Timeline, elections_of, gantt, nearest_election, timeline
from services.texts import FAMILIES, STAGES, WATCHED_STAGES

END = date(2025, 10, 29)
ELECTIONS = ("pemilu2024", "pilkada2024", "pilkada_ulang2025")


@pytest.fixture(scope="module")
def views(dataset: Dataset) -> dict[str, Timeline]:
    return {election: timeline(dataset, election, END) for election in ELECTIONS}


def leaves(value: Any) -> Iterator[Any]:
    """Yield every plain value inside a figure."""
    if isinstance(value, dict):
        for part in value.values():
            yield from leaves(part)
    elif isinstance(value, list | tuple | np.ndarray | pd.Series):
        for part in value:
            yield from leaves(part)
    else:
        yield value


def test_elections_stand_in_the_order_of_their_votes(dataset: Dataset) -> None:
    assert tuple(elections_of(dataset)) == ELECTIONS


@pytest.mark.parametrize(
    ("day", "election"),
    [
        (date(2022, 1, 1), "pemilu2024"),
        (date(2024, 2, 14), "pemilu2024"),
        (date(2024, 7, 5), "pemilu2024"),  # 142 days after, 145 before
        (date(2024, 7, 8), "pilkada2024"),
        (date(2025, 4, 12), "pilkada2024"),  # 136 after, 137 before
        (date(2025, 4, 14), "pilkada_ulang2025"),
        (date(2030, 1, 1), "pilkada_ulang2025"),
    ],
)
def test_it_opens_on_the_election_nearest_to_the_day(
    dataset: Dataset, day: date, election: str
) -> None:
    assert nearest_election(dataset, day) == election


@pytest.mark.parametrize("election", ELECTIONS)
def test_every_watched_stage_has_a_row_whether_anything_was_found_or_not(
    views: dict[str, Timeline], election: str
) -> None:
    view = views[election]
    assert tuple(view.watch["stage"]) == WATCHED_STAGES
    assert set(WATCHED_STAGES) <= set(view.rows)
    assert view.rows == [stage for stage in STAGES if stage in view.rows]
    assert set(view.bars["stage"]) | set(view.dots["stage"]) <= set(view.rows)
    for lang in LANGUAGES:
        rows = watch_rows(view.watch, lang)
        assert len(rows) == len(WATCHED_STAGES)
        for row in rows:
            assert len(row) == 5
            assert all(cell.strip() and cell not in {"nan", "NaT", "None"} for cell in row)


def test_a_watched_stage_says_what_was_found_and_what_was_not(views: dict[str, Timeline]) -> None:
    rows = {row[0]: row for row in watch_rows(views["pilkada_ulang2025"].watch, "id")}
    parties = rows["Penetapan partai peserta"]
    assert parties[2:] == ["–", "tidak berlaku", "tidak berlaku"]
    english = {row[0]: row for row in watch_rows(views["pilkada2024"].watch, "en")}
    assert english["Determination of parties"][2:] == ["–", "does not apply", "does not apply"]
    general = views["pemilu2024"].watch
    assert not general["state"].eq("tidak_berlaku").any()
    disputes = rows["Pelanggaran administrasi dan sengketa"]
    assert disputes[3] == "jadwal tidak ditemukan dalam sumber"
    campaign = rows["Kampanye"]
    assert campaign[1] == "Bentrok antarpendukung"
    assert campaign[2] == "25 Jul 2025 – 23 Agu 2025"
    assert "perkara pelanggaran" in campaign[4]


@pytest.mark.parametrize("election", ELECTIONS)
@pytest.mark.parametrize("day", [END, date(2024, 2, 14), date(2024, 12, 5), date(2020, 1, 1)])
def test_the_dots_are_all_reports_and_no_others(dataset: Dataset, election: str, day: date) -> None:
    view = timeline(dataset, election, day)
    assert view.dots["n"].sum() == len(view.reports)
    assert not view.reports["is_total"].any()
    assert not view.reports["kind"].eq("nihil").any()
    if len(view.reports):
        by_stage = view.dots.groupby("stage")["n"].sum()
        assert by_stage.to_dict() == view.reports["stage"].value_counts().to_dict()
        assert view.dots["month"].between(view.start.replace(day=1), view.end.replace(day=1)).all()


@pytest.mark.parametrize("election", ELECTIONS)
def test_a_dot_stands_at_the_mean_of_its_days(dataset: Dataset, election: str) -> None:
    view = timeline(dataset, election, END)
    month = view.dots["at"].dt.to_period("M").dt.to_timestamp()
    assert month.eq(view.dots["month"]).all()
    checked = 0
    for dot in view.dots.itertuples():
        rows = view.reports[
            view.reports["stage"].eq(dot.stage)
            & view.reports["family"].eq(dot.family)
            & view.reports["date_event"].dt.to_period("M").eq(dot.month.to_period("M"))
        ]
        days = rows.loc[rows["date_precision"].eq("day"), "date_event"]
        if len(days):
            assert abs(dot.at - pd.Timedelta(hours=12) - days.mean()) < pd.Timedelta(seconds=2)
            checked += 1
    assert checked > 5


def test_what_is_known_on_the_eve_stands_before_voting_day(dataset: Dataset) -> None:
    view = timeline(dataset, "pemilu2024", date(2024, 2, 13))
    assert view.dots["at"].max() < pd.Timestamp(2024, 2, 14)


def test_each_report_of_an_election_is_on_one_timeline(
    dataset: Dataset, views: dict[str, Timeline]
) -> None:
    """Social conflict belongs to no election and may stand on two that overlap."""
    own = [
        set(view.reports.loc[view.reports["stage"].ne("sosial_non_pemilu"), "report_id"])
        for view in views.values()
    ]
    assert sum(map(len, own)) == len(set.union(*own))
    dated = dataset.countable[dataset.countable["stage"].ne("sosial_non_pemilu")]
    # 0123 is of the day itself, and taken to be known the day after.
    assert set.union(*own) == set(dated["report_id"]) - {"BBL-0123"}


def test_reports_not_yet_known_are_not_on_the_timeline(dataset: Dataset) -> None:
    early = timeline(dataset, "pemilu2024", date(2024, 2, 14))
    ids = set(early.reports["report_id"])
    assert "BBL-0038" not in ids  # of 14 February, reported on the 16th
    assert "BBL-0026" in ids
    assert timeline(dataset, "pemilu2024", date(2020, 1, 1)).reports.empty


@pytest.mark.parametrize("election", ELECTIONS)
def test_undated_stages_are_open_bars_over_the_whole_axis(
    views: dict[str, Timeline], election: str
) -> None:
    view = views[election]
    undated = view.bars[view.bars["date_start"].isna() & view.bars["date_end"].isna()]
    assert len(undated)
    assert undated["open_start"].all()
    assert undated["open_end"].all()
    assert undated["bar_start"].eq(view.start).all()
    assert undated["bar_end"].eq(view.end + pd.Timedelta(days=1)).all()
    assert view.bars["bar_start"].lt(view.bars["bar_end"]).all()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("election", ELECTIONS)
def test_the_figure_holds_no_missing_value(
    views: dict[str, Timeline], election: str, lang: str
) -> None:
    figure = gantt(views[election], END, lang)
    found = list(leaves([trace.to_plotly_json() for trace in figure.data]))
    found += list(leaves(figure.layout.to_plotly_json()))
    assert len(found) > 100
    for value in found:
        assert value is not pd.NaT
        assert not (isinstance(value, float) and math.isnan(value))
        assert not (isinstance(value, np.datetime64) and np.isnat(value))
        assert str(value) not in {"nan", "NaT", "<NA>", "None–None"}
    figure.to_json()


def test_the_check_for_missing_values_can_fail(views: dict[str, Timeline]) -> None:
    figure = gantt(views["pemilu2024"], END, "id")
    figure.add_scatter(x=[1.0], y=[float("nan")])
    found = leaves([trace.to_plotly_json() for trace in figure.data])
    assert any(isinstance(value, float) and math.isnan(value) for value in found)


def test_months_are_in_the_readers_language(views: dict[str, Timeline]) -> None:
    def words(lang: str) -> str:
        figure = gantt(views["pilkada2024"], END, lang)
        hover = leaves([list(trace.customdata) for trace in figure.data])
        return " ".join(map(str, [*figure.layout.xaxis.ticktext, *hover]))

    indonesian, english = words("id"), words("en")
    assert "Oktober 2024" in indonesian
    assert "Agustus 2024" in indonesian
    for month in ("October", "August", "May ", "Aug ", "Oct ", "Dec "):
        assert month not in indonesian
    assert "October 2024" in english
    assert "Oktober" not in english


def test_the_axis_has_few_ticks_at_the_first_of_months(views: dict[str, Timeline]) -> None:
    for view in views.values():
        axis = gantt(view, END, "id").layout.xaxis
        assert 2 <= len(axis.tickvals) <= 8
        assert len(axis.tickvals) == len(axis.ticktext)
        assert all(pd.Timestamp(tick).day == 1 for tick in axis.tickvals)


def test_every_row_is_named_and_bars_and_dots_lie_on_rows(views: dict[str, Timeline]) -> None:
    for view in views.values():
        figure = gantt(view, END, "id")
        axis = figure.layout.yaxis
        assert len(axis.tickvals) == len(view.rows) == len(set(axis.ticktext))
        assert sum(len(t.y) for t in figure.data if t.type == "bar") == len(view.bars)
        dots = [t for t in figure.data if t.type == "scatter"]
        assert sum(len(t.y) for t in dots) == len(view.dots)
        for trace in figure.data:
            for y in trace.y:
                assert abs(y - round(y)) < 0.45
                assert round(y) in axis.tickvals


def test_dated_and_open_bars_are_told_apart_and_say_their_dates(views: dict[str, Timeline]) -> None:
    figure = gantt(views["pemilu2024"], END, "id")
    dated, open_ones = (t for t in figure.data if t.type == "bar")
    assert dated.marker.pattern.shape != open_ones.marker.pattern.shape
    assert any("11 Feb 2024 – 13 Feb 2024" in words for words in dated.customdata)
    assert any("tanpa tanggal tetap" in words for words in open_ones.customdata)
    half = gantt(views["pilkada2024"], END, "id")
    words = next(t for t in half.data if t.name.startswith("bar terbuka")).customdata
    assert any("awal tidak diketahui – 26 Jan 2024" in text for text in words)


def test_one_day_is_as_wide_as_a_day(views: dict[str, Timeline]) -> None:
    """The vote of 14 February 2024 is a bar from that day's start to its end."""
    figure = gantt(views["pemilu2024"], END, "id")
    dated = next(t for t in figure.data if t.type == "bar")
    spans = [
        (pd.Timestamp(base), x)
        for base, x, words in zip(dated.base, dated.x, dated.customdata, strict=True)
        if "14 Feb 2024 – 14 Feb 2024" in words
    ]
    assert spans == [(pd.Timestamp(2024, 2, 14), 86_400_000.0)]


@pytest.mark.parametrize("name", ["<b>tebal</b>", "<a href='javascript:x'>a</a>", "A & B < C"])
def test_the_name_of_a_stage_holds_no_markup(dataset: Dataset, name: str) -> None:
    data = dataset.with_tables(stages=dataset.stages.assign(name=name))
    figure = gantt(timeline(data, "pemilu2024", END), END, "id")
    for trace in figure.data:
        for words in trace.customdata:
            rest = words.replace("<b>", "", 1).replace("</b><br>", "", 1)
            assert "<" not in rest
            if trace.type == "bar":
                assert "&lt;" in words


@pytest.mark.parametrize(
    ("day", "lines"), [(date(2024, 2, 13), 2), (END, 1), (date(2020, 1, 1), 1)]
)
def test_the_cursor_is_drawn_where_it_lies_on_the_axis(
    dataset: Dataset, day: date, lines: int
) -> None:
    figure = gantt(timeline(dataset, "pemilu2024", day), day, "id")
    assert len(figure.layout.shapes) == len(figure.layout.annotations) == lines
    vote = figure.layout.shapes[0]
    assert pd.Timestamp(vote.x0) == pd.Timestamp(2024, 2, 14)
    first, last = (pd.Timestamp(edge) for edge in figure.layout.xaxis.range)
    for shape in figure.layout.shapes:
        assert first <= pd.Timestamp(shape.x0) <= last


def test_affairs_before_on_and_after_the_vote(views: dict[str, Timeline]) -> None:
    """Within 90 days of 14 February 2024, by hand.

    Konflik before: 0015 and 0026 (one affair), 0025. Unjuk rasa: none. Logistik on the day: nine
    reports 0035-0037, 0039 with 0042 (one affair), 0043-0047 make nine affairs.
    """
    table = around_table(views["pemilu2024"].around, "id").set_index("Golongan laporan")
    assert tuple(views["pemilu2024"].around.index) == (
        "sebelum", "hari_h", "sesudah", "tidak_tentu",
    )  # fmt: skip
    assert table.loc["Unjuk rasa"].tolist() == [0, 0, 0, 0]
    assert table.loc["Logistik", "hari-H"] == 9
    assert table.loc["Logistik", "sesudah"] == 0
    assert len(table) == len(FAMILIES)
    assert table.to_numpy().dtype.kind == "i"


def test_a_voting_day_is_inside_the_axis(views: dict[str, Timeline]) -> None:
    for view in views.values():
        assert view.start <= view.voting_date <= view.end
        assert isinstance(view.voting_date, datetime)
