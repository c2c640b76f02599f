"""The map of the nation: made once, its layers swapped in place, so that nothing blinks."""

from __future__ import annotations

from typing import Any

import folium
import streamlit as st
from streamlit_folium import st_folium

from data.nation.views import Extent
from data.static_files import map_version
from geo.errors import ParameterError
from geo.maps.nation import NOWHERE, NationLayers, NationMap, NationPaint
from pages.components.nation import choices

KEY = "nation_map"
_CLICKS = "nation_clicks"
_HEIGHT_PX = 380
_RETURNED = ("bounds", "zoom", "last_active_drawing", "last_object_clicked_count")


def show_nation(layers: NationLayers) -> None:
    """Draw the map with what lies on it now."""
    base = st.get_option("server.baseUrlPath").strip("/")
    static = f"/{base}/app/static/vendor" if base else "/app/static/vendor"
    chart = NationMap(static, version=map_version())
    group = folium.FeatureGroup(name="nation")
    NationPaint(layers).add_to(group)
    with st.container(key=f"exhibit_{KEY}"):
        st_folium(
            chart,
            key=KEY,
            height=_HEIGHT_PX,
            use_container_width=True,
            returned_objects=list(_RETURNED),
            feature_group_to_add=group,
            on_change=_changed,
        )


def _changed() -> None:
    """Open what was clicked, else keep what is shown; before the page is drawn again."""
    state = st.session_state.get(KEY) or {}
    clicks = state.get("last_object_clicked_count") or 0
    properties = (state.get("last_active_drawing") or {}).get("properties") or {}
    new = clicks > st.session_state.get(_CLICKS, 0)
    st.session_state[_CLICKS] = clicks
    if new and isinstance(code := properties.get("code"), str):
        choices.open_unit(code)
        return
    frame = _frame(state.get("bounds"), state.get("zoom"))
    if frame is not None and not frame.extent.holds(*NOWHERE[:2]):
        choices.moved(frame)


def _frame(bounds: Any, zoom: Any) -> choices.Frame | None:
    """Return what the map reports; None while it has no size."""
    try:
        corners = bounds["_southWest"], bounds["_northEast"]
        (south, west), (north, east) = ((float(at["lat"]), float(at["lng"])) for at in corners)
        inside = max(-180.0, west), max(-90.0, south), min(180.0, east), min(90.0, north)
        return choices.Frame(Extent(*inside), float(zoom))
    except (KeyError, TypeError, ValueError, ParameterError):
        return None
