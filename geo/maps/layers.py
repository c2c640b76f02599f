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
from branca.element import Element, Figure, MacroElement
from jinja2 import Template

from geo.crs import require_storage_crs

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
.leaflet-attribution-flag{{display:none!important}}
.leaflet-control-scale-line,.leaflet-control-attribution{{font:12px {_FONT}!important}}
.leaflet-bar a{{width:32px;height:32px;line-height:32px}}
path.leaflet-interactive:focus{{outline:none}}
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
    name
        Under which the map keeps its view while it is not drawn; None: it begins anew.
    """

    def __init__(
        self,
        bounds: Sequence[float],
        static_url: str = "/app/static/vendor",
        tile_url: str | None = None,
        tile_attribution: str = "",
        name: str | None = None,
    ) -> None:
        south, west, north, east = bounds
        self.default_js = [
            ("leaflet", f"{static_url}/leaflet/leaflet.js"),
            ("jquery", f"{static_url}/jquery/jquery.min.js"),
        ]
        self.default_css = [("leaflet_css", f"{static_url}/leaflet/leaflet.css")]
        super().__init__(
            location=[(south + north) / 2, (west + east) / 2],
            zoom_start=8,
            tiles=tile_url,
            attr=tile_attribution or None,
            prefer_canvas=True,
            control_scale=True,
            zoom_snap=0.25,
            min_zoom=6,
            max_zoom=17,
        )
        if name is not None:
            RememberedView(name).add_to(self)
        self.fit_bounds([[south, west], [north, east]], padding=(6, 6))
        figure = self.get_root()
        if isinstance(figure, Figure):
            figure.header.add_child(Element(_MAP_CSS), name="siaga_css")


class LinkedView(MacroElement):
    """Keep the views of several maps of one page alike: what one shows, the others show.

    Parameters
    ----------
    channel
        Name shared by the maps that go together; letters, digits and hyphens.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        (function (map) {
            const link = new BroadcastChannel({{ this.channel|tojson }});
            let told = "";
            function now() {
                const centre = map.getCenter();
                return JSON.stringify([centre.lat, centre.lng, map.getZoom()]);
            }
            map.on("moveend", function () {
                const view = now();
                if (view !== told) { told = view; link.postMessage(view); }
            });
            link.onmessage = function (event) {
                if (event.data === told) { return; }
                told = event.data;
                const view = JSON.parse(event.data);
                map.setView([view[0], view[1]], view[2], {animate: false});
                told = now();
            };
        })({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, channel: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "LinkedView"
        self.channel = channel


class RememberedView(MacroElement):
    """Let a map that is drawn again show what it showed when it was left, in the same browser tab.

    It goes into a map before that map's first view.

    Parameters
    ----------
    name
        Names the map; each name has a view of its own.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        (function (map) {
            const key = "view-" + {{ this.name|tojson }};
            const kept = JSON.parse(sessionStorage.getItem(key) || "null");
            if (kept) {
                map.setView([kept[0], kept[1]], kept[2], {animate: false});
                // The map's own first view, which comes next, would have the last word.
                map.fitBounds = function () { delete map.fitBounds; return map; };
            }
            map.on("moveend", function () {
                const centre = map.getCenter();
                const view = [centre.lat, centre.lng, map.getZoom()];
                sessionStorage.setItem(key, JSON.stringify(view));
            });
        })({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, name: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "RememberedView"
        self.name = name


def escape(value: object) -> str:
    """Return text that is harmless inside HTML and inside a JavaScript template.

    Angle brackets, ampersand and quotes become entities, and so do the backtick, the dollar sign
    and the backslash, which mean something inside the template literals folium writes.
    """
    text = html.escape(str(value), quote=True)
    return text.replace("`", "&#96;").replace("$", "&#36;").replace("\\", "&#92;")


def ground(land: gpd.GeoDataFrame) -> folium.GeoJson:
    """Return the land as a quiet backdrop that does not react to the pointer.

    Parameters
    ----------
    land
        Polygons in EPSG:4326.
    """
    require_storage_crs(land)
    style = {"fillColor": LAND, "fillOpacity": 1, "color": COAST, "weight": 0.8}
    return folium.GeoJson(
        _collection(land, pd.DataFrame(index=land.index)),
        style_function=lambda _feature: style,
        interactive=False,
    )


def outline(shapes: gpd.GeoDataFrame) -> folium.GeoJson:
    """Return a strong line around shapes; it lets the pointer through.

    Parameters
    ----------
    shapes
        Polygons in EPSG:4326.
    """
    require_storage_crs(shapes)
    style = {"fill": False, "color": "#17242d", "weight": 5, "opacity": 0.75}
    return folium.GeoJson(
        _collection(shapes, pd.DataFrame(index=shapes.index)),
        style_function=lambda _feature: style,
        interactive=False,
    )


def choropleth(
    shapes: gpd.GeoDataFrame,
    fill: pd.Series,
    tooltip: pd.Series,
    selected: str | None = None,
    dashed: pd.Series | None = None,
) -> folium.GeoJson:
    """Return units filled with a colour each, as one layer.

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
        Code of the unit that is drawn with a strong outline.
    dashed
        True per row, same index, where the outline is dashed because the figure is an estimate.

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
            "dash": False if dashed is None else dashed,
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
            **({"dashArray": "3 3"} if not colour or feature["properties"]["dash"] else {}),
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
