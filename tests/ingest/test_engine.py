"""The engine of all imports: headings, sheets, sections, profiles, all or nothing, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from data.errors import FileUnreadableError, ImportUnknownError, SchemaError
from data.ingest.columns import Claims, suggest_columns
from data.ingest.engine import run
from data.ingest.kind import Kind
from data.plan.voters import VOTERS
from data.risk.tps_class import TPS_CLASS
from data.store.engine import Store
from services.ingest.imports import (
    Asked,
    ImportResult,
    import_file,
    look_at,
    options_of,
    profiles_of,
    undo_import,
)

TOBOALI = "19.03.01.1001"
DAY = date(2024, 3, 1)
TABLES = ("reports", "tps_voters", "tps_class", "agenda", "sources", "imports", "quarantine",
          "history", "import_profiles")  # fmt: skip


def put(folder: Path, *lines: str, name: str = "berkas.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def put_sheets(folder: Path, sheets: Mapping[str, Sequence[str]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line.split(","))
    book.save(folder / "buku.xlsx")
    return folder / "buku.xlsx"


def bring(store: Store, kind: str, path: Path, **said: object) -> ImportResult:
    asked = Asked(**{"election": "pemilu2024", "as_of": DAY, **said})  # type: ignore[arg-type]
    return import_file(store, kind, path, asked)


def contents(store: Store) -> dict[str, pd.DataFrame]:
    return {name: store.read(name) for name in TABLES}


def assert_same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, other[name], obj=name)


def notes(result: ImportResult) -> dict[str, Mapping[str, object]]:
    return {note.key: note.gaps for note in result.notes}


def claimed(kind: Kind, *columns: str) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return what is used and what is in doubt; a column is given as ``heading=cell,cell``."""
    pairs = [column.partition("=") for column in columns]
    cells = {heading: texts.split(",") for heading, _, texts in pairs}
    found = suggest_columns(kind, list(cells), pd.DataFrame(cells, dtype="str"))
    return dict(found.used), dict(found.ambiguous)


# --- headings ------------------------------------------------------------------------------------


def test_two_headings_of_one_tier_are_a_question() -> None:
    used, unsure = claimed(VOTERS, "TPS=1,2", "Jumlah=5,6", "Pemilih=7,8")
    assert used == {"tps": "TPS"}
    assert unsure == {"total": ("Jumlah", "Pemilih")}


@pytest.mark.parametrize("other", ["Pemilih=5,6", "Pemilih=,"])
def test_columns_that_are_equal_or_empty_are_no_question(other: str) -> None:
    assert claimed(VOTERS, "Jumlah=5,6", other) == ({"total": "Jumlah"}, {})


def test_an_empty_column_gives_way_to_a_filled_one() -> None:
    assert claimed(VOTERS, "Jumlah=,", "Pemilih=7,8") == ({"total": "Pemilih"}, {})


@pytest.mark.parametrize(("before", "late"), [("5", "50"), ("", "50"), ("", "5"), ("5", "-")])
def test_a_column_that_says_otherwise_only_later_is_a_question_of_its_row(
    own_store: Store, tmp_path: Path, before: str, late: str
) -> None:
    same = [f"Toboali,Toboali,1,5,{before}"] * 600
    path = put(tmp_path, "desa,kecamatan,tps,jumlah,pemilih", *same, f"Toboali,Toboali,2,5,{late}")
    faults = bring(own_store, "voters", path).faults
    wrong = [(602, "jumlah", "ambiguous_columns")] if late == "50" else []
    assert list(faults[["row_number", "column_name", "reason"]].itertuples(index=False)) == wrong


def test_a_surer_heading_wins_over_one_of_a_later_tier() -> None:
    used, unsure = claimed(TPS_CLASS, "Kategori=a,b", "Kelas=rawan,khusus")
    assert (used, unsure) == ({"kelas": "Kelas"}, {})


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("grup_tps/kelas", "kelas"),
        ("data.tps:Kelas TPS", "kelas"),
        ("Nama Desa", "desa"),
        ("KECAMATAN (wajib)", "kecamatan"),
        ("Kecamatn", "kecamatan"),
        ("Tanggal WIB", "date"),
        ("Kls", None),
        ("warna/bentuk", None),
    ],
)
def test_a_heading_is_known_behind_its_group_and_with_a_slip(
    heading: str, field: str | None
) -> None:
    found = Claims(TPS_CLASS.headings).of(heading)
    assert (found and found.field) == field


def test_a_misspelt_heading_gives_way_to_the_right_one() -> None:
    used, unsure = claimed(TPS_CLASS, "Kecamatn=a,b", "Kecamatan=c,d")
    assert (used, unsure) == ({"kecamatan": "Kecamatan"}, {})


def test_a_heading_cannot_stand_for_two_fields() -> None:
    with pytest.raises(ValueError, match="'hari' stands for a and for b"):
        Claims({"a": (("hari",),), "b": (("hari",),)})


@pytest.mark.parametrize(
    ("said", "reason", "words"),
    [
        ({"Tiada": "date"}, "mapping_unknown_column", "Tiada; TPS, Kelas, Kode"),
        ({"Kelas": "kesan"}, "mapping_unknown_field", "kesan; "),
        ({"Kelas": "kelas", "Kode": "kelas"}, "ambiguous_columns", "kelas"),
        ({"Kelas": "-"}, "columns_missing", "Kelas"),
    ],
)
def test_a_wrong_word_about_a_column_is_refused(
    own_store: Store, tmp_path: Path, said: dict[str, str], reason: str, words: str
) -> None:
    path = put(tmp_path, "TPS,Kelas,Kode", f"1,rawan,{TOBOALI}")
    with pytest.raises(FileUnreadableError) as caught:
        bring(own_store, "tps-class", path, columns=said, date=DAY)
    assert caught.value.reason == reason
    assert words in caught.value.expected


def test_columns_of_dates_are_proposed_where_none_is_known(
    own_store: Store, tmp_path: Path
) -> None:
    path = put(tmp_path, "Saat,Diisi,Desa,Jenis,Urut", *["1/2/2024,2024-02-03,Penyak,Demo,7"] * 3)
    with pytest.raises(FileUnreadableError) as caught:
        bring(own_store, "reports", path)
    assert caught.value.reason == "no_date_column"
    assert caught.value.expected.endswith("Saat, Diisi)")
    assert "Urut" in caught.value.expected.rpartition(";")[0]
    assert bring(own_store, "reports", path, columns={"Saat": "date_event"}).accepted == 1


# --- sheets --------------------------------------------------------------------------------------

CLASS_SHEETS = {
    "Toboali": ["Kode,TPS,Kelas,Tanggal", f"{TOBOALI},1,rawan,2024-02-01"],
    "Penyak": ["No TPS,Tingkat kerawanan,Kode desa,Tgl", "3,khusus,19.04.01.2007,02/02/2024"],
    "Catatan": ["SIMULASI", "bukan tabel"],
}


def test_sheets_with_other_headings_are_read_each_by_its_own(
    own_store: Store, tmp_path: Path
) -> None:
    done = bring(own_store, "tps-class", put_sheets(tmp_path, CLASS_SHEETS))
    assert (done.accepted, done.quarantined) == (2, 0)
    stored = own_store.read("tps_class").set_index("tps_id")["kelas"]
    assert stored.to_dict() == {
        f"pemilu2024/{TOBOALI}/001": "rawan", "pemilu2024/19.04.01.2007/003": "khusus",
    }  # fmt: skip
    assert notes(done)["sheet_unread"] == {"sheet": "Catatan", "reason": "no_headings"}


@pytest.mark.parametrize("sheet", ["Penyak", "2"])
def test_one_sheet_can_be_asked_for(own_store: Store, tmp_path: Path, sheet: str) -> None:
    done = bring(own_store, "tps-class", put_sheets(tmp_path, CLASS_SHEETS), sheet=sheet)
    assert done.accepted == 1
    assert own_store.read("tps_class")["kelas"].tolist() == ["khusus"]
    unread = {n.gaps["sheet"]: n.gaps["reason"] for n in done.notes if n.key == "sheet_unread"}
    assert unread == {"Toboali": "not_asked", "Catatan": "not_asked"}


def test_a_fault_names_its_sheet_where_there_are_several(own_store: Store, tmp_path: Path) -> None:
    wrong = {**CLASS_SHEETS, "Penyak": [CLASS_SHEETS["Penyak"][0], "3,aneh,19.04.01.2007,2/2/2024"]}
    done = bring(own_store, "tps-class", put_sheets(tmp_path, wrong))
    assert done.faults[["row_number", "column_name", "value"]].to_numpy().tolist() == [
        [2, "Penyak!Tingkat kerawanan", "aneh"]
    ]
    assert (done.accepted, done.quarantined) == (1, 1)


def test_the_row_of_the_headings_can_be_told(own_store: Store, tmp_path: Path) -> None:
    path = put(
        tmp_path, "tps,kelas,tanggal", "Kode,TPS,Kelas,Tanggal", f"{TOBOALI},1,rawan,2024-02-01"
    )
    done = bring(own_store, "tps-class", path, header_row=2)
    assert (done.accepted, done.mapping["code"]) == (1, "Kode")


# --- sections ------------------------------------------------------------------------------------

SECTIONS = [
    "Desa,TPS,L,P",
    "KECAMATAN TOBOALI,,,",
    "Toboali,1,101,99",
    "Toboali,2,90,95",
    "KECAMATAN KOBA,,,",
    "Penyak,1,80,70",
    "Penyak,2,81,71",
]


@pytest.mark.parametrize("chunk_rows", [1, 2, 3, 100])
def test_rows_stand_under_their_section_whatever_the_chunks(
    own_store: Store, tmp_path: Path, chunk_rows: int
) -> None:
    asked = Asked(election="pemilu2024", as_of=DAY)
    options = replace(options_of(own_store, VOTERS, asked), chunk_rows=chunk_rows)
    done = run(own_store, VOTERS, put(tmp_path, *SECTIONS), options)
    assert (done.accepted, done.quarantined) == (4, 0), done.faults
    totals = own_store.read("tps_voters").set_index("tps_id")["total"]
    assert totals.to_dict() == {
        f"pemilu2024/{TOBOALI}/001": 200, f"pemilu2024/{TOBOALI}/002": 185,
        "pemilu2024/19.04.01.2007/001": 150, "pemilu2024/19.04.01.2007/002": 152,
    }  # fmt: skip
    rows = [row for n in done.notes if n.key == "rows_section" for row in n.gaps["rows"]]  # type: ignore[attr-defined]
    assert rows == [2, 5]


def test_a_file_of_sections_alone_holds_no_row(own_store: Store, tmp_path: Path) -> None:
    done = bring(own_store, "voters", put(tmp_path, SECTIONS[0], SECTIONS[1], SECTIONS[4]))
    assert (done.accepted, done.quarantined) == (0, 0)
    assert notes(done)["rows_section"] == {"n": 2, "rows": [2, 3]}


def test_a_section_ends_with_its_sheet(own_store: Store, tmp_path: Path) -> None:
    sheets = {
        "Satu": ["Desa,TPS,L,P", "KECAMATAN TOBOALI,,,", "Toboali,1,101,99"],
        "Dua": ["Desa,TPS,L,P", "Penyak,2,81,71"],
    }
    done = bring(own_store, "voters", put_sheets(tmp_path, sheets))
    assert done.faults.empty, done.faults
    assert set(own_store.read("tps_voters")["tps_id"]) == {
        f"pemilu2024/{TOBOALI}/001", "pemilu2024/19.04.01.2007/002",
    }  # fmt: skip


# --- profiles ------------------------------------------------------------------------------------

ODD = "Wilayah,Pos,Warna,Sejak"
ODD_COLUMNS = {"Wilayah": "code", "Pos": "tps", "Warna": "kelas", "Sejak": "date"}


def odd(folder: Path, number: int, head: str = ODD, rest: str = "", name: str = "p.csv") -> Path:
    return put(folder, head, f"{TOBOALI},{number},rawan,2024-02-01{rest}", name=name)


def test_what_was_said_of_a_file_is_kept_and_taken_again(own_store: Store, tmp_path: Path) -> None:
    said = {"columns": ODD_COLUMNS, "agency": "Polres SIMULASI"}
    first = bring(own_store, "tps-class", odd(tmp_path, 1), profile="polres", **said)
    assert notes(first)["profile_saved"] == {"profile": "polres"}
    (kept,) = profiles_of(own_store, "tps-class")
    assert (kept.name, kept.columns, kept.constants) == (
        "polres", ODD_COLUMNS, {"agency": "Polres SIMULASI"},
    )  # fmt: skip
    assert set(kept.headings) == set(ODD.split(","))
    second = bring(own_store, "tps-class", odd(tmp_path, 2), profile="polres")
    assert (second.accepted, "profile_differs" in notes(second)) == (1, False)
    assert own_store.read("tps_class")["agency"].tolist() == ["Polres SIMULASI"] * 2
    assert profiles_of(own_store, "voters") == []


def test_a_profile_says_what_differs_and_bears_a_missing_column(
    own_store: Store, tmp_path: Path
) -> None:
    said = {"columns": {**ODD_COLUMNS, "Ket": "-"}, "profile": "polres"}
    bring(own_store, "tps-class", odd(tmp_path, 1, f"{ODD},Ket", ",x"), **said)
    done = bring(own_store, "tps-class", odd(tmp_path, 2, f"{ODD},Baru", ",y"), profile="polres")
    assert done.accepted == 1
    assert notes(done)["profile_differs"] == {
        "profile": "polres", "more": ["Baru"], "less": ["Ket"],
    }  # fmt: skip
    with pytest.raises(FileUnreadableError, match="mapping_unknown_column"):
        bring(own_store, "tps-class", odd(tmp_path, 3), columns={**ODD_COLUMNS, "Ket": "-"})


def test_a_word_of_today_wins_over_the_profile(own_store: Store, tmp_path: Path) -> None:
    said = {"columns": ODD_COLUMNS, "agency": "Polres SIMULASI", "profile": "polres"}
    bring(own_store, "tps-class", odd(tmp_path, 1), **said)
    bring(own_store, "tps-class", odd(tmp_path, 2), agency="Bawaslu SIMULASI", profile="polres")
    assert set(own_store.read("tps_class")["agency"]) == {"Polres SIMULASI", "Bawaslu SIMULASI"}


def test_a_profile_is_offered_where_its_headings_come_again(
    own_store: Store, tmp_path: Path
) -> None:
    head, row = "Kode,TPS,Kelas,Tanggal,Instansi", f"{TOBOALI},1,rawan,2024-02-01,Polres SIMULASI"
    bring(own_store, "tps-class", put(tmp_path, head, row), profile="polres")
    again = bring(own_store, "tps-class", put(tmp_path, head, row.replace(",1,", ",2,")))
    assert notes(again)["profile_offer"] == {"profile": "polres"}
    other = put(tmp_path, "Kode,TPS,Kelas,Tgl data,Kantor", row)
    assert "profile_offer" not in notes(bring(own_store, "tps-class", other))


def test_a_dry_run_keeps_no_profile(own_store: Store, tmp_path: Path) -> None:
    said = {"columns": ODD_COLUMNS, "profile": "polres", "dry_run": True}
    done = bring(own_store, "tps-class", odd(tmp_path, 1), **said)
    assert (done.accepted, "profile_saved" in notes(done)) == (1, False)
    assert profiles_of(own_store, "tps-class") == []


# --- what is said of all rows --------------------------------------------------------------------


def test_a_constant_stands_where_a_cell_is_empty(own_store: Store, tmp_path: Path) -> None:
    path = put(
        tmp_path, "Kode,TPS,Kelas,Instansi", f"{TOBOALI},1,rawan,", f"{TOBOALI},2,khusus,KPU Uji"
    )
    done = bring(own_store, "tps-class", path, date=date(2024, 2, 5), agency="Polres SIMULASI")
    assert done.accepted == 2
    stored = own_store.read("tps_class").sort_values("tps_id")
    assert stored["agency"].tolist() == ["Polres SIMULASI", "KPU Uji"]
    assert stored["date"].tolist() == [pd.Timestamp(2024, 2, 5)] * 2


# --- nothing by halves ---------------------------------------------------------------------------


def test_a_dry_run_tells_all_and_writes_nothing(own_store: Store, tmp_path: Path) -> None:
    path = put(tmp_path, *SECTIONS, "Penyak,3,x,1")
    before, revisions = contents(own_store), own_store.revisions()
    dry = bring(own_store, "voters", path, dry_run=True)
    assert (dry.accepted, dry.quarantined, dry.unchanged) == (4, 1, True)
    assert_same(contents(own_store), before)
    assert own_store.revisions() == revisions
    done = bring(own_store, "voters", path)
    assert (done.accepted, done.quarantined, done.unchanged) == (4, 1, False)
    assert (done.import_id, dry.faults.to_dict()) == (dry.import_id, done.faults.to_dict())


AGENDA = "agenda_id,date_start,kind,title,unit_code,source_url"


def rally(n: int, day: str = "2027-03-01") -> str:
    return f"AGD-{n},{day},aksi,SIMULASI: aksi {n},19.03,https://contoh.invalid/{n}"


def test_one_fault_keeps_a_whole_file_out(own_store: Store, tmp_path: Path) -> None:
    before, revisions = contents(own_store), own_store.revisions()
    with pytest.raises(SchemaError) as caught:
        bring(own_store, "table agenda", put(tmp_path, AGENDA, rally(1), rally(2, "2027-02-31")))
    (fault,) = caught.value.faults
    assert fault.startswith("row 3: date_start '2027-02-31', expected ")
    assert_same(contents(own_store), before)
    assert own_store.revisions() == revisions


@pytest.mark.parametrize("kind", ["table agenda", "voters"])
def test_the_command_takes_an_import_back(
    own_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Also in a table whose rows do not say which import brought them."""
    monkeypatch.setattr("services.prepare.open_prepared", lambda: own_store)
    files = {
        "voters": (SECTIONS[:1] + SECTIONS[2:4], "Toboali,2,91,95", 2),
        "table agenda": ([AGENDA, rally(1), rally(2)], rally(2, "2027-03-09"), 2),
    }
    lines, moved, count = files[kind]
    start = contents(own_store)
    first = bring(own_store, kind, put(tmp_path, *lines))
    assert (first.accepted, first.corrected) == (count, 0)
    before = contents(own_store)
    second = bring(own_store, kind, put(tmp_path, lines[0], moved))
    assert (second.accepted, second.corrected) == (0, 1)
    told = CliRunner().invoke(app, ["import-undo", second.import_id])
    assert (told.exit_code, second.import_id in told.output) == (0, True), told.output
    assert_same(contents(own_store), before)
    assert undo_import(own_store, first.import_id) == {"removed": count, "restored": 0}
    after = contents(own_store)
    for name in ("agenda", "tps_voters", "imports", "history"):
        pd.testing.assert_frame_equal(after[name], start[name], obj=name)
    again = CliRunner().invoke(app, ["import-undo", first.import_id])
    assert again.exit_code == 2
    with pytest.raises(ImportUnknownError):
        undo_import(own_store, first.import_id)


# --- a look before ------------------------------------------------------------------------------


def look(store: Store, *lines: str, **said: object) -> tuple[ImportResult | None, object, list]:  # type: ignore[type-arg]
    asked = Asked(**{"election": "pemilu2024", "as_of": DAY, **said})  # type: ignore[arg-type]
    found = look_at(store, "tps-class", "a.csv", "\n".join(lines).encode(), asked)
    return found.result, found.question, found.columns.to_numpy().tolist()


def test_a_look_shows_columns_and_what_would_happen(own_store: Store) -> None:
    before = contents(own_store)
    rows = [f"{TOBOALI},{n},rawan,2024-02-01,x" for n in (1, 2, 3, 4)]
    result, question, columns = look(own_store, "Kode,TPS,Kelas,Tanggal,Warna", *rows)
    assert question is None
    assert result is not None
    assert (result.accepted, result.unchanged) == (4, True)
    assert columns[1] == ["", "TPS", "tps", "1 · 2 · 3"]
    assert columns[4] == ["", "Warna", "", "x · x · x"]
    assert_same(contents(own_store), before)


def test_a_look_puts_the_question_and_still_shows_the_columns(own_store: Store) -> None:
    lines = ("Kode,TPS,Kelas,Kelas TPS,Tanggal", f"{TOBOALI},1,rawan,khusus,2024-02-01")
    result, question, columns = look(own_store, *lines)
    assert result is None
    assert isinstance(question, FileUnreadableError)
    assert question.reason == "ambiguous_columns"
    assert [(heading, field) for _, heading, field, _ in columns] == [
        ("Kode", "code"), ("TPS", "tps"), ("Kelas", ""), ("Kelas TPS", ""), ("Tanggal", "date"),
    ]  # fmt: skip
    result, question, _ = look(own_store, *lines, columns={"Kelas TPS": "-"})
    assert (question, result and result.accepted) == (None, 1)


def test_a_look_at_no_table_shows_no_column(own_store: Store) -> None:
    found = look_at(own_store, "tps-class", "a.csv", b"", Asked(election="pemilu2024"))
    assert isinstance(found.question, FileUnreadableError)
    assert found.columns.empty


# --- what is known -------------------------------------------------------------------------------


def test_rows_of_one_key_that_differ_are_refused_and_equal_ones_are_one(
    own_store: Store, tmp_path: Path
) -> None:
    lines = ("Desa,Kecamatan,TPS,L,P", "Penyak,Koba,1,80,70", "Penyak,Koba,1,80,71",
             "Penyak,Koba,2,81,71", "Penyak,Koba,2,81,71")  # fmt: skip
    done = bring(own_store, "voters", put(tmp_path, *lines))
    assert (done.accepted, done.quarantined, done.duplicates) == (1, 2, 1)
    assert done.faults["row_number"].tolist() == [2, 3]
    assert done.duplicate_rows[["row_number", "of_row"]].to_numpy().tolist() == [[5, 4]]


def test_a_row_that_contradicts_one_of_an_earlier_chunk_is_refused_alone(
    own_store: Store, tmp_path: Path
) -> None:
    lines = ("Desa,Kecamatan,TPS,L,P", "Penyak,Koba,1,80,70", "Penyak,Koba,1,80,71")
    options = options_of(own_store, VOTERS, Asked(election="pemilu2024", as_of=DAY))
    done = run(own_store, VOTERS, put(tmp_path, *lines), replace(options, chunk_rows=1))
    assert (done.accepted, done.faults["row_number"].tolist()) == (1, [3])
    assert own_store.read("tps_voters")["total"].tolist() == [150]


def test_a_row_that_repeats_one_of_an_earlier_chunk_is_no_contradiction(
    own_store: Store, tmp_path: Path
) -> None:
    """Also where the next row contradicts both."""
    said = [f"Penyak,Koba,{number},80,{female}" for number, female in ((1, 70), (2, 70), (1, 71))]
    path = put(tmp_path, "Desa,Kecamatan,TPS,L,P", said[0], said[1], said[0], said[2])
    options = options_of(own_store, VOTERS, Asked(election="pemilu2024", as_of=DAY))
    done = run(own_store, VOTERS, path, replace(options, chunk_rows=2))
    assert (done.accepted, done.duplicates, done.quarantined) == (2, 1, 1)
    assert (done.duplicate_rows["row_number"].tolist(), done.faults["row_number"].tolist()) == (
        [4], [5],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "head", "row", "column"),
    [
        ("personnel", "satuan,polisi,tanggal", "Polres Bangka,{},01/02/2024", "satuan"),
        ("disputes", "pemilu,jenis,kabupaten,hasil", "pemilu2024,sengketa,Bangka,{}", "kabupaten"),
    ],
)
def test_rows_of_one_matter_that_differ_are_told_by_a_column_of_the_file(
    own_store: Store, tmp_path: Path, kind: str, head: str, row: str, column: str
) -> None:
    faults = bring(own_store, kind, put(tmp_path, head, row.format(5), row.format(6))).faults
    assert faults["column_name"].tolist() == [column, column]
    assert faults["value"].str.contains("Bangka").all()


def test_another_note_of_a_line_of_voting_day_is_not_lost(own_store: Store, tmp_path: Path) -> None:
    head, line = "desa,kecamatan,tps,status,jam,instansi,catatan", "Toboali,Toboali,1,m,07.10,PPS,"
    bring(own_store, "hari-h", put(tmp_path, head, line + "kotak kurang"))
    again = bring(own_store, "hari-h", put(tmp_path, head, line + "kotak lengkap"))
    assert (again.corrected, again.duplicates) == (1, 0)
    assert own_store.read("tps_status")["note"].tolist() == ["kotak lengkap"]
    without = put(tmp_path, head.removesuffix(",catatan"), line.removesuffix(","))
    assert bring(own_store, "hari-h", without).duplicates == 1
    undo_import(own_store, again.import_id)
    assert own_store.read("tps_status")["note"].tolist() == ["kotak kurang"]
    two = bring(own_store, "hari-h", put(tmp_path, head, line + "satu", line + "dua"))
    assert two.faults["column_name"].tolist() == ["status", "status"]


def test_a_row_that_two_sheets_hold_at_the_same_place_is_one(
    own_store: Store, tmp_path: Path
) -> None:
    lines = ["desa,kecamatan,tps,jumlah", "Toboali,Toboali,1,200"]
    done = bring(own_store, "voters", put_sheets(tmp_path, {"A": lines, "B": lines}))
    assert (done.accepted, done.duplicates, done.quarantined) == (1, 1, 0)
    assert done.duplicate_rows["of_row"].tolist() == [2]
    assert own_store.read("tps_voters")["total"].tolist() == [200]


def test_sheets_of_a_series_of_one_area_are_all_kept(own_store: Store, tmp_path: Path) -> None:
    head = "waktu,perairan,gelombang m,angin knot"
    days = {
        name: [head, *(f"2024-02-{day} {hour}:00 WIB,Selat Gelasa,0.8,9" for hour in ("06", "07"))]
        for name, day in (("Senin", 12), ("Selasa", 13))
    }
    path = put_sheets(tmp_path, days)
    assert bring(own_store, "waves", path).accepted == 4
    assert own_store.read("wave_series")["time"].dt.day.tolist() == [11, 12, 12, 13]
    again = bring(own_store, "waves", path)
    assert (again.unchanged, own_store.count("wave_series")) == (True, 4)


def test_legs_of_two_sheets_have_ids_of_their_own(own_store: Store, tmp_path: Path) -> None:
    head = "dari,ke,kelas,menit"
    sheets = {
        "A": [head, "Pelabuhan Sadai,Pulau Pongok,perahu,90"],
        "B": [head, "Pelabuhan Sadai,Pulau Pongok,perahu,95"],
    }
    done = bring(own_store, "sealegs", put_sheets(tmp_path, sheets))
    legs = own_store.read("sea_legs")
    assert (done.accepted, legs["leg_id"].nunique()) == (2, 2)
    assert sorted(legs["usual_min"]) == [90, 95]


def test_a_repetition_names_the_stored_row(own_store: Store, tmp_path: Path) -> None:
    line = f"pemilu2024/{TOBOALI}/001,101,99"
    bring(own_store, "voters", put(tmp_path, "tps_id,l,p", line))
    again = bring(own_store, "voters", put(tmp_path, "tps_id,l,p", line, ""))
    assert again.duplicate_rows["of_report"].tolist() == [f"pemilu2024/{TOBOALI}/001/dpt"]
