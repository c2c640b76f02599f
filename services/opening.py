"""What each page asks of the tables when it is opened, before a reader has chosen anything."""

from __future__ import annotations

from datetime import date

from services.dataset import Dataset


def opening_answers(data: Dataset, page: str, day: date) -> None:
    """Work out what a page asks first, so that its reader does not wait for it.

    ``page`` as in the address; nothing names the first page, and one that asks for little is not
    known here. What is imported is so for this page only.
    """
    make = {
        "": _summary,
        "ringkasan": _summary,
        "hotspot": _relative_risk,
        "distribusi": _remoteness,
        "kerawanan": _picture,
    }.get(page)
    if make is not None:
        make(data, day)


def _summary(data: Dataset, day: date) -> None:
    from services.hotspots.counts import hotspot
    from services.hotspots.views.first_page import first_page_query
    from services.reports.headline import is_dark, leading_family
    from services.reports.overview import overview, window_start

    found = overview(data, day)
    _ = data.display_shapes, data.place_names, data.bounds, data.source_urls, data.publishers
    start = window_start("semua" if is_dark(found) else "rakor", day, found.mark)
    hotspot(data, first_page_query(day, start, "kabupaten", leading_family(found.figures)))


def _relative_risk(data: Dataset, day: date) -> None:
    from analytics.reports.selection import Selection
    from services.hotspots.relative_risk import RiskQuery, relative_risk_view
    from services.texts import OPENING_FAMILIES

    families = OPENING_FAMILIES[:1]
    asked = Selection(as_of=day, date_to=day, families=families, kinds=("kejadian",))
    relative_risk_view(data, RiskQuery(asked))


def _remoteness(data: Dataset, day: date) -> None:
    from services.network.remoteness import remote_view

    del day  # roads and boats are as the tables say, on every day
    remote_view(data)


def _picture(data: Dataset, day: date) -> None:
    from services.risk.picture.lines import PictureQuery, picture
    from services.risk.picture.words import family_told
    from services.risk.ranking import election_at

    election = election_at(data, day)
    told = family_told(picture(data, PictureQuery(day, election)))
    picture(data, PictureQuery(day, election, family=told))
