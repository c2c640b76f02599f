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
from geo.maps.script import script_address

SEA = "#dde7ee"
LAND = "#f4f2ec"
COAST = "#8fa3b0"
DECIMALS = 5
"""About one metre; finer digits only make the message longer."""

_FONT = '"Source Sans","Source Sans 3",sans-serif'
_MAP_CSS = f"""<style>
.leaflet-container{{background:{SEA};font:14px/1.45 {_FONT};color:#17242d}}
.leaflet-tooltip{{font-size:14px;padding:6px 9px;border:1px solid #b9c6cf;
  box-shadow:0 1px 4px #0003;white-space:normal;width:max-content;max-width:min(300px,75vw)}}
.leaflet-popup-content{{margin:12px 14px;max-height:250px;overflow-y:auto;font-size:14px}}
.leaflet-popup-content p{{margin:.3em 0}}
.leaflet-popup-content summary{{cursor:pointer;padding:3px 0}}
#map_div{{height:100vh!important}}
.leaflet-units-pane svg path.unit,.siaga-inset path.unit{{pointer-events:all;cursor:pointer}}
.siaga-label{{display:flex;flex-direction:column;align-items:center;justify-content:center;
  font:600 12px/1.15 {_FONT};color:#17242d;white-space:nowrap;
  text-shadow:0 0 2px #fff,0 0 2px #fff,0 0 3px #fff,0 0 4px #fff}}
.siaga-label b{{font-size:15px}}
.siaga-label.light{{color:#fff;text-shadow:0 0 2px #2b0008,0 0 3px #2b0008,0 0 4px #2b0008}}
.siaga-legend{{background:#fffffff0;border:1px solid #b9c6cf;border-radius:5px;padding:5px 9px;
  font:13px/1.3 {_FONT};max-width:min(230px,46vw)}}
.siaga-legend summary{{font-weight:700;cursor:pointer}}
.siaga-legend .sub{{color:#46565f;font-size:12px;margin-bottom:2px}}
.siaga-legend .row{{display:flex;align-items:center;gap:7px;padding:1px 0}}
.siaga-legend .row svg{{flex:none}}
.siaga-legend .n{{margin-left:auto;padding-left:8px;color:#46565f}}
.siaga-insets{{display:flex;flex-wrap:wrap;justify-content:flex-end;gap:5px;max-width:54vw}}
.siaga-inset{{background:{SEA};border:1.5px solid #46565f;border-radius:3px;position:relative;
  height:clamp(62px,23vh,165px);min-width:104px;aspect-ratio:clamp(.9,var(--shape),1.6);overflow:hidden}}
.siaga-inset svg{{position:absolute;inset:15px 2px 2px;width:calc(100% - 4px);
  height:calc(100% - 17px)}}
.siaga-inset path{{vector-effect:non-scaling-stroke}}
.siaga-inset .name{{position:absolute;inset:0 0 auto;background:#ffffffd9;padding:0 4px;
  font:600 11px/15px {_FONT};white-space:nowrap;overflow:hidden;text-overflow:ellipsis}}
.leaflet-attribution-flag{{display:none!important}}
.leaflet-control-scale-line,.leaflet-control-attribution{{font:12px {_FONT}!important}}
.leaflet-bar a{{width:32px;height:32px;line-height:32px}}
path.leaflet-interactive:focus{{outline:none}}
@media print{{
  .leaflet-control-zoom{{display:none}}
  /* Paper keeps the map as it is on the screen and makes it smaller: land.js says how large. */
  #map_div{{width:var(--wide)!important;height:var(--high)!important;transform-origin:0 0;
    transform:scale(min(tan(atan2(100vw,var(--wide))),tan(atan2(100vh,var(--high)))))}}
  .siaga-legend{{max-width:min(230px,calc(var(--wide)*.46))}}
  .siaga-insets{{max-width:calc(var(--wide)*.54)}}
  .siaga-inset{{height:clamp(62px,calc(var(--high)*.23),165px)}}
}}
</style>"""


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
    zoom_corner
        Where the buttons of the zoom stand, as Leaflet names it.
    """

    def __init__(
        self,
        bounds: Sequence[float],
        static_url: str = "/app/static/vendor",
        tile_url: str | None = None,
        tile_attribution: str = "",
        zoom_corner: str = "topleft",
    ) -> None:
        south, west, north, east = bounds
        self.default_js = [
            ("leaflet", f"{static_url}/leaflet/leaflet.js"),
            ("jquery", f"{static_url}/jquery/jquery.min.js"),
            ("siaga_land", f"{static_url}/{script_address()}"),
        ]
        self.default_css = [("leaflet_css", f"{static_url}/leaflet/leaflet.css")]
        super().__init__(
            location=[(south + north) / 2, (west + east) / 2],
            zoom_start=8,
            tiles=tile_url,
            attr=tile_attribution or None,
            control_scale=True,
            zoom_control=zoom_corner,
            zoom_snap=0,
            zoom_delta=0.5,
            min_zoom=6,
            max_zoom=17,
        )
        figure = self.get_root()
        if isinstance(figure, Figure):
            figure.header.add_child(Element(_MAP_CSS), name="siaga_css")


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
        Colour per row of `shapes`, same index; None for a unit without a figure, drawn in
        dashed outline only.
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
