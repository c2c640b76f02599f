"""Lines of a road file, each with a speed, imported in place of the proxy: whole or not at all."""

from __future__ import annotations

import re
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from scipy.spatial import KDTree
from sqlalchemy import delete

from data.boundaries.shapes import read_shapes
from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.ingest.record import file_digest, write_import
from data.store import tables as schema
from data.store.engine import Store
from data.store.rules import check
from geo.crs import STORAGE_CRS
from geo.network.points import to_metres
from geo.network.road_lines import RoadEdges, road_edges

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
MIN_KMH, MAX_KMH = 3.0, 130.0
CLASS_COLUMNS = ("highway", "fclass", "kelas", "kelas_jalan", "road_class", "class", "tipe")
SPEED_COLUMNS = ("speed_kmh", "kecepatan_kmj", "kecepatan", "speed", "maxspeed", "kmh")
OSM_SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.bz2", ".osm.gz")
LAYER_SUFFIXES = (".gpkg", ".geojson", ".json", ".shp", ".zip")
FORMATS = "OpenStreetMap (.osm.pbf, .osm), GeoPackage, GeoJSON atau Shapefile (zip)"
_MARGIN_DEGREES = 1.0
_MPH = 1.609344


def read_lines(path: Path, bounds: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    """Read the roads of a file.

    Parameters
    ----------
    path
        An OpenStreetMap extract or a line layer with a column of classes or of speeds.
    bounds
        West, south, east, north of the province in degrees; lines more than a degree outside
        are faults of a layer, and left out of an extract.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, indexed by row (of a layer, from 1) or way id: LineString ``geometry``,
        ``road_class``, ``kmh``, ``speed_basis`` (``berkas`` or ``kelas``). A speed limit of an
        extract only slows a class down. ``attrs["skipped"]``: ways whose nodes the extract lacks.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the file is not there, of another format, broken, or has no road.
    SchemaError
        With every fault of a layer: row, column, value and what was expected.
    """
    if not path.is_file():
        raise SourceMissingError(path)
    name = path.name.casefold()
    if name.endswith(OSM_SUFFIXES):
        lines = _osm_lines(path, bounds)
    elif name.endswith(LAYER_SUFFIXES):
        lines = _layer_lines(path, bounds)
    else:
        raise FileUnreadableError(path, "unknown_format", FORMATS)
    if lines.empty:
        raise FileUnreadableError(path, "no_roads", "setidaknya satu garis jalan di provinsi ini")
    return lines


def _osm_lines(path: Path, bounds: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    import osmium

    rows: list[tuple[int, Any, str, str]] = []
    skipped = 0
    try:
        ways = osmium.FileProcessor(str(path)).with_locations()
        for way in ways.with_filter(osmium.filter.KeyFilter("highway")):
            road_class = way.tags["highway"].split("_link")[0]
            if not isinstance(way, osmium.osm.Way) or road_class not in CLASS_KMH:
                continue
            points = [(n.location.lon, n.location.lat) for n in way.nodes if n.location.valid()]
            if len(points) != len(way.nodes) or len(set(points)) < 2:
                skipped += 1
                continue
            limit_text = str(way.tags.get("maxspeed", ""))
            rows.append((way.id, shapely.LineString(points), road_class, limit_text))
    except (RuntimeError, ValueError) as err:
        raise FileUnreadableError(path, "broken_osm", FORMATS) from err
    frame = _frame(rows)
    limit = pd.Series([_osm_speed(r[3]) for r in rows], index=frame.index, dtype="float64")
    usual = frame["road_class"].map(CLASS_KMH)
    kmh = np.fmin(usual, limit).clip(lower=MIN_KMH)
    inside = ~_outside(frame, bounds)
    out = frame.assign(kmh=kmh, speed_basis="kelas")[inside]
    out.attrs["skipped"] = skipped
    return out


def _frame(rows: list[tuple[int, Any, str, str]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"road_class": pd.Series([r[2] for r in rows], dtype="str").to_numpy()},
        geometry=[r[1] for r in rows],
        crs=STORAGE_CRS,
        index=pd.Index([r[0] for r in rows], dtype="int64"),
    )


def _osm_speed(text: str) -> float:
    """Return a speed limit in km/h, NaN where there is none to be read."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(km/?h|mph)?\s*", text, flags=re.I)
    if not found:
        return float("nan")
    return float(found[1]) * (_MPH if (found[2] or "").casefold() == "mph" else 1.0)


def _layer_lines(path: Path, bounds: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    frame = _read_layer(path)
    names = {str(c).casefold(): str(c) for c in frame.columns.drop(frame.geometry.name)}
    class_column = next((names[c] for c in CLASS_COLUMNS if c in names), None)
    speed_column = next((names[c] for c in SPEED_COLUMNS if c in names), None)
    if class_column is None and speed_column is None:
        expected = f"kolom kelas ({', '.join(CLASS_COLUMNS)})"
        expected += f" atau kecepatan km/jam ({', '.join(SPEED_COLUMNS)})"
        raise FileUnreadableError(path, "no_class_or_speed_column", expected)
    frame = frame.set_axis(pd.RangeIndex(1, len(frame) + 1), axis=0).to_crs(STORAGE_CRS)
    faults, rows = [], []
    outside = _outside(frame, bounds)
    for number, geometry in frame.geometry.items():
        text, said = _texts(frame.loc[number], class_column, speed_column)
        kmh, basis, wrong = _speed(text, said, class_column, speed_column)
        wrong += _geometry_faults(geometry, far=bool(outside[number]))
        faults += [f"row {number}: {fault}" for fault in wrong]
        if not wrong:
            parts = shapely.get_parts(shapely.force_2d(geometry))
            rows += [(number, part, text or "", kmh, basis) for part in parts]
    if faults:
        raise SchemaError(path.name, faults)
    return gpd.GeoDataFrame(
        {
            "road_class": pd.Series([r[2] for r in rows], dtype="str").to_numpy(),
            "kmh": [r[3] for r in rows],
            "speed_basis": pd.Series([r[4] for r in rows], dtype="str").to_numpy(),
        },
        geometry=[r[1] for r in rows],
        crs=STORAGE_CRS,
        index=pd.Index([r[0] for r in rows], dtype="int64"),
    )


def _read_layer(path: Path) -> gpd.GeoDataFrame:
    try:
        source = _inside_zip(path) if path.suffix.casefold() == ".zip" else str(path)
        layers = [str(name) for name, kind in pyogrio.list_layers(source) if kind is not None]
        if len(layers) != 1:
            found = ", ".join(layers) or "-"
            raise FileUnreadableError(path, "layers", f"satu lapisan garis; ada: {found}")
        frame = gpd.read_file(source, layer=layers[0], engine="pyogrio")
    except (DataSourceError, DataLayerError, zipfile.BadZipFile, OSError) as err:
        raise FileUnreadableError(path, "broken_layer", FORMATS) from err
    if frame.crs is None:
        raise FileUnreadableError(path, "no_crs", "sistem koordinat (Shapefile: berkas .prj)")
    return frame


def _inside_zip(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        found = [n for n in archive.namelist() if n.casefold().endswith(".shp")]
    if len(found) != 1:
        names = ", ".join(found) or "-"
        raise FileUnreadableError(path, "layers", f"satu berkas .shp di dalam zip; ada: {names}")
    return f"/vsizip/{path.resolve()}/{found[0]}"


def _outside(frame: gpd.GeoDataFrame, bounds: tuple[float, float, float, float]) -> pd.Series:
    west, south, east, north = bounds
    found = pd.DataFrame(frame.bounds)
    return (
        found["minx"].lt(west - _MARGIN_DEGREES)
        | found["miny"].lt(south - _MARGIN_DEGREES)
        | found["maxx"].gt(east + _MARGIN_DEGREES)
        | found["maxy"].gt(north + _MARGIN_DEGREES)
    )


def _texts(row: pd.Series, class_column: str | None, speed_column: str | None) -> tuple[str, str]:
    values = [row[c] if c is not None else None for c in (class_column, speed_column)]
    kind, speed = ("" if v is None or pd.isna(v) else str(v).strip() for v in values)
    return kind.casefold().split("_link")[0], speed


def _speed(
    kind: str, said: str, class_column: str | None, speed_column: str | None
) -> tuple[float, str, list[str]]:
    """Return speed, what it rests on, and faults: the file's own speed, else that of its class."""
    if said:
        kmh = _osm_speed(said)
        if not MIN_KMH <= kmh <= MAX_KMH:
            expected = f"km/h from {MIN_KMH:g} to {MAX_KMH:g}"
            return kmh, "berkas", [f"{speed_column} {said!r}, expected {expected}"]
        return kmh, "berkas", []
    if kind in CLASS_KMH:
        return CLASS_KMH[kind], "kelas", []
    expected = "one of " + ", ".join(CLASS_KMH)
    if class_column is None:
        return float("nan"), "kelas", [f"{speed_column} is empty, expected km/h"]
    return float("nan"), "kelas", [f"{class_column} {kind!r}, expected {expected}, or a speed"]


def _geometry_faults(geometry: Any, *, far: bool) -> list[str]:
    if geometry is None or geometry.is_empty:
        return ["no geometry, expected a line"]
    if geometry.geom_type not in ("LineString", "MultiLineString"):
        return [f"geometry {geometry.geom_type}, expected a line"]
    if far:
        x, y = geometry.representative_point().coords[0]
        return [f"geometry at {x:.3f}, {y:.3f}, expected longitude and latitude in the province"]
    return [] if geometry.length > 0 else ["geometry of no length, expected a line"]


TARGET = "road_edges"
FAR_KM = 5.0
"""A desa farther than this from every road of the file is named in the report."""


@dataclass(frozen=True)
class RoadImport:
    """What an import of roads did, and how well the file covers the province.

    Attributes
    ----------
    file_name, import_id
        The file, and the key of the import.
    lines, skipped
        Lines read; ways of an extract left out because it lacks their nodes.
    edges, km
        Edges between junctions stored, and their length.
    class_speeds
        Share of the length whose speed is an assumption of its class.
    snapped_ends, widest_snap_m
        Loose ends joined to a line nearby, and the widest gap so closed.
    parts, largest_part_share, part_km
        Disconnected parts, share of the length in the largest, and kilometres of the largest ten.
    median_snap_km, widest_snap_km
        Straight distance from the point of a desa to the nearest junction.
    far_desa
        Codes of desa farther than `FAR_KM` from every junction, farthest first.
    """

    file_name: str
    import_id: str
    lines: int
    skipped: int
    edges: int
    km: float
    class_speeds: float
    snapped_ends: int
    widest_snap_m: float
    parts: int
    largest_part_share: float
    part_km: tuple[float, ...]
    median_snap_km: float
    widest_snap_km: float
    far_desa: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the result JSON-ready."""
        return asdict(self)


def import_roads(store: Store, path: Path, snap_m: float = 5.0) -> RoadImport:
    """Put the roads of a file in place of those in use, in one transaction.

    Parameters
    ----------
    store
        A store with units and shapes.
    path
        See `data.network.roads.read_lines`. One-way streets are taken both ways.
    snap_m
        Loose ends are joined to a line within this many metres, 0 to 100.

    Raises
    ------
    SourceMissingError, FileUnreadableError, SchemaError, ParameterError
        When the file cannot be used; nothing is changed.
    """
    west, south, east, north = read_shapes(store, "kabupaten").total_bounds
    lines = read_lines(path, (float(west), float(south), float(east), float(north)))
    skipped = int(lines.attrs.get("skipped", 0))
    # A MultiLineString is several lines of one row.
    plain = lines.reset_index(drop=True)
    cut = road_edges(plain, snap_m)
    digest = file_digest(path)
    import_id = f"road-{digest[:16]}"
    own = plain.loc[cut.edges["line"]].reset_index(drop=True)
    rows = cut.edges.drop(columns="line").assign(
        edge_id=np.arange(1, len(cut.edges) + 1),
        usual_min=60 * cut.edges["length_km"] / own["kmh"],
        road_class=own["road_class"],
        speed_basis=own["speed_basis"],
        import_id=import_id,
    )
    kinds = {"edge_id": "Int64", "start": "Int64", "end": "Int64", "import_id": "str"}
    frame = rows[[c.name for c in schema.road_edges.columns]].astype(kinds)
    if faults := check(TARGET, frame):
        raise SchemaError(path.name, faults)
    _write(store, path, frame, import_id, digest)
    return _result(store, path, import_id, len(lines), skipped, frame, cut)


def _write(store: Store, path: Path, frame: pd.DataFrame, import_id: str, digest: str) -> None:
    log = schema.imports
    with store.begin() as connection:
        store.replace(connection, schema.road_edges, frame)
        connection.execute(delete(log).where(log.c.target == TARGET))
        write_import(connection, import_id, TARGET, path, digest, (len(frame), 0, 0))


def _result(
    store: Store,
    path: Path,
    import_id: str,
    lines: int,
    skipped: int,
    frame: pd.DataFrame,
    cut: RoadEdges,
) -> RoadImport:
    units = store.units()
    desa = units[units["level"].eq("desa")]
    apart = KDTree(cut.junctions).query(to_metres(desa["lon"], desa["lat"], cut.crs))[0] / 1000
    by_distance = pd.Series(apart, index=desa["code"]).sort_values(ascending=False)
    km = float(frame["length_km"].sum())
    guessed = float(frame.loc[frame["speed_basis"].eq("kelas"), "length_km"].sum())
    parts = cut.part_km.sort_values(ascending=False)
    return RoadImport(
        file_name=path.name,
        import_id=import_id,
        lines=lines,
        skipped=skipped,
        edges=len(frame),
        km=km,
        class_speeds=guessed / km,
        snapped_ends=cut.snapped,
        widest_snap_m=cut.widest_snap_m,
        parts=len(parts),
        largest_part_share=float(parts.iloc[0]) / km,
        part_km=tuple(round(float(v), 3) for v in parts.head(10)),
        median_snap_km=float(np.median(apart)),
        widest_snap_km=float(apart.max()),
        far_desa=tuple(by_distance[by_distance > FAR_KM].index),
    )
