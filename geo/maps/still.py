"""What the browser draws on a map, drawn on paper: the same colours, marks and lines.

Sizes are those of the screen, times `GROWN`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.maps.land import Dots, Outlined, Painted
from geo.maps.layers import COAST, LAND
from geo.maps.paper import LINE, Paper
from geo.maps.sheet import View, hatching, marker

Layer = Painted | Outlined | Dots | folium.GeoJson | folium.Marker

INK, EDGE = "#17242d", "#6d7f8b"
GROWN = 2.0
"""Pixels of paper for one of the screen."""
FILLS = {"hatch": "#fbfaf7", "grey": "#c3c9cd", "nihil": "#ffffff"}
"""The three silences, as `geo/maps/land.js` fills them."""
HATCH, NIHIL_EDGE = "#76858f", "#3f5664"
_HATCH_STEP, _LABEL, _NAME = 14.0, 27.0, 23.0
_DASHES = (3 * GROWN, 3 * GROWN)
_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")
_BACKGROUND = re.compile(r"background:(#[0-9a-fA-F]{6})")
_RING = 1.2
"""Width of the line around a circle that has no width of its own."""


@dataclass(frozen=True)
class Window:
    """A part of the earth at its place on the paper.

    Attributes
    ----------
    view
        The part, from the left upper corner of the window.
    left, top
        Where that corner stands on the paper, in pixels.
    around
        The part in degrees; what lies outside is passed over.
    """

    view: View
    left: float
    top: float
    around: BaseGeometry

    def seen(self, rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return the ``rows``, polygons in EPSG:4326, that reach into the window."""
        return rows[shapely.intersects(rows.geometry.to_numpy(), self.around)]

    def shapes(self, found: Sequence[BaseGeometry]) -> list[BaseGeometry]:
        """Return polygons in degrees as they stand on the paper, cut at the edge."""
        corner = (self.left, self.top)
        moved: list[BaseGeometry] = list(
            shapely.transform(self.view.drawn(found), lambda xy: xy + corner)
        )
        return moved

    def point(self, lon: float, lat: float) -> tuple[float, float] | None:
        """Return where a place stands on the paper; None outside."""
        x, y = self.view.point(lon, lat)
        if not (0 <= x <= self.view.width and 0 <= y <= self.view.height):
            return None
        return x + self.left, y + self.top

    def ways(self, line: BaseGeometry) -> list[list[tuple[float, float]]]:
        """Return the pieces of a line in degrees that are seen."""
        drawn = shapely.transform(line, self.view.points)
        cut = shapely.clip_by_rect(drawn, 0, 0, self.view.width, self.view.height)
        return [
            [(x + self.left, y + self.top) for x, y in shapely.get_coordinates(part).tolist()]
            for part in shapely.get_parts(cut)
            if part.geom_type == "LineString"
        ]


def draw_ground(paper: Paper, window: Window, land: gpd.GeoDataFrame) -> list[BaseGeometry]:
    """Draw the land as a quiet backdrop; return it as it stands on the paper.

    Parameters
    ----------
    land
        Polygons in EPSG:4326.
    """
    drawn = window.shapes(window.seen(land).geometry.tolist())
    paper.shapes(drawn, LAND, COAST, 0.8 * GROWN)
    return drawn


def draw_layers(
    paper: Paper,
    window: Window,
    layers: Iterable[Layer],
    coverage: Mapping[str, gpd.GeoDataFrame],
    labelled: bool = True,
) -> None:
    """Draw layers one above the other, and above all of them what is written on units.

    Parameters
    ----------
    coverage
        Units by level: ``code``, ``name``, polygons in EPSG:4326.
    labelled
        Whether units bear their labels.
    """
    labels: list[tuple[BaseGeometry, str, str]] = []
    dots: list[BaseGeometry] = []
    for layer in layers:
        if isinstance(layer, Painted):
            labels += _draw_painted(paper, window, layer, coverage[layer.level])
        elif isinstance(layer, Outlined):
            rows = coverage[layer.level]
            shapes = rows.geometry[rows["code"].eq(layer.code)].tolist()
            paper.shapes(window.shapes(shapes), None, INK, 5 * GROWN)
        elif isinstance(layer, Dots):
            dots += _draw_dots(paper, window, layer)
        elif isinstance(layer, folium.Marker):
            dots += _draw_mark(paper, window, layer)
        else:
            dots += _draw_features(paper, window, layer)
    if labelled:
        _write_labels(paper, labels, dots)


def _draw_painted(
    paper: Paper, window: Window, layer: Painted, coverage: gpd.GeoDataFrame
) -> list[tuple[BaseGeometry, str, str]]:
    """Draw units in their colours; return what is to be written on them."""
    rows = window.seen(coverage[coverage["code"].isin(list(layer.fills))])
    drawn = dict(zip(rows["code"], window.shapes(rows.geometry.tolist()), strict=True))
    drawn = {code: shape for code, shape in drawn.items() if not shape.is_empty}
    groups: dict[tuple[str | None, bool], list[str]] = defaultdict(list)
    for code in drawn:
        groups[layer.fills[code], code in layer.dashed].append(code)
    for (fill, _), codes in groups.items():
        if fill is not None:
            paper.shapes([drawn[code] for code in codes], FILLS.get(fill, fill))
        if fill == "hatch":
            draw_hatching(paper, [drawn[code] for code in codes])
    # Outlines come after all fills, those that stand out last: no neighbour covers half of one.
    for (fill, dashed), codes in sorted(
        groups.items(), key=lambda g: (g[0][0] == "nihil", g[0][1])
    ):
        edge, width = (NIHIL_EDGE, 2) if fill == "nihil" else (EDGE, 0.8)
        dashes = _DASHES if dashed or fill is None else ()
        paper.shapes([drawn[code] for code in codes], None, edge, width * GROWN, dashes)
    if layer.selected in drawn:
        paper.shapes([drawn[layer.selected]], None, INK, 3.5 * GROWN)
    names = dict(zip(rows["code"], rows["name"], strict=True))
    zeros = {code: "0" for code in drawn if layer.fills[code] == "nihil"}
    said = {**zeros, **layer.labels}
    return [(drawn[code], str(names[code]), words) for code, words in said.items() if code in drawn]


def draw_hatching(paper: Paper, shapes: Iterable[BaseGeometry]) -> None:
    """Draw the slanting lines of what nobody watches."""
    paper.lines([line for s in shapes for line in hatching(s, _HATCH_STEP)], HATCH, 1.7 * GROWN)


def _write_labels(
    paper: Paper, labels: list[tuple[BaseGeometry, str, str]], dots: list[BaseGeometry]
) -> None:
    """Write a figure on each unit, with its name where there is room; none over another or a dot.

    A figure gives way to dots as far as its unit reaches.
    """
    taken: list[BaseGeometry] = []
    for shape, name, words in sorted(labels, key=lambda one: -one[0].area):
        widest = max(shapely.get_parts(shape), key=lambda part: part.area)
        (x, y), edge = shapely.get_coordinates(shapely.maximum_inscribed_circle(widest, 1.0))
        reach = float(np.hypot(*(edge - (x, y))))
        full = [(name, _NAME, False), (words, _LABEL, True)]
        named = words not in (name, "0") and paper.width_of(name, _NAME) <= 2.2 * reach
        for lines in [full, full[1:]] if named else [full[1:]]:
            wide = max(paper.width_of(said, size, bold) for said, size, bold in lines)
            high = sum(size * LINE for _, size, _ in lines)
            found = _free(x, y, wide, high, max(reach - high / 2, 0), [*taken, *dots])
            if found is not None:
                taken.append(found)
                _write_label(paper, found, lines)
                break
        else:
            found = _free(x, y, wide, high, 0, taken)
            if found is not None:
                taken.append(found)
                _write_label(paper, found, lines)


def _free(
    x: float, y: float, wide: float, high: float, most: float, taken: list[BaseGeometry]
) -> BaseGeometry | None:
    """Return the box nearest to a middle that touches nothing taken; None within ``most``."""
    for far in np.linspace(0, most, 4 if most else 1):
        for across, down in ((0, 0), (0, -1), (0, 1), (-1, 0), (1, 0)):
            left, top = x + across * far - wide / 2, y + down * far - high / 2
            box: BaseGeometry = shapely.box(left, top, left + wide, top + high)
            if not any(box.intersects(other) for other in taken):
                return box
    return None


def _write_label(paper: Paper, box: BaseGeometry, lines: list[tuple[str, float, bool]]) -> None:
    left, top, right, _ = box.bounds
    for said, size, bold in lines:
        paper.words(said, (left + right) / 2, top, size, bold=bold, align="center", halo=3)
        top += size * LINE


def _draw_mark(paper: Paper, window: Window, mark: folium.Marker) -> list[BaseGeometry]:
    """Draw a mark with its words, round or square as its icon says; return it."""
    icon = str(mark.icon.options["html"]) if mark.icon is not None else ""
    lat, lon = mark.location or (0.0, 0.0)
    at = window.point(lon, lat)
    if at is None:
        return []
    shape = "circle" if "border-radius:50%" in icon else "square"
    words = re.sub(r"<[^>]*>", "", icon)
    told = _BACKGROUND.search(icon)
    ring = shapely.Polygon(marker(shape, *at, 13 * GROWN))
    paper.shapes([ring], told[1] if told else INK, "#ffffff", 2 * GROWN)
    size = 14 * GROWN
    paper.words(
        words, at[0], at[1] - size * LINE / 2, size, bold=True, ink="#ffffff", align="center"
    )
    return [ring]


def _draw_dots(paper: Paper, window: Window, layer: Dots) -> list[BaseGeometry]:
    drawn: list[BaseGeometry] = []
    frame = layer.frame
    places = frame[["lon", "lat"]].to_numpy(dtype="float64")
    for place, colour, radius in zip(places, frame["colour"], frame["radius"], strict=True):
        at = window.point(*place)
        if at is not None:
            drawn += _draw_point(paper, at, {"fillColor": colour, "radius": radius})
    return drawn


def _draw_features(paper: Paper, window: Window, layer: folium.GeoJson) -> list[BaseGeometry]:
    """Draw polygons, lines, circles or glyphs as the layer's style says; return the circles."""
    dots: list[BaseGeometry] = []
    for feature in layer.data["features"]:
        geometry, style = feature["geometry"], layer.style_function(feature)
        if geometry["type"] == "Point":
            at = window.point(*geometry["coordinates"][:2])
            if at is not None:
                dots += _draw_point(paper, at, style)
            continue
        shape = shapely.geometry.shape(geometry)
        width = float(style.get("weight", 1)) * GROWN
        dashes = _dashes_of(style)
        if geometry["type"].endswith("LineString"):
            ways = window.ways(shape)
            paper.lines(ways, "#ffffff", width + 2 * GROWN)
            paper.lines(ways, style["color"], width, dashes)
        else:
            fill = style["fillColor"] if style.get("fillOpacity", 1) else None
            paper.shapes(window.shapes([shape]), fill, style["color"], width, dashes)
    return dots


def _draw_point(
    paper: Paper, at: tuple[float, float], style: Mapping[str, Any]
) -> list[BaseGeometry]:
    if "html" in style:
        _draw_glyph(paper, at, str(style["html"]))
        return []
    ring = shapely.Polygon(marker("circle", *at, float(style["radius"]) * GROWN))
    width = float(style.get("weight", _RING)) * GROWN
    line = style.get("color", "#ffffff")
    paper.shapes([ring], style["fillColor"], line, width, _dashes_of(style))
    return [ring]


def _dashes_of(style: Mapping[str, Any]) -> list[float]:
    return [float(d) * GROWN for d in _NUMBERS.findall(str(style.get("dashArray") or ""))]


def _draw_glyph(paper: Paper, at: tuple[float, float], svg: str) -> None:
    """Draw the one shape of a glyph of `geo.maps.layers.glyphs`, turned as it is."""

    def value(name: str, otherwise: str) -> str:
        found = re.search(rf'\b{name}="([^"]*)"', svg)
        return found[1] if found else otherwise

    size = float(value("width", "18"))
    turned = re.search(r"rotate\((-?[\d.]+)deg\)", svg)
    if "<path" in svg:
        flat = [float(n) for n in _NUMBERS.findall(value("d", ""))]
        corners = np.array(flat).reshape(-1, 2)
    elif "<circle" in svg:
        corners = np.array(marker("circle", 0, 0, float(value("r", "7.5"))))
    else:
        corners = np.array([(-7.5, -7.5), (7.5, -7.5), (7.5, 7.5), (-7.5, 7.5)])
    angle = np.radians(float(turned[1]) if turned else 0.0)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    shape = shapely.Polygon(corners @ turn * (size / 20 * GROWN) + at)
    paper.shapes([shape], value("fill", INK), value("stroke", "#ffffff"), GROWN)
