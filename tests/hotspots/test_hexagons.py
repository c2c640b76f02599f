"""Hexagons over the land and the points that fall into them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from analytics.hotspots.weights import contiguity_weights, shared_edges
from geo.boundaries.hexagons import cells_of, hexagons
from geo.crs import STORAGE_CRS
from geo.errors import CrsError, ParameterError
from tests.metric import METRIC_CRS

h3 = pytest.importorskip("h3")

LAND = Path("data/shipped/babel/boundaries/kabupaten.parquet")


def square() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[box(106.0, -2.2, 106.2, -2.0)], crs=STORAGE_CRS)


@pytest.mark.parametrize("resolution", [5, 6])
def test_all_land_lies_in_cells_once(resolution: int) -> None:
    land = gpd.read_parquet(LAND)
    cells = hexagons(land, resolution)
    assert cells["code"].is_unique
    assert cells["code"].is_monotonic_increasing
    area_km2 = land.to_crs(METRIC_CRS).union_all().area / 1e6
    assert cells["land_km2"].sum() == pytest.approx(area_km2, rel=1e-6)
    assert cells["land_km2"].min() > 0
    assert cells["land_km2"].le(cells.to_crs(METRIC_CRS).area / 1e6 + 1e-9).all()
    centres = gpd.GeoSeries.from_xy(cells["lon"], cells["lat"], crs=STORAGE_CRS)
    assert cells.geometry.contains(centres).all()


def test_neighbours_are_those_of_h3_and_over_water_none_is_alone() -> None:
    cells = hexagons(gpd.read_parquet(LAND), 5)
    codes = cells["code"].to_list()
    known = set(codes)
    ring = {(c, other) for c in codes for other in h3.grid_ring(c, 1) if other in known}
    pairs = shared_edges(cells.geometry.to_numpy())
    assert {(codes[a], codes[b]) for a, b in pairs} == ring
    weights = contiguity_weights(cells, cells.set_index("code"))
    assert weights.cardinality.min() >= 1


def test_only_fine_points_get_a_cell() -> None:
    points = pd.DataFrame(
        {
            "lon": [106.1, 106.1, 106.1, np.nan, 106.1],
            "lat": [-2.1, -2.1, -2.1, -2.1, np.nan],
            "location_precision": ["desa", "tps", "kecamatan", "desa", "desa"],
        },
        index=list("abcde"),
    )
    found = cells_of(points, 6)
    assert found["a"] == found["b"] == h3.latlng_to_cell(-2.1, 106.1, 6)
    assert found[["c", "d", "e"]].isna().all()
    assert found["a"] in set(hexagons(square(), 6)["code"])
    cell = hexagons(square(), 6).set_index("code").geometry[found["a"]]
    assert cell.contains(Point(106.1, -2.1))


def test_a_cell_without_drawn_land_can_be_added() -> None:
    islet = h3.latlng_to_cell(-3.5, 108.5, 6)
    cells = hexagons(square(), 6, also=[islet]).set_index("code")
    assert cells.loc[islet, "land_km2"] == 0
    assert len(cells) == len(hexagons(square(), 6)) + 1
    with pytest.raises(ParameterError, match="cells of resolution 6"):
        hexagons(square(), 6, also=[h3.latlng_to_cell(-3.5, 108.5, 5)])
    with pytest.raises(ParameterError, match="'nonsense'"):
        hexagons(square(), 6, also=["nonsense"])


def test_refused() -> None:
    with pytest.raises(ParameterError, match="resolution=9"):
        hexagons(square(), 9)
    with pytest.raises(ParameterError, match="resolution=3"):
        cells_of(pd.DataFrame({"lon": [], "lat": [], "location_precision": []}), 3)
    with pytest.raises(CrsError):
        hexagons(square().to_crs(METRIC_CRS), 6)
    with pytest.raises(ParameterError, match="land"):
        hexagons(square().iloc[:0], 6)
