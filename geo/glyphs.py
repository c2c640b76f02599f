"""Small drawn marks on the map that keep their size at any zoom: arrows and vehicles."""

from __future__ import annotations

import folium
import pandas as pd

from geo.layers import DECIMALS

_SVG = (
    '<svg width="{size}" height="{size}" viewBox="-10 -10 20 20" '
    'style="transform:rotate({turn}deg);display:block">{shape}</svg>'
)
_SHAPES = {
    "arrow": '<path d="M-6,-6 L8,0 L-6,6 L-3,0 Z" fill="{c}" stroke="#fff" stroke-width="1"/>',
    "truck": '<rect x="-7.5" y="-7.5" width="15" height="15" rx="2" fill="{c}" '
    'stroke="#17242d" stroke-width="2"/>',
    "boat": '<path d="M0,-9 L9,7 L-9,7 Z" fill="{c}" stroke="#17242d" stroke-width="2"/>',
    "local": '<circle r="7.5" fill="{c}" stroke="#17242d" stroke-width="2"/>',
}
"""A shape beside the colour for each mode, since not every reader tells colours apart."""


def glyphs(
    frame: pd.DataFrame,
    shape: pd.Series,
    colour: pd.Series,
    tips: pd.Series | None = None,
    turn: pd.Series | float = 0.0,
    size_px: int = 18,
) -> folium.GeoJson:
    """Return marks as one layer.

    Parameters
    ----------
    frame
        Columns ``lon`` and ``lat`` in degrees and ``key``, which a click gives back.
    shape, colour
        Per row, same index: ``arrow``, ``truck``, ``boat`` or ``local``, and its fill.
    tips
        HTML per row, already escaped; None for marks that let the pointer through.
    turn
        Degrees clockwise on the screen from pointing east; taken to the next 5.
    size_px
        Width and height.
    """
    turns = [turn] * len(frame) if isinstance(turn, float) else turn.astype("float64").tolist()
    features = []
    lon, lat = (frame[name].astype("float64").tolist() for name in ("lon", "lat"))
    for n, key in enumerate(frame["key"]):
        drawn = _SHAPES[shape.iloc[n]].format(c=colour.iloc[n])
        svg = _SVG.format(size=size_px, turn=5 * round(turns[n] / 5), shape=drawn)
        properties = {"key": key, "svg": svg, "tip": "" if tips is None else tips.iloc[n]}
        place = [round(lon[n], DECIMALS), round(lat[n], DECIMALS)]
        features.append(
            {"type": "Feature", "properties": properties,
             "geometry": {"type": "Point", "coordinates": place}}
        )  # fmt: skip
    half = size_px // 2
    icon = folium.DivIcon(
        icon_size=(size_px, size_px), icon_anchor=(half, half), class_name="glyph"
    )
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        marker=folium.Marker(icon=icon, interactive=tips is not None, keyboard=False),
        style_function=lambda f: {"html": f["properties"]["svg"]},
        tooltip=None
        if tips is None
        else folium.GeoJsonTooltip(fields=["tip"], labels=False, localize=False, sticky=True),
    )
