"""What the tests of the import of national reports share: places, reports, what is published."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from analytics.nation.counts import count_reports
from data.nation.checks import COLUMNS
from data.nation.connection import nation_connection, reading
from data.nation.tables import raise_revision
from data.store.engine import Store
from services.prepare import prepare
from tests.nation.postgis import temporary_nation
from tests.nation.worlds import desa_shapes, grid_units, placed_reports

UNITS = grid_units(3, 3, 4)


@contextmanager
def nation_of_grid() -> Iterator[Store]:
    """Start a PostGIS with a prepared store and the places of `UNITS`. SIMULASI."""
    with temporary_nation() as store:
        prepare(store)
        publish_grid(store)
        yield store


def without_reports(store: Store) -> Store:
    """Take all reports and imports out of a nation."""
    with nation_connection(store) as connection:
        for (name,) in connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'nation'::regnamespace"
            " AND relkind = 'r' AND relname ~ '^(reports|count_parts|corrections)_[0-9]+$'"
        ).fetchall():
            connection.execute(f"DROP TABLE nation.{name}")
        connection.execute("TRUNCATE nation.imports, nation.held, nation.rests")
    return store


def publish_grid(store: Store) -> None:
    desa = desa_shapes(UNITS)
    with nation_connection(store) as connection, connection.transaction():
        with connection.cursor() as cursor:
            names = "code, level, parent_code, name, voters, tps, lon, lat, area_km2"
            with cursor.copy(f"COPY nation.units ({names}) FROM STDIN") as copy:
                for row in UNITS[names.split(", ")].itertuples(index=False):
                    copy.write_row(tuple(row))
            shapes = shapely.to_wkb(shapely.set_srid(desa.geometry.to_numpy(), 4326), hex=True,
                                    include_srid=True)  # fmt: skip
            with cursor.copy("COPY nation.shapes (detail, level, code, geom) FROM STDIN") as copy:
                for code, shape in zip(desa["code"], shapes, strict=True):
                    copy.write_row((0, "desa", code, shape))
        raise_revision(connection, "units", "shapes")


def reports(number: int, seed: int = 1) -> pd.DataFrame:
    """Return reports with points, names, contradictions, and without a place. SIMULASI."""
    rng = np.random.default_rng(seed)
    rows = placed_reports(UNITS, number, rng).drop(columns="place_code")
    rows["lon"] = np.where(rng.random(number) < 0.5, 105 + rng.random(number), np.nan)
    rows["lat"] = np.where(rows["lon"].notna(), -2 + 0.2 * rng.random(number), np.nan)
    some = rng.random(number)
    depth = np.select([some < 0.1, some < 0.4, some < 0.6], [0, 5, 8], 13)
    rows["unit_code"] = [code[:n] for code, n in zip(rows["unit_code"], depth, strict=True)]
    rows.loc[some > 0.99, "unit_code"] = "99.99"
    return rows[list(COLUMNS)]


def write(rows: pd.DataFrame, path: Path) -> Path:
    rows.to_csv(path, index=False, date_format="%Y-%m-%d")
    return path


def current(store: Store) -> pd.DataFrame:
    """Return the reports that hold now, by their id."""
    with reading(store) as connection:
        cursor = connection.execute(
            "SELECT * FROM nation.reports WHERE superseded_by IS NULL ORDER BY report_id"
        )
        names = [column.name for column in cursor.description or ()]
        return pd.DataFrame(cursor.fetchall(), columns=names)


def counts(store: Store, view: str = "counts") -> dict[tuple[Any, ...], int]:
    with reading(store) as connection:
        rows = connection.execute(
            f"SELECT level, code, day, family, kind, reports FROM nation.{view}"
        ).fetchall()
    found = {tuple(row[:5]): row[5] for row in rows}
    assert len(found) == len(rows), "each key once"
    return found


def counts_by_pandas(store: Store) -> dict[tuple[Any, ...], int]:
    """Return what `counts` should be by another way: from the rows that hold."""
    rows = current(store)
    if rows.empty:
        return {}
    found = count_reports(rows.assign(date_event=pd.to_datetime(rows["date_event"])))
    keys = zip(found["level"], found["code"], found["day"].dt.date, found["family"],
               found["kind"], strict=True)  # fmt: skip
    return dict(zip(keys, map(int, found["reports"]), strict=True))


def assert_counted(store: Store) -> None:
    wanted = counts_by_pandas(store)
    assert counts(store) == wanted
    by_month: dict[tuple[Any, ...], int] = {}
    for (level, code, day, family, kind), number in wanted.items():
        if level != "desa":
            key = (level, code, day.replace(day=1), family, kind)
            by_month[key] = by_month.get(key, 0) + number
    assert counts(store, "counts_by_month") == by_month
