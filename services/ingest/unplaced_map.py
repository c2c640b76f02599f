"""What a name that was not understood may be, on the map."""

from __future__ import annotations

import folium

from analytics.reports.places import inside
from geo.codes import descends_from, level_of
from geo.maps.land import Outlined, Painted
from geo.maps.layers import escape
from services.dataset import Dataset
from services.ingest.unplaced import Unplaced

OFFERED, CHOSEN = "#9ecae1", "#e69f00"
"""Fills of what a name may be, and of what it is taken for."""
_INSIDE = "#4292c6"
"""Fill of what lies inside another unit that the name may be."""


def answer_at(one: Unplaced, code: str) -> str | None:
    """Return which unit that a name may be a click on a unit of the map means."""
    around = [near for near in one.near if descends_from(code, near)]
    return max(around, key=len, default=None)


def candidate_layers(data: Dataset, one: Unplaced) -> list[Painted | Outlined | folium.Marker]:
    """Return what a name may be, and what it is taken for, as units of a map.

    A unit that holds another of them is drawn by its desa: as a whole it would lie over the other,
    or under it, and only one of the two could be clicked.
    """
    codes = list(dict.fromkeys((*one.near, *([one.code] if one.code else []))))
    holds = {c for c in codes if any(o != c and descends_from(o, c) for o in codes)}
    parts: dict[str, dict[str, str]] = {}
    for code in sorted(codes, key=len):
        for unit in _desa_in(data, code) if holds else [code]:
            if unit in data.with_polygon:
                parts.setdefault(level_of(unit), {})[unit] = code
    layers: list[Painted | Outlined | folium.Marker] = []
    for level, units in parts.items():
        fills = {unit: _fill(one, code, holds) for unit, code in units.items()}
        tips = {unit: f"<b>{escape(data.place_names[code])}</b>" for unit, code in units.items()}
        own = {unit: data.names[unit] for unit, code in units.items() if unit == code}
        layers.append(Painted(level, fills, tips, own))
    for code in {*holds, one.code} & data.with_polygon:
        layers.append(Outlined(level_of(code), code))
    layers += [_label(data, code) for code in codes if holds and level_of(code) != "desa"]
    return layers


def _fill(one: Unplaced, code: str, holds: set[str]) -> str:
    if code == one.code:
        return CHOSEN
    return _INSIDE if any(code != wide and descends_from(code, wide) for wide in holds) else OFFERED


def _desa_in(data: Dataset, code: str) -> list[str]:
    desa = data.units.loc[data.units["level"].eq("desa"), "code"]
    return [str(one) for one in desa[inside(desa, code)]]


def _label(data: Dataset, code: str) -> folium.Marker:
    """Return the name of a unit that is drawn by its desa, which carry theirs."""
    unit = data.units.loc[data.units["code"].eq(code)].iloc[0]
    name = escape(data.place_names[code].split(", ")[0])
    icon = folium.DivIcon(html=f"<b>{name}</b>", class_name="siaga-label", icon_size=(120, 17))
    return folium.Marker((unit["lat"], unit["lon"]), icon=icon, interactive=False)
