"""A store with the shipped registry and two simple kabupaten, and a child that imports slowly."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
from shapely.geometry import box
from sqlalchemy import update

from data.boundaries.shapes import read_units, shape_rows
from data.ingest.columns import header_test
from data.ingest.engine import run
from data.ingest.record import ImportResult
from data.reports.kind import REPORTS
from data.store import tables as schema
from data.store.engine import Store
from services.ingest.imports import Asked, import_file, options_of

FIXTURES = Path(__file__).parent / "fixtures"
TODAY = date(2026, 11, 24)
TABLES = ("reports", "sources", "imports", "quarantine")
looks_like_header = header_test(REPORTS, {}, strict=False)

PENYAK, TERENTANG, MENDO = "19.04.01.2007", "19.04.01.2008", "19.01.04.2004"
BOXES = {
    "kabupaten": {"19.04": box(106.2, -2.6, 106.6, -2.3), "19.01": box(105.7, -2.2, 106.2, -1.6)},
    "desa": {
        PENYAK: box(106.2, -2.6, 106.4, -2.3),
        TERENTANG: box(106.4, -2.6, 106.6, -2.3),
        MENDO: box(105.7, -2.2, 106.2, -1.6),
    },
}


def fill(store: Store) -> None:
    """Put the shipped registry and the boxes into an empty store."""
    with store.begin("setup.prepare") as connection:
        store.replace(connection, schema.units, read_units())
        for level, boxes in BOXES.items():
            frame = gpd.GeoDataFrame(
                {"code": list(boxes)}, geometry=list(boxes.values()), crs="EPSG:4326"
            )
            store.insert_frame(connection, schema.unit_shapes, shape_rows(frame, level, "uji"))


def bring(
    store: Store, path: Path | str, chunk_rows: int | None = None, **said: object
) -> ImportResult:
    """Import a file of reports, or a fixture by name, as of a fixed day."""
    found = FIXTURES / path if isinstance(path, str) else path
    asked = Asked(as_of=TODAY, **said)  # type: ignore[arg-type]
    if chunk_rows is None:
        return import_file(store, "reports", found, asked)
    options = options_of(store, REPORTS, asked)
    return run(store, REPORTS, found, replace(options, chunk_rows=chunk_rows))


def contents(store: Store) -> dict[str, pd.DataFrame]:
    """Return all that an import may write, and the revision."""
    frames = {name: store.read(name) for name in TABLES}
    return {**frames, "revision": pd.DataFrame({"n": [store.revision()]})}


def assert_same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    """Fail unless two contents are equal row for row."""
    for name, frame in one.items():
        columns = list(frame.columns)
        first = frame.sort_values(columns, ignore_index=True)
        second = other[name].sort_values(columns, ignore_index=True)
        pd.testing.assert_frame_equal(first, second, obj=name)


def equal_file_is_unchanged(store: Store, again: Callable[[], ImportResult]) -> None:
    """Fail unless an equal file writes nothing, or only what else is refused of it.

    ``again`` brings the only file in that is in the store, with one bad row, once more.
    """
    before = store.revisions()
    assert again().unchanged
    assert store.revisions() == before
    reason = store.read("quarantine")["reason"].tolist()
    with store.begin("setup.prepare") as connection:
        connection.execute(update(schema.quarantine).values(reason="required"))
    changed = again()
    assert (changed.accepted, changed.unchanged) == (0, False)
    assert store.read("quarantine")["reason"].tolist() == reason
    assert again().unchanged


def _slow_child(url: str, path: str) -> None:
    def tell_and_wait(rows: int) -> None:
        print(rows, flush=True)
        time.sleep(60)

    store = Store.open(url)
    bring(store, Path(path), chunk_rows=2, progress=tell_and_wait)


if __name__ == "__main__":
    _slow_child(*sys.argv[1:])
