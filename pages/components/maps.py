"""The map: drawn once, its colours and layers changed in place, so that the view is never lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from secrets import token_hex
from time import sleep

import folium
import streamlit as st
from streamlit_folium import st_folium

from data.static_files import map_version
from geo.maps.land import Dots, Land, Legend, Outlined, Painted
from geo.maps.layers import OfflineMap
from pages.components import address, loaders
from pages.components.shell import language, t
from services.dataset import Dataset
from services.maps import WHOLE, framing_of, jumps, land_options, paint_of

_HEIGHT_PX = 380
"""Asked of the component; the style sheet stretches it to the height of the screen."""
_LET_GO_S = 0.005
"""What is drawn is sent by another thread, which else waits until the rest of the page is drawn."""
_FIRST_S = 0.5
"""A browser that was just opened lays out all that has come before it begins with the map."""
_DOT = "_dot"
_STANDS = "map_stands"
_CLICKS = ("last_active_drawing", "last_object_clicked_count")

Layer = folium.GeoJson | folium.Marker | Painted | Outlined | Dots


def show_map(
    data: Dataset,
    layers: Sequence[Layer],
    key: str,
    on_click: Callable[[dict[str, object]], None] | None = None,
    link: str | None = None,
    bounds: tuple[float, float, float, float] | None = None,
    on_point: Callable[[float, float], None] | None = None,
    legend: Legend | None = None,
) -> None:
    """Draw the map with colours and layers that may change from run to run.

    Parameters
    ----------
    data
        Gives the land and the bounds.
    layers
        What lies on the land, painted units and others; replaced in place when it changes.
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
    legend
        Drawn inside the frame of the map; its title names the map for those who do not see it.
    """
    chart = _base(data, key, on_click is not None, link, bounds)
    group = folium.FeatureGroup(name="units")
    go = st.session_state.get(f"{key}_go")
    opened = st.session_state.get(f"{key}{_DOT}")
    paint_of(data, layers, language(), legend, go, opened).add_to(group)
    for layer in layers:
        if not isinstance(layer, (Painted, Outlined, Dots)):
            layer.add_to(group)
    with st.container(key=f"exhibit_{key}"):
        st_folium(
            chart,
            key=key,
            height=_HEIGHT_PX,
            use_container_width=True,
            returned_objects=[*_CLICKS, *(["last_clicked"] if on_point else [])],
            feature_group_to_add=group,
            on_change=lambda: _clicked(key, on_click, on_point),
        )
    _send()


def _send() -> None:
    """Let what is drawn be sent, and the first map of a session stand before the rest comes."""
    before = st.session_state.get(_STANDS, False)
    st.session_state[_STANDS] = True
    if before or "Mozilla" not in st.context.headers.get("User-Agent", ""):
        sleep(_LET_GO_S)
        return
    with loaders.out_of_turn():
        sleep(_FIRST_S)


def _base(
    data: Dataset,
    key: str,
    clicks: bool,
    link: str | None,
    bounds: tuple[float, float, float, float] | None,
) -> OfflineMap:
    """Return the map without colours: the same on every run."""
    base = st.get_option("server.baseUrlPath").strip("/")
    static = f"/{base}/app/static" if base else "/app/static"
    own = {} if bounds is None else {"bounds": bounds}
    options = land_options(
        data,
        f"{static}/geo",
        key,
        channel=address.channel(),
        link=link,
        clicks=clicks,
        address=bounds is None and link is None,
        **own,
    )
    chart = OfflineMap(bounds or framing_of(data).bounds, f"{static}/vendor", version=map_version())
    Land(options).add_to(chart)
    return chart


def open_unit(properties: dict[str, object]) -> None:
    """Open the area that was clicked; for the callback of a map."""
    if isinstance(code := properties.get("code"), str):
        address.put(address.UNIT, code)


def _clicked(
    key: str,
    on_click: Callable[[dict[str, object]], None] | None,
    on_point: Callable[[float, float], None] | None,
) -> None:
    state = st.session_state.get(key) or {}
    feature, point = state.get("last_active_drawing"), state.get("last_clicked")
    properties = (feature or {}).get("properties") or {}
    if {"key", "n"} <= properties.keys():
        st.session_state[f"{key}{_DOT}"] = properties
    if properties and on_click is not None:
        on_click(properties)
    if point and on_point is not None:
        on_point(float(point["lng"]), float(point["lat"]))


def zoom_to(key: str, code: str) -> None:
    """Let the map of a name show a unit, or the province, when it is drawn next."""
    if "." not in code:
        _go(key, {"home": True})
        return
    level = ("kabupaten", "kecamatan", "desa")[code.count(".") - 1]
    _go(key, {"level": level, "code": code})


def _go(key: str, where: dict[str, object]) -> None:
    st.session_state[f"{key}_go"] = {**where, "n": token_hex(4)}


def jump_list(key: str) -> None:
    """Draw the list of places that are small on the map, so that they are easy to find."""
    lang = language()
    box = f"{key}_jump"

    def jump() -> None:
        chosen = st.session_state[box]
        if chosen is not None:
            whole = chosen == WHOLE
            _go(key, {"home": True} if whole else {"bounds": jumps()[chosen].bounds})

    st.selectbox(
        t("map.jump"),
        list(jumps()),
        index=None,
        format_func=lambda name: jumps()[name].names[lang],
        placeholder=t("map.jump_placeholder"),
        key=box,
        on_change=jump,
    )
