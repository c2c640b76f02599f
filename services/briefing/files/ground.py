"""The ground of maps in files, and which maps are refused.

A map that cannot be drawn is refused by its name before anything is drawn: a blank one must not
leave unseen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import shapely

from geo.errors import SiagaError
from services.briefing.deck import Deck, Map

SEA, LAND, COAST, NEIGHBOUR = "#dde7ee", "#f4f2ec", "#5d7685", "#d3d8d6"
"""Water, land without a value, every outline, and land that is not ours."""
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(eq=False)
class CannotDrawError(SiagaError, ValueError):
    """A figure that a file needs cannot be drawn; ``name`` is its slide or its own."""

    key = "cannot_draw"
    form = "{name} cannot be drawn: {found!r}, expected {expected}"
    name: str
    found: object
    expected: str


def check_map(shown: Map, deck: Deck) -> None:
    """Refuse a map that would be blank, or of which a part would be missing.

    Raises
    ------
    CannotDrawError
        When bounds or points are no places, a marker or a line lies outside the bounds, the land of
        its level is missing, a painted unit is not in it, a colour is none, or nothing of the land
        lies within the bounds.
    """
    west, south, east, north = shown.bounds
    if not (-180 <= west < east <= 180 and -89 <= south < north <= 89):
        raise CannotDrawError(shown.key, shown.bounds, "west < east, south < north, degrees")
    features = deck.land.get(shown.level, {}).get("features", [])
    if not features:
        raise CannotDrawError(shown.key, shown.level, f"a level with land: {', '.join(deck.land)}")
    unknown = set(shown.areas) - {f["properties"]["code"] for f in features}
    if unknown:
        raise CannotDrawError(shown.key, ", ".join(sorted(unknown)), f"units of {shown.level}")
    places = [(m.lon, m.lat) for m in shown.markers] + [p for li in shown.lines for p in li.points]
    for lon, lat in places:
        if not (-180 <= lon <= 180 and -89 <= lat <= 89):
            raise CannotDrawError(shown.key, (lon, lat), "longitude and latitude in degrees")
    for lon, lat in places:
        if not (west <= lon <= east and south <= lat <= north):
            raise CannotDrawError(shown.key, (lon, lat), f"a place within {shown.bounds}")
    needed = [m.colour for m in shown.markers] + [line.colour for line in shown.lines]
    chosen = [area.fill for area in shown.areas.values()] + [row.colour for row in shown.legend]
    for colour in (*needed, *filter(None, chosen)):
        check_colour(shown.key, colour)
    window = shapely.box(*shown.bounds)
    if not any(shapely.geometry.shape(f["geometry"]).intersects(window) for f in features):
        raise CannotDrawError(shown.key, shown.bounds, f"bounds with land of {shown.level}")


def check_colour(name: str, colour: str) -> None:
    """Refuse what is no colour of the form ``#rrggbb``.

    Raises
    ------
    CannotDrawError
        With the `name` of what is drawn.
    """
    if not _COLOUR.fullmatch(colour):
        raise CannotDrawError(name, colour, "#rrggbb")
