"""Voters per TPS: good rows in, bad rows held back; kits and the check of ballots follow them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from data.errors import FileUnreadableError
from data.ingest.words import expected
from data.store.engine import Store
from data.store.ledger import tables as ledger
from geo.errors import ParameterError
from services.custody.ballots import all_fine, ballot_check, check_table, packing_list
from services.dataset import Dataset, load_dataset
from services.ingest.imports import Asked, ImportResult, import_file
from services.plan.inputs import kit_rules, kit_table, kit_totals
from services.plan.make import inputs_of
from services.plan.settings import scenario_settings
from tests.imports import equal_file_is_unchanged

LEPAR_PONGOK = ("19.03.02.", "19.03.08.")
CELAGEN = "pemilu2024/19.03.08.2002/"


def bring(store: Store, path: Path, **more: object) -> ImportResult:
    asked = Asked(**{"election": "pemilu2024", **more})  # type: ignore[arg-type]
    return import_file(store, "voters", path, asked)


def put(folder: Path, *lines: str) -> Path:
    path = folder / "pemilih.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_voters_come_by_id_or_by_desa_and_number(own_store: Store, tmp_path: Path) -> None:
    by_id = put(tmp_path, "tps_id,laki,perempuan", f"{CELAGEN}001,101,99")
    assert bring(own_store, by_id).accepted == 1
    by_name = put(
        tmp_path,
        "Kabupaten;Kecamatan;Desa;TPS;Jumlah;Jenis",
        "Bangka Selatan;Kepulauan Pongok;Celagen;2;180;DPT",
        "Bangka Selatan;Kepulauan Pongok;Celagen;2;7;pindah memilih",
    )
    before = own_store.revisions()
    assert bring(own_store, by_name).accepted == 2
    written = {name for name, n in own_store.revisions().items() if n != before[name]}
    assert written == {"tps_voters", "imports", *ledger.NAMES}
    rows = own_store.read("tps_voters").set_index(["tps_id", "kind"])["total"]
    assert rows.to_dict() == {
        (f"{CELAGEN}001", "dpt"): 200, (f"{CELAGEN}002", "dpt"): 180, (f"{CELAGEN}002", "dptb"): 7,
    }  # fmt: skip


def test_the_same_file_again_changes_nothing_and_a_new_number_replaces_the_old(
    own_store: Store, tmp_path: Path
) -> None:
    file = put(tmp_path, "tps_id,total", f"{CELAGEN}001,200")
    bring(own_store, file)
    again = bring(own_store, file)
    assert (again.accepted, again.duplicates, again.unchanged) == (0, 1, True)
    newer = bring(own_store, put(tmp_path, "tps_id,total", f"{CELAGEN}001,210"))
    assert (newer.accepted, newer.corrected, newer.duplicates) == (0, 1, 0)
    assert own_store.read("tps_voters")["total"].tolist() == [210]


def test_an_equal_file_writes_nothing_though_rows_of_it_are_refused(
    own_store: Store, tmp_path: Path
) -> None:
    file = put(tmp_path, "tps_id,total", f"{CELAGEN}001,200", f"{CELAGEN}099,200")
    done = bring(own_store, file)
    assert not done.unchanged
    equal_file_is_unchanged(own_store, lambda: bring(own_store, file))
    other = put(tmp_path, "tps_id,total", f"{CELAGEN}001,200")
    assert not bring(own_store, other).unchanged


def test_bad_rows_are_held_back_by_row_column_value_and_reason(
    own_store: Store, tmp_path: Path
) -> None:
    file = put(
        tmp_path,
        "tps_id,laki,perempuan,total,jenis",
        f"{CELAGEN}001,100,90,190,dpt",
        f"{CELAGEN}002,100,90,200,dpt",
        f"{CELAGEN}003,x,90,,dpt",
        f"{CELAGEN}099,1,1,2,dpt",
        ",1,1,2,dpt",
        f"{CELAGEN}003,,,,dpt",
        f"{CELAGEN}003,-5,90,,dptb",
        f"{CELAGEN}002,1,1,2,lain",
    )
    done = bring(own_store, file)
    assert (done.accepted, done.quarantined) == (1, 7)
    found = {(row.row_number, row.column_name, row.reason) for row in done.faults.itertuples()}
    assert found >= {
        (3, "total", "voters_do_not_add_up"), (4, "laki", "voters_unreadable"),
        (5, "tps_id", "tps_beyond_count"), (6, "tps_id", "desa_missing"),
        (7, "total", "voters_missing"), (8, "laki", "voters_unreadable"),
        (9, "jenis", "voter_kind_unknown"),
    }  # fmt: skip
    assert (done.faults["expected"].str.len() > 10).all()
    held = own_store.read("quarantine")
    assert set(held["row_number"]) == {3, 4, 5, 6, 7, 8, 9}
    assert expected("voters_do_not_add_up") in set(held["expected"])


def test_a_tps_that_comes_twice_is_held_back_both_times(own_store: Store, tmp_path: Path) -> None:
    lines = [f"{CELAGEN}001,200", f"{CELAGEN}001,201", f"{CELAGEN}002,180"]
    done = bring(own_store, put(tmp_path, "tps_id,total", *lines))
    assert (done.accepted, done.quarantined) == (1, 2)
    assert set(done.faults["reason"]) == {"voters_twice"}


def test_a_dry_run_and_a_file_of_something_else_store_nothing(
    own_store: Store, tmp_path: Path
) -> None:
    file = put(tmp_path, "tps_id,total", f"{CELAGEN}001,200")
    assert bring(own_store, file, dry_run=True).accepted == 1
    with pytest.raises(FileUnreadableError):
        bring(own_store, put(tmp_path, "nama,umur", "x,1"))
    with pytest.raises(ParameterError, match="pemilu2019"):
        bring(own_store, file, election="pemilu2019")
    assert own_store.count("tps_voters") == 0
    assert own_store.count("imports") == 0


def test_kits_of_lepar_and_pongok_are_those_published_and_ballots_stay_blank(
    dataset: Dataset,
) -> None:
    """Published: 35 TPS, 175 boxes, 140 booths; no list of voters per TPS ships."""
    tps = dataset.tps[dataset.tps["desa_code"].str.startswith(LEPAR_PONGOK)]
    table = kit_table(dataset, tps, kit_rules("pemilu2024"))
    totals = kit_totals(table)
    assert (totals["tps"], totals["boxes"], totals["booths"]) == (35, 175, 140)
    assert totals["ballots"] is None
    assert table["ballots"].isna().all()


def test_ballots_are_counted_once_every_tps_has_its_voters(
    own_store: Store, tmp_path: Path
) -> None:
    """By hand: 201 voters, 2 % are 4.02, five ballots; 180 give 3.6, four; 150 give three."""
    lines = [f"{CELAGEN}001,201", f"{CELAGEN}002,180"]
    bring(own_store, put(tmp_path, "tps_id,total", *lines))
    data = load_dataset(own_store)
    tps = data.tps[data.tps["tps_id"].str.startswith(CELAGEN)]
    part = kit_totals(kit_table(data, tps, kit_rules("pemilu2024")))
    assert (part["tps_with_voters"], part["ballots"]) == (2, None)
    bring(own_store, put(tmp_path, "tps_id,total", f"{CELAGEN}003,150"))
    data = data.fresh()
    whole = kit_totals(kit_table(data, tps, kit_rules("pemilu2024")))
    assert whole["reserve"] == 5 + 4 + 3
    assert whole["ballots"] == 5 * (201 + 180 + 150 + 12)
    more = kit_totals(kit_table(data, tps, kit_rules("pemilu2024", 10.0)))
    assert more["reserve"] == 21 + 18 + 15
    with pytest.raises(ParameterError, match="reserve_pct"):
        kit_rules("pemilu2024", 1.9)
    settings = scenario_settings("2024-02-11-sadai-pongok")
    _, notes = inputs_of(data, settings)
    assert notes["kits"]["tps_with_voters"] == 3
    assert notes["kits"]["ballots"] is None


def test_a_bundle_is_checked_against_voters_additional_reserve_and_dapil(
    own_store: Store, tmp_path: Path
) -> None:
    """By hand: 200 + 7 + 4 = 211 ballots; 150 + 3 = 153."""
    voters = [f"{CELAGEN}001,200,dpt", f"{CELAGEN}001,7,dptb", f"{CELAGEN}002,150,dpt"]
    bring(own_store, put(tmp_path, "tps_id,total,jenis", *voters))
    data = load_dataset(own_store)
    special = data.tps.loc[data.tps["lokasi_khusus"].astype(bool), "tps_id"].iloc[0]
    packed = tmp_path / "dikemas.csv"
    packed.write_text(
        "tps_id,jenis surat suara,dikemas,dapil,dapil dikemas\n"
        f"{CELAGEN}001,ppwp,211,,\n{CELAGEN}001,dpd,210,,\n"
        f"{CELAGEN}002,dprd kab,153,Bangka Selatan 3,Bangka Selatan 2\n"
        f"{CELAGEN}002,dprd prov,160,Babel 5,babel 5\n{CELAGEN}003,ppwp,100,,\n"
        f"{special},ppwp,50,,\n{CELAGEN}001,ppwp,211,,\n{CELAGEN}001,pilkades,1,,\n",
        encoding="utf-8",
    )
    check = ballot_check(data, packed, "pemilu2024", kit_rules("pemilu2024"))
    verdicts = check.rows.set_index([check.rows["tps_id"], check.rows["contest"]])
    assert verdicts.loc[(f"{CELAGEN}001", "ppwp"), "verdict"] == "ok"
    assert verdicts.loc[(f"{CELAGEN}001", "dpd"), ["verdict", "difference"]].tolist() == [
        "short",
        -1,
    ]
    assert verdicts.loc[(f"{CELAGEN}002", "dprd_kabupaten"), "verdict"] == "wrong_dapil"
    assert verdicts.loc[(f"{CELAGEN}002", "dprd_provinsi"), ["verdict", "difference"]].tolist() == [
        "over", 7,
    ]  # fmt: skip
    assert verdicts.loc[(f"{CELAGEN}003", "ppwp"), "verdict"] == "unknown"
    assert verdicts.loc[(special, "ppwp"), "is_special"]
    assert check.rows["verdict"].iloc[0] == "wrong_dapil"
    assert set(check.faults["reason"]) == {"packed_twice", "contest_unknown"}
    assert not all_fine(check)
    table = check_table(check, data, "id")
    assert table.iloc[0]["Hasil"] == "dapil salah"
    assert "lokasi khusus" in set(table["Catatan"])


def test_the_packing_list_comes_back_as_a_file_of_packed_ballots(
    own_store: Store, tmp_path: Path
) -> None:
    lines = [f"{CELAGEN}00{n},{v}" for n, v in ((1, 200), (2, 150), (3, 101))]
    bring(own_store, put(tmp_path, "tps_id,total", *lines))
    data = load_dataset(own_store)
    tps = data.tps[data.tps["tps_id"].str.startswith(CELAGEN)]
    rules = kit_rules("pemilu2024")
    listed = packing_list(data, tps, "pemilu2024", rules)
    assert len(listed) == 15
    assert listed["harus"].unique().tolist() == [204, 153, 104]
    path = tmp_path / "dikemas.csv"
    listed.assign(dikemas=listed["harus"]).to_csv(path, index=False)
    check = ballot_check(data, path, "pemilu2024", rules)
    assert check.counts["ok"] == 15
    assert all_fine(check)


def test_the_command_tells_what_came_in_and_what_was_held_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    file = put(tmp_path, "tps_id,total", f"{CELAGEN}001,200", f"{CELAGEN}001,")
    done = CliRunner().invoke(app, ["import", "voters", str(file)])
    assert done.exit_code == 1, done.output
    assert "baris 3" in done.output
    file = put(tmp_path, "nama", "x")
    assert CliRunner().invoke(app, ["import", "voters", str(file)]).exit_code == 2


def test_the_command_checks_what_was_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    run = CliRunner().invoke
    run(app, ["import", "voters", str(put(tmp_path, "tps_id,total", f"{CELAGEN}001,200"))])
    head = "tps_id,surat suara,dikemas"
    good = put(tmp_path, head, f"{CELAGEN}001,ppwp,204")
    assert run(app, ["ballots", str(good)]).exit_code == 0
    assert run(app, ["ballots", str(good), "--reserve", "2.5"]).exit_code == 1
    bad = run(app, ["ballots", str(put(tmp_path, head, f"{CELAGEN}001,ppwp,203"))])
    assert bad.exit_code == 1
    assert f"{CELAGEN}001 Presiden dan wakil presiden: kurang" in bad.output
    good = put(tmp_path, head, f"{CELAGEN}001,ppwp,204")
    told = run(app, ["ballots", str(good), "--json"])
    assert json.loads(told.output)["counts"]["ok"] == 1
    assert run(app, ["ballots", str(good), "--reserve", "11"]).exit_code == 2
