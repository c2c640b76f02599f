"""Make the product ready to start: library files, tables, and the data that ship with it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pandas as pd

from data.boundaries.shapes import refresh_points, shipped_source
from data.briefing.examples import seed_examples
from data.plan.keeping import note_unknown
from data.static_files import copy_vendor_files
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import read_table
from data.store.shipped import load_shipped, shipped_digest

_ORDER = (
    "sources",
    "units",
    "elections",
    "stages",
    "rakor",
    "affairs",
    "tps",
    "voters",
    "agenda",
    "coverage_periods",
    "indicator_versions",
    "risk_indicators",
    "indicator_counts",
    "class_totals",
    "security_patterns",
    "baseline_scores",
    "personnel_available",
    "disputes",
)


@dataclass(frozen=True)
class Prepared:
    """What preparing did.

    Attributes
    ----------
    static_files
        Library files written.
    seeded
        Whether shipped tables were written; False when they were there already.
    rows
        Rows per table in the store.
    address
        Address of the store without its password.
    """

    static_files: int
    seeded: bool
    rows: dict[str, int]
    address: str


def open_prepared() -> Store:
    """Open the store of this installation with the shipped data in it."""
    store = Store.open()
    if store.meta("shipped_digest") is None:
        prepare(store)
    return store


def prepare(store: Store) -> Prepared:
    """Bring static files and shipped data up to date; change nothing when they are.

    Shipped rows are recognised by their source or by a missing ``import_id``: what users
    imported stays, also when a newer version of the product ships newer tables; so does a shipped
    report that an import has put right.
    """
    written = copy_vendor_files()
    digest = shipped_digest()
    seeded = store.meta("shipped_digest") != digest
    if seeded:
        _seed(store, load_shipped(), digest)
    seed_examples(store)
    note_unknown(store)
    rows = {name: store.count(name) for name in (*_ORDER, "reports", "unit_shapes")}
    return Prepared(written, seeded, rows, store.address)


def _seed(store: Store, frames: dict[str, pd.DataFrame], digest: str) -> None:
    tables = schema.metadata.tables
    with store.begin("setup.prepare") as connection:
        for name in _ORDER:
            table = tables[name]
            # TPS are found by their election: thousands of keys do not fit one statement.
            key = table.c.election if name == "tps" else next(iter(table.primary_key.columns))
            keys = frames[name][key.name].astype("object").unique().tolist()
            before = json.loads(store.meta_of(connection, f"shipped_keys.{name}") or "[]")
            store.replace(connection, table, frames[name], key.in_({*keys, *before}))
            store.set_meta(connection, f"shipped_keys.{name}", json.dumps(keys))
        reports, shipped = schema.reports, frames["reports"]
        ours = reports.c.report_id.in_(shipped["report_id"].tolist())
        brought = read_table(connection, reports, ours & reports.c.import_id.is_not(None))
        shipped = shipped[~shipped["report_id"].isin(brought["report_id"])]
        store.replace(connection, reports, shipped, reports.c.import_id.is_(None))
        foreign = connection.execute(
            schema.unit_shapes.select().where(schema.unit_shapes.c.source != shipped_source())
        ).fetchall()
        replaced_levels = {row.level for row in foreign}
        shapes = frames["unit_shapes"]
        store.replace(
            connection,
            schema.unit_shapes,
            shapes[~shapes["level"].isin(replaced_levels)],
            schema.unit_shapes.c.source == shipped_source(),
        )
        refresh_points(connection)
        store.set_meta(connection, "shipped_digest", digest)
