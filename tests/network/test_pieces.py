"""Pieces of road that lead nowhere, one-way roads, ferries and the fit of an imported file."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from analytics.network.remoteness import unreachable
from analytics.plan.solver.solve import solve_plan
from data.network.road_files import _direction, _duration, read_lines
from data.network.roads import RoadImport, import_roads
from data.store.engine import Store
from geo.boundaries.coast import Land
from geo.crs import STORAGE_CRS
from geo.errors import ParameterError
from geo.network.joining import AccessParams, Roads, join_places
from services.dataset import Dataset
from services.ingest.imports import Asked, import_file
from services.ingest.layers import layer_lines
from services.network.build import NetworkSet, load_network
from services.network.ferries import ferry_legs, write_ferries
from services.network.fit import fit_lines, road_fit
from services.network.routes import route
from services.plan.inputs import setup
from services.plan.make import PlanAsked, settings_of
from services.plan.ways import leg_minutes
from tests.conftest import ROOT
from tests.metric import METRIC_CRS

CASE = ROOT.parent / "shared" / "cases" / "24-lane-beside-the-office" / "make_roads.py"
KM = 1000.0
OFFICE, PERMIS = "19.03.01.1001", "19.03.04.2007"


# A world in metres: one island of 60 km with roads along it, and an islet.


def land() -> Land:
    boxes = [shapely.box(0, 0, 60 * KM, 20 * KM), shapely.box(70 * KM, 0, 74 * KM, 4 * KM)]
    return Land.of(gpd.GeoDataFrame(geometry=boxes, crs=METRIC_CRS).to_crs(STORAGE_CRS), METRIC_CRS)


def roads_of(
    *lines: Sequence[tuple[float, float]], one_way: Iterable[int] = (), ground: Land | None = None
) -> Roads:
    """Return roads from lines of points in km; points that are equal are one junction."""
    points = list(dict.fromkeys(p for line in lines for p in line))
    xy = np.array(points) * KM
    rows = [
        (
            points.index(a),
            points.index(b),
            float(np.hypot(b[0] - a[0], b[1] - a[1])),
            n in set(one_way),
        )
        for n, line in enumerate(lines)
        for a, b in pairwise(line)
    ]
    edges = pd.DataFrame(rows, columns=["start", "end", "length_km", "one_way"])
    edges = edges.assign(usual_min=edges["length_km"], kind="country", source_id="f",
                         assumption=False, by_class=True)  # fmt: skip
    island = (ground or land()).island_of(xy)
    return Roads(pd.DataFrame({"x_m": xy[:, 0], "y_m": xy[:, 1], "island": island}), edges)


def places_of(
    points: Mapping[str, tuple[float, float]], kinds: Mapping[str, str] | None = None
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "node_id": list(points),
            "unit_code": [f"99.01.01.{name}" for name in points],
            "kind": [(kinds or {}).get(name, "pps") for name in points],
            "x_m": [KM * p[0] for p in points.values()],
            "y_m": [KM * p[1] for p in points.values()],
            "at": None,
        }
    )


MAIN = [(float(x), 10.0) for x in range(2, 60, 2)]
DESA = {f"d{n}": (6.0 + 6 * n, 10.1) for n in range(8)}


def test_a_lane_beside_the_office_is_passed_by() -> None:
    lane = [(12.0, 10.13), (12.0, 10.2)]
    found = join_places(places_of(DESA), roads_of(MAIN, lane), land())
    assert found["is_apart"].to_dict() == {name: name == "d1" for name in DESA}
    assert found.loc["d1", "nearest_km"] == pytest.approx(0.03)
    assert found.loc["d1", "snap_km"] == pytest.approx(0.1)
    assert found["is_main"].all()


def test_two_desa_on_one_lane_and_a_pier_on_another_are_joined_to_the_main_roads() -> None:
    lane = [(12.0, 11.0), (18.0, 11.0)]  # beside d1 and d2, 6 km long
    jetty = [(30.0, 1.0), (30.0, 1.4)]
    places = places_of(
        {**DESA, "d1": (12.0, 11.0), "d2": (18.0, 11.0), "P": (30.0, 1.0)}, {"P": "pier"}
    )
    found = join_places(places, roads_of(MAIN, lane, jetty), land())
    assert found.index[found["is_apart"]].to_list() == ["d1", "d2", "P"]
    assert found.loc["d1", "snap_km"] == pytest.approx(1.0)
    assert found.loc["P", "snap_km"] == pytest.approx(9.0)
    assert found["is_main"].all()


def test_an_islet_has_main_roads_of_its_own() -> None:
    """Two offices, each with a lane of its own beside it, and one road: never over water."""
    islet = [(71.0, 2.0), (72.0, 2.0), (73.0, 2.0)]
    lanes = [(71.0, 2.41), (71.0, 2.45)], [(73.0, 2.41), (73.0, 2.45)]
    places = places_of({**DESA, "i1": (71.0, 2.4), "i2": (73.0, 2.4)})
    found = join_places(places, roads_of(MAIN, islet, *lanes), land())
    assert found.loc[["i1", "i2"], "snap_km"].to_list() == pytest.approx([0.4, 0.4])
    assert found.loc[["i1", "i2"], "is_main"].all()


def test_a_large_part_far_from_the_main_roads_is_a_network_cut_off() -> None:
    north = [(20.0, 15.0), (34.0, 15.0)]  # 14 km of road, 5 km from the main ones
    places = places_of({**DESA, "n": (20.0, 15.0)})
    found = join_places(places, roads_of(MAIN, north), land())
    assert found.loc["n", "snap_km"] == pytest.approx(0.0)
    assert (found.loc["n", "is_apart"], found.loc["n", "is_main"]) == (True, False)
    near = join_places(places, roads_of(MAIN, north), land(), AccessParams(beside_km=5.0))
    assert near.loc["n", "is_main"]
    short = join_places(places, roads_of(MAIN, north), land(), AccessParams(piece_km=20.0))
    assert short.loc["n", "is_main"]
    unreached = join_places(places, roads_of(MAIN, [(20.0, 15.0), (21.0, 15.0)]), land(),
                            AccessParams(reach_km=4.0))  # fmt: skip
    assert not unreached.loc["n", "is_main"]
    with pytest.raises(ParameterError, match="piece_km"):
        AccessParams(piece_km=-1.0)


def test_a_road_that_cannot_be_come_back_from_is_a_piece() -> None:
    lane = [(12.0, 10.0), (12.0, 10.09)]
    ends = join_places(places_of(DESA), roads_of(MAIN, lane), land())
    assert ends.loc["d1", "snap_km"] == pytest.approx(0.01)
    found = join_places(places_of(DESA), roads_of(MAIN, lane, one_way=[1]), land())
    assert found.loc["d1", "snap_km"] == pytest.approx(0.1)


# A file of roads in the province.


@pytest.fixture(scope="module")
def estimated(shipped_store: Store) -> NetworkSet:
    return load_network(shipped_store)


def as_lines(found: NetworkSet, moved: Mapping[str, float]) -> gpd.GeoDataFrame:
    """Return the estimated roads as lines, the junctions at some offices moved east by degrees."""
    at = found.network.nodes.set_index("node_id")[["lon", "lat"]]
    shift = {tuple(at.loc[code].round(6)): by for code, by in moved.items()}
    road = found.network.edges[found.network.edges["why"].eq("proxy")]

    def point(node: str) -> tuple[float, float]:
        lon, lat = at.loc[node]
        return lon + shift.get((round(lon, 6), round(lat, 6)), 0.0), lat

    pairs = zip(road["from_node"], road["to_node"], strict=True)
    lines = [shapely.LineString([point(a), point(b)]) for a, b in pairs]
    return gpd.GeoDataFrame({"highway": ["tertiary"] * len(lines)}, geometry=lines, crs=STORAGE_CRS)


def lane_at(found: NetworkSet, code: str) -> gpd.GeoDataFrame:
    lon, lat = found.network.nodes.set_index("node_id").loc[code, ["lon", "lat"]]
    x = lon + 0.0002
    line = shapely.LineString([(x, lat + 0.0002), (x, lat + 0.0008)])
    return gpd.GeoDataFrame({"highway": ["residential"]}, geometry=[line], crs=STORAGE_CRS)


def with_roads(store: Store, folder: Path, *parts: gpd.GeoDataFrame) -> RoadImport:
    """Import lines as the roads of a store."""
    path = folder / f"jalan{len(parts)}.geojson"
    pd.concat(parts, ignore_index=True).to_file(path, driver="GeoJSON")
    return import_roads(store, path, replace=True)


def test_lanes_beside_offices_are_named_and_passed_by(
    own_store: Store, tmp_path: Path, estimated: NetworkSet
) -> None:
    """The estimated roads as a file, the junctions at two offices 200 m off, a lane at each."""
    lines = as_lines(estimated, {OFFICE: 0.002, PERMIS: 0.002})
    lanes = [lane_at(estimated, code) for code in (OFFICE, PERMIS)]
    done = with_roads(own_store, tmp_path, lines, *lanes)
    assert {one.code for one in done.apart} == {OFFICE, PERMIS}
    assert max(one.nearest_km for one in done.apart) < 0.04
    assert [one.road_km for one in done.apart] == pytest.approx([0.222, 0.222], abs=0.002)
    words = " ".join(layer_lines(done, "id"))
    assert "2 desa dengan jalan terdekat berupa potongan" in words
    assert f"Permis ({PERMIS}): 0,03 km, disambung ke jalan pada 0,22 km" in words
    found = load_network(own_store)
    assert 100 < route(own_store, "Pangkalpinang", OFFICE, networks=found)["distance_km"] < 150
    access = found.network.edges.set_index("from_node").loc[OFFICE]
    assert access["length_km"] == pytest.approx(0.222 * found.fit.detour, abs=0.002)
    assert unreachable(found.network, found.default_depots).empty

    # The file has its own fit, and keeps lengths as they are.
    assert found.fit.is_of_file
    assert not found.proxy_fit.is_of_file
    assert found.fit.n_time == estimated.fit.n_time
    told = road_fit(own_store, found)
    assert told["roads"]["source"] == "jalan3.geojson"
    assert told["time_min"]["median"] == pytest.approx(found.fit.mape_time, abs=1e-3)
    assert len(told["facts"]) == 18 + 25
    last = "\n".join(fit_lines(told, "id")[-6:])
    assert "jalan3.geojson: kecepatan kelas" in last
    assert "Sebaran harian antartempat: 0,80 sampai 1,20 kali waktu biasa (fakta)" in last
    json.dumps(told, allow_nan=False)


def test_a_place_cut_off_is_named_and_all_others_are_planned(
    shipped_dataset: Dataset, estimated: NetworkSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(settings_of(PlanAsked("19.03")), include=("19.03.01.1001", "19.03.01.1002"))
    edges = estimated.network.edges
    touching = edges.index[edges["from_node"].eq(OFFICE) | edges["to_node"].eq(OFFICE)]
    cut = replace(estimated, network=estimated.network.without(touching))
    monkeypatch.setattr("services.plan.inputs.network_of", lambda data: cut)
    inputs, notes = setup(shipped_dataset, settings)
    assert notes["places"]["cut_off"] == [OFFICE]
    assert OFFICE not in set(inputs.legs["from_code"]) | set(inputs.legs["to_code"])
    plan = solve_plan(inputs, 1, 1.0)
    left = plan.unserved[["place_code", "reason"]].drop_duplicates()
    assert left.to_numpy().tolist() == [[OFFICE, "no_leg"]]
    assert set(plan.deliveries["place_code"]) == {"19.03.01.1002"}


def test_legs_of_a_plan_spread_as_their_roads_do(estimated: NetworkSet) -> None:
    legs = leg_minutes(estimated.network, ["BSL-02", "19.03.04.2007", "P-SADAI"], "truck")
    assert len(legs) == 6
    way = estimated.network.way("BSL-02", "P-SADAI")
    row = legs[legs["from_code"].eq("BSL-02") & legs["to_code"].eq("P-SADAI")].iloc[0]
    expected = [way.minutes(which) for which in ("low", "usual", "high")]
    assert row[["low_min", "usual_min", "high_min"]].to_list() == pytest.approx(expected, abs=1e-4)
    factors = legs["high_min"] / legs["usual_min"]
    assert (factors.min() > 1.2, factors.max() < 1.5) == (True, True)


# What a file says of directions and ferries.


@pytest.mark.parametrize(
    ("oneway", "junction", "told", "expected"),
    [
        ("yes", "", "primary", 1), ("-1", "", "primary", -1), ("T", "", "primary", -1),
        ("F", "", "primary", 1), ("B", "", "primary", 0), ("no", "", "motorway", 0),
        ("", "", "motorway", 1), ("", "", "motorway_link", 1), ("", "roundabout", "tertiary", 1),
        ("no", "roundabout", "tertiary", 0), ("reversible", "", "primary", 0), ("", "", "tol", 0),
    ],
)  # fmt: skip
def test_directions(oneway: str, junction: str, told: str, expected: int) -> None:
    assert _direction(oneway, junction, told) == expected


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("90", 90), ("01:30", 90), ("1:30:00", 90), ("PT1H30M", 90), ("PT45M", 45), ("", None),
     ("0", None), ("sejam", None), ("9" * 50, None)],
)  # fmt: skip
def test_durations(text: str, minutes: float | None) -> None:
    assert _duration(text) == minutes


WEST, EAST = (106.10, -2.10), (106.12, -2.10)


def test_a_one_way_road_of_a_file_is_held(own_store: Store, tmp_path: Path) -> None:
    lines = [[WEST, EAST], [EAST, (106.12, -2.12), (106.10, -2.12), WEST], [EAST, WEST]]
    gpd.GeoDataFrame(
        {"highway": ["primary", "primary", "footway"], "oneway": ["-1", "no", "yes"]},
        geometry=[shapely.LineString(points) for points in lines],
        crs=STORAGE_CRS,
    ).to_file(tmp_path / "satu.geojson", driver="GeoJSON")
    done = import_roads(own_store, tmp_path / "satu.geojson", replace=True)
    assert done.oneway == 1
    edges = own_store.read("road_edges")
    assert edges["one_way"].to_list() == [True, False]
    assert edges["start_lon"].iloc[0] == pytest.approx(EAST[0])  # drawn against its direction
    network = load_network(own_store).network
    own = network.edges[network.edges["source_id"].eq(done.import_id)].set_index("one_way")
    start, end = own.loc[True, "from_node"], own.loc[True, "to_node"]
    assert network.way(start, end).distance_km < 3 < network.way(end, start).distance_km
    kept = own_store.read("road_lines")
    assert kept["one_way"].to_list() == [True, False]


def test_ferries_of_a_file_are_legs_and_no_roads(
    own_store: Store, tmp_path: Path, estimated: NetworkSet
) -> None:
    piers = estimated.piers.set_index("pier_id")
    ends = [tuple(piers.loc[name, ["lon", "lat"]]) for name in ("P-SADAI", "L-PONGOK")]
    lines = [[WEST, EAST], ends, ends[::-1], [ends[0], (107.0, -3.4)]]
    path = tmp_path / "feri.geojson"
    gpd.GeoDataFrame(
        {
            "highway": ["primary", None, None, None],
            "route": [None, "ferry", "ferry", "ferry"],
            "name": [None, "Sadai - Pongok", None, "Ke laut"],
            "duration": [None, "01:45", None, None],
        },
        geometry=[shapely.LineString(points) for points in lines],
        crs=STORAGE_CRS,
    ).to_file(path, driver="GeoJSON")
    lines_read = read_lines(path, (105.1, -3.5, 108.6, -1.5))
    assert (len(lines_read), lines_read.attrs["ferry"]) == (1, 3)
    done = import_roads(own_store, path, replace=True)
    assert (done.edges, done.ferry, len(done.ferries)) == (1, 3, 3)
    out = tmp_path / "jalur.csv"
    told = write_ferries(own_store, done.ferries, out, "id")
    assert "2 penyeberangan" in told
    assert "1 ujung tanpa dermaga" in told
    legs = pd.read_csv(out, keep_default_na=False)
    assert legs[["dari", "ke", "menit biasa"]].to_numpy().tolist() == [
        ["P-SADAI", "L-PONGOK", "105.0"], ["P-SADAI", "", ""],
    ]  # fmt: skip
    assert float(legs["jarak km"][0]) > 20
    legs.head(1).to_csv(out, index=False)
    result = import_file(own_store, "sealegs", out, Asked())
    assert (result.accepted, result.quarantined) == (1, 0)
    stored = own_store.read("sea_legs").iloc[0]
    assert (stored["from_pier"], stored["usual_min"]) == ("P-SADAI", 105)
    assert ferry_legs((), piers.reset_index(), METRIC_CRS).empty


@pytest.mark.skipif(not CASE.is_file(), reason="../shared/cases is absent: case 24 is not tried")
def test_the_case_of_the_folder(
    tmp_path: Path, own_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its script was written for an earlier place of `load_network` and of the store."""
    monkeypatch.setattr("services.network.load_network", load_network, raising=False)
    monkeypatch.setattr("services.prepare.open_prepared", lambda: own_store)
    monkeypatch.setattr("sys.argv", [str(CASE), str(tmp_path / "jalan.geojson")])
    runpy.run_path(str(CASE))
    done = import_roads(own_store, tmp_path / "jalan.geojson")
    assert [one.code for one in done.apart] == [OFFICE]
    way = route(own_store, "Pangkalpinang", OFFICE)
    assert 100 < way["distance_km"] < 150
