"""SIMULASI: a nation published for tests and measurements: places, reports, risks. By hand where
the import of reports would be another thing to be tested."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analytics.nation.relative import relative_of, unit_affairs
from data.nation.connection import nation_connection
from data.nation.folder import NationFolder
from data.nation.publish_places import publish_places, publish_results
from data.nation.results import BatchFolder
from data.nation.tables import raise_revision
from data.store.engine import Store
from geo.places.placing import Coverage, place_reports

REPORTS = (
    "report_id", "perkara_id", "kind", "family", "severity", "date_event", "date_reported",
    "unit_code", "lon", "lat", "place_code", "reason", "line", "import_id",
)  # fmt: skip
_COUNTS = """
    INSERT INTO nation.count_parts_1
    SELECT '{span}', '{level}', left(place_code, {length}), {day}, family, kind, count(*), 1
    FROM nation.reports WHERE length(place_code) >= {length} AND date_event IS NOT NULL
    GROUP BY 3, 4, 5, 6"""


def quiet(*_: object) -> None:
    """Tell nothing."""


def placed_reports(folder: NationFolder) -> pd.DataFrame:
    """Return all reports of a folder with ``place_code`` and ``reason``."""
    frames = []
    for province in folder.about().provinces:
        desa, units = folder.read(province.code, "desa"), folder.read(province.code, "units")
        coverage = Coverage(
            desa["code"].to_numpy(dtype=object), desa.geometry.to_numpy(), set(units["code"])
        )
        rows = folder.read(province.code, "reports")
        found = place_reports(
            rows["lon"].to_numpy("float64"),
            rows["lat"].to_numpy("float64"),
            rows["unit_code"].fillna("").to_numpy(dtype=object),
            coverage,
        )
        frames.append(rows.assign(place_code=found.place_code, reason=found.reason))
    return pd.concat(frames, ignore_index=True)


def load_reports(store: Store, placed: pd.DataFrame) -> None:
    """Put reports in as import 1 with its counts."""
    rows = placed.assign(line=np.arange(len(placed)) + 2, import_id=1)
    rows["unit_code"] = rows["unit_code"].fillna("")
    columns = [rows[name].astype(object).where(rows[name].notna(), None) for name in REPORTS]
    with nation_connection(store) as connection, connection.transaction():
        for name in ("reports", "count_parts"):
            connection.execute(
                f"CREATE TABLE nation.{name}_1 PARTITION OF nation.{name} FOR VALUES IN (1)"
            )
        with connection.cursor() as cursor, cursor.copy(
            f"COPY nation.reports_1 ({', '.join(REPORTS)}) FROM STDIN"
        ) as copy:  # fmt: skip
            for row in zip(*columns, strict=True):
                copy.write_row(row)
        for level, length in (("provinsi", 2), ("kabupaten", 5), ("kecamatan", 8)):
            month = "date_trunc('month', date_event)::date"
            for span, day in (("day", "date_event"), ("month", month)):
                if (span, level) != ("day", "kecamatan"):
                    connection.execute(
                        _COUNTS.format(span=span, level=level, length=length, day=day)
                    )
        raise_revision(connection, "reports", "counts")
    with nation_connection(store) as connection:
        connection.execute("VACUUM ANALYZE nation.reports_1")
        connection.execute("VACUUM ANALYZE nation.count_parts_1")


def write_risks(folder: NationFolder, placed: pd.DataFrame, to: Path) -> None:
    """Write relative risks of provinces and of the nation as the batch does."""
    about = folder.about()
    out = BatchFolder(to, simulasi=True)
    every, all_units = [], []
    for province in about.provinces:
        units = folder.read(province.code, "units")
        own = placed[placed["place_code"].str.startswith(province.code)]
        parts = []
        for level in ("kabupaten", "kecamatan"):
            affairs = unit_affairs(own, units, level)
            parts.append(relative_of(affairs, units))
            every += [affairs] if level == "kabupaten" else []
        out.write("relative_risk", province.code, pd.concat(parts, ignore_index=True))
        all_units.append(units)
    nation = relative_of(pd.concat(every), pd.concat(all_units, ignore_index=True))
    out.write("relative_risk", "nation", nation)


def publish_all(store: Store, path: Path, results: Path) -> pd.DataFrame:
    """Publish places, reports and risks of a folder; return the placed reports."""
    folder = NationFolder(path)
    publish_places(store, folder, quiet)
    placed = placed_reports(folder)
    load_reports(store, placed)
    write_risks(folder, placed, results)
    publish_results(store, results, quiet)
    return placed
