"""Imported boundaries can be taken back: shapes, points of units, and TPS that moved with them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from data.boundaries.shapes import read_shapes
from data.errors import ImportReplacedError
from data.ingest.history import undo_import
from data.store.engine import Store
from services.ingest.layers import BoundaryImport, import_boundary_file

TABLES = ("units", "unit_shapes", "tps", "imports", "history", "quarantine")


def state(store: Store) -> dict[str, pd.DataFrame]:
    return {name: store.read(name) for name in TABLES}


def assert_same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(one[name], other[name], check_exact=True, obj=name)


def bring(store: Store, folder: Path, level: str, shift: float) -> BoundaryImport:
    path = folder / f"{level}{shift}.gpkg"
    if not path.exists():
        moved = read_shapes(store, level)[["code", "geometry"]]
        moved["geometry"] = moved.geometry.translate(xoff=shift)
        moved.to_file(path)
    return import_boundary_file(store, path, level, "code")


@pytest.mark.parametrize("level", ["desa", "kecamatan", "kabupaten"])
def test_undo_brings_everything_back(own_store: Store, tmp_path: Path, level: str) -> None:
    before = state(own_store)
    done = bring(own_store, tmp_path, level, 0.001)
    after = state(own_store)
    assert not after["unit_shapes"].equals(before["unit_shapes"])
    assert (after["tps"]["lon"] != before["tps"]["lon"]).any() == (level == "desa")
    logged = after["imports"].set_index("import_id").loc[done.import_id]
    assert (logged["target"], logged["accepted"]) == ("unit_shapes", done.units)
    undo_import(own_store, done.import_id)
    assert_same(state(own_store), before)


def test_one_after_another_is_undone_in_reverse(own_store: Store, tmp_path: Path) -> None:
    before = state(own_store)
    first = bring(own_store, tmp_path, "desa", 0.001)
    between = state(own_store)
    second = bring(own_store, tmp_path, "kabupaten", 0.002)
    with pytest.raises(ImportReplacedError) as caught:
        undo_import(own_store, first.import_id)
    assert caught.value.later == second.import_id
    undo_import(own_store, second.import_id)
    assert_same(state(own_store), between)
    undo_import(own_store, first.import_id)
    assert_same(state(own_store), before)


def test_the_same_file_twice_is_undone_at_once(own_store: Store, tmp_path: Path) -> None:
    before = state(own_store)
    first = bring(own_store, tmp_path, "kecamatan", 0.001)
    again = bring(own_store, tmp_path, "kecamatan", 0.001)
    assert again == first
    assert own_store.read("imports")["accepted"].tolist() == [first.units]
    undo_import(own_store, first.import_id)
    assert_same(state(own_store), before)


def test_a_unit_that_had_no_shape_has_none_again(own_store: Store, tmp_path: Path) -> None:
    without = own_store.units().query("level == 'desa' and not has_polygon")["code"].iloc[0]
    desa = read_shapes(own_store, "desa")[["code", "geometry"]]
    west = desa.total_bounds[0]
    lone = desa.iloc[[0]].assign(code=without)
    lone["geometry"] = lone.geometry.translate(west - 0.5 - lone.total_bounds[0], 0)
    pd.concat([desa, lone]).to_file(tmp_path / "a.gpkg")
    before = state(own_store)
    done = import_boundary_file(own_store, tmp_path / "a.gpkg", "desa", "code")
    assert own_store.units().set_index("code").loc[without, "has_polygon"]
    undo_import(own_store, done.import_id)
    assert_same(state(own_store), before)
