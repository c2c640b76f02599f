"""A bare Streamlit app with one map of the same layer: what the product is measured against."""

from __future__ import annotations

import json
from pathlib import Path

import folium
import streamlit as st
from streamlit_folium import st_folium

VENDOR = "/app/static/vendor"
COLOURS = ("#ffffcc", "#fd8d3c", "#bd0026")


class Map(folium.Map):
    """Leaflet from this server, so that nothing is fetched from elsewhere."""

    default_js = [  # noqa: RUF012
        ("leaflet", f"{VENDOR}/leaflet/leaflet.js"),
        ("jquery", f"{VENDOR}/jquery/jquery.min.js"),
    ]
    default_css = [("leaflet_css", f"{VENDOR}/leaflet/leaflet.css")]  # noqa: RUF012


st.set_page_config(layout="wide")
st.title("Peta")
chosen = st.selectbox("Keluarga", ["a", "b", "c", "d", "e", "f"])
places = json.loads(Path("layer.geojson").read_text(encoding="utf-8"))
turned = ord(chosen) - ord("a")
for n, feature in enumerate(places["features"]):
    feature["properties"]["colour"] = COLOURS[(n * (turned + 1) // 3) % len(COLOURS)]
chart = Map(location=(-2.4, 106.8), zoom_start=8, tiles=None, prefer_canvas=True)
folium.GeoJson(
    places,
    style_function=lambda f: {"fillColor": f["properties"]["colour"], "fillOpacity": 0.8},
    tooltip=folium.GeoJsonTooltip(["name"]),
).add_to(chart)
st_folium(chart, key="peta", height=480, use_container_width=True, returned_objects=[])
