"""What a name that was not understood may be, on the map."""

from __future__ import annotations

from geo.codes import LEVELS, level_of
from geo.maps.land import Painted
from geo.maps.layers import escape
from services.dataset import Dataset
from services.ingest.unplaced import Unplaced

OFFERED, CHOSEN = "#9ecae1", "#e69f00"
"""Fills of what a name may be, and of what it is taken for."""


def candidate_layers(data: Dataset, one: Unplaced) -> list[Painted]:
    """Return what a name may be, and what it is taken for, as units of a map, the widest below."""
    codes = dict.fromkeys((*one.near, *([one.code] if one.code else [])))
    layers = []
    for level in LEVELS[1:]:
        own = [code for code in codes if level_of(code) == level]
        drawn = [code for code in own if code in data.with_polygon]
        if drawn:
            layers.append(
                Painted(
                    level,
                    {code: CHOSEN if code == one.code else OFFERED for code in drawn},
                    {code: f"<b>{escape(data.place_names[code])}</b>" for code in drawn},
                    {code: data.names[code] for code in drawn},
                    selected=one.code if one.code in drawn else None,
                )
            )
    return layers
