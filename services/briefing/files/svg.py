"""Charts and still maps as SVG, drawn in pixels of the slide: the words in them keep their size."""

from __future__ import annotations

import math
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

from shapely.geometry.base import BaseGeometry

from services.briefing.deck import Area, Chart, Deck, Legend, Map, Marker, Series
from services.briefing.files import ground
from services.briefing.fit import MapBoxes, chart_label_step
from services.briefing.layout import (
    CHART_AXIS,
    CHART_LABELS,
    GAP,
    INK,
    RULE,
    SMALLEST_PX,
    SWATCH,
    Box,
    line_px,
)
from services.briefing.measure import plain, width
from services.texts import number, text

HATCH = "url(#hatch)"
"""The pattern of the page for what is not covered."""
PIN_PX = 44
_TICKS, _SHARE, _DOT = 5, 0.72, 6
_ROW = line_px(SMALLEST_PX)


def chart(shown: Chart, box: Box, lang: str) -> Element:
    """Return a chart as large as its box, with its title, its legend and a number at each bar."""
    out = _svg(box.width, box.height, "chart", f"{shown.title}: {', '.join(shown.categories)}")
    _words(out, plain(shown.title), 0, SMALLEST_PX, weight="bold")
    top = _ROW + 8
    if len(shown.series) > 1:
        _series_legend(out, shown.series, top)
        top += _ROW + 8
    plot = Box(CHART_AXIS, top + _ROW, box.width - CHART_AXIS, box.height - top - 2 * _ROW - 8)
    if shown.kind == "bar":
        widest = max(width(plain(c), SMALLEST_PX) for c in shown.categories)
        left = round(min(widest, CHART_LABELS * box.width) + GAP)
        _lying(out, shown, Box(left, top, box.width - left, box.height - top), lang)
    else:
        _standing(out, shown, plot, box, lang)
    return out


def _svg(wide: float, high: float, kind: str, words: str) -> Element:
    return Element(
        "svg",
        {
            "class": kind,
            "viewBox": f"0 0 {_n(wide)} {_n(high)}",
            "role": "img",
            "aria-label": plain(words),
        },
    )


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _add(parent: Element, tag: str, **values: float | str) -> Element:
    """Add an element; ``_`` in a name stands for ``-``."""
    made = {
        name.replace("_", "-"): value if isinstance(value, str) else _n(value)
        for name, value in values.items()
    }
    return SubElement(parent, tag, made)


def _words(
    parent: Element, words: str, x: float, y: float, anchor: str = "start", weight: str = "normal"
) -> None:
    made = _add(
        parent, "text", x=x, y=y, font_size=SMALLEST_PX, fill=INK, text_anchor=anchor,
        font_weight=weight,
    )  # fmt: skip
    made.text = words


def _series_legend(out: Element, series: Iterable[Series], top: float) -> None:
    x = 0.0
    for one in series:
        _add(out, "rect", x=x, y=top + 5, width=SWATCH - 12, height=20, fill=one.colour)
        _words(out, plain(one.name), x + SWATCH, top + SMALLEST_PX)
        x += SWATCH + width(plain(one.name), SMALLEST_PX) + GAP


def ticks(values: Iterable[float]) -> list[float]:
    """Return the numbers of an axis that holds values and zero, in steps of 1, 2 or 5."""
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    span = high - low
    if not span:
        return [0.0, 1.0]
    ten = 10.0 ** math.floor(math.log10(span / _TICKS))
    step = next(s * ten for s in (1, 2, 5, 10) if span / (s * ten) <= _TICKS)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(n * step, 10) for n in range(first, last + 1)]


def _values(shown: Chart) -> list[float]:
    return [v for s in shown.series for v in s.values if v is not None]


def _digits(values: Iterable[float]) -> int:
    """Return how many digits after the mark tell values apart, two at most."""
    return next((n for n in (0, 1) if all(round(v, n) == round(v, 6) for v in values)), 2)


def _standing(out: Element, shown: Chart, plot: Box, box: Box, lang: str) -> None:
    """Draw columns or lines above an axis of categories."""
    marks = ticks(_values(shown))
    digits, axis_digits = _digits(_values(shown)), _digits(marks)
    bottom = plot.top + plot.height

    def up(value: float) -> float:
        return bottom - (value - marks[0]) / (marks[-1] - marks[0]) * plot.height

    for mark in marks:
        _add(
            out, "line", x1=plot.left, x2=box.width, y1=up(mark), y2=up(mark),
            stroke=RULE if mark else INK, stroke_width=1.5,
        )  # fmt: skip
        _words(out, number(mark, lang, axis_digits), plot.left - 12, up(mark) + 8, "end")
    slot = plot.width / max(1, len(shown.categories))
    step = chart_label_step(shown, box)
    for at, category in enumerate(shown.categories):
        if at % step == 0:
            _words(out, plain(category), plot.left + (at + 0.5) * slot, bottom + _ROW, "middle")
    if shown.kind == "line":
        for one in shown.series:
            middle = [plot.left + (at + 0.5) * slot for at in range(len(one.values))]
            _line(out, one, middle, [None if v is None else up(v) for v in one.values])
        return
    wide = slot * _SHARE / len(shown.series)
    for k, one in enumerate(shown.series):
        for at, value in enumerate(one.values):
            x = plot.left + (at + (1 - _SHARE) / 2) * slot + k * wide
            tall = 0.0 if value is None else up(0) - up(value)
            _add(
                out, "rect", x=x, y=min(up(0), up(0) - tall), width=wide - 2, height=abs(tall),
                fill=one.colour,
            )  # fmt: skip
            said = number(value, lang, digits)
            if width(said, SMALLEST_PX) <= wide:
                _words(out, said, x + wide / 2 - 1, min(up(0), up(0) - tall) - 6, "middle")


def _line(out: Element, one: Series, across: list[float], down: list[float | None]) -> None:
    """Draw a line that stops where a number is missing, and a point for each number."""
    path, drawing = "", False
    for x, y in zip(across, down, strict=True):
        if y is not None:
            path += f"{'L' if drawing else 'M'}{_n(x)} {_n(y)}"
            _add(out, "circle", cx=x, cy=y, r=_DOT, fill=one.colour)
        drawing = y is not None
    _add(out, "path", d=path, fill="none", stroke=one.colour, stroke_width=4)


def _lying(out: Element, shown: Chart, plot: Box, lang: str) -> None:
    """Draw bars from the left, each with its number behind it."""
    values = _values(shown)
    digits = _digits(values)
    most = max(values, default=0) or 1
    room = (
        plot.width
        - max((width(number(v, lang, digits), SMALLEST_PX) for v in values), default=0)
        - 12
    )
    slot = plot.height / max(1, len(shown.categories))
    high = min(slot * _SHARE, 56) / len(shown.series)
    for at, category in enumerate(shown.categories):
        middle = plot.top + (at + 0.5) * slot
        _words(out, plain(category), plot.left - 12, middle + 8, "end")
        for k, one in enumerate(shown.series):
            value = one.values[at]
            y = middle + (k - len(shown.series) / 2) * high
            long = max(0.0, value or 0) / most * room
            _add(out, "rect", x=plot.left, y=y, width=long, height=high - 2, fill=one.colour)
            if high >= SMALLEST_PX or len(shown.series) == 1:
                _words(out, number(value, lang, digits), plot.left + long + 8, y + high / 2 + 7)


def still(shown: Map, boxes: MapBoxes, deck: Deck) -> Element:
    """Return the map of a slide as it is seen first: on paper, in small, and without a script."""
    wide, high = boxes.land.width, boxes.land.height
    view = ground.fit(shown.bounds, wide, high)
    out = _svg(wide, high, "still", shown.title)
    for shape in view.shapes(deck.ground).values() if deck.ground["features"] else ():
        _add(out, "path", d=_path(shape), fill=ground.LAND, stroke=ground.COAST)
    for code, shape in view.shapes(deck.land[shown.level]).items():
        area = shown.areas.get(code)
        made = _add(out, "path", d=_path(shape), fill=_fill(area), stroke=ground.COAST)
        if area and area.hatched:
            made.set("stroke-dasharray", "6 5")
    for line in shown.lines:
        points = " ".join(",".join(map(_n, view.point(lon, lat))) for lon, lat in line.points)
        made = _add(out, "polyline", points=points, fill="none", stroke=line.colour, stroke_width=5)
        if line.dashed:
            made.set("stroke-dasharray", "10 8")
    for pin in shown.markers:
        x, y = view.point(pin.lon, pin.lat)
        _pin(out, pin.shape, pin.colour, x, y)
        _words(out, plain(pin.label), x, y + 8, "middle", "bold")
        out[-1].set("fill", "#ffffff")
    km, long = ground.scale_bar(view, wide / 4)
    bar = f"M10 {high - 22}v12h{_n(long)}v-12"
    _add(out, "path", d=bar, fill="none", stroke=INK, stroke_width=3)
    said = text("present.km", deck.lang, n=number(km, deck.lang, _digits([km])))
    _words(out, said, 18, high - 26)
    return out


def _path(shape: BaseGeometry) -> str:
    return "".join(
        "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in ring[:-1]) + "Z"
        for polygon in ground.rings(shape)
        for ring in polygon
    )


def _fill(area: Area | None) -> str:
    if area is None:
        return ground.LAND
    return HATCH if area.hatched else area.fill or ground.LAND


def _pin(parent: Element, shape: str, colour: str, x: float, y: float, radius: float = 18) -> None:
    corners = ground.marker(shape, x, y, radius)
    points = " ".join(f"{_n(a)},{_n(b)}" for a, b in corners)
    _add(parent, "polygon", points=points, fill=colour, stroke="#ffffff", stroke_width=2)


def pin(marker: Marker) -> Element:
    """Return a marker of its own, `PIN_PX` wide and high, for a map that moves."""
    out = _svg(PIN_PX, PIN_PX, "", marker.words)
    middle = PIN_PX / 2
    _pin(out, marker.shape, marker.colour, middle, middle, 17)
    _words(out, plain(marker.label), middle, middle + 8, "middle", "bold")
    out[-1].set("fill", "#ffffff")
    return out


def swatch(row: Legend) -> Element:
    """Return the sign before the words of a legend."""
    wide, high = SWATCH - 8, _ROW - 8
    out = _svg(wide, high, "swatch", "")
    if row.shape == "area":
        fill = HATCH if row.hatched else row.colour or ground.LAND
        _add(out, "rect", x=1, y=1, width=wide - 2, height=high - 2, fill=fill, stroke=ground.COAST)
    elif row.shape == "line":
        _add(out, "path", d=f"M0 {high / 2}H{wide}", stroke=row.colour, stroke_width=5)
    else:
        _pin(out, row.shape, row.colour, wide / 2, high / 2, 9)
    return out


def north(letter: str) -> Element:
    """Return the arrow to the north with its letter."""
    out = _svg(40, 66, "north", letter)
    points = " ".join(f"{_n(x)},{_n(y)}" for x, y in ground.north_arrow(20, 2, 34))
    _add(out, "polygon", points=points, fill=INK, stroke="#ffffff", stroke_width=1)
    _words(out, letter, 20, 62, "middle", "bold")
    return out
