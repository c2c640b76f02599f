"""The ranking as files: XLSX, GeoJSON, and a printed list per kecamatan for the field."""

from __future__ import annotations

import pandas as pd

from analytics.risk_params import INDICES
from data.downloads import table_bytes
from services.kerawanan import Ranked
from services.pdf import Block, Break, Table, Text, pdf
from services.risk_export import SIMULATION_MARK, risk_frame
from services.texts import day, label, number, text

ACCESS = "TERBATAS"
"""Which TPS need attention is not for everybody before the vote."""
MOST_PRINTED = 600
_WIDTHS_MM = [12.0, 38.0, 34.0, 28.0, 34.0, 78.0, 38.0]
_LEAST_SHOWN = 0.005


def _name(found: Ranked) -> str:
    mark = SIMULATION_MARK if found.view.simulation else ""
    return f"{mark}{ACCESS} {found.view.election}"


def ranking_bytes(found: Ranked, table: pd.DataFrame, lang: str) -> bytes:
    """Return the ranking as shown as XLSX, with id and access mark on each row."""
    marked = table.assign(
        **{
            label("risk_column", "id", lang): found.rows.index.to_numpy(),
            label("risk_column", "access", lang): _name(found),
        }
    )
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
                text("kerawanan.pdf_cut", lang, n=number(len(rows), lang),
                     total=number(len(found.rows), lang)), "strong",
            )
        )  # fmt: skip
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
    names = found.view.data.names
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
