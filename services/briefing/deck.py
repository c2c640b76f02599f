"""A deck: slides as plain values that every way of showing them draws alike.

A deck is made from a snapshot alone and holds everything it needs, land included: a screen, a file
of slides, a sheet of paper and a page on a stick show the same numbers, whatever has changed since.
All texts are in one language already.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

Access = Literal["terbuka", "terbatas"]
GeoJson = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """A number with its words.

    Attributes
    ----------
    value
        As it is read, such as ``1.234`` or ``Siaga 2``.
    label
        What it counts.
    note
        What it is against, such as ``4 lebih banyak``; may be empty.
    alarm
        Whether it is drawn in the accent.
    """

    value: str
    label: str
    note: str = ""
    alarm: bool = False


@dataclass(frozen=True)
class Figures:
    """One to four numbers, side by side or in two rows; at the side one below the other."""

    items: tuple[Figure, ...]


@dataclass(frozen=True)
class Bullets:
    """Short lines, in order of weight."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table as it is read.

    Attributes
    ----------
    columns
        Headings.
    rows
        Cells, each row as long as `columns`.
    widths
        Relative width of each column.
    first, total
        Number of the first row shown, from 1, and how many rows there are in all, so that a part
        says ``1-7 dari 23``.
    numeric
        Which columns are numbers, set to the right.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    first: int = 1
    total: int = 0
    numeric: tuple[bool, ...] = ()


@dataclass(frozen=True)
class Series:
    """Numbers of one thing along the categories of a chart; None is a gap."""

    name: str
    values: tuple[float | None, ...]
    colour: str


@dataclass(frozen=True)
class Chart:
    """Bars, columns or lines.

    Attributes
    ----------
    kind
        ``bar`` lies, ``column`` stands, ``line``.
    title
        What is counted, in which unit.
    """

    kind: Literal["bar", "column", "line"]
    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Area:
    """How one unit is painted, and what it says when it is pointed at.

    Attributes
    ----------
    fill
        Colour; empty: no fill.
    hatched
        Not covered: drawn hatched, with a dashed outline.
    words
        Name and value, plain text.
    """

    fill: str
    words: str
    hatched: bool = False


@dataclass(frozen=True)
class Marker:
    """A point of the map.

    Attributes
    ----------
    lon, lat
        Degrees, WGS84.
    label
        One to three letters drawn in it, such as the rank; may be empty.
    words
        Plain text.
    shape
        ``circle``, ``square``, ``triangle`` or ``diamond``: shape stands beside colour.
    """

    lon: float
    lat: float
    colour: str
    words: str
    label: str = ""
    shape: Literal["circle", "square", "triangle", "diamond"] = "circle"


@dataclass(frozen=True)
class Line:
    """A way on the map.

    Attributes
    ----------
    points
        Longitude and latitude of each point, degrees.
    dashed
        At sea, or not known.
    """

    points: tuple[tuple[float, float], ...]
    colour: str
    words: str
    dashed: bool = False


@dataclass(frozen=True)
class Legend:
    """A row of a legend; ``shape`` is that of a marker, ``area`` or ``line``."""

    colour: str
    words: str
    shape: str = "area"
    hatched: bool = False


@dataclass(frozen=True)
class Map:
    """A map.

    Attributes
    ----------
    key
        Names it in errors and between windows.
    title
        What it shows, with its period.
    level
        Which of `Deck.land` is painted.
    areas
        By code; a unit that is not named has no fill.
    bounds
        West, south, east, north in degrees: what is seen first.
    source
        Short words on where it comes from and of what day it is.
    """

    key: str
    title: str
    level: str
    areas: dict[str, Area]
    legend: tuple[Legend, ...]
    bounds: tuple[float, float, float, float]
    source: str
    markers: tuple[Marker, ...] = ()
    lines: tuple[Line, ...] = ()


Main = Figures | Bullets | Grid | Chart | Map
Side = Figures | Bullets


@dataclass(frozen=True)
class Slide:
    """One slide.

    Attributes
    ----------
    key
        Kind of slide, such as ``situasi``; an own slide has one of its own. Unique in a deck.
    title
        The finding in one sentence.
    main
        What takes the width: a map, a table, a chart, numbers or lines; None: words alone.
    side
        What stands to its right.
    notes
        For the presenter; plain text with line feeds.
    access
        By what the slide holds.
    sources
        Short words for the foot.
    marks
        Words that must stay: ``SIMULASI``, ``perkiraan``.
    """

    key: str
    title: str
    main: Main | None = None
    side: tuple[Side, ...] = ()
    notes: str = ""
    access: Access = "terbuka"
    sources: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Deck:
    """All slides with what each page must say.

    Attributes
    ----------
    title
        Name of the meeting.
    as_of
        Day of knowledge.
    held_on, date_basis
        Day of the meeting, and whether it is on record (``tercatat``), inferred (``perkiraan``) or
        an example (``asumsi``); the basis is empty where there is no meeting.
    made_at
        When the snapshot was taken, with its zone.
    office
        Which office took it.
    digest
        SHA-256 of the snapshot, hexadecimal.
    lang
        ``id`` or ``en``.
    land
        By level: GeoJSON FeatureCollection of the units (properties ``code``, ``name``).
    ground
        Neighbouring coast, not ours: GeoJSON FeatureCollection.
    """

    title: str
    as_of: date
    held_on: date
    date_basis: str
    made_at: datetime
    office: str
    digest: str
    lang: str
    slides: tuple[Slide, ...]
    land: dict[str, GeoJson] = field(repr=False)
    ground: GeoJson = field(repr=False)

    @property
    def access(self) -> Access:
        """The strictest access of its slides."""
        return "terbatas" if any(s.access == "terbatas" for s in self.slides) else "terbuka"
