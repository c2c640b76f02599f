"""Bars beside the map: the numbers of the map and the table, and filters that agree with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import plotly.graph_objects as go
import pytest

from analytics.reports.rakor import RakorMark
from analytics.reports.selection import Selection
from services.dataset import Dataset
from services.hotspots.counts import HotspotQuery, hotspot
from services.hotspots.map import period_words
from services.hotspots.tables import units_table
from services.hotspots.views.charts import (
    affairs_by_family,
    affairs_by_month,
    affairs_by_unit,
    families_figure,
    month_of,
    months_figure,
    units_figure,
    within_month,
)
from services.hotspots.views.earlier import earlier_day, ending
from services.maps import FAMILY
from services.texts import FAMILIES, text

END = date(2025, 10, 29)
BANGKA_TENGAH = "19.04"


def asked(level: str = "kabupaten", unit: str | None = None, **options: object) -> HotspotQuery:
    given = {"as_of": END, "date_to": END, "families": ("konflik", "unjuk_rasa"), **options}
    return HotspotQuery(Selection(**given), level, drill=unit)  # type: ignore[arg-type]


def own(data: Dataset, rows: pd.DataFrame) -> Dataset:
    return data.with_tables(reports=rows.astype(data.reports.dtypes).reset_index(drop=True))


@pytest.mark.parametrize("start", [None, date(2023, 8, 10)])
def test_a_month_bar_is_what_the_map_shows_once_it_is_chosen(
    dataset: Dataset, start: date | None
) -> None:
    query = asked(date_from=start)
    table = affairs_by_month(dataset, query, None)
    assert table["affairs"].sum() > 10
    for month, rows in table.groupby("month"):
        found = within_month(query, month.date())
        assert found is not None
        view = hotspot(dataset, found)
        shown = view.reports.groupby("family")["perkara_id"].nunique()
        told = rows.set_index("family")["affairs"]
        assert told[told > 0].to_dict() == shown.to_dict(), month


def test_months_have_no_gap_and_no_report_of_a_year_is_in_one(dataset: Dataset) -> None:
    query = asked()
    months = affairs_by_month(dataset, query, None)["month"].drop_duplicates()
    expected = pd.date_range(months.iloc[0], months.iloc[-1], freq="MS")
    assert list(months) == list(expected)
    rows = dataset.reports[dataset.reports["family"].eq("konflik")]
    some = rows[rows["date_precision"].eq("day")].head(1)
    loose = some.assign(report_id="UJI-1", perkara_id="UJI-P", date_precision="year")
    data = own(dataset, pd.concat([some, loose]))
    assert affairs_by_month(data, query, None)["affairs"].sum() == 1


def test_an_affair_of_two_months_counts_in_both(dataset: Dataset) -> None:
    rows = dataset.reports[dataset.reports["family"].eq("konflik") & ~dataset.reports["is_total"]]
    one = (
        rows[rows["date_precision"].eq("day")].head(1).assign(date_event=pd.Timestamp("2024-01-31"))
    )
    two = one.assign(report_id="UJI-1", date_event=pd.Timestamp("2024-02-01"))
    table = affairs_by_month(own(dataset, pd.concat([one, two])), asked(), None)
    konflik = table[table["family"].eq("konflik")]
    assert dict(zip(konflik["month"].dt.month, konflik["affairs"], strict=True)) == {1: 1, 2: 1}


def test_family_and_unit_bars_are_the_numbers_of_the_table(dataset: Dataset) -> None:
    query = asked()
    view = hotspot(dataset, query)
    units = affairs_by_unit(view, query)
    table = units_table(view, query, "id").set_index(text("hotspot.table_unit", "id"))
    column = next(c for c in table.columns if str(c).lower().startswith("konflik"))
    assert len(units) == 7
    assert units.set_index("name")["affairs"].to_dict() == {
        name: int(table.loc[name, column]) for name in units["name"]
    }
    assert list(units["affairs"]) == sorted(units["affairs"], reverse=True)
    families = affairs_by_family(dataset, query, None)
    shown = view.reports.groupby("family")["perkara_id"].nunique()
    assert families[shown.index].to_dict() == shown.to_dict()
    assert set(families.index) > {"konflik", "unjuk_rasa"}, "the others can be chosen"
    assert list(families.index) == [f for f in FAMILIES if f in families.index]


def test_bars_of_an_open_unit_are_those_of_its_reports(dataset: Dataset) -> None:
    query = asked()
    inside = hotspot(
        dataset, replace(query, selection=replace(query.selection, within=BANGKA_TENGAH))
    )
    told = affairs_by_family(dataset, query, BANGKA_TENGAH)
    shown = inside.reports.groupby("family")["perkara_id"].nunique()
    assert told[shown.index].to_dict() == shown.to_dict() == {"konflik": 2, "unjuk_rasa": 2}
    months = affairs_by_month(dataset, query, BANGKA_TENGAH)
    assert 4 <= months["affairs"].sum() < affairs_by_month(dataset, query, None)["affairs"].sum()


@pytest.mark.parametrize(
    "words", [None, "", "2024", "2024-13", "2024-00", "0000-01", "２０２４-02", "2024-2"]
)
def test_what_is_no_month_is_none(words: str | None) -> None:
    assert month_of(words) is None


def test_a_month_is_cut_at_the_window_and_lies_outside_it_by_a_day() -> None:
    query = asked(date_from=date(2024, 2, 10))
    cut = within_month(query, date(2024, 2, 1))
    assert cut is not None
    assert (cut.selection.date_from, cut.selection.date_to) == (
        date(2024, 2, 10),
        date(2024, 2, 29),
    )
    last = within_month(query, date(2025, 10, 1))
    assert last is not None
    assert last.selection.date_to == END
    assert within_month(query, date(2024, 1, 1)) is None
    assert within_month(query, date(2025, 11, 1)) is None


def test_the_legend_of_a_month_names_it_and_not_the_day_of_knowledge() -> None:
    whole = asked(date_from=date(2024, 2, 10))
    assert period_words(whole.selection, 7, "id") == "10 Feb 2024 – 29 Okt 2025 · n = 7"
    told = {}
    for month in (date(2024, 2, 1), date(2024, 3, 1), date(2025, 10, 1)):
        found = within_month(whole, month)
        assert found is not None
        told[month.month] = period_words(found.selection, 3, "id")
    assert told == {
        2: "10 Feb 2024 – 29 Feb 2024 · n = 3",
        3: "Maret 2024 · n = 3",
        10: "1 Okt 2025 – 29 Okt 2025 · n = 3",
    }


def standing_out(bar: go.Bar) -> list[str]:
    marks = zip(bar.customdata, bar.marker.opacity, strict=True)
    return [key for key, mark in marks if mark == 1]


@pytest.mark.parametrize("lang", ["id", "en"])
def test_figures_hold_the_numbers_and_let_what_is_chosen_stand_out(
    dataset: Dataset, lang: str
) -> None:
    query = asked()
    table = affairs_by_month(dataset, query, None)
    month = table.loc[table["affairs"].gt(0), "month"].iloc[0].date()
    drawn = months_figure(table, month, lang)
    assert [bar.marker.color for bar in drawn.data] == [FAMILY["konflik"], FAMILY["unjuk_rasa"]]
    for bar, family in zip(drawn.data, ("konflik", "unjuk_rasa"), strict=True):
        assert list(bar.y) == table.loc[table["family"].eq(family), "affairs"].tolist()
        strong = [
            key for key, mark in zip(bar.customdata, bar.marker.opacity, strict=True) if mark == 1
        ]
        assert strong == [f"{month:%Y-%m}"]
    view = hotspot(dataset, query)
    units = affairs_by_unit(view, query).assign(name="<b>x</b> & co")
    bars = units_figure(units, "konflik", "19.04.06", lang).data[0]
    assert list(bars.x) == list(units["affairs"])
    assert set(bars.hovertext) == {"&lt;b&gt;x&lt;/b&gt; &amp; co"}
    assert [
        key for key, mark in zip(bars.customdata, bars.marker.opacity, strict=True) if mark == 1
    ] == ["19.04"]
    families = affairs_by_family(dataset, query, None)
    bars = families_figure(families, "unjuk_rasa", lang).data[0]
    assert dict(zip(bars.customdata, bars.x, strict=True)) == families.to_dict()


def test_nothing_found_draws_nothing_and_fails_nowhere(dataset: Dataset) -> None:
    query = asked(as_of=date(1990, 1, 1), date_to=date(1990, 1, 1))
    assert affairs_by_month(dataset, query, None).empty
    assert affairs_by_family(dataset, query, None).empty
    assert affairs_by_unit(hotspot(dataset, query), query).empty
    months_figure(affairs_by_month(dataset, query, None), None, "id")


def mark(when: str) -> RakorMark:
    return RakorMark(pd.Timestamp(when), "B12 2023", True)


def figure(data: Dataset, query: HotspotQuery, when: date) -> int:
    view = hotspot(data, replace(query, selection=ending(query, when)))
    rows = view.reports[view.reports["family"].eq(query.family)]
    return int(rows["perkara_id"].nunique())


def test_the_earlier_day_is_the_rakor_when_the_figure_was_another_then(dataset: Dataset) -> None:
    query = asked(as_of=date(2024, 2, 13), date_to=date(2024, 2, 13))
    found = earlier_day(dataset, query, mark("2023-12-31"))
    assert (found.day, found.differs) == (date(2023, 12, 31), True)
    assert figure(dataset, query, found.day) != figure(dataset, query, date(2024, 2, 13))


def test_the_earlier_day_goes_back_by_reporting_periods_to_the_first_difference(
    dataset: Dataset,
) -> None:
    rows = dataset.reports[dataset.reports["family"].eq("konflik") & ~dataset.reports["is_total"]]
    one = (
        rows[rows["date_precision"].eq("day")]
        .head(1)
        .assign(date_event=pd.Timestamp("2023-06-15"), date_reported=pd.Timestamp("2023-06-15"))
    )
    data = own(dataset, one)
    query = asked(as_of=date(2024, 2, 13), date_to=date(2024, 2, 13))
    found = earlier_day(data, query, mark("2023-12-31"))
    # 31 December and 31 August 2023 know the affair; of 30 April on, none does. The affair is the
    # first report, so that no period ends before it but the day before it stands for all.
    assert found.differs
    assert found.day < date(2023, 6, 15)
    assert figure(data, query, date(2023, 8, 31)) == figure(data, query, date(2024, 2, 13)) == 1
    assert figure(data, query, found.day) == 0


def test_without_any_difference_the_rakor_stays_and_that_is_told(dataset: Dataset) -> None:
    data = own(dataset, dataset.reports.head(0))
    query = asked(as_of=date(2024, 2, 13), date_to=date(2024, 2, 13))
    found = earlier_day(data, query, mark("2023-12-31"))
    assert (found.day, found.differs) == (date(2023, 12, 31), False)


def test_a_window_keeps_its_length_on_the_earlier_day() -> None:
    query = asked(date_from=END - timedelta(days=91))
    before = ending(query, date(2024, 1, 1))
    assert before.date_from == date(2024, 1, 1) - timedelta(days=91)
    assert before.as_of == before.date_to == date(2024, 1, 1)
