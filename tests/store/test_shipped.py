"""The shipped tables hold together, and say what their sources say."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from analytics.hotspots.rates import part_gaps
from analytics.reports.agenda import TOLD_BY, agenda_ahead
from analytics.reports.stages import known_stages, stages_in_force
from data.store.shipped import load_shipped
from data.vocabulary import CATEGORY_FAMILY, PARTY_STAGES, WATCHED_STAGES

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference"
UNPLACED = {"BBL-0003"}
"""The source contradicts itself about the kabupaten: the row stays at the province."""
CORRECTED = {
    "BBL-0003": {"location_note"},
    "BBL-0061": {"date_event", "date_precision", "location_note"},
    "BBL-0072": {"date_event", "date_precision", "location_note", "people_count"},
    "BBL-0118": {"location_note", "people_count", "summary"},
}
"""What `facts_additions.csv` corrects in rows of the first list."""
ELSEWHERE = {"BBL-0054", "BBL-0055"}
"""Happened at the kecamatan's count, about a TPS: the named desa is ``unit_pokok``."""


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    return load_shipped()


@pytest.fixture(scope="module")
def cited(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    reports = frames["reports"]
    return reports[reports["report_id"].str.match(r"BBL-\d")].set_index("report_id")


@pytest.fixture(scope="module")
def added(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    reports = frames["reports"]
    return reports[reports["report_id"].str.match("BBL-[A-Z]")].set_index("report_id")


def reference(name: str) -> list[dict[str, str]]:
    path = REFERENCE / name
    if not path.exists():
        pytest.skip(f"../shared/reference is absent: {name} cannot be compared")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def kabupaten(codes: pd.Series) -> dict[str, int]:
    return dict(Counter(code[:5] for code in codes))


def test_rows_per_table(frames: dict[str, pd.DataFrame]) -> None:
    """Reports, their affairs and the pages they rest on are counted elsewhere."""
    others = {"sources", "reports", "affairs", "coverage_periods"}
    assert {name: len(frame) for name, frame in frames.items() if name not in others} == {
        "units": 448, "unit_shapes": 445, "elections": 3, "stages": 71, "rakor": 46, "tps": 4116,
        "voters": 135, "agenda": 49, "indicator_versions": 3, "risk_indicators": 48,
        "indicator_counts": 90, "class_totals": 21, "security_patterns": 42, "baseline_scores": 18,
        "personnel_available": 20, "disputes": 12,
    }  # fmt: skip


def test_tps_add_up_to_the_published_counts(frames: dict[str, pd.DataFrame]) -> None:
    tps = frames["tps"]
    assert set(tps["election"]) == {"pemilu2024"}
    assert Counter(tps["lokasi_khusus"]) == {False: 4101, True: 15}
    assert kabupaten(tps["desa_code"]) == {
        "19.01": 911, "19.02": 547, "19.03": 555, "19.04": 548, "19.05": 570, "19.06": 363,
        "19.71": 622,
    }  # fmt: skip
    special = tps[tps["lokasi_khusus"]]
    assert kabupaten(special["desa_code"]) == {
        "19.01": 2, "19.02": 1, "19.05": 1, "19.06": 4, "19.71": 7,
    }  # fmt: skip
    assert special["number"].ge("901").all()
    assert tps["source_id"].notna().all()
    points = frames["units"].set_index("code")[["lon", "lat"]].loc[tps["desa_code"]]
    assert (points.to_numpy() == tps[["lon", "lat"]].to_numpy()).all()


def test_kinds_of_reports(
    frames: dict[str, pd.DataFrame], cited: pd.DataFrame, added: pd.DataFrame
) -> None:
    assert len(cited) == 123
    assert Counter(cited["kind"]) == {"kejadian": 120, "potensi": 3}
    assert Counter(added["kind"]) == {"kejadian": 117, "potensi": 31, "nihil": 17}
    potensi = frames["reports"][frames["reports"]["kind"].eq("potensi")]
    status = potensi.set_index("report_id")["status"]
    assert status[~status.index.isin(added.index)].to_dict() == {
        "BBL-0014": "terbuka", "BBL-0065": "tidak_terbukti", "BBL-0104": "tidak_terbukti",
        "POT-0001": "terbuka", "POT-0002": "menjadi_kejadian", "POT-0003": "tidak_terbukti",
        "POT-0004": "terbuka", "POT-0005": "terbuka",
    }  # fmt: skip
    assert Counter(status[status.index.isin(added.index)]) == {
        "terbuka": 10, "diredam": 3, "menjadi_kejadian": 6, "tidak_terbukti": 12,
    }  # fmt: skip
    assert set(frames["reports"]["verification"]) == {"dikutip"}
    assert set(frames["reports"]["access"]) == {"terbuka"}


def test_rows_per_place(cited: pd.DataFrame) -> None:
    """Counted by hand from the list of rows, where it happened and what it is about."""
    assert kabupaten(cited["unit_kejadian"]) == {
        "19": 14, "19.01": 13, "19.02": 16, "19.03": 11, "19.04": 9, "19.05": 24, "19.06": 7,
        "19.71": 29,
    }  # fmt: skip
    about = cited["unit_pokok"].where(cited["unit_pokok"].notna(), cited["unit_kejadian"])
    assert kabupaten(about) == {
        "19": 17, "19.01": 13, "19.02": 16, "19.03": 11, "19.04": 12, "19.05": 24, "19.06": 7,
        "19.71": 23,
    }  # fmt: skip
    assert Counter(cited["location_precision"]) == {
        "tps": 23, "desa": 17, "kecamatan": 22, "kabupaten": 47, "provinsi": 14,
    }  # fmt: skip


def test_potensi_of_a_stage_that_has_ended_are_not_open(frames: dict[str, pd.DataFrame]) -> None:
    reports = frames["reports"]
    open_now = reports[reports["kind"].eq("potensi") & reports["status"].eq("terbuka")]
    assert set(open_now["stage"]) == {"sosial_non_pemilu"}


def test_affairs_per_kabupaten(frames: dict[str, pd.DataFrame], cited: pd.DataFrame) -> None:
    """Worked out by hand: rows of a kabupaten, less all but one of each affair, less totals."""
    totals = frames["affairs"].loc[frames["affairs"]["kind"].eq("rekap"), "perkara_id"]
    single = cited[~cited["perkara_id"].isin(totals)]
    per_area = single.groupby(single["unit_kejadian"].str[:5])["perkara_id"].nunique()
    assert per_area.to_dict() == {
        "19": 9, "19.01": 10, "19.02": 11, "19.03": 9, "19.04": 6, "19.05": 12, "19.06": 4,
        "19.71": 17,
    }  # fmt: skip
    assert single["perkara_id"].nunique() == 75
    assert Counter(frames["affairs"]["kind"]) == {"perkara": 47, "rekap": 9}


@pytest.mark.parametrize(
    ("perkara", "members"),
    [
        (
            "PRK-BATU-BERIGA",
            "0013 0066 0068 0069 0100 0103 0105 A006 A032 A040 A041 B057 C003 C004 C005",
        ),
        (
            "PRK-KEMBIRI-PLASMA",
            "0007 0008 0009 0011 0012 A009 B011 B015 B017 B018 B022 B031 C007 C008",
        ),
        ("PRK-SINAR-MANIK", "0073 0074 0075 0076 0099 0101 A036"),
        ("PRK-SURAT-SUARA-BASEL", "0039 0042 0056"),
        ("PRK-SURAT-SUARA-BELTIM", "0045 0046 0047 A015"),
        ("PRK-TEMBERAN-TPS017", "0054 0055 0058 A019"),
        ("PRK-SATGAS-TIMAH-2025", "0118 0119 A050"),
        ("PRK-PILBUP-BANGKA-ULANG", "0114 0117"),
        ("PRK-IJAZAH-CALON-BANGKA", "0107 B083 B087"),
        ("PRK-TANDATANGAN-CALON-BANGKA", "0115 0116"),
        ("REKAP-SURAT-SUARA-KURANG-2024", "0034"),
        ("REKAP-PELANGGARAN-PILKADA-2024", "0082 B068 B069 B070 B071 B074"),
    ],
)
def test_members_of_affairs(frames: dict[str, pd.DataFrame], perkara: str, members: str) -> None:
    reports = frames["reports"]
    found = reports.loc[reports["perkara_id"].eq(perkara), "report_id"]
    assert [i[4:] for i in found] == members.split()


def test_totals_are_never_in_an_affair_with_other_rows(
    frames: dict[str, pd.DataFrame], cited: pd.DataFrame
) -> None:
    affairs, reports = frames["affairs"], frames["reports"].set_index("report_id")
    totals = affairs["kind"].eq("rekap")
    assert (affairs["perkara_id"].str.startswith("REKAP-") == totals).all()
    rekap = {row["event_id"] for row in _additions() if row["kind"] == "rekap"}
    rekap |= {"BBL-0017", "BBL-0034", "BBL-0053", "BBL-0082", "BBL-0111"}
    assert set(reports.index[reports["perkara_id"].str.startswith("REKAP-")]) == rekap


def test_zero_reports_are_no_incident_and_no_part_of_an_affair(
    frames: dict[str, pd.DataFrame],
) -> None:
    zero = frames["reports"][frames["reports"]["kind"].eq("nihil")]
    assert (zero["perkara_id"] == zero["report_id"]).all()
    assert zero["severity"].isna().all()
    assert (zero["date_end"] == zero["date_event"]).all()


def test_one_page_one_day_one_kind_in_one_kabupaten_is_one_affair(
    frames: dict[str, pd.DataFrame],
) -> None:
    """Set aside are cases of single persons, and one page whose date ends a period."""
    rows = frames["reports"]
    rows = rows[
        rows["date_precision"].eq("day") & rows["unit_kejadian"].str.contains(".", regex=False)
    ]
    rows = rows[~rows["perkara_id"].str.startswith("REKAP-") & rows["family"].ne("petugas")]
    rows = rows[rows["kind"].ne("nihil") & ~rows["report_id"].isin(["BBL-0025", "BBL-0026"])]
    keys = ["source_id", "date_event", "category", rows["unit_kejadian"].str[:5]]
    affairs = rows.groupby(keys)["perkara_id"].agg(["size", "nunique"])
    assert (affairs["nunique"] == 1).all()
    assert (affairs["size"] > 1).sum() == 4


def test_no_report_has_a_dot_of_its_own(frames: dict[str, pd.DataFrame]) -> None:
    assert frames["reports"][["lon", "lat"]].isna().all(axis=None)


def test_sectarian_cases_stay_at_kabupaten_level(frames: dict[str, pd.DataFrame]) -> None:
    rows = frames["reports"][frames["reports"]["category"].eq("hoaks_sara")]
    assert len(rows) == 6
    assert rows["location_precision"].isin(["kabupaten", "provinsi"]).all()
    assert not frames["rakor"]["outcome"].str.contains("Riau Silip").any()


def test_families_that_differ_from_their_category(frames: dict[str, pd.DataFrame]) -> None:
    rows = frames["reports"].set_index("report_id")
    rows = rows[rows["kind"].ne("nihil")]
    other = rows[rows["family"] != rows["category"].map(CATEGORY_FAMILY)]
    assert other["family"].to_dict() == {
        "BBL-0004": "proses", "BBL-0005": "proses", "BBL-0013": "unjuk_rasa",
        "BBL-0044": "logistik", "BBL-0062": "lainnya", "BBL-0064": "unjuk_rasa",
        "BBL-0089": "proses", "BBL-0092": "proses", "BBL-0108": "pelanggaran",
        "BBL-0109": "pelanggaran", "BBL-0112": "proses", "POT-0003": "konflik",
        **{f"BBL-{n}": "konflik" for n in ("A005", "A017")},
        **{f"BBL-{n}": "unjuk_rasa" for n in ("A040", "A043", "A044", "A052", "B013", "B077",
                                              "B100")},
        **{f"BBL-{n}": "lainnya" for n in ("A023", "B002", "B003", "B010", "B048", "B054", "B076",
                                           "B084", "B086")},
        **{f"BBL-{n}": "proses" for n in ("A028", "A029", "A030")},
    }  # fmt: skip
    quiet = rows[rows["peaceful"].eq(True).fillna(False)]
    assert " ".join(i[4:] for i in quiet.index) == (
        "0068 A024 A031 A035 A048 A049 A050 A057 A059 B049 B082 C008"
    )
    loud = rows[rows["peaceful"].eq(False).fillna(False)]
    assert set(loud["family"]) == {"konflik"}


def test_tps_of_reports_exist(frames: dict[str, pd.DataFrame]) -> None:
    """Only TPS of Pemilu 2024 are known one by one; a later number is of another election."""
    rows = frames["reports"][frames["reports"]["tps_number"].notna()]
    rows = rows[rows["date_event"].lt("2024-06-01")]
    about = rows["unit_pokok"].where(rows["unit_pokok"].notna(), rows["unit_kejadian"])
    wanted = "pemilu2024/" + about + "/" + rows["tps_number"]
    assert len(wanted) == 20
    assert wanted.isin(frames["tps"]["tps_id"]).all()


def test_watched_stages_that_the_source_has(frames: dict[str, pd.DataFrame]) -> None:
    have = frames["stages"].groupby("election")["stage"].agg(set)
    missing = {election: set(WATCHED_STAGES) - stages for election, stages in have.items()}
    assert missing == {
        "pemilu2024": set(),
        "pilkada2024": {"penetapan_parpol"},
        "pilkada_ulang2025": {"penetapan_parpol", "pelanggaran_sengketa"},
    }
    for election in ("pilkada2024", "pilkada_ulang2025"):
        assert not have[election] & set(PARTY_STAGES)
    assert all("masa_tenang" in found for found in have)
    assert {e for e, found in have.items() if "psu" in found} == {"pemilu2024", "pilkada2024"}


def test_a_stage_is_in_force_on_the_day_of_a_vote_and_on_the_day_after(
    frames: dict[str, pd.DataFrame],
) -> None:
    for row in frames["elections"].itertuples():
        vote = row.voting_date
        on_day = stages_in_force(frames["stages"], vote)
        assert "pemungutan_penghitungan" in set(on_day["stage"]), row.election
        after = stages_in_force(frames["stages"], vote + pd.Timedelta(days=1))
        assert "rekapitulasi" in set(after.loc[after["election"].eq(row.election), "stage"])
        eve = stages_in_force(frames["stages"], vote - pd.Timedelta(days=1))
        assert "masa_tenang" in set(eve.loc[eve["election"].eq(row.election), "stage"])


@pytest.mark.parametrize(
    ("day", "stage", "name"),
    [
        ("2025-08-25", "masa_tenang", "Masa tenang"),
        ("2025-08-28", "rekapitulasi", "Rekapitulasi berjenjang"),
        ("2024-08-30", "pencalonan", "Perpanjangan pendaftaran"),
        ("2024-01-21", "kampanye", "Kampanye rapat umum"),
        ("2024-02-11", "logistik", "Pengiriman logistik ke TPS"),
        ("2024-09-23", "pencalonan", "Pengundian nomor urut"),
        ("2024-03-01", "penyusunan_regulasi", "Pemberitahuan dan pendaftaran pemantau"),
        ("2024-02-18", "psu", "Pemungutan suara ulang TPS 001 Aik Rayak"),
        ("2025-03-22", "psu", "Pemungutan suara ulang TPS 1-4 Sinar Manik"),
    ],
)
def test_stages_that_the_timeline_lacked(
    frames: dict[str, pd.DataFrame], day: str, stage: str, name: str
) -> None:
    rows = stages_in_force(frames["stages"], pd.Timestamp(day))
    names = rows.loc[rows["stage"].eq(stage), "name"]
    assert names.str.startswith(name).any()


def test_no_stage_is_known_before_anybody_could_know_it(frames: dict[str, pd.DataFrame]) -> None:
    """The schedules are of 9 June 2022, 26 January 2024 and 13 December 2024; the rest is dated."""
    stages = frames["stages"].set_index("stage_id")
    schedule = {"pemilu2024": "2022-06-09", "pilkada2024": "2024-01-26",
                "pilkada_ulang2025": "2024-12-13"}  # fmt: skip
    first = stages["election"].map(schedule).astype("datetime64[s]")
    known = stages["date_known"]
    assert list(stages.index[known.isna()]) == ["pemilu2024/pelanggaran_sengketa/01"]
    assert (known.isna() | known.ge(first)).all()
    assert not known.gt(stages["date_start"]).any()
    eve = known_stages(frames["stages"], pd.Timestamp(2024, 11, 26))
    assert set(eve["election"]) == {"pemilu2024", "pilkada2024"}
    assert "psu" not in set(eve.loc[eve["election"].eq("pilkada2024"), "stage"])
    assert not eve["name"].str.contains("PHPU gubernur").any()


KNOWN_BY = {
    "AGD-002": "said in public on Thursday 8 February 2024, says the page of the 9th",
    "AGD-007": "plan of 11 February 2024, says the page",
    "AGD-011": "page of Saturday 17 February 2024: will vote again on Sunday",
    "AGD-012": "the same page",
    "AGD-025": "page of 13 November 2024",
    "AGD-026": "page of Thursday 21 November 2024, by the numbers of ANTARA",
    "AGD-035": "page of Friday 28 February 2025, before a meeting of 3 March",
    "AGD-046": "page of 12 February 2024: boxes move from the 13th",
    "AGD-048": "the page of 17 February 2024",
}
"""What tells, where the address of the page does not, that an item was known before its day."""


def test_no_agenda_row_is_known_before_its_source_could_say_so(
    frames: dict[str, pd.DataFrame],
) -> None:
    agenda = frames["agenda"].set_index("agenda_id")
    assert agenda["date_known"].notna().all()
    assert agenda["date_known"].le(agenda["date_start"]).all()
    urls = agenda["source_id"].map(frames["sources"].set_index("source_id")["url"])
    early = agenda.index[agenda["date_known"].lt(agenda["date_start"])]
    for key in early.difference(list(KNOWN_BY)):
        found = re.search(r"/(20\d\d)/(\d\d)/(\d\d)(/|$)", urls[key])
        assert found is not None, key
        assert agenda["date_known"][key] == pd.Timestamp("-".join(found.groups()[:3])), key
    assert set(KNOWN_BY) <= set(early)


def test_a_replay_lists_nothing_before_it_was_known(frames: dict[str, pd.DataFrame]) -> None:
    agenda, stages = frames["agenda"], frames["stages"]
    known = agenda.set_index("agenda_id")["date_known"]
    since = stages.set_index("stage_id")["date_known"]
    for day in pd.date_range("2022-06-01", "2026-02-01", freq="31D"):
        rows = agenda_ahead(agenda, stages, day)
        own = rows["row_id"].map(pd.concat([known, since]))
        assert (own.isna() | own.le(day)).all(), day
    decree = agenda_ahead(agenda, stages, pd.Timestamp(2024, 12, 6))
    assert "AGD-029" not in set(decree["row_id"])
    assert "AGD-029" in set(agenda_ahead(agenda, stages, pd.Timestamp(2024, 12, 7))["row_id"])


def test_no_event_stands_twice(frames: dict[str, pd.DataFrame]) -> None:
    """A day of a stage that an agenda row tells of is listed as that row alone."""
    agenda, stages = frames["agenda"], frames["stages"]
    single = stages[stages["date_start"].eq(stages["date_end"])]
    titles = set(single["name"].str.casefold()) & set(agenda["title"].str.casefold())
    assert not titles
    for day in pd.date_range("2024-01-01", "2025-10-31", freq="29D"):
        rows = agenda_ahead(agenda, stages, day)
        kinds = rows[rows["origin"].eq("agenda")].groupby("date_start")["kind"].agg(set)
        of_stage = rows[rows["origin"].eq("stage")]
        stage = of_stage["row_id"].map(stages.set_index("stage_id")["stage"])
        for at, name in zip(of_stage["date_start"], stage, strict=True):
            assert not kinds.get(at, set()) & set(TOLD_BY.get(name, ())), (day, at, name)


def test_the_lists_of_voters_that_do_not_add_up_are_flagged(
    frames: dict[str, pd.DataFrame],
) -> None:
    """Recomputed from the rows: the gap is the sum of the parts less the printed total."""
    found = part_gaps(frames["voters"], frames["units"])
    assert found["gap"].to_dict() == {
        ("pemilu2024", "dps", "19.01"): 1000,
        ("pemilu2024", "dpshp", "19.04"): 1000,
        ("pilkada_ulang2025", "dpt", "19.01"): -60,
    }
    notes = frames["voters"].set_index(["election", "list_kind", "unit_code"])["note"]
    for key, row in found.iterrows():
        assert f"{row['parts']:,}".replace(",", ".") in notes[key], key


def test_published_totals_of_elections_without_tps_rows(frames: dict[str, pd.DataFrame]) -> None:
    voters = frames["voters"].set_index("voters_id")
    assert voters.loc["pilkada2024/dpt/19/01", ["total", "tps_count"]].tolist() == [1084999, 2197]
    dpt = voters[voters["election"].eq("pilkada2024") & voters["list_kind"].eq("dpt")]
    areas = dpt[dpt["level"].eq("kabupaten")].groupby("unit_code")[["total", "tps_count"]].max()
    assert areas.sum().tolist() == [1084999, 2197]
    rerun = voters[voters["election"].eq("pilkada_ulang2025") & voters["level"].eq("kabupaten")]
    assert rerun.groupby("unit_code")["tps_count"].max().to_dict() == {"19.01": 459, "19.71": 315}


def test_voters_of_one_list_never_contradict_each_other(frames: dict[str, pd.DataFrame]) -> None:
    voters = frames["voters"][frames["voters"]["list_kind"].ne("khusus")]
    keys = ["election", "list_kind", "unit_code"]
    values = ["male", "female", "total", "tps_count"]
    lists = voters.groupby(keys)[values]
    assert lists.min().equals(lists.max())
    dpt = voters[voters["election"].eq("pemilu2024") & voters["list_kind"].eq("dpt")]
    areas = dpt[dpt["level"].eq("kabupaten")].groupby("unit_code")["total"].max()
    assert areas.sum() == 1067434
    computed = dpt[dpt["note"].str.startswith("dihitung").fillna(False).astype(bool)]
    assert computed["unit_code"].tolist() == ["19.71"]
    assert computed["total"].tolist() == [161416]


def test_source_ids_are_hashes_of_urls_and_all_are_used(frames: dict[str, pd.DataFrame]) -> None:
    sources = frames["sources"]
    hashes = [hashlib.sha256(url.encode()).hexdigest()[:10] for url in sources["url"]]
    assert sources["source_id"].tolist() == hashes
    used = {
        i for n, f in frames.items() if n != "sources" and "source_id" in f for i in f["source_id"]
    }
    assert set(sources["source_id"]) <= used
    risk = ("indicator_versions", "risk_indicators", "indicator_counts", "class_totals",
            "security_patterns", "baseline_scores", "personnel_available")  # fmt: skip
    for name in ("elections", "stages", "rakor", "voters", "reports", "agenda", "tps", *risk):
        assert frames[name]["source_id"].notna().all(), name


def test_cited_rows_say_what_their_list_says(
    frames: dict[str, pd.DataFrame], cited: pd.DataFrame
) -> None:
    urls = frames["sources"].set_index("source_id")["url"]
    confidence = {"high": "tinggi", "medium": "sedang", "low": "rendah"}
    rows = reference("incidents_reference.csv")
    assert {row["event_id"] for row in rows} == set(cited.index)
    for row in rows:
        ours = cited.loc[row["event_id"]].astype("object")
        ours = ours.where(ours.notna(), "")
        said = {
            "date_event": pd.Timestamp(row["date"]),
            "date_precision": row["date_precision"],
            "stage": row["stage"],
            "category": row["category"],
            "people_count": int(row["people_involved"]) if row["people_involved"] else "",
            "tps_number": row["tps"],
            "location_note": row["location_note"],
            "summary": row["summary_id"],
            "confidence": confidence[row["confidence"]],
        }
        mended = CORRECTED.get(row["event_id"], set())
        kept = {name: value for name, value in said.items() if name not in mended}
        assert ours[list(kept)].to_dict() == kept, row["event_id"]
        assert all(ours[name] != said[name] for name in mended), row["event_id"]
        assert urls[ours["source_id"]] == row["source_url"], row["event_id"]


def _additions() -> list[dict[str, str]]:
    return reference("incidents_additions.csv")


def test_corrections_of_the_first_list(cited: pd.DataFrame) -> None:
    said = {row["place"]: row for row in reference("facts_additions.csv")}
    assert cited.loc["BBL-0061", "date_event"] == pd.Timestamp(said["BBL-0061"]["value"])
    date, people = said["BBL-0072"]["value"].split("; ")
    assert cited.loc["BBL-0072", "date_event"] == pd.Timestamp(date)
    assert cited.loc["BBL-0072", "people_count"] == int(people)
    assert cited.loc["BBL-0118", "people_count"] == 100
    assert cited.loc["BBL-0003", "unit_kejadian"] == "19"
    assert cited.loc["BBL-0119", "unit_pokok"] == "19"


def test_added_rows_say_what_their_list_says(
    frames: dict[str, pd.DataFrame], added: pd.DataFrame
) -> None:
    """Nine rows more (BBL-C…) were found by hand and stand in no list."""
    urls = frames["sources"].set_index("source_id")["url"]
    names = frames["units"].set_index("code")["name"]
    confidence = {"high": "tinggi", "medium": "sedang", "low": "rendah"}
    listed = _additions()
    assert len(listed) == 156
    assert {row["event_id"] for row in listed} == set(added.index[~added.index.str.contains("-C")])
    for row in listed:
        ours = added.loc[row["event_id"]].astype("object")
        ours = ours.where(ours.notna(), "")
        said = {
            "kind": {"rekap": "kejadian"}.get(row["kind"], row["kind"]),
            "date_event": pd.Timestamp(row["date"]),
            "date_precision": row["date_precision"],
            "stage": row["stage"],
            "category": {"nihil": "", "euforia": "lainnya"}.get(row["category"], row["category"]),
            "people_count": int(row["people_involved"]) if row["people_involved"] else "",
            "location_note": row["note"],
            "summary": row["summary_own_words"],
            "confidence": confidence[row["confidence"]],
        }
        assert ours[list(said)].to_dict() == said, row["event_id"]
        assert urls[ours["source_id"]] == row["source_url"], row["event_id"]
        code = ours["unit_kejadian"]
        path = [names[".".join(code.split(".")[:n])] for n in range(2, code.count(".") + 2)]
        named = [text for text in (row["kabupaten"], row["kecamatan"], row["desa"]) if text]
        assert path == (named[:1] if row["category"] == "hoaks_sara" else named), row["event_id"]


def test_codes_of_cited_rows_are_the_places_named(
    frames: dict[str, pd.DataFrame], cited: pd.DataFrame
) -> None:
    names = frames["units"].set_index("code")["name"]
    for row in reference("incidents_reference.csv"):
        event = row["event_id"]
        code = cited.loc[event, "unit_pokok" if event in ELSEWHERE else "unit_kejadian"]
        path = [names[".".join(code.split(".")[:n])] for n in range(2, code.count(".") + 2)]
        area = row["kabupaten_kota"].removeprefix("Kota ").replace("Pangkalpinang", names["19.71"])
        said = [area, row["kecamatan"], row["desa_kelurahan"]]
        if event in UNPLACED:
            said = ["", "", ""]
        depth = max((n for n, text in enumerate(said, start=1) if text), default=0)
        assert len(path) == depth, event
        assert all(text in ("", name) for text, name in zip(said, path, strict=False)), event


def test_reported_dates_are_those_in_the_address_or_explained(
    frames: dict[str, pd.DataFrame],
) -> None:
    urls = frames["sources"].set_index("source_id")["url"]
    explained = {"BBL-0004", "BBL-0048", "BBL-0087"}  # the note says: date of the article
    before_the_event = {"BBL-0056"}
    cited = frames["reports"][frames["reports"]["report_id"].str.startswith("BBL-")]
    for event, row in cited.set_index("report_id").iterrows():
        found = re.search(r"/(20\d\d)/(\d\d)/(\d\d)(/|$)", urls[row["source_id"]])
        if event in explained:
            assert row["date_reported"] == row["date_event"]
        elif found is None or event in before_the_event:
            assert pd.isna(row["date_reported"]), event
        else:
            assert row["date_reported"] == pd.Timestamp("-".join(found.groups()[:3])), event


def test_voters_are_those_published(frames: dict[str, pd.DataFrame]) -> None:
    urls = frames["sources"].set_index("source_id")["url"]
    ours = frames["voters"][~frames["voters"]["note"].str.startswith("dihitung").fillna(False)]
    columns = ["male", "female", "total", "tps_count"]
    shipped = Counter(
        (urls[row["source_id"]], *("" if pd.isna(row[c]) else str(row[c]) for c in columns))
        for row in ours.to_dict("records")
    )
    published = Counter(
        (
            row["source_url"], row["dpt_male"], row["dpt_female"],
            "14477" if row["kecamatan"] == "Taman Sari" and row["dpt_male"] else row["dpt_total"],
            row["tps_count"],
        )
        for row in reference("voters_tps.csv")
    )  # fmt: skip
    assert published <= shipped
    pages = {row["source_url"] for row in reference("public_facts.csv")}
    assert {key[0] for key in (shipped - published)} <= pages


def test_tps_per_desa_are_those_of_the_list(frames: dict[str, pd.DataFrame]) -> None:
    ours = frames["tps"].groupby("desa_code")["lokasi_khusus"].agg(["size", "sum"])
    for row in reference("geo/tps_pemilu2024_desa.csv"):
        digits = row["kpu_desa_id"]
        code = f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}.{digits[6:]}"
        regular, special = int(row["tps_regular"]), int(row["tps_special"])
        assert tuple(ours.loc[code]) == (regular + special, special), code


ADDED_STAGES = {
    "pemilu2024/penyusunan_regulasi/03", "pemilu2024/penetapan_parpol/03",
    "pemilu2024/pencalonan/04", "pemilu2024/kampanye/02", "pemilu2024/logistik/01",
    "pemilu2024/psu/01", "pemilu2024/psu/02", "pilkada2024/penyusunan_regulasi/04",
    "pilkada2024/pencalonan/06", "pilkada2024/pencalonan/07", "pilkada2024/psu/01",
    "pilkada_ulang2025/penyusunan_regulasi/02", "pilkada_ulang2025/pencalonan/06",
    "pilkada_ulang2025/masa_tenang/01", "pilkada_ulang2025/pemungutan_penghitungan/02",
    "pilkada_ulang2025/rekapitulasi/01",
}  # fmt: skip
"""Rows that the compiled timeline lacks, each from a page of its own."""


def test_stages_carry_the_dates_of_the_timeline(frames: dict[str, pd.DataFrame]) -> None:
    merged = {
        "pemilu2024/sengketa_hasil/03",
        "pilkada2024/sengketa_hasil/02",
        "pilkada_ulang2025/sengketa_hasil/01",
    }
    listed = Counter()
    for row in reference("election_timeline.csv"):
        start = row["start_date"]
        start = f"{start}-01" if re.fullmatch(r"\d{4}-\d{2}", start) else start
        listed[row["election"], row["stage_key"], start, row["end_date"]] += 1
    stages = frames["stages"][~frames["stages"]["stage_id"].isin(merged | ADDED_STAGES)]
    ours = Counter(
        (row["election"], row["stage"], *(_iso(row[c]) for c in ("date_start", "date_end")))
        for row in stages.to_dict("records")
    )
    assert ours <= listed
    # Agenda items only; and one undated row, which the dispatches date.
    assert sum((listed - ours).values()) == 14 + 2 + 1


def _iso(value: pd.Timestamp) -> str:
    return "" if pd.isna(value) else str(value.date())
