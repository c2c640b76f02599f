"""Frames to folium layers and drawn marks that need no internet and show untrusted text harmlessly.

Latitude comes before longitude wherever folium or Leaflet asks for a point.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from branca.element import Element, Figure

from geo.crs import require_storage_crs
from geo.maps.script import FOLDER

SEA = "#dde7ee"
LAND = "#f4f2ec"
COAST = "#8fa3b0"
DECIMALS = 5
"""About one metre; finer digits only make the message longer."""

_STYLE = f"<style>:root{{--sea:{SEA}}}#map_div{{height:100vh!important}}</style>"
"""What must stand before the map is made; the rest is in `land.css`."""


class OfflineMap(folium.Map):
    """A map whose library files come from the product's own server, with no tiles.

    Parameters
    ----------
    bounds
        South, west, north, east in degrees of what is shown first.
    static_url
        Address of the folder that holds Leaflet and jQuery, without a slash at the end.
    tile_url
        Template of a tile server, where a meeting room has one. None (the default): no tiles.
    tile_attribution
        Credit line of the tiles.
    version
        Changes with the library files, so that no browser keeps older ones.
    """

    def __init__(
        self,
        bounds: Sequence[float],
        static_url: str = "/app/static/vendor",
        tile_url: str | None = None,
        tile_attribution: str = "",
        version: str = "",
    ) -> None:
        south, west, north, east = bounds
        self.default_js = [
            ("leaflet", f"{static_url}/leaflet/leaflet.js?v={version}"),
            ("jquery", f"{static_url}/jquery/jquery.min.js?v={version}"),
            ("siaga_panels", f"{static_url}/{FOLDER}/panels.js?v={version}"),
            ("siaga_land", f"{static_url}/{FOLDER}/land.js?v={version}"),
        ]
        self.default_css = [
            ("leaflet_css", f"{static_url}/leaflet/leaflet.css?v={version}"),
            ("siaga_css", f"{static_url}/{FOLDER}/land.css?v={version}"),
        ]
        super().__init__(
            location=[(south + north) / 2, (west + east) / 2],
            zoom_start=8,
            tiles=tile_url,
            attr=tile_attribution or None,
            zoom_snap=0,
            zoom_delta=0.5,
            min_zoom=6,
            max_zoom=17,
        )
        figure = self.get_root()
        if isinstance(figure, Figure):
            figure.header.add_child(Element(_STYLE), name="siaga_style")


def escape(value: object) -> str:
    """Return text that is harmless inside HTML and inside a JavaScript template.

    Angle brackets, ampersand and quotes become entities, and so do the backtick, the dollar sign
    and the backslash, which mean something inside the template literals folium writes.
    """
    text = html.escape(str(value), quote=True)
    return text.replace("`", "&#96;").replace("$", "&#36;").replace("\\", "&#92;")


def polygons(
    shapes: gpd.GeoDataFrame, fill: pd.Series, tooltip: pd.Series, selected: str | None = None
) -> folium.GeoJson:
    """Return shapes that are no units of the land, filled with a colour each, as one layer.

    Units of the land are painted (`geo.maps.land.Painted`), so that their shapes are sent once.

    Parameters
    ----------
    shapes
        Column ``code`` and polygons in EPSG:4326.
    fill
        Colour per row of `shapes`, same index; None for a dashed outline only.
    tooltip
        HTML per row, same index, already escaped by `escape`.
    selected
        Code of the shape that is drawn with a strong outline.

    Returns
    -------
    folium.GeoJson
        Features carry ``code``, so that a click identifies the unit.
    """
    require_storage_crs(shapes)
    properties = pd.DataFrame(
        {
            "code": shapes["code"],
            "tip": tooltip,
            "fill": fill.astype("object").where(fill.notna(), None),
        },
        index=shapes.index,
    )

    def style(feature: Mapping[str, Mapping[str, str]]) -> dict[str, object]:
        colour = feature["properties"]["fill"]
        chosen = selected is not None and feature["properties"]["code"] == selected
        return {
            "fillColor": colour or "#ffffff",
            "fillOpacity": 0.9 if colour else 0.0,
            "color": "#17242d" if chosen else "#6d7f8b",
            "weight": 3 if chosen else 0.8,
            **({} if colour else {"dashArray": "3 3"}),
        }

    return folium.GeoJson(
        _collection(shapes, properties),
        style_function=style,
        highlight_function=lambda _feature: {"weight": 2.5, "color": "#17242d"},
        tooltip=_tooltip(),
    )


def points(
    frame: pd.DataFrame,
    colour: pd.Series,
    tooltip: pd.Series,
    popup: pd.Series | None = None,
    radius: pd.Series | float = 6.0,
) -> folium.GeoJson:
    """Return points as one layer of circles, not a marker each.

    Parameters
    ----------
    frame
        Columns ``lon`` and ``lat`` in degrees and ``key``, which a click gives back.
    colour, radius
        Fill colour and radius in pixels per row, same index.
    tooltip, popup
        HTML per row, same index, already escaped by `escape`.
    """
    size = radius if isinstance(radius, pd.Series) else pd.Series(radius, index=frame.index)
    columns = {"key": frame["key"], "tip": tooltip, "c": colour, "r": size.round(1)}
    if popup is not None:
        columns["pop"] = popup
    rows = pd.DataFrame(columns, index=frame.index).to_dict("records")
    xy = frame[["lon", "lat"]].round(DECIMALS).to_numpy().tolist()
    features = [
        {"type": "Feature", "properties": row, "geometry": {"type": "Point", "coordinates": place}}
        for row, place in zip(rows, xy, strict=True)
    ]
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        marker=folium.CircleMarker(weight=1.2, fill=True, fill_opacity=0.95),
        style_function=lambda f: {
            "fillColor": f["properties"]["c"],
            "radius": f["properties"]["r"],
            "color": "#ffffff",
        },
        tooltip=_tooltip(),
        popup=None
        if popup is None
        else folium.GeoJsonPopup(fields=["pop"], labels=False, localize=False, max_width=340),
    )


def lines(
    frame: gpd.GeoDataFrame, colour: pd.Series, tooltip: pd.Series, dashed: pd.Series
) -> folium.GeoJson:
    """Return ways as one layer of lines.

    Parameters
    ----------
    frame
        Column ``key`` and lines in EPSG:4326.
    colour, tooltip, dashed
        Per row, same index: colour, HTML already escaped by `escape`, and whether the line is
        dashed because it rests on an assumption.
    """
    require_storage_crs(frame)
    properties = pd.DataFrame(
        {"key": frame["key"], "tip": tooltip, "c": colour, "dash": dashed}, index=frame.index
    )
    return folium.GeoJson(
        _collection(frame, properties),
        style_function=lambda f: {
            "color": f["properties"]["c"],
            "weight": 3,
            **({"dashArray": "6 5"} if f["properties"]["dash"] else {}),
        },
        tooltip=_tooltip(),
    )


def _tooltip() -> folium.GeoJsonTooltip:
    return folium.GeoJsonTooltip(fields=["tip"], labels=False, localize=False, sticky=True)


def _collection(shapes: gpd.GeoDataFrame, properties: pd.DataFrame) -> dict[str, object]:
    """Return a GeoJSON FeatureCollection with rounded coordinates."""
    rounded = shapely.transform(shapes.geometry.to_numpy(), lambda xy: np.round(xy, DECIMALS))
    frame = gpd.GeoDataFrame(properties, geometry=rounded, crs=shapes.crs)
    collection: dict[str, object] = frame.to_geo_dict(na="null", drop_id=True)
    return collection


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
"""A shape beside the colour for each mode, since not every reader can distinguish colours."""


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
        Degrees clockwise on the screen from pointing east, for all or by row; taken to the next 5.
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
            {
                "type": "Feature",
                "properties": properties,
                "geometry": {"type": "Point", "coordinates": place},
            }
        )
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
