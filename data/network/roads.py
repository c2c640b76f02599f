"""Roads of a file put in place of those in use, or added to them: whole or not at all."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import delete

from data.boundaries.shapes import read_shapes
from data.errors import SchemaError, SparseRoadsError
from data.ingest.files.limits import shown_name
from data.ingest.history import keep_bulk, keep_rows
from data.ingest.record import import_key, write_import
from data.network.road_files import CLASS_KMH, Ferry, read_lines
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import read_table, typed
from data.store.rules import check
from geo.boundaries.coast import Land
from geo.crs import STORAGE_CRS
from geo.errors import ParameterError
from geo.network.joining import OFFICE, join_places
from geo.network.multimodal import given
from geo.network.points import to_metres
from geo.network.road_lines import RoadEdges, road_edges

__all__ = ["CLASS_KMH", "RoadImport", "import_roads", "read_lines"]

TARGET = "road_edges"
FAR_KM = 5.0
"""A desa farther than this from every road of the file is named in the report."""


@dataclass(frozen=True)
class Apart:
    """A desa whose nearest road is of a piece.

    Attributes
    ----------
    code, name
        The desa.
    nearest_km
        To the road of the piece, straight.
    road_km
        To the road it is joined to instead; None where there is none in reach.
    """

    code: str
    name: str
    nearest_km: float
    road_km: float | None


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
    left_out
        Rows left out because their class is no road for a lorry, by class.
    oneway
        Lines that the file says are for one direction.
    ferry
        Rows of ferries, left out: boat legs are imported by themselves.
    ferries
        What those rows say, to make boat legs of.
    apart
        Desa whose nearest road is of a piece that does not reach the main roads of its kabupaten,
        those that stay cut off first.
    merged
        Lines of earlier imports that the new ones were added to; 0 where they were replaced.
    repeated
        Lines of the file that were there already.
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
    left_out: Mapping[str, int] = field(default_factory=dict)
    oneway: int = 0
    ferry: int = 0
    ferries: tuple[Ferry, ...] = ()
    apart: tuple[Apart, ...] = ()
    merged: int = 0
    repeated: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the result JSON-ready."""
        return asdict(self)


def import_roads(
    store: Store,
    path: Path,
    snap_m: float = 5.0,
    *,
    layer: str | None = None,
    merge: bool = False,
    replace: bool = False,
    dry_run: bool = False,
) -> RoadImport:
    """Put the roads of a file in place of those in use, or add them, in one transaction.

    `data.ingest.history.undo_import` brings back the roads that were there before.

    Parameters
    ----------
    store
        A store with units and shapes.
    path, layer
        See `data.network.road_files.read_lines`.
    snap_m
        Loose ends are joined to a line within this many metres, 0 to 100.
    merge
        Add the lines to those of earlier imports; a line that is there already is not added.
    replace
        Take the file even if it covers a small part of the province.
    dry_run
        Whether to say what would happen and store nothing.

    Raises
    ------
    SparseRoadsError
        When more than half of the desa are farther than `FAR_KM` from the roads there would be,
        none were there to add to, and ``replace`` is not set.
    SourceMissingError, FileUnreadableError, SchemaError, ParameterError
        When the file cannot be used, or ``merge`` and ``replace`` are both set; nothing is changed.
    """
    if merge and replace:
        raise ParameterError("merge", merge, "merge or replace, not both")
    west, south, east, north = read_shapes(store, "kabupaten").total_bounds
    bounds = float(west), float(south), float(east), float(north)
    lines = read_lines(path, bounds, layer)
    there = _lines_there(store) if merge else lines.iloc[:0]
    # A MultiLineString is several lines of one row.
    new = lines.reset_index(drop=True)
    new = new[~_keys(new).isin(_keys(there))]
    plain = gpd.GeoDataFrame(pd.concat([there, new], ignore_index=True), crs=STORAGE_CRS)
    cut = road_edges(plain, snap_m)
    import_id, digest = import_key("road", path, str(snap_m), layer or "", str(merge))
    edges = _edge_rows(path, cut, plain, import_id)
    away = _desa_apart_km(store, cut)
    far = away[away > FAR_KM]
    if len(far) * 2 > len(away) and not replace and there.empty:
        raise SparseRoadsError(path.name, len(lines), len(far), len(away), FAR_KM)
    if not dry_run:
        _write(store, path, edges, new.assign(import_id=import_id), digest, merge=merge)
    done = _result(path, import_id, edges, cut, away)
    told = ("skipped", "left_out", "oneway", "ferry", "ferries")
    return dataclasses.replace(
        done,
        lines=len(lines),
        **{name: lines.attrs[name] for name in told},
        apart=_on_pieces(store, edges),
        merged=len(there),
        repeated=len(lines) - len(new),
    )


def _lines_there(store: Store) -> gpd.GeoDataFrame:
    rows = store.read("road_lines")
    if rows.empty and store.count(TARGET):
        # Edges of earlier versions keep no bends, so nothing can meet them between junctions.
        raise ParameterError("merge", True, "roads whose lines are known: import that file again")
    shapes = shapely.from_wkb(rows["wkb"].to_numpy())
    columns = rows[["road_class", "kmh", "speed_basis"]].assign(one_way=rows["one_way"].eq(True))
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=STORAGE_CRS)


def _keys(lines: gpd.GeoDataFrame) -> pd.Series:
    """Return what is equal for lines (N,) of one course, whichever way they are drawn."""
    shapes = shapely.transform(lines.geometry.to_numpy(), lambda xy: np.round(xy, 6))
    return pd.Series(shapely.to_wkb(shapely.normalize(shapes)), index=lines.index, dtype="object")


def _edge_rows(path: Path, cut: RoadEdges, lines: gpd.GeoDataFrame, import_id: str) -> pd.DataFrame:
    """Return rows of the table ``road_edges``."""
    own = lines.loc[cut.edges["line"]].reset_index(drop=True)
    rows = cut.edges.drop(columns="line").assign(
        edge_id=np.arange(1, len(cut.edges) + 1),
        usual_min=60 * cut.edges["length_km"] / own["kmh"],
        road_class=own["road_class"],
        speed_basis=own["speed_basis"],
        one_way=own["one_way"].astype(bool),
        import_id=import_id,
    )
    frame = typed(rows, schema.road_edges)
    if faults := check(TARGET, frame):
        raise SchemaError(path.name, faults[:20])
    return frame


def _write(
    store: Store,
    path: Path,
    edges: pd.DataFrame,
    lines: gpd.GeoDataFrame,
    digest: str,
    *,
    merge: bool,
) -> None:
    log, import_id = schema.imports, str(edges["import_id"].iloc[0])
    with store.begin("network.roads") as connection:
        keep_bulk(
            connection, schema.road_edges, import_id, read_table(connection, schema.road_edges)
        )
        old = read_table(connection, schema.road_lines)
        if not merge:
            keep_bulk(connection, schema.road_lines, import_id, old)
            earlier = log.c.target == TARGET
            keep_rows(connection, log, import_id, read_table(connection, log, earlier))
            connection.execute(delete(schema.road_lines))
            connection.execute(delete(log).where(earlier))
        store.replace(connection, schema.road_edges, edges)
        first = int(old["line_id"].max()) + 1 if merge and len(old) else 1
        rows = pd.DataFrame(lines.drop(columns="geometry")).assign(
            line_id=np.arange(first, first + len(lines)), wkb=shapely.to_wkb(lines.geometry)
        )
        store.insert_frame(connection, schema.road_lines, typed(rows, schema.road_lines))
        connection.execute(delete(log).where(log.c.import_id == import_id))
        write_import(connection, import_id, TARGET, path, digest, (len(edges), 0, 0))


def _desa_apart_km(store: Store, cut: RoadEdges) -> pd.Series:
    """Return kilometres from the point of each desa to the nearest junction, farthest first."""
    from scipy.spatial import KDTree

    units = store.units()
    desa = units[units["level"].eq("desa")]
    apart = KDTree(cut.junctions).query(to_metres(desa["lon"], desa["lat"], cut.crs))[0] / 1000
    return pd.Series(apart, index=desa["code"]).sort_values(ascending=False)


def _on_pieces(store: Store, edges: pd.DataFrame) -> tuple[Apart, ...]:
    """Return the desa whose nearest road is of a piece apart."""
    units = store.units()
    desa = units[units["level"].eq("desa")]
    land = Land.of(read_shapes(store, "desa"))
    xy = to_metres(desa["lon"], desa["lat"], land.crs)
    offices = pd.DataFrame({"node_id": desa["code"], "x_m": xy[:, 0], "y_m": xy[:, 1]})
    offices = offices.assign(unit_code=desa["code"], kind=OFFICE, at=None)
    joined = join_places(offices, given(edges, land), land)
    # Farther ones are told as far from every road.
    near = joined["nearest_km"].le(FAR_KM)
    found = joined[joined["is_apart"] & near].sort_values(
        ["is_main", "snap_km", "nearest_km"], ascending=[True, False, False]
    )
    names = desa.set_index("code")["name"]
    roads = found["snap_km"].where(found["is_main"])
    rows = zip(found.index, found["nearest_km"], roads, strict=True)
    return tuple(
        Apart(str(code), str(names[code]), round(near, 3), None if pd.isna(km) else round(km, 3))
        for code, near, km in rows
    )


def _result(
    path: Path, import_id: str, frame: pd.DataFrame, cut: RoadEdges, apart: pd.Series
) -> RoadImport:
    km = float(frame["length_km"].sum())
    guessed = float(frame.loc[frame["speed_basis"].eq("kelas"), "length_km"].sum())
    parts = cut.part_km.sort_values(ascending=False)
    return RoadImport(
        file_name=str(shown_name(path)),
        import_id=import_id,
        lines=0,
        skipped=0,
        edges=len(frame),
        km=km,
        class_speeds=guessed / km,
        snapped_ends=cut.snapped,
        widest_snap_m=cut.widest_snap_m,
        parts=len(parts),
        largest_part_share=float(parts.iloc[0]) / km,
        part_km=tuple(round(float(v), 3) for v in parts.head(10)),
        median_snap_km=float(apart.median()),
        widest_snap_km=float(apart.max()),
        far_desa=tuple(apart[apart > FAR_KM].index),
    )
