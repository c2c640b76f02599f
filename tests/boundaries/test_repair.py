"""Edges that miss each other by a little are made to match, and what that changed is told."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from geo.boundaries.repair import GAP_M, USUAL_WIDTH_M, repair_coverage
from geo.crs import STORAGE_CRS
from geo.errors import ParameterError

DEGREE_M = 110_600.0
"""Metres of a degree of latitude at two degrees south, within a thousandth."""


def units(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    codes = [f"99.0{n}" for n in range(1, len(shapes) + 1)]
    return gpd.GeoDataFrame({"code": codes}, geometry=list(shapes), crs=STORAGE_CRS)


def stacked(miss_m: float, low: float = 0.3, high: float = 0.1) -> gpd.GeoDataFrame:
    """Return a large unit and a small one north of it that overlap, or miss, by some metres."""
    edge = -2.0 - miss_m / DEGREE_M
    return units(box(106.0, -2.0 - low, 106.1, -2.0), box(106.0, edge, 106.1, -2.0 + high))


def test_a_coverage_that_fits_is_left_as_it_is() -> None:
    frame = stacked(0)
    done = repair_coverage(frame)
    assert done.units is frame
    assert (done.changed_ha, done.faults) == ({}, ())


def test_an_overlap_goes_to_the_smaller_unit_and_its_hectares_are_told() -> None:
    # A tenth of a degree of longitude there is 11.12 km; 50 m of it are 55.6 ha.
    done = repair_coverage(stacked(50))
    assert done.faults == ()
    assert done.changed_ha == {"99.01": pytest.approx(55.6, abs=0.3)}
    assert shapely.coverage_is_valid(done.units.geometry.to_numpy())
    small = done.units.geometry.iloc[1]
    assert small.equals(stacked(50).geometry.iloc[1])


@pytest.mark.parametrize(("gap_m", "closed"), [(GAP_M - 2, True), (GAP_M + 2, False)])
def test_a_narrow_gap_is_closed_and_a_wide_one_is_water(gap_m: float, closed: bool) -> None:
    west, east = box(105.9, -2.4, 106.0, -1.8), box(106.1, -2.4, 106.2, -1.8)
    frame = stacked(-gap_m)
    ring = units(*frame.geometry, west, east)  # so that the gap is a hole
    done = repair_coverage(ring)
    land = done.units.geometry.union_all()
    assert land.covers(shapely.Point(106.05, -2.0 + gap_m / 2 / DEGREE_M)) is closed
    assert bool(done.changed_ha) is closed


@pytest.mark.parametrize("tolerance_ha", [0.0, 40.0, 55.0])
def test_more_than_the_tolerance_is_refused_naming_unit_and_area(tolerance_ha: float) -> None:
    done = repair_coverage(stacked(50), tolerance_ha)
    (fault,) = done.faults
    assert fault.startswith("99.01: 55.")
    assert f"at most {tolerance_ha:.2f} ha may" in fault
    assert done.changed_ha == {}
    assert repair_coverage(stacked(50), 56.0).faults == ()


def test_the_usual_tolerance_is_a_share_of_the_unit_or_three_hectares() -> None:
    # The smaller one is 11.12 km by 1 km: 3 % of the larger, 2.2 km deep, are 66 m of the edge.
    assert repair_coverage(stacked(60, 0.02, 0.01)).faults == ()
    (fault,) = repair_coverage(stacked(72, 0.02, 0.01)).faults
    assert "(3.2" in fault
    # Of a unit of 5 ha, 40 % are less than three hectares.
    corner = units(box(106.0, -2.002, 106.002, -2.0), box(106.0, -2.0008, 106.002, -1.9995))
    assert repair_coverage(corner).faults == ()


def test_a_piece_too_wide_for_a_sliver_is_refused_however_small_its_share() -> None:
    wide = (USUAL_WIDTH_M + 40) / DEGREE_M
    island = box(106.0, -2.0, 106.0 + wide, -2.0 + wide)
    (fault,) = repair_coverage(units(box(105.9, -2.1, 106.1, -1.9), island)).faults
    assert fault.startswith("99.01: 4")
    assert "m wide; at most 600 m may be" in fault


def test_a_unit_drawn_twice_is_refused() -> None:
    square = box(106.0, -2.1, 106.1, -2.0)
    assert repair_coverage(units(square, square)).faults


@pytest.mark.parametrize("tolerance_ha", [-1.0, float("nan")])
def test_a_tolerance_below_nothing_is_refused(tolerance_ha: float) -> None:
    with pytest.raises(ParameterError, match="tolerance_ha"):
        repair_coverage(stacked(1), tolerance_ha)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-8, 8), min_size=12, max_size=12))
def test_any_small_misfit_becomes_a_coverage_of_the_same_land(shifts: list[float]) -> None:
    """Six squares, each corner of each moved by up to eight metres."""
    shapes = []
    for n in range(6):
        x, y = 106 + 0.02 * (n % 3), -2 + 0.02 * (n // 3)
        dx, dy = shifts[2 * n] / DEGREE_M, shifts[2 * n + 1] / DEGREE_M
        shapes.append(box(x + dx, y + dy, x + 0.02 + dx, y + 0.02 + dy))
    frame = units(*shapes)
    done = repair_coverage(frame)
    assert done.faults == ()
    after = done.units.geometry.to_numpy()
    assert shapely.coverage_is_valid(after)
    assert shapely.is_valid(after).all()
    lost = frame.geometry.union_all().difference(done.units.geometry.union_all())
    # A hair of 0.01 ha at most: the corners are snapped within millimetres.
    assert lost.area < 1e-8
    assert done.units["code"].tolist() == frame["code"].tolist()
