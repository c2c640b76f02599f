"""What the map of the first page asks: the same reports that its sentence counts."""

from __future__ import annotations

from datetime import date

from analytics.reports.rakor import RakorMark
from analytics.reports.selection import Selection
from services.hotspots.counts import HotspotQuery
from services.reports.overview import window_start

HAPPENED = "kejadian"
"""The kind of report that the sentence, the figures and the map of the first page count."""


def first_page_query(
    as_of: date, mark: RakorMark, window: str, level: str, family: str
) -> HotspotQuery:
    """Return the query of the map: what happened of a family in a window, in every stage.

    Since the last rakor (window ``rakor``) it counts the affairs of
    `analytics.reports.overview.family_figures`; the page Hotspot counts the same from the same
    filters.
    """
    selection = Selection(
        as_of=as_of,
        date_from=window_start(window, as_of, mark),
        date_to=as_of,
        families=(family,),
        kinds=(HAPPENED,),
    )
    return HotspotQuery(selection, level, "affairs", family)
