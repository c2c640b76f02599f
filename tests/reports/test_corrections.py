"""A row with a known id puts its report right, and only the same case is a repetition."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.export import export_frame
from data.ingest.history import versions_of
from data.ingest.record import ImportResult
from data.store import tables as schema
from data.store.engine import Store
from data.store.rules import check
from services.prepare import prepare
from tests.imports import PENYAK, TODAY, bring

HEAD = "id,Tanggal,Kab/Kota,Kec.,Jenis,Tingkat,Uraian,Sumber"


def send(
    store: Store, tmp_path: Path, *rows: str, head: str = HEAD, **options: Any
) -> ImportResult:
    path = tmp_path / "a.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return bring(store, path, **options)


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.accepted, result.corrected, result.duplicates, result.quarantined


ONE = "A,14/02/2024,Bangka Selatan,,Demo,2,Massa di kantor,Polsek"
PLACED = "A,14/02/2024,Bangka Selatan,Toboali,Demo,2,Massa di kantor,Polsek"


def test_a_known_id_with_another_content_is_a_new_version(store: Store, tmp_path: Path) -> None:
    first = send(store, tmp_path, ONE)
    second = send(store, tmp_path, PLACED)
    assert counts(second) == (0, 1, 0, 0)
    assert (second.unchanged, second.as_dict()["corrected"]) == (False, 1)
    report = store.read("reports").iloc[0]
    assert (store.count("reports"), report["report_id"]) == (1, "A")
    assert (report["unit_kejadian"], report["import_id"]) == ("19.03.01", second.import_id)
    versions = versions_of(store, "reports", ["A"])
    assert versions["unit_kejadian"].tolist() == ["19.03"]
    assert versions["replaced_by"].tolist() == [second.import_id]
    again = send(store, tmp_path, PLACED)
    assert (counts(again), again.unchanged) == ((0, 0, 1, 0), True)
    back = send(store, tmp_path, ONE)
    assert (counts(back), back.import_id) == ((0, 1, 0, 0), first.import_id)
    assert store.read("reports")["unit_kejadian"].tolist() == ["19.03"]
    assert versions_of(store, "reports", ["A"])["unit_kejadian"].tolist() == ["19.03", "19.03.01"]


@pytest.mark.parametrize(
    ("cells", "column", "value"),
    [
        ("A,15/02/2024,Bangka Selatan,,Demo,2,Massa di kantor,Polsek", "date_event", "2024-02-15"),
        ("A,14/02/2024,Belitung,,Demo,2,Massa di kantor,Polsek", "unit_kejadian", "19.02"),
        ("A,14/02/2024,Bangka Selatan,,PSU,2,Massa di kantor,Polsek", "category", "psu"),
        ("A,14/02/2024,Bangka Selatan,,Demo,4,Massa di kantor,Polsek", "severity", "4"),
        ("A,14/02/2024,Bangka Selatan,,Demo,,Massa di kantor,Polsek", "severity", ""),
        ("A,14/02/2024,Bangka Selatan,,Demo,2,Massa bubar,Polsek", "summary", "Massa bubar"),
        ("A,14/02/2024,Bangka Selatan,,Demo,2,Massa!,Polsek", "summary", "Massa!"),
        ("A,14/02/2024,Bangka Selatan,,Demo,2,Massa di kantor,Radio", "source_text", "Radio"),
    ],
)
def test_whatever_differs_is_put_right(
    store: Store, tmp_path: Path, cells: str, column: str, value: str
) -> None:
    send(store, tmp_path, ONE)
    assert counts(send(store, tmp_path, cells)) == (0, 1, 0, 0)
    found = store.read("reports")[column].astype("str").fillna("").tolist()
    assert [text.removesuffix(" 00:00:00") for text in found] == [value]


@pytest.mark.parametrize("chunk_rows", [1, 2, 1000])
def test_only_what_differs_is_a_new_version(store: Store, tmp_path: Path, chunk_rows: int) -> None:
    rows = [f"A{n},{n + 1}/02/2024,Bangka,,Demo,2,kejadian {n},Polsek" for n in range(6)]
    send(store, tmp_path, *rows)
    rows[3] = rows[3].replace("Bangka", "Belitung")
    result = send(store, tmp_path, *rows, f"B{rows[5][2:]}", rows[3], chunk_rows=chunk_rows)
    assert counts(result) == (0, 1, 7, 0)
    repeated = result.duplicate_rows.set_index("row_number")
    assert repeated.loc[9, "of_row"] == 5
    assert store.count("history") == 1
    assert store.read("reports").set_index("report_id").loc["A3", "unit_kejadian"] == "19.02"


@pytest.mark.parametrize("chunk_rows", [1, 1000])
def test_an_id_twice_in_one_file_is_refused_where_it_says_otherwise(
    store: Store, tmp_path: Path, chunk_rows: int
) -> None:
    send(store, tmp_path, ONE)
    rows = (PLACED, PLACED, ONE)
    result = send(store, tmp_path, *rows, chunk_rows=chunk_rows)
    assert counts(result) == (0, 1, 1, 1)
    assert result.faults[["row_number", "reason"]].to_numpy().tolist() == [[4, "id_conflict"]]
    assert store.read("reports")["unit_kejadian"].tolist() == ["19.03.01"]
    again = send(store, tmp_path, *rows, chunk_rows=chunk_rows)
    assert (counts(again), again.unchanged) == ((0, 0, 2, 1), True)


def test_a_wrong_first_mapping_is_put_right(store: Store, tmp_path: Path) -> None:
    head, row = (
        "id,Tanggal,Tgl berkas,Kab/Kota,Jenis,Uraian",
        "7,14/02/2024,20/02/2024,Bangka,Demo,",
    )
    wrong = {"Tgl berkas": "date_event", "Tanggal": "-", "Kab/Kota": "kabupaten"}
    send(store, tmp_path, row, head=head, columns=wrong)
    assert store.read("reports")["date_event"].tolist() == [pd.Timestamp("2024-02-20")]
    result = send(store, tmp_path, row, head=head)
    assert counts(result) == (0, 1, 0, 0)
    assert store.read("reports")["date_event"].tolist() == [pd.Timestamp("2024-02-14")]


def test_an_acled_event_is_revised_by_a_later_export(store: Store, tmp_path: Path) -> None:
    head = (
        "event_id_cnty,event_date,event_type,sub_event_type,time_precision,geo_precision,admin1,"
        "admin2,admin3,location,latitude,longitude,source,notes,fatalities"
    )
    row = (
        "SIM7,{day},Protests,Peaceful protest,1,2,Bangka Belitung,Bangka Tengah,Koba,Koba,-2.49,"
        "106.42,SIMULASI,{notes},{dead}"
    )
    send(store, tmp_path, row.format(day="2024-02-14", notes="satu", dead=0), head=head)
    result = send(store, tmp_path, row.format(day="2024-02-15", notes="dua", dead=1), head=head)
    assert counts(result) == (0, 1, 0, 0)
    report = store.read("reports").iloc[0]
    assert report["date_event"] == pd.Timestamp("2024-02-15")
    assert report["summary"] == "dua [ACLED: fatalities 1]"


RUNNING = "12,14/02/2024,Bangka,,Demo,2,Massa di pasar,Polsek"


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("12,14/03/2024,Belitung,,Demo,2,Kotak basah,Polsek", (0, 0, 0, 1)),
        ("12,14/02/2024,Belitung,,Demo,2,Kotak basah,Polsek", (0, 0, 0, 1)),
        ("12,14/03/2024,Bangka,,Demo,2,Kotak basah,Polsek", (0, 0, 0, 1)),
        ("12,14/03/2024,Belitung,,PSU,2,Massa di pasar,Polsek", (0, 1, 0, 0)),
        ("12,14/02/2024,Bangka,Sungailiat,PSU,2,Kotak basah,Polsek", (0, 1, 0, 0)),
    ],
)
def test_a_running_number_is_no_id_of_another_case(
    store: Store, tmp_path: Path, other: str, expected: tuple[int, int, int, int]
) -> None:
    send(store, tmp_path, RUNNING)
    result = send(store, tmp_path, other)
    assert counts(result) == expected
    assert result.faults["reason"].tolist() == ["id_conflict"] * expected[3]
    kept = "Massa di pasar" if expected[3] else other.split(",")[6]
    assert store.read("reports")["summary"].tolist() == [kept]


def test_the_affair_and_the_page_stay_where_a_row_names_none(store: Store, tmp_path: Path) -> None:
    head = "id,Tanggal,Kab/Kota,Jenis,Uraian,ID perkara,Tautan"
    row = "A,14/02/2024,Bangka,Demo,satu,PRK-1,https://a.invalid/1"
    send(store, tmp_path, row, head=head)
    send(store, tmp_path, "A,14/02/2024,Bangka,Demo,dua", head="id,Tanggal,Kab/Kota,Jenis,Uraian")
    report = store.read("reports").iloc[0]
    assert (report["summary"], report["perkara_id"]) == ("dua", "PRK-1")
    urls = store.read("sources").set_index("source_id")["url"]
    assert urls[report["source_id"]] == "https://a.invalid/1"
    moved = row.replace("/1", "/2").replace("satu", "dua")
    assert counts(send(store, tmp_path, moved, head=head)) == (0, 1, 0, 0)
    assert store.read("reports")["source_id"][0] == report["source_id"]


def test_what_a_correction_has_no_column_for_stays(store: Store, tmp_path: Path) -> None:
    head = "id,Tanggal,Kab/Kota,Jenis,Uraian,Sumber,Jumlah massa,Verifikasi,Akses,Tingkat"
    row = "A,14/02/2024,Bangka,Demo,satu,Polsek,150,terverifikasi,terbatas,4"
    assert counts(send(store, tmp_path, row, head=head)) == (1, 0, 0, 0)
    fewer = "id,Tanggal,Kab/Kota,Jenis,Uraian"
    same = "A,14/02/2024,Bangka,Demo,satu"
    assert counts(send(store, tmp_path, same, head=fewer)) == (0, 0, 1, 0)
    assert counts(send(store, tmp_path, same + " lagi", head=fewer)) == (0, 1, 0, 0)
    report = store.read("reports").iloc[0]
    kept = report[["source_text", "people_count", "verification", "access", "severity"]]
    assert report["summary"] == "satu lagi"
    assert kept.tolist() == ["Polsek", 150, "terverifikasi", "terbatas", 4]
    emptied = "A,14/02/2024,Bangka,Demo,satu lagi,,,,,"
    assert counts(send(store, tmp_path, emptied, head=head)) == (0, 1, 0, 0)
    report = store.read("reports").iloc[0]
    assert report[["source_text", "people_count"]].isna().all()


def test_a_correction_without_finer_columns_leaves_the_finer_place(
    store: Store, tmp_path: Path
) -> None:
    """And a row that names another place moves the report, its days with it."""
    head = "id,Tanggal,Tanggal selesai,Kab/Kota,Kec.,Desa/Kel,TPS,Jenis,Uraian"
    row = "A,14/02/2024,16/02/2024,Bangka Tengah,Koba,Penyak,3,Demo,satu"
    assert counts(send(store, tmp_path, row, head=head)) == (1, 0, 0, 0)
    fewer = "id,Tanggal,Kab/Kota,Jenis,Uraian"
    said = ["unit_kejadian", "location_precision", "tps_number"]
    assert counts(send(store, tmp_path, "A,14/02/2024,Bangka Tengah,Demo,dua", head=fewer)) == (
        0, 1, 0, 0,
    )  # fmt: skip
    report = store.read("reports").iloc[0]
    assert report[said].tolist() == [PENYAK, "tps", "003"]
    assert (report["summary"], report["date_end"].day) == ("dua", 16)
    assert counts(send(store, tmp_path, "A,20/02/2024,Bangka,Demo,dua", head=fewer)) == (0, 1, 0, 0)
    report = store.read("reports").iloc[0]
    assert report[said[:2]].tolist() == ["19.01", "kabupaten"]
    assert pd.isna(report["tps_number"])
    assert pd.isna(report["date_end"])


def test_what_was_taken_down_in_the_product_is_no_matter_of_a_file(
    store: Store, tmp_path: Path
) -> None:
    send(store, tmp_path, ONE)
    with store.begin("setup.prepare") as connection:
        connection.execute(schema.reports.update().values(import_id="jawaban/2024-02-14T00:00-x"))
    assert counts(send(store, tmp_path, PLACED)) == (0, 0, 0, 1)
    assert counts(send(store, tmp_path, ONE)) == (0, 0, 1, 0)
    assert store.read("reports")["unit_kejadian"].tolist() == ["19.03"]


def test_a_dry_run_tells_of_corrections_and_makes_none(store: Store, tmp_path: Path) -> None:
    send(store, tmp_path, ONE)
    before = store.read("reports")
    result = send(store, tmp_path, PLACED, dry_run=True)
    assert (counts(result), result.unchanged) == ((0, 1, 0, 0), True)
    pd.testing.assert_frame_equal(store.read("reports"), before)
    assert store.count("history") == 0


# --- one page, several cases ---------------------------------------------------------------------

PAGE = "https://a.invalid/putusan"


def told(store: Store, tmp_path: Path, *summaries: str, page: str = PAGE) -> tuple[int, int]:
    rows = [f"14/02/2024,Bangka,Demo,{said},{page}" for said in summaries]
    result = send(store, tmp_path, *rows, head="Tanggal,Kab/Kota,Jenis,Uraian,Tautan")
    return result.accepted, result.duplicates


@pytest.mark.parametrize(
    ("summaries", "expected"),
    [
        (("Kampanye calon contoh", "Perangkat desa contoh"), (2, 0)),
        (("Kurang 3 lembar di TPS 1", "Kurang 3 lembar di TPS 2"), (2, 0)),
        (("Kurang di TPS 1", "Kurang di TPS 12"), (2, 0)),
        (("Kotak basah", "KOTAK  basah!", "kotak-basah"), (1, 2)),
        (("Kotak basah", ""), (1, 1)),
        (("", "Kotak basah"), (1, 1)),
        (("", "Kotak basah", "Massa"), (2, 1)),
        (("Kotak basah", "Massa", ""), (2, 1)),
        (("Kotak basah", "", "Massa"), (2, 1)),
        (("", ""), (1, 1)),
    ],
)
def test_cases_of_one_page_are_told_apart_by_their_summaries(
    store: Store, tmp_path: Path, summaries: Sequence[str], expected: tuple[int, int]
) -> None:
    assert told(store, tmp_path, *summaries) == expected
    assert told(store, tmp_path, *summaries) == (0, len(summaries))


WORDS = st.sampled_from(["kotak", "Kotak", "basah", "1", "2", "12", "-", "TPS"])
SUMMARY = st.lists(WORDS, max_size=3).map(" ".join)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(SUMMARY, st.sampled_from(["", PAGE])), min_size=1, max_size=8))
def test_every_summary_is_stored_once(
    filled: Path, tmp_path: Path, said: list[tuple[str, str]]
) -> None:
    path = tmp_path / "siaga.db"
    for old in tmp_path.glob("siaga.db*"):
        old.unlink()
    path.write_bytes(filled.read_bytes())
    store = Store.open(f"sqlite:///{path}")
    rows = [f"14/02/2024,Bangka,Demo,{text},{page}" for text, page in said]
    result = send(store, tmp_path, *rows, head="Tanggal,Kab/Kota,Jenis,Uraian,Tautan", chunk_rows=3)
    assert result.accepted + result.duplicates == len(rows)
    distinct = {" ".join(text.lower().replace("-", " ").split()) for text, _ in said} - {""}
    stored = store.read("reports")["summary"].fillna("").str.lower().str.replace("-", " ")
    kept = {" ".join(text.split()) for text in stored} - {""}
    # A report of the page without a summary may stand for one of them.
    lost = distinct - kept
    assert len(lost) <= sum(stored.str.strip() == "")
    assert send(store, tmp_path, *rows, head="Tanggal,Kab/Kota,Jenis,Uraian,Tautan").accepted == 0
    assert check("reports", store.read("reports"), TODAY) == []
    store.close()


@pytest.mark.parametrize("id_column", ["id,", ""])
def test_a_world_of_repetitions_and_one_without(
    store: Store, tmp_path: Path, id_column: str
) -> None:
    def rows(n: int, step: int) -> list[str]:
        days = [f"{k * step % 28 + 1}/02/2024" for k in range(n)]
        return [
            f"{f'A{k * step},' if id_column else ''}{day},Bangka,Demo,nomor {k * step},{PAGE}"
            for k, day in enumerate(days)
        ]

    head = f"{id_column}Tanggal,Kab/Kota,Jenis,Uraian,Tautan"
    assert counts(send(store, tmp_path, *rows(500, 1), head=head, chunk_rows=99)) == (500, 0, 0, 0)
    assert counts(send(store, tmp_path, *rows(500, 0), head=head)) == (0, 0, 500, 0)
    assert store.count("reports") == 500


def test_a_shipped_report_that_was_put_right_stays_so(own_store: Store, tmp_path: Path) -> None:
    store = own_store
    shipped = store.read("reports")
    first = shipped.iloc[0]
    path = export_frame(shipped.head(1).assign(severity=5), tmp_path / "a.csv", "reports")
    assert counts(bring(store, path)) == (0, 1, 0, 0)
    assert versions_of(store, "reports", [first["report_id"]])["severity"].tolist() == [
        first["severity"]
    ]
    with store.begin("setup.prepare") as connection:
        store.set_meta(connection, "shipped_digest", "of an older version")
    assert prepare(store).seeded
    now = store.read("reports").set_index("report_id")
    assert (len(now), now.loc[first["report_id"], "severity"]) == (len(shipped), 5)
    assert now.loc[first["report_id"], "source_id"] == first["source_id"]
