"""Indicators per TPS or desa: wide and long files, and everything that may be wrong in them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli import app
from data.errors import FileUnreadableError, SchemaError
from data.ingest.engine import run
from data.ingest.kind import Options
from data.ingest.record import ImportResult
from data.risk.indicators import INDICATORS, IndicatorList, read_answer
from data.risk.lists import indicator_list
from data.risk.rows import UNSTATED
from data.store.engine import Store
from data.store.shipped import load_shipped
from services.ingest.imports import import_file
from tests.risk_store import FIXTURES, PENYAK, TODAY, bring_risk, faults_of, plain

SHIPPED = load_shipped()["risk_indicators"]
LIST = SHIPPED[SHIPPED["election"].eq("pemilu2024")]


def bring(store: Store, path: Path | str, **more: object) -> ImportResult:
    return bring_risk(store, "indicators", path, **more)  # type: ignore[arg-type]


def test_a_wide_file_makes_one_value_per_filled_cell(own_store: Store) -> None:
    result = bring(own_store, "indicators_wide.csv")
    assert (result.accepted, result.records, result.quarantined) == (3, 9, 0)
    assert result.unused_columns == ("Keterangan",)
    rows = own_store.read("indicator_values")
    assert set(plain(rows, "place_id", "indicator_id", "value")) == {
        (f"{PENYAK}/001", "pemilih_tidak_memenuhi_syarat", 1.0),
        (f"{PENYAK}/001", "riwayat_kekerasan", 0.0),
        (f"{PENYAK}/001", "riwayat_intimidasi", 0.0),
        (f"{PENYAK}/001", "kendala_internet", 1.0),
        (f"{PENYAK}/002", "pemilih_tidak_memenuhi_syarat", 1.0),
        (f"{PENYAK}/002", "riwayat_kekerasan", 0.0),
        (f"{PENYAK}/002", "kendala_internet", 0.0),
        (PENYAK, "riwayat_intimidasi", 0.0),
        (PENYAK, "kendala_internet", 1.0),
    }
    whole = rows[rows["tps_id"].isna()]
    assert set(whole["desa_code"]) == {"19.04.01.2007"}
    assert set(whole["date"]) == {pd.Timestamp(2024, 2, 7)}


def test_a_long_file_makes_one_value_per_row(own_store: Store) -> None:
    assert bring(own_store, "indicators_long.csv").records == 3
    rows = own_store.read("indicator_values")
    assert plain(rows, "tps_id", "indicator_id", "value", "agency") == [
        (f"{PENYAK}/001", "riwayat_intimidasi", 0.0, "Bawaslu"),
        (f"{PENYAK}/001", "riwayat_kekerasan", 1.0, "Bawaslu"),
        (f"{PENYAK}/002", "kendala_listrik", 1.0, "Bawaslu"),
    ]


def test_a_file_without_tps_numbers_is_about_whole_desa(own_store: Store) -> None:
    result = bring(own_store, "indicators_per_desa.csv")
    assert (result.accepted, result.unused_columns) == (2, ("kelas jalan",))
    rows = own_store.read("indicator_values")
    assert plain(rows, "place_id", "tps_id", "value") == [
        ("pemilu2024/19.02.03.2002", None, 1.0),
        (PENYAK, None, 0.0),
    ]


def test_a_workbook_is_read_as_a_csv_is(own_store: Store, tmp_path: Path) -> None:
    frame = pd.read_csv(FIXTURES / "indicators_wide.csv", dtype="str", keep_default_na=False)
    frame.to_excel(tmp_path / "indikator.xlsx", index=False)
    path = tmp_path / "indikator.xlsx"
    assert bring(own_store, path).records == 9
    assert bring(own_store, "indicators_wide.csv").accepted == 0


@pytest.mark.parametrize(
    ("name", "values", "faults"),
    [
        (
            "indicator_not_in_list.csv",
            2,
            [(1, "pemilih_disabilitas", "pemilih_disabilitas", "indicator_unknown")],
        ),
        (
            "indicator_not_in_list_long.csv",
            1,
            [
                (2, "indikator", "penolakan_pemungutan", "indicator_unknown"),
                (3, "indikator", "23", "indicator_unknown"),
                (5, "indikator", "", "indicator_missing"),
            ],
        ),
        (
            "value_outside_range.csv",
            2,
            [
                (2, "riwayat_kekerasan", "2", "indicator_value_outside"),
                (3, "riwayat_kekerasan", "0,5", "indicator_value_outside"),
                (4, "riwayat_kekerasan", "-1", "indicator_value_outside"),
                (5, "riwayat_kekerasan", "mungkin", "indicator_value_unreadable"),
            ],
        ),
        (
            "indicator_tps_beyond_count.csv",
            1,
            [
                (2, "tps", "13", "tps_beyond_count"),
                (3, "tps", "", "tps_missing_or_all"),
                (4, "tps", "seribu", "tps_unreadable"),
                (5, "desa", "Petaling", "desa_ambiguous"),
            ],
        ),
    ],
)
def test_bad_rows_and_columns_are_refused_by_cell(
    own_store: Store, name: str, values: int, faults: list[tuple[int, str, str, str]]
) -> None:
    result = bring(own_store, name)
    assert faults_of(result) == faults
    assert result.records == values == own_store.count("indicator_values")
    refused = own_store.read("quarantine")
    assert sorted(plain(refused, "row_number", "column_name", "value", "reason")) == faults
    before = own_store.read("indicator_values")
    assert bring(own_store, name).unchanged
    pd.testing.assert_frame_equal(before, own_store.read("indicator_values"))


def test_a_refused_value_says_the_range(own_store: Store) -> None:
    expected = bring(own_store, "value_outside_range.csv").faults["expected"]
    assert expected.iloc[0].endswith(" (0 atau 1)")


def test_an_indicator_that_is_a_number_has_its_own_range(own_store: Store, tmp_path: Path) -> None:
    number = LIST.assign(
        kind=LIST["kind"].mask(LIST["indicator_id"].eq("pemilih_pindahan"), "number"),
        high=LIST["high"].mask(LIST["indicator_id"].eq("pemilih_pindahan"), 300.0),
    )
    path = tmp_path / "angka.csv"
    path.write_text(
        f"tps_id,pemilih_pindahan\n{PENYAK}/001,12\n{PENYAK}/002,301\n{PENYAK}/003,ya\n",
        encoding="utf-8",
    )
    options = Options(TODAY, pd.Timestamp(TODAY, tz="UTC"), "pemilu2024")
    result = run(own_store, INDICATORS, path, options, {"indicators": number})
    assert faults_of(result) == [(3, "pemilih_pindahan", "301", "indicator_value_outside")]
    assert result.faults["expected"].iloc[0].endswith("(0 sampai 300)")
    assert own_store.read("indicator_values")["value"].tolist() == [12.0, 1.0]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("two_columns_of_one_indicator.csv", "ambiguous_columns"),
        ("no_indicator_column.csv", "no_indicator_columns"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_whole(
    own_store: Store, name: str, reason: str
) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        bring(own_store, name)
    assert caught.value.reason == reason
    assert own_store.count("imports") == 0


def test_a_cycle_without_a_list_takes_no_indicators(own_store: Store) -> None:
    assert indicator_list(own_store.read, "pilkada_ulang2025").empty
    with pytest.raises(FileUnreadableError) as caught:
        bring(own_store, "indicators_long.csv", election="pilkada_ulang2025")
    assert caught.value.reason == "no_indicator_list"


def test_lists_differ_by_cycle(own_store: Store) -> None:
    first, second = (indicator_list(own_store.read, e) for e in ("pemilu2024", "pilkada2024"))
    assert (len(first), len(second)) == (22, 26)
    assert set(first["version"]) == {"22"}
    assert set(second["version"]) == {"27"}
    assert "surat_suara_tertukar" not in set(second["indicator_id"])


def test_another_value_of_the_same_key_is_a_correction(own_store: Store, tmp_path: Path) -> None:
    for value in ("ya", "tidak", "tidak"):
        path = tmp_path / "koreksi.csv"
        path.write_text(f"tps_id,12\n{PENYAK}/001,{value}\n", encoding="utf-8")
        result = bring(own_store, path, date=date(2024, 2, 8), agency="Bawaslu")
    assert (result.accepted, result.unchanged) == (0, True)
    assert own_store.read("indicator_values")["value"].tolist() == [0.0]


def test_who_says_so_is_noted_or_noted_as_unstated(own_store: Store) -> None:
    bring(own_store, "indicator_not_in_list.csv")
    assert set(own_store.read("indicator_values")["agency"]) == {UNSTATED}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("riwayat_kekerasan", "riwayat_kekerasan"),
        ("Riwayat Kekerasan di TPS", "riwayat_kekerasan"),
        ("12", "riwayat_kekerasan"),
        ("Indikator 12", "riwayat_kekerasan"),
        ("12. Riwayat kekerasan di TPS", "riwayat_kekerasan"),
        ("13. Riwayat kekerasan di TPS", None),
        ("Riwayat kekerasn di TPS", "riwayat_kekerasan"),
        ("TPS di wilayah rawan bencana", "rawan_bencana"),
        ("23", None),
        ("Riwayat", None),
        ("", None),
    ],
)
def test_indicators_are_found_by_id_number_or_name(text: str, found: str | None) -> None:
    assert IndicatorList(LIST).find(text) == found


def test_every_name_of_every_list_means_itself() -> None:
    for _, rows in SHIPPED.groupby(["election", "version"]):
        known = IndicatorList(rows)
        for row in rows.itertuples():
            for text in (row.indicator_id, row.name, str(row.number), f"{row.number}. {row.name}"):
                assert known.find(text) == row.indicator_id


@pytest.mark.parametrize(
    ("text", "value"),
    [("Ya", 1), ("TIDAK", 0), ("ada", 1), ("tidak  ada", 0), ("1", 1), ("0", 0), ("1,0", 1),
     ("12", 12), ("mungkin", None), ("", None)],
)  # fmt: skip
def test_answers_are_read_as_people_write_them(text: str, value: float | None) -> None:
    assert read_answer(text) == value


@given(st.floats(-5, 5), st.sampled_from(list(LIST["indicator_id"])))
def test_a_yes_or_no_is_nothing_but_zero_and_one(value: float, indicator: str) -> None:
    wrong, _ = IndicatorList(LIST).outside(pd.Series([value]), pd.Series([indicator]))
    assert bool(wrong.iloc[0]) == (value not in (0.0, 1.0))


def test_all_tps_with_all_indicators_come_in(own_store: Store, tmp_path: Path) -> None:
    tps = own_store.read("tps")["tps_id"]
    cells = np.random.default_rng(0).choice(["ya", "tidak"], (len(tps), len(LIST)))
    frame = pd.DataFrame(cells, columns=LIST["indicator_id"].tolist()).assign(tps_id=tps)
    path = tmp_path / "semua.csv"
    frame.to_csv(path, index=False)
    result = bring(own_store, path)
    assert (result.accepted, result.records) == (4116, 90552)
    stored = own_store.read("indicator_values").set_index(["tps_id", "indicator_id"])["value"]
    assert stored.sum() == (cells == "ya").sum()


def test_people_available_wide_and_long(own_store: Store) -> None:
    path = FIXTURES / "personnel.csv"
    result = bring_risk(own_store, "personnel", path)
    assert (result.accepted, result.records, result.quarantined) == (3, 4, 0)
    rows = own_store.read("personnel_available")
    mine = rows[rows["import_id"].notna()]
    assert sorted(plain(mine, "unit_code", "kind", "available")) == [
        ("19", "polisi", 1900), ("19.02", "linmas", 1094), ("19.02", "polisi", 195),
        ("19.71", "polisi", 300),
    ]  # fmt: skip
    assert bring_risk(own_store, "personnel", path).unchanged
    refused = bring_risk(own_store, "personnel", "personnel_faults.csv")
    assert faults_of(refused) == [
        (2, "satuan", "Polres Tarakan", "personnel_unit_unknown"),
        (3, "jenis", "satpam", "personnel_kind_unknown"),
        (4, "jumlah", "-5", "personnel_unreadable"),
        (5, "satuan", "Kecamatan Koba", "personnel_unit_unknown"),
    ]
    assert (refused.accepted, refused.corrected) == (0, 1)  # 40 linmas in place of 1.094


def test_the_commands_bring_files_in(own_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.prepare.open_prepared", lambda: own_store)
    run = CliRunner()
    done = run.invoke(app, ["import", "indicators", str(FIXTURES / "value_outside_range.csv")])
    assert done.exit_code == 1
    assert "4 dikarantina" in done.output
    assert "0 atau 1" in done.output
    people = run.invoke(app, ["import", "personnel", str(FIXTURES / "personnel.csv"), "--json"])
    assert people.exit_code == 0
    assert '"values": 4' in people.output
    path = str(FIXTURES / "two_columns_of_one_indicator.csv")
    assert run.invoke(app, ["import", "indicators", path]).exit_code == 2
    no_list = ["import", "indicators", path, "--election", "pilkada_ulang2025"]
    assert run.invoke(app, no_list).exit_code == 2


def test_a_list_of_a_new_cycle_comes_by_import(own_store: Store, tmp_path: Path) -> None:
    versions = tmp_path / "daftar.csv"
    versions.write_text(
        "version_id,election,area_code,version,stated_count,authority,source_url\n"
        "pilkada_ulang2025/19/2,pilkada_ulang2025,19,2,2,bawaslu,https://contoh.invalid/daftar\n",
        encoding="utf-8",
    )
    names = tmp_path / "indikator.csv"
    names.write_text(
        "indicator_key,election,area_code,version,indicator_id,number,name,variable,kind,low,high\n"
        "p/1,pilkada_ulang2025,19,2,sulit_dijangkau,1,TPS sulit dijangkau,Lokasi,yes_no,0,1\n"
        "p/2,pilkada_ulang2025,19,2,pemilih,2,Pemilih pindahan,Pemilih,number,0,500\n",
        encoding="utf-8",
    )
    assert import_file(own_store, "table indicator_versions", versions).records == 1
    assert import_file(own_store, "table risk_indicators", names).records == 2
    found = indicator_list(own_store.read, "pilkada_ulang2025")
    assert found["indicator_id"].tolist() == ["sulit_dijangkau", "pemilih"]
    values = tmp_path / "isi.csv"
    values.write_text("kode,1,pemilih\n19.01.04.2004,ya,120\n", encoding="utf-8")
    done = bring(own_store, values, election="pilkada_ulang2025")
    assert (done.records, done.quarantined) == (2, 0)
    names.write_text(names.read_text(encoding="utf-8").replace(",0,500", ",9,5"), encoding="utf-8")
    with pytest.raises(SchemaError) as caught:
        import_file(own_store, "table risk_indicators", names)
    assert caught.value.faults[0] == (
        "row 3: high '5', expected bilangan yang tidak lebih kecil daripada batas bawahnya"
    )


def test_wide_and_long_files_of_the_same_answers_store_the_same(
    own_store: Store, tmp_path: Path
) -> None:
    rng = np.random.default_rng(3)
    tps = own_store.read("tps")["tps_id"].sample(40, random_state=3)
    cells = rng.choice(["ya", "tidak", ""], (len(tps), len(LIST)))
    wide = pd.DataFrame(cells, columns=LIST["indicator_id"].tolist()).assign(
        tps_id=tps.to_numpy(), tanggal="2024-02-08"
    )
    wide.to_csv(tmp_path / "lebar.csv", index=False)
    long = wide.melt(["tps_id", "tanggal"], var_name="indikator", value_name="nilai")
    long = long[long["nilai"].ne("")].sample(frac=1, random_state=4)
    long.to_csv(tmp_path / "panjang.csv", index=False)
    first = bring(own_store, tmp_path / "lebar.csv")
    assert first.records == len(long) == own_store.count("indicator_values")
    again = bring(own_store, tmp_path / "panjang.csv")
    assert (again.records, again.duplicates) == (0, len(long))
