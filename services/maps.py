"""Views of the map that readers jump to, and the one colour of each thing on all pages.

Islands are small and easily overlooked; the colours are safe for colour-blind readers.
"""

from __future__ import annotations

import math

from data.province import NamedView, named_views
from services.dataset import Dataset

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
"""Zero reported, watched without a report, not covered (dashed outline, no fill)."""

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
_WIDTH_PX, _HEIGHT_PX, _TILE_PX = 700, 430, 256


def jumps() -> dict[str, NamedView]:
    """Return the named views by key; the whole province is the first."""
    whole = NamedView({"id": "Seluruh provinsi", "en": "Whole province"}, (0, 0, 0, 0))
    return {WHOLE: whole, **named_views()}


def view_of(data: Dataset, key: str) -> tuple[tuple[float, float], float]:
    """Return centre (latitude, longitude) and zoom at which a named view fits a usual map.

    The zoom is a multiple of a quarter, as the map snaps to.
    """
    south, west, north, east = data.bounds if key == WHOLE else jumps()[key].bounds
    across = math.log2(360 / (east - west) * _WIDTH_PX / _TILE_PX)
    # Near the equator a degree of latitude is as long on the map as one of longitude.
    up = math.log2(360 / (north - south) * _HEIGHT_PX / _TILE_PX)
    zoom = math.floor(min(across, up) * 4) / 4
    return ((south + north) / 2, (west + east) / 2), zoom
