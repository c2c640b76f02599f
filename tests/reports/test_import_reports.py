"""Good rows go in, bad rows to quarantine with all their faults, and nothing goes in twice."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box
from sqlalchemy import text

from data.boundaries.shapes import shape_rows
from data.errors import FileUnreadableError
from data.export import export_frame
from data.ingest.files.opening import open_file
from data.ingest.words import reasons
from data.store import tables as schema
from data.store.engine import Store
from data.store.rules import check
from geo.errors import ParameterError
from tests.imports import (
    FIXTURES,
    MENDO,
    PENYAK,
    TERENTANG,
    TODAY,
    assert_same,
    bring,
    contents,
    fill,
)
from tests.store_v1 import empty_postgres

ROOT = Path(__file__).resolve().parents[2]
MIXED = "good_bad_and_repeated.csv"


def write(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def only(store: Store) -> pd.Series:
    reports = store.read("reports")
    assert len(reports) == 1
    return reports.iloc[0]


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("kecamatan_not_in_kabupaten.csv", [(2, "Kec.", "Koba", "kecamatan_not_in_parent")]),
        ("impossible_date.csv", [(2, "Tgl. Kejadian", "31/02/2024", "date_impossible")]),
        ("severity_out_of_range.csv", [(2, "Tingkat", "9", "severity_out_of_range")]),
        ("village_twice_without_parent.csv", [(2, "Desa/Kel", "Petaling", "desa_ambiguous")]),
        (
            "village_twice_inside_kabupaten.csv",
            [(2, "Desa/Kel", "Riding Panjang", "desa_ambiguous")],
        ),
        ("unknown_category.csv", [(2, "Jenis", "Banjir rob", "category_unknown")]),
        ("date_in_future.csv", [(2, "Tgl. Kejadian", "14/02/2090", "date_future")]),
        ("more_cells_than_headings.csv", [(2, "Sumber", "Contoh", "too_many_cells")]),
        ("nihil_without_period.csv", [(2, "date_end", "", "period_missing")]),
        (
            "bps_code_without_scheme.csv",
            [
                (2, "Kode", "1903", "code_scheme_unknown"),
                (3, "Kode", "1905", "code_scheme_unknown"),
            ],
        ),
        (
            "point_outside_province.csv",
            [(2, "Bujur", "106,8", "point_outside_area"), (3, "Bujur", "-2,1", "lonlat_swapped")],
        ),
        (
            "shape_is_no_point.geojson",
            [
                (2, "geometry lat", "LineString", "lat_unreadable"),
                (2, "geometry lon", "LineString", "lon_unreadable"),
            ],
        ),
        (
            "all_faults_of_one_row.csv",
            [
                (2, "Jenis", "Banjir rob", "category_unknown"),
                (2, "Kec.", "Koba", "kecamatan_not_in_parent"),
                (2, "Tgl. Kejadian", "31/02/2024", "date_impossible"),
                (2, "Tingkat", "9", "severity_out_of_range"),
            ],
        ),
    ],
)
def test_a_faulty_row_is_quarantined_with_every_fault(
    store: Store, name: str, faults: list[tuple[int, str, str, str]]
) -> None:
    result = bring(store, name)
    columns = ["row_number", "column_name", "value", "reason"]
    found = result.faults.sort_values(columns)[columns].itertuples(index=False, name=None)
    assert list(found) == faults
    assert (result.accepted, result.duplicates) == (0, 0)
    assert result.quarantined == len({row for row, *_ in faults})
    assert store.count("reports") == 0
    kept = store.read("quarantine")
    assert len(kept) == len(faults)
    assert kept["expected"].notna().all()
    assert all(json.loads(row) for row in kept["row_json"])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("empty.csv", "empty"),
        ("header_only.csv", "no_rows"),
        ("no_date_column.csv", "no_date_column"),
        ("date_column_twice.csv", "ambiguous_columns"),
        ("not_a_table.pdf", "unknown_format"),
        ("old_excel.xls", "old_or_locked_excel"),
        ("broken_workbook.xlsx", "unknown_format"),
        ("broken.geojson", "broken_geojson"),
        ("open_quote.csv", "open_quote"),
    ],
)
@pytest.mark.parametrize("chunk_rows", [1, 1000])
def test_an_unusable_file_is_refused_by_name_and_nothing_is_stored(
    store: Store, name: str, reason: str, chunk_rows: int
) -> None:
    before = contents(store)
    with pytest.raises(FileUnreadableError, match=name) as caught:
        bring(store, name, chunk_rows=chunk_rows)
    assert caught.value.reason == reason
    assert_same(before, contents(store))


def test_good_rows_come_in_as_read(store: Store) -> None:
    result = bring(store, MIXED)
    assert (result.accepted, result.quarantined, result.duplicates) == (4, 2, 1)
    reports = store.read("reports").set_index("summary")
    first = reports.loc["SIMULASI: surat suara kurang"]
    assert (first["unit_kejadian"], first["location_precision"]) == (PENYAK, "tps")
    assert (first["tps_number"], first["severity"]) == ("003", 2)
    assert (first["category"], first["family"]) == ("logistik_kurang", "logistik")
    assert first["stage"] == "pemungutan_penghitungan"
    assert first["date_event"] == pd.Timestamp("2024-02-14")
    assert pd.isna(first["date_reported"])
    crowd = reports.loc["SIMULASI: aksi massa"]
    assert (crowd["unit_kejadian"], crowd["location_precision"]) == ("19.71", "kabupaten")
    assert (crowd["people_count"], crowd["severity"]) == (1500, 2)
    month = reports.loc["SIMULASI: hanya bulan, seluruh provinsi"]
    assert (month["date_precision"], month["unit_kejadian"]) == ("month", "19")
    assert (month["location_precision"], month["stage"]) == ("provinsi", "tidak_dinyatakan")
    assert pd.isna(month["unit_pokok"])
    assert (reports["perkara_id"] == reports["report_id"]).all()


def test_what_is_stored_meets_the_schema(store: Store) -> None:
    bring(store, MIXED)
    bring(store, "acled_export.csv")
    reports = store.read("reports")
    assert len(reports) > 0
    assert check("reports", reports, TODAY) == []


def test_repeated_rows_say_what_they_repeat(store: Store) -> None:
    result = bring(store, MIXED)
    assert result.duplicate_rows[["row_number", "of_row"]].to_numpy().tolist() == [[3, 2]]
    again = bring(store, MIXED)
    stored = set(store.read("reports")["report_id"])
    assert set(again.duplicate_rows["of_report"]) == stored
    assert again.duplicate_rows["row_number"].tolist() == [2, 3, 4, 5, 8]


@pytest.mark.parametrize("name", [MIXED, "acled_export.csv", "id_of_two_reports.csv"])
def test_the_same_file_again_changes_nothing(store: Store, name: str) -> None:
    first = bring(store, name)
    before = contents(store)
    again = bring(store, name)
    assert first.accepted > 0
    assert not first.unchanged
    assert (again.accepted, again.quarantined) == (0, first.quarantined)
    assert again.duplicates == first.accepted + first.duplicates
    assert again.unchanged
    assert_same(before, contents(store))


@pytest.mark.parametrize("chunk_rows", [1, 2, 3, 1000])
def test_the_size_of_the_chunks_makes_no_difference(store: Store, chunk_rows: int) -> None:
    done: list[int] = []
    result = bring(store, MIXED, chunk_rows=chunk_rows, progress=done.append)
    assert (result.accepted, result.quarantined, result.duplicates) == (4, 2, 1)
    assert result.duplicate_rows["of_row"].tolist() == [2]
    assert done[-1] == 7
    assert done == sorted(done)


def test_a_dry_run_tells_and_stores_nothing(store: Store) -> None:
    before = contents(store)
    result = bring(store, MIXED, dry_run=True)
    assert (result.accepted, result.quarantined, result.duplicates) == (4, 2, 1)
    assert result.unchanged
    assert_same(before, contents(store))


def test_a_corrected_file_adds_only_what_was_corrected(store: Store, tmp_path: Path) -> None:
    bring(store, MIXED)
    path = tmp_path / "betul.csv"
    content = (FIXTURES / MIXED).read_text(encoding="utf-8")
    path.write_text(content.replace("31/02/2024", "28/02/2024"), encoding="utf-8")
    result = bring(store, path)
    assert (result.accepted, result.quarantined, result.duplicates) == (1, 1, 5)
    assert len(store.read("imports")) == 2


def test_a_fault_in_the_program_leaves_the_store_as_it_was(store: Store) -> None:
    def breaks(_rows: int) -> None:
        raise RuntimeError("putus")

    before = contents(store)
    with pytest.raises(RuntimeError, match="putus"):
        bring(store, MIXED, chunk_rows=3, progress=breaks)
    assert_same(before, contents(store))


def kill_in_the_middle(url: str) -> None:
    """Start an import in a process of its own and kill it after its first chunk was written."""
    command = [sys.executable, "-m", "tests.imports", url, str(FIXTURES / MIXED)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "2"
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL


def test_a_kill_in_the_middle_leaves_the_store_as_it_was(store: Store) -> None:
    before = contents(store)
    store.close()
    kill_in_the_middle(str(store.engine.url))
    assert_same(before, contents(store))
    with store.engine.connect() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    assert bring(store, MIXED).accepted == 4


@pytest.mark.postgres
def test_postgresql_keeps_the_same_promises(postgres: str) -> None:
    empty_postgres(postgres)
    opened = Store.open(postgres)
    fill(opened)
    before = contents(opened)
    kill_in_the_middle(postgres)
    assert_same(before, contents(opened))
    first = bring(opened, MIXED)
    assert (first.accepted, first.quarantined, first.duplicates) == (4, 2, 1)
    after = contents(opened)
    assert bring(opened, MIXED).unchanged
    assert_same(after, contents(opened))
    opened.close()


# --- what a row is -------------------------------------------------------------------------------


def test_a_potensi_may_lie_ahead_and_is_restricted(store: Store, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "Jenis laporan,Tanggal,Kab/Kota,Kategori,Status",
        "potensi,14/02/2090,Bangka,Demo,",
        "potensi,15/02/2090,Bangka,Demo,diredam",
        "kejadian,15/02/2024,Bangka,Demo,selesai",
    )
    assert bring(store, path).accepted == 3
    reports = store.read("reports").sort_values("date_event")
    assert reports["status"].fillna("").tolist() == ["", "terbuka", "diredam"]
    assert reports["access"].tolist() == ["terbuka", "terbatas", "terbatas"]


def test_a_nihil_has_a_period_and_no_category(store: Store, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "Jenis laporan,Tanggal mulai,Tanggal akhir,Kab/Kota,Kategori,Instansi",
        "nihil,1/4/2024,30/4/2024,Bangka,,Polres contoh",
        "nihil,Mei 2024,,Bangka,,Polres contoh",
        "nihil,1/6/2024,30/6/2024,Bangka,Demo,Polres contoh",
        "nihil,30/6/2024,1/6/2024,Bangka,,Polres contoh",
    )
    result = bring(store, path)
    assert result.faults[["row_number", "reason"]].to_numpy().tolist() == [
        [4, "nihil_with_category"],
        [5, "period_reversed"],
    ]
    reports = store.read("reports").sort_values("date_event")
    assert reports["date_end"].dt.strftime("%Y-%m-%d").tolist() == ["2024-04-30", "2024-05-31"]
    assert reports["category"].isna().all()
    assert reports["family"].isna().all()


def test_a_family_in_place_of_a_category_is_kept_as_a_family(store: Store, tmp_path: Path) -> None:
    bring(store, write(tmp_path, "Tanggal,Kab/Kota,Jenis", "14/02/2024,Bangka,Konflik"))
    assert only(store)[["category", "family"]].tolist() == ["lainnya", "konflik"]


def test_a_report_before_its_event_is_refused(store: Store, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "Tanggal,Tgl laporan,Kab/Kota,Jenis",
        "14/02/2024,13/02/2024,Bangka,Demo",
        "Februari 2024,13/02/2024,Bangka,Demo",
    )
    result = bring(store, path)
    assert result.faults[["row_number", "reason"]].to_numpy().tolist() == [
        [2, "reported_before_event"]
    ]
    assert result.accepted == 1


def test_a_column_jenis_that_holds_kinds_is_read_as_such(store: Store, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "Tanggal,Kab/Kota,Jenis,Kategori",
        "14/02/2024,Bangka,kejadian,Demo",
        "14/02/2090,Bangka,Potensi,Demo",
    )
    assert bring(store, path).accepted == 2
    assert set(store.read("reports")["kind"]) == {"kejadian", "potensi"}


def test_a_nihil_cannot_speak_of_days_to_come(store: Store, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "Jenis laporan,Tanggal mulai,Tanggal akhir,Kab/Kota",
        "nihil,1/11/2026,25/11/2026,Bangka",
    )
    assert bring(store, path).faults["column_name"].tolist() == ["Tanggal akhir"]


# --- where a row lies ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "cells", "unit", "precision"),
    [
        ("Lokasi", "Desa Penyak Kec. Koba", PENYAK, "desa"),
        ("Lokasi", "TPS 5 Desa Penyak", PENYAK, "tps"),
        ("Alamat", "Provinsi Kepulauan Bangka Belitung", "19", "provinsi"),
        ("Lokasi", "-", "19", "provinsi"),
        ("Kab/Kota,Lokasi", "Bangka Tengah,Lapangan bola", "19.04", "kabupaten"),
        ("Kec.,TPS", "Koba,5", "19.04.01", "kecamatan"),
        ('Kode', "19.04.01.2007", PENYAK, "desa"),
        ("kode_bps", "1903", "19.05", "kabupaten"),
        ("kode_kpu", "1903", "19.03", "kabupaten"),
        ("Kode,Kab/Kota", "19.04.01.2007,Bangka Tengah", PENYAK, "desa"),
        ("Kode,Desa", "19.04,Penyak", PENYAK, "desa"),
        ("lon,lat", "106.3,-2.4", PENYAK, "desa"),
        ("lon,lat,Lokasi", "106.5,-2.4,Gedung serbaguna", TERENTANG, "desa"),
    ],
)  # fmt: skip
def test_a_place_is_read_as_narrowly_as_it_is_known(
    store: Store, tmp_path: Path, header: str, cells: str, unit: str, precision: str
) -> None:
    path = write(tmp_path, f"Tanggal,Jenis,{header}", f"14/02/2024,Demo,{cells}")
    result = bring(store, path)
    assert result.faults.empty, result.faults.to_string()
    report = only(store)
    assert (report["unit_kejadian"], report["location_precision"]) == (unit, precision)


@pytest.mark.parametrize(
    ("header", "cells", "column", "reason"),
    [
        ("Lokasi", "Atlantis", "Lokasi", "place_unknown"),
        ("Lokasi", "Petaling", "Lokasi", "place_ambiguous"),
        ("Kab/Kota", "Bandung", "Kab/Kota", "kabupaten_unknown"),
        ("Kab/Kota", "1903", "Kab/Kota", "code_as_name"),
        ("Kab/Kota,Desa", "Bangka,Penyak", "Desa", "desa_not_in_parent"),
        ("Provinsi,Kab/Kota", "Jawa Barat,Bandung", "Provinsi", "province_outside"),
        ("Kode", "19.99", "Kode", "code_unknown"),
        ("Kode", "abc", "Kode", "code_unknown"),
        ("Kode,Kab/Kota", "19.04.01.2007,Belitung", "Kode", "code_conflicts_name"),
        ("Kab/Kota,TPS", "Bangka,dekat pasar", "TPS", "tps_unreadable"),
        ("lon,lat", "106.3,", "lat", "lonlat_incomplete"),
        ("lon,lat", "timur,-2.4", "lon", "lon_unreadable"),
        ("lon,lat", "106.65,-2.4", "lon", "point_in_no_unit"),
        ("lon,lat,Kab/Kota", "106.0,-2.0,Bangka Tengah", "lon", "point_not_in_kabupaten"),
        ("Kab/Kota,Tempat pokok", "Bangka,Atlantis", "Tempat pokok", "place_unknown"),
        ("Kab/Kota,Desa pokok", "Bangka,Petaling", "Desa pokok", "desa_ambiguous"),
    ],
)
def test_a_place_in_doubt_is_refused_with_the_cell_to_blame(
    store: Store, tmp_path: Path, header: str, cells: str, column: str, reason: str
) -> None:
    path = write(tmp_path, f"Tanggal,Jenis,{header}", f"14/02/2024,Demo,{cells}")
    result = bring(store, path)
    assert result.faults[["column_name", "reason"]].to_numpy().tolist() == [[column, reason]]
    assert result.accepted == 0


def test_an_ambiguous_name_is_shown_with_what_it_may_mean(store: Store) -> None:
    wanted = bring(store, "village_twice_without_parent.csv").faults["expected"][0]
    assert "Mendo Barat" in wanted
    assert "Selat Nasik" in wanted


@pytest.mark.parametrize(("scheme", "unit"), [("bps", "19.05"), ("kpu", "19.03")])
def test_a_declared_scheme_settles_a_bare_code(store: Store, scheme: str, unit: str) -> None:
    assert bring(store, "bps_code_without_scheme.csv", scheme=scheme).accepted == 2
    assert unit in set(store.read("reports")["unit_kejadian"])


def test_an_unknown_scheme_is_refused(store: Store) -> None:
    with pytest.raises(ParameterError, match="scheme"):
        bring(store, "bps_code_without_scheme.csv", scheme="pos")


def test_what_a_report_is_about_is_kept_apart_from_where_it_happened(
    store: Store, tmp_path: Path
) -> None:
    path = write(
        tmp_path,
        "Tanggal,Jenis,Kab/Kota,Tempat pokok",
        '14/02/2024,Demo,Pangkalpinang,"Desa Penyak, Koba"',
    )
    bring(store, path)
    assert only(store)[["unit_kejadian", "unit_pokok"]].tolist() == ["19.71", PENYAK]


def test_several_stations_in_a_cell_leave_the_desa_and_a_note(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path, "Tanggal,Jenis,Kec.,Desa,TPS", '14/02/2024,PSU,Koba,Penyak,"1, 2 dan 3"')
    bring(store, path)
    report = only(store)
    assert (report["unit_kejadian"], report["location_precision"]) == (PENYAK, "desa")
    assert report["location_note"] == "TPS: 1, 2 dan 3"


@pytest.mark.parametrize(
    ("header", "cells", "unit", "precision"),
    [
        ("Kab/Kota,lon,lat", "Bangka Tengah,106.3,-2.4", PENYAK, "desa"),
        ("Kec.,lon,lat", "Koba,106.5,-2.4", TERENTANG, "desa"),
        ("Kab/Kota,TPS,lon,lat", "Bangka Tengah,3,106.3,-2.4", PENYAK, "tps"),
        ("Desa,lon,lat", "Penyak,106.41,-2.4", PENYAK, "desa"),  # 0.01 degrees beyond its border
        ("lon,lat", "106.3,-2.4", PENYAK, "desa"),
    ],
)
def test_name_and_point_that_agree_give_the_finest_place(
    store: Store, tmp_path: Path, header: str, cells: str, unit: str, precision: str
) -> None:
    result = bring(store, write(tmp_path, f"Tanggal,Jenis,{header}", f"14/02/2024,Demo,{cells}"))
    assert result.faults.empty, result.faults.to_string()
    report = only(store)
    assert (report["unit_kejadian"], report["location_precision"]) == (unit, precision)
    assert report[["lon", "lat"]].notna().all()
    assert check("reports", store.read("reports"), TODAY) == []


@pytest.mark.parametrize(
    ("cells", "unit"),
    [
        ("Bangka Tengah,106.19,-2.299", "19.04"),  # in Bangka, some 1 km beyond the border
        ("Bangka Tengah,106.3,-2.7", "19.04"),  # on the sea
    ],
)
def test_a_point_that_settles_no_desa_is_a_note(
    store: Store, tmp_path: Path, cells: str, unit: str
) -> None:
    path = write(tmp_path, "Tanggal,Jenis,Kab/Kota,lon,lat", f"14/02/2024,Demo,{cells}")
    with store.begin("setup.prepare") as connection:  # lets the two kabupaten touch
        touching = {"19.01.04.2004": box(105.7, -2.3, 106.2, -1.6)}
        frame = gpd.GeoDataFrame(
            {"code": list(touching)}, geometry=list(touching.values()), crs="EPSG:4326"
        )
        rows = shape_rows(frame, "desa", "uji")
        here = schema.unit_shapes.c.code == MENDO
        connection.execute(schema.unit_shapes.delete().where(here))
        store.insert_frame(connection, schema.unit_shapes, rows)
    assert bring(store, path).accepted == 1
    report = only(store)
    assert (report["unit_kejadian"], report["location_precision"]) == (unit, "kabupaten")
    assert report[["lon", "lat"]].isna().all()
    assert report["location_note"].startswith("titik 106.")
    assert check("reports", store.read("reports"), TODAY) == []


@pytest.mark.parametrize(
    ("header", "cells", "reason"),
    [
        ("Desa", "Penyak,106.43,-2.4", "point_not_in_desa"),
        ("Kec.", "Koba,106.0,-2.0", "point_not_in_kecamatan"),
    ],
)
def test_a_point_well_inside_another_place_is_refused_in_words(
    store: Store, tmp_path: Path, header: str, cells: str, reason: str
) -> None:
    path = write(tmp_path, f"Tanggal,Jenis,{header},lon,lat", f"14/02/2024,Demo,{cells}")
    faults = bring(store, path).faults
    assert faults[["column_name", "reason"]].to_numpy().tolist() == [["lon", reason]]
    assert "2 km" in faults["expected"][0]


def test_an_event_of_several_days_keeps_its_last_day(store: Store, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "Jenis laporan,Tanggal,Tanggal selesai,Kab/Kota,Kategori",
        "kejadian,14/02/2024,16/02/2024,Bangka,Demo",
        "kejadian,14/02/2024,13/02/2024,Bangka,Demo",
    )
    result = bring(store, path)
    assert result.mapping["date_end"] == "Tanggal selesai"
    assert result.faults[["row_number", "reason"]].to_numpy().tolist() == [[3, "period_reversed"]]
    assert only(store)["date_end"] == pd.Timestamp("2024-02-16")
    assert check("reports", store.read("reports"), TODAY) == []


def test_a_tps_number_without_its_desa_is_a_note(store: Store, tmp_path: Path) -> None:
    bring(store, write(tmp_path, "Tanggal,Jenis,Kec.,TPS", "14/02/2024,Demo,Koba,5"))
    report = only(store)
    assert pd.isna(report["tps_number"])
    assert report["location_note"] == "TPS: 005"
    assert check("reports", store.read("reports"), TODAY) == []


@pytest.mark.parametrize(("precision", "first"), [("bulan", "2024-02-01"), ("tahun", "2024-01-01")])
def test_a_day_that_is_only_known_to_its_month_stands_as_the_first(
    store: Store, tmp_path: Path, precision: str, first: str
) -> None:
    head = "Tanggal,Ketelitian tanggal,Kab/Kota,Jenis"
    result = bring(store, write(tmp_path, head, f"14/02/2024,{precision},Bangka,Demo"))
    assert "date_precision" in result.mapping, result.unused_columns
    assert only(store)["date_event"] == pd.Timestamp(first)
    assert check("reports", store.read("reports"), TODAY) == []


def test_points_just_over_a_border_are_believed(store: Store, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "Tanggal,Jenis,Kab/Kota,lon,lat",
        "14/02/2024,Demo,Bangka,106.0,-2.21",
        "14/02/2024,PSU,Bangka Tengah,106.19,-2.4",
    )
    assert bring(store, path).faults.empty


def test_geojson_points_find_their_desa(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    point = {"type": "Point", "coordinates": [105.9, -2.0]}
    feature = {
        "type": "Feature",
        "geometry": point,
        "properties": {"tanggal": "2024-02-14", "kategori": "PSU"},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert bring(store, path).accepted == 1
    report = only(store)
    assert (report["unit_kejadian"], report["lon"], report["lat"]) == (MENDO, 105.9, -2.0)


# --- ACLED ---------------------------------------------------------------------------------------


def test_an_acled_export_is_read_no_finer_than_it_says(store: Store) -> None:
    result = bring(store, "acled_export.csv")
    assert result.faults[["row_number", "column_name", "reason"]].to_numpy().tolist() == [
        [5, "admin1", "province_outside"],
        [6, "event_type", "acled_unknown"],
    ]
    reports = store.read("reports").set_index("report_id")
    first, second, third = (reports.loc[f"SIM{n}"] for n in (1, 2, 3))
    assert (first["unit_kejadian"], first["location_precision"]) == (PENYAK, "desa")
    assert (first["category"], first["peaceful"]) == ("unjuk_rasa", True)
    assert (first["lon"], first["verification"]) == (106.3013, "dikutip")
    assert (second["unit_kejadian"], second["family"]) == ("19.01.01", "konflik")
    assert pd.isna(second["lon"])
    assert second["summary"].endswith("[ACLED: fatalities 1]")
    assert (third["unit_kejadian"], third["date_precision"]) == ("19.02", "month")
    assert pd.isna(third["peaceful"])


# --- what makes two reports the same -------------------------------------------------------------


def same(store: Store, tmp_path: Path, header: str, *rows: str) -> tuple[int, int, int]:
    path = write(tmp_path, f"Tanggal,Kab/Kota,Jenis,{header}", *rows)
    result = bring(store, path)
    return result.accepted, result.duplicates, result.quarantined


ROW = "14/02/2024,Bangka,Demo"


@pytest.mark.parametrize(
    ("header", "one", "two", "expected"),
    [
        ("Uraian", "Aksi di pasar", "AKSI: di pasar.", (1, 1, 0)),
        ("Uraian", "Aksi di pasar", "Aksi di pelabuhan", (2, 0, 0)),
        ("Sumber", "Radio", "radio", (1, 1, 0)),
        ("Sumber", "Radio", "Koran", (2, 0, 0)),
        ("Sumber,Uraian", "https://a.invalid/1,satu", "http://www.a.invalid/1/,dua", (2, 0, 0)),
        (
            "Sumber,Uraian",
            "https://a.invalid/1,satu",
            "https://a.invalid/2,satu",
            (1, 0, 0),
        ),  # adds its page
        ("Sumber,Uraian", "Polres,satu", "Polres,dua", (2, 0, 0)),
        ("id,Sumber,Uraian", "A,https://a.invalid/1,satu", "B,https://a.invalid/1,dua", (2, 0, 0)),
        ("id,Uraian", "A,satu", "B,satu", (1, 1, 0)),
        ("id,Uraian", "A,satu", "A,satu", (1, 1, 0)),
        ("id,Uraian", "A,satu", "A,dua", (1, 0, 1)),
        ("Uraian", "", "", (1, 1, 0)),
    ],
)
def test_same_date_place_and_category_with(
    store: Store, tmp_path: Path, header: str, one: str, two: str, expected: tuple[int, int, int]
) -> None:
    assert same(store, tmp_path, header, f"{ROW},{one}", f"{ROW},{two}") == expected


@pytest.mark.parametrize(
    "other", ["15/02/2024,Bangka,Demo", "14/02/2024,Belitung,Demo", "14/02/2024,Bangka,PSU"]
)
def test_another_date_place_or_category_is_another_report(
    store: Store, tmp_path: Path, other: str
) -> None:
    assert same(store, tmp_path, "Uraian", f"{ROW},satu", f"{other},satu") == (2, 0, 0)


def test_the_station_is_part_of_the_place(store: Store, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "Tanggal,Jenis,Kec.,Desa,TPS,Uraian",
        "14/02/2024,PSU,Koba,Penyak,1,satu",
        "14/02/2024,PSU,Koba,Penyak,2,satu",
    )
    assert bring(store, path).accepted == 2


def test_a_report_corrected_in_the_store_is_still_the_same(store: Store, tmp_path: Path) -> None:
    lines = ["id,Tanggal,Kab/Kota,Jenis,Uraian", "A,14/02/2024,Bangka,Demo,satu"]
    bring(store, write(tmp_path, *lines, ",14/02/2024,Belitung,Demo,dua"))
    with store.begin("setup.prepare") as connection:
        connection.execute(schema.reports.update().values(unit_kejadian="19.05", summary="betul"))
    again = bring(store, write(tmp_path, *lines, ",14/02/2024,Belitung,Demo,dua"))
    assert (again.accepted, again.duplicates, again.quarantined) == (0, 2, 0)
    assert again.unchanged


def test_each_page_is_one_source_and_the_file_is_the_source_of_the_rest(
    store: Store, tmp_path: Path
) -> None:
    path = write(
        tmp_path,
        "Tanggal,Kab/Kota,Jenis,Uraian,Tautan,Penerbit",
        "14/02/2024,Bangka,Demo,satu,https://a.invalid/1,Koran",
        "15/02/2024,Bangka,Demo,dua,https://a.invalid/1,Koran",
        "16/02/2024,Bangka,Demo,tiga,,",
    )
    bring(store, path)
    sources = store.read("sources").set_index("source_id")
    reports = store.read("reports").set_index("summary")
    assert reports.loc["satu", "source_id"] == reports.loc["dua", "source_id"]
    page = sources.loc[reports.loc["satu", "source_id"]]
    assert (page["url"], page["publisher"], page["kind"]) == (
        "https://a.invalid/1",
        "Koran",
        "publik",
    )
    own = sources.loc[reports.loc["tiga", "source_id"]]
    assert (own["kind"], own["title"]) == ("berkas", "a.csv")
    assert len(sources) == 2


def test_an_export_of_reports_is_known_again(store: Store, tmp_path: Path) -> None:
    bring(store, MIXED)
    bring(store, "acled_export.csv")
    before = store.read("reports")
    for suffix in (".csv", ".xlsx"):
        path = export_frame(before, tmp_path / f"a{suffix}", "reports")
        result = bring(store, path)
        assert (result.accepted, result.quarantined) == (0, 0), result.faults.to_string()
        assert result.duplicates == len(before)


def test_the_result_goes_into_json(store: Store) -> None:
    bring(store, MIXED)
    content = json.loads(json.dumps(bring(store, MIXED).as_dict()))
    assert (content["accepted"], content["quarantined"], content["duplicates"]) == (0, 2, 5)
    assert content["unchanged"] is True
    assert {fault["reason"] for fault in content["faults"]} >= {"date_impossible"}
    assert content["duplicate_rows"][0]["of_row"] is None


CELL = st.one_of(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12),
    st.sampled_from(
        [
            "14/02/2024",
            "Feb 2024",
            "2024",
            "Bangka",
            "Bangka Tengah",
            "Koba",
            "Penyak",
            "Demo",
            "3",
            "nihil",
            "potensi",
            "106.3",
            "-2,4",
            "1e9",
        ]
    ),
)
HEADINGS = (
    "id", "Jenis laporan", "Status", "Tanggal", "Tanggal akhir", "Tgl laporan", "Tahapan", "Jenis",
    "Tingkat", "Provinsi", "Kab/Kota", "Kec.", "Desa", "TPS", "Lokasi", "Kode", "kode_bps", "lon",
    "lat", "Tempat pokok", "Jumlah massa", "Damai", "Uraian", "Sumber", "Verifikasi", "Akses",
)  # fmt: skip


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(*[CELL] * len(HEADINGS)), min_size=1, max_size=4))
def test_whatever_the_cells_hold_every_row_is_accounted_for(
    store: Store, tmp_path: Path, cells: list[tuple[str, ...]]
) -> None:
    path = tmp_path / "a.csv"
    good = {"Tanggal": "14/02/2024", "Jenis": "Demo", "Uraian": "SIMULASI: baris yang baik"}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerows([HEADINGS, [good.get(name, "") for name in HEADINGS], *cells])
    rows = sum(len(chunk.frame) for chunk in open_file(path).sheets[0].chunks)
    result = bring(store, path)
    assert result.accepted + result.duplicates >= 1
    assert result.accepted + result.quarantined + result.duplicates == rows
    assert set(result.faults["reason"]) <= set(reasons())
    assert check("reports", store.read("reports"), TODAY) == []


def test_a_declared_mapping_is_used_and_told(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path, "Kapan,Tanggal,Kab/Kota,Jenis", "14/02/2024,x,Bangka,Demo")
    result = bring(store, path, columns={"Kapan": "date_event"})
    assert result.accepted == 1
    assert result.mapping["date_event"] == "Kapan"
    assert result.unused_columns == ("Tanggal",)


def test_a_sectarian_report_is_kept_at_kabupaten_level_only(store: Store, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "Tanggal,Kab/Kota,Kec.,Desa,TPS,Kategori,Lokasi pokok",
        "14/02/2024,Bangka Tengah,Koba,Penyak,3,Hoaks dan SARA,",
        "15/02/2024,Bangka Tengah,Koba,Penyak,3,Sengketa,",
    )
    assert bring(store, path).accepted == 2
    reports = store.read("reports").sort_values("date_event")
    assert reports["unit_kejadian"].tolist() == ["19.04", PENYAK]
    assert reports["location_precision"].tolist() == ["kabupaten", "tps"]
    assert reports["tps_number"].fillna("").tolist() == ["", "003"]
