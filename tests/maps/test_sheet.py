"""The geometry of maps that stand still: places, kilometres, hatching, markers."""

from __future__ import annotations

from itertools import pairwise

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.maps.sheet import fit, hatching, marker, north_arrow, rings, scale_bar
from tests.briefing.sample_deck import CODES, a_map, sample_deck

WEST = st.floats(95, 130)
SOUTH = st.floats(-10, 5)
SPAN = st.floats(0.05, 5)
SIDES = st.floats(50, 1200)


@given(WEST, SOUTH, SPAN, SPAN, SIDES, SIDES)
def test_bounds_lie_in_the_middle_of_the_drawing(
    west: float, south: float, across: float, up: float, width: float, height: float
) -> None:
    bounds = (west, south, west + across, south + up)
    view = fit(bounds, width, height)
    corners = [view.point(x, y) for x in bounds[::2] for y in bounds[1::2]]
    assert all(-0.5 <= x <= width + 0.5 and -0.5 <= y <= height + 0.5 for x, y in corners)
    x, y = view.point(west + across / 2, south + up / 2)
    assert x == pytest.approx(width / 2, abs=0.01 * width)
    assert y == pytest.approx(height / 2, abs=0.01 * height)
    assert view.point(west, south + up)[1] < view.point(west, south)[1]


@given(WEST, SOUTH, SPAN, st.floats(60, 400))
def test_a_scale_bar_is_as_long_as_it_says_on_the_ellipsoid(
    west: float, south: float, span: float, most: float
) -> None:
    view = fit((west, south, west + span, south + span), 700, 500)
    km, length = scale_bar(view, most)
    assert 0.4 * most <= length <= most
    east, _, _ = Geod(ellps="WGS84").fwd(west, south + span / 2, 90, km * 1000)
    left, right = (view.point(lon, south + span / 2)[0] for lon in (west, east))
    assert right - left == pytest.approx(length, rel=0.002)


def test_a_degree_at_the_equator_by_hand() -> None:
    # 1 degree of longitude at the equator is 111.32 km; drawn 1113.2 wide, a unit is 100 m.
    view = fit((106.0, -0.1, 107.0, 0.1), 1113.2, 800)
    assert view.metres == pytest.approx(100, rel=1e-3)
    assert scale_bar(view, 450) == pytest.approx((20, 200), rel=1e-3)


def test_land_is_cut_at_the_edge_and_keeps_its_codes() -> None:
    deck, shown = sample_deck(), a_map()
    found = fit(shown.bounds, 300, 200).shapes(deck.land["kabupaten"])
    assert set(found) == set(CODES)
    near = fit((105.1, -1.8, 105.5, -1.3), 300, 200).shapes(deck.land["kabupaten"])
    assert set(near) == {CODES[0]}
    west, north, east, south = near[CODES[0]].bounds
    assert west >= 0
    assert north >= 0
    assert east <= 300
    assert south <= 200
    assert len(rings(near[CODES[0]])) == 1
    assert fit(shown.bounds, 300, 200).shapes(deck.ground) == {}


@given(st.floats(2, 30), st.floats(0, 50), st.floats(0, 50), st.floats(5, 200))
def test_hatching_stays_inside_and_its_lines_stand_apart(
    step: float, west: float, north: float, side: float
) -> None:
    shape = shapely.box(west, north, west + side, north + side)
    lines = hatching(shape, step)
    assert all(shape.buffer(1e-6).covers(shapely.LineString(line)) for line in lines)
    feet = sorted({round(x + y, 6) for (x, y), *_ in lines})
    gaps = [(b - a) / 2**0.5 for a, b in pairwise(feet)]
    assert gaps == pytest.approx([step] * len(gaps), rel=1e-3)
    assert abs(len(feet) - side * 2**0.5 / step) <= 2


@pytest.mark.parametrize("shape", ["circle", "square", "triangle", "diamond"])
def test_markers_cover_about_as_much_as_their_circle(shape: str) -> None:
    drawn = shapely.Polygon(marker(shape, 10, 20, 5))
    assert drawn.contains(shapely.Point(10, 20))
    assert drawn.area == pytest.approx(25 * 3.14159, rel=0.12)


def test_the_arrow_points_up() -> None:
    tip, *others = north_arrow(50, 10, 20)
    assert tip == (50, 10)
    assert all(y > 10 for _, y in others)
