"""Stages on a date, how the product opens, and to which election a report belongs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.reports.stages import (
    Opening,
    StageParams,
    known_stages,
    next_stages,
    opening,
    stages_in_force,
    undated,
    window_of,
)
from analytics.reports.timeline import election_of, watch_table
from geo.errors import ParameterError
from tests import tiny
from tests.tiny import A1A, B1, B1A, FAMILIES, PROV, A, B, day

EVE = day("2031-02-13")
GENERAL = ("pemilu2031",)


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2031-02-13", ["S02"]),
        # S07 has only its end; it is taken to begin 30 days before.
        ("2031-02-12", ["S07", "S02"]),
        ("2031-01-13", ["S01", "S07"]),
        ("2031-01-12", ["S01"]),
        # S03 (one day) and S04 both hold the day of the vote.
        ("2031-02-14", ["S03", "S04"]),
        # S08 has only its start (21 March); it is taken to run 30 days.
        ("2031-04-20", ["S08"]),
        ("2031-04-21", []),
    ],
)
def test_stages_in_force_by_hand(as_of: str, expected: list[str]) -> None:
    found = stages_in_force(tiny.stages(), day(as_of))
    assert sorted(found["stage_id"]) == sorted(expected)


def test_days_left_are_unknown_where_the_end_is() -> None:
    eve = stages_in_force(tiny.stages(), EVE).iloc[0]
    assert (eve["days_left"], eve["bound"]) == (0, "tetap")
    open_end = stages_in_force(tiny.stages(), day("2031-03-25")).iloc[0]
    assert pd.isna(open_end["days_left"])
    assert open_end["bound"] == "tanpa_akhir"
    soonest = stages_in_force(tiny.stages(), day("2031-02-12"))
    assert list(soonest["stage_id"]) == ["S07", "S02"]
    assert list(soonest["days_left"]) == [0, 1]


def test_undated_stages_are_never_in_force_by_date() -> None:
    assert list(undated(tiny.stages())["stage_id"]) == ["S06"]


def test_next_stages_by_hand() -> None:
    found = next_stages(tiny.stages(), EVE, 3)
    assert list(found["stage_id"]) == ["S03", "S04", "S05"]
    assert list(found["days_to"]) == [1, 1, 2]
    assert next_stages(tiny.stages(), day("2031-11-26")).empty
    with pytest.raises(ParameterError, match="n="):
        next_stages(tiny.stages(), EVE, 0)


def test_the_window_of_some_stages() -> None:
    rows = tiny.stages()
    vote = window_of(rows[rows["stage"].eq("pemungutan_penghitungan")])
    assert (vote.first, vote.last) == (pd.Timestamp("2031-02-14"), pd.Timestamp("2031-11-26"))
    goods = window_of(rows[rows["stage"].eq("logistik")])
    assert goods.first == pd.Timestamp("2031-02-12")
    assert window_of(rows.iloc[:0]).first is None


def test_the_product_opens_on_the_stages_in_force_or_offers_the_eve() -> None:
    rows, elections = tiny.stages(), tiny.elections()
    current = opening(rows, elections, EVE, GENERAL)
    assert current == Opening(True, ("masa_tenang",), None, None)
    quiet = opening(rows, elections, day("2031-12-24"), GENERAL)
    assert quiet == Opening(False, (), "sosial_non_pemilu", pd.Timestamp("2031-02-13"))
    # Before the first vote there is no eve to replay; the day of a vote is not past.
    assert opening(rows, elections, day("2030-06-01"), GENERAL).replay_date is None
    regional = opening(rows, elections, day("2031-12-24"), ("pemilu2031", "pilkada2031"))
    assert regional.replay_date == pd.Timestamp("2031-11-25")


@pytest.mark.parametrize("bad", [{"open_days": -1}, {"open_days": 366}, {"max_gap_days": 3651}])
def test_bad_parameters_are_named(bad: dict[str, int]) -> None:
    with pytest.raises(ParameterError) as error:
        StageParams(**bad)
    assert error.value.name == next(iter(bad))


def test_reports_of_the_region_all_belong_to_the_general_election() -> None:
    reports = tiny.reports()
    election = election_of(reports, tiny.stages(), tiny.elections())
    assert election.index.equals(reports.index)
    social = reports["stage"].eq("sosial_non_pemilu")
    assert election[social].isna().all()
    assert election[~social].eq("pemilu2031").all()


@pytest.mark.parametrize(
    ("stage", "date", "unit", "expected"),
    [
        # 172 days after the end of the first campaign, 55 before the start of the second.
        ("kampanye", "2031-08-01", B1A, "pilkada2031"),
        ("kampanye", "2031-08-01", A1A, "pemilu2031"),  # A does not vote in the second
        ("kampanye", "2031-08-01", PROV, "pilkada2031"),  # the province holds B
        ("rekapitulasi", "2031-11-01", B, "pemilu2031"),  # never before its own vote
        ("rekapitulasi", "2031-12-01", B, "pilkada2031"),
        ("masa_tenang", "2031-11-24", B, "pilkada2031"),  # 2 days from its voting day
        ("kampanye", "2032-12-31", B, None),  # 405 days after the second campaign
        ("sosial_non_pemilu", "2031-02-01", A, None),
    ],
)
def test_the_nearest_stage_decides(stage: str, date: str, unit: str, expected: str | None) -> None:
    row = tiny.report(1, date_event=date, unit_kejadian=unit, stage=stage, family="konflik")
    reports = tiny.frame([row], tiny.REPORT_COLUMNS)
    found = election_of(reports, tiny.stages(), tiny.elections()).iloc[0]
    assert (None if pd.isna(found) else found) == expected


def test_without_elections_nothing_belongs() -> None:
    none = election_of(tiny.reports(), tiny.stages(), tiny.elections().iloc[:0])
    assert none.isna().all()


WATCHED = ("kampanye", "logistik", "pemungutan_penghitungan", "penetapan_parpol")


def watch(as_of: dt.date, never: Sequence[tuple[str, str]] = ()) -> pd.DataFrame:
    reports = tiny.reports()
    reports = reports.assign(election=election_of(reports, tiny.stages(), tiny.elections()))
    table = watch_table(tiny.stages(), reports, WATCHED, FAMILIES, as_of, not_applicable=never)
    return table.set_index(["election", "stage"])


def test_the_watch_table_by_hand() -> None:
    table = watch(EVE)
    assert len(table) == 8
    campaign: Any = table.loc[("pemilu2031", "kampanye")]
    # R03 and R04 are one affair; R09, R10, R14 one each. R05 rally, R07 violation.
    assert campaign["reports_konflik"] == 5
    assert campaign["affairs_konflik"] == 4
    assert campaign["affairs_unjuk_rasa"] == 1
    assert campaign["affairs_pelanggaran"] == 1
    assert (campaign["concern"], campaign["state"]) == ("bentrok", "ada_laporan")
    assert campaign["phase"] == "selesai"
    goods: Any = table.loc[("pemilu2031", "logistik")]
    assert (goods["n_rows"], goods["n_undated"], goods["phase"]) == (2, 1, "tanpa_tanggal")
    assert goods["affairs_logistik"] == 1
    assert pd.isna(goods["date_start"]) is False


def test_nothing_found_is_said_so_and_never_safe() -> None:
    table = watch(EVE)
    vote: Any = table.loc[("pemilu2031", "pemungutan_penghitungan")]
    # The short ballots (R01) were not known on the eve.
    assert (vote["state"], vote["phase"]) == ("tidak_ditemukan", "akan_datang")
    none: Any = table.loc[("pilkada2031", "penetapan_parpol")]
    assert (none["state"], none["phase"]) == ("tidak_ditemukan", "tidak_ada_tahapan")
    assert pd.isna(none["concern"])
    assert set(table["state"]) <= {"ada_laporan", "tidak_ditemukan"}
    never = [("pilkada2031", "penetapan_parpol"), ("pemilu2031", "logistik")]
    told = watch(EVE, never)
    party: Any = told.loc[never[0]]
    assert (party["state"], party["phase"]) == ("tidak_berlaku", "tidak_berlaku")
    goods: Any = told.loc[never[1]]
    # What was found is shown all the same, and so are rows that somebody entered.
    assert (goods["state"], goods["phase"]) == ("ada_laporan", "tanpa_tanggal")
    assert told.drop(index=never).equals(table.drop(index=never))
    later: Any = watch(day("2031-02-14")).loc[("pemilu2031", "pemungutan_penghitungan")]
    assert (later["state"], later["phase"]) == ("ada_laporan", "berjalan")


def test_a_stage_is_unknown_before_the_day_it_became_known() -> None:
    """S09, the campaign from 25 September, and S05, in force from 15 February."""
    rows = tiny.stages()
    told = {"S09": "2031-09-01", "S05": "2031-02-20"}
    rows["date_known"] = pd.to_datetime(rows["stage_id"].map(told))
    assert len(known_stages(rows, day("2031-02-19"))) == len(rows) - 2
    assert len(known_stages(rows, day("2031-02-20"))) == len(rows) - 1
    assert known_stages(tiny.stages().drop(columns="date_known"), EVE).shape[0] == len(rows)
    assert "S05" not in set(stages_in_force(rows, day("2031-02-19"))["stage_id"])
    assert "S05" in set(stages_in_force(rows, day("2031-02-20"))["stage_id"])
    assert "S09" not in set(next_stages(rows, day("2031-08-31"), 9)["stage_id"])
    assert "S09" in set(next_stages(rows, day("2031-09-01"), 9)["stage_id"])
    reports = tiny.reports()
    reports = reports.assign(election=election_of(reports, rows, tiny.elections()))
    table = watch_table(rows, reports, WATCHED, FAMILIES, day("2031-08-31"))
    campaign: Any = table.set_index(["election", "stage"]).loc[("pilkada2031", "kampanye")]
    assert campaign["phase"] == "tidak_ada_tahapan"


days = st.dates(dt.date(2030, 10, 1), dt.date(2032, 3, 1))


@settings(max_examples=30)
@given(days, st.integers(0, 365))
def test_in_force_and_next_never_overlap(as_of: dt.date, open_days: int) -> None:
    rows, params = tiny.stages(), StageParams(open_days=open_days)
    current = stages_in_force(rows, as_of, params)
    ahead = next_stages(rows, as_of, len(rows))
    assert not set(current["stage_id"]) & set(ahead["stage_id"])
    assert not set(current["stage_id"]) & set(undated(rows)["stage_id"])
    assert (current["days_left"].dropna() >= 0).all()
    assert (ahead["days_to"] >= 1).all()
    # A longer assumption only ever adds stages.
    longer = stages_in_force(rows, as_of, StageParams(open_days=365))
    assert set(current["stage_id"]) <= set(longer["stage_id"])


@settings(max_examples=20)
@given(st.permutations(range(16)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    reports = tiny.reports()
    shuffled = election_of(reports.iloc[order], tiny.stages(), tiny.elections())
    expected = election_of(reports, tiny.stages(), tiny.elections())
    pd.testing.assert_series_equal(shuffled.sort_index(), expected)


def test_place_of_a_report_is_its_subject() -> None:
    row = tiny.report(1, date_event="2031-08-01", unit_kejadian=A, unit_pokok=B1, stage="kampanye")
    reports = tiny.frame([row], tiny.REPORT_COLUMNS)
    assert election_of(reports, tiny.stages(), tiny.elections()).iloc[0] == "pilkada2031"
