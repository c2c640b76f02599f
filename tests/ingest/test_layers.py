"""Files of shapes end in shapes or in words: no call out, no other file read, no traceback."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.boundaries.files import read_boundary_file
from data.boundaries.shapes import read_units
from data.errors import FileUnreadableError
from data.ingest.files.layers import DRIVERS, LayerLimits, list_layers, read_layer
from data.network.road_files import read_lines
from geo.errors import SiagaError
from services.explain import explain
from tests.ingest import hostile_layers

BOUNDS = (105.1, -3.5, 108.6, -1.5)
BOUND_S = 10.0
LONGEST = 2_048
TEXTS = hostile_layers.json_texts(lambda name: name)
KML = hostile_layers.kml_texts(lambda name: name)
NAMES = (
    [f"{name}.geojson" for name in TEXTS]
    + [f"{name}.kml" for name in KML]
    + list(hostile_layers.binary_files())
    + [f"{name}.gpkg" for name in hostile_layers.GPKG_CHANGES]
    + ["path /vsicurl/htt", "path /vsizip//etc", "path GPKG:x.gpkg:"]
)
Door = Callable[[Path], object]


@pytest.fixture(scope="module")
def calls() -> Iterator[tuple[int, list[str]]]:
    """A port that notes every call."""
    noted: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            noted.append(self.path)
            self.send_response(404)
            self.end_headers()

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, noted
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def hostile(
    tmp_path_factory: pytest.TempPathFactory, calls: tuple[int, list[str]]
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("hostile")
    return hostile_layers.write_all(folder, lambda name: f"http://127.0.0.1:{calls[0]}/{name}")


@pytest.fixture(scope="module")
def doors() -> dict[str, Door]:
    units = read_units()
    return {
        "boundaries": lambda path: read_boundary_file(path, "kabupaten", units),
        "roads": lambda path: read_lines(path, BOUNDS),
    }


def test_there_are_enough_of_them() -> None:
    assert len(NAMES) == len(set(NAMES)) >= 120


@pytest.mark.parametrize("door", ["boundaries", "roads"])
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_file_ends_in_words(
    name: str,
    door: str,
    hostile: dict[str, Path],
    doors: dict[str, Door],
    calls: tuple[int, list[str]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = hostile[name]
    began = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            doors[door](path)
        except SiagaError as error:
            told = explain(error)
        else:
            pytest.fail("taken for a file that can be used")
    assert time.monotonic() - began < BOUND_S
    assert len(told.replace(str(path), "").encode()) <= LONGEST
    assert "siaga-lapisan-" not in told
    assert "/vsi" not in told.replace(str(path), "")
    assert calls[1] == []
    assert capfd.readouterr() == ("", "")


def test_the_corpus_does_harm_without_the_care(
    hostile: dict[str, Path], calls: tuple[int, list[str]]
) -> None:
    """GDAL as it comes calls out for some of these: the test above would see it."""
    code = "import sys, pyogrio\nfor p in sys.argv[1:]:\n  try: pyogrio.read_dataframe(p)\n"
    code += "  except Exception: pass\n"
    names = ("crs_link.geojson", "pipeline.geojson", "virtual.geojson")
    paths = [str(hostile[name]) for name in names]
    subprocess.run([sys.executable, "-c", code, *paths], check=True, capture_output=True)
    called = {path.strip("/") for path in calls[1]}
    calls[1].clear()
    assert {"crs_link", "virtual"} <= called


def test_only_the_drivers_of_the_list_are_there(tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text("{}")
    with pytest.raises(FileUnreadableError):
        read_layer(tmp_path / "a.geojson")
    assert set(pyogrio.list_drivers()) <= set(DRIVERS)


@pytest.mark.parametrize(
    "suffix", [".geojson", ".gpkg", ".kml", ".fgb", ".parquet", ".shp", ".zip"]
)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=3_000), magic=st.booleans())
def test_any_bytes_end_in_words(
    suffix: str, content: bytes, magic: bool, tmp_path: Path, doors: dict[str, Door]
) -> None:
    heads = {
        ".geojson": b'{"type":"FeatureCollection","features":[',
        ".gpkg": b"SQLite format 3\x00",
        ".kml": b"<kml>",
        ".fgb": b"fgb\x03fgb\x01",
        ".parquet": b"PAR1",
        ".zip": b"PK\x03\x04",
        ".shp": b"\x00\x00\x27\x0a" + b"\x00" * 20,
    }
    path = tmp_path / f"a{suffix}"
    path.write_bytes((heads[suffix] if magic else b"") + content)
    for door in doors.values():
        with pytest.raises(SiagaError) as caught:
            door(path)
        assert len(explain(caught.value).replace(str(path), "").encode()) <= LONGEST


def squares(n: int = 2) -> gpd.GeoDataFrame:
    shapes = [shapely.box(106 + i, -3, 107 + i, -2) for i in range(n)]
    return gpd.GeoDataFrame({"kode": [f"{i}" for i in range(n)]}, geometry=shapes, crs=4326)


def test_a_layer_is_listed_and_chosen(tmp_path: Path) -> None:
    path = tmp_path / "dua.gpkg"
    squares(2).to_file(path, layer="desa")
    squares(3).to_file(path, layer="kecamatan")
    listed = [(one.name, one.rows) for one in list_layers(path)]
    assert listed == [("desa", 2), ("kecamatan", 3)]
    assert len(read_layer(path, "kecamatan")) == 3
    for layer, said in ((None, "'desa', 'kecamatan'"), ("kabupaten", "'kabupaten' tidak ada")):
        with pytest.raises(FileUnreadableError) as caught:
            read_layer(path, layer)
        assert caught.value.reason == "layers"
        assert said in caught.value.expected


def test_shapefiles_of_one_zip_are_layers(tmp_path: Path) -> None:
    for name, n in (("desa", 2), ("kecamatan", 3)):
        squares(n).to_file(tmp_path / f"{name}.shp")
    path = tmp_path / "dua.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(tmp_path.glob("*.*")):
            if part.suffix in {".shp", ".shx", ".dbf", ".prj"}:
                archive.write(part, f"batas/{part.name}")
    assert [one.name for one in list_layers(path)] == ["desa", "kecamatan"]
    assert len(read_layer(path, "kecamatan")) == 3
    with pytest.raises(FileUnreadableError, match="'desa', 'kecamatan'"):
        read_layer(path)


KML_PLACE = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>Batas</name>
<Placemark><name>Contoh</name>{}<Polygon><outerBoundaryIs><LinearRing>
<coordinates>106,-3,0 107,-3,0 107,-2,0 106,-3,0</coordinates>
</LinearRing></outerBoundaryIs></Polygon></Placemark></Folder></Document></kml>"""


@pytest.mark.parametrize(
    "said",
    [
        '<ExtendedData><Data name="KODE"><value>19.01</value></Data></ExtendedData>',
        "<description><![CDATA[<table><tr><td>KODE</td><td>19.01</td></tr></table>]]></description>",
        "<description><![CDATA[<b>KODE</b>: 19.01<br/>NAMA: Contoh]]></description>",
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_what_kml_says_of_a_place_is_read(tmp_path: Path, said: str, packed: bool) -> None:
    path = tmp_path / ("a.kmz" if packed else "a.kml")
    text = KML_PLACE.format(said)
    if packed:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("doc.kml", text)
    else:
        path.write_text(text, encoding="utf-8")
    frame = read_layer(path)
    assert frame["KODE"].tolist() == ["19.01"]
    assert frame.geometry.iloc[0].equals(shapely.Polygon([(106, -3), (107, -3), (107, -2)]))
    assert [one.name for one in list_layers(path)] == ["Batas"]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (LayerLimits(rows=2), "too_many_rows"),
        (LayerLimits(columns=0), "too_many_columns"),
        (LayerLimits(coordinates=10), "too_many_coordinates"),
        (LayerLimits(file_bytes=10), "file_too_large"),
    ],
)
@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.parquet", "a.fgb"])
def test_limits_hold(tmp_path: Path, name: str, limits: LayerLimits, reason: str) -> None:
    path = tmp_path / name
    (squares(3).to_parquet if name.endswith("parquet") else squares(3).to_file)(path)
    assert len(read_layer(path)) == 3
    with pytest.raises(FileUnreadableError) as caught:
        read_layer(path, limits=limits)
    assert caught.value.reason == reason


def test_a_coordinate_that_is_no_number_is_named(tmp_path: Path) -> None:
    frame = squares(2)
    frame.loc[1, "geometry"] = shapely.Polygon([(106, -3), (np.inf, -3), (107, -2)])
    frame.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(FileUnreadableError, match="baris 2: koordinat inf"):
        read_layer(tmp_path / "a.parquet")


def test_a_zip_within_its_limit_is_read_and_one_byte_less_is_not(tmp_path: Path) -> None:
    content = squares().to_json().encode()
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.geojson", content)
    assert len(read_layer(path, limits=LayerLimits(unpacked_bytes=len(content)))) == 2
    with pytest.raises(FileUnreadableError, match="zip_too_large"):
        read_layer(path, limits=LayerLimits(unpacked_bytes=len(content) - 1))


def test_missing_values_stay_missing(tmp_path: Path) -> None:
    frame = squares().assign(kode=["1", None])
    frame.to_file(tmp_path / "a.gpkg")
    assert pd.isna(read_layer(tmp_path / "a.gpkg")["kode"].iloc[1])
