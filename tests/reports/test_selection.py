"""What was known on a day, and what a selection takes, by hand and by invariants."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.reports.dates import spans
from analytics.reports.places import levels_of, place_codes, unit_at
from analytics.reports.selection import (
    Selection,
    in_window,
    is_calm,
    known_on,
    known_since,
    select,
    select_nihil,
)
from geo.errors import CodeError, ParameterError
from tests import tiny
from tests.tiny import day

EVE = day("2031-02-13")


def ids(reports: pd.DataFrame, mask: pd.Series) -> list[str]:
    return [i.removeprefix("R") for i in reports.loc[mask, "report_id"]]


def test_the_eve_knows_what_was_reported_and_no_more() -> None:
    reports = tiny.reports()
    # 01, 02 lie ahead; 12 is reported in March; 13 is a year that has not ended; 15 is late.
    expected = ["03", "04", "05", "06", "07", "08", "09", "10", "11", "14", "16"]
    assert ids(reports, known_on(reports, EVE)) == expected


def test_an_unknown_reporting_date_is_the_end_of_the_span_plus_the_lag() -> None:
    since = known_since(tiny.reports(), lag_days=2).set_axis(tiny.reports()["report_id"])
    assert since["R03"] == pd.Timestamp("2031-01-12")  # 10 January + 2
    assert since["R06"] == pd.Timestamp("2031-02-02")  # 31 January + 2
    assert since["R13"] == pd.Timestamp("2032-01-02")  # 31 December + 2
    assert since["R15"] == pd.Timestamp("2031-02-15")  # as reported


def test_month_rows_need_their_whole_month_inside() -> None:
    reports = tiny.reports()
    part = in_window(reports, day("2031-01-01"), day("2031-01-30"))
    whole = in_window(reports, day("2031-01-01"), day("2031-01-31"))
    assert ids(reports, whole & ~part) == ["06", "11"]
    assert "13" not in ids(reports, whole)
    assert "13" in ids(reports, in_window(reports, day("2031-01-01"), day("2031-12-31")))


def test_spans_ignore_the_placeholder_day() -> None:
    row = tiny.report(
        1, date_event="2032-02-17", date_precision="month", unit_kejadian=tiny.A, family="konflik"
    )
    span = spans(tiny.frame([row], tiny.REPORT_COLUMNS)).iloc[0]
    assert list(span) == [pd.Timestamp("2032-02-01"), pd.Timestamp("2032-02-29")]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, ["03", "04", "05", "06", "07", "08", "09", "10", "14", "16"]),
        ({"families": ("konflik",)}, ["03", "04", "08", "09", "10", "14"]),
        ({"families": ("konflik",), "severity_min": 3}, ["03", "04", "08", "14"]),
        ({"kinds": ("potensi",)}, ["08", "09", "16"]),
        ({"within": tiny.A}, ["03", "04", "05", "06", "14", "16"]),
        ({"within": tiny.A, "place": "kejadian"}, ["03", "04", "06", "14", "16"]),
        ({"within": tiny.A1}, ["03", "04", "14"]),
        ({"within": tiny.B1}, ["09"]),
        ({"within": tiny.B1, "place": "kejadian"}, ["05", "09"]),
        ({"stages": ("masa_tenang",)}, ["08"]),
        ({"categories": ("blokade",)}, ["08", "10"]),
        ({"verifications": ("terverifikasi",)}, ["10"]),
        ({"date_from": day("2031-02-01"), "date_to": EVE}, ["07", "08", "10"]),
    ],
)
def test_each_filter_by_hand(chosen: dict[str, Any], expected: list[str]) -> None:
    reports = tiny.reports()
    assert ids(reports, select(reports, Selection(EVE, **chosen))) == expected


def test_zero_reports_have_their_own_door() -> None:
    reports = tiny.reports()
    window = {"date_from": day("2031-01-20"), "date_to": day("2031-02-10")}
    assert ids(reports, select_nihil(reports, Selection(EVE, **window))) == ["11"]
    late = Selection(day("2031-03-01"), **window)
    assert ids(reports, select_nihil(reports, late)) == ["11", "12"]
    none = Selection(EVE, date_from=day("2031-02-01"))
    assert ids(reports, select_nihil(reports, none)) == []


def test_elections_need_their_column() -> None:
    reports = tiny.reports()
    chosen = Selection(EVE, elections=("pemilu2031",))
    with pytest.raises(ParameterError, match="column election"):
        select(reports, chosen)
    given_one = reports.assign(election=reports["stage"].eq("kampanye").map({True: "pemilu2031"}))
    assert "08" not in ids(given_one, select(given_one, chosen))
    assert "03" in ids(given_one, select(given_one, chosen))


@pytest.mark.parametrize(
    ("chosen", "name"),
    [
        ({"date_from": day("2031-02-02"), "date_to": day("2031-02-01")}, "date_from"),
        ({"severity_min": 0}, "severity_min"),
        ({"severity_min": 6}, "severity_min"),
        ({"place": "rumah"}, "place"),
        ({"kinds": ()}, "kinds"),
        ({"kinds": ("nihil",)}, "kinds"),
        ({"lag_days": -1}, "lag_days"),
        ({"lag_days": 366}, "lag_days"),
    ],
)
def test_bad_parameters_are_named(chosen: dict[str, Any], name: str) -> None:
    with pytest.raises(ParameterError) as error:
        Selection(EVE, **chosen)
    assert error.value.name == name


def test_a_place_is_never_finer_than_its_precision() -> None:
    row = tiny.report(
        1, date_event="2031-01-01", unit_kejadian=tiny.A1A, location_precision="kabupaten"
    )
    reports = tiny.frame([row], tiny.REPORT_COLUMNS)
    assert list(place_codes(reports, "kejadian")) == [tiny.A]
    assert list(place_codes(reports, "pokok")) == [tiny.A]


def test_unit_at_gives_ancestors_and_nothing_for_coarser_codes() -> None:
    codes = pd.Series([tiny.A1A, tiny.A1, tiny.A, tiny.PROV, None], index=list("vwxyz"))
    assert unit_at(codes, "kecamatan").isna().tolist() == [False, False, True, True, True]
    assert unit_at(codes, "kecamatan")["v"] == tiny.A1
    assert list(unit_at(codes, "provinsi").dropna()) == ["99"] * 4
    assert list(levels_of(codes).dropna()) == ["desa", "kecamatan", "kabupaten", "provinsi"]
    with pytest.raises(ParameterError):
        unit_at(codes, "dusun")
    with pytest.raises(CodeError):
        levels_of(pd.Series(["99.01.01.2001.1"]))


dates = st.dates(dt.date(2030, 11, 1), dt.date(2032, 3, 1))


@settings(max_examples=25)
@given(dates, dates, st.permutations(range(16)))
def test_knowledge_only_grows_and_the_order_of_rows_does_not_matter(
    one: dt.date, other: dt.date, order: list[int]
) -> None:
    reports = tiny.reports()
    early, late = known_on(reports, min(one, other)), known_on(reports, max(one, other))
    assert not (early & ~late).any()
    shuffled = reports.iloc[order]
    mask = known_on(shuffled, one)
    assert mask.index.equals(shuffled.index)
    pd.testing.assert_series_equal(mask.sort_index(), known_on(reports, one))


@settings(max_examples=30)
@given(dates, st.sampled_from(tiny.CODES), st.sampled_from(["kejadian", "pokok"]))
def test_a_narrower_selection_takes_no_more(as_of: dt.date, code: str, place: str) -> None:
    reports = tiny.reports()
    inside = select(reports, Selection(as_of, within=code, place=place))
    parent = code.rpartition(".")[0] or code
    around = select(reports, Selection(as_of, within=parent, place=place))
    assert not (inside & ~around).any()
    assert inside.index.equals(reports.index)


def test_an_empty_table_selects_nothing() -> None:
    empty = tiny.frame([], tiny.REPORT_COLUMNS)
    assert select(empty, Selection(EVE, within=tiny.A, severity_min=2)).empty


@pytest.mark.parametrize(
    ("family", "peaceful", "calm"),
    [
        ("unjuk_rasa", True, True),
        ("unjuk_rasa", None, True),
        ("unjuk_rasa", False, False),
        ("konflik", True, True),
        ("konflik", None, False),
        ("konflik", False, False),
    ],
)
def test_an_assembly_is_calm_unless_said_otherwise_and_a_conflict_only_if_said(
    family: str, peaceful: bool | None, calm: bool
) -> None:
    row = pd.DataFrame({"family": [family], "peaceful": pd.array([peaceful], dtype="boolean")})
    assert is_calm(row).tolist() == [calm]
