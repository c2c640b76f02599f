"""The first page: change by family, open potensi, agenda, places to watch, freshness."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.reports.agenda import agenda_ahead, planned
from analytics.reports.attention import WatchParams, places_to_watch
from analytics.reports.overview import (
    STALE_POTENSI_DAYS,
    family_figures,
    freshness,
    last_renewed,
    open_potensi,
)
from geo.errors import ParameterError
from tests import tiny
from tests.tiny import A1, A1A, A1B, B1A, B2, FAMILIES, PROV, A, B, day

EVE = day("2031-02-13")
MARK = day("2031-01-15")


def figures(**changed: Any) -> pd.DataFrame:
    given_args = {"reports": tiny.reports(), "as_of": EVE, "since": MARK, "families": FAMILIES,
                  "units": tiny.units(), "coverage": tiny.coverage()} | changed  # fmt: skip
    return family_figures(**given_args)


def test_change_by_family_by_hand() -> None:
    # 29 days on each side: 16 January to 13 February, 18 December to 15 January.
    found = figures()
    conflict = found.loc["konflik"]
    # Since: R10, and R08 as potensi. Before: R03 and R04 are one affair, R14 another; R09 is a
    # potensi; January as a whole (R06) lies in neither period.
    assert conflict[["n_affairs", "n_reports", "n_potensi", "n_before", "change"]].tolist() == [
        1, 1, 1, 2, -1,
    ]  # fmt: skip
    assert found["n_affairs"].to_dict() == dict.fromkeys(FAMILIES, 0) | {
        "konflik": 1, "unjuk_rasa": 1, "pelanggaran": 1,
    }  # fmt: skip
    assert "n_total" not in found
    assert list(found.index) == list(FAMILIES)


def test_a_period_that_was_not_watched_is_flagged() -> None:
    found = figures()
    assert not found["covered"].any()  # A1 was watched in January only
    assert not found["before_covered"].any()
    all_winter = {"unit_code": PROV, "date_start": "2030-12-18", "date_end": "2031-02-13",
                  "agency": "z"}  # fmt: skip
    columns = ("unit_code", "date_start", "date_end", "agency")
    found = figures(coverage=tiny.frame([all_winter], columns))
    assert found["covered"].all()
    assert found["before_covered"].all()
    late = tiny.frame([all_winter | {"date_start": "2030-12-19"}], columns)
    assert not figures(coverage=late)["before_covered"].any()


def test_a_potensi_that_came_true_counts_once() -> None:
    row = tiny.report(90, kind="potensi", status="menjadi_kejadian", date_event="2031-02-01",
                      date_reported="2031-02-01", family="konflik", unit_kejadian=B,
                      perkara_id="P10")  # fmt: skip
    reports = pd.concat([tiny.reports(), tiny.frame([row], tiny.REPORT_COLUMNS)])
    conflict = figures(reports=reports).loc["konflik"]
    assert (conflict["n_affairs"], conflict["n_potensi"]) == (1, 1)  # R10; R08


def test_the_mark_lies_before_the_day() -> None:
    with pytest.raises(ParameterError, match="since"):
        figures(since=EVE)


def test_open_potensi_by_hand() -> None:
    found = open_potensi(tiny.reports(), EVE)
    # R09 was calmed. R16 is planned for a week later.
    assert list(found["report_id"]) == ["R08", "R16"]
    assert list(found["age_days"]) == [3, -7]
    assert list(open_potensi(tiny.reports(), day("2031-02-11"))["report_id"]) == ["R08"]


def test_a_potensi_is_stale_once_nobody_spoke_of_it_for_ninety_days() -> None:
    # R08 was reported on 10 February and never again: day 90 is 11 May, day 91 the day after.
    for when, days, stale in (("2031-05-11", 90, False), ("2031-05-12", 91, True)):
        found = open_potensi(tiny.reports(), day(when)).set_index("report_id").loc["R08"]
        assert (found["unrenewed_days"], found["stale"]) == (days, stale)
    assert STALE_POTENSI_DAYS == 90
    short = open_potensi(tiny.reports(), EVE, stale_days=2).set_index("report_id")
    assert short["stale"].to_dict() == {"R08": True, "R16": False}
    for wrong in (0, 3651):
        with pytest.raises(ParameterError, match="stale_days"):
            open_potensi(tiny.reports(), EVE, stale_days=wrong)


def test_a_later_report_of_the_affair_renews_its_potensi_once_it_is_known() -> None:
    again = tiny.report(91, date_event="2031-04-20", date_reported="2031-04-22", family="konflik",
                        unit_kejadian=B2, perkara_id="P08")  # fmt: skip
    nothing = tiny.report(92, kind="nihil", date_event="2031-04-01", unit_kejadian=B2,
                          date_reported="2031-05-02", perkara_id="P08")  # fmt: skip
    rows = pd.concat([tiny.reports(), tiny.frame([again, nothing], tiny.REPORT_COLUMNS)])
    assert last_renewed(rows, day("2031-04-21"))["P08"] == pd.Timestamp("2031-02-10")
    assert last_renewed(rows, day("2031-06-01"))["P08"] == pd.Timestamp("2031-04-22")
    assert last_renewed(rows, day("2031-06-01"))["P06"] == pd.Timestamp("2031-01-31")  # its month
    found = open_potensi(rows, day("2031-06-01")).set_index("report_id").loc["R08"]
    assert (found["age_days"], found["unrenewed_days"], found["stale"]) == (111, 40, False)


def test_the_next_fourteen_days_by_hand() -> None:
    found = agenda_ahead(tiny.agenda(), tiny.stages(), EVE)
    # G3 became known a day later, G6 lies 15 days ahead. G5 stands for the stage rows S03 and S04
    # of the same day and title.
    assert list(zip(found["row_id"], found["kind"], found["days_to"], strict=True)) == [
        ("G4", "distribusi", 0),
        ("S02", "tahapan_selesai", 0),
        ("G5", "tahapan", 1),
        ("S04", "tahapan_selesai", 2),
        ("S05", "tahapan_mulai", 2),
        ("G2", "putusan", 5),
        ("G1", "aksi", 7),
    ]
    longer = agenda_ahead(tiny.agenda(), tiny.stages(), EVE, 15)
    assert longer["row_id"].iloc[-1] == "G6"
    assert list(found.columns) == list(agenda_ahead(
        tiny.agenda().iloc[:0], tiny.stages().iloc[:0], EVE).columns)  # fmt: skip
    with pytest.raises(ParameterError, match="days"):
        agenda_ahead(tiny.agenda(), tiny.stages(), EVE, 0)


def test_a_replay_of_the_eve_knows_of_no_repeated_vote() -> None:
    row = {"agenda_id": "G9", "date_start": "2031-02-22", "kind": "psu", "title": "PSU",
           "unit_code": A1A}  # fmt: skip
    agenda = tiny.frame([row], tiny.AGENDA_COLUMNS)
    assert planned(agenda, EVE).empty
    assert planned(agenda, day("2031-02-18")).empty
    assert list(planned(agenda, day("2031-02-19"))["row_id"]) == ["G9"]
    said = agenda.assign(date_known=pd.Timestamp("2031-02-15"))
    assert list(planned(said, day("2031-02-15"))["row_id"]) == ["G9"]


def test_places_to_watch_by_hand() -> None:
    found = places_to_watch(tiny.reports(), tiny.agenda(), EVE).set_index("code")
    # B2 has an open potensi of severity 3 and a ruling ahead. The conflicts follow by severity and
    # age: A1b 4 after 34 days, B unknown (2) after 8, A1 3 after 32, A1a 5 after 55.
    assert list(found.index) == [B2, A1B, B, A1, A1A]
    assert found["part_potensi"].tolist() == pytest.approx([2 * 3 / 5, 0, 0, 0, 0])
    assert found["part_konflik"].tolist() == pytest.approx(
        [0, 0.8 * 2 ** (-34 / 30), 0.4 * 2 ** (-8 / 30), 0.6 * 2 ** (-32 / 30), 2 ** (-55 / 30)]
    )
    assert found.loc[B2, "part_agenda"] == 0.1
    assert found.loc[B2, ["report_ids", "agenda_ids", "reasons"]].tolist() == [
        ("R08",), ("G2",), ("potensi_terbuka", "agenda"),
    ]  # fmt: skip
    assert found.loc[B2, "next_agenda"] == pd.Timestamp("2031-02-18")
    assert pd.isna(found.loc[B, "severity_max"])
    assert found.loc[B, "level"] == "kabupaten"


def test_a_peaceful_assembly_never_puts_a_place_on_the_list() -> None:
    everything = places_to_watch(tiny.reports(), tiny.agenda(), EVE, n=100)
    # A2a has a peaceful rally behind it, one planned and one on the agenda.
    assert tiny.A2A not in set(everything["code"])
    assert B1A not in set(everything["code"])
    assert PROV not in set(everything["code"])
    # R15 was not peaceful; it was reported on 15 February.
    later = places_to_watch(tiny.reports(), tiny.agenda(), day("2031-02-15"), n=100)
    unruly = later.set_index("code").loc[B1A]
    assert unruly["part_konflik"] == pytest.approx(0.6 * 2 ** (-2 / 30))


def test_open_potensi_come_first_whatever_the_score() -> None:
    light = WatchParams(weight_potensi=0.01)
    assert places_to_watch(tiny.reports(), tiny.agenda(), EVE, 1, light)["code"].tolist() == [B2]


@pytest.mark.parametrize(
    "bad",
    [
        {"half_life_days": 0.5},
        {"lookback_days": 0},
        {"ahead_days": 367},
        {"weight_potensi": -1},
        {"weight_agenda": 101},
        {"severity_unknown": 6},
    ],
)
def test_bad_parameters_are_named(bad: dict[str, Any]) -> None:
    with pytest.raises(ParameterError) as error:
        WatchParams(**bad)
    assert error.value.name == next(iter(bad))


def slow_scores(rows: list[dict[str, Any]], as_of: dt.date) -> dict[str, float]:
    """Score places with plain loops; the agenda is left out."""
    best: dict[tuple[str, str, str], float] = {}
    for row in rows:
        reported = row["date_reported"]
        last = row["date_event"].date()
        if row["date_precision"] == "month":
            last = dt.date(last.year, last.month % 12 + 1, 1) - dt.timedelta(days=1)
        if row["date_precision"] == "year":
            last = dt.date(last.year, 12, 31)
        known = last + dt.timedelta(days=1) if pd.isna(reported) else reported.date()
        peaceful = None if pd.isna(row["peaceful"]) else row["peaceful"]
        if known > as_of or row["kind"] == "nihil":
            continue
        unit = row["unit_pokok"] if isinstance(row["unit_pokok"], str) else row["unit_kejadian"]
        severity = 2 if pd.isna(row["severity"]) else row["severity"]
        age = max((as_of - last).days, 0)
        if unit == PROV:
            continue
        if row["kind"] == "potensi":
            if row["status"] != "terbuka" or peaceful is True:
                continue
            points, part = 2.0 * severity / 5, "potensi"
        else:
            conflict = row["family"] == "konflik" and peaceful is not True
            conflict = conflict or (row["family"] == "unjuk_rasa" and peaceful is False)
            if not conflict or age > 180:
                continue
            points, part = 0.5 ** (age / 30) * severity / 5, "konflik"
        key = (unit, part, row["perkara_id"])
        best[key] = max(best.get(key, 0.0), points)
    scores: dict[str, float] = {}
    for (unit, _, _), points in best.items():
        scores[unit] = scores.get(unit, 0.0) + points
    return scores


days = st.dates(dt.date(2030, 12, 1), dt.date(2031, 9, 1))
subsets = st.lists(st.integers(0, 15), unique=True)


@settings(deadline=None, max_examples=60)
@given(subsets, days)
def test_plain_loops_agree_on_the_scores(chosen: list[int], as_of: dt.date) -> None:
    reports = tiny.reports().iloc[chosen]
    found = places_to_watch(reports, tiny.agenda().iloc[:0], as_of, n=100)
    slow = slow_scores(reports.to_dict("records"), as_of)
    assert dict(zip(found["code"], found["score"], strict=True)) == pytest.approx(slow)


@settings(deadline=None, max_examples=60)
@given(subsets, days)
def test_parts_sum_to_the_score_and_more_reports_never_lower_it(
    chosen: list[int], as_of: dt.date
) -> None:
    found = places_to_watch(tiny.reports().iloc[chosen], tiny.agenda(), as_of, n=100)
    parts = found["part_potensi"] + found["part_konflik"] + found["part_agenda"]
    assert parts.equals(found["score"])
    assert (found["score"] > 0).all()
    assert found["n_potensi"].gt(0).tolist() == sorted(found["n_potensi"].gt(0), reverse=True)
    full = places_to_watch(tiny.reports(), tiny.agenda(), as_of, n=100).set_index("code")["score"]
    assert (full.reindex(found["code"]).to_numpy() >= found["score"].to_numpy()).all()
    ordered = places_to_watch(tiny.reports().iloc[sorted(chosen)], tiny.agenda(), as_of, n=100)
    pd.testing.assert_frame_equal(found, ordered)


def test_how_fresh_each_source_is() -> None:
    sources = tiny.frame([{"source_id": "src1", "kind": "publik"}], ("source_id", "kind"))
    at = pd.to_datetime(["2031-01-14T20:00:00Z"], utc=True).tz_convert("Asia/Jakarta")
    imports = pd.DataFrame({"import_id": ["I1"], "at": at})
    found = freshness(tiny.reports(), sources, imports, EVE).set_index("group")
    # publik: R03 R05 R06 R07 R09 R10 R11 R14; latest R10 of 5 February. polda: R04, R08.
    # R16 has no source and lies ahead: only its reporting date counts.
    assert list(found.index) == ["publik", "polda", "tidak_diketahui"]
    assert list(found["n_reports"]) == [8, 2, 1]
    assert list(found["age_days"]) == [8, 3, 1]
    assert found.loc["publik", "n_reported_unknown"] == 2
    assert found.loc["polda", "last_import"] == pd.Timestamp("2031-01-15")  # 03:00 there
    assert found.loc["tidak_diketahui", "last_event"] is pd.NaT
    none = freshness(tiny.reports(), sources, imports.iloc[:0], EVE)
    assert none["last_import"].isna().all()
    assert list(found["origin"]) == ["source", "agency", "source"]


def test_empty_tables_give_empty_answers() -> None:
    reports, agenda = tiny.reports().iloc[:0], tiny.agenda().iloc[:0]
    assert places_to_watch(reports, agenda, EVE).empty
    assert open_potensi(reports, EVE).empty
    assert figures(reports=reports)["n_affairs"].sum() == 0
    sources = tiny.frame([], ("source_id", "kind"))
    imports = pd.DataFrame({"import_id": [], "at": []})
    assert freshness(reports, sources, imports, EVE).empty
    assert A in set(places_to_watch(reports, tiny.agenda(), EVE)["code"])


def test_an_affair_weighs_as_its_heaviest_report_once() -> None:
    rows = [
        tiny.report(i, date_event=f"2031-02-{i:02d}", date_reported=f"2031-02-{i:02d}",
                    family="konflik", severity=i, unit_kejadian=A, perkara_id="P1")
        for i in (3, 4)
    ]  # fmt: skip
    reports = tiny.frame(rows, tiny.REPORT_COLUMNS)
    found = places_to_watch(reports, tiny.agenda().iloc[:0], EVE).iloc[0]
    assert found["n_konflik"] == 1
    assert found["score"] == pytest.approx(4 / 5 * 2 ** (-9 / 30))
    assert found["report_ids"] == ("R03", "R04")


def test_a_month_that_is_not_over_weighs_as_today_and_never_more() -> None:
    """A conflict of "February", reported on the 5th: its last possible day is 15 days ahead."""
    row = tiny.report(1, date_event="2031-02-01", date_precision="month",
                      date_reported="2031-02-05", family="konflik", severity=4,
                      unit_kejadian=A1A)  # fmt: skip
    reports = tiny.frame([row], tiny.REPORT_COLUMNS)
    found = places_to_watch(reports, tiny.agenda().iloc[:0], EVE).iloc[0]
    assert found["part_konflik"] == found["score"] == 4 / 5


@pytest.mark.parametrize(("day_of_it", "listed"), [("2030-08-17", True), ("2030-08-16", False)])
def test_a_conflict_counts_through_the_last_day_looked_back_on(
    day_of_it: str, listed: bool
) -> None:
    """The eve is 13 February 2031; 180 days before it is 17 August 2030."""
    row = tiny.report(1, date_event=day_of_it, date_reported=day_of_it, family="konflik",
                      severity=5, unit_kejadian=A1A)  # fmt: skip
    reports = tiny.frame([row], tiny.REPORT_COLUMNS)
    found = places_to_watch(reports, tiny.agenda().iloc[:0], EVE)
    assert found["score"].tolist() == ([2.0**-6] if listed else [])
