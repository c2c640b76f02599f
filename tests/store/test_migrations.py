"""Stores of older versions open with every row, after a backup; newer ones are refused."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from data.errors import StoreError
from data.store import migrate
from data.store import tables as schema
from data.store.engine import Store
from data.store.rules import check
from services.explain import explain
from services.prepare import prepare
from tests.store_v1 import (
    Rows,
    build_postgres,
    build_sqlite,
    empty_postgres,
    rows_of,
    with_first_revision,
)

ROOT = Path(__file__).resolve().parents[2]
BOUND_S = 300
NOT_OURS = {"spatial_ref_sys"}
"""Tables that PostGIS makes."""
STEP = '''
"""A step as a later version brings it."""

import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = "{before}"


def upgrade() -> None:
    with op.batch_alter_table("place_moves") as table:
        table.add_column(sa.Column("reason", sa.Text()))
    op.execute("UPDATE place_moves SET reason = 'SIMULASI'")
    {then}
'''


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'siaga.db'}"
    url: str = request.getfixturevalue("postgres")
    empty_postgres(url)
    return url


@pytest.fixture
def old(empty: str, tmp_path: Path) -> str:
    """Address of a store as the code of schema "1" left it."""
    if empty.startswith("sqlite"):
        return build_sqlite(tmp_path / "siaga.db")
    return build_postgres(empty, tmp_path)


def differences(url: str) -> str:
    """Return the step that a database lacks to be what `data.store.tables` says."""
    engine = create_engine(url)
    with engine.connect() as connection:
        how = {"compare_type": True, "include_name": lambda name, *_: name not in NOT_OURS}
        context = MigrationContext.configure(connection, opts=how)
        found = compare_metadata(context, schema.metadata)
        steps = produce_migrations(context, schema.metadata).upgrade_ops
        assert steps is not None
        code = str(render_python_code(steps))
    engine.dispose()
    return code if found else ""


def ours(name: str) -> bool:
    return name not in {"alembic_version", *NOT_OURS}


def backups(url: str, folder: Path) -> list[Rows]:
    """Return the rows of every backup that there is."""
    if url.startswith("sqlite"):
        found = sorted(folder.glob("siaga-backup-*.db"))
        return [rows_of(f"sqlite:///{path}", only=ours) for path in found]
    engine = create_engine(url)
    names = [n for n in inspect(engine).get_schema_names() if n.startswith("siaga_backup_")]
    engine.dispose()
    return [rows_of(url, name, only=ours) for name in names]


def without_versions(rows: Rows) -> Rows:
    """Return rows without what the store says of its own schema and writes."""
    meta = [
        row
        for row in rows["meta"]
        if not re.match(r"schema_version$|audit_head$|revision\.", row[0])
    ]
    return {**rows, "meta": meta}


def add_step(folder: Path, monkeypatch: pytest.MonkeyPatch, then: str = "pass") -> str:
    """Let the product know one more step, and return its number."""
    before = migrate.revisions()[-1]
    number = f"{int(before) + 1:04}"
    scripts = folder / "scripts"
    shutil.copytree(migrate.SCRIPTS, scripts)
    step = STEP.format(number=number, before=before, then=then)
    (scripts / "versions" / f"r{number}_add_reason.py").write_text(step)
    monkeypatch.setattr(migrate, "SCRIPTS", scripts)
    return number


def test_the_steps_lead_to_what_the_schema_says(empty: str) -> None:
    engine = create_engine(empty)
    with engine.begin() as connection:
        migrate.upgrade(connection, "base")
    engine.dispose()
    assert differences(empty) == "", "write a step in data/store/migrations that holds this"


def test_a_new_store_is_what_the_steps_lead_to(empty: str) -> None:
    Store.open(empty).close()
    assert differences(empty) == ""


def test_a_difference_is_found(empty: str) -> None:
    Store.open(empty).close()
    engine = create_engine(empty)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE tps DROP COLUMN lat"))
        connection.execute(text("DROP INDEX reports_date"))
        connection.execute(text("DROP TABLE rakor"))
    engine.dispose()
    for gone in ("'lat'", "reports_date", "'rakor'"):
        assert gone in differences(empty)


def test_the_numbers_of_the_files_are_the_chain_of_alembic() -> None:
    chain = list(ScriptDirectory(str(migrate.SCRIPTS)).walk_revisions())
    assert tuple(step.revision for step in reversed(chain)) == migrate.revisions()
    assert [step.path.rpartition("/")[2][1:5] for step in chain] == [s.revision for s in chain]


def test_the_kept_store_has_rows_in_every_table(old: str) -> None:
    assert all(rows_of(old).values())
    assert "alembic_version" not in rows_of(old)


def test_a_store_of_schema_1_opens_with_every_row_after_a_backup(old: str, tmp_path: Path) -> None:
    before = rows_of(old)
    store = Store.open(old)
    for name in set(before) - {"meta"}:
        assert store.count(name) == len(before[name])
        assert len(store.read(name)) == len(before[name])
    assert store.meta("schema_version") == migrate.SINCE
    store.close()
    after = rows_of(old, only=ours)
    changed = {"meta", "units", "stages", "road_edges", "place_status", "imports", "quarantine"}
    later = {
        "history",
        "import_profiles",
        "road_lines",
        "outlooks",
        "scan_runs",
        "plan_adoptions",
        "kept_files",
        "warnings",
        "warning_events",
        "actions",
        "action_changes",
        "meetings",
        "decks",
        "snapshots",
        "record_changes",
        "users",
        "report_events",
        "report_sources",
    }  # brought later, empty
    (migrated,) = after.pop("audit_log")  # the chain begins with the step that made it
    assert migrated[2:4] == ("setup.migrate", "sistem")
    assert {k: v for k, v in after.items() if k not in changed} == {name: [] for name in later} | {
        k: v for k, v in before.items() if k not in changed
    }
    assert without_versions(after)["meta"] == without_versions(before)["meta"]
    assert after["units"] == [row[:-2] for row in before["units"]]  # step 2 drops the last two
    assert after["stages"] == [(*row, None) for row in before["stages"]]  # step 5 adds one
    # Step 8 says before the import that a road may be for one direction.
    edges = before["road_edges"]
    assert after["road_edges"] == [(*row, None) for row in edges]
    assert after["place_status"] == [(*row, *[None] * 4) for row in before["place_status"]]
    # Step 13 says how files were read and what was settled: of earlier ones nothing is known.
    assert after["imports"] == [(*row, None, None) for row in before["imports"]]
    assert after["quarantine"] == [(*row, *[None] * 6) for row in before["quarantine"]]
    assert backups(old, tmp_path) == [before]
    assert differences(old) == ""
    Store.open(old).close()
    assert len(backups(old, tmp_path)) == 1


def test_a_store_of_schema_1_takes_the_data_that_ship_now(old: str) -> None:
    store = Store.open(old)
    imported = store.read("reports")["import_id"].notna().sum()
    kept = {name: store.count(name) for name in ("receipts", "tps_status", "place_moves")}
    with store.begin("setup.prepare") as connection:
        store.set_meta(connection, "shipped_digest", "of an older version")
    assert prepare(store).seeded
    assert store.read("reports")["import_id"].notna().sum() == imported > 0
    assert {name: store.count(name) for name in kept} == kept
    store.close()


def test_imported_reports_of_an_older_store_follow_the_rules_of_today(old: str) -> None:
    """Four rows as earlier imports left them; row D is right, and no byte of it changes."""
    engine = create_engine(old)
    with engine.begin() as connection:
        columns = "report_id, kind, date_event, date_precision, stage, family, category, "
        columns += "unit_kejadian, location_precision, tps_number, lon, lat, location_note, "
        columns += "perkara_id, verification, access, import_id"
        for name, rest in (
            ("A", "'2024-02-14', 'month', S, '19.01.04.2004', 'desa', NULL, NULL, NULL, NULL"),
            ("B", "'2024-02-14', 'day', S, '19.01', 'kabupaten', NULL, 106.1, -1.9, 'pasar'"),
            ("C", "'2024-02-14', 'year', S, '19.01.04', 'kecamatan', '003', NULL, NULL, NULL"),
            ("D", "'2024-02-14', 'day', S, '19.01.04.2004', 'tps', '003', 106.1, -1.9, NULL"),
            ("E", "'2024-02-14', 'day', S, '19.01.04.2004', 'tps', '005', NULL, NULL, NULL"),
        ):
            words = rest.replace("S", "'kampanye', 'konflik', 'intimidasi'", 1)
            values = f"'{name}', 'kejadian', {words}, '{name}', 'belum', 'terbuka', 'imp-x'"
            connection.execute(text(f"INSERT INTO reports ({columns}) VALUES ({values})"))
        connection.execute(text("UPDATE reports SET unit_pokok = '19.01.04' WHERE report_id = 'E'"))
    engine.dispose()
    store = Store.open(old)
    found = store.read("reports", schema.reports.c.import_id == "imp-x").set_index("report_id")
    assert found["date_event"].dt.strftime("%Y-%m-%d").tolist() == [
        "2024-02-01", "2024-02-14", "2024-01-01", "2024-02-14", "2024-02-14",
    ]  # fmt: skip
    assert found["location_note"].fillna("").tolist() == [
        "", "pasar; titik 106.100000, -1.900000", "TPS: 003", "", "TPS: 005",
    ]  # fmt: skip
    assert found["lon"].notna().tolist() == [False, False, False, True, False]
    assert found["tps_number"].notna().tolist() == [False, False, False, True, False]
    assert check("reports", store.read("reports")) == []
    store.close()


def test_a_later_step_is_carried_out_after_a_backup(
    old: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.open(old).close()
    before = rows_of(old, only=ours)
    number = add_step(tmp_path, monkeypatch)
    Store.open(old).close()
    after = rows_of(old)
    assert after["alembic_version"] == [(number,)]
    assert after["place_moves"] == [(*row, "SIMULASI") for row in before["place_moves"]]
    others = {name for name in before if name not in {"place_moves", "meta", "audit_log"}}
    assert [row[2] for row in after["audit_log"]] == ["setup.migrate"] * 2
    assert {name: after[name] for name in others} == {name: before[name] for name in others}
    assert without_versions(after)["meta"] == without_versions(before)["meta"]
    assert before in backups(old, tmp_path)


def test_a_step_that_fails_leaves_the_store_as_it_was(
    old: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows_of(old)
    add_step(tmp_path, monkeypatch, then="raise RuntimeError('power cut')")
    with pytest.raises(RuntimeError, match="power cut"):
        Store.open(old)
    assert rows_of(old) == before


def test_processes_that_open_an_old_store_at_once_bring_it_up_once(
    old: str, tmp_path: Path
) -> None:
    code = (
        "import sys; from data.store.engine import Store;"
        " print(Store.open(sys.argv[1]).count('units'))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, old], cwd=ROOT, text=True, stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    counts = {process.communicate(timeout=BOUND_S)[0] for process in processes}
    assert counts == {f"{len(rows_of(old)['units'])}\n"}
    assert len(backups(old, tmp_path)) == 1


@pytest.mark.parametrize("how", ["revision", "schema"])
def test_a_newer_store_is_refused_in_words_and_left_alone(old: str, how: str) -> None:
    store = Store.open(old)
    with store.begin("setup.prepare") as connection:
        if how == "revision":
            migrate.stamp(connection, "9999")
        else:
            store.set_meta(connection, "schema_version", "9999")
    store.close()
    before = rows_of(old)
    with pytest.raises(StoreError, match="9999") as caught:
        Store.open(old)
    assert caught.value.kind == "newer"
    assert "lebih baru" in explain(caught.value, "id")
    assert rows_of(old) == before


def test_an_older_store_is_not_changed_where_that_is_not_wanted(old: str, tmp_path: Path) -> None:
    before = rows_of(old)
    with pytest.raises(StoreError) as caught:
        Store.open(old, change=False)
    assert caught.value.kind == "older"
    assert "cli.py prepare" in explain(caught.value)
    assert rows_of(old) == before
    assert backups(old, tmp_path) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("ALTER TABLE tps DROP COLUMN lat", "lat"),
        ("DROP TABLE tps", "tps"),
        ("DROP TABLE meta", "meta"),
        ("DELETE FROM alembic_version", "meta"),
        ("DROP TABLE alembic_version", "meta"),
    ],
)
def test_a_missing_table_or_column_is_told_in_words(old: str, change: str, says: str) -> None:
    Store.open(old).close()
    engine = create_engine(old)
    with engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()

    def read() -> None:
        store = Store.open(old)
        try:
            store.read("tps")
        finally:
            store.close()

    with pytest.raises(StoreError) as caught:
        read()
    assert caught.value.kind == "structure"
    assert says in explain(caught.value)
    assert "cli.py check" in explain(caught.value)


def test_the_first_revision_is_what_the_kept_store_holds(empty: str, tmp_path: Path) -> None:
    """Column by column: the dump comes from the code of schema "1" and from nowhere else."""
    engine = create_engine(empty)
    with engine.begin() as connection:
        with_first_revision(connection)
    kept = create_engine(build_sqlite(tmp_path / "kept.db"))
    theirs, mine = inspect(kept), inspect(engine)
    assert set(mine.get_table_names()) == set(theirs.get_table_names())
    for name in theirs.get_table_names():
        columns = [
            [(c["name"], c["nullable"]) for c in found.get_columns(name)]
            for found in (mine, theirs)
        ]
        assert columns[0] == columns[1], name
        keys = [found.get_pk_constraint(name)["constrained_columns"] for found in (mine, theirs)]
        assert keys[0] == keys[1], name
        named = [{i["name"] for i in found.get_indexes(name)} for found in (mine, theirs)]
        assert named[0] == named[1], name
    engine.dispose()
    kept.dispose()
