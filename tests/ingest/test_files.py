"""What is no data in a table is known for what it is; what is data comes out as it was written."""

from __future__ import annotations

import csv
import io
import json
import string
import tomllib
import warnings
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.chart import BarChart

from data.errors import FileUnreadableError, SchemaError
from data.ingest.files.limits import Limits, limits_from_environment
from data.ingest.files.opening import open_file, uploaded
from data.ingest.files.table import Sheet, is_total, unique_names
from tests.imports import looks_like_header

CONFIG = Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml"

HEAD = ["Tanggal", "Kecamatan", "Jenis", "Uraian", "Sumber"]
ROW = ["14/02/2024", "Belinyu", "Unjuk rasa", "SIMULASI", "Polsek"]


def voters(cells: Sequence[str]) -> bool:
    plain = {cell.strip().lower() for cell in cells}
    return "no tps" in plain and bool(plain & {"jumlah", "jumlah pemilih", "l+p"})


def frame_of(sheet: Sheet) -> pd.DataFrame:
    return pd.concat([chunk.frame for chunk in sheet.chunks])


def skipped(sheet: Sheet) -> list[tuple[int, str]]:
    return [(row.row_number, row.kind) for row in sheet.skipped]


def opened_csv(text: str, **options: object) -> Sheet:
    """Return the table of a file that is gone, with its chunks read."""
    with uploaded("a.csv", text.encode()) as path:
        sheet = open_file(path, looks_like_header, **options).sheets[0]  # type: ignore[arg-type]
        return replace(sheet, chunks=iter(list(sheet.chunks)))


def saved(path: Path, rows: list[list[object]], merges: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for one in merges:
        book.active.merge_cells(one)
    book.save(path)
    return path


# Sheets


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """SIMULASI: two sheets of reports, a hidden one, a cover, a blank one, one of headings only."""
    book = openpyxl.Workbook()
    book.active.title = "Bangka"
    for name in ("Bangka", "Belitung", "Lama"):
        sheet = book[name] if name in book.sheetnames else book.create_sheet(name)
        sheet.append(HEAD)
        sheet.append([ROW[0], name, *ROW[2:]])
    book["Lama"].sheet_state = "hidden"
    book.create_sheet("Sampul")["A1"] = "Laporan"
    book.create_sheet("Kosong")
    book.create_sheet("Judul").append(HEAD)
    book.create_chartsheet("Grafik").add_chart(BarChart())
    book.save(tmp_path / "banyak.xlsx")
    return tmp_path / "banyak.xlsx"


def test_every_sheet_is_read_or_named_as_not_read(many: Path) -> None:
    found = open_file(many, looks_like_header)
    assert [sheet.name for sheet in found.sheets] == ["Bangka", "Belitung"]
    assert [frame_of(sheet)["Kecamatan"].tolist() for sheet in found.sheets] == [
        ["Bangka"],
        ["Belitung"],
    ]
    assert [(one.name, one.hidden, one.reason) for one in found.unread] == [
        ("Lama", True, "hidden"),
        ("Sampul", False, "no_headings"),
        ("Kosong", False, "empty"),
        ("Judul", False, "no_rows"),
        ("Grafik", False, "chart"),
    ]


@pytest.mark.parametrize("asked", ["Lama", "3"])
def test_a_sheet_can_be_asked_for_by_name_or_number_even_if_hidden(many: Path, asked: str) -> None:
    found = open_file(many, looks_like_header, sheet=asked)
    assert frame_of(found.sheets[0])["Kecamatan"].tolist() == ["Lama"]
    assert {one.reason for one in found.unread} == {"not_asked"}
    assert len(found.unread) == 6


@pytest.mark.parametrize("asked", ["Tidak", "0", "8", "-1", ""])
def test_an_unknown_sheet_is_refused_with_the_names_there_are(many: Path, asked: str) -> None:
    with pytest.raises(FileUnreadableError, match=r"unknown_sheet.*Bangka, Belitung, Lama"):
        open_file(many, looks_like_header, sheet=asked)


def test_a_file_without_sheets_has_none_to_ask_for() -> None:
    with pytest.raises(FileUnreadableError, match="no_sheets"):
        opened_csv("a,b\n1,2\n", sheet="Data")


def test_without_headings_anywhere_the_first_filled_sheet_is_read(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.xlsx", [["a", "b"], ["1", "2"]])
    found = open_file(path, looks_like_header)
    assert found.sheets[0].header == ("a", "b")
    assert found.unread == ()


# Headings


def test_headings_over_two_rows_with_numbers_and_a_total(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "a.xlsx",
        [
            ["LAPORAN SIMULASI"],
            ["NO", "WAKTU DAN TEMPAT", None, "JENIS", "SUMBER"],
            [None, "TANGGAL", "TKP", None, None],
            [1, 2, 3, 4, 5],
            [1, datetime(2024, 1, 9, 10), "Kec. Mentok", "Unjuk rasa", "Polres"],
            ["JUMLAH", None, None, 1, None],
        ],
        ["A1:E1", "A2:A3", "B2:C2", "D2:D3", "E2:E3"],
    )
    sheet = open_file(path, looks_like_header).sheets[0]
    assert (sheet.header, sheet.header_row) == (("NO", "TANGGAL", "TKP", "JENIS", "SUMBER"), 3)
    frame = frame_of(sheet)
    assert frame.loc[5].tolist() == [
        "1",
        "2024-01-09 10:00:00",
        "Kec. Mentok",
        "Unjuk rasa",
        "Polres",
    ]
    assert len(frame) == 1
    assert skipped(sheet) == [(1, "title"), (4, "column_numbers"), (6, "total")]


def test_lower_headings_that_repeat_carry_the_upper_one(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "a.xlsx",
        [
            ["DESA", "NO TPS", "DPT", None, "DPTB", None, "JUMLAH"],
            [None, None, "L", "P", "L", "P", None],
            ["Toboali", 1, 110, 105, 1, 2, 218],
        ],
        ["A1:A2", "B1:B2", "C1:D1", "E1:F1", "G1:G2"],
    )
    sheet = open_file(path, voters).sheets[0]
    assert sheet.header == (
        "DESA",
        "NO TPS",
        "DPT / L",
        "DPT / P",
        "DPTB / L",
        "DPTB / P",
        "JUMLAH",
    )
    assert frame_of(sheet).loc[3].tolist() == ["Toboali", "1", "110", "105", "1", "2", "218"]


def test_headings_over_three_rows(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "a.xlsx",
        [
            ["NO TPS", "PEMILIH", None, None],
            [None, "JENIS", None, "JUMLAH"],
            [None, "L", "P", None],
            [1, 110, 105, 215],
        ],
        ["A1:A3", "B1:D1", "B2:C2", "D2:D3"],
    )
    sheet = open_file(path, voters).sheets[0]
    assert (sheet.header, sheet.header_row) == (("NO TPS", "L", "P", "JUMLAH"), 3)


def test_grouped_headings_in_text(tmp_path: Path) -> None:
    text = "NO,WAKTU,,JENIS,SUMBER\n,TANGGAL,TKP,,\n(1),(2),(3),(4),(5)\n1,9/1/2024,Mentok,Demo,P\n"
    sheet = opened_csv(text)
    assert (sheet.header, sheet.header_row) == (("NO", "TANGGAL", "TKP", "JENIS", "SUMBER"), 2)
    assert frame_of(sheet).index.tolist() == [4]


def test_a_row_of_words_below_headings_is_data() -> None:
    text = "Tanggal,Kecamatan,Jenis,\n,Belinyu,Unjuk rasa,\nkemarin,Belinyu,Demo,lagi\n"
    sheet = opened_csv(text)
    assert sheet.header_row == 1
    assert frame_of(sheet).index.tolist() == [2, 3]


def test_words_under_a_blank_heading_make_no_second_row_of_headings() -> None:
    sheet = opened_csv("Tanggal,Kecamatan,Jenis,Uraian,\nkemarin,,,,lagi\n1/2/2024,a,b,c,d\n")
    assert sheet.header == ("Tanggal", "Kecamatan", "Jenis", "Uraian", "kolom 5")
    assert frame_of(sheet).index.tolist() == [2, 3]


@pytest.mark.parametrize("rows", ["1,2,3\n", "1,2,3\n2,3,4\n", "1,2,3\n4,5,6\n", "1,2,3\n2,a,b\n"])
def test_numbers_that_may_be_data_are_data(rows: str) -> None:
    sheet = opened_csv(f"No,TPS,Jumlah\n{rows}")
    assert frame_of(sheet).loc[2].tolist() == ["1", "2", "3"]


def test_headings_are_taken_from_the_row_that_is_named() -> None:
    text = "Tanggal,Jenis\n1/2/2024,Demo\nTgl,Macam\n2/2/2024,Aksi\n"
    sheet = opened_csv(text, header_row=3)
    assert (sheet.header, sheet.header_row) == (("Tgl", "Macam"), 3)
    assert frame_of(sheet).loc[4].tolist() == ["2/2/2024", "Aksi"]
    assert skipped(sheet) == [(1, "title"), (2, "title")]


@pytest.mark.parametrize("row", [0, -1, 2, 99, 10**12])
def test_a_row_without_headings_is_refused(row: int, tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError, match="header_row_empty"):
        opened_csv("a,b\n,\n1,2\n", header_row=row)
    path = saved(tmp_path / "a.xlsx", [["a", "b"], [None, None], ["1", "2"]])
    with pytest.raises(FileUnreadableError, match="header_row_empty"):
        open_file(path, looks_like_header, header_row=row)


def test_a_thousand_equal_headings_are_told_apart() -> None:
    names = unique_names(["a"] * 100_000)
    assert names[99_999] == "a (100000)"
    assert len(set(unique_names(["a (2)", "a", "a", "a (2)"]))) == 4


# Rows that are no data


def test_headings_that_repeat_on_every_page_are_no_data() -> None:
    head, row = ",".join(HEAD), ",".join(ROW)
    sheet = opened_csv(f"{head}\n{row}\n\n{head}\n{row}\n")
    assert frame_of(sheet).index.tolist() == [2, 5]
    assert skipped(sheet) == [(4, "repeated_header")]


@pytest.mark.parametrize(
    "cells",
    [
        ["JUMLAH", "", "1"],
        ["Total", "x"],
        ["", "SUB TOTAL", "3"],
        ["Grand Total :", "3"],
        ["jml", "3"],
        ["JUMLAH KESELURUHAN", "1.500"],
        ["TOTAL KEC. TOBOALI", "7", "-"],
        ["REKAPITULASI", "", "12"],
        ["Jumlah se-Kabupaten Bangka", "3"],
        ["SUBTOTAL", "3"],
        ["JUMLAH DESA BATU", "3"],
    ],
)
def test_a_row_that_adds_up_is_a_total(cells: list[str]) -> None:
    assert is_total(cells)


@pytest.mark.parametrize(
    "cells",
    [
        ["Rekapitulasi", "14/02/2024", "Toboali"],
        ["Total 30 orang", "1"],
        ["Jumlah massa", "3"],
        ["Jumlahan", "1"],
        ["1", "JUMLAH"],
        ["Totalitas"],
        ["Jumlah TPS", "45"],
        ["Jumlah desa", "3"],
        ["TOTAL KEC. TOBOALI", "aman"],
        [""],
        ["Kec. Total"],
    ],
)
def test_other_rows_are_no_total(cells: list[str]) -> None:
    assert not is_total(cells)


def test_a_report_of_the_stage_of_adding_up_is_kept() -> None:
    sheet = opened_csv("Tahapan,Tanggal,Kecamatan\nRekapitulasi,14/02/2024,Toboali\n")
    assert len(frame_of(sheet)) == 1
    assert sheet.skipped == []


# Merged cells


def test_cells_merged_downwards_hold_for_every_row_and_others_do_not(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "a.xlsx",
        [
            HEAD,
            ["09/01/2024", "Mentok", "Unjuk rasa", "a", "Polres"],
            [None, None, "Perusakan", "b", None],
            [None, None, None, None, None],
            [None, "Kelapa", "Aksi", "c", "x"],
        ],
        ["A2:A4", "B2:B3", "D5:E5"],
    )
    frame = frame_of(open_file(path, looks_like_header).sheets[0])
    assert frame.loc[3].tolist() == ["09/01/2024", "Mentok", "Perusakan", "b", ""]
    assert frame.index.tolist() == [2, 3, 5]
    assert frame.loc[5].tolist() == ["", "Kelapa", "Aksi", "c", ""]


def test_merges_reach_over_chunks(tmp_path: Path) -> None:
    rows: list[list[object]] = [["2024-01-09", *ROW[1:]]] + [[None, *ROW[1:]] for _ in range(600)]
    path = saved(tmp_path / "a.xlsx", [HEAD, *rows], ["A2:A602"])
    frame = frame_of(open_file(path, looks_like_header, chunk_rows=50).sheets[0])
    assert frame["Tanggal"].tolist() == ["2024-01-09"] * 601


def test_error_cells_keep_their_text(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.xlsx", [HEAD, [date(2024, 1, 9), "#N/A", 0.25, True, 106.125]])
    frame = frame_of(open_file(path, looks_like_header).sheets[0])
    assert frame.loc[2].tolist() == ["2024-01-09", "#N/A", "0.25", "ya", "106.1250"]


# JSON


def opened_json(
    content: object, name: str = "a.json", **options: object
) -> tuple[str, pd.DataFrame]:
    text = content if isinstance(content, str) else json.dumps(content)
    with uploaded(name, text.encode()) as path:
        found = open_file(path, looks_like_header, **options)  # type: ignore[arg-type]
        return found.kind, frame_of(found.sheets[0])


RECORD = {"tanggal": "2024-02-14", "n": 3}


@pytest.mark.parametrize(
    "content",
    [
        [RECORD],
        {"status": 200, "data": [RECORD]},
        {"value": [RECORD], "errors": []},
        {"result": {"total": 1, "records": [RECORD]}},
        json.dumps(RECORD),
        json.dumps(RECORD) + "\n",
        json.dumps(RECORD) + "\n\n" + json.dumps({}),
        "\ufeff" + json.dumps([RECORD]),
    ],
)
def test_the_one_list_of_objects_is_the_table(content: object) -> None:
    kind, frame = opened_json(content)
    assert kind == "json"
    assert frame.loc[2].to_dict() == {"tanggal": "2024-02-14", "n": "3"}
    assert len(frame) == 1


def test_several_lists_are_a_question() -> None:
    with pytest.raises(FileUnreadableError, match=r"json_several_lists.*satu, dua"):
        opened_json({"satu": [RECORD], "dua": [RECORD]})


def test_groups_become_columns_two_levels_down() -> None:
    _, frame = opened_json([{"a": {"b": {"c": {"d": 1}}, "e": "x"}, "f": [1, 2], "g": {}}])
    assert frame.loc[2].to_dict() == {"a/b/c": '{"d": 1}', "a/e": "x", "f": "[1, 2]", "g": "{}"}


def test_records_that_differ_share_all_columns() -> None:
    _, frame = opened_json([{"a": 1}, {"b": None, "a": 2.5}, {"b": False}])
    assert frame.to_numpy().tolist() == [["1", ""], ["2.5", ""], ["", "tidak"]]
    assert frame.index.tolist() == [2, 3, 4]


def test_broken_letters_are_replaced_and_told() -> None:
    text = '[{"tanggal": "1", "x": "a\\ud800b"}, {"x": "c\\u0000"}, {"x": "baik"}]'
    with uploaded("a.json", text.encode()) as path:
        chunk = next(iter(open_file(path).sheets[0].chunks))
    assert chunk.frame["x"].tolist() == ["a\ufffdb", "c\ufffd", "baik"]
    assert [(f.row_number, f.column_name, f.reason) for f in chunk.faults] == [
        (2, "x", "broken_text"),
        (3, "x", "broken_text"),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "nested_too_deep"),
        ('[{"a":' + "[" * 60 + "]" * 60 + "}]", "nested_too_deep"),
        ("[{", "broken_json"),
        ('{"type": "FeatureCollection", "features": [', "broken_geojson"),
        ("[[1, 2]]", "json_no_records"),
        ("{}", "empty"),
        ("[]", "empty"),
        ('{"data": []}', "empty"),
    ],
)
def test_json_that_cannot_be_used_is_refused(text: str, reason: str) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        opened_json(text)
    assert caught.value.reason == reason


# Quotes


def lines(count: int, start: int = 0) -> str:
    return "".join(f"{n},B,c,d,e\n" for n in range(start, start + count))


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('1,B,"c,d,e\n' + lines(31) + '2,B,c",d,e\n', 2),
        ('1,B,"c,d,e\n' + lines(1) + '2,B,c",d,e\n', 2),
        ('1,B,"c,d,e\n2,B,c",d,e\n', 2),
        ('1,B,"c,d,e\n' + lines(5) + '2,"B",c,d,e\n', 2),
        (lines(400) + '1,B,"c,d,e\n' + lines(31) + '2,B,c",d,e\n' + lines(3), 402),
        (lines(300) + '1,B,"c,d,e\n', 302),
        ('1,"B,c,d,e\n' + lines(3) + '2,B,c,d",e\n', 2),
        (lines(3) + '1,B,"c,d,e', 5),
        (lines(300) + '1,"B,c,d,e\n' + lines(20_000), 302),
    ],
)
def test_a_quote_left_open_is_refused_with_its_row(text: str, row: int) -> None:
    for size in (50, 100_000):
        with pytest.raises(FileUnreadableError, match=rf"open_quote.*baris {row}\b"):
            opened_csv("Tanggal,Kecamatan,Jenis,Uraian,Sumber\n" + text, chunk_rows=size)


@pytest.mark.parametrize(
    "cell",
    [
        "satu\ndua",
        "meja, kursi, papan\nkertas, tinta",
        "\n" * 40,
        "a\r\nb",
        'kata "kutip"\nlagi',
        "baris\n" * 40,
        "a, b\n" * 30,
        "1. satu, dua\n2. tiga\n3. empat, lima, enam",
    ],
)
def test_cells_with_line_breaks_stay(cell: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([HEAD, [*ROW[:3], cell, "x"], ROW])
    frame = frame_of(opened_csv(out.getvalue()))
    assert frame["Uraian"].tolist() == [cell.strip(), "SIMULASI"]
    assert frame.index.tolist() == [2, 3]


def test_marks_of_inches_are_no_quotes() -> None:
    frame = frame_of(opened_csv('Tanggal,Jenis,Uraian\n1/2/2024,Demo,pipa 5" dan 6"\n'))
    assert frame.loc[2, "Uraian"] == 'pipa 5" dan 6"'


# Encodings


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig"])
def test_text_of_two_bytes_is_read_without_a_mark(encoding: str) -> None:
    text = "Tanggal,Jenis\n14/02/2024,“Aksi” di kota\n"
    with uploaded("a.csv", text.encode(encoding)) as path:
        sheet = open_file(path, looks_like_header).sheets[0]
        assert frame_of(sheet).loc[2].tolist() == ["14/02/2024", "“Aksi” di kota"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16"])
def test_text_of_two_bytes_cut_short_is_refused(encoding: str) -> None:
    content = "Tanggal,Jenis\n14/02/2024,Aksi\n".encode(encoding)[:-1]
    with (
        uploaded("a.csv", content) as path,
        pytest.raises(FileUnreadableError, match="utf16_broken"),
    ):
        open_file(path)


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_every_line_end_counts_the_same(end: str) -> None:
    text = end.join(["Tanggal,Jenis", *(f"{n}/2/2024,Aksi" for n in range(500))])
    frame = frame_of(opened_csv(text, chunk_rows=7))
    assert frame.index.tolist() == list(range(2, 502))


# Limits


@pytest.mark.parametrize(
    ("limits", "reason", "told"),
    [
        (Limits(rows=3), "too_many_rows", "3"),
        (Limits(columns=4), "too_many_columns", "4"),
        (Limits(cell_chars=9), "cell_too_long", "9; baris 2"),
    ],
)
def test_limits_are_told(limits: Limits, reason: str, told: str) -> None:
    text = "\n".join([",".join(HEAD), *[",".join(ROW)] * 3])
    with pytest.raises(FileUnreadableError, match=rf"{reason}.*paling banyak {told}"):
        opened_csv(text.replace("Kecamatan", "Kec"), limits=limits)


def test_limits_of_workbooks_and_json_are_told(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.xlsx", [HEAD, *[ROW] * 3])
    for limits, reason in (
        (Limits(unpacked_bytes=1_000), "too_large_unpacked"),
        (Limits(file_bytes=100), "file_too_large"),
        (Limits(rows=3), "too_many_rows"),
        (Limits(columns=4), "too_many_columns"),
        (Limits(cell_chars=9), "cell_too_long"),
    ):
        with pytest.raises(FileUnreadableError, match=reason):
            frame_of(open_file(path, looks_like_header, limits=limits).sheets[0])
    with pytest.raises(FileUnreadableError, match="json_too_large"):
        opened_json([RECORD], limits=Limits(json_bytes=10))


def test_limits_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAGA_MAX_ROWS", "5")
    assert limits_from_environment() == Limits(rows=5)
    for wrong in ("lima", "0", "-1", "1.5"):
        monkeypatch.setenv("SIAGA_MAX_ROWS", wrong)
        with pytest.raises(SchemaError, match=r"(?i)rows"):
            limits_from_environment()


def test_commands_take_as_large_a_file_as_browsers_may_send() -> None:
    config = tomllib.loads(CONFIG.read_text(encoding="utf-8"))
    assert Limits().file_bytes == config["server"]["maxUploadSize"] << 20


# Whatever is written comes back

cells = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=12)
tables = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=8)
)


def expected_rows(rows: list[list[str]], header: list[str]) -> dict[int, list[str]]:
    """Return what must come back, by row number: filled rows that are no total and no headings."""

    def plain(cell: str) -> str:
        text = cell.strip()
        return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@\t\r" else text

    kept = {n: [plain(cell) for cell in row] for n, row in enumerate(rows, start=2)}
    return {n: row for n, row in kept.items() if any(row) and not is_total(row) and row != header}


@settings(deadline=None, max_examples=200)
@given(tables, st.sampled_from([1, 3, 100]), st.sampled_from(["\n", "\r\n"]))
def test_any_table_comes_back_from_text(rows: list[list[str]], size: int, end: str) -> None:
    header = [f"k{letter}" for letter in string.ascii_lowercase[: len(rows[0])]]
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    wanted = expected_rows(rows, header)
    with uploaded("a.csv", out.getvalue().encode()) as path:
        if not wanted:
            with pytest.raises(FileUnreadableError, match="no_rows"):
                open_file(path, chunk_rows=size)
            return
        sheet = open_file(path, chunk_rows=size).sheets[0]
        frame = frame_of(sheet)
    assert sheet.header == tuple(header)
    assert dict(zip(frame.index, frame.to_numpy().tolist(), strict=True)) == wanted


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(st.text("ab1, é'", max_size=4), max_size=5), min_size=300, max_size=330))
def test_blocks_cut_at_once_come_out_as_row_by_row(rows: list[list[str]]) -> None:
    plain = [[cell.replace(",", "") for cell in row] for row in rows]
    text = "x,y,z\n1,2,3\n" + "".join(",".join(row) + "\n" for row in plain)
    # A quote behind the table makes its block go row by row.
    quoted = text + 'a,b,"c\nd"\n'
    with uploaded("a.csv", text.encode()) as one, uploaded("b.csv", quoted.encode()) as other:
        got = [list(open_file(path).sheets[0].chunks) for path in (one, other)]
    frames = [pd.concat([chunk.frame for chunk in chunks]) for chunks in got]
    faults = [[fault for chunk in chunks for fault in chunk.faults] for chunks in got]
    pd.testing.assert_frame_equal(frames[0], frames[1].iloc[:-1])
    assert faults[0] == faults[1]


sheet_cells = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="_\ufffe\uffff"), max_size=12
).filter(lambda text: not text.startswith("="))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(sheet_cells, min_size=3, max_size=3), min_size=1, max_size=6))
def test_any_table_comes_back_from_a_workbook(rows: list[list[str]]) -> None:
    header = ["ka", "kb", "kc"]
    book = openpyxl.Workbook()
    for row in [header, *rows]:
        book.active.append([cell or None for cell in row])
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book.save(out)
    wanted = expected_rows(rows, header)
    with uploaded("a.xlsx", out.getvalue()) as path:
        if not wanted:
            with pytest.raises(FileUnreadableError, match=r"no_rows|empty"):
                open_file(path)
            return
        frame = frame_of(open_file(path).sheets[0])
    assert dict(zip(frame.index, frame.to_numpy().tolist(), strict=True)) == wanted
