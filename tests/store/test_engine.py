"""The gateway: types come back as they went in, a failed write leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box
from sqlalchemy import Connection, delete, false, insert, select, text, update

from data.boundaries.shapes import read_shapes, shape_rows
from data.errors import StoreError, UndeclaredWriteError
from data.store import engine as bulk
from data.store import tables as schema
from data.store.engine import Store
from data.store.ledger.revisions import read_revisions
from services.prepare import prepare
from tests.store_v1 import empty_postgres


@pytest.fixture(scope="module")
def postgres_url(postgres: str) -> str:
    empty_postgres(postgres)
    return postgres


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'deep' / 'siaga.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    opened = opened_empty(url)
    yield opened
    opened.close()


def opened_empty(url: str) -> Store:
    opened = Store.open(url)
    with opened.begin("setup.prepare") as connection:
        for table in schema.metadata.sorted_tables:
            if table.name not in {"meta", *schema.ledger.NAMES}:
                connection.execute(table.delete())
    return opened


def units() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "code": ["19", "19.01"],
            "level": ["provinsi", "kabupaten"],
            "name": ["Kepulauan Bangka Belitung", "Bangka"],
            "kind": ["provinsi", "kabupaten"],
            "parent_code": [None, "19"],
            "lon": [107.0, None],
            "point_approximate": [False, True],
            "has_polygon": [False, True],
        }
    )


def test_types_and_missing_values_come_back_as_they_went_in(store: Store) -> None:
    with store.begin("setup.prepare") as connection:
        store.insert_frame(connection, schema.units, units())
    back = store.units()
    assert back["code"].tolist() == ["19", "19.01"]
    assert back["point_approximate"].tolist() == [False, True]
    assert back["lon"].iloc[0] == 107.0
    assert back["lon"].isna().tolist() == [False, True]
    assert back["parent_code"].isna().tolist() == [True, False]


def test_dates_and_times_come_back_as_they_went_in(store: Store) -> None:
    elections = pd.DataFrame(
        {
            "election": ["pemilu2024"],
            "name": ["Pemilu 2024"],
            "voting_date": pd.to_datetime(["2024-02-14"]),
            "area_codes": ["19"],
        }
    )
    imports = pd.DataFrame(
        {
            "import_id": ["i1"],
            "target": ["reports"],
            "file_name": ["a.csv"],
            "sha256": ["0"],
            "at": pd.to_datetime(["2024-02-14T01:02:03.000004Z"]),
            "accepted": [1],
            "quarantined": [0],
            "duplicates": [0],
        }
    )
    with store.begin("setup.prepare") as connection:
        store.insert_frame(connection, schema.elections, elections)
        store.insert_frame(connection, schema.imports, imports)
    assert store.read("elections")["voting_date"].tolist() == [pd.Timestamp("2024-02-14")]
    assert store.read("imports")["at"].tolist() == [pd.Timestamp("2024-02-14T01:02:03.000004Z")]


def test_a_write_that_fails_halfway_leaves_the_store_as_it_was(store: Store) -> None:
    before = store.revision()

    def write_then_fail() -> None:
        with store.begin("setup.prepare") as connection:
            store.insert_frame(connection, schema.units, units())
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        write_then_fail()
    assert store.count("units") == 0
    with store.begin("setup.prepare"):
        pass
    assert store.revision() == before


def test_rows_are_replaced_whole_or_by_a_condition(store: Store) -> None:
    with store.begin("setup.prepare") as connection:
        store.replace(connection, schema.units, units())
    with store.begin("setup.prepare") as connection:
        store.replace(connection, schema.units, units(), schema.units.c.code.in_(["19", "19.01"]))
    assert store.count("units") == 2


def test_a_column_the_table_lacks_is_refused(store: Store) -> None:
    frame = units().assign(colour="red")
    with pytest.raises(ValueError, match="colour"), store.begin("setup.prepare") as connection:
        store.insert_frame(connection, schema.units, frame)


def test_shapes_come_back_with_names_and_area(store: Store) -> None:
    square = gpd.GeoDataFrame(
        {"code": ["19.01"]}, geometry=[box(107.0, -2.5, 107.01, -2.49)], crs="EPSG:4326"
    )
    with store.begin("setup.prepare") as connection:
        store.insert_frame(connection, schema.units, units())
        rows = shape_rows(square, "kabupaten", "hand")
        store.insert_frame(connection, schema.unit_shapes, rows)
    back = read_shapes(store, "kabupaten")
    assert back["name"].tolist() == ["Bangka"]
    assert back.geometry.iloc[0].equals(square.geometry.iloc[0])
    # 0.01 degree is 1.113 km east-west and 1.106 km north-south at 2.5 degrees south.
    assert back["area_km2"].iloc[0] == pytest.approx(1.112 * 1.1057, rel=2e-3)


@pytest.mark.postgres
def test_postgis_offers_real_geometries_to_gis_desks(postgres_url: str) -> None:
    store = Store.open(postgres_url)
    square = gpd.GeoDataFrame(
        {"code": ["19.01"]}, geometry=[box(107.0, -2.5, 107.01, -2.49)], crs="EPSG:4326"
    )
    with store.begin("setup.prepare") as connection:
        store.replace(connection, schema.units, units())
        store.replace(connection, schema.unit_shapes, shape_rows(square, "kabupaten", "hand"))
    with store.engine.connect() as connection:
        has = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_available_extensions WHERE name = 'postgis'"
        ).scalar_one()
        if not has:
            pytest.skip("PostGIS is not installed beside this PostgreSQL")
        area = connection.exec_driver_sql(
            "SELECT ST_Area(geom::geography) / 1e6 FROM unit_shapes_geom WHERE code = '19.01'"
        ).scalar_one()
    store.close()
    assert area == pytest.approx(1.112 * 1.1057, rel=2e-3)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://u:secret@localhost/x", "only SQLite and PostgreSQL"),
        ("not a url", "not an SQLAlchemy URL"),
        ("postgresql://u:secret@127.0.0.1:1/x", "refused"),
        ("sqlite:////proc/nowhere/siaga.db", ""),
    ],
)
def test_an_unusable_address_is_refused_without_showing_its_password(url: str, says: str) -> None:
    with pytest.raises((StoreError, OSError)) as caught:
        Store.open(url)
    assert says in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'siaga.db'}"
    store = Store.open(url)
    with store.begin("setup.prepare") as connection:
        store.set_meta(connection, "schema_version", "99")
    store.close()
    with pytest.raises(StoreError, match="schema 99"):
        Store.open(url)


@pytest.mark.postgres
def test_the_shipped_data_are_the_same_in_postgresql(
    postgres_url: str, shipped_store: Store
) -> None:
    store = opened_empty(postgres_url)
    prepare(store)
    assert prepare(store).seeded is False
    for table in schema.metadata.sorted_tables:
        if table.name not in {"meta", "imports", "quarantine", *schema.ledger.NAMES}:
            keys = [column.name for column in table.primary_key.columns]
            ours = store.read(table.name).sort_values(keys, ignore_index=True)
            theirs = shipped_store.read(table.name).sort_values(keys, ignore_index=True)
            pd.testing.assert_frame_equal(ours, theirs)
    store.close()


def written(store: Store, before: dict[str, int]) -> dict[str, int]:
    """Return by how much the revision of each table rose, where it did."""
    rose = {name: n - before[name] for name, n in store.revisions().items() if n != before[name]}
    return {name: n for name, n in rose.items() if name not in schema.ledger.NAMES}


RAKOR = {"rakor_id": "r", "level": "provinsi", "kind": "rakor", "topic": "x"}
WRITERS: list[tuple[str, Callable[[Store, Connection], object], set[str]]] = [
    ("frame", lambda s, c: s.insert_frame(c, schema.agenda, agenda("a")), {"agenda"}),
    ("insert", lambda s, c: c.execute(insert(schema.rakor).values(RAKOR)), {"rakor"}),
    ("update", lambda s, c: c.execute(update(schema.units).values(name="x")), {"units"}),
    ("delete", lambda s, c: c.execute(delete(schema.units)), {"units"}),
    ("replace", lambda s, c: s.replace(c, schema.units, units()), {"units"}),
    ("two", lambda s, c: (s.replace(c, schema.units, units()),
                          s.insert_frame(c, schema.agenda, agenda("b"))), {"units", "agenda"}),
    ("no row", lambda s, c: c.execute(delete(schema.rakor).where(false())), set()),
    ("reading", lambda s, c: c.execute(select(schema.units)), set()),
    ("note", lambda s, c: s.set_meta(c, "key", "value"), set()),
]  # fmt: skip


def agenda(key: str) -> pd.DataFrame:
    day = pd.Timestamp(2024, 1, 1)
    row = {"agenda_id": key, "kind": "sidang", "title": "x", "unit_code": "19", "date_start": day}
    return pd.DataFrame([row])


@pytest.mark.parametrize(("write", "tables"), [w[1:] for w in WRITERS], ids=[w[0] for w in WRITERS])
def test_a_committed_write_raises_the_tables_it_wrote_and_no_other(
    store: Store, write: Callable[[Store, Connection], object], tables: set[str]
) -> None:
    with store.begin("setup.prepare") as connection:
        store.insert_frame(connection, schema.units, units())
    before, total = store.revisions(), store.revision()
    with store.begin("setup.prepare") as connection:
        write(store, connection)
    assert written(store, before) == dict.fromkeys(tables, 1)
    assert (store.revision() > total) == bool(tables)


def test_a_statement_of_text_may_have_written_any_table(store: Store) -> None:
    with store.begin("setup.prepare") as connection:
        store.insert_frame(connection, schema.units, units())
    for words in ("UPDATE units SET name = 'x'", "  delete from units"):
        before = store.revisions()
        with store.begin("setup.prepare") as connection:
            connection.exec_driver_sql(words)
        ours = set(before) - schema.ledger.NAMES
        assert written(store, before) == dict.fromkeys(ours, 1)
    before = store.revisions()
    with store.begin("setup.prepare") as connection:
        connection.execute(text("SELECT name FROM units"))
    assert written(store, before) == {}


def test_a_write_outside_of_begin_is_refused(store: Store) -> None:
    before = store.revisions()
    with pytest.raises(UndeclaredWriteError, match="units"), store.engine.begin() as connection:
        store.insert_frame(connection, schema.units, units())
    assert store.revisions() == before
    assert store.count("units") == 0


def test_writers_at_once_lose_no_revision(store: Store) -> None:
    before = store.revisions()

    def write(writer: int) -> None:
        for n in range(10):
            with store.begin("setup.prepare") as connection:
                store.insert_frame(connection, schema.agenda, agenda(f"{writer}-{n}"))
                store.insert_frame(connection, schema.rakor, pd.DataFrame(
                    [RAKOR | {"rakor_id": f"{writer}-{n}"}]))  # fmt: skip

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert written(store, before) == {"agenda": 40, "rakor": 40}


def test_what_is_read_in_a_snapshot_is_of_one_moment(store: Store) -> None:
    with store.snapshot() as connection:
        before = read_revisions(connection)
        with store.begin("setup.prepare") as other:
            store.insert_frame(other, schema.units, units())
        assert bulk.read_table(connection, schema.units).empty
        assert read_revisions(connection) == before
    assert store.count("units") == 2
