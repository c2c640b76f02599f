"""The map: drawn once, its layers changed in place, so that the view is never lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import folium
import streamlit as st
from streamlit_folium import st_folium

from geo.maps.layers import LinkedView, OfflineMap, ground
from pages.components.shell import language, t
from services.dataset import Dataset
from services.maps import jumps, view_of

_HEIGHT_PX = 380
"""Asked of the component; the style sheet stretches it to the height of the screen."""


def show_map(
    data: Dataset,
    layers: Sequence[folium.GeoJson | folium.Marker],
    key: str,
    on_click: Callable[[dict[str, object]], None] | None = None,
    link: str | None = None,
    bounds: tuple[float, float, float, float] | None = None,
    on_point: Callable[[float, float], None] | None = None,
) -> None:
    """Draw the map with layers that may change from run to run.

    Parameters
    ----------
    data
        Gives the land and the bounds.
    layers
        What lies on the land; replaced in place when it changes.
    key
        Name of the map. The view is kept as long as it stays the same.
    link
        Name shared by maps that show the same part; None for a map of its own.
    bounds
        South, west, north, east of what is shown first; None for the province. One key, one bounds.
    on_click
        Called with the properties of the clicked feature, before the page is drawn again.
    on_point
        Called with longitude and latitude of a click anywhere, before the page is drawn again.
    """
    base = st.get_option("server.baseUrlPath").strip("/")
    static = f"/{base}/app/static/vendor" if base else "/app/static/vendor"
    chart = OfflineMap(bounds or data.bounds, static, name=key)
    ground(data.display_shapes["kabupaten"]).add_to(chart)
    if link is not None:
        LinkedView(link).add_to(chart)
    group = folium.FeatureGroup(name="units")
    for layer in layers:
        layer.add_to(group)
    centre, zoom = _asked_view(data, key)
    with st.container(key=f"exhibit_{key}"):
        st_folium(
            chart,
            key=key,
            height=_HEIGHT_PX,
            use_container_width=True,
            returned_objects=[
                "last_active_drawing",
                "last_object_clicked_count",
                *(["last_clicked"] if on_point else []),
            ],
            feature_group_to_add=group,
            center=centre,
            zoom=zoom,
            on_change=None
            if on_click is None and on_point is None
            else lambda: _clicked(key, on_click, on_point),
        )


def _clicked(
    key: str,
    on_click: Callable[[dict[str, object]], None] | None,
    on_point: Callable[[float, float], None] | None,
) -> None:
    state = st.session_state.get(key) or {}
    feature, point = state.get("last_active_drawing"), state.get("last_clicked")
    if feature and on_click is not None:
        on_click(feature.get("properties") or {})
    if point and on_point is not None:
        on_point(float(point["lng"]), float(point["lat"]))


def _asked_view(data: Dataset, key: str) -> tuple[tuple[float, float] | None, float | None]:
    """Return centre and zoom of the last jump; None leaves the view as the reader put it."""
    jump = st.session_state.get(f"{key}_jump")
    return (None, None) if jump is None else view_of(data, jump)


def jump_list(key: str) -> None:
    """Draw the list of places that are small on the map, so that they are easy to find."""
    lang = language()
    st.selectbox(
        t("map.jump"),
        list(jumps()),
        index=None,
        format_func=lambda name: jumps()[name].names[lang],
        placeholder=t("map.jump_placeholder"),
        key=f"{key}_jump",
    )
