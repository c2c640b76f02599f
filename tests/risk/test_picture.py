"""The lines of the security picture, worked out by hand and against other ways to count."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.reports.overview import open_potensi
from analytics.risk.picture import (
    AGENCY_WORDS,
    OTHER_AGENCY,
    PictureParams,
    agency_group,
    grave_events,
    lines_by_unit,
    place_history,
    published_counts,
    standing_out,
    stood,
    who_knows,
)
from geo.errors import ParameterError
from services.hotspots.headline import gravest
from tests import tiny
from tests.tiny import A1, A1A, A1B, A2A, B1A, B2, PROV, A, B, day

DISPUTE_COLUMNS = (
    "dispute_id", "election", "kind", "unit_code", "tps_id", "recommended_date", "decided_date",
    "legal_deadline", "held_date", "result", "source_id",
)  # fmt: skip
DISPUTE_DAYS = dict.fromkeys(DISPUTE_COLUMNS[5:9], "datetime64[us]")
AGAIN = {
    "dispute_id": "D1", "kind": "psu", "unit_code": A1A, "tps_id": f"pemilu2031/{A1A}/001",
    "decided_date": "2031-02-17", "legal_deadline": "2031-02-27", "held_date": "2031-02-24",
    "result": "digelar", "source_id": "src2",
}  # fmt: skip
RULED = {"dispute_id": "D2", "kind": "sengketa", "unit_code": B, "decided_date": "2031-02-20",
         "result": "ditolak"}  # fmt: skip
MARCH = day("2031-03-01")


def disputes(*rows: dict[str, Any]) -> pd.DataFrame:
    return tiny.frame(list(rows), DISPUTE_COLUMNS).astype(DISPUTE_DAYS)


def with_rows(*rows: dict[str, Any]) -> pd.DataFrame:
    columns = (*tiny.REPORT_COLUMNS, "tps_number", "summary")
    return pd.concat([tiny.reports(), tiny.frame(list(rows), columns)], ignore_index=True)


def test_the_history_of_a_place_by_hand() -> None:
    found = place_history(tiny.reports(), disputes(AGAIN, RULED), MARCH)
    # The vote again of R02, told by D1 too; D2 that no report tells; R01 at a TPS of the affair
    # that led there; both intimidations; the clash of severity 5. Not R10 (severity unknown), R13
    # (2), R15 (an unruly assembly of 3), and no potensi.
    assert list(found["entry_id"]) == ["R02", "D2", "R01", "R04", "R03", "R14"]
    first = found.iloc[0]
    assert (first["code"], first["result"], first["other_source_id"]) == (A1A, "digelar", "src2")
    assert first["deadline"] == pd.Timestamp("2031-02-27")
    ruled = found.iloc[1]
    assert (ruled["code"], ruled["category"], ruled["result"]) == (B, "sengketa", "ditolak")
    assert ruled["date"] == pd.Timestamp("2031-02-20")
    assert pd.isna(ruled["severity"])
    assert found["deadline"].notna().sum() == 1


def test_a_past_day_knows_neither_the_vote_to_come_nor_what_led_to_it() -> None:
    found = place_history(tiny.reports(), disputes(AGAIN, RULED), day("2031-02-18"))
    # The vote again is decided and due; the shortage of R01 belongs to no ruling yet.
    assert list(found["entry_id"]) == ["D1", "R04", "R03", "R14"]
    due = found.iloc[0]
    assert (due["date"], due["tps"]) == (pd.Timestamp("2031-02-17"), "001")
    assert pd.isna(due["result"])
    assert due["deadline"] == pd.Timestamp("2031-02-27")


def test_two_tps_of_one_desa_and_day_are_two_entries() -> None:
    own = tiny.report(40, date_event="2031-02-24", date_reported="2031-02-24", family="proses",
                      category="psu", severity=3, unit_kejadian=B1A, location_precision="tps",
                      tps_number="004", summary="diulang")  # fmt: skip
    other = AGAIN | {"unit_code": B1A, "tps_id": f"pemilu2031/{B1A}/005"}
    found = place_history(with_rows(own), disputes(other), MARCH)
    mine = found[found["code"].eq(B1A)]
    assert dict(zip(mine["entry_id"], mine["tps"], strict=True)) == {"R40": "004", "D1": "005"}
    same = other | {"tps_id": f"pemilu2031/{B1A}/004"}
    told = place_history(with_rows(own), disputes(same), MARCH)
    assert list(told.loc[told["code"].eq(B1A), "entry_id"]) == ["R40"]
    assert told.loc[told["entry_id"].eq("R40"), "summary"].item() == "diulang"


def test_a_lower_severity_takes_more_in() -> None:
    found = [
        set(place_history(tiny.reports(), disputes(), day("2032-02-01"), params)["entry_id"])
        for params in (PictureParams(), PictureParams(severity_min=2))
    ]
    assert found[1] - found[0] == {"R13", "R15"}
    assert "R05" not in found[1]  # a peaceful assembly is never in it
    assert place_history(tiny.reports().iloc[:0], disputes(), MARCH).empty


@pytest.mark.parametrize(
    "wrong", [{"severity_min": 0}, {"severity_min": 6}, {"affairs_min": 0}, {"gravest_days": 0}]
)
def test_a_parameter_out_of_range_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        PictureParams(**wrong)


days = st.dates(dt.date(2030, 12, 1), dt.date(2032, 3, 1))


@given(days, days)
@settings(max_examples=15)
def test_what_a_report_tells_is_never_forgotten(one: dt.date, other: dt.date) -> None:
    early, late = sorted((one, other))
    known = [
        {e for e in place_history(tiny.reports(), disputes(AGAIN), d)["entry_id"] if e[0] == "R"}
        for d in (early, late)
    ]
    assert known[0] <= known[1]


COUNT = {"election": "pemilu2031", "authority": "bawaslu", "level": "kabupaten", "unit_code": A}


def counts(*rows: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows as both tables: those with a class are totals of classes."""
    made = pd.DataFrame(
        [
            {"label": "x", "count": None, "tps_total": None, "date": None, "note": None,
             "indicator_id": None, "kelas": None, "source_id": f"s{n}", **COUNT, **row}
            for n, row in enumerate(rows)
        ]
    ).astype({"count": "Int64", "tps_total": "Int64", "date": "datetime64[us]", "label": "str",
              "indicator_id": "str", "kelas": "str", "note": "str"})  # fmt: skip
    ids = [f"row{n}" for n in range(len(made))]
    classes = made["kelas"].notna()
    first = made[~classes].drop(columns="kelas").assign(count_id=pd.Series(ids)[~classes])
    second = made[classes].drop(columns="indicator_id").assign(total_id=pd.Series(ids)[classes])
    return first, second


VOTED = pd.Series({"pemilu2031": pd.Timestamp("2031-02-14")})
NO_REGISTER = pd.Series(
    [],
    index=pd.MultiIndex.from_arrays([[], []]).set_names(["election", "unit_code"]),
    dtype="int64",
)


def test_a_share_is_of_the_denominator_that_its_source_gives_and_of_no_other() -> None:
    tables = counts(
        {"indicator_id": "politik_uang", "count": 5, "tps_total": 20, "date": "2031-02-01"},
        {"indicator_id": "logistik_kurang", "count": 3, "date": "2031-02-01"},
        {"kelas": "rawan", "count": 6, "tps_total": 24, "authority": "polri", "date": "2031-02-02"},
    )
    register = pd.Series({("pemilu2031", A): 24})
    found = published_counts(*tables, VOTED, register, MARCH).set_index("subject")
    assert found["share"].dropna().to_dict() == {"politik_uang": 0.25, "rawan": 0.25}
    assert pd.isna(found.loc["logistik_kurang", "share"])
    assert pd.isna(found.loc["logistik_kurang", "tps_total"])
    assert found["totals_differ"].all()  # 20 and 24 TPS for one kabupaten
    assert not found["counts_differ"].any()


def test_contradictions_are_marked_and_both_sides_are_kept() -> None:
    tables = counts(
        {"indicator_id": "politik_uang", "count": 5, "tps_total": 20},
        {"indicator_id": "politik_uang", "count": 7, "tps_total": 20, "authority": "kpu"},
        {"indicator_id": "rawan_bencana", "count": 7, "tps_total": 20},
        {"indicator_id": "politik_uang", "count": 9, "tps_total": 30, "unit_code": B},
    )
    found = published_counts(*tables, VOTED, NO_REGISTER, MARCH)
    differ = found[found["counts_differ"]]
    assert sorted(zip(differ["unit_code"], differ["count"], strict=True)) == [(A, 5), (A, 7)]
    assert not found["totals_differ"].any()
    register = pd.Series({("pemilu2031", B): 31, ("pemilu2031", A): 20})
    checked = published_counts(*tables, VOTED, register, MARCH)
    assert set(checked.loc[checked["totals_differ"], "unit_code"]) == {B}
    assert checked.loc[checked["unit_code"].eq(B), "registered"].item() == 31


def test_a_count_is_known_from_its_day_and_without_one_from_the_vote() -> None:
    tables = counts(
        {"indicator_id": "a", "count": 1, "date": "2031-02-05"},
        {"indicator_id": "b", "count": 1},
        {"indicator_id": "c", "count": 1, "election": "pemilu2026"},
    )
    known = {
        when: set(published_counts(*tables, VOTED, NO_REGISTER, day(when))["subject"])
        for when in ("2031-02-04", "2031-02-05", "2031-02-13", "2031-02-14")
    }
    assert known == {
        "2031-02-04": {"c"}, "2031-02-05": {"a", "c"}, "2031-02-13": {"a", "c"},
        "2031-02-14": {"a", "b", "c"},
    }  # fmt: skip


published = st.lists(
    st.fixed_dictionaries(
        {
            "unit_code": st.sampled_from([A, B]),
            "authority": st.sampled_from(["bawaslu", "polri"]),
            "indicator_id": st.sampled_from(["politik_uang", "logistik_kurang"]),
            "count": st.one_of(st.none(), st.integers(0, 4)),
            "tps_total": st.one_of(st.none(), st.sampled_from([10, 12])),
        }
    ),
    min_size=1,
    max_size=8,
)


@given(published)
@settings(max_examples=40)
def test_contradictions_are_those_of_a_plain_loop(rows: list[dict[str, Any]]) -> None:
    found = published_counts(*counts(*rows), VOTED, NO_REGISTER, MARCH).set_index("row_id")
    assert len(found) == len(rows)
    for n, row in enumerate(rows):
        mine = [r for r in rows if r["unit_code"] == row["unit_code"]]
        totals = {r["tps_total"] for r in mine} - {None}
        same = [r["count"] for r in mine if r["indicator_id"] == row["indicator_id"]]
        made = found.loc[f"row{n}"]
        assert made["totals_differ"] == (len(totals) > 1)
        assert made["counts_differ"] == (len(set(same) - {None}) > 1)
        if row["count"] is not None and row["tps_total"] is not None:
            assert made["share"] == pytest.approx(row["count"] / row["tps_total"])
        else:
            assert pd.isna(made["share"])


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("Polres Bangka", "polri"), ("Bawaslu Kab. Bangka", "bawaslu"), ("KPU Provinsi", "kpu"),
        ("Kesbangpol", "pemda"), ("KODIM 0413", "tni"), ("Pemberitaan publik", "media"),
        ("Mahkamah Konstitusi", "mk"), ("Ormas X", OTHER_AGENCY), ("", OTHER_AGENCY),
        ("Panwaslu Kecamatan Koba", "bawaslu"),
    ],
)  # fmt: skip
def test_an_agency_is_known_by_the_first_word_of_its_name_that_tells(name: str, group: str) -> None:
    assert agency_group(name) == group


def test_no_word_tells_of_two_agencies() -> None:
    words = [word for known in AGENCY_WORDS.values() for word in known]
    assert len(words) == len(set(words))


def given_rows(*rows: tuple[str, str, str, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["agency", "unit_code", "what", "date"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


def test_who_knows_what_by_hand() -> None:
    known = given_rows(
        ("Polres A", A1A, "laporan", "2031-02-01"),
        ("Polsek A1", A1, "laporan", "2031-02-11"),
        ("Polres A", A, "laporan", "2031-04-01"),
        ("Bawaslu", PROV, "angka", None),
    )
    found = who_knows(known, MARCH).set_index(["agency", "area"])
    police = found.loc[("polri", A)]
    assert (police["n"], police["age_days"]) == (2, 18)  # from 11 February; April is not known yet
    watch = found.loc[("bawaslu", PROV)]
    assert watch["n"] == 1
    assert pd.isna(watch["age_days"])
    assert len(found) == 2


agencies = st.sampled_from(["Polres", "Bawaslu", "KPU", "X"])
places = st.sampled_from([PROV, A, A1, A1A, B, B1A])
whats = st.sampled_from(["laporan", "jawaban"])
dates = st.one_of(st.none(), st.dates(dt.date(2031, 1, 1), dt.date(2031, 6, 1)))


@given(st.lists(st.tuples(agencies, places, whats, dates), min_size=1, max_size=12))
@settings(max_examples=40)
def test_nothing_that_was_given_is_lost_or_counted_twice(rows: list[tuple[Any, ...]]) -> None:
    found = who_knows(given_rows(*rows), MARCH)
    assert found["n"].sum() == sum(d is None or d <= MARCH for *_, d in rows)
    assert found["age_days"].dropna().ge(0).all()
    assert not found.duplicated(["agency", "area", "what"]).any()


def risk(**units: tuple[int, float, str]) -> pd.DataFrame:
    """Return relative risks of units by name: affairs, chance of more, word."""
    frame = pd.DataFrame(units, index=["affairs", "p_above", "word"]).T
    return frame.assign(low=frame["p_above"])


def test_what_leads_is_of_the_first_family_that_is_higher_anywhere() -> None:
    same, more = "belum_dapat_dibedakan", "lebih_tinggi"
    quiet = risk(a=(9, 0.5, same), b=(1, 0.2, same))
    loud = risk(a=(4, 0.97, more), b=(5, 0.99, more))
    assert standing_out({"konflik": quiet, "logistik": loud}) == ("logistik", "b")
    assert standing_out({"logistik": loud, "konflik": loud}) == ("logistik", "b")
    assert standing_out({"konflik": quiet}) is None
    two = risk(a=(2, 0.99, more), b=(9, 0.4, "lebih_rendah"))
    assert standing_out({"konflik": two}) is None  # no headline is made on two affairs
    assert standing_out({"konflik": two}, PictureParams(affairs_min=2)) == ("konflik", "a")


def test_the_gravest_event_is_the_newest_of_the_worst_within_a_year() -> None:
    def worst(when: str, area: str | None = None) -> str | None:
        row = gravest(grave_events(tiny.reports(), day(when), area))
        return None if row is None else str(row["report_id"])

    assert worst("2031-02-13") == "R14"  # severity 5, in December
    # R14 lies further back than a year, and so do R03 and R04 of January.
    assert worst("2032-01-15") == "R02"
    assert worst("2031-02-16", B) == "R15"
    assert worst("2031-02-13", A2A) is None  # a peaceful assembly is none
    assert worst("2035-01-01") == "R14"  # nothing within a year: all that is known


def test_a_report_belongs_to_what_it_is_about_unless_that_holds_the_place_it_happened_in() -> None:
    rows = with_rows(
        tiny.report(50, date_event="2031-02-01", unit_kejadian=A1A, unit_pokok=A),
        tiny.report(51, date_event="2031-02-01", unit_kejadian=A1, unit_pokok=A1B),
        tiny.report(52, date_event="2031-02-01", unit_kejadian=B1A, unit_pokok=A2A),
        tiny.report(53, date_event="2031-02-01", unit_kejadian=B1A, unit_pokok=PROV,
                    location_precision="kabupaten"),
        tiny.report(54, date_event="2031-02-01", unit_kejadian=B2),
    )  # fmt: skip
    found = dict(zip(rows["report_id"], stood(rows), strict=True))
    assert [found[f"R{n}"] for n in range(50, 55)] == [A1A, A1B, A2A, B, B2]


def test_the_lines_of_units_by_hand() -> None:
    history = place_history(tiny.reports(), disputes(AGAIN, RULED), MARCH)
    found = lines_by_unit([A, B], open_potensi(tiny.reports(), MARCH, stale_days=18), history)
    # R16 in A2a was reported 17 days before, R08 in B2 19 days before.
    assert found[["n_potensi", "n_stale", "oldest_days"]].to_numpy().tolist() == [
        [1, 0, 17], [1, 1, 19],
    ]  # fmt: skip
    assert found["n_history"].tolist() == [5, 1]
    assert found.loc[A, "history_severity"] == 5
    assert pd.isna(found.loc[B, "history_severity"])
    fine = lines_by_unit([A1B, B2], open_potensi(tiny.reports(), MARCH), history)
    assert fine["n_history"].tolist() == [1, 0]  # R04 is known to the kecamatan only
    assert pd.isna(fine.loc[A1B, "oldest_days"])
