"""What every slide says of itself, and what the first one says of its deck."""

from __future__ import annotations

from dataclasses import dataclass

from data.province import zone
from services.briefing.deck import Deck, Grid
from services.texts import day, label, text

DIGEST_SHOWN = 8
"""Letters of the hash at the foot; the first slide has all of them."""


@dataclass(frozen=True)
class Foot:
    """The foot of a slide, from left to right.

    Attributes
    ----------
    access
        ``TERBATAS`` or ``TERBUKA``.
    marks
        ``SIMULASI``, ``perkiraan``: drawn as conspicuously as the access.
    words
        Day of knowledge, sources, beginning of the hash.
    page
        Number of the slide and of how many.
    """

    access: str
    marks: tuple[str, ...]
    words: str
    page: str


def foot(deck: Deck, at: int) -> Foot:
    """Return the foot of the slide at a place in the deck, from 0."""
    slide, lang = deck.slides[at], deck.lang
    parts = (
        text("slide.as_of", lang, day=day(deck.as_of, lang, "short")),
        slide.sources,
        deck.digest[:DIGEST_SHOWN],
    )
    return Foot(
        label("slide_access", slide.access, lang),
        slide.marks,
        " · ".join(part for part in parts if part),
        text("slide.page", lang, n=at + 1, total=len(deck.slides)),
    )


def cover_lines(deck: Deck) -> tuple[str, ...]:
    """Return what the first slide says: meeting, day of knowledge, when and by whom, full hash."""
    lang, made = deck.lang, deck.made_at.astimezone(zone())
    held: tuple[str, ...] = ()
    if deck.date_basis:
        basis = label("slide_basis", deck.date_basis, lang)
        held = (text("slide.held_on", lang, day=day(deck.held_on, lang), basis=basis),)
    return (
        *held,
        text("slide.cover_as_of", lang, day=day(deck.as_of, lang)),
        text("slide.made", lang, day=day(made, lang), time=f"{made:%H.%M}", office=deck.office),
        text("slide.digest", lang, digest=deck.digest),
    )


def caption(grid: Grid, lang: str) -> str:
    """Return which rows of how many a table shows; empty where it shows all."""
    if grid.total <= len(grid.rows):
        return ""
    last = grid.first + len(grid.rows) - 1
    return text("slide.part", lang, first=grid.first, last=last, total=grid.total)
