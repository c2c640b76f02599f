"""The places to watch: parts by hand and by plain loops, reasons in words, and the record."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from analytics.reports.periods import month_ends
from analytics.reports.selection import known_on
from analytics.reports.watch import WatchParams, places_to_watch, watch_params, watched_place
from analytics.reports.watch_record import record_difference, watch_record
from cli import app
from data.reports.watch import read_watch_weights
from geo.errors import ParameterError
from services.dataset import Dataset
from services.hotspots.watch_record import record_of, record_words
from services.reports.watch import watch_list, watch_rows, watch_sentence, weights
from tests import tiny
from tests.tiny import A1, A1A, A1B, A2A, B1A, B2, PROV, A, B, day

EVE = day("2031-02-13")
PARAMS = WatchParams(
    severity_points=(1.0, 2.0, 3.0, 4.0, 5.0),
    severity_unknown=2,
    weight_potensi=0.5,
    weight_konflik=1.0,
    potensi_half_life_days=10.0,
    konflik_half_life_days=20.0,
    lookback_days=180,
    ahead_days=14,
    ahead_half_life_days=7.0,
    weight_change=0.0,
    change_days=30,
    agenda=(("putusan", 1.0), ("psu", 3.0), ("aksi", 0.0)),
    agenda_other=0.2,
)
NO_AGENDA = tiny.agenda().iloc[:0]


def found(as_of: dt.date = EVE, n: int = 100, **changed: Any) -> pd.DataFrame:
    reports = changed.pop("reports", None)
    agenda = changed.pop("agenda", None)
    return places_to_watch(
        tiny.reports() if reports is None else reports,
        tiny.agenda() if agenda is None else agenda,
        as_of,
        replace(PARAMS, **changed),
        n,
    ).set_index("code")


def conflict(number: int, date: str, code: str, **more: Any) -> dict[str, Any]:
    base = {"date_event": date, "date_reported": date, "family": "konflik", "severity": 3}
    return tiny.report(number, unit_kejadian=code, **(base | more))


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    return tiny.frame(list(rows), tiny.REPORT_COLUMNS)


def test_the_parts_by_hand() -> None:
    table = found()
    # B2: an open potensi of severity 3 from three days ago, a ruling in five days.
    assert table.loc[B2, "part_potensi"] == pytest.approx(0.5 * 3 * 2 ** (-3 / 10))
    assert table.loc[B2, "part_agenda"] == pytest.approx(2 ** (-5 / 7))
    # Conflicts by age: R03 34 days, R04 32, R10 8 (severity unknown: 2), R14 55.
    expected = {A1B: 4 * 2 ** (-34 / 20), A1: 3 * 2 ** (-32 / 20), B: 2 * 2 ** (-8 / 20),
                A1A: 5 * 2 ** (-55 / 20)}  # fmt: skip
    assert table["part_konflik"][table["n_konflik"].gt(0)].to_dict() == pytest.approx(expected)
    # A: boxes on the way today, a kind of agenda that has no weight of its own.
    assert table.loc[A, "score"] == pytest.approx(0.2)
    assert table.loc[B2, ["report_ids", "agenda_ids"]].tolist() == [("R08",), ("G2",)]
    assert table.loc[B2, "reasons"] == ("potensi", "agenda")
    assert table.loc[B2, ["report_id", "age_days", "agenda_id", "days_to"]].tolist() == [
        "R08", 3, "G2", 5,
    ]  # fmt: skip
    assert list(table.index[:3]) == [B2, B, A1B]
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    assert pd.isna(table.loc[B, "severity_max"])
    assert table.loc[B, "level"] == "kabupaten"


def test_a_riot_of_last_month_stands_before_an_old_potensi() -> None:
    reports = frame(
        conflict(1, "2031-01-20", A1A, severity=5),
        tiny.report(2, kind="potensi", status="terbuka", date_event="2030-06-01", family="konflik",
                    date_reported="2030-06-01", severity=3, unit_kejadian=B2),
    )  # fmt: skip
    assert list(found(reports=reports, agenda=NO_AGENDA).index) == [A1A, B2]


def test_a_potensi_is_as_fresh_as_the_last_word_about_its_affair() -> None:
    old = {"kind": "potensi", "status": "terbuka", "perkara_id": "P", "family": "konflik",
           "severity": 3}  # fmt: skip
    first = tiny.report(1, date_event="2030-10-01", unit_kejadian=B2, **old)
    silent = found(reports=frame(first), agenda=NO_AGENDA).loc[B2]
    assert silent["stale"]
    assert silent["age_days"] == 135
    again = tiny.report(2, date_event="2031-02-03", unit_kejadian=B2, **old)
    renewed = found(reports=frame(first, again), agenda=NO_AGENDA).loc[B2]
    assert not renewed["stale"]
    assert renewed["part_potensi"] == pytest.approx(0.5 * 3 * 2 ** (-10 / 10))
    assert renewed["n_potensi"] == 1


@pytest.mark.parametrize(("age_days", "stale"), [(90, False), (91, True)])
def test_a_potensi_is_stale_after_ninety_days(age_days: int, stale: bool) -> None:
    date = (EVE - dt.timedelta(days=age_days)).isoformat()
    row = tiny.report(1, kind="potensi", status="terbuka", date_event=date, family="konflik",
                      severity=3, unit_kejadian=B2)  # fmt: skip
    assert found(reports=frame(row), agenda=NO_AGENDA)["stale"].tolist() == [stale]


def test_a_vote_repeated_today_stands_first() -> None:
    row = {"agenda_id": "G9", "date_start": "2031-02-13", "kind": "psu", "title": "PSU",
           "unit_code": A2A}  # fmt: skip
    agenda = tiny.frame([row], tiny.AGENDA_COLUMNS)
    assert found(agenda=agenda).index[0] == A2A
    assert found(agenda=agenda).loc[A2A, "part_agenda"] == 3.0


def test_more_affairs_than_the_month_before_weigh() -> None:
    rows = [conflict(n, f"2031-02-{n:02d}", A1A) for n in (1, 2, 3)]
    rows.append(conflict(4, "2031-01-02", A1A))  # 42 days ago
    table = found(reports=frame(*rows), agenda=NO_AGENDA, weight_change=0.3)
    assert table.loc[A1A, ["n_now", "n_before"]].tolist() == [3, 1]
    assert table.loc[A1A, "part_perubahan"] == pytest.approx(0.3 * 1)  # 4 / 2: one doubling
    fewer = found(reports=frame(*rows[2:]), agenda=NO_AGENDA, weight_change=0.3)
    assert fewer.loc[A1A, "part_perubahan"] == 0.0  # as many as before


def test_a_quarrel_with_the_whole_province_is_watched_where_people_met() -> None:
    row = conflict(1, "2031-02-01", B1A, unit_pokok=PROV)
    assert watched_place(frame(row)).tolist() == [B1A]
    about = conflict(2, "2031-02-01", B1A, unit_pokok=A2A)
    assert watched_place(frame(about)).tolist() == [A2A]


@pytest.mark.parametrize(("peaceful", "listed"), [(None, False), (True, False), (False, True)])
def test_an_assembly_that_is_announced_is_lawful_unless_it_is_said_not_to_be_peaceful(
    peaceful: bool | None, listed: bool
) -> None:
    row = tiny.report(1, kind="potensi", status="terbuka", family="unjuk_rasa", peaceful=peaceful,
                      date_event="2031-02-10", severity=4, unit_kejadian=B2)  # fmt: skip
    assert list(found(reports=frame(row), agenda=NO_AGENDA).index) == ([B2] if listed else [])


def test_a_peaceful_assembly_never_puts_a_place_on_the_list() -> None:
    table = found()
    # A2a has a peaceful rally behind it, one planned and one on the agenda.
    assert not {A2A, B1A, PROV} & set(table.index)
    # R15 was not peaceful; it was reported on 15 February.
    assert found(day("2031-02-15")).loc[B1A, "part_konflik"] == pytest.approx(3 * 2 ** (-2 / 20))
    with pytest.raises(ParameterError, match="aksi"):
        replace(PARAMS, agenda=(("aksi", 0.1),))


def test_an_affair_weighs_as_its_heaviest_report_once() -> None:
    rows = [conflict(i, f"2031-02-{i:02d}", A, severity=i, perkara_id="P1") for i in (3, 4)]
    row = found(reports=frame(*rows), agenda=NO_AGENDA).iloc[0]
    assert row["n_konflik"] == 1
    assert row["score"] == pytest.approx(4 * 2 ** (-9 / 20))
    assert row["report_ids"] == ("R03", "R04")
    assert row["report_id"] == "R04"


def test_a_conflict_of_a_year_ages_from_the_day_it_was_reported() -> None:
    row = conflict(1, "2031-01-01", A1A, date_precision="year", date_reported="2031-02-03")
    table = found(reports=frame(row), agenda=NO_AGENDA)
    assert table.loc[A1A, "age_days"] == 10
    assert table.loc[A1A, "part_konflik"] == pytest.approx(3 * 2 ** (-10 / 20))


def test_a_month_that_is_not_over_weighs_as_today_and_never_more() -> None:
    """A conflict of "February", reported today: its last possible day is 15 days ahead."""
    row = conflict(1, "2031-02-01", A1A, date_precision="month", date_reported="2031-02-13")
    assert found(reports=frame(row), agenda=NO_AGENDA)["part_konflik"].tolist() == [3.0]


@pytest.mark.parametrize(("day_of_it", "listed"), [("2030-08-17", True), ("2030-08-16", False)])
def test_a_conflict_counts_through_the_last_day_looked_back_on(
    day_of_it: str, listed: bool
) -> None:
    """The eve is 13 February 2031; 180 days before it is 17 August 2030."""
    table = found(reports=frame(conflict(1, day_of_it, A1A)), agenda=NO_AGENDA)
    assert table["score"].tolist() == ([3 * 2.0**-9] if listed else [])


def slow_scores(rows: list[dict[str, Any]], as_of: dt.date) -> dict[str, float]:
    """Score places with plain loops; agenda and change are left out."""
    best: dict[tuple[str, str, str], float] = {}
    known = []
    for row in rows:
        last = row["date_event"].date()
        if row["date_precision"] == "month":
            last = dt.date(last.year, last.month % 12 + 1, 1) - dt.timedelta(days=1)
        if row["date_precision"] == "year":
            last = dt.date(last.year, 12, 31)
        told = row["date_reported"]
        if (last + dt.timedelta(days=1) if pd.isna(told) else told.date()) <= as_of:
            known.append((row, min(last, as_of), last if pd.isna(told) else told.date()))
    for row, last, _ in known:
        peaceful = None if pd.isna(row["peaceful"]) else row["peaceful"]
        unit = row["unit_pokok"] if isinstance(row["unit_pokok"], str) else row["unit_kejadian"]
        unit = row["unit_kejadian"] if unit == PROV else unit
        severity = 2 if pd.isna(row["severity"]) else row["severity"]
        if unit == PROV or row["kind"] == "nihil":
            continue
        if row["kind"] == "potensi":
            calm = peaceful is True or (row["family"] == "unjuk_rasa" and peaceful is None)
            if row["status"] != "terbuka" or calm:
                continue
            word = max(said for other, _, said in known if other["perkara_id"] == row["perkara_id"])
            points, part = 0.5 * severity * 0.5 ** ((as_of - word).days / 10), "potensi"
        else:
            disorder = row["family"] == "konflik" and peaceful is not True
            disorder = disorder or (row["family"] == "unjuk_rasa" and peaceful is False)
            age = (as_of - last).days
            if not disorder or age > 180:
                continue
            points, part = severity * 0.5 ** (age / 20), "konflik"
        key = (unit, part, row["perkara_id"])
        best[key] = max(best.get(key, 0.0), points)
    scores: dict[str, float] = {}
    for (unit, _, _), points in best.items():
        scores[unit] = scores.get(unit, 0.0) + points
    return scores


days = st.dates(dt.date(2030, 12, 1), dt.date(2031, 9, 1))
subsets = st.lists(st.integers(0, 15), unique=True)


@settings(deadline=None, max_examples=15)
@given(subsets, days)
def test_plain_loops_agree_on_the_scores(chosen: list[int], as_of: dt.date) -> None:
    reports = tiny.reports().iloc[chosen]
    slow = slow_scores(reports.to_dict("records"), as_of)
    assert found(as_of, reports=reports, agenda=NO_AGENDA)["score"].to_dict() == pytest.approx(slow)


@settings(deadline=None, max_examples=10)
@given(subsets, days)
def test_parts_sum_to_the_score_and_more_reports_never_lower_it(
    chosen: list[int], as_of: dt.date
) -> None:
    table = found(as_of, reports=tiny.reports().iloc[chosen])
    parts = [c for c in table if c.startswith("part_")]
    assert table[parts].sum(axis=1).tolist() == pytest.approx(table["score"].tolist())
    assert (table["score"] > 0).all()
    assert table["score"].is_monotonic_decreasing
    full = found(as_of)["score"].reindex(table.index)
    assert (full.to_numpy() >= table["score"].to_numpy() - 1e-12).all()
    ordered = found(as_of, reports=tiny.reports().iloc[sorted(chosen)])
    pd.testing.assert_frame_equal(table, ordered)


@pytest.mark.parametrize(
    "bad",
    [
        {"konflik_half_life_days": 0.5},
        {"lookback_days": 0},
        {"ahead_days": 367},
        {"weight_potensi": -1},
        {"severity_unknown": 6},
        {"severity_points": (1.0, 2.0, 3.0, 4.0, 3.9)},
        {"severity_points": (1.0, 2.0)},
    ],
)
def test_bad_parameters_are_named(bad: dict[str, Any]) -> None:
    with pytest.raises(ParameterError) as error:
        replace(PARAMS, **bad)
    assert error.value.name == next(iter(bad))


def test_the_file_of_weights_is_whole_and_each_weight_has_its_reason() -> None:
    given_weights = read_watch_weights()
    assert weights() == watch_params(given_weights)
    with pytest.raises(ParameterError, match="change_days"):
        watch_params({k: v for k, v in given_weights.items() if k != "change_days"})
    with pytest.raises(ParameterError, match="magic"):
        watch_params(given_weights | {"magic": 1})
    with pytest.raises(ParameterError):
        watch_params(given_weights | {"change_days": "many"})


def test_empty_tables_give_an_empty_list() -> None:
    assert found(reports=tiny.reports().iloc[:0], agenda=NO_AGENDA).empty
    with pytest.raises(ParameterError, match="n"):
        found(n=0)


VOTERS = pd.Series({PROV: 99.0, A: 60.0, B: 39.0, A1: 30.0, B2: 20.0, A1A: 10.0, A1B: 5.0,
                    A2A: 15.0, B1A: 4.0})  # fmt: skip


def test_the_record_by_hand() -> None:
    reports = frame(
        conflict(1, "2031-01-10", A1B, severity=5),
        conflict(2, "2031-02-20", A1B),  # 20 days after the list of 31 January
        conflict(3, "2031-03-05", A2A),
    )
    until = pd.Series({A: pd.Timestamp("2031-04-30"), B: pd.Timestamp("2031-02-01")})
    table = watch_record(
        reports, NO_AGENDA, VOTERS, until, [day("2031-01-31")], PARAMS, horizon_days=30
    ).set_index("list")
    # The list holds A1b only, and it came to a conflict; so did the desa with most affairs. The
    # desa with most voters is A2a: its conflict is three days too late.
    assert table.loc["daftar", ["n_places", "n_hits"]].tolist() == [1, 1]
    assert table.loc["perkara", ["n_places", "n_hits"]].tolist() == [1, 1]
    assert table.loc["pemilih", ["n_places", "n_hits"]].tolist() == [1, 0]
    longer = watch_record(
        reports, NO_AGENDA, VOTERS, until, [day("2031-01-31")], PARAMS, horizon_days=33
    ).set_index("list")
    assert longer.loc["pemilih", "n_hits"] == 1


def test_the_record_judges_no_place_that_nobody_watched_to_the_end() -> None:
    reports = frame(conflict(1, "2031-01-10", B1A), conflict(2, "2031-01-10", A1B))
    until = pd.Series({A: pd.Timestamp("2031-04-30"), B: pd.Timestamp("2031-02-01")})
    table = watch_record(reports, NO_AGENDA, VOTERS, until, [day("2031-01-31")], PARAMS, 30)
    assert table.loc[table["list"].eq("daftar"), "n_places"].tolist() == [1]


def test_a_list_knows_nothing_of_what_came_after() -> None:
    reports = tiny.reports()
    shuffled = reports[reports["date_event"].le(pd.Timestamp(EVE))]
    until = pd.Series({A: pd.Timestamp("2031-12-31"), B: pd.Timestamp("2031-12-31")})
    args = (VOTERS, until, [EVE], PARAMS)
    whole = watch_record(reports, NO_AGENDA, *args)
    cut = watch_record(shuffled, NO_AGENDA, *args)
    assert whole["n_places"].tolist() == cut["n_places"].tolist()
    assert cut["n_hits"].sum() == 0


def test_month_ends_lie_inside() -> None:
    assert month_ends(day("2031-01-31"), day("2031-03-30")) == [
        day("2031-01-31"),
        day("2031-02-28"),
    ]


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("as_of", [day("2024-02-13"), day("2025-03-22"), day("2025-10-31")])
def test_every_place_has_one_dated_line(dataset: Dataset, as_of: dt.date, lang: str) -> None:
    table = watch_list(dataset, as_of)
    assert len(table) == 5
    for _, row in table.iterrows():
        sentence = watch_sentence(row, dataset, as_of, lang)
        assert sentence.endswith(".")
        assert "\n" not in sentence
        assert not re.search(r"\b(nan|nat)\b|<na>", sentence.lower())
        assert any(str(year) in sentence for year in range(2022, 2027))


def test_the_vote_that_is_repeated_today_leads(dataset: Dataset) -> None:
    first = watch_rows(dataset, day("2025-03-22"), "id")[0]
    assert first["place_code"] == "19.05.03.2020"
    assert "hari ini, 22 Maret 2025" in str(first["reason"])


def test_the_riot_of_the_month_is_on_the_list(dataset: Dataset) -> None:
    rows = watch_rows(dataset, day("2025-10-31"), "id")
    riot = next(row for row in rows if row["place_code"] == "19.71")
    assert "6 Oktober 2025 (tingkat 5), belum ada kabar penyelesaian" in str(riot["reason"])
    assert riot["age_days"] == 25


def test_the_record_says_what_it_is_worth(dataset: Dataset) -> None:
    record = record_of(dataset, dt.date(2026, 11, 29))
    assert record.n_dates > 20
    assert record.share.between(0, 1).all()
    low, high = record_difference(record.by_date, str(record.share.drop("daftar").idxmax()))
    assert ("lebih baik daripada keduanya" in record_words(record, "id")) == (low > 0)
    assert ("dapat berupa kebetulan" in record_words(record, "id")) == (low <= 0 <= high)


def test_the_record_of_a_past_day_judges_only_what_was_over_and_known(dataset: Dataset) -> None:
    past = dt.date(2024, 3, 15)
    then = record_of(dataset, past)
    assert then.n_dates > 5
    assert then.last is not None
    assert then.last + dt.timedelta(days=60) < past
    rows = dataset.reports
    ended = dataset.with_tables(reports=rows[known_on(rows, past)])
    pd.testing.assert_frame_equal(record_of(ended, past).by_date, then.by_date)
    assert record_of(dataset, dt.date(1999, 1, 1)).n_dates == 0


def test_an_empty_list_is_said_by_the_command() -> None:
    done = CliRunner().invoke(app, ["watch", "--date", "1999-01-01"])
    assert done.exit_code == 0, done.output
    assert "Tidak ada tempat" in done.output
    assert "bukan berarti aman" in done.output
    assert "belum ada akhir bulan" in done.output


def judged(hits: list[int], others: list[int]) -> pd.DataFrame:
    ends = month_ends(day("2030-01-01"), day("2032-12-31"))[: len(hits)]
    rows = [
        {"date": date, "list": name, "n_places": 5, "n_hits": n}
        for date, both in zip(ends, zip(hits, others, strict=True), strict=True)
        for name, n in zip(("daftar", "pemilih"), both, strict=True)
    ]
    return pd.DataFrame(rows)


def test_a_lead_is_told_from_luck() -> None:
    # Always two of five ahead: every resample says 0.4. As many ahead as behind: nothing is told.
    assert record_difference(judged([3] * 12, [1] * 12), "pemilih") == pytest.approx((0.4, 0.4))
    low, high = record_difference(judged([3, 3, 1, 1] * 5, [1, 1, 3, 3] * 5), "pemilih")
    assert low < 0 < high
    assert low == pytest.approx(-high, abs=0.05)
    for few in (1, 2, 5):
        assert np.isnan(record_difference(judged([5] * few, [0] * few), "pemilih")).all()
    assert record_difference(judged([5] * 6, [0] * 6), "pemilih") == (1, 1)
    nobody = judged([1], [1]).assign(n_places=0)
    assert np.isnan(record_difference(nobody, "pemilih")).all()
    with pytest.raises(ParameterError, match="draws"):
        record_difference(judged([1], [1]), "pemilih", draws=10)


def test_the_command_prints_places_with_their_parts() -> None:
    done = CliRunner().invoke(app, ["watch", "--date", "2025-10-31", "--json"])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.output)
    assert [row["rank"] for row in answer["places"]] == [1, 2, 3, 4, 5]
    assert set(answer["places"][0]) >= {"place_code", "score", "parts", "age_days", "reason"}
    for row in answer["places"]:
        assert sum(row["parts"].values()) == pytest.approx(row["score"], abs=1e-3)
    assert answer["record"]["dates"] > 20
