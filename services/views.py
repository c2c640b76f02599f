"""Views of the map that readers jump to: the islands are small and easily overlooked."""

from __future__ import annotations

import math

from data.views import NamedView, named_views
from services.dataset import Dataset

WHOLE = "provinsi"
_WIDTH_PX, _HEIGHT_PX, _TILE_PX = 700, 430, 256


def jumps() -> dict[str, NamedView]:
    """Return the named views by key; the whole province is the first."""
    whole = NamedView({"id": "Seluruh provinsi", "en": "Whole province"}, (0, 0, 0, 0))
    return {WHOLE: whole, **named_views()}


def view_of(data: Dataset, key: str) -> tuple[tuple[float, float], float]:
    """Return centre (latitude, longitude) and zoom at which a named view fits a usual map.

    The zoom is a multiple of a quarter, as the map snaps to.
    """
    south, west, north, east = data.bounds if key == WHOLE else jumps()[key].bounds
    across = math.log2(360 / (east - west) * _WIDTH_PX / _TILE_PX)
    # Near the equator a degree of latitude is as long on the map as one of longitude.
    up = math.log2(360 / (north - south) * _HEIGHT_PX / _TILE_PX)
    zoom = math.floor(min(across, up) * 4) / 4
    return ((south + north) / 2, (west + east) / 2), zoom
