"""The shipped boundaries: complete, valid as read and as exported, and as good as they say."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from data.paths import shipped_dir
from geo.boundaries.grid import iou_by_code
from geo.boundaries.validate import check_coverage
from tests.metric import METRIC_CRS
from tools.build_boundaries import LEVELS, dissolve_source, main, read_vintages

FOLDER = shipped_dir() / "boundaries"
REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "geo"
COUNTS = {"kabupaten": 7, "kecamatan": 47, "desa": 391}
MAX_BYTES = 2_000_000
WITHOUT_POLYGON = {"19.05.01.1008", "19.05.01.1009"}

# Rounded points on islands with polling stations or a village, and the unit each belongs to.
ISLANDS = [
    ("Pongok", 107.06, -2.87, "19.03.08"),
    ("Celagen", 107.015, -2.873, "19.03.08"),
    ("Lepar", 106.81, -2.96, "19.03.02"),
    ("Semujur", 106.296, -2.156, "19.04.02"),
    ("Gersik", 107.2715, -3.0005, "19.02.03"),
    ("Mendanau (Selat Nasik)", 107.42, -2.88, "19.02.03"),
    ("Nadu", 107.45, -2.95, "19.02.03"),
    ("Sumedang", 107.211, -3.318, "19.02.02"),
    ("Seliu", 107.53, -3.22, "19.02.02"),
    ("Buku Limau", 108.403, -2.812, "19.06.01"),
    ("Long", 108.461, -3.325, "19.06.02"),
    ("Ketapang", 107.961, -3.413, "19.06.07"),
    ("Kelasa (Kemendagri alone)", 107.075, -2.415, "19.04.06"),
]


@pytest.fixture(scope="module")
def levels() -> dict[str, gpd.GeoDataFrame]:
    return {level: gpd.read_parquet(FOLDER / f"{level}.parquet") for level in LEVELS}


@pytest.fixture(scope="module")
def figures() -> dict[str, dict]:
    return json.loads((FOLDER / "figures.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def reference() -> Path:
    if not REFERENCE.is_dir():
        pytest.skip("../shared/reference is absent: figures against the sources not checked")
    return REFERENCE


def parent(codes: pd.Series) -> pd.Series:
    return codes.str.rpartition(".")[0]


def test_files_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= MAX_BYTES


@pytest.mark.parametrize("level", LEVELS)
class TestEachLevel:
    def test_units_are_complete(self, levels: dict[str, gpd.GeoDataFrame], level: str) -> None:
        frame = levels[level]
        assert list(frame.columns) == ["code", "geometry", "lon", "lat", "area_km2"]
        assert len(frame) == COUNTS[level]
        units = pd.read_csv(shipped_dir() / "units.csv", dtype=str)
        registered = set(units.loc[units["level"] == level, "code"])
        assert registered - set(frame["code"]) == (WITHOUT_POLYGON if level == "desa" else set())

    def test_coverage_is_valid_as_read(
        self, levels: dict[str, gpd.GeoDataFrame], level: str
    ) -> None:
        frame = levels[level]
        assert shapely.coverage_is_valid(frame.geometry.to_numpy())
        # Nor is there a gap narrower than a metre.
        assert check_coverage(frame, gap_width=1e-5).faults == ()

    def test_coverage_is_valid_as_exported(
        self, levels: dict[str, gpd.GeoDataFrame], level: str, tmp_path: Path
    ) -> None:
        frame = levels[level]
        frame.to_file(tmp_path / "out.geojson", COORDINATE_PRECISION=5)
        back = gpd.read_file(tmp_path / "out.geojson")
        assert shapely.coverage_is_valid(back.geometry.to_numpy())
        assert back.geometry.is_valid.all()
        assert back["code"].tolist() == frame["code"].tolist()
        assert back.geometry.geom_equals(frame.geometry).all()

    def test_bounds_and_measures_are_sane(
        self, levels: dict[str, gpd.GeoDataFrame], level: str
    ) -> None:
        frame = levels[level]
        west, south, east, north = frame.total_bounds
        assert 105.0 < west < east < 108.95
        assert -3.5 < south < north < -1.4
        points = gpd.GeoSeries.from_xy(frame["lon"], frame["lat"], crs=frame.crs)
        assert points.within(frame.geometry).all()
        assert frame["area_km2"].sum() == pytest.approx(16_700, rel=0.002)
        measured = frame.to_crs(METRIC_CRS).area / 1e6
        assert (frame["area_km2"] - measured).abs().max() < 1e-4


@pytest.mark.parametrize(("lower", "upper"), [("desa", "kecamatan"), ("kecamatan", "kabupaten")])
def test_parts_are_exactly_the_whole(
    levels: dict[str, gpd.GeoDataFrame], lower: str, upper: str
) -> None:
    whole = levels[upper].set_index("code").geometry
    for code, group in levels[lower].groupby(parent(levels[lower]["code"])):
        # An ordinary union, not the coverage union by which the level was made.
        assert group.geometry.union_all().equals(whole[code]), code


def test_stray_part_of_mendo_barat_is_gone(levels: dict[str, gpd.GeoDataFrame]) -> None:
    near = shapely.Point(107.472, -2.942).buffer(0.1)
    for level in LEVELS:
        frame = levels[level]
        bangka = frame[frame["code"].str.startswith("19.01")]
        assert not bangka.intersects(near).any()
    mendo_barat = levels["kecamatan"].set_index("code").geometry["19.01.04"]
    assert mendo_barat.bounds[2] < 106.2


@pytest.mark.parametrize(("name", "lon", "lat", "code"), ISLANDS, ids=[i[0] for i in ISLANDS])
def test_islands_with_people_have_land(
    levels: dict[str, gpd.GeoDataFrame], name: str, lon: float, lat: float, code: str
) -> None:
    kecamatan = levels["kecamatan"]
    hit = kecamatan[kecamatan.contains(shapely.Point(lon, lat))]
    assert hit["code"].tolist() == [code]


def test_figures_describe_the_files(
    levels: dict[str, gpd.GeoDataFrame], figures: dict[str, dict]
) -> None:
    for level in LEVELS:
        said = figures["levels"][level]
        assert said["units"] == COUNTS[level]
        assert said["coverage_is_valid"] is True
        assert said["parts"] == len(shapely.get_parts(levels[level].geometry.to_numpy()))
        assert said["area_km2"] == pytest.approx(levels[level]["area_km2"].sum(), abs=0.01)
    kecamatan = figures["iou"]["kecamatan"]["kemendagri"]
    assert kecamatan["median"] >= 0.99
    assert kecamatan["min"] >= 0.95
    assert figures["strays_dropped"] == ["19.01.04.2001: 0.39 ha, 188 km from the rest"]


def test_readme_states_the_figures(figures: dict[str, dict]) -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    for level in LEVELS:
        for source in ("kemendagri", "bps"):
            said = figures["iou"][level][source]
            assert f"{said['median']:.4f} / {said['min']:.4f}" in text, (level, source)
    for source in ("kemendagri", "bps"):
        assert f"{figures['iou']['land'][source]['iou']:.4f}" in text


def test_kecamatan_agree_with_the_dissolved_villages(
    levels: dict[str, gpd.GeoDataFrame], reference: Path
) -> None:
    source = gpd.read_file(reference / "kecamatan_kemendagri_from_desa.geojson")
    iou = iou_by_code(levels["kecamatan"], source)
    assert len(iou) == 47
    assert iou.median() >= 0.99
    assert iou.min() >= 0.95
    city = iou[iou.index.str.startswith("19.71")]
    assert city.min() >= 0.95


def test_figures_against_the_sources_are_true(
    levels: dict[str, gpd.GeoDataFrame], figures: dict[str, dict], reference: Path
) -> None:
    found = read_vintages(
        reference / "desa_kemendagri.geojson",
        reference / "desa_bps2020.geojson",
        reference / "admin_crosswalk.csv",
    )
    bps = found.bps.assign(code=found.bps["code"].map(found.code_of_bps))
    shipped = gpd.read_file(reference / "kecamatan_kemendagri_from_desa.geojson")
    measured = {
        ("kecamatan", "kemendagri"): iou_by_code(levels["kecamatan"], shipped),
        ("kecamatan", "bps"): iou_by_code(levels["kecamatan"], dissolve_source(bps, "kecamatan")),
        ("desa", "kemendagri"): iou_by_code(levels["desa"], found.kemendagri),
        ("desa", "bps"): iou_by_code(levels["desa"], bps),
    }
    for (level, source), iou in measured.items():
        said = figures["iou"][level][source]
        assert said["median"] == pytest.approx(iou.median(), abs=0.001), (level, source)
        assert said["min"] == pytest.approx(iou.min(), abs=0.001), (level, source)


def test_populated_islands_of_the_gazetteer_have_land(
    levels: dict[str, gpd.GeoDataFrame], reference: Path
) -> None:
    islands = pd.read_csv(reference / "islands.csv")
    people = islands[islands["is_populated"] == 1]
    points = gpd.GeoSeries.from_xy(people["lon"], people["lat"], crs="EPSG:4326")
    land = levels["desa"].to_crs(METRIC_CRS).union_all()
    away = points.to_crs(METRIC_CRS).distance(land)
    assert len(people) == 43
    # The listed point of one islet lies a metre off its own shore in the source as well.
    assert away.max() < 5.0


def test_the_build_gives_the_shipped_files_again(
    levels: dict[str, gpd.GeoDataFrame], reference: Path, tmp_path: Path
) -> None:
    files = {
        "--kemendagri": reference / "desa_kemendagri.geojson",
        "--bps": reference / "desa_bps2020.geojson",
        "--crosswalk": reference / "admin_crosswalk.csv",
        "--out": tmp_path,
    }
    assert main([str(part) for pair in files.items() for part in pair]) == 0
    for level in LEVELS:
        again = gpd.read_parquet(tmp_path / "boundaries" / f"{level}.parquet")
        assert again["code"].tolist() == levels[level]["code"].tolist()
        assert again.geometry.geom_equals(levels[level].geometry).all()
