"""A transaction reads on its own connection: with one connection there is nothing to wait for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from data.custody.procurement import import_procurement
from data.errors import StoreError
from data.ingest.tables import import_table
from data.network.place_status import import_place_status
from data.plan.voters import import_voters
from data.store.engine import Store
from services.prepare import prepare

CELAGEN = "pemilu2024/19.03.08.2002/"


@pytest.fixture
def store(tmp_path: Path, shipped_store: Store) -> Iterator[Store]:
    """The shipped data behind a pool of one connection."""
    path = tmp_path / "siaga.db"
    source = shipped_store.engine.raw_connection()
    source.execute("VACUUM INTO ?", (str(path),))
    source.close()
    address = f"sqlite:///{path}"
    opened = Store(create_engine(address, pool_size=1, max_overflow=0, pool_timeout=0.05))
    yield opened
    opened.close()


def put(folder: Path, *lines: str) -> Path:
    path = folder / "berkas.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_files_come_in_on_one_connection(store: Store, tmp_path: Path) -> None:
    voters = put(tmp_path, "tps_id,total", f"{CELAGEN}001,200")
    assert import_voters(store, voters, "pemilu2024").accepted == 1
    bought = put(tmp_path, "barang;kabupaten;tahap;jumlah", "bilik;Bangka Selatan;tiba;10")
    assert import_procurement(store, bought, "pemilu2024").accepted == 1
    place = put(tmp_path, "tempat,status,tanggal", "P-X,buka,2024-02-01")
    done = import_place_status(store, place, {"P-X": "Dermaga X"}, date(2024, 2, 10))
    assert done.accepted == 1
    head = "rakor_id,date,date_precision,kind,level,unit_code,topic"
    meeting = put(tmp_path, head, "RKR-X,2026-08-20,day,rakor,provinsi,19,SIMULASI: rakor")
    assert import_table(store, "rakor", meeting) == 1


def test_shipped_tables_come_in_on_one_connection(store: Store) -> None:
    with store.begin() as connection:
        store.set_meta(connection, "shipped_digest", "of an older version")
    assert prepare(store).seeded


@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.begin().__enter__(),
        lambda store: store.snapshot().__enter__(),
        lambda store: store.meta("x"),
        lambda store: store.read("units"),
    ],
    ids=["begin", "snapshot", "meta", "read"],
)
def test_a_store_without_a_free_connection_is_busy(
    store: Store, use: Callable[[Store], object]
) -> None:
    with store.engine.connect(), pytest.raises(StoreError) as caught:
        use(store)
    assert caught.value.kind == "busy"
