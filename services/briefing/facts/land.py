"""The land that a snapshot's maps are drawn on, as it was when it was taken."""

from __future__ import annotations

import json
from typing import Any

import shapely

from services.briefing.facts.areas import LEVELS
from services.dataset import Dataset

DECIMALS = 4
"""Of a degree: about 11 m, finer than a pixel of any map that shows the province."""


def land(data: Dataset) -> dict[str, Any]:
    """Return the units of `LEVELS` as GeoJSON FeatureCollections by level, coarse as on screen."""
    return {level: _collection(data, level) for level in LEVELS}


def _collection(data: Dataset, level: str) -> dict[str, Any]:
    shapes = data.display_shapes[level].sort_values("code")
    rounded = shapely.set_precision(shapes.geometry.to_numpy(), 10.0**-DECIMALS, mode="pointwise")
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": str(code), "name": str(name)},
                "geometry": json.loads(text),
            }
            for code, name, text in zip(
                shapes["code"], shapes["name"], shapely.to_geojson(rounded), strict=True
            )
        ],
    }
