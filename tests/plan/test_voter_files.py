"""Voters in the tables that offices send: serials, sheets, headings over two rows, merged cells."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from data.errors import FileUnreadableError
from data.store.engine import Store
from services.ingest.imports import Asked, ImportResult, import_file, look_at

TOBOALI, LABU = "pemilu2024/19.03.01.1001/", "pemilu2024/19.03.02.2001/"


def bring(store: Store, path: Path, **more: object) -> ImportResult:
    asked = Asked(**{"election": "pemilu2024", **more})  # type: ignore[arg-type]
    return import_file(store, "voters", path, asked)


def text_file(folder: Path, *lines: str) -> Path:
    path = folder / "pemilih.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def workbook(folder: Path, **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path = folder / "pemilih.xlsx"
    book.save(path)
    return path


def merged(path: Path, *ranges: str) -> Path:
    book = openpyxl.load_workbook(path)
    sheet: Worksheet = book.worksheets[0]
    for cells in ranges:
        sheet.merge_cells(cells)
    book.save(path)
    return path


def totals(store: Store) -> dict[str, int]:
    rows = store.read("tps_voters")
    return dict(zip(rows["tps_id"], rows["total"].astype(int), strict=True))


def test_a_serial_number_is_not_the_number_of_a_tps(own_store: Store, tmp_path: Path) -> None:
    path = text_file(tmp_path, "No,Kode Desa,No. TPS,Jumlah", "1,19.03.01.1001,5,215")
    done = bring(own_store, path)
    assert totals(own_store) == {f"{TOBOALI}005": 215}
    assert (done.mapping["tps"], done.unused_columns) == ("No. TPS", ("No",))


def test_a_number_without_a_better_column_is_that_of_the_tps(
    own_store: Store, tmp_path: Path
) -> None:
    bring(own_store, text_file(tmp_path, "No,Kode Desa,Jumlah", "3,19.03.01.1001,215"))
    assert totals(own_store) == {f"{TOBOALI}003": 215}


def test_every_sheet_of_a_workbook_comes_in(own_store: Store, tmp_path: Path) -> None:
    head: list[object] = ["Kode Desa", "TPS", "Jumlah"]
    path = workbook(
        tmp_path,
        TOBOALI=[head, ["19.03.01.1001", "1", 215]],
        LEPAR=[head, ["19.03.02.2001", "1", 180], ["19.03.02.2001", "99", 1]],
        Catatan=[["dibuat untuk contoh"]],
    )
    done = bring(own_store, path)
    assert totals(own_store) == {f"{TOBOALI}001": 215, f"{LABU}001": 180}
    assert (done.accepted, done.faults["column_name"].tolist()) == (2, ["LEPAR!TPS"])
    unread = [note.gaps["sheet"] for note in done.notes if note.key == "sheet_unread"]
    assert unread == ["Catatan"]


def test_one_sheet_may_be_asked_for(own_store: Store, tmp_path: Path) -> None:
    head: list[object] = ["Kode Desa", "TPS", "Jumlah"]
    path = workbook(
        tmp_path,
        TOBOALI=[head, ["19.03.01.1001", "1", 215]],
        LEPAR=[head, ["19.03.02.2001", "1", 180]],
    )
    bring(own_store, path, sheet="LEPAR")
    assert totals(own_store) == {f"{LABU}001": 180}


def test_headings_over_two_rows_and_a_total_below(own_store: Store, tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["NO", "KECAMATAN", "DESA/KELURAHAN", "NO TPS", "JUMLAH PEMILIH", None, None],
        [None, None, None, None, "L", "P", "L+P"],
        [1, 2, 3, 4, 5, 6, 7],
        [1, "TOBOALI", "TOBOALI", 1, 110, 105, 215],
        ["JUMLAH", None, None, None, 110, 105, 215],
    ]
    path = workbook(tmp_path, Rekap=rows)
    done = bring(own_store, merged(path, "A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:G1"))
    row = own_store.read("tps_voters").iloc[0]
    assert row[["tps_id", "male", "female", "total"]].tolist() == [f"{TOBOALI}001", 110, 105, 215]
    assert (done.accepted, done.quarantined) == (1, 0)
    said = {note.key: note.gaps["rows"] for note in done.notes}
    assert said["rows_total"] == [5]


def test_cells_merged_downwards_hold_for_each_of_their_rows(
    own_store: Store, tmp_path: Path
) -> None:
    rows: list[list[object]] = [
        ["Kecamatan", "Desa/Kelurahan", "TPS", "Jumlah"],
        ["Toboali", "Toboali", 1, 215],
        [None, None, 2, 235],
    ]
    done = bring(own_store, merged(workbook(tmp_path, Satu=rows), "A2:A3", "B2:B3"))
    assert (done.accepted, done.quarantined) == (2, 0)
    assert totals(own_store) == {f"{TOBOALI}001": 215, f"{TOBOALI}002": 235}


def test_blank_cells_that_are_not_merged_stay_blank(own_store: Store, tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Kecamatan", "Desa/Kelurahan", "TPS", "Jumlah"],
        ["Toboali", "Toboali", 1, 215],
        [None, None, 2, 235],
    ]
    done = bring(own_store, workbook(tmp_path, Satu=rows))
    assert totals(own_store) == {f"{TOBOALI}001": 215}
    assert done.faults["reason"].tolist() == ["desa_missing"]


def test_codes_of_the_commission_need_its_scheme(own_store: Store, tmp_path: Path) -> None:
    path = text_file(tmp_path, "kode_desa,tps,laki,perempuan,total", "1903011001,1,110,105,215")
    assert bring(own_store, path).faults["reason"].tolist() == ["code_scheme_unknown"]
    assert bring(own_store, path, scheme="kpu").accepted == 1
    assert totals(own_store) == {f"{TOBOALI}001": 215}


@pytest.mark.parametrize(
    "lines",
    [
        ("Kecamatan,Kelurahan/Desa,TPS,L,P,Total", "Toboali,Toboali,1,110,105,215"),
        ("Kecamatan,Desa/Kel,TPS,L,P,L+P", "Toboali,Toboali,1,110,105,215"),
        ("NAMA KECAMATAN,NAMA DESA/KELURAHAN,NOMOR TPS,Jumlah", "Toboali,Toboali,1,215"),
        ("Kecamatan,Kelurahan,Nama TPS,L,P,Jumlah", "Toboali,Toboali,TPS 001,110,105,215"),
        ("Kode Desa,TPS,Jumlah", "19.03.01.1001,TPS-01,215"),
        ("Kode Desa,TPS,Jumlah", "19.03.01.1001,TPS 001 Toboali,215"),
    ],
)  # fmt: skip
def test_headings_as_the_commission_writes_them(
    own_store: Store, tmp_path: Path, lines: tuple[str, str]
) -> None:
    bring(own_store, text_file(tmp_path, *lines))
    assert totals(own_store) == {f"{TOBOALI}001": 215}


@pytest.mark.parametrize("number", ["1 dan 2", "1 s.d. 3", "TPS 1 atau TPS 2", "1-3", "satu"])
def test_several_numbers_in_one_cell_are_none(
    own_store: Store, tmp_path: Path, number: str
) -> None:
    done = bring(
        own_store, text_file(tmp_path, "Kode Desa,TPS,Jumlah", f"19.03.01.1001,{number},9")
    )
    assert done.faults[["value", "reason"]].to_numpy().tolist() == [[number, "tps_unreadable"]]
    assert own_store.count("tps_voters") == 0


def test_two_columns_that_claim_one_field_are_a_question(own_store: Store, tmp_path: Path) -> None:
    path = text_file(tmp_path, "Kode Desa,TPS,Jumlah,Total", "19.03.01.1001,1,215,220")
    with pytest.raises(FileUnreadableError) as caught:
        bring(own_store, path)
    assert caught.value.reason == "ambiguous_columns"
    assert "total: Jumlah, Total" in caught.value.expected
    seen = look_at(own_store, "voters", "p.csv", path.read_bytes(), Asked(election="pemilu2024"))
    assert (seen.result, type(seen.question)) == (None, FileUnreadableError)
    assert dict(zip(seen.columns["heading"], seen.columns["cells"], strict=True)) == {
        "Kode Desa": "19.03.01.1001", "TPS": "1", "Jumlah": "215", "Total": "220",
    }  # fmt: skip
    assert own_store.count("imports") == 0
    bring(own_store, path, columns={"Jumlah": "-"})
    assert totals(own_store) == {f"{TOBOALI}001": 220}
    bring(own_store, path, columns={"Jumlah": "total"})
    assert totals(own_store) == {f"{TOBOALI}001": 215}


@pytest.mark.parametrize("other", ["215", ""])
def test_two_columns_that_say_the_same_are_no_question(
    own_store: Store, tmp_path: Path, other: str
) -> None:
    path = text_file(tmp_path, "Kode Desa,TPS,Jumlah,Total", f"19.03.01.1001,1,{other},215")
    bring(own_store, path)
    assert totals(own_store) == {f"{TOBOALI}001": 215}


def test_what_a_file_has_no_column_for_stays(own_store: Store, tmp_path: Path) -> None:
    def said() -> list[object]:
        rows = own_store.read("tps_voters")[["male", "female", "total"]]
        return rows.astype("object").where(rows.notna(), None).iloc[0].tolist()

    def write(*lines: str) -> ImportResult:
        return bring(own_store, text_file(tmp_path, *lines))

    write("tps_id,laki,perempuan", f"{TOBOALI}001,110,105")
    assert said() == [110, 105, 215]
    assert write("tps_id,jumlah", f"{TOBOALI}001,215").duplicates == 1
    assert said() == [110, 105, 215]
    # Another total than that of men and women: these can no longer be right.
    assert write("tps_id,jumlah", f"{TOBOALI}001,220").corrected == 1
    assert said() == [None, None, 220]


def test_a_tps_of_another_election_is_refused(own_store: Store, tmp_path: Path) -> None:
    path = text_file(tmp_path, "tps_id,jumlah", "pilkada2024/19.03.01.1001/001,215")
    done = bring(own_store, path)
    assert done.faults["reason"].tolist() == ["tps_of_other_election"]
    named = text_file(tmp_path, "pemilu,tps_id,jumlah", f"pilkada2024,{TOBOALI}001,215")
    assert bring(own_store, named).faults["reason"].tolist() == ["tps_of_other_election"]
    assert own_store.count("tps_voters") == 0
