"""Lines of a road file, each with a speed; what is no road for a lorry is left out and counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.ingest.files.layers import SUFFIXES, in_degrees, read_layer
from geo.crs import STORAGE_CRS

CLASS_KMH = {
    "motorway": 80.0,
    "trunk": 60.0,
    "primary": 55.0,
    "secondary": 50.0,
    "tertiary": 40.0,
    "unclassified": 30.0,
    "residential": 20.0,
    "living_street": 10.0,
    "service": 15.0,
    "track": 15.0,
    "road": 20.0,
}
"""Kilometres per hour of a loaded lorry by OpenStreetMap class: assumptions, not measurements."""
_ROAD_WORDS = {
    "tol": "motorway",
    "bebas hambatan": "motorway",
    "arteri": "primary",
    "arteri primer": "primary",
    "arteri sekunder": "secondary",
    "kolektor": "secondary",
    "kolektor primer": "secondary",
    "kolektor sekunder": "tertiary",
    "lokal": "tertiary",
    "lokal primer": "tertiary",
    "lokal sekunder": "unclassified",
    "lingkungan": "residential",
    "lingkungan primer": "residential",
    "lingkungan sekunder": "living_street",
    "nasional": "primary",
    "provinsi": "secondary",
    "kabupaten": "tertiary",
    "kota": "tertiary",
    "kabupaten kota": "tertiary",
    "desa": "unclassified",
}
"""Class by the Indonesian words for function and status of a road. Which class a word comes nearest
to is an assumption as well: neither function nor status states a speed."""
MIN_KMH, MAX_KMH = 3.0, 130.0
CLASS_COLUMNS = (
    "highway",
    "fclass",
    "kelas",
    "kelas_jalan",
    "road_class",
    "class",
    "tipe",
    "fungsi",
    "fungsi_jalan",
    "status",
    "status_jalan",
)
LIMIT_COLUMN = "maxspeed"
"""Holds what the law allows, which a lorry does not reach: it only slows a class down."""
SPEED_COLUMNS = ("speed_kmh", "kecepatan_kmj", "kecepatan", "speed", "kmh", LIMIT_COLUMN)
OSM_SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.bz2", ".osm.gz")
FORMATS = "OpenStreetMap (.osm.pbf, .osm), GeoPackage, GeoJSON, KML atau Shapefile (zip)"
FERRY = "ferry"
_ONE_WAY = {"yes", "true", "1", "-1", "f", "t", "ya", "1.0", "reverse", "reversible"}
"""Words for one direction; F and T are Geofabrik's."""
_MARGIN_DEGREES = 1.0
_MPH = 1.609344
_COUNTED_CLASSES = 30
_TOLD_FAULTS = 20
_SPEED_LENGTH = 40


def read_lines(
    path: Path, bounds: tuple[float, float, float, float], layer: str | None = None
) -> gpd.GeoDataFrame:
    """Read the roads of a file.

    Parameters
    ----------
    path
        An OpenStreetMap extract or a line layer with a column of classes or of speeds.
    bounds
        West, south, east, north of the province in degrees; lines more than a degree outside
        are faults of a layer, and left out of an extract.
    layer
        Name of the layer, where the file has several.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, indexed by row (of a layer, from 1) or way id: LineString ``geometry``,
        ``road_class``, ``kmh``, ``speed_basis`` (``berkas`` or ``kelas``). A speed limit only slows
        a class down. ``attrs``: ``skipped``, ways whose nodes an extract lacks; ``left_out``, rows
        by a class that is no road for a lorry; ``oneway``, taken for one direction only by the
        file; ``ferry``, rows of ferries, which are boat legs and no roads.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the file is not there, of another format, broken, or has no road.
    SchemaError
        With the faults of a layer: row, column, value and what was expected.
    """
    if not path.is_file():
        raise SourceMissingError(path)
    name = path.name.casefold()
    if name.endswith(OSM_SUFFIXES):
        lines = _osm_lines(path, bounds)
    elif name.endswith(SUFFIXES):
        lines = _layer_lines(path, bounds, layer)
    else:
        raise FileUnreadableError(path, "unknown_format", FORMATS)
    if lines.empty:
        left = ", ".join(f"{kind[:20]} {n}" for kind, n in lines.attrs["left_out"].items())
        without = f"; tidak dipakai: {left[:500]}" if left else ""
        expected = f"setidaknya satu garis jalan di provinsi ini{without}"
        raise FileUnreadableError(path, "no_roads", expected)
    return lines


def road_class(text: str) -> str:
    """Return the class that a text of a file stands for, "" where it is no road for a lorry."""
    plain = re.sub(r"[\s_/.-]+", " ", text[:100].casefold()).strip()
    plain = re.sub(r"^(?:jalan|jln|jl|kelas) ", "", plain).replace("kab ", "kabupaten ")
    osm = plain.removesuffix(" link").replace(" ", "_")
    osm = "track" if re.fullmatch(r"track_grade[1-5]", osm) else osm
    return osm if osm in CLASS_KMH else _ROAD_WORDS.get(plain, "")


def _osm_lines(path: Path, bounds: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    import osmium

    rows: list[tuple[int, Any, str, str]] = []
    skipped, oneway, left_out = 0, 0, Counter[str]()
    try:
        ways = osmium.FileProcessor(str(path)).with_locations()
        for way in ways.with_filter(osmium.filter.KeyFilter("highway", "route")):
            if not isinstance(way, osmium.osm.Way):
                continue
            said = str(way.tags.get("highway", way.tags.get("route", "")))
            kind = road_class(said) if "highway" in way.tags else ""
            if not kind:
                left_out[said[:60]] += 1
                continue
            points = [(n.location.lon, n.location.lat) for n in way.nodes if n.location.valid()]
            if len(points) != len(way.nodes) or len(set(points)) < 2:
                skipped += 1
                continue
            limit_text = str(way.tags.get("maxspeed", ""))
            oneway += str(way.tags.get("oneway", "")).casefold() in _ONE_WAY
            rows.append((way.id, shapely.LineString(points), kind, limit_text))
    except (RuntimeError, ValueError) as err:
        raise FileUnreadableError(path, "broken_osm", FORMATS) from err
    frame = _frame(rows)
    limit = pd.Series([_osm_speed(r[3]) for r in rows], index=frame.index, dtype="float64")
    usual = frame["road_class"].map(CLASS_KMH)
    kmh = np.fmin(usual, limit).clip(lower=MIN_KMH)
    inside = ~_outside(frame, bounds)
    out = frame.assign(kmh=kmh, speed_basis="kelas")[inside]
    out.attrs.update(_counts(left_out, oneway), skipped=skipped)
    return out


def _counts(left_out: Counter[str], oneway: int) -> dict[str, Any]:
    """Return what is told of the rows; ferries by themselves, rare classes together."""
    ferry = left_out.pop(FERRY, 0)
    most = dict(left_out.most_common(_COUNTED_CLASSES))
    if rest := left_out.total() - sum(most.values()):
        most["…"] = rest
    return {"left_out": most, "oneway": oneway, "ferry": ferry}


def _frame(rows: list[tuple[int, Any, str, str]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"road_class": pd.Series([r[2] for r in rows], dtype="str").to_numpy()},
        geometry=[r[1] for r in rows],
        crs=STORAGE_CRS,
        index=pd.Index([r[0] for r in rows], dtype="int64"),
    )


def _osm_speed(text: str) -> float:
    """Return a speed limit in km/h, NaN where there is none to be read."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(km/?h|mph)?\s*", text[:_SPEED_LENGTH], flags=re.I)
    if not found or len(text) > _SPEED_LENGTH:
        return float("nan")
    return float(found[1]) * (_MPH if (found[2] or "").casefold() == "mph" else 1.0)


def _layer_lines(
    path: Path, bounds: tuple[float, float, float, float], layer: str | None
) -> gpd.GeoDataFrame:
    frame = read_layer(path, layer)
    if frame.crs is None:
        raise FileUnreadableError(path, "no_crs", "sistem koordinat (Shapefile: berkas .prj)")
    frame = in_degrees(path, frame)
    cells, speed, classed = _cells(path, frame)
    faults: list[str] = []
    rows: list[tuple[int, Any, str, float, str]] = []
    left_out, oneway = Counter[str](), 0
    shapes = zip(cells, frame.geometry, _outside(frame, bounds), strict=True)
    for n, ((told, limit, way, route), geometry, far) in enumerate(shapes, start=1):
        if FERRY in (route.casefold(), told.casefold()):
            left_out[FERRY] += 1
            continue
        kind = road_class(told)
        kmh, basis, wrong = _speed(kind, limit, speed)
        if np.isnan(kmh) and not wrong and classed:
            left_out[told[:60] or "-"] += 1
            continue
        wrong += [] if not np.isnan(kmh) or wrong else [f"{speed} is empty, expected km/h"]
        wrong += _geometry_faults(geometry, far=bool(far))
        faults += [f"row {n}: {fault}" for fault in wrong]
        if not wrong:
            oneway += way.casefold() in _ONE_WAY
            rows += [(n, part, kind, kmh, basis) for part in _lines_of(geometry)]
    if faults:
        more = [f"and {len(faults) - _TOLD_FAULTS} more"] if len(faults) > _TOLD_FAULTS else []
        raise SchemaError(path.name, [*faults[:_TOLD_FAULTS], *more])
    found = _frame([(r[0], r[1], r[2], "") for r in rows]).assign(
        kmh=[r[3] for r in rows],
        speed_basis=pd.Series([r[4] for r in rows], dtype="str").to_numpy(),
    )
    found.attrs.update(_counts(left_out, oneway), skipped=0)
    return found


def _cells(path: Path, frame: gpd.GeoDataFrame) -> tuple[list[tuple[str, ...]], str, bool]:
    """Return class, speed, direction and route of each row, the column of speeds, if classes are.

    Where several columns hold classes, the first one counts that says a class of roads in the row.
    """
    names = {str(c).casefold(): str(c) for c in frame.columns.drop(frame.geometry.name)}
    classes = [names[c] for c in CLASS_COLUMNS if c in names]
    speed = next((names[c] for c in SPEED_COLUMNS if c in names), "")
    if not classes and not speed:
        expected = f"kolom kelas ({', '.join(CLASS_COLUMNS)})"
        expected += f" atau kecepatan km/jam ({', '.join(SPEED_COLUMNS)})"
        raise FileUnreadableError(path, "no_class_or_speed_column", expected)
    blank = [""] * len(frame)
    said = [_texts(frame[c]) for c in classes] or [blank]
    told = [
        next((kind for kind in kinds if road_class(kind)), next(filter(None, kinds), ""))
        for kinds in zip(*said, strict=True)
    ]
    others = (speed, names.get("oneway"), names.get("route"))
    texts = [_texts(frame[c]) if c else blank for c in others]
    return list(zip(told, *texts, strict=True)), speed, bool(classes)


def _lines_of(geometry: Any) -> Iterator[Any]:
    """Return the lines of a shape, without heights and without those of no length."""
    parts = shapely.get_parts(shapely.force_2d(geometry))
    return (part for part in parts if part.length > 0)


def _texts(values: pd.Series) -> list[str]:
    missing = values.isna().to_numpy()
    texts = values.astype("object").tolist()
    return ["" if gone else str(v).strip() for v, gone in zip(texts, missing, strict=True)]


def _speed(kind: str, said: str, column: str) -> tuple[float, str, list[str]]:
    """Return speed, what it rests on, and faults: the file's own speed, else that of its class.

    A speed of 0 is one that is not known. NaN where neither tells.
    """
    usual = CLASS_KMH.get(kind, float("nan"))
    kmh = _osm_speed(said) if said else 0.0
    if kmh == 0 or (np.isnan(kmh) and column.casefold() == LIMIT_COLUMN):
        return usual, "kelas", []
    if kind and column.casefold() == LIMIT_COLUMN:
        return max(min(usual, kmh), MIN_KMH), "kelas", []
    if not MIN_KMH <= kmh <= MAX_KMH:
        expected = f"km/h from {MIN_KMH:g} to {MAX_KMH:g}, 0 where it is not known"
        return kmh, "berkas", [f"{column} {said[:60]!r}, expected {expected}"]
    return kmh, "berkas", []


def _outside(frame: gpd.GeoDataFrame, bounds: tuple[float, float, float, float]) -> pd.Series:
    west, south, east, north = bounds
    found = pd.DataFrame(frame.bounds)
    return (
        found["minx"].lt(west - _MARGIN_DEGREES)
        | found["miny"].lt(south - _MARGIN_DEGREES)
        | found["maxx"].gt(east + _MARGIN_DEGREES)
        | found["maxy"].gt(north + _MARGIN_DEGREES)
    )


def _geometry_faults(geometry: Any, *, far: bool) -> list[str]:
    if geometry is None or geometry.is_empty:
        return ["no geometry, expected a line"]
    if geometry.geom_type not in ("LineString", "MultiLineString"):
        return [f"geometry {geometry.geom_type}, expected a line"]
    if far:
        x, y = geometry.representative_point().coords[0]
        return [f"geometry at {x:.3f}, {y:.3f}, expected longitude and latitude in the province"]
    return [] if geometry.length > 0 else ["geometry of no length, expected a line"]
