"""Reports of the nation into a real PostGIS: all or nothing, resumed, corrected, taken back."""

from __future__ import annotations

import csv
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import ImportReplacedError, ImportUnknownError, RightError
from data.nation.checks import COLUMNS
from data.nation.connection import nation_connection, reading
from data.nation.errors import NationError
from data.nation.tables import raise_revision, revisions
from data.store.engine import Store
from data.store.ledger.acts import ROLES, Actor, acting
from data.store.ledger.chain import faults_of
from geo.places.placing import Coverage, place_reports
from services.nation.imports import import_reports, list_held, list_imports, undo_import
from tests.nation.importing import UNITS, assert_counted, counts, current, reports, write
from tests.nation.published import quiet
from tests.nation.worlds import desa_shapes

pytestmark = pytest.mark.postgres


def test_rows_are_published_as_the_file_says_and_where_they_lie(
    store: Store, tmp_path: Path
) -> None:
    rows = reports(5000)
    done = import_reports(store, write(rows, tmp_path / "a.csv"), quiet)
    assert (done.outcome, done.made.rows, done.made.held) == ("published", 5000, 0)
    found = current(store)
    said = pd.read_csv(tmp_path / "a.csv", dtype={"unit_code": str}, keep_default_na=False,
                       na_values={"lon": "", "lat": ""}).sort_values("report_id")  # fmt: skip
    for name in ("report_id", "perkara_id", "kind", "family", "severity", "unit_code"):
        assert list(found[name]) == list(said[name]), name
    assert list(found["date_event"].astype(str)) == list(said["date_event"])
    np.testing.assert_array_equal(found["lon"].astype(float), said["lon"])
    desa = desa_shapes(UNITS)
    coverage = Coverage(desa["code"].to_numpy(object), desa.geometry.to_numpy(), set(UNITS["code"]))
    placed = place_reports(said["lon"].to_numpy(), said["lat"].to_numpy(),
                           said["unit_code"].to_numpy(object), coverage)  # fmt: skip
    assert list(found["place_code"]) == list(placed.place_code)
    assert list(found["reason"]) == list(placed.reason)
    assert done.made.unplaced == (placed.place_code == "").sum() > 0
    assert list(found["line"]) == list(said.index + 2)
    assert_counted(store)


def test_bad_rows_are_held_with_line_column_value_and_reason(store: Store, tmp_path: Path) -> None:
    rows = reports(50).astype(object)
    rows.loc[3, "severity"] = 9
    rows.loc[7, "family"] = "lain"
    rows.loc[9, "report_id"] = rows.loc[2, "report_id"]
    path = write(rows, tmp_path / "bad.csv")
    path.write_bytes(path.read_bytes() + b"too,few\n" + b"\xff\xfe\n" + b"R,\0\n")
    done = import_reports(store, path, quiet)
    assert (done.made.rows, done.made.held) == (47, 6)
    assert [tuple(one) for one in list_held(store, done.made.id)] == [
        (5, "severity", "9", "word_unknown"),
        (9, "family", "lain", "word_unknown"),
        (11, "report_id", rows.loc[2, "report_id"], "duplicate"),
        (52, "", "too,few", "field_count"),
        (53, "", "\ufffd\ufffd", "not_utf8"),
        (54, "", "R,\ufffd", "control"),
    ]
    assert_counted(store)


def test_the_same_file_again_is_unchanged_and_so_are_its_rows(store: Store, tmp_path: Path) -> None:
    rows = reports(500)
    first = import_reports(store, write(rows, tmp_path / "a.csv"), quiet)
    before, seen = current(store), counts(store)
    again = import_reports(store, write(rows, tmp_path / "copy.csv"), quiet)
    assert (again.outcome, again.made.id) == ("unchanged", first.made.id)
    turned = import_reports(store, write(rows[::-1], tmp_path / "turned.csv"), quiet)
    assert (turned.outcome, turned.made.unchanged, turned.made.rows) == ("nothing", 500, 0)
    pd.testing.assert_frame_equal(current(store), before)
    assert counts(store) == seen


def test_a_correction_is_a_new_version_and_undoing_it_brings_the_old_one_back(
    store: Store, tmp_path: Path
) -> None:
    rows = reports(400)
    import_reports(store, write(rows, tmp_path / "a.csv"), quiet)
    before, seen, months = current(store), counts(store), counts(store, "counts_by_month")
    other = rows.iloc[100:200].copy()
    other.loc[other.index[:30], "family"] = "petugas"
    other.loc[other.index[:10], "date_event"] -= pd.Timedelta(days=400)
    more = pd.concat([other, reports(40, seed=2).assign(report_id=lambda r: "N" + r["report_id"])])
    second = import_reports(store, write(more, tmp_path / "b.csv"), quiet)
    assert second.made.unchanged == 100 - second.made.corrected
    assert second.made.corrected == 30
    found = current(store)
    assert len(found) == 440
    assert found["version"].value_counts().to_dict() == {1: 410, 2: 30}
    assert_counted(store)
    with pytest.raises(ImportReplacedError):
        undo_import(store, second.made.id - 1, empty=False)
    undo_import(store, second.made.id, empty=False)
    pd.testing.assert_frame_equal(current(store), before)
    assert (counts(store), counts(store, "counts_by_month")) == (seen, months)
    again = import_reports(store, write(more, tmp_path / "b.csv"), quiet)
    assert (again.outcome, again.made.corrected) == ("published", 30)
    assert_counted(store)
    undo_import(store, again.made.id, empty=True)
    undo_import(store, second.made.id, empty=True)
    undo_import(store, second.made.id - 1, empty=True)
    assert current(store).empty
    assert counts(store) == {}
    with reading(store) as connection:
        left = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'nation'::regnamespace"
            " AND relname ~ '_[0-9]+$'"
        ).fetchone()
    assert left == (0,)
    assert {one.state for one in list_imports(store)} == {"emptied"}


def test_an_undone_import_keeps_its_rows_until_it_is_emptied(store: Store, tmp_path: Path) -> None:
    done = import_reports(store, write(reports(90), tmp_path / "a.csv"), quiet)
    undo_import(store, done.made.id, empty=False)
    with nation_connection(store) as connection:
        kept = connection.execute(f"SELECT count(*) FROM nation.reports_{done.made.id}").fetchone()
    assert kept == (90,)
    with pytest.raises(NationError, match="not_published"):
        undo_import(store, done.made.id, empty=False)
    with pytest.raises(ImportUnknownError):
        undo_import(store, done.made.id + 1000, empty=True)


@pytest.mark.parametrize("role", ROLES)
def test_only_an_admin_publishes_and_takes_back(store: Store, tmp_path: Path, role: str) -> None:
    path = write(reports(20), tmp_path / "a.csv")
    with acting(Actor("kpu.1", "KPU", role)):
        if role == "admin":
            done = import_reports(store, path, quiet)
            assert undo_import(store, done.made.id, empty=True).account == "kpu.1"
            return
        with pytest.raises(RightError):
            import_reports(store, path, quiet)
        with pytest.raises(RightError):
            undo_import(store, 1, empty=True)
    assert list_imports(store) == []


def test_publishing_stands_in_the_log_and_raises_the_revisions(
    store: Store, tmp_path: Path
) -> None:
    with reading(store) as connection:
        before = revisions(connection)
    done = import_reports(store, write(reports(20), tmp_path / "a.csv"), quiet)
    undo_import(store, done.made.id, empty=False)
    with reading(store) as connection:
        after = revisions(connection)
        rows = connection.execute(
            "SELECT what, account, sha256, rows FROM nation.publications ORDER BY id DESC LIMIT 2"
        ).fetchall()
    assert {name: after[name] - before.get(name, 0) for name in after} == {
        "counts": 2, "reports": 2, "shapes": 0, "units": 0,
    }  # fmt: skip
    assert rows == [("nation.undo", "setempat", done.made.sha256, 20),
                    ("nation.publish", "setempat", done.made.sha256, 20)]  # fmt: skip
    log = store.read("audit_log").tail(2)
    assert list(log["action"]) == ["nation.publish", "nation.undo"]
    assert list(log["subject"]) == [str(done.made.id)] * 2
    with store.snapshot() as connection:
        assert faults_of(connection) == []


def test_a_file_of_nothing_publishes_nothing(store: Store, tmp_path: Path) -> None:
    for content in (",".join(COLUMNS), ",".join(COLUMNS) + "\n", ",".join(COLUMNS) + "\n\n\n"):
        path = tmp_path / "none.csv"
        path.write_text(content, encoding="utf-8")
        done = import_reports(store, path, quiet)
        assert (done.outcome, done.made.rows, done.made.held) == ("nothing", 0, 0)


def test_arbitrary_bytes_are_refused_or_held_and_publish_nothing(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "bytes.csv"
    noise = np.random.default_rng(5).bytes(400_000)
    path.write_bytes(noise)
    with pytest.raises(NationError, match="columns"):
        import_reports(store, path, quiet)
    path.write_bytes(",".join(COLUMNS).encode() + b"\n" + noise)
    done = import_reports(store, path, quiet)
    assert done.outcome == "nothing"
    assert done.made.held == len({one.line for one in list_held(store, done.made.id)}) > 1000


def test_values_that_need_quotes_arrive_as_they_are(store: Store, tmp_path: Path) -> None:
    rows = reports(6).astype(object)
    odd = ['a"b', "a,b", "\\.", "NULL", "\\N", "'; DROP TABLE x; --"]
    rows["report_id"] = odd
    with (tmp_path / "odd.csv").open("w", newline="", encoding="utf-8") as file:
        rows.to_csv(file, index=False, date_format="%Y-%m-%d", quoting=csv.QUOTE_ALL)
    done = import_reports(store, tmp_path / "odd.csv", quiet)
    assert done.made.rows == 6
    assert sorted(current(store)["report_id"]) == sorted(odd)


def test_a_reader_sees_all_of_an_import_or_nothing(store: Store, tmp_path: Path) -> None:
    seen, stop = set[tuple[int, int]](), threading.Event()

    def watch() -> None:
        while not stop.is_set():
            with reading(store) as connection:
                row = connection.execute(
                    "SELECT (SELECT count(*) FROM nation.reports WHERE superseded_by IS NULL),"
                    " (SELECT coalesce(sum(reports), 0) FROM nation.counts"
                    " WHERE level = 'provinsi')"
                ).fetchone()
                assert row is not None
                seen.add((int(row[0]), int(row[1])))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        rows = reports(3000)
        done = import_reports(store, write(rows, tmp_path / "a.csv"), quiet)
        placed = 3000 - done.made.unplaced
        undo_import(store, done.made.id, empty=True)
    finally:
        stop.set()
        watcher.join()
    assert seen <= {(0, 0), (3000, placed)}


def test_places_published_again_stop_an_unfinished_import(store: Store, tmp_path: Path) -> None:
    path = write(reports(30), tmp_path / "a.csv")
    with pytest.raises(KeyboardInterrupt):
        import_reports(store, path, interrupts)
    with nation_connection(store) as connection:
        raise_revision(connection, "shapes")
    with pytest.raises(NationError, match="places_changed"):
        import_reports(store, path, quiet)
    undo_import(store, list_imports(store)[0].id, empty=True)
    assert import_reports(store, path, quiet).outcome == "published"


def interrupts(*_: object) -> None:
    raise KeyboardInterrupt


def test_an_import_without_places_or_postgres_says_what_is_missing(
    store: Store, tmp_path: Path
) -> None:
    path = write(reports(5), tmp_path / "a.csv")
    with pytest.raises(NationError, match="sqlite"):
        import_reports(Store.open(f"sqlite:///{tmp_path / 'x.db'}"), path, quiet)
    with nation_connection(store) as connection:
        connection.execute("ALTER TABLE nation.shapes RENAME TO away")
        connection.execute("CREATE TABLE nation.shapes (LIKE nation.away)")
        try:
            with pytest.raises(NationError, match="no_places"):
                import_reports(store, path, quiet)
        finally:
            connection.execute("DROP TABLE nation.shapes")
            connection.execute("ALTER TABLE nation.away RENAME TO shapes")


def test_an_import_brings_the_indexes_that_the_whole_has(store: Store, tmp_path: Path) -> None:
    """Else publishing would build them while it holds everybody up, and leave two of each."""
    number = import_reports(store, write(reports(60), tmp_path / "a.csv"), quiet).made.id
    own = """SELECT count(*), count(h.inhparent) FROM pg_index i
        LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
        WHERE i.indrelid = %s::regclass"""
    whole = "SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass"
    with reading(store) as connection:
        for table, alone in (("reports", 1), ("count_parts", 0)):  # a report_id once in an import
            (every,) = connection.execute(whole, [f"nation.{table}"]).fetchone() or (0,)
            found = connection.execute(own, [f"nation.{table}_{number}"]).fetchone()
            assert found == (every + alone, every)


def test_what_is_asked_often_is_answered_from_an_index_alone(store: Store, tmp_path: Path) -> None:
    import_reports(store, write(reports(4000), tmp_path / "a.csv"), quiet)
    asked = {
        "count_parts": """SELECT code, sum(reports) FROM nation.counts_by_month
            WHERE level = 'kecamatan' AND code = ANY(%s) AND family = 'konflik'
            AND kind = 'kejadian' AND day >= '2027-01-01' GROUP BY code""",
        "unplaced": """SELECT count(*) FROM nation.reports WHERE place_code = ''
            AND superseded_by IS NULL AND family = %s AND kind = 'kejadian'
            AND date_event >= '2027-01-01'""",
    }
    with reading(store) as connection:
        connection.execute("SET LOCAL enable_seqscan = off")
        connection.execute("SET LOCAL enable_bitmapscan = off")
        for name, value in (("count_parts", ["11.01.01"]), ("unplaced", "konflik")):
            plan = connection.execute("EXPLAIN " + asked[name], [value]).fetchall()
            said = " ".join(line for (line,) in plan)
            assert "Index Only Scan" in said or "family_kind_date_event" in said, said
