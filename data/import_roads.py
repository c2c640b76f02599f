"""Bring a road file into the store in place of the proxy: whole or not at all."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import KDTree
from sqlalchemy import delete, insert

from data import schema
from data.errors import SchemaError
from data.frames import check
from data.road_lines import read_lines
from data.shapes import read_shapes
from data.store import Store
from geo.piers import to_metres
from geo.road_lines import RoadEdges, road_edges

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
        See `data.road_lines.read_lines`. One-way streets are taken both ways.
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
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
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
        connection.execute(
            insert(log).values(
                import_id=import_id, target=TARGET, file_name=path.name, sha256=digest,
                at=datetime.now(UTC), accepted=len(frame), quarantined=0, duplicates=0,
            )
        )  # fmt: skip


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
    apart = KDTree(cut.junctions).query(to_metres(desa["lon"], desa["lat"]))[0] / 1000
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
