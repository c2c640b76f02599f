"""Named views of the map lie in the province and fit a usual map."""

from __future__ import annotations

import math

import pytest

from data.texts import LANGUAGES
from services.dataset import Dataset
from services.maps import WHOLE, jumps, view_of

MARGIN_DEGREES = 0.1
WIDTH_PX, HEIGHT_PX = 700, 430
NAMED = [key for key in jumps() if key != WHOLE]


def test_the_whole_province_comes_first_and_the_islands_follow() -> None:
    assert next(iter(jumps())) == WHOLE
    assert len(NAMED) >= 5
    for view in jumps().values():
        assert set(view.names) == set(LANGUAGES)
        assert all(name.strip() for name in view.names.values())
    assert len({view.names["id"] for view in jumps().values()}) == len(jumps())


@pytest.mark.parametrize("key", NAMED)
def test_a_named_view_lies_inside_the_province(dataset: Dataset, key: str) -> None:
    south, west, north, east = jumps()[key].bounds
    s, w, n, e = dataset.bounds
    assert south < north
    assert west < east
    assert s - MARGIN_DEGREES <= south
    assert north <= n + MARGIN_DEGREES
    assert w - MARGIN_DEGREES <= west
    assert east <= e + MARGIN_DEGREES


@pytest.mark.parametrize("key", NAMED)
def test_a_named_view_shows_land(dataset: Dataset, key: str) -> None:
    south, west, north, east = jumps()[key].bounds
    assert len(dataset.shapes["desa"].cx[west:east, south:north])


@pytest.mark.parametrize("key", list(jumps()))
def test_the_zoom_is_sensible_and_shows_the_whole_view(dataset: Dataset, key: str) -> None:
    (lat, lon), zoom = view_of(dataset, key)
    south, west, north, east = dataset.bounds if key == WHOLE else jumps()[key].bounds
    assert zoom % 0.25 == 0
    assert 6 <= zoom <= 14  # what OfflineMap allows is 6 to 17
    assert south <= lat <= north
    assert west <= lon <= east
    # Leaflet's own projection: pixels of the bounds at the zoom, which must fit.
    scale = 256 * 2**zoom
    across = (east - west) / 360 * scale
    up = (_mercator(north) - _mercator(south)) * scale
    assert across <= WIDTH_PX + 1
    assert up <= HEIGHT_PX * 1.01
    # A quarter more and one side would no longer fit: the zoom is not needlessly far out.
    assert max(across / WIDTH_PX, up / HEIGHT_PX) * 2**0.25 > 0.99


def _mercator(lat: float) -> float:
    return math.asinh(math.tan(math.radians(lat))) / (2 * math.pi)


def test_islands_are_seen_closer_than_the_province(dataset: Dataset) -> None:
    whole = view_of(dataset, WHOLE)[1]
    assert all(view_of(dataset, key)[1] > whole for key in NAMED)
