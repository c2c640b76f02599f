"""The land of a map: fetched by the browser once, by its address, and painted by short messages.

`geo/maps/land.js` draws what is described here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from os.path import commonprefix
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from branca.element import MacroElement
from jinja2 import Template

from geo.crs import require_storage_crs
from geo.errors import ParameterError
from geo.maps.layers import DECIMALS, escape

FILL, NAME, PLACE = "\ue000", "\ue001", "\ue002"
"""Stand in the form of a tooltip for a number, for the name of a unit and for its full place."""

LAND_DECIMALS = 4
"""About ten metres; the coverage for the screen is coarser than that."""

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
"""One stands for the class of a unit."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_ABSENT = "."
_BREAK = "<br>"
"""Between the lines of a tooltip."""
_CIRCLE_TOLERANCE = 0.01


def land_json(shapes: gpd.GeoDataFrame, places: Mapping[str, str]) -> str:
    """Return a level of the coverage as GeoJSON, units in the order of their codes.

    Parameters
    ----------
    shapes
        Columns ``code`` and ``name``, polygons in EPSG:4326.
    places
        Full name of each unit by code.

    Returns
    -------
    str
        Each feature has ``code``, ``name``, ``place``, ``at`` (longitude and latitude of the middle
        of its widest part) and ``room`` (degrees from there to the nearest edge).
    """
    require_storage_crs(shapes)
    rows = shapes.sort_values("code", ignore_index=True)
    rounded = shapely.transform(rows.geometry.to_numpy(), lambda xy: np.round(xy, LAND_DECIMALS))
    circles = shapely.maximum_inscribed_circle(_widest(rounded), _CIRCLE_TOLERANCE)
    ends = shapely.get_coordinates(circles).reshape(-1, 2, 2).round(3)
    features = [
        {
            "type": "Feature",
            "properties": {
                "code": code,
                "name": name,
                "place": places.get(code, name),
                "at": middle,
                "room": room,
            },
            "geometry": shape,
        }
        for code, name, middle, room, shape in zip(
            rows["code"],
            rows["name"],
            ends[:, 0].tolist(),
            shapely.length(circles).round(4).tolist(),
            map(json.loads, shapely.to_geojson(rounded)),
            strict=True,
        )
    ]
    return json.dumps(
        {"type": "FeatureCollection", "features": features},
        separators=(",", ":"),
        ensure_ascii=False,
    )


def _widest(shapes: np.ndarray) -> np.ndarray:
    parts, owner = shapely.get_parts(shapes, return_index=True)
    order = np.lexsort((shapely.area(parts), owner))
    last = np.flatnonzero(np.append(np.diff(owner[order]) != 0, True))
    return np.asarray(parts[order][last])


@dataclass(frozen=True, eq=False)
class Painted:
    """The colours of units of one level.

    Attributes
    ----------
    level
        kabupaten, kecamatan or desa.
    fills
        By code, the units that are drawn: a colour, ``hatch``, ``grey``, ``nihil`` (an outline with
        a 0), or None for an outline without a fill.
    tips
        HTML by code, already escaped by `geo.maps.layers.escape`.
    labels
        Short text by code, written on the unit where there is room.
    dashed
        Codes whose outline is dashed because the figure is an estimate.
    selected
        Code of the unit that is drawn with a strong outline.
    """

    level: str
    fills: Mapping[str, str | None]
    tips: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    dashed: frozenset[str] = frozenset()
    selected: str | None = None


@dataclass(frozen=True)
class Outlined:
    """A strong line around a unit of a level; it lets the pointer through."""

    level: str
    code: str


@dataclass(frozen=True, eq=False)
class Dots:
    """Places of reports as dots, whose words are fetched when one is opened.

    Attributes
    ----------
    frame
        Columns ``key``, which a click gives back, ``lon`` and ``lat`` in degrees, ``colour`` and
        ``radius`` in pixels, ``tip`` (HTML, already escaped by `geo.maps.layers.escape`).
    opened
        Returns the HTML of the popup of a key, already escaped.
    """

    frame: pd.DataFrame
    opened: Callable[[str], str]

    def message(self) -> list[list[object]]:
        """Return the dots as the browser reads them."""
        place = self.frame[["lon", "lat"]].round(DECIMALS).to_numpy().tolist()
        columns = (self.frame[name] for name in ("key", "colour", "tip"))
        radius = self.frame["radius"].round(1).tolist()
        rows = zip(place, radius, *columns, strict=True)
        return [[key, *at, size, colour, tip] for at, size, key, colour, tip in rows]


def without_ending(rows: Sequence[Sequence[object]]) -> tuple[list[list[object]], str]:
    """Return the rows of dots without what all their words end with, and this ending."""
    words = [str(row[-1]) for row in rows]
    ending = commonprefix([one[::-1] for one in words])[::-1]  # noqa: RUF071 - of words, no paths
    cut = [one.removesuffix(ending) for one in words]
    return [[*row[:-1], one] for row, one in zip(rows, cut, strict=True)], ending


@dataclass(frozen=True)
class Legend:
    """The legend inside the frame of a map.

    Attributes
    ----------
    title, sub
        What the classes are of, and period and n.
    rows
        Fill as in `Painted` (None: outline only), words, and how many units are in the class.
    dots
        Colour and words of marks that are no units.
    """

    title: str
    rows: Sequence[tuple[str | None, str, str | None]]
    sub: str = ""
    dots: Sequence[tuple[str, str]] = ()

    def message(self) -> dict[str, object]:
        """Return what the browser draws."""
        rows = [[fill or "none", words, n] for fill, words, n in self.rows]
        return {
            "title": self.title,
            "sub": self.sub,
            "rows": [*rows, *([f"dot:{colour}", words, None] for colour, words in self.dots)],
        }


@dataclass(frozen=True)
class Order:
    """Codes, names and full places of a level in the order of its land file."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    places: tuple[str, ...]


def paint_message(painted: Painted, order: Order) -> dict[str, Any]:
    """Return the colours of a level as the browser reads them, one character per unit.

    Raises
    ------
    ParameterError
        For a unit that the land does not hold, or more classes than there are characters.
    """
    known = set(order.codes)
    for code in painted.fills:
        if code not in known:
            raise ParameterError("code", code, f"a unit of the land of level {painted.level}")
    palette: dict[str, str] = {}
    fills, drawn = [], []
    for n, code in enumerate(order.codes):
        if code not in painted.fills:
            fills.append(_ABSENT)
            continue
        fill = painted.fills[code] or "none"
        entry = f"{fill}/dash" if code in painted.dashed else fill
        place = list(palette).index(entry) if entry in palette else len(palette)
        if place >= len(DIGITS):
            raise ParameterError("fills", len(palette) + 1, f"at most {len(DIGITS)} classes")
        palette[entry] = entry
        fills.append(DIGITS[place])
        drawn.append(n)
    message: dict[str, Any] = {
        "level": painted.level,
        "fills": "".join(fills),
        "palette": list(palette),
        "selected": painted.selected,
    }
    if painted.labels:
        at = {code: n for n, code in enumerate(order.codes)}
        message["labels"] = {at[code]: words for code, words in painted.labels.items()}
    if painted.tips:
        message["tips"] = _compact(
            [painted.tips.get(order.codes[n], "") for n in drawn],
            [order.names[n] for n in drawn],
            [order.places[n] for n in drawn],
        )
    return message


def _compact(tips: Sequence[str], names: Sequence[str], places: Sequence[str]) -> dict[str, Any]:
    """Return tooltips as the lines they share, their forms of lines, the form of each, its numbers.

    There are at most as many forms as units, and no level has 1296 units of its own words.
    """
    forms: dict[str, int] = {}
    form, values = [], []
    for tip, name, place in zip(tips, names, places, strict=True):
        clean = re.sub(f"[{FILL}-{PLACE}]", "", tip)
        head, mark = next(
            ((known, mark) for known, mark in ((escape(place), PLACE), (escape(name), NAME))
             if clean.startswith(f"<b>{known}</b>")),
            ("", ""),
        )  # fmt: skip
        start = f"<b>{mark}</b>" if mark else ""
        rest = clean[len(f"<b>{head}</b>") :] if mark else clean
        # Entities such as &#36; hold digits that are no numbers; they stay as they are.
        pieces = re.split(r"(&#?\w+;)", rest)
        words, found = pieces[::2], [_NUMBER.findall(piece) for piece in pieces[::2]]
        pieces[::2] = [_NUMBER.sub(FILL, piece) for piece in words]
        shape = start + "".join(pieces)
        form.append(forms.setdefault(shape, len(forms)))
        values.append("|".join(chain.from_iterable(found)))
    lines: dict[str, int] = {}
    return {
        "forms": [
            [lines.setdefault(one, len(lines)) for one in shape.split(_BREAK)] for shape in forms
        ],
        "lines": list(lines),
        # Two digits each: the forms of a level are few, and 36 of them would not be enough.
        "form": "".join(DIGITS[n // 36] + DIGITS[n % 36] for n in form),
        "values": ";".join(values),
    }


class Land(MacroElement):
    """The land of a base map and how it behaves; the same on every run of a page.

    Parameters
    ----------
    options
        What `geo/maps/land.js` reads: ``land`` (address by level), ``ground`` (level of the
        backdrop), ``bounds``, ``colours``, ``spare`` (-1: what the frame is too wide by lies at
        the left, 1: at the right), ``insets``, ``name``, ``channel``, ``link``, ``clicks`` and
        ``address``.
    """

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "siaga.start({{ this._parent.get_name() }}, {{ this.options|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, options: Mapping[str, object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Land"
        self.options = dict(options)


class Paint(MacroElement):
    """The colours of a moment; goes into the feature group that the component swaps.

    Parameters
    ----------
    message
        ``parts`` and ``outlined`` (as of `paint_message`, `Outlined`), ``legend``, ``words``,
        ``go``.
    """

    _template = Template(
        "{% macro script(this, kwargs) %}siaga.paint({{ this.message|tojson }});{% endmacro %}"
    )

    def __init__(self, message: Mapping[str, object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Paint"
        self.message = dict(message)
