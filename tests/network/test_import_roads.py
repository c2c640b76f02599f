"""Roads from a file: an OpenStreetMap extract or a line layer, cut at junctions, or refused."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import delete

from data.errors import (
    FileUnreadableError,
    ImportReplacedError,
    SchemaError,
    SourceMissingError,
    SparseRoadsError,
)
from data.ingest.history import undo_import
from data.network.road_files import CLASS_KMH, read_lines, road_class
from data.network.roads import FAR_KM, import_roads
from data.network.tables import read_road_file
from data.store import tables as schema
from data.store.engine import Store
from geo.crs import STORAGE_CRS
from geo.errors import ParameterError
from geo.network.road_lines import road_edges
from services.explain import explain
from services.network.build import load_network
from tests.metric import METRIC_CRS

BOUNDS = (105.1, -3.5, 108.6, -1.5)
osmium = pytest.importorskip("osmium", reason="osmium is not installed: no extract can be read")

OSM = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6">
  <node id="1" lat="-2.10" lon="106.10"/><node id="2" lat="-2.10" lon="106.11"/>
  <node id="3" lat="-2.10" lon="106.12"/><node id="4" lat="-2.11" lon="106.11"/>
  <node id="5" lat="-2.50" lon="106.40"/><node id="6" lat="-2.50" lon="106.41"/>
  <way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/></way>
  <way id="11"><nd ref="2"/><nd ref="4"/><tag k="highway" v="residential"/>
    <tag k="maxspeed" v="10 mph"/><tag k="oneway" v="yes"/></way>
  <way id="12"><nd ref="5"/><nd ref="6"/><tag k="highway" v="secondary_link"/>
    <tag k="maxspeed" v="100"/></way>
  <way id="13"><nd ref="1"/><nd ref="4"/><tag k="highway" v="footway"/></way>
  <way id="14"><nd ref="3"/><nd ref="99"/><tag k="highway" v="primary"/></way>
  <way id="15"><nd ref="1"/><nd ref="2"/><tag k="waterway" v="river"/></way>
  <way id="16"><nd ref="1"/><nd ref="5"/><tag k="route" v="ferry"/></way>
</osm>
"""


@pytest.fixture
def store(own_store: Store) -> Store:
    return own_store


def osm_file(folder: Path, suffix: str = ".osm") -> Path:
    path = folder / f"babel{suffix}"
    (folder / "babel.osm").write_text(OSM, encoding="utf-8")
    if suffix == ".osm.pbf":
        with osmium.SimpleWriter(str(path)) as writer:
            for item in osmium.FileProcessor(str(folder / "babel.osm")):
                writer.add(item)
    return path


def layer(rows: Sequence[tuple[object, object, Sequence[tuple[float, float]]]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"kelas": [r[0] for r in rows], "kecepatan_kmj": [r[1] for r in rows]},
        geometry=[shapely.LineString(r[2]) for r in rows],
        crs=STORAGE_CRS,
    )


@pytest.mark.parametrize("suffix", [".osm", ".osm.pbf"])
def test_an_extract_by_hand(store: Store, tmp_path: Path, suffix: str) -> None:
    path = osm_file(tmp_path, suffix)
    lines = read_lines(path, BOUNDS)
    assert lines["road_class"].to_dict() == {10: "primary", 11: "residential", 12: "secondary"}
    assert lines["kmh"].to_list() == pytest.approx([55, 16.09344, 50])
    done = import_roads(store, path, replace=True)
    assert (done.lines, done.skipped, done.edges, done.parts) == (3, 1, 4, 2)
    assert done.class_speeds == 1.0
    assert (done.left_out, done.oneway, done.ferry) == ({"footway": 1}, 1, 1)
    edges = store.read("road_edges")
    # Way 10 is cut where way 11 meets it; a hundredth of a degree of longitude there is 1.112 km.
    primary = edges[edges["road_class"].eq("primary")]
    assert primary["length_km"].to_list() == pytest.approx([1.1125, 1.1125], abs=2e-3)
    assert primary["usual_min"].to_list() == pytest.approx([60 * 1.1125 / 55] * 2, abs=2e-3)
    assert done.km == pytest.approx(edges["length_km"].sum())
    assert done.part_km[0] == pytest.approx(done.largest_part_share * done.km, abs=1e-3)
    assert done.widest_snap_km > 100
    assert "19.02.02.2010" in done.far_desa


def test_imported_roads_replace_the_proxy(store: Store, tmp_path: Path) -> None:
    import_roads(store, osm_file(tmp_path), replace=True)
    found = load_network(store)
    assert found.has_own_roads
    assert read_road_file(store) == "babel.osm"
    edges = found.network.edges
    given = edges[edges["mode"].eq("road") & ~edges["assumption"]]
    assert len(given) == 4
    assert given["source_id"].notna().all()
    factors = (given["high_min"] / given["usual_min"]).to_numpy()
    by_kind = found.fit.spread.factors
    country, town = by_kind["country"][1], by_kind["town"][1]
    assert sorted(factors) == pytest.approx(sorted([country] * 3 + [town]))
    # The file has no road of Belitung: there the proxy stays.
    assert np.isfinite(found.network.minutes_from(["19.02.01.1011"]).loc[:, "19.06.01.2012"]).all()


def test_the_same_file_twice_and_another(store: Store, tmp_path: Path) -> None:
    first = import_roads(store, osm_file(tmp_path), replace=True)
    assert import_roads(store, osm_file(tmp_path), replace=True) == first
    assert store.count("road_edges") == 4
    path = tmp_path / "jalan.gpkg"
    layer([("primary", 40, [(106.1, -2.1), (106.2, -2.1)])]).to_file(path, layer="jalan")
    import_roads(store, path, replace=True)
    assert store.count("road_edges") == 1
    assert store.read("imports")["file_name"].to_list() == ["jalan.gpkg"]


@pytest.mark.parametrize("name", ["jalan.geojson", "jalan.gpkg", "jalan.zip"])
def test_a_line_layer_of_each_format(store: Store, tmp_path: Path, name: str) -> None:
    frame = layer([
        ("primary", 40.0, [(106.1, -2.1), (106.2, -2.1)]),
        ("tertiary", None, [(106.2, -2.1), (106.2, -2.2)]),
    ])  # fmt: skip
    path = tmp_path / name
    if name.endswith(".zip"):
        short = frame.rename(columns={"kecepatan_kmj": "kecepatan"})
        (tmp_path / "shp").mkdir()
        short.to_file(tmp_path / "shp" / "jalan.shp")
        shutil.make_archive(str(path.with_suffix("")), "zip", tmp_path / "shp")
    else:
        frame.to_file(path)
    done = import_roads(store, path, replace=True)
    assert (done.lines, done.edges, done.parts) == (2, 2, 1)
    edges = store.read("road_edges")
    assert edges["speed_basis"].to_list() == ["berkas", "kelas"]
    speeds = (60 * edges["length_km"] / edges["usual_min"]).to_list()
    assert speeds == pytest.approx([40.0, CLASS_KMH["tertiary"]])
    assert 0 < done.class_speeds < 1


def test_another_projection_is_brought_home(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "utm.gpkg"
    layer([("primary", 40, [(106.1, -2.1), (106.2, -2.1)])]).to_crs("EPSG:32748").to_file(path)
    assert import_roads(store, path, replace=True).km == pytest.approx(11.12, abs=0.02)


def metric(*lines: Sequence[tuple[float, float]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shapely.LineString(c) for c in lines], crs=METRIC_CRS)


def test_loose_ends_are_joined_and_the_gap_reported() -> None:
    lines = metric([(0, 0), (1000, 0)], [(500, 3), (500, 800)], [(2000, 0), (3000, 0)])
    cut = road_edges(lines, snap_m=5)
    assert (cut.snapped, len(cut.edges)) == (1, 4)
    assert cut.widest_snap_m == pytest.approx(3, abs=0.01)
    assert cut.part_km.to_list() == pytest.approx([1.8, 1.0], abs=0.01)
    apart = road_edges(lines, snap_m=1)
    assert (apart.snapped, len(apart.edges), len(apart.part_km)) == (0, 3, 3)


def test_lines_that_cross_without_a_vertex_stay_apart() -> None:
    cut = road_edges(metric([(0, 0), (1000, 0)], [(500, -500), (500, 500)]))
    assert (len(cut.edges), len(cut.part_km)) == (2, 2)
    met = road_edges(metric([(0, 0), (500, 0), (1000, 0)], [(500, -500), (500, 0), (500, 500)]))
    assert (len(met.edges), len(met.part_km)) == (4, 1)


def test_a_ring_is_no_edge_and_lengths_add_up() -> None:
    ring = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
    cut = road_edges(metric([*ring], [(0, 0), (-300, 0)]))
    assert cut.edges["length_km"].to_list() == pytest.approx([0.3])
    lines = metric([(0, 0), (500, 0), (1000, 0)], [(500, 0), (500, 700)])
    assert road_edges(lines).edges["length_km"].sum() == pytest.approx(1.7)


@pytest.mark.parametrize("snap", [-1.0, 101.0])
def test_a_snapping_distance_out_of_range(snap: float) -> None:
    with pytest.raises(ParameterError, match="snap_m"):
        road_edges(metric([(0, 0), (1, 0)]), snap)


LINE = [(106.1, -2.1), (106.2, -2.1)]
FAULTS = {
    "speed_of_an_aeroplane": (("primary", 800, LINE), "kecepatan_kmj '800', expected km/h"),
    "speed_negative": (("primary", -40, LINE), "kecepatan_kmj '-40', expected km/h"),
    "latitude_before_longitude": (
        ("primary", 40, [(-2.1, 106.1), (-2.1, 106.2)]),
        "expected longitude and latitude in the province",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_row_stops_the_file_and_is_named(store: Store, tmp_path: Path, fault: str) -> None:
    row, expected = FAULTS[fault]
    path = tmp_path / f"{fault}.gpkg"
    layer([("primary", 40, LINE), row]).astype({"kecepatan_kmj": "Int64"}).to_file(path)
    before = store.revision()
    with pytest.raises(SchemaError) as caught:
        import_roads(store, path)
    assert caught.value.table == path.name
    assert len(caught.value.faults) == 1
    assert caught.value.faults[0].startswith("row 2: ")
    assert expected in caught.value.faults[0]
    assert store.revision() == before
    assert store.count("road_edges") == 0


def test_points_are_no_roads(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "titik.geojson"
    gpd.GeoDataFrame(
        {"kelas": ["primary"]}, geometry=[shapely.Point(106, -2)], crs=STORAGE_CRS
    ).to_file(path)
    with pytest.raises(SchemaError, match="row 1: geometry Point, expected a line"):
        import_roads(store, path)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("jalan.txt", "x", "unknown_format"),
        ("rusak.osm", "<osm><node", "broken_osm"),
        ("rusak.osm.pbf", "bukan pbf", "broken_osm"),
        ("kosong.osm", "<osm version='0.6'></osm>", "no_roads"),
        ("rusak.gpkg", "bukan geopackage", "content_not_as_named"),
        ("rusak.zip", "bukan zip", "content_not_as_named"),
    ],
)
def test_a_file_that_cannot_be_used(
    store: Store, tmp_path: Path, name: str, content: str, reason: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FileUnreadableError) as caught:
        import_roads(store, path)
    assert caught.value.reason == reason
    assert store.count("road_edges") == 0


def test_a_layer_without_what_is_needed(store: Store, tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError):
        import_roads(store, tmp_path / "hilang.gpkg")
    plain = layer([("primary", 40, LINE)])
    named = tmp_path / "tanpa_kelas.gpkg"
    plain[["geometry"]].to_file(named)
    with pytest.raises(FileUnreadableError, match="no_class_or_speed_column"):
        import_roads(store, named)
    two = tmp_path / "dua.gpkg"
    plain.to_file(two, layer="a")
    plain.to_file(two, layer="b")
    with pytest.raises(FileUnreadableError, match="layers"):
        import_roads(store, two)
    bare = tmp_path / "tanpa_crs.shp"
    plain.rename(columns={"kecepatan_kmj": "kecepatan"}).to_file(bare)
    bare.with_suffix(".prj").unlink()
    with pytest.raises(FileUnreadableError, match="no_crs"):
        import_roads(store, bare)


def table(**columns: Sequence[object]) -> gpd.GeoDataFrame:
    """Return a layer of lines end to end with some columns."""
    n = len(next(iter(columns.values())))
    lines = [
        shapely.LineString([(106.1 + i / 100, -2.1), (106.11 + i / 100, -2.1)]) for i in range(n)
    ]
    return gpd.GeoDataFrame(columns, geometry=lines, crs=STORAGE_CRS)


def test_the_layout_of_geofabrik(tmp_path: Path) -> None:
    path = tmp_path / "gis_osm_roads.gpkg"
    table(
        fclass=["primary", "track_grade3", "footway", "unknown", "secondary_link", "residential"],
        maxspeed=[50, 0, 0, 0, 90, 0],
        oneway=["F", "B", "B", "F", "T", "B"],
    ).to_file(path)
    lines = read_lines(path, BOUNDS)
    assert lines["road_class"].to_dict() == {
        1: "primary", 2: "track", 5: "secondary", 6: "residential",
    }  # fmt: skip
    assert lines["kmh"].tolist() == [50, 15, 50, 20]
    assert set(lines["speed_basis"]) == {"kelas"}
    assert lines.attrs["left_out"] == {"footway": 1, "unknown": 1}
    assert (lines.attrs["oneway"], lines.attrs["ferry"]) == (2, 0)


def test_the_layout_of_hot(tmp_path: Path) -> None:
    path = tmp_path / "hot.geojson"
    table(
        highway=["primary", "footway", "path", "path", None, "steps"],
        route=[None, None, None, None, "ferry", None],
        oneway=["-1", None, "no", "yes", None, "yes"],
    ).to_file(path)
    lines = read_lines(path, BOUNDS)
    assert lines["kmh"].tolist() == [55]
    assert lines.attrs["left_out"] == {"path": 2, "footway": 1, "steps": 1}
    assert (lines.attrs["oneway"], lines.attrs["ferry"]) == (1, 1)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Arteri", "primary"), ("Kolektor Primer", "secondary"), ("kolektor sekunder", "tertiary"),
        ("Lokal", "tertiary"), ("Jalan Lokal Sekunder", "unclassified"),
        ("LINGKUNGAN", "residential"), ("Jalan Nasional", "primary"), ("provinsi", "secondary"),
        ("Kabupaten/Kota", "tertiary"), ("kab. kota", "tertiary"), ("Kota", "tertiary"),
        ("Desa", "unclassified"), ("Jl. Desa", "unclassified"), ("jalan tol", "motorway"),
        ("primary_link", "primary"), ("Living Street", "living_street"), ("track_grade5", "track"),
        ("track_grade6", ""), ("setapak", ""), ("", ""), ("desa wisata", ""),
    ],
)  # fmt: skip
def test_words_for_classes(words: str, expected: str) -> None:
    assert road_class(words) == expected


def test_indonesian_classes_have_assumed_speeds(tmp_path: Path) -> None:
    path = tmp_path / "jalan.geojson"
    table(kelas_jalan=["Kolektor Primer", "Lokal", "Setapak"]).to_file(path)
    lines = read_lines(path, BOUNDS)
    assert lines["kmh"].tolist() == [CLASS_KMH["secondary"], CLASS_KMH["tertiary"]]
    assert set(lines["speed_basis"]) == {"kelas"}
    assert lines.attrs["left_out"] == {"Setapak": 1}


@pytest.mark.parametrize(
    ("limit", "kmh", "basis"),
    [("0", 55, "kelas"), ("none", 55, "kelas"), ("20 mph", 32.18688, "kelas"), ("", 55, "kelas")],
)
def test_a_limit_only_slows_down(tmp_path: Path, limit: str, kmh: float, basis: str) -> None:
    path = tmp_path / "jalan.geojson"
    table(highway=["primary"], maxspeed=[limit]).to_file(path)
    lines = read_lines(path, BOUNDS)
    assert lines["kmh"].tolist() == pytest.approx([kmh])
    assert lines["speed_basis"].tolist() == [basis]


def test_nothing_but_paths_is_told_by_class(tmp_path: Path) -> None:
    path = tmp_path / "setapak.geojson"
    table(highway=["footway", "path", "path"]).to_file(path)
    with pytest.raises(FileUnreadableError, match="tidak dipakai: path 2, footway 1") as caught:
        read_lines(path, BOUNDS)
    assert caught.value.reason == "no_roads"


def test_many_faults_make_a_short_message(tmp_path: Path) -> None:
    path = tmp_path / "cepat.geojson"
    table(highway=["primary"] * 300, kecepatan=[900] * 300).to_file(path)
    with pytest.raises(SchemaError) as caught:
        read_lines(path, BOUNDS)
    assert len(str(caught.value)) < 2_000
    assert caught.value.faults[-1] == "and 280 more"


def network(folder: Path, store: Store, name: str = "semua.gpkg") -> Path:
    """Write a line from each desa to the next one, so that all are near a road."""
    desa = store.units().query("level == 'desa'").drop_duplicates(["lon", "lat"])
    desa = desa.sort_values("lon")
    points = list(zip(desa["lon"], desa["lat"], strict=True))
    layer([("primary", 40, pair) for pair in pairwise(points)]).to_file(
        folder / name, layer="jalan"
    )
    return folder / name


NEW = [(106.1, -2.1), (106.12, -2.1)]


def test_few_roads_replace_nothing_unless_told_to(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "dua_km.geojson"
    layer([("primary", None, NEW)]).to_file(path)
    before = store.revision()
    with pytest.raises(SparseRoadsError) as caught:
        import_roads(store, path)
    error = caught.value
    assert (error.lines, error.far_km) == (1, FAR_KM)
    assert error.desa / 2 < error.far <= error.desa == 393
    words = explain(error)
    assert f"{error.far} dari 393 desa" in words
    assert "--replace" in words
    assert "--merge" in words
    assert store.revision() == before
    with pytest.raises(SparseRoadsError):
        import_roads(store, path, merge=True)  # to nothing
    assert import_roads(store, path, replace=True).edges == 1
    with pytest.raises(ParameterError, match="not both"):
        import_roads(store, path, replace=True, merge=True)


def test_roads_for_all_replace_without_being_told(store: Store, tmp_path: Path) -> None:
    done = import_roads(store, network(tmp_path, store))
    assert (done.far_desa, done.merged, done.repeated) == ((), 0, 0)


def roads(store: Store) -> dict[str, pd.DataFrame]:
    return {t: store.read(t) for t in ("road_edges", "road_lines", "imports", "history")}


def assert_same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    for name, rows in one.items():
        pd.testing.assert_frame_equal(rows, other[name], check_exact=True, obj=name)


def test_undo_brings_the_estimated_roads_back(store: Store, tmp_path: Path) -> None:
    before = roads(store)
    done = import_roads(store, osm_file(tmp_path), replace=True)
    assert load_network(store).has_own_roads
    undo_import(store, done.import_id)
    assert_same(roads(store), before)
    assert not load_network(store).has_own_roads


def test_undo_brings_the_earlier_roads_back(store: Store, tmp_path: Path) -> None:
    path = network(tmp_path, store)
    first = import_roads(store, path)
    between = roads(store)
    second = import_roads(store, osm_file(tmp_path), replace=True)
    assert store.read("imports")["file_name"].tolist() == ["babel.osm"]
    with pytest.raises(ImportReplacedError):
        undo_import(store, first.import_id)
    third = import_roads(store, path)  # the first file once more
    assert third.import_id == first.import_id
    undo_import(store, third.import_id)
    undo_import(store, second.import_id)
    assert_same(roads(store), between)
    assert read_road_file(store) == "semua.gpkg"


def test_roads_are_added_meet_the_old_ones_and_can_be_taken_out(
    store: Store, tmp_path: Path
) -> None:
    import_roads(store, network(tmp_path, store))
    before = roads(store)
    lines = before["road_lines"]
    old = shapely.from_wkb(lines["wkb"].iloc[5])
    middle = old.interpolate(0.5, normalized=True)  # no vertex of the old road
    path = tmp_path / "tambahan.geojson"
    branch = [(middle.x, middle.y), (middle.x + 0.01, middle.y)]
    again = list(old.coords)[::-1]
    layer([("tertiary", None, branch), ("primary", 40, again)]).to_file(path)
    done = import_roads(store, path, merge=True)
    assert (done.lines, done.merged, done.repeated) == (2, len(lines), 1)
    assert store.count("road_lines") == len(lines) + 1
    edges = store.read("road_edges")
    assert len(edges) == len(before["road_edges"]) + 2, (
        "the old road is cut where the new one meets"
    )
    assert edges["length_km"].sum() == pytest.approx(
        before["road_edges"]["length_km"].sum() + 1.11, abs=0.02
    )
    twice = import_roads(store, path, merge=True)
    assert (twice.repeated, twice.edges) == (2, done.edges)
    names = store.read("imports").sort_values("at")["file_name"].tolist()
    assert names == ["semua.gpkg", "tambahan.geojson"]
    undo_import(store, done.import_id)
    assert_same(roads(store), before)


def test_roads_of_an_earlier_version_cannot_be_added_to(store: Store, tmp_path: Path) -> None:
    path = network(tmp_path, store)
    import_roads(store, path)
    with store.begin("setup.prepare") as connection:
        connection.execute(delete(schema.road_lines))
    with pytest.raises(ParameterError, match="import that file again"):
        import_roads(store, osm_file(tmp_path), merge=True)


def test_a_layer_of_roads_is_chosen(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "dua.gpkg"
    layer([("primary", 40, NEW)]).to_file(path, layer="a")
    layer([("primary", 40, NEW), ("primary", 40, LINE)]).to_file(path, layer="b")
    assert import_roads(store, path, layer="b", replace=True).lines == 2
