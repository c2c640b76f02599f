"""What the map of the first page asks: the same reports that its sentence counts."""

from __future__ import annotations

from datetime import date

from analytics.reports.selection import Selection
from services.hotspots.counts import HotspotQuery

HAPPENED = "kejadian"
"""The kind of report that the sentence, the figures and the map of the first page count."""


def first_page_query(as_of: date, start: date | None, level: str, family: str) -> HotspotQuery:
    """Return the query of the map: what happened of a family from a day on, in every stage.

    From the day after the last rakor on it counts the affairs of
    `analytics.reports.overview.family_figures`; the page Hotspot counts the same from the same
    filters.
    """
    selection = Selection(
        as_of=as_of, date_from=start, date_to=as_of, families=(family,), kinds=(HAPPENED,)
    )
    return HotspotQuery(selection, level, "affairs", family)
