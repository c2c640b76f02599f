"""What Ringkasan and Hotspot ask of the tables when they are opened."""

from __future__ import annotations

from datetime import date

from analytics.reports.selection import Selection
from services.dataset import Dataset
from services.hotspots.counts import HotspotQuery, hotspot
from services.hotspots.relative_risk import RiskQuery, relative_risk_view
from services.reports.headline import is_dark, leading_family
from services.reports.overview import overview, window_start
from services.texts import OPENING_FAMILIES

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


def open_summary(data: Dataset, day: date) -> None:
    """Work out what the first page asks while nothing is chosen."""
    found = overview(data, day)
    _ = data.display_shapes, data.place_names, data.bounds, data.source_urls, data.publishers
    start = window_start("semua" if is_dark(found) else "rakor", day, found.mark)
    hotspot(data, first_page_query(day, start, "kabupaten", leading_family(found.figures)))


def open_hotspot(data: Dataset, day: date) -> None:
    """Work out what the page Hotspot asks while nothing is chosen."""
    families = OPENING_FAMILIES[:1]
    asked = Selection(as_of=day, date_to=day, families=families, kinds=(HAPPENED,))
    relative_risk_view(data, RiskQuery(asked))
