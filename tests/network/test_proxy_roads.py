"""The stand-in for roads: its graph, its coast, and a fit that never sees the pair it predicts."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.boundaries.coast import AT_SEA, Land, coast_of, is_landlocked, nearest_coast
from geo.crs import STORAGE_CRS
from geo.errors import CrsError, GeometryError, ParameterError
from geo.network.fit import OF_A_FILE, FitParams, RoadGraph, fit_file, fit_roads
from geo.network.points import seats, to_degrees, to_metres
from geo.network.proxy import ProxyParams, components, gabriel_edges, proxy_roads
from geo.network.spread import SpreadParams, day_spread
from tests.metric import METRIC_CRS

KM = 1000.0


def land_of(*boxes: Sequence[float]) -> Land:
    shapes = gpd.GeoDataFrame(geometry=[shapely.box(*b) for b in boxes], crs=METRIC_CRS)
    return Land.of(shapes.to_crs(STORAGE_CRS), METRIC_CRS)


def brute_gabriel(xy: np.ndarray) -> set[tuple[int, int]]:
    """Return the Gabriel edges by trying every pair against every point."""
    found = set()
    for i in range(len(xy)):
        for j in range(i + 1, len(xy)):
            middle, r2 = (xy[i] + xy[j]) / 2, ((xy[i] - xy[j]) ** 2).sum() / 4
            others = [k for k in range(len(xy)) if k not in (i, j)]
            if all(((xy[k] - middle) ** 2).sum() >= r2 * (1 - 1e-9) for k in others):
                found.add((i, j))
    return found


def test_gabriel_by_hand() -> None:
    xy = np.array([[0.0, 0.0], [4.0, 0.0], [2.0, 1.0], [2.0, -5.0]])
    assert set(map(tuple, gabriel_edges(xy).tolist())) == {(0, 2), (1, 2), (0, 3), (1, 3)}


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=14, unique=True
    )
)
def test_gabriel_agrees_with_every_pair_tried(points: list[tuple[int, int]]) -> None:
    rng = np.random.default_rng(7)
    xy = np.array(points, dtype=float) + rng.uniform(-0.01, 0.01, (len(points), 2))
    pairs = gabriel_edges(xy)
    assert set(map(tuple, pairs.tolist())) == brute_gabriel(xy)
    assert len(set(components(len(xy), pairs).tolist())) == 1


def test_wide_water_parts_and_a_river_does_not() -> None:
    land = land_of((0, 0, 2 * KM, KM), (2.3 * KM, 0, 4 * KM, KM), (4.6 * KM, 0, 6 * KM, KM))
    xy = np.array([[1 * KM, 500.0], [3 * KM, 500.0], [5 * KM, 500.0]])
    found = proxy_roads(["a", "b", "c"], xy, land)
    assert found.edges[["start", "end"]].to_numpy().tolist() == [[0, 1]]
    assert found.edges["straight_km"].to_list() == pytest.approx([2.0])
    assert found.parts.tolist() == [0, 0, 1]
    assert len(proxy_roads(["a", "b", "c"], xy, land, ProxyParams(max_water_m=700)).edges) == 2
    assert len(proxy_roads(["a", "b", "c"], xy, land, ProxyParams(max_water_m=0)).edges) == 0


def test_two_desa_at_one_point_share_it() -> None:
    land = land_of((0, 0, 9 * KM, KM))
    xy = np.array([[KM, 500.0], [4 * KM, 500.0], [KM, 500.0]])
    found = proxy_roads(["a", "b", "c"], xy, land)
    assert found.vertex_of["a"] == found.vertex_of["c"] != found.vertex_of["b"]
    assert len(found.edges) == 1
    with pytest.raises(ParameterError, match="xy"):
        proxy_roads(["a"], xy, land)


@pytest.mark.parametrize("overlap_m", [0, 200])
def test_the_land_is_whole_whether_or_not_units_share_their_borders_exactly(overlap_m: int) -> None:
    """An imported coverage may overlap, which the quick way of joining units cannot take."""
    land = land_of((0, 0, KM, KM), (KM - overlap_m, 0, 2 * KM, KM), (5 * KM, 0, 6 * KM, KM))
    assert shapely.area(land.islands) == pytest.approx([2e6, 1e6], rel=1e-4)
    assert land.whole.is_valid


def test_coast_by_hand() -> None:
    west, east = shapely.box(0, 0, KM, KM), shapely.box(KM, 0, 2 * KM, KM)
    inner = shapely.box(400, 400, 600, 600)
    ring = west.difference(inner)
    shapes = gpd.GeoDataFrame(geometry=[ring, inner, east], crs=METRIC_CRS).to_crs(STORAGE_CRS)
    land = Land.of(shapes)
    back = shapes.to_crs(METRIC_CRS).geometry
    assert is_landlocked(back[1], land)
    assert coast_of(back[0], land).length == pytest.approx(3 * KM, abs=1)
    assert nearest_coast(back[0], land, (-500, 500)) == pytest.approx((0, 500), abs=1)
    with pytest.raises(GeometryError, match="land-locked"):
        nearest_coast(back[1], land, (0, 0))


def test_the_coast_of_an_islet_is_not_that_of_its_mainland() -> None:
    unit = shapely.MultiPolygon([shapely.box(0, 0, KM, KM), shapely.box(3 * KM, 0, 4 * KM, KM)])
    shapes = gpd.GeoDataFrame(geometry=[unit], crs=METRIC_CRS).to_crs(STORAGE_CRS)
    land = Land.of(shapes)
    outline = shapes.to_crs(METRIC_CRS).geometry[0]
    toward = (5 * KM, 500.0)
    assert nearest_coast(outline, land, toward)[0] == pytest.approx(4 * KM, abs=1)
    assert nearest_coast(outline, land, toward, (500.0, 500.0))[0] == pytest.approx(KM, abs=1)
    points = np.array([[500.0, 500.0], [3.5 * KM, 500.0], [50 * KM, 0.0]])
    assert sorted(land.island_of(points)[:2].tolist()) == [0, 1]
    assert land.island_of(points)[2] == AT_SEA
    with pytest.raises(CrsError):
        Land.of(shapes.to_crs(METRIC_CRS))


def test_islands_stand_by_size_the_largest_first() -> None:
    land = land_of((0, 0, KM, KM), (10 * KM, 0, 13 * KM, KM), (20 * KM, 0, 22 * KM, KM))
    assert shapely.area(land.islands) / KM**2 == pytest.approx([3, 2, 1], rel=1e-3)
    points = np.array([[500.0, 500.0], [11 * KM, 500.0], [21 * KM, 500.0]])
    assert land.island_of(points).tolist() == [2, 0, 1]


def test_degrees_and_metres_go_back_and_forth() -> None:
    lonlat = np.array([[105.1, -1.5], [108.4, -3.3]])
    xy = to_metres(lonlat[:, 0], lonlat[:, 1], METRIC_CRS)
    assert to_degrees(xy, METRIC_CRS) == pytest.approx(lonlat, abs=1e-7)


def test_the_seat_is_where_the_people_are() -> None:
    units = pd.DataFrame({
        "code": ["99", "99.01", "99.01.01", "99.01.01.2001", "99.01.01.2002", "99.01.01.2003"],
        "level": ["provinsi", "kabupaten", "kecamatan", "desa", "desa", "desa"],
        "kind": ["provinsi", "kabupaten", "kecamatan", "kelurahan", "desa", "desa"],
        "name": ["P", "K", "Kota", "Kota", "B", "C"],
        "x_m": [np.nan, np.nan, np.nan, 0.0, 10.0, 12.0],
        "y_m": 0.0,
        "tps_count": [9, 9, 9, 5, 1, 3],
    })  # fmt: skip
    found = seats(units)
    # 2001: 1*10 + 3*12 = 46; 2002: 5*10 + 3*2 = 56; 2003: 5*12 + 1*2 = 62.
    assert found["99.01.01"] == found["99"] == "99.01.01.2001"
    assert found["99.01.01.2003"] == "99.01.01.2003"
    heavy = units.assign(tps_count=[9, 9, 9, 1, 1, 7])
    assert seats(heavy)["99.01.01"] == "99.01.01.2003"
    with pytest.raises(ParameterError, match="x_m"):
        seats(units.drop(columns="x_m"))
    # A desa that bears the kecamatan's name is its seat; a kelurahan is one part of a town.
    assert seats(heavy.assign(name=["P", "K", "B", "A", "B", "C"]))["99.01.01"] == "99.01.01.2002"
    assert seats(heavy.assign(name=["P", "B", "K", "A", "B", "C"]))["99.01"] == "99.01.01.2003"
    # Two that bear it say nothing.
    assert seats(heavy.assign(name=["P", "K", "B", "A", "B", "B"]))["99.01.01"] == "99.01.01.2003"


def line_of_desa() -> tuple[RoadGraph, pd.Series]:
    """Ten desa in a row, ten kilometres apart."""
    codes = [f"d{i}" for i in range(10)]
    xy = np.column_stack([np.arange(10) * 10 * KM, np.zeros(10)])
    roads = proxy_roads(codes, xy, land_of((-KM, -KM, 91 * KM, KM)))
    return RoadGraph.of_proxy(roads), pd.Series(codes, index=codes)


def facts_of(factor: float, kmh: float, trip: float, n: int = 8) -> pd.DataFrame:
    rows = [
        (f"f{k}", "d0", f"d{k}", f"d0-d{k}", 10 * k * factor, 600 * k / kmh + trip)
        for k in range(1, n + 1)
    ]
    frame = pd.DataFrame(
        rows, columns=["fact_id", "from_code", "to_code", "pair", "distance_km", "m"]
    )
    return frame.assign(low_min=frame["m"], high_min=frame["m"]).drop(columns="m")


def test_the_fit_finds_what_made_the_facts() -> None:
    roads, seat_of = line_of_desa()
    fit = fit_roads(roads, facts_of(1.25, 40.0, 6.0), seat_of)
    assert (fit.detour, fit.speed_kmh, fit.trip_min) == pytest.approx((1.25, 40.0, 6.0))
    assert fit.mape_distance == pytest.approx(0, abs=1e-12)
    assert fit.mape_time == pytest.approx(0, abs=1e-12)
    assert fit.error_sd == pytest.approx(0, abs=1e-9)
    assert fit.error == pytest.approx((1, 1))
    assert (fit.n_distance, fit.n_time) == (8, 8)


def test_a_pair_is_predicted_without_what_is_said_of_it() -> None:
    """One wild pair told twenty times: more facts than all others, which yet decide alone."""
    roads, seat_of = line_of_desa()
    wild = pd.DataFrame({
        "fact_id": [f"w{i}" for i in range(20)], "from_code": ["d0", "d9"] * 10,
        "to_code": ["d9", "d0"] * 10, "pair": "wild", "distance_km": 900.0, "low_min": 10.0,
        "high_min": 10.0,
    })  # fmt: skip
    fit = fit_roads(roads, pd.concat([facts_of(1.25, 40.0, 6.0), wild]), seat_of)
    own = fit.errors[fit.errors["pair"].eq("wild")]
    distance = own.loc[own["kind"].eq("distance_km"), "predicted"]
    assert distance.to_list() == pytest.approx([112.5] * 20)
    assert own.loc[own["kind"].eq("time_min"), "predicted"].to_list() == pytest.approx([141.0] * 20)
    assert fit.detour == 10.0
    # One of nine pairs is wrong, however often it was told; the others are predicted exactly but
    # for what the wild one does to the fit of each.
    assert fit.error_sd >= abs(np.log(10 / 141.0)) / 3 - 1e-9


def test_no_road_is_shorter_than_the_straight_line() -> None:
    roads, seat_of = line_of_desa()
    assert fit_roads(roads, facts_of(0.8, 40.0, 6.0), seat_of).detour == 1.0


def test_sources_that_contradict_each_other_are_no_error_of_ours() -> None:
    """Every pair told twice, half and one and a half times as long: the middle is exactly right."""
    roads, seat_of = line_of_desa()
    facts = facts_of(1.25, 40.0, 6.0)
    both = [facts.assign(low_min=f * facts["low_min"], high_min=f * facts["low_min"],
                         fact_id=facts["fact_id"] + str(f)) for f in (2 / 3, 1.0, 1.5)]  # fmt: skip
    fit = fit_roads(roads, pd.concat(both, ignore_index=True), seat_of)
    assert fit.error_sd < 0.02
    assert fit.mape_time > 0.3
    assert fit.spread.factors["country"] == SpreadParams().country


def test_the_spread_of_days_is_that_of_ranges() -> None:
    facts = pd.DataFrame(
        {"low_min": [90.0, 120.0, 60.0, np.nan], "high_min": [120.0, 180.0, 60.0, np.nan]}
    )
    found = day_spread(facts)
    # 90 to 120 about 105, and 120 to 180 about 150; the wider one counts.
    assert found.factors["country"] == pytest.approx((120 / 150, 180 / 150))
    assert (found.n_ranges, found.basis["country"], found.basis["town"]) == (2, "fakta", "anggapan")
    none = day_spread(facts.tail(2), SpreadParams(country=(0.9, 1.3)))
    assert (none.factors["country"], none.basis["country"]) == ((0.9, 1.3), "anggapan")
    kinds = pd.Series(["town", "country"], index=[7, 8])
    assert found.of(kinds).loc[7].tolist() == list(SpreadParams().town)
    for wrong in ((0.0, 1.2), (1.1, 1.2), (0.8, 0.9)):
        with pytest.raises(ParameterError, match="track"):
            SpreadParams(track=wrong)


def file_of(graph: RoadGraph, kmh: float, by_class: bool = True) -> RoadGraph:
    """Return the line of desa as a file's roads, driven at so many km/h."""
    hours = graph.edges["km"] / kmh
    edges = graph.edges.assign(
        hours=hours if by_class else 0.0, fixed_min=0.0 if by_class else 60 * hours, is_town=False
    )
    return RoadGraph(graph.n, edges, graph.vertex_of)


def test_a_file_is_fitted_anew() -> None:
    roads, seat_of = line_of_desa()
    facts = facts_of(1.0, 40.0, 6.0)
    proxy = fit_roads(roads, facts, seat_of)
    fit = fit_file(file_of(roads, 50.0), facts, seat_of, proxy)
    assert (fit.pace, fit.trip_min, fit.is_of_file) == (0.8, 6.0, True)
    assert fit.mape_time == pytest.approx(0, abs=1e-9)
    assert fit.at_class_speeds is not None
    assert fit.at_class_speeds > 0.1
    assert (fit.detour, fit.speed_kmh) == (proxy.detour, proxy.speed_kmh)
    # Speeds that the file states are not scaled.
    own = fit_file(file_of(roads, 50.0, by_class=False), facts, seat_of, proxy)
    assert own.pace == 1.0
    assert own.mape_time > 0.05


def test_a_fit_no_better_than_the_classes_is_not_taken() -> None:
    roads, seat_of = line_of_desa()
    facts = facts_of(1.0, 40.0, 6.0, n=4)
    noise = np.array([1.3, 0.7, 1.3, 0.75])
    facts = facts.assign(low_min=facts["low_min"] * noise, high_min=facts["high_min"] * noise)
    proxy = fit_roads(roads, facts_of(1.0, 40.0, 6.0), seat_of)
    fit = fit_file(file_of(roads, 40.0), facts, seat_of, proxy)
    assert (fit.pace, fit.trip_min) == (1.0, proxy.trip_min)
    assert fit.mape_time == fit.at_class_speeds


def test_too_few_facts_on_a_file_fit_nothing() -> None:
    roads, seat_of = line_of_desa()
    facts = facts_of(1.0, 40.0, 6.0)
    proxy = fit_roads(roads, facts, seat_of)
    assert fit_file(file_of(roads, 50.0), facts.head(2), seat_of, proxy) is proxy
    # Ways over other roads than the file's say nothing of the file.
    graph = file_of(roads, 50.0)
    other = RoadGraph(graph.n, graph.edges.assign(is_own=False), graph.vertex_of)
    assert fit_file(other, facts, seat_of, proxy) is proxy
    assert not proxy.is_of_file
    assert OF_A_FILE.scale_km is False


def test_facts_follow_one_way_roads() -> None:
    roads, seat_of = line_of_desa()
    facts = facts_of(1.0, 40.0, 6.0)
    away = RoadGraph(roads.n, roads.edges.assign(one_way=True), roads.vertex_of)
    assert fit_roads(away, facts, seat_of).n_time == 8
    back = facts.rename(columns={"from_code": "to_code", "to_code": "from_code"})
    with pytest.raises(ParameterError, match="three pairs"):
        fit_roads(away, back, seat_of)


def test_intervals_follow_the_seed_and_hold_the_median() -> None:
    roads, seat_of = line_of_desa()
    rng = np.random.default_rng(3)
    facts = facts_of(1.2, 40.0, 6.0)
    facts["distance_km"] *= rng.uniform(0.8, 1.2, len(facts))
    one, two = (fit_roads(roads, facts, seat_of, FitParams(draws=500)) for _ in range(2))
    assert one.interval_distance == two.interval_distance
    assert one.interval_distance[0] <= one.mape_distance <= one.interval_distance[1]
    errors = one.errors[one.errors["kind"].eq("distance_km")]["error"].abs()
    assert one.mape_distance == pytest.approx(errors.median())


def test_facts_without_a_place_are_left_out() -> None:
    roads, seat_of = line_of_desa()
    facts = facts_of(1.25, 40.0, 6.0)
    facts.loc[0, "from_code"] = None
    facts.loc[1, "to_code"] = "d0"
    assert fit_roads(roads, facts, seat_of).n_distance == 6
    with pytest.raises(ParameterError, match="three pairs"):
        fit_roads(roads, facts.head(4), seat_of)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("speeds", (0.0,)), ("speeds", ()), ("town_factors", (0.5,)),
        ("trip_minutes", (-1.0,)), ("draws", 10),
    ],
)  # fmt: skip
def test_a_grid_out_of_range(name: str, value: object) -> None:
    with pytest.raises(ParameterError, match=name):
        FitParams(**{name: value})


@pytest.mark.parametrize("name", ["max_water_m", "town_spacing_m"])
def test_proxy_parameters_out_of_range(name: str) -> None:
    with pytest.raises(ParameterError, match=name):
        ProxyParams(**{name: -1.0})
