"""What an import replaced is kept exactly, shown as versions, and comes back when it is undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, delete

from data.errors import ImportReplacedError, ImportUnknownError, RightError
from data.ingest.history import keep_bulk, keep_new, keep_rows, undo_import, versions_of
from data.ingest.record import write_import
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import insert_frame, read_table, rows_of
from data.store.ledger.acts import Actor, acting
from services.explain import explain
from tests.store_v1 import empty_postgres

REPORT = {
    "report_id": "r1",
    "kind": "kejadian",
    "date_event": "2024-02-14",
    "date_precision": "day",
    "stage": "kampanye",
    "severity": 3,
    "unit_kejadian": "99.01",
    "location_precision": "kabupaten",
    "lon": 106.123456789012,
    "peaceful": False,
    "perkara_id": "r1",
    "summary": 'Uji "kutip", é',
    "verification": "belum",
    "access": "terbuka",
    "import_id": "A",
}
RECEIPT = {
    "receipt_id": "h1",
    "election": "uji",
    "desa_code": "99.01.01.2001",
    "state": "tiba",
    "at": "2024-02-13T04:05:06.789012+07:00",
    "boxes": 5,
    "kind": "catatan",
    "recorded_at": "2024-02-13T00:00:00+00:00",
    "import_id": "A",
}
SHAPE = {
    "code": "99.01",
    "level": "kabupaten",
    "area_km2": 1.5,
    "wkb": b"\x00\xff\x01",
    "source": "u",
}


@pytest.fixture(scope="module")
def server(postgres: str) -> Iterator[Store]:
    empty_postgres(postgres)
    opened = Store.open(postgres)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "postgres":
        opened: Store = request.getfixturevalue("server")
        with opened.begin("setup.prepare") as connection:
            for table in schema.metadata.sorted_tables:
                if table.name not in {"meta", *schema.ledger.NAMES}:
                    connection.execute(delete(table))
        yield opened
        return
    opened = Store.open(f"sqlite:///{tmp_path / 'siaga.db'}")
    yield opened
    opened.close()


def put(store: Store, table: Table, *records: dict[str, Any], by: str, bulk: bool = False) -> None:
    """Bring rows as an import does: keep what they replace, note the import."""
    rows = rows_of(table, records)
    if "import_id" in rows:
        rows = rows.assign(import_id=by)
    key = table.primary_key.columns[0]
    taken = key.in_(rows[key.name].tolist())
    with store.begin("setup.prepare") as connection:
        there = read_table(connection, table, None if bulk else taken)
        (keep_bulk if bulk else keep_rows)(connection, table, by, there)
        if "import_id" not in rows:
            added = rows[~rows[key.name].isin(there[key.name])]
            keep_new(connection, table, by, added)
        connection.execute(delete(table) if bulk else delete(table).where(taken))
        insert_frame(connection, table, rows)
        write_import(connection, by, table.name, Path("uji.csv"), "0", (len(rows), 0, 0))


@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize(
    ("table", "record", "change"),
    [
        (schema.reports, REPORT, {"summary": "lain", "peaceful": None, "severity": None}),
        (schema.logistics.receipts, RECEIPT, {"boxes": 6}),
        (schema.unit_shapes, SHAPE, {"wkb": b"other"}),
    ],
)
def test_what_was_replaced_comes_back_exactly(
    store: Store, table: Table, record: dict[str, Any], change: dict[str, Any], bulk: bool
) -> None:
    put(store, table, record, by="A")
    before = store.read(table.name)
    put(store, table, record | change, by="B", bulk=bulk)
    assert not store.read(table.name).equals(before)
    key = record[table.primary_key.columns[0].name]
    versions = versions_of(store, table.name, [key])
    then = versions[versions["replaced_by"].eq("B")].drop(columns=["replaced_at", "replaced_by"])
    pd.testing.assert_frame_equal(then.reset_index(drop=True), before)
    assert undo_import(store, "B") == {"removed": 1, "restored": 1}
    pd.testing.assert_frame_equal(store.read(table.name), before)
    assert store.read("imports")["import_id"].tolist() == ["A"]
    assert undo_import(store, "A") == {"removed": 1, "restored": 0}
    assert store.count(table.name) == store.count("imports") == store.count("history") == 0


def test_a_version_says_when_and_by_what_it_was_replaced(store: Store) -> None:
    for by, severity in (("A", 1), ("B", 2), ("C", 3)):
        put(store, schema.reports, REPORT | {"severity": severity}, by=by)
    found = versions_of(store, "reports", ["r1"])
    assert found["replaced_by"].tolist() == ["B", "C"]
    assert found["severity"].tolist() == [1, 2]
    assert found["import_id"].tolist() == ["A", "B"]
    assert found["replaced_at"].is_monotonic_increasing
    assert versions_of(store, "reports", ["unknown"]).empty


@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize("table", [schema.reports, schema.unit_shapes])
def test_an_import_that_a_later_one_replaced_is_not_undone(
    store: Store, table: Table, bulk: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_NOW", "2024-02-14T00:00:00+00:00")  # no help from the clock
    record = REPORT if table is schema.reports else SHAPE
    put(store, table, record, by="A")
    put(store, table, record, by="B", bulk=bulk)
    before = store.read(table.name)
    with pytest.raises(ImportReplacedError) as caught:
        undo_import(store, "A")
    assert caught.value.later == "B"
    assert "B" in explain(caught.value)
    pd.testing.assert_frame_equal(store.read(table.name), before)
    undo_import(store, "B")
    undo_import(store, "A")
    assert store.count(table.name) == 0


def test_the_same_import_again_and_after_another(store: Store) -> None:
    table = schema.reports
    put(store, table, REPORT | {"severity": 1}, by="A")
    put(store, table, REPORT | {"severity": 1}, by="A")
    assert store.count("history") == 0, "what an import brought itself is not kept"
    put(store, table, REPORT | {"severity": 2}, by="B")
    put(store, table, REPORT | {"severity": 1}, by="A")
    with pytest.raises(ImportReplacedError):
        undo_import(store, "B")
    undo_import(store, "A")
    assert store.read("reports")["severity"].tolist() == [2]


@pytest.mark.parametrize(
    ("table", "record", "change"),
    [(schema.reports, REPORT, {"severity": 5}), (schema.unit_shapes, SHAPE, {"wkb": b"other"})],
)
def test_each_coming_of_a_file_is_taken_back_by_itself(
    store: Store, table: Table, record: dict[str, Any], change: dict[str, Any]
) -> None:
    key = table.primary_key.columns[0].name
    left_alone = record | {key: "other"}
    put(store, table, record, left_alone, by="A")
    first = store.read(table.name)
    put(store, table, record | change, by="B")
    second = store.read(table.name)
    put(store, table, record, by="A")
    assert undo_import(store, "A") == {"removed": 1, "restored": 1}
    pd.testing.assert_frame_equal(_by(store, table), second.sort_values(key, ignore_index=True))
    with pytest.raises(ImportReplacedError):
        undo_import(store, "A")
    undo_import(store, "B")
    pd.testing.assert_frame_equal(_by(store, table), first.sort_values(key, ignore_index=True))
    assert undo_import(store, "A") == {"removed": 2, "restored": 0}
    assert store.count(table.name) == store.count("imports") == store.count("history") == 0


def _by(store: Store, table: Table) -> pd.DataFrame:
    """Return the rows of a table in the order of their keys."""
    rows = store.read(table.name)
    return rows.sort_values(table.primary_key.columns[0].name, ignore_index=True)


def test_the_same_shapes_again_go_back_to_those_before_both(store: Store) -> None:
    put(store, schema.unit_shapes, SHAPE, by="A")
    put(store, schema.unit_shapes, SHAPE | {"wkb": b"2"}, by="B")
    put(store, schema.unit_shapes, SHAPE | {"wkb": b"2"}, by="B")
    undo_import(store, "B")
    assert store.read("unit_shapes")["wkb"].tolist() == [SHAPE["wkb"]]


def test_rows_removed_and_brought_anew_by_another_stay(store: Store) -> None:
    put(store, schema.reports, REPORT, by="A")
    put(store, schema.reports, REPORT | {"report_id": "r2"}, by="B", bulk=True)
    put(store, schema.reports, REPORT, by="C")
    with pytest.raises(ImportReplacedError) as caught:
        undo_import(store, "B")
    assert caught.value.later == "C"
    assert store.read("reports")["report_id"].tolist() == ["r1", "r2"]


def test_an_unknown_import_is_told_in_words(store: Store) -> None:
    with pytest.raises(ImportUnknownError) as caught:
        undo_import(store, "imp-tidak-ada")
    assert "imp-tidak-ada" in explain(caught.value)


def test_refused_rows_go_with_their_import(store: Store) -> None:
    put(store, schema.reports, REPORT, by="A")
    with store.begin("setup.prepare") as connection:
        row = {
            "import_id": "A",
            "row_number": 2,
            "column_name": "c",
            "reason": "r",
            "row_json": "{}",
        }
        insert_frame(connection, schema.quarantine, rows_of(schema.quarantine, [row]))
    undo_import(store, "A")
    assert store.count("quarantine") == 0


_TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@pytest.fixture(scope="module")
def memory() -> Iterator[Store]:
    opened = Store.open("sqlite://")
    yield opened
    opened.close()


@given(
    summary=_TEXTS,
    severity=st.none() | st.integers(1, 5),
    lon=st.none() | st.floats(-180, 180),
    peaceful=st.none() | st.booleans(),
    day=st.dates(pd.Timestamp("1945-01-01").date(), pd.Timestamp("2100-12-31").date()),
)
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
def test_any_row_round_trips(memory: Store, **cells: Any) -> None:
    cells["date_event"] = str(cells.pop("day"))
    with memory.begin("setup.prepare") as connection:
        connection.execute(delete(schema.reports))
        connection.execute(delete(schema.history))
        connection.execute(delete(schema.imports))
    put(memory, schema.reports, REPORT | cells, by="A")
    before = memory.read("reports")
    put(memory, schema.reports, REPORT, by="B")
    undo_import(memory, "B")
    pd.testing.assert_frame_equal(memory.read("reports"), before, check_exact=True)


@pytest.mark.parametrize(
    ("table", "may"),
    [("reports", "operator"), ("voters", "perencana"), ("unit_shapes", "perencana")],
)
def test_an_import_is_taken_back_by_those_who_may_bring_it(
    store: Store, table: str, may: str
) -> None:
    with store.begin("setup.prepare") as connection:
        write_import(connection, "x", table, Path("uji.csv"), "0" * 64, (0, 0, 0))
    may_not = {"operator", "perencana"} - {may}
    for role in ("pembaca", *may_not):
        with acting(Actor("kpu.1", "KPU", role)), pytest.raises(RightError):
            undo_import(store, "x")
    assert store.count("imports") == 1
    with acting(Actor("kpu.1", "KPU", may)):
        undo_import(store, "x")
    assert store.count("imports") == 0
