"""What a map of islands shows first, on islands drawn by hand and on the shipped coverage."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import MultiPolygon, box

from geo.errors import CrsError
from geo.maps.framing import framing
from services.dataset import Dataset
from services.maps import framing_of

# Two large islands (the second in two units), a group of two islets, and one far away.
SHAPES = gpd.GeoDataFrame(
    {
        "code": ["9.1.1", "9.2.1", "9.2.2", "9.3.1", "9.3.2", "9.4.1"],
        "parent_code": ["9.1", "9.2", "9.2", "9.3", "9.3", "9.4"],
    },
    geometry=[
        box(105, -2, 106, -1),
        MultiPolygon([box(107, -3, 107.5, -2), box(108.9, -2.01, 108.91, -2)]),
        box(107.5, -3, 108, -2),
        box(106.4, -2.5, 106.45, -2.45),
        box(106.5, -2.5, 106.55, -2.45),
        MultiPolygon([box(109, -3, 109.05, -2.95), box(109.5, -3, 109.505, -2.995)]),
    ],
    crs="EPSG:4326",
)


def test_the_frame_is_that_of_the_large_islands_and_the_rest_comes_by_parent() -> None:
    found = framing(SHAPES)
    assert found.bounds == (-3, 105, -1, 108)
    assert set(found.islands) == {(-2, 105, -1, 106), (-3, 107, -2, 108)}
    assert found.remote == (("9.3.1", "9.3.2"), ("9.4.1",))
    south, west, north, east = found.insets[0]
    assert south < -2.5
    assert west < 106.4
    assert north > -2.45
    assert east > 106.55
    assert east - west == pytest.approx(0.15 * 1.16)
    assert found.insets[1][3] < 109.1, "a speck far off makes an inset no wider"


def test_one_island_is_framed_whole_and_has_no_insets() -> None:
    found = framing(SHAPES.iloc[:1])
    assert found.bounds == (-2, 105, -1, 106)
    assert found.remote == found.insets == ()


@pytest.mark.parametrize(("tall", "low", "side"), [(105, 107, 1), (107, 105, -1)])
def test_the_emptier_side_is_that_of_the_emptiest_corner(tall: int, low: int, side: int) -> None:
    land = [box(tall, -3, tall + 1, -1), box(low, -3, low + 1, -2.5)]
    codes = {"code": ["9.1.1", "9.2.1"], "parent_code": ["9.1", "9.2"]}
    assert framing(gpd.GeoDataFrame(codes, geometry=land, crs="EPSG:4326")).emptier == side


def test_a_frame_in_another_reference_system_is_refused() -> None:
    with pytest.raises(CrsError):
        framing(SHAPES.to_crs(3857))


def test_every_desa_is_on_a_main_island_or_in_an_inset(dataset: Dataset) -> None:
    found = framing_of(dataset)
    assert len(found.islands) == 2
    south, west, north, east = found.bounds
    remote = {code for codes in found.remote for code in codes}
    assert remote
    shapes = dataset.shapes["desa"].set_index("code")
    for code, one in shapes.geometry.items():
        point = one.representative_point()
        if code in remote:
            s, w, n, e = found.insets[next(i for i, c in enumerate(found.remote) if code in c)]
            assert box(w, s, e, n).intersection(one).area > 0.9 * one.area
        else:
            assert box(west, south, east, north).buffer(0.15).contains(point)


def test_the_main_islands_fill_the_frame_better_than_the_whole_province(dataset: Dataset) -> None:
    found = framing_of(dataset)
    land = sum((n - s) * (e - w) for s, w, n, e in found.islands)

    def share(bounds: tuple[float, float, float, float]) -> float:
        south, west, north, east = bounds
        return land / ((north - south) * (east - west))

    assert share(found.bounds) > 0.59
    assert share(dataset.bounds) < 0.48
