"""Cells decided by hand, an independent spread of labels, and invariants of the coverage."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from shapely import box

from geo.boundaries.grid import (
    Grid,
    burn,
    dissolve_to_parents,
    grid_over,
    grow,
    iou_by_code,
    polygonise,
    regions,
    to_storage,
    with_measures,
)
from geo.boundaries.validate import check_coverage
from geo.crs import STORAGE_CRS
from geo.errors import CodeError, CrsError, GeometryError, ParameterError
from tests.metric import METRIC_CRS
from tools.coverage import (
    CoverageParams,
    absorb_specks,
    build_coverage,
    decide,
    drop_strays,
    fill_holes,
)

CODES = ["91.01.01.2001", "91.01.01.2002", "91.01.02.2001", "91.02.01.2001"]


def cells(*rows: str) -> np.ndarray:
    return np.array([[0 if c == "." else int(c) for c in row] for row in rows], dtype=np.int16)


def grid_of(labels: np.ndarray, cell_m: float = 100.0) -> Grid:
    return Grid(west=0.0, north=0.0, cell_m=cell_m, rows=labels.shape[0], columns=labels.shape[1])


def steps_to_label(labels: np.ndarray, into: np.ndarray) -> np.ndarray:
    """Shortest king's walks by plain relaxation: independent of the product's ring by ring way."""
    far = 10_000
    steps = np.where(labels > 0, 0, far)
    for _ in range(labels.size):
        padded = np.pad(steps, 1, constant_values=far)
        rows, columns = labels.shape
        best = np.min(
            [
                padded[1 + i : 1 + i + rows, 1 + j : 1 + j + columns]
                for i in (-1, 0, 1)
                for j in (-1, 0, 1)
            ],
            axis=0,
        )
        new = np.where(into & (labels == 0), np.minimum(steps, best + 1), steps)
        if (new == steps).all():
            break
        steps = new
    return steps


class TestGrow:
    def test_side_neighbour_wins_over_corner(self) -> None:
        labels = cells("1..", "...", "..2")
        into = cells(".1.", ".1.", "...") > 0
        assert grow(labels, into).tolist() == cells("11.", ".1.", "..2").tolist()

    def test_stops_after_the_steps_asked_for(self) -> None:
        labels = cells("1.....")
        everywhere = np.ones_like(labels, dtype=bool)
        assert grow(labels, everywhere, 2).tolist() == cells("111...").tolist()
        assert grow(labels, everywhere).tolist() == cells("111111").tolist()

    def test_does_not_cross_what_is_not_in_the_mask(self) -> None:
        labels = cells("1....")
        into = cells(".1.11") > 0
        assert grow(labels, into).tolist() == cells("11...").tolist()

    def test_input_is_left_alone(self) -> None:
        labels = cells("1.")
        grow(labels, np.ones_like(labels, dtype=bool))
        assert labels.tolist() == [[1, 0]]

    @given(
        hnp.arrays(np.int16, (6, 7), elements=st.sampled_from([0, 0, 0, 1, 2])),
        hnp.arrays(np.bool_, (6, 7)),
        st.integers(0, 5),
    )
    def test_reaches_the_cells_that_shortest_walks_reach(
        self, labels: np.ndarray, into: np.ndarray, limit: int
    ) -> None:
        steps = steps_to_label(labels, into)
        assert ((grow(labels, into) > 0) == (steps < 10_000)).all()
        assert ((grow(labels, into, limit) > 0) == (steps <= limit)).all()


class TestDecide:
    # Codes 1 and 2 stand for each other in the second vintage, as regencies do in two schemes.
    SWAP = np.array([0, 2, 1], dtype=np.int16)

    def test_first_vintage_decides_the_unit(self) -> None:
        found = decide(cells("1122"), cells("2211"), self.SWAP)
        assert found.labels.tolist() == cells("1122").tolist()
        found = decide(cells("1122"), cells("1111"), self.SWAP)
        assert found.labels.tolist() == cells("1122").tolist()

    def test_second_vintage_decides_land_and_sea(self) -> None:
        found = decide(cells("111.", "111."), cells("2222", ".222"), self.SWAP)
        assert found.labels.tolist() == cells("1111", ".111").tolist()
        assert found.cells["second_only_added"] == 2
        assert found.cells["first_only_made_sea"] == 1

    def test_coasts_within_the_band_are_the_same(self) -> None:
        first, second = cells("1111.."), cells("222222")
        assert decide(first, second, self.SWAP, 2).labels.tolist() == first.tolist()
        assert decide(first, second, self.SWAP, 1).labels.tolist() == cells("111111").tolist()
        first, second = cells("111111"), cells("2222..")
        assert decide(first, second, self.SWAP, 2).labels.tolist() == first.tolist()
        assert decide(first, second, self.SWAP, 1).labels.tolist() == cells("1111..").tolist()

    def test_a_patch_that_leaves_the_band_keeps_its_foot(self) -> None:
        first = cells("11111111", "........", "........")
        second = cells("22222222", "..2.2222", "..2.....")
        expected = cells("11111111", ".1111111", "..1.....")
        found = decide(first, second, self.SWAP, 1).labels
        # The spit in column 2 leaves the band of one cell, the strip in columns 4 to 7 does not.
        assert found[2].tolist() == expected[2].tolist()
        assert found[1, 2] == 1
        assert found[1, 4:].tolist() == [0, 0, 0, 0]

    def test_island_of_the_first_vintage_alone_stays(self) -> None:
        found = decide(cells("11..2"), cells("22..."), self.SWAP)
        assert found.labels.tolist() == cells("11..2").tolist()
        assert found.cells["first_only_island_kept"] == 1

    def test_island_of_the_second_vintage_alone_goes_by_its_code(self) -> None:
        found = decide(cells("11..."), cells("22..1"), self.SWAP)
        assert found.labels.tolist() == cells("11..2").tolist()
        assert found.cells["second_only_island_added"] == 1

    def test_joined_land_goes_to_the_nearest_unit_not_by_its_code(self) -> None:
        found = decide(cells("11...22"), cells("2222222"), self.SWAP)
        # The middle cell is as near to either; west comes before east.
        assert found.labels.tolist() == cells("1111222").tolist()

    def test_different_shapes_are_refused(self) -> None:
        with pytest.raises(ParameterError):
            decide(cells("11"), cells("111"), self.SWAP)

    @given(
        hnp.arrays(np.int16, (6, 8), elements=st.integers(0, 2)),
        hnp.arrays(np.int16, (6, 8), elements=st.integers(0, 2)),
        st.integers(0, 3),
    )
    def test_each_cell_has_one_reason(
        self, first: np.ndarray, second: np.ndarray, band: int
    ) -> None:
        found = decide(first, second, self.SWAP, band)
        both = (first > 0) & (second > 0)
        assert (found.labels[both] == first[both]).all()
        assert (found.labels[(first == 0) & (second == 0)] == 0).all()
        assert sum(found.cells.values()) == int(((first > 0) | (second > 0)).sum())
        dry = found.cells["first_only_made_sea"] + found.cells["second_only_left_sea"]
        assert int((found.labels > 0).sum()) == sum(found.cells.values()) - dry


class TestCleaning:
    def test_small_water_inside_is_filled_large_is_not(self) -> None:
        labels = cells("1111111", "1.11..1", "1111111")
        grid = grid_of(labels)
        assert (
            fill_holes(labels, grid, 1).tolist() == cells("1111111", "1111..1", "1111111").tolist()
        )
        assert (fill_holes(labels, grid, 2) == 1).all()
        assert fill_holes(labels, grid, 0).tolist() == labels.tolist()

    def test_specks_join_their_neighbour_islets_and_small_units_stay(self) -> None:
        labels = cells("111222", "121222", "111222", "......", "2..3..")
        found = absorb_specks(labels, grid_of(labels), 1)
        assert found.tolist() == cells("111222", "111222", "111222", "......", "2..3..").tolist()

    def test_far_small_parts_are_dropped_near_or_large_ones_are_not(self) -> None:
        main, stray = box(0, 0, 5_000, 5_000), box(150_000, 0, 150_060, 60)
        near, large = box(20_000, 0, 20_060, 60), box(150_000, 9_000, 151_000, 10_000)
        frame = gpd.GeoDataFrame(
            {"code": ["a", "b"]},
            geometry=[shapely.MultiPolygon([main, stray, near, large]), main],
            crs=METRIC_CRS,
        )
        kept, notes = drop_strays(frame)
        assert kept.geometry.iloc[0].equals(shapely.MultiPolygon([main, near, large]))
        assert kept.geometry.iloc[1].equals(main)
        assert notes == ["a: 0.36 ha, 145 km from the rest"]
        assert len(frame.geometry.iloc[0].geoms) == 4


class TestGridAndShapes:
    def test_grid_has_a_rim_and_whole_cells(self) -> None:
        grid = grid_over(np.array([[5.0, 5.0, 95.0, 95.0]]), 10.0, margin_cells=1)
        assert (grid.west, grid.north, grid.shape) == (-10.0, 110.0, (12, 12))
        assert burn(np.array([box(4, 4, 96, 96)], dtype=object), grid).sum() == 10 * 10

    @pytest.mark.parametrize(("cell", "margin"), [(0.0, 1), (-1.0, 1), (10.0, 0)])
    def test_impossible_grids_are_refused(self, cell: float, margin: int) -> None:
        with pytest.raises(ParameterError):
            grid_over(np.array([[0.0, 0.0, 1.0, 1.0]]), cell, margin)

    @pytest.mark.parametrize(
        ("name", "value"),
        [("cell_m", 0.0), ("tolerance_m", -1.0), ("coast_band_m", float("nan")), ("decimals", 3)],
    )
    def test_impossible_parameters_are_refused(self, name: str, value: float) -> None:
        with pytest.raises(ParameterError) as caught:
            CoverageParams(**{name: value})
        assert caught.value.name == name

    def test_a_unit_without_a_cell_is_an_error(self) -> None:
        labels = cells("11")
        with pytest.raises(GeometryError, match=r"91\.01\.01\.2002: no cell left"):
            polygonise(labels, CODES[:2], grid_of(labels), 0.0, METRIC_CRS)

    @settings(max_examples=40, deadline=None)
    @given(hnp.arrays(np.int16, (7, 9), elements=st.integers(0, 4)), st.sampled_from([0.0, 150.0]))
    def test_parts_equal_whole_at_each_level(self, labels: np.ndarray, tolerance: float) -> None:
        labels = np.pad(labels, 1)
        labels[0, :4] = [1, 2, 3, 4]  # each unit has a cell
        grid = grid_of(labels, 200.0)
        units = polygonise(labels, CODES, grid, tolerance, METRIC_CRS)
        if tolerance == 0.0:
            counts = np.bincount(labels.ravel(), minlength=5)[1:]
            assert np.allclose(units.area, counts * 200.0**2)
        stored = to_storage(units, 6)
        kecamatan = dissolve_to_parents(stored)
        kabupaten = dissolve_to_parents(kecamatan)
        assert list(kecamatan["code"]) == ["91.01.01", "91.01.02", "91.02.01"]
        assert list(kabupaten["code"]) == ["91.01", "91.02"]
        whole = stored.union_all()
        for level in (stored, kecamatan, kabupaten):
            assert check_coverage(level).faults == ()
            assert np.isclose(
                level.to_crs(METRIC_CRS).area.sum(), stored.to_crs(METRIC_CRS).area.sum()
            )
            assert level.union_all().equals(whole)

    @given(hnp.arrays(np.int16, (5, 6), elements=st.integers(0, 3)))
    def test_regions_burn_back_to_the_same_cells(self, labels: np.ndarray) -> None:
        grid = grid_of(labels)
        polygons, values = regions(labels, labels > 0, grid)
        back = burn(polygons, grid)
        again = np.concatenate([[0], values]).astype(np.int16)[back]
        assert again.tolist() == labels.tolist()


class TestBuild:
    """Two square units side by side, 2 km each; the second vintage adds an island to the east."""

    PARAMS = CoverageParams(cell_m=50.0, tolerance_m=0.0, coast_band_m=100.0)

    def frames(self) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
        first = gpd.GeoDataFrame(
            {"code": CODES[:2]},
            geometry=[box(0, 0, 2_000, 2_000), box(2_010, 0, 4_000, 2_000)],
            crs=METRIC_CRS,
        )
        island = box(6_000, 0, 7_000, 1_000)
        second = gpd.GeoDataFrame(
            {"code": ["9102", "9101"]},
            geometry=[
                shapely.MultiPolygon([box(0, 0, 2_500, 2_000), island]),
                box(2_500, 0, 4_600, 2_000),
            ],
            crs=METRIC_CRS,
        )
        return first, second

    def build(self) -> gpd.GeoDataFrame:
        pairs = {"9102": CODES[1], "9101": CODES[0]}
        return build_coverage(*self.frames(), pairs, self.PARAMS).units

    def test_units_are_what_the_rule_says(self) -> None:
        units = self.build()
        # The gap of 10 m is closed, the coast of the second unit moves 600 m east, and the island
        # goes by its code to the second unit.
        want = gpd.GeoDataFrame(
            {"code": CODES[:2]},
            geometry=[
                box(0, 0, 2_000, 2_000),
                shapely.union_all([box(2_000, 0, 4_600, 2_000), box(6_000, 0, 7_000, 1_000)]),
            ],
            crs=METRIC_CRS,
        )
        assert (iou_by_code(units, want) > 0.999).all()
        assert check_coverage(units, required=CODES[:2]).faults == ()

    def test_measures_lie_in_the_largest_part(self) -> None:
        units = with_measures(self.build())
        assert units["area_km2"].tolist() == pytest.approx([4.0, 6.2], abs=0.01)
        points = gpd.GeoSeries.from_xy(units["lon"], units["lat"], crs=STORAGE_CRS)
        assert (
            points.to_crs(METRIC_CRS)
            .within(
                gpd.GeoSeries(
                    [box(0, 0, 2_000, 2_000), box(2_000, 0, 4_600, 2_000)], crs=METRIC_CRS
                )
            )
            .all()
        )

    def test_other_projections_are_refused(self) -> None:
        first, second = self.frames()
        with pytest.raises(CrsError):
            build_coverage(first.to_crs("EPSG:32748"), second, {}, self.PARAMS)
        with pytest.raises(CrsError):
            build_coverage(first, second.set_crs(None, allow_override=True), {}, self.PARAMS)

    def test_a_code_that_stands_for_nothing_is_refused(self) -> None:
        first, second = self.frames()
        with pytest.raises(CodeError) as caught:
            build_coverage(first, second, {"9102": CODES[1]}, self.PARAMS)
        assert caught.value.value == "9101"

    def test_iou_of_half_overlapping_squares_is_a_third(self) -> None:
        one = gpd.GeoDataFrame({"code": ["a"]}, geometry=[box(0, 0, 200, 100)], crs=METRIC_CRS)
        two = gpd.GeoDataFrame(
            {"code": ["a", "b"]}, geometry=[box(100, 0, 300, 100), box(0, 0, 1, 1)], crs=METRIC_CRS
        )
        assert iou_by_code(one, two).to_dict() == pytest.approx({"a": 1 / 3, "b": 0.0})
