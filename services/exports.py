"""The layers that can be exported, with their geometry."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from analytics.reports.places import place_codes
from analytics.reports.review.sources import added_sources, addresses
from data.boundaries.shapes import read_shapes
from data.export import export_frame, require_target
from data.province import default_election, province
from data.store import tables as schema
from data.store.engine import Store
from geo.crs import STORAGE_CRS
from geo.errors import ParameterError
from geo.places.tps import count_tps

__all__ = ["LAYERS", "export_frame", "export_layer", "layer_frame", "require_target"]

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
    """Return reports with the addresses of their sources, and the point of their desa if known."""
    reports, sources = store.read("reports"), store.read("sources")
    urls = sources.set_index("source_id")["url"]
    added = added_sources(store.read("report_sources"), sources)
    reports = reports.assign(source_url=addresses(reports, added, urls))
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
