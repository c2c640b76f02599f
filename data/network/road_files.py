"""Lines of a road file, each with a speed; what is no road for a lorry is left out and counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

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
_ONE_WAY = {
    "yes": 1,
    "true": 1,
    "1": 1,
    "1.0": 1,
    "f": 1,
    "ya": 1,
    "-1": -1,
    "t": -1,
    "reverse": -1,
}
"""Words for one direction, 1 as drawn, -1 against it; F and T are Geofabrik's. What changes with
the hour (reversible, alternating) can be used both ways."""
_BOTH_WAYS = {"no", "false", "0", "b", "tidak"}
_ROUND = {"roundabout", "circular"}
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
        ``road_class``, ``kmh``, ``speed_basis`` (``berkas`` or ``kelas``), ``one_way`` (drawn
        in the direction that may be driven). A speed limit only slows a class down. ``attrs``:
        ``skipped``, ways whose nodes an extract lacks; ``left_out``, rows by a class that is no
        road for a lorry; ``oneway``, number of rows for one direction; ``ferry``, number of rows
        of ferries, which are boat legs and no roads, and ``ferries``, what they say (`Ferry`).

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


@dataclass(frozen=True)
class Ferry:
    """A ferry of a road file.

    Attributes
    ----------
    name
        Of the line, "" where the file has none.
    minutes
        How long it takes by the file; None where it does not say.
    start, end
        Longitude and latitude of its ends.
    km
        Along the line, in kilometres on the ground.
    """

    name: str
    minutes: float | None
    start: tuple[float, float]
    end: tuple[float, float]
    km: float


def _ferry(line: Any, name: str, duration: str) -> Ferry:
    metric = gpd.GeoSeries([line], crs=STORAGE_CRS)
    km = float(metric.to_crs(metric.estimate_utm_crs()).length.iloc[0]) / 1000
    (x0, y0), (x1, y1) = (line.coords[n][:2] for n in (0, -1))
    return Ferry(name[:80], _duration(duration), (x0, y0), (x1, y1), km)


def _duration(text: str) -> float | None:
    """Return minutes of a duration: minutes, hours:minutes(:seconds), or ISO 8601 (PT1H30M)."""
    plain = text[:_SPEED_LENGTH].strip().upper()
    if found := re.fullmatch(r"(?:(\d{1,2}):)?(\d{1,3})(?::\d\d)?", plain):
        minutes = 60 * int(found[1] or 0) + int(found[2])
    elif found := re.fullmatch(r"PT(?:(\d{1,2})H)?(?:(\d{1,3})M)?", plain):
        minutes = 60 * int(found[1] or 0) + int(found[2] or 0)
    else:
        return None
    return float(minutes) or None


def _direction(oneway: str, junction: str, told: str) -> int:
    """Return 1 for a road driven as drawn only, -1 against it only, 0 both ways.

    Roundabouts and motorways go one way where nothing else is said.
    """
    said = oneway.casefold()
    if said in _ONE_WAY:
        return _ONE_WAY[said]
    implied = junction.casefold() in _ROUND or told.casefold() in ("motorway", "motorway_link")
    return int(implied and said not in _BOTH_WAYS)


def _osm_lines(path: Path, bounds: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    import osmium

    rows: list[_Row] = []
    ferries: list[Ferry] = []
    skipped, left_out = 0, Counter[str]()
    try:
        ways = osmium.FileProcessor(str(path)).with_locations()
        for way in ways.with_filter(osmium.filter.KeyFilter("highway", "route")):
            if not isinstance(way, osmium.osm.Way):
                continue
            points = [(n.location.lon, n.location.lat) for n in way.nodes if n.location.valid()]
            if points and not _any_near(points, bounds):
                continue  # an extract of a larger region
            tags = {tag.k: str(tag.v) for tag in way.tags}
            said = tags.get("highway", tags.get("route", ""))
            kind = road_class(said) if "highway" in tags else ""
            whole = len(points) == len(way.nodes) and len(set(points)) > 1
            if not kind:
                left_out[said[:60]] += 1
                if said == FERRY and whole:
                    line = shapely.LineString(points)
                    ferries.append(_ferry(line, tags.get("name", ""), tags.get("duration", "")))
            elif whole:
                kmh = float(np.fmin(CLASS_KMH[kind], _osm_speed(tags.get("maxspeed", ""))))
                way_of = _direction(tags.get("oneway", ""), tags.get("junction", ""), said)
                line = shapely.LineString(points)
                rows.append(_Row(way.id, line, kind, max(kmh, MIN_KMH), "kelas", way_of))
            else:
                skipped += 1
    except (RuntimeError, ValueError) as err:
        raise FileUnreadableError(path, "broken_osm", FORMATS) from err
    out = _frame(rows)
    out = out[~_outside(out, bounds)]
    out.attrs.update(_counts(left_out, out, ferries), skipped=skipped)
    return out


class _Row(NamedTuple):
    """A line as it is read; ``direction`` as `_direction` gives it."""

    label: int
    line: Any
    road_class: str
    kmh: float
    speed_basis: str
    direction: int


def _counts(
    left_out: Counter[str], lines: gpd.GeoDataFrame, ferries: list[Ferry]
) -> dict[str, Any]:
    """Return what is told of the rows; ferries by themselves, rare classes together."""
    ferry = left_out.pop(FERRY, 0)
    most = dict(left_out.most_common(_COUNTED_CLASSES))
    if rest := left_out.total() - sum(most.values()):
        most["…"] = rest
    oneway = int(lines["one_way"].groupby(level=0).any().sum())
    return {"left_out": most, "oneway": oneway, "ferry": ferry, "ferries": tuple(ferries)}


def _frame(rows: list[_Row]) -> gpd.GeoDataFrame:
    lines = [shapely.reverse(row.line) if row.direction < 0 else row.line for row in rows]
    columns = {
        "road_class": pd.Series([row.road_class for row in rows], dtype="str").to_numpy(),
        "kmh": pd.Series([row.kmh for row in rows], dtype="float64").to_numpy(),
        "speed_basis": pd.Series([row.speed_basis for row in rows], dtype="str").to_numpy(),
        "one_way": np.array([row.direction != 0 for row in rows], dtype=bool),
    }
    labels = pd.Index([row.label for row in rows], dtype="int64")
    return gpd.GeoDataFrame(columns, geometry=lines, crs=STORAGE_CRS, index=labels)


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
    rows: list[_Row] = []
    ferries: list[Ferry] = []
    left_out = Counter[str]()
    shapes = zip(cells, frame.geometry, _outside(frame, bounds), strict=True)
    for n, (cell, geometry, far) in enumerate(shapes, start=1):
        if FERRY in (cell.route.casefold(), cell.told.casefold()):
            left_out[FERRY] += 1
            if not _geometry_faults(geometry, far=bool(far)):
                ferries += [_ferry(p, cell.name, cell.duration) for p in _lines_of(geometry)]
            continue
        kind = road_class(cell.told)
        kmh, basis, wrong = _speed(kind, cell.speed, speed)
        if np.isnan(kmh) and not wrong and classed:
            left_out[cell.told[:60] or "-"] += 1
            continue
        wrong += [] if not np.isnan(kmh) or wrong else [f"{speed} is empty, expected km/h"]
        wrong += _geometry_faults(geometry, far=bool(far))
        faults += [f"row {n}: {fault}" for fault in wrong]
        if not wrong:
            way_of = _direction(cell.oneway, cell.junction, cell.told)
            rows += [_Row(n, part, kind, kmh, basis, way_of) for part in _lines_of(geometry)]
    if faults:
        more = [f"and {len(faults) - _TOLD_FAULTS} more"] if len(faults) > _TOLD_FAULTS else []
        raise SchemaError(path.name, [*faults[:_TOLD_FAULTS], *more])
    found = _frame(rows)
    found.attrs.update(_counts(left_out, found, ferries), skipped=0)
    return found


class _Cells(NamedTuple):
    """What a row of a layer says, "" where it says nothing."""

    told: str
    speed: str
    oneway: str
    route: str
    junction: str
    name: str
    duration: str


def _cells(path: Path, frame: gpd.GeoDataFrame) -> tuple[list[_Cells], str, bool]:
    """Return what each row says, the column of speeds, and whether there is one of classes.

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
    others = [speed, *(names.get(c) for c in ("oneway", "route", "junction", "name", "duration"))]
    texts = [_texts(frame[c]) if c else blank for c in others]
    return [_Cells(*cells) for cells in zip(told, *texts, strict=True)], speed, bool(classes)


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


def _any_near(points: list[tuple[float, float]], bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    far = _MARGIN_DEGREES
    return any(west - far <= x <= east + far and south - far <= y <= north + far for x, y in points)


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
