"""The first page: change by family, open potensi, agenda, places to watch, freshness."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import strategies as st

from analytics.reports.agenda import agenda_ahead, planned
from analytics.reports.overview import (
    STALE_POTENSI_DAYS,
    family_figures,
    freshness,
    last_renewed,
    open_potensi,
)
from geo.errors import ParameterError
from tests import tiny
from tests.tiny import A1A, FAMILIES, PROV, B, day

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


@pytest.mark.parametrize(
    ("stage", "kind", "listed"),
    [("sengketa_hasil", "putusan", 0), ("logistik", "distribusi", 0), ("psu", "psu", 0),
     ("sengketa_hasil", "aksi", 1), ("kampanye", "putusan", 1)],
)  # fmt: skip
def test_a_day_of_a_stage_that_the_agenda_tells_of_is_listed_once(
    stage: str, kind: str, listed: int
) -> None:
    """A stage ends on 20 February; so does an agenda row of two days that begins on the 19th."""
    rows = tiny.stages().head(1).assign(stage=stage, date_end=pd.Timestamp("2031-02-20"))
    row = {"agenda_id": "G9", "date_start": "2031-02-19", "date_end": "2031-02-20", "kind": kind,
           "date_known": "2031-02-01", "title": "acara", "unit_code": A1A}  # fmt: skip
    agenda = tiny.frame([row], tiny.AGENDA_COLUMNS)
    found = agenda_ahead(agenda, rows, day("2031-02-15"))
    assert found["row_id"].tolist() == ["G9", *["S01"] * listed]
    # Before the agenda row is known, the day of the stage stands by itself.
    late = agenda.assign(date_known=pd.Timestamp("2031-02-16"))
    assert agenda_ahead(late, rows, day("2031-02-15"))["row_id"].tolist() == ["S01"]


def test_a_replay_of_the_eve_knows_of_no_repeated_vote() -> None:
    row = {"agenda_id": "G9", "date_start": "2031-02-22", "kind": "psu", "title": "PSU",
           "unit_code": A1A}  # fmt: skip
    agenda = tiny.frame([row], tiny.AGENDA_COLUMNS)
    assert planned(agenda, EVE).empty
    assert planned(agenda, day("2031-02-18")).empty
    assert list(planned(agenda, day("2031-02-19"))["row_id"]) == ["G9"]
    said = agenda.assign(date_known=pd.Timestamp("2031-02-15"))
    assert list(planned(said, day("2031-02-15"))["row_id"]) == ["G9"]


days = st.dates(dt.date(2030, 12, 1), dt.date(2031, 9, 1))
subsets = st.lists(st.integers(0, 15), unique=True)


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
    reports = tiny.reports().iloc[:0]
    assert open_potensi(reports, EVE).empty
    assert figures(reports=reports)["n_affairs"].sum() == 0
    sources = tiny.frame([], ("source_id", "kind"))
    imports = pd.DataFrame({"import_id": [], "at": []})
    assert freshness(reports, sources, imports, EVE).empty
