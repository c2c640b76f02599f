"""The whole deck is looked at before its first page is drawn, whatever draws it."""

from __future__ import annotations

from services.briefing.deck import Chart, Deck, Map
from services.briefing.files.chart import check_chart
from services.briefing.files.ground import check_map
from services.briefing.fit import check_fit


def check_deck(deck: Deck) -> None:
    """Refuse a deck of which anything would be cut, blank or missing.

    Raises
    ------
    DoesNotFitError
        As `services.briefing.fit.check_fit`.
    CannotDrawError
        With the name of the map or chart.
    """
    check_fit(deck)
    for slide in deck.slides:
        if isinstance(slide.main, Map):
            check_map(slide.main, deck)
        elif isinstance(slide.main, Chart):
            check_chart(slide.key, slide.main)
