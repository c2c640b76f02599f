"""From a snapshot to its deck, in the order that is the same at each rakor."""

from __future__ import annotations

from data.texts import LANGUAGES
from services.briefing.deck import Deck
from services.briefing.fit import check_fit
from services.briefing.slides import closing, opening, places
from services.briefing.slides.common import Speaker
from services.briefing.slides.fitted import fitted
from services.briefing.snapshot import Snapshot

ORDER = (
    opening.cover,
    opening.actions,
    opening.situation,
    opening.changes,
    closing.stages,
    places.hotspots,
    places.security,
    places.distribution,
    closing.people,
    closing.warnings,
    closing.decisions,
    closing.limits,
)
"""Actions of last time come first: who meets again begins with what was promised."""
_NOTHING = {"type": "FeatureCollection", "features": []}


def deck_of(snapshot: Snapshot, lang: str = LANGUAGES[0]) -> Deck:
    """Return all slides of a snapshot in a language.

    Raises
    ------
    DoesNotFitError
        When a slide holds more than it can show.
    """
    shown = fitted(told(snapshot, lang))
    check_fit(shown)
    return shown


def told(snapshot: Snapshot, lang: str) -> Deck:
    """Return all slides with all that they say, whether or not it fits them."""
    content = snapshot.content
    to = Speaker(snapshot, lang)
    meeting = snapshot.meeting
    return Deck(
        title=str(meeting["title"]),
        as_of=snapshot.as_of,
        held_on=snapshot.as_of.fromisoformat(meeting["held_on"]),
        date_basis=str(meeting["date_basis"]),
        made_at=snapshot.made_at,
        office=str(content["office"]),
        digest=snapshot.digest,
        lang=lang,
        slides=tuple(make(to) for make in ORDER),
        land=content["land"],
        ground=_NOTHING,
    )
