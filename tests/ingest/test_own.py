"""An account brings in what is its own; the other rows of its file are refused one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import RightError
from data.store.engine import Store
from data.store.ledger.acts import Actor, acting
from services.ingest.imports import Asked, ImportResult, import_file

HEAD = "tanggal kejadian,kabupaten,kategori,instansi,ringkasan"
ROWS = (
    "2024-02-10,Belitung,psu,,satu",
    "2024-02-10,Belitung,psu,Bawaslu Belitung,dua",
    "2024-02-10,Bangka,psu,Bawaslu Belitung,tiga",
    "2024-02-10,Belitung,psu,Polda,empat",
    "2024-02-10,Bangka,psu,Polda,lima",
)
BELITUNG = "19.02"
OPERATOR = Actor("bawaslu.1", "Bawaslu Belitung", "operator", (BELITUNG,))


def bring(store: Store, folder: Path, actor: Actor, **said: object) -> ImportResult:
    file = folder / "laporan.csv"
    file.write_text("\n".join((HEAD, *ROWS)), encoding="utf-8")
    with acting(actor):
        return import_file(store, "reports", file, Asked(**said))  # type: ignore[arg-type]


def faults(result: ImportResult) -> list[tuple[int, str]]:
    return sorted(
        (int(row.row_number), str(row.reason)) for row in result.faults.itertuples(index=False)
    )


def test_an_operator_brings_in_its_own_agency_and_area(own_store: Store, tmp_path: Path) -> None:
    done = bring(own_store, tmp_path, OPERATOR)
    assert faults(done) == [
        (4, "area_not_own"), (5, "agency_not_own"), (6, "agency_not_own"), (6, "area_not_own"),
    ]  # fmt: skip
    mine = own_store.read("reports")
    mine = mine[mine["import_id"].eq(done.import_id)]
    assert mine["agency"].tolist() == ["Bawaslu Belitung"] * 2  # the one that names none is its own
    log = own_store.read("audit_log").iloc[-1]
    assert log[["action", "account", "subject"]].tolist() == [
        "import.reports", "bawaslu.1", done.import_id,
    ]  # fmt: skip


def test_a_verifier_of_an_area_brings_in_any_agency_there(own_store: Store, tmp_path: Path) -> None:
    done = bring(own_store, tmp_path, Actor("kpu.1", "KPU", "verifikator", (BELITUNG,)))
    assert faults(done) == [(4, "area_not_own"), (6, "area_not_own")]
    assert done.accepted == 3


@pytest.mark.parametrize("role", ["pembaca", "perencana"])
def test_others_bring_in_no_report_not_even_to_try(
    own_store: Store, tmp_path: Path, role: str
) -> None:
    for dry_run in (False, True):
        with pytest.raises(RightError, match="role"):
            bring(own_store, tmp_path, Actor("x.1", "X", role), dry_run=dry_run)


def test_an_operator_undoes_its_own_import_alone(own_store: Store, tmp_path: Path) -> None:
    from services.ingest.imports import undo_import

    done = bring(own_store, tmp_path, OPERATOR)
    with acting(Actor("polda.1", "Polda", "operator", (BELITUNG,))), pytest.raises(RightError):
        undo_import(own_store, done.import_id)
    with acting(OPERATOR):
        assert undo_import(own_store, done.import_id)["removed"] == 2


def test_what_a_tps_answered_is_brought_in_for_ones_own_area(
    own_store: Store, tmp_path: Path
) -> None:
    """The row names no desa of its own: its TPS does."""
    file = tmp_path / "jawaban.csv"
    file.write_text(
        "kabupaten,kecamatan,desa,tps,status,jam\n"
        "Belitung,Membalong,Membalong,1,buka,07.05\n"
        "Bangka,Mendo Barat,Kota Kapur,1,buka,07.05\n",
        encoding="utf-8",
    )
    with acting(OPERATOR):
        done = import_file(own_store, "hari-h", file, Asked("pemilu2024"))
    assert faults(done) == [(3, "area_not_own")]
    assert own_store.read("tps_status")["tps_id"].str.contains("/19.02.").tolist() == [True]
