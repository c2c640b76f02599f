"""What holds for files of any kind: the scheme of codes, corrections, undo, a file twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli import app
from data.ingest.history import versions_of
from data.store import tables as schema
from data.store.engine import Store
from services.ingest.imports import Asked, ImportResult, import_file, undo_import
from tests.conftest import copy_store

TOBOALI = "19.03.01.1001"
ONE = f"pemilu2024/{TOBOALI}/001"


def put(folder: Path, *lines: str, name: str = "berkas.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def bring(store: Store, kind: str, path: Path, **more: object) -> ImportResult:
    asked = Asked(**{"election": "pemilu2024", **more})  # type: ignore[arg-type]
    return import_file(store, kind, path, asked)


CODED = {
    "hari-h": ("tps_status", "kode,tps,status,jam", "1,buka,07.05"),
    "receipts": ("receipts", "kode,tps,status,waktu", "1,berangkat,12/02/2024 07:00"),
    "tps-class": ("tps_class", "kode,tps,kelas,tanggal", "1,rawan,2024-02-01"),
    "indicators": ("indicator_values", "kode,tps,riwayat_kekerasan,tanggal", "1,ya,2024-02-08"),
    "voters": ("tps_voters", "kode,tps,jumlah", "1,215"),
}


@pytest.mark.parametrize("kind", CODED)
@pytest.mark.parametrize("scheme", ["bps", "kpu"])
def test_bare_codes_are_read_in_the_scheme_that_is_declared(
    own_store: Store, tmp_path: Path, kind: str, scheme: str
) -> None:
    """Both offices use 1903 and 1905, for different kabupaten."""
    units = own_store.units().set_index("code")
    bare = units.loc[TOBOALI, f"{scheme}_code"]
    table, head, rest = CODED[kind]
    path = put(tmp_path, head, f"{bare},{rest}")
    unsure = bring(own_store, kind, path)
    assert unsure.faults[["column_name", "value", "reason"]].to_numpy().tolist() == [
        ["kode", bare, "code_scheme_unknown"],
    ]  # fmt: skip
    assert bring(own_store, kind, path, scheme=scheme).accepted == 1
    assert own_store.read(table)["tps_id"].tolist() == [ONE]


@pytest.mark.parametrize("kind", CODED)
def test_the_command_takes_the_scheme(
    own_store: Store, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.prepare.open_prepared", lambda: own_store)
    table, head, rest = CODED[kind]
    path = str(put(tmp_path, head, f"1903011001,{rest}"))
    run = CliRunner().invoke
    assert run(app, ["import", kind, path]).exit_code == 1
    done = run(app, ["import", kind, path, "--scheme", "kpu"])
    assert done.exit_code == 0, done.output
    assert own_store.read(table)["tps_id"].tolist() == [ONE]
    wrong = run(app, ["import", kind, path, "--scheme", "pos"])
    assert wrong.exit_code == 2
    assert "kemendagri" in wrong.output


CORRECTED = {
    "voters": ("tps_voters", "total", "tps_id,jumlah", f"{ONE},{{}}", 200, 210),
    "tps-class": (
        "tps_class", "kelas", "tps_id,kelas,tanggal", f"{ONE},{{}},2024-02-01", "rawan", "khusus",
    ),
    "place-status": (
        "place_status", "status", "tempat,status,tanggal", "P-SADAI,{},2024-02-10", "buka", "tutup",
    ),
    "procurement": (
        "procurement", "actual_count", "barang,kode kabupaten,tahap,jumlah", "kotak,19.03,tiba,{}",
        2700, 2791,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", CORRECTED)
def test_a_corrected_row_is_kept_and_comes_back(
    own_store: Store, tmp_path: Path, kind: str
) -> None:
    table, column, head, line, old, new = CORRECTED[kind]
    first = bring(own_store, kind, put(tmp_path, head, line.format(old), name="lama.csv"))
    before = own_store.read(table)
    assert (first.accepted, before[column].tolist()) == (1, [old])
    second = bring(own_store, kind, put(tmp_path, head, line.format(new), name="baru.csv"))
    assert (second.accepted, second.corrected, second.records) == (0, 1, 1)
    after = own_store.read(table)
    assert (after[column].tolist(), after["import_id"].tolist()) == ([new], [second.import_id])
    kept = own_store.read("history")
    assert kept[["import_id", "target"]].to_numpy().tolist() == [[second.import_id, table]]
    assert json.loads(kept["content"].iloc[0])[column] == old
    key = after[[c.name for c in schema.metadata.tables[table].primary_key.columns]].iloc[0]
    versions = versions_of(own_store, table, key.tolist())
    assert versions[[column, "replaced_by"]].to_numpy().tolist() == [[old, second.import_id]]
    assert undo_import(own_store, second.import_id) == {"removed": 1, "restored": 1}
    pd.testing.assert_frame_equal(own_store.read(table), before)
    assert own_store.read("imports")["import_id"].tolist() == [first.import_id]
    assert own_store.count("history") == 0


def test_a_repetition_keeps_nothing_in_history(own_store: Store, tmp_path: Path) -> None:
    table, _, head, line, old, _ = CORRECTED["voters"]
    bring(own_store, "voters", put(tmp_path, head, line.format(old), name="lama.csv"))
    again = bring(own_store, "voters", put(tmp_path, head, line.format(old), "", name="lagi.csv"))
    assert (again.accepted, again.corrected, again.duplicates) == (0, 0, 1)
    assert own_store.count("history") == 0
    assert own_store.count(table) == 1


def test_what_a_file_has_no_column_for_stays(own_store: Store, tmp_path: Path) -> None:
    head = "tempat,status,kapal terbesar,tanggal,catatan,sumber"
    whole = put(tmp_path, head, "P-SADAI,terbatas,perahu,2024-02-09,lumpur,Syahbandar")
    bring(own_store, "place-status", whole, as_of=date(2024, 2, 12))
    short = put(tmp_path, "tempat,status,tanggal,catatan", "P-SADAI,buka,2024-02-10,")
    done = bring(own_store, "place-status", short, as_of=date(2024, 2, 12))
    assert done.corrected == 1
    row = own_store.read("place_status").iloc[0]
    assert row[["status", "largest_vessel", "source_text"]].tolist() == [
        "buka", "perahu", "Syahbandar",
    ]  # fmt: skip
    assert pd.isna(row["note"]), "a column that is there and empty says that there is nothing"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, shipped_store: Store) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("twice") / "siaga.db"
    copy_store(shipped_store, path)
    store = Store.open(f"sqlite:///{path}")
    yield store
    store.close()


def contents(store: Store) -> dict[str, pd.DataFrame]:
    tables = ("tps_voters", "tps_class", "imports", "quarantine", "history", "sources")
    return {name: store.read(name) for name in tables} | {
        "revision": pd.DataFrame({"n": [store.revision()]})
    }


NUMBERS = st.sampled_from(["1", "2", "TPS 03", "99", "", "1 dan 2"])
LINES = {
    "voters": (
        "kode,tps,jenis,l,p,jumlah",
        st.tuples(
            NUMBERS,
            st.sampled_from(["dpt", "DPTb", "", "lain"]),
            st.sampled_from(["100", "101", "", "x"]),
            st.sampled_from(["90", "", "-1"]),
            st.sampled_from(["190", "191", ""]),
        ),
    ),
    "tps-class": (
        "kode,tps,kelas,tanggal",
        st.tuples(
            NUMBERS,
            st.sampled_from(["rawan", "Sgt. rawan", "khusus", "aman", ""]),
            st.sampled_from(["2024-02-01", "1 Februari 2024", "02/02/2024", "Februari 2024"]),
        ),
    ),
}


@settings(max_examples=20)
@given(st.data(), st.sampled_from(sorted(LINES)))
def test_a_file_that_comes_twice_leaves_the_store_as_it_was(
    filled: Store, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, kind: str
) -> None:
    """Also after files that said other things of the same TPS."""
    head, rows = LINES[kind]
    lines = [",".join((TOBOALI, *row)) for row in data.draw(st.lists(rows, min_size=1, max_size=6))]
    path = put(tmp_path_factory.mktemp("berkas"), head, *lines)
    first = bring(filled, kind, path)
    before = contents(filled)
    again = bring(filled, kind, path)
    assert (again.accepted, again.corrected, again.unchanged) == (0, 0, True)
    assert again.quarantined == first.quarantined
    assert again.duplicates == first.accepted + first.corrected + first.duplicates
    assert first.accepted + first.corrected + first.quarantined + first.duplicates == len(lines)
    pd.testing.assert_frame_equal(first.faults, again.faults)
    for name, frame in contents(filled).items():
        pd.testing.assert_frame_equal(before[name], frame, obj=name)
