"""Coordinates and points as people write them in a cell; never guessed. All in EPSG:4326."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Literal

from data.ingest.values.numbers import plain_text

Axis = Literal["lon", "lat"]
Point = tuple[float, float]

_LIMITS: dict[Axis, int] = {"lon": 180, "lat": 90}
_HEMISPHERES: dict[str, tuple[Axis, int]] = {
    **dict.fromkeys(("lu", "n", "north", "lintang utara"), ("lat", 1)),
    **dict.fromkeys(("ls", "s", "south", "lintang selatan"), ("lat", -1)),
    **dict.fromkeys(("bt", "e", "east", "bujur timur"), ("lon", 1)),
    **dict.fromkeys(("bb", "w", "west", "bujur barat"), ("lon", -1)),
}
_NAME = "|".join(sorted(_HEMISPHERES, key=len, reverse=True))
_NUMBER = r"\d+(?:[.,]\d+)?"
_DEGREE, _MINUTE = r" ?[°ºo˚d] ?", r" ?(?P<minute_mark>['m]) ?"
_SECOND = r""" ?(?P<second_mark>"|''|s) ?"""
_COORDINATE = re.compile(
    rf"(?:(?P<before>{_NAME})\.? ?)?(?P<sign>[+-]? ?)(?P<degrees>{_NUMBER})"
    rf"(?:{_DEGREE}(?:(?P<minutes>{_NUMBER})(?:{_MINUTE}(?:(?P<seconds>{_NUMBER})"
    rf"(?:{_SECOND})?)?)?)?)?"
    rf"(?: ?(?P<behind>{_NAME})\.?)?",
    re.ASCII,
)
# Blanks alone part degrees and minutes only where a hemisphere says what they are.
_SPACED = re.compile(
    rf"(?:(?P<before>{_NAME})\.? ?)?(?P<sign>[+-]? ?)(?P<degrees>\d+) (?P<minutes>{_NUMBER})"
    rf"(?: (?P<seconds>{_NUMBER}))?(?(before)| ?(?P<behind>{_NAME})\.?)",
    re.ASCII,
)
_PARTS = ("degrees", "minutes", "seconds")
_FLOAT = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,2})?"
_WKT = re.compile(
    rf"(?:srid ?= ?4326 ?; ?)?point ?(?:zm?|m)? ?\( ?({_FLOAT}) ({_FLOAT})(?: {_FLOAT}){{0,2}} ?\)",
    re.ASCII,
)
_ODK = re.compile(rf"([+-]?\d+\.\d+) ([+-]?\d+\.\d+)(?: {_FLOAT}){{1,2}}", re.ASCII)
_BETWEEN = re.compile(r" ?[;|/] ?|, | ,|,| |(?<=[SsEeNnWwTtUuBb])(?=\d)")
_COMMA_IN_NUMBER = re.compile(r"\d,\d")
_FRACTION_OR_NAME = re.compile(r"\d[.,]\d|[a-z°º\"']")


def parse_coordinate(text: str, axis: Axis) -> float | None:
    """Read a longitude or a latitude; None for what is none of that axis.

    Parameters
    ----------
    text
        Degrees with point or comma, or degrees with minutes and maybe seconds; a hemisphere before
        or behind: ``-2.5604``, ``2,5604 LS``, ``S 2.5604``, ``2°33'37.4" LS``, ``106d44m24.7s E``.
    axis
        ``lon`` or ``lat``.

    Returns
    -------
    float
        Degrees, -180 to 180 or -90 to 90; south and west are negative. None where the hemisphere
        is of the other axis or contradicts the sign.
    """
    found = _degrees(text)
    if found is None or found[1] not in (None, axis) or abs(found[0]) > _LIMITS[axis]:
        return None
    return found[0]


def _degrees(text: str) -> tuple[float, Axis | None] | None:
    """Return degrees with their sign, and the axis where a hemisphere stands beside them."""
    plain = plain_text(text)
    match = plain and (_COORDINATE.fullmatch(plain) or _SPACED.fullmatch(plain))
    if not match:
        return None
    parts = [match[name] and match[name].replace(",", ".") for name in _PARTS]
    given = [part for part in parts if part]
    if any("." in part for part in given[:-1]) or any(float(part) >= 60 for part in given[1:]):
        return None
    value = sum(float(part) / 60**power for power, part in enumerate(given))
    name, minus = match["before"] or match["behind"], "-" in match["sign"]
    if (match["before"] and match["behind"]) or _may_be_south(match, text):
        return None
    if name is None:
        return (-value if minus else value), None
    axis, sign = _HEMISPHERES[name]
    return None if minus and sign > 0 else (sign * value, axis)


def _may_be_south(match: re.Match[str], text: str) -> bool:
    """Return whether an s that ends a text may mark seconds as well as the south.

    It marks seconds behind the letters d and m, all of them small.
    """
    marks = match.groupdict()
    named = marks["before"] or marks["behind"] or "-" in marks["sign"]
    if marks.get("second_mark") != "s" or named:
        return False
    return marks["minute_mark"] != "m" or "S" in text


def parse_point(text: str) -> Point | None:
    """Read a point that stands in one cell.

    Parameters
    ----------
    text
        Two coordinates as `parse_coordinate` reads them, latitude first unless the first can be
        none or a hemisphere says otherwise: ``-2.5604, 106.7402``, ``-2,5604; 106,7402``, ``2°33'
        37.4" LS 106°44'24.7" BT``; latitude, longitude, height and accuracy as ODK and Kobo write
        them; WKT, also with ``SRID=4326;``; or a GeoJSON geometry.

    Returns
    -------
    tuple of float
        Longitude and latitude in degrees; None for what can be read in no way or in two.
    """
    plain = plain_text(text)
    if plain is None:
        return None
    if plain.startswith("{"):
        return _geojson(text)
    exact = _WKT.fullmatch(plain)
    if exact:
        return _within(float(exact[1]), float(exact[2]))
    odk = _ODK.fullmatch(plain)
    if odk:
        return _within(float(odk[2]), float(odk[1]))
    found = set(_halves(text.strip().removeprefix("(").removesuffix(")")))
    return found.pop() if len(found) == 1 else None


def _within(lon: float, lat: float) -> Point | None:
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None


def _geojson(text: str) -> Point | None:
    try:
        shape = json.loads(text)
    except (ValueError, RecursionError):
        return None
    place = shape.get("coordinates") if shape.get("type") == "Point" else None
    if not isinstance(place, list) or len(place) not in (2, 3):
        return None
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in place):
        return None
    inside = _within(place[0], place[1])
    return None if inside is None else (float(inside[0]), float(inside[1]))


def _halves(text: str) -> Iterator[Point]:
    """Yield each point that two parts of a text make."""
    text = " ".join(text.split())
    for between in _BETWEEN.finditer(text):
        left, right = text[: between.start()], text[between.end() :]
        bare = between[0] == "," and _COMMA_IN_NUMBER.search(text[between.start() - 1 :][:3])
        if bare and "." not in text:
            continue  # a decimal comma
        if not between[0].strip() and not all(map(_FRACTION_OR_NAME.search, (left, right))):
            continue  # 2 33 may be degrees and minutes
        point = _pair(left, right)
        if point:
            yield point


def _pair(left: str, right: str) -> Point | None:
    first, second = _degrees(left), _degrees(right)
    if first is None or second is None or (first[1] == second[1] is not None):
        return None
    lon_first = first[1] == "lon" or second[1] == "lat"
    if first[1] is None and second[1] is None:
        lon_first = abs(first[0]) > 90
    return _within(first[0], second[0]) if lon_first else _within(second[0], first[0])
