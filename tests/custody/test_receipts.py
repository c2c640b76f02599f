"""Hand-overs: told, corrected and taken back; files of them with a quarantine; held to a plan."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from data.custody.receipts import plain_seals
from data.errors import FileUnreadableError, SchemaError
from data.ingest.values.dates import parse_moment
from data.plan.kept import delete_plan, save_plan
from data.store.engine import Store
from data.store.ledger import tables as ledger
from data.store.rule import names_a_person
from data.store.rules_logistics import RECEIPT_STATES
from services.custody.receipts import (
    STATES,
    Handover,
    correct,
    delivery_state,
    receipt_view,
    record_all,
    times_of,
    undo,
)
from services.dataset import Dataset, load_dataset
from services.ingest.imports import Asked, ImportResult, import_file
from services.memo import memo
from tests.imports import equal_file_is_unchanged

FIXTURES = Path(__file__).parents[1] / "fixtures" / "receipts"
DESA = "19.03.02.2001"
ONE = f"pemilu2024/{DESA}/001"


@pytest.fixture
def store(own_store: Store, installation: Path) -> Store:
    del installation  # plans are kept in it
    return own_store


def bring(store: Store, path: Path, **more: Any) -> ImportResult:
    return import_file(store, "receipts", path, Asked(election="pemilu2024", **more))


def wib(text: str) -> pd.Timestamp:
    return pd.Timestamp(f"{text}+07:00")


def told(state: str = "berangkat", clock: str = "07:00", **more: Any) -> Handover:
    return Handover("pemilu2024", DESA, state, wib(f"2024-02-12T{clock}"), **more)


# -- from the page -------------------------------------------------------------------------------


def test_a_hand_over_is_kept_without_making_all_readers_read_again(store: Store) -> None:
    before = store.revisions()
    record_all(store, [told(tps_id=ONE, boxes=5, seals="b2; a1\nB2", carrier=" PT Pos ")])
    risen = {n for n, count in store.revisions().items() if count != before[n]}
    assert risen == {"receipts", *ledger.NAMES}
    row = store.read("receipts").iloc[0]
    assert row[["seals", "carrier", "kind"]].tolist() == ["A1|B2", "PT Pos", "catatan"]
    assert row["at"] == wib("2024-02-12T07:00")


def test_a_row_of_a_desa_counts_for_each_of_its_tps_and_silence_is_unknown(store: Store) -> None:
    record_all(store, [told(boxes=30, short_count=3)])
    found = delivery_state(load_dataset(store), "pemilu2024").set_index("tps_id")
    assert len(found) == 4116
    here = found[found["desa_code"].eq(DESA)]
    assert here["state"].eq("berangkat").all()
    assert here["short_desa"].eq(3).all()
    assert here["short"].isna().all()
    assert (
        found.loc[~found["desa_code"].eq(DESA), ["state", "gaps", "late_min"]].isna().all(axis=None)
    )


def test_a_correction_and_an_undo_are_new_rows_and_the_old_ones_stay(store: Store) -> None:
    first = record_all(store, [told(tps_id=ONE, boxes=5)])[0]
    better = correct(store, first, told(tps_id=ONE, boxes=4))
    assert receipt_view(load_dataset(store), "pemilu2024").rows["receipt_id"].tolist() == [better]
    back = undo(store, better)
    assert receipt_view(load_dataset(store), "pemilu2024").rows["receipt_id"].tolist() == [first]
    undo(store, back)
    assert receipt_view(load_dataset(store), "pemilu2024").rows["receipt_id"].tolist() == [better]
    kept = store.read("receipts")
    assert sorted(kept["kind"]) == ["catatan", "koreksi", "pembatalan", "pembatalan"]
    assert kept.set_index("receipt_id").loc[first, "boxes"] == 5


def test_what_was_taken_back_may_be_told_again_and_twice_the_same_is_refused(store: Store) -> None:
    first = record_all(store, [told(tps_id=ONE)])[0]
    with pytest.raises(SchemaError, match="not told already"):
        record_all(store, [told(tps_id=ONE)])
    undo(store, first)
    assert record_all(store, [told(tps_id=ONE)])[0] == f"{first}-2"
    assert len(receipt_view(load_dataset(store), "pemilu2024").rows) == 1


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"state": "hilang"}, "state 'hilang', expected one of berangkat"),
        ({"boxes": -1}, "boxes -1, expected 0 to 1000000"),
        ({"receiver": "Ibu Contoh"}, "receiver 'Ibu Contoh', expected an office"),
    ],
)
def test_a_faulty_hand_over_is_named_and_nothing_is_kept(
    store: Store, change: dict[str, Any], fault: str
) -> None:
    with pytest.raises(SchemaError, match=fault):
        record_all(store, [told(**change)])
    assert store.count("receipts") == 0


def test_times_to_come_and_rows_about_nothing_are_refused(store: Store) -> None:
    later = pd.Timestamp.now("UTC") + pd.Timedelta(hours=2)
    with pytest.raises(SchemaError, match="no time to come"):
        record_all(store, [Handover("pemilu2024", DESA, "tiba", later)])
    with pytest.raises(SchemaError, match="expected a known row"):
        correct(store, "rc-none", told())
    with pytest.raises(SchemaError):
        undo(store, "rc-none")


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("PPS Tanjung Labu", False), ("PT Pos Indonesia", False), ("Ibu Kota Kecamatan", True),
        ("Bpk. X", True), ("sdr Y", True), ("0812345678901", True), ("BN 1234 AB", False),
        ("Kantor Desa Bapak", False), ("sopir 0812 3456-7890", True), ("+62 812-3456-789", True),
        ("PPS, NIP 197001011990031001", True), ("NIP 19700101 199003 1 001", True),
        ("TPS 08 Desa 1234", False), ("KM 0801, 10", False),
    ],
)  # fmt: skip
def test_persons_are_not_kept_where_offices_are_due(text: str, person: bool) -> None:
    assert names_a_person(text) is person


# -- against a plan ------------------------------------------------------------------------------


def document(tps: str = ONE) -> dict[str, Any]:
    def stop(place: str, arrive: str, **more: Any) -> dict[str, Any]:
        moment = f"2024-02-12T{arrive}:00+07:00"
        return {"place_code": place, "arrive": moment, "done": moment, "depart": moment,
                "tps": [], "tps_loaded": []} | more  # fmt: skip

    truck = [
        stop("D", "05:00", tps_loaded=[tps]),
        stop("P", "06:30", tps=[tps]),
        stop("D", "08:00"),
    ]
    boat = [
        stop("P", "07:00", tps_loaded=[tps]),
        stop(DESA, "10:00", tps=[tps]),
        stop("P", "13:00"),
    ]
    return {
        "about": {"election": "pemilu2024", "kabupaten": "19.03"},
        "verdict": {"passed": True},
        "inputs": {"tps": [{"tps_id": tps, "place_code": DESA}]},
        "trips": [{"mode": "truck", "stops": truck}, {"mode": "boat", "stops": boat}],
    }  # fmt: skip


def test_the_times_of_a_plan_are_departure_pier_and_arrival_of_each_kit() -> None:
    times = times_of("R", document())
    assert times.by_boat.to_dict() == {ONE: True}
    planned = times.planned.set_index("state")["planned_at"].dt.tz_convert("Asia/Jakarta")
    assert planned.dt.strftime("%H:%M").to_dict() == {
        "berangkat": "05:00", "di_dermaga": "06:30", "tiba": "10:00", "diterima": "10:00",
    }  # fmt: skip


def test_late_ones_surface_against_the_newest_plan_that_passed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert delivery_state(load_dataset(store), "pemilu2024")["late_min"].isna().all()
    save_plan("rencana", document())
    failed = document() | {"verdict": {"passed": False}}
    save_plan("gagal", failed)
    record_all(store, [told("berangkat", "05:30", tps_id=ONE, carrier="PT Pos")])

    def late(clock: str) -> float:
        moment = pd.Timestamp(wib(f"2024-02-12T{clock}")).tz_convert("UTC")
        found = delivery_state(load_dataset(store), "pemilu2024", moment).set_index("tps_id")
        return float(found.loc[ONE, "late_min"])

    assert late("09:00") == 30
    assert late("10:45") == 45
    record_all(store, [told("tiba", "11:00", tps_id=ONE, carrier="PT Pos")])
    assert late("12:00") == 60
    view = receipt_view(load_dataset(store), "pemilu2024")
    assert view.gaps[["gap", "expected"]].to_numpy().tolist() == [["tahap_hilang", "di_dermaga"]]
    assert view.state.set_index("tps_id").loc[ONE, "gaps"] == 1


def test_a_plan_saved_or_thrown_away_makes_what_rests_on_plans_again(store: Store) -> None:
    """Also through a kept result that asks for the plans deep inside, as the risk index does."""

    class Asked(NamedTuple):
        data: Dataset

    @memo(1)
    def lateness(of: Asked) -> pd.Series:
        return delivery_state(of.data, "pemilu2024", at)["late_min"]

    at = pd.Timestamp(wib("2024-02-12T09:00")).tz_convert("UTC")
    record_all(store, [told("berangkat", "05:30", tps_id=ONE, carrier="PT Pos")])
    data = load_dataset(store)
    assert lateness(Asked(data)).isna().all()
    units = data.units
    save_plan("rencana", document())
    data = data.fresh()
    assert data.units is units, "no table was written"
    assert lateness(Asked(data)).max() == 30
    delete_plan("rencana")
    assert lateness(Asked(data.fresh())).isna().all()


# -- from a file ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "column", "value", "reason"),
    [
        ("state_unknown", "status", "hilang", "state_unknown"),
        ("moment_without_clock", "waktu", "12/02/2024", "moment_unreadable"),
        ("moment_impossible", "waktu", "31/02/2024 08:00", "moment_unreadable"),
        ("moment_to_come", "waktu", "12/02/2099 08:00", "moment_to_come"),
        ("count_negative", "kotak", "-5", "count_unreadable"),
        ("count_no_number", "kurang", "beberapa", "count_unreadable"),
        ("person_as_receiver", "penerima", "Bapak Contoh", "person_named"),
        ("phone_as_carrier", "pengangkut", "sopir 081234567890", "person_named"),
        ("tps_not_registered", "tps", "99", "tps_beyond_count"),
        ("tps_number_unreadable", "tps", "1 dan 2", "tps_unreadable"),
        ("desa_unknown", "desa", "Desa Entah", "desa_unknown"),
        ("desa_missing", "desa", "", "desa_missing"),
        ("desa_not_in_kecamatan", "desa", "Tanjung Labu", "desa_not_in_parent"),
        ("correction_of_nothing", "mengacu ke", "rc-tidak-ada", "receipt_unknown"),
        ("election_unknown", "pemilu", "pemilu1900", "election_unknown"),
    ],
)
def test_a_bad_row_goes_to_quarantine_and_the_good_one_in(
    store: Store, name: str, column: str, value: str, reason: str
) -> None:
    done = bring(store, FIXTURES / f"{name}.csv")
    assert (done.accepted, done.quarantined) == (1, 1)
    fault = done.faults.iloc[0]
    assert fault[["row_number", "column_name", "value", "reason"]].tolist() == [
        3, column, value, reason,
    ]  # fmt: skip
    assert len(fault["expected"]) > 10
    kept = store.read("quarantine")
    assert kept[["row_number", "reason"]].to_numpy().tolist() == [[3, reason]]
    row = store.read("receipts").iloc[0]
    assert row[["tps_id", "state", "seals"]].tolist() == [ONE, "berangkat", "S1|S2"]


def test_every_fixture_is_told_of_above() -> None:
    names = {path.stem for path in FIXTURES.glob("*.csv")}
    assert len(names) == 16


def test_a_file_without_a_state_is_refused_whole(store: Store) -> None:
    with pytest.raises(FileUnreadableError, match=r"columns_missing.*status"):
        bring(store, FIXTURES / "no_state_column.csv")
    assert store.count("imports") == 0


def test_the_same_file_again_brings_nothing_and_a_dry_run_leaves_no_trace(store: Store) -> None:
    path = FIXTURES / "state_unknown.csv"
    dry = bring(store, path, dry_run=True)
    assert (dry.accepted, dry.unchanged, store.count("receipts")) == (1, True, 0)
    assert store.count("quarantine") == 0
    bring(store, path)
    again = bring(store, path)
    assert (again.accepted, again.duplicates, again.unchanged) == (0, 1, True)
    assert store.count("receipts") == store.count("quarantine") == 1
    equal_file_is_unchanged(store, lambda: bring(store, path))


def test_a_workbook_with_day_and_clock_apart_and_codes_is_understood(
    store: Store, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Daftar serah terima"])
    book.active.append(["Kode Desa", "No. TPS", "Status", "Tanggal", "Jam", "Nomor Segel"])
    when = pd.Timestamp("2024-02-13").to_pydatetime()
    clock = pd.Timestamp("2024-02-13T08:15").time()
    book.active.append([DESA, 1, "Tiba", when, clock, 12345])
    book.active.append([DESA, None, "Di dermaga", "13 Feb 2024", "pukul 08.15 WIB", None])
    path = tmp_path / "terima.xlsx"
    book.save(path)
    done = bring(store, path)
    assert (done.accepted, done.quarantined) == (2, 0), done.faults
    rows = store.read("receipts").sort_values("state", ignore_index=True)
    assert rows["tps_id"].tolist()[1] == ONE
    assert pd.isna(rows["tps_id"].iloc[0])
    assert rows["at"].eq(wib("2024-02-13T08:15")).all()
    assert rows["seals"].iloc[1] == "12345"


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("12/02/2024 07:05", "2024-02-12T00:05"),
        ("Senin, 12 Februari 2024 pukul 07.05 WIB", "2024-02-12T00:05"),
        ("2024-02-12T07:05:30+07:00", "2024-02-12T00:05"),
        ("2024-02-12 06:59:00", "2024-02-11T23:59"),
        ("2024-02-12", None),
        ("07:05", None),
        ("12/02/2024 25:00", None),
        ("Februari 2024 07:05", None),
        ("2024-13-12T07:05:30+07:00", None),
    ],
)
def test_moments_are_read_as_officials_write_them(text: str, utc: str | None) -> None:
    found = parse_moment(text)
    assert (found and f"{found:%Y-%m-%dT%H:%M}") == utc


def test_seals_are_the_same_whatever_stands_between_them() -> None:
    assert plain_seals("b2; a1\nB2 , c 3") == plain_seals("A1|B2|C 3") == "A1|B2|C 3"
    assert plain_seals(" ; ") is None


def test_words_and_states_agree() -> None:
    assert STATES == RECEIPT_STATES


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def test_twenty_thousand_hand_overs_take_seconds(store: Store, tmp_path: Path) -> None:
    register = store.read("tps")
    parts = [
        pd.DataFrame(
            {
                "tps_id": register["tps_id"], "status": state, "kotak": 5,
                "waktu": f"13/02/2024 {6 + n:02}:00", "segel": register["tps_id"], "dari": "PT Pos",
                "penerima": "PPS", "pengangkut": "PT Pos",
            }
        )
        for n, state in enumerate(("berangkat", "tiba", "diterima", "dibuka", "kembali"))
    ]  # fmt: skip
    path = tmp_path / "banyak.csv"
    pd.concat(parts).to_csv(path, index=False)
    assert seconds(lambda: bring(store, path)) < 20
    assert store.count("receipts") == 5 * 4116
    data = load_dataset(store)
    assert seconds(lambda: delivery_state(data, "pemilu2024")) < 10
    found = delivery_state(data, "pemilu2024")
    assert found["returned"].all()
    assert found["gaps"].eq(0).all()


def test_the_command_brings_in_and_names_what_it_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    run = CliRunner().invoke
    refused = tmp_path / "ditolak.csv"
    path = str(FIXTURES / "desa_unknown.csv")
    done = run(app, ["import", "receipts", path, "--faults", str(refused), "--json"])
    assert done.exit_code == 1, done.output
    assert json.loads(done.output)["accepted"] == 1
    assert "desa_unknown" in refused.read_text(encoding="utf-8-sig")
    again = run(app, ["import", "receipts", path])
    assert "0 baris baru, 0 koreksi, 1 dikarantina, 1 sudah ada" in again.output
    assert "baris 3, kolom desa, nilai Desa Entah" in again.output
    bad = run(app, ["import", "receipts", str(FIXTURES / "no_state_column.csv")])
    assert bad.exit_code == 2
    assert "columns_missing" in bad.output
    assert "status" in bad.output
