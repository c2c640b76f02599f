"""Layers of shapes from a file: listed, and one of them read, without trusting the file.

GDAL opens what it recognises, whatever the name says: a virtual format under the name of a GeoJSON
file reads other files and calls addresses. So the drivers are an allow-list, the first bytes must
be those of the format that the name states, an archive is unpacked here under limits, and GDAL is
given the path of a real file and nothing else.
"""

from __future__ import annotations

import html
import re
import sqlite3
import struct
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj.exceptions import ProjError

from data.errors import FileUnreadableError, SourceMissingError
from geo.crs import STORAGE_CRS

DRIVERS = ("GeoJSON", "ESRI Shapefile", "GPKG", "KML", "LIBKML", "FlatGeobuf", "MEM")
"""What GDAL may open or write; the last one holds layers in memory only."""
FORMATS = "GeoJSON, GPKG, Shapefile (juga dalam zip), KML, KMZ, FlatGeobuf atau GeoParquet"
_KINDS = {
    ".geojson": "json",
    ".json": "json",
    ".gpkg": "gpkg",
    ".shp": "shp",
    ".kml": "kml",
    ".fgb": "fgb",
    ".zip": "zip",
    ".kmz": "zip",
    ".parquet": "parquet",
    ".geoparquet": "parquet",
}
SUFFIXES = tuple(_KINDS)
_MAGIC = {
    b"SQLite format 3\x00": "gpkg",
    b"fgb\x03": "fgb",
    b"PK\x03\x04": "zip",
    b"PAR1": "parquet",
    b"\x00\x00\x27\x0a": "shp",
}
_INSIDE_ZIP = (".shp", ".geojson", ".json", ".gpkg", ".fgb", ".kml")
_SIDECARS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_HEAD = 65_536
_DESCRIPTION = 20_000
_CHUNK = 1 << 20
_UNREADABLE = (
    OSError,
    ValueError,
    RuntimeError,  # those of pyogrio are such
    OverflowError,
    MemoryError,
    KeyError,
    TypeError,
    shapely.errors.ShapelyError,
    pa.ArrowException,
    sqlite3.Error,
)
_BAD_ZIP = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    LZMAError,
    zlib.error,
    struct.error,
    OSError,
    ValueError,
    OverflowError,
)


@dataclass(frozen=True)
class LayerLimits:
    """What a file may hold; more is refused before it is unpacked or read.

    Attributes
    ----------
    file_bytes, unpacked_bytes
        Size of the file; of all that an archive or a column store unpacks to.
    members
        Files in an archive.
    rows, columns
        Of a layer.
    coordinates
        Points of all shapes of a layer.
    """

    file_bytes: int = 512 << 20
    unpacked_bytes: int = 512 << 20
    members: int = 1_000
    rows: int = 1_000_000
    columns: int = 500
    coordinates: int = 20_000_000


LIMITS = LayerLimits()


@dataclass(frozen=True)
class Layer:
    """A layer of a file: its name, the kind of its shapes as the file states it, its rows."""

    name: str
    geometry: str
    rows: int


def list_layers(path: Path, limits: LayerLimits = LIMITS) -> tuple[Layer, ...]:
    """Return the layers with shapes of a file.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the file is not there, not what its name says, broken, or beyond the limits.
    """
    kind = _kind(path, limits)
    if kind == "parquet":
        return (Layer(path.stem, "", _parquet_rows(path, limits)),)
    if kind == "zip":
        with _archive(path) as archive:
            inside = _members(path, archive, limits)
        if len(inside) > 1:
            return tuple(Layer(name, "", -1) for name in inside)
    with _opened(path, kind, None, limits) as source, _refusing(path):
        return _layers(source)


def read_layer(
    path: Path, layer: str | None = None, limits: LayerLimits = LIMITS
) -> gpd.GeoDataFrame:
    """Read one layer of a file.

    Parameters
    ----------
    path
        A file whose name ends in one of `SUFFIXES`.
    layer
        Name of the layer; not needed where there is only one.
    limits
        What the file may hold.

    Returns
    -------
    geopandas.GeoDataFrame
        Rows in the order of the file, a fresh index from 0, in the file's coordinate reference
        system (None where it states none); every coordinate is finite. Of KML, what a description
        says as a table or as lines ``name: value`` stands in columns of its own.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        As `list_layers`; also when several layers are there and none is named.
    """
    import pyogrio
    import pyogrio.core

    kind = _kind(path, limits)
    if kind == "parquet":
        rows = _parquet_rows(path, limits)
        with _refusing(path):
            frame = gpd.read_parquet(path)
        return _checked(path, frame.reset_index(drop=True), rows, limits)
    with _opened(path, kind, layer, limits) as source, _refusing(path):
        there = _layers(source)
        named = layer if len(there) > 1 or source == path.resolve() else None
        found = _chosen(path, there, named)
        info = pyogrio.read_info(source, layer=found.name)
        if len(info["fields"]) > limits.columns:
            raise FileUnreadableError(path, "too_many_columns", f"paling banyak {limits.columns}")
        if found.rows > limits.rows:
            raise FileUnreadableError(path, "too_many_rows", f"paling banyak {limits.rows} baris")
        frame = pyogrio.read_dataframe(source, layer=found.name, max_features=limits.rows + 1)
        if not isinstance(frame, gpd.GeoDataFrame):
            raise FileUnreadableError(path, "no_geometry", FORMATS)
        if info["driver"] in ("KML", "LIBKML"):
            frame = _with_descriptions(frame, limits.columns)
    return _checked(path, frame, len(frame), limits)


def in_degrees(path: Path, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a layer of ``path`` in longitude and latitude (EPSG:4326), flat.

    ``frame`` has any columns and a coordinate reference system.

    Raises
    ------
    FileUnreadableError
        When its coordinates cannot be turned into degrees.
    """
    flat = frame.set_geometry(shapely.force_2d(frame.geometry.to_numpy()), crs=frame.crs)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            turned = flat.to_crs(STORAGE_CRS)
    except (ProjError, ValueError, RuntimeError) as err:
        raise FileUnreadableError(path, "crs_unusable", f"misalnya {STORAGE_CRS}") from err
    return _finite(path, turned)


@cache
def _restrict_gdal() -> None:
    """Take every other driver out of GDAL, and let it call no address."""
    import pyogrio
    import pyogrio.core

    others = [name for name in pyogrio.list_drivers() if name not in DRIVERS]
    pyogrio.set_gdal_config_options(
        {
            "OGR_SKIP": ",".join(others),
            # A coordinate system may be named by an address, which GDAL would fetch.
            "GDAL_HTTP_PROXY": "127.0.0.1:9",
            "GDAL_HTTPS_PROXY": "127.0.0.1:9",
            "GDAL_HTTP_TIMEOUT": "1",
            "GDAL_HTTP_CONNECTTIMEOUT": "1",
            "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
            "OGR_GEOJSON_MAX_OBJ_SIZE": "200",
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one for each driver that is gone already
        pyogrio.core._register_drivers()


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Turn what the libraries say of a broken file into words, and keep their warnings."""
    _restrict_gdal()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (FileUnreadableError, SourceMissingError):
        raise
    except _UNREADABLE as err:
        raise FileUnreadableError(path, "broken_layer", FORMATS) from err


def _kind(path: Path, limits: LayerLimits) -> str:
    """Return the format that name and first bytes agree on."""
    if not path.is_file():
        raise SourceMissingError(path)
    wanted = _KINDS.get(path.suffix.casefold())
    if wanted is None:
        raise FileUnreadableError(path, "unknown_format", FORMATS)
    if path.stat().st_size > limits.file_bytes:
        most = f"paling banyak {limits.file_bytes >> 20} MiB"
        raise FileUnreadableError(path, "file_too_large", most)
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise FileUnreadableError(path, "empty_file", FORMATS)
    if _sniffed(head) != wanted:
        raise FileUnreadableError(
            path, "content_not_as_named", f"isi menurut akhiran {path.suffix}"
        )
    if wanted == "json":
        _refuse_crs_by_address(path)
    if wanted == "kml":
        _refuse_entities(path)
    if wanted == "gpkg":
        _refuse_made_tables(path)
    return wanted


def _sniffed(head: bytes) -> str:
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{") and b"gdal_streamed_alg" not in text:
        return "json"
    without_notes = re.sub(rb"<!--.*?-->|<\?.*?\?>", b"", text[:8_192], flags=re.DOTALL).lstrip()
    return "kml" if re.match(rb"<(\w+:)?kml[\s>]", without_notes) else ""


def _refuse_crs_by_address(path: Path) -> None:
    """Refuse GeoJSON whose coordinate system stands elsewhere: GDAL would take it for degrees."""
    told = rb'"crs"\s*:\s*(\{[^{}]{0,300}(?:\{[^{}]{0,300})?)'
    said = re.findall(told, path.read_bytes(), flags=re.IGNORECASE)
    if any(re.search(rb'"(?:link|url|href)"', crs, flags=re.IGNORECASE) for crs in said):
        raise FileUnreadableError(path, "crs_unusable", f"misalnya {STORAGE_CRS}")


def _refuse_entities(path: Path) -> None:
    """Refuse KML that declares entities: a few of them unpack to gigabytes."""
    if re.search(rb"<!(?:DOCTYPE|ENTITY)", path.read_bytes(), flags=re.IGNORECASE):
        raise FileUnreadableError(path, "kml_with_entities", "KML tanpa DOCTYPE dan ENTITY")


def _refuse_made_tables(path: Path) -> None:
    """Refuse a GeoPackage whose rows are computed upon reading: views, other sources, formulas."""
    address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            made = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    except sqlite3.Error as err:
        raise FileUnreadableError(path, "broken_layer", FORMATS) from err
    for kind, name, sql in made:
        words = str(sql or "")
        virtual = re.match(r"\s*CREATE\s+VIRTUAL\s", words, re.IGNORECASE)
        if virtual and re.search(r"\bUSING\s+[\"'`\[]?rtree\b", words, re.IGNORECASE):
            continue
        computed = kind == "table" and re.search(r"\bAS\s*\(", words, re.IGNORECASE)
        if kind == "view" or virtual or computed:
            shown = str(name)[:60]
            raise FileUnreadableError(path, "computed_table", f"tabel biasa; {shown!r} bukan")


def _parquet_rows(path: Path, limits: LayerLimits) -> int:
    """Return the rows of a column store; refuse what would unpack to more than the limits."""
    with _refusing(path):
        meta = pq.ParquetFile(path).metadata
        sizes = sum(meta.row_group(n).total_byte_size for n in range(meta.num_row_groups))
        if sizes > limits.unpacked_bytes or sizes < 0:
            most = f"paling banyak {limits.unpacked_bytes >> 20} MiB"
            raise FileUnreadableError(path, "file_too_large", most)
        if meta.num_rows > limits.rows:
            raise FileUnreadableError(path, "too_many_rows", f"paling banyak {limits.rows} baris")
        if meta.num_columns > limits.columns:
            raise FileUnreadableError(path, "too_many_columns", f"paling banyak {limits.columns}")
        return int(meta.num_rows)


@contextmanager
def _opened(path: Path, kind: str, layer: str | None, limits: LayerLimits) -> Iterator[Path]:
    """Give the real file of a layer, unpacked where it stands in an archive."""
    if kind != "zip":
        yield path.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="siaga-lapisan-") as folder, _archive(path) as archive:
        inside = _members(path, archive, limits)
        holds_layers = len(inside) == 1 and next(iter(inside.values()))[0].suffix != ".shp"
        asked = None if holds_layers else layer
        stem = _chosen(path, [Layer(name, "", -1) for name in inside], asked).name
        unpacked = Path(folder) / f"layer{inside[stem][0].suffix.casefold()}"
        left = limits.unpacked_bytes
        for member in inside[stem]:
            into = unpacked.with_suffix(member.suffix.casefold())
            left -= _unpack(path, archive, str(member), into, left)
        try:
            _kind(unpacked, limits)
        except FileUnreadableError as err:
            raise FileUnreadableError(path, err.reason, err.expected) from err
        yield unpacked


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except _BAD_ZIP as err:
        raise FileUnreadableError(path, "broken_zip", "zip yang utuh tanpa kata sandi") from err
    with archive:
        yield archive


def _members(
    path: Path, archive: zipfile.ZipFile, limits: LayerLimits
) -> dict[str, list[PurePosixPath]]:
    """Return the files of each layer of an archive, the one with the shapes first, by its stem."""
    infos = archive.infolist()
    if len(infos) > limits.members:
        raise FileUnreadableError(path, "zip_too_full", f"paling banyak {limits.members} berkas")
    if sum(info.file_size for info in infos) > limits.unpacked_bytes:
        most = f"paling banyak {limits.unpacked_bytes >> 20} MiB setelah dibuka"
        raise FileUnreadableError(path, "zip_too_large", most)
    names = [info.filename for info in infos if not info.is_dir()]
    for name in names:
        if name.startswith(("/", "\\")) or ":" in name or ".." in PurePosixPath(name).parts:
            raise FileUnreadableError(path, "zip_with_paths", "zip tanpa jalur ke luar dirinya")
    files = [PurePosixPath(name) for name in names if not name.startswith("__MACOSX/")]
    shapes = [f for f in files if f.suffix.casefold() in _INSIDE_ZIP and f.name[0] != "."]
    if path.suffix.casefold() == ".kmz":  # by its standard the first one is the document
        shapes = [f for f in shapes if f.suffix.casefold() == ".kml"][:1]
    if not shapes:
        raise FileUnreadableError(path, "layers", f"berkas {', '.join(_INSIDE_ZIP)} di dalam zip")
    stems = [shape.stem for shape in shapes]
    found = {}
    for shape in shapes:
        name = shape.stem if stems.count(shape.stem) == 1 else str(shape)
        beside = [f for f in files if f.with_suffix("") == shape.with_suffix("") and f != shape]
        beside = [f for f in beside if f.suffix.casefold() in _SIDECARS]
        found[name] = [shape, *(beside if shape.suffix.casefold() == ".shp" else [])]
    return found


def _unpack(path: Path, archive: zipfile.ZipFile, name: str, into: Path, most: int) -> int:
    """Write a member to a file and return its bytes; what a header states is not believed."""
    done = 0
    try:
        with archive.open(name) as packed, into.open("wb") as file:
            while chunk := packed.read(_CHUNK):
                done += len(chunk)
                if done > most:
                    raise FileUnreadableError(path, "zip_too_large", f"paling banyak {most} byte")
                file.write(chunk)
    except FileUnreadableError:
        raise
    except (KeyError, *_BAD_ZIP) as err:
        raise FileUnreadableError(path, "broken_zip", "zip yang utuh tanpa kata sandi") from err
    return done


def _layers(source: Path) -> tuple[Layer, ...]:
    import pyogrio
    import pyogrio.core

    found = []
    for name, kind in pyogrio.list_layers(source):
        if kind is not None:
            rows = pyogrio.read_info(source, layer=name, force_feature_count=True)["features"]
            found.append(Layer(str(name), str(kind), int(rows)))
    return tuple(found)


def _chosen(path: Path, layers: list[Layer] | tuple[Layer, ...], layer: str | None) -> Layer:
    """Return the one layer there is, or the one that was named; else ask."""
    fitting = [one for one in layers if layer is None or one.name == layer]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(repr(one.name[:60]) for one in layers[:20]) or "-"
    more = f" dan {len(layers) - 20} lagi" if len(layers) > 20 else ""
    said = f"lapisan {layer[:60]!r} tidak ada; " if layer is not None else ""
    raise FileUnreadableError(path, "layers", f"{said}satu lapisan (--layer); ada: {names}{more}")


def _with_descriptions(frame: gpd.GeoDataFrame, most: int) -> gpd.GeoDataFrame:
    """Add what the descriptions of KML say, as Google Earth and ArcGIS write attributes."""
    names = {str(column).casefold(): column for column in frame.columns}
    if "description" not in names:
        return frame
    said = [_said(value) for value in frame[names["description"]]]
    new = list(dict.fromkeys(key for row in said for key in row if key.casefold() not in names))
    for key in new[:most]:
        frame[key] = pd.Series([row.get(key) for row in said], index=frame.index, dtype="str")
    return frame


def _said(description: object) -> dict[str, str]:
    """Return names and values of a description: cells of a table, or lines ``name: value``."""
    text = description[:_DESCRIPTION] if isinstance(description, str) else ""
    cells = [_plain(cell) for cell in re.findall(r"<t[dh][^<>]*>([^<]*)</t[dh]>", text, re.I)]
    if len(cells) >= 2:
        pairs = list(zip(cells[::2], cells[1::2], strict=False))
    else:
        lines = [_plain(line) for line in re.split(r"<br ?/?>|\n", text, flags=re.I)]
        split = [re.split(r"[:=]", line, maxsplit=1) for line in lines]
        pairs = [(parts[0].strip(), parts[1].strip()) for parts in split if len(parts) == 2]
    return {key: value for key, value in pairs if key and len(key) <= 60}


def _plain(markup: str) -> str:
    return html.unescape(re.sub(r"<[^<>]*>", "", markup)).strip()


def _checked(
    path: Path, frame: gpd.GeoDataFrame, rows: int, limits: LayerLimits
) -> gpd.GeoDataFrame:
    if rows > limits.rows:
        raise FileUnreadableError(path, "too_many_rows", f"paling banyak {limits.rows} baris")
    with _refusing(path):
        points = int(shapely.get_num_coordinates(frame.geometry.to_numpy()).sum())
    if points > limits.coordinates:
        most = f"paling banyak {limits.coordinates} titik"
        raise FileUnreadableError(path, "too_many_coordinates", most)
    return _finite(path, frame)


def _finite(path: Path, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Refuse a layer with coordinates that are no numbers, naming the first row."""
    xy, row = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    wrong = np.flatnonzero(~np.isfinite(xy).all(axis=1))
    if wrong.size:
        x, y = xy[wrong[0]]
        at = f"baris {int(row[wrong[0]]) + 1}: koordinat {x}, {y}"
        raise FileUnreadableError(path, "coordinates_not_finite", f"bilangan berhingga; {at}")
    return frame
