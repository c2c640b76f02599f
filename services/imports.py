"""Bringing files in: reports with a quarantine, boundaries whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd

from data import schema
from data.boundary_files import read_boundaries
from data.import_reports import ImportResult, import_reports
from data.import_roads import RoadImport, import_roads
from data.import_sealegs import SeaLegImport, import_sea_legs
from data.import_tables import import_table
from data.network_tables import load_network_tables
from data.shapes import refresh_points, shape_rows
from data.store import Store
from geo.generalise import dissolve_to_parents
from services.dataset import LEVELS

__all__ = [
    "BoundaryImport",
    "RoadImport",
    "SeaLegImport",
    "import_boundary_file",
    "import_report_file",
    "import_roads",
    "import_sea_leg_file",
    "import_table",
]


def import_report_file(
    store: Store,
    path: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    scheme: str | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ImportResult:
    """Import a file of reports as of today; see `data.import_reports.import_reports`."""
    return import_reports(
        store,
        path,
        mapping=mapping,
        scheme=scheme,
        today=date.today(),
        dry_run=dry_run,
        progress=progress,
    )


@dataclass(frozen=True)
class BoundaryImport:
    """What an import of boundaries did.

    Attributes
    ----------
    level
        The level of the file.
    units
        How many units it holds.
    derived
        Upper levels that were dissolved from it, so that they still add up.
    stale
        Lower levels that were left as they are and no longer add up to it exactly.
    """

    level: str
    units: int
    derived: tuple[str, ...]
    stale: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the result JSON-ready."""
        return asdict(self)


def import_boundary_file(
    store: Store, path: Path, level: str, code_column: str | None = None, scheme: str = "kemendagri"
) -> BoundaryImport:
    """Put the boundaries of a file in place of the coverage of a level.

    Levels above are dissolved from the new ones; levels below stay. All in one transaction.

    Raises
    ------
    BoundaryFileError
        When the file cannot be used; it names every fault, and nothing is changed.
    """
    units = read_boundaries(path, level, store.units(), code_column, scheme)
    at = LEVELS.index(level)
    coverages: dict[str, gpd.GeoDataFrame] = {level: units}
    for upper in reversed(LEVELS[:at]):
        coverages[upper] = dissolve_to_parents(coverages[LEVELS[LEVELS.index(upper) + 1]])
    with store.begin() as connection:
        for name, coverage in coverages.items():
            rows = shape_rows(coverage, name, path.name)
            store.replace(connection, schema.unit_shapes, rows, schema.unit_shapes.c.level == name)
        refresh_points(connection)
    return BoundaryImport(level, len(units), LEVELS[:at], LEVELS[at + 1 :])


def import_sea_leg_file(store: Store, path: Path) -> SeaLegImport:
    """Import a file of boat legs; see `data.import_sealegs.import_sea_legs`."""
    return import_sea_legs(store, path, load_network_tables(store.units()))
