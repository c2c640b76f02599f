"""The police register: good rows in, bad ones named with what was expected, nothing twice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from data.clock import today
from data.errors import FileUnreadableError, SourceMissingError
from data.ingest.record import ImportResult
from data.store.engine import Store
from tests.risk_store import FIXTURES, PENYAK, bring_risk, faults_of, plain


def bring(store: Store, path: Path | str, **more: object) -> ImportResult:
    return bring_risk(store, "tps-class", path, **more)  # type: ignore[arg-type]


def dated(result: ImportResult) -> list[object]:
    """Return the days that were given to rows without one."""
    return [note.gaps["day"] for note in result.notes if note.key == "dated"]


def test_classes_are_read_in_their_spellings(own_store: Store) -> None:
    result = bring(own_store, "class_good.csv")
    assert (result.accepted, result.quarantined, result.duplicates) == (3, 0, 0)
    rows = own_store.read("tps_class")
    assert plain(rows, "tps_id", "kelas", "agency", "source_text") == [
        ("pemilu2024/19.02.03.2002/002", "sangat_rawan", "Polres Belitung",
         "SIMULASI: daftar contoh"),
        (f"{PENYAK}/001", "kurang_rawan", "Polres Bangka Tengah", "SIMULASI: daftar contoh"),
        (f"{PENYAK}/002", "sangat_rawan", "Polres Bangka Tengah", "SIMULASI: daftar contoh"),
    ]  # fmt: skip
    assert set(rows["date"]) == {pd.Timestamp(2024, 2, 1)}
    noted = own_store.read("imports").set_index("import_id").loc[result.import_id]
    assert (noted["target"], noted["accepted"], noted["quarantined"]) == ("tps_class", 3, 0)


def test_the_same_file_again_changes_nothing(own_store: Store) -> None:
    bring(own_store, "class_good.csv")
    before, revision = own_store.read("tps_class"), own_store.revision()
    again = bring(own_store, "class_good.csv")
    assert (again.accepted, again.duplicates, again.unchanged) == (0, 3, True)
    pd.testing.assert_frame_equal(before, own_store.read("tps_class"))
    assert own_store.revision() == revision


@pytest.mark.parametrize(
    ("name", "accepted", "faults"),
    [
        (
            "class_unknown.csv",
            1,
            [(3, "kelas", "Aman", "kelas_unknown"), (4, "kelas", "", "kelas_missing")],
        ),
        (
            "class_lokasi_khusus_is_not_khusus.csv",
            1,
            [(2, "kelas", "Lokasi khusus", "kelas_is_lokasi_khusus")],
        ),
        (
            "tps_number_beyond_count.csv",
            1,
            [(3, "tps", "13", "tps_beyond_count"), (4, "tps", "901", "tps_beyond_count")],
        ),
        (
            "tps_id_beyond_count.csv",
            0,
            [
                (2, "tps_id", f"{PENYAK}/013", "tps_beyond_count"),
                (3, "tps_id", "pemilu2024/19.04.01.9999/001", "tps_id_unknown"),
                (4, "tps_id", "pilkada2024/19.04.01.2007/001", "tps_of_other_election"),
            ],
        ),
        (
            "desa_unknown_or_twice.csv",
            0,
            [
                (2, "desa", "Atlantis", "desa_unknown"),
                (3, "desa", "Petaling", "desa_ambiguous"),
                (4, "desa", "Riding Panjang", "desa_ambiguous"),
            ],
        ),
        (
            "class_said_twice.csv",
            0,
            [(n, "tps_id", f"{PENYAK}/001", "said_twice") for n in (2, 3, 4)],
        ),
        (
            "date_without_day_or_to_come.csv",
            0,
            [
                (2, "tanggal", "Februari 2024", "date_no_day"),
                (3, "tanggal", "2090-02-01", "date_future"),
                (4, "tanggal", "31/02/2024", "date_impossible"),
            ],
        ),
        (
            "class_without_tps_number.csv",
            0,
            [(2, "tps", "", "tps_missing"), (3, "tps", "semua", "tps_missing")],
        ),
        ("person_as_agency.csv", 0, [(2, "instansi", "Bapak Contoh", "person_named")]),
    ],
)
def test_bad_rows_are_refused_by_cell(
    own_store: Store, name: str, accepted: int, faults: list[tuple[int, str, str, str]]
) -> None:
    result = bring(own_store, name)
    assert faults_of(result) == faults
    assert result.accepted == accepted == own_store.count("tps_class")
    refused = own_store.read("quarantine")
    assert plain(refused, "row_number", "column_name", "value", "reason") == faults
    assert refused["row_json"].str.startswith("{").all()
    assert refused["expected"].notna().all()
    assert bring(own_store, name).unchanged


def test_a_refused_number_says_what_the_desa_has(own_store: Store) -> None:
    result = bring(own_store, "tps_number_beyond_count.csv")
    assert result.faults["expected"].str.contains("12 TPS: 001-012", regex=False).all()


def test_a_later_day_stands_beside_an_earlier_and_the_same_day_is_corrected(
    own_store: Store, tmp_path: Path
) -> None:
    def say(kelas: str, when: str) -> ImportResult:
        path = tmp_path / f"{kelas}-{when}.csv"
        path.write_text(f"tps_id,kelas,tanggal\n{PENYAK}/001,{kelas},{when}\n", encoding="utf-8")
        return bring(own_store, path)

    say("rawan", "2024-01-01")
    say("khusus", "2024-02-01")
    done = say("sangat rawan", "2024-02-01")
    assert (done.accepted, done.corrected) == (0, 1)
    rows = own_store.read("tps_class")
    assert plain(rows, "kelas") == [("rawan",), ("sangat_rawan",)]


def test_what_the_file_does_not_say_the_command_says(own_store: Store) -> None:
    said = {"date": date(2024, 1, 31), "agency": "Polda Babel", "source": "Surat contoh"}
    assert dated(bring(own_store, "class_lokasi_khusus_is_not_khusus.csv", **said)) == []
    row = own_store.read("tps_class").iloc[0]
    assert (row["agency"], row["source_text"]) == ("Polda Babel", "Surat contoh")
    assert row["date"] == pd.Timestamp(2024, 2, 1)  # the file's own day wins


def test_a_row_without_a_day_gets_the_day_of_its_first_import(
    own_store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "kelas.csv"
    path.write_text(f"tps_id,kelas\n{PENYAK}/001,rawan\n", encoding="utf-8")
    first = bring(own_store, path, as_of=today())
    assert dated(first) == [today().isoformat()]
    later = bring(own_store, path, as_of=date(2090, 1, 1))
    assert (later.unchanged, dated(later)) == (True, [today().isoformat()])
    assert own_store.count("tps_class") == 1


def test_a_dry_run_stores_nothing(own_store: Store) -> None:
    revision = own_store.revision()
    result = bring(own_store, "class_unknown.csv", dry_run=True)
    assert (result.accepted, result.quarantined, result.unchanged) == (1, 2, True)
    assert own_store.count("tps_class") == own_store.count("quarantine") == 0
    assert own_store.revision() == revision


def test_an_election_without_a_register_takes_no_class(own_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "kelas.csv"
    path.write_text("kode,tps,kelas\n19.04.01.2007,1,rawan\n", encoding="utf-8")
    result = bring(own_store, path, election="pilkada2024")
    assert faults_of(result) == [(2, "tps", "1", "no_tps_register")]
    assert own_store.count("tps_class") == 0


def test_a_file_without_what_is_needed_is_refused_whole(own_store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        bring(own_store, "no_class_column.csv")
    assert caught.value.reason == "columns_missing"
    assert "kelas" in caught.value.expected
    with pytest.raises(SourceMissingError):
        bring(own_store, tmp_path / "tidak_ada.csv")
    assert own_store.count("imports") == 0


def test_the_command_says_what_became_of_the_file(
    own_store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("services.prepare.open_prepared", lambda: own_store)
    run = CliRunner()
    faults = tmp_path / "ditolak.csv"
    command = ["import", "tps-class", str(FIXTURES / "class_unknown.csv"), "--faults", str(faults)]
    done = run.invoke(app, command)
    assert done.exit_code == 1
    assert "2 dikarantina" in done.output
    assert "Aman" in done.output
    assert "kelas_unknown" in faults.read_text(encoding="utf-8")
    refused = run.invoke(app, [*command[:3], "--election", "pemilu1955"])
    assert refused.exit_code == 2
    assert "pilkada2024" in refused.output
    unreadable = run.invoke(app, ["import", "tps-class", str(FIXTURES / "no_class_column.csv")])
    assert unreadable.exit_code == 2
