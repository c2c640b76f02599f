from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import gaussian_kde
from shapely import Point, box

from analytics.hotspots.density import DensityParams, DensityResult, kernel_density, land_cells
from geo.crs import STORAGE_CRS
from geo.errors import CrsError, ParameterError
from tests.metric import METRIC_CRS


def land_of(*boxes: tuple[float, float, float, float]) -> gpd.GeoSeries:
    """Return boxes in kilometres of the metric projection as land."""
    shapes = [box(*(1000 * np.array(b))).segmentize(2000) for b in boxes]
    return gpd.GeoSeries(shapes, crs=METRIC_CRS).to_crs(STORAGE_CRS)


def events_at(*xy_km: tuple[float, float], precision: str = "desa") -> gpd.GeoDataFrame:
    points = gpd.GeoSeries([Point(1000 * x, 1000 * y) for x, y in xy_km], crs=METRIC_CRS)
    return gpd.GeoDataFrame(
        {"location_precision": [precision] * len(xy_km)}, geometry=points.to_crs(STORAGE_CRS)
    )


def integral(result: DensityResult) -> float:
    return float((result.cells["density_per_km2"] * result.cells["land_km2"]).sum())


def value_at(result: DensityResult, x_km: float, y_km: float) -> float:
    cells = result.cells
    at = np.hypot(cells["x_m"] - 1000 * x_km, cells["y_m"] - 1000 * y_km).idxmin()
    return float(cells.loc[at, "density_per_km2"])


SQUARE = land_of((-60, -60, 60, 60))
COAST = land_of((-50, -60, 0, 60))


def test_quartic_far_from_the_coast_by_hand() -> None:
    """The kernel is 3 / (pi R^2) at its centre and 9/16 of it at half the radius."""
    params = DensityParams(bandwidth_km=10, cell_m=500)
    result = kernel_density(events_at((0.25, 0.25)), SQUARE, params)
    top = 3 / (math.pi * 100)
    assert value_at(result, 0.25, 0.25) == pytest.approx(top, rel=0.002)
    assert value_at(result, 5.25, 0.25) == pytest.approx(top * 9 / 16, rel=0.002)
    away = np.hypot(result.cells["x_m"] - 250, result.cells["y_m"] - 250)
    assert away.max() < 10_000.001
    assert (result.bandwidth_km, result.rule, result.used) == (10, "given", 1)


def test_gaussian_with_scotts_rule_equals_scipy_where_there_is_no_coast() -> None:
    """Points with their quarter turns have the same variance along every axis, as scipy needs."""
    xy = np.random.default_rng(4).normal(0, 6, (10, 2))
    turn = np.array([[0, 1], [-1, 0]])
    xy = np.concatenate([xy @ np.linalg.matrix_power(turn, k) for k in range(4)])
    params = DensityParams(kernel="gaussian", floor_km=1.0)
    result = kernel_density(events_at(*map(tuple, xy)), SQUARE, params)
    peer = gaussian_kde(xy.T)
    assert result.rule == "scott"
    assert result.bandwidth_km == pytest.approx(math.sqrt(peer.covariance[0, 0]), rel=1e-3)
    expected = 40 * peer(result.cells[["x_m", "y_m"]].to_numpy().T / 1000)
    assert result.cells["density_per_km2"].to_numpy() == pytest.approx(expected, abs=5e-4)
    assert expected.max() > 0.1


def test_at_a_straight_coast_the_lost_half_comes_back() -> None:
    event = events_at((-0.25, 0.25))
    params = DensityParams(bandwidth_km=10, cell_m=500)
    coast, inland = (kernel_density(event, land, params) for land in (COAST, SQUARE))
    assert integral(coast) == pytest.approx(1)
    ratio = value_at(coast, -5.25, 0.25) / value_at(inland, -5.25, 0.25)
    assert ratio == pytest.approx(2, rel=0.06)
    assert (coast.cells["x_m"] < 0).all()


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-30, 30), st.floats(-30, 30)), min_size=1, max_size=12),
    st.sampled_from(["quartic", "gaussian"]),
    st.one_of(st.none(), st.floats(4.1, 40)),
)
def test_over_land_it_sums_to_the_events(
    xy: list[tuple[float, float]], kernel: Any, bandwidth: float | None
) -> None:
    land = land_of((-30, -30, -3, 31), (2, -20, 9, 30.4), (20, 20, 20.3, 20.2))
    params = DensityParams(kernel=kernel, bandwidth_km=bandwidth, cell_m=2000)
    result = kernel_density(events_at((-10, 0), *xy), land, params)
    assert integral(result) == pytest.approx(result.used)
    assert 1 <= result.used <= 1 + len(xy)
    assert (result.cells["density_per_km2"] > 0).all()
    assert result.cells["bandwidth_km"].eq(result.bandwidth_km).all()


def test_an_islet_smaller_than_a_cell_keeps_its_event() -> None:
    islet = land_of((100.1, 100.1, 100.3, 100.2))
    result = kernel_density(events_at((100.2, 100.15)), islet, DensityParams(cell_m=2000))
    assert integral(result) == pytest.approx(1)
    assert result.cells["land_km2"].sum() == pytest.approx(0.02)


def test_weights_scale_the_mass() -> None:
    events = events_at((0, 0), (5, 5), (5, 5))
    weights = pd.Series([0.5, 1.0, 0.25])
    result = kernel_density(events, SQUARE, DensityParams(), weights)
    assert integral(result) == pytest.approx(1.75)
    with pytest.raises(ParameterError, match="above 0 for every event"):
        kernel_density(events, SQUARE, DensityParams(), weights.iloc[:2])
    with pytest.raises(ParameterError, match="above 0 for every event"):
        kernel_density(events, SQUARE, DensityParams(), weights * 0)


def test_coarse_places_are_left_out_and_counted() -> None:
    events = pd.concat(
        [events_at((0, 0)), events_at((3, 3), precision="kecamatan"),
         events_at((5, 5), precision="tps")], ignore_index=True,
    )  # fmt: skip
    events.loc[len(events)] = ["desa", None]
    result = kernel_density(events.set_crs(STORAGE_CRS), SQUARE)
    assert (result.used, result.coarse) == (2, 2)
    with pytest.raises(ParameterError, match="known to the desa"):
        kernel_density(events.iloc[[1]], SQUARE)


def test_an_event_far_out_at_sea_is_left_out() -> None:
    events = events_at((0, 0), (200, 200))
    result = kernel_density(events, SQUARE, DensityParams(bandwidth_km=5))
    assert result.used == 1
    with pytest.raises(ParameterError, match="within reach of land"):
        kernel_density(events.iloc[[1]], SQUARE, DensityParams(bandwidth_km=5))


def test_one_place_takes_the_floor_and_spread_takes_the_rule() -> None:
    one = kernel_density(events_at((1, 1), (1, 1)), SQUARE, DensityParams(floor_km=6))
    assert (one.bandwidth_km, one.rule) == (6, "floor")
    two = kernel_density(events_at((-20, 0), (20, 0)), SQUARE)
    # Variances 800 and 0, mean 400: 20 km x 2^(-1/6) x sqrt 8.
    assert two.bandwidth_km == pytest.approx(20 * 2 ** (-1 / 6) * math.sqrt(8), rel=1e-3)
    assert two.rule == "scott"


def test_land_cells_add_up_to_the_land() -> None:
    land = land_of((0.3, 0.2, 7.7, 5.1), (9.05, 9.05, 9.06, 9.07))
    centres, land_km2 = land_cells(land, 1000)
    assert land_km2.sum() == pytest.approx(7.4 * 4.9 + 0.0002, rel=1e-6)
    assert land_km2.max() <= 1
    assert len(centres) == 8 * 6 + 1


def test_the_shipped_land_adds_up(dataset: Any) -> None:
    shapes = dataset.shapes["kecamatan"]
    _, land_km2 = land_cells(shapes.geometry, 2000)
    assert land_km2.sum() == pytest.approx(shapes["area_km2"].sum(), rel=1e-9)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"kernel": "uniform"}, "kernel"),
        ({"bandwidth_km": 0.0}, "bandwidth_km"),
        ({"bandwidth_km": 201.0}, "bandwidth_km"),
        ({"floor_km": 0.0}, "floor_km"),
        ({"cell_m": 99.0}, "cell_m"),
    ],
)
def test_parameters_have_limits(change: dict[str, Any], name: str) -> None:
    with pytest.raises(ParameterError) as caught:
        DensityParams(**change)
    assert caught.value.name == name


def test_bad_input_is_named() -> None:
    event = events_at((0, 0))
    with pytest.raises(ParameterError, match=r"bandwidth_km=1\.0, expected at least 2"):
        kernel_density(event, SQUARE, DensityParams(bandwidth_km=1.0))
    with pytest.raises(ParameterError, match="at least 1 polygon"):
        kernel_density(event, SQUARE.iloc[:0])
    with pytest.raises(ParameterError, match="at most 1000000 cells"):
        kernel_density(event, SQUARE, DensityParams(cell_m=100))
    with pytest.raises(CrsError):
        kernel_density(event.to_crs(METRIC_CRS), SQUARE)
    with pytest.raises(CrsError):
        kernel_density(event, SQUARE.to_crs(METRIC_CRS))
