"""What is counted as new, as known on a day: cases by hand, and against pandas row by row."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from analytics.outlook.record import first_known, number_of, outcomes, record_on, sightings
from analytics.reports.selection import known_on
from geo.errors import ParameterError
from tests.outlook.worlds import CODES, FAMILIES, drawn, peaks, reports, watched, world

MARCH = number_of(dt.date(2023, 3, 31))
AT = 14
"""Position of March 2023 among months from January 2022."""


def counted(rows: list[dict[str, object]], cut: dt.date, **more: pd.DataFrame) -> np.ndarray:
    """Return new affairs (F, A, B) of a record, usual days and days near a vote together."""
    made = world(reports(rows), **more)
    return record_on(made.found, made.days, number_of(cut), len(FAMILIES)).counts.sum(axis=-1)


def test_an_affair_counts_once_where_it_was_first_reported() -> None:
    rows = [
        {"date_event": "2023-03-10", "perkara_id": "A", "unit_kejadian": CODES[1]},
        {"date_event": "2023-04-02", "perkara_id": "A", "unit_kejadian": CODES[2]},
        {"date_event": "2023-03-12", "perkara_id": "B", "unit_kejadian": CODES[1]},
    ]
    counts = counted(rows, dt.date(2023, 4, 30))
    assert counts[0, 1, AT] == 2
    assert counts[0, -1, AT] == 2
    assert counts.sum() == 4, "once in the kabupaten, once in the province"


def test_what_goes_on_from_before_the_window_is_not_new_in_it() -> None:
    rows = [
        {"date_event": "2023-03-10", "perkara_id": "A"},
        {"date_event": "2023-04-02", "perkara_id": "A"},
        {"date_event": "2023-04-05", "perkara_id": "B"},
    ]
    made = world(reports(rows))
    april = (number_of(dt.date(2023, 4, 1)), number_of(dt.date(2023, 4, 30)))
    found = outcomes(made.found, made.days, number_of(dt.date(2024, 1, 1)), *april, 2)
    assert found[0].tolist() == [1, 0, 0, 0, 0, 0, 0, 1]


def test_a_report_of_a_month_counts_in_its_month_and_only_in_a_window_that_holds_it() -> None:
    rows = [{"date_event": "2023-03-01", "date_precision": "month"}]
    assert counted(rows, dt.date(2023, 3, 31))[0, 0].sum() == 0, "known the day after its month"
    assert counted(rows, dt.date(2023, 4, 1))[0, 0, AT] == 1
    made = world(reports(rows))
    known = number_of(dt.date(2024, 1, 1))
    for first, n in ((1, 1), (2, 0)):
        start = number_of(dt.date(2023, 3, first))
        assert outcomes(made.found, made.days, known, start, MARCH, 2)[0, 0] == n


def test_a_report_of_a_year_counts_nowhere() -> None:
    rows = [{"date_event": "2023-01-01", "date_precision": "year"}]
    assert counted(rows, dt.date(2025, 1, 1)).sum() == 0


def test_what_was_reported_later_is_not_known_before() -> None:
    rows = [{"date_event": "2023-03-10", "date_reported": "2023-05-01"}]
    assert counted(rows, dt.date(2023, 4, 30)).sum() == 0
    assert counted(rows, dt.date(2023, 5, 1))[0, 0, AT] == 1


def test_potensi_and_kejadian_are_apart() -> None:
    rows = [{"date_event": "2023-03-10"}, {"date_event": "2023-03-11", "kind": "potensi"}]
    assert counted(rows, dt.date(2023, 4, 30))[0, 0, AT] == 1
    assert counted(rows, dt.date(2023, 4, 30), kind="potensi")[0, 0, AT] == 1  # type: ignore[arg-type]
    with pytest.raises(ParameterError):
        sightings(reports(rows), "nihil", CODES, FAMILIES)


def test_an_affair_known_to_the_province_counts_in_the_province_alone() -> None:
    rows = [{"date_event": "2023-03-10", "unit_kejadian": "98", "location_precision": "provinsi"}]
    counts = counted(rows, dt.date(2023, 4, 30))
    assert counts[0, :-1].sum() == 0
    assert counts[0, -1, AT] == 1


def test_unwatched_days_are_neither_zero_nor_exposure() -> None:
    cover = pd.concat(
        [
            watched(dt.date(2022, 1, 1), dt.date(2023, 3, 10)),
            watched(dt.date(2023, 6, 1), dt.date(2025, 12, 31)),
        ]
    )
    rows = [{"date_event": "2023-03-10"}, {"date_event": "2023-03-11"}]
    made = world(reports(rows), coverage=cover)
    record = record_on(made.found, made.days, number_of(dt.date(2023, 7, 15)), 2)
    assert record.counts[0, 0].sum() == 1
    days = record.days.sum(axis=-1)[0]
    assert days[AT - 1 : AT + 5].tolist() == [28, 10, 0, 0, 30, 15]
    assert record.whole[0, AT - 1 : AT + 5].tolist() == [True, False, False, False, True, False]


def test_a_kabupaten_watched_by_itself_does_not_make_the_province_watched() -> None:
    made = world(reports([{"date_event": "2023-03-10"}]), coverage=watched(unit=CODES[0]))
    record = record_on(made.found, made.days, MARCH, 2)
    assert record.counts[0, 0, AT].sum() == 1
    assert record.counts[0, -1].sum() == 0
    assert record.days[1:].sum() == 0


def test_days_near_a_vote_are_counted_apart_where_one_votes() -> None:
    near = peaks((CODES[0], "2023-03-05", "2023-03-14"))
    rows = [
        {"date_event": "2023-03-10"},
        {"date_event": "2023-03-20"},
        {"date_event": "2023-03-10", "unit_kejadian": CODES[1]},
    ]
    made = world(reports(rows), near=near)
    record = record_on(made.found, made.days, MARCH, 2)
    assert record.counts[0, 0, AT].tolist() == [1, 1]
    assert record.counts[0, 1, AT].tolist() == [1, 0]
    assert record.days[0, AT].tolist() == [21, 10]
    assert record.days[-1, AT, 1] == pytest.approx(10 / 7)


def test_the_earliest_known_report_is_that_of_pandas() -> None:
    """Affairs of several reports, many of them known late; each cut against a group-by."""
    rng = np.random.default_rng(5)
    table = drawn(np.full((7, 48), 0.5), 5)
    table["perkara_id"] = [f"P{n}" for n in rng.integers(0, len(table) // 2, len(table))]
    late = table["date_event"] + pd.to_timedelta(rng.integers(0, 200, len(table)), unit="D")
    table["date_reported"] = late.where(rng.random(len(table)) < 0.6)
    made = world(table)
    for cut in (dt.date(2022, 6, 30), dt.date(2023, 12, 5), dt.date(2025, 12, 31)):
        known = table[known_on(table, cut)].sort_values(["date_event", "report_id"])
        first = known.drop_duplicates("perkara_id")
        rows = first_known(made.found, number_of(cut))
        assert sorted(made.found.first[rows]) == sorted(
            first["date_event"].to_numpy().astype("datetime64[D]").astype(int)
        )
        counts = record_on(made.found, made.days, number_of(cut), 2).counts.sum(axis=-1)
        by_unit = first[first["date_event"].le(pd.Timestamp(cut))].groupby("unit_kejadian").size()
        assert counts[0, :-1].sum(axis=-1).tolist() == by_unit.reindex(CODES, fill_value=0).tolist()
