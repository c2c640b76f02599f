"""Map layers: harmless text, no address outside, one layer and not thousands of markers."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import folium
import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from geo.errors import CrsError
from geo.maps.layers import OfflineMap, escape, points, polygons

ATTACKS = (
    "<img src=x onerror=alert(1)>",
    "`${alert(1)}`",
    "</script><script>alert(1)</script>",
    "\\`\\${x}",
    "\"onmouseover='x'",
    "&lt;b&gt;",
)
UNITS = gpd.GeoDataFrame(
    {"code": ["19.01", "19.02", "19.03"]},
    geometry=[box(105 + n, -3, 106 + n, -2) for n in range(3)],
    crs="EPSG:4326",
    index=[7, 8, 9],
)
PLACES = pd.DataFrame({"key": ["a", "b"], "lon": [106.123456789, 107.5], "lat": [-2.5, -3.25]})


def series(*values: object, frame: pd.DataFrame = UNITS) -> pd.Series:
    return pd.Series(list(values), index=frame.index)


def render(*layers: folium.GeoJson) -> str:
    """Return the whole page of a map with layers, without needless white space."""
    chart = OfflineMap((-3.5, 105.0, -1.0, 109.0))
    for layer in layers:
        layer.add_to(chart)
    return re.sub(r"\s+", " ", chart.get_root().render())


def features(layer: folium.GeoJson) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = layer.data["features"]
    return found


def styles(layer: folium.GeoJson) -> dict[str, dict[str, Any]]:
    """Return the style of each feature by its code, as Leaflet is given it."""
    return {f["properties"]["code"]: layer.style_function(f) for f in features(layer)}


@pytest.mark.parametrize("attack", ATTACKS)
def test_dangerous_text_is_shown_as_the_text_it_is(attack: str) -> None:
    safe = escape(attack)
    assert not set("<>\"'`$\\") & set(safe)
    assert html.unescape(safe) == attack


@given(st.text())
def test_escaped_text_holds_no_dangerous_character_and_loses_nothing(text: str) -> None:
    safe = escape(text)
    assert not set("<>\"'`$\\") & set(safe)
    assert re.fullmatch(r"(?:[^&]|&(?:lt|gt|amp|quot|#x27|#96|#36|#92);)*", safe)
    if "\r" not in text and "\x00" not in text:  # what HTML itself cannot carry
        assert html.unescape(safe) == text


def test_a_value_that_is_no_text_is_written_as_text() -> None:
    assert escape(None) == "None"
    assert escape(1.5) == "1.5"


def marks(tip: str) -> dict[str, int]:
    """Return how often a page with a tooltip and popup holds what could start something."""
    page = render(
        polygons(UNITS, series("#111111", None, "#222222"), series(tip, tip, tip)),
        points(
            PLACES,
            series("#0072b2", "#d55e00", frame=PLACES),
            series(tip, tip, frame=PLACES),
            popup=series(tip, tip, frame=PLACES),
        ),
    )
    # Folium writes JSON with \u003c for an angle bracket; Leaflet would make a tag of it again.
    page = page.replace("\\u003c", "<").replace("\\u003e", ">")
    return {mark: page.count(mark) for mark in ("<script", "</script", "<img", "`", "${")}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_escaped_attack_adds_no_tag_and_no_template_code_to_the_page(attack: str) -> None:
    assert marks(escape(attack)) == marks("x")


@pytest.mark.parametrize("attack", ATTACKS[:4])
def test_the_check_of_the_page_finds_an_attack_that_was_not_escaped(attack: str) -> None:
    assert marks(attack) != marks("x")


def test_a_rendered_map_names_no_address_outside() -> None:
    page = render(polygons(UNITS, series("#111111", None, "#222222"), series("a", "b", "c")))
    assert re.findall(r"""(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}""", page) == []
    assert re.findall(r"""(?:src|href)="([^"]+)""", page) == [
        "/app/static/vendor/leaflet/leaflet.js?v=",
        "/app/static/vendor/jquery/jquery.min.js?v=",
        "/app/static/vendor/siaga/panels.js?v=",
        "/app/static/vendor/siaga/land.js?v=",
        "/app/static/vendor/leaflet/leaflet.css?v=",
        "/app/static/vendor/siaga/land.css?v=",
    ]


def test_only_a_map_that_was_given_tiles_names_their_server() -> None:
    plain = OfflineMap((-3.5, 105.0, -1.0, 109.0))
    assert not [c for c in plain._children.values() if isinstance(c, folium.TileLayer)]
    tiled = OfflineMap(
        (-3.5, 105.0, -1.0, 109.0), "/x", "http://10.0.0.5/{z}/{x}/{y}.png", "Peta kantor"
    )
    page = tiled.get_root().render()
    assert "http://10.0.0.5/{z}/{x}/{y}.png" in page
    assert "Peta kantor" in page
    assert 'src="/x/leaflet/leaflet.js?v="' in page


def test_shapes_carry_code_and_colour_and_stand_out_when_selected() -> None:
    layer = polygons(
        UNITS, series("#ffeda0", None, "#e31a1c"), series("A", "B", "C"), selected="19.03"
    )
    assert [f["properties"]["code"] for f in features(layer)] == ["19.01", "19.02", "19.03"]
    assert [f["properties"]["tip"] for f in features(layer)] == ["A", "B", "C"]
    found = styles(layer)
    assert found["19.01"]["fillColor"] == "#ffeda0"
    assert found["19.01"]["fillOpacity"] == 0.9
    assert found["19.03"]["weight"] > found["19.01"]["weight"]
    assert found["19.03"]["color"] != found["19.01"]["color"]


def test_a_shape_without_a_figure_is_a_dashed_outline() -> None:
    layer = polygons(UNITS, series("#ffeda0", None, "#e31a1c"), series("A", "B", "C"))
    found = styles(layer)
    assert "dashArray" not in found["19.01"]
    assert found["19.02"]["dashArray"]
    assert found["19.02"]["fillOpacity"] == 0


def test_points_carry_key_colour_radius_and_rounded_degrees_longitude_first() -> None:
    layer = points(
        PLACES,
        series("#0072b2", "#d55e00", frame=PLACES),
        series("A", "B", frame=PLACES),
        radius=series(5.04, 7.26, frame=PLACES),
    )
    first, second = features(layer)
    assert first["geometry"] == {"type": "Point", "coordinates": [106.12346, -2.5]}
    assert first["properties"] == {"key": "a", "tip": "A", "c": "#0072b2", "r": 5.0}
    assert second["properties"]["r"] == 7.3
    style = layer.style_function(second)
    assert style["fillColor"] == "#d55e00"
    assert style["radius"] == 7.3
    with_popup = points(
        PLACES,
        series("#0", "#0", frame=PLACES),
        series("A", "B", frame=PLACES),
        popup=series("p", "q", frame=PLACES),
    )
    assert [f["properties"]["pop"] for f in features(with_popup)] == ["p", "q"]


def test_thousands_of_points_are_one_layer_and_not_a_marker_each() -> None:
    n = 4116
    frame = pd.DataFrame({"key": [str(i) for i in range(n)], "lon": 106.0, "lat": -2.0})
    layer = points(frame, pd.Series("#111111", frame.index), pd.Series("x", frame.index))
    page = render(layer)
    assert page.count("L.geoJson(") == 1
    assert page.count("L.circleMarker(") <= 1
    assert page.count("L.marker(") == 0
    assert page.count('"type": "Point"') == n


def test_coordinates_are_rounded_to_about_a_metre() -> None:
    fine = UNITS.set_geometry([box(105.123456789, -3, 106, -2), *UNITS.geometry[1:]])
    drawn = polygons(fine, series(*"aaa"), series(*"abc"))
    text = json.dumps(features(drawn)[0]["geometry"])
    assert "105.12346" in text
    assert "105.123456" not in text


@pytest.mark.parametrize("crs", [None, "EPSG:32748", "EPSG:3857"])
def test_a_frame_in_no_or_another_reference_system_is_refused(crs: str | None) -> None:
    wrong = UNITS.set_crs(None, allow_override=True)
    if crs is not None:
        wrong = wrong.set_crs(crs)
    with pytest.raises(CrsError) as caught:
        polygons(wrong, series("#1", "#1", "#1"), series("a", "b", "c"))
    assert caught.value.found == crs
