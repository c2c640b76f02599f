"""Import files of reports, boundaries, legs and records, and export layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import geopandas as gpd
import pandas as pd

from analytics.reports.places import place_codes
from data.boundaries.files import read_boundary_file
from data.boundaries.replace import replace_boundaries
from data.boundaries.shapes import read_shapes
from data.clock import today
from data.custody.procurement import import_procurement
from data.custody.receipts import import_receipts
from data.export import export_frame
from data.ingest.history import undo_import
from data.ingest.logistics_rows import count_tps
from data.ingest.readers import uploaded
from data.ingest.record import ImportResult, import_key
from data.ingest.tables import import_table
from data.network.roads import RoadImport, import_roads
from data.network.sea_legs import SeaLegImport, import_sea_legs
from data.network.tables import load_network_tables
from data.polling.disputes import import_disputes
from data.polling.hari_h import import_statuses
from data.province import default_election, province
from data.reports.files import import_reports
from data.store import tables as schema
from data.store.engine import Store
from geo.boundaries.grid import dissolve_to_parents
from geo.crs import STORAGE_CRS
from geo.errors import ParameterError
from services.dataset import LEVELS

__all__ = [
    "LAYERS",
    "BoundaryImport",
    "RoadImport",
    "SeaLegImport",
    "export_frame",
    "export_layer",
    "import_boundary_file",
    "import_records",
    "import_report_file",
    "import_roads",
    "import_sea_leg_file",
    "import_table",
    "import_upload",
    "layer_frame",
    "undo_import",
]

LAYERS = ("kabupaten", "kecamatan", "desa", "tps", "reports")
_UNIT_COLUMNS = [
    "code",
    "level",
    "name",
    "kind",
    "parent_code",
    "bps_code",
    "kpu_code",
    "has_polygon",
    "point_approximate",
    "lon",
    "lat",
]


def layer_frame(store: Store, layer: str) -> gpd.GeoDataFrame:
    """Return a layer as a frame with geometry in EPSG:4326.

    Units without a polygon, TPS and reports known to their desa stand at a point that is flagged
    as approximate; a report known only to something larger has no geometry, never a guessed one.

    Raises
    ------
    ParameterError
        For an unknown layer.
    """
    if layer not in LAYERS:
        raise ParameterError("layer", layer, "one of " + ", ".join(LAYERS))
    if layer == "tps":
        return _points(store.read("tps"))
    if layer == "reports":
        return _points(_placed_reports(store))
    units = _with_tps(store.read("units", schema.units.c.level == layer)[_UNIT_COLUMNS], store)
    shapes = read_shapes(store, layer).set_index("code")
    area = shapes["area_km2"].reindex(units["code"]).to_numpy()
    points = gpd.points_from_xy(units["lon"], units["lat"])
    drawn = shapes.geometry.reindex(units["code"]).to_numpy()
    geometry = [shape or point for shape, point in zip(drawn, points, strict=True)]
    return gpd.GeoDataFrame(units.assign(area_km2=area), geometry=geometry, crs=STORAGE_CRS)


def _with_tps(units: pd.DataFrame, store: Store) -> pd.DataFrame:
    """Return units with the TPS of the default election, and of these the lokasi khusus."""
    election = default_election()
    year = province().elections[election].voting_date.year
    counts = count_tps(store.read("tps"), election, units["code"]).set_index(units.index)
    names = {"tps_count": f"tps_{election}", "tps_special": f"tps_special_{year}"}
    return units.join(counts.rename(columns=names))


def _placed_reports(store: Store) -> pd.DataFrame:
    """Return reports with the source's address, and with the point of their desa where known."""
    reports = store.read("reports")
    urls = store.read("sources").set_index("source_id")["url"]
    reports = reports.assign(source_url=reports["source_id"].map(urls))
    units = store.units().set_index("code")
    code = place_codes(reports)
    fine = code.str.count(r"\.").eq(3)
    own = reports["lon"].notna() & reports["lat"].notna()
    return reports.assign(
        unit_code=code,
        point_approximate=(fine & ~own).where(fine | own),
        lon=reports["lon"].where(own, code.map(units["lon"]).where(fine)),
        lat=reports["lat"].where(own, code.map(units["lat"]).where(fine)),
    )


def _points(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    placed = frame["lon"].notna() & frame["lat"].notna()
    points = gpd.GeoSeries(gpd.points_from_xy(frame["lon"], frame["lat"]), index=frame.index)
    return gpd.GeoDataFrame(frame, geometry=points.where(placed, None), crs=STORAGE_CRS)


def export_layer(store: Store, layer: str, path: Path) -> int:
    """Write a layer to a GeoJSON, GeoParquet, XLSX or CSV file; return the number of rows."""
    frame = layer_frame(store, layer)
    export_frame(frame, path, layer)
    return len(frame)


def import_report_file(
    store: Store,
    path: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    scheme: str | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ImportResult:
    """Import a file of reports as of today; see `data.reports.files.import_reports`."""
    return import_reports(
        store,
        path,
        mapping=mapping,
        scheme=scheme,
        today=today(),
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
    import_id
        Key of the import.
    changed_ha
        Hectares by code that were changed so that the edges match.
    dissolved_rows
        Rows of the file that were joined to another of the same unit.
    """

    level: str
    units: int
    derived: tuple[str, ...]
    stale: tuple[str, ...]
    import_id: str = ""
    changed_ha: Mapping[str, float] = field(default_factory=dict)
    dissolved_rows: int = 0

    def as_dict(self) -> dict[str, object]:
        """Return the result JSON-ready."""
        return asdict(self)


def import_boundary_file(
    store: Store,
    path: Path,
    level: str,
    code_column: str | None = None,
    scheme: str = "kemendagri",
    *,
    layer: str | None = None,
    tolerance_ha: float | None = None,
) -> BoundaryImport:
    """Replace the coverage of a level by the boundaries of a file.

    Levels above are dissolved from the new ones; levels below stay. All in one transaction, which
    `undo_import` takes back.

    Parameters
    ----------
    store
        The store.
    path, level, code_column, scheme, layer
        See `data.boundaries.files.read_boundary_file`.
    tolerance_ha
        Hectares that a unit may change by, at least 0; see there.

    Raises
    ------
    BoundaryFileError
        When the file cannot be used; it names every fault, and nothing is changed.
    """
    found = read_boundary_file(
        path, level, store.units(), code_column, scheme, layer=layer, tolerance_ha=tolerance_ha
    )
    at = LEVELS.index(level)
    coverages = {level: found.units}
    for upper in reversed(LEVELS[:at]):
        coverages[upper] = dissolve_to_parents(coverages[LEVELS[LEVELS.index(upper) + 1]])
    said = (level, scheme, code_column or "", layer or "", str(tolerance_ha))
    import_id, digest = import_key("boundary", path, *said)
    replace_boundaries(store, path, coverages, import_id, digest)
    return BoundaryImport(
        level,
        len(found.units),
        LEVELS[:at],
        LEVELS[at + 1 :],
        import_id,
        dict(found.changed_ha),
        found.dissolved_rows,
    )


def import_sea_leg_file(store: Store, path: Path) -> SeaLegImport:
    """Import a file of boat legs; see `data.network.sea_legs.import_sea_legs`."""
    return import_sea_legs(store, path, load_network_tables(store.units()))


def import_records(
    store: Store, kind: str, path: Path, election: str, *, dry_run: bool = False
) -> ImportResult:
    """Import a CSV or XLSX file.

    Parameters
    ----------
    kind
        ``receipts``, ``procurement``, ``hari_h`` or ``disputes``.
    election
        Election of the rows that name none; disputes always name theirs.
    dry_run
        Only report what would happen; procurement knows no dry run.

    Raises
    ------
    FileUnreadableError
        When the file cannot be used at all; nothing is stored.
    """
    if kind == "receipts":
        return import_receipts(store, path, election, dry_run=dry_run)
    if kind == "hari_h":
        return import_statuses(store, path, election, dry_run)
    if kind == "disputes":
        return import_disputes(store, path, dry_run)
    return import_procurement(store, path, election)


def import_upload(
    store: Store, kind: str, name: str, content: bytes, election: str
) -> ImportResult:
    """Import a file that came through the browser; see `import_records`."""
    with uploaded(name, content) as path:
        return import_records(store, kind, path, election)
