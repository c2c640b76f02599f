"""What the slides share: the snapshot in a language, short words, and rows that fit a slide."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from services.briefing.deck import Bullets, Grid
from services.briefing.facts.plain import Facts, Words
from services.briefing.snapshot import Snapshot
from services.reports.overview import HEADLINE_FAMILIES
from services.texts import day, number, text

LINE_LETTERS = 64
CELL_LETTERS = 44


@dataclass(frozen=True)
class Speaker:
    """A snapshot that is spoken of in one language."""

    snapshot: Snapshot
    lang: str

    def part(self, name: str) -> Any:
        """Return a part of the content."""
        return self.snapshot.content[name]

    def say(self, key: str, **values: object) -> str:
        """Return a text of the catalogue."""
        return text(key, self.lang, **values)

    def own(self, words: Words | None) -> str:
        """Return the words of this language of both."""
        return "" if words is None else words[self.lang]

    def day(self, iso: str | None, style: str = "long") -> str:
        """Return an ISO day in words."""
        if not iso:
            return "–"
        return day(pd.Timestamp(iso[:10]), self.lang, style)

    def number(self, value: float | None, digits: int = 0) -> str:
        """Return a number with the separators of the language.

        Parameters
        ----------
        value
            Of any unit.
        """
        return number(value, self.lang, digits)

    @property
    def as_of(self) -> date:
        """Day of knowledge."""
        return self.snapshot.as_of

    @property
    def figures(self) -> dict[str, Facts]:
        """Figures by headline family."""
        found: dict[str, Facts] = self.part("situation")["figures"]
        return {family: found[family] for family in HEADLINE_FAMILIES if family in found}


def short(words: object, letters: int = LINE_LETTERS) -> str:
    """Return words cut at a blank with an ellipsis where they are too long for a line."""
    return textwrap.shorten(str(words).rstrip("."), letters, placeholder=" …")


def first_clause(words: str) -> str:
    """Return a sentence up to its first semicolon or full stop."""
    return words.split(";", maxsplit=1)[0].split(". ", maxsplit=1)[0].rstrip(".")


def lines(items: Iterable[str], most: int = 4) -> Bullets:
    """Return the first few lines that say anything."""
    return Bullets(tuple(item for item in items if item)[:most])


def grid(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
    most: int,
    numeric: Sequence[bool] = (),
) -> Grid:
    """Return the first rows of a table, which says how many there are in all."""
    shown = tuple(tuple(row) for row in rows[:most])
    return Grid(tuple(columns), shown, tuple(widths), 1, len(rows), tuple(numeric))
