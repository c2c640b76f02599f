"""Any accepted file comes out as the same text, with the row numbers a spreadsheet shows."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import FileUnreadableError, SourceMissingError
from data.ingest.files.opening import open_file
from data.ingest.files.table import Sheet, unique_names
from data.ingest.files.workbook import cell_text
from tests.imports import looks_like_header

FIXTURES = Path(__file__).parents[1] / "fixtures"


def open_table(path: Path, *said: object, **options: object) -> Sheet:
    return open_file(path, *said, **options).sheets[0]  # type: ignore[arg-type]


def read(path: Path, **options: object) -> pd.DataFrame:
    table = open_table(path, looks_like_header, **options)
    return pd.concat([chunk.frame for chunk in table.chunks])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("empty.csv", "empty"),
        ("header_only.csv", "no_rows"),
        ("not_a_table.pdf", "unknown_format"),
        ("old_excel.xls", "old_or_locked_excel"),
        ("broken_workbook.xlsx", "unknown_format"),
        ("broken.geojson", "broken_geojson"),
        ("open_quote.csv", "open_quote"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(name: str, reason: str) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        list(open_table(FIXTURES / name).chunks)
    assert caught.value.reason == reason
    assert caught.value.path.name == name
    assert caught.value.expected
    assert name in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError, match="tidak_ada"):
        open_table(tmp_path / "tidak_ada.csv")


def test_windows_1252_with_semicolons_keeps_its_letters() -> None:
    frame = read(FIXTURES / "windows1252_semicolon.csv")
    assert frame.loc[2, "Uraian"] == "SIMULASI – café “Contoh”"
    assert frame.loc[2, "Bujur"] == "106,4080"


def test_a_byte_order_mark_is_no_part_of_the_first_heading() -> None:
    table = open_table(FIXTURES / "bom_and_tabs.csv")
    assert table.header == ("Tanggal", "Kab/Kota", "Jenis")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_encoding_and_separator_make_no_difference(
    tmp_path: Path, encoding: str, mark: str
) -> None:
    path = tmp_path / "a.csv"
    lines = [("Tanggal", "Uraian"), ("14/02/2024", "café"), ("15/02/2024", "dua, tiga; empat")]
    text = "\n".join(mark.join(f'"{cell}"' for cell in line) for line in lines)
    path.write_bytes(text.encode(encoding))
    frame = read(path)
    assert frame["Uraian"].tolist() == ["café", "dua, tiga; empat"]


def test_row_numbers_count_records_and_blank_rows_but_not_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('Tanggal,Uraian\n1,"dua\nbaris"\n,\n\n2,b\n', encoding="utf-8")
    frame = read(path)
    assert frame.index.tolist() == [2, 5]
    assert frame["Uraian"].tolist() == ["dua\nbaris", "b"]


def test_title_rows_above_the_headings_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "LAPORAN KEJADIAN,,\nFebruari 2024,,\n\nTanggal,Kab/Kota,Jenis\n1/2/2024,Bangka,Demo\n",
        encoding="utf-8",
    )
    table = open_table(path, looks_like_header)
    assert table.header_row == 4
    assert next(iter(table.chunks)).frame.index.tolist() == [5]


def test_the_line_that_names_the_separator_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=;\nTanggal;Jenis\n1/2/2024;Demo\n", encoding="utf-8")
    table = open_table(path)
    assert (table.header, table.header_row) == (("Tanggal", "Jenis"), 1)


def test_short_rows_are_filled_and_long_rows_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n1\n1,2,3,4,5\n1,2,3,,\n", encoding="utf-8")
    chunk = next(iter(open_table(path).chunks))
    assert chunk.frame.loc[2].tolist() == ["1", "", ""]
    assert [(f.row_number, f.value, f.reason) for f in chunk.faults] == [
        (3, "4 | 5", "too_many_cells")
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_chunks_add_up_to_the_file(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n" + "\n".join(map(str, range(7))) + "\n", encoding="utf-8")
    frame = read(path, chunk_rows=size)
    assert frame["a"].tolist() == [str(n) for n in range(7)]
    assert frame.index.tolist() == list(range(2, 9))


def test_a_sheet_gives_dates_numbers_and_text(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    cover = book.active
    cover["A1"] = "Sampul"
    sheet = book.create_sheet("Data")
    sheet.append(["Tanggal", "Kab/Kota", "Jumlah", "Bujur", "Damai"])
    sheet.append([date(2024, 2, 14), "Bangka", 1500, 106.5, True])
    sheet.append([datetime(2024, 2, 14, 10, 30), "Bangka", 2.0, 106.125, False])
    book.save(path)
    frame = read(path)
    assert frame.loc[2].tolist() == ["2024-02-14", "Bangka", "1500", "106.5", "ya"]
    assert frame.loc[3].tolist() == ["2024-02-14 10:30:00", "Bangka", "2", "106.1250", "tidak"]


def test_geojson_features_are_rows_from_two_with_their_point(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    features = [
        {
            "type": "Feature",
            "properties": {"tanggal": "2024-02-14", "n": 3},
            "geometry": {"type": "Point", "coordinates": [106.1, -2.1]},
        },
        {"type": "Feature", "properties": {"tanggal": "2024-02-15"}, "geometry": None},
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    frame = read(path)
    assert frame.loc[2].tolist() == ["2024-02-14", "3", "106.1", "-2.1"]
    assert frame.loc[3].tolist() == ["2024-02-15", "", "", ""]


def test_geojson_in_a_projection_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32748"}}
    feature = {"type": "Feature", "properties": {"tanggal": "2024-02-14"}, "geometry": None}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))
    with pytest.raises(FileUnreadableError, match="geojson_not_lonlat"):
        open_table(path)


def test_one_stray_control_character_spoils_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"Tanggal,Uraian\n14/02/2024,panjang sekali uraian ini\x0bya\n" * 3 + b"\x1a")
    assert len(read(path)) >= 1


def test_a_zero_byte_far_into_a_file_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 50_000 + b"\0\n")
    with pytest.raises(FileUnreadableError, match="unknown_format"):
        open_table(path)


def test_headings_become_unique() -> None:
    assert unique_names(["a", "a", "", "b\nc"]) == ("a", "a (2)", "kolom 3", "b c")


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e6, max_value=1e6))
def test_a_number_of_a_sheet_comes_back_as_itself(value: float) -> None:
    assert float(cell_text(value)) == value
