"""The risk of TPS or kabupaten as files: XLSX, GeoJSON, and a printed list per kecamatan."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from analytics.risk.params import INDICES
from data.export import export_frame, table_bytes
from geo.crs import STORAGE_CRS
from services.paper import Block, Break, Table, Text
from services.risk.index import RiskView
from services.risk.ranking import Ranked
from services.texts import day, label, number, text

SIMULATION_MARK = "SIMULASI "


def export_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return ``frame``, that of `RiskView`, with ends of the range named ``indeks_keamanan_low``.

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
        frame.insert(frame.columns.tolist().index("desa_code"), level, names)
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


ACCESS = "TERBATAS"
"""Which TPS need attention is not for everybody before the vote."""
MOST_PRINTED = 600
_WIDTHS_MM = [12.0, 38.0, 34.0, 28.0, 34.0, 78.0, 38.0]
_LEAST_SHOWN = 0.005


def _name(found: Ranked) -> str:
    mark = SIMULATION_MARK if found.view.simulation else ""
    return f"{mark}{ACCESS} {found.view.election}"


def ranking_bytes(found: Ranked, table: pd.DataFrame, lang: str) -> bytes:
    """Return ``table``, that of `rank_table`, as XLSX, with id and access mark on each row."""
    marked = table.copy()
    marked[label("risk_column", "id", lang)] = found.rows.index.to_numpy()
    marked[label("risk_column", "access", lang)] = _name(found)
    return table_bytes(marked, ".xlsx", _name(found))


def layer_bytes(found: Ranked, lang: str) -> bytes:
    """Return the places of the ranking with every column as GeoJSON, marked on each feature.

    A TPS without a point of its own stands at that of its desa and says so.
    """
    del lang  # names of columns are those of the table, in every language
    frame = risk_frame(found.view)
    key = "tps_id" if found.view.level == "tps" else "kabupaten_code"
    frame = frame[frame[key].isin(found.rows.index)]
    return table_bytes(frame.assign(access=_name(found)), ".geojson", _name(found))


def field_list(found: Ranked, lang: str) -> bytes:
    """Return the list for the field as PDF: one part per kecamatan, the highest index first.

    The police class and our tiers stand in columns of their own. At most `MOST_PRINTED` places;
    what is left out is said.
    """
    from services.pdf import pdf

    view = found.view
    rows = found.rows.head(MOST_PRINTED)
    blocks: list[Block] = []
    if view.simulation:
        blocks.append(Text(text("risk.simulation", lang), "strong"))
    if view.note:
        blocks.append(Text(text(view.note, lang), "strong"))
    blocks.append(Text(text("kerawanan.pdf_intro", lang, day=day(view.as_of, lang)), "small"))
    if len(found.rows) > len(rows):
        blocks.append(
            Text(
                text(
                    "kerawanan.pdf_cut",
                    lang,
                    n=number(len(rows), lang),
                    total=number(len(found.rows), lang),
                ),
                "strong",
            )
        )
    groups = rows.groupby("kecamatan_code", sort=True)
    for n, (code, mine) in enumerate(groups):
        if n and view.level == "tps" and len(mine) > 20:
            blocks.append(Break())
        blocks.append(Text(view.data.place_name(str(code)), "heading"))
        blocks.append(Table(_printed(found, mine, lang), _WIDTHS_MM))
    mark = f"{SIMULATION_MARK}{ACCESS}" if view.simulation else ACCESS
    return pdf(
        text("kerawanan.pdf_title", lang, election=label("election", view.election, lang)),
        blocks,
        access=mark,
        footer=text("kerawanan.pdf_footer", lang),
        lang=lang,
        wide=True,
    )


def _printed(found: Ranked, rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    names = found.data.names
    columns = {
        "tps": rows["number"],
        "desa": rows["desa_code"].map(names),
        "tier_keamanan": [label("risk_tier", tier, lang) for tier in rows["tier_keamanan"]],
        "tier_logistik": [label("risk_tier", tier, lang) for tier in rows["tier_logistik"]],
        "class": [label("kelas", kelas, lang) for kelas in rows["class"]],
        "why": [_why(row, lang) for _, row in rows.iterrows()],
        "field_note": [""] * len(rows),
    }
    return pd.DataFrame(
        {label("risk_column", key, lang): pd.Series(v).array for key, v in columns.items()}
    )


def _why(row: pd.Series, lang: str) -> str:
    """Return the largest contribution of each index in a few words."""
    parts = []
    for index, components in INDICES.items():
        values = {c: row[f"{index}_{c}"] for c in components if pd.notna(row[f"{index}_{c}"])}
        top = max(values, key=lambda c: values[c], default=None)
        if top is not None and values[top] >= _LEAST_SHOWN:
            parts.append(f"{label('risk_component', top, lang)} {number(values[top], lang, 2)}")
    return "; ".join(parts) or "–"
