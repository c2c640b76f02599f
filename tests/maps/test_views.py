"""Named views of the map lie in the province and show land."""

from __future__ import annotations

import pytest

from data.texts import LANGUAGES
from services.dataset import Dataset
from services.maps import WHOLE, jumps

MARGIN_DEGREES = 0.1
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
