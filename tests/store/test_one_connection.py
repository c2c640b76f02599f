"""A transaction reads on its own connection: with one connection there is nothing to wait for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from data.errors import StoreError
from data.store.engine import Store
from services.ingest.imports import Asked, import_file
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


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("reports", ("tanggal,kabupaten,jenis", "2024-02-01,Bangka,Demo")),
        ("voters", ("tps_id,total", f"{CELAGEN}001,200")),
        ("procurement", ("barang;kabupaten;tahap;jumlah", "bilik;Bangka Selatan;tiba;10")),
        ("place-status", ("tempat,status,tanggal", "P-SADAI,buka,2024-02-01")),
        (
            "table rakor",
            (
                "rakor_id,date,date_precision,kind,level,unit_code,topic",
                "RKR-X,2026-08-20,day,rakor,provinsi,19,SIMULASI: rakor",
            ),
        ),
    ],
)
def test_a_file_comes_in_on_one_connection(
    store: Store, tmp_path: Path, kind: str, lines: tuple[str, ...]
) -> None:
    asked = Asked(election="pemilu2024", as_of=date(2026, 2, 10))
    assert import_file(store, kind, put(tmp_path, *lines), asked).accepted == 1


def test_shipped_tables_come_in_on_one_connection(store: Store) -> None:
    with store.begin("setup.prepare") as connection:
        store.set_meta(connection, "shipped_digest", "of an older version")
    assert prepare(store).seeded


@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.begin("setup.prepare").__enter__(),
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
