"""Piers and warehouses on a map of their own, with the point that is about to be chosen."""

from __future__ import annotations

import folium
import pandas as pd

from geo.layers import escape, points
from services.place_status import CLOSED, status_words
from services.texts import text

_OPEN, _SHUT, _CHOSEN, _POINT = "#17242d", "#d55e00", "#0072b2", "#cc79a7"


def place_layers(
    rows: pd.DataFrame, chosen: str, point: tuple[float, float] | None, lang: str
) -> list[folium.GeoJson]:
    """Return the places of `services.place_status.places`, and a point that was clicked."""
    known = rows[rows["lon"].notna() & rows["lat"].notna()].reset_index(names="key")
    colours = [
        _CHOSEN if key == chosen else _SHUT if status == CLOSED else _OPEN
        for key, status in zip(known["key"], known["status"], strict=True)
    ]
    tips = [
        f"<b>{escape(row['name'])}</b><br>{escape(status_words(row, lang))}"
        + (f"<br><i>{text('distribusi.approximate', lang)}</i>" if row["approximate"] else "")
        for _, row in known.iterrows()
    ]
    layers = [
        points(
            known[["key", "lon", "lat"]], pd.Series(colours, index=known.index),
            pd.Series(tips, index=known.index), radius=7.0,
        )
    ]  # fmt: skip
    if point is not None:
        new = pd.DataFrame({"key": ["new"], "lon": [point[0]], "lat": [point[1]]})
        tip = pd.Series([text("places.new_point", lang)])
        layers.append(points(new, pd.Series([_POINT]), tip, radius=8.0))
    return layers
