"""Invented land: islands are connected and apart, cells are a coverage, parts are whole."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label

from geo.boundaries.lattice import INSIDE, cell_shapes, grow_islands, split_compactly
from geo.errors import ParameterError


@settings(max_examples=25)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 1000))
def test_islands_are_connected_and_have_water_between(sizes: list[int], seed: int) -> None:
    cells, island = grow_islands(sizes, 40, 40, np.random.default_rng(seed))
    assert np.bincount(island).tolist() == sizes
    land = np.zeros((40, 40), dtype=int)
    land[cells[:, 0], cells[:, 1]] = 1
    assert land.sum() == len(cells)
    # Independent of how they grew: as many pieces by sides as by corners, and as many as islands.
    assert label(land)[1] == label(land, np.ones((3, 3)))[1] == len(sizes)
    assert not land[[0, -1]].any()
    assert not land[:, [0, -1]].any()


@settings(max_examples=15)
@given(st.integers(2, 120), st.integers(0, 1000))
def test_cells_are_a_coverage_and_hold_their_middle(size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    cells, _ = grow_islands([size, 3], 30, 30, rng)
    side = 0.05
    shapes = cell_shapes(cells, 100.0, -5.0, side, rng)
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    middle = (cells + 0.5) * side + (100.0, -5.0)
    for right in (-INSIDE, INSIDE):
        for up in (-INSIDE, INSIDE):
            corner = shapely.points(middle + np.array([right, up]) * side)
            assert shapely.contains_properly(shapes, corner).all()


def test_a_cell_by_hand() -> None:
    shape = cell_shapes(np.array([[2, 1]]), 10.0, 20.0, 1.0, np.random.default_rng(0))[0]
    west, south, east, north = shape.bounds
    assert west == pytest.approx(12.0, abs=0.25)
    assert south == pytest.approx(21.0, abs=0.25)
    assert east == pytest.approx(13.0, abs=0.25)
    assert north == pytest.approx(22.0, abs=0.25)
    assert shape.area == pytest.approx(1.0, abs=0.5)


@settings(max_examples=30)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=12), st.integers(0, 1000))
def test_parts_have_their_sizes_and_no_cell_is_left(sizes: list[int], seed: int) -> None:
    cells, _ = grow_islands([sum(sizes)], 40, 40, np.random.default_rng(seed))
    part = split_compactly(cells, sizes)
    assert np.bincount(part, minlength=len(sizes)).tolist() == sizes


def test_a_row_of_cells_is_cut_in_order() -> None:
    row = np.array([[n, 5] for n in range(6)])
    assert split_compactly(row, [1, 2, 3]).tolist() == [0, 1, 1, 2, 2, 2]


def test_what_has_no_room_or_does_not_add_up_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ParameterError, match="room for island 1"):
        grow_islands([100], 5, 5, rng)
    with pytest.raises(ParameterError, match="1 or more"):
        grow_islands([0], 5, 5, rng)
    with pytest.raises(ParameterError, match="4 in all"):
        split_compactly(np.zeros((4, 2), dtype=np.int64), [1, 2])
