"""Put boundaries of a file in place of those in use, so that they can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, Table, delete

from data.boundaries.shapes import refresh_points, shape_rows
from data.ingest.files.limits import shown_name
from data.ingest.history import keep_bulk, keep_new
from data.ingest.record import write_import
from data.store import tables as schema
from data.store.engine import Store, Undo
from data.store.frames import read_table, typed


def replace_boundaries(
    store: Store,
    path: Path,
    coverages: Mapping[str, gpd.GeoDataFrame],
    import_id: str,
    digest: str,
    *,
    dry_run: bool = False,
) -> None:
    """Replace the shapes of levels, and move the points that stand in them, in one transaction.

    Parameters
    ----------
    store
        The store.
    path
        The file that the shapes are from.
    coverages
        Columns ``code`` and ``geometry`` in EPSG:4326, by level; that of the file comes first.
    import_id, digest
        Of the file; see `data.ingest.record.import_key`. What is replaced is kept for
        `data.ingest.history.undo_import`.
    dry_run
        Whether to store nothing in the end.
    """
    table, log = schema.unit_shapes, schema.imports
    parts = [shape_rows(frame, level, str(shown_name(path))) for level, frame in coverages.items()]
    rows = typed(pd.concat(parts, ignore_index=True), table)
    of_levels = table.c.level.in_(list(coverages))
    with store.begin("network.boundaries") as connection:
        there = read_table(connection, table, of_levels)
        keep_bulk(connection, table, import_id, there)
        keep_new(connection, table, import_id, rows[~rows["code"].isin(there["code"])])
        store.replace(connection, table, rows, of_levels)
        _move_points(connection, import_id)
        connection.execute(delete(log).where(log.c.import_id == import_id))
        counts = (len(next(iter(coverages.values()))), 0, 0)
        write_import(connection, import_id, table.name, path, digest, counts)
        if dry_run:
            raise Undo


def _move_points(connection: Connection, import_id: str) -> None:
    """Move points into the new shapes, and keep the rows whose point moved as they were."""
    tables: tuple[Table, ...] = (schema.units, schema.tps)
    before = [read_table(connection, table) for table in tables]
    refresh_points(connection)
    for table, old in zip(tables, before, strict=True):
        new = read_table(connection, table)
        changed = pd.Series(False, old.index)
        for column in ("lon", "lat", "has_polygon"):
            if column in old:
                changed |= _differs(old[column], new[column])
        keep_bulk(connection, table, import_id, old[changed])


def _differs(one: pd.Series, other: pd.Series) -> pd.Series:
    """Return where two columns (N,) differ; missing equals missing."""
    return ~((one == other) | (one.isna() & other.isna())).fillna(False).astype(bool)
