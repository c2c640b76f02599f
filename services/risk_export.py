"""The risk of TPS as a file: one row per TPS, or per kabupaten where TPS are not known."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from analytics.risk_params import INDICES
from geo.crs import STORAGE_CRS
from services.exporting import export_frame
from services.risk_build import RiskView

SIMULATION_MARK = "SIMULASI "


def export_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose ends of the range are named ``indeks_keamanan_low`` and so on.

    Only contributions then begin with the name of an index, and add up to it.
    """
    ends = {f"{name}_{end}": f"indeks_{name}_{end}" for name in INDICES for end in ("low", "high")}
    return frame.rename(columns=ends)


def risk_frame(view: RiskView) -> gpd.GeoDataFrame:
    """Return what is written: names of the place beside its codes, and where it lies.

    Returns
    -------
    GeoDataFrame
        EPSG:4326. A TPS stands at its own point where that is known, else at that of its desa,
        flagged in ``point_approximate``. A kabupaten has its outline.
    """
    data = view.data
    if view.level == "kabupaten":
        frame = export_columns(view.kabupaten).reset_index()
        frame.insert(0, "election", view.election)
        frame.insert(1, "date", pd.Timestamp(view.as_of))
        frame.insert(3, "kabupaten", frame["kabupaten_code"].map(data.names))
        shapes = data.shapes["kabupaten"].set_index("code").geometry
        return gpd.GeoDataFrame(
            frame, geometry=list(shapes.reindex(frame["kabupaten_code"])), crs=STORAGE_CRS
        )
    frame = export_columns(view.tps).reset_index()
    frame.insert(1, "election", view.election)
    frame.insert(2, "date", pd.Timestamp(view.as_of))
    for level in ("kabupaten", "kecamatan", "desa"):
        names = frame[f"{level}_code"].map(data.names)
        frame.insert(int(frame.columns.get_loc("desa_code")), level, names)
    places = data.tps.set_index("tps_id")[["lon", "lat"]].reindex(frame["tps_id"])
    own = (places["lon"].notna() & places["lat"].notna()).to_numpy()
    points = data.units.set_index("code")[["lon", "lat"]].reindex(frame["desa_code"])
    lon, lat = (
        places[axis].where(own, points[axis].to_numpy()).to_numpy() for axis in ("lon", "lat")
    )
    precise = data.tps.set_index("tps_id")["location_precision"].reindex(frame["tps_id"]).eq("tps")
    return gpd.GeoDataFrame(
        frame.assign(point_approximate=~(own & precise.to_numpy())),
        geometry=gpd.points_from_xy(lon, lat),
        crs=STORAGE_CRS,
    )


def write_risk(view: RiskView, path: Path) -> int:
    """Write the view to ``.csv``, ``.xlsx``, ``.geojson`` or ``.parquet``; return its rows.

    With simulated values in it the sheet or collection is named SIMULASI.
    """
    frame = risk_frame(view)
    mark = SIMULATION_MARK if view.simulation else ""
    export_frame(frame, path, f"{mark}risk {view.election}")
    return len(frame)
