"""Procurement to kit: what is behind and by how much, by hand; files of it; published facts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from analytics.custody.procurement import STAGES, STATUSES, behind, board, progress
from cli import app
from data.custody.procurement import TABLE, procurement_rows, save_row, shipped_procurement
from data.errors import FileUnreadableError, SchemaError
from data.store.engine import Store
from data.store.frames import rows_of
from data.store.ledger import tables as ledger
from data.store.rules_logistics import PROCUREMENT_STAGES
from services.custody.procurement import words
from services.ingest.imports import Asked, ImportResult, import_file
from tests.imports import equal_file_is_unchanged

FIXTURES = Path(__file__).parents[1] / "fixtures" / "procurement"
SOUTH = "19.03"


def row(stage: str, **more: Any) -> dict[str, Any]:
    dates = {k: dt.date.fromisoformat(v) for k, v in more.items() if k.endswith("_date") and v}
    base = {"election": "pemilu2024", "item": "kotak", "kabupaten_code": SOUTH, "stage": stage}
    return {**base, **more, **dates}


def on(day: str, *rows: dict[str, Any]) -> pd.DataFrame:
    return progress(rows_of(TABLE, list(rows)), pd.Timestamp(day)).set_index("stage")


# -- by hand -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "status", "days", "missing"),
    [
        ({"planned_date": "2024-01-10"}, "terlambat", 5, None),
        ({"planned_date": "2024-01-15"}, "berjalan", 0, None),
        ({"planned_date": "2024-01-20"}, "berjalan", 0, None),
        ({"planned_date": "2024-01-10", "actual_date": "2024-01-10"}, "selesai", 0, None),
        ({"planned_date": "2024-01-10", "actual_date": "2024-01-12"}, "selesai_terlambat", 2, None),
        ({"planned_date": "2024-01-10", "actual_date": "2024-01-20"}, "terlambat", 5, None),
        ({"planned_count": 100, "actual_count": 90, "actual_date": "2024-01-12"}, "kurang", None,
         10),
        ({"planned_count": 100, "actual_count": 90}, "kurang", None, 10),
        ({"planned_count": 100, "actual_count": 101}, "selesai", None, 0),
        ({"planned_count": 100, "actual_count": 90, "planned_date": "2024-01-10"}, "terlambat", 5,
         10),
        ({"planned_count": 100, "actual_count": 100, "planned_date": "2024-01-10"}, "selesai", 0,
         0),
        ({"planned_count": 100, "actual_count": 90, "planned_date": "2024-01-20"}, "kurang", 0, 10),
        ({"planned_count": 100}, "tidak_diketahui", None, None),
        ({"actual_count": 90}, "selesai", None, None),
    ],
)  # fmt: skip
def test_a_stage_on_15_january(
    told: dict[str, Any], status: str, days: int | None, missing: int | None
) -> None:
    found = on("2024-01-15", row("tiba", **told)).loc["tiba"]
    assert found["status"] == status
    for value, expected in ((found["days_behind"], days), (found["missing_count"], missing)):
        assert pd.isna(value) if expected is None else value == expected


def test_what_was_damaged_asks_for_a_replacement_and_is_not_itself_behind() -> None:
    damaged = row("rusak_kurang", actual_date="2024-01-14", actual_count=1067)
    found = on("2024-01-20", damaged)
    assert found["status"].to_dict() == {"rusak_kurang": "selesai", "pengganti": "tidak_diketahui"}
    assert found.loc["pengganti", "planned_count"] == 1067
    came = row("pengganti", planned_date="2024-01-18", actual_count=1000)
    found = on("2024-01-20", damaged, came)
    assert found.loc["pengganti", ["status", "days_behind", "missing_count"]].tolist() == [
        "terlambat", 2, 67,
    ]  # fmt: skip
    assert on("2024-01-10", damaged)["actual_count"].isna().all()


def test_what_is_behind_is_ordered_by_days_then_pieces_and_the_board_shows_the_worst() -> None:
    rows = [
        row("cetak", planned_date="2024-01-01"),
        row("tiba", planned_date="2024-01-10"),
        row("kontrak", planned_date="2023-12-01", actual_date="2023-12-01"),
        row("tiba", item="bilik", planned_count=9, actual_count=4, actual_date="2024-01-05"),
    ]
    found = progress(rows_of(TABLE, rows), pd.Timestamp("2024-01-15"))
    late = behind(found)
    days = late["days_behind"].fillna(0)
    assert late[["item", "stage"]].assign(days=days).to_numpy().tolist() == [
        ["kotak", "cetak", 14], ["kotak", "tiba", 5], ["bilik", "tiba", 0],
    ]  # fmt: skip
    shown = board(found)
    assert list(shown.columns) == list(STAGES) == list(PROCUREMENT_STAGES)
    assert shown.loc[(SOUTH, "kotak"), ["kontrak", "cetak", "tiba"]].tolist() == [
        "selesai", "terlambat", "terlambat",
    ]  # fmt: skip
    assert pd.isna(shown.loc[(SOUTH, "bilik"), "kontrak"])


DAY = st.dates(dt.date(2024, 1, 1), dt.date(2024, 1, 30))
TOLD = st.fixed_dictionaries(
    {
        "planned_date": st.none() | DAY,
        "actual_date": st.none() | DAY,
        "planned_count": st.none() | st.integers(0, 9),
        "actual_count": st.none() | st.integers(0, 9),
    }
)


@settings(max_examples=25)
@given(TOLD, DAY, st.sampled_from([s for s in STAGES if s != "rusak_kurang"]))
def test_time_going_by_never_makes_an_unfinished_stage_less_late(
    told: dict[str, Any], day: dt.date, stage: str
) -> None:
    rows = rows_of(TABLE, [row(stage) | told])
    now = progress(rows, pd.Timestamp(day)).iloc[0]
    later = progress(rows, pd.Timestamp(day) + pd.Timedelta(days=3)).iloc[0]
    assert now["status"] in STATUSES
    if now["status"] == later["status"] == "terlambat":
        assert later["days_behind"] == now["days_behind"] + 3
    if now["status"] in {"selesai", "selesai_terlambat"}:
        assert later["status"] == now["status"]
        assert pd.isna(now["missing_count"]) or now["missing_count"] == 0


# -- the store -----------------------------------------------------------------------------------


@pytest.fixture
def store(own_store: Store) -> Store:
    return own_store


def bring(store: Store, path: Path, **more: Any) -> ImportResult:
    return import_file(store, "procurement", path, Asked(election="pemilu2024", **more))


def test_published_facts_have_a_page_each_and_are_those_of_the_reference(reference: Path) -> None:
    facts = shipped_procurement()
    assert facts["source"].str.startswith("http").all()
    told = set()
    for name in ("logistics_rules", "dispatch_events", "incidents_reference", "public_facts"):
        told |= set(pd.read_csv(reference / f"{name}.csv")["source_url"])
    assert set(facts["source"]) <= told
    rules = pd.read_csv(reference / "logistics_rules.csv").set_index("rule_id")["value"]
    counts = facts.set_index(["election", "item", "kabupaten_code", "stage"])
    printed = counts.loc[("pilkada_ulang2025", "surat_suara_bupati", "19.01", "cetak")]
    assert printed["actual_count"] == int(rules["R31"]) == 242582 + 6275
    assert counts.loc[("pemilu2024", "surat_suara", SOUTH, "cetak"), "actual_count"] == 761220
    assert counts.loc[("pilkada2024", "kotak", SOUTH, "tiba"), "actual_count"] == 616


def test_a_row_of_the_store_stands_in_place_of_a_published_one(store: Store) -> None:
    before = procurement_rows(store, "pemilu2024")
    assert before["published"].all()
    revisions = store.revisions()
    save_row(store, row("tiba", planned_date="2024-01-10", planned_count=2791, actual_count=2700))
    after = procurement_rows(store, "pemilu2024")
    assert len(after) == len(before)
    mine = after[~after["published"]].iloc[0]
    assert mine[["item", "actual_count"]].tolist() == ["kotak", 2700]
    risen = {n for n, count in store.revisions().items() if count != revisions[n]}
    assert risen == {"procurement", *ledger.NAMES}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"item": "pensil"}, "item 'pensil', expected one of surat_suara"),
        ({"stage": "terbang"}, "stage 'terbang', expected one of kontrak"),
        ({"planned_count": -1}, "planned_count -1, expected 0 to 1000000000"),
        ({"planned_count": None}, "planned_date empty, expected a date or a count"),
    ],
)
def test_a_faulty_row_is_named_and_nothing_is_kept(
    store: Store, change: dict[str, Any], fault: str
) -> None:
    with pytest.raises(SchemaError, match=fault):
        save_row(store, row("tiba", planned_count=5) | change)
    assert store.count(TABLE.name) == 0


@pytest.mark.parametrize(
    ("name", "column", "value", "reason"),
    [
        ("item_unknown", "barang", "pensil", "item_unknown"),
        ("stage_unknown", "tahap", "terbang", "procurement_stage_unknown"),
        ("kabupaten_missing", "kabupaten", "", "kabupaten_missing"),
        ("kabupaten_unknown", "kabupaten", "Bangka Utara", "kabupaten_unknown"),
        ("date_impossible", "rencana", "2024-02-31", "date_impossible"),
        ("month_only", "rencana", "Februari 2024", "date_no_day"),
        ("count_negative", "jumlah rencana", "-1", "count_unreadable"),
        ("nothing_told", "tanggal", "", "nothing_told"),
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
    assert store.read("quarantine")["reason"].tolist() == [reason]
    kept = store.read("procurement").iloc[0]
    assert kept[["item", "stage", "actual_count"]].tolist() == ["kotak", "tiba", 2791]


def test_two_rows_of_one_key_are_both_refused(store: Store) -> None:
    done = bring(store, FIXTURES / "key_twice.csv")
    assert (done.accepted, done.quarantined) == (1, 2)
    assert set(done.faults["reason"]) == {"key_twice"}


def test_a_file_without_stages_is_refused_whole(store: Store) -> None:
    with pytest.raises(FileUnreadableError, match=r"columns_missing.*barang . tahap"):
        bring(store, FIXTURES / "no_stage_column.csv")


def test_importing_again_changes_nothing_and_a_newer_file_replaces(
    store: Store, tmp_path: Path
) -> None:
    path = FIXTURES / "item_unknown.csv"
    bring(store, path)
    again = bring(store, path)
    assert (again.accepted, again.duplicates, again.unchanged) == (0, 1, True)
    equal_file_is_unchanged(store, lambda: bring(store, path))
    newer = tmp_path / "baru.csv"
    newer.write_text("Barang,Kode Kabupaten,Tahap,Jumlah\nKotak suara,19.03,tiba,2796\n")
    done = bring(store, newer)
    assert (done.accepted, done.corrected) == (0, 1)
    kept = store.read("procurement")
    assert kept["actual_count"].tolist() == [2796]
    # The newer file has no column of plans and sources: what was known of them stays.
    assert kept["planned_date"].tolist() == [pd.Timestamp("2024-01-10")]
    assert kept["source"].tolist() == ["Berita acara KPU"]


def test_the_command_brings_in_and_names_what_it_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    run = CliRunner().invoke
    done = run(app, ["import", "procurement", str(FIXTURES / "stage_unknown.csv")])
    assert done.exit_code == 1, done.output
    assert "1 baris baru, 0 koreksi, 1 dikarantina" in done.output
    assert "terbang" in done.output
    assert store.count("procurement") == 1
    assert run(app, ["import", "procurement", "tidak_ada.csv"]).exit_code == 2


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"planned_date": "2024-01-10"}, "terlambat · 5 hari"),
        ({"planned_date": "2024-01-14"}, "terlambat · 1 hari"),
        ({"planned_date": "2024-01-15"}, "belum jatuh tempo · rencana 15 Jan 2024"),
        ({"planned_date": "2024-01-10", "planned_count": 100, "actual_count": 99},
         "terlambat · 5 hari · kurang 1"),
        ({"planned_date": "2024-01-10", "actual_date": "2024-01-12"},
         "selesai terlambat · 12 Jan 2024 · 2 hari"),
        ({"planned_date": "2024-01-10", "actual_date": "2024-01-10"}, "selesai · 10 Jan 2024"),
        ({"planned_date": "2024-01-10", "actual_date": "2024-01-12", "planned_count": 100,
          "actual_count": 100}, "selesai terlambat · 12 Jan 2024 · 2 hari · 100 buah"),
        ({"planned_count": 100, "actual_count": 101}, "selesai · 101 buah"),
        ({"planned_count": 100, "actual_count": 90}, "kurang · kurang 10"),
        ({"planned_date": "2024-01-20", "planned_count": 100, "actual_count": 90},
         "kurang · kurang 10"),
        ({"planned_count": 100}, "tidak diketahui · perlu 100"),
    ],
)  # fmt: skip
def test_a_stage_on_15_january_in_words(told: dict[str, Any], expected: str) -> None:
    assert words(on("2024-01-15", row("tiba", **told)).reset_index().iloc[0], "id") == expected
