"""What the map of counts shows once another family or level is chosen, worked out ahead.

A browser that has it paints at the choice; what the server says of it follows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from geo.maps.land import paint_message
from services.dataset import LEVELS, Dataset
from services.hotspots.counts import HotspotQuery, HotspotView, by_family, hotspot
from services.hotspots.map import hotspot_legend, painted_units
from services.hotspots.views.map_picture import families_dots
from services.maps import land_order
from services.memo import memo
from services.texts import label


def family_frames(
    data: Dataset, query: HotspotQuery, families: tuple[str, ...], lang: str
) -> dict[str, dict[str, Any]]:
    """Return what is painted for each family, by its words in a box; see `_frame`.

    ``families`` are those chosen whatever the map is coloured by.
    """
    chosen = replace(query.selection, families=families)
    return _by_family(data, replace(query, selection=chosen, family=families[0]), lang)


@memo(16)
def _by_family(data: Dataset, query: HotspotQuery, lang: str) -> dict[str, dict[str, Any]]:
    return {
        label("family", family, lang): _frame(data, view, asked, lang)
        for family, (asked, view) in by_family(data, query).items()
    }


@memo(16)
def level_frames(data: Dataset, query: HotspotQuery, lang: str) -> dict[str, dict[str, Any]]:
    """Return what is painted for each level, by its words in a box; see `_frame`."""
    asked = [replace(query, level=level) for level in LEVELS]
    return {
        label("level", one.level, lang): _frame(data, hotspot(data, one), one, lang)
        for one in asked
    }


def _frame(data: Dataset, view: HotspotView, query: HotspotQuery, lang: str) -> dict[str, Any]:
    """Return colours and labels as of `geo.maps.land.paint_message`, and the legend."""
    painted = paint_message(painted_units(view, data, query, lang), land_order(data, query.level))
    del painted["selected"]  # stays what it is
    legend = hotspot_legend(view, query, lang, families_dots(view, query, lang))
    return {**painted, "legend": legend.message()}
