"""Preparing: all the first time, nothing the second, never at the cost of what was imported."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import shapely

from data.boundaries.shapes import read_shapes, shipped_source
from data.errors import SourceMissingError
from data.export import export_frame
from data.ingest.history import undo_import
from data.paths import ROOT, shipped_dir
from data.static_files import copy_vendor_files
from data.store import tables as schema
from data.store.engine import Store
from data.store.shipped import read_table, shipped_digest
from services.dataset import LEVELS, load_dataset
from services.exports import export_layer
from services.ingest.imports import import_file
from services.ingest.layers import import_boundary_file
from services.prepare import Prepared, open_prepared, prepare
from tests.conftest import NEWS

TABLES = tuple(name for name in schema.metadata.tables if name != "meta")
SHIPPED = len(pd.read_csv(shipped_dir() / "reports.csv"))
ROWS = {"units": 448, "tps": 4116, "reports": SHIPPED, "elections": 3}
REPORT = (
    "Tanggal,Kab/Kota,Kecamatan,Desa,Jenis,Tingkat,Uraian,Sumber\n"
    "14/02/2024,Bangka Tengah,Koba,Penyak,Unjuk rasa,2,SIMULASI: aksi,https://contoh.invalid/1\n"
    "15/02/2024,Belitung,,,Politik uang,3,SIMULASI: uang,Radio contoh\n"
)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Prepared]:
    path = tmp_path_factory.mktemp("prepared") / "siaga.db"
    store = Store.open(f"sqlite:///{path}")
    done = prepare(store)
    store.close()
    return path, done


@pytest.fixture
def store(prepared: tuple[Path, Prepared], tmp_path: Path) -> Iterator[Store]:
    """A prepared store of the test's own."""
    shutil.copyfile(prepared[0], tmp_path / "siaga.db")
    opened = Store.open(f"sqlite:///{tmp_path / 'siaga.db'}")
    yield opened
    opened.close()


def contents(store: Store) -> dict[str, pd.DataFrame]:
    return {name: store.read(name) for name in TABLES if name not in schema.ledger.NAMES}


def assert_same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, other[name], obj=name)


def as_if_older(store: Store) -> None:
    """Make the store look as if an older version of the product had filled it."""
    with store.begin("setup.prepare") as connection:
        store.set_meta(connection, "shipped_digest", "of an older version")


def brought_in(store: Store, folder: Path) -> dict[str, pd.DataFrame]:
    """Import two reports, and boundaries that differ from those shipped; return the tables."""
    reports = folder / "laporan.csv"
    reports.write_text(REPORT, encoding="utf-8")
    assert import_file(store, "reports", reports).accepted == 2
    moved = read_shapes(store, "kecamatan")[["code", "geometry"]]
    moved["geometry"] = moved.geometry.translate(xoff=0.001)
    moved.to_file(folder / "batas.gpkg", driver="GPKG")
    done = import_boundary_file(store, folder / "batas.gpkg", "kecamatan", "code")
    assert done.as_dict() == {
        "level": "kecamatan", "units": 47, "derived": ("kabupaten",), "stale": ("desa",),
        "import_id": done.import_id, "changed_ha": {}, "dissolved_rows": 0,
    }  # fmt: skip
    return contents(store)


def test_the_first_time_fills_the_store(prepared: tuple[Path, Prepared]) -> None:
    done = prepared[1]
    assert done.seeded
    assert {name: done.rows[name] for name in ROWS} == ROWS
    assert done.rows["unit_shapes"] == 7 + 47 + 391
    assert done.address.endswith("siaga.db")


def test_the_second_time_changes_nothing(store: Store) -> None:
    before, revision = contents(store), store.revision()
    done = prepare(store)
    assert (done.seeded, done.static_files) == (False, 0)
    assert store.revision() == revision
    assert_same(before, contents(store))


def test_what_did_not_change_is_not_even_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read() -> dict[str, pd.DataFrame]:
        raise AssertionError("the tables were read")

    monkeypatch.setattr("services.prepare.load_shipped", read)
    prepare(store)
    as_if_older(store)
    with pytest.raises(AssertionError, match="were read"):
        prepare(store)


def test_the_digest_is_of_names_and_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(shipped_dir(), tmp_path / shipped_dir().name)
    known = shipped_digest()
    monkeypatch.setenv("SIAGA_SHIPPED", str(tmp_path))
    folder = shipped_dir()
    assert folder.parent == tmp_path
    assert shipped_digest() == known
    agenda = folder / "agenda.csv"
    whole = agenda.read_bytes()
    os.utime(agenda, (0, 0))
    (folder / ".part-x").mkdir()
    (folder / ".part-x" / "agenda.csv").write_bytes(b"half")
    assert shipped_digest() == known
    agenda.write_bytes(whole + b"\n")
    assert shipped_digest() != known
    agenda.rename(folder / "agenda2.csv")
    (folder / "agenda2.csv").write_bytes(whole)
    assert shipped_digest() != known


def test_other_code_reads_the_files_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = shipped_digest()
    for name in ("data", "geo"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("shipped"))
    monkeypatch.setattr("data.store.shipped.ROOT", tmp_path)
    assert shipped_digest() == known
    with (tmp_path / "geo" / "codes.py").open("a") as code:
        code.write("# changed\n")
    assert shipped_digest() != known


def test_shipped_data_written_again_is_the_same(store: Store) -> None:
    before, revisions = contents(store), store.revisions()
    as_if_older(store)
    assert prepare(store).seeded
    assert_same(before, contents(store))
    raised = {after - revisions[name] for name, after in store.revisions().items()}
    assert raised == {0, 1}  # one write of all that ships
    assert not prepare(store).seeded


def test_what_users_brought_in_survives_newer_shipped_data(store: Store, tmp_path: Path) -> None:
    before = brought_in(store, tmp_path)
    as_if_older(store)
    assert prepare(store).seeded
    after = contents(store)
    assert_same(before, after)
    assert len(after["reports"]) == SHIPPED + 2
    assert after["reports"]["import_id"].notna().sum() == 2
    origin = after["unit_shapes"].groupby("level")["source"].unique()
    assert origin["kecamatan"].tolist() == ["batas.gpkg"]
    assert origin["kabupaten"].tolist() == ["batas.gpkg"]
    assert origin["desa"].tolist() == [shipped_source()]
    load_dataset(store)


def test_rows_that_are_shipped_no_more_leave_the_store(store: Store) -> None:
    with store.begin("setup.prepare") as connection:
        old = store.read("agenda").head(1).assign(agenda_id="AGD-LAMA")
        store.insert_frame(connection, schema.agenda, old)
        store.set_meta(connection, "shipped_keys.agenda", '["AGD-LAMA"]')
        mine = old.assign(agenda_id="MILIK-TIM", title="SIMULASI: agenda tim")
        store.insert_frame(connection, schema.agenda, mine)
        gone = store.read("reports").head(1).assign(report_id="BBL-LAMA")
        store.insert_frame(connection, schema.reports, gone)
        store.set_meta(connection, "shipped_digest", "of an older version")
    prepare(store)
    agenda = set(store.read("agenda")["agenda_id"])
    assert "AGD-LAMA" not in agenda
    assert "MILIK-TIM" in agenda
    assert "BBL-LAMA" not in set(store.read("reports")["report_id"])


def older_reports(store: Store) -> pd.DataFrame:
    """Make the store one of the first list of reports, and return these as they were shipped."""
    old = read_table(NEWS / "reports.csv", schema.reports)
    with store.begin("setup.prepare") as connection:
        store.replace(connection, schema.reports, old, schema.reports.c.import_id.is_(None))
        store.set_meta(connection, "shipped_digest", "of an older version")
    return old


def test_an_older_store_gets_new_reports_and_corrections_but_for_what_was_put_right(
    store: Store, tmp_path: Path
) -> None:
    shipped = store.read("reports").set_index("report_id")
    old = older_reports(store)
    assert len(old) < len(shipped)
    mine = old[old["report_id"].eq("BBL-0118")].assign(severity=1)
    path = export_frame(mine, tmp_path / "laporan.csv", "reports")
    assert import_file(store, "reports", path).corrected == 1
    assert prepare(store).seeded
    now = store.read("reports").set_index("report_id")
    assert now.loc["BBL-0118", "severity"] == 1
    assert set(now.index) == set(shipped.index)
    rest = shipped.index.drop("BBL-0118")
    pd.testing.assert_frame_equal(now.loc[rest], shipped.loc[rest])


def test_a_correction_taken_back_leaves_the_report_that_ships_today(
    store: Store, tmp_path: Path
) -> None:
    shipped = store.read("reports").set_index("report_id")
    old = older_reports(store)
    path = tmp_path / "laporan.csv"
    mine = old[old["report_id"].eq("BBL-0118")].assign(severity=1)
    done = import_file(store, "reports", export_frame(mine, path, "reports"))
    prepare(store)
    assert undo_import(store, done.import_id)["restored"] == 1
    prepare(store)
    now = store.read("reports").set_index("report_id")
    pd.testing.assert_frame_equal(now.loc[shipped.index], shipped)


def test_an_interrupted_change_of_shipped_data_leaves_the_store_as_it_was(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_if_older(store)
    before, revision = contents(store), store.revision()

    def fail(_connection: object) -> None:
        raise RuntimeError("interrupted")

    monkeypatch.setattr("services.prepare.refresh_points", fail)
    with pytest.raises(RuntimeError, match="interrupted"):
        prepare(store)
    assert_same(before, contents(store))
    assert store.revision() == revision
    assert store.meta("shipped_digest") == "of an older version"


def test_points_move_into_imported_boundaries_and_nothing_else_moves(
    store: Store, tmp_path: Path
) -> None:
    before = store.units().set_index("code")
    brought_in(store, tmp_path)
    after = store.units().set_index("code")
    moved = (before["lon"] != after["lon"]) | (before["lat"] != after["lat"])
    assert set(before.loc[moved, "level"]) == {"kabupaten", "kecamatan"}
    for level in LEVELS[:2]:
        assert_points_inside(store, level)
    pd.testing.assert_frame_equal(
        before.drop(columns=["lon", "lat"]), after.drop(columns=["lon", "lat"])
    )


def assert_points_inside(store: Store, level: str) -> None:
    shapes = read_shapes(store, level).set_index("code")
    places = store.units().set_index("code").loc[shapes.index]
    points = shapely.points(places["lon"], places["lat"])
    assert shapely.covers(shapes.geometry.to_numpy(), points).all()


def test_tps_move_with_the_point_of_their_desa(store: Store, tmp_path: Path) -> None:
    moved = read_shapes(store, "desa")[["code", "geometry"]]
    moved["geometry"] = moved.geometry.translate(xoff=0.001)
    moved.to_file(tmp_path / "desa.gpkg", driver="GPKG")
    done = import_boundary_file(store, tmp_path / "desa.gpkg", "desa", "code")
    assert (done.units, done.derived, done.stale) == (391, ("kabupaten", "kecamatan"), ())
    for level in LEVELS:
        assert_points_inside(store, level)
    as_if_older(store)
    prepare(store)
    units, tps = store.units().set_index("code"), store.read("tps")
    for axis in ("lon", "lat"):
        assert tps[axis].tolist() == tps["desa_code"].map(units[axis]).tolist()


def test_imported_boundaries_are_drawn_and_exported(store: Store, tmp_path: Path) -> None:
    shipped = load_dataset(store)
    brought_in(store, tmp_path)
    data = load_dataset(store)
    for level in LEVELS[:2]:
        west = data.shapes[level].total_bounds[0]
        assert west == pytest.approx(shipped.shapes[level].total_bounds[0] + 0.001, abs=1e-6)
        assert len(data.display_shapes[level]) == len(data.shapes[level])
        assert data.display_shapes[level].geometry.is_valid.all()
    assert export_layer(store, "kecamatan", tmp_path / "keluar.geojson") == 47


def test_a_store_is_prepared_on_first_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert len(open_prepared().units()) == ROWS["units"]
    store = open_prepared()
    revision = store.revision()
    store.close()
    again = open_prepared()
    assert again.revision() == revision
    again.close()


def test_static_files_are_library_files_and_are_rewritten_only_when_different(
    tmp_path: Path,
) -> None:
    target = tmp_path / "vendor"
    first = copy_vendor_files(target)
    files = sorted(p for p in target.rglob("*") if p.is_file())
    assert first == len(files) > 3
    assert {p.relative_to(target).parts[0] for p in files} == {"leaflet", "jquery", "siaga"}
    assert {p.suffix for p in files} <= {".js", ".css", ".png"}
    stamps = {p: p.stat().st_mtime_ns for p in files}
    assert copy_vendor_files(target) == 0
    assert {p: p.stat().st_mtime_ns for p in files} == stamps
    script = target / "leaflet" / "leaflet.js"
    whole = script.read_bytes()
    script.write_bytes(whole[:100])
    (target / "leaflet" / "images").joinpath(files[0].name).unlink(missing_ok=True)
    assert copy_vendor_files(target) >= 1
    assert script.read_bytes() == whole
    assert not list(target.rglob(".part-*"))


def test_the_public_folder_holds_nothing_but_library_files_and_land(
    prepared: tuple[Path, Prepared],
) -> None:
    static = Path(__file__).resolve().parents[2] / "static"
    for path in static.rglob("*"):
        if path.is_file() and not path.name.startswith("."):
            folder = path.relative_to(static).parts[0]
            assert folder in {"vendor", "geo"}, path
            assert path.suffix in {"vendor": {".js", ".css", ".png"}, "geo": {".json"}}[folder], (
                path
            )


def test_a_wheel_without_its_file_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"leaflet": ("xstatic.pkg.leaflet", ("no_such_file.js",))}
    monkeypatch.setattr("data.static_files._FILES", files)
    with pytest.raises(SourceMissingError) as caught:
        copy_vendor_files(tmp_path)
    assert caught.value.path.name == "no_such_file.js"
