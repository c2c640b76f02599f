"""Boundary files are taken whole or refused with everything that is wrong with them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from data.boundaries.files import BoundaryFileError, read_boundaries, read_boundary_file
from geo.errors import ParameterError

# A province of two regencies that have each other's number in the BPS scheme, as 1903 and 1905.
KECAMATAN = {
    "19.03.01": ("1905030", box(106.0, -3.0, 106.5, -2.0)),
    "19.03.02": ("1905040", box(106.5, -3.0, 107.0, -2.0)),
    "19.05.01": ("1903010", box(105.0, -3.0, 105.5, -2.0)),
    "19.05.02": ("1903020", box(105.5, -3.0, 106.0, -2.0)),
}
KABUPATEN = {
    "19.03": ("1905", box(106.0, -3.0, 107.0, -2.0)),
    "19.05": ("1903", box(105.0, -3.0, 106.0, -2.0)),
}


def registry() -> pd.DataFrame:
    rows = []
    for level, units in (("kabupaten", KABUPATEN), ("kecamatan", KECAMATAN)):
        for code, (bps, shape) in units.items():
            middle = shape.centroid
            rows.append((code, level, f"Unit {code}", bps, middle.x, middle.y, True))
    for code, has_polygon in (("19.03.01.2001", True), ("19.03.01.2002", False)):
        bps = "1905030001" if has_polygon else ""
        rows.append((code, "desa", f"Unit {code}", bps, 106.2, -2.5, has_polygon))
    columns = ["code", "level", "name", "bps_code", "lon", "lat", "has_polygon"]
    return pd.DataFrame(rows, columns=columns)


def frame(level: str = "kecamatan", scheme: str = "kemendagri") -> gpd.GeoDataFrame:
    units = KECAMATAN if level == "kecamatan" else KABUPATEN
    codes = [code if scheme == "kemendagri" else bps for code, (bps, _) in units.items()]
    return gpd.GeoDataFrame(
        {"kode": codes, "nama": [f"Unit {code}" for code in units]},
        geometry=[shape for _, shape in units.values()],
        crs="EPSG:4326",
    )


def geojson(folder: Path, units: gpd.GeoDataFrame, name: str = "units.geojson") -> Path:
    units.to_file(folder / name)
    return folder / name


def refused(path: Path, level: str = "kecamatan", **options: str) -> tuple[str, ...]:
    with pytest.raises(BoundaryFileError) as caught:
        read_boundaries(path, level, registry(), **options)
    assert caught.value.path == path
    assert str(path) in str(caught.value)
    assert all(fault in str(caught.value) for fault in caught.value.faults)
    return caught.value.faults


def write_zip(path: Path, units: gpd.GeoDataFrame, inside: str = "") -> None:
    folder = path.parent / "shp"
    folder.mkdir()
    units.to_file(folder / "units.shp")
    with zipfile.ZipFile(path, "w") as archive:
        for part in folder.iterdir():
            archive.write(part, inside + part.name)


class TestFormats:
    @pytest.mark.parametrize(
        ("name", "write"),
        [
            ("a.geojson", lambda units, path: units.to_file(path)),
            ("a.JSON", lambda units, path: units.to_file(path, driver="GeoJSON")),
            ("a.gpkg", lambda units, path: units.to_file(path)),
            ("a.shp", lambda units, path: units.to_file(path)),
            ("a.zip", lambda units, path: write_zip(path, units)),
            ("a.ZIP", lambda units, path: write_zip(path, units, "kecamatan 2025/")),
            ("a.parquet", lambda units, path: units.to_parquet(path)),
        ],
    )
    def test_each_format_gives_the_same(
        self, tmp_path: Path, name: str, write: Callable[[gpd.GeoDataFrame, Path], None]
    ) -> None:
        write(frame(), tmp_path / name)
        found = read_boundaries(tmp_path / name, "kecamatan", registry())
        assert list(found.columns) == ["code", "geometry"]
        assert found["code"].tolist() == sorted(KECAMATAN)
        assert found.crs.to_epsg() == 4326
        for code, shape in zip(found["code"], found.geometry, strict=True):
            assert shape.equals(KECAMATAN[code][1])

    def test_projected_file_comes_back_in_degrees(self, tmp_path: Path) -> None:
        path = tmp_path / "utm.gpkg"
        frame().to_crs("EPSG:32748").to_file(path)
        found = read_boundaries(path, "kecamatan", registry())
        assert found.crs.to_epsg() == 4326
        for code, shape in zip(found["code"], found.geometry, strict=True):
            assert shape.hausdorff_distance(KECAMATAN[code][1]) < 1e-7

    def test_heights_are_dropped(self, tmp_path: Path) -> None:
        units = frame()
        units = units.set_geometry(shapely.force_3d(units.geometry.to_numpy(), 7.0), crs=4326)
        found = read_boundaries(geojson(tmp_path, units), "kecamatan", registry())
        assert not found.geometry.has_z.any()

    def test_units_without_any_polygon_may_be_missing(self, tmp_path: Path) -> None:
        units = gpd.GeoDataFrame(
            {"id": ["1903012001"]}, geometry=[box(106.0, -3.0, 106.5, -2.0)], crs="EPSG:4326"
        )
        found = read_boundaries(geojson(tmp_path, units), "desa", registry())
        assert found["code"].tolist() == ["19.03.01.2001"]


class TestCodes:
    def test_plain_digits_and_numbers_are_read_as_codes(self, tmp_path: Path) -> None:
        units = frame()
        units["kode"] = units["kode"].str.replace(".", "", regex=False)
        assert len(read_boundaries(geojson(tmp_path, units), "kecamatan", registry())) == 4
        for kind in (int, float):
            path = geojson(tmp_path, units.astype({"kode": kind}), f"{kind.__name__}.geojson")
            found = read_boundaries(path, "kecamatan", registry())
            assert found["code"].tolist() == sorted(KECAMATAN)

    def test_bps_codes_need_the_declared_scheme(self, tmp_path: Path) -> None:
        path = geojson(tmp_path, frame(scheme="bps"))
        found = read_boundaries(path, "kecamatan", registry(), scheme="bps")
        for code, shape in zip(found["code"], found.geometry, strict=True):
            assert shape.equals(KECAMATAN[code][1])
        (fault,) = refused(path)
        assert "no column holds kemendagri kecamatan codes; columns: kode, nama" in fault
        assert "column kode holds bps codes: declare the scheme bps" in fault

    def test_bps_scheme_swap(self, tmp_path: Path) -> None:
        path = geojson(tmp_path, frame("kabupaten", "bps"))
        faults = refused(path, "kabupaten")
        assert len(faults) == 2
        assert faults[0].startswith("19.03: 5 of 5 known points lie in what the file calls 19.05")
        found = read_boundaries(path, "kabupaten", registry(), scheme="bps")
        for code, shape in zip(found["code"], found.geometry, strict=True):
            assert shape.equals(KABUPATEN[code][1])

    def test_dotted_codes_are_not_bps(self, tmp_path: Path) -> None:
        path = geojson(tmp_path, frame("kabupaten"))
        faults = refused(path, "kabupaten", scheme="bps", code_column="kode")
        assert faults[0] == "row 1: code '19.03', dotted codes are Kemendagri's"

    @pytest.mark.parametrize("form", ["ID{}", "id{}", "Id{}"])
    def test_p_codes_are_codes_of_bps(self, tmp_path: Path, form: str) -> None:
        units = frame(scheme="bps")
        units["kode"] = [form.format(code) for code in units["kode"]]
        path = geojson(tmp_path, units)
        found = read_boundaries(path, "kecamatan", registry(), scheme="bps")
        for code, shape in zip(found["code"], found.geometry, strict=True):
            assert shape.equals(KECAMATAN[code][1])
        (fault,) = refused(path)
        assert "column kode holds bps codes: declare the scheme bps" in fault

    def test_codes_of_kpu(self, tmp_path: Path) -> None:
        known = registry()
        known["kpu_code"] = known["code"].str.replace(".", "9", regex=False)
        units = frame()
        units["kode"] = units["kode"].str.replace(".", "9", regex=False)
        path = geojson(tmp_path, units)
        found = read_boundaries(path, "kecamatan", known, scheme="kpu")
        assert found["code"].tolist() == sorted(KECAMATAN)
        with pytest.raises(BoundaryFileError, match="holds kpu codes: declare the scheme kpu"):
            read_boundaries(path, "kecamatan", known)

    def test_equal_columns_are_certain_different_ones_are_not(self, tmp_path: Path) -> None:
        units = frame("kabupaten")
        units["plain"] = units["kode"].str.replace(".", "", regex=False)
        assert len(read_boundaries(geojson(tmp_path, units), "kabupaten", registry())) == 2
        units["bps"] = [bps for bps, _ in KABUPATEN.values()]
        path = geojson(tmp_path, units, "two_code_columns.geojson")
        assert refused(path, "kabupaten") == (
            "several columns hold kabupaten codes, name one: kode, plain, bps",
        )
        assert len(read_boundaries(path, "kabupaten", registry(), code_column="kode")) == 2

    def test_named_column_must_exist(self, tmp_path: Path) -> None:
        path = geojson(tmp_path, frame())
        assert refused(path, code_column="id") == ("no column 'id'; columns: kode, nama",)

    @settings(max_examples=25, deadline=None)
    @given(st.sets(st.sampled_from(sorted(KECAMATAN)), min_size=2, max_size=3))
    def test_exactly_what_is_missing_is_listed(
        self, tmp_path_factory: pytest.TempPathFactory, kept: set[str]
    ) -> None:
        units = frame()
        path = geojson(tmp_path_factory.mktemp("missing"), units[units["kode"].isin(kept)])
        (fault,) = refused(path)
        gone = ", ".join(f"{c} Unit {c}" for c in sorted(KECAMATAN) if c not in kept)
        assert fault == f"{len(kept)} of 4 kecamatan; missing: {gone}"


class TestRepair:
    def test_parts_on_several_rows_are_one_unit(self, tmp_path: Path) -> None:
        units = frame()
        halves = [
            box(106.5, -3.0, 107.0, -2.5),
            box(106.5, -2.5, 107.0, -2.0),
            box(109, -3, 110, -2),
        ]
        parts = units.iloc[[1, 1, 1]].set_geometry(halves, crs=4326)
        path = geojson(tmp_path, pd.concat([units.iloc[[0, 2, 3]], parts]))
        found = read_boundary_file(path, "kecamatan", registry())
        assert (len(found.units), found.dissolved_rows, found.changed_ha) == (4, 2, {})
        whole = found.units.set_index("code").geometry["19.03.02"]
        assert whole.equals(shapely.union_all(halves))

    def test_a_sliver_is_repaired_and_told_and_none_is_where_none_may_be(
        self, tmp_path: Path
    ) -> None:
        units = frame()
        units.loc[0, "geometry"] = box(106.0, -3.0, 106.50001, -2.0)
        path = geojson(tmp_path, units)
        found = read_boundary_file(path, "kecamatan", registry())
        # A degree of latitude by a hundred-thousandth of one of longitude.
        assert found.changed_ha == {"19.03.01": pytest.approx(12.3, abs=0.1)}
        assert shapely.coverage_is_valid(found.units.geometry.to_numpy())
        with pytest.raises(BoundaryFileError) as caught:
            read_boundary_file(path, "kecamatan", registry(), tolerance_ha=5)
        told = "; ".join(caught.value.faults)
        assert "19.03.01: 12.3" in told
        assert "at most 5.00 ha may" in told

    def test_a_layer_is_named(self, tmp_path: Path) -> None:
        found = read_boundary_file(two_layers(tmp_path), "kecamatan", registry(), layer="kecamatan")
        assert len(found.units) == 4

    def test_kml_of_google_earth(self, tmp_path: Path) -> None:
        path = tmp_path / "batas.kml"
        frame().rename(columns={"nama": "Name"}).to_file(path, driver="LIBKML")
        found = read_boundary_file(path, "kecamatan", registry())
        for code, shape in zip(found.units["code"], found.units.geometry, strict=True):
            assert shape.equals(KECAMATAN[code][1])


def no_crs(folder: Path) -> Path:
    frame().set_crs(None, allow_override=True).to_parquet(folder / "no_crs.parquet")
    return folder / "no_crs.parquet"


def no_prj(folder: Path) -> Path:
    frame().to_file(folder / "no_prj.shp")
    (folder / "no_prj.prj").unlink()
    return folder / "no_prj.shp"


def metres_called_degrees(folder: Path) -> Path:
    units = frame().to_crs("EPSG:32748").set_crs("EPSG:4326", allow_override=True)
    path = folder / "metres_called_degrees.parquet"
    units.to_parquet(path)
    return path


def swapped_axes(folder: Path) -> Path:
    units = frame()
    turned = shapely.transform(units.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    return geojson(folder, units.set_geometry(turned, crs="EPSG:4326"))


def overlapping(folder: Path) -> Path:
    units = frame()
    units.loc[0, "geometry"] = box(106.0, -3.0, 106.6, -2.0)
    return geojson(folder, units)


def bow_tie(folder: Path) -> Path:
    units = frame()
    units.loc[1, "geometry"] = shapely.Polygon([(106.6, -3), (107, -2), (107, -3), (106.6, -2)])
    return geojson(folder, units)


def points(folder: Path) -> Path:
    return geojson(folder, frame().set_geometry(frame().geometry.representative_point()))


def null_geometry(folder: Path) -> Path:
    units = frame()
    units.loc[1, "geometry"] = None
    return geojson(folder, units)


def duplicate_code(folder: Path) -> Path:
    units = frame()
    units.loc[1, "kode"] = "19.03.01"
    return geojson(folder, units)


def unknown_code(folder: Path) -> Path:
    units = frame()
    units.loc[1, "kode"] = "19.03.99"
    return geojson(folder, units)


def blank_code(folder: Path) -> Path:
    units = frame()
    units.loc[1, "kode"] = None
    return geojson(folder, units)


def missing_one_code(folder: Path) -> Path:
    return geojson(folder, frame().iloc[:3])


def no_rows(folder: Path) -> Path:
    path = folder / "no_rows.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": []}), encoding="utf-8")
    return path


def not_geojson(folder: Path) -> Path:
    path = folder / "not_geojson.geojson"
    path.write_text("kode;nama\n19.03.01;Toboali\n", encoding="utf-8")
    return path


def cut_off(folder: Path) -> Path:
    path = geojson(folder, frame())
    path.write_bytes(path.read_bytes()[:400])
    return path


def plain_parquet(folder: Path) -> Path:
    pd.DataFrame({"kode": ["19.03.01"]}).to_parquet(folder / "plain.parquet")
    return folder / "plain.parquet"


def two_layers(folder: Path) -> Path:
    for layer in ("kecamatan", "desa"):
        frame().to_file(folder / "two_layers.gpkg", layer=layer)
    return folder / "two_layers.gpkg"


def zip_without_shapefile(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "empty.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    return folder / "empty.zip"


def not_a_zip(folder: Path) -> Path:
    (folder / "not_a.zip").write_text("no archive", encoding="utf-8")
    return folder / "not_a.zip"


def spreadsheet(folder: Path) -> Path:
    (folder / "units.xlsx").write_bytes(b"PK")
    return folder / "units.xlsx"


def absent(folder: Path) -> Path:
    return folder / "absent.geojson"


@pytest.mark.parametrize(
    ("make", "faults"),
    [
        (no_crs, ["no coordinate reference system"]),
        (no_prj, ["no coordinate reference system"]),
        (metres_called_degrees, ["row 1 (19.03.01): bounds", "not longitude and latitude"]),
        (swapped_axes, ["row 4 (19.05.02): bounds", "not longitude and latitude"]),
        (overlapping, ["19.03.01: edges do not match 19.03.02", "ha (16.67% of it) would change"]),
        (bow_tie, ["row 2 (19.03.02): invalid geometry: Self-intersection"]),
        (points, ["row 1 (19.03.01): Point, expected a polygon"]),
        (null_geometry, ["row 2 (19.03.02): no geometry"]),
        (duplicate_code, ["3 of 4 kecamatan; missing: 19.03.02"]),
        (unknown_code, ["row 2: code '19.03.99', unknown in the scheme kemendagri"]),
        (blank_code, ["row 2: no code", "3 of 4 kecamatan; missing: 19.03.02 Unit 19.03.02"]),
        (missing_one_code, ["3 of 4 kecamatan; missing: 19.05.02 Unit 19.05.02"]),
        (no_rows, ["no rows, expected one polygon per unit"]),
        (not_geojson, ["content_not_as_named: isi menurut akhiran"]),
        (cut_off, ["broken_layer: GeoJSON, GPKG"]),
        (plain_parquet, ["broken_layer: GeoJSON, GPKG"]),
        (two_layers, ["layers: satu lapisan (--layer); ada: 'kecamatan', 'desa'"]),
        (zip_without_shapefile, ["layers: berkas .shp, .geojson"]),
        (not_a_zip, ["content_not_as_named: isi menurut akhiran .zip"]),
        (spreadsheet, ["unknown_format: GeoJSON"]),
        (absent, ["file not found"]),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_faulty_file_is_refused(
    tmp_path: Path, make: Callable[[Path], Path], faults: list[str]
) -> None:
    told = "; ".join(refused(make(tmp_path)))
    for fault in faults:
        assert fault in told


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    units = frame()
    units.loc[0, "geometry"] = box(106.0, -3.0, 106.6, -2.0)
    units.loc[3, "kode"] = "19.05.77"
    told = "; ".join(refused(geojson(tmp_path, units)))
    for fault in ("row 4: code '19.05.77'", "missing: 19.05.02", "19.03.01: edges do not match"):
        assert fault in told


@pytest.mark.parametrize(
    ("level", "scheme", "column", "name"),
    [
        ("provinsi", "kemendagri", "code", "level"),
        ("kecamatan", "kpk", "code", "scheme"),
        ("kecamatan", "kpu", "code", "known"),
        ("kecamatan", "kemendagri", "bps_code", "known"),
    ],
)
def test_impossible_requests_are_refused(
    tmp_path: Path, level: str, scheme: str, column: str, name: str
) -> None:
    known = registry() if name != "known" else registry().drop(columns=column)
    with pytest.raises(ParameterError) as caught:
        read_boundaries(tmp_path / "any.geojson", level, known, scheme=scheme)
    assert caught.value.name == name
