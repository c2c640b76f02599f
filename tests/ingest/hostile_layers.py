"""Files of shapes that mean harm or are broken, made on the spot; every content is invented."""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

SQUARE = [[[106.0, -2.0], [106.1, -2.0], [106.1, -2.1], [106.0, -2.0]]]
AWAY = "http://127.0.0.1:{port}/{name}"


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    said = {"code": "19.01", "highway": "primary"} | properties
    return {"type": "Feature", "properties": said, "geometry": geometry}


def collection(*features: Any, **more: Any) -> str:
    return json.dumps({"type": "FeatureCollection", **more, "features": list(features)})


def polygon(rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": rings}


def _raw(coordinates: str, kind: str = "Polygon") -> str:
    """Return a collection of one shape whose coordinates are a text that JSON may not allow."""
    return collection(feature({"type": kind, "coordinates": "HERE"})).replace('"HERE"', coordinates)


def virtual(source: str) -> str:
    layer = f'<OGRVRTLayer name="x"><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer>'
    return f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>"


def _crs(kind: str, key: str, address: str) -> str:
    crs = {"type": kind, "properties": {key: address, "type": "ogcwkt"}}
    return collection(feature(polygon(SQUARE)), crs=crs)


def json_texts(away: Callable[[str], str]) -> dict[str, str]:
    """Return contents for names that end in .geojson; ``away`` makes an address to be called."""
    good = feature(polygon(SQUARE))
    deep = "[" * 100_000 + "]" * 100_000
    inner: Any = {"type": "Point", "coordinates": [106, -2]}
    for _ in range(200):
        inner = {"type": "GeometryCollection", "geometries": [inner]}
    pipe = f"gdal vector pipeline ! read /vsicurl/{away('pipe')} ! write x"
    return {
        "virtual": virtual("/vsicurl/" + away("virtual")),
        "virtual_after_blanks": "\n  \t" + virtual("/etc/hostname"),
        "virtual_with_declaration": '<?xml version="1.0"?>' + virtual("/etc/hostname"),
        "virtual_in_a_note": '<!-- {"type": 1} -->' + virtual("/etc/hostname"),
        "virtual_behind_a_mark": "\ufeff" + virtual("/etc/hostname"),
        "pipeline": json.dumps({"type": "gdal_streamed_alg", "command_line": pipe}),
        "web_service": f"<OGRWFSDataSource><URL>{away('wfs')}</URL></OGRWFSDataSource>",
        "address_only": away("address"),
        "empty": "",
        "blanks": "   \n",
        "nul": "\x00" * 5_000,
        "brace": "{",
        "list": "[]",
        "null": "null",
        "number": "12",
        "no_features": '{"type":"FeatureCollection"}',
        "features_null": '{"type":"FeatureCollection","features":null}',
        "features_numbers": '{"type":"FeatureCollection","features":[1,2,null,"x"]}',
        "no_geometry": collection(feature(None)),
        "geometry_text": collection(feature("POLYGON EMPTY")),
        "geometry_unknown": collection(feature({"type": "Circle", "coordinates": [1, 2]})),
        "ring_of_nan": _raw("[[[NaN,NaN],[106.1,-2],[106.1,-2.1],[NaN,NaN]]]"),
        "ring_infinite": _raw("[[[106,-2],[Infinity,-2],[106.1,-2.1],[106,-2]]]"),
        "ring_overflows": _raw("[[[106,-2],[1e400,-2],[106.1,-2.1],[106,-2]]]"),
        "ring_huge": _raw("[[[106,-2],[1e300,-2],[1e300,1e300],[106,-2]]]"),
        "ring_of_texts": _raw('[[["106","-2"],["107","-2"],["107","-3"],["106","-2"]]]'),
        "ring_of_two": _raw("[[[106,-2],[106.1,-2]]]"),
        "ring_open": _raw("[[[106,-2],[107,-2],[107,-3]]]"),
        "ring_of_one_place": _raw("[[[106,-2],[106,-2],[106,-2],[106,-2]]]"),
        "ring_empty": _raw("[[]]"),
        "polygon_empty": _raw("[]"),
        "parts_empty": _raw("[[[]]]", "MultiPolygon"),
        "bow_tie": _raw("[[[106,-2],[107,-3],[107,-2],[106,-3],[106,-2]]]"),
        "coordinates_null": _raw("null"),
        "coordinates_object": _raw("{}"),
        "depth_of_lists": _raw(deep),
        "depth_of_objects": '{"a":' * 50_000 + "1" + "}" * 50_000,
        "line_infinite": _raw("[[106,-2],[Infinity,-2]]", "LineString"),
        "line_nan": _raw("[[NaN,NaN],[106,-2]]", "LineString"),
        "line_of_one": _raw("[[106,-2]]", "LineString"),
        "line_empty": _raw("[]", "LineString"),
        "line_of_one_place": _raw("[[106,-2],[106,-2]]", "LineString"),
        "collection": collection(
            feature({"type": "GeometryCollection", "geometries": [polygon(SQUARE)]})
        ),
        "collection_empty": collection(feature({"type": "GeometryCollection", "geometries": []})),
        "collection_deep": collection(feature(inner)),
        "five_dimensions": _raw("[[[106,-2,1,2,3],[107,-2,1,2,3],[107,-3,1,2,3],[106,-2,1,2,3]]]"),
        "crs_link": _crs("link", "href", away("crs_link")),
        "crs_url": _crs("url", "url", away("crs_url")),
        "crs_link_escaped": _crs("link", "href", away("crs_escaped")).replace(
            '"crs"', '"\\u0063rs"'
        ),
        "crs_name_address": _crs("name", "name", away("crs_name") + "/x.prj"),
        "crs_endless": '{"crs":{"type":"' + "A" * 3_000_000,
        "crs_repeated": '{"crs":{' * 400_000,
        "speed_of_blanks": collection(feature(polygon(SQUARE), maxspeed="5" + " " * 500_000 + "x")),
        "class_of_blanks": collection(feature(polygon(SQUARE), highway="_ " * 500_000)),
        "crs_unknown": _crs("name", "name", "urn:ogc:def:crs:EPSG::99999999"),
        "crs_long": _crs("name", "name", "A" * 1_000_000),
        "cut_short": collection(good, good)[:-40],
        "two_documents": collection(good) * 2,
        "surrogate": collection(feature(None, code="\ud800")),
        "nul_in_value": collection(feature(polygon(SQUARE), code="19\x0001")),
        "value_long": collection(feature(polygon(SQUARE), code="9" * 5_000_000)),
        "value_nested": collection(feature(polygon(SQUARE), code={"a": [1, {"b": None}]})),
        "value_no_day": collection(feature(polygon(SQUARE), code="9999-99-99", day="9999-99-99")),
        "columns_many": collection(feature(polygon(SQUARE), **{f"k{n}": n for n in range(3_000)})),
        "columns_named_long": collection(feature(polygon(SQUARE), **{"k" * 100_000: 1})),
        "names_equal": collection(good).replace('"highway"', '"code"'),
        "topology": json.dumps({"type": "Topology", "objects": {}, "arcs": []}),
        "esri": json.dumps({"geometryType": "esriGeometryPolygon", "features": [], "fields": []}),
        "markup_in_value": collection(feature(polygon(SQUARE), code="<script>[x](javascript:1)")),
    }


def kml_texts(away: Callable[[str], str]) -> dict[str, str]:
    def kml(body: str, before: str = "") -> str:
        space = 'xmlns="http://www.opengis.net/kml/2.2"'
        return f'<?xml version="1.0"?>{before}<kml {space}><Document>{body}</Document></kml>'

    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    link = f"<NetworkLink><Link><href>{away('kml')}</href></Link></NetworkLink>"
    place = "<Placemark><name>19.01</name>{}</Placemark>"
    cells = "<![CDATA[" + "<td" * 500_000 + "]]>"
    ring = "<LinearRing><coordinates>{}</coordinates></LinearRing>"
    ring = f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"
    return {
        "entities": kml("&a9;", f'<!DOCTYPE kml [<!ENTITY a0 "x">{bomb}]>'),
        "entity_outside": kml("&x;", '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/hostname">]>'),
        "network_link": kml(link),
        "nothing": kml(""),
        "not_closed": kml("")[:-12],
        "folders_deep": kml("<Folder>" * 3_000 + "</Folder>" * 3_000),
        "coordinates_nan": kml(place.format(ring.format("nan,nan 106,-2 107,-2 nan,nan"))),
        "coordinates_none": kml(place.format(ring.format(""))),
        "coordinates_words": kml(place.format(ring.format("a,b c,d e,f a,b"))),
        "style_outside": kml(place.format(f"<styleUrl>{away('style')}#a</styleUrl>")),
        "description_of_cells": kml(place.format(f"<description>{cells}</description>")),
        "description_of_blanks": kml(place.format(f"<description>{' ' * 900_000}</description>")),
        "notes_open": "<!--" * 200_000,
        "html": "<html><body>kml</body></html>",
        "gpx": "<gpx></gpx>",
        "virtual": virtual("/etc/hostname"),
    }


def _zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def _encrypted() -> bytes:
    """Return an archive whose one member claims to need a password."""
    content = bytearray(_zip({"a.geojson": b"{}"}, zipfile.ZIP_STORED))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def _stating(size: int) -> bytes:
    """Return an archive whose one member states a size and unpacks to eight million bytes."""
    content = bytearray(_zip({"a.kml": b"<kml>" + b" " * 8_000_000}))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = content[22:26] = struct.pack("<I", size)
    return bytes(content)


def binary_files() -> dict[str, bytes]:
    """Return contents by file name."""
    good = collection(feature(polygon(SQUARE))).encode()
    return {
        "text.gpkg": b"no database",
        "head.gpkg": b"SQLite format 3\x00",
        "text.shp": b"no shapes",
        "head.gpkg.geojson": b"SQLite format 3\x00",
        "head.shp": b"\x00\x00\x27\x0a" + b"\x00" * 96,
        "short.shp": b"\x00\x00\x27\x0a",
        "head.fgb": b"fgb\x03fgb\x00",
        "text.fgb": b"no shapes",
        "lengths.fgb": b"fgb\x03fgb\x00" + b"\xff\xff\xff\x7f" * 50,
        "random.fgb": b"fgb\x03fgb\x00" + bytes(range(256)) * 40,
        "magic.parquet": b"PAR1PAR1",
        "footer.parquet": b"PAR1" + b"\xff" * 100 + b"\xff\xff\xff\x7fPAR1",
        "text.parquet": b"x",
        "plain.parquet": pd.DataFrame({"code": ["19.01"]}).to_parquet(),
        "many.parquet": pd.DataFrame({"code": [1] * 3_000_000}).to_parquet(),
        "utf16.geojson": good.decode().encode("utf-16"),
        "latin.geojson": good.replace(b"19", b"\xe9"),
        "random.geojson": b"{" + bytes(range(256)) * 400,
        "text.zip": b"no archive",
        "cut.zip": _zip({"a.geojson": good})[:60],
        "none.zip": _zip({}),
        "notes.zip": _zip({"readme.txt": b"x"}),
        "outside.zip": _zip({"../../a.geojson": good}),
        "root.zip": _zip({"/etc/a.geojson": good}),
        "drive.zip": _zip({"C:\\a.geojson": good}),
        "virtual.zip": _zip({"a.geojson": virtual("/etc/hostname").encode()}),
        "inner.zip": _zip({"a.zip": _zip({"a.geojson": good})}),
        "secret.zip": _encrypted(),
        "bomb.zip": _stating(1 << 30),
        "lie.zip": _stating(1),
        "full.zip": _zip({f"{n}.txt": b"" for n in range(3_000)}),
        "lonely.zip": _zip({"a.shp": b"\x00\x00\x27\x0a" + b"\x00" * 96}),
        "several.zip": _zip({f"{n}.shp": b"x" for n in range(40)}),
        "none.kmz": _zip({"a.txt": b"x"}),
        "virtual.kmz": _zip({"doc.kml": virtual("/etc/hostname").encode()}),
        "bomb.kmz": _stating(1 << 30),
        "text.kmz": b"no archive",
        "a.vrt": virtual("/etc/hostname").encode(),
        "a.csv": b"code;x\n1;2\n",
        "a": b"",
        "a.gml": b"<x/>",
    }


def _gpkg(path: Path) -> sqlite3.Connection:
    shape = shapely.Polygon(SQUARE[0])
    frame = gpd.GeoDataFrame(
        {"code": ["19.01"], "highway": ["primary"]}, geometry=[shape], crs=4326
    )
    frame.to_file(path, layer="units", driver="GPKG")
    return sqlite3.connect(path)


GPKG_CHANGES = {
    "endless_view": [
        "ALTER TABLE units RENAME TO kept",
        "CREATE VIEW units AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r)"
        " SELECT n AS fid, NULL AS geom, '1' AS code FROM r",
    ],
    "view_of_metadata": [
        "ALTER TABLE gpkg_contents RENAME TO kept",
        "CREATE VIEW gpkg_contents AS SELECT * FROM kept",
    ],
    "formula": [
        "DROP TABLE units",
        "CREATE TABLE units (fid INTEGER PRIMARY KEY, geom BLOB,"
        " code BLOB GENERATED ALWAYS AS (zeroblob(1000000000)) VIRTUAL)",
        "INSERT INTO units (fid) VALUES (1)",
    ],
    "full_text": ["CREATE VIRTUAL TABLE words USING fts5(x)"],
    "blobs": ["DROP TRIGGER IF EXISTS rtree_units_geom_update7", "UPDATE units SET geom = x'FF00'"],
    "no_table": ["DROP TABLE units"],
    "no_contents": ["DELETE FROM gpkg_contents", "DELETE FROM gpkg_geometry_columns"],
    "no_system": ["UPDATE gpkg_geometry_columns SET srs_id = 424242"],
}


def write_all(folder: Path, away: Callable[[str], str]) -> dict[str, Path]:
    """Write every file and return it by name."""
    found: dict[str, Path] = {}
    for name, text in json_texts(away).items():
        found[f"{name}.geojson"] = folder / f"{name}.geojson"
        found[f"{name}.geojson"].write_bytes(text.encode("utf-8", "surrogatepass"))
    for name, text in kml_texts(away).items():
        found[f"{name}.kml"] = folder / f"{name}.kml"
        found[f"{name}.kml"].write_text(text, encoding="utf-8")
    for name, content in binary_files().items():
        found[name] = folder / name
        found[name].write_bytes(content)
    for name, statements in GPKG_CHANGES.items():
        path = found[f"{name}.gpkg"] = folder / f"{name}.gpkg"
        connection = _gpkg(path)
        connection.create_function("ST_IsEmpty", 1, lambda _: 0)
        for function in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            connection.create_function(function, 1, lambda _: 0.0)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()
    for name in ("/vsicurl/" + away("path"), "/vsizip//etc/a.zip", "GPKG:x.gpkg:y", str(folder)):
        found[f"path {name[:12]}"] = Path(name)
    return found
