"""Details of a coverage: neighbours meet exactly, nothing vanishes, levels share their points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.boundaries.lattice import cell_shapes, grow_islands
from geo.boundaries.levels import (
    TOLERANCES,
    LevelShapes,
    detail_at,
    level_details,
    touching_provinces,
)
from geo.codes import LEVELS
from geo.errors import GeometryError, ParameterError


def _world(sizes: list[int], seed: int, provinces: int = 1) -> tuple[npt.NDArray, npt.NDArray]:
    """Return codes and shapes of desa on islands; provinces meet on land, cut by columns."""
    rng = np.random.default_rng(seed)
    cells, _ = grow_islands(sizes, 30, 30, rng)
    shapes = cell_shapes(cells, 110.0, -4.0, 0.04, rng)
    province = 30 + np.argsort(np.argsort(cells[:, 0], kind="stable")) * provinces // len(cells)
    codes = [
        f"{p}.{1 + x // 8 % 90:02d}.{1 + y // 4 % 90:02d}.{2001 + n}"
        for n, (p, (x, y)) in enumerate(zip(province, cells, strict=True))
    ]
    return np.array(codes, dtype=object), shapes


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=5), st.integers(0, 1000), st.integers(1, 3)
)
def test_neighbours_meet_and_nothing_vanishes(sizes: list[int], seed: int, provinces: int) -> None:
    codes, shapes = _world(sizes, seed, provinces)
    wanted = {
        level: sorted({".".join(code.split(".")[: n + 1]) for code in codes})
        for n, level in enumerate(LEVELS)
    }
    found = list(level_details(codes, shapes))
    assert {(one.detail, one.level) for one in found} == {
        (detail, level) for detail in range(len(TOLERANCES)) for level in LEVELS
    }
    for one in found:
        assert list(one.codes) == wanted[one.level]
        assert shapely.is_valid(one.shapes).all()
        assert (shapely.area(one.shapes) > 0).all()
        assert shapely.coverage_is_valid(one.shapes)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=4), st.integers(0, 1000))
def test_islands_survive_and_levels_share_points(sizes: list[int], seed: int) -> None:
    codes, shapes = _world(sizes, seed)
    islands = shapely.get_num_geometries(shapely.union_all(shapes))
    for detail in range(len(TOLERANCES)):
        by_level = {one.level: one for one in level_details(codes, shapes) if one.detail == detail}
        whole = shapely.union_all(by_level["desa"].shapes)
        # An island is land of its own in every detail, however small; none grows into another.
        assert shapely.get_num_geometries(by_level["provinsi"].shapes).sum() == islands
        assert shapely.get_num_geometries(whole) == islands
        finer = _points(by_level["desa"])
        for level in ("kecamatan", "kabupaten", "provinsi"):
            assert _points(by_level[level]) <= finer
            finer = _points(by_level[level])


def _points(one: LevelShapes) -> set[tuple[float, float]]:
    return {tuple(xy) for xy in shapely.get_coordinates(one.shapes).tolist()}


def test_a_bay_by_hand() -> None:
    # Two squares side by side; the left one's shore has a bay of 0.001 degrees.
    left = shapely.Polygon([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0.5005), (0.001, 0.5), (0, 0.4995)])
    codes = np.array(["11.01.01.2001", "11.01.01.2002"], dtype=object)
    found = {
        one.detail: one.shapes
        for one in level_details(codes, np.array([left, shapely.box(1, 0, 2, 1)]))
        if one.level == "desa"
    }
    assert shapely.get_num_coordinates(found[0]).tolist() == [8, 5]
    # Coarser than the bay it is gone: the left one is a square, and both keep the common side.
    assert shapely.equals(found[2][0], shapely.box(0, 0, 1, 1))
    assert shapely.equals(found[2][1], shapely.box(1, 0, 2, 1))


def test_an_islet_below_every_tolerance_stays() -> None:
    islet = shapely.Point(5, 5).buffer(0.0004)
    far = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.Point(3, 3).buffer(0.0004)])
    codes = np.array(["11.01.01.2001", "11.01.01.2002"], dtype=object)
    for one in level_details(codes, np.array([islet, far])):
        assert shapely.get_num_geometries(one.shapes).sum() == 3
        assert (shapely.area(shapely.get_parts(one.shapes)) > 0).all()


def test_provinces_that_meet_are_one_group() -> None:
    def row(*west: float) -> npt.NDArray[np.object_]:
        return np.array([shapely.box(x, 0, x + 1, 1) for x in west], dtype=object)

    found = touching_provinces(
        {"14": row(9), "11": row(0), "13": row(2), "12": row(1), "15": row(6)}
    )
    assert found == [["11", "12", "13"], ["14"], ["15"]]
    # The boxes of two provinces may overlap while there is only water between them.
    around = np.array([shapely.box(-5, -5, 30, 30) - shapely.box(-4, -4, 29, 29)], dtype=object)
    assert touching_provinces({"11": row(0), "12": around}) == [["11"], ["12"]]


@settings(max_examples=50)
@given(st.floats(0, 30))
def test_a_detail_is_off_by_at_most_a_pixel(zoom: float) -> None:
    pixel = 360 / 256 / 2**zoom
    detail = detail_at(zoom)
    assert TOLERANCES[detail] <= pixel
    assert detail == len(TOLERANCES) - 1 or TOLERANCES[detail + 1] > pixel


def test_what_is_no_coverage_of_desa_is_refused() -> None:
    square = np.array([shapely.box(0, 0, 1, 1)], dtype=object)
    one = np.array(["11.01.01.2001"], dtype=object)
    with pytest.raises(ParameterError, match="1, one per code"):
        list(level_details(one, np.append(square, square)))
    with pytest.raises(ParameterError, match=r"'?11\.01'?"):
        list(level_details(np.array(["11.01"], dtype=object), square))
    with pytest.raises(ParameterError, match="each code once"):
        list(level_details(np.append(one, one), np.append(square, shapely.box(1, 0, 2, 1))))
    two = np.array(["11.01.01.2001", "11.01.01.2002"], dtype=object)
    over = np.append(square, shapely.box(0.5, 0, 2, 1))
    with pytest.raises(GeometryError, match=r"11\.01\.01\.200"):
        list(level_details(two, over))
    with pytest.raises(ParameterError, match="0 to 30"):
        detail_at(-1)
