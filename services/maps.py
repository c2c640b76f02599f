"""Views of the map that readers jump to, and the one colour of each thing on all pages.

Islands are small and easily overlooked; the colours are safe for colour-blind readers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from data.province import NamedView, named_views
from data.static_files import write_land
from geo.maps.framing import Framing, framing
from geo.maps.land import (
    Dots,
    Legend,
    Order,
    Outlined,
    Paint,
    Painted,
    land_json,
    paint_message,
    without_ending,
)
from geo.maps.layers import COAST, LAND
from services.dataset import Dataset
from services.memo import memo
from services.texts import text

FAMILY = {
    "konflik": "#d55e00",
    "unjuk_rasa": "#0072b2",
    "pelanggaran": "#e69f00",
    "logistik": "#009e73",
    "petugas": "#cc79a7",
    "proses": "#56b4e9",
    "lainnya": "#7f8c95",
}
"""Okabe and Ito's colours, one per family of reports."""

MIXED = "#17242d"
"""Several families at one point."""

TPS = "#4b5d69"

SEQUENCE = ("#ffeda0", "#fecc5c", "#fd8d3c", "#e31a1c", "#99000d")
"""ColorBrewer's YlOrRd, light for little."""

SILENCE = {"nihil": "#cfe3ee", "tidak_ada_laporan": "#f4f2ec", "tidak_tercakup": None}
"""Of slides: zero reported, watched without a report, not covered (hatched)."""

RAMP = ("#fed976", "#fd8d3c", "#f03b20", "#b8001f", "#67000d")
"""ColorBrewer's YlOrRd with a darker top, for classes that are cut to the data."""
_STEPS = {1: (2,), 2: (1, 3), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}

SILENT_FILLS = {"nihil": "nihil", "tidak_ada_laporan": "grey", "tidak_tercakup": "hatch"}
"""Fills of the three silences on the screen; `geo.maps.land.Painted` says how they look."""

CLASS = {
    "": "#f4f2ec",
    "panas_99": "#b2182b",
    "panas_95": "#ef8a62",
    "panas_90": "#fddbc7",
    "dingin_90": "#d1e5f0",
    "dingin_95": "#67a9cf",
    "dingin_99": "#2166ac",
    "HH": "#b2182b",
    "HL": "#ef8a62",
    "LH": "#67a9cf",
    "LL": "#2166ac",
    "klaster": "#b2182b",
    "lemah": "#fddbc7",
}
"""Classes of the statistics: reds for more than chance, blues for less (ColorBrewer's RdBu)."""


WHOLE = "provinsi"
_FORMAT = 1
"""Raised when the files of the land change though the boundaries do not."""


def enumerate_ramp(classes: int) -> list[tuple[str, str]]:
    """Return key and colour of each of so many classes, lightest first, at most five."""
    steps = _STEPS[classes] if classes else ()
    return [(str(n), RAMP[step]) for n, step in enumerate(steps)]


def jumps() -> dict[str, NamedView]:
    """Return the named views by key; the whole province is the first."""
    whole = NamedView({"id": "Seluruh provinsi", "en": "Whole province"}, (0, 0, 0, 0))
    return {WHOLE: whole, **named_views()}


@memo(1)
def framing_of(data: Dataset) -> Framing:
    """Return what the map of the province shows first."""
    return framing(data.shapes["desa"])


@memo(1)
def _land_names(data: Dataset) -> dict[str, str]:
    """Return the name of the file of each level, which changes with the land and its names."""
    shapes = data.read("unit_shapes").sort_values(["level", "code"])
    found = {}
    for level, rows in shapes.groupby("level", sort=True):
        total = hashlib.sha256(str(_FORMAT).encode())
        # Levels share the edges of the desa, so that each changes with all shapes.
        for table in (shapes, rows[["code"]].assign(name=rows["code"].map(data.place_names))):
            for value in table.to_numpy().ravel():
                total.update(value if isinstance(value, bytes) else str(value).encode())
        found[str(level)] = f"{level}-{total.hexdigest()[:16]}.json"
    return found


def land_files(data: Dataset) -> dict[str, str]:
    """Return the name of the public file of each level's land; write what is not there yet."""
    names = _land_names(data)
    write_land({name: partial(_land_json, data, level) for level, name in names.items()})
    return names


def _land_json(data: Dataset, level: str) -> str:
    return land_json(data.display_shapes[level], data.place_names)


@memo(3)
def land_order(data: Dataset, level: str) -> Order:
    """Return the units of a level in the order of its land file."""
    shapes = data.read("unit_shapes")
    codes = tuple(sorted(shapes.loc[shapes["level"].eq(level), "code"]))
    names, places = data.names, data.place_names
    return Order(codes, tuple(names[code] for code in codes), tuple(places[code] for code in codes))


def land_options(data: Dataset, folder: str, name: str, **more: object) -> dict[str, object]:
    """Return how the land of a map behaves, the same on every run.

    Parameters
    ----------
    folder
        Address of the land files, without a slash at the end.
    name
        Of the map: its view is kept under it.
    **more
        Options of `geo.maps.land.Land` that differ: ``bounds`` (of what is shown first; those of
        the main islands unless given), ``channel``, ``link``, ``clicks``, ``address``.
    """
    frame = framing_of(data)
    whole = "bounds" not in more
    return {
        "land": {level: f"{folder}/{file}" for level, file in land_files(data).items()},
        "ground": "kabupaten",
        "bounds": frame.bounds,
        "colours": {"land": LAND, "coast": COAST},
        "spare": frame.emptier,
        "insets": _insets(data, frame) if whole else [],
        "name": name,
        **more,
    }


def _insets(data: Dataset, frame: Framing) -> list[dict[str, object]]:
    """Return the panels of the remote units: bounds and name."""
    named = zip(inset_names(data), frame.insets, strict=True)
    return [{"name": name, "bounds": bounds} for name, bounds in named]


def inset_names(data: Dataset) -> list[str]:
    """Return the name over each inset of remote units: the unit's, or that of their kecamatan."""
    return [
        data.names[codes[0] if len(codes) == 1 else codes[0].rpartition(".")[0]]
        for codes in framing_of(data).remote
    ]


def paint_of(
    data: Dataset,
    layers: Iterable[object],
    lang: str,
    legend: Legend | None = None,
    go: Mapping[str, object] | None = None,
    opened: Mapping[str, object] | None = None,
) -> Paint:
    """Return what the browser is told of the painted and outlined units among some layers.

    Parameters
    ----------
    legend
        Drawn inside the frame; its title names the map.
    go
        Where the map shall go: ``home``, ``bounds``, or ``level`` and ``code``; and ``n``, which
        differs from order to order.
    opened
        ``key`` of the dot that was opened, and ``n``, which differs from click to click.
    """
    layers = list(layers)
    painted = [one for one in layers if isinstance(one, Painted)]
    outlined = [one for one in layers if isinstance(one, Outlined)]
    dots = [one for one in layers if isinstance(one, Dots)]
    rows, ending = without_ending([row for one in dots for row in one.message()])
    name = text("map.name", lang)
    return Paint(
        {
            "parts": [_part(data, one) for one in painted],
            "outlined": [{"level": one.level, "code": one.code} for one in outlined],
            "legend": None if legend is None else legend.message(),
            "dots": rows,
            "dots_end": ending,
            "popup": _popup(dots, opened),
            "go": go,
            "words": {
                "in": text("map.zoom_in", lang),
                "out": text("map.zoom_out", lang),
                "title": name if legend is None else f"{name}: {legend.title}",
                "lang": lang,
            },
        }
    )


@memo(8)
def _part(data: Dataset, painted: Painted) -> dict[str, object]:
    return paint_message(painted, land_order(data, painted.level))


def _popup(dots: Sequence[Dots], opened: Mapping[str, object] | None) -> dict[str, object] | None:
    """Return the words of the dot that was opened; None where it is not on the map."""
    key = None if opened is None else str(opened["key"])
    for one in dots:
        if opened is not None and key is not None and one.frame["key"].eq(key).any():
            return {"key": key, "n": opened["n"], "html": one.opened(key)}
    return None
